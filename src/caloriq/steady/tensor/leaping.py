r"""States of a relaxation joined to one that is nearer to its end: waves that live for long are taken out of it.

Of states ρ(t_i) along the way the combination with

.. math::
    \sum_i a_i = 1,\qquad \Big|\sum_i a_i\,\dot x(t_i)\Big|^2 + \lambda |a|^2 \to \min

relaxes the slowest: evolution is linear, so that what oscillates or decays by a few rates falls out of it (reduced rank extrapolation:
A. Sidi, Vector Extrapolation Methods, SIAM (2017), doi:10.1137/1.9781611974966). x are the densities and currents of the profile, which tell the phase of
a wave; the states are joined as trains and cut. Nothing is certified by this: what is left is followed and judged as before.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from caloriq._checks import Real
from caloriq.linalg.tensor_train import Train, combined
from caloriq.steady.tensor.reading import trace

SPACING = 6  # spells between states that are kept, at first
KEPT = 6  # states
ALIKE = 3  # leaps before states are kept twice as far from each other: longer waves are left
MOST = 9  # leaps of one relaxation
LARGEST = 128  # bond dimension of states that are joined
SMOOTH = 1e-4  # λ, of the mean square of the changes


def spacing(leaps: int) -> int:
    """Spells between states that are kept, after so many leaps."""
    return SPACING << leaps // ALIKE


def weights(changes: Sequence[Real]) -> Real:
    """Coefficients a of the states, from how each of them was changing; of sum one."""
    x = np.array(changes)
    square = x @ x.T
    scale = SMOOTH * float(np.trace(square)) / len(square)
    if not scale:
        return np.full(len(square), 1 / len(square))
    found = np.linalg.solve(square + scale * np.eye(len(square)), np.ones(len(square)))
    share: Real = found / found.sum()
    return share


def landed(states: Sequence[Train], changes: Sequence[Real], largest: int) -> Train | None:
    """The combination of states that changes least, cut to a bond dimension; None where there is none, or it would take much memory."""
    if largest > LARGEST:
        return None
    dense = [one.dense() for one in states]
    traces = np.array([trace(one) for one in dense])
    shares = weights(changes) * traces[-1] / np.where(traces == 0, np.nan, traces)
    return combined(dense, shares, largest) if np.isfinite(shares).all() else None
