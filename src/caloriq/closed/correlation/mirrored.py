"""Sectors that a flip of all spins turns into one another: their correlations are the same.

With F H F† = H, F A F† = ±A and F B F† = ±B of the same sign, Tr_N e^{-H/T} A(t)B of the states of one sector is that of the sector
that F makes of it, at every temperature and time.
"""

from __future__ import annotations

from collections.abc import Sequence

from caloriq.closed.lattice.blocks import FLIPS, opposite
from caloriq.models.lattice.model import Lattice
from caloriq.models.lattice.space import Space, sectors
from caloriq.models.lattice.symmetries import sign_under
from caloriq.spaces.strings import Strings


def mirrored(model: Lattice, A: Sequence[Strings], B: Strings) -> list[tuple[int, Space, int]]:
    """Sectors that stand for all, each with its place among all of them, and for how many it stands: 1 or 2."""
    every = sectors(model, (*A, B))
    flip = next((one for one in FLIPS if one in model.symmetries.parities), None)
    signs = {0} if flip is None else {sign_under(model, one, flip) for one in (*A, B)}
    place = {tuple(space.totals.values()): n for n, space in enumerate(every)}
    found = []
    for n, space in enumerate(every):
        turned = opposite(space) if signs in ({1}, {-1}) else None
        other = n if turned is None else place[tuple(turned.values())]
        if other >= n:
            found.append((n, space, 1 if other == n else 2))
    return found
