"""The tables of the wu-2008 reproductions: which statements of the paper hold, which do not, and how far."""

import pytest

from caloriq.papers.registry import RECIPES

# True: in accord with the paper; False: not; None: the paper says nothing
AGREES = {
    "wu-2008-three-units": [False, False, True, True, False, None],
    "wu-2008-exchange": [True, False, True, None, True],
    "wu-2008-markov": [True, True, True, True, True],
    "wu-2008-harmonic": [True, True, True, None, None],
    "wu-2008-overlaps": [True, False, False, False, False, None, True],
    "wu-2008-conductivity": [True, True, True, False, None],
    "wu-2008-cubic": [True, True, True, True],
}

# numbers that the tables print, from the closed forms
PRINTED = {
    "wu-2008-three-units": {
        "t → 0": "4.0000",
        "from unit 1 to unit 3": "-0.003481, -0.003628",
        "singular time": "6.981317, 6.755109",
    },
    "wu-2008-exchange": {"λt = 0.4": "0.072", "grows as": "2.000"},
    "wu-2008-overlaps": {"linear: largest |D|/E": "0.059, 0.011", "quadratic: largest |D|/E": "0.125, 0.077"},
}


@pytest.mark.parametrize("name", AGREES)
def test_tables(name):
    outcome = RECIPES[name].run(True, None)
    assert [row.agrees for row in outcome.rows] == AGREES[name], [(r.quantity, r.ours) for r in outcome.rows]
    assert all(row.ours and row.quantity for row in outcome.rows)
    assert all(data.sizes for data in outcome.data.values())
    assert outcome.figure.axes
    for quantity, number in PRINTED.get(name, {}).items():
        row = next(row for row in outcome.rows if quantity in row.quantity)
        assert number in row.ours, row


def test_every_recipe_is_here():
    assert {name for name in RECIPES if name.startswith("wu-2008")} == set(AGREES)
