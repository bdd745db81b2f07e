"""Random chains: how often numbers of tensor networks lie within the errors that they state."""

from __future__ import annotations

import numpy as np
import pytest

import caloriq as cq
from random_chains import drawn

GROUPS = (
    "currents",
    "excitation_currents",
    "heat_currents",
    "populations",
    "coherences",
    "energy",
    "dephasing_current",
)


def counted(models: range, sizes: tuple[int, int], tol: float) -> tuple[int, int, list[str]]:
    """Numbers within their errors, all numbers, and what was refused or off."""
    within = everything = 0
    told = []
    for number in models:
        model = drawn(number, sizes)
        exact = cq.steady_state(model)
        try:
            found = cq.steady_state(model, method=cq.TensorNetwork(tol=tol, checkpoint=None))
        except cq.NotConverged as error:
            told.append(f"{number}: {error}")
            found = error.solution
        for group in GROUPS:
            off = np.atleast_1d(np.abs(np.asarray(getattr(found, group)) - np.asarray(getattr(exact, group))))
            bound = np.atleast_1d(found.bounds[group])
            within += int(np.count_nonzero(off <= bound))
            everything += off.size
            told += [f"{number}: {group} off by {(off / bound).max():.3g} errors"] if np.any(off > bound) else []
    return within, everything, told


def test_a_few_random_chains() -> None:
    """All numbers of ten."""
    within, everything, told = counted(range(10), (3, 7), 0.01)
    assert within == everything, told


@pytest.mark.slow
@pytest.mark.timeout(7200)
def test_two_hundred_random_chains() -> None:
    """An error is one that nearly nothing exceeds: 99 % of the numbers; and one in twenty chains at most is refused."""
    within, everything, told = counted(range(200), (6, 9), 0.01)
    assert within >= 0.99 * everything, told
    assert sum("must keep" in one for one in told) <= 10, told
