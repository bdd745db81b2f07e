"""Two-point functions of a chain: populations from the response 𝒢, all of C from them, and what that is worth.

C = S is a solution where both baths prefer the population S, so what is solved for is the chain with one bath that
fills and one that only empties: no large numbers cancel, and J = γ_N d_N keeps its digits however small it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np
import scipy.linalg

from caloriq._checks import Complex, Real
from caloriq.linalg import tridiagonal
from caloriq.linalg.tridiagonal import DrivenMatrix, Eigenpairs, eigenpairs, hermitian_product, population_response
from caloriq.models.spins import SpinChain
from caloriq.steady import wire_error
from caloriq.steady.bounds import UNIT
from caloriq.steady.contacts import Contacts
from caloriq.steady.wire_error import SeenChain

DENSE = 40  # sites up to which the N² x N² system is solved as it stands where the eigenvectors fail
REFINEMENTS = 3
MATRIX = 3000  # sites up to which all of C is made; beyond, the populations and the coherences of the bonds
ROUNDING = 1e-14  # residual of C by its modes beyond which the populations are solved for, relative to the rates
KNOWN = 0.1  # misfit of the sum rule 𝒢(γ + G) = 1 up to which 𝒢 bounds errors


@dataclass
class Wire:
    """The numbers of a chain with real hopping: phases are gauged away."""

    energies: Real
    hopping: Real
    loss: Real
    dephasing: Real
    source: Real
    phases: Complex
    frequencies: Real
    loss_rest: Real
    hopping_error: float = 0.0
    notes: dict[str, float | int | str] = field(default_factory=dict)

    @property
    def sites(self) -> int:
        """N."""
        return len(self.energies)


def wire(model: SpinChain) -> Wire:
    """Numbers of a model, in the frame of its mean frequency."""
    first, _, hopping, _ = model.bonds
    g = np.zeros(model.sites - 1, dtype=complex)
    g[first] = hopping
    size = np.abs(g)
    turns = np.where(size > 0, g.conj(), 1) / np.where(size > 0, size, 1)
    return Wire(
        energies=model.frequencies - model.frequencies.mean(),
        hopping=np.abs(g),
        loss=model.gains + model.losses,
        dephasing=np.array(model.dephasing_rates),
        source=np.array(model.gains),
        phases=np.concatenate([[1.0], np.cumprod(turns)]),
        frequencies=model.frequencies,
        loss_rest=np.zeros(model.sites),
        hopping_error=4 * UNIT if np.iscomplexobj(hopping) else 0.0,
    )


def between(model: SpinChain, ends: Contacts) -> Wire:
    """Numbers of a model with the losses that its baths make, to twice the working precision."""
    chain = wire(model)
    chain.loss[[0, -1]], chain.loss_rest[[0, -1]] = ends.total, ends.total_rest
    return chain


def seen(chain: Wire, step: int) -> Wire:
    """The chain with its sites counted from the bath that fills (step -1: from the last), which alone is a source."""
    source = np.zeros(chain.sites)
    source[0] = chain.loss[::step][0]
    return replace(
        chain,
        energies=chain.energies[::step].copy(),
        frequencies=chain.frequencies[::step].copy(),
        hopping=chain.hopping[::step].copy(),
        loss=chain.loss[::step].copy(),
        loss_rest=chain.loss_rest[::step].copy(),
        dephasing=chain.dephasing[::step].copy(),
        source=source,
    )


class Found(NamedTuple):
    """A chain seen from the bath that fills: its numbers, C where it is made, how far C misses its equation, and its error."""

    driven: SeenChain
    matrix: Complex | None
    residual: float
    error: Real | None = None


def connected(chain: Wire) -> bool:
    """Whether the chain joins two baths."""
    return bool(np.all(chain.hopping > 0) and chain.loss[0] > 0 and chain.loss[-1] > 0)


def pieces(chain: Wire, first: float, last: float) -> Real:
    """Populations where every piece is in equilibrium with its bath."""
    piece = np.concatenate([[0], np.cumsum(chain.hopping == 0)])
    own = {int(piece[0]): first} if chain.loss[0] > 0 else {}
    if chain.loss[-1] > 0:
        own[int(piece[-1])] = last
    return np.array([own[int(p)] for p in piece])


def solutions(chain: Wire, *, last: bool = True) -> Iterator[Found]:
    """Better and better solutions of a chain seen from the bath that fills, as long as more are asked for.

    With `last` also those that cost more than the first and its corrections.
    """
    if chain.sites > MATRIX:
        yield _bands(chain)
        return
    pairs = eigenpairs(chain.energies, chain.hopping, chain.loss + chain.dephasing)
    chain.notes.update({"eigenvalue iterations": pairs.iterations, "shifted": str(pairs.shifted)})
    inverse = PopulationInverse(chain, pairs)
    hi = None
    if not np.any(chain.dephasing) and not pairs.shifted:
        hi = hermitian_product(pairs.vectors, modes(chain, pairs))
        chain.notes["route"] = "modes"
        if not float(np.linalg.norm(residual(chain, hi))) <= 100 * ROUNDING * _unit(chain) * _size(hi):
            hi = None
    inverse.by_modes = hi is not None
    if hi is None:
        hi = inverse.driven(chain.source)
        chain.notes["route"] = "population response"
    yield from _refined(chain, hi, inverse)
    if not last:
        return
    if np.any(chain.dephasing) or pairs.shifted:
        chain.notes["route"] = "population response, both sides"
        yield from _refined(chain, hi, inverse.both_sides())
    if chain.sites <= DENSE:
        chain.notes["route"] = "dense"
        whole = DenseInverse(chain)
        yield from _refined(chain, whole.solve(np.diag(chain.source).astype(complex)), whole)


def _refined(chain: Wire, hi: Complex, inverse: Inverse) -> Iterator[Found]:
    """C and its corrections, whose residual is measured in twice the working precision."""
    lo, best = np.zeros_like(hi), np.inf
    for step in range(REFINEMENTS + 1):
        with np.errstate(all="ignore"):
            driven, R, error = wire_error.measured(chain, hi, lo, inverse)
            size = float(np.linalg.norm(R))
            chain.notes["refinements"] = step
            yield Found(driven, hi + lo, size / _size(hi), error)
            if not size < best / 2 or size == 0 or step == REFINEMENTS or inverse.hopeless:
                return
            best = size
            correction = inverse.solve(R)
            if not np.all(np.isfinite(correction)):
                return
            lo = lo + correction
            total = hi + lo
            lo += hi - total  # exact where lo is small beside hi
            hi = total


def _unit(chain: Wire) -> float:
    return float(max(chain.hopping.max(), chain.loss.max(), chain.dephasing.max()))


class PopulationInverse:
    """-𝓛⁻¹, to a few digits, by the response 𝒢 of the populations, and the eigenvectors of X.

    It is `hopeless` where it cannot correct what it made.

    Cost: 2 N³ real operations for 𝒢, 5 N³ for what a source on the sites drives, 13 N³ for any other.
    """

    def __init__(self, chain: Wire, pairs: Eigenpairs) -> None:
        self._chain, self._pairs, self.by_modes = chain, pairs, False
        self._response = DrivenMatrix(pairs, chain.hopping)
        covered = self._reached(chain.dephasing + chain.loss)
        self._rule = float(np.abs(covered - 1).max())
        self._factor = None
        self.hopeless = not np.any(chain.dephasing) and not pairs.shifted and not self._rule <= KNOWN
        if np.any(chain.dephasing):
            A = -self._gains * chain.dephasing
            A[np.diag_indices(chain.sites)] += covered  # the sum rule 𝒢(γ + G) = 1
            self._factor = _lu(A)
        everywhere = self._settled(self._reached(chain.loss))  # both baths want 1, and so it is
        self._known = bool(self._rule <= KNOWN and np.abs(everywhere - 1).max() <= KNOWN)

    def both_sides(self) -> PopulationInverse:
        """The same with eigenvectors on both sides, for pairs of modes that hardly decay."""
        other = object.__new__(PopulationInverse)
        other.__dict__.update(self.__dict__)
        other._response = DrivenMatrix(self._pairs, self._chain.hopping, both=True)
        return other

    def driven(self, source: Real) -> Complex:
        """C that a source on the sites drives."""
        chain, d = self._chain, self._settled(self._reached(source))
        defect = tridiagonal.compiled().response_defect
        for _ in range(2):
            d = d - self._settled(defect(self._gains, chain.dephasing, chain.loss, source, d))
        C = self._response.matrix(self._response.rows(chain.dephasing * d + source))
        C[np.diag_indices(chain.sites)] = d
        return C

    def solve(self, source: Complex) -> Complex:
        """What a hermitian source drives."""
        rows = self._response.rows(source)
        change = self._settled(self._response.diagonal(rows).real)
        if self._factor is not None:
            rows = rows + self._response.rows(self._chain.dephasing * change)
        C = self._response.matrix(rows)
        C[np.diag_indices(len(change))] = change
        return C

    def profile(self, source: Real) -> Real:
        """Populations that a source on the sites drives; infinite where the sum rule says that 𝒢 is not known."""
        if not self._known:
            return np.full(len(source), np.inf)
        return self._settled(self._reached(source))

    @cached_property
    def _gains(self) -> Real:
        """𝒢."""
        return population_response(self._pairs, self._chain.hopping)

    def _reached(self, source: Real) -> Real:
        """𝒢 times a source: by 𝒢 itself where dephasing asks for all of it, one by one otherwise."""
        if np.any(self._chain.dephasing):
            return self._gains @ source
        return self._response.populations(source)

    def spread(self, residual: Real) -> tuple[Real, float] | None:
        """Bounds on what a source of these moduli drives, mode by mode, and on the error of γ_N C_NN as the modes give it.

        They serve where the profile is not known; None if there are none.

        In the basis of the modes M_ab = (VᵀRV̄)_ab/(λ_a + λ_b*) in modulus. A localised mode hardly decays: its own
        population is γ₁/(γ₁ + γ_N |v_N/v_1|²), whose error is that of the ratio. C_NN = Σ V_Na M_ab V_Nb*,
        M_ab = -γ₁ V_1a V_1b*/(λ_a + λ_b*), every factor of which has a relative error, so that a current of 10⁻⁷⁰ keeps
        its digits.
        """
        chain, pairs, n = self._chain, self._pairs, self._chain.sites
        if np.any(chain.dephasing) or pairs.shifted:
            return None
        V = np.abs(pairs.vectors)
        norms = (V * V).sum(axis=0)
        scale = float(np.abs(pairs.diagonal).max() + 2 * chain.hopping.max())
        moved, error, kernels = 4 * UNIT * scale * norms, np.empty(n), wire_error.compiled()
        with np.errstate(all="ignore"):
            kernels.ratio_errors(pairs.diagonal, chain.hopping, pairs.values, moved, V.argmax(axis=0), error)
            ratio = chain.loss[-1] / chain.loss[0] * np.exp(np.clip(pairs.end_ratios, -700, 700))
            own = norms * (ratio / (1 + ratio) / (1 + ratio) * error + 16 * n * UNIT * norms)
            M = hermitian_product(V.T, V.T @ residual)
            rooms = kernels.mode_errors(pairs.values, norms, moved, error, ratio, chain.loss[0], V[0], V[-1], own, M)
            last = float(chain.loss[-1] * rooms.sum()) if self.by_modes else np.inf
            found = hermitian_product(V, V @ M)
        return found, last

    def _settled(self, d: Real) -> Real:
        """(1 - 𝒢γ)⁻¹ d."""
        if self._factor is None:
            return d
        found: Real = scipy.linalg.lu_solve(self._factor, d, check_finite=False)
        return found


class DenseInverse:
    """The same by the N² x N² system as it stands."""

    hopeless = False

    def __init__(self, chain: Wire) -> None:
        self._sites = chain.sites
        self._factor = _lu(_equations(chain).copy(order="F"))
        everywhere = self._populations(chain.loss)  # both baths want 1, and so it is
        self._known = bool(np.abs(everywhere - 1).max() <= KNOWN)

    def solve(self, source: Complex) -> Complex:
        """What a hermitian source drives."""
        right = -(source.real + source.imag).ravel()
        P = scipy.linalg.lu_solve(self._factor, right, check_finite=False).reshape(self._sites, self._sites)
        C: Complex = (P + P.T) / 2 + 1j * ((P - P.T) / 2)
        return C

    def profile(self, source: Real) -> Real:
        """Populations that a source on the sites drives; infinite where the equations are too close to singular."""
        return self._populations(source) if self._known else np.full(len(source), np.inf)

    def _populations(self, source: Real) -> Real:
        return self.solve(np.diag(source).astype(complex)).diagonal().real

    def spread(self, residual: Real) -> tuple[Real, float] | None:  # noqa: ARG002
        """None: the profile is known."""
        return None


Inverse = PopulationInverse | DenseInverse


def _bands(chain: Wire) -> Found:
    """Populations and bonds alone; their bounds are measured, by the sum rule of the response and by the bonds' flow."""
    pairs = eigenpairs(chain.energies, chain.hopping, chain.loss + chain.dephasing)
    chain.notes.update({"eigenvalue iterations": pairs.iterations, "shifted": str(pairs.shifted), "bounds": "measured"})
    n = chain.sites
    if not np.any(chain.dephasing) and not pairs.shifted:
        chain.notes["route"] = "modes"
        V, half = pairs.vectors, modes(chain, pairs)
        d, near, far = (np.einsum("ka,ka->k", V[: n - k], half[k:]) for k in range(3))
        rule = 0.0
    else:
        chain.notes["route"] = "population response"
        P = population_response(pairs, chain.hopping)
        covered = P @ (chain.dephasing + chain.loss)
        A = -P * chain.dephasing
        A[np.diag_indices(n)] += covered
        factor, rule = _lu(A), float(np.abs(covered - 1).max())
        d = scipy.linalg.lu_solve(factor, P @ chain.source, check_finite=False)
        defect = tridiagonal.compiled().response_defect
        for _ in range(2):
            change = defect(P, chain.dephasing, chain.loss, chain.source, d)
            d = d - scipy.linalg.lu_solve(factor, change, check_finite=False)
        response = DrivenMatrix(pairs, chain.hopping)
        rows = response.rows(chain.dephasing * d + chain.source)
        near, far = response.diagonal(rows, 1), response.diagonal(rows, 2)
    d = d.real
    J = float(chain.loss[-1] * d[-1])
    flow = -2 * chain.hopping * near.imag
    error = float(np.abs(flow - J).max() / np.abs(chain.hopping).max()) + rule + n * UNIT
    doubt = abs(J) * (rule + n * UNIT) * 10
    bands = wire_error.NearDiagonal(d, near, far, *(np.full(n - k, 10 * error) for k in range(3)))
    return Found(wire_error.with_bands(chain, (J, doubt), bands), None, error * _unit(chain))


def _equations(chain: Wire) -> Real:
    """dP/dt = h Pᵀ - Pᵀ h - W∘P + source = 0, P = Re C + Im C, as a matrix on P, row by row."""
    N = chain.sites
    h = np.diag(chain.energies) + np.diag(chain.hopping, 1) + np.diag(chain.hopping, -1)
    transposition = np.arange(N * N).reshape(N, N).T.ravel()
    A: Real = (np.kron(h, np.eye(N)) - np.kron(np.eye(N), h))[:, transposition]
    site = chain.loss + chain.dephasing
    W = (site[:, None] + site) / 2
    W[np.diag_indices(N)] = chain.loss
    A -= np.diag(W.ravel())
    return A


def _lu(A: Real) -> tuple[Real, Real]:
    """LU factors of A, which they overwrite; of a singular one too, for the certificate to find."""
    lu, pivots, _ = scipy.linalg.lapack.dgetrf(A, overwrite_a=True)
    return lu, pivots


def modes(chain: Wire, pairs: Eigenpairs) -> Complex:
    """W with C = V Wᵀ. A localised mode's own population is a ratio of its overlaps with the two ends, taken by logarithms."""
    V, n = pairs.vectors, chain.sites
    M = -chain.source[0] * np.outer(V[0], V[0].conj())
    with np.errstate(divide="ignore", invalid="ignore", over="ignore", under="ignore"):
        M /= pairs.values[:, None] + pairs.values.conj()
        ratio = np.exp(np.clip(pairs.end_ratios, -700, 700))
    own = chain.source[0] / (chain.loss[0] + chain.loss[-1] * ratio)
    M[np.diag_indices(n)] = (V.real**2 + V.imag**2).sum(axis=0) * own
    half: Complex = (M @ V.conj().T).T
    return half


def residual(chain: Wire, C: Complex) -> Complex:
    """dC/dt."""
    R: Complex = tridiagonal.compiled().drift(
        C, chain.energies, chain.hopping, chain.loss, chain.source, chain.dephasing
    )
    return R


def relative_residual(chain: Wire, C: Complex) -> float:
    """‖dC/dt‖/‖C‖."""
    return float(np.linalg.norm(residual(chain, C))) / _size(C)


def _size(C: Complex) -> float:
    return float(np.linalg.norm(C)) or 1.0  # the empty chain between two baths at T = 0
