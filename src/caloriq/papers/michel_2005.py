"""Michel, Mahler, Gemmer, Fourier's Law from Schrödinger Dynamics, PRL 95, 180602 (2005)."""

from __future__ import annotations

import numpy as np

from caloriq import plots
from caloriq.closed.blocks import Progress
from caloriq.papers.modular_chain import (
    BANDWIDTH,
    PRL,
    SEED,
    conductivity_curve,
    deviation_scaling,
    paper_chain,
    populations,
)
from caloriq.papers.recipe import Outcome, Recipe, Row
from caloriq.studies import forms as forms_study
from caloriq.studies import regimes as regimes_study


def regimes(quick: bool, progress: Progress | None) -> Outcome:
    """No diffusion where the criteria fail (PRL, after eq. 14): how it fails, which the paper does not say."""
    levels = (20, 40, 80) if quick else (16, 23, 32, 45, 64, 91, 128, 181, 256)
    couplings = np.geomspace(3e-4, 1.0, 12 if quick else 25)
    data = regimes_study.scan(levels, couplings, bandwidth=BANDWIDTH, seed=SEED, progress=progress)
    good = (data.c1 >= 1) & (data.c2 <= 0.01)
    weak, strong = data.c1 <= 0.2, data.c2 >= 1
    inside, below, above = (float(data.mixed_deviation.where(mask).mean()) for mask in (good, weak, strong))
    kept = float(data.retained.where(weak).mean())
    speed = float(data.speed.where(strong).mean())
    rows = (
        Row(
            "D²₁ where both criteria hold",
            "small",
            f"{inside:.1e}",
            inside < 5e-3,
            "mixed start: the theory's own error",
        ),
        Row(
            "D²₁ where c1 ≤ 0.2",
            "no diffusion",
            f"{below:.1e}",
            below > 3 * inside,
            "too few levels within the linewidth",
        ),
        Row(
            "what stays in subunit 1 where c1 ≤ 0.2",
            "not said",
            f"P₁ - 1/N = {kept:.2f} at late times",
            kept > 0.05,
            "the levels stay resolved: the excitation never spreads evenly",
        ),
        Row("D²₁ where c2 ≥ 1", "no diffusion", f"{above:.1e}", above > 3 * inside, "coupling beyond the bandwidth"),
        Row(
            "speed of the decay over γ where c2 ≥ 1",
            "not said",
            f"{speed:.2g}",
            speed < 0.5,
            "slower than γ ∝ λ²: it saturates at the rate λ√n of a coherent exchange",
        ),
    )
    return Outcome(rows, {"regimes": data}, plots.regimes(data), (paper_chain(2),))


def forms(quick: bool, progress: Progress | None) -> Outcome:
    """Results are independent of the exact form of the interaction matrix (PRL and PRB, model sections)."""
    levels, matrices = (200, 2) if quick else (500, 8)
    couplings = tuple(c1 * BANDWIDTH / (2 * levels) for c1 in (1, 2, 4))
    data = forms_study.compare(
        couplings, levels=levels, bandwidth=BANDWIDTH, matrices=matrices, seed=SEED, progress=progress
    )
    D = data.deviation.isel(subunit=0).mean("draw")
    filled = [str(f) for f in data.form.values if bool(data.unbiased.sel(form=f)) and f != "10 % filled"]
    ratio = [
        float(D.sel(form=filled).isel(coupling=c).max() / D.sel(form=filled).isel(coupling=c).min()) for c in range(3)
    ]
    sparse = [
        float(D.sel(form="10 % filled").isel(coupling=c) / D.sel(form="complex Gaussian").isel(coupling=c))
        for c in range(3)
    ]
    structured = min(float(D.sel(form=f).isel(coupling=2)) for f in ("all ones", "diagonal"))
    rows = (
        Row(
            "largest over smallest D²₁ of the filled random forms, c1 = 4",
            "independent of the form",
            f"{ratio[2]:.1f}",
            ratio[2] < 3,
            "complex and real Gaussian, random signs, random phases",
        ),
        Row(
            "the same at c1 = 1, the papers' choice",
            "independent of the form",
            f"{ratio[0]:.1f}",
            ratio[0] < 3,
            "with no margin in c1 real (time-reversal symmetric) matrices return more to the start",
        ),
        Row(
            "10 % filled over complex Gaussian, c1 = 1, 2, 4",
            "independent of the form",
            " ".join(f"{s:.0f}" if s >= 10 else f"{s:.1f}" for s in sparse),
            sparse[0] < 3,
            "what counts is c1 times the filled share: a tenth of the levels is reached",
        ),
        Row(
            "D²₁ of structured matrices (all ones, diagonal), c1 = 4",
            "excluded ('such as to avoid any bias')",
            f"at least {structured:.2f}",
            structured > 0.05,
            "no diffusion at any coupling: randomness is needed",
        ),
    )
    return Outcome(rows, {"forms": data}, plots.forms(data), (paper_chain(3),))


RECIPES = (
    Recipe(
        "michel-2005-fig-2",
        "P_µ(t) for N = 3: Schrödinger equation beside rate equation",
        PRL,
        lambda _, progress: populations(3, progress),
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
