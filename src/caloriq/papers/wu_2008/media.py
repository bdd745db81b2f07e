"""Wu, Segal (2008): matrix elements between wells, conductivity, and the cubic lattice."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np

from caloriq._checks import Real
from caloriq.models.correlations import PureDephasing
from caloriq.models.coupled import ExchangeChain
from caloriq.models.wells import HarmonicWell, InfiniteWell
from caloriq.papers.common import counted, dataset
from caloriq.papers.recipe import Outcome, Recipe, Row, beyond, within
from caloriq.papers.wu_2008 import figures
from caloriq.papers.wu_2008.recipes import WS
from caloriq.reduced.average.thermal import spectrum_heat_capacity
from caloriq.reduced.populations.kernel import markov_kernel
from caloriq.reduced.rates.continuum import diffuse, steady_diffusion
from caloriq.reduced.rates.overlaps import Overlaps
from caloriq.reduced.rates.overlaps import overlaps as elements
from caloriq.results import Progress

SEPARATIONS = (0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
LISTED = (0.4, 0.5, 0.7, 0.9)


def overlaps(quick: bool, progress: Progress | None) -> Outcome:
    """Direct and exchange matrix elements over a/d, levels 1…20 (WS 19, 20)."""
    levels = 12 if quick else 20
    found: dict[str, list[Overlaps]] = {"linear": [], "quadratic": []}
    for a in counted(SEPARATIONS, progress):
        for name, row in found.items():
            row.append(elements(separation=a, levels=levels, interaction="linear" if name == "linear" else "quadratic"))
    contact = elements(separation=0.0, levels=levels, interaction="contact")
    other = elements(HarmonicWell(), separation=1.5, levels=6)
    data = dataset(
        {
            "ratio": (("interaction", "separation"), np.array([[o.ratio for o in row] for row in found.values()])),
            "deviation": (
                ("interaction", "separation"),
                np.array([[o.deviation() for o in row] for row in found.values()]),
            ),
            "spread": (
                ("interaction", "separation"),
                np.array([[o.deviation("total") for o in row] for row in found.values()]),
            ),
            "exchange": (("separation", "n", "m"), np.array([o.exchange for o in found["linear"]])),
            "direct": (("separation", "n", "m"), np.array([o.direct for o in found["linear"]])),
        },
        {
            "separation": list(SEPARATIONS),
            "interaction": [0, 1],
            "n": np.arange(1, levels + 1),
            "m": np.arange(1, levels + 1),
        },
        {"interactions": list(found)},
    )
    at = {a: found["linear"][SEPARATIONS.index(a)] for a in LISTED}
    square = {a: found["quadratic"][SEPARATIONS.index(a)] for a in (0.7, 0.95)}
    equal = {a: replace(o, equal_levels=True) for a, o in square.items()}
    off = ~np.eye(levels, dtype=bool)
    rms = {a: float((o.total[off] / a - 1).std()) for a, o in at.items()}
    error = max(o.certificate["quadrature error"].value for row in found.values() for o in row)
    apart = float(np.abs(contact.direct[off] - 1).max())
    same = float(np.abs(np.diag(contact.direct) - 1.5).max())
    rows = (
        Row(
            "contact, coinciding wells: V for n ≠ m, n = m, in 1/d",
            "1, independent of the levels",
            f"{contact.direct[0, 1]:.12f}, {contact.direct[0, 0]:.12f}",
            bool(max(apart, same) < 1e-12),
            "3/2 for n = m, which the paper leaves out; the exchange of equal levels moves nothing",
        ),
        Row(
            "linear: largest |D|/E at a/d = 0.4, 0.5, 0.7, 0.9",
            "less than one tenth",
            ", ".join(f"{o.ratio:.2g}" if a > 0.4 else f"{o.ratio:.3f}" for a, o in at.items()),
            bool(at[0.4].ratio < 0.1),
            "the bound is passed at 0.4 (n = 1, m = 2)",
        ),
        Row(
            "linear: V over a, standard deviation over the levels, at the same a/d",
            "almost a constant, deviation around 3 %",
            ", ".join(f"{100 * r:.2g} %" for r in rms.values()),
            all(within(r, 0.02, 0.04) for r in rms.values()),
            "largest deviation of E from its mean: " + ", ".join(f"{100 * o.deviation():.2g} %" for o in at.values()),
        ),
        Row(
            "quadratic: largest deviation of E from its mean at a/d = 0.7, 0.95",
            "14 % to 4 %",
            ", ".join(f"{100 * o.deviation():.1f} %" for o in square.values()),
            within(square[0.7].deviation(), 0.135, 0.145) and within(square[0.95].deviation(), 0.035, 0.045),
            "E = a² + ⟨x²⟩_n + ⟨x²⟩_m exactly; which deviation the paper means is not said",
        ),
        Row(
            "the same with n = m among the levels",
            "14 % to 4 %",
            ", ".join(f"{100 * o.deviation():.1f} %" for o in equal.values()),
            within(equal[0.7].deviation(), 0.135, 0.145) and within(equal[0.95].deviation(), 0.035, 0.045),
            "the 14 % is that of n = m = 1, which exchanges nothing; the 4 % is not found",
        ),
        Row(
            "quadratic: largest |D|/E at the same",
            "0.14 to 0.1",
            ", ".join(f"{o.ratio:.3f}" for o in square.values()),
            within(square[0.7].ratio, 0.135, 0.145) and within(square[0.95].ratio, 0.095, 0.105),
            "D = -2⟨n|x|m⟩²",
        ),
        beyond(
            "harmonic wells, a = 1.5/√ω, linear: largest |D|/E, deviation of E, levels 1…6",
            f"{other.ratio:.3f}, {100 * other.deviation():.1f} %",
            "wells without walls overlap at every distance",
        ),
        beyond("quadrature error, relative", f"{error:.0e}", "all of the above"),
    )
    return Outcome(rows, {"overlaps": data}, figures.wu_overlaps(data))


ALPHA, GAMMA0, SHIFT = 1.0, 1.0, 0.5
STRENGTH = 0.05


def screened(T: Real, V: str) -> Real:
    """w(T) = 2πλ²Γ(0)|V_{12,21}|² with V(r) e^(-αTr), wells of width 1 at a = ½."""
    out = []
    for temperature in T.tolist():

        def coupling(r: Real, s: float = temperature) -> Real:
            screen: Real = np.exp(-ALPHA * s * r)
            return screen if V == "constant" else r * screen

        found = elements(InfiniteWell(), separation=SHIFT, levels=2, interaction=coupling)
        out.append(found.rates(strength=STRENGTH, density=GAMMA0)[0, 1])
    return np.array(out)


def slope(T: Real, y: Real) -> float:
    """Exponent at the last temperatures."""
    return float(np.log(y[-1] / y[-4]) / np.log(T[-1] / T[-4]))


def conductivity(quick: bool, _progress: Progress | None) -> Outcome:
    """κ = w a² C_V, with couplings that lattice vibrations screen: V e^(-αf(T)r), f = T (WS 12 and the last part)."""
    T = np.geomspace(0.05, 300, 25 if quick else 49)
    heat = {
        "two levels": spectrum_heat_capacity([0.0, 1.0], T),
        "harmonic": spectrum_heat_capacity(np.arange(6000.0), T),
    }
    w = {name: screened(T, name) for name in ("constant", "linear")}
    bare = 2 * np.pi * STRENGTH**2 * GAMMA0
    data = dataset(
        {
            "heat_capacity": (("spectrum", "temperature"), np.array(list(heat.values()))),
            "rate": (("coupling", "temperature"), np.array(list(w.values()))),
            "bare": ("temperature", np.full(T.size, bare)),
        },
        {"temperature": T, "spectrum": [0, 1], "coupling": [0, 1]},
        {"spectra": list(heat), "couplings": list(w)},
    )
    x = 1 / T
    formula = x**2 * np.exp(-x) / (1 + np.exp(-x)) ** 2
    exact = float(np.abs(heat["two levels"] - formula).max())
    peak = float(T[np.argmax(heat["two levels"])])
    kappa = {name: slope(T, rate * heat["harmonic"]) for name, rate in w.items()}
    delta = elements(InfiniteWell(), separation=SHIFT, levels=2, interaction="contact").total[0, 1]
    limit = 2 * np.pi * STRENGTH**2 * GAMMA0 * (2 / (ALPHA * T[-1]) * delta) ** 2
    rows = (
        Row(
            "C_V of two levels less (ω/T)² e^(ω/T)/(e^(ω/T) + 1)²",
            "0",
            f"{exact:.0e}",
            exact < 1e-14,
            f"largest near T = {peak:.2f} ω",
        ),
        Row(
            "κ ∝ T^p at high T, f = T, lattice that saturates, V(0) ≠ 0: p",
            "-2",
            f"{kappa['constant']:.3f}",
            within(kappa["constant"], -2.05, -1.95),
            "as V e^(-αTr) → (2/αT) V(0) δ(r)",
        ),
        Row(
            "w over 2πλ²Γ(0) |(2/αT) (D + E of the contact)|² at T = 300",
            "1",
            f"{w['constant'][-1] / limit:.4f}",
            within(w["constant"][-1] / limit, 0.97, 1.03),
            "V e^(-αTr) is a contact by then",
        ),
        Row(
            "the same with V = r, which vanishes at contact: p",
            "-2 (not told apart)",
            f"{kappa['linear']:.3f}",
            within(kappa["linear"], -2.05, -1.95),
            "∫ r e^(-αTr) falls as T⁻²: the law needs V(0) ≠ 0",
        ),
        beyond(
            "two levels, V(0) ≠ 0: p",
            f"{slope(T, w['constant'] * heat['two levels']):.3f}",
            "their heat capacity falls as T⁻² too",
            paper="not said",
        ),
    )
    return Outcome(rows, {"conductivity": data}, figures.wu_conductivity(data))


def cube(n: int) -> ExchangeChain:
    """Units on an n×n×n lattice, coupled to neighbours, with a bath that makes rates constant."""
    number = np.arange(n**3).reshape(n, n, n)
    J = np.zeros((n**3, n**3))
    for axis in range(3):
        low, high = np.moveaxis(number, axis, 0)[:-1].ravel(), np.moveaxis(number, axis, 0)[1:].ravel()
        J[low, high] = J[high, low] = 1.0
    return ExchangeChain(units=n**3, exchange=J, coupling=0.1, bath=PureDephasing(rate=0.5))


def cubic(_: bool, progress: Progress | None) -> Outcome:
    """From the population equation of units on a simple cubic lattice to diffusion (WS 10, 11)."""
    small, large = 5, 33
    units = cube(small)
    kernel = markov_kernel(units)
    rates = kernel.rates().values[0]
    w = float(rates.mean())
    t = np.array([0.0, 2.0, 8.0, 25.0]) / w / 4
    populations = kernel.solve(t).local_energies.reshape(-1, small, small, small)
    lattice = diffuse(populations[0], t, rate=w, tol=1e-10).density
    gap = float(np.abs(populations - lattice).max())
    if progress is not None:
        progress(1, 3)
    start = np.zeros((large,) * 3)
    middle = large // 2
    start[middle, middle, middle] = 1.0
    spread_times = np.linspace(0, 6.0, 13)
    spread = diffuse(start, spread_times, rate=1.0, tol=1e-7)
    place = np.arange(large) - middle
    variance = np.array(
        [
            [(place**2 * u.sum(axis=tuple(k for k in range(3) if k != axis))).sum() for axis in range(3)]
            for u in spread.density
        ]
    )
    D = variance[1:] / (2 * spread_times[1:, None])
    if progress is not None:
        progress(2, 3)
    held = steady_diffusion(
        (large, 8, 8),
        rate=lambda x, y, z, s: 1 + x / large + 0 * (y + z + s),
        sides=[(1.0, 0.0), "insulated", "periodic"],
    )
    J = float(held.currents[0].mean())
    expected = 1 / (large * np.log(2))  # ∫dx/(1 + x/L) = L ln 2
    data = dataset(
        {
            "variance": (("time", "axis"), variance),
            "slice": (("x", "y"), spread.density[-1][:, :, middle]),
            "profile": ("x", held.density[0][:, 0, 0]),
        },
        {"time": spread_times, "axis": [0, 1, 2], "x": place, "y": place},
        {"models": json.dumps([units.to_mapping()])},
    )
    lost = spread.certificate["energy balance"].value
    rows = (
        Row(
            f"population equation of {small}³ units less the lattice diffusion equation",
            "0 (WS 10 in three dimensions)",
            f"{gap:.0e}",
            gap < 1e-7,
            f"golden-rule exchange with a dephasing bath, w = {w:.6g} on all {len(rates)} bonds",
        ),
        Row(
            "D of a point source over a²w, along x, y, z",
            "1",
            ", ".join(f"{d:.6f}" for d in D[-1]),
            bool(np.abs(D - 1).max() < 1e-4),
            "half the slope of the variance",
        ),
        Row("energy lost, relative", "0", f"{lost:.0e}", lost < 1e-10, "steps of the stability limit"),
        Row(
            "steady current with w = 1 + x/L over 1/(L ln 2)",
            "1 (WS 12)",
            f"{J / expected:.6f}",
            within(J / expected, 0.999, 1.001),
            "fixed sides in x, insulated in y, periodic in z",
        ),
    )
    return Outcome(rows, {"cubic": data}, figures.wu_cubic(data), (units,))


RECIPES = (
    Recipe("wu-2008-overlaps", "matrix elements between wells over their distance", WS, overlaps, quick_differs=True),
    Recipe(
        "wu-2008-conductivity",
        "conductivity over temperature, with screened couplings",
        WS,
        conductivity,
        quick_differs=True,
    ),
    Recipe("wu-2008-cubic", "from units on a cubic lattice to diffusion", WS, cubic),
)
