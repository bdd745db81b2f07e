"""A sum of products of spin operators as what it does to product states: a diagonal, and flips of one or two spins.

No element off the diagonal is stored: 2^n numbers in all, where a sparse matrix takes n times as many.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from caloriq._checks import Real


@final
@dataclass(frozen=True, eq=False)
class Flips:
    """Real symmetric operator on n spins 1/2, bit j of a state is spin j.

    Attributes
    ----------
    diagonal : array, shape (2^n,)
        Elements between a state and itself.
    masks : array of int, shape (m,)
        One or two bits each: the spins that are flipped together.
    alike, unlike : array, shape (m,)
        Amplitude where the bits of the mask are equal (always, for one bit), and where they differ.
    """

    diagonal: Real
    masks: NDArray[np.int64]
    alike: Real
    unlike: Real

    @property
    def shape(self) -> tuple[int, int]:
        """(2^n, 2^n)."""
        return self.diagonal.size, self.diagonal.size

    @property
    def dtype(self) -> np.dtype[Any]:
        """Of the elements."""
        return self.diagonal.dtype

    def __matmul__(self, x: NDArray[Any]) -> NDArray[Any]:
        """Product with a vector or columns, real or complex; 2^n (m + 1) multiply-adds for every real column."""
        from caloriq.linalg._flips_compiled import product

        given = np.ascontiguousarray(x)
        if given.dtype.kind != "c":
            given = np.ascontiguousarray(given, dtype=float)
        numbers = given.reshape(-1).view(float)
        out = np.empty_like(numbers)
        product(self.diagonal, self.masks, self.alike, self.unlike, numbers, out, numbers.size // self.diagonal.size)
        found: NDArray[Any] = out.view(given.dtype).reshape(given.shape)
        return found

    def matvec(self, x: NDArray[Any]) -> NDArray[Any]:
        """As SciPy's linear operators name it."""
        return self @ x
