"""Exact transfer matrices between pair states: where the mixture of one ends up after a time."""

from __future__ import annotations

import numpy as np

from caloriq import _checks
from caloriq._checks import Complex, Real
from caloriq.closed import chebyshev, dense
from caloriq.closed.blocks import Meter
from caloriq.closed.methods import Chebyshev
from caloriq.linalg.block_sparse import BlockSparse
from caloriq.models.random import START, gaussian, generator

SWEEPS = 500
SUMS = 1e-13  # relative misfit of the sums at which scaling ends


def exact_transfer(operator: BlockSparse, times: Real, meter: Meter) -> Real:
    """T_ab(t) = Tr{P_a U P_b U†}/n_b by one eigendecomposition, shape (1, T, C, C)."""
    d, C = operator.shape[0], operator.blocks
    _checks.memory("samples", f"None at {d} states", 2 * dense.memory_needed(d), "give a number of samples")
    spectrum = dense.decompose(operator).report(meter)
    out = np.empty((1, times.size, C, C))
    for b, weights in enumerate(np.eye(C)):
        out[0, :, :, b] = dense.mixed_expectations(spectrum, weights, times, spectrum.projections(), C, meter).T
    return out


def sampled_transfer(
    operator: BlockSparse, times: Real, samples: int, seed: int, path: int, method: Chebyshev, meter: Meter
) -> Real:
    """The same for Haar-random states of every block, one estimate for each sample, shape (S, T, C, C)."""
    C = operator.blocks
    starts: Complex = np.zeros((operator.shape[0], C * samples), dtype=complex)
    for b, rows in enumerate(operator.places):
        for s in range(samples):
            psi = gaussian(generator(seed, START, s, path, b), (operator.sizes[b],))
            starts[rows, b * samples + s] = psi / np.linalg.norm(psi)
    out = np.empty((samples, times.size, C, C))
    for k in range(C * samples):
        b, s = divmod(k, samples)
        for block in chebyshev.propagate(operator, starts[:, k : k + 1], times, method, meter):
            weight = (block.states.real**2 + block.states.imag**2)[:, :, 0]
            for a, rows in enumerate(operator.places):
                out[s, block.times, a, b] = weight[:, rows].sum(axis=1)
    return balanced(out, np.asarray(operator.sizes, dtype=float))


def balanced(transfer: Real, sizes: Real) -> Real:
    """Transfer matrices with both sums that unitarity demands: Σ_a T_ab = 1, and Σ_b T_ab n_b = n_a.

    Exact ones have them; of estimates, rows and columns of T_ab n_b are scaled in turn (Sinkhorn) until they have. Without the
    second, equilibrium would carry a current.
    """
    M = transfer * sizes
    for _ in range(SWEEPS):
        M = M * (sizes / M.sum(axis=-1))[..., :, None]
        M = M * (sizes / M.sum(axis=-2))[..., None, :]
        if np.abs(M.sum(axis=-1) / sizes - 1).max() < SUMS:
            break
    balanced: Real = M / sizes
    return balanced
