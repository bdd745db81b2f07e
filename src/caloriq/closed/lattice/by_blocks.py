"""Exact dynamics of a sector from the eigenvectors of its blocks: states are read in the product states, so that anything can be."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import scipy

from caloriq import _checks
from caloriq._checks import Complex, Real
from caloriq.closed import dense
from caloriq.closed.blocks import HAND, Block, Meter
from caloriq.closed.lattice.blocks import Blocks, sizes
from caloriq.models.lattice.space import Space
from caloriq.spaces.adapted import unit_defect


class Part(NamedTuple):
    """Eigenvectors of one block, and what the starts have of them."""

    columns: scipy.sparse.csc_array  # Q, shape (D, m)
    energies: Real
    vectors: Any  # V, shape (m, m)
    amplitudes: Complex  # V†Q†ψ, shape (m, k)


def memory_needed(space: Space) -> float:
    """Bytes of the largest block while it is diagonalised, of the eigenvectors of all, and of the columns; without blocks of one matrix."""
    block, D = sizes(space), float(space.dimension)
    if not block.by:
        return dense.memory_needed(space.dimension)
    moving = sum(1 for sites in space.model.strings.by_support() if sites)
    return (
        dense.memory_needed(block.largest) + 16.0 * D * block.largest + 60.0 * D * moving + 40.0 * D * D / block.largest
    )


def propagate(space: Space, starts: Complex, times: Real, meter: Meter) -> Iterator[Block]:
    """States at all times for every start, shape (D, k); about 40 m³ real operations for a block of m states.

    The bounds that go into the meter's notes are those of one decomposition: of V'†V' - 1 and HV' - V'E for V' = QV of all blocks.
    """
    _checks.memory("method", f"Exact at dimension {space.dimension}", memory_needed(space), "use Chebyshev()")
    parts = list(_parts(space, starts, meter))
    D, width = space.dimension, min(dense.STARTS, starts.shape[1])
    most = max(1, HAND // (16 * D * width))
    for first in range(0, times.size, most):
        inside = slice(first, min(first + most, times.size))
        for k in range(0, starts.shape[1], width):
            group = slice(k, min(k + width, starts.shape[1]))
            states = np.zeros((D, (inside.stop - first) * (group.stop - k)), dtype=complex)
            for part in parts:
                phases = np.exp(-1j * np.outer(part.energies, times[inside]))
                turned = phases[:, :, None] * part.amplitudes[:, None, group]  # (m, times, k)
                states += part.columns @ (part.vectors @ turned.reshape(part.energies.size, -1))
            shaped = states.reshape(D, inside.stop - first, group.stop - k)
            yield Block(inside, group, shaped.transpose(1, 0, 2))
        meter.advance(inside.stop, times.size)


def _parts(space: Space, starts: Complex, meter: Meter) -> Iterator[Part]:
    """Eigenvectors of all blocks."""
    made = Blocks(space, every=True)
    defect = residual = 0.0
    for block in made.found:
        H, left = made.hamiltonian(block)
        energies, V = scipy.linalg.eigh(H, driver="evd", check_finite=False)
        defect += float(np.linalg.norm(V.conj().T @ V - np.eye(energies.size))) ** 2
        residual += (left + float(np.linalg.norm(H @ V - V * energies))) ** 2
        yield Part(block.columns, energies, V, V.conj().T @ (block.columns.conj().T @ starts))
    meter.notes["unitarity defect"] = np.sqrt(defect) + 2 * unit_defect([one.columns for one in made.found])
    meter.notes["residual"] = 2 * np.sqrt(
        residual
    )  # columns and eigenvectors are unit vectors to far better than a factor of 2
