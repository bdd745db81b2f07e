"""What PRL and PRE say of temperature and irreversibility: that subunits come to have one temperature, and that the whole forgets nothing."""

from __future__ import annotations

import json

import numpy as np

from caloriq._checks import Real
from caloriq.closed.gibbs import inverse, inverse_temperature
from caloriq.closed.local_states import LocalStates, local_states
from caloriq.closed.reversal import reversal
from caloriq.closed.states import Haar
from caloriq.closed.wholes import subunit_levels
from caloriq.models.banded import BandedChain
from caloriq.models.product_states import Thermal, thermal
from caloriq.papers.common import dataset
from caloriq.papers.michel_2006 import local_figures
from caloriq.papers.modular_chain.recipes import PRE, paper_chain
from caloriq.papers.recipe import Outcome, Recipe, Row, beyond
from caloriq.progress import shares
from caloriq.reduced.average.ham import ham
from caloriq.results import Progress

BANDWIDTH, SEED = 0.05, 1
SPANS = 40.0  # over the fastest rate: the slowest of the three bands' rates is many times slower
GRADIENT = (0.5, 1.0, 1.5)
INVERTED = (-2.0, -3.0, -1.5)
KICKS = (0.0, 0.03, 0.1, 0.3, 1.0, 3.0)
PAGE = 4 / (3 * np.pi)  # ½‖ρ - 1/d‖₁ of a random state of d x D levels is PAGE √(d/D), by the semicircle law


def three(scale: int) -> BandedChain:
    """Three subunits of 1, s and 3s levels, with one c2 for every s."""
    return BandedChain(
        subunits=3, levels=(1, scale, 3 * scale), bandwidth=BANDWIDTH, coupling=2.45e-3 / scale**0.5, seed=SEED
    )


def even(levels: int) -> BandedChain:
    """Three subunits of three equal bands: half of all energies belong to negative temperatures."""
    return BandedChain(subunits=3, levels=(levels,) * 3, bandwidth=BANDWIDTH, coupling=2e-3, seed=SEED)


def times(model: BandedChain, spans: float = SPANS, points: int = 41) -> Real:
    """Up to `spans` over the fastest rate."""
    return np.linspace(0, spans / ham(model).fastest_rate, points)


def by_rates(model: BandedChain, start: Thermal, t: Real) -> Real:
    """Temperatures of the subunits by the rate equation, shape (T, N): of the Gibbs states of its energies."""
    levels = subunit_levels(model)
    U = ham(model).solve(t, initial=start).local_energies
    return np.array([[inverse(inverse_temperature(levels, u)) for u in row] for row in U.tolist()])


def common_temperature(model: BandedChain, energies: Real) -> float:
    """T at which all subunits together have the energy that they have, shape (N,)."""
    return inverse(inverse_temperature(subunit_levels(model), float(energies.mean())))


def late(found: LocalStates, name: str) -> Real:
    """Mean over the last fifth of the times, of every subunit."""
    values: Real = getattr(found, name)
    mean: Real = values[-(len(values) // 5) :].mean(axis=0)
    return mean


def temperature(quick: bool, progress: Progress | None) -> Outcome:
    """Subunits that start as pure states at different temperatures come to have one, of either sign (PRL end, PRE VII)."""
    scales = (2, 3, 4) if quick else (2, 3, 4, 6, 8)
    main = scales[-1] if quick else 6
    parts = iter(shares(progress, [float(s) ** 3 for s in scales] + [float(main) ** 2]))
    runs = {}
    for s in scales:
        model, start = three(s), thermal(GRADIENT, seed=SEED)
        runs[s] = local_states(model, times(model), initial=start, progress=next(parts))
    found, model = runs[main], three(main)
    t, start = found.times, thermal(GRADIENT, seed=SEED)
    rates = by_rates(model, start, t)
    upside = even(4 if quick else 8)
    inverted = local_states(upside, times(upside, 20.0), initial=thermal(INVERTED, seed=SEED), progress=next(parts))
    pair = BandedChain(subunits=2, levels=model.levels, bandwidth=BANDWIDTH, coupling=model.coupling, seed=SEED)
    two = local_states(pair, times(pair), initial=thermal([0.5, 1.5], seed=SEED))
    chain = paper_chain(3).model_copy(update={"levels": 50, "coupling": 5e-4})
    excited = local_states(chain, np.linspace(0, 5 / ham(chain).rate, 11), initial=Haar(subunit=0, seed=SEED))
    d = np.array([1 + 4 * s for s in scales], dtype=float)
    apart = np.array([late(runs[s], "distances") for s in scales])
    data = {
        "temperature": found.to_dataset().assign(rates=(("time", "subunit"), rates)),
        "inverted": inverted.to_dataset(),
        "sizes": dataset(
            {
                "distance": (("levels", "subunit"), apart),
                "random": ("levels", PAGE / np.sqrt(d)),
            },
            {"levels": d},
            {"models": json.dumps([three(s).to_mapping() for s in scales])},
        ),
    }
    spread = [float(np.ptp(found.temperatures[k])) for k in (0, -1)]
    off = np.abs(found.temperatures / rates - 1)[1:]
    target, below = common_temperature(model, found.energies[-1]), common_temperature(upside, inverted.energies[-1])
    beta = 1 / inverted.temperatures
    slope, _ = np.polyfit(np.log(d), np.log(apart.mean(axis=1)), 1)
    rows = (
        Row(
            "largest difference of T_µ, first and last",
            "'slightly different temperature' near equilibrium (PRL, after 15)",
            f"{spread[0]:.3f}, {spread[1]:.3f}",
            bool(spread[1] < 0.25 * spread[0]),
            f"{main} and {3 * main} levels, from T = 0.5, 1, 1.5; T_µ is that of the Gibbs state of the same energy",
        ),
        beyond(
            "T_µ at the end, with typicality widths; T of all the energy",
            " ".join(
                f"{T:.3f} ± {w:.3f}"
                for T, w in zip(late(found, "temperatures"), found.temperature_widths[-1], strict=True)
            )
            + f"; {target:.3f}",
            f"c1 = {ham(model).criteria[0].value:.2f}, below 1: so few levels relax all the same, but a stronger coupling of them does not",
        ),
        Row(
            "T_µ(t) beside the rate equation, root mean square and largest of T/T(rates) - 1",
            "'temperature diffusive behavior already for pure states' (PRE VII)",
            f"{np.sqrt(np.mean(off**2)):.3f}, {off.max():.3f}",
            bool(np.sqrt(np.mean(off**2)) < 0.1),
            "one pure start; rates with their bands at 1/γ of the fastest",
        ),
        Row(
            "trace distance of ρ_µ from its Gibbs state, first and last",
            "'approximately canonical (Gibbs state)' (PRL, after 15)",
            f"{found.distances[0].min():.2f}, {late(found, 'distances').max():.2f}",
            bool(late(found, "distances").max() < 0.4 * found.distances[0].min()),
            "the start is pure, hence far; the populations of bands alone are at "
            f"{late(found, 'band_distances').max():.3f}",
        ),
        beyond(
            "exponent of that distance over the levels d of a subunit; of a random state",
            f"{slope:.2f}; -0.5",
            f"random states of d x d² levels: (4/3π)/√d = {PAGE / np.sqrt(d[-1]):.3f} at d = {d[-1]:.0f}, here {apart[-1].mean():.3f}",
        ),
        beyond(
            "the same of a pair of equal subunits",
            f"{late(two, 'distances').max():.2f}",
            "a pure pair leaves each half a rest no larger than itself: no Gibbs state, whatever its energy",
        ),
        Row(
            "T of the subunit that is all in its band, of those in the ground level (one excitation)",
            "'negative, infinite', 'zero' (PRE VII)",
            f"{excited.temperatures[0, 0]:.2g}, {excited.temperatures[0, 1]:.2g}",
            bool(excited.temperatures[0, 0] < 0 and np.all(excited.temperatures[0, 1:] == 0)),
            "it is β that is large and negative, T is just below 0; its band levels make it finite",
        ),
        Row(
            "inverted subunits: β_µ first, last; β of all the energy",
            "not said",
            f"{', '.join(f'{b:.3f}' for b in beta[0])}; {', '.join(f'{b:.3f}' for b in beta[-1])}; {1 / below:.3f}",
            None,
            f"they come to one negative temperature as well, distances {late(inverted, 'distances').max():.2f}",
        ),
    )
    return Outcome(rows, data, local_figures.temperatures(data), (model, upside, pair, chain))


def entropy(quick: bool, progress: Progress | None) -> Outcome:
    """Entropies of the parts grow while the whole keeps its own; run backwards it returns, kicked in one subunit it does not (PRE IX)."""
    model = three(3 if quick else 6)
    start, t = thermal(GRADIENT, seed=SEED), times(model, points=21 if quick else 41)
    first, second = shares(progress, [1.0, len(KICKS) + 1.0])
    local = local_states(model, t, initial=start, progress=first)
    way = reversal(model, t, KICKS, subunit=1, initial=start, seed=SEED, progress=second)
    total, most = local.entropies.sum(axis=1), local.gibbs_entropies.sum(axis=1)
    blend = BandedChain(subunits=2, levels=(1, 2, 4), bandwidth=BANDWIDTH, coupling=3e-3, seed=SEED)
    mixed = local_states(blend, times(blend, 20.0, 21), initial=thermal([0.5, 1.5], draw="mixed", boltzmann="levels"))
    rates = by_rates(model, start, t)
    U = ham(model).solve(t, initial=start).local_energies
    production = float(np.sum(np.diff(U, axis=0) * (1 / rates[1:] + 1 / rates[:-1]) / 2))  # Σ ∫ dU_µ/T_µ
    back = way.returning.sum(axis=2)[:, 0]
    data = {"entropy": local.to_dataset(), "reversal": way.to_dataset(), "mixed": mixed.to_dataset()}
    rises = float(np.diff(total).min())
    rows = (
        Row(
            "sum of the subunits' entropies, first and last; of the whole",
            "'irreversibility … traced back to a reduced description' (PRE IX)",
            f"{total[0]:.2f}, {total[-1]:.2f}; {local.total_entropy:.0f}",
            bool(total[-1] > 0.8 * most[-1] and local.total_entropy == 0),
            f"{total[-1] / most[-1]:.3f} of what Gibbs states of the energies have; least rise per step {rises:.1e}",
        ),
        Row(
            "entropy of local equilibrium, Σ S(U_µ), last less first",
            "grows: heat runs from hot to cold",
            f"{local.produced[-1]:.3f}",
            bool(local.produced[-1] > 0),
            f"by the rate equation Σ∫dU_µ/T_µ = {production:.3f}",
        ),
        Row(
            "overlap with the start after the way back, without a kick",
            "'reversible Schrödinger dynamics on the complete level of description' (PRE abstract)",
            f"1 - {max(0.0, 1 - way.overlaps[0]):.0e}",
            bool(abs(way.overlaps[0] - 1) < 1e-7),
            f"the entropies come back to {max(0.0, back[0]):.0e}",
        ),
        beyond(
            "overlap after kicks of one subunit by " + ", ".join(f"{k:g}" for k in KICKS[1:]) + " rad",
            " ".join(f"{o:.3f}" for o in way.overlaps[1:]),
            "that of the kick itself, since the way back is unitary: no disturbance is amplified",
        ),
        beyond(
            "sum of entropies at the end of the way back after these kicks",
            " ".join(f"{s:.2f}" for s in back[1:]),
            f"of {total[-1]:.2f} where it was turned: a kick of one subunit in three undoes most of the return of all of them",
        ),
        beyond(
            "mixed pair: entropy of the whole; sum of the parts, first and last",
            f"{mixed.total_entropy:.4f}; {mixed.entropies[0].sum():.4f}, {mixed.entropies[-1].sum():.4f}",
            "Gibbs states at T = 0.5 and 1.5: the parts together have more than the whole as soon as they are correlated",
        ),
    )
    return Outcome(rows, data, local_figures.entropies(data), (model, blend))


RECIPES = (
    Recipe(
        "michel-2006-temperature",
        "temperatures of the subunits in time, and their distance from Gibbs states",
        PRE,
        temperature,
        quick_differs=True,
    ),
    Recipe(
        "michel-2006-entropy",
        "entropies of the parts and of the whole, and the way back",
        PRE,
        entropy,
        quick_differs=True,
    ),
)
