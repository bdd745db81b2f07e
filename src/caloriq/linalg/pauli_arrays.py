"""Product with a sum of Pauli strings in array operations alone: NumPy, CuPy, or any library of the array API."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, final

import numpy as np
from numpy.typing import NDArray

from caloriq._array import Library
from caloriq.linalg.pauli_plan import Flips, diagonal_of, parity


class Flip(NamedTuple):
    """Strings that flip the same sites.

    Attributes
    ----------
    shape : tuple of int
        A vector's axes, apart where a site is flipped or gives a sign.
    axes : tuple of int
        Those that are reversed.
    amplitude : array
        Broadcasts against that shape.
    """

    shape: tuple[int, ...]
    axes: tuple[int, ...]
    amplitude: Any


@final
@dataclass(frozen=True, eq=False)
class PauliArrays:
    """The operator, its numbers held by an array library.

    Attributes
    ----------
    library : Library
        Whose arrays are taken and given.
    diagonal : array, shape (2^n,)
        Elements between a state and itself.
    flips : tuple of Flip
        All others.
    """

    library: Library
    diagonal: Any
    flips: tuple[Flip, ...]

    def __matmul__(self, x: Any) -> Any:
        """Product with a vector (2^n,) or columns (2^n, k); 2^n multiply-adds for every flip and column, two vectors more."""
        xp = self.library.xp
        D = self.diagonal.shape[0]
        columns = xp.reshape(x, (D, -1))
        y = xp.reshape(self.diagonal, (D, 1)) * columns
        for shape, axes, amplitude in self.flips:
            flipped = xp.flip(xp.reshape(x, (*shape, -1)), axis=axes)
            y = y + xp.reshape(amplitude * flipped, columns.shape)
        return xp.reshape(y, x.shape)


def on(library: Library, strings: Flips, sites: int) -> PauliArrays:
    """The operator on the arrays of a library."""
    flips = tuple(
        _flip(flip, imaginary, weights, sites, library) for (flip, imaginary), weights in strings.items() if flip
    )
    diagonal = library.convert(diagonal_of(strings.get((0, False), {}), sites))
    return PauliArrays(library, diagonal, flips)


def _flip(flip: int, imaginary: bool, weights: Mapping[int, float], sites: int, library: Library) -> Flip:
    signs = 0
    for sign in weights:
        signs |= sign
    shape, axes, sizes, bits, gap = [], [], [], [], 1
    for j in reversed(range(sites)):
        if (flip | signs) >> j & 1:
            shape += [gap, 2]
            sizes += [1, 2 if signs >> j & 1 else 1]
            bits += [j] if signs >> j & 1 else []
            axes += [len(shape) - 1] if flip >> j & 1 else []
            gap = 1
        else:
            gap *= 2
    amplitude = _amplitude(weights, bits).reshape(*sizes, 1, 1)
    single = library.dtype == library.xp.float32
    if imaginary:
        found = library.xp.asarray((-1j * amplitude).astype(np.complex64 if single else np.complex128))
    else:
        found = library.convert(amplitude)
    return Flip((*shape, gap), tuple(axes), found)


def _amplitude(weights: Mapping[int, float], bits: list[int]) -> NDArray[np.float64]:
    """Σ weight (-1)^(bits in sign) over all values of some bits, the first one the most significant."""
    values = np.arange(1 << len(bits))
    total = np.zeros(values.size)
    for sign, weight in weights.items():
        inside = sum(1 << (len(bits) - 1 - k) for k, j in enumerate(bits) if sign >> j & 1)
        total += weight * (1 - 2 * parity(values, inside))
    return total
