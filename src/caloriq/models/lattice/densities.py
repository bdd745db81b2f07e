r"""Densities of a lattice and their currents, as operators; whether they are conserved, exactly.

Energy: every term belongs to its sites in equal shares, :math:`h_x`, and
:math:`\dot h_x = i[H, h_x] = \sum_y j_{y\to x}` with :math:`j_{y\to x} = i[h_y, h_x]`, antisymmetric, on any graph.
A number (magnetisation, particles) :math:`a_x` is moved by the parts of H that raise it on some sites as much as they lower it
on others.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from caloriq import wording
from caloriq._checks import shown
from caloriq.errors import InvalidInput, Unsupported
from caloriq.spaces.local import LocalSpace, Row
from caloriq.spaces.strings import Gathered, Strings, total

if TYPE_CHECKING:
    from caloriq.models.lattice.model import Lattice

ENERGY = "energy"
Places = NDArray[np.intp] | int


@dataclass(frozen=True, eq=False)
class Current:
    """Flows of one density between pairs of sites.

    Attributes
    ----------
    of : str
        What is carried.
    bonds : array of int, shape (P, 2)
        Pairs x < y.
    operators : tuple of Strings, length P
        What flows from x to y, in the density's unit times the unit of energy (ħ = 1).
    """

    of: str
    bonds: NDArray[np.intp]
    operators: tuple[Strings, ...]


def known(model: Lattice) -> tuple[str, ...]:
    """What a density of the model can be of."""
    return (ENERGY, *dict.fromkeys(name for space in model.spaces for name in space.numbers))


def check_known(model: Lattice, of: str, *, argument: str = "of") -> None:
    """Refuse a density that the sites do not have."""
    names = known(model)
    if of not in names:
        remedy = wording.remedy(of, names, f"known are {', '.join(names)}")
        raise InvalidInput(f"`{argument}` must be a density of the model, but it is not (got {shown(of)}); {remedy}")


def density(model: Lattice, of: str = ENERGY) -> tuple[Strings, ...]:
    """Density of every site: its share of the energy, or its number.

    Raises
    ------
    InvalidInput
        If the sites have no such number.
    """
    check_known(model, of)
    return energies(model) if of == ENERGY else numbers(model, of)


def energies(model: Lattice) -> tuple[Strings, ...]:
    """h_x: every term in equal shares on the sites that it names."""
    model.check_constant()
    parts: list[list[Strings]] = [[] for _ in model.spaces]
    for placed in model.placed:
        for row, operator in zip(placed.sites.tolist(), model.operators(placed), strict=True):
            mine = sorted(set(row))
            for site in mine:
                parts[site].append((1 / len(mine)) * operator)
    return tuple(total(model.spaces, own) for own in parts)


def numbers(model: Lattice, of: str) -> tuple[Strings, ...]:
    """a_x, nothing on sites that have no such number."""
    found = []
    for site, space in enumerate(model.spaces):
        row = space.expanded(np.diag(space.numbers[of])) if of in space.numbers else ()
        found.append(Strings(model.spaces, {((site, a),) if a else (): f for a, f in row}))
    return tuple(found)


@lru_cache(maxsize=64)
def moves(space: LocalSpace, of: str) -> tuple[Row, ...]:
    """Rows of B_a ↦ [q, B_a], by how much an operator raises the number."""
    if of not in space.numbers:
        return ((),) * space.levels**2
    q = np.asarray(space.numbers[of])
    return space.mapped((q[:, None] - q[None, :]) * space.basis)


def changed(model: Lattice, operator: Strings, of: str) -> Strings:
    """[Σ_x a_x, A]."""
    gathered = Gathered()
    for string, c in operator.terms.items():
        for place, (site, a) in enumerate(string):
            for b, f in moves(model.spaces[site], of)[a]:
                gathered.add((*string[:place], (site, b), *string[place + 1 :]), c * f)
    return Strings(model.spaces, gathered.kept())


def violation(model: Lattice, of: str) -> tuple[float, str]:
    """‖[H, Σ a_x]‖, and which term does most of it, in words; 0 where it is conserved."""
    left = changed(model, model.strings, of)
    if not left.terms:
        return 0.0, ""
    worst, told = 0.0, ""
    for number, placed in enumerate(model.placed):
        own = changed(model, total(model.spaces, model.operators(placed)), of)
        share = abs(left.overlap(own))
        if share > worst:
            worst, told = share, f"term {number}, {placed.label!r}"
    return left.norm, told


def check_conserved(model: Lattice, of: str) -> None:
    """Refuse a density that is not conserved; names the term that breaks it, and by how much.

    Raises
    ------
    InvalidInput
        If the sites have no such number.
    Unsupported
        If H does not conserve its sum.
    """
    check_known(model, of)
    if of == ENERGY:
        return
    norm, told = violation(model, of)
    if norm:
        raise Unsupported(
            f"`of` must be a conserved density, but the {of} is changed by {told}: ‖[H, Σa]‖ = {norm:.3g} in the norm (Tr A†A/D)^½ (got {of!r}); take of='energy'"
        )


def current(model: Lattice, of: str = ENERGY) -> Current:
    """Flows between pairs of sites.

    Raises
    ------
    InvalidInput
        If the sites have no such number.
    Unsupported
        If it is not conserved; names the term and the norm that breaks it.
    """
    check_conserved(model, of)
    flows = _energy_flows(energies(model)) if of == ENERGY else _number_flows(model, of)
    pairs = sorted(pair for pair, flow in flows.items() if flow.terms)
    return Current(of, np.array(pairs, dtype=np.intp).reshape(-1, 2), tuple(flows[pair] for pair in pairs))


def _energy_flows(h: Sequence[Strings]) -> dict[tuple[int, int], Strings]:
    """j_{x→y} = i[h_x, h_y] of pairs x < y."""
    at: defaultdict[int, list[int]] = defaultdict(list)
    for x, one in enumerate(h):
        for site in one.sites:
            at[site].append(x)
    pairs = {(x, y) for near in at.values() for i, x in enumerate(near) for y in near[i + 1 :]}
    return {(x, y): 1j * h[x].commutator(h[y]) for x, y in pairs}


def _number_flows(model: Lattice, of: str) -> dict[tuple[int, int], Strings]:
    """What every part of H takes from x to y: where it moves the number by Δ, dΣ/dt = i Δ_x h_Δ, shared by who gains."""
    flows: defaultdict[tuple[int, int], Gathered] = defaultdict(Gathered)
    for part in model.strings.by_support().values():
        for steps, h in moved_by(model, part, of):
            gained = [(x, d) for x, d in steps if d > 0]
            lost = [(y, d) for y, d in steps if d < 0]
            up = sum(d for _, d in gained)
            for x, a in gained:
                for y, b in lost:
                    # da_x/dt = i[H, a_x] = -i Δ_x h_Δ, of which y gives the share b/Σb: from y to x
                    j = (-1j * a * -b / up) * h
                    low, high, sign = (y, x, 1) if y < x else (x, y, -1)
                    flows[low, high].add_all((sign * j).terms)
    return {pair: Strings(model.spaces, flow.kept()) for pair, flow in flows.items()}


def moved_by(model: Lattice, operator: Strings, of: str) -> list[tuple[tuple[tuple[int, float], ...], Strings]]:
    """Parts of an operator that raise the number of each site by fixed steps: ((site, step), ...) of steps that are not 0."""
    parts: list[tuple[tuple[tuple[int, float], ...], Strings]] = [((), operator)]
    for site in operator.sites:
        space = model.spaces[site]
        if of not in space.numbers:
            continue
        q = np.asarray(space.numbers[of])
        steps = np.unique(np.round(q[:, None] - q[None, :], 12))
        tables = _projectors(space, of)
        split = []
        for told, part in parts:
            for step in steps.tolist():
                piece = part.acted(site, tables[step])
                if piece.terms:
                    split.append(((*told, (site, step)) if step else told, piece))
        parts = split
    return parts


@lru_cache(maxsize=64)
def _projectors(space: LocalSpace, of: str) -> dict[float, tuple[Row, ...]]:
    """For every step of the number: rows of the part of B_a that makes it."""
    q = np.asarray(space.numbers[of])
    change = np.round(q[:, None] - q[None, :], 12)
    return {step: space.mapped(np.where(change == step, space.basis, 0.0)) for step in np.unique(change).tolist()}


def continuity(model: Lattice, of: str = ENERGY) -> float:
    """Largest ‖da_x/dt - Σ_y j_{y→x}‖ over the sites, relative to the largest ‖da_x/dt‖, in the norm (Tr A†A/D)^½: rounding.

    Raises
    ------
    InvalidInput
        If the sites have no such number.
    Unsupported
        If it is not conserved; names the term and the norm that breaks it.
    """
    flows = current(model, of)
    into: list[Strings] = [Strings(model.spaces) for _ in model.spaces]
    for (x, y), j in zip(flows.bonds.tolist(), flows.operators, strict=True):
        into[y] = into[y] + j
        into[x] = into[x] - j
    worst = scale = 0.0
    for x, a in enumerate(density(model, of)):
        change = 1j * model.strings.commutator(a)
        worst, scale = max(worst, (change - into[x]).norm), max(scale, change.norm)
    return worst / scale if scale else worst


def total_current(model: Lattice, of: str = ENERGY, axis: str = "x") -> Strings:
    """J = ½ Σ_{xy} (r_y - r_x) j_{x→y} along an axis, nearest images where the lattice closes on itself.

    Raises
    ------
    InvalidInput
        If something flows half around the lattice, where neither way is the nearer one.
    """
    flows = current(model, of)
    far = displacements(model, flows.bonds[:, 0], flows.bonds[:, 1], axis)
    if getattr(model.geometry, "periodic", False) and far.size:
        r = model.geometry.coordinates(model.size)[:, "xyz".index(axis)]
        if 2 * np.abs(far).max() >= r.max() - r.min() + 1:
            raise InvalidInput(
                f"`sites` must be more than twice what the current of {of} reaches around the lattice, but they are not (got {model.size} sites); take more"
            )
    return total(model.spaces, [float(d) * j for d, j in zip(far, flows.operators, strict=True)])


def displacements(model: Lattice, start: Places, end: Places, axis: str = "x") -> NDArray[np.float64]:
    """From sites to others along an axis, to the nearest images where the lattice closes on itself."""
    r = model.geometry.coordinates(model.size)[:, "xyz".index(axis)]
    far: NDArray[np.float64] = np.asarray(r[end]) - r[start]
    if getattr(model.geometry, "periodic", False):
        period = r.max() - r.min() + 1
        far = far - period * np.round(far / period)
    return far
