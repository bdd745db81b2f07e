"""Wu, Segal (2008): is w independent of the quantum numbers where the baths couple to them, and what second order leaves out."""

from __future__ import annotations

import json
from itertools import product
from typing import Any

import numpy as np

from caloriq._checks import Real
from caloriq.models.correlations import PureDephasing
from caloriq.models.coupled import CoupledUnits, ExchangeChain
from caloriq.models.transition_baths import NumberDephasing
from caloriq.papers.common import counted, dataset
from caloriq.papers.recipe import Outcome, Recipe, Row, beyond
from caloriq.papers.wu_2008 import figures
from caloriq.papers.wu_2008.recipes import WS
from caloriq.reduced.populations.kernel import markov_kernel, population_kernel, singular_time
from caloriq.results import Progress

GAMMA = 0.02  # of the noise; narrow beside the anharmonicity, so that what is off shell stays so
WEAK = 1e-4
SIZES = (2, 3, 4, 5)
SPECTRA = {"harmonic": 0.0, "anharmonic": 0.13}
NOISES = {"number": NumberDephasing(rate=GAMMA), "blind": PureDephasing(rate=GAMMA)}
ORDER = 0.1  # λ of the comparison of the two forms, in which the noise is 0.5
RATIO = 0.2


def energies(spectrum: str, levels: int) -> Real:
    """ε = n + x n²."""
    n = np.arange(levels)
    return np.asarray(n + SPECTRA[spectrum] * n**2, dtype=float)


def chain(coupling: str, spectrum: str, noise: str, levels: int) -> CoupledUnits | ExchangeChain:
    """Three units, coupled by the exchange of their states or by x⊗x."""
    fields = {"units": 3, "coupling": WEAK, "bath": NOISES[noise]}
    if coupling == "exchange":
        return ExchangeChain(levels=levels, spectrum=energies(spectrum, levels), diagonal=False, **fields)
    x = np.diag(np.sqrt(np.arange(1, levels)), 1)
    x = x + x.T
    return CoupledUnits(levels=energies(spectrum, levels), interaction=np.kron(x, x), **fields)


def late_rate(a: int, b: int) -> float:
    """Rate of the exact kernel of two units in levels a and b, once it has settled."""
    model = ExchangeChain(
        units=2, levels=5, coupling=WEAK, spectrum=energies("anharmonic", 5), diagonal=False, bath=NOISES["number"]
    )
    end = 20 / (GAMMA * (a - b) ** 2)
    return float(population_kernel(model, [end], start=(a, b)).generator(0)[1, 0])


def strong(form: str) -> ExchangeChain:
    """Four units with λ/Γ = 0.2: hopping along a chain, E with its diagonal, hopping between all."""
    whole = np.ones((4, 4)) - np.eye(4)
    forms: dict[str, dict[str, Any]] = {
        "hopping": {},
        "permutation": {"diagonal": True},
        "all to all": {"exchange": whole},
    }
    return ExchangeChain(
        **{
            "units": 4,
            "coupling": ORDER,
            "diagonal": False,
            "bath": PureDephasing(rate=ORDER / RATIO),
            **forms[form],
        }
    )


def ladder(strength: float) -> ExchangeChain:
    """Three units of three levels under number noise."""
    return ExchangeChain(
        units=3,
        levels=3,
        coupling=strength,
        spectrum=energies("anharmonic", 3),
        diagonal=False,
        bath=NumberDephasing(rate=0.5),
    )


def orders() -> tuple[float, float]:
    """Powers of λ of exact less second-order gains, and of the populations with memory less the time-local ones."""
    strengths, gains, populations = np.geomspace(0.004, 0.016, 4), [], []
    for s in strengths.tolist():
        second = population_kernel(ladder(s), [2.0], order=2, start=(2, 1, 0))
        exact = population_kernel(ladder(s), [2.0], start=(2, 1, 0))
        gains.append(np.abs(exact.generator(0) - second.generator(0).toarray()).max())
        gap = second.nakajima_zwanzig().populations - second.solve().populations
        populations.append(np.abs(gap).max())
    slopes = [float(np.polyfit(np.log(strengths), np.log(y), 1)[0]) for y in (gains, populations)]
    return slopes[0], slopes[1]


def number_dephasing(_: bool, progress: Progress | None) -> Outcome:
    """Noise on the level number: rates by quantum number, the three assumptions, and second order beside the exact populations."""
    couplings = ("exchange", "x⊗x")
    cases = list(product(couplings, SPECTRA, NOISES))
    found = np.zeros((len(cases), len(SIZES), 3))
    for k, case in counted(list(enumerate(cases)), progress):
        for j, M in enumerate(SIZES):
            a = markov_kernel(chain(*case, M), start=list(product(range(M), repeat=3))).assumptions()
            found[k, j] = a.locality[0], a.energy_conservation[0], a.level_independence[0]
    steps = np.arange(1, 5)
    golden = 2 * WEAK**2 / GAMMA
    late = np.array([late_rate(s, 0) for s in steps.tolist()]) / golden
    t = np.linspace(0, 30, 301)
    forms = ("hopping", "permutation", "all to all")
    local, memory = [], []
    for form in forms:
        kernel = population_kernel(strong(form), t, order=2)
        exact = kernel.master_equation().populations
        both = [kernel.solve().populations, kernel.nakajima_zwanzig().populations]
        one, two = (np.abs(P - exact).max(axis=1) for P in both)
        local.append(one)
        memory.append(two)
    of_gains, of_populations = orders()
    closed, noisy = (
        singular_time(ladder(0.1).model_copy(update={"bath": b}), until=15.0, start=(2, 1, 0)) or np.inf
        for b in (None, NumberDephasing(rate=0.1))
    )
    condition = population_kernel(ladder(0.1), [2.0, 5.0], start=(2, 1, 0)).condition
    assert condition is not None
    data = dataset(
        {
            "violation": (("case", "levels", "assumption"), found),
            "late": ("step", late),
            "local": (("form", "time"), np.array(local)),
            "memory": (("form", "time"), np.array(memory)),
        },
        {"case": np.arange(len(cases)), "levels": list(SIZES), "assumption": [1, 2, 3], "step": steps, "time": t},
        {
            "cases": [", ".join(case) for case in cases],
            "forms": list(forms),
            "ratio": RATIO,
            "noise": ORDER / RATIO,
            "models": json.dumps([strong(form).to_mapping() for form in forms]),
        },
    )
    at = {case: found[k] for k, case in enumerate(cases)}
    number, blind = (at["exchange", "anharmonic", n][:, 2] for n in NOISES)
    straight, bent = (at["x⊗x", s, "number"] for s in SPECTRA)

    def listed(values: Real) -> str:
        return ", ".join(f"{v:.3f}" for v in values.tolist())

    first = [_nearer(t, a, b) for a, b in zip(local, memory, strict=True)]
    rows = (
        Row(
            "pure exchange, noise on the level number: exact late rate of levels a, b over 2λ²/γ, |a - b| = 1, 2, 3, 4",
            "one w for all levels (third assumption)",
            ", ".join(f"{w:.5f}" for w in late.tolist()),
            bool(np.abs(late - 1).max() < 0.05),
            f"1/(a - b)² to {np.abs(late * steps**2 - 1).max():.0e}: a bath that tells levels apart breaks A3 from three levels on",
        ),
        Row(
            "violation of A3, M = 2, 3, 4, 5: noise on the number",
            "0",
            listed(number),
            bool(number.max() < 0.05),
            "Markov limit, three units in all states; the same for harmonic spectra",
        ),
        Row(
            "the same, noise blind to the levels",
            "0",
            listed(blind),
            bool(blind.max() < 1e-9),
            "one g(τ) for all transitions puts A3 in",
        ),
        Row(
            "violation of A2 (energy), x⊗x under number noise, anharmonic",
            "0 (anharmonic spectra)",
            listed(bent[:, 1]),
            bool(bent[:, 1].max() < 0.01),
            "the rest is the width γ of the levels",
        ),
        Row(
            "the same, harmonic",
            "not 0",
            listed(straight[:, 1]),
            bool(straight[1:, 1].min() > 0.1),
            "from three levels on: two levels have no harmonic ladder",
        ),
        beyond(
            "violation of A3, x⊗x, anharmonic: number noise, blind noise, M = 5",
            f"{bent[-1, 2]:.3f}, {at['x⊗x', 'anharmonic', 'blind'][-1, 2]:.3f}",
            "x moves one step alone, |V|² grows with n: here the coupling breaks A3, not the bath",
        ),
        Row(
            "violation of A1 (locality), second order, all of the above",
            "0",
            f"{found[:, :, 0].max():.0e}",
            bool(found[:, :, 0].max() < 1e-9),
        ),
        beyond(
            "exact kernel less second order, number noise: p of λ^p; populations with memory (NZ) less time-local (TCL) ones: p",
            f"{of_gains:.3f}, {of_populations:.3f}",
            "4 and 4: the two forms are of one order",
        ),
        beyond(
            f"largest error of a population, TCL | NZ, λ/Γ = {RATIO:g}: " + ", ".join(forms),
            "; ".join(f"{a.max():.4f} | {b.max():.4f}" for a, b in zip(local, memory, strict=True)),
            "four units, until t = 30 (Γt = 15), exact by the master equation",
        ),
        beyond(
            "which is nearer to the exact populations",
            "; ".join(f"{form}: {told}" for form, told in zip(forms, first, strict=True)),
            "the same order, and neither is nearer in general",
        ),
        beyond(
            "first singular time of T, λ = 0.1, three units of three levels: closed, γ = 0.1",
            f"{closed:.4f}, {noisy:.4f}",
            f"condition of T at t = 2, 5 with γ = 0.5: {condition[0]:.3g}, {condition[1]:.3g}",
        ),
    )
    definitions = (ladder(0.1), *(strong(form) for form in forms))
    return Outcome(rows, {"number-dephasing": data}, figures.wu_number_dephasing(data), definitions)


def _nearer(t: Real, local: Real, memory: Real) -> str:
    """Which of the two is nearer, and until when; the first ones, where rounding decides, are left out."""
    known = np.maximum(local, memory) > 1e-9
    nearer, times = (memory < local)[known], t[known]
    change = np.flatnonzero(nearer[1:] != nearer[:-1])
    names = {True: "NZ", False: "TCL"}
    first = names[bool(nearer[0])]
    if not change.size:
        return f"{first} always"
    then = names[bool(nearer[change[0] + 1])]
    more = "" if change.size == 1 else f", {change.size} changes in all"
    return f"{first} until t = {times[change[0]]:.1f}, then {then}{more}"


RECIPES = (
    Recipe(
        "wu-2008-number-dephasing",
        "noise on the level number: rates by quantum number, and second order with and without memory",
        WS,
        number_dephasing,
    ),
)
