"""Banded chains and their Hamiltonians in the whole product space, by Kronecker products."""

from itertools import pairwise

import numpy as np

import caloriq as cq


def whole(model):
    """Hamiltonian of the product space by Kronecker products, from its definition."""
    d, N = sum(model.levels), model.subunits
    first = np.cumsum([0, *model.levels])
    bands = [range(a, b) for a, b in pairwise(first)]
    local = np.diag(np.concatenate([E + model.band_levels(i) for i, E in enumerate(model.band_energies)]))
    H = sum(np.kron(np.kron(np.eye(d**k), local), np.eye(d ** (N - 1 - k))) for k in range(N)).astype(complex)
    for bond in range(N - 1):
        V = np.zeros((d * d, d * d), dtype=complex)
        for a, b in model.channels:
            rows, columns = ([p * d + q for p in bands[i] for q in bands[j]] for i, j in (a, b))
            V[np.ix_(rows, columns)] = model.interaction_matrix(bond, (a, b))
        H += model.coupling * np.kron(np.kron(np.eye(d**bond), V + V.conj().T), np.eye(d ** (N - 2 - bond)))
    return H, [[p in band for p in range(d)] for band in bands]


CHAINS = {
    "pair": cq.BandedPair(levels=[2, 3, 4], bandwidth=0.05, coupling=0.01, seed=1),
    "real pair": cq.BandedPair(levels=[1, 5], bandwidth=0.05, coupling=0.01, seed=1, interaction="real-gaussian"),
    "three": cq.BandedChain(
        subunits=3, levels=[1, 2, 2], bandwidth=[1, 0.1, 0.2], coupling=0.02, seed=3, band="random"
    ),
    "unequal steps": cq.BandedPair(levels=[2, 3, 2], energies=[0, 1, 2.5], bandwidth=0.1, coupling=0.02, seed=2),
}
