"""Intervals by strings against longer strings: how often do they hold what comes."""

import numpy as np
import pytest

from caloriq.known.uniform_chains import ising, xxz
from caloriq.transport.kubo.climbing import climbed
from caloriq.transport.kubo.premises import Charges, charges_of

CHAINS = {
    "tilted 1.4, 0.9045": (ising(1.0, 1.4, 0.9045), "energy"),
    "tilted 0.9045, 0.809": (ising(1.0, 0.9045, 0.809), "energy"),
    "tilted 1.05, 0.5": (ising(1.0, 1.05, 0.5), "energy"),
    "tilted 1.2, 0.7": (ising(1.0, 1.2, 0.7), "energy"),
    "tilted 0.8, 1.2": (ising(1.0, 0.8, 1.2), "energy"),
    "tilted 2, 1": (ising(1.0, 2.0, 1.0), "energy"),
    "XXZ 1.5": (xxz(1.5), "magnetisation"),
    "XXZ 2": (xxz(2.0), "magnetisation"),
    "XXZ 3": (xxz(3.0), "magnetisation"),
}


FEW = ("tilted 0.9045, 0.809", "XXZ 1.5")


def held(lengths, later, names):
    """Which intervals of the lengths hold the value at a later one."""
    found = {}
    for name in names:
        chain, of = CHAINS[name]
        short = climbed(chain, of, lengths, None, charges_of(chain, of))
        longer = climbed(chain, of, [later], None, Charges(0.0, 0.0, 1.0))
        found[name] = short.low <= longer.value <= short.high, short.found, (short.low, longer.value, short.high)
    return found


def test_intervals_hold_what_one_length_more_gives():
    found = held([5, 6, 7], 8, FEW)
    assert all(one for one, _, _ in found.values()), found
    widths = [(high - low) / value for _, _, (low, value, high) in found.values()]
    assert max(widths) < 4 / 3  # an interval of any width would hold it


@pytest.mark.slow
def test_intervals_hold_what_two_lengths_more_give():
    found = held([6, 7, 8], 10, CHAINS)
    assert np.mean([one for one, _, _ in found.values()]) >= 0.88, found
    assert all(one for one, told, _ in found.values() if told == "converged"), found
