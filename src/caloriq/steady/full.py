"""The full space of 4^N matrix elements: a direct sparse solution, the reference for small systems."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy

from caloriq import wording
from caloriq._checks import Complex, Real
from caloriq.errors import NotConverged
from caloriq.models.spins import SpinChain
from caloriq.results import Check, Progress
from caloriq.spaces.basis import on_sites
from caloriq.spaces.numbers import by_number
from caloriq.spaces.terms import PLUS
from caloriq.steady import excitations
from caloriq.steady.bounds import UNIT, unit_of
from caloriq.steady.methods import Full
from caloriq.steady.observables import Functional
from caloriq.steady.parts import SectorSpace, coefficients, space_of
from caloriq.steady.proven import held
from caloriq.steady.result import SteadyState, assemble, one_wire
from caloriq.steady.unique import reached_check
from caloriq.steady.verified import rows_of
from caloriq.steady.wanted import measured, wanted
from caloriq.steady.whole import check_sites, lowest_of, state_checks

ROUNDINGS = 40.0  # of a residual and of the rates in it
SAFETY = 2.0  # of a bound of first order
POSITIVE = 1e-10
LARGEST = 8  # sites; a factorisation at 9 takes 50 GB
FACTOR = 1.2e7  # entries of the factors at 7 sites, all pairs coupled; 15 times as many with every site more


def admit(model: SpinChain, method: Full) -> float:
    """Bytes needed; refuses more sites than a factorisation in memory allows, 8."""
    N = model.sites
    check_sites(N, LARGEST, wording.spoken(method), "use Sector()", amount=f", 4^{N} matrix elements")
    return 24.0 * FACTOR * 15.0 ** (N - 7)


def seconds(model: SpinChain, method: Full) -> float:  # noqa: ARG001 - the choice is the type
    """Rough time on one core; measured, good to a factor of 3."""
    return float(5e-3 + 1e-8 * 4.0 ** (1.9 * model.sites))


def solve(model: SpinChain, method: Full, reason: str, progress: Progress | None = None) -> SteadyState:  # noqa: ARG001 - it is short
    """Steady state by sparse LU of the Liouvillian with one row replaced by the trace."""
    clock = time.perf_counter()
    unit = unit_of(model)
    system, size = equations(model, unit)
    try:
        factor = scipy.sparse.linalg.splu(
            system, permc_spec="MMD_AT_PLUS_A", options={"SymmetricMode": True}, diag_pivot_thresh=0.01
        )
    except RuntimeError as error:  # "Factor is exactly singular"
        raise NotConverged(
            f"`model` must have one steady state that its equations determine, but they are singular in double precision (got {wording.spoken(method)} on {model.sites} sites); use Direct()"
        ) from error
    d = 2**model.sites
    right = np.zeros(d * d, dtype=complex)
    right[0] = 1
    vector = factor.solve(right)
    for _ in range(2):
        vector += factor.solve(right - system @ vector)
    rho = vector.reshape(d, d)
    left = np.abs(right - system @ vector) + ROUNDINGS * UNIT * (size @ np.abs(vector))
    residual = float(np.linalg.norm(right - system @ vector) / np.linalg.norm(vector))
    rho = (rho + rho.conj().T) / 2
    blocks = tuple(np.ascontiguousarray(rho[np.ix_(s, s)]) for s in by_number(model.sites).states)
    outside = float(np.linalg.norm(rho - density(blocks, model.sites)))
    checks = [
        Check("residual", residual, 1e-10, "‖𝓛ρ‖/‖ρ‖ in units of the model's rates"),
        *state_checks(float(np.trace(rho).real), lowest_of(blocks), POSITIVE),
        Check("outside the sector", outside, 1e-10, "excitations are conserved but for the baths"),
        reached_check(model),
    ]
    statistics: dict[str, float | int | str] = {"dimension": d * d, "nonzeros of the factors": int(factor.nnz)}
    here = space_of(model)
    seen = Seen(here, system, size, factor, rho.ravel(), left)
    list_ = wanted(here, coefficients(model, unit=unit))
    numbers = held(model, measured(model, list_, seen.evaluate, unit=unit, wire=one_wire(model)))
    return assemble(model, method, reason, numbers, checks, statistics, clock=clock, blocks=blocks)


def equations(model: SpinChain, unit: float) -> tuple[scipy.sparse.csc_array, scipy.sparse.csr_array]:
    """𝓛 in units of `unit`, the row of the empty state (which follows from the others) replaced by the trace; |𝓛|."""
    L = liouvillian(model) / unit
    d = 2**model.sites
    keep = np.arange(1, d * d)
    trace = scipy.sparse.csr_array((np.ones(d), (np.zeros(d, dtype=int), np.arange(d) * (d + 1))), shape=(1, d * d))
    system = scipy.sparse.vstack([trace, L[keep]]).tocsc()
    return system, abs(system).tocsr()


@dataclass(frozen=True)
class Seen:
    """Functionals of a solution, each with the bound |y|·(residual and rounding) of its adjoint solution 𝓛ᵀy = f.

    First order is exact, the problem being linear; what the adjoint solution itself is off by is added, for an error of
    every matrix element as large as it can be.
    """

    here: SectorSpace
    system: scipy.sparse.csc_array
    size: scipy.sparse.csr_array
    factor: Any
    x: Complex
    left: Real

    def evaluate(self, functionals: Sequence[Functional]) -> tuple[Real, Real]:
        """Values of functionals, and their bounds."""
        ones = np.ones(self.here.dimension)
        F, magnitude = rows_of(functionals, ones)
        values, bounds = np.empty(len(functionals)), np.empty(len(functionals))
        for number in range(len(functionals)):
            f = self._spread(F[[number]])
            y = self.factor.solve(f, "T")
            y += self.factor.solve(f - self.system.T @ y, "T")
            rounding = ROUNDINGS * UNIT * (self.size.T @ np.abs(y))
            missed = float((np.abs(f - self.system.T @ y) + rounding).sum())
            terms = np.abs(self._spread(magnitude[[number]])) @ np.abs(self.x)
            values[number] = float((f @ self.x).real)
            bounds[number] = SAFETY * float(np.abs(y) @ self.left + missed) + ROUNDINGS * UNIT * float(terms)
        return values, bounds

    def _spread(self, row: Any) -> Complex:
        """A row on packed states as one on density matrices: Σ_ab f_ab ρ_ab."""
        entries, here = scipy.sparse.coo_array(row), self.here
        a, b = here.elements
        states, d = here.patterns, here.states
        q = np.zeros((d, d), dtype=complex)
        q[states[a[entries.col]], states[b[entries.col]]] = entries.data
        # O = (Q + Qᵀ)/2 + i (Q - Qᵀ)/2 and Tr(Oρ) = Σ O_ba ρ_ab
        out: Complex = ((q + q.T) / 2 - 1j * (q - q.T) / 2).ravel()
        return out


def liouvillian(model: SpinChain) -> scipy.sparse.csr_array:
    """𝓛 on row-stacked density matrices, site j the bit j of an index, shape (4^N, 4^N)."""
    N, d = model.sites, 2**model.sites
    space = by_number(N)
    order = np.concatenate(space.states)
    frame = float(model.frequencies.mean())
    blocks = [
        excitations.effective(excitations.hamiltonian(model, space, k, frame=frame), excitations.decay(model, space, k))
        for k in range(N + 1)
    ]
    K = scipy.sparse.block_diag(blocks).tocsr()
    back = np.argsort(order)
    K = K[back][:, back]
    one = scipy.sparse.eye_array(d, format="csr")
    L = scipy.sparse.kron(K, one) + scipy.sparse.kron(one, K.conj())
    lower = [on_sites(PLUS.T, (j,), N) for j in range(N)]
    for a, gain, loss, dephasing in zip(lower, model.gains, model.losses, model.dephasing_rates, strict=True):
        number = a.T @ a
        L = (
            L
            + loss * scipy.sparse.kron(a, a)
            + gain * scipy.sparse.kron(a.T, a.T)
            + dephasing * scipy.sparse.kron(number, number)
        )
    return scipy.sparse.csr_array(L)


def density(blocks: tuple[Complex, ...], sites: int) -> Complex:
    """Density matrix of all sites out of its blocks, shape (2^N, 2^N), site j the bit j of an index."""
    rho = np.zeros((2**sites, 2**sites), dtype=complex)
    for states, block in zip(by_number(sites).states, blocks, strict=True):
        rho[np.ix_(states, states)] = block
    return rho
