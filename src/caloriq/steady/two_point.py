"""The two-point set: N² linear equations, exact where couplings are between neighbours and baths at the ends.

With Jordan-Wigner fermions a_k = Π_{m<k}(-σᶻ_m) σ⁻_k the chain without ZZ terms is quadratic, and
C_kl = ⟨a†_k a_l⟩ = ⟨σ⁺_k Π(-σᶻ) σ⁻_l⟩ obeys

    dC/dt = X C + C X† + diag(γ_k C_kk) + diag(Γ₊),   X = i h* - ½ diag(Γ₊ + Γ₋ + γ),

h the one-excitation matrix. Dephasing returns to the diagonal what it takes, so only the populations d = diag C need
solving for: (1 - 𝒢γ) d = 𝒢 Γ₊, with 𝒢 the response of the populations to a source on the sites.

C = S is a solution where both baths prefer the population S, so what is solved for is the chain with one bath that
fills and one that only empties: no large numbers cancel, and J = γ_N d_N keeps its digits however small it is.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace

import numpy as np
import scipy.linalg

from caloriq._checks import Complex, Real
from caloriq.errors import Unsupported
from caloriq.linalg import tridiagonal
from caloriq.linalg.threads import serial
from caloriq.linalg.tridiagonal import Eigenpairs, Response, eigenpairs, hermitian_product, population_response
from caloriq.models.spins import SpinChain
from caloriq.results import Check, Progress
from caloriq.steady.methods import TwoPoint
from caloriq.steady.moments import Moments
from caloriq.steady.result import SteadyState, assemble, rate_scale
from caloriq.steady.unique import reached_check

DENSE = 40  # sites up to which the N² x N² system is solved as it stands where the eigenvectors fail
REFINEMENTS = 6
SERIAL = 400  # sites below which threads cost more than they bring
TURNS = 1500  # sites below which products and kernels, taking turns on the same cores, do better on one thread
EIGENVALUES = 500  # sites up to which the occupations of all modes are checked, not of the sites alone
MATRIX = 3000  # sites up to which all of C is made; beyond, the populations and the coherences of the bonds
ROUNDING = 1e-14  # residual of C that needs no refinement, relative to the rates
TOL = 1e-10
CLOSE = 1e-11  # error of a population that needs none
NOISE = 10.0  # corrections up to so many times those of pure rounding are rounding
CERTAIN = 1e-8  # error of a population that the certificate lets pass


def obstacle(model: SpinChain) -> str | None:
    """What keeps the two-point set from closing, in words; None if nothing does."""
    if model.interacting:
        return "the ZZ interaction"
    if not model.neighbours_only:
        return "couplings beyond neighbours"
    if not set(model.bath_sites) <= {0, model.sites - 1}:
        return "a bath on an inner site"
    return None


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


def admit(model: SpinChain, method: TwoPoint) -> float:
    """Bytes needed; refuses a chain whose two-point set does not close.

    Raises
    ------
    Unsupported
        Names the term.
    """
    stands = obstacle(model)
    if stands is not None:
        raise Unsupported(
            f"`method` must apply to the model, but the two-point set does not close because of {stands} (got {method!r}); use Sector()"
        )
    return memory_needed(model.sites)


def solve(model: SpinChain, method: TwoPoint, reason: str, progress: Progress | None = None) -> SteadyState:
    """Steady state of a chain whose two-point set closes."""
    N = model.sites
    clock, chain = time.perf_counter(), wire(model)
    with serial(blas=N < TURNS, kernels=N < TURNS):
        found = correlators(chain)
        relative = found.residual(chain) / rate_scale(model)
        n, C = found.populations, found.matrix
        if C is not None:
            C = chain.phases.conj()[:, None] * C * chain.phases
        positive = _positive(n, C)
    if progress is not None:
        progress(1.0, 1.0)
    two_point, correlations = C, None
    if C is not None and not np.any(model.dephasing_rates):  # Gaussian: Wick's theorem holds
        correlations = np.outer(n, n) - np.abs(C) ** 2
        correlations[np.diag_indices(N)] = n
    part = "" if C is not None else ", on the populations and bonds alone"
    drawn = float(np.abs(2 * chain.hopping * found.bonds.imag + found.currents).max()) / rate_scale(model)
    checks = [
        Check("residual", relative, method.tol, f"‖dC/dt‖/‖C‖ in units of the model's rates{part}"),
        Check(
            "current of the coherences",
            drawn,
            TOL,
            "the bonds carry what the baths bring, in units of the model's rates",
        ),
        positive,
        reached_check(model),
    ]
    if found.error is not None:
        checks.append(Check("error of the populations", found.error, CERTAIN, "what one more correction would change"))
    k, _, hopping, _ = model.bonds
    turned = (chain.phases.conj()[:-1] * chain.phases[1:])[k]
    # the current is known from the ends with all its digits, the imaginary parts only to rounding
    bonds = found.bonds[k].real * turned
    carried = np.abs(hopping) > 0
    bonds[carried] += 1j * turned[carried] * found.currents[k][carried] / (-2 * np.abs(hopping[carried]))
    return assemble(
        model,
        method,
        reason,
        Moments(n, bonds),
        checks,
        {"sites": N, **chain.notes, "wall time in s": time.perf_counter() - clock},
        two_point=two_point,
        kind="fermion",
        correlations=correlations,
        tol=TOL,
    )


def memory_needed(sites: int) -> float:
    """Bytes: eigenvectors, ratios, response, and the matrix C with its products."""
    return 200.0 * sites**2 + (40.0 * sites**4 if sites <= DENSE else 0.0)


def _positive(n: Real, C: Complex | None) -> Check:
    """How far occupations leave [0, 1]: those of all modes where their number allows, or of the sites."""
    modes = C is not None and len(n) <= EIGENVALUES and bool(np.all(np.isfinite(C)))
    occupations = np.linalg.eigvalsh(C) if C is not None and modes else n
    outside = float(max(0.0, -occupations.min(), occupations.max() - 1))
    meaning = "the modes' occupations" if modes else "the sites' populations"
    return Check("occupations outside [0, 1]", outside, TOL, f"positivity, as far as {meaning} show it")


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
