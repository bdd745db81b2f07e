"""Product of a sum of Pauli strings with vectors, without a matrix: local terms of two-level sites.

Source for doing without the matrix: H. De Raedt, K. De Raedt, Phys. Rep. 127, 233 (1985),
doi:10.1016/0370-1573(85)90056-X; how memory is gone through is told in docs/design/0039-products-of-pauli-strings.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Any, Literal, final

import numpy as np
from numpy.typing import NDArray

from caloriq import _array, _checks
from caloriq._checks import Real
from caloriq.errors import InvalidInput
from caloriq.linalg import kernels, pauli_arrays
from caloriq.linalg.pauli_plan import Flips, Plan, aligned, diagonal_of, plan

LEAST = 2**10  # real numbers of x that the compiled product takes: two tiles, whatever the registers and precision
SHARE_ABOVE = 2**15  # real numbers of x; below, one thread is done before others wake
Kernel = Literal["auto", "numba", "numpy"]


@final
@dataclass(frozen=True, eq=False)
class PauliSum:
    r"""Hermitian operator :math:`\sum_k c_k P_k` on n two-level sites; bit j of a state is site j, 1 is up, Z|1⟩ = |1⟩.

    Attributes
    ----------
    sites : int
        n.
    flip, sign : array of int, shape (m,)
        Bits of the sites with X or Y, and of those with Z or Y, in every string P_k: X, Y, Z and 1 elsewhere.
    value : array, shape (m,)
        Coefficients c_k, real.
    kernel : {"auto", "numba", "numpy"}
        What computes products; "auto" takes Numba for all but short vectors.

    Notes
    -----
    A product does one multiply-add for every real number of x and every distinct `flip`, in one pass over memory, or
    two where the vector exceeds the second-level cache by more than 4 flips. Beside x and the result it takes 1 MB a
    thread; no number of the diagonal is stored. Columns whose number is not a power of two go in parts that are copied.
    """

    sites: int
    flip: NDArray[np.int64]
    sign: NDArray[np.int64]
    value: Real
    kernel: Kernel = "auto"

    def __post_init__(self) -> None:
        _checks.whole("sites", self.sites, 1)
        shapes = {np.shape(one) for one in (self.flip, self.sign, self.value)}
        if len(shapes) != 1 or len(next(iter(shapes))) != 1:
            raise InvalidInput(
                f"`value` must have one number for every string, as `flip` and `sign`, but shapes differ (got {', '.join(map(str, sorted(shapes)))})"
            )
        _checks.numbers("value", self.value)
        for name, masks in (("flip", self.flip), ("sign", self.sign)):
            wrong = [int(mask) for mask in masks if int(mask) >> self.sites]
            if wrong:
                raise InvalidInput(
                    f"`{name}` must have bits of the {self.sites} sites only, but it has others (got {wrong[0]})"
                )

    @property
    def shape(self) -> tuple[int, int]:
        """(2^n, 2^n)."""
        return 1 << self.sites, 1 << self.sites

    @cached_property
    def dtype(self) -> np.dtype[Any]:
        """Of the elements: real where no string has an odd number of Y."""
        return np.dtype(complex if any(imaginary for _, imaginary in self.strings) else float)

    @cached_property
    def strings(self) -> Flips:
        """Coefficients by flips, whether imaginary, and signs: ⟨i|H|i ^ flip⟩ is their sum times (-1)^(bits of i in sign), or -i times it."""
        found: dict[tuple[int, bool], dict[int, float]] = {}
        for flip, sign, value in zip(self.flip.tolist(), self.sign.tolist(), self.value.tolist(), strict=True):
            y = (flip & sign).bit_count()  # P = i^y X^flip Z^sign, and Z = -(-1)^bit
            weight = value * (-1) ** (sign.bit_count() + y // 2)
            same = found.setdefault((flip, y % 2 == 1), {})
            same[sign] = same.get(sign, 0.0) + weight
        kept = {key: {s: w for s, w in one.items() if w} for key, one in found.items()}
        return MappingProxyType({key: one for key, one in kept.items() if one})

    @cached_property
    def diagonal(self) -> Real:
        """Elements between a state and itself, shape (2^n,)."""
        return diagonal_of(self.strings.get((0, False), {}), self.sites)

    @property
    def norm_bound(self) -> float:
        """Σ |c_k|, not below the largest magnitude of an eigenvalue."""
        return float(sum(abs(w) for one in self.strings.values() for w in one.values()))

    def on(self, library: _array.Library) -> pauli_arrays.PauliArrays:
        """The same operator in operations of an array library alone, NumPy's or a GPU's."""
        return pauli_arrays.on(library, self.strings, self.sites)

    def __matmul__(self, x: NDArray[Any]) -> NDArray[Any]:
        """Product with a vector (2^n,) or columns (2^n, k); cost as stated for the class, times k."""
        return self.matvec(x)

    def matvec(self, x: NDArray[Any], out: NDArray[Any] | None = None, *, less: bool = False) -> NDArray[Any]:
        """Product with a vector (2^n,) or columns (2^n, k), in the precision of x; into `out` where it is given.

        `less`: minus what `out` holds, as recurrences want it.
        """
        x = taken(x, self)
        out = room(x, out, less=less)
        if not self._compiled(x):
            put(self._arrays(x.dtype) @ x, out, less=less)
            return out
        columns = x.size // self.shape[0]
        part = 1 << (columns.bit_length() - 1)
        if part == columns:
            self._product(x.reshape(-1), out.reshape(-1), less)
            return out
        X, Y = x.reshape(-1, columns), out.reshape(-1, columns)
        begin = 0
        while begin < columns:
            while part > columns - begin:
                part //= 2
            given = np.ascontiguousarray(X[:, begin : begin + part]).reshape(-1)
            found = aligned(given.shape, given.dtype)
            self._product(given, found)
            put(found.reshape(-1, part), Y[:, begin : begin + part], less=less)
            begin += part
        return out

    def affine(self, factor: float, shift: float) -> PauliSum:
        """The operator `factor` (H - `shift`)."""
        flip, sign = (np.append(one, 0) for one in (self.flip, self.sign))
        return PauliSum(self.sites, flip, sign, factor * np.append(self.value, -shift), self.kernel)

    def bytes_per_product(self, columns: int = 1, dtype: Any = complex) -> int:
        """Bytes that a compiled product reads and writes where no vector fits into a cache."""
        kind = np.result_type(dtype, np.float32)
        size = self.shape[0] * columns * kind.itemsize
        cut = self._plan(self._width(columns, kind), real(kind))
        return (2 if cut.high is None else 5) * size + cut.diagonal.coarse.nbytes

    def _compiled(self, x: NDArray[Any]) -> bool:
        numbers = x.size * (2 if x.dtype.kind == "c" else 1)
        return self.kernel != "numpy" and numbers >= LEAST and (self.kernel == "numba" or kernels.numba_available())

    def _arrays(self, dtype: np.dtype[Any]) -> pauli_arrays.PauliArrays:
        single = real(dtype).itemsize == 4
        if self.shape[0] > LEAST:  # numbers as many as a vector's are not kept
            return self.on(_array.library(single=single))
        if single not in self._short:
            self._short[single] = self.on(_array.library(single=single))
        return self._short[single]

    @cached_property
    def _short(self) -> dict[bool, pauli_arrays.PauliArrays]:
        return {}

    def _width(self, columns: int, dtype: np.dtype[Any]) -> int:
        return (columns * (2 if dtype.kind == "c" else 1)).bit_length() - 1

    @cached_property
    def _plans(self) -> dict[tuple[int, str], Plan]:
        return {}

    def _plan(self, width: int, dtype: np.dtype[Any]) -> Plan:
        key = width, dtype.char
        if key not in self._plans:
            tiles = kernels.compiled("caloriq.linalg._tiles_compiled")
            length, register = tiles.length(dtype.itemsize), tiles.REGISTER_BYTES // dtype.itemsize
            self._plans[key] = plan(self.strings, self.sites, width, dtype, length, register)
        return self._plans[key]

    def _product(self, x: NDArray[Any], y: NDArray[Any], less: bool = False) -> None:
        kernel = kernels.compiled("caloriq.linalg._pauli_compiled")
        cut = self._plan(self._width(x.size // self.shape[0], x.dtype), real(x.dtype))
        numbers, found = x.view(real(x.dtype)), y.view(real(x.dtype))
        threads = kernels.threads_now() if numbers.size >= SHARE_ABOVE else 1
        kernel.product(numbers, found, cut, threads, less)


def taken(x: NDArray[Any], operator: Any) -> NDArray[Any]:
    """Vector or columns in a precision that products know, complex where the operator is."""
    x, D = np.asarray(x), operator.shape[0]
    if x.ndim not in {1, 2} or x.shape[0] != D:
        raise InvalidInput(f"`x` must have shape ({D},) or ({D}, k), but it has not (got shape {x.shape})")
    kind = x.dtype if x.dtype.char in "fdFD" else np.dtype(float)
    if operator.dtype.kind == "c":
        kind = np.result_type(kind, np.complex64)
    return np.ascontiguousarray(x, dtype=kind)


def put(found: NDArray[Any], out: NDArray[Any], *, less: bool) -> None:
    """Into `out`, or minus what it holds."""
    if less:
        np.subtract(found, out, out=out)
    else:
        out[...] = found


def room(x: NDArray[Any], out: NDArray[Any] | None, *, less: bool = False) -> NDArray[Any]:
    """Where the product with x goes."""
    if out is None and less:
        raise InvalidInput("`out` must be given where the product is less what it holds, but it is not (got None)")
    if out is None:
        return aligned(x.shape, x.dtype)
    if out.shape != x.shape or out.dtype != x.dtype or not out.flags.c_contiguous or np.shares_memory(x, out):
        raise InvalidInput(
            f"`out` must be another array of shape {x.shape} and type {x.dtype}, row by row, but it is not (got shape {out.shape}, {out.dtype})"
        )
    return out


def real(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """Type of the parts of numbers."""
    return np.dtype(np.float32 if dtype.char in "fF" else np.float64)
