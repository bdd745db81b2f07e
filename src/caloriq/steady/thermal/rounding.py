r"""What the rounding of the eigenbasis of H does to the equations and to what is measured, bounded element by element.

Operators and rates are off by at most some dA and dS (`loose.py`; S where the frequency is 2ε higher or lower), and what is built of them by
sums of products changes by no more than the same sums of |A| + dA and S + dS exceed those of |A| and S. All of it is doubled for what is of
higher order in the solution.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from caloriq._checks import Complex, Real
from caloriq.errors import InvalidInput
from caloriq.models.spectra import GivenSpectrum
from caloriq.steady.bounds import UNIT
from caloriq.steady.thermal import lamb
from caloriq.steady.thermal.acting import Acting
from caloriq.steady.thermal.dissipators import EMPTY, Pairs, kept
from caloriq.steady.thermal.equations import lead_rates
from caloriq.steady.thermal.levels import levels
from caloriq.steady.thermal.loose import SECOND, Loose, loose
from caloriq.steady.thermal.system import OpenSystem, ThermalBath

SPREAD = 8.0  # roundings of the sums of magnitudes


@dataclass(frozen=True)
class Change:
    """Bound on the change of one dissipator: magnitudes of what it is, and of what it may be at most."""

    small: Pairs
    big: Pairs

    def of_state(self, rho: Complex) -> Real:
        """Bound on |δ𝓓 ρ|, shape (D, D)."""
        size = np.abs(rho).astype(complex)
        return _excess(self.small.apply(size), self.big.apply(size))

    def of_operator(self, operator: Complex, error: Real) -> Real:
        """Bound on |δ(𝓓†O)| of an operator that is itself off by some error, shape (D, D)."""
        size = np.abs(operator).astype(complex)
        return _excess(self.small.adjoint(size), self.big.adjoint(size + error.astype(complex)))


def _excess(small: Complex, big: Complex) -> Real:
    found: Real = np.maximum(big.real - small.real, 0.0) + SPREAD * UNIT * big.real
    return found


def _added(one: Pairs) -> Pairs:
    """All terms with the same sign."""
    return replace(one, decay=-one.decay)


def _lindblad(L: Real, mask: Any = 1.0) -> Pairs:
    one = Pairs.of_jumps(L.astype(complex))
    return _added(replace(one, decay=one.decay * mask))


def changes(system: OpenSystem, acts: Acting, basis: Loose, tolerance: float) -> tuple[Change, ...]:
    """One for every bath, then one for everything that acts beside them; D³ operations for each of their jumps."""
    found = []
    for bath, one in zip(system.baths, acts.dissipators, strict=True):
        if bath.equation == "local":
            assert isinstance(one, Pairs)
            found.append(_of_jumps(one.left, _of_local(bath, one.left, basis, tolerance)))
        else:
            found.append(_of_bath(bath, basis))
    for beside, jumps in zip(system.environments, acts.others, strict=True):
        more = [basis.of_operator(A) for A in beside.operators]
        found.append(_of_jumps(jumps.left, np.array(more).reshape(jumps.left.shape)))
    return tuple(found)


def _of_jumps(left: Complex, more: Real) -> Change:
    return Change(_lindblad(np.abs(left)), _lindblad(np.abs(left) + more))


def _of_bath(bath: ThermalBath, basis: Loose) -> Change:
    whole, grouped = basis.levels, bath.equation == "global"
    A = np.abs(kept(whole.vectors.conj().T @ bath.operator @ whole.vectors))
    most = A + basis.of_operator(bath.operator)
    w = whole.grouped_frequencies() if grouped else whole.frequencies
    small, big = [], []
    for sign, one, more in _ways(bath, A, most):
        S, S_most = _rates(bath, one, w, basis.energy, sign)
        small.append((one, S))
        big.append((more, S_most))
    if bath.equation == "redfield":
        shift = np.abs(lamb.of_noise(bath, w)) if bath.lamb_shift else np.zeros(w.shape)
        return Change(_redfield(small, shift), _redfield(big, shift))
    mask = (whole.groups == 0).astype(float) if grouped else np.ones(w.shape)
    return Change(*(_lindblad(np.stack([np.sqrt(S) * A for A, S in one]), mask) for one in (small, big)))


def _ways(bath: ThermalBath, A: Real, most: Real) -> list[tuple[float, Real, Real]]:
    """Magnitudes of an operator and what they may be at most: of A, sign 1; of a lead, which brings fermions too, of A†, sign -1."""
    back = [] if bath.chemical_potential is None else [(-1.0, A.T, most.T)]
    return [(1.0, A, most), *back]


def _redfield(couplings: Sequence[tuple[Real, Real]], shift: Real) -> Pairs:
    magnitudes = [(A.astype(complex), S / 2 + shift) for A, S in couplings]
    return _added(Pairs.of_halves([(A, rate * A) for A, rate in magnitudes]))


def _rates(bath: ThermalBath, A: Real, w: Real, energy: float, sign: float) -> tuple[Real, Real]:
    """S of all transitions, and S + dS: what it changes by at most where the frequency is off by 2ε; S(0) only where it is needed."""
    there = (w != 0) | (A != 0) | _finite_at_zero(bath)
    inside = w[there]
    step = np.where(inside == 0, 0.0, 2 * energy)
    at = [_noise(bath, inside + move, sign) for move in (0 * step, step, -step)]
    S, most = np.zeros(w.shape), np.zeros(w.shape)
    S[there] = at[0]
    most[there] = at[0] * (1 + SPREAD * UNIT) + np.maximum(np.abs(at[1] - at[0]), np.abs(at[2] - at[0]))
    return S, most


def _finite_at_zero(bath: ThermalBath) -> bool:
    """Whether S(0) is known; where it is not, A must not have elements of frequency 0, and those found are rounding."""
    try:
        _noise(bath, np.zeros(1), 1.0)
    except InvalidInput:
        return False
    return True


def _noise(bath: ThermalBath, w: Real, sign: float) -> Real:
    if isinstance(bath.spectrum, GivenSpectrum):  # A has no element beyond
        size = np.clip(np.abs(w), bath.spectrum.frequencies[0], bath.spectrum.frequencies[-1])
        w = np.where(w == 0, 0.0, np.copysign(size, w))
    found: Real = (
        bath.spectrum.noise(w, bath.temperature) if bath.chemical_potential is None else lead_rates(bath, w, sign)
    )
    return found


def _of_local(bath: ThermalBath, left: Complex, basis: Loose, tolerance: float) -> Real:
    """Bound on the error of every jump: by the levels of the local part, and by those of H."""
    assert bath.local is not None
    own = levels(bath.local, tolerance=tolerance)
    inner = loose(bath.local, own)
    if not inner.known:
        return np.full(left.shape, np.inf)
    A = np.abs(kept(own.vectors.conj().T @ bath.operator @ own.vectors))
    most = A + inner.of_operator(bath.operator)
    w, size = own.grouped_frequencies(), np.abs(basis.levels.vectors.conj().T @ own.vectors)
    room, own_size = np.zeros(A.shape), np.zeros(A.shape)
    for sign, one, more in _ways(bath, A, most):
        S, S_most = _rates(bath, one, w, inner.energy, sign)
        room = np.maximum(room, np.sqrt(S_most) * more - np.sqrt(S) * one)
        own_size = np.maximum(own_size, np.sqrt(S) * one)
    rounding = 8 * (len(A) + 2) * UNIT * (size @ own_size @ size.T)
    dropped = 2 * EMPTY * np.abs(left).max(axis=(1, 2), keepdims=True)
    found: Real = basis.turned(left) + size @ room @ size.T + rounding + np.where(left == 0, dropped, 0.0)
    return found


@dataclass(frozen=True)
class Rounding:
    """What the rounding of the eigenbasis does to the equations, and to what is measured.

    Attributes
    ----------
    basis : Loose
        Of H.
    changes : tuple of Change
        Of everything that acts.
    """

    basis: Loose
    changes: tuple[Change, ...]

    def of_state(self, rho: Complex, shift: Complex | None) -> Real:
        """Bound on |δ𝓛 ρ|, shape (D, D)."""
        size, off = np.abs(rho), self.basis.inside * (1 - np.eye(len(rho)))
        if shift is not None:
            off = off + self.of_shift(shift) / SECOND
        found: Real = 2 * self.basis.energy * size * (1 - np.eye(len(rho))) + off @ size + size @ off
        for one in self.changes:
            found = found + one.of_state(rho)
        return SECOND * found

    def of_operator(self, number: int, operator: Complex, error: Real) -> Real:
        """Bound on |δ(𝓓†O)| of one of what acts, shape (D, D)."""
        return SECOND * self.changes[number].of_operator(operator, error)

    def of_shift(self, shift: Complex) -> Real:
        """Bound on what turning the basis does to the shift Λ, shape (D, D); not on what it does to its integrals."""
        return SECOND * self.basis.turned(shift)


def rounding(system: OpenSystem, acts: Acting, tolerance: float) -> Rounding | None:
    """Bounds on what the rounding of the eigenbasis changes; None where it may turn levels into each other."""
    basis = loose(system.hamiltonian, acts.whole)
    return Rounding(basis, changes(system, acts, basis, tolerance)) if basis.known else None
