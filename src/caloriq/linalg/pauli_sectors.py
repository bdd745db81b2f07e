"""Product of a sum of Pauli strings with vectors of a sector: states with a fixed number of sites up, without a matrix."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, final

import numpy as np
import scipy
from numpy.typing import NDArray

from caloriq import _checks
from caloriq._checks import Real
from caloriq.errors import InvalidInput, Unsupported
from caloriq.linalg import kernels
from caloriq.linalg.pauli_halves import Halves, Whole
from caloriq.linalg.pauli_plan import parity
from caloriq.linalg.pauli_products import PauliSum, put, real, room, taken
from caloriq.linalg.pauli_sector_plan import Strings, cut, windows

COMPILE_ABOVE = 2**11  # states; below, a sparse matrix is done before Numba is imported
SHARE_ABOVE = 2**14  # real numbers of x; below, one thread is done before others wake
MOST_SITES = 48  # the tables of both halves have 2^(n/2) rows
MOST_FLIPS = 20  # of one string; their 2^k patterns are looked through for what leaves the sector
ROUNDING = 1e-13
Product = Callable[[NDArray[Any], NDArray[Any], bool], None]


@final
@dataclass(frozen=True, eq=False)
class SectorPauliSum:
    """A sum of Pauli strings that conserves the number of sites that are up, on the states with `up` of them.

    Single strings need not conserve it, as X X and Y Y do not, if their sum does. States ascend by their number, as in
    `caloriq.spaces.Basis`; a state is ranked by two tables, one for each half of its bits.

    Attributes
    ----------
    operator : PauliSum
        On n ≤ 48 sites.
    up : int
        How many sites are up, 0 … n.

    Raises
    ------
    Unsupported
        Where a term changes the number; the message names it. For more sites, or strings that flip more than 20.

    Notes
    -----
    Flips of the high half cost one multiply-add for every real number and every flip that the state allows, along memory.
    Those of the low half, a sites, are one small matrix for all stretches of one number, read once for four
    stretches. No number of the diagonal is stored. Beside x and the result it takes some 2^a (a + 35) numbers.
    """

    operator: PauliSum
    up: int

    def __post_init__(self) -> None:
        n = self.operator.sites
        _checks.whole("up", self.up, 0)
        if self.up > n:
            raise InvalidInput(f"`up` must be at most the number of sites, {n}, but it is not (got {self.up})")
        if n > MOST_SITES:
            raise Unsupported(
                f"`operator` must have at most {MOST_SITES} sites in a sector, but it has more (got {n}); take fewer"
            )
        for flip, signs, weights in self._outside():
            _check_conserved(flip, signs, weights)

    def _outside(self) -> Iterator[tuple[int, int, dict[int, float]]]:
        """Strings by their flips and the signs of sites that they do not flip."""
        for (flip, _), weights in self.operator.strings.items():
            parts: dict[int, dict[int, float]] = {}
            for sign, weight in weights.items():
                parts.setdefault(sign & ~flip, {})[sign & flip] = weight
            yield from ((flip, signs, part) for signs, part in parts.items())

    @cached_property
    def shape(self) -> tuple[int, int]:
        """Shape (D, D) with D = n! / (up! (n - up)!)."""
        D = math.comb(self.operator.sites, self.up)
        return D, D

    @property
    def dtype(self) -> np.dtype[Any]:
        """Of the elements, as in the whole space."""
        return self.operator.dtype

    @cached_property
    def halves(self) -> Halves:
        """Tables of the states."""
        return Halves(self.operator.sites, self.up)

    @cached_property
    def states(self) -> Whole:
        """Numbers of the states in the whole space, ascending, shape (D,)."""
        return self.halves.states()

    def rank(self, states: Whole) -> Whole:
        """Index of states, all of which must lie in the sector."""
        if np.any(np.bitwise_count(states) != self.up) or np.any(states >> self.operator.sites):
            raise InvalidInput(
                f"`states` must have {self.up} of {self.operator.sites} bits set, but some have not (got {_checks.shown(states)})"
            )
        return self.halves.rank(np.asarray(states, dtype=np.int64))

    @cached_property
    def diagonal(self) -> Real:
        """Elements between a state and itself, shape (D,)."""
        total = np.zeros(self.shape[0])
        for sign, weight in self.operator.strings.get((0, False), {}).items():
            total += weight * (1 - 2 * parity(self.states, sign))
        return total

    @cached_property
    def matrix(self) -> scipy.sparse.csr_array:
        """The same as a sparse matrix, which takes as many numbers as there are flips; for small sectors."""
        states = self.states
        rows, columns, values = [np.arange(states.size)], [np.arange(states.size)], [self.diagonal.astype(self.dtype)]
        for (flip, imaginary), weights in self.operator.strings.items():
            inside = np.flatnonzero(np.bitwise_count(states ^ flip) == self.up) if flip else np.empty(0, np.intp)
            element = sum((w * (1 - 2 * parity(states[inside], s)) for s, w in weights.items()), np.zeros(inside.size))
            rows.append(inside)
            columns.append(self.halves.rank(states[inside] ^ flip))
            values.append(element * (-1j if imaginary else 1))
        found = scipy.sparse.coo_array(
            (np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))), shape=self.shape
        ).tocsr()
        found.eliminate_zeros()
        return found

    def __matmul__(self, x: NDArray[Any]) -> NDArray[Any]:
        """Product with a vector (D,) or columns (D, k); cost as stated for the class, times k."""
        return self.matvec(x)

    def matvec(self, x: NDArray[Any], out: NDArray[Any] | None = None, *, less: bool = False) -> NDArray[Any]:
        """Product with a vector (D,) or columns (D, k), in the precision of x; into `out` where it is given.

        `less`: minus what `out` holds, as recurrences want it.
        """
        x = taken(x, self)
        out = room(x, out, less=less)
        if not self._compiled:
            put(self.matrix @ x, out, less=less)
            return out
        key = x.size, x.dtype.char, kernels.threads_now()
        product = self._products.get(key)
        if product is None:
            product = self._products[key] = self._product(*key)
        product(x, out, less)
        return out

    @cached_property
    def _products(self) -> dict[tuple[int, str, int], Product]:
        return {}

    def _product(self, size: int, char: str, threads: int) -> Product:
        """What puts H x into another array, for arrays of one size and type."""
        kind = real(np.dtype(char))
        width = size // self.shape[0] * (np.dtype(char).itemsize // kind.itemsize)
        threads = threads if width * self.shape[0] >= SHARE_ABOVE else 1
        kernel = kernels.compiled("caloriq.linalg._pauli_sectors_compiled")
        shares = windows(self.operator.strings, self.halves, width, threads)
        product: Callable[..., None] = kernel.product(width, self._strings(width, kind), shares, threads)
        return lambda x, out, less: product(x.reshape(-1).view(kind), out.reshape(-1).view(kind), less)

    def affine(self, factor: float, shift: float) -> SectorPauliSum:
        """The operator `factor` (H - `shift`)."""
        return SectorPauliSum(self.operator.affine(factor, shift), self.up)

    def bytes_per_product(self, columns: int = 1, dtype: Any = complex) -> int:
        """Bytes that a compiled product reads and writes where vectors fit into no cache, and its tables do."""
        kind = np.result_type(dtype, np.float32)
        strings = self._strings(columns * (kind.itemsize // real(kind).itemsize), real(kind))
        arrays = [*strings.inner, *(one for one in strings if isinstance(one, np.ndarray))]
        return 2 * self.shape[0] * columns * kind.itemsize + sum(one.nbytes for one in arrays)

    @cached_property
    def _compiled(self) -> bool:
        if self.operator.kernel == "auto":
            return self.shape[0] >= COMPILE_ABOVE and kernels.numba_available()
        return self.operator.kernel == "numba" and self.operator.sites > 1

    @cached_property
    def _cuts(self) -> dict[tuple[int, str], Strings]:
        return {}

    def _strings(self, width: int, dtype: np.dtype[Any]) -> Strings:
        key = width, dtype.char
        if key not in self._cuts:
            length = kernels.compiled("caloriq.linalg._tiles_compiled").length(dtype.itemsize)
            self._cuts[key] = cut(self.operator.strings, self.halves, width, dtype, length)
        return self._cuts[key]


def _check_conserved(flip: int, signs: int, weights: dict[int, float]) -> None:
    """Refuse strings on the same sites that together change the number."""
    sites = [j for j in range(flip.bit_length()) if flip >> j & 1]
    if len(sites) > MOST_FLIPS:
        raise Unsupported(
            f"`operator` must flip at most {MOST_FLIPS} sites with one string in a sector, but one flips more (got {len(sites)})"
        )
    patterns = np.arange(1 << len(sites))
    total = np.zeros(patterns.size)
    for sign, weight in weights.items():
        total += weight * (1 - 2 * parity(patterns, sum((sign >> j & 1) << k for k, j in enumerate(sites))))
    changed = 2 * np.bitwise_count(patterns) != len(sites)
    if np.any(np.abs(total[changed]) > ROUNDING * sum(map(abs, weights.values()))):
        beside = [j for j in range(signs.bit_length()) if signs >> j & 1]
        where = f" with Z on {', '.join(map(str, beside))}" if beside else ""
        raise Unsupported(
            f"`operator` must conserve the number of sites that are up, but its strings that flip the sites {', '.join(map(str, sites))}{where} change it (got {', '.join(f'{w:g}' for w in weights.values())}); take the whole space"
        )
