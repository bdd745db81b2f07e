"""Results to disk and back, whole or not at all."""

import json
import zipfile

import numpy as np
import pytest

import caloriq as cq
from caloriq import files, store
from problems import MODELS, random_chain
from testers import refused

TIMES = np.linspace(0, 20, 6)


@pytest.mark.parametrize(
    "initial",
    [cq.haar(seed=1), cq.haar(seed=1, samples=4), cq.mixed(), cq.level(1, 2), cq.vector(np.arange(1, 19))],
    ids=["haar", "ensemble", "mixed", "level", "vector"],
)
def test_round_trip(tmp_path, initial):
    exact = cq.evolve(random_chain(), TIMES, initial=initial)
    path = cq.save(exact, tmp_path / "run.zarr.zip")
    data = cq.load(path)
    assert path == tmp_path / "run.zarr.zip"
    for name in ("populations", "local_energies", "currents"):
        assert np.array_equal(data[name].values, getattr(exact, name))
        assert data[name].attrs["units"]
    assert np.array_equal(data["time"].values, exact.times)
    assert data["populations"].dims == (*(["sample"] if initial.samples else []), "time", "subunit")
    assert data["currents"].dims[-1] == "bond"
    assert cq.ModularChain.from_mapping(json.loads(data.attrs["model"])) == exact.model
    assert data.attrs["digest"] == exact.model.digest
    assert json.loads(data.attrs["initial"])["kind"] == initial.kind
    assert data.attrs["method"] == exact.method.name
    certificate = json.loads(data.attrs["certificate"])
    assert {name: entry["value"] for name, entry in certificate.items()} == {c.name: c.value for c in exact.certificate}
    assert all(entry["holds"] for entry in certificate.values())


def test_what_was_not_recorded_is_not_there(tmp_path):
    exact = cq.evolve(random_chain(), TIMES, observables=["populations"])
    assert set(cq.load(cq.save(exact, tmp_path / "run.zip")).data_vars) == {"populations"}


def test_a_dataset_round_trip(tmp_path):
    data = store.dataset(cq.evolve(random_chain(), TIMES))
    assert cq.load(cq.save(data, tmp_path / "run.zip")).identical(data)


def test_the_file_is_one_whole_zip(tmp_path):
    path = cq.save(cq.evolve(random_chain(), TIMES), tmp_path / "deep" / "er" / "run.zip")
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        assert len(archive.namelist()) == len(set(archive.namelist()))
    assert [p.name for p in path.parent.iterdir()] == ["run.zip"]


@pytest.mark.parametrize("failure", [OSError(28, "No space left on device"), KeyboardInterrupt(), ValueError("bug")])
def test_a_failed_write_leaves_the_old_file(tmp_path, monkeypatch, failure):
    path = cq.save(cq.evolve(random_chain(), TIMES), tmp_path / "run.zip")
    before = path.read_bytes()

    def fail(*_):
        raise failure

    monkeypatch.setattr(zipfile.ZipFile, "writestr", fail)
    expected = cq.InvalidInput if isinstance(failure, OSError) else type(failure)
    with pytest.raises(expected):
        cq.save(cq.evolve(random_chain(seed=9), TIMES), path)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["run.zip"]


def test_unwritable_folder(tmp_path):
    """A file where a folder should be (root may write anywhere, but not there)."""
    (tmp_path / "file").write_text("")
    with refused("out", "file"):
        cq.save(cq.evolve(random_chain(), TIMES), tmp_path / "file" / "run.zip")
    (tmp_path / "taken").mkdir()
    with refused("out", "taken"):
        cq.save(cq.evolve(random_chain(), TIMES), tmp_path / "taken")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["file", "taken"]


def test_missing_file(tmp_path):
    with refused("path", "nothing.zip"):
        cq.load(tmp_path / "nothing.zip")
    with refused("path"):
        cq.load(tmp_path)


@pytest.mark.parametrize("content", [b"", b"not a zip", b"PK\x03\x04 and then nothing"])
def test_unreadable_file(tmp_path, content):
    (tmp_path / "run.zip").write_bytes(content)
    with refused("path", "run.zip"):
        cq.load(tmp_path / "run.zip")


def test_a_zip_of_something_else(tmp_path):
    with zipfile.ZipFile(tmp_path / "run.zip", "w") as archive:
        archive.writestr("hello.txt", "hello")
    with refused("path", "run.zip"):
        cq.load(tmp_path / "run.zip")


def test_a_truncated_file(tmp_path):
    path = cq.save(cq.evolve(random_chain(), TIMES), tmp_path / "run.zip")
    path.write_bytes(path.read_bytes()[:-200])
    with refused("path", "run.zip"):
        cq.load(path)


def test_another_schema(tmp_path, monkeypatch):
    with monkeypatch.context() as future:
        future.setattr(store, "SCHEMA_VERSION", 99)
        path = cq.save(cq.evolve(random_chain(), TIMES), tmp_path / "run.zip")
    with refused("path", "99"):
        cq.load(path)


@pytest.mark.parametrize("name", MODELS)
def test_provenance(tmp_path, name):
    """Definitions with digests, versions, git revision, machine: JSON through and through."""
    model = MODELS[name]
    found = store.provenance(model, cq.haar(seed=3), **{"wall time in s": 1.5})
    again = json.loads(files.write_json(tmp_path / "provenance.json", found).read_text(encoding="utf-8"))
    assert again == found
    assert [d["digest"] for d in again["definitions"]] == [model.digest, cq.haar(seed=3).digest]
    assert [d["type"] for d in again["definitions"]] == ["ModularChain", "Haar"]
    assert set(again["versions"]) == {"caloriq", "numpy", "scipy", "numba", "pydantic", "xarray", "zarr", "python"}
    assert again["versions"]["numpy"] == np.__version__
    assert again["wall time in s"] == 1.5
    assert again["schema"] == 1
    assert again["git revision"]
    assert again["machine"]
    assert again["written"].endswith("+00:00")
