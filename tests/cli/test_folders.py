"""Results go where nothing is, or where those of the same model are."""

import json

import pytest

from command_line import call, refused

MODEL = """\
model:
  kind: spin-chain
  sites: 4
  hopping: 1.0
  dephasing: 0.5
  baths:
    - {site: 0, gain: 0.8, loss: 0.2}
    - {site: -1, gain: 0.2, loss: 0.8}
"""


@pytest.fixture
def wire(tmp_path):
    file = tmp_path / "wire.yaml"
    file.write_text(MODEL)
    return file


@pytest.mark.parametrize(("verb", "place"), [("run", "wire"), ("verdict", "wire-verdict")])
def test_a_folder_of_another_model_is_left_alone(wire, verb, place):
    more = ("--budget", "0.2", "--routes", "structure") if verb == "verdict" else ()
    made = wire.parent / "results" / place / "wire-provenance.json"

    def asked(*words):
        return call(verb, wire.name, *more, *words, "--json", cwd=wire.parent)

    for _ in range(2):  # the same again is let in
        answer = asked()
        assert answer.returncode == 0, answer.stderr
    kept = made.read_bytes()
    refused(asked("--set", "model.sites=5"), "`out` must be a folder", "holds those of another", "--overwrite")
    assert made.read_bytes() == kept
    answer = asked("--set", "model.sites=5", "--overwrite")
    assert answer.returncode == 0, answer.stderr
    assert any(one.get("sites") == 5 for one in json.loads(made.read_text())["definitions"])


def test_nothing_of_the_other_model_is_left_beside(wire):
    wire.write_text(MODEL + "sizes: [3, 4, 5]\n")
    assert call("run", wire.name, cwd=wire.parent).returncode == 0
    place = wire.parent / "results" / "wire"
    first = {one.name for one in place.iterdir()}
    (place / "notes.txt").write_text("mine")
    changed = place / "wire-scaling.png"
    assert {"wire-scaling.png", "wire-scaling.pdf", "wire-scaling.zarr.zip"} <= first
    changed.write_bytes(b"drawn over")
    wire.write_text(MODEL.replace("0.5", "0.0"))
    assert call("run", wire.name, "--overwrite", cwd=wire.parent).returncode == 0
    left = {"wire-scaling.pdf", "wire-scaling.zarr.zip"}
    assert {one.name for one in place.iterdir()} == (first - left) | {"notes.txt"}


def test_a_folder_of_other_files_is_left_alone(wire):
    place = wire.parent / "results" / "wire"
    place.mkdir(parents=True)
    (place / "thesis.tex").write_text("all of it")
    refused(call("run", wire.name, cwd=wire.parent), "there are other files", "--overwrite")
    assert [one.name for one in place.iterdir()] == ["thesis.tex"]
