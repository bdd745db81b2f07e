r"""Third and fourth order in the coupling, from the Dyson series of the closed system.

With :math:`T = 1 + \lambda^2 T_2 + \lambda^3 T_3 + \lambda^4 T_4 + \dots` the exact generator is

.. math::
    K = \lambda^2 \dot T_2 + \lambda^3 \dot T_3 + \lambda^4 (\dot T_4 - \dot T_2 T_2) + O(\lambda^5).

The third order is Re or Im of a closed path of three couplings, n → k → m → n. It vanishes for real couplings between
states of equal energy, whatever the path, since T is then even in λ; and where no three couplings close a path. A
diagonal element counts as a coupling of a state with itself: B_nn ≠ B_mm shifts the levels in first order, and with
them the frequency of the second order.
"""

from __future__ import annotations

import numpy as np
import scipy

from caloriq._checks import Complex, Real
from caloriq.errors import Unsupported
from caloriq.reduced.populations.space import Space

ORDER = 4
LARGEST = 300  # states; beyond, exponentials of five times that dimension take minutes each


class FourthOrder:
    """K(t) to order λ⁴."""

    def __init__(self, space: Space) -> None:
        if space.dimension > LARGEST:
            raise Unsupported(
                f"`order` must be tractable, but order 4 takes exponentials of five times the dimension (got {space.dimension} states, at most {LARGEST}); use order='exact'"
            )
        self.space = space
        D = space.dimension
        energies = space.energies - space.energies.mean()
        chain = np.eye(ORDER + 1, k=-1)
        self._A: Complex = np.asarray(-1j) * (
            np.kron(np.eye(ORDER + 1), np.diag(energies)) + np.kron(chain, space.coupling.toarray())
        )
        self._H0, self._B, self._D = energies, space.coupling.toarray(), D

    def error(self, t: float, K: Real) -> float:
        """Largest change of an element of K by the exponential of half the time, squared, and the rounding of the sums."""
        half = scipy.linalg.expm(self._A * (t / 2))
        size = float(np.abs(K).max(initial=0.0))
        return 4 * float(np.abs(self._sum(self._from(half @ half[:, : self._D])) - K).max(initial=0.0)) + 1e-15 * size

    def terms(self, t: float) -> tuple[Real, Real, Real]:
        """K_2, K_3 and K_4 at t, each of shape (D, D)."""
        return self._from(scipy.linalg.expm(self._A * t)[:, : self._D])

    def _from(self, first: Complex) -> tuple[Real, Real, Real]:
        U = first.reshape(ORDER + 1, self._D, self._D)  # U_k(t), U = Σ λ^k U_k
        rate = -1j * self._H0[:, None] * U
        rate[1:] -= 1j * (self._B @ U[:-1])

        def order(k: int) -> tuple[Real, Real]:
            T, slope = np.zeros((self._D, self._D)), np.zeros((self._D, self._D))
            for a in range(k + 1):
                T += (U[a] * U[k - a].conj()).real
                slope += 2 * (rate[a] * U[k - a].conj()).real
            return T, slope

        (T2, K2), (_, K3), (_, slope) = order(2), order(3), order(4)
        return K2, K3, slope - K2 @ T2

    def at(self, t: float) -> Real:
        """K(t)."""
        return self._sum(self.terms(t))

    def _sum(self, terms: tuple[Real, Real, Real]) -> Real:
        strength = self.space.strength
        K2, K3, K4 = terms
        return strength**2 * (K2 + strength * (K3 + strength * K4))
