"""What both modular-chain papers show: the same model, the same figures, two places of print."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from caloriq import plots
from caloriq.closed.states import Haar
from caloriq.models.modular import ModularChain
from caloriq.papers.common import relax
from caloriq.papers.modular_chain import conductivity, figures
from caloriq.papers.modular_chain import deviation_scaling as scaling
from caloriq.papers.recipe import Outcome, Row, beyond, within
from caloriq.progress import shares
from caloriq.questions.comparison import comparison
from caloriq.results import Progress

if TYPE_CHECKING:
    import xarray as xr

PRL = "Michel, Mahler, Gemmer, PRL 95, 180602 (2005), doi:10.1103/PhysRevLett.95.180602"
PRE = "Michel, Gemmer, Mahler, PRE 73, 016101 (2006), doi:10.1103/PhysRevE.73.016101"

# The papers' parameters (captions of PRL Fig. 2, PRE Figs. 2, 3 and 8), in units of ΔE
LEVELS, BANDWIDTH, COUPLING = 500, 0.05, 5e-5
TOLERANCE = 0.1  # on an exponent
SEED = 1


def paper_chain(subunits: int, *, levels: int = LEVELS, coupling: float = COUPLING, seed: int = SEED) -> ModularChain:
    """The papers' chain with N subunits."""
    return ModularChain(subunits=subunits, levels=levels, bandwidth=BANDWIDTH, coupling=coupling, seed=seed)


def populations(subunits: int, said: str, progress: Progress | None) -> Outcome:
    """P_µ(t) from the Schrödinger and from the rate equation (PRL Fig. 2, PRE Figs. 2 and 3); how the paper finds them."""
    chain, start = paper_chain(subunits), Haar(subunit=0, seed=2)
    exact, theory = relax(chain, start, populations_only=False, progress=progress)
    data = comparison(exact, theory).to_dataset()
    c1, c2 = theory.criteria[:2]
    rows = [
        Row(
            "rate γ = 2πλ²n/δε",
            "formula only",
            f"{theory.rate:.4e}",
            None,
            "PRL 10 at the caption's parameters",
        ),
        Row(
            "rate from the kernel of the actual matrices",
            "as golden rule",
            f"{theory.kernel.rate:.3e} ± {theory.kernel.error:.0e}",
            abs(theory.kernel.rate / theory.rate - 1) < max(0.05, 3 * theory.kernel.error / theory.rate),
            "PRL 9",
        ),
        Row("criterion c1 = 2λn/δε", "≥ 1", f"{c1.value:.4g}", c1.holds, "PRL 14"),
        Row("criterion c2 = λ²n/δε²", "≪ 1", f"{c2.value:.1e}", c2.holds, "PRL 14"),
    ]
    for mu, (value, error) in enumerate(zip(data.deviation.values, data.deviation_error.values, strict=True)):
        rows.append(
            Row(
                f"D² of subunit {mu}",
                f"'{said}'",
                f"({1e4 * value:.2f} ± {1e4 * error:.2f})e-4",
                bool(value < 5e-4),
                "PRL 15; agreement is below 5e-4, a root mean square of 0.022",
            )
        )
    slope, slope_error = _fourier(data, theory.correlation_time)
    rows.append(
        Row(
            "exact current along the bonds over P_µ - P_µ+1, by least squares, over γ",
            "-1 (PRE 36 as printed); 1 (PRL after 13)",
            f"{slope / theory.rate:.3f} ± {slope_error / theory.rate:.3f}",
            abs(slope / theory.rate - 1) < max(0.1, 3 * slope_error / theory.rate),
            "from the definition PRE 34 J = -γ(P_µ+1 - P_µ): the sign of PRE 36 is an erratum; after the correlation time",
        )
    )
    final = float(np.abs(data.populations.values[-1] - 1 / subunits).max())
    expected = float(np.abs(data.theory_populations.values[-1] - 1 / subunits).max())
    rows.append(
        Row(
            "distance from equipartition at 5/γ",
            "equipartition (PRL, after Fig. 3)",
            f"{final:.3f}",
            abs(final - expected) < 4 * float(data.theory_widths.values[-1].max()),
            f"the rate equation has {expected:.3f} left; agreement within four typicality widths",
        )
    )
    return Outcome(tuple(rows), {"relaxation": data}, plots.relaxation(data), (chain, start))


def _fourier(data: xr.Dataset, correlation_time: float) -> tuple[float, float]:
    """Slope of the exact currents over the differences of the populations, and its standard error from the scatter of the bonds' tenths."""
    late = data.time.values > correlation_time
    J, P = data.currents.values[late], data.populations.values[late]
    apart = P[:, :-1] - P[:, 1:]
    slope = float((J * apart).sum() / (apart**2).sum())
    parts = [
        float((j * a).sum())
        for j, a in zip(np.array_split(J - slope * apart, 10), np.array_split(apart, 10), strict=True)
    ]
    return slope, float(np.sqrt(np.sum(np.square(parts))) / (apart**2).sum())


def deviation_scaling(quick: bool, progress: Progress | None) -> Outcome:
    """D²₀ over n and over N (PRL Fig. 3, PRE Fig. 5)."""
    sizes = (50, 100, 200, 400) if quick else (50, 100, 200, 400, 800)
    draws = 8 if quick else 32
    low = (25, 50, 100, 200, 400)
    longest = range(2, 6) if quick else range(2, 11)
    parts = shares(progress, (3, 2, 1, 4))
    data = {
        "c1_1": scaling.over_levels(sizes, c1=1.0, matrices=draws, seed=SEED, bandwidth=BANDWIDTH, progress=parts[0]),
        "c1_2": scaling.over_levels(sizes, c1=2.0, matrices=draws, seed=SEED, bandwidth=BANDWIDTH, progress=parts[1]),
        "coupling_fixed": scaling.over_levels(
            low, coupling=COUPLING, matrices=draws // 4, seed=SEED, bandwidth=BANDWIDTH, progress=parts[2]
        ),
        "subunits": scaling.over_subunits(
            longest,
            levels=LEVELS,
            bandwidth=BANDWIDTH,
            coupling=COUPLING,
            matrices=draws // 4,
            seed=SEED,
            progress=parts[3],
        ),
    }
    one, two, fixed, over_N = data.values()
    slope, error = one.attrs["slope"], one.attrs["slope_error"]
    D = fixed.deviation.mean("draw").values
    power_ratio = float(D[2] / D[4] / (low[4] / low[2]))
    chain = over_N.deviation.mean("draw").values
    few, many = chain[0], chain[len(chain) // 2 :]
    rows = (
        Row(
            "exponent of D²₀ over n, c1 = 1 fixed",
            "-1 (1/n)",
            f"{slope:.2f} ± {error:.2f}",
            abs(slope + 1) <= TOLERANCE if error <= TOLERANCE else None,
            f"n = {sizes[0]}…{sizes[-1]}, {draws} matrices; agreement is -1 ± {TOLERANCE}, judged if the error is smaller",
        ),
        beyond(
            "exponent of D²₀ over n, c1 = 2 fixed",
            f"{two.attrs['slope']:.2f} ± {two.attrs['slope_error']:.2f}",
            "steeper by {:.2f} ± {:.2f}: the theory's own error, larger at small n, falls faster than the fluctuations".format(
                slope - two.attrs["slope"], np.hypot(error, two.attrs["slope_error"])
            ),
            paper="not shown",
        ),
        Row(
            "D²₀ with λ fixed: n = 25…400",
            "1/n for n = 100…500",
            " ".join(f"{d:.1e}" for d in D),
            bool(0.5 < power_ratio < 2),
            f"between n = 100 and 400 D² falls {power_ratio:.0f} times faster than 1/n: c1 = 2λn/δε is below 1 there",
        ),
        Row(
            "D²₀ over N",
            "'goes down with increasing number of subunits N but then levels off'",
            f"{few:.1e} at N = 2, {many.mean():.1e} ± {np.ptp(many) / 2:.0e} for N ≥ {longest[len(chain) // 2]}",
            bool(many.mean() < few and np.ptp(many) < few - many.mean()),
            f"{draws // 4} matrices; it levels off if the later ones differ by less than the first lies above them",
        ),
    )
    figure = figures.deviation_scaling({"$c_1 = 1$": one, "$c_1 = 2$": two, "λ fixed": fixed}, over_N)
    return Outcome(rows, data, figure)


def conductivity_curve() -> Outcome:
    """κ_th(T) (PRL Fig. 4, PRE Fig. 8)."""
    chain = paper_chain(2)
    T = np.concatenate([np.linspace(0.02, 1, 491), np.geomspace(1.01, 1e3, 200)])
    data = conductivity.over_temperature(chain, T)
    peak, at, law, gap = (data.attrs[k] for k in ("peak", "peak_temperature", "hot_exponent", "cold_gap"))
    apart = float(np.abs(data.conductivity / data.printed - 1).max())
    rows = (
        Row(
            "peak of κ_th",
            "about 1.7e-3 (read off the figure)",
            f"{peak:.4e}",
            within(peak, 1.6e-3, 1.75e-3),
            "k_B ΔE/ħ",
        ),
        Row(
            "temperature of the peak",
            "about 0.15 (read off the figure)",
            f"{at:.5f}",
            within(at, 0.14, 0.16),
            "solves 1/2 - T/ΔE = occupation of the band",
        ),
        Row("high-temperature exponent", "-2", f"{law:.4f}", abs(law + 2) < 0.01, "PRE VIII, fitted over T = 10³…10⁵"),
        Row(
            "low-temperature activation",
            "exp(-ΔE/T)",
            f"exp(-{gap:.4f}/T)",
            abs(gap - 1) < 0.01,
            "fitted over T = 1/60…1/30",
        ),
        Row(
            "κ_th = γ c",
            "PRE 51",
            f"{apart:.0e} apart",
            apart < 1e-12,
            "γ times the heat capacity, against PRE 48 as printed; largest relative difference over T = 0.02…1000",
        ),
    )
    return Outcome(rows, {"conductivity": data}, figures.conductivity(data), (chain,))
