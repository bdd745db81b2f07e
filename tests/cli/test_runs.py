"""`caloriq runs`: what is found, shown, compared, exported and forgotten."""

import json
import os
import re
import subprocess
import sys
import zipfile

import numpy as np
import pytest
import xarray as xr

import caloriq as cq
from caloriq import runs, store
from caloriq.conditions import condition
from caloriq.documents import yaml_text
from caloriq.records import compared as compare
from command_line import call, files, refused
from registered import SMALL, WIRE, listed, made, model_file

pytestmark = pytest.mark.usefixtures("state")


def test_runs_are_found_by_what_they_are_called_and_came_to(tmp_path):
    definition = {key: value for key, value in WIRE.items() if key != "name"}
    thin, thick = (made(tmp_path / name, name=name, definition=definition) for name in ("thin", "thick"))
    half = made(tmp_path / "half", name="half", definition=definition, kind="sweep", status="partial")
    assert listed("--where", "name=thin", cwd=tmp_path) == [thin]
    assert listed("--where", "name!=thin", cwd=tmp_path) == [half, thick]
    assert listed("--where", "status=partial", cwd=tmp_path) == [half]
    assert listed("--where", "run.name=thick", "--where", "seconds<60", cwd=tmp_path) == [thick]
    assert listed("--where", f"id={half}", cwd=tmp_path) == [half]
    assert listed("--where", f"folder={tmp_path / 'thin'}", cwd=tmp_path) == [thin]
    assert listed("--where", "name=thin", "--where", "status=partial", cwd=tmp_path) == []


def test_two_files_of_one_name_do_not_write_over_each_other(tmp_path):
    """The same model again does; another one, or another file of its name, is refused before the work."""
    for folder, levels in (("a", 8), ("b", 9)):
        (tmp_path / folder).mkdir()
        model_file(tmp_path / folder, levels=levels)
    assert call("run", "a/chain.yaml", cwd=tmp_path).returncode == 0
    data = (tmp_path / "results/chain/chain.zarr.zip").read_bytes()
    answer = call("run", "b/chain.yaml", cwd=tmp_path)
    refused(answer, "`out`", str(tmp_path / "a" / "chain.yaml"), "b/chain.yaml", "--out")
    assert (tmp_path / "results/chain/chain.zarr.zip").read_bytes() == data
    assert len(listed(cwd=tmp_path)) == 1
    assert call("run", "b/chain.yaml", "--out", "other", cwd=tmp_path).returncode == 0
    model_file(tmp_path / "a", levels=7)
    refused(call("run", tmp_path / "a" / "chain.yaml", cwd=tmp_path), "holds those of another", "--overwrite")
    assert call("run", tmp_path / "a" / "chain.yaml", "--overwrite", cwd=tmp_path).returncode == 0
    (tmp_path / "a" / "chain.yaml").unlink()  # moved away: its results may be replaced, if that is asked for
    refused(call("run", "b/chain.yaml", cwd=tmp_path), "holds those of another", "--overwrite")
    assert call("run", "b/chain.yaml", "--overwrite", cwd=tmp_path).returncode == 0


@pytest.mark.parametrize("verb", ["run", "export"])
def test_two_sweeps_of_one_name_do_not_either(tmp_path, verb):
    sweep = {"model": {"kind": "spin-chain", "hopping": 1.0, **WIRE["model"]}, "vary": {"dephasing": [0.5, 1.0]}}
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        text = yaml_text({**sweep, "question": {"kind": "steady-state", "keep": ["current"]}})
        (tmp_path / folder / "line.yaml").write_text(text, encoding="utf-8")
    assert call("sweep", "run", "a/line.yaml", "--workers", 1, cwd=tmp_path).returncode == 0
    refused(call("sweep", verb, "b/line.yaml", cwd=tmp_path), "`out`", str(tmp_path / "a" / "line.yaml"), "--out")
    assert call("sweep", "export", "a/line.yaml", cwd=tmp_path).returncode == 0


# -- what is kept


def test_a_sweep_is_recorded_with_its_files(tmp_path):
    sweep = {"model": {"kind": "spin-chain", "hopping": 1.0, **WIRE["model"]}, "vary": {"dephasing": [0.5]}}
    text = yaml_text({**sweep, "question": {"kind": "steady-state", "keep": ["current"]}})
    (tmp_path / "line.yaml").write_text(text, encoding="utf-8")
    assert call("sweep", "run", "line.yaml", "--workers", 1, cwd=tmp_path).returncode == 0
    one = runs.find("last")
    assert {"line.zarr.zip", "line-provenance.json"} <= {file.name for file in one.files}
    assert {file.state(one.folder) for file in one.files} == {"unchanged"}
    assert [found.id for found in runs.at(tmp_path / "results" / "line")] == [one.id]
    assert runs.at(tmp_path / "results") == []


def test_run_and_reproduce_are_recorded(tmp_path):
    assert call("run", model_file(tmp_path), "--out", "out", cwd=tmp_path).returncode == 0
    assert call("reproduce", "michel-2005-fig-4", "--out", tmp_path / "out", cwd=tmp_path).returncode == 0
    recipe, run = json.loads(call("runs", "list", "--json", cwd=tmp_path).stdout)
    assert (run["kind"], run["name"], run["status"]) == ("run", "chain", "done")
    assert run["folder"] == str(tmp_path / "out" / "chain")
    assert run["command"].endswith("--out out")
    assert run["definition"]["model"] == cq.ModularChain(**SMALL).to_mapping()
    assert run["summary"] == json.loads((tmp_path / "out/chain/chain-verdict.json").read_text(encoding="utf-8"))
    assert run["versions"]["numpy"] == np.__version__
    assert run["seconds"] > 0
    assert run["pid"] == os.getpid()
    assert [file["name"] for file in run["files"]] == files(tmp_path / "out" / "chain")
    assert all(file["bytes"] == (tmp_path / "out/chain" / file["name"]).stat().st_size for file in run["files"])
    assert {file["state"] for file in run["files"]} == {"unchanged"}
    assert (recipe["kind"], recipe["name"], recipe["status"]) == ("reproduce", "michel-2005-fig-4", "done")
    assert re.fullmatch(r"(\d+) of \1 agree with the paper", recipe["summary"]["verdict"])
    assert recipe["definition"]["definitions"][0]["kind"] == "modular-chain"
    assert listed("--kind", "run", "--where", "levels=8", cwd=tmp_path) == [run["id"]]
    assert listed("--where", "levels=500", cwd=tmp_path) == [recipe["id"]]
    record = json.loads((tmp_path / "out/chain/chain-provenance.json").read_text(encoding="utf-8"))
    assert run["digest"] == record["definitions"][0]["digest"]


def test_a_refusal_before_the_work_leaves_no_record_and_one_in_it_does(tmp_path):
    refused(call("run", model_file(tmp_path, levels=0), cwd=tmp_path), "`levels`")
    assert listed(cwd=tmp_path) == []
    (tmp_path / "blocked").write_text("a file where a folder should be", encoding="utf-8")
    refused(call("run", model_file(tmp_path), "--out", tmp_path / "blocked", cwd=tmp_path), "`out`")
    (one,) = runs.recorded()
    assert one.status == "failed"
    assert one.verdict.startswith("InvalidInput: `out` must be a folder")


# -- list and its conditions


@pytest.mark.parametrize(
    ("expression", "found"),
    [
        ("dephasing=1", True),
        ("dephasing==1.0", True),
        (" model.dephasing = 1e0 ", True),
        ("dephasing!=1", False),
        ("dephasing!=2", True),
        ("model.sites>=3", True),
        ("sites>3", False),
        ("sites<3.5", True),
        ("sites<=2", False),
        ("baths.temperature=0.5", True),
        ("temperature<1", True),
        ("temperature>1", False),
        ("temperature!=0.5", False),
        ("sizes=4", True),
        ("sizes>5", False),
        ("kind=spin-chain", True),
        ("question.kind=steady-state", True),
        ("question.kind=spin-chain", False),
        ("kind<t", True),
        ("kind>2", False),
        ('name="it\'s 1"', True),
        ("name=it's 1", True),
        ("name!=1", True),
        ("certified=true", True),
        ("certified=1", False),
        ("sites=three", False),
    ],
)
def test_conditions(tmp_path, expression, found):
    name = made(tmp_path / "wire")
    assert listed("--where", expression, cwd=tmp_path) == [name] * found


@pytest.mark.parametrize("expression", ["ites=3", "unknown!=1", "model.levels<9", "question.sites=3", "bath.rate=1"])
def test_a_condition_on_what_no_run_has_is_refused(tmp_path, expression):
    """With the names that there are: "no such runs" would read as if it had been looked at."""
    assert listed("--where", expression, cwd=tmp_path) == []  # there is no run to have it
    made(tmp_path / "wire")
    name = re.split("[=!<]", expression)[0]
    known = ("dephasing", "kind", "seconds", "sites", "status", "temperature")
    refused(call("runs", "list", "--where", expression, cwd=tmp_path), "`where`", f"(got {name!r})", *known)
    refused(call("runs", "list", "--where", "sites=3", "--where", expression, cwd=tmp_path), f"(got {name!r})")
    refused(call("runs", "list", "--kind", "sweep", "--where", expression, cwd=tmp_path), f"(got {name!r})")
    assert listed("--kind", "sweep", "--where", "sites=3", cwd=tmp_path) == []


def test_large_whole_numbers_are_compared_exactly():
    big = 2**64 + 1
    assert condition(f"seed={big}").holds({"seed": big})
    assert not condition(f"seed={big}").holds({"seed": big - 1})


@pytest.mark.parametrize(
    "expression", ["", "levels", "levels>>3", "=3", "levels=", "a..b=1", ".a=1", "a b=1", "a=<3", "a=>3", "a=!3"]
)
def test_bad_conditions_are_refused(tmp_path, expression):
    refused(call("runs", "list", "--where", expression, cwd=tmp_path), "`where`", f"(got {expression!r})")


def test_several_conditions_kind_and_limit(tmp_path):
    first = made(tmp_path / "a")
    second = made(tmp_path / "b", kind="sweep", points=(9, 7, 2), status="partial")
    assert listed(cwd=tmp_path) == [second, first]
    assert listed("--limit", 1, cwd=tmp_path) == [second]
    assert listed("--kind", "run", "--where", "sites=3", "--where", "dephasing=1", cwd=tmp_path) == [first]
    assert listed("--where", "sites=3", "--where", "dephasing=2", cwd=tmp_path) == []
    refused(call("runs", "list", "--kind", "walk", cwd=tmp_path), "`kind`", "run, reproduce, sweep", "walk")
    refused(call("runs", "list", "--limit", 0, cwd=tmp_path), "`limit`", "got 0")
    text = call("runs", "list", cwd=tmp_path).stdout.splitlines()
    assert text[0].split() == ["id", "kind", "name", "started", "took", "status", "points", "verdict"]
    assert "7/9, 2 failed" in text[1]
    assert text[1].index("No verdict.") == text[2].index("No verdict.") == text[0].index("verdict")
    assert all(len(line) < 150 for line in text)


def test_an_empty_registry_is_not_made_by_looking(tmp_path, state):
    assert call("runs", "list", cwd=tmp_path).stdout == f"no such runs in {state / 'runs.sqlite'}\n"
    assert json.loads(call("runs", "list", "--json", cwd=tmp_path).stdout) == []
    refused(call("runs", "show", "last", cwd=tmp_path), "`id`", "none yet")
    refused(call("runs", "show", "abc", cwd=tmp_path), "`id`", "there is none", "'abc'")
    assert files(state) == []


def test_a_terminal_gets_a_table(tmp_path):
    pty = pytest.importorskip("pty", reason="terminals of POSIX systems")
    name = made(tmp_path / "wire", "[bold]wire", values=[1.0])
    inner, outer = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "caloriq.cli", "runs", "list"],
        stdout=outer,
        env={**os.environ, "COLUMNS": "160", "TERM": "xterm"},
    )
    os.close(outer)
    printed = b""
    try:
        while chunk := os.read(inner, 65536):
            printed += chunk
    except OSError:  # the other end is closed
        pass
    os.close(inner)
    assert process.wait() == 0
    text = printed.decode()
    assert "┃" in text
    assert name in text
    assert "[bold]wire" in text


# -- show


def test_show_says_everything(tmp_path):
    name = made(tmp_path / "wire", current=0.25, points=(4, 4, 0))
    for word in (name, name[:9], name.upper(), "last"):
        assert json.loads(call("runs", "show", word, "--json", cwd=tmp_path).stdout)["id"] == name
    (tmp_path / "wire/wire-verdict.json").write_text("{}", encoding="utf-8")
    text = call("runs", "show", "last", cwd=tmp_path).stdout
    size = (tmp_path / "wire/wire.zarr.zip").stat().st_size
    for line in (
        f"id: {name}",
        "status: done",
        "points: 4/4",
        f"folder: {tmp_path / 'wire'}",
        "    dephasing: 1.0",
        f"  numpy: {np.__version__}",
        "  current: 0.25",
        f"  wire.zarr.zip: {size / 1000:.3g} kB",
        "  wire-verdict.json: 22 B, changed since",
    ):
        assert line in text.splitlines(), text


def test_ids_that_are_none_or_several(tmp_path):
    names = [made(tmp_path / f"{k}") for k in range(17)]  # two of them begin alike
    several = next(letter for letter in "0123456789abcdef" if sum(name[0] == letter for name in names) > 1)
    refused(call("runs", "show", several, cwd=tmp_path), "`id`", "belong to one run", f"got {several!r}")
    for bad in ("", "xyz", "%", "0" * 11, "../runs"):
        refused(call("runs", "show", bad, cwd=tmp_path), "`id`", repr(bad))


# -- compare


def test_compare_says_what_differs(tmp_path):
    thinner = {**WIRE, "model": {**WIRE["model"], "sites": 4}, "sizes": [3, 4]}
    a = made(tmp_path / "a", "wire", current=0.5, alpha=2.0, certified=True)
    b = made(tmp_path / "b", "cord", thinner, current=0.25, alpha=2.0, certified=False, values=[0.0, 1.5, 3.0])
    found = json.loads(call("runs", "compare", a, b, "--json", cwd=tmp_path).stdout)
    assert found["runs"] == [a, b]
    assert found["definition"] == [
        {"path": "model.sites", "first": 3, "second": 4},
        {"path": "sizes[2]", "first": 5, "second": None},
    ]
    assert found["versions"] == []
    assert found["summary"] == [
        {"path": "current", "first": 0.5, "second": 0.25, "absolute": 0.25, "relative": 0.5},
        {"path": "certified", "first": True, "second": False},
    ]
    (data,) = found["data"]
    assert data["variables"]["currents"] == {"identical": False, "largest": 0.5, "not_comparable": 1}
    assert data["files"] == ["wire.zarr.zip", "cord.zarr.zip"]
    assert data["variables"]["holds"]["identical"] is True
    text = call("runs", "compare", a, b, cwd=tmp_path).stdout.splitlines()
    assert "  model.sites: 3 | 4" in text
    assert "  sizes[2]: 5 | –" in text
    assert "  current: 0.5 | 0.25  (0.25 apart, relative 0.5)" in text
    assert "data wire.zarr.zip | cord.zarr.zip" in text
    assert "  currents: largest difference 0.5, 1 not comparable" in text
    assert "  holds: identical to the last bit" in text


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([0.0, 1.0, np.nan], {"identical": True, "largest": 0.0}),
        ([-0.0, 1.0, np.nan], {"identical": False, "largest": 0.0}),
        ([0.0, np.nextafter(1.0, 2.0), np.nan], {"identical": False, "largest": 2.0**-52}),
        ([0.0, np.inf, np.nan], {"identical": False, "largest": 0.0, "not_comparable": 1}),
        ([0.0, 1.0j, np.nan], {"identical": False, "largest": 2.0**0.5}),
    ],
)
def test_compare_data(tmp_path, values, expected):
    a, b = made(tmp_path / "a"), made(tmp_path / "b", values=values)
    found = json.loads(call("runs", "compare", a, b, "--json", cwd=tmp_path).stdout)
    assert found["definition"] == found["summary"] == []
    assert found["data"][0]["variables"]["currents"] == pytest.approx(expected)


def test_compare_does_not_take_the_files_of_a_later_run_for_its_own(tmp_path):
    a, b = made(tmp_path / "wire"), made(tmp_path / "wire", values=[7.0])
    found = json.loads(call("runs", "compare", a, b, "--json", cwd=tmp_path).stdout)
    assert found["data"] == [{"files": ["wire.zarr.zip"] * 2, "states": ["changed", "unchanged"]}]
    assert "not compared: changed | unchanged" in call("runs", "compare", a, b, cwd=tmp_path).stdout


def test_compare_data_of_other_sizes_and_names(tmp_path):
    a, b = made(tmp_path / "a"), made(tmp_path / "b", values=[0.0, 1.0])
    store.save(xr.Dataset({"other": ("x", [1, 2])}), tmp_path / "c" / "wire.zarr.zip")
    with runs.record("run", "wire", tmp_path / "c", WIRE, "0", "x") as entry:
        entry.finish("done", {}, files=["wire.zarr.zip", "never-written.txt"])
    (data,) = json.loads(call("runs", "compare", a, b, "--json", cwd=tmp_path).stdout)["data"]
    assert data["variables"]["currents"] == {"identical": False, "sizes": [{"bond": 3}, {"bond": 2}]}
    assert "  currents: bond 3 | bond 2" in call("runs", "compare", a, b, cwd=tmp_path).stdout.splitlines()
    text = call("runs", "compare", a, entry.id, cwd=tmp_path).stdout.splitlines()
    assert "  currents: only in the first" in text
    assert "  other: only in the second" in text
    assert "  other: identical to the last bit" in call("runs", "compare", "last", "last", cwd=tmp_path).stdout


def test_compare_texts():
    a, b = (xr.Dataset({"name": ("x", names)}) for names in (["hot", "cold"], ["hot", "cool"]))
    assert compare._variable("name", a, b) == {"identical": False, "unequal": 1}
    assert compare._variable("name", a, a) == {"identical": True, "unequal": 0}


def test_two_real_runs_are_identical_to_the_last_bit(tmp_path):
    for out in ("a", "b"):
        assert call("run", model_file(tmp_path), "--out", out, cwd=tmp_path).returncode == 0
    b, a = listed(cwd=tmp_path)
    found = json.loads(call("runs", "compare", a, b, "--json", cwd=tmp_path).stdout)
    assert found["definition"] == found["versions"] == []
    assert {row["path"].split(".")[-1] for row in found["summary"]} <= {"wall time in s"}
    (data,) = found["data"]
    assert len(data["variables"]) > 5
    assert all(one["identical"] for one in data["variables"].values())


# -- export


def test_export_to_a_zip_and_to_a_folder(tmp_path):
    name = made(tmp_path / "wire", current=0.5)
    assert call("runs", "export", name, "--out", tmp_path / "wire.zip", "--netcdf", cwd=tmp_path).returncode == 0
    expected = ["record.json", "wire-verdict.json", "wire.nc", "wire.zarr.zip"]
    with zipfile.ZipFile(tmp_path / "wire.zip") as archive:
        assert archive.testzip() is None
        assert sorted(archive.namelist()) == expected
        assert archive.read("wire.zarr.zip") == (tmp_path / "wire/wire.zarr.zip").read_bytes()
        assert json.loads(archive.read("record.json"))["definition"] == WIRE
        archive.extract("wire.nc", tmp_path)
    with xr.open_dataset(tmp_path / "wire.nc", engine="scipy") as data:
        assert np.array_equal(data["currents"].values, [0.0, 1.0, np.nan], equal_nan=True)
    assert call("runs", "export", name, "--out", tmp_path / "copy", "--netcdf", cwd=tmp_path).returncode == 0
    assert files(tmp_path / "copy") == expected
    assert (tmp_path / "copy/wire-verdict.json").read_text(encoding="utf-8") == (
        tmp_path / "wire/wire-verdict.json"
    ).read_text(encoding="utf-8")


def test_export_overwrites_nothing_and_leaves_out_what_is_not_the_runs(tmp_path):
    name = made(tmp_path / "wire")
    (tmp_path / "taken.zip").write_text("mine", encoding="utf-8")
    refused(call("runs", "export", name, "--out", tmp_path / "taken.zip", cwd=tmp_path), "`out`", "new", "taken.zip")
    refused(call("runs", "export", name, "--out", tmp_path / "wire", cwd=tmp_path), "`out`", "empty folder")
    refused(call("runs", "export", name, "--out", tmp_path / "taken.zip/deep", cwd=tmp_path), "`out`")
    refused(call("runs", "export", name, cwd=tmp_path), "--out")
    assert (tmp_path / "taken.zip").read_text(encoding="utf-8") == "mine"
    (tmp_path / "wire/wire-verdict.json").write_text("{}", encoding="utf-8")
    answer = call("runs", "export", name, "--out", tmp_path / "wire.zip", cwd=tmp_path)
    assert answer.stdout.splitlines()[1] == "left out: wire-verdict.json (changed since the run wrote it)"
    with zipfile.ZipFile(tmp_path / "wire.zip") as archive:
        assert sorted(archive.namelist()) == ["record.json", "wire.zarr.zip"]
    (tmp_path / "wire/wire.zarr.zip").unlink()
    refused(call("runs", "export", name, "--out", tmp_path / "none.zip", cwd=tmp_path), "`id`", "changed or removed")
    assert not (tmp_path / "none.zip").exists()


# -- delete


def test_delete_forgets_and_leaves_the_files(tmp_path):
    first, second = made(tmp_path / "a"), made(tmp_path / "b")
    refused(call("runs", "delete", first, cwd=tmp_path), "`yes`", "--yes")
    assert call("runs", "delete", first, "--yes", cwd=tmp_path).stdout == f"forgot {first}\n"
    assert listed(cwd=tmp_path) == [second]
    assert len(files(tmp_path / "a")) == 2


def test_delete_removes_the_files_of_the_run_and_nothing_else(tmp_path):
    (tmp_path / "wire").mkdir()
    (tmp_path / "wire/mine.txt").write_text("mine", encoding="utf-8")
    name = made(tmp_path / "wire")
    (tmp_path / "wire/wire-verdict.json").write_text("edited", encoding="utf-8")
    answer = call("runs", "delete", name, "--files", "--yes", cwd=tmp_path)
    assert "removed 1 files" in answer.stdout
    assert "kept: wire-verdict.json (changed since the run wrote it)" in answer.stdout
    assert files(tmp_path / "wire") == ["mine.txt", "wire-verdict.json"]
    assert listed(cwd=tmp_path) == []


def test_delete_leaves_what_a_link_or_a_later_run_put_in_place(tmp_path):
    name = made(tmp_path / "wire")
    link = tmp_path / "wire/wire-verdict.json"
    target = link.rename(tmp_path / "elsewhere.json")
    link.symlink_to(target)
    later = made(tmp_path / "wire", "cord")
    assert call("runs", "delete", name, "--files", "--yes", cwd=tmp_path).returncode == 0
    assert files(tmp_path) == [
        "elsewhere.json",
        *(f"wire/{x}" for x in ("cord-verdict.json", "cord.zarr.zip", "wire-verdict.json")),
    ]
    assert target.exists()
    assert listed(cwd=tmp_path) == [later]


def test_delete_removes_a_folder_that_the_run_made_once_it_is_empty(tmp_path):
    (tmp_path / "mine").mkdir()
    for folder, stays in (("mine", True), ("new", False)):
        name = made(tmp_path / folder)
        assert call("runs", "delete", name, "--files", "--yes", cwd=tmp_path).returncode == 0
        assert (tmp_path / folder).exists() is stays


@pytest.mark.parametrize(("answer", "left"), [("n\n", 1), ("y\n", 0)])
def test_delete_asks_on_a_terminal(tmp_path, monkeypatch, answer, left):
    import io

    class Terminal(io.StringIO):
        def isatty(self):
            return True

    name = made(tmp_path / "wire")
    monkeypatch.setattr(sys, "stdin", Terminal(answer))
    said = call("runs", "delete", name, "--files", cwd=tmp_path)
    assert said.returncode == 0, said.stderr
    assert f"Forget {name} (run wire) and remove 2 files in {tmp_path / 'wire'}?" in said.stdout
    assert len(listed(cwd=tmp_path)) == left
    assert len(files(tmp_path)) == 2 * left


def test_a_run_that_goes_on_is_not_deleted(tmp_path):
    with runs.record("run", "wire", tmp_path, WIRE, "0", "x") as entry:
        refused(call("runs", "delete", entry.id, "--yes", cwd=tmp_path), "`id`", "still runs", str(os.getpid()))
    assert call("runs", "delete", entry.id, "--yes", cwd=tmp_path).returncode == 0
