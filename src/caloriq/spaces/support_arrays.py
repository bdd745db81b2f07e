"""i[H, ·] on strings of bounded support in any array namespace: what a GPU takes; dense panels, a matrix product each."""

from __future__ import annotations

from typing import Any, final

from caloriq._array import Library
from caloriq.spaces.support import SupportSpace


@final
class SupportArrays:
    """Products of a space, its numbers held by an array library.

    Parameters
    ----------
    space : SupportSpace
        Strings and H.
    library : Library
        Whose arrays are taken and given; it must assign to slices, as the standard asks.

    Notes
    -----
    Every panel is a dense matrix of up to 1000 strings: some 500 multiply-adds for every number, which GPUs do as fast as they read it.
    """

    def __init__(self, space: SupportSpace, library: Library) -> None:
        self.space, self.library = space, library
        self._panels = [(one.outer, one.size, one.inner, library.convert(one.matrix.toarray())) for one in space.groups]
        own, _ = space.before
        self._before = own.size, own.inner, library.convert(own.matrix.toarray())

    def product(self, v: Any) -> Any:
        """i[H, v], shape (size,)."""
        xp, space, B = self.library.xp, self.space, self.space.letters
        u = xp.zeros(space.size, dtype=self.library.dtype)
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
        u[0] = 0.0
        return u
