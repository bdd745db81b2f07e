"""The steady state of an open lattice by quantum jumps: any graph and any jumps, as far as one vector fits in memory."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from caloriq import _checks
from caloriq.errors import NotConverged
from caloriq.models.lattice import densities
from caloriq.models.lattice.densities import ENERGY
from caloriq.models.lattice.flows import Flows
from caloriq.models.lattice.model import Lattice
from caloriq.results import Certificate, Check, MethodReport, Progress, frozen
from caloriq.spaces.strings import Strings, total
from caloriq.steady.bounds import Bounded
from caloriq.steady.entropy import by_temperatures
from caloriq.steady.jumps.asked import Asked
from caloriq.steady.jumps.checks import checks_of
from caloriq.steady.jumps.costs import check_jumps, memory_of, seconds_of
from caloriq.steady.jumps.run import Run, Sampled, Target
from caloriq.steady.jumps.statistics import Estimate, estimated
from caloriq.steady.lattice.read import brought
from caloriq.steady.lattice.result import LatticeState
from caloriq.steady.lattice.solve import CUT, last_levels
from caloriq.steady.methods import Trajectories
from caloriq.steady.second_law import SIGMAS

LAST = "last levels"
REASON = "as asked for, by jumps of pure states"


class Plan(NamedTuple):
    """What would run."""

    method: Trajectories
    reason: str
    memory: float  # bytes
    seconds: float  # rough


def planned(model: Lattice, method: Trajectories) -> Plan:
    """What would run, with everything refused that can be before the work.

    Raises
    ------
    InvalidInput
        If nothing jumps, the steady state is not unique, or vectors do not fit in memory.
    Unsupported
        If H depends on time.
    """
    check_jumps(model)
    need = memory_of(model)
    _checks.memory("sites", model.size, need, "take fewer sites")
    return Plan(method, REASON, need, seconds_of(model, method))


def sampled_lattice(model: Lattice, method: Trajectories, progress: Progress | None = None) -> LatticeState:
    """Steady state of an open lattice by trajectories.

    Raises
    ------
    NotConverged
        If the error that is asked for is not reached, or a check fails; the best state is attached.
    """
    planned(model, method)
    flows = Flows(model)
    sampled, missed = Run(model, method, _groups(model, flows), _target(model), progress).solve()
    found = _state(model, method, flows, sampled)
    if missed is not None:
        raise NotConverged(missed, found)
    return found.certified()


def _groups(model: Lattice, flows: Flows) -> dict[str, list[Strings]]:
    """All numbers of the result as operators, by the names of its variables."""
    found: dict[str, list[Strings]] = {}
    for of in densities.known(model):
        each = densities.density(model, of)
        everywhere = total(model.spaces, each)
        found["energy_density" if of == ENERGY else of] = list(each)
        if of in flows.carried:
            found[f"{of}_currents"] = flows.operators(of)
        found[f"{of}_inflows"] = [brought(one, everywhere) for one in model.environments]
    return {**found, "energy": [total(model.spaces, densities.density(model, ENERGY))], LAST: last_levels(model)}


def _target(model: Lattice) -> Target:
    """The largest inflow of the first number that H conserves; of energy where it conserves none."""
    of = next(iter(model.symmetries.conserved), ENERGY)

    def place(asked: Asked, found: Estimate) -> int:
        into = asked.names[f"{of}_inflows"]
        return int(into.start) + int(np.abs(found.mean[into]).argmax())

    return place


def _state(model: Lattice, method: Trajectories, flows: Flows, sampled: Sampled) -> LatticeState:
    """The result out of what the trajectories show."""
    found, names = sampled.numbers, sampled.asked.names
    value = {name: frozen(found.mean[place].copy()) for name, place in names.items()}
    error: dict[str, Any] = {name: frozen(found.error[place].copy()) for name, place in names.items()}
    produced = _entropy(model, sampled)
    error["energy"], error["entropy_production"] = float(error["energy"][0]), float(produced.bound)
    last = value.pop(LAST)
    del error[LAST]
    checks = checks_of(sampled, method)
    if last.size:
        meaning = "population of the highest level that is kept: the cut-off cuts off little"
        checks.append(Check("last boson level", float(last.max()), CUT, meaning))
    known = densities.known(model)
    return LatticeState(
        model=model,
        method=MethodReport(repr(method), REASON, MappingProxyType(sampled.told)),
        certificate=Certificate(tuple(checks)),
        environments=tuple(one.name for one in model.environments),
        profiles=MappingProxyType({of: value["energy_density" if of == ENERGY else of] for of in known}),
        currents=MappingProxyType({of: value[f"{of}_currents"] for of in flows.carried}),
        inflows=MappingProxyType({of: value[f"{of}_inflows"] for of in known}),
        energy=float(value["energy"][0]),
        entropy_production=float(produced.value),
        bonds=flows.bonds,
        bounds=MappingProxyType({}),
        standard_errors=MappingProxyType(error),
    )


def _entropy(model: Lattice, sampled: Sampled) -> Bounded:
    """-Σ J_b/T_b with the standard error of its own series; where a temperature is zero or missing, what is known without it."""
    place = sampled.asked.names[f"{ENERGY}_inflows"]
    tempered = np.array([not one.mixes for one in model.environments])
    told = [one.temperature for one in model.environments if not one.mixes]
    if not told:
        return Bounded(0.0, 0.0)
    if all(one is not None and one > 0 for one in told):
        slopes = np.array([1 / one for one in told if one])
        found = estimated(-sampled.series[:, :, place][:, :, tempered] @ slopes[:, None])
        return Bounded(float(found.mean[0]), float(found.error[0]))
    heat = Bounded(sampled.numbers.mean[place], SIGMAS * sampled.numbers.error[place])
    rest = Bounded(float(heat.value[~tempered].sum()), float(heat.bound[~tempered].sum()))
    value = by_temperatures(told, Bounded(heat.value[tempered], heat.bound[tempered]), other=rest).value
    return Bounded(value, 0.0 if np.isinf(value) else np.nan)
