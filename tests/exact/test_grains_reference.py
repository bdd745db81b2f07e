"""Predictions of coarse-grained chains beside exact dynamics of 18 spins, whose numbers are kept.

Made by `caloriq reproduce michel-2006-grains-positive` (16 minutes on a busy core, 0.5 GB): random states of the whole space, their
standard errors beside them. The predictions are made here.
"""

import numpy as np

import caloriq as cq
from caloriq.reduced.grains.band_rates import energies_by_rates, pair_by_rates

THREE = np.array(  # U_µ of three blocks of 6, contact 0.45, the first at T = 4, at kt = 0, ¼, …, 2
    [
        [-2.9283, 0.0017, -0.0036],
        [-2.3527, -0.5076, -0.0430],
        [-1.9891, -0.7489, -0.1632],
        [-1.7464, -0.8548, -0.2969],
        [-1.5692, -0.9189, -0.4115],
        [-1.4459, -0.9356, -0.5160],
        [-1.3529, -0.9477, -0.5991],
        [-1.2789, -0.9577, -0.6645],
        [-1.2179, -0.9619, -0.7200],
    ]
)
ERROR = 0.0128  # largest standard error in it
PAIR = 0.411, 0.001  # ⟨D(t)D⟩/⟨D²⟩ of two blocks of 9, contact 0.2, at kt = ½, and its standard error


def test_three_blocks_of_six():
    """Rates between bands follow every block to what both sides are known to; one rate of the blocks' contact does not."""
    chain = cq.QuantumChain.tilted_ising(18)
    grains = cq.coarse_grain(chain, 6, contact=0.45)
    phase = np.linspace(0, 2, 9)
    found = energies_by_rates(chain, 6, phase / grains.rate, [4.0, np.inf, np.inf], contact=0.45, bands=16)
    assert np.all(np.abs(found.energies - THREE) <= found.errors + 3 * ERROR)
    assert np.abs(found.energies - THREE).max() < 0.012 * abs(THREE[0, 0])
    slow = (THREE[:, 0] - THREE[:, 2]) / (THREE[0, 0] - THREE[0, 2])  # the mode of one half period
    by_bands = (found.energies[:, 0] - found.energies[:, 2]) / (found.energies[0, 0] - found.energies[0, 2])
    assert np.abs(by_bands - slow).max() < 0.015
    assert np.abs(np.exp(-phase) - slow).max() > 0.03
    assert not grains.holds  # the blocks are too small for their criteria, which are sufficient, not necessary


def test_the_pair_that_meets_every_criterion():
    """Two blocks of 9 spins: all criteria hold, and the exact decay is that of the rates between bands within 0.01."""
    chain = cq.QuantumChain.tilted_ising(18)
    grains = cq.coarse_grain(chain, 9, contact=0.2, bands=8)
    assert grains.holds, [str(one) for one in grains.criteria]
    exact, error = PAIR
    by_bands = pair_by_rates(chain, 9, np.array([0.5 / grains.rate]), contact=0.2, bands=12)[0]
    assert abs(by_bands - exact) < 0.01
    assert abs(np.exp(-1) - exact) > 40 * error
