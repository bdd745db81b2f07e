r"""The exact generator of units whose coherences are damped by white noise, :math:`T(t) = P\,e^{\mathcal L t} P`.

.. math::
    \mathcal L\rho = -i[H, \rho] - \Gamma \circ \rho, \qquad \Gamma_{nm} = \sum_i \Gamma^{(i)}_{n_i m_i}

Local noise on the levels: every unit damps a coherence between its levels a and b at γ/2 (`PureDephasing`), at γ(a - b)²/2
(`NumberDephasing`, L = √γ n̂), or at a rate given for each pair. A transition that moves one excitation from a unit to another
then has the correlation function g(τ) = e^(-γτ) (WS 5). Populations are not damped, hence Ṫ = 2 Im of the diagonal of Hρ, as
without noise.
"""

from __future__ import annotations

import math

import numpy as np
import scipy

from caloriq import _checks
from caloriq._checks import Real
from caloriq.errors import Unsupported
from caloriq.reduced.populations.exact import ExactGenerator, bounds, moving
from caloriq.reduced.populations.space import Space, damping, white
from caloriq.reduced.populations.transfer import EPS, ROUNDINGS, SAFETY, Factored, Propagator

LARGEST = 30  # states; the generator of their density matrices has 900 rows, and takes seconds to diagonalise
SMALL = 0.5  # ‖𝓛‖t up to which the exponential series keeps the digits of small coherences
DEFECTIVE = 1e6  # condition of the eigenvectors from which on exponentials replace them
TERMS = 24  # of the exponential series; 2^24/24! is below the rounding
STEP = 2.0  # ‖𝓛‖t of one series


class DampedGenerator(Propagator):
    """K(t) of units with white noise, from the density matrix of the states that a start reaches; of at most 30 of them."""

    def __init__(self, space: Space) -> None:
        D, noise = space.dimension, damping(space)
        assert noise is not None
        if D > LARGEST:
            raise Unsupported(
                f"`order` must be tractable, but the exact kernel with a bath takes the density matrix of all states, D² rows (got {D} states, at most {LARGEST}); use order=2 or fewer units or excitations"
            )
        H = space.hamiltonian()
        self.space, self.products = space, 0
        self.real = not np.any(np.imag(H))
        self.acceleration, self._strongest = bounds(moving(space), H.diagonal().real, noise)
        self._frobenius = float(scipy.sparse.linalg.norm(moving(space)))
        self._least = float(noise[~np.eye(D, dtype=bool)].min(initial=np.inf))
        self._L = superoperator(H, noise)
        self._norm = float(np.linalg.norm(self._L, 2))
        values, V = np.linalg.eig(self._L)
        self._values, self._V = np.minimum(values.real, 0) + 1j * values.imag, V  # a semigroup of contractions
        self._inverse, self._spread, self._misfit = None, 1.0, EPS * self._norm
        with np.errstate(all="ignore"):
            inverse = np.linalg.pinv(V) if np.linalg.cond(V) > 1 / EPS else np.linalg.inv(V)
            spread = float(np.linalg.norm(V, 2) * np.linalg.norm(inverse, 2))
        if spread < DEFECTIVE:
            left = self._L @ V - V * self._values
            self._misfit = max(self._misfit, float(np.linalg.norm(left, 2) * np.linalg.norm(inverse, 2)))
            self._inverse, self._spread = inverse, spread

    def states(self, t: float, start: Real) -> Real:
        """e^(𝓛t) on columns of coordinates, shape (D², K): the populations first, then √2 Re and √2 Im of coherences."""
        self.products += 2
        if self._norm * t <= SMALL:
            return _series(self._L, start, t)
        if self._inverse is None:
            return np.asarray(scipy.linalg.expm(self._L * t) @ start)
        found = (self._V * np.exp(self._values * t)) @ (self._inverse @ start)
        return np.ascontiguousarray(found.real)

    def transfer(self, t: float) -> tuple[Real, Real]:
        """T(t) and its time derivative."""
        D = self.space.dimension
        X = self.states(t, np.eye(D * D, D))
        return X[:D].copy(), self._L[:D, D:] @ X[D:]

    def rounding(self, t: float) -> tuple[float, float]:
        """Bounds on the error of an element of T(t) and of Ṫ(t): the misfit of the eigenvectors over t, and their condition."""
        unit, phase = ROUNDINGS * EPS, self._norm * t
        wrong = unit * self._norm + self._misfit  # of 𝓛; noise keeps what it makes of coherences from adding up
        drift = wrong * t
        damped = (2 * self._frobenius * drift + wrong) * min(t, 1 / self._least if self._least > 0 else np.inf)
        coherence = unit * self._spread * min(phase, 1.0) + min(drift, damped)
        return unit * self._spread + drift, 2 * self._strongest * coherence

    def reach(self, t: float, parts: Factored) -> tuple[float, float]:
        """Bounds on the trace norm of the states at t whose populations are one state each, and on how fast these change after.

        Populations change at most at 2‖B‖_F ‖c‖_F, c the coherences, which noise keeps below ‖c(t)‖ + 2‖B‖‖ρ‖_F/Γ, Γ the
        smallest damping: without it steps would have to resolve √(λΓ) up to times of Γ/λ².
        """
        D = self.space.dimension
        X = self.states(t, np.eye(D * D, D))
        conditioned = np.linalg.solve(X[:D].T, X.T).T  # columns: states whose populations are one state each
        whole, apart = (float(np.linalg.norm(x, axis=0).max()) for x in (conditioned, conditioned[D:]))
        fastest = (
            2 * self._frobenius * (apart + 2 * self._frobenius * whole / self._least) if self._least > 0 else np.inf
        )
        return min(SAFETY / parts.reciprocal, float(np.sqrt(D)) * whole), fastest

    def carried(self, start: Real, times: Real) -> tuple[Real, Real]:
        """Populations T(t) P(0) and their time derivatives, each of shape (T, D)."""
        D = self.space.dimension
        x = np.concatenate([start, np.zeros(D * D - D)])[:, None]
        found = np.array([self.states(t, x)[:, 0] for t in times.tolist()])
        return found[:, :D], found[:, D:] @ self._L[:D, D:].T


def propagator(space: Space) -> ExactGenerator | DampedGenerator:
    """T of a closed system, or with white noise."""
    return DampedGenerator(space) if white(space) else ExactGenerator(space)


def superoperator(H: np.ndarray[tuple[int, ...], np.dtype[np.complex128]], noise: Real) -> Real:
    """𝓛 on hermitian matrices, real, shape (D², D²): coordinates ρ_nn, then √2 Re ρ_nm and √2 Im ρ_nm of n < m."""
    D = len(H)
    one = scipy.sparse.eye_array(D)
    sparse = scipy.sparse.csr_array(H)
    L = -1j * (scipy.sparse.kron(sparse, one) - scipy.sparse.kron(one, sparse.T)) - scipy.sparse.diags_array(
        noise.ravel()
    )
    n, m = np.triu_indices(D, 1)
    k, pairs, root = np.arange(D), len(n), 1 / math.sqrt(2)
    rows = np.concatenate([k * (D + 1), n * D + m, m * D + n, n * D + m, m * D + n])
    columns = np.concatenate([k, D + np.tile(np.arange(pairs), 2), D + pairs + np.tile(np.arange(pairs), 2)])
    values = np.concatenate(
        [np.ones(D), np.full(2 * pairs, root), np.full(pairs, 1j * root), np.full(pairs, -1j * root)]
    )
    Q = scipy.sparse.coo_array((values, (rows, columns)), shape=(D * D, D * D)).tocsr()
    return np.asarray((Q.conj().T @ L @ Q).toarray().real)


def _series(L: Real, start: Real, t: float) -> Real:
    """e^(Lt) on columns by its series."""
    found, term = start.copy(), start
    for k in range(1, TERMS + 1):
        term = (L @ term) * (t / k)
        found = found + term
    return np.asarray(found)


def stepped_cost(space: Space, until: float) -> float:
    """Multiplications that `stepped` takes until a time."""
    return float(
        _speed(space) * until / STEP * TERMS * space.dimension * (2.0 * space.coupling.nnz + 8.0 * space.dimension)
    )


def stepped(space: Space, start: Real, times: Real) -> tuple[Real, Real]:
    """Populations and their time derivatives by series of 𝓛 in steps of 2/‖𝓛‖, for more states than `DampedGenerator` takes."""
    D, noise = space.dimension, damping(space)
    assert noise is not None
    _checks.memory("start", f"density matrices of {D} states", 100.0 * D**2, "take fewer units or excitations")
    H = scipy.sparse.csr_array(space.coupling) * space.strength + scipy.sparse.diags_array(
        space.energies - space.energies.mean()
    )
    B, speed = moving(space), _speed(space)
    rho, t = np.diag(start).astype(complex), 0.0
    P, rate = np.empty((len(times), D)), np.empty((len(times), D))
    for row, end in enumerate(times.tolist()):
        count = max(1, math.ceil(speed * (end - t) / STEP)) if end > t else 0
        for _ in range(count):
            h, term = (end - t) / count, rho
            for k in range(1, TERMS + 1):
                turned = H @ term
                term = (-1j * (turned - turned.conj().T) - noise * term) * (h / k)
                rho = rho + term
        t = end
        P[row] = rho.diagonal().real
        rate[row] = 2 * (B @ rho).diagonal().imag
    return P, rate


def _speed(space: Space) -> float:
    """Bound on ‖𝓛‖."""
    noise = damping(space)
    H = abs(scipy.sparse.csr_array(space.coupling) * space.strength)
    strongest = float(H.sum(axis=1).max(initial=0.0))
    return 2 * strongest + float(np.ptp(space.energies)) + float(noise.max(initial=0.0) if noise is not None else 0.0)
