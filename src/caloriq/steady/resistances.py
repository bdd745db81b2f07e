"""Chains whose current is a difference over a sum of resistances: two sites, and the uniform chain.

All terms of the sums are positive: every number keeps its digits for any rates.
"""

from __future__ import annotations

import numpy as np

from caloriq._checks import Real
from caloriq.steady.bounds import UNIT, Bounded
from caloriq.steady.correlators import Found, Wire
from caloriq.steady.wire_error import SeenChain


def series(ends: tuple[float, float], bonds: Real, real: Real, shares: Real) -> SeenChain:
    """The chain that the resistances make, seen from the bath that fills.

    `ends` are 1/γ of the first and the last bath; over the current are the bonds' population differences and Re C_k,k+1,
    shape (N-1,), and the `shares` Im C_k,k+2, shape (N-2,).
    """
    parts = np.concatenate([[ends[0]], bonds, [ends[1]]])
    remaining = np.cumsum(parts[::-1])[::-1]
    J = 1 / float(remaining[0])
    unit = (len(parts) + 12) * UNIT

    def near(value: Real) -> Bounded:
        return Bounded(value, unit * np.abs(value))

    return SeenChain(Bounded(J, unit * J), near(J * remaining[1:]), near(J * bonds), near(J * real), near(J * shares))


def pair(chain: Wire) -> Found:
    """Two sites: j = 2g²Γ/(Γ² + Δ²) (C_11 - C_22), Γ the decay of the coherence and Δ the detuning."""
    g, turn = float(chain.hopping[0]), float(chain.frequencies[0] - chain.frequencies[1])
    decay = float(chain.loss.sum() + chain.dephasing.sum()) / 2
    bond = (decay / g + turn / g * (turn / decay)) / (2 * g)
    none = np.zeros(0)
    driven = series(
        (1 / float(chain.loss[0]), 1 / float(chain.loss[1])), np.array([bond]), np.array([turn / g / (2 * decay)]), none
    )
    C = np.diag(driven.populations.value).astype(complex)
    C[0, 1] = driven.real.value[0] - 1j * driven.current.value / (2 * g)
    C[1, 0] = C[0, 1].conjugate()
    error = np.diag(np.asarray(driven.populations.bound))
    error[0, 1] = error[1, 0] = np.hypot(driven.real.bound[0], driven.current.bound / (2 * g)) + 4 * UNIT * abs(C[0, 1])
    chain.notes["route"] = "two sites"
    return Found(driven, C, 0.0, error)


def uniform(chain: Wire) -> SeenChain:
    """Equal frequencies and hopping: every bond is a resistance Γ_k/2g², Γ_k the decay of its coherence."""
    decay = (chain.loss[:-1] + chain.loss[1:] + chain.dephasing[:-1] + chain.dephasing[1:]) / 2
    zero = np.zeros(chain.sites - 1)
    ends = 1 / float(chain.loss[0]), 1 / float(chain.loss[-1])
    return series(ends, decay / chain.hopping / (2 * chain.hopping), zero, zero[1:])
