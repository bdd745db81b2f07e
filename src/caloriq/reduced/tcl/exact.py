r"""The exact generator :math:`K(t) = \dot T\,T^{-1}`, :math:`T_{nm}(t) = |\langle n|U(t)|m\rangle|^2`.

Ṫ comes from the commutator, :math:`\dot T_{nm} = 2\,\mathrm{Im}\,[\langle n|HU|m\rangle\langle n|U|m\rangle^*]`, not from
differences. K diverges where T is singular; nothing is returned from there on.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import scipy
from numpy.typing import NDArray

from caloriq._checks import Complex, Real
from caloriq.models.occupations import Space

SAFETY = 2.0  # the condition is an estimate
NARROW = 1e-3  # relative width of an interval in which T passes zero once
CLOSE = 1e-9  # relative width of one in which T may touch zero, and is taken to


class Factored(NamedTuple):
    """T(t) with its factors.

    Attributes
    ----------
    factors : array or tuple
        Cholesky factor of a symmetric T, LU factors of Tᵀ otherwise.
    sign : int
        -1 once an eigenvalue of T has passed zero: T is not positive definite, or its determinant is negative.
    reciprocal : float
        1/condition, in the 1-norm.
    """

    factors: Any
    sign: int
    reciprocal: float


class Instant(NamedTuple):
    """What is known of T at one time.

    Attributes
    ----------
    time : float
        t.
    sign : int
        As in `Factored`.
    radius : float
        T is invertible at all times closer than that; 0 where the sign is not 1.
    """

    time: float
    sign: int
    radius: float


class ExactGenerator:
    """K(t) of a closed system in the space that a start reaches.

    Parameters
    ----------
    space : Space
        States and couplings.
    """

    def __init__(self, space: Space) -> None:
        self.space = space
        H = space.hamiltonian()
        mean = float(np.trace(H).real) / len(H)  # a common energy does not move populations
        H[np.diag_indices(len(H))] -= mean
        self.energies, self._V = scipy.linalg.eigh(H, overwrite_a=True, check_finite=False)
        self._H = scipy.sparse.csr_array(space.coupling) * space.strength + scipy.sparse.diags_array(
            space.energies - mean
        )
        self.real = not np.iscomplexobj(self._V)
        self.products = 0

    def propagator(self, t: float) -> tuple[Real, Real]:
        """Re U(t) and -Im U(t), each of shape (D, D)."""
        phase = self.energies * t
        self.products += 2
        if self.real:  # cos x = 2 cos² x/2 - 1 and sin x = 2 sin²(x/2 + π/4) - 1: symmetric products, at half the cost
            found = []
            for root in (np.cos(phase / 2), np.sin(phase / 2 + np.pi / 4)):
                A = self._V * root
                A = A @ A.T
                A *= 2
                A[np.diag_indices(len(A))] -= 1
                found.append(A)
            return found[0], found[1]
        U = (self._V * np.exp(-1j * phase)) @ self._V.conj().T
        return U.real.copy(), -U.imag

    def columns(self, t: float, chosen: NDArray[np.intp]) -> tuple[Complex, Complex]:
        """U(t) and H U(t) on some of the states."""
        U = (self._V * np.exp(-1j * self.energies * t)) @ self._V[chosen].conj().T
        return U, np.asarray(self._H @ U)

    def transfer(self, t: float) -> tuple[Real, Real]:
        """T(t) and its time derivative."""
        C, S = self.propagator(t)
        if self.real:
            rate = 2 * ((self._H @ C) * S - (self._H @ S) * C)
        else:
            U = C - 1j * S
            rate = 2 * ((self._H @ U) * U.conj()).imag
        C *= C
        S *= S
        C += S
        return C, np.asarray(rate)

    def factored(self, T: Real) -> Factored:
        """Factors of T, whether an eigenvalue has passed zero, and its condition."""
        norm = float(T.sum(axis=1).max())  # of Tᵀ, whose entries are not negative
        if self.real:  # T is symmetric, and positive definite from t = 0 to the first singular time
            factor, info = scipy.linalg.lapack.dpotrf(T.T, lower=0)
            if info == 0:
                reciprocal, _ = scipy.linalg.lapack.dpocon(factor, norm)
                return Factored(factor, 1, float(reciprocal))
            return Factored(None, -1, 0.0)
        lu, pivots = scipy.linalg.lu_factor(T.T, check_finite=False)
        reciprocal, _ = scipy.linalg.lapack.dgecon(lu, norm)
        swaps = int(np.count_nonzero(pivots != np.arange(len(pivots))))
        sign = int(np.prod(np.sign(np.diag(lu)))) * (-1) ** swaps
        return Factored((lu, pivots), sign, float(reciprocal))

    def generator(self, t: float) -> tuple[Real, Factored, float, float]:
        """K(t), the factors of T, how far T is from stochastic, and how far K T is from Ṫ, relative to Ṫ."""
        T, rate = self.transfer(t)
        parts = self.factored(T)
        drift = float(np.abs(T.sum(axis=0) - 1).max())
        probe = np.cos(np.arange(len(T)))
        before, after = T @ probe, rate @ probe
        if parts.factors is None:
            return np.full_like(T, np.nan), parts, drift, np.nan
        if self.real:
            solved, _ = scipy.linalg.lapack.dpotrs(parts.factors, rate.T, lower=0, overwrite_b=1)
        else:
            solved = scipy.linalg.lu_solve(parts.factors, rate.T, overwrite_b=True, check_finite=False)
        K = solved.T
        size = float(np.linalg.norm(after)) or 1.0
        return K, parts, drift, float(np.linalg.norm(K @ before - after)) / size

    def at(self, t: float) -> Real:
        """K(t)."""
        return self.generator(t)[0]

    @cached_property
    def acceleration(self) -> float:
        """Bound on ‖T̈‖₁: 4λ²‖B‖² + 2λ‖[H₀, B]‖, B without its diagonal, which belongs to H₀.

        With U = e^(-iH₀t) W, T̈ = 2|Ẇ|² + 2 Re(Ẅ W*) element by element, and every column of W has norm 1.
        """
        levels = self._H.diagonal().real
        B = (self._H - scipy.sparse.diags_array(levels)).toarray()
        turned = 1j * (levels[:, None] - levels) * B
        fastest, change = (float(np.abs(scipy.linalg.eigvalsh(A)).max(initial=0.0)) for A in (B, turned))
        return 4 * fastest**2 + 2 * change

    def instant(self, t: float, K: Real, parts: Factored) -> Instant:
        """How far from t no singular time can be: T(t+s) T⁻¹ = 1 + sK + R, ‖R‖₁ ≤ s²‖T̈‖‖T⁻¹‖₁/2, is invertible below 1."""
        if parts.sign != 1 or parts.reciprocal == 0:
            return Instant(t, parts.sign if parts.sign != 1 else 0, 0.0)
        linear = float(np.abs(K).sum(axis=0).max())
        square = SAFETY * self.acceleration / (2 * parts.reciprocal)
        total = linear + np.sqrt(linear**2 + 4 * square)
        return Instant(t, 1, 2 / total if total > 0 else np.inf)

    def looked_at(self, t: float) -> Instant:
        """The instant t, computed."""
        K, parts, _, _ = self.generator(t)
        return self.instant(t, K, parts)

    def first_singular(self, before: Instant, after: Instant, width: float = 1e-13) -> float | None:
        """First singular time between two instants, to a relative `width`, by halving until none can hide in any part."""
        low, high = before.time, after.time
        if before.sign == after.sign == 1 and before.radius + after.radius > high - low:
            return None
        if high - low <= CLOSE * high:
            return high
        if before.sign == 1 and after.sign != 1 and high - low <= NARROW * high:
            return self._crossing(low, high, width)
        half = self.looked_at((low + high) / 2)
        found = self.first_singular(before, half, width)
        return self.first_singular(half, after, width) if found is None else found

    def _crossing(self, low: float, high: float, width: float) -> float:
        """Time at which the sign changes."""
        while high - low > width * high:
            middle = (low + high) / 2
            if not low < middle < high:
                break
            if self.factored(self.transfer(middle)[0]).sign == 1:
                low = middle
            else:
                high = middle
        return high
