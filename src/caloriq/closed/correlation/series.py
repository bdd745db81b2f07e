r"""Short times exactly: moments of C(t) and the coefficients of its Lanczos recursion, on the chain without ends.

With L = i[H, ·], :math:`C(t)=\langle J|e^{Lt}J\rangle=\sum_k(-1)^k\mu_{2k}t^{2k}/(2k)!`, :math:`\mu_{2k}=\|L^kJ\|^2`: exact as long as
no string of L^k J was cut. The recursion J₀ = J/‖J‖, :math:`b_nJ_n=LJ_{n-1}+b_{n-1}J_{n-2}` makes b_1, b_2, ... of them.

Sources: V. S. Viswanath, G. Müller, The Recursion Method (1994), doi:10.1007/978-3-540-48651-0; D. E. Parker, X. Cao, A. Avdoshkin,
T. Scaffidi, E. Altman, Phys. Rev. X 9, 041017 (2019), doi:10.1103/PhysRevX.9.041017.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from caloriq._checks import Real
from caloriq.spaces.strings import Strings
from caloriq.spaces.support import SupportSpace

ENDS = 1e-13  # of b_n over the norm of i[H, ·], at which the recursion has come to its end


@dataclass(frozen=True)
class Series:
    """What is exact at short times.

    Attributes
    ----------
    square : float
        ⟨J²⟩ per cell.
    recursion : array, shape (n,)
        b_1, b_2, ..., in energy.
    moments : array, shape (n + 1,)
        µ_0, µ_2, µ_4, ... over ⟨J²⟩.
    closed : bool
        Whether the recursion ends: then C is known at all times.
    """

    square: float
    recursion: Real
    moments: Real
    closed: bool

    def taylor(self, times: Real) -> tuple[Real, Real]:
        """C(t)/⟨J²⟩ by the power series, and the bound on what it leaves out: the first term that is left out.

        The last moment is kept for the bound: derivatives of C are largest at time 0.
        """
        t, last = np.asarray(times, dtype=float), len(self.moments) - 1
        found = np.zeros(t.shape)
        for k in range(last):
            found += (-1) ** k * self.moments[k] * t ** (2 * k) / math.factorial(2 * k)
        return found, self.moments[last] * t ** (2 * last) / math.factorial(2 * last)


def series(space: SupportSpace, J: Strings) -> Series:
    """Moments and Lanczos coefficients that strings of the space hold exactly; a product for each."""
    J_vector = space.vector(J)
    square = float(J_vector[space.first :] @ J_vector[space.first :])
    v, before, b = J_vector / math.sqrt(square), np.zeros(space.size), [0.0]
    longest = max(1, space.support - space.chain.reach + 1)
    closed = False
    while space.weights(v)[longest:].max(initial=0.0) == 0.0:
        u = before * b[-1]
        space.add_product(v, u)
        space.repeat(u)
        size = float(np.linalg.norm(u[space.first :]))
        if size <= ENDS * space.norm:
            closed = True
            break
        b.append(size)
        before, v = v, u / size
    found = np.array(b[1:])
    return Series(square, found, moments_of(found), closed)


def moments_of(recursion: Real) -> Real:
    """µ_0, µ_2, ..., of the recursion: (T^2k)_00 of the tridiagonal matrix with b_n beside its diagonal."""
    n = len(recursion)
    T = np.diag(recursion, 1) + np.diag(recursion, -1) if n else np.zeros((1, 1))
    row, found = np.zeros(n + 1), [1.0]
    row[0] = 1.0
    for _ in range(n):
        row = T @ row
        found.append(float(row @ row))
    return np.array(found)
