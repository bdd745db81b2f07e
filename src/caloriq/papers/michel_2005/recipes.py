"""Michel, Mahler, Gemmer, Fourier's Law from Schrödinger Dynamics, PRL 95, 180602 (2005)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from caloriq.papers.michel_2005 import figures
from caloriq.papers.michel_2005 import matrix_forms as forms_study
from caloriq.papers.michel_2005 import regimes as regimes_study
from caloriq.papers.modular_chain.recipes import (
    BANDWIDTH,
    PRL,
    SEED,
    conductivity_curve,
    deviation_scaling,
    populations,
)
from caloriq.papers.recipe import Outcome, Recipe, Row, beyond, within
from caloriq.reduced.average.criteria import WEAK
from caloriq.results import Progress

if TYPE_CHECKING:
    import xarray as xr


def regimes(quick: bool, progress: Progress | None) -> Outcome:
    """No diffusion where the criteria fail (PRL, after eq. 14): how it fails, which the paper does not say."""
    levels = (32, 64, 128) if quick else (16, 23, 32, 45, 64, 91, 128, 181, 256)
    couplings = np.geomspace(3e-4, 1.0, 17 if quick else 25)
    data = regimes_study.scan(levels, couplings, subunits=3, bandwidth=BANDWIDTH, seed=SEED, progress=progress)
    good = (data.c1 >= 1) & (data.c2 <= WEAK)
    weak, strong = data.c1 <= 0.2, data.c2 >= 1

    def mean(values: xr.DataArray, where: xr.DataArray) -> float:
        return float(values.where(where).mean())

    inside, below, above = (mean(data.mixed_deviation, where) for where in (good, weak, strong))
    speeds = [mean(data.speed, where) for where in (good, weak, strong)]
    rows = (
        Row(
            "D²₀ where both criteria hold",
            "small",
            f"{inside:.1e}",
            inside < 5e-3,
            "mixed start: the theory's own error",
        ),
        Row(
            "D²₀ where c1 ≤ 0.2",
            "no diffusion",
            f"{below:.1e}",
            below > 5 * inside,
            "less than one level within the linewidth",
        ),
        Row("D²₀ where c2 ≥ 1", "no diffusion", f"{above:.1e}", above > 5 * inside, "coupling beyond the bandwidth"),
        Row(
            "decay speed over γ, both hold", "1", f"{speeds[0]:.2f}", within(speeds[0], 0.7, 1.4), "1/e times compared"
        ),
        beyond(
            "decay speed over γ, c1 ≤ 0.2",
            f"{speeds[1]:.2g}",
            "too fast: equal levels of neighbours exchange coherently at λ|v_ii|, and γ = πc1 λ is smaller",
            paper="not said",
        ),
        beyond(
            "P₀ - 1/N at late times, c1 ≤ 0.2",
            f"{mean(data.retained, weak):.2f}",
            "resonant triples of equal levels: the start keeps half as c1 → 0, the others a quarter each",
            paper="not said",
        ),
        beyond(
            "P₀ - 1/N at late times, c2 ≥ 1",
            f"{mean(data.retained, strong):.2f}",
            "too slow: the band no longer matters, the decay saturates at λ√n where γ grows as λ²",
            paper="not said",
        ),
    )
    return Outcome(rows, {"regimes": data}, figures.regimes(data))


def forms(quick: bool, progress: Progress | None) -> Outcome:
    """Results are independent of the exact form of the interaction matrix (PRL and PRE, model sections)."""
    levels, matrices = (200, 2) if quick else (500, 8)
    couplings = tuple(c1 * BANDWIDTH / (2 * levels) for c1 in (1, 2, 4))
    data = forms_study.compare(
        couplings, levels=levels, bandwidth=BANDWIDTH, matrices=matrices, seed=SEED, progress=progress
    )
    means = data.deviation.isel(subunit=0).mean("draw").values  # (coupling, form)
    D = dict(zip(data.attrs["forms"], means.T, strict=True))
    filled = np.array([D[name] for name in ("complex Gaussian", "real Gaussian", "random signs", "random phases")])
    ratio = filled.max(axis=0) / filled.min(axis=0)
    sparse = D["10 % filled"] / D["complex Gaussian"]
    structured = float(min(D["all ones"][2], D["diagonal"][2]))
    rows = (
        Row(
            "largest over smallest D²₀ of the filled random forms, c1 = 4",
            "independent of the form",
            f"{ratio[2]:.1f}",
            bool(ratio[2] < 3),
            "complex and real Gaussian, random signs, random phases",
        ),
        Row(
            "the same at c1 = 1, the papers' choice",
            "independent of the form",
            f"{ratio[0]:.1f}",
            bool(ratio[0] < 3),
            "with no margin in c1 real (time-reversal symmetric) matrices return more to the start",
        ),
        Row(
            "10 % filled over complex Gaussian, c1 = 1, 2, 4",
            "independent of the form",
            " ".join(f"{s:.0f}" if s >= 10 else f"{s:.1f}" for s in sparse),
            bool(sparse[0] < 3),
            "a filled share s acts like s n levels coupled by λ/√s: c1 √s must reach 1",
        ),
        Row(
            "D²₀ of structured matrices (all ones, diagonal), c1 = 4",
            "excluded ('such as to avoid any bias')",
            f"at least {structured:.2f}",
            structured > 0.05,
            "no diffusion at any coupling: randomness is needed",
        ),
    )
    return Outcome(rows, {"forms": data}, figures.forms(data))


RECIPES = (
    Recipe(
        "michel-2005-fig-2",
        "P_µ(t) for N = 3: Schrödinger equation beside rate equation",
        PRL,
        lambda _, progress: populations(3, "reasonably good agreement", progress),
    ),
    Recipe(
        "michel-2005-fig-3",
        "D² over n, with c1 fixed and with λ fixed; D² over N = 2…10",
        PRL,
        deviation_scaling,
        quick_differs=True,
    ),
    Recipe("michel-2005-fig-4", "conductivity over temperature", PRL, lambda _quick, _progress: conductivity_curve()),
    Recipe(
        "michel-2005-regimes",
        "where the rate equation holds, and how it fails beyond c1 and c2",
        PRL,
        regimes,
        quick_differs=True,
    ),
    Recipe("michel-2005-forms", "whether the form of the interaction matters", PRL, forms, quick_differs=True),
)
