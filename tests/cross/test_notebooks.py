"""Notebooks run from beginning to end in a kernel, and what they show is there and right."""

import json
import re
from pathlib import Path

import nbclient
import nbformat
import pytest

FOLDER = Path(__file__).parents[2] / "notebooks"
NAMES = sorted(one.name for one in FOLDER.glob("*.ipynb"))
SECONDS = 240  # for one cell, before it is given up: a kernel that hangs, not a goal


class Shown:
    """What the cells of a notebook show."""

    def __init__(self, notebook):
        self.outputs = [one for cell in notebook.cells if cell.cell_type == "code" for one in cell.outputs]

    def of(self, kind):
        """All that is shown of one kind of data, as text."""
        return [one["data"][kind] for one in self.outputs if kind in one.get("data", {})]

    @property
    def printed(self):
        return "".join(
            one["text"] for one in self.outputs if one["output_type"] == "stream" and one["name"] == "stdout"
        )

    @property
    def warned(self):
        return [one["text"] for one in self.outputs if one["output_type"] == "stream" and one["name"] == "stderr"]


@pytest.fixture(scope="module")
def shown(tmp_path_factory):
    """Of every notebook, executed once when it is asked for."""
    found = {}

    def one(number):
        (name,) = (name for name in NAMES if name.startswith(f"{number}-"))
        if name not in found:
            notebook = nbformat.read(FOLDER / name, as_version=4)
            folder = str(tmp_path_factory.mktemp("notebook"))
            nbclient.NotebookClient(
                notebook, timeout=SECONDS, kernel_name="python3", resources={"metadata": {"path": folder}}
            ).execute()
            found[name] = Shown(notebook)
        return found[name]

    return one


def tables(one):
    return [told for told in one.of("text/html") if "<table>" in told]


@pytest.mark.parametrize("name", NAMES)
def test_it_is_stored_without_outputs_and_as_nbformat_has_it(name):
    told = (FOLDER / name).read_text(encoding="utf-8")
    notebook = nbformat.reads(told, as_version=4)
    nbformat.validate(notebook)
    for cell in notebook.cells:
        assert cell.cell_type == "markdown" or (cell.outputs == [] and cell.execution_count is None)
        assert len(cell.source.splitlines()) <= 12
    assert json.loads(told)["metadata"]["kernelspec"]["name"] == "python3"


@pytest.mark.parametrize("number", [1, 2, 3])
def test_figures_and_tables_are_shown_and_nothing_warns(shown, number):
    one = shown(number)
    assert one.of("image/png")
    assert tables(one)
    assert one.warned == []


def test_a_hamiltonian_has_its_verdict(shown):
    one = shown(1)
    said = re.findall(r"^(diffusive|ballistic), (\w+)$", one.printed, re.MULTILINE)
    assert said == [("diffusive", "indicated"), ("ballistic", "proved")]
    low, high = map(float, re.search(r"D lies in (\S+) \.\.\. (\S+)", one.printed).groups())
    assert 1.0 < low < high < 3.0
    assert "strings: diffusive" in one.printed
    assert "<th>route</th>" in "".join(tables(one))


def test_dynamics_follow_the_rate_equation(shown):
    one = shown(2)
    assert "Fourier's law holds" in "".join(tables(one)).replace("&#x27;", "'")
    assert "rate: 0.0005655 per" in one.printed  # 2πλ²n/δε
    assert "fails" in one.printed
    assert any("Schrödinger dynamics: done in" in told for told in one.of("text/html"))


def test_a_wire_goes_from_ballistic_to_ohmic(shown):
    one = shown(3)
    alphas = [float(a) for a in re.findall(r"local exponent +(\S+)", one.printed)]
    assert alphas == sorted(alphas, reverse=True)
    assert alphas[0] == pytest.approx(1.0, abs=0.01)
    assert abs(alphas[-1]) < 0.05
    crossovers = [float(N) for N in re.findall(r"alike at N = (\d+)", one.printed)]
    assert crossovers[0] > 4 * crossovers[1] > 16 * crossovers[2] / 2
    assert "diffusive</b>, proved" in "".join(tables(one)) + "".join(one.of("text/html"))
    assert "ballistic" in one.printed.splitlines()[-1]
