"""The recipe for array jobs as it is printed, parts of equal work, and what a partial export says."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import caloriq as cq
from caloriq.documents import yaml_text
from caloriq.sweep._processes import _program
from caloriq.sweep.engine import Ledgers, source_of
from caloriq.sweep.ledger import Ledger
from caloriq.sweep.plan import Plan
from caloriq.sweep.workers import Inline
from command_line import call

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "clusters.md"
WIRE = {
    "kind": "spin-chain",
    "sites": 3,
    "hopping": 1.0,
    "baths": [{"site": 0, "temperature": 1.0, "rate": 1.0}, {"site": -1, "temperature": 0.5, "rate": 1.0}],
}
SWEEP = {
    "model": WIRE,
    "vary": {"dephasing": [0.1 * k for k in range(11)], "hopping": [0.2 * k for k in range(1, 8)]},
    "question": {"kind": "steady-state", "keep": ["current"]},
}


def parts_of(sweep, parts):
    """Points of every part, as its jobs would be handed them."""
    plan = Plan(sweep)
    found = []
    for part in range(parts):
        with Ledger(None) as own:
            source = source_of(plan, Ledgers(own), shard=(part, parts))
            found.append([point for batch in iter(source.next, None) for point in batch])
        assert len(found[-1]) == source.tally.total
    return plan, found


@pytest.mark.parametrize("parts", [1, 2, 7, 8, 77, 100])
@pytest.mark.parametrize("batch", [None, 1, 5])
@pytest.mark.parametrize("ensemble", [None, {"samples": 30, "seed": 1}])
def test_parts_of_equal_size(parts, batch, ensemble):
    """Cheap points in large batches too: no point twice, none left out, no part larger than another by more than one."""
    mapping = {**SWEEP, "batch": batch}
    if ensemble:
        disorder = [{"quantity": "frequency", "width": 0.5}]
        model = {"kind": "disordered-chain", "chain": WIRE, "disorder": disorder}
        mapping |= {"model": model, "vary": {"chain.dephasing": [0.1, 0.2, 0.3]}, "ensemble": ensemble}
    plan, found = parts_of(cq.Sweep(**mapping), parts)
    sizes = [len(points) for points in found]
    assert sorted(point for points in found for point in points) == list(range(plan.points))
    assert max(sizes) - min(sizes) <= 1
    if ensemble is None and batch is None and parts == 1:
        assert len(list(plan.batches())) < 3  # the points are cheap


def recipe():
    """The script of the page: its array, and its command."""
    script = next(
        block for block in re.findall(r"```sh\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.S) if "--array" in block
    )
    first, last = map(int, re.search(r"--array=(\d+)-(\d+)", script).groups())
    (command,) = (line for line in script.splitlines() if line.startswith("caloriq "))
    return script, range(first, last + 1), command


def test_the_array_job_as_printed(tmp_path, monkeypatch):
    """Every task of the array, as SLURM would number it; the last one writes the dataset of all."""
    monkeypatch.setattr("caloriq.cli.sweep._where", lambda *_, **__: Inline())
    monkeypatch.setattr("caloriq.cli.sweep._draw", lambda *_: None)
    _, tasks, command = recipe()
    (tmp_path / "sweep.yaml").write_text(yaml_text(SWEEP), encoding="utf-8")
    assert len(tasks) == 8
    for task in tasks:
        words = command.replace("$SLURM_ARRAY_TASK_ID", str(task)).replace("$SLURM_CPUS_PER_TASK", "1")
        words = words.replace("/scratch/sweep", str(tmp_path / "scratch")).split()[1:]
        if task == tasks[-1]:
            early = call("sweep", "export", "sweep.yaml", "--out", tmp_path / "scratch", cwd=tmp_path)
            assert early.returncode == 4
            assert re.search(r"\b9 missing", early.stdout), early.stdout
            assert "9 are missing" in early.stderr
        answer = call(*words, cwd=tmp_path)
        assert answer.returncode == 0, answer.stderr
    data = cq.load(tmp_path / "scratch" / "sweep" / "sweep.zarr.zip")
    assert (data.status == 1).all()
    assert data.attrs["missing"] == 0
    assert np.isfinite(data.current.values).all()
    whole = call("sweep", "export", "sweep.yaml", "--out", tmp_path / "scratch", cwd=tmp_path)
    assert whole.returncode == 0
    assert "0 missing" in whole.stdout


def test_the_script_is_one_that_a_shell_reads():
    script, _, _ = recipe()
    shell = shutil.which("sh")
    if shell is None:
        pytest.skip("no shell")
    assert subprocess.run([shell, "-n"], input=script, text=True, capture_output=True, check=False).returncode == 0


def test_workers_do_not_look_for_a_program_that_is_no_file(monkeypatch, tmp_path):
    main = sys.modules["__main__"]
    monkeypatch.setattr(main, "__file__", str(tmp_path / "<stdin>"), raising=False)
    with _program():
        assert not hasattr(main, "__file__")
    assert main.__file__.endswith("<stdin>")
    monkeypatch.setattr(main, "__file__", __file__)
    with _program():
        assert main.__file__ == __file__


@pytest.mark.slow
def test_a_program_from_standard_input(tmp_path):
    """As in `python - <<EOF`: there is no file that the workers could load, and they need none."""
    program = f"import caloriq as cq\nprint(cq.run_sweep(cq.Sweep(**{SWEEP!r}), workers=2).current.shape)\n"
    answer = subprocess.run(
        [sys.executable, "-"], input=program, text=True, capture_output=True, check=False, cwd=tmp_path
    )
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.split() == ["(11,", "7)"]
