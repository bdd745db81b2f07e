"""Manzano, Tiersch, Asadian, Briegel, Quantum transport efficiency and Fourier's law, PRE 86, 061118 (2012)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np

from caloriq._checks import Real
from caloriq.models.baths import Bath
from caloriq.models.classical import ClassicalChain, exclusion_limit
from caloriq.models.correlations import PureDephasing
from caloriq.models.coupled import ExchangeChain
from caloriq.models.spins import SpinChain
from caloriq.papers.common import counted, dataset
from caloriq.papers.manzano_2012 import disordered, entangled, figures
from caloriq.papers.recipe import Outcome, Recipe, Row, beyond, within
from caloriq.reduced.populations.kernel import markov_kernel
from caloriq.results import Progress
from caloriq.steady.methods import TwoPoint
from caloriq.steady.solve import steady_state
from caloriq.transport.entanglement import concurrence
from caloriq.verdicts.scaling import scaling

if TYPE_CHECKING:
    import xarray as xr

MT = "PRE 86, 061118 (2012), doi:10.1103/PhysRevE.86.061118"
SIZES = (2, 3, 4, 5, 6, 8, 10, 14, 20, 30, 50, 70, 100, 200, 300, 500, 700, 1000)
DEPHASINGS = (0.0, 0.05, 0.5, 1.0, 5.0)
RATES = (0.1, 1.0, 10.0)
CHECKED = (2, 10, 100, 1000)  # sizes solved a second time, by the two-point set
SEED = 1


def baths(temperature: float = 1.0) -> tuple[Bath, Bath]:
    """Γ = 1 at both ends, T₁ as given, T_N = 0."""
    return Bath(site=0, temperature=temperature, rate=1.0), Bath(site=-1, temperature=0.0, rate=1.0)


def quantum(sites: int, dephasing: float, temperature: float = 1.0) -> SpinChain:
    """The paper's chain: ω = g = 1."""
    return SpinChain(sites=sites, hopping=1.0, dephasing=dephasing, baths=baths(temperature))


def hopping(sites: int, rate: float, temperature: float = 1.0) -> ClassicalChain:
    """The paper's classical chain."""
    return ClassicalChain(sites=sites, rate=rate, baths=baths(temperature))


def sizes(_: bool, progress: Progress | None) -> Outcome:
    """J over N, classical for several V and quantum for several γ (MT Fig. 2), to N = 1000."""
    N = np.array(SIZES)
    slow = np.array([[steady_state(hopping(n, V)).heat_currents[0] for n in SIZES] for V in RATES])
    wave = np.array([[steady_state(quantum(n, g)).heat_currents[0] for n in SIZES] for g in DEPHASINGS])
    ends, real = _coherences()
    # the closed form of γ = 0 does not contain N: that J is independent of N is asked of the two-point set
    solved = np.empty((2, len(CHECKED)))
    for i, n in counted(list(enumerate(CHECKED)), progress):
        solved[:, i] = [steady_state(quantum(n, g), method=TwoPoint()).heat_currents[0] for g in (0.0, 5.0)]
    closed = wave[[DEPHASINGS.index(0.0), DEPHASINGS.index(5.0)]][:, [SIZES.index(n) for n in CHECKED]]
    other = float(np.abs(solved / closed - 1).max())
    data = dataset(
        {
            "classical": (("rate", "sites"), slow),
            "quantum": (("dephasing", "sites"), wave),
            "two_point": (("checked_dephasing", "checked_sites"), solved),
        },
        {
            "sites": N,
            "rate": list(RATES),
            "dephasing": list(DEPHASINGS),
            "checked_dephasing": [0.0, 5.0],
            "checked_sites": list(CHECKED),
        },
        {"models": json.dumps([quantum(2, 5.0).to_mapping(), hopping(2, 1.0).to_mapping()])},
    )

    def tail(J: Real) -> float:
        return float(np.log(J[-1] / J[-2]) / np.log(N[-1] / N[-2]))

    flat = float(np.ptp(solved[0]) / solved[0, 0])
    rows = (
        Row(
            "J at γ = 0",
            "independent of N",
            f"{solved[0, 0]:.12f}",
            flat < 1e-10,
            f"relative spread over N = {', '.join(map(str, CHECKED))} of the two-point set: {flat:.0e}",
        ),
        Row(
            "slope of ln J at N = 1000, classical, V = 1",
            "-1",
            f"{tail(slow[1]):.4f}",
            within(tail(slow[1]), -1, -0.99),
            "JC ∼ V(s₁ - s_N)/N",
        ),
        Row(
            "slope of ln J at N = 1000, quantum, γ = 5",
            "-1",
            f"{tail(wave[-1]):.4f}",
            within(tail(wave[-1]), -1.01, -0.99),
            "'1/N for sufficiently large values of the dephasing rate γ'",
        ),
        Row(
            "slope of ln J at N = 1000, quantum, γ = 0.05",
            "small γ: 'similar to the pure quantum one'",
            f"{tail(wave[1]):.3f}",
            None,
            "every γ > 0 ends at -1; the length where it bends grows as 1/γ",
        ),
        Row(
            "largest |Re⟨σ⁺σ⁻⟩| of neighbours over |Im|, N = 5, γ = 0, 5",
            "0: purely imaginary (App. A)",
            f"{real:.0e}",
            real < 1e-9,
            "two-point set",
        ),
        Row(
            "largest distance of the end populations from s₁ - Δ/γ₁ and s_N + Δ/γ_N, same chains",
            "0 (MT 10)",
            f"{ends:.0e}",
            ends < 1e-9,
            "Δ is the current over ω of MT 11, or of the closed form with dephasing",
        ),
        beyond("J(N = 5) at γ = 5", f"{wave[-1, 3]:.13f}", "closed form with dephasing"),
        beyond("two-point set over closed form, N = 2…1000", f"1 ± {other:.0e}", "two methods, γ = 0 and 5"),
    )
    return Outcome(rows, {"sizes": data}, figures.manzano_sizes(data), (quantum(1000, 5.0), hopping(1000, 1.0)))


def _coherences() -> tuple[float, float]:
    """What is missing of MT 10, and of App. A's imaginary coherences, with and without dephasing."""
    missed, real = 0.0, 0.0
    for gamma in (0.0, 5.0):
        found = steady_state(quantum(5, gamma), method=TwoPoint())
        one, last = (rate for rate in found.model.bath_rates)
        flow = float(steady_state(quantum(5, gamma)).currents[0])
        expected = (one.preferred - flow / one.total, last.preferred + flow / last.total)
        missed = max(missed, *(abs(float(found.populations[k]) - e) for k, e in zip((0, -1), expected, strict=True)))
        real = max(real, float(np.abs(found.coherences.real).max() / np.abs(found.coherences.imag).max()))
    return missed, real


def temperatures(_: bool, _progress: Progress | None) -> Outcome:
    """J over T₁, T_N = 0: classical for several N, quantum with N = 4 for several γ (MT Fig. 3)."""
    T = np.geomspace(0.05, 1e3, 120)
    lengths, gammas = (2, 4, 8, 16), (0.0, 1.0, 5.0, 20.0)
    slow = np.array([[steady_state(hopping(n, 1.0, t)).heat_currents[0] for t in T] for n in lengths])
    wave = np.array([[steady_state(quantum(4, g, t)).heat_currents[0] for t in T] for g in gammas])
    data = dataset(
        {"classical": (("sites", "temperature"), slow), "quantum": (("dephasing", "temperature"), wave)},
        {"temperature": T, "sites": list(lengths), "dephasing": list(gammas)},
        {"models": json.dumps([quantum(4, 1.0).to_mapping(), hopping(4, 1.0).to_mapping()])},
    )
    at_ten = int(np.argmin(np.abs(T - 10)))
    growth = slow[1, -1] / slow[1, at_ten]
    linear = T[-1] / T[at_ten]  # what a current linear in T₁ - T_N would grow by, T_N = 0
    peak = T[wave[0].argmax()]
    kept = wave[:, -1] / wave.max(axis=1)
    end = np.log(wave[:, -1] / wave[:, -7]) / np.log(T[-1] / T[-7])  # exponents of T₁ at the highest temperatures

    def half(J: Real) -> float:
        beyond = np.flatnonzero((T[J.argmax()] < T) & (J.max() / 2 > J))
        return float(T[beyond[0]]) if beyond.size else float("inf")

    rows = (
        Row(
            "classical J(T₁ = 1000)/J(10), N = 4",
            "saturates: 1",
            f"{growth:.4f}",
            within(growth, 0.95, 1.1),
            "two levels hold a bounded energy",
        ),
        Row(
            "classical J(T₁ = 1000)/J(10) over what a current linear in T₁ - T_N would have",
            "below 1: 'a violation of Fourier's law'",
            f"{growth / linear:.4f}",
            bool(growth < 0.5 * linear),
            f"linear growth would be {linear:.4g}",
        ),
        Row(
            "quantum J at γ = 0 beyond its largest: J(1000)/J_max",
            "below 1: 'a Zeno-type effect that reduces the transport'",
            f"{kept[0]:.3f}",
            bool(kept[0] < 0.5),
            f"largest at T₁ = {peak:.2f}",
        ),
        Row(
            "exponent of T₁ in J at T₁ = 1000, γ = 0, 1, 5, 20",
            "0 with dephasing: 'a qualitatively similar saturating behavior'",
            " ".join(f"{e:.2f}" for e in end),
            bool(np.all(np.abs(end[1:]) < 0.1)),
            "J ∝ 1/T₁ in the end for every γ: γ₁ = Γ(2n̄ + 1) grows without bound; only the plateau before it widens",
        ),
        beyond(
            "T₁ where J has fallen to half, γ = 0, 1, 5, 20",
            " ".join(f"{half(J):.3g}" for J in wave),
            "the plateau widens with γ",
        ),
    )
    return Outcome(rows, {"temperatures": data}, figures.manzano_temperatures(data), (quantum(4, 5.0), hopping(4, 1.0)))


def entanglement(quick: bool, progress: Progress | None) -> Outcome:
    """Where two sites are entangled for γ₁ = γ_N (MT Fig. 4), and that Γ₁ = Γ_N never entangles."""
    data = entangled.region(101 if quick else 301)
    top, place = entangled.equal_rates(60 if quick else 300, progress)
    limit = entangled.boundary(0.5)
    found, expected = np.array([_beside_formula(*point) for point in PAIRS]).T
    data = data.assign(
        concurrence=("pair", found, {"long_name": "concurrence of the steady state"}),
        formula=("pair", expected, {"long_name": "2 max(0, |c| - √(p₀₀p₁₁))"}),
    ).assign_attrs(
        equal_rates=top, limit=limit, pairs=json.dumps(PAIRS), models=json.dumps([pair(0.3, 0.0, 2.0).to_mapping()])
    )
    rows = (
        Row(
            "limit of the region of entanglement, γ₁ = γ_N",
            "'only in specific regions'",
            f"s_N < {limit:.5f}",
            bool(0 < limit < 0.5),
            "at s₁ = 1/2, over all couplings; root of the condition, ½ - √(√5 - 2)",
        ),
        beyond(
            "its extent along s₁ at s_N = 0, 0.001, 0.01",
            ", ".join(f"{entangled.threshold(s2):.4f}" for s2 in (0.0, 1e-3, 1e-2)) + " < s₁ ≤ 1/2",
            "roots of the same condition",
        ),
        Row(
            "largest |c|²/(p₀₀p₁₁) for Γ₁ = Γ_N",
            "never entangled: at most 1",
            f"1 - {1 - top:.1e}",
            top <= 1,
            f"at n̄ = {place['hot']:.2g}, {place['cold']:.2g}, g = {place['g']:.2g} Γ; a scan over n̄₁, n̄_N, g, no proof",
        ),
        beyond(
            "largest concurrence of the steady states, and its distance from 2 max(0, |c| - √(p₀₀p₁₁))",
            f"{found.max():.4f}, {np.abs(found - expected).max():.0e}",
            f"{len(PAIRS)} pairs, {int((expected > 0).sum())} of them entangled; two methods",
        ),
    )
    return Outcome(rows, {"entanglement": data}, figures.manzano_entanglement(data))


# s₁, s_N and γ/g on both sides of the boundary
PAIRS = (
    (0.3, 0.0, 2.0),
    (0.4, 0.2, 3.0),
    (0.5, 0.0, 8.0),
    (0.3, 0.0, 20.0),
    (0.49, 5e-3, 8.0),
    (0.5, 0.0139, 3.6),
    (0.5, 0.0144, 3.6),
)


def _beside_formula(s1: float, s2: float, x: float) -> tuple[float, float]:
    """Concurrence of the steady state, that of the two methods which is farther from the formula, and the formula's."""
    expected = entangled.formula(s1, s2, x)
    found = [concurrence(steady_state(pair(s1, s2, x), method=method)) for method in ("auto", TwoPoint())]
    return max(found, key=lambda value: abs(value - expected)), expected


def pair(s1: float, s2: float, x: float) -> SpinChain:
    """Two sites with g = 1 and equal effective rates γ = x, that prefer the populations s₁ and s₂."""
    ends = (
        Bath(site=0, gain=x * s1, loss=x * (1 - s1)),
        Bath(site=1, gain=x * s2, loss=x * (1 - s2)),
    )
    return SpinChain(sites=2, hopping=1.0, baths=ends)


def exponent(_: bool, progress: Progress | None) -> Outcome:
    """α of J ∝ N^(α-1) at γ = 5 (MT App. B), its sign, its errors, and what it tends to."""
    few = scaling(quantum(2, 5.0), range(2, 11))
    many = scaling(quantum(2, 5.0), SIZES, progress=progress)
    large = scaling(quantum(2, 5.0), [n for n in SIZES if n >= 100])
    rows = (
        Row(
            "α, N = 2…10",
            "0.0242",
            f"{few.alpha:.4f} ± {few.alpha_error:.4f} ± {few.alpha_drift:.4f}",
            bool(abs(few.alpha - 0.0242) < 0.0005),
            "printed sign is off: J falls faster than 1/N here, so α < 0 in the paper's own definition; scatter, then drift",
        ),
        Row(
            "|α|, N = 2…10",
            "0.0242",
            f"{abs(few.alpha):.4f}",
            bool(abs(abs(few.alpha) - 0.0242) < 0.0005),
            "sizes are not printed; these come closest",
        ),
        Row(
            "|R|, N = 2…10",
            "0.999 985 1",
            f"{few.correlation:.7f}",
            bool(abs(few.correlation - 0.9999851) < 5e-6),
            "close to 1 for any smooth curve: no proof of a power law",
        ),
        Row(
            "α, N = 100…1000",
            "0 but for 'the finite size'",
            f"{large.alpha:.5f}",
            bool(abs(large.alpha) < 1e-3),
            "the fitted α is a finite-size effect",
        ),
        beyond(
            "local α at N ≈ 2.4, 9.5, 840",
            f"{few.local_alpha[0]:.4f} {few.local_alpha[-1]:.4f} {many.local_alpha[-1]:.5f}",
            "drifts to 0",
        ),
        beyond(
            "misfit of 1/J = R + r N, N = 2…1000", f"{many.misfit:.0e}", "exactly affine: the honest estimate, α → 0"
        ),
        beyond("diffusivity 1/(r (s₁ - s_N))", f"{many.diffusivity:.10f}", f"2g²/γ = {2 / 5:g}"),
    )
    data = {"exponent": many.to_dataset(), "small": few.to_dataset()}
    figure = figures.manzano_exponent(data["small"], data["exponent"])
    return Outcome(rows, data, figure, (quantum(2, 5.0),))


def disorder(quick: bool, progress: Progress | None) -> Outcome:
    """How often dephasing lowers the current of disordered chains, N = 5 (MT VI A)."""
    samples = 1000 if quick else 10_000
    gammas = np.geomspace(0.01, 10, 7 if quick else 13)
    gammas = np.unique(np.round(np.concatenate([gammas, [1.0, 2.0, 5.0]]), 12))
    near = disordered.lowered("hopping", gammas, samples=samples, seed=SEED)
    fixed = disordered.lowered("hopping", gammas, samples=samples, seed=SEED, occupation="fixed")
    every = disordered.lowered("couplings", gammas, samples=samples, seed=SEED, progress=progress)
    wanted = 0.8662

    def met(data: xr.Dataset) -> str:
        found = [disordered.crossing(gammas, data.lowered.values[:, m], wanted) for m in range(3)]
        return ", ".join("not met" if g is None else f"{g:.2f}" for g in found)

    def counts(data: xr.Dataset, gamma: float) -> str:
        i = int(np.argmin(np.abs(gammas - gamma)))
        return " ".join(
            f"{v * samples:.0f} ± {e * samples:.0f}"
            for v, e in zip(data.lowered.values[i], data.error.values[i], strict=True)
        )

    low = [float(np.nanmin(d.raised_below_mean)) for d in (near, fixed, every)]
    order = "heat from hot, heat into cold, excitations"
    rows = (
        *(
            Row(
                f"lowered of {samples} at γ = {g:g}, neighbours ({order})",
                "8662 of 10 000, γ not given",
                counts(near, g),
                None,
                "couplings between neighbours",
            )
            for g in (1.0, 2.0, 5.0)
        ),
        *(
            Row(
                f"lowered of {samples} at γ = {g:g}, neighbours, fixed n̄ ({order})",
                "8662 of 10 000, γ not given",
                counts(fixed, g),
                None,
                f"the hot bath's n̄ is that of ω = 1, {disordered.FIXED:.4f}, whatever frequency its site has drawn: MT 5 read with one n",
            )
            for g in (1.0, 2.0, 5.0)
        ),
        *(
            Row(
                f"lowered of {samples} at γ = {g:g}, all pairs ({order})",
                "8662 of 10 000, γ not given",
                counts(every, g),
                None,
                "couplings g_kl between all pairs: the other reading of the text",
            )
            for g in (1.0, 2.0, 5.0)
        ),
        beyond(f"γ where the paper's 8662 is met, neighbours ({order})", met(near), "interpolated in ln γ"),
        beyond(f"γ where the paper's 8662 is met, neighbours, fixed n̄ ({order})", met(fixed), "interpolated in ln γ"),
        beyond(f"γ where the paper's 8662 is met, all pairs ({order})", met(every), "interpolated in ln γ"),
        Row(
            "share of the raised samples that lie below the mean current, least over γ and measure: neighbours, fixed n̄, all pairs",
            "all",
            ", ".join(f"{v:.3f}" for v in low),
            bool(min(low) > 0.999),
            "the paper: whenever dephasing increases the current, the sample was below average",
        ),
    )
    return Outcome(
        rows, {"neighbours": near, "neighbours-fixed": fixed, "all-pairs": every}, figures.manzano_disorder(near, every)
    )


def meeting(_: bool, _progress: Progress | None) -> Outcome:
    """The dephased quantum chain is a classical chain with V = 2g²/γ, up to the contact term; V is the second-order rate."""
    gammas, lengths = np.geomspace(0.05, 50, 25), (2, 4, 10, 100, 1000)
    J, bare, full = (np.empty((len(lengths), gammas.size)) for _ in range(3))
    for i, n in enumerate(lengths):
        for k, g in enumerate(gammas.tolist()):
            chain = quantum(n, g)
            J[i, k] = steady_state(chain).current
            bare[i, k] = steady_state(exclusion_limit(chain, contact=False)).current
            full[i, k] = steady_state(exclusion_limit(chain)).current
    kernel = [
        float(markov_kernel(ExchangeChain(units=2, coupling=1.0, bath=PureDephasing(rate=g))).rates().values[0, 0])
        for g in gammas.tolist()
    ]
    hops = [float(exclusion_limit(quantum(2, g), contact=False).rates[0]) for g in gammas.tolist()]
    data = dataset(
        {
            "quantum": (("sites", "dephasing"), J),
            "classical": (("sites", "dephasing"), bare),
            "with_contact": (("sites", "dephasing"), full),
            "kernel_rate": ("dephasing", np.array(kernel)),
            "hop_rate": ("dephasing", np.array(hops)),
        },
        {"sites": list(lengths), "dephasing": gammas},
        {"models": json.dumps([quantum(4, 1.0).to_mapping()])},
    )
    exact = float(np.abs(full / J - 1).max())
    contact = 1 / J - 1 / bare
    gap = float(np.abs(contact - contact[0, 0]).max() / contact[0, 0])
    first, last = quantum(2, 1.0).bath_rates
    drive = first.preferred - last.preferred
    expected = (first.total + last.total) / 4 / drive  # (γ₁ + γ_N)/4g² over the drive
    second = float(np.abs(np.array(kernel) / hops - 1).max())
    rows = (
        beyond(
            "quantum over classical current, V_k = 2g²/Γ_k",
            f"1 ± {exact:.0e}",
            "Γ_k the decay of the bond's coherence, baths included; N = 2…1000, γ = 0.05…50",
            paper="not said",
        ),
        beyond(
            "1/J - 1/J_classical with V = 2g²/γ",
            f"{contact[0, 0]:.10f}",
            f"the contact term (γ₁ + γ_N)/(4g²(s₁ - s_N)) = {expected:.10f}; over N and γ it varies by {gap:.0e}",
            paper="not said",
        ),
        beyond(
            "time-convolutionless rate of an exchange with dephasing, over the classical chain's V = 2g²/γ",
            f"1 ± {second:.0e}",
            "second order, 2g²∫e^{-γτ}dτ; γ = 0.05…50",
            paper="not said",
        ),
    )
    return Outcome(
        rows,
        {"meeting-point": data},
        figures.manzano_meeting(data),
        (quantum(1000, 5.0), exclusion_limit(quantum(4, 5.0))),
    )


RECIPES = (
    Recipe("manzano-2012-fig-2", "current over size to N = 1000, classical and quantum", MT, sizes),
    Recipe("manzano-2012-fig-3", "current over temperature, classical and quantum", MT, temperatures),
    Recipe(
        "manzano-2012-fig-4", "where two sites are entangled, and where never", MT, entanglement, quick_differs=True
    ),
    Recipe("manzano-2012-appendix-b", "the exponent α with its errors, and its sign", MT, exponent),
    Recipe(
        "manzano-2012-disorder",
        "share of disordered chains whose current dephasing lowers",
        MT,
        disorder,
        quick_differs=True,
    ),
    Recipe("manzano-2012-meeting-point", "dephased quantum chain = classical chain with V = 2g²/γ", MT, meeting),
)
