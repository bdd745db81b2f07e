"""The rate equation dP/dt = -γ L P in closed form: paths (PRL 11-13, PRE 30-32), lattices, and small graphs."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy

from caloriq._checks import Real
from caloriq.models.graphs import pieces


def path_rates(subunits: int) -> Real:
    """Eigenvalues 2 - 2 cos(πk/N) of the path-graph Laplacian, k = 0..N-1, ascending."""
    k = np.arange(subunits)
    rates: Real = 4 * np.sin(np.pi * k / (2 * subunits)) ** 2  # = 2 - 2 cos, without cancellation
    return rates


def solve_path(start: Real, rate: float, times: Real) -> Real:
    r"""Populations :math:`P(t) = e^{-\gamma L t} P(0)` on a path of N subunits, shape (T, N).

    The eigenvectors of L are the columns of the type-II cosine transform, so each time costs one fast
    transform: N log N operations, any N.
    """
    modes = scipy.fft.dct(start, type=2, norm="ortho")
    decay = np.exp(-rate * np.outer(times, path_rates(start.size)))
    return np.asarray(scipy.fft.idct(decay * modes, type=2, norm="ortho", axis=1))


def ring_rates(subunits: int) -> Real:
    """Eigenvalues 2 - 2 cos(2πk/N) of the ring's Laplacian, k = 0..N-1."""
    k = np.arange(subunits)
    return 4 * np.sin(np.pi * k / subunits) ** 2


def solve_lattice(start: Real, sides: tuple[int, ...], spans: Real, *, periodic: bool) -> Real:
    r"""Populations :math:`e^{-\tau L} P(0)` on a lattice of equal rates, shape (T, N).

    L is a sum over the axes, so its eigenvectors are products: of cosines (type II) along open axes, of plane waves along
    closed ones, the last of the `sides` fastest. Each τ = γ t of `spans` costs one transform of N log N operations.
    """
    P = start.reshape(sides)
    modes = scipy.fft.rfftn(P) if periodic else scipy.fft.dctn(P, type=2, norm="ortho")
    rates = [ring_rates(side) if periodic else path_rates(side) for side in sides]
    if periodic:
        rates[-1] = rates[-1][: modes.shape[-1]]
    populations = np.empty((spans.size, *sides))
    for out, tau in zip(populations, spans.tolist(), strict=True):
        decayed = modes.copy()
        for axis, values in enumerate(rates):
            decayed *= np.exp(-tau * values).reshape([-1 if k == axis else 1 for k in range(len(sides))])
        if periodic:
            out[...] = scipy.fft.irfftn(decayed, s=sides, overwrite_x=True)
        else:
            out[...] = scipy.fft.idctn(decayed, type=2, norm="ortho", overwrite_x=True)
    return populations.reshape(spans.size, -1)


def solve_dense(start: Real, laplacian: Real, spans: Real) -> Real:
    r"""Populations :math:`e^{-\tau L} P(0)` by the eigenbasis of a dense Laplacian, shape (T, N); about 10 N³ operations.

    What each connected piece holds on average never changes and is taken out first: no rounding of a zero eigenvalue
    can then touch it, at any τ = γ t of `spans`.
    """
    N = start.size
    first, second = np.nonzero(np.triu(laplacian, 1))
    mean = np.empty(N)
    for piece in pieces(N, first, second):
        mean[piece] = start[piece].mean()
    values, vectors = scipy.linalg.eigh(laplacian)
    decay = np.exp(-np.outer(spans, np.maximum(values, 0.0)))
    return np.asarray(mean + (decay * (vectors.T @ (start - mean))) @ vectors.T)


def solve_balanced(K: Any, sizes: Real, start: Real, times: Real) -> Real:
    """e^(Kt) P for K that is symmetric between P/√n, shape (T, C)."""
    root = np.sqrt(sizes)
    values, vectors = np.linalg.eigh(K.toarray() * root / root[:, None])
    modes = vectors.T @ (start / root)
    return np.asarray((np.exp(np.outer(times, np.minimum(values, 0.0))) * modes) @ vectors.T * root)
