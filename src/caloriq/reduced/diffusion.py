"""The rate equation on a path, dP/dt = -γ L P, solved in closed form (PRL 11-13, PRE 30-32)."""

from __future__ import annotations

import numpy as np
import scipy

from caloriq._checks import Real


def path_rates(subunits: int) -> Real:
    """Eigenvalues 2 - 2 cos(πk/N) of the path-graph Laplacian, k = 0..N-1, ascending."""
    k = np.arange(subunits)
    rates: Real = 4 * np.sin(np.pi * k / (2 * subunits)) ** 2  # = 2 - 2 cos, without cancellation
    return rates


def solve_path(start: Real, rate: float, times: Real) -> Real:
    r"""Populations :math:`P(t) = e^{-\gamma L t} P(0)` on a path of N subunits, shape (T, N).

    The eigenvectors of L are the columns of the type-II cosine transform, so each time costs one fast
    transform: N log N operations, any N.

    Parameters
    ----------
    start : array, shape (N,)
        P(0).
    rate : float
        γ.
    times : array, shape (T,)
        Instants, not negative.
    """
    modes = scipy.fft.dct(start, type=2, norm="ortho")
    decay = np.exp(-rate * np.outer(times, path_rates(start.size)))
    populations: Real = scipy.fft.idct(decay * modes, type=2, norm="ortho", axis=1)
    return populations
