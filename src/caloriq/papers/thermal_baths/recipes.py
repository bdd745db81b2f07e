"""Levy, Kosloff (2014) and Wichterich et al. (2007): baths that break the second law, baths that carry no current, and two more."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from caloriq.models.random import FIELD, generator
from caloriq.papers.recipe import Outcome, Recipe, Row, beyond
from caloriq.papers.thermal_baths import figures
from caloriq.papers.thermal_baths.models import pair
from caloriq.papers.thermal_baths.study import (
    COUPLING,
    GLOBAL,
    KINDS,
    LOCAL,
    SEED,
    STEADY,
    UNIVERSAL,
    over_hopping,
    power,
    random_systems,
    solved,
    without_difference,
)
from caloriq.results import Progress

if TYPE_CHECKING:
    import xarray as xr

SOURCE = (
    "A. Levy, R. Kosloff, EPL 107, 20004 (2014), doi:10.1209/0295-5075/107/20004; "
    "H. Wichterich et al., PRE 76, 031115 (2007), doi:10.1103/PhysRevE.76.031115"
)
EQUAL, UNEQUAL = (1.0, 1.0), (2.0, 1.0)  # frequencies of two spins
HOT_COLD = (1.5, 1.0)
HOPPINGS = tuple(float(g) for g in np.logspace(-5, -0.3, 16))
COUPLINGS = (1e-1, 1e-2, 1e-3, 1e-4)
SYSTEMS, FEW = 200, 12
PAIRS = 40
ROUNDED = 1e-12  # of a rate that is zero


def study(quick: bool, progress: Progress | None) -> Outcome:
    """Two spins over their coupling, systems at random, and what flows without a difference, by every equation."""
    systems, few, apart = (10, 2, 3) if quick else (SYSTEMS, FEW, 1)
    total, done = systems + len(COUPLINGS), 0

    def step() -> None:
        nonlocal done
        done += 1
        if progress is not None:
            progress(done, total)

    equal, unequal = (over_hopping(w, HOT_COLD, HOPPINGS[::apart]) for w in (EQUAL, UNEQUAL))
    drawn = random_systems(systems, step)
    level = without_difference(COUPLINGS, few, step)
    data = {"equal-spins": equal, "unequal-spins": unequal, "random-systems": drawn, "equal-temperatures": level}
    rows = (*_two_spins(equal, unequal), *_random(drawn), *_level(level))
    return Outcome(rows, data, figures.baths(equal, unequal, level))


def _two_spins(equal: xr.Dataset, unequal: xr.Dataset) -> list[Row]:
    """Where the local equation fails, and where the global one does."""
    heat = dict(zip(KINDS, unequal.heat.values, strict=True))
    entropy = dict(zip(KINDS, unequal.entropy.values, strict=True))
    even, g = equal.heat.values, equal.hopping.values
    carried = dict(zip(KINDS, equal.carried.values / even, strict=True))
    right, signs = _signs()
    ratio = heat[LOCAL][0] / heat[GLOBAL][0]
    slopes = ", ".join(f"{power(g[:3], J[:3]):.2f}" for J in even)
    return [
        Row(
            "spins of ω = 2 (hot) and 1 (cold), local: heat from the hot bath over that of the global equation, smallest g",
            "heat flows from cold to hot (Levy, Kosloff)",
            f"{ratio:.3f}",
            bool(ratio < 0),
            f"T = {HOT_COLD[0]:g} and {HOT_COLD[1]:g}, α = {COUPLING:g}; the entropy production is negative at {np.count_nonzero(entropy[LOCAL] < 0)} of {len(g)} values of g from {g[0]:.0e} to {g[-1]:.1g}",
        ),
        Row(
            f"local, {signs} pairs drawn: heat from the hot bath is negative where ω_h/T_h > ω_c/T_c, else positive",
            "the condition (Levy, Kosloff)",
            f"{right} of {signs}",
            right == signs,
            "frequencies and temperatures between 0.5 and 2, g = 0.01",
        ),
        Row(
            "the unequal spins, global: smallest entropy production over g², any g",
            "obeys the second law (Levy, Kosloff)",
            f"{np.min(entropy[GLOBAL] / g**2):.2e}",
            bool(np.all(entropy[GLOBAL] >= -unequal.entropy_bound.values[KINDS.index(GLOBAL)])),
            "proved for any system: Spohn",
        ),
        Row(
            "two equal spins, global: energy that H carries from spin to spin, share of the heat, any g",
            "inadequate for a nonvanishing energy current (Wichterich et al.)",
            _or_zero(float(np.abs(carried[GLOBAL]).max())),
            bool(np.abs(carried[GLOBAL]).max() < 1e-10),
            "the heat jumps from bath to bath over the levels of both spins",
        ),
        beyond(
            f"two equal spins: power of g in the heat as g → 0: {', '.join(kind.name for kind in KINDS)}",
            slopes,
            "g² is right (golden rule); the global equation does not see that the distance 2g of the levels is below the rates",
            paper="not said",
        ),
    ]


def _or_zero(value: float, digits: str = ".1e") -> str:
    """A number, or 0 where it is rounding."""
    return f"{value:{digits}}" if abs(value) > ROUNDED else "0"


def _signs() -> tuple[int, int]:
    """Pairs drawn for which the sign of the local heat is that of ω_c/T_c - ω_h/T_h, of how many."""
    rng = generator(SEED, FIELD, SYSTEMS)
    right = 0
    for _ in range(PAIRS):
        hot, cold, *temperatures = rng.uniform(0.5, 2.0, 4).tolist()
        T = (max(temperatures), min(temperatures))
        J = solved(pair((hot, cold), T, "local", hopping=0.01, coupling=COUPLING), LOCAL).heat_currents[0]
        right += bool(np.sign(J) == np.sign(cold / T[1] - hot / T[0]))
    return right, PAIRS


def _random(data: xr.Dataset) -> list[Row]:
    """How many random systems break the second law, by how much, and what is not positive."""
    names = ", ".join(data.attrs["kinds"])
    below = (data.entropy < -data.entropy_bound).sum("system").values
    count = data.sizes["system"]
    scaled = data.entropy.min("system").values
    return [
        beyond(
            f"{count} random systems: entropy production below zero by more than its bound: {names}",
            ", ".join(str(n) for n in below.tolist()),
            "proved for the global equation; for the others it is what was found. The universal shift brings energy that no bath does, which hides it",
            paper="not said",
        ),
        beyond(
            f"the same: smallest entropy production: {names}",
            ", ".join(f"{x:.0e}" for x in scaled.tolist()),
            "α from 0.001 to 0.1, temperatures that differ by a factor of 1.001 to 3",
            paper="not said",
        ),
        beyond(
            f"the same: smallest eigenvalue of the state: {names}",
            ", ".join(f"{x:.0e}" for x in data.lowest_population.min("system").values.tolist()),
            "Redfield's state need not be positive",
            paper="not said",
        ),
        beyond(
            f"the same: smallest eigenvalue of Kossakowski's matrix over the largest: {names}",
            ", ".join(_or_zero(x, ".2f") for x in data.lowest_rate.min("system").values.tolist()),
            "below zero the map is not completely positive",
            paper="not said",
        ),
    ]


def _level(data: xr.Dataset) -> list[Row]:
    """What flows without a difference, and what that does to the second law."""
    names = ", ".join(kind.name for kind in STEADY)
    alpha, heat = data.coupling.values, data.heat.median("system").values
    at = len(alpha) // 2
    weak = alpha < alpha.max()
    powers = {kind: power(alpha[weak], J[weak]) for kind, J in zip(STEADY, heat, strict=True) if np.all(J > 0)}
    worst = data.entropy.median("system").values[STEADY.index(UNIVERSAL)]
    return [
        beyond(
            f"both baths at T = 1, α = {alpha[at]:g}: heat from the first, median: {names}",
            ", ".join(_or_zero(J) for J in heat[:, at].tolist()),
            "zero within the bound: the thermal state of H is steady for global baths, and for Redfield's without shift",
            paper="not said",
        ),
        beyond(
            f"its power of α, from α = {alpha[weak].max():g} on: {', '.join(kind.name for kind in powers)}",
            ", ".join(f"{p:.2f}" for p in powers.values()),
            "one power more than the heat of a difference: the fixed point is thermal to leading order",
            paper="not said",
        ),
        beyond(
            f"universal: entropy production at the difference where it is smallest, median, α = {', '.join(f'{a:g}' for a in alpha.tolist())}",
            ", ".join(f"{s:.0e}" for s in worst.tolist()),
            f"negative, as α to the power {power(alpha[weak], -worst[weak]):.2f}; the entropy production of a given difference grows as α"
            if np.all(worst < 0)
            else "not negative everywhere",
            paper="not said",
        ),
    ]


RECIPES = (
    Recipe(
        "thermal-baths",
        "local, global, Redfield and universal baths: heat, second law and positivity, over coupling and at random",
        SOURCE,
        study,
        quick_differs=True,
    ),
)
