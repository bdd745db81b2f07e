"""Energy shells: product states of bands with one total energy, and the channels that connect them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_array

from caloriq._checks import Real
from caloriq.spaces.basis import Basis, weights
from caloriq.spaces.terms import Term

Pair = tuple[int, int]
Channel = tuple[Pair, Pair]


class Transfers(NamedTuple):
    """Couplings between configurations of a shell, by bond and channel; shape (K,) each."""

    # first and second: configurations whose bands on the bond are the channel's first and second pair state
    first: NDArray[np.intp]
    second: NDArray[np.intp]
    bond: NDArray[np.intp]  # bond and channel: where, and which of the model's channels
    channel: NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Shell:
    """Product states of bands with one total energy, to within the widths of the bands."""

    # E of its first configuration, in the unit of `gap`; others' differ where bands are resonant within their widths alone
    energy: float
    configurations: NDArray[np.intp]  # band of every subunit, in lexical order, shape (C, N)
    bands: int  # B, of a subunit
    channels: tuple[Channel, ...]  # of the model

    @cached_property
    def transfers(self) -> Transfers:
        """What is coupled to what."""
        N = self.configurations.shape[1]
        # subunits from the end: configurations in lexical order are states in ascending order
        basis = Basis(self.bands, N, self.configurations[:, ::-1] @ weights(self.bands, N))
        jumps = _jumps(self.channels, self.bands)
        found = [np.empty((4, 0), dtype=np.intp)]
        for bond in range(N - 1):
            there, here, channel = basis.entries([Term((N - 1 - bond, N - 2 - bond), jump) for jump in jumps])
            found.append(np.stack([here, there, np.full_like(here, bond), channel.astype(np.intp)]))
        return Transfers(*np.concatenate(found, axis=1))

    def carried(self, band_energies: Real) -> Real:
        """Energy that a transfer from its first to its second configuration takes over every bond, shape (K, N-1).

        The mean of what the left subunit loses and what the right one gains: the same for resonant bands.
        """
        t, N = self.transfers, self.configurations.shape[1]
        taken: Real = np.zeros((t.bond.size, N - 1))
        E = band_energies[self.configurations]
        lost = E[t.first, t.bond] - E[t.second, t.bond]
        gained = E[t.second, t.bond + 1] - E[t.first, t.bond + 1]
        taken[np.arange(t.bond.size), t.bond] = lost + (gained - lost) / 2
        return taken


@lru_cache(maxsize=8)
def _jumps(channels: tuple[Channel, ...], bands: int) -> tuple[csc_array, ...]:
    """Every channel as an operator of two subunits, whose one element is its number."""
    return tuple(
        csc_array(([number], ([k * bands + l], [i * bands + j])), shape=(bands**2, bands**2))
        for number, ((i, j), (k, l)) in enumerate(channels)
    )
