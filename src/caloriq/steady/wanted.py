"""From the state to the numbers: which functionals are evaluated, and which of equal forms is kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import count, islice

import numpy as np

from caloriq._checks import Real
from caloriq.models.spins import SpinChain
from caloriq.steady import observables
from caloriq.steady.bounds import UNIT, Bounded, Numbers
from caloriq.steady.observables import Forms, Functional
from caloriq.steady.parts import Coefficients, SectorSpace

Evaluate = Callable[[Sequence[Functional]], tuple[Real, Real]]  # values and bounds of functionals


Wanted = dict[str, list[Forms]]  # by the names of `Numbers`


def wanted(here: SectorSpace, c: Coefficients, *, cut: bool = False) -> Wanted:
    """All functionals of a model; a coherence has its real and imaginary part one after the other."""
    bonds, sites, baths = range(len(here.pairs)), range(here.sites), range(len(c.bath_sites))
    halves = [row for b in bonds for row in observables.coherence(here, b)]
    keys = observables.present(here, c)
    return {
        "currents": [(observables.bond_current(here, c, b),) for b in bonds],
        "excitation_currents": [observables.excitation_current(here, c, b) for b in baths],
        "heat_currents": [observables.heat_current(here, c, b, cut=cut) for b in baths],
        "dephasing_current": [(observables.dephasing_work(here, c, keys),)],
        "populations": [([(1, observables.population(here, k))],) for k in sites],
        "population_differences": [([(1, observables.difference(here, b))],) for b in bonds],
        "coherences": [([(1, row)],) for row in halves],
        "energy": [(observables.energy(here, c),)],
    }


def measured(model: SpinChain, list_: Wanted, evaluate: Evaluate, *, unit: float = 1.0, wire: bool) -> Numbers:
    """The numbers, each by its form of smallest bound; laws of conservation carry the best ones along.

    The functionals' coefficients, values and bounds are in units of the energy `unit`; along a `wire` one current flows
    through all bonds and both end baths.
    """
    values, bounds = evaluate([form for kind in list_.values() for forms in kind for form in forms])
    places = count()
    found = {}
    for name, kind in list_.items():
        best = [min(islice(places, len(forms)), key=lambda i: bounds[i]) for forms in kind]
        found[name] = Bounded(values[best].copy(), bounds[best].copy())
    into = conserved(found["excitation_currents"])
    along = found["currents"]
    if wire:
        along, into = _one_current(model, along, into)
    heat, dephasing = _energy_balance(found["heat_currents"], _single(found["dephasing_current"]))
    halves = found["coherences"]
    return Numbers(
        currents=_times(along, unit),
        excitation_currents=_times(into, unit),
        heat_currents=_times(heat, unit * unit),
        dephasing_current=_times(dephasing, unit * unit),
        populations=found["populations"],
        population_differences=found["population_differences"],
        coherences=Bounded(
            halves.value[0::2] + 1j * halves.value[1::2], np.hypot(halves.bound[0::2], halves.bound[1::2])
        ),
        energy=_times(_single(found["energy"]), unit),
    )


def _single(number: Bounded) -> Bounded:
    return Bounded(float(number.value[0]), float(number.bound[0]))


def _times(number: Bounded, factor: float) -> Bounded:
    with np.errstate(over="ignore"):
        return Bounded(number.value * factor, number.bound * factor)


def conserved(flows: Bounded, other: Bounded | None = None) -> Bounded:
    """Flows that add up to nothing (with `other`): the worst known one is minus the sum of the rest, where that is better."""
    value, bound = np.array(flows.value, dtype=float), np.array(flows.bound, dtype=float)
    if value.size == 0:
        return Bounded(value, bound)
    worst = int(np.argmax(bound))
    rest = np.arange(value.size) != worst
    total = float(value[rest].sum()) + (0.0 if other is None else float(other.value))
    size = float(np.abs(value[rest]).sum()) + (0.0 if other is None else abs(float(other.value)))
    room = float(bound[rest].sum()) + (0.0 if other is None else float(other.bound)) + value.size * UNIT * size
    if room < bound[worst]:
        value[worst], bound[worst] = -total, room
    return Bounded(value, bound)


def _energy_balance(heat: Bounded, dephasing: Bounded) -> tuple[Bounded, Bounded]:
    """Heat of all baths and of the dephasing, which add up to nothing."""
    together = conserved(
        Bounded(np.append(heat.value, dephasing.value), np.append(heat.bound, dephasing.bound)),
    )
    return Bounded(together.value[:-1], together.bound[:-1]), Bounded(
        float(together.value[-1]), float(together.bound[-1])
    )


def _one_current(model: SpinChain, along: Bounded, into: Bounded) -> tuple[Bounded, Bounded]:
    """Every bond of a wire carries the same: the one known best; each end's bath brings or takes it where it is alone."""
    value, bound = np.array(along.value), np.array(along.bound)
    candidates = [(float(b), float(v)) for v, b in zip(value, bound, strict=True)]
    ends = {0: 1.0, model.sites - 1: -1.0}
    alone = [b for b, site in enumerate(model.bath_sites) if model.bath_sites.count(site) == 1]
    candidates += [(float(into.bound[b]), ends[model.bath_sites[b]] * float(into.value[b])) for b in alone]
    best_bound, best = min(candidates)
    value[bound > best_bound], bound[bound > best_bound] = best, best_bound
    j, room = np.array(into.value), np.array(into.bound)
    for b in alone:
        if room[b] > best_bound:
            j[b], room[b] = ends[model.bath_sites[b]] * best, best_bound
    return Bounded(value, bound), Bounded(j, room)
