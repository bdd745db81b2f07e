"""What PRL says in its last paragraphs: gaps between bands are dispensable, and subunits need not be equal."""

from __future__ import annotations

from itertools import product

import numpy as np

from caloriq._checks import Real
from caloriq.closed.banded import evolve_bands
from caloriq.closed.evolve import evolve
from caloriq.closed.states import Mixed
from caloriq.models.banded import BandedChain, BandedPair
from caloriq.models.product_states import Thermal
from caloriq.models.unequal import UnequalNetwork
from caloriq.papers.common import dataset
from caloriq.papers.michel_2006 import without_gaps_figures
from caloriq.papers.modular_chain.recipes import PRE
from caloriq.papers.recipe import Outcome, Recipe, Row, beyond
from caloriq.reduced.average.ham import ham
from caloriq.results import Progress

WIDTHS = (0.05, 0.2, 0.5, 0.8, 1.0)  # of the bands over the gap between their middles; at 1 they touch
C2 = 2.5e-3  # of the strongest channel, the same for every width
CELLS, LEVELS = (2, 3, 4, 6), 24  # of one spectrum, and its levels
WEAK, STRONG = 2.5e-3, 7.5e-3  # couplings of the spectrum in cells: rates well below the cells' widths, and not
WARM = Thermal(temperatures=(2.0, 0.5), draw="mixed")
SPECTRUM = Thermal(temperatures=(0.6, 0.2), draw="mixed", boltzmann="levels")
SEED, POINTS, SPANS = 1, 41, 4.0
CLOSE = 0.1  # of the difference at the start: how far off counts as following the rates
SAME = 0.05  # likewise, by which predictions may differ from each other


def banded(width: float, levels: int) -> BandedPair:
    """Two subunits of four bands, of one c2 whatever the width: λ ∝ δε."""
    coupling = width / levels * float(np.sqrt(C2)) * 1.5  # S = 2/(3δε) between equal pairs
    return BandedPair(levels=(levels,) * 4, bandwidth=width, coupling=coupling, seed=SEED)


def difference(energies: Real) -> Real:
    """U of the first less that of the second, over its value at the start, shape (T,)."""
    apart = energies[:, 0] - energies[:, 1]
    return np.asarray(apart / apart[0])


def compared(model: BandedChain, start: Thermal, times: Real, progress: Progress | None = None) -> tuple[Real, Real]:
    """Exact and by rates, over the difference at the start."""
    exact = evolve_bands(model, times, initial=start, progress=progress).local_energies
    return difference(exact), difference(ham(model).solve(times, initial=start).local_energies)


def off(exact: Real, rates: Real) -> float:
    """Root mean square over the times."""
    return float(np.sqrt(np.mean((exact - rates) ** 2)))


def different(levels: int) -> dict[str, UnequalNetwork]:
    """Chains of three that differ in their levels alone, and in the widths of their bands as well, at one density."""
    n = (2 * levels, 4 * levels, 3 * levels)
    coupling = 0.7 * 0.05 / n[0]
    fields = {"levels": n, "coupling": coupling, "seed": SEED}
    return {
        "levels": UnequalNetwork(bandwidth=0.05, **fields),
        "widths": UnequalNetwork(bandwidth=(0.05, 0.1, 0.075), **fields),
    }


def without_gaps(quick: bool, progress: Progress | None) -> Outcome:
    """Bands up to touching, one spectrum in several cells, subunits that differ: exact dynamics beside the rates."""
    levels, each = (6, 50) if quick else (8, 100)
    relative = WIDTHS[::4] if quick else WIDTHS
    counts, couplings = (CELLS[:3], (WEAK,)) if quick else (CELLS, (WEAK, STRONG))
    rows, widths = [], []
    for number, width in enumerate(relative):
        model = banded(width, levels)
        times = np.linspace(0, SPANS / ham(model).fastest_rate, POINTS)
        widths.append((times * ham(model).fastest_rate, *compared(model, WARM, times)))
        if progress is not None:
            progress(number + 1, 20)
    far = [off(exact, rates) for _, exact, rates in widths]
    rows.append(
        Row(
            f"rms of exact less rates over the first difference of U, δε/ΔE = {', '.join(f'{w:g}' for w in relative)}",
            "'the gaps between the bands are dispensable'",
            ", ".join(f"{x:.3f}" for x in far),
            max(far) < CLOSE,
            f"four bands of {levels} levels, c2 = {C2:g} of the strongest channel at every width; below {CLOSE:g} agrees; at 1 the bands touch",
        )
    )
    touching = ham(banded(1.0, levels))
    rows.append(
        beyond(
            "δε over the mean energy of a band, bands that touch",
            f"{touching.exchange.relative_width:.2g}",
            "U and κ_th put all levels of a band at its middle: they are as coarse as that, which the dynamics of populations is not",
            paper="'has to be small compared to the mean band energy'",
        )
    )
    cells: dict[str, list[Real]] = {"exact": [], "rates": []}
    spans = {coupling: np.linspace(0, 500.0 * (WEAK / coupling) ** 2, POINTS) for coupling in couplings}
    summed = []
    for number, (coupling, count) in enumerate(product(couplings, counts)):
        model_of_cells = BandedPair.cells(1.0, LEVELS, count, coupling=coupling, seed=SEED)
        exact, rates = compared(model_of_cells, SPECTRUM, spans[coupling])
        cells["exact"].append(exact)
        cells["rates"].append(rates)
        summed.append(ham(model_of_cells).busiest.value)
        if progress is not None:
            progress(number + 6, 20)
    K = len(counts)
    apart = float(np.ptp(np.array(cells["rates"][1:K]), axis=0).max())
    rows.append(
        Row(
            f"largest distance of predictions for {', '.join(map(str, counts[1:]))} cells of one spectrum",
            "'even a continuous spectrum may be spectrally coarse grained'",
            f"{apart:.3f} of the first difference",
            apart < SAME,
            f"{LEVELS} levels in a width of 1; below {SAME:g} agrees. Two cells are too coarse: {float(np.abs(cells['rates'][0] - cells['rates'][K - 1]).max()):.3f}",
        )
    )
    for first, coupling in zip((0, K), couplings, strict=False):
        each_off = [off(cells["exact"][first + k], cells["rates"][first + k]) for k in range(K)]
        rows.append(
            beyond(
                f"rms of exact less rates, {', '.join(map(str, counts))} cells, λ = {coupling:g}",
                ", ".join(f"{x:.3f}" for x in each_off),
                f"Σc2 of the busiest configuration = {', '.join(f'{x:.3f}' for x in summed[first : first + K])}: narrower cells are crossed within their own correlation time",
            )
        )
    runs = {}
    for number, (name, model_of_parts) in enumerate(different(each).items()):
        theory = ham(model_of_parts)
        times = np.linspace(0, 6 / theory.rate, POINTS)
        P = evolve(model_of_parts, times, initial=Mixed(subunit=0), observables=("populations",)).populations
        bands = theory.solve(times).populations
        resolved = theory.solve(times, form="resolved").populations
        runs[name] = (times * theory.rate, P, bands, resolved)
        if progress is not None:
            progress(number + 19, 20)
    models = different(each)
    n = np.asarray(models["levels"].levels) / models["levels"].dimension
    _, P, bands, _ = runs["levels"]
    late, share = P[-POINTS // 5 :].mean(axis=0), ", ".join(f"{x:.3f}" for x in n)
    rows.append(
        Row(
            f"P at last, levels {', '.join(map(str, models['levels'].levels))}, one width",
            f"∝ n: {share} (weights 1/d_µ, PRE 23)",
            ", ".join(f"{x:.3f}" for x in late),
            float(np.abs(late - n).max()) < SAME,
            f"mean over the last fifth; largest |exact - rates| {np.abs(P - bands).max():.3f}; within {SAME:g} agrees",
        )
    )
    _, P, bands, resolved = runs["widths"]
    late = P[-POINTS // 5 :].mean(axis=0)
    rows.append(
        beyond(
            "P at last, the same levels in bands of δε = 0.05, 0.1, 0.075",
            ", ".join(f"{x:.3f}" for x in late),
            f"not ∝ n: only levels at one energy exchange; rates of every energy give {', '.join(f'{x:.3f}' for x in resolved[-1])}; largest distance from them {np.abs(P - resolved).max():.3f}, from the rates of whole bands {np.abs(P - bands).max():.3f}",
        )
    )
    data = {
        "widths": dataset(
            {
                "exact": (("bandwidth", "time"), np.array([x for _, x, _ in widths])),
                "rates": (("bandwidth", "time"), np.array([x for _, _, x in widths])),
                "spans": (("bandwidth", "time"), np.array([x for x, _, _ in widths])),
                "rms": (("bandwidth",), np.array(far)),
            },
            {"bandwidth": np.array(relative)},
        ),
        "cells": dataset(
            {
                name: (("coupling", "cells", "time"), np.array(values).reshape(-1, K, POINTS))
                for name, values in cells.items()
            }
            | {
                "busiest": (("coupling", "cells"), np.array(summed).reshape(-1, K)),
                "instants": (("coupling", "time"), np.array(list(spans.values()))),
            },
            {"coupling": np.array(couplings), "cells": np.array(counts)},
        ),
        "unequal": dataset(
            {
                name: (("case", "time", "subunit"), np.array([run[k] for run in runs.values()]))
                for k, name in ((1, "exact"), (2, "rates"), (3, "resolved"))
            }
            | {"spans": (("case", "time"), np.array([run[0] for run in runs.values()]))},
            {"case": np.arange(len(runs)), "subunit": np.arange(3)},
        ),
    }
    simulated = (*(banded(width, levels) for width in relative), *models.values(), WARM, SPECTRUM)
    return Outcome(tuple(rows), data, without_gaps_figures.without_gaps(data), simulated)


RECIPES = (
    Recipe(
        "michel-2006-without-gaps",
        "bands up to touching, one spectrum in several cells, and subunits that differ",
        PRE,
        without_gaps,
        quick_differs=True,
    ),
)
