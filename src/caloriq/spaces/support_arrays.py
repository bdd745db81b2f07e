"""i[H, ·] on strings of bounded support in any array namespace: what a GPU takes; dense panels, a matrix product each."""

from __future__ import annotations

from typing import Any, final

import numpy as np

from caloriq.spaces.support import SupportSpace


@final
class SupportArrays:
    """Products of a space by the functions of a namespace.

    Parameters
    ----------
    space : SupportSpace
        Strings and H.
    xp : module
        Array namespace: NumPy, CuPy, torch by `array_api_compat`, or any other of the standard.

    Notes
    -----
    Every panel is a dense matrix of up to 1000 strings: some 500 multiply-adds for every number, which GPUs do as fast as they read it.
    """

    def __init__(self, space: SupportSpace, xp: Any) -> None:
        self.space, self.xp = space, xp
        self._panels = [
            (one.outer, one.size, one.inner, xp.asarray(one.matrix.toarray(), dtype=xp.float64)) for one in space.groups
        ]
        own, _ = space.before
        self._before = own.size, own.inner, xp.asarray(own.matrix.toarray(), dtype=xp.float64)

    def product(self, v: Any) -> Any:
        """i[H, v], shape (size,)."""
        xp, space, B = self.xp, self.space, self.space.letters
        u = xp.zeros(space.size, dtype=xp.float64)
        for outer, size, inner, M in self._panels:
            u = u + xp.reshape(xp.matmul(M, xp.reshape(v, (outer, size, inner))), (space.size,))
        size, inner, M = self._before
        made = xp.reshape(xp.matmul(M, xp.reshape(v, (size, inner))), (size // B * inner,))
        for empty in range(1, space.chain.reach):
            # windows with so many empty cells in front stand in a row, and go where they stand without
            low, high, move = space.size // B ** (empty + 1), space.size // B**empty, B**empty
            u[low * move : high * move : move] = u[low * move : high * move : move] + made[low:high]
        return self._repeated(u)

    def _repeated(self, u: Any) -> Any:
        """Strings that begin later have the numbers of those moved to the front."""
        B, end = self.space.letters, self.space.size
        while end > B:
            # windows with one more empty cell in front
            u[end // B**2 : end // B] = u[end // B : end : B]
            end //= B
        u[0:1] = self.xp.zeros(1, dtype=self.xp.float64)
        return u

    def asarray(self, v: Any) -> Any:
        """A vector of the space in the namespace."""
        return self.xp.asarray(np.asarray(v), dtype=self.xp.float64)
