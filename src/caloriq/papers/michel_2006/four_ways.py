"""One conductivity, four ways: rates, closed exact dynamics, the correlation of the current, and baths, for one modular chain."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from caloriq._checks import Real
from caloriq.closed.evolve import evolve
from caloriq.closed.states import Mixed
from caloriq.models.banded import BandedChain, BandedPair
from caloriq.models.baths import Bath
from caloriq.models.driven_modular import DrivenModularChain
from caloriq.models.modular import ModularChain
from caloriq.papers.common import counted, dataset
from caloriq.papers.michel_2006 import four_figures
from caloriq.papers.modular_chain.recipes import PRE
from caloriq.papers.recipe import Outcome, Recipe, Row, beyond
from caloriq.progress import shares
from caloriq.reduced.average.ham import ham
from caloriq.results import Progress
from caloriq.steady.modular import steady_modular
from caloriq.transport.green_kubo import green_kubo
from caloriq.transport.heat import heat_response

BANDWIDTH, SUBUNITS = 0.05, 3
TEMPERATURES = (0.1, 0.15, 0.3, 1.0)
COLD, STEP = 0.1, 0.02  # of the baths, where one excitation is rare, and their relative difference
SEEDS = (1, 2, 3)
RATES = (0.3, 1.0, 3.0)  # of the baths' levels, over γ


def chain(levels: int, c1: float, seed: int, subunits: int = SUBUNITS) -> ModularChain:
    """The papers' chain with c1 = 2λn/δε as given."""
    return ModularChain(
        subunits=subunits, levels=levels, bandwidth=BANDWIDTH, coupling=c1 * BANDWIDTH / (2 * levels), seed=seed
    )


def between(model: ModularChain, rate: float = 1.0) -> DrivenModularChain:
    """The same between two baths, whose rate per level is a multiple of γ."""
    own = rate * ham(model).rate
    ends = (Bath(site=0, temperature=COLD * (1 + STEP), rate=own), Bath(site=-1, temperature=COLD, rate=own))
    return DrivenModularChain(chain=model, baths=ends)


def closed(model: ModularChain) -> float:
    """Γ by exact dynamics alone: -d/dt ln of the slowest mode of the mixed start, over its decay to a third, divided by Λ₁."""
    N = model.subunits
    slow = 2 - 2 * np.cos(np.pi / N)
    t = np.linspace(0, np.log(3) / slow / ham(model).rate, 25)
    P = evolve(model, t, initial=Mixed(subunit=0), observables=("populations",)).populations
    mode = P @ np.cos(np.pi * (np.arange(N) + 0.5) / N)
    if np.any(mode <= 0):  # it turns round instead of decaying
        return float("nan")
    return float(-np.polyfit(t[1:], np.log(mode[1:] / mode[0]), 1)[0] / slow)


def rates(levels: int, c1s: Real, progress: Progress | None) -> Any:
    """Γ by three exact ways over that of the golden rule, for every c1 and seed, shape (3, c1, seeds)."""
    names = ("closed", "correlation", "baths")
    found = np.full((len(names), len(c1s), len(SEEDS)), np.nan)
    for i, k in counted(list(np.ndindex(len(c1s), len(SEEDS))), progress):
        model = chain(levels, float(c1s[i]), SEEDS[k])
        gamma = ham(model).rate
        found[0, i, k] = closed(model) / gamma
        found[1, i, k] = green_kubo(model).value / gamma
        found[2, i, k] = steady_modular(between(model)).transfer_rates.mean() / gamma
    return names, found


def conductivities(quick: bool, progress: Progress | None) -> Outcome:
    """κ_th(T) by γc, by exact J(ΔT), by Green-Kubo and between baths; where they differ, over c1 (PRL and PRE, introductions)."""
    levels, c1s = (80, np.array([0.5, 1.0])) if quick else (200, np.array([0.25, 0.5, 1.0, 1.5, 2.0, 3.0]))
    first, second, third = shares(progress, [1.0, 6.0 * len(c1s), 2.0])
    T = np.array(TEMPERATURES)
    model = chain(levels, 1.0, SEEDS[0])
    theory = ham(model)
    c = theory.heat_capacity(T)
    pair = BandedPair(levels=(1, levels), bandwidth=BANDWIDTH, coupling=model.coupling, seed=SEEDS[0])
    own = heat_response(pair, T, progress=first)
    thermal = green_kubo(pair, temperatures=T)
    three = BandedChain(subunits=3, levels=(1, 8 if quick else 12), bandwidth=BANDWIDTH, coupling=1e-3, seed=SEEDS[0])
    many = green_kubo(three, temperatures=T, progress=third)
    names, ratio = rates(levels, c1s, second)
    at = int(np.argmin(np.abs(c1s - 1.0)))
    mean, error = ratio.mean(axis=2), ratio.std(axis=2, ddof=1) / np.sqrt(len(SEEDS))
    open_ends = np.array([steady_modular(between(model, r)).transfer_rates for r in RATES]) / theory.rate
    state = steady_modular(between(model))
    phase = np.linspace(0, 3, 91)  # γt
    several = {c1: chain(levels, c1, SEEDS[0]) for c1 in (0.5, 1.0, 2.0)}
    running = {c1: green_kubo(one, phase / ham(one).rate) for c1, one in several.items()}
    kappa = np.array(
        [theory.rate * c, own.early, thermal.value, mean[1, at] * theory.rate * c, mean[2, at] * theory.rate * c]
    )
    errors = np.array(
        [
            theory.rate_error * c,
            own.early_error,
            thermal.error,
            error[1, at] * theory.rate * c,
            error[2, at] * theory.rate * c,
        ]
    )
    ways = [
        "γc",
        "J(ΔT), closed pair",
        "Green-Kubo, thermal pair",
        "Green-Kubo, one excitation of three",
        "baths, one excitation of three",
    ]
    data = {
        "conductivities": dataset(
            {"conductivity": (("way", "temperature"), kappa), "error": (("way", "temperature"), errors)},
            {"way": np.arange(len(ways)), "temperature": T},
            {"ways": ways, "models": json.dumps([model.to_mapping(), pair.to_mapping()])},
        ),
        "rates": dataset(
            {
                "ratio": (("route", "c1"), mean),
                "ratio_error": (("route", "c1"), error),
                "open": (("bath", "bond"), open_ends),
            },
            {"route": np.arange(3), "c1": c1s, "bath": list(RATES)},
            {"routes": list(names), "levels": levels, "seeds": list(SEEDS)},
        ),
        "running": dataset(
            {
                "integral": (("c1", "step"), np.array([r.running / r.theory for r in running.values()])),
                "by_rates": (("c1", "step"), np.array([r.by_rates / r.theory for r in running.values()])),
            },
            {"c1": list(running), "time": ("step", phase)},
        ),
    }
    apart = kappa.max(axis=0) / kappa.min(axis=0)

    def told(k: int) -> str:
        scale = 10.0 ** np.floor(np.log10(kappa[0, k]))
        return (
            "; ".join(f"{v / scale:.3f} ± {e / scale:.3f}" for v, e in zip(kappa[:, k], errors[:, k], strict=True))
            + f" e{np.log10(scale):.0f}"
        )

    rows = (
        *(
            Row(
                f"κ_th(T = {T[k]:g}): " + "; ".join(ways) if k == 0 else f"κ_th(T = {T[k]:g}), the same",
                "'the diffusion constant … should equal the decay constant' (PRE I)",
                told(k),
                bool(np.all(np.abs(kappa[1:, k] - kappa[0, k]) <= 3 * np.hypot(errors[1:, k], errors[0, k]))),
                f"n = {levels}, c1 = 1; largest over smallest {apart[k]:.2f}; errors: of one matrix, of the reading, over {len(SEEDS)} matrices",
            )
            for k in range(T.size)
        ),
        *(
            beyond(
                f"γ of {told_by} over 2πλ²n/δε, c1 = " + ", ".join(f"{x:g}" for x in c1s),
                " ".join(
                    "none" if np.isnan(m) else f"{m:.2f} ± {e:.2f}" for m, e in zip(mean[i], error[i], strict=True)
                ),
                note,
            )
            for i, (told_by, note) in enumerate(
                (
                    (
                        "the slowest mode of the closed chain",
                        "of the mixed start, over its decay to a third; none where it turns round instead",
                    ),
                    (
                        "the correlation of the current",
                        "read between 2τ_c and the decay time; none where there is no time between: it ends before levels are resolved, and does not see localisation",
                    ),
                    (
                        "the baths",
                        "mean over the bonds; infinite times, but levels that the baths broaden",
                    ),
                )
            )
        ),
        beyond(
            "bonds between baths of rate 0.3, 1, 3 γ per level",
            "; ".join(" ".join(f"{x:.2f}" for x in row) for row in open_ends),
            f"T = {COLD * (1 + STEP):g} and {COLD:g}: the probability of an excitation is {state.probability:.3f}, a second one is left out",
        ),
        beyond(
            "κ_th of three thermal subunits by the correlation over linear response, T = "
            + ", ".join(f"{x:g}" for x in T),
            " ".join(
                f"{v / t:.2f} ± {e / t:.2f}"
                for v, e, t in zip(np.asarray(many.value), np.asarray(many.error), np.asarray(many.theory), strict=True)
            ),
            f"{three.levels[1]} levels per band, all product states",
        ),
        Row(
            "Green-Kubo integral of a chain of three at t = 3/γ over its largest value",
            "'remains an open problem' (PRL); limited validity (PRB 73, 104302)",
            " ".join(f"{float(r.running[-1] / r.running.max()):.2f}" for r in running.values()),
            None,
            "it returns to 0, as that of the rates does: in a closed chain of finite length there is a plateau between 2τ_c and 1/γ, or none",
        ),
    )
    return Outcome(rows, data, four_figures.conductivities(data), (model, pair, three, between(model)))


RECIPES = (
    Recipe(
        "michel-2006-four-conductivities",
        "one conductivity by rates, closed dynamics, Green-Kubo and baths",
        PRE,
        conductivities,
        quick_differs=True,
    ),
)
