"""Michel, Gemmer, Mahler, Application of the Hilbert space average method on heat conduction models, PRE 73, 016101 (2006)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from caloriq.closed.states import Haar
from caloriq.papers.common import dataset
from caloriq.papers.michel_2006 import figures
from caloriq.papers.michel_2006 import starts_at_random as ensemble
from caloriq.papers.modular_chain import deviation_scaling as scaling
from caloriq.papers.modular_chain.recipes import (
    BANDWIDTH,
    PRE,
    SEED,
    TOLERANCE,
    conductivity_curve,
    deviation_scaling,
    paper_chain,
    populations,
)
from caloriq.papers.recipe import Outcome, Recipe, Row, beyond
from caloriq.results import Progress

if TYPE_CHECKING:
    import xarray as xr

STARTS = 15_000


def histogram(quick: bool, progress: Progress | None) -> Outcome:
    """D²₀ over 15 000 equally distributed starts, N = 2 (PRE Fig. 4)."""
    chain, samples = paper_chain(2), 1000 if quick else STARTS
    data = ensemble.histogram(chain, samples=samples, seed=2, progress=progress)
    values = data.deviation.values
    mean, exact = float(values.mean()), float(data.attrs["exact_mean"])
    error = float(values.std(ddof=1) / samples**0.5)
    relative = values / np.median(values)
    alike = float(((relative > 0.5) & (relative < 2)).mean())
    rows = (
        Row("initial states", "15 000", f"{samples}", samples == STARTS if not quick else None),
        Row(
            "mean of D²₀",
            "'small'",
            f"({1e4 * mean:.2f} ± {1e4 * error:.2f})e-4",
            bool(mean < 1e-3),
            "the figure's axis is in units of 1e-3",
        ),
        beyond(
            "mean over all starts, exactly",
            f"{1e4 * exact:.3f}e-4",
            f"from the second moments of the propagator, no sampling; the mean of the samples is {(mean - exact) / error:+.1f} errors off",
        ),
        Row(
            "share of starts with D²₀ within a factor of 2 of the median",
            "'almost all initial states lead to approximately the same small deviation'",
            f"{100 * alike:.2f} %",
            bool(alike > 0.9),
        ),
        beyond("largest D²₀", f"{values.max():.1e}"),
    )
    return Outcome(
        rows, {"histogram": data}, figures.deviation_histogram(data), (chain, Haar(subunit=0, seed=2, samples=samples))
    )


def mixed(quick: bool, progress: Progress | None) -> Outcome:
    """A drastic reduction of D² for mixed starts (PRL, end; PRE V), computed exactly, not by sampling."""
    sizes, draws = ((50, 100, 200), 4) if quick else ((50, 100, 200, 400, 600), 8)
    pure = scaling.over_levels(sizes, c1=1.0, matrices=draws, seed=SEED, bandwidth=BANDWIDTH)
    blend = scaling.over_levels(
        sizes, c1=1.0, matrices=draws, seed=SEED, bandwidth=BANDWIDTH, mixed=True, progress=progress
    )
    data: xr.Dataset = dataset(
        {"pure": pure.deviation, "mixed": blend.deviation},
        attrs={
            f"{name}_{key}": part.attrs[key]
            for name, part in (("pure", pure), ("mixed", blend))
            for key in ("slope", "slope_error", "worst_certificate")
        }
        | {"models": pure.attrs["models"]},
    )
    factor = (pure.deviation.mean("draw") / blend.deviation.mean("draw")).values
    rows = (
        Row(
            f"D²₀ pure over mixed, n = {sizes[0]}",
            "'drastic reduction'",
            f"{factor[0]:.1f}",
            bool(factor[0] > 2),
            "c1 = 1 fixed, N = 3",
        ),
        Row(
            f"D²₀ pure over mixed, n = {sizes[-1]}",
            "'drastic reduction'",
            f"{factor[-1]:.1f}",
            bool(factor[-1] > 5),
            "what is left is the theory's own error, not a fluctuation",
        ),
        Row(
            "exponent over n: pure, mixed",
            "-1 (1/n), not given",
            f"{pure.attrs['slope']:.2f} ± {pure.attrs['slope_error']:.2f}, {blend.attrs['slope']:.2f} ± {blend.attrs['slope_error']:.2f}",
            abs(pure.attrs["slope"] + 1) <= TOLERANCE if pure.attrs["slope_error"] <= TOLERANCE else None,
            f"agreement is -1 ± {TOLERANCE} of the pure starts, judged if the error is smaller; where the mixed ones fall faster, the reduction grows with n",
        ),
    )
    return Outcome(rows, {"mixed": data}, figures.pure_and_mixed(data))


RECIPES = (
    Recipe(
        "michel-2006-fig-2",
        "P_µ(t) for N = 3: Schrödinger equation beside rate equation",
        PRE,
        lambda _, progress: populations(3, "very good accordance", progress),
    ),
    Recipe(
        "michel-2006-fig-3",
        "P_µ(t) for N = 5: Schrödinger equation beside rate equation",
        PRE,
        lambda _, progress: populations(5, "very good accordance", progress),
    ),
    Recipe("michel-2006-fig-4", "histogram of D² over 15 000 starts, N = 2", PRE, histogram, quick_differs=True),
    Recipe(
        "michel-2006-fig-5",
        "D² over n, with c1 fixed and with λ fixed; D² over N = 2…10",
        PRE,
        deviation_scaling,
        quick_differs=True,
    ),
    Recipe("michel-2006-fig-8", "conductivity over temperature", PRE, lambda _quick, _progress: conductivity_curve()),
    Recipe("michel-2006-mixed", "pure against maximally mixed starts", PRE, mixed, quick_differs=True),
)
