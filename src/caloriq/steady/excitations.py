"""H, losses and two-point functions of a driven chain in blocks of k excitations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

from caloriq._checks import Complex, Real
from caloriq.models.spins import SpinChain
from caloriq.spaces.basis import Indices
from caloriq.spaces.numbers import ByNumber


def energies(model: SpinChain, space: ByNumber, k: int, *, frame: float = 0.0) -> Real:
    """Diagonal of H in block k: Σ (ω_j - frame)(n_j - ½) + Σ Δ σᶻσᶻ/2, shape (C(N, k),)."""
    first, second, _, zz = model.bonds
    spin = 2 * space.occupation[k] - 1
    value: Real = spin @ (model.frequencies - frame) / 2 + (spin[:, first] * spin[:, second]) @ zz / 2
    return value


def hamiltonian(model: SpinChain, space: ByNumber, k: int, *, frame: float = 0.0) -> scipy.sparse.csr_array:
    """H in block k; `frame` is taken off every frequency, which moves all of the block by the same."""
    d = space.sizes[k]
    first, second, hopping, _ = model.bonds
    rows, columns = [np.arange(d)], [np.arange(d)]
    values = [energies(model, space, k, frame=frame).astype(hopping.dtype)]
    for j, l, g in zip(first.tolist(), second.tolist(), hopping, strict=True):
        if g == 0:
            continue
        before, after = space.moved(k, l, j)  # g σ⁺_jσ⁻_l
        rows += [after, before]
        columns += [before, after]
        values += [np.full(before.size, g), np.full(before.size, np.conj(g))]
    entries = (np.concatenate(values), (np.concatenate(rows), np.concatenate(columns)))
    return scipy.sparse.csr_array(scipy.sparse.coo_array(entries, shape=(d, d)))


def decay(model: SpinChain, space: ByNumber, k: int) -> Real:
    """Diagonal of Σ L†L in block k, shape (C(N, k),): losses and dephasing of filled sites, gains of empty ones."""
    n = space.occupation[k]
    out: Real = n @ (model.losses + model.dephasing_rates) + (1 - n) @ model.gains
    return out


def effective(H: scipy.sparse.csr_array, lost: Real) -> scipy.sparse.csr_array:
    """K = -iH - ½ Σ L†L of a block, from its H, whose pattern holds the diagonal, and the diagonal of Σ L†L."""
    values = -1j * H.data
    values[rows_of(H) == H.indices] -= lost / 2
    return scipy.sparse.csr_array((values, H.indices, H.indptr), shape=H.shape)


def rows_of(H: scipy.sparse.csr_array) -> Indices:
    """Row of every stored element."""
    return np.repeat(np.arange(H.shape[0]), np.diff(H.indptr))


def two_point(space: ByNumber, blocks: Sequence[Complex]) -> tuple[Complex, Real]:
    """Coherences ⟨σ⁺_jσ⁻_l⟩, with the populations on their diagonal, and correlations ⟨n_jn_l⟩ of a state in blocks, (N, N)."""
    N = space.sites
    populations, correlations = np.zeros(N), np.zeros((N, N))
    coherences: NDArray[Any] = np.zeros((N, N), dtype=complex)
    for k, rho in enumerate(blocks):
        n, p = space.occupation[k], rho.diagonal().real
        populations += p @ n
        correlations += n.T @ (p[:, None] * n)
        for j in range(N):
            for l in range(j + 1, N):
                before, after = space.moved(k, l, j)
                coherences[j, l] += rho[before, after].sum()
    lower = np.tril_indices(N, -1)
    coherences[lower] = coherences.T.conj()[lower]
    coherences[np.diag_indices(N)] = populations
    return coherences, correlations
