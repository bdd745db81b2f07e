r"""Towards the steady profile of a conserved number without waiting for its diffusion.

A profile of length N relaxes in a time of order N², the currents that belong to it in one of a few collisions. Between two
spells of evolution the profile is therefore moved to where the currents that are measured would leave nothing over,

.. math::
    D_{c-1}(\delta_{c-1}-\delta_c) - D_c(\delta_c-\delta_{c+1}) - G_c\delta_c = -\dot n_c ,

with the conductance D of every cut from its current and its drop, and that of the baths, G, exactly; then every cell is tilted,
ρ ↦ e^{ha/2} ρ e^{ha/2}, to its new mean. A steady state is left as it is, so that nothing depends on this but the time that it takes.
The same idea speeds up neutron transport (diffusion synthetic acceleration: Kopp, Nucl. Sci. Eng. 17, 65 (1963)) and our sector method.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy

from caloriq._checks import Real
from caloriq.linalg.tensor_train import Train
from caloriq.models.lattice.densities import current, numbers
from caloriq.spaces.strings import Strings, total
from caloriq.steady.tensor.cells import Cells
from caloriq.steady.tensor.reading import Reading, words

APART = 10.0  # times the median that a conductance may be above it
ALONG = 0.6  # share of the cuts whose current runs down the profile, below which there is no diffusion to follow
ROOM = 0.5  # of the way to the most and the least that a cell can hold, that it is moved at most
EDGE = 0.02  # of what a cell can hold, that a start keeps away from its ends
EMPTY = 1e-12  # drop, in units of what a cell can hold, that is none


@dataclass(frozen=True, eq=False)
class Profile:
    """One conserved number: what every cell has of it, and what flows between them.

    Attributes
    ----------
    cells : Cells
        The chain.
    of : str
        The number.
    reading : Reading
        Densities of the C cells, then currents through the C - 1 cuts.
    conductances : array, shape (C,)
        By how much less an environment brings to a cell that has one more.
    alone : array, shape (C,)
        What a cell would have by its environments alone.
    """

    cells: Cells
    of: str
    reading: Reading
    conductances: Real
    alone: Real

    @classmethod
    def of_number(cls, cells: Cells, of: str) -> Profile:
        """Of a number that H conserves."""
        model, C = cells.model, cells.count
        sites = numbers(model, of)
        density = [total(model.spaces, [sites[x] for x in cells.sites(c)]) for c in range(C)]
        through: list[list[Strings]] = [[] for _ in range(C - 1)]
        flow = current(model, of)
        for (x, y), operator in zip(flow.bonds.tolist(), flow.operators, strict=True):
            for cut in range(cells.place(x), cells.place(y)):
                through[cut].append(operator)
        into: list[list[Strings]] = [[] for _ in range(C)]
        for jump in cells.jumps:
            first, last = cells.reach(jump)
            for c in range(first, last + 1):
                lost = 0.5 * (jump.dagger() @ density[c].commutator(jump) + jump.dagger().commutator(density[c]) @ jump)
                into[c].append(lost)
        inflow = [total(model.spaces, one) for one in into]
        G, alone = np.zeros(C), np.zeros(C)
        for c in range(C):
            moving = Strings(model.spaces, {s: v for s, v in density[c].terms.items() if s})
            if moving.terms:
                G[c] = -inflow[c].overlap(moving).real / moving.norm**2
                G[c] = G[c] if G[c] > 0 else 0.0
                alone[c] = density[c].trace.real + (inflow[c].trace.real / G[c] if G[c] else 0.0)
        cuts = [total(model.spaces, one) for one in through]
        return cls(cells, of, Reading.of(cells, [*density, *cuts]), G, alone)

    def split(self, values: Real) -> tuple[Real, Real]:
        """Densities and currents."""
        return values[: self.cells.count], values[self.cells.count :]

    def wanted(self, values: Real, growth: Real) -> Real | None:
        """Densities at which nothing would grow; None where the currents do not run down the profile.

        Parameters
        ----------
        values : array
            What `reading` reads.
        growth : array, shape (C,)
            What every cell gains per time, as it is seen from step to step: of the steps' own steady state nothing is left over.
        """
        n, j = self.split(values)
        drop = n[:-1] - n[1:]
        low, high = self._range
        held = float(np.max(high - low))
        with np.errstate(divide="ignore", invalid="ignore"):
            D = np.where(np.abs(drop) > EMPTY * held, j / drop, np.nan)
        along = D > 0
        if not D.size or np.count_nonzero(along) < ALONG * D.size:
            return None
        middle = float(np.median(D[along]))
        D = np.where(
            along, np.minimum(D, APART * middle), middle
        )  # a weak link is weak, a flat piece is not a short circuit
        diagonal = np.append(D, 0.0) + np.append(0.0, D) + self.conductances
        if not np.any(self.conductances > 0):
            return None
        band = np.zeros((3, n.size))
        band[0, 1:], band[1], band[2, :-1] = -D, diagonal, -D
        change = scipy.linalg.solve_banded((1, 1), band, growth)
        return np.asarray(np.clip(n + change, n - ROOM * (n - low), n + ROOM * (high - n)))

    @property
    def _range(self) -> tuple[Real, Real]:
        """The least and the most that every cell can hold."""
        found = [np.ptp(self.cells.levels(c, self.of)) for c in range(self.cells.count)]
        low = np.array([float(self.cells.levels(c, self.of).min()) for c in range(self.cells.count)])
        return low, low + np.array(found)

    def tilt(self, train: Train, wanted: Real) -> None:
        """Move every cell to its new mean."""
        asked = [(c, (a,)) for c in range(self.cells.count) for a in range(self.cells.letters[c])]
        seen, at = words(train.dense(), asked), 0
        for c, goal in enumerate(wanted.tolist()):
            letters = self.cells.letters[c]
            train.multiply(c, self._tilt(c, seen[at : at + letters], goal))
            at += letters
        train.orthogonalise()

    def _tilt(self, cell: int, x: Real, goal: float) -> Real:
        """Map of the elements x of one cell, shape (letters,), that gives it a mean."""
        basis, levels = self.cells.basis(cell), self.cells.levels(cell, self.of)
        chances = np.einsum("a,aii->i", x, basis).real / basis.shape[1]
        root = np.exp(_tilted(np.clip(chances, 0.0, None), levels, goal) * (levels - levels.mean()) / 2)
        image = root[:, None] * basis * root
        found: Real = np.einsum("aij,bji->ab", image, basis).real / basis.shape[1]
        return found

    def begun(self, vectors: list[Real]) -> list[Real]:
        """Product vectors with the number on a line between what the environments would give the cells that they feed."""
        fed = np.flatnonzero(self.conductances > 0)
        if not fed.size:
            return vectors
        low, high = self._range
        alone = self.alone[fed]
        line = np.interp(np.arange(len(vectors)), fed, alone)
        goals = np.clip(line, low + EDGE * (high - low), high - EDGE * (high - low))
        found = []
        for c, (x, goal) in enumerate(zip(vectors, goals.tolist(), strict=True)):
            moved = self._tilt(c, x, goal) @ x
            found.append(moved / moved[0])
        return found


def _tilted(chances: Real, levels: Real, goal: float) -> float:
    """H at which the mean of the levels under chances e^{h a} is the goal."""
    if np.ptp(levels) == 0 or np.count_nonzero(chances) < 2:
        return 0.0
    scale = float(np.ptp(levels))

    def off(h: float) -> float:
        weight = chances * np.exp(h * (levels - levels.mean()))
        return float(weight @ levels / weight.sum()) - goal

    reach = 30.0 / scale
    if off(-reach) * off(reach) > 0:
        return 0.0
    found: Any = scipy.optimize.brentq(off, -reach, reach, xtol=1e-13)
    return float(found)


def profile_of(cells: Cells) -> Profile | None:
    """That of the number that moves along the chain; None where H conserves none that differs from state to state."""
    for of in cells.model.symmetries.conserved:
        found = Profile.of_number(cells, of)
        if any(np.ptp(cells.levels(c, of)) > 0 for c in range(cells.count)):
            return found
    return None
