"""Wu, Segal (2008): Fourier's law (WS 11, 12) with a conductivity that depends on the temperature."""

from __future__ import annotations

import numpy as np

from caloriq._checks import Real
from caloriq.models.conductivities import PowerConductivity, SampledConductivity
from caloriq.models.screening import Screening
from caloriq.papers.common import counted, dataset
from caloriq.papers.recipe import Outcome, Recipe, Row, beyond
from caloriq.papers.wu_2008 import figures
from caloriq.papers.wu_2008.recipes import WS
from caloriq.reduced.rates.nonlinear import diffuse_nonlinear, steady_nonlinear
from caloriq.reduced.rates.screened import screened_conductivity
from caloriq.results import Progress

HOT, COLD = 400.0, 100.0
LENGTH = 12.0


def barenblatt(r: Real, t: float, dimension: int) -> Real:
    """Of ∂u/∂t = ∇·(u∇u): a paraboloid that spreads (Barenblatt 1952, Pattle 1959)."""
    s = t / 2
    a = dimension / (dimension + 2)
    found = np.maximum(1 - a / (4 * dimension) * r**2 * s ** (-2 * a / dimension), 0)
    return np.asarray(found * s**-a)


def means(cells: int, t: float, dimension: int, parts: int = 20) -> Real:
    """Its means over the cells of a box around the middle."""
    x = (np.arange(cells * parts) + 0.5) * LENGTH / (cells * parts) - LENGTH / 2
    r = np.sqrt(sum(one**2 for one in np.meshgrid(*[x] * dimension, indexing="ij")))
    u = barenblatt(r, t, dimension).reshape([cells, parts] * dimension)
    return np.asarray(u.mean(axis=tuple(range(1, 2 * dimension, 2))))


def nonlinear_diffusion(quick: bool, progress: Progress | None) -> Outcome:
    """A hot and a cold wall with κ ∝ T⁻², and heat that spreads by κ ∝ u."""
    T = np.geomspace(COLD, HOT, 13 if quick else 25)
    ions = screened_conductivity(T, Screening(strength=1.0), separation=0.5, energies=np.linspace(0, 2e4, 20001))
    # a lattice whose heat capacity is one: u is T, and its conductivity w(T)
    law = SampledConductivity(densities=T, values=ions.rates / ions.rates[0])
    cells = 40
    wall = steady_nonlinear((cells, 4), conductivity=law, length=[1.0, 0.1], sides=[(HOT, COLD), "insulated"])
    x, profile = wall.centres[0], wall.density[0][:, 0]
    inverse = 1 / (1 / HOT + (1 / COLD - 1 / HOT) * x)
    linear = HOT + (COLD - HOT) * x
    misfit = float(np.abs(profile / inverse - 1).max())
    kirchhoff = float(law.potential(np.array(HOT)) - law.potential(np.array(COLD)))
    current = float(wall.currents[0][0].mean())

    sizes = {1: (20, 40, 80, 160), 2: (20, 40) if quick else (20, 40, 80)}
    times = np.array([0.0, 1.0, 3.0])
    gaps: dict[int, list[float]] = {1: [], 2: []}
    told: dict[int, list[float]] = {1: [], 2: []}
    kept, shown, fine = 0.0, np.empty(0), np.empty(0)
    for dimension, n in counted([(d, n) for d, each in sizes.items() for n in each], progress):
        start = means(n, 1.0, dimension)
        found = diffuse_nonlinear(
            start, times, conductivity=PowerConductivity(exponent=1.0), length=[LENGTH] * dimension, tol=1e-7
        )
        gaps[dimension].append(float(np.abs(found.density[-1] - means(n, 4.0, dimension)).max()))
        told[dimension].append(float(found.errors[-1]))
        kept = max(kept, found.certificate["energy balance"].value)
        if dimension == 1 and n == 80:
            shown, fine = found.density, found.centres[0] - LENGTH / 2
    reference = np.array([barenblatt(np.abs(fine), 1 + t, 1) for t in times.tolist()])
    slopes = [float(-np.polyfit(np.log(sizes[d]), np.log(gaps[d]), 1)[0]) for d in (1, 2)]
    within = all(gap <= error for d in (1, 2) for gap, error in zip(gaps[d], told[d], strict=True))

    layers = np.repeat([1.0, 4.0, 0.5, 2.0], 4)
    series = steady_nonlinear(
        (16, 4),
        conductivity=PowerConductivity(exponent=1.0),
        rate=np.repeat(layers[:, None], 4, axis=1),
        length=[1.0, 1.0],
        sides=[(2.0, 1.0), "insulated"],
    )
    expected = 1.5 / float(np.mean(1 / layers))
    through = float(np.abs(series.currents[0][0] / expected - 1).max())
    data = dataset(
        {
            "profile": ("x", profile),
            "inverse": ("x", inverse),
            "linear": ("x", linear),
            "spread": (("time", "place"), shown),
            "reference": (("time", "place"), reference),
            "gap_1": ("cells_1", np.array(gaps[1])),
            "told_1": ("cells_1", np.array(told[1])),
            "gap_2": ("cells_2", np.array(gaps[2])),
            "told_2": ("cells_2", np.array(told[2])),
        },
        {"x": x, "time": times, "place": fine, "cells_1": list(sizes[1]), "cells_2": list(sizes[2])},
        {"hot": HOT, "cold": COLD},
    )
    rows = (
        Row(
            f"steady T between walls at {HOT:g} and {COLD:g}, wells with V e^(-αTr), over that of κ ∝ T⁻², less 1",
            "0 (κ ∝ 1/T² at high T)",
            f"{misfit:.4f}",
            misfit < 0.02,
            "1/T is linear then; the contact is not quite reached at the cold wall",
        ),
        beyond(
            "current over (Φ(hot) - Φ(cold))/L, less 1",
            f"{abs(current / kirchhoff - 1):.0e}",
            "Kirchhoff's transform, in a plane by conjugate gradients",
        ),
        beyond(
            "layers of w = 1, 4, ½, 2 with κ = u: current over that of resistances in series, less 1",
            f"{through:.0e}",
            "in a plane",
        ),
        beyond(
            "heat that spreads by κ = u: largest error at t = 3, line of 160 cells, plane of " + f"{sizes[2][-1]}²",
            f"{gaps[1][-1]:.4f}, {gaps[2][-1]:.4f}",
            f"told: {told[1][-1]:.4f}, {told[2][-1]:.4f}; means over the cells of the self-similar solution",
        ),
        beyond(
            "every error within what is told",
            "yes" if within else "no",
            "falls as cells^-p with p = " + ", ".join(f"{p:.2f}" for p in slopes) + ": the front has a kink",
        ),
        beyond("energy lost, relative", f"{kept:.0e}", "finite volumes"),
    )
    return Outcome(rows, {"nonlinear-diffusion": data}, figures.wu_nonlinear_diffusion(data))


RECIPES = (
    Recipe(
        "wu-2008-nonlinear-diffusion",
        "diffusion with a conductivity that depends on the temperature, on a line and in a plane",
        WS,
        nonlinear_diffusion,
        quick_differs=True,
    ),
)
