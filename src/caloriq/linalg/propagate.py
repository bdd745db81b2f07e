"""e^{-iHt} on any hermitian operator: from its eigenvectors, by Chebyshev polynomials, within a Krylov space.

What is propagated, and which numbers are read off, is known above; here are matrices and vectors alone.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

from caloriq._checks import Complex, Real
from caloriq.linalg.lanczos import Tridiagonal

SMALL = 0.5  # phase up to which U - 1 is small, and sines of general products keep its digits
GRID = 400


def between(rows: NDArray[Any], energies: Real, t: float, columns: NDArray[Any]) -> Complex:
    """Part of U(t) between places of which the eigenvectors' rows are given, shapes (a, D) and (b, D); shape (a, b)."""
    U: Complex = (rows * np.exp(-1j * energies * t)) @ columns.conj().T
    return U


def whole(V: NDArray[Any], energies: Real, t: float, *, fastest: float) -> tuple[Real, Real]:
    """Re U(t) and -Im U(t), each of shape (D, D), from all eigenvectors, the columns of V; real ones take half the operations.

    `fastest` is the largest modulus of an eigenvalue.
    """
    if np.iscomplexobj(V):
        U = between(V, energies, t, V)
        return U.real.copy(), -U.imag
    phase = energies * t
    if fastest * t <= SMALL:
        return (V * np.cos(phase)) @ V.T, (V * np.sin(phase)) @ V.T
    found = []  # cos x = 2 cos² x/2 - 1 and sin x = 2 sin²(x/2 + π/4) - 1: symmetric products, at half the cost
    for root in (np.cos(phase / 2), np.sin(phase / 2 + np.pi / 4)):
        A = V * root
        A = A @ A.T
        A *= 2
        A[np.diag_indices(len(A))] -= 1
        found.append(A)
    return found[0], found[1]


def reach(H: Any) -> float:
    """A bound on |E|: the largest by Lanczos, with a margin; a breach would show as growth of the norm."""
    start = np.ones(H.shape[0]) + np.arange(H.shape[0]) / H.shape[0]
    found = scipy.sparse.linalg.eigsh(H, k=1, which="LM", v0=start, tol=1e-3, return_eigenvectors=False)
    return 1.02 * float(np.abs(found).max())


def chebyshev_step(H: Any, state: Complex, reach: float, J: Real) -> Complex:
    """One step e^{-iHh} of states, shape (D, k), by Chebyshev polynomials of H/reach; J_k(reach h) from `bessel_table`.

    Cost: as many products as J has entries, less one.
    """
    before, here = state, H @ state / reach
    total: Complex = J[0] * before
    if J.size > 1:
        total = total - 2j * J[1] * here
    for k in range(2, J.size):
        before, here = here, 2 / reach * (H @ here) - before
        total = total + 2 * (-1j) ** k * J[k] * here
    return total


def krylov_reach(krylov: Tridiagonal, rate: float, longest: float) -> tuple[Real, Real]:
    """Offsets up to the longest step whose error stays below rate × step, and the bound on the error at each."""
    beta = float(krylov.beta[-1])
    if beta == 0.0 or longest == 0.0:
        return np.array([0.0, longest]), np.zeros(2)
    values, vectors = krylov.eigensystem()
    m, width = values.size, float(values[-1] - values[0])
    horizon = min(longest, 4 * m / width) if width > 0 else longest
    for _ in range(60):
        s = np.linspace(0.0, horizon, GRID)
        defect = np.abs((vectors[-1] * vectors[0]) @ np.exp(-1j * np.outer(values - values[0], s)))
        # the larger end of each cell: an upper sum as long as the defect rises, which it does up to the usable step
        integral = beta * np.concatenate([[0.0], np.cumsum(np.maximum(defect[1:], defect[:-1]) * np.diff(s))])
        good = np.flatnonzero(integral[1:] <= rate * s[1:])
        if good.size:
            k = int(good[-1]) + 1
            return s[: k + 1], integral[: k + 1]
        horizon /= GRID / 4
    return np.zeros(1), np.zeros(1)


def krylov_states(krylov: Tridiagonal, offsets: Real) -> Complex:
    """States at the offsets within a step, shape (offsets, N n)."""
    values, vectors = krylov.eigensystem()
    coefficients = (np.exp(-1j * np.outer(offsets, values)) * vectors[0]) @ vectors.T
    states: Complex = coefficients @ krylov.basis
    return states
