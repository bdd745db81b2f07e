"""The study of grains: what its table says of four chains, and the verdicts behind it."""

import numpy as np
import pytest

import caloriq as cq
from caloriq.papers.registry import RECIPES
from figures import assert_readable

VERDICTS = {
    # chain, block, carried, contact: the criteria that fail, of those that do not hang on a size of a few spins
    "ballistic": (cq.QuantumChain.xx(16), 8, "spin", 1.0, {"inside"}),
    "ballistic, weak contact": (cq.QuantumChain.xx(16), 8, "spin", 0.18, {"inside", "rephasing"}),
    "integrable": (cq.QuantumChain.xxz(16, anisotropy=1.5), 8, "spin", 1.0, {"inside"}),
    "chaotic": (cq.QuantumChain.tilted_ising(20), 10, "energy", 1.0, {"inside", "c2"}),
    "chaotic, weak contact": (cq.QuantumChain.tilted_ising(20), 10, "energy", 0.18, set()),
    "chaotic, weak contact, small block": (cq.QuantumChain.tilted_ising(12), 6, "energy", 0.18, {"rephasing", "c1"}),
    "localised": (cq.QuantumChain.heisenberg(24, disorder=8.0, seed=1), 6, "spin", 1.0, {"plateau"}),
}


@pytest.mark.parametrize("case", VERDICTS)
def test_verdicts(case):
    """Only chaotic blocks, large and weakly coupled, pass; every refusal names what failed."""
    chain, block, carries, contact, expected = VERDICTS[case]
    grains = cq.coarse_grain(chain, block, carries=carries, contact=contact)
    failed = {c.name for c in grains.criteria if not c.holds}
    assert expected <= failed
    assert grains.holds == (not failed) == (not expected)
    assert all(name in grains.why for name in expected)
    if grains.holds:
        low, high = grains.contacts
        assert low < contact < high
        assert grains.diffusivity == pytest.approx(grains.rate * block**2)
    if expected == {"plateau"}:
        assert grains.diffusivity is None


def test_table_and_figure():
    outcome = RECIPES["michel-2006-grains"].run(True, None)
    assert all(row.ours and row.quantity for row in outcome.rows)
    said = {row.quantity.split(":")[0]: row for row in reversed(outcome.rows)}  # the first row of every chain
    # a no is what every homogeneous chain gets: it does not say that a chain is ballistic, or localised
    assert said["XX, spin"].agrees is None
    assert said["Heisenberg, W = 8, spin"].agrees is None
    # known to be diffusive, and homogeneous: second order in the contact cannot say so
    assert said["XXZ Δ = 1.5, spin"].agrees is False
    assert said["tilted Ising, energy"].agrees is False
    assert all(row.ours.startswith("no") for row in said.values() if "diffuse?" in row.quantity)
    data = outcome.data["grains"]
    assert np.all(np.isnan(data.diffusivity.values[3]))
    growth = data.diffusivity.values[:3, 0, -1] / data.diffusivity.values[:3, 0, 0]
    assert growth == pytest.approx(6 / 4, rel=0.12)
    assert np.all(np.diff(data.exact.values, axis=1) < 0)
    assert len(outcome.figure.axes) == 3
    assert_readable(outcome.figure)
