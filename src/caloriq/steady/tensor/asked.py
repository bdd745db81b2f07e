"""Which operators are read of a tensor train, and what their numbers are in the results of a chain and of a lattice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from caloriq._checks import Real
from caloriq.models.lattice import densities
from caloriq.models.lattice.flows import Flows
from caloriq.models.lattice.model import Lattice
from caloriq.models.spins import SpinChain
from caloriq.spaces.strings import Strings, total
from caloriq.steady.bounds import Bounded, Numbers, capacity, energy_scale
from caloriq.steady.lattice.read import Read, Seen, brought
from caloriq.steady.tensor.cells import Cells
from caloriq.steady.tensor.chain import Chain
from caloriq.steady.tensor.reading import Reading

SPIN = "magnetisation"
LEAST = 1e-4  # of what could flow of a number, that errors of small flows are measured against
SHARE = 0.01  # the same of energy, which may flow hardly at all beside it
PROFILE = 0.05  # of a number, and of operators of norm one
FLOW = "flows"
FLOWS = ("currents", "excitation_currents", "heat_currents")


@dataclass(frozen=True, eq=False)
class Group:
    """Operators of one kind, the size below which their changes are not measured, and whether the work goes on until they stand."""

    name: str
    operators: list[Strings]
    floor: float
    leads: bool = True
    family: str = ""  # of those whose errors are alike, in their sizes; its own if it has none


@dataclass(frozen=True, eq=False)
class Asked:
    """Groups of operators of one model, and the chain that they are read of."""

    groups: tuple[Group, ...]
    cells: Cells

    @cached_property
    def chain(self) -> Chain:
        """What a relaxation reads."""
        operators = [one for group in self.groups for one in group.operators]
        kinds = np.repeat(np.arange(len(self.groups)), [len(group.operators) for group in self.groups])
        floors, leading = ([getattr(group, name) for group in self.groups] for name in ("floor", "leads"))
        names = [group.family or group.name for group in self.groups]
        families = [list(dict.fromkeys(names)).index(name) for name in names]
        return Chain(
            self.cells,
            Reading.of(self.cells, operators),
            kinds,
            np.array(floors),
            np.array(leading),
            np.array(families),
        )

    def of(self, name: str, values: Real) -> Real:
        """Numbers of one group."""
        at = 0
        for group in self.groups:
            if group.name == name:
                return values[at : at + len(group.operators)]
            at += len(group.operators)
        raise KeyError(name)


def of_spin_chain(model: SpinChain, cells: Cells, least: float = LEAST) -> Asked:
    """Everything that a `SteadyState` holds; `least` is the share of what could flow of a number, that is small."""
    lattice = cells.model
    flow, quantum = capacity(model), energy_scale(model)
    spins = densities.numbers(lattice, SPIN)
    moved = densities.current(lattice, SPIN)
    known = dict(zip(map(tuple, moved.bonds.tolist()), moved.operators, strict=True))
    bonds = list(zip(model.bonds.first.tolist(), model.bonds.second.tolist(), strict=True))
    up = [one + Strings(lattice.spaces, {(): 0.5}) for one in spins]
    all_up, baths = total(lattice.spaces, spins), [one for one in lattice.environments if not one.mixes]
    noise = [one for one in lattice.environments if one.mixes]
    halves = []
    for k, l in bonds:
        one = lattice.product(("S+", "S-"), [k, l])
        halves += [0.5 * (one + one.dagger()), -0.5j * (one - one.dagger())]
    H = lattice.strings
    nothing = Strings(lattice.spaces)
    return Asked(
        (
            Group("currents", [known.get(pair, nothing) for pair in bonds], least * flow, family=FLOW),
            Group("excitation_currents", [brought(one, all_up) for one in baths], least * flow, family=FLOW),
            Group("heat_currents", [brought(one, H) for one in baths], SHARE * flow * quantum, family=FLOW),
            Group(
                "dephasing_current",
                [brought(one, H) for one in noise] or [nothing],
                SHARE * flow * quantum,
                leads=False,
            ),
            Group("populations", up, 1.0),
            Group("population_differences", [up[k] - up[l] for k, l in bonds], PROFILE, leads=False),
            Group("coherences", halves, PROFILE, leads=False),
            Group("energy", [H], quantum * model.sites, leads=False),
        ),
        cells,
    )


def numbers_of(asked: Asked, values: Real, errors: Real) -> Numbers:
    """The numbers of a spin chain with their errors."""

    def taken(name: str) -> Bounded:
        return Bounded(asked.of(name, values).copy(), asked.of(name, errors).copy())

    halves = taken("coherences")
    single = {name: taken(name) for name in ("dephasing_current", "energy")}
    return Numbers(
        **{name: taken(name) for name in (*FLOWS, "populations", "population_differences")},
        coherences=Bounded(
            halves.value[0::2] + 1j * halves.value[1::2], np.hypot(halves.bound[0::2], halves.bound[1::2])
        ),
        **{name: Bounded(float(one.value[0]), float(one.bound[0])) for name, one in single.items()},
    )


def of_lattice(model: Lattice, cells: Cells, flows: Flows, least: float = LEAST) -> Asked:
    """Everything that a `LatticeState` holds; `least` is the share of what could flow of a number, that is small."""
    groups = []
    each = {of: densities.density(model, of) for of in densities.known(model)}
    for of, one in each.items():
        groups.append(Group(f"profiles {of}", list(one), PROFILE * largest(one)))
    for of in flows.carried:
        moved = flows.operators(of)
        groups.append(Group(f"currents {of}", moved, _share(of, least) * largest(moved), family=FLOW))
    for of, one in each.items():
        whole = total(model.spaces, one)
        into = [brought(environment, whole) for environment in model.environments]
        groups.append(Group(f"inflows {of}", into, _share(of, least) * largest(into), family=FLOW))
    groups.append(Group("energy", [model.strings], largest([model.strings]), leads=False))
    return Asked(tuple(groups), cells)


def _share(of: str, least: float) -> float:
    """Of what could flow of a density, that is small."""
    return SHARE if of == densities.ENERGY else least


def largest(operators: Sequence[Strings]) -> float:
    """Norm (Tr A²/D)^½ of the largest; 1 where there is none."""
    return max([one.norm for one in operators], default=0.0) or 1.0


def read_of(asked: Asked, flows: Flows, values: Real, errors: Real) -> Read:
    """The numbers of a lattice with their errors."""

    def seen(name: str) -> Seen:
        norms = np.array([one.norm for group in asked.groups if group.name == name for one in group.operators])
        return Seen(asked.of(name, values).copy(), asked.of(name, errors).copy(), norms)

    every = densities.known(flows.model)
    return Read(
        {of: seen(f"profiles {of}") for of in every},
        {of: seen(f"currents {of}") for of in flows.carried},
        {of: seen(f"inflows {of}") for of in every},
        seen("energy"),
    )
