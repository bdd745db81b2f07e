"""Numbers that are asked of a steady state, and others whose mean is known to be zero, as linear functions of what is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy

from caloriq._checks import Real
from caloriq.models.lattice import densities
from caloriq.models.lattice.densities import ENERGY
from caloriq.models.lattice.model import Lattice
from caloriq.spaces.strings import Strings, total
from caloriq.steady.jumps.rows import Rows
from caloriq.steady.lattice.read import brought

FLIPPED = 4  # sites of the operators whose change is a control, at most


@dataclass(frozen=True, eq=False)
class Asked:
    """What is read at every look, and what is made of it.

    Attributes
    ----------
    rows : Rows
        Operators that are read.
    names : mapping of str to slice
        Where the numbers of a name stand.
    numbers : sparse array, shape (Q, rows)
        The numbers of means of the rows.
    constants : array, shape (Q,)
        What is added to them.
    controls : sparse array, shape (C, rows)
        𝓓†A of every control, of means of the rows.
    turned : sparse array, shape (C, rows)
        i[H, A] of it, of what H does to the rows.
    added : array, shape (C,)
        What is added to the controls.
    continuous : int
        How many of the controls, the first, are changes of densities.
    """

    rows: Rows
    names: Mapping[str, slice]
    numbers: Any
    constants: Real
    controls: Any
    turned: Any
    added: Real
    continuous: int

    def values(self, looks: Real) -> tuple[Real, Real]:
        """Numbers (L, Q) and controls (L, C) of looks, shape (L, rows, 2)."""
        still, moved = looks[:, :, 0].T, looks[:, :, 1].T
        numbers = np.asarray(self.numbers @ still).T + self.constants
        controls = np.asarray(self.controls @ still + self.turned @ moved).T + self.added
        return numbers, controls


def asked(model: Lattice, groups: Mapping[str, Sequence[Strings]], *, controlled: bool = True) -> Asked:
    """Of groups of hermitian operators by name.

    Parameters
    ----------
    model : Lattice
        H and its environments, which say what the controls are.
    groups : mapping of str to sequence of Strings
        What is asked for.
    controlled : bool
        Whether other controls than those of continuity are read.
    """
    rows = Rows()
    names, start = {}, 0
    for name, operators in groups.items():
        names[name] = slice(start, start + len(operators))
        start += len(operators)
    numbers, constants = rows.matrix([one for operators in groups.values() for one in operators])
    held = conserved(model)
    watched = [*held, *(changing(model) if controlled else ())]
    turned, _ = rows.matrix(watched)
    lost, added = rows.matrix([dissipated(model, one) for one in watched])
    count = len(rows.operators)
    return Asked(
        rows,
        names,
        _linear(numbers, count),
        constants,
        _linear(lost, count),
        _linear(turned, count),
        added,
        len(held),
    )


def conserved(model: Lattice) -> list[Strings]:
    """Densities of numbers that H conserves, of every site, and H itself: what changes in them says what flows."""
    found = [one for name in model.symmetries.conserved for one in densities.numbers(model, name)]
    return [one for one in (*found, model.strings) if any(one.terms)]


def changing(model: Lattice) -> list[Strings]:
    """What else is local: the parts of H on pairs of sites, and the currents of its numbers."""
    pairs = [part for sites, part in model.strings.by_support().items() if len(sites) > 1 and _moves(part)]
    flows = [one for name in model.symmetries.conserved for one in densities.current(model, name).operators]
    return [one for one in (*pairs, *flows) if 1 < len(one.sites) <= FLIPPED]


def _moves(part: Strings) -> bool:
    """Whether an operator leads from product states to others."""
    return any(not part.spaces[x].is_diagonal(a) for string in part.terms for x, a in string)


def dissipated(model: Lattice, operator: Strings) -> Strings:
    """𝓓†A of all environments."""
    return total(model.spaces, [brought(one, operator) for one in model.environments])


def _linear(found: Sequence[tuple[int, float]], count: int) -> scipy.sparse.csr_array:
    there = [(k, place, factor) for k, (place, factor) in enumerate(found) if place >= 0]
    data = [factor for _, _, factor in there]
    places = [k for k, _, _ in there], [place for _, place, _ in there]
    return scipy.sparse.coo_array((data, places), shape=(len(found), count)).tocsr()


def heat(model: Lattice) -> Strings:
    """H."""
    return total(model.spaces, densities.density(model, ENERGY))
