"""Two-point functions of a chain: populations from the response 𝒢, all of C from them, and what that is worth.

C = S is a solution where both baths prefer the population S, so what is solved for is the chain with one bath that
fills and one that only empties: no large numbers cancel, and J = γ_N d_N keeps its digits however small it is.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import scipy.linalg

from caloriq._checks import Complex, Real
from caloriq.linalg import tridiagonal
from caloriq.linalg.tridiagonal import Eigenpairs, Response, eigenpairs, hermitian_product, population_response
from caloriq.models.spins import SpinChain

DENSE = 40  # sites up to which the N² x N² system is solved as it stands where the eigenvectors fail
REFINEMENTS = 6
MATRIX = 3000  # sites up to which all of C is made; beyond, the populations and the coherences of the bonds
ROUNDING = 1e-14  # residual of C that needs no refinement, relative to the rates
CLOSE = 1e-11  # error of a population that needs none
NOISE = 10.0  # corrections up to so many times those of pure rounding are rounding
CERTAIN = 1e-8  # error of a population that the certificate lets pass


@dataclass
class Wire:
    """The numbers of a chain with real hopping: phases are gauged away."""

    energies: Real
    hopping: Real
    loss: Real
    dephasing: Real
    source: Real
    phases: Complex
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
    )


@dataclass(frozen=True)
class Correlators:
    """Solution of a chain with real hopping.

    Attributes
    ----------
    populations : array, shape (N,)
        C_kk.
    bonds, beyond : array, shape (N-1,) and (N-2,)
        C_k,k+1 and C_k,k+2.
    currents : array, shape (N-1,)
        Excitation current along every bond, from the bath that only takes.
    error : float or None
        Estimated error of the populations, where one is made.
    matrix : array, shape (N, N), or None
        C.
    """

    populations: Real
    bonds: Complex
    beyond: Complex
    currents: Real
    error: float | None = None
    matrix: Complex | None = None

    def residual(self, chain: Wire) -> float:
        """‖dC/dt‖/‖C‖, in units of energy; of its three middle diagonals alone where C is not known beyond."""
        if self.matrix is not None:
            return float(np.linalg.norm(residual(chain, self.matrix))) / _size(self.matrix)
        w, g, d, c = chain.energies, chain.hopping, self.populations, self.bonds
        flow = np.concatenate([[0.0], -2 * g * c.imag, [0.0]])
        sites = flow[:-1] - flow[1:] + chain.source - chain.loss * d
        decay = chain.loss + chain.dephasing
        bonds = (1j * (w[:-1] - w[1:]) - (decay[:-1] + decay[1:]) / 2) * c + 1j * g * (d[1:] - d[:-1])
        bonds[1:] += 1j * g[:-1] * self.beyond
        bonds[:-1] -= 1j * g[1:] * self.beyond
        size = np.sqrt(np.linalg.norm(d) ** 2 + 2 * np.linalg.norm(c) ** 2)
        return float(np.sqrt(np.linalg.norm(sites) ** 2 + 2 * np.linalg.norm(bonds) ** 2) / (size or 1.0))


def state(chain: Wire) -> Complex:
    """C of a chain with real hopping, shape (N, N)."""
    C = correlators(chain).matrix
    assert C is not None
    return C


def correlators(chain: Wire) -> Correlators:
    """C of a chain with real hopping: the common population of both baths, and what their difference drives."""
    N, loss = chain.sites, chain.loss
    connected = bool(np.all(chain.hopping > 0) and loss[0] > 0 and loss[-1] > 0)
    preferred = np.divide(chain.source, loss, out=np.zeros(N), where=loss > 0)
    if not connected or preferred[0] == preferred[-1]:
        chain.notes["route"] = "no current"
        return _without_current(chain, preferred)
    low, drive = min(preferred[0], preferred[-1]), abs(preferred[0] - preferred[-1])
    step = 1 if preferred[0] > preferred[-1] else -1  # the chain is seen from the bath that fills
    source = np.zeros(N)
    source[0] = loss[::step][0]
    seen = replace(
        chain,
        energies=chain.energies[::step].copy(),
        hopping=chain.hopping[::step].copy(),
        loss=loss[::step].copy(),
        dephasing=chain.dephasing[::step].copy(),
        source=source,
    )
    one = driven(seen)
    J = step * drive * seen.loss[-1] * one.populations[-1]
    bonds, beyond, matrix = one.bonds, one.beyond, None
    if step == -1:
        bonds, beyond = bonds[::-1].conj(), beyond[::-1].conj()
    if one.matrix is not None:
        matrix = drive * one.matrix[::step, ::step]
        matrix[np.diag_indices(N)] += low
    return Correlators(
        low + drive * one.populations[::step],
        drive * bonds,
        drive * beyond,
        np.full(N - 1, J),
        None if one.error is None else drive * one.error,
        matrix,
    )


def _without_current(chain: Wire, preferred: Real) -> Correlators:
    """Every piece in equilibrium with its bath."""
    N = chain.sites
    piece = np.concatenate([[0], np.cumsum(chain.hopping == 0)])
    bath = np.flatnonzero(chain.loss > 0)
    own = {int(piece[b]): preferred[b] for b in bath}
    d = np.array([own[int(p)] for p in piece])
    zero = np.zeros(N, dtype=complex)
    matrix = np.diag(d).astype(complex) if N <= MATRIX else None
    return Correlators(d, zero[1:], zero[2:], np.zeros(N - 1), 0.0, matrix)


def driven(chain: Wire) -> Correlators:
    """C of a connected chain with a bath at each end, of which the last only takes."""
    pairs = eigenpairs(chain.energies, chain.hopping, chain.loss + chain.dephasing)
    chain.notes.update({"eigenvalue iterations": pairs.iterations, "shifted": str(pairs.shifted)})
    found = None
    if not np.any(chain.dephasing) and not pairs.shifted:
        found = without_dephasing(chain, pairs)
        chain.notes["route"] = "modes"
    if found is None or not found.residual(chain) <= 100 * ROUNDING * _unit(chain):
        found = with_dephasing(chain, pairs)
        chain.notes["route"] = "population response"
    if chain.sites <= DENSE and found.error is not None and not found.error <= CLOSE:
        C, error = _dense(chain)
        if not found.error <= error:
            chain.notes["route"] = "dense"
            return _all(C, error)
    return found


def _unit(chain: Wire) -> float:
    return float(max(chain.hopping.max(), chain.loss.max(), chain.dephasing.max()))


def _all(C: Complex, error: float | None = None) -> Correlators:
    """With the currents left out."""
    return Correlators(C.diagonal().real.copy(), C.diagonal(1), C.diagonal(2), np.zeros(len(C) - 1), error, C)


def dense(chain: Wire) -> Complex:
    """C by the N² x N² system as it stands."""
    return _dense(chain)[0]


def _dense(chain: Wire) -> tuple[Complex, float]:
    """dP/dt = h Pᵀ - Pᵀ h - W∘P + source = 0, P = Re C + Im C: C, and what refinement changed in its diagonal."""
    N = chain.sites
    h = np.diag(chain.energies) + np.diag(chain.hopping, 1) + np.diag(chain.hopping, -1)
    transposition = np.arange(N * N).reshape(N, N).T.ravel()
    A = (np.kron(h, np.eye(N)) - np.kron(np.eye(N), h))[:, transposition]
    site = chain.loss + chain.dephasing
    W = (site[:, None] + site) / 2
    W[np.diag_indices(N)] = chain.loss
    A -= np.diag(W.ravel())
    right = -np.diag(chain.source).ravel()
    factor = _lu(A.copy(order="F"))
    x = scipy.linalg.lu_solve(factor, right, check_finite=False)
    step = scipy.linalg.lu_solve(factor, right - A @ x, check_finite=False).reshape(N, N)
    P = x.reshape(N, N) + step
    return (P + P.T) / 2 + 1j * ((P - P.T) / 2), float(np.abs(step.diagonal()).max())


def _lu(A: Real) -> tuple[Real, Real]:
    """LU factors of A, which they overwrite; of a singular one too, for the certificate to find."""
    lu, pivots, _ = scipy.linalg.lapack.dgetrf(A, overwrite_a=True)
    return lu, pivots


def without_dephasing(chain: Wire, pairs: Eigenpairs) -> Correlators:
    """C by modes. A localised mode's own population is a ratio of its overlaps with the two ends, taken by logarithms."""
    V, n = pairs.vectors, chain.sites
    M = -chain.source[0] * np.outer(V[0], V[0].conj())
    with np.errstate(divide="ignore", invalid="ignore", over="ignore", under="ignore"):
        M /= pairs.values[:, None] + pairs.values.conj()
        ratio = np.exp(np.clip(pairs.end_ratios, -700, 700))
    own = chain.source[0] / (chain.loss[0] + chain.loss[-1] * ratio)
    M[np.diag_indices(n)] = (V.real**2 + V.imag**2).sum(axis=0) * own
    half = (M @ V.conj().T).T
    if n <= MATRIX:
        return _all(hermitian_product(V, half))
    middle = [np.einsum("ka,ka->k", V[: n - k], half[k:]) for k in range(3)]
    return Correlators(middle[0].real, middle[1], middle[2], np.zeros(n - 1))


def with_dephasing(chain: Wire, pairs: Eigenpairs) -> Correlators:
    """C from the populations, corrected on the true equation until neither its residual nor the populations ask for more."""
    P = population_response(pairs, chain.hopping)
    A = -P * chain.dephasing
    A[np.diag_indices(chain.sites)] += P @ (chain.dephasing + chain.loss)  # the sum rule 𝒢(γ + G) = 1
    factor = _lu(A)
    d = scipy.linalg.lu_solve(factor, P @ chain.source, check_finite=False)
    defect = tridiagonal.compiled().response_defect
    for _ in range(2):
        d -= scipy.linalg.lu_solve(factor, defect(P, chain.dephasing, chain.loss, chain.source, d), check_finite=False)
    rule = float(np.abs(P @ (chain.dephasing + chain.loss) - 1).max())
    if chain.sites > MATRIX:
        response = Response(pairs, chain.hopping)
        rows = response.rows(chain.dephasing * d + chain.source)
        return Correlators(d, response.diagonal(rows, 1), response.diagonal(rows, 2), np.zeros(len(d) - 1), rule)
    del P
    found = None
    for both in (False, True):
        response = Response(pairs, chain.hopping, both=both)
        next_one = _corrected(chain, response, factor, d, np.inf if pairs.shifted else rule)
        if found is None or _doubt(next_one) < _doubt(found):
            found = next_one
        if _doubt(found) <= CERTAIN:
            break
    assert found is not None
    return found


def _doubt(found: Correlators) -> float:
    return np.inf if found.error is None or np.isnan(found.error) else found.error


def _corrected(chain: Wire, response: Response, factor: tuple[Real, Real], d: Real, rule: float) -> Correlators:
    """C with the corrections that its residual asks for; the last one, left out, is its error.

    Where modes hardly decay, the rounding of the residual alone asks for as much as that. The error is then that of
    the response, by its sum rule.
    """
    here, enough = np.diag_indices(chain.sites), ROUNDING * max(float(chain.loss.max()), 0.01 * _unit(chain))
    C = response.matrix(response.rows(chain.dephasing * d + chain.source))
    C[here] = d
    best, kept, steps = np.inf, (C, np.inf), 0
    for steps in range(REFINEMENTS + 1):
        R = residual(chain, C)
        size = float(np.linalg.norm(R)) / _size(C)
        if not size < best:
            break
        rows, settled, best = response.rows(R), size > best / 2, size
        change = _change(response, factor, rows)
        error = float(np.abs(change).max())
        if size <= enough and rule < error and error > CLOSE:
            noise = _change(response, factor, response.rows(_rounding(chain, C)))
            if error <= NOISE * float(np.abs(noise).max()):
                kept = C, rule
                break
        kept = C, error
        if settled or (size <= enough and error <= CLOSE) or steps == REFINEMENTS:
            break
        B = response.matrix(rows + response.rows(chain.dephasing * change))
        B[here] = change
        C = C + B
    chain.notes["refinements"] = steps
    return _all(*kept)


def _change(response: Response, factor: tuple[Real, Real], rows: Complex) -> Real:
    """Populations that a source drives, given by the rows of its response."""
    change: Real = scipy.linalg.lu_solve(factor, response.diagonal(rows).real, check_finite=False)
    return change


def _rounding(chain: Wire, C: Complex) -> Complex:
    """A hermitian matrix of random signs, of the size of the rounding of `residual`."""
    w, g, site = chain.energies, chain.hopping, chain.loss + chain.dephasing
    size = np.abs(C)
    size[np.diag_indices(len(w))] = 0
    terms = size * (np.abs(w[:, None] - w) + (site[:, None] + site) / 2)
    size[np.diag_indices(len(w))] = C.diagonal().real
    across = np.zeros_like(size)
    across[1:] += g[:, None] * size[:-1]
    across[:-1] += g[:, None] * size[1:]
    across[np.diag_indices(len(w))] = 0
    terms += across + across.T
    flow = g * np.abs(C.diagonal(1).imag)
    terms[np.diag_indices(len(w))] = chain.loss * C.diagonal().real + chain.source
    terms[np.diag_indices(len(w))] += np.concatenate([flow, [0.0]]) + np.concatenate([[0.0], flow])
    signs = np.random.default_rng(np.random.SeedSequence(0)).standard_normal(C.shape)
    turned = (signs + signs.T).astype(complex) + 1j * (signs - signs.T)
    noise: Complex = turned * (np.finfo(float).eps / 2 * terms)
    return noise


def residual(chain: Wire, C: Complex) -> Complex:
    """dC/dt."""
    R: Complex = tridiagonal.compiled().drift(
        C, chain.energies, chain.hopping, chain.loss, chain.source, chain.dephasing
    )
    return R


def _size(C: Complex) -> float:
    return float(np.linalg.norm(C)) or 1.0  # the empty chain between two baths at T = 0
