"""Hermitian operators that are known by their products, in the layout that Chebyshev series take."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, final

import numpy as np
from numpy.typing import NDArray

from caloriq import _checks
from caloriq._checks import Complex, Real


class Propagated(Protocol):
    """What exact dynamics asks of a Hamiltonian: products, bounds on its spectrum, and vectors in a layout of its own."""

    kernel: Any
    product_cost: float  # of a product, in vectors that are added to a sum

    @property
    def shape(self) -> tuple[int, int]:
        """Shape of the matrix."""
        ...

    @property
    def norm_bounds(self) -> tuple[float, float]:
        """Interval that holds the whole spectrum."""
        ...

    @property
    def product_bytes(self) -> int:
        """Bytes that one product reads."""
        ...

    def mv(self, x: Complex) -> Complex:
        """H x for one vector (D,) or a block (D, k)."""
        ...

    def as_matrix(self) -> Complex:
        """Dense matrix."""
        ...

    def split(self, x: Complex) -> Real:
        """Vectors as real numbers, in the layout of the products."""
        ...

    def join(self, s: Real, *, block: bool) -> Complex:
        """Back from that layout, leading axes kept."""
        ...

    def apply(self, s: Real) -> Real:
        """H x in that layout."""
        ...

    def chebyshev(self, buffer: Real, first: int, shift: float, scale: float) -> None:
        """Fill buffer[first:] with y_k = 2 (H - shift)/scale y_{k-1} - y_{k-2}."""
        ...

    def fold(self, buffer: Real, rows: Real, even: Real, odd: Real) -> None:
        """Add rows[k, t] buffer[k] to even[t] or odd[t] by the parity of k."""
        ...


InPlace = Callable[[Complex, Complex], None]  # what puts something of x and y into y
PIECE = 2**14  # numbers for which a sum of vectors stays in cache


class Sum(Protocol):
    """An operator that makes recurrences by itself."""

    def matvec(self, x: NDArray[Any], out: NDArray[Any] | None = None, *, less: bool = False) -> NDArray[Any]:
        """H x, or H x less what `out` holds."""
        ...

    def affine(self, factor: float, shift: float) -> Sum:
        """The operator `factor` (H - `shift`)."""
        ...


@final
class Products:
    """H by its products.

    Parameters
    ----------
    product : callable
        H x of arrays (D,) and (D, k): of real ones too where H is real.
    dimension : int
        D.
    norm_bounds : (float, float)
        Interval that holds the whole spectrum.
    real : bool
        Whether H is: then a complex vector is two real ones.
    product_bytes : int
        Bytes that a product reads.
    kernel : str
        What computes it.
    strings : Sum, optional
        What the products are of, where it makes recurrences in one pass.

    Notes
    -----
    A vector is kept with the real and imaginary part of an amplitude side by side: (D, 2), k of them (D, 2 k).
    """

    product_cost = 10.0

    def __init__(
        self,
        product: Callable[[Any], Any],
        dimension: int,
        norm_bounds: tuple[float, float],
        *,
        real: bool,
        product_bytes: int,
        kernel: str,
        strings: Sum | None = None,
    ) -> None:
        self.strings = strings
        self.product, self.real, self.kernel = product, real, kernel
        self.shape = (dimension, dimension)
        self.norm_bounds, self.product_bytes = norm_bounds, product_bytes

    def mv(self, x: Complex) -> Complex:
        """H x for one vector (D,) or a block (D, k)."""
        return self.join(self.apply(self.split(np.asarray(x, dtype=complex))), block=x.ndim == 2)

    def into(self, x: Complex, y: Complex) -> None:
        """Put H x for one vector into y."""
        if self.strings is None:
            y[...] = self.mv(x)
        else:
            self.strings.matvec(self._real(x), out=self._real(y))

    def recurrence(self, factor: float, shift: float) -> InPlace:
        """What puts `factor` (H - `shift`) x - y into y: where H is a sum of strings, a product and nothing else."""
        if self.strings is not None:
            one = self.strings.affine(factor, shift)

            def within(x: Complex, y: Complex) -> None:
                one.matvec(self._real(x), out=self._real(y), less=True)

            return within

        def advance(x: Complex, y: Complex) -> None:
            found = self.mv(x)
            for at in range(0, y.size, PIECE):
                part = slice(at, at + PIECE)
                y[part] = factor * (found[part] - shift * x[part]) - y[part]

        return advance

    def _real(self, x: Complex) -> NDArray[Any]:
        """A vector as its products take it: two real columns where H is real; no copy."""
        return x.view(float).reshape(-1, 2) if self.real else x

    def as_matrix(self) -> Any:
        """Dense matrix, real where H is, which is refused where memory has no room."""
        D = self.shape[0]
        _checks.memory("dimension", D, 16.0 * D * D, "use mv instead of the dense matrix")
        return self.product(np.eye(D, dtype=float if self.real else complex))

    def split(self, x: Complex) -> Real:
        """(D,) to (D, 2), (D, k) to (D, 2 k): no copy of what is contiguous."""
        return np.ascontiguousarray(x).view(float).reshape(self.shape[0], -1)

    def join(self, s: Real, *, block: bool) -> Complex:
        """Complex array out of a split one, leading axes kept."""
        x: Complex = np.ascontiguousarray(s).view(complex)
        return x if block else x[..., 0]

    def apply(self, s: Real) -> Real:
        """H x in split layout."""
        if self.real:
            return np.asarray(self.product(s))
        x = s.view(complex)
        return np.ascontiguousarray(self.product(x)).view(float)

    def chebyshev(self, buffer: Real, first: int, shift: float, scale: float) -> None:
        """Fill buffer[first:] with y_k = 2 (H - shift)/scale y_{k-1} - y_{k-2}, in place."""
        for k in range(first, len(buffer)):
            y = self.apply(buffer[k - 1])
            y -= shift * buffer[k - 1]
            y *= 2 / scale
            np.subtract(y, buffer[k - 2], out=buffer[k])

    def fold(self, buffer: Real, rows: Real, even: Real, odd: Real) -> None:
        """Add rows[k, t] buffer[k] to even[t] or odd[t] by the parity of k, in place."""
        even += rows[0::2].T @ buffer[0::2]
        odd += rows[1::2].T @ buffer[1::2]
