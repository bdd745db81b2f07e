"""The tables of the wu-2008 reproductions: which statements of the paper hold, which do not, and how far."""

import numpy as np
import pytest

from caloriq.papers.registry import RECIPES
from figures import assert_readable

# True: in accord with the paper; False: not; None: the paper says nothing
AGREES = {
    "wu-2008-three-units": [False, False, None, None, False, None],
    "wu-2008-exchange": [True, False, None, None, True],
    "wu-2008-markov": [True, True, None, True, None],
    "wu-2008-harmonic": [True, True, True, None, None],
    "wu-2008-number-dephasing": [False, False, True, True, True, None, True, None, None, None, None],
    "wu-2008-overlaps": [True, False, False, False, False, False, None, None],
    "wu-2008-harmonic-baths": [True, True, True, False, None, None, None, None],
    "wu-2008-conductivity": [True, True, True, False, None],
    "wu-2008-cubic": [True, True, True, True],
    "wu-2008-nonlinear-diffusion": [True, None, None, None, None, None],
}

# numbers that the tables print, from the closed forms
PRINTED = {
    "wu-2008-three-units": {
        "t → 0": "4.0000",
        "from unit 0 to unit 2": "-0.003481, -0.003628",
        "singular time": "6.981317, 6.755109",
    },
    "wu-2008-exchange": {"λt = 0.4": "0.072", "grows as": "2.000"},
    "wu-2008-number-dephasing": {
        "exact late rate": "1.00010, 0.25000, 0.11111, 0.06250",
        "noise on the number": "0.000, 0.426, 0.554, 0.631",
        "which is nearer": "hopping: NZ always; permutation: NZ until t = 11.3, then TCL; all to all: TCL always",
    },
    "wu-2008-harmonic-baths": {"1/r, classical noise": "0.190983, 0.190983"},
    "wu-2008-overlaps": {"linear: largest |D|/E": "0.059, 0.011", "quadratic: largest |D|/E": "0.125, 0.077"},
}


@pytest.mark.parametrize("name", AGREES)
def test_tables(name):
    outcome = RECIPES[name].run(True, None)
    assert [row.agrees for row in outcome.rows] == AGREES[name], [(r.quantity, r.ours) for r in outcome.rows]
    assert all(row.ours and row.quantity for row in outcome.rows)
    assert all(data.sizes for data in outcome.data.values())
    assert_readable(outcome.figure)
    for quantity, number in PRINTED.get(name, {}).items():
        row = next(row for row in outcome.rows if quantity in row.quantity)
        assert number in row.ours, row
    beyond_the_paper(name, outcome)


def beyond_the_paper(name, outcome):
    """What the tables give without a statement of the paper beside it."""
    if name == "wu-2008-three-units":
        data = outcome.data["three-units"]
        assert np.abs(data.exact - data.corrected).max() < 1e-11
        assert np.abs(data.exact.isel(form=1) - data.printed)[80] > 0.01
    elif name == "wu-2008-exchange":
        slopes = [float(s) for s in outcome.rows[2].ours.split(", ")]
        assert slopes == pytest.approx([2.0] * 4, abs=0.05)
    elif name == "wu-2008-markov":
        data = outcome.data["markov"]
        assert (data.bath * data.dephasing).values == pytest.approx(2 * 0.1**2, rel=1e-12)
        assert float(outcome.rows[2].ours) == pytest.approx(50 * np.pi, rel=0.05)
    elif name == "wu-2008-number-dephasing":
        data = outcome.data["number-dephasing"]
        step = data.step.values
        assert data.late.values * step**2 == pytest.approx(1.0, abs=2e-4)
        assert [float(p) for p in outcome.rows[7].ours.split(", ")] == pytest.approx([4.0, 4.0], abs=0.05)
        hopping, _, everywhere = np.arange(3)
        assert np.all(data.memory.values[hopping, 1:] < data.local.values[hopping, 1:])
        assert data.memory.values[everywhere].max() > 5 * data.local.values[everywhere].max()
    elif name == "wu-2008-nonlinear-diffusion":
        data = outcome.data["nonlinear-diffusion"]
        assert np.abs(data.profile / data.inverse - 1).max() < 0.01
        assert [float(outcome.rows[k].ours) < 1e-9 for k in (1, 2, 5)] == [True] * 3
        assert np.all(data.gap_1 <= data.told_1)
        assert np.all(data.gap_2 <= data.told_2)
    elif name == "wu-2008-harmonic-baths":
        quantum, kappa = (float(one) for one in outcome.rows[5].ours.split(", "))
        assert quantum == pytest.approx(kappa, rel=1e-4)
        current = outcome.data["harmonic-baths"].current.values
        ends, inner = (float(one) for one in outcome.rows[6].ours.split(", "))
        assert ends == pytest.approx(current[0, 3] * (1 / 0.5 - 1 / 1.5), rel=1e-5)
        assert inner == pytest.approx(current[2, 3] * (1 / 0.5 - 1 / 1.5), rel=1e-3)
        free, fixed = (float(one) for one in outcome.rows[7].ours.split(", "))
        assert -0.7 < free < -0.3
        assert -1.7 < fixed < -0.7
    elif name == "wu-2008-overlaps":
        assert float(outcome.rows[-1].ours) < 1e-10


def test_every_recipe_is_here():
    assert {name for name in RECIPES if name.startswith("wu-2008")} == set(AGREES)
