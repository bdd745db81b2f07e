r"""⟨ψ|e^{-βH}X⟩ at many β from one recurrence, for states that are random at infinite temperature.

:math:`e^{-\beta(H-E_-)}=\sum_n(2-\delta_{n0})(-1)^n e^{-\beta r}I_n(\beta r)\,T_n((H-c)/r)` on a spectrum within c ± r, so that the moments
:math:`\langle T_n\psi|X\rangle` serve every temperature.

Source for one random state at all temperatures: J. Jaklič, P. Prelovšek, Phys. Rev. B 49, 5065 (1994), doi:10.1103/PhysRevB.49.5065.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from caloriq._checks import Complex, Real
from caloriq.linalg.imaginary import EPS, series
from caloriq.linalg.products import Products


@final
class Tempered:
    """Weights e^{-β(H - E_-)} of several β, E_- the lower end of the interval.

    Parameters
    ----------
    operator : Products
        H.
    interval : (float, float)
        Holds the spectrum.
    betas : sequence of float
        1/T, not negative.
    tol : float
        What a series may leave out.
    """

    def __init__(self, operator: Products, interval: tuple[float, float], betas: Sequence[float], tol: float) -> None:
        low, high = interval
        self.operator, self.low = operator, low
        self.shift, self.scale = (low + high) / 2, max((high - low) / 2, 1e-300)
        found = [series(self.scale * beta, tol) for beta in betas]
        self.coefficients = np.zeros((len(found), max(len(c) for c, _ in found)))
        for row, (c, _) in zip(self.coefficients, found, strict=True):
            row[: len(c)] = c
        self.left_out = np.array([tail + 4 * EPS * len(c) for c, tail in found])

    @property
    def products(self) -> int:
        """Of one state."""
        return self.coefficients.shape[1] - 1

    def means(self, psi: Complex, columns: Sequence[Complex]) -> NDArray[Any]:
        """⟨ψ|e^{-β(H - E_-)}|X⟩ of every β and every X, shape (R, P); `products` products with H."""
        moments = np.empty((self.coefficients.shape[1], len(columns)), dtype=complex)
        before, now = psi, psi
        for n in range(len(moments)):
            if n:
                y = self.operator.mv(now)
                y -= self.shift * now
                y *= (2 if n > 1 else 1) / self.scale
                if n > 1:
                    y -= before
                before, now = now, y
            moments[n] = [np.vdot(now, one) for one in columns]
        found: NDArray[Any] = self.coefficients @ moments
        return found

    def weights(self, psi: Complex) -> Real:
        """⟨ψ|e^{-β(H - E_-)}|ψ⟩ of every β, shape (R,)."""
        found: Real = self.means(psi, [psi])[:, 0].real
        return found
