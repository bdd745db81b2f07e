"""Quantum jumps: the steady state of a chain as the mean of pure states, to a standard error that is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from caloriq._checks import Real
from caloriq.errors import NotConverged
from caloriq.models.lattice import densities
from caloriq.models.lattice.densities import ENERGY
from caloriq.models.lattice.model import Lattice
from caloriq.models.spins import SpinChain
from caloriq.results import Certificate, MethodReport, Progress, frozen
from caloriq.spaces.strings import Strings, total
from caloriq.steady import entropy
from caloriq.steady.bounds import Bounded
from caloriq.steady.declared import bonds_of
from caloriq.steady.jumps.asked import Asked
from caloriq.steady.jumps.checks import checks_of
from caloriq.steady.jumps.costs import memory_of, seconds_of
from caloriq.steady.jumps.run import Run, Sampled, Target
from caloriq.steady.jumps.statistics import Estimate, estimated
from caloriq.steady.lattice.read import brought
from caloriq.steady.methods import Trajectories
from caloriq.steady.result import SteadyState, one_wire, temperatures_within
from caloriq.steady.second_law import SIGMAS
from caloriq.steady.unique import reached_check

SINGLE = ("current", "dephasing_current", "energy", "entropy_production", "jump_entropy_production")
SPIN = "magnetisation"  # of a site of two levels; one excitation more is one of it more


def admit(model: SpinChain, method: Trajectories) -> float:  # noqa: ARG001 - the choice is the type
    """Bytes needed: vectors of the largest sector, and what is read of every state."""
    return memory_of(model.lattice())


def seconds(model: SpinChain, method: Trajectories) -> float:
    """Rough time on one core; good to a factor of a few."""
    return seconds_of(model.lattice(), method)


def solve(model: SpinChain, method: Trajectories, reason: str, progress: Progress | None = None) -> SteadyState:
    """Steady state by quantum jumps.

    Raises
    ------
    NotConverged
        If the error that is asked for is not reached; the best state is attached.
    """
    lattice = model.lattice()
    run = Run(lattice, method, _groups(model, lattice), _target(model), progress)
    sampled, missed = run.solve()
    found = _state(model, method, reason, sampled)
    if missed is not None:
        raise NotConverged(missed, found)
    return found


def _target(model: SpinChain) -> Target:
    """The current through a chain; where there is more than one way, the largest that a bath brings."""

    def place(asked: Asked, found: Estimate) -> int:
        if one_wire(model):
            return int(asked.names["current"].start)
        into = asked.names["excitation_currents"]
        return int(into.start) + int(np.abs(found.mean[into]).argmax())

    return place


def _groups(model: SpinChain, lattice: Lattice) -> dict[str, list[Strings]]:
    """All numbers of a chain as operators, by the names of the result."""
    spaces, bonds = lattice.spaces, bonds_of(model).tolist()
    flows = densities.current(lattice, SPIN)
    known = {tuple(pair): one for pair, one in zip(flows.bonds.tolist(), flows.operators, strict=True)}
    along = [known.get(tuple(pair), Strings(spaces)) for pair in bonds]
    half = Strings(spaces, {(): 0.5})
    filled = [one + half for one in densities.numbers(lattice, SPIN)]
    H, all_ = total(spaces, densities.density(lattice, ENERGY)), total(spaces, filled)
    baths, rest = lattice.environments[: len(model.baths)], lattice.environments[len(model.baths) :]
    into = [brought(one, all_) for one in baths]
    pairs = [_coherence(lattice, *pair) for pair in bonds]
    return {
        "current": [(1 / len(along)) * total(spaces, along)],
        "currents": along,
        "excitation_currents": into,
        "heat_currents": [brought(one, H) for one in baths],
        "dephasing_current": [total(spaces, [brought(one, H) for one in rest])],
        "populations": filled,
        "population_differences": [filled[k] - filled[l] for k, l in bonds],
        "coherences": [part for real, imaginary in pairs for part in (real, imaginary)],
        "energy": [H],
    }


def _coherence(lattice: Lattice, k: int, l: int) -> tuple[Strings, Strings]:
    """Real and imaginary part of σ⁺_kσ⁻_l."""
    words = [lattice.spaces[site].operators[word] for site, word in ((k, "S+"), (l, "S-"))]
    one = Strings.of(lattice.spaces, [k, l], words)
    return 0.5 * one.plus_conjugate(), 0.5 * ((-1j) * one).plus_conjugate()


def _state(model: SpinChain, method: Trajectories, reason: str, sampled: Sampled) -> SteadyState:
    """The result out of what the trajectories show."""
    names, found = sampled.asked.names, sampled.numbers
    kept = {name: Bounded(found.mean[place], found.error[place]) for name, place in names.items()}
    kept["temperatures"] = temperatures_within(model.frequencies, kept["populations"])
    kept |= _entropies(model, sampled, kept)
    real, imaginary = (Bounded(*(one[k::2] for one in kept["coherences"])) for k in (0, 1))
    kept["coherences"] = Bounded(real.value + 1j * imaginary.value, np.hypot(real.bound, imaginary.bound))
    values, errors = ({name: _shaped(name, one[k]) for name, one in kept.items()} for k in (0, 1))
    del values["current"]
    return SteadyState(
        model=model,
        method=MethodReport(repr(method), reason, MappingProxyType(sampled.told)),
        certificate=Certificate((*checks_of(sampled, method), reached_check(model))),
        bath_names=model.bath_names,
        **values,
        bounds=MappingProxyType({}),
        standard_errors=MappingProxyType(errors),
    )


def _shaped(name: str, numbers: Any) -> Any:
    """A single number, or an array that nobody changes."""
    return float(np.ravel(numbers)[0]) if name in SINGLE else frozen(np.array(numbers))


def _entropies(model: SpinChain, sampled: Sampled, kept: Mapping[str, Bounded]) -> dict[str, Bounded]:
    """Entropy productions: with the errors of their own series where they are finite sums, else what is sure of their sign."""
    heat, dephasing, flows = (kept[name] for name in ("heat_currents", "dephasing_current", "excitation_currents"))
    room = Bounded(heat.value, SIGMAS * heat.bound)
    beside = Bounded(float(dephasing.value[0]), SIGMAS * float(dephasing.bound[0]))
    total_ = entropy.entropy_production(model, room, beside)
    jumps = entropy.jump_entropy_production(model, Bounded(flows.value, SIGMAS * flows.bound))
    return {
        "entropy_production": _weighted(sampled, "heat_currents", entropy.inverse_temperatures(model), total_),
        "jump_entropy_production": _weighted(sampled, "excitation_currents", entropy.log_ratios(model), jumps),
    }


def _weighted(sampled: Sampled, name: str, slopes: Real, otherwise: Bounded) -> Bounded:
    """-Σ J x with the standard error of its own series; where a slope is infinite, what is known without it."""
    if not np.all(np.isfinite(slopes)):
        return Bounded(otherwise.value, 0.0 if np.isinf(otherwise.value) else np.nan)
    series = -sampled.series[:, :, sampled.asked.names[name]] @ slopes[:, None]
    found = estimated(series)
    return Bounded(found.mean, found.error)
