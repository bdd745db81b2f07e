"""What a steady state reports: every number with a bound on its own error.

A bound holds for that number alone: it is not relative to the largest rate of the model, so that a current of 10⁻⁹
between baths of rate 10⁶ is either known to its own digits or said to be an upper limit.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from caloriq._checks import Real
from caloriq.models.classical import ClassicalChain
from caloriq.models.spins import SpinChain
from caloriq.results import Check

RELATIVE = 1e-6  # error of a number, relative to itself, up to which it is given as a value
SMALL = 1e-4  # share of what could flow below which a number may be an upper limit instead
ROUNDINGS = 12.0  # of a coefficient: forming it from the model's numbers, and adding it up
UNIT = float(np.finfo(float).eps) / 2
ROOM = 1e-12  # what the sum of bounds may lose by rounding, of itself, up to some thousand numbers


class Bounded(NamedTuple):
    """A number or an array, and a bound on the error of each entry (of the modulus, where entries are complex)."""

    value: Any
    bound: Any


def bound_of_mean(values: Real, bounds: Real) -> Real:
    """Bound on the mean of numbers along the last axis, its own rounding included."""
    rounding = (values.shape[-1] + 1) * UNIT * np.abs(values).mean(axis=-1)
    found: Real = bounds.mean(axis=-1) * (1 + ROOM) + rounding
    return found


class Numbers(NamedTuple):
    """Everything that a method measures of a steady state, as `SteadyState` says it; the rest follows from it."""

    currents: Bounded  # shape (B,)
    excitation_currents: Bounded  # shape (baths,)
    heat_currents: Bounded  # shape (baths,)
    dephasing_current: Bounded  # scalar
    populations: Bounded  # shape (N,)
    population_differences: Bounded  # shape (B,)
    coherences: Bounded  # shape (B,)
    energy: Bounded  # scalar


def capacity(model: SpinChain | ClassicalChain) -> float:
    """Excitations per time that a model could carry at most, by its baths and, along one wire, by its weakest bond.

    Of a wire: 4g²γ₁γ_N/((γ₁+γ_N)(4g²+γ₁γ_N)), the uniform chain's largest current (MT 11), for its weakest bond.
    """
    fed = min(sum(r.gain for r in model.bath_rates), sum(r.loss for r in model.bath_rates))
    if fed == 0:  # baths of one direction only: nothing flows for good
        return float(max(r.total for r in model.bath_rates))
    if isinstance(model, ClassicalChain):
        return float(min(fed, model.rates[model.rates > 0].min(initial=math.inf)))
    g = np.abs(model.bonds.hopping)
    g = g[g > 0]
    total = np.zeros(model.sites)
    for rate, site in zip(model.bath_rates, model.bath_sites, strict=True):
        total[site] += rate.total
    if g.size == 0 or not model.neighbours_only or not (total[0] > 0 and total[-1] > 0):
        return float(fed)
    # g²/(4g² + γ₁γ_N) without overflow
    product = float(total[0]) / float(g.min()) * (float(total[-1]) / float(g.min()))
    series = float(total[0]) * (float(total[-1]) / float(total[0] + total[-1]))
    return float(min(fed, 4 * series / (4 + product)))


def judged(model: SpinChain | ClassicalChain, numbers: Numbers) -> list[Check]:
    """The checks of every number against its own bound.

    A number passes if its bound is 10⁻⁶ of itself, or 10⁻¹⁰ of what its kind could amount to: then it is an upper limit.
    """
    return [
        Check(
            f"error of the {name.replace('_', ' ')}",
            worst(getattr(numbers, name), scale),
            RELATIVE,
            "bound of the error over the number itself, or over 10⁻⁴ of what could flow or be there where that is more",
        )
        for name, scale in scales_of(model, numbers).items()
    ]


def worst_share(model: SpinChain | ClassicalChain, numbers: Numbers) -> float:
    """The largest of the errors that `judged` holds against its limit."""
    return max(worst(getattr(numbers, name), scale) for name, scale in scales_of(model, numbers).items())


def scales_of(model: SpinChain | ClassicalChain, numbers: Numbers) -> dict[str, float]:
    """What each kind of number could amount to."""
    flow, quantum = capacity(model), energy_scale(model)
    filled = float(np.abs(numbers.populations.value).max(initial=0.0))
    if not any(r.gain > 0 for r in model.bath_rates):  # the empty state
        filled = 1.0
    return {
        "currents": flow,
        "excitation_currents": flow,
        "heat_currents": flow * quantum,
        "dephasing_current": flow * quantum,
        "populations": filled,
        "population_differences": filled / SMALL,  # small beside the populations, these may be limits
        "coherences": filled / SMALL,
        "energy": quantum * model.sites,
    }


def worst(number: Bounded, scale: float) -> float:
    """Largest bound of the entries, relative to the entry or to a small share of the scale."""
    value, bound = np.abs(np.atleast_1d(number.value)), np.atleast_1d(number.bound)
    if value.size == 0:
        return 0.0
    if not math.isfinite(float(value.max()) + float(bound.max())):
        return math.inf
    known = np.maximum(value, SMALL * scale)
    if float(known.min()) > 0:
        return float((bound / known).max())
    with np.errstate(divide="ignore", invalid="ignore"):
        return float(np.where(bound == 0, 0.0, bound / known).max())


def energy_scale(model: SpinChain | ClassicalChain) -> float:
    """The largest energy of a site or bond."""
    largest = float(np.abs(model.frequencies).max())
    if isinstance(model, SpinChain):
        largest = max(
            largest,
            float(np.abs(model.bonds.hopping).max(initial=0.0)),
            float(np.abs(model.bonds.zz).max(initial=0.0)),
        )
    return largest


def ratio(value: float, allowed: float) -> float:
    """A value over what is allowed; 0 of nothing, infinite where nothing is allowed."""
    return 0.0 if value == 0 else value / allowed if allowed > 0 else math.inf


def consistent(values: Real, bounds: Real) -> float:
    """How far numbers that must be equal lie apart, over what their bounds allow; at most 1 if these are true."""
    if len(values) < 2:
        return 0.0
    low, high = float((values - bounds).max()), float((values + bounds).min())
    room = float(bounds.max() + bounds.min())
    if low <= high:
        return 0.0
    return 1.0 + (low - high) / room if room > 0 else math.inf


def rate_scale(model: SpinChain) -> float:
    """The largest rate or coupling of the model: the unit of residuals."""
    rates = [max(r.total for r in model.bath_rates), model.dephasing_rates.max()]
    return float(max(*rates, *(np.abs(of).max(initial=0.0) for of in (model.bonds.hopping, model.bonds.zz))))


def unit_of(model: SpinChain) -> float:
    """The largest rate or coupling as a power of two, which changes no digit."""
    return float(np.ldexp(1.0, round(math.log2(rate_scale(model)))))


def roundings_of(model: SpinChain) -> float:
    """Units of rounding in the rates: exp(ω/T) loses ω/T of them."""
    steep = [
        float(model.frequencies[s]) / b.temperature
        for b, s in zip(model.baths, model.bath_sites, strict=True)
        if b.temperature
    ]
    return ROUNDINGS + min(max(steep, default=0.0), 800.0)
