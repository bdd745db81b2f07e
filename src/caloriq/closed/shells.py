"""Hamiltonians of energy shells of banded chains: one operator per shell, nothing in between."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from caloriq import _checks
from caloriq._checks import Complex, Real
from caloriq.linalg.block_sparse import BlockSparse
from caloriq.linalg.tensor_blocks import Factor, TensorBlocks
from caloriq.models.banded import BandedChain, Channel, Shell, Transfer, transfers


def memory_needed(model: BandedChain, shell: Shell) -> float:
    """Bytes of the couplings of a shell."""
    element = 8 if model.real else 16
    channels = {(t.bond, t.channel) for t in transfers(model, shell)}
    return float(sum(_elements(model, channel) for _, channel in channels)) * element


def _elements(model: BandedChain, channel: Channel) -> int:
    return int(np.prod([model.levels[i] for pair in channel for i in pair]))


def hamiltonian(model: BandedChain, shell: Shell) -> BlockSparse:
    """Hamiltonian of a shell without its energy E: levels within the bands, and λ v.

    Raises
    ------
    InvalidInput
        If it would not fit in memory; says how much it needs.
    """
    sizes = model.sizes(shell.configurations)
    need = memory_needed(model, shell) + 64.0 * sizes.sum()
    _checks.memory("levels", list(model.levels), need, "take fewer levels or subunits")
    energies = np.concatenate([_energies(model, c, shell.energy) for c in shell.configurations])
    couplings = transfers(model, shell)
    if model.subunits == 2:
        return _pair(model, energies, sizes, couplings)
    return _chain(model, energies, sizes, shell, couplings)


def _energies(model: BandedChain, configuration: NDArray[np.intp], total: float) -> Real:
    sums = np.zeros(1)
    for band in configuration.tolist():
        sums = np.add.outer(sums, model.band_levels(band)).ravel()
    # zero but for shells whose energies agree to rounding only
    return np.asarray(sums + (model.band_energies[configuration].sum() - total))


def _pair(model: BandedChain, energies: Real, sizes: NDArray[np.intp], couplings: tuple[Transfer, ...]) -> BlockSparse:
    elements = sum(_elements(model, t.channel) for t in couplings)
    re = np.empty(elements)
    im = None if model.real else np.empty(elements)
    at = 0
    for t in couplings:
        shape = (int(sizes[t.first]), int(sizes[t.second]))
        part = slice(at, at + shape[0] * shape[1])
        model.draw(t.bond, t.channel, re[part].reshape(shape), None if im is None else im[part].reshape(shape))
        at = part.stop
    re *= model.coupling
    if im is not None:
        im *= model.coupling
    return BlockSparse(energies, sizes.tolist(), [(t.first, t.second) for t in couplings], re, im)


def _chain(
    model: BandedChain,
    energies: Real,
    sizes: NDArray[np.intp],
    shell: Shell,
    couplings: tuple[Transfer, ...],
) -> TensorBlocks:
    counts = np.asarray(model.levels)
    names = list(dict.fromkeys((t.bond, t.channel) for t in couplings))
    matrices: list[Complex | Real] = [model.coupling * model.interaction_matrix(*name) for name in names]
    factors = []
    for t in couplings:
        around = counts[shell.configurations[t.first]]
        left, right = int(around[: t.bond].prod()), int(around[t.bond + 2 :].prod())
        factors.append(Factor(t.first, t.second, names.index((t.bond, t.channel)), left, right))
    return TensorBlocks(energies, sizes.tolist(), factors, matrices)
