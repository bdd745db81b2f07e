"""Bands of a clean quasi-free lattice: whether anything moves with a group velocity."""

from __future__ import annotations

import numpy as np

from caloriq._checks import Complex, Real
from caloriq.models.lattice.model import Lattice
from caloriq.verdicts.routes.sized import inner

POINTS = 64  # wave numbers
FLAT = 1e-9  # range of a band over the largest energy below which it is flat


def velocity(model: Lattice) -> float | str:
    """Largest range of a band over the largest energy, of the chain without ends; or why there are no bands, in words.

    Notes
    -----
    A clean quasi-free Hamiltonian is Σ ε_b(k) of modes; the part Σ v_b(k) q_b(k) n_b(k) of a total current is conserved, and does not
    vanish where a band is not flat.
    """
    if model.random:
        return "its values are random"
    found = inner(model)
    if isinstance(found, str):
        return found
    long, chain = found
    free = long.quasi_free
    if isinstance(free, str):
        return f"it is not quasi-free, because of {free}"
    M, width = free.modes.count, long.size // len(chain.cell)
    per = M // width
    o = free.hamiltonian.matrix.tocsr()
    reach, middle = chain.reach, width // 2
    if middle - reach < 0 or middle + reach >= width:
        return "it is too short to have an inner part"
    blocks: dict[int, Complex] = {}
    for d in range(-reach, reach + 1):
        rows = np.arange(middle * per, (middle + 1) * per)
        columns = rows + d * per
        both = np.concatenate([rows, rows + M]), np.concatenate([columns, columns + M])
        blocks[d] = o[np.ix_(*both)].toarray()
    energies = _dispersion(blocks)
    largest = float(np.abs(energies).max())
    return float(np.ptp(energies, axis=0).max()) / largest if largest > 0 else 0.0


def _dispersion(blocks: dict[int, Complex]) -> Real:
    """Energies over wave numbers, shape (K, bands), ascending at each."""
    found = []
    for k in 2 * np.pi * np.arange(POINTS) / POINTS:
        h = sum(np.exp(1j * k * d) * block for d, block in blocks.items())
        found.append(np.linalg.eigvalsh((h + h.conj().T) / 2))
    return np.array(found)
