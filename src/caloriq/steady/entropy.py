"""Entropy production of a steady state, formed from temperature differences so that a small bias keeps its digits.

All heat that enters leaves, so -Σ J_b/T_b = -Σ J_b (1/T_b - 1/T_r) + J_dephasing/T_r for any one bath r: between two
baths of nearly the same temperature nothing large cancels.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from caloriq._checks import Real
from caloriq.models.baths import Bath, Rates
from caloriq.models.classical import ClassicalChain
from caloriq.models.spins import SpinChain
from caloriq.steady.bounds import UNIT, Bounded

NOTHING = Bounded(0.0, 0.0)
ROUNDINGS = 8.0  # of a slope's few operations
Slopes = Callable[[int, int], tuple[float, float]]


def entropy_production(model: SpinChain | ClassicalChain, heat: Bounded, dephasing: Bounded) -> Bounded:
    """-Σ J_b/T_b over the baths; dephasing, at infinite temperature, adds nothing.

    Infinite where heat flows into a bath at T = 0; not a number, without a bound, where it is not known whether any
    does, or where both signs of infinity meet.
    """
    return _production(heat, dephasing, _inverse_temperature(model), stationary=_stationary(model))


def of_samples(chain: SpinChain, heat: Bounded, dephasing: Bounded) -> Bounded | None:
    """`entropy_production` of every sample, shape (samples,), where all baths of the chain have temperatures; else None.

    Parameters
    ----------
    chain : SpinChain
        What the samples share; their temperatures are its own, whatever frequencies they have drawn.
    heat : Bounded, shape (samples, baths)
        Heat currents.
    dephasing : Bounded, shape (samples,)
        Heat from the dephasing.
    """
    if not chain.baths or any(bath.temperature is None for bath in chain.baths):
        return None
    x, step = _inverse_temperature(chain)
    J, B = np.asarray(heat.value, dtype=float), np.asarray(heat.bound, dtype=float)
    if _stationary(chain) or (np.all(x == x[0]) and math.isfinite(x[0]) and not np.any(chain.dephasing_rates)):
        return Bounded(np.where(np.isnan(J[:, 0]), np.nan, 0.0), np.where(np.isnan(J[:, 0]), np.inf, 0.0))
    finite, cold = np.flatnonzero(np.isfinite(x)).tolist(), np.isinf(x)
    value, bound = np.zeros(len(J)), np.full(len(J), np.inf if finite else 0.0)
    for r in finite:
        steps = np.array([step(b, r) for b in finite])  # difference of 1/T, and its error
        parts = np.column_stack([-J[:, finite] * steps[:, 0], np.asarray(dephasing.value) * x[r]])
        off = B[:, finite] @ (np.abs(steps[:, 0]) + steps[:, 1]) + np.abs(J[:, finite]) @ steps[:, 1]
        off += abs(x[r]) * np.asarray(dephasing.bound) + ROUNDINGS * len(x) * UNIT * np.abs(parts).sum(axis=1)
        better = off < bound
        value, bound = np.where(better, parts.sum(axis=1), value), np.where(better, off, bound)
    flows = cold & ~((J == 0) & (B == 0))
    unsure = (flows & ~(np.abs(J) > B)).any(axis=1) | np.isnan(J).any(axis=1)
    into, out = (flows & (J < 0)).any(axis=1), (flows & (J > 0)).any(axis=1)
    value = np.where(into, np.inf, np.where(out, -np.inf, value))
    value = np.where(unsure | (into & out), np.nan, value)
    return Bounded(value, np.where(np.isnan(value), np.inf, np.where(np.isinf(value), 0.0, bound)))


def flowing(model: SpinChain | ClassicalChain, heat: Bounded, brought: Bounded) -> Bounded:
    """-Σ J_b/T_b on the way to a steady state, where all baths together bring `brought` = Σ J_b."""
    slopes = _inverse_temperature(model)
    if np.any(np.isnan(slopes[0])):
        return Bounded(math.nan, math.inf)
    return _production(heat, Bounded(-float(brought.value), float(brought.bound)), slopes, stationary=False)


def jump_entropy_production(model: SpinChain | ClassicalChain, excitations: Bounded) -> Bounded:
    """Σ j_b ln(Γ₊/Γ₋) with the excitation currents j_b, never negative in a steady state (Spohn).

    Spohn, J. Math. Phys. 19, 1227 (1978), doi:10.1063/1.523789. It counts the heat ω_b of the jumps alone. What errors
    leave below zero is set to zero.
    """
    value, bound = _production(excitations, Bounded(0.0, 0.0), _log_ratio(model), stationary=_stationary(model))
    return Bounded(max(value, 0.0) if not math.isnan(value) else value, bound)


def by_temperatures(
    temperatures: Sequence[float | None], heat: Bounded, *, other: Bounded = NOTHING, stationary: bool = False
) -> Bounded:
    """-Σ J_b/T_b of baths that are known by their temperatures alone; None is no temperature, as in `entropy_production`.

    Parameters
    ----------
    temperatures : sequence of float or None
        T_b.
    heat : Bounded
        J_b, whose sum is zero with `other`.
    other : Bounded
        What is brought by something else than baths, without entropy: by dephasing, whose temperature is infinite.
    stationary : bool
        Whether nothing flows by the kind of the baths.
    """
    known = [math.nan if t is None else t for t in temperatures]

    def step(b: int, r: int) -> tuple[float, float]:
        return (0.0, 0.0) if b == r else _reciprocals(known[b], known[r])

    return _production(heat, other, (np.array([_inverse(t) for t in known]), step), stationary=stationary)


def infinite_by(model: SpinChain | ClassicalChain, heat: Bounded) -> str | None:
    """Which bath makes the entropy production infinite, in words; None if none does."""
    for site, name, rates, J, B in zip(
        model.bath_sites, model.bath_names, model.bath_rates, heat.value.tolist(), heat.bound.tolist(), strict=True
    ):
        if (rates.gain == 0 or rates.loss == 0) and abs(J) > B:
            kind = "at T = 0" if rates.gain == 0 else "of gain alone (T = 0 from below)"
            where = "" if name == f"site {site}" else f" on site {site}"
            return f"heat flows {'into' if J < 0 else 'out of'} the bath {name}{where}, {kind}"
    return None


def inverse_temperatures(model: SpinChain | ClassicalChain) -> Real:
    """1/T of every bath; infinite where it only fills or only empties."""
    return _inverse_temperature(model)[0]


def log_ratios(model: SpinChain | ClassicalChain) -> Real:
    """-ln(Γ₊/Γ₋) of every bath; infinite likewise."""
    return _log_ratio(model)[0]


def _stationary(model: SpinChain | ClassicalChain) -> bool:
    """Whether all baths only empty, or all only fill: the empty or the full state is steady and nothing flows."""
    return all(r.gain == 0 for r in model.bath_rates) or all(r.loss == 0 for r in model.bath_rates)


def _production(flow: Bounded, other: Bounded, slopes: tuple[Real, Slopes], *, stationary: bool) -> Bounded:
    """-Σ J_b x_b with Σ J_b + other = 0, x infinite for baths at T = 0."""
    x, difference = slopes
    J, B = np.asarray(flow.value, dtype=float), np.asarray(flow.bound, dtype=float)
    even = np.all(x == x[0]) and math.isfinite(x[0]) and float(other.value) == 0 == float(other.bound)
    if stationary or even:  # Σ J_b = 0 times one slope
        return Bounded(0.0, 0.0)
    if np.any(np.isnan(x) & ~((J == 0) & (B == 0))):  # a site without energy has no temperature
        return Bounded(math.nan, math.inf)
    infinite = np.isinf(x) & ~((J == 0) & (B == 0))
    if infinite.any():
        if np.any(np.abs(J[infinite]) <= B[infinite]):
            return Bounded(math.nan, math.inf)
        signs = {float(s) for s in -np.sign(J[infinite]) * np.sign(x[infinite])}
        return Bounded(math.copysign(math.inf, signs.pop()), 0.0) if len(signs) == 1 else Bounded(math.nan, math.inf)
    finite = np.flatnonzero(np.isfinite(x)).tolist()
    found = [_about(J, B, other, float(x[r]), [difference(b, r) for b in finite], finite) for r in finite]
    return min(found, key=lambda one: float(one.bound)) if found else Bounded(0.0, 0.0)


def _about(
    J: Real, B: Real, other: Bounded, reference: float, steps: list[tuple[float, float]], baths: list[int]
) -> Bounded:
    """-Σ J_b (x_b - x_r) + other x_r."""
    parts = [-float(J[b]) * step for b, (step, _) in zip(baths, steps, strict=True)]
    parts.append(float(other.value) * reference)
    bound = abs(reference) * float(other.bound)
    for b, (step, error) in zip(baths, steps, strict=True):
        bound += float(B[b]) * (abs(step) + error) + abs(float(J[b])) * error
    return Bounded(math.fsum(parts), bound + ROUNDINGS * UNIT * math.fsum(abs(p) for p in parts))


def _inverse_temperature(model: SpinChain | ClassicalChain) -> tuple[Real, Slopes]:
    """1/T of every bath, and differences of two."""
    frequencies = [float(model.frequencies[s]) for s in model.bath_sites]
    logs, difference = _log_ratio(model)
    beta = np.array(
        [
            _inverse(bath.temperature) if bath.temperature is not None else x / w if w != 0 else math.nan
            for bath, w, x in zip(model.baths, frequencies, logs.tolist(), strict=True)
        ]
    )

    def step(b: int, r: int) -> tuple[float, float]:
        one, two = model.baths[b].temperature, model.baths[r].temperature
        if b == r:
            return 0.0, 0.0
        if one is not None and two is not None:
            return _reciprocals(one, two)
        if frequencies[b] == frequencies[r]:
            value, error = difference(b, r)
            return value / frequencies[b], (error + 2 * UNIT * abs(value)) / abs(frequencies[b])
        return _plain(float(beta[b]), float(beta[r]))

    return beta, step


def _log_ratio(model: SpinChain | ClassicalChain) -> tuple[Real, Slopes]:
    """-ln(Γ₊/Γ₋) of every bath, which is ω/T, and differences of two."""
    baths, rates = model.baths, model.bath_rates
    frequencies = [float(model.frequencies[s]) for s in model.bath_sites]
    x = np.array([_log(bath, rate, w) for bath, rate, w in zip(baths, rates, frequencies, strict=True)])

    def step(b: int, r: int) -> tuple[float, float]:
        one, two = baths[b].temperature, baths[r].temperature
        if b == r:
            return 0.0, 0.0
        if one is not None and two is not None and frequencies[b] == frequencies[r]:
            value, error = _reciprocals(one, two)
            w = frequencies[b]
            return w * value, w * (error + UNIT * abs(value))
        if one is None and two is None and baths[b].rate is None and baths[r].rate is None:
            # ln(Γ₋Γ'₊/(Γ₊Γ'₋)) from the exact difference of the products
            up, down = rates[r].gain * rates[b].loss, rates[b].gain * rates[r].loss
            if np.isfinite(up) and np.isfinite(down) and min(up, down) > 0:
                excess = _product_difference(rates[r].gain, rates[b].loss, rates[b].gain, rates[r].loss)
                value = math.log1p(excess / down) if abs(excess) < down / 2 else math.log(up / down)
                return value, 8 * UNIT * abs(value)
        return _plain(float(x[b]), float(x[r]))

    return x, step


def _log(bath: Bath, rates: Rates, frequency: float) -> float:
    """Ln(Γ₋/Γ₊) of one bath."""
    if rates.gain == 0 or rates.loss == 0:
        return math.inf if rates.gain == 0 else -math.inf
    if bath.temperature is not None:
        return frequency * _inverse(bath.temperature)
    if bath.occupation is not None:  # (n̄ + 1)/n̄
        return math.log1p(1 / bath.occupation)
    excess = (rates.loss - rates.gain) / rates.gain
    if abs(excess) < 0.5:
        return math.log1p(excess)
    # a ratio beyond a double's range needs the logarithms, whose rounding is small against their difference there
    ratio = rates.loss / rates.gain
    return math.log(ratio) if 0 < ratio < math.inf else math.log(rates.loss) - math.log(rates.gain)


def _product_difference(a: float, b: float, c: float, d: float) -> float:
    """A b - c d to the last bit: doubles are exact fractions."""
    from fractions import Fraction

    return float(Fraction(a) * Fraction(b) - Fraction(c) * Fraction(d))


def _inverse(temperature: float) -> float:
    return math.inf if temperature == 0 else 1 / temperature


def _reciprocals(one: float, two: float) -> tuple[float, float]:
    """1/T - 1/T' from the difference of the temperatures, and its rounding."""
    if one == 0 or two == 0:
        return _plain(_inverse(one), _inverse(two))
    value = (two - one) / one / two
    return value, 4 * UNIT * abs(value)


def _plain(one: float, two: float) -> tuple[float, float]:
    """A difference as it stands, and the rounding of its terms."""
    if math.isinf(one) or math.isinf(two):
        return one - two if one != two else 0.0, 0.0
    return one - two, ROUNDINGS * UNIT * (abs(one) + abs(two))
