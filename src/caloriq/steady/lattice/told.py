"""What is told of an open lattice at every instant: numbers, entropies, and the checks of both."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from types import MappingProxyType
from typing import Any

import numpy as np

from caloriq._checks import Complex, Real
from caloriq.models.lattice.densities import ENERGY
from caloriq.models.lattice.flows import Flows
from caloriq.results import Check, frozen
from caloriq.steady.bounds import Bounded
from caloriq.steady.entropy import by_temperatures
from caloriq.steady.lattice.coupled_generator import CoupledGenerator
from caloriq.steady.lattice.generator import Generator
from caloriq.steady.lattice.read import Asked
from caloriq.steady.lattice.reader import Reader
from caloriq.steady.lattice.solve import CUT, POSITIVE, last_levels
from caloriq.steady.mixing import of_block, total_production

ERROR = 1e-9  # of a density matrix in the trace norm
CONTINUOUS = 1e-10  # of what is left over of a balance, relative to what could flow


@dataclass(frozen=True, eq=False)
class Teller:
    """All functionals of a state, and their places among the rows of one reader.

    Attributes
    ----------
    made : Generator or CoupledGenerator
        Of the master equation.
    flows : Flows
        Currents of its lattice.
    reader : Reader
        All functionals.
    places : mapping of (kind, density) to slice
        "profiles", "currents", "inflows"; "energy"; "last" are the last levels of bosons.
    """

    made: Generator | CoupledGenerator
    flows: Flows
    reader: Reader
    places: dict[tuple[str, str], slice]

    @classmethod
    def of(cls, made: Generator | CoupledGenerator) -> Teller:
        """Of a generator."""
        flows = Flows(made.model)
        asked = Asked(made, flows).operators
        groups: dict[tuple[str, str], Any] = {}
        for kind in ("profiles", "currents", "inflows"):
            groups |= {(kind, of): operators for of, operators in getattr(asked, kind).items()}
        groups["energy", ""] = asked.energy
        groups["last", ""] = [made.blocks.split(one) for one in last_levels(made.model)]
        ends = pairwise(np.cumsum([0, *map(len, groups.values())]).tolist())
        places = {name: slice(a, b) for name, (a, b) in zip(groups, ends, strict=True)}
        return cls(made, flows, Reader.of(made.blocks, [one for group in groups.values() for one in group]), places)

    @cached_property
    def into(self) -> Any:
        """From currents along the bonds to what comes in at every site, shape (N, B)."""
        found = np.zeros((self.made.model.size, len(self.flows.bonds)))
        for k, (x, y) in enumerate(self.flows.bonds.tolist()):
            found[x, k] -= 1
            found[y, k] += 1
        return found

    @cached_property
    def temperatures(self) -> list[float | None]:
        """Of every environment but dephasing."""
        return [one.temperature for one in self.made.sources if not one.mixes]

    @cached_property
    def tempered(self) -> Any:
        """Which environments are not dephasing, which acts as one at infinite temperature does."""
        return np.array([not one.mixes for one in self.made.sources])


@dataclass(eq=False)
class Record:
    """Numbers at all instants, as they come."""

    teller: Teller
    times: Real
    values: Real = field(init=False)
    bounds: Real = field(init=False)
    entropies: Real = field(init=False)  # S, dS/dt - ΣJ/T, -ΣJ/T, and their bounds, shape (T, 6)
    worst: dict[str, float] = field(init=False)

    def __post_init__(self) -> None:
        K = len(self.teller.reader.norms)
        self.values, self.bounds = np.zeros((self.times.size, K)), np.zeros((self.times.size, K))
        self.entropies = np.zeros((self.times.size, 6))
        self.worst = {}

    def take(self, k: int, state: Complex, slope: Complex, error: float) -> None:
        """Read everything of the state at one instant, whose error in the trace norm is at most `error`."""
        teller, blocks = self.teller, self.teller.made.blocks
        found = teller.reader.read(state, error)
        self.values[k], self.bounds[k] = found.value, found.bound
        rho, change = ([(A + A.conj().T) / 2 for A in blocks.matrices(v)] for v in (state, slope))
        speed = teller.made.speed
        parts = [
            of_block(one, moved, error, speed * error, start=self.times[k] == 0)
            for one, moved in zip(rho, change, strict=True)
        ]
        S, S_error, growth, growth_error = (float(sum(column)) for column in zip(*parts, strict=True))
        flow = self._flow(found)
        total, total_error = total_production(growth, growth_error, flow)
        self.entropies[k] = S, total, float(flow.value), S_error, total_error, float(flow.bound)
        trace = float(sum(np.trace(A).real for A in rho))
        lowest = min(float(np.linalg.eigvalsh(A)[0]) for A in rho)
        self._worst("error estimate", error)
        self._worst("trace error", abs(trace - 1))
        self._worst("negative part", max(0.0, -lowest))
        self._balances(found, rho, slope)

    def _worst(self, name: str, value: float) -> None:
        self.worst[name] = max(self.worst.get(name, 0.0), value)

    def _flow(self, found: Bounded) -> Bounded:
        """-Σ J_b/T_b of all environments but dephasing."""
        teller = self.teller
        if not teller.temperatures:
            return Bounded(0.0, 0.0)
        place, mine = teller.places["inflows", ENERGY], teller.tempered
        heat = Bounded(found.value[place][mine], found.bound[place][mine])
        brought = Bounded(-float(heat.value.sum()), float(heat.bound.sum()))
        return by_temperatures(teller.temperatures, heat, other=brought)

    def _balances(self, found: Bounded, rho: list[Complex], slope: Complex) -> None:
        """What H alone moves at every site is what its currents bring; what changes in all is what the environments bring."""
        teller, made, reader = self.teller, self.teller.made, self.teller.reader
        turned = []
        for H, A in zip(made.hamiltonian, rho, strict=True):
            one = -1j * (H @ A)
            turned.append(one + one.conj().T)
        by_H = (reader.rows @ made.blocks.vector(turned)).real
        moved = (reader.rows @ slope).real
        for of in teller.flows.carried:
            profile, current, inflow = (teller.places[kind, of] for kind in ("profiles", "currents", "inflows"))
            apart = np.abs(by_H[profile] - teller.into @ found.value[current]).max(initial=0.0)
            scale = float((np.abs(teller.into) @ reader.norms[current]).max(initial=0.0))
            self._worst(f"{of} continuity", float(apart) / (scale or 1.0))
            apart = abs(float(moved[profile].sum() - found.value[inflow].sum()))
            scale = float(reader.norms[inflow].sum()) + scale
            self._worst(f"{of} balance", apart / (scale or 1.0))

    def checks(self) -> list[Check]:
        """The worst of every kind along the way."""
        meanings = {
            "error estimate": (ERROR, "bound on ‖δρ‖₁, which no number Tr(Aρ) exceeds by more than ‖A‖"),
            "trace error": (1e-10, "ρ is normalised"),
            "negative part": (POSITIVE, "ρ is positive"),
        }
        for of in self.teller.flows.carried:
            told = f"currents of the {of} account for what H moves at every site"
            meanings[f"{of} continuity"] = CONTINUOUS, f"{told}; of what could flow"
            told = f"environments account for what changes of the {of} in all"
            meanings[f"{of} balance"] = CONTINUOUS, f"{told}; of what could flow"
        found = [Check(name, self.worst[name], *meaning) for name, meaning in meanings.items()]
        last = self.values[:, self.teller.places["last", ""]]
        if last.size:
            told = "population of the highest level that is kept: the cut-off cuts off little"
            found.append(Check("last boson level", float(last.max()), CUT, told))
        return found

    def told(self) -> dict[str, Any]:
        """Numbers and bounds by the names of the result's attributes."""
        found: dict[str, Any] = {kind: {} for kind in ("profiles", "currents", "inflows")}
        bounds: dict[str, Any] = {}
        for (kind, of), place in self.teller.places.items():
            value, bound = (frozen(np.ascontiguousarray(one[:, place])) for one in (self.values, self.bounds))
            if kind in found:
                found[kind][of] = value
                name = of if kind == "profiles" else f"{of}_{kind}"
                bounds["energy_density" if name == ENERGY else name] = bound
        for name, column in (("entropy", 0), ("entropy_production", 1), ("entropy_flow", 2)):
            found[name], bounds[name] = (frozen(self.entropies[:, c].copy()) for c in (column, column + 3))
        place = self.teller.places["energy", ""]
        found["energy"], bounds["energy"] = (frozen(one[:, place.start].copy()) for one in (self.values, self.bounds))
        mapped = {name: MappingProxyType(one) if isinstance(one, dict) else one for name, one in found.items()}
        return {**mapped, "bounds": MappingProxyType(bounds)}
