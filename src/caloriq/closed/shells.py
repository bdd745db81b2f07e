"""Hamiltonians of energy shells of banded chains: one operator per shell, nothing in between."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from caloriq import _checks
from caloriq._checks import Complex, Real
from caloriq.linalg.block_sparse import BlockSparse
from caloriq.linalg.tensor_blocks import Factor, TensorBlocks
from caloriq.models.banded import BandedChain
from caloriq.spaces.shells import Channel, Shell, Transfers


def memory_needed(model: BandedChain, shell: Shell) -> float:
    """Bytes of the couplings of a shell."""
    element = 8 if model.real else 16
    once = np.unique(np.stack([shell.transfers.bond, shell.transfers.channel]), axis=1)
    return float(sum(_elements(model, model.channels[c]) for c in once[1].tolist())) * element


def _elements(model: BandedChain, channel: Channel) -> int:
    return int(np.prod([model.levels[i] for pair in channel for i in pair]))


def hamiltonian(model: BandedChain, shell: Shell) -> BlockSparse:
    """Hamiltonian of a shell without its energy E: levels within the bands, and λ v; refused where memory has no room."""
    sizes = model.sizes(shell.configurations)
    need = memory_needed(model, shell) + 64.0 * sizes.sum()
    _checks.memory("levels", list(model.levels), need, "take fewer levels or subunits")
    energies = np.concatenate([_energies(model, c, shell.energy) for c in shell.configurations])
    if model.subunits == 2:
        return _pair(model, energies, sizes, shell.transfers)
    return _chain(model, energies, sizes, shell)


def _energies(model: BandedChain, configuration: NDArray[np.intp], total: float) -> Real:
    sums = np.zeros(1)
    for band in configuration.tolist():
        sums = np.add.outer(sums, model.band_levels(band)).ravel()
    # zero but for shells whose energies agree to rounding only
    return np.asarray(sums + (model.band_energies[configuration].sum() - total))


def _pair(model: BandedChain, energies: Real, sizes: NDArray[np.intp], couplings: Transfers) -> BlockSparse:
    pairs = list(zip(couplings.first.tolist(), couplings.second.tolist(), strict=True))
    elements = sum(int(sizes[a] * sizes[b]) for a, b in pairs)
    re = np.empty(elements)
    im = None if model.real else np.empty(elements)
    at = 0
    for (a, b), channel in zip(pairs, couplings.channel.tolist(), strict=True):
        shape = (int(sizes[a]), int(sizes[b]))
        part = slice(at, at + shape[0] * shape[1])
        model.draw(0, model.channels[channel], re[part].reshape(shape), None if im is None else im[part].reshape(shape))
        at = part.stop
    re *= model.coupling
    if im is not None:
        im *= model.coupling
    return BlockSparse(energies, sizes.tolist(), pairs, re, im)


def _chain(model: BandedChain, energies: Real, sizes: NDArray[np.intp], shell: Shell) -> TensorBlocks:
    counts = np.asarray(model.levels)
    matrices: dict[tuple[int, int], Complex | Real] = {}
    factors = []
    for a, b, bond, channel in zip(*(x.tolist() for x in shell.transfers), strict=True):
        if (bond, channel) not in matrices:
            matrices[bond, channel] = model.coupling * model.interaction_matrix(bond, model.channels[channel])
        around = counts[shell.configurations[a]]
        left, right = int(around[:bond].prod()), int(around[bond + 2 :].prod())
        factors.append(Factor(a, b, list(matrices).index((bond, channel)), left, right))
    return TensorBlocks(energies, sizes.tolist(), factors, list(matrices.values()))
