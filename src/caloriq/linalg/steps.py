r"""One vector through equal times, in place: :math:`x \to e^{-iHt}x` by Chebyshev series, with four vectors in hand."""

from __future__ import annotations

from typing import final

import numpy as np

from caloriq._checks import Complex
from caloriq.linalg import _pairs_compiled as compiled
from caloriq.linalg.chebyshev import bessel_table
from caloriq.linalg.products import Products


@final
class Stepper:
    """Steps of one length.

    Parameters
    ----------
    operator : Products
        H.
    interval : (float, float)
        Holds the spectrum.
    length : float
        Of a step, in time.
    tol : float
        Bound on what a step leaves out of a vector of norm 1.
    """

    def __init__(self, operator: Products, interval: tuple[float, float], length: float, tol: float) -> None:
        low, high = interval
        self.operator, self.length = operator, length
        self.shift, self.scale = (low + high) / 2, max((high - low) / 2, 1e-300)
        J, self.left_out = bessel_table(np.array([self.scale * length]), tol)
        k = np.arange(len(J))
        # e^{-iHt} = e^{-ict} Σ (2 - δ) (-i)^k J_k(rt) T_k((H - c)/r)
        self.coefficients: Complex = (
            np.exp(-1j * self.shift * length) * np.where(k, 2, 1) * J[:, 0] * np.array([1, -1j, -1, 1j])[k % 4]
        )

    @property
    def products(self) -> int:
        """Of one step."""
        return len(self.coefficients) - 1

    def step(self, x: Complex) -> Complex:
        """The vector one step later, shape (D,); x is lost."""
        c = self.coefficients
        total: Complex = c[0] * x
        if len(c) == 1:
            return total
        before = np.zeros_like(x)
        now = x
        for k, one in enumerate(c[1:]):
            y = self.operator.mv(now)
            # T_1 = H', T_{k+1} = 2 H' T_k - T_{k-1} with H' = (H - c)/r
            compiled.advance(y, now, before, total, self.shift, (2 if k else 1) / self.scale, one)
            now, before = before, now
        return total
