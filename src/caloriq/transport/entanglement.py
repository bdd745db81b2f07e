"""Entanglement of two sites in a steady state.

Source: W. K. Wootters, PRL 80, 2245 (1998), doi:10.1103/PhysRevLett.80.2245; MT VI B (PRE 86, 061118 (2012),
doi:10.1103/PhysRevE.86.061118).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from caloriq import _checks
from caloriq.errors import InvalidInput
from caloriq.steady.result import SteadyState

FLIP = np.fliplr(np.diag([-1.0, 1.0, 1.0, -1.0]))  # σʸ ⊗ σʸ


def concurrence(state: SteadyState | ArrayLike, first: int = 0, second: int = 1) -> float:
    """Concurrence of two sites (Wootters).

    Parameters
    ----------
    state : SteadyState or array_like, shape (4, 4)
        A steady state, or the density matrix of two sites in the basis 00, 01, 10, 11.
    first, second : int
        The sites, where a steady state is given.

    Returns
    -------
    float
        Between 0 (separable) and 1. For the states here, which conserve excitations,
        2 max(0, |⟨σ⁺σ⁻⟩| - √(p₀₀ p₁₁)).

    Raises
    ------
    Unsupported
        If the method that made the state does not give that pair.
    InvalidInput
        If an array is not a density matrix of two sites.
    """
    rho = state.pair(first, second) if isinstance(state, SteadyState) else _density(state)
    outer = rho[0, 0] * rho[3, 3]
    rest = rho.copy()
    rest[[0, 1, 2, 3], [0, 1, 2, 3]] = 0
    rest[1, 2] = rest[2, 1] = 0
    if not np.any(rest):  # X state without the outer coherence: no square roots of rounding
        return float(2 * max(0.0, abs(rho[1, 2]) - np.sqrt(max(0.0, outer.real))))
    roots = np.sqrt(np.clip(np.linalg.eigvals(rho @ FLIP @ rho.conj() @ FLIP).real, 0, None))
    ordered = np.sort(roots)[::-1]
    return float(max(0.0, ordered[0] - ordered[1:].sum()))


def _density(value: ArrayLike) -> NDArray[Any]:
    rho = _checks.hermitian("state", value)
    if rho.shape != (4, 4):
        raise InvalidInput(f"`state` must be a matrix of shape (4, 4), but it is not (got shape {rho.shape})")
    trace, lowest = float(np.trace(rho).real), float(np.linalg.eigvalsh(rho)[0])
    if abs(trace - 1) > 1e-9 or lowest < -1e-9:
        raise InvalidInput(
            f"`state` must be a density matrix, but it is not (got trace {trace:g} and smallest eigenvalue {lowest:g})"
        )
    return rho
