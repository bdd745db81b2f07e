"""What PRE 73, 016101 (2006), sects. VII and VIII, argue for and do not show: several bands, heat, wavelengths."""

from __future__ import annotations

import numpy as np

from caloriq.models.banded import BandedPair
from caloriq.models.modular import ModularChain
from caloriq.models.product_states import thermal
from caloriq.papers.common import counted
from caloriq.papers.michel_2006 import band_figures
from caloriq.papers.michel_2006 import pairs_of_bands as bands
from caloriq.papers.modular_chain.recipes import PRE
from caloriq.papers.recipe import Outcome, Recipe, Row, beyond, within
from caloriq.progress import shares
from caloriq.reduced.average.ham import ham
from caloriq.reduced.average.theory import Theory
from caloriq.results import Progress
from caloriq.transport.heat import heat_response
from caloriq.transport.modes import mode_decay, same_on_every_bond

SBG = "Steinigeweg, Breuer, Gemmer, PRL 99, 150601 (2007), doi:10.1103/PhysRevLett.99.150601"
TEMPERATURES = (0.1, 1.0)  # a decade that holds the largest κ of one band (0.15) and of three (0.55)


def _criteria(theory: Theory) -> str:
    """Both criteria, and whether they hold."""
    c1, c2 = theory.criteria
    return f"c1 = {c1.value:.3g}, c2 = {c2.value:.1e} ({'both hold' if theory.holds else 'not met'})"


def multiband(quick: bool, progress: Progress | None) -> Outcome:
    """A pair with three bands: exact and by rates; unequal n and equilibrium; ensembles of pure thermal starts."""
    n, c2 = (24, 7.5e-3) if quick else (60, 3e-3)  # c1 is just above 1
    model = bands.pair((n, n, n), c2)
    start = thermal(1.0, difference=0.4, seed=3)
    evolution = bands.beside_theory(model, start, progress=shares(progress, (4, 1))[0])
    theory = ham(model)
    apart = evolution.energies - evolution.theory_energies
    unequal = bands.pair((4, 12, 28), 3e-3)
    drift = bands.equilibrium_drift(unequal, 1.0)
    small = bands.pair((8, 8, 8), 5e-3)
    sizes = [1, 2, 4, 8, 16] if quick else [1, 2, 4, 8, 16, 32, 64]
    ensembles = bands.ensembles(small, 1.0, 0.4, sizes, 16)
    slopes = [float(np.polyfit(np.log(sizes), np.log(d), 1)[0]) for d in ensembles.distance.values]
    left = {form: float(np.abs(drift[form] / drift[form][0] - 1).max()) for form in ("golden_rule", "printed", "exact")}
    cold, hot = theory.laws()
    rows = (
        beyond(
            f"three bands of {n} levels: root mean square of U exact - U by rates, over U₁ - U₂ at the start",
            f"{float(np.sqrt((apart**2).mean())) / float(evolution.energies[0, 0] - evolution.energies[0, 1]):.3f}",
            f"one pure quasi-thermal start at T = 1 ± 0.2; {_criteria(theory)}, levels in phase again at t × rate = {theory.rephasing_time * theory.fastest_rate:.2g}; {evolution.attrs['method']}",
            paper="not shown",
        ),
        Row(
            "equilibrium P ∝ n e^{-E/T} with 4, 12, 28 levels: largest relative change, printed PRE (44)",
            "0 (stationary)",
            f"{left['printed']:.2f}",
            left["printed"] < 1e-9,
            "one rate for both directions drives P, not P/n, to one value",
        ),
        Row(
            "the same by the golden-rule equation",
            "0",
            f"{left['golden_rule']:.0e}",
            left["golden_rule"] < 1e-12,
            "k symmetric, rates k n of the final pair state",
        ),
        Row(
            "the same exactly",
            "0",
            f"{left['exact']:.0e}",
            left["exact"] < 1e-9,
            "all levels of a shell are equally occupied, which is stationary",
        ),
        Row(
            "ensembles of pure starts approach the mixture as samples^p: Haar, random phases; p",
            "-1/2 ('may lead to the usual thermal state')",
            ", ".join(f"{s:.3f}" for s in slopes),
            all(within(s, -0.6, -0.4) for s in slopes),
            f"{sizes[-1]} samples at most, root mean square of U over 16 groups",
        ),
        Row(
            "low temperatures, κ_th ∝ e^{-A/T}/T²: A",
            "1 (one band)",
            f"{cold.value:.6f} ± {cold.error:.0e}",
            within(cold.value, 0.999, 1.001),
            "fitted for ΔE/T = 40…80",
        ),
        Row(
            "high temperatures, κ_th ∝ T^p: p",
            "-2 (one band)",
            f"{hot.value:.4f} ± {hot.error:.0e}",
            within(hot.value, -2.01, -1.99),
            "fitted for T = 30…60 times the highest band",
        ),
    )
    data = {"evolution": evolution, "drift": drift, "ensembles": ensembles}
    return Outcome(rows, data, band_figures.multiband(evolution, drift, ensembles), (model, unequal, small, start))


def _pairs(quick: bool) -> tuple[dict[str, BandedPair], dict[str, int | None]]:
    """One band, three equal ones, three unequal ones."""
    n = 16 if quick else 40
    unequal = (12, 20, 28) if quick else (20, 32, 44)
    models = {
        "one band": bands.pair((1, 200 if quick else 500), 1.3e-3 if quick else 1.1e-3),
        f"three bands of {n}": bands.pair((n, n, n), 2e-3 if quick else 7e-4, band="random"),
        f"bands of {', '.join(map(str, unequal))}": bands.pair(unequal, 3e-3 if quick else 1e-3, band="random"),
    }
    return models, dict(zip(models, (None, 4, 4), strict=True))


def conductivity_exact(quick: bool, progress: Progress | None) -> Outcome:
    """κ_th(T) from the exact dynamics, PRE (47), and linear response, over a decade of temperatures."""
    T = np.geomspace(*TEMPERATURES, 61)
    models, samples = _pairs(quick)
    found, data = bands.responses(models, T, samples, progress)
    data = data.assign_attrs(every=10 if quick else 5)  # temperatures between two dots of the figure
    rows = []
    for name, r in found.items():
        theory = ham(r.model)
        inside = r.error + r.theory_error
        ends = [
            f"{x[0]:.3f}, {x[-1]:.3f}"
            for x in (r.early / r.theory, r.conductivity / r.theory, r.conductivity / r.resolved)
        ]
        errors = [f"{x[0] / r.theory[0]:.3f}" for x in (r.early_error, r.error, r.theory_error)]
        rows.append(
            Row(
                f"κ exact, at early times / κ of linear response, {name}: T = 0.1, 1",
                "1 (what the paper argues for)",
                ends[0],
                bool(np.all(r.agrees_early)),
                f"errors {errors[0]} (exact), {errors[2]} (next order of theory); {_criteria(theory)}; {r.method.name}",
            )
        )
        rows.append(
            Row(
                f"the same over one decay time, {name}",
                "1",
                ends[1],
                bool(np.all(np.abs(r.conductivity - r.theory) <= inside)),
                f"errors {errors[1]} and {errors[2]}; where pair spectra are no boxes, the middle of a shell empties before its edges",
            )
        )
        rows.append(
            beyond(
                f"the same / golden rule with own rates at every energy of a shell, {name}",
                ends[2],
                f"over the same time; within the same errors at {int(np.sum(r.agrees))} of {T.size} temperatures",
                paper="not in the papers",
            )
        )
        rows.append(
            Row(
                f"κ of PRE (47) / linear response, {name}: T = 0.1, 1",
                "1",
                f"{r.printed[0] / r.theory[0]:.4f}, {r.printed[-1] / r.theory[-1]:.4f}",
                bool(np.allclose(r.printed, r.theory, rtol=1e-12)),
                "PRE (47) with κ = k √(n n'): equal for equal n alone",
            )
        )
    return Outcome(tuple(rows), {"conductivity": data}, band_figures.heat_conductivity(data), tuple(models.values()))


def linearity(quick: bool, progress: Progress | None) -> Outcome:
    """J over ΔT from the exact dynamics, and where it stops to be linear."""
    models, samples = _pairs(quick)
    grid, found = np.geomspace(*TEMPERATURES, 400), {}
    for name, model in counted(list(models.items()), progress):
        warm = float(grid[np.argmax(ham(model).conductivity(grid))])
        found[name] = heat_response(model, [warm], samples=samples[name], seed=3)
    ratios = np.concatenate([np.linspace(0.01, 0.2, 20), np.linspace(0.25, 1.0, 16)])
    data = bands.currents(found, ratios)
    rows = []
    for k, name in enumerate(found):
        J, error = data.current.values[k], data.error.values[k]
        bend = np.abs(J / (J[0] / ratios[0] * ratios) - 1)[:20].max()
        relative = float(error[0] / abs(J[0]))
        first = float(data.first_nonlinearity[k])
        rows.append(
            Row(
                f"largest |J/κΔT - 1| for ΔT/T ≤ 0.2, {name}",
                "0 (first order in ΔT, PRE 41-46)",
                f"{bend:.4f}",
                bool(bend <= relative),
                f"T = {float(data.temperature[k]):.3f}, where κ is largest; error of the exact κ {relative:.4f}",
            )
        )
        rows.append(
            beyond(
                f"first visible nonlinearity, {name}: ΔT/T",
                f"{first:.2f}" if first < 2 else "none",
                "where |J/κΔT - 1| passes the error of κ; the bend is that of the Boltzmann factors",
            )
        )
    return Outcome(tuple(rows), {"linearity": data}, band_figures.heat_linearity(data), tuple(models.values()))


def _said(exponent: float, left: float) -> str:
    """An exponent, or why there is none: the mode stays, or is gone within two instants."""
    if left > 0.5:
        return "stays"
    return "gone at once" if np.isnan(exponent) else f"{exponent:.2f}"


def crossover(quick: bool, progress: Progress | None) -> Outcome:
    """Every wavelength of modular chains: ballistic, diffusive, ballistic again or localised."""
    N, n = (16, 12) if quick else (36, 24)

    def chain(c1: float) -> ModularChain:
        return ModularChain(subunits=N, levels=n, bandwidth=0.05, coupling=c1 * 0.05 / (2 * n), seed=1)

    chains = {
        "c1 = 0.5, the same matrix on every bond": same_on_every_bond(chain(0.5)),
        "c1 = 0.5, a matrix for every bond": chain(0.5),
        "c1 = 1.5, the same matrix on every bond": same_on_every_bond(chain(1.5)),
    }
    found = {}
    for (name, model), part in zip(chains.items(), shares(progress, [1] * len(chains)), strict=True):
        found[name] = mode_decay(model, progress=part)
    data = bands.decays(found)
    rows = []
    for k, (name, r) in enumerate(found.items()):
        p, off = data.exponent.values[k], r.deviation
        c1 = float(name.split(",")[0].split("=")[1])
        limit = 2 * np.pi**2 * c1
        leaves = np.flatnonzero((r.exact - r.exponential)[:, 10:].min(axis=1) < -0.1)
        same = "same" in name
        broken = r.wavelengths[off > 0.1]
        rows.append(
            Row(
                f"exponent p at the longest, middle and shortest wavelength, {name}",
                "ballistic, diffusive, ballistic (SBG)",
                ", ".join(_said(p[j], r.exact[j, -1]) for j in (0, len(p) // 3, len(p) - 1)),
                None,
                f"wavelengths {r.wavelengths[0]:.3g}, {r.wavelengths[len(p) // 3]:.3g}, {r.wavelengths[-1]:.3g}; c2 = {(c1 / 2) ** 2 / n:.1e}",
            )
        )
        rows.append(
            Row(
                f"wavelength beyond which the exact mode decays faster than diffusion, {name}",
                f"2π²c1 = {limit:.1f} (Λγτ_H = 1)",
                f"{r.wavelengths[leaves].min():.1f}" if leaves.size else "none in this chain",
                bool(leaves.size) and within(float(r.wavelengths[leaves].min()) / limit, 0.5, 2.0),
                "after the Heisenberg time the kernel grows again as t²"
                if same
                else "second order says so too, and is wrong: with a matrix of its own on every bond the chain localises",
            )
        )
        rows.append(
            beyond(
                f"wavelengths at which second order itself fails by more than 0.1, {name}",
                f"{broken.min():.1f} to {broken.max():.1f}" if broken.size else "none",
                f"root mean square over three decay times; largest {off.max():.3f}; amplitude left of the longest mode {r.exact[0, -1]:.2f}",
            )
        )
    return Outcome(tuple(rows), {"crossover": data}, band_figures.crossover(data), tuple(chains.values()))


RECIPES = (
    Recipe(
        "michel-2006-multiband",
        "three bands: exact and by rates, equilibrium for unequal n, ensembles of pure starts",
        PRE,
        multiband,
        quick_differs=True,
    ),
    Recipe("michel-2006-linearity", "heat current over the temperature difference", PRE, linearity, quick_differs=True),
    Recipe(
        "michel-2006-conductivity-exact",
        "conductivity over temperature from exact dynamics, beside theory",
        PRE,
        conductivity_exact,
        quick_differs=True,
    ),
    Recipe(
        "michel-2006-crossover",
        "every wavelength: ballistic, diffusive, ballistic again or localised",
        SBG,
        crossover,
        quick_differs=True,
    ),
)
