"""Wu, Segal, How can we derive Fourier's law from quantum mechanics? Exact master equation analysis (2008): kernels."""

from __future__ import annotations

import json

import numpy as np
import scipy

from caloriq._checks import Real
from caloriq.models.correlations import PureDephasing
from caloriq.models.coupled import CoupledUnits, ExchangeChain
from caloriq.papers.common import counted, dataset
from caloriq.papers.recipe import Outcome, Recipe, Row, beyond, within
from caloriq.papers.wu_2008 import figures
from caloriq.reduced.populations.kernel import markov_kernel, population_kernel, singular_time
from caloriq.results import Progress

WS = "L.-A. Wu, D. Segal (2008), arXiv:0711.4599, doi:10.48550/arXiv.0711.4599"
LAMBDA = 0.1


def three(diagonal: bool) -> ExchangeChain:
    """Three units of two levels, one excitation: E whole, or its hopping alone."""
    return ExchangeChain(units=3, coupling=LAMBDA, diagonal=diagonal)


def printed(t: Real) -> Real:
    """w(t) as printed after WS 14."""
    s = np.sqrt(2) * LAMBDA * t
    w: Real = np.sqrt(2) * LAMBDA * np.sin(2 * s) / (2 * np.cos(s) ** 2 - 1)
    return w


def hopping(t: Real) -> Real:
    """w(t) of hopping: P₂ = ½ sin² √2λt and dP₂/dt = w(1 - 3P₂)."""
    s = np.sqrt(2) * LAMBDA * t
    w: Real = np.sqrt(2) * LAMBDA * np.sin(2 * s) / (3 * np.cos(s) ** 2 - 1)
    return w


def permutation(t: Real) -> Real:
    """w(t) of the whole permutation: P₂ = (4/9) sin² (3λt/2)."""
    w: Real = 2 * LAMBDA * np.sin(3 * LAMBDA * t) / (1 + 2 * np.cos(3 * LAMBDA * t))
    return w


def three_units(_: bool, _progress: Progress | None) -> Outcome:
    """The printed w(t), the two corrected ones, and the exact kernel (WS, after 14)."""
    t = np.concatenate([np.linspace(0.02, 2.98, 75), [3.0], np.linspace(3.02, 6.6, 90)])
    three_at = int(np.flatnonzero(t == 3.0)[0])
    kernels = {d: population_kernel(three(d), t) for d in (True, False)}
    exact = {d: np.array([k.generator(i) for i in range(t.size)]) for d, k in kernels.items()}
    ends = {d: singular_time(three(d), until=10.0) or np.inf for d in (True, False)}
    w = {True: permutation(t), False: hopping(t)}
    data = dataset(
        {
            "exact": (("form", "time"), np.array([exact[d][:, 1, 0] for d in (True, False)])),
            "corrected": (("form", "time"), np.array([w[True], w[False]])),
            "printed": ("time", printed(t)),
            "second_order": ("time", 2 * LAMBDA**2 * t),
            "far": (("form", "time"), np.array([exact[d][:, 2, 0] for d in (True, False)])),
            "condition": (("form", "time"), np.array([np.asarray(kernels[d].condition) for d in (True, False)])),
        },
        {"time": t, "form": [0, 1]},
        {"forms": ["permutation E", "hopping"], "models": json.dumps([three(d).to_mapping() for d in (True, False)])},
    )
    misfit = {d: float(np.abs(exact[d][:, 1, 0] - w[d]).max()) for d in (True, False)}
    start = printed(np.array([1e-4]))[0] / (LAMBDA**2 * 1e-4)
    found = scipy.integrate.solve_ivp(
        lambda s, P: printed(np.array([s]))[0] * (1 - 3 * P), (0, 3.0), [0.0], rtol=1e-11, atol=1e-13
    )
    P2 = float(np.sin(np.sqrt(2) * LAMBDA * 3.0) ** 2 / 2)
    rows = (
        Row(
            "w(t)/λ²t as t → 0, printed",
            "2 (text), second order",
            f"{start:.6f}",
            bool(abs(start - 2) < 1e-3),
            "erratum: the printed w(t) = √2λ sin(2√2λt)/(2cos²(√2λt) - 1) tends to 4λ²t",
        ),
        Row(
            "P₂(λt = 0.3) by the printed w, by Schrödinger (hopping)",
            "equal",
            f"{found.y[0, -1]:.6f}, {P2:.6f}",
            abs(float(found.y[0, -1]) - P2) < 1e-8,
            "the printed w does not give the dynamics back",
        ),
        beyond(
            "exact kernel less √2λ sin(2√2λt)/(3cos²(√2λt) - 1), hopping",
            f"{misfit[False]:.0e}",
            "corrected for the hopping part of E; tends to 2λ²t",
        ),
        beyond(
            "exact kernel less 2λ sin 3λt/(1 + 2 cos 3λt), permutation",
            f"{misfit[True]:.0e}",
            "corrected for E with its diagonal, as WS 13 has it; tends to 2λ²t",
        ),
        Row(
            "gain from unit 0 to unit 2 at λ = 0.1, t = 3: permutation, hopping",
            "0 (locality)",
            f"{exact[True][three_at, 2, 0]:.6f}, {exact[False][three_at, 2, 0]:.6f}",
            max(abs(float(exact[d][three_at, 2, 0])) for d in (True, False)) < 1e-9,
            "of fourth order, and negative: locality is a statement of second order",
        ),
        beyond(
            "first singular time of T: permutation, hopping",
            f"{ends[True]:.6f}, {ends[False]:.6f}",
            "2π/9λ and arccos(1/√3)/√2λ; the exact kernel diverges there",
            paper="not said",
        ),
    )
    return Outcome(rows, {"three-units": data}, figures.wu_three_units(data), (three(True), three(False)))


def exchange(_: bool, progress: Progress | None) -> Outcome:
    """Second order of exchange is local, exchanges only, blind to the levels; the exact kernel leaves locality (WS 13, 14)."""
    starts = {(4, 2): (1, 1, 0, 0), (4, 3): (2, 1, 0, 0), (5, 2): (1, 1, 0, 0, 0), (4, 4): (3, 2, 1, 0)}
    x = np.geomspace(0.01, 0.4, 40)  # λt, before the first singular time of all of these
    far, ratio, second = [], [], []
    for (N, M), start in counted(list(starts.items()), progress):
        chain = ExchangeChain(units=N, levels=M, coupling=LAMBDA)
        t = x / LAMBDA
        two = population_kernel(chain, t, order=2, start=start)
        second.append(
            max(two.assumptions().misfit.max(), np.abs(two.rates().values / (2 * LAMBDA**2 * t[:, None]) - 1).max())
        )
        whole = population_kernel(chain, t, start=start)
        far.append(whole.assumptions().locality)
        ratio.append(whole.rates().values.mean(axis=1) / (2 * LAMBDA**2 * t))
    data = dataset(
        {"locality": (("chain", "phase"), np.array(far)), "ratio": (("chain", "phase"), np.array(ratio))},
        {"phase": x, "chain": np.arange(len(starts))},
        {
            "chains": [f"N = {N}, M = {M}" for N, M in starts],
            "models": json.dumps([ExchangeChain(units=N, levels=M, coupling=LAMBDA).to_mapping() for N, M in starts]),
        },
    )
    slopes = [float(np.polyfit(np.log(x[:12]), np.log(f[:12]), 1)[0]) for f in far]
    growing = population_kernel(ExchangeChain(units=4, coupling=LAMBDA), [1.0, 2.0], order=2)
    rows = (
        Row(
            "second order: misfit of all three assumptions, and of w = 2λ²t; N = 4, 5, M = 2, 3, 4",
            "0",
            f"{max(second):.0e}",
            bool(max(second) < 1e-12),
            "WS 14: pure exchange fulfils them exactly",
        ),
        Row(
            "exact kernel: violation of locality at λt = 0.4",
            "0 (first assumption)",
            ", ".join(f"{np.interp(0.4, x, f):.3f}" for f in far),
            all(float(np.interp(0.4, x, f)) < 1e-6 for f in far),
            "relative to ‖W‖, in the order of the figure's legend",
        ),
        beyond(
            "it grows as (λt)^p, p",
            ", ".join(f"{s:.3f}" for s in slopes),
            "2 by fourth order over second",
            paper="not said",
        ),
        Row(
            "exact w/2λ²t at λt = 0.3",
            "1 for weak coupling",
            ", ".join(f"{np.interp(0.3, x, r):.4f}" for r in ratio),
            None,
            "mean over the bonds",
        ),
        Row(
            "Fourier's law from exchange alone",
            "no: w grows with t",
            "no" if growing.evidence.cause == "changing" else "yes",
            growing.evidence.cause == "changing",
            growing.sentence,
        ),
    )
    return Outcome(rows, {"exchange": data}, figures.wu_exchange(data))


def pair(detuning: float) -> ExchangeChain:
    """Two units detuned by Δ."""
    return ExchangeChain(units=2, coupling=LAMBDA, detuning=[0.0, detuning])


def markov(quick: bool, progress: Progress | None) -> Outcome:
    """Detuned exchange, w = 2λ² sin(Δt)/Δ, and how a dense band makes it constant (WS, after 15)."""
    width, levels = 2.0, (50, 200) if quick else (50, 200, 800)
    t = np.linspace(0.05, 200, 600)
    single = (0.0, 0.2, 1.0)
    one = np.array([population_kernel(pair(d), t, order=2).rates().values[:, 0] for d in single])
    bands = []
    for n in counted(levels, progress):
        detunings = width * ((np.arange(n) + 0.5) / n - 0.5)
        rates = [population_kernel(pair(float(d)), t, order=2).rates().values[:, 0] for d in detunings]
        bands.append(np.mean(rates, axis=0))
    golden = 2 * np.pi * LAMBDA**2 / width
    gammas = np.geomspace(0.05, 5, 20)
    bath = [
        float(markov_kernel(pair(0.0).model_copy(update={"bath": PureDephasing(rate=g)})).rates().values[0, 0])
        for g in gammas.tolist()
    ]
    data = dataset(
        {
            "single": (("detuning", "time"), one),
            "band": (("levels", "time"), np.array(bands)),
            "bath": ("dephasing", np.array(bath)),
        },
        {"time": t, "detuning": list(single), "levels": list(levels), "dephasing": gammas},
        {"golden": golden, "width": width, "coupling": LAMBDA, "models": json.dumps([pair(1.0).to_mapping()])},
    )
    plateau = (t > 20) & (t < 60)
    last = bands[-1][plateau]
    formula = np.array([np.where(d == 0, t, np.sin(d * t) / (d or 1)) for d in single])
    misfit = float(np.abs(one - 2 * LAMBDA**2 * formula).max())
    back = 2 * np.pi * levels[0] / width  # 2π over the spacing: the levels rephase
    left = float(t[(t > 20) & (np.abs(bands[0] / golden - 1) > 0.5)][0])
    dense = markov_kernel(ExchangeChain(units=2, coupling=LAMBDA), density=1 / width).rates().values[0, 0]
    rows = (
        Row("w of detuned units less 2λ² sin(Δt)/Δ", "0", f"{misfit:.0e}", misfit < 1e-14, "Δ = 0, 0.2, 1"),
        Row(
            f"mean over a flat band of {levels[-1]} detunings, over 2πλ²Γ(0), 20 < t < 60",
            "1",
            f"{last.mean() / golden:.4f}",
            within(last.mean() / golden, 0.99, 1.01),
            f"spread {last.std() / golden:.3f}: the edges of the band ring as 1/t",
        ),
        Row(
            f"time at which {levels[0]} detunings no longer are a band",
            "'dense enough', of no time",
            f"{left:.1f}",
            None,
            f"2π over their spacing, {back:.1f}: constant only before it",
        ),
        Row(
            "markov_kernel(density) over 2πλ²Γ(0)",
            "1",
            f"{dense / golden:.12f}",
            bool(abs(dense / golden - 1) < 1e-12),
            "WS 18 with |V| = 1",
        ),
        beyond(
            "a dephasing bath instead: w Γ/2λ², Γ = 0.05…5",
            f"{np.max(np.array(bath) * gammas) / (2 * LAMBDA**2):.12f}",
            "V = 2g²/γ, the rate of the classical chain",
            paper="not said",
        ),
    )
    return Outcome(rows, {"markov": data}, figures.wu_markov(data), (pair(1.0),))


ANHARMONICITY = {"harmonic": 0.0, "anharmonic": 0.13}
FOCK = 6


def ladder(spectrum: str, units: int = 3, levels: int = FOCK) -> CoupledUnits:
    """Units coupled by x⊗x, x the position of an oscillator with its lowest levels."""
    x = np.diag(np.sqrt(np.arange(1, levels)), 1)
    x = x + x.T
    n = np.arange(levels)
    energies = n + ANHARMONICITY[spectrum] * n**2
    return CoupledUnits(units=units, levels=energies, interaction=np.kron(x, x), coupling=0.02)


def harmonic(_: bool, _progress: Progress | None) -> Outcome:
    """Anharmonic spectra make the second assumption hold, harmonic ones break it (WS, after 17)."""
    t = np.geomspace(0.2, 400, 120)
    start = (2, 1, 0)
    names = list(ANHARMONICITY)
    violation = np.array(
        [population_kernel(ladder(n), t, order=2, start=start).assumptions().energy_conservation for n in names]
    )
    limits = {n: markov_kernel(ladder(n), density=1.0, start=start) for n in names}
    broken = {n: float(k.assumptions().energy_conservation[0]) for n, k in limits.items()}
    # energies of the units under golden-rule rates, started low in the ladder
    k = limits["harmonic"]
    scale = 1 / (2 * np.pi * 0.02**2)
    times = scale * np.linspace(0, 0.4, 41)
    u = k.solve(times, initial=start)
    flow = u.energy_rates
    L = np.array([[-1, 1, 0], [1, -2, 1], [0, 1, -1.0]])
    diffusive = u.local_energies @ L.T
    early = slice(0, 5)
    w = float((flow * diffusive)[early].sum() / (diffusive**2)[early].sum())
    misfit = float(np.linalg.norm(flow[early] - w * diffusive[early]) / np.linalg.norm(flow[early]))
    data = dataset(
        {
            "violation": (("spectrum", "time"), violation),
            "energy": (("instant", "unit"), u.local_energies),
        },
        {"time": t, "spectrum": [0, 1], "instant": times / scale, "unit": [0, 1, 2]},
        {
            "spectra": names,
            "limits": [broken[n] for n in names],
            "models": json.dumps([ladder(n).to_mapping() for n in names]),
        },
    )
    rows = (
        Row(
            "violation of energy conservation (A2), Markov limit, anharmonic",
            "0",
            f"{broken['anharmonic']:.0e}",
            broken["anharmonic"] < 1e-12,
            f"x⊗x coupling, {FOCK} levels, ε = n + 0.13 n²: only exchanges stay on shell",
        ),
        Row(
            "the same, harmonic",
            "not 0",
            f"{broken['harmonic']:.3f}",
            broken["harmonic"] > 0.1,
            "every |n, m⟩ → |n ± 1, m ∓ 1⟩ is on shell",
        ),
        Row(
            "violation at λ²-order over time: anharmonic at t = 400",
            "→ 0",
            f"{violation[1, -1]:.3f}",
            bool(violation[1, -1] < 0.1),
            "falls as 1/t for the resolved spectrum; at short times both spectra break it",
        ),
        Row(
            "harmonic golden rule, misfit of du_i/dt = w(u_{i+1} - 2u_i + u_{i-1}) at early times",
            "Fourier's law cannot be derived",
            f"{misfit:.1e}",
            None,
            "beyond the paper: rates n(m + 1) and (n + 1)m differ by n - m, so energy does diffuse at this order; A2 is sufficient, not necessary",
        ),
        beyond(
            "its w over 2πλ²Γ(0)",
            f"{w * scale:.5f}",
            f"the top of the ladder of {FOCK} levels, where the matrix x ends, spoils it later",
            paper="not said",
        ),
    )
    return Outcome(rows, {"harmonic": data}, figures.wu_harmonic(data), tuple(ladder(n) for n in names))


RECIPES = (
    Recipe(
        "wu-2008-three-units", "three units: the printed w(t), the corrected ones, the exact kernel", WS, three_units
    ),
    Recipe("wu-2008-exchange", "exchange in second order and exactly: where locality ends", WS, exchange),
    Recipe(
        "wu-2008-markov", "how a dense band or a bath makes the exchange rate constant", WS, markov, quick_differs=True
    ),
    Recipe("wu-2008-harmonic", "harmonic against anharmonic spectra", WS, harmonic),
)
