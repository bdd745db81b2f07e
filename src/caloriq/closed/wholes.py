"""Whole chains in time, as states of which those of the single subunits can be read off; forwards and backwards.

Two spaces: that of all product levels of a banded chain, and that of one excitation of a modular chain or network. Both say
what a subunit's levels are, give the columns that a start consists of, evolve columns, and reduce them to a subunit.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np

from caloriq import _checks
from caloriq._checks import Complex, Real
from caloriq.closed import table
from caloriq.closed.banded import reported
from caloriq.closed.blocks import Meter, worst
from caloriq.closed.certify import check_span, check_start, rounding
from caloriq.closed.evolve import choose_method
from caloriq.closed.gibbs import moments
from caloriq.closed.shells import hamiltonian
from caloriq.closed.states import Haar, Level, Mixed, Vector
from caloriq.closed.states import columns as excited
from caloriq.linalg.block_sparse import BlockSparse
from caloriq.linalg.block_tridiagonal import BlockTridiagonal
from caloriq.linalg.tensor_blocks import TensorBlocks
from caloriq.models.banded import BandedChain
from caloriq.models.modular import ModularChain
from caloriq.models.network import ModularNetwork
from caloriq.models.product_states import InBands, Thermal
from caloriq.results import Progress
from caloriq.spaces.shells import Shell

Start = Thermal | InBands | Haar | Level | Mixed | Vector


@dataclass(slots=True)
class Ran:
    """What evolutions cost and prove."""

    name: str = ""
    reason: str = ""
    products: int = 0
    notes: dict[str, float] = field(default_factory=dict)
    rounding: float = 0.0


def mirrored(operator: BlockSparse) -> BlockSparse:
    """-H: what evolves backwards."""
    if isinstance(operator, TensorBlocks):
        return TensorBlocks(-operator.energies, operator.sizes, operator.factors, [-v for v in operator.matrices])
    im = None if operator.im is None else -operator.im
    if isinstance(operator, BlockTridiagonal):
        return BlockTridiagonal(-operator.energies, -operator.re, im)
    return BlockSparse(-operator.energies, operator.sizes, operator.pairs, -operator.re, im)


class Products:
    """All product levels of a banded chain; columns are tensors of the subunits' levels, evolved shell by shell."""

    def __init__(self, model: BandedChain, method: Any) -> None:
        self.model, self.method, self.ran = model, method, Ran()
        self.counts, self.energies, self.levels = model.levels, model.band_energies, subunit_levels(model)
        self._bands = [slice(a, b) for a, b in pairwise(np.cumsum([0, *model.levels]).tolist())]

    @property
    def dimension(self) -> int:
        """Product levels."""
        return self.model.dimension

    def count(self, start: Any) -> int:
        """One, the samples, or for a mixture all product levels."""
        return self.dimension if start.draw == "mixed" else start.samples or 1

    def columns(self, start: Any) -> tuple[Complex, Real | None]:
        """Pure states, or for a mixture every product level that is occupied, with its weight."""
        shape = (len(self.levels),) * self.model.subunits
        if start.draw == "mixed":
            p = self._occupations(start)
            there = np.flatnonzero(p)
            found = np.zeros((there.size, p.size), dtype=complex)
            found[np.arange(there.size), there] = 1.0
            return found.reshape(-1, *shape), p[there]
        found = np.zeros((start.samples or 1, *shape), dtype=complex)
        for shell in self.model.total_shells:
            psi = start.amplitudes(self.model, shell.configurations)
            self._put(found[:, None], shell, slice(None), slice(None), psi[None])
        return found, None

    def energy_widths(self, start: Any) -> Real:
        """By the HAM variance within every shell."""
        means, squares = moments(self.levels, self.counts)
        total: Real = np.zeros(self.model.subunits)
        if start.draw == "mixed":
            return total
        for shell in self.model.total_shells:
            weight = float(start.weights(self.model, shell.configurations).sum())
            sizes = self.model.sizes(shell.configurations)
            share = sizes / sizes.sum()
            mean = share @ means[shell.configurations]
            total += weight**2 * (share @ squares[shell.configurations] - mean**2) / (sizes.sum() + 1)
        widths: Real = np.sqrt(np.maximum(total, 0.0))
        return widths

    def run(self, columns: Complex, times: Real, *, back: bool = False, progress: Progress | None = None) -> Complex:
        """Shell by shell."""
        K, used = len(columns), Counter[str]()
        found = np.zeros((K, times.size, *columns.shape[1:]), dtype=complex)
        shells = self.model.total_shells
        for number, shell in enumerate(shells):
            psi = self._taken(columns, shell)
            if np.any(psi):
                used[self._evolved(found, shell, psi, times, back)] += 1
            if progress is not None:
                progress(number + 1, len(shells))
        used.pop("", None)
        self.ran.name, self.ran.reason = reported(used, self.method)
        return found

    def reduced(self, columns: Complex, subunit: int) -> Complex:
        """Trace over all other subunits."""
        M = np.moveaxis(columns, subunit + 1, 0).reshape(len(self.levels), -1)
        rho: Complex = M @ M.conj().T
        return rho

    def turned(self, columns: Complex, subunit: int, angles: Real) -> Complex:
        """Phases along one axis of the tensors."""
        shape = [1] * columns.ndim
        shape[subunit + 1] = -1
        return np.asarray(columns * np.exp(1j * angles).reshape(shape))

    def _occupations(self, start: Any) -> Real:
        """Weights of all product levels, flat."""
        found = np.ones(1)
        for inside, weights in zip(start.inside_bands(self.model), start.band_weights(self.model), strict=True):
            found = np.multiply.outer(
                found, np.concatenate([w * s for w, s in zip(weights, inside, strict=True)])
            ).ravel()
        return found

    def _evolved(self, found: Complex, shell: Shell, psi: Complex, times: Real, back: bool) -> str:
        """One shell; the method that it took, "" where nothing moves."""
        sign = 1.0 if back else -1.0
        if not shell.transfers.bond.size:
            energies = np.concatenate([self._sums(bands) for bands in shell.configurations.tolist()])
            turned = np.exp(sign * 1j * np.outer(times, energies))[..., None] * psi
            self._put(found, shell, slice(None), slice(None), turned)
            return ""
        cheapest = table.cheapest(psi.shape[0], table.limit(psi.shape[1]))
        chosen = cheapest if self.method == "auto" else self.method
        operator, meter = hamiltonian(self.model, shell), Meter()
        check_span(operator, times)
        moved = mirrored(operator) if back else operator
        for block in table.propagate(moved, psi, times, chosen, meter):
            phases = np.exp(sign * 1j * shell.energy * times[block.times])[:, None, None]
            self._put(found, shell, block.columns, block.times, phases * block.states)
        self.ran.products += meter.products
        self.ran.notes = worst(self.ran.notes, meter.notes)
        self.ran.rounding = max(self.ran.rounding, rounding(operator, times))
        return repr(chosen)

    def _sums(self, bands: list[int]) -> Real:
        """Energies of the product levels of a configuration."""
        found = np.zeros(1)
        for band in bands:
            found = np.add.outer(found, self.energies[band] + self.model.band_levels(band)).ravel()
        return found

    def _places(self, shell: Shell) -> list[tuple[tuple[slice, ...], tuple[int, ...]]]:
        """Where the configurations of a shell stand in a tensor, and their shapes."""
        counts = self.model.levels
        return [
            (tuple(self._bands[b] for b in bands), tuple(counts[b] for b in bands))
            for bands in shell.configurations.tolist()
        ]

    def _taken(self, columns: Complex, shell: Shell) -> Complex:
        """Amplitudes of a shell, shape (D, K)."""
        parts = [columns[(slice(None), *where)].reshape(len(columns), -1) for where, _ in self._places(shell)]
        return np.ascontiguousarray(np.concatenate(parts, axis=1).T)

    def _put(self, found: Complex, shell: Shell, columns: slice, times: slice, states: Complex) -> None:
        """States of a shell, shape (times, D, columns), to where their levels stand in (K, T, ...)."""
        at = 0
        for where, shape in self._places(shell):
            size = int(np.prod(shape))
            part = states[:, at : at + size].transpose(2, 0, 1)
            found[(columns, times, *where)] = part.reshape(*part.shape[:2], *shape)
            at += size


class Excitation:
    """One excitation of a modular chain or network; columns have shape (N, n), the ground level follows from the others."""

    def __init__(self, model: ModularChain | ModularNetwork, method: Any) -> None:
        self.model, self.method, self.ran = model, method, Ran()
        self.counts, self.energies = (1, model.levels), np.array([0.0, model.gap])
        self.levels = np.concatenate([[0.0], model.gap + model.band_levels])

    @property
    def dimension(self) -> int:
        """N n."""
        return self.model.dimension

    def count(self, start: Any) -> int:
        """One, the samples, or for a mixture the levels of the band."""
        return self.model.levels if isinstance(start, Mixed) else start.samples or 1

    def columns(self, start: Any) -> tuple[Complex, Real | None]:
        """Pure states, or for a mixture every level of the band."""
        check_start(self.model, start, 1)
        psi = excited(start, self.model)
        weights = np.full(psi.shape[1], 1 / psi.shape[1]) if isinstance(start, Mixed) else None
        return np.ascontiguousarray(psi.T).reshape(-1, self.model.subunits, self.model.levels), weights

    def energy_widths(self, start: Any) -> Real:
        """By the HAM variance in the space of one excitation."""
        N, D = self.model.subunits, self.dimension
        if isinstance(start, Mixed):
            return np.zeros(N)
        inside = self.levels[1:]
        mean, square = float(inside.sum()) / D, float((inside**2).sum()) / D
        return np.full(N, np.sqrt(max(square - mean**2, 0.0) / (D + 1)))

    def run(self, columns: Complex, times: Real, *, back: bool = False, progress: Progress | None = None) -> Complex:
        """By the method of `evolve`."""
        K = len(columns)
        if self.method == "auto":
            chosen, self.ran.reason = choose_method(self.model, initial=Haar(samples=K))
        else:
            chosen, self.ran.reason = self.method, "as asked for"
        self.ran.name = repr(chosen)
        meter, operator = Meter(progress), self.model.hamiltonian(with_gap=False)
        check_span(operator, times)
        found = np.empty((K, times.size, self.dimension), dtype=complex)
        psi = np.ascontiguousarray(columns.reshape(K, -1).T)
        moved: BlockSparse = mirrored(operator) if back else operator
        for block in table.propagate(moved, psi, times, chosen, meter):
            found[block.columns, block.times] = block.states.transpose(2, 0, 1)
        self.ran.products += meter.products
        self.ran.notes = worst(self.ran.notes, meter.notes)
        self.ran.rounding = max(self.ran.rounding, rounding(operator, times))
        states: Complex = found.reshape(K, times.size, *columns.shape[1:])
        return states

    def reduced(self, columns: Complex, subunit: int) -> Complex:
        """The band's block, and the ground level where the excitation is elsewhere; no coherence between the two."""
        here = columns[:, subunit]
        weight = (columns.real**2 + columns.imag**2).sum(axis=(0, 2))
        rho = np.zeros((len(self.levels),) * 2, dtype=complex)
        rho[0, 0] = weight.sum() - weight[subunit]
        rho[1:, 1:] = here.T @ here.conj()
        return rho

    def turned(self, columns: Complex, subunit: int, angles: Real) -> Complex:
        """Phases of the band where the excitation is here, of the ground level where it is not."""
        found: Complex = columns * np.exp(1j * angles[0])
        found[:, subunit] = columns[:, subunit] * np.exp(1j * angles[1:])
        return found


Whole = Products | Excitation


def whole(model: BandedChain | ModularChain | ModularNetwork, method: Any) -> Whole:
    """The space of a model."""
    return Products(model, method) if isinstance(model, BandedChain) else Excitation(model, method)


def subunit_levels(model: BandedChain) -> Real:
    """All levels of a subunit of a banded chain, band by band, shape (Σ n_i,)."""
    return np.concatenate([E + model.band_levels(i) for i, E in enumerate(model.band_energies.tolist())])


def check_states(whole: Whole, start: Any, times: int) -> None:
    """Refuse states at all times that would not fit in memory."""
    K = whole.count(start)
    _checks.memory(
        "times",
        f"{times} x {K} states of {whole.dimension} levels",
        40.0 * times * K * whole.dimension,
        "take fewer times, samples or levels",
    )
