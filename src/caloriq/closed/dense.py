"""Exact dynamics from one dense eigendecomposition."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
import scipy

from caloriq import _checks
from caloriq._checks import Complex, Real
from caloriq.closed.blocks import HAND, Block, Meter
from caloriq.closed.methods import Exact
from caloriq.linalg.block_sparse import BlockSparse
from caloriq.linalg.products import Propagated
from caloriq.linalg.propagate import between

COLUMNS = 256  # eigenvectors multiplied at once
STARTS = 1000  # starts multiplied at once: states stay near the cache


@dataclass(frozen=True)
class Spectrum:
    """H = V diag(E) V†."""

    operator: Any  # the Hamiltonian; made of blocks where blocks are asked for
    energies: Real  # E, ascending, shape (N n,)
    vectors: Complex  # V, one eigenvector per column, shape (N n, N n)

    @cached_property
    def unitarity(self) -> float:
        """Frobenius norm of V†V - 1: twice it bounds the norm drift of every state at every time."""
        V = self.vectors
        return float(np.linalg.norm(V.conj().T @ V - np.eye(V.shape[0])))

    @cached_property
    def residual(self) -> float:
        """Frobenius norm of HV - VE, in the operator's unit: times t it bounds the error of every state."""
        total = 0.0
        for k in range(0, self.energies.size, COLUMNS):
            V = self.vectors[:, k : k + COLUMNS]
            total += float(np.linalg.norm(self.operator.mv(V) - V * self.energies[k : k + COLUMNS])) ** 2
        return float(np.sqrt(total))

    def report(self, meter: Meter) -> Self:
        """Write what proves the decomposition into the meter's notes."""
        meter.notes["unitarity defect"] = self.unitarity
        meter.notes["residual"] = self.residual
        return self

    def block(self, mu: int) -> Complex:
        """Rows of V that belong to block µ, shape (n_µ, D)."""
        rows: Complex = self.vectors[self.operator.places[mu]]
        return rows

    def projections(self) -> Iterator[Complex]:
        """V† P_a V of every block: its population."""
        yield from (B.conj().T @ B for B in map(self.block, range(self.operator.blocks)))

    def flows(self) -> Iterator[Complex]:
        """V† (2i H_ab) V of every coupling, whose real part is J_ab = -2 Im⟨H_ab⟩; then the energy itself."""
        for pair, (a, b) in enumerate(self.operator.pairs):
            yield 2j * (self.block(a).conj().T @ self.operator.coupled(pair, self.block(b)))
        yield np.diag(self.energies).astype(complex)

    def phases(self, times: Real) -> Complex:
        """e^{-iEt}, shape (N n, times)."""
        return np.asarray(np.exp(-1j * np.outer(self.energies, times)))

    def turned(self, diagonal: Real) -> Complex:
        """V† A V of an A that is diagonal in the product basis."""
        return np.asarray((self.vectors.conj().T * diagonal) @ self.vectors)

    def propagator(self, t: float, source: int, targets: range) -> Complex:
        """Blocks U_µ,source(t) for µ in targets, shape (targets n, n); 8 (targets n) (N n) n real operations."""
        places = self.operator.places
        rows = self.vectors[places[targets.start].start : places[targets.stop - 1].stop]
        return between(rows, self.energies, t, self.block(source))


def decompose(operator: Propagated) -> Spectrum:
    """Eigendecomposition; about 40 d³ real operations and 80 d² bytes, which are refused where memory has no room."""
    d = operator.shape[0]
    _checks.memory("method", f"Exact at dimension {d}", memory_needed(d), "use Chebyshev()")
    energies, vectors = scipy.linalg.eigh(operator.as_matrix(), driver="evd", overwrite_a=True, check_finite=False)
    return Spectrum(operator, energies, vectors)


def memory_needed(dimension: int) -> float:
    """Bytes that the eigendecomposition takes: the matrix, its eigenvectors and LAPACK's workspace."""
    return 80.0 * dimension**2


def propagate(
    operator: Propagated,
    starts: Complex,
    times: Real,
    method: Exact,  # noqa: ARG001 - it has no settings
    meter: Meter,
) -> Iterator[Block]:
    """States at all times for every start, shape (N n, k)."""
    spectrum = decompose(operator).report(meter)
    V = spectrum.vectors
    amplitudes = V.conj().T @ starts  # (N n, k)
    width = min(STARTS, starts.shape[1])
    most = max(1, HAND // (16 * V.shape[0] * width))
    for first in range(0, times.size, most):
        inside = slice(first, min(first + most, times.size))
        phases = spectrum.phases(times[inside])
        for k in range(0, starts.shape[1], width):
            group = slice(k, min(k + width, starts.shape[1]))
            turned = phases[:, :, None] * amplitudes[:, None, group]  # (N n, times, k)
            states = (V @ turned.reshape(V.shape[0], -1)).reshape(turned.shape)
            yield Block(inside, group, states.transpose(1, 0, 2))
        meter.advance(inside.stop, times.size)


def ensemble_populations(operator: BlockSparse, source: int, amplitudes: Complex, times: Real, meter: Meter) -> Real:
    """Populations (k, T, N) of many starts within one subunit, amplitudes (n, k).

    Only N - 1 blocks of the propagator act on the starts; the last population follows from the unitarity of
    V, measured once in `meter.notes`. Cost per time: 8 (N-1) n² (N n + k) real operations, matrix products only.
    """
    spectrum = decompose(operator).report(meter)
    N, n, places = operator.blocks, operator.sizes[source], operator.places
    equal = len(set(operator.sizes)) == 1
    starts = amplitudes.shape[1]
    populations = np.empty((starts, times.size, N))
    need = 16.0 * n * starts + populations.nbytes
    _checks.memory("samples", starts, need, "take fewer samples")
    for i, t in enumerate(times):
        U = spectrum.propagator(float(t), source, range(N - 1))
        for k in range(0, starts, STARTS):
            psi = U @ amplitudes[:, k : k + STARTS]  # ((N-1) n, starts)
            if equal:
                populations[k : k + STARTS, i, :-1] = _weight(psi.reshape(N - 1, n, -1)).T
                continue
            for mu in range(N - 1):
                populations[k : k + STARTS, i, mu] = _weight(psi[None, places[mu]])[0]
        meter.advance(i + 1, times.size)
    populations[:, :, -1] = 1.0 - populations[:, :, :-1].sum(axis=2)
    return populations


def _weight(parts: Complex) -> Real:
    """Squared norms over the middle axis, shape (N, k) from (N, n, k)."""
    weight: Real = np.einsum("mik,mik->mk", parts.real, parts.real) + np.einsum("mik,mik->mk", parts.imag, parts.imag)
    return weight


def trace(products: Complex | Real, phases: Complex) -> Real:
    """Tr{A U ρ U†} at all times, real part, from the elements A_jk ρ_kj in the eigenbasis and the phases."""
    return np.asarray(np.einsum("dt,dt->t", phases.conj(), products @ phases).real)


def mixed_expectations(
    spectrum: Spectrum, weights: Real, times: Real, observables: Iterable[Complex], count: int, meter: Meter
) -> Real:
    r"""Tr{A U ρ U†} for ρ = Σ_a p_a P_a/n_a and each A given in the eigenbasis, shape (observables, T), real part.

    :math:`\sum_{jk} A_{jk} \rho_{kj} e^{i(E_j - E_k)t}`: a quadratic form in the phases; 8 d² operations per time. The
    weights are p_a, shape (blocks,), or the occupation of every state in place of p_a/n_a, shape (d,).
    """
    if weights.size == spectrum.energies.size:
        rho = spectrum.turned(weights)
    else:
        rho = np.zeros_like(spectrum.vectors)  # V† ρ V
        for a in np.flatnonzero(weights).tolist():
            B = spectrum.block(a)
            rho += (weights[a] / B.shape[0]) * (B.conj().T @ B)
    out = np.empty((count, times.size))
    phases = spectrum.phases(times)
    for k, A in enumerate(observables):
        out[k] = trace(A * rho.T, phases)
        meter.advance(k + 1, count)
    return out
