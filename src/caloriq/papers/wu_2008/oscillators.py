"""Wu, Segal (2008): harmonic chains between baths, for which Fourier's law is said to fail, beside chains of two-level units."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from caloriq._checks import Real
from caloriq.models.baths import Bath
from caloriq.models.harmonic import HarmonicChain, OhmicBath
from caloriq.models.random import generator
from caloriq.models.spins import SpinChain
from caloriq.papers.common import counted, dataset
from caloriq.papers.recipe import Outcome, Recipe, Row, beyond, within
from caloriq.papers.wu_2008 import figures
from caloriq.papers.wu_2008.recipes import WS
from caloriq.results import Progress
from caloriq.steady.harmonic.infinite import bulk_conductivity
from caloriq.steady.harmonic.solve import harmonic_state
from caloriq.steady.solve import steady_state
from caloriq.verdicts.harmonic import HarmonicScaling, harmonic_scaling
from caloriq.verdicts.scaling import Scaling, scaling

if TYPE_CHECKING:
    import xarray as xr

HOT, COLD = 1.5, 0.5
OHMIC = (OhmicBath(site=0, temperature=HOT, friction=1.0), OhmicBath(site=-1, temperature=COLD, friction=1.0))
LINDBLAD = (Bath(site=0, temperature=HOT, rate=1.0), Bath(site=-1, temperature=COLD, rate=1.0))
SIZES = (8, 16, 32, 64, 128, 256)
SHOWN = 64  # sites of the chains whose profiles are drawn
ENDS, MIDDLE = "harmonic, end baths", "harmonic, self-consistent baths"
TWO_LEVELS = "two-level units, dephasing"
CHAINS: dict[str, Any] = {
    ENDS: HarmonicChain(sites=SHOWN, pinning=1.0, baths=OHMIC, noise="classical"),
    f"{ENDS}, quantum": HarmonicChain(sites=SHOWN, pinning=1.0, baths=OHMIC),
    MIDDLE: HarmonicChain(
        sites=SHOWN, pinning=1.0, wall=1.0, baths=OHMIC, inner_friction=1.0, noise="classical"
    ),  # ends as BLL fix them
    f"{MIDDLE}, quantum": HarmonicChain(sites=SHOWN, pinning=1.0, wall=1.0, baths=OHMIC, inner_friction=1.0),
    TWO_LEVELS: SpinChain(sites=SHOWN, hopping=1.0, dephasing=1.0, baths=LINDBLAD),
}
RANDOM_SIZES = (32, 64, 128, 256, 512, 1024)
SAMPLES = 12
MASSES = 1  # what is drawn, beside the seed
RANDOM_ENDS = {"free ends": 0.0, "fixed ends": 1.0}
KNOWN_POWERS = {"free ends": -0.5, "fixed ends": -1.5}


def harmonic_baths(quick: bool, progress: Progress | None) -> Outcome:
    """J over N and temperature profiles of harmonic chains and of two-level units, and of harmonic chains of random masses."""
    sizes = SIZES[:5] if quick else SIZES
    lengths = RANDOM_SIZES[:3] if quick else RANDOM_SIZES
    samples = 4 if quick else SAMPLES
    found: dict[str, HarmonicScaling | Scaling] = {}
    spread = np.empty((len(RANDOM_ENDS), len(lengths), samples))
    work: list[tuple[str, int]] = [
        *((name, 0) for name in CHAINS),
        *((name, N) for name in RANDOM_ENDS for N in lengths),
    ]
    for name, length in counted(work, progress, lambda one: samples * one[1] ** 2 or 3e4):
        if length:
            row, column = list(RANDOM_ENDS).index(name), lengths.index(length)
            spread[row, column] = [_random(name, length, sample) for sample in range(samples)]
        else:
            scaled: Callable[..., Any] = scaling if name == TWO_LEVELS else harmonic_scaling
            found[name] = scaled(CHAINS[name], sizes)
    data = dataset(
        {
            "current": (("chain", "sites"), np.array([abs(one.currents) for one in found.values()])),
            "profile": (("chain", "site"), np.array([_profile(name) for name in CHAINS])),
            "random_current": (("ends", "length"), spread.mean(axis=2)),
            "random_error": (("ends", "length"), spread.std(axis=2, ddof=1) / np.sqrt(samples)),
        },
        {"sites": list(sizes), "site": np.arange(SHOWN), "length": list(lengths)},
        {
            "chains": list(CHAINS),
            "ends": list(RANDOM_ENDS),
            "powers": list(KNOWN_POWERS.values()),
            "samples": samples,
            "models": json.dumps([model.to_mapping() for model in CHAINS.values()]),
        },
    )
    return Outcome(
        _rows(found, data), {"harmonic-baths": data}, figures.wu_harmonic_baths(data), tuple(CHAINS.values())
    )


def _random(ends: str, sites: int, sample: int) -> float:
    """Heat current through masses between 1 and 9; a longer chain begins as the shorter one."""
    masses = 1 + 8 * generator(sample, MASSES).random(sites)
    wall = RANDOM_ENDS[ends]
    chain = HarmonicChain(sites=sites, mass=masses, wall=wall, baths=OHMIC, noise="classical")
    return harmonic_state(chain).current


def _profile(name: str) -> Real:
    """Temperature of every site; of two-level units the energy that they hold, from cold to hot bath on the same scale."""
    if name != TWO_LEVELS:
        return harmonic_state(CHAINS[name]).temperatures
    levels = [1 / (np.exp(1 / T) + 1) for T in (COLD, HOT)]
    populations = steady_state(CHAINS[name]).populations
    return np.asarray(COLD + (HOT - COLD) * (populations - levels[0]) / (levels[1] - levels[0]))


def _power(N: Real, J: Real) -> float:
    """Exponent of J over the two largest lengths."""
    return float(np.log(J[-1] / J[-2]) / np.log(N[-1] / N[-2]))


def _conductivity(found: HarmonicScaling | Scaling) -> float:
    """1/(r ΔT) from the two largest lengths, between which the contacts do not count."""
    inverse = (HOT - COLD) / np.abs(found.currents)
    return float((found.sizes[-1] - found.sizes[-2]) / (inverse[-1] - inverse[-2]))


def _rows(found: dict[str, HarmonicScaling | Scaling], data: xr.Dataset) -> tuple[Row, ...]:
    """What the paper says of harmonic and anharmonic chains, and what the baths show."""
    N = data.sites.values
    powers = {name: _power(N, J) for name, J in zip(CHAINS, data.current.values, strict=True)}
    profile = dict(zip(CHAINS, data.profile.values, strict=True))
    quarter = slice(SHOWN // 4, 3 * SHOWN // 4)
    drop = {name: float(np.ptp(T[quarter])) / (HOT - COLD) for name, T in profile.items()}
    inner, quantum = found[MIDDLE], found[f"{MIDDLE}, quantum"]
    kappa = bulk_conductivity(CHAINS[MIDDLE], 1.0)[0]
    mean = _mean_conductivity()
    states = {name: harmonic_state(CHAINS[name]) for name in (ENDS, MIDDLE)}
    longest = data.length.values[-3::2]
    random = [_power(longest, J[-3::2]) for J in data.random_current.values]
    return (
        Row(
            "harmonic, end baths: power of N in J, classical and quantum noise",
            "WS 12 cannot be derived (after WS 17)",
            f"{powers[ENDS]:.5f}, {powers[f'{ENDS}, quantum']:.5f}",
            max(abs(powers[ENDS]), abs(powers[f"{ENDS}, quantum"])) < 0.01,
            f"ballistic: J does not fall (N = {N[-2]}, {N[-1]}); {found[ENDS].judgement.grade} by Rieder, Lebowitz, Lieb",
        ),
        Row(
            "their temperature over the middle half, share of T_hot - T_cold",
            "energy diffusion cannot emerge in harmonic models (Summary)",
            f"{drop[ENDS]:.0e}, {drop[f'{ENDS}, quantum']:.0e}",
            max(drop[ENDS], drop[f"{ENDS}, quantum"]) < 0.01,
            f"N = {SHOWN}: flat; a gradient of heat would show 0.5",
        ),
        Row(
            "two-level units with dephasing: power of N in J",
            "-1: two levels are anharmonic, local baths widen them (WS 12, after 14)",
            f"{powers[TWO_LEVELS]:.4f}",
            within(powers[TWO_LEVELS], -1.05, -0.95) and found[TWO_LEVELS].holds is True,
            "the chain of MT with its closed form: Fourier's law is proved",
        ),
        Row(
            "harmonic, a self-consistent bath on every site: power of N in J, classical and quantum noise",
            "energy diffusion cannot emerge in harmonic models (Summary)",
            f"{powers[MIDDLE]:.4f}, {powers[f'{MIDDLE}, quantum']:.4f}",
            not (inner.holds or quantum.holds),
            f"the paper leaves the local baths of WS 1 out there; with them Fourier's law holds, {inner.judgement.grade} by Bonetto, Lebowitz, Lukkarinen ({quantum.judgement.grade} for quantum noise)",
        ),
        beyond(
            "its conductivity 1/r, classical noise, and κ of the infinite chain",
            f"{_conductivity(inner):.6f}, {kappa:.6f}",
            "r from the two largest lengths; κ = k/(γ(2 + ν² + √(ν²(4 + ν²)))), ν² = k₀/k (BLL)",
        ),
        beyond(
            "the same, quantum noise, and the mean of κ(T) from T_cold to T_hot",
            f"{_conductivity(quantum):.6f}, {mean:.6f}",
            "r (N - 1) is ΔT over ∫κ dT; κ(T) by linear response (Dhar, Roy)",
        ),
        beyond(
            f"entropy production -Σ J_b/T_b at N = {SHOWN}: end baths, self-consistent baths",
            f"{states[ENDS].entropy_production:.6f}, {states[MIDDLE].entropy_production:.6f}",
            "J (1/T_cold - 1/T_hot): the inner baths take no heat",
        ),
        beyond(
            "random masses, power of N in J: free ends, fixed ends",
            f"{random[0]:.2f}, {random[1]:.2f}",
            f"N^(-1/2) and N^(-3/2) as N → ∞ (Dhar 2001); masses 1…9, N = {longest[0]}, {longest[1]}, {data.attrs['samples']} samples: a power, no exponential fall",
        ),
    )


def _mean_conductivity() -> float:
    """Mean of κ(T) between the baths, quantum noise."""
    x, w = np.polynomial.legendre.leggauss(8)
    T = (HOT + COLD) / 2 + (HOT - COLD) / 2 * x
    return float(w @ [bulk_conductivity(CHAINS[f"{MIDDLE}, quantum"], t)[0] for t in T.tolist()]) / 2


RECIPES = (
    Recipe(
        "wu-2008-harmonic-baths",
        "harmonic chains between baths beside two-level units: J over N, temperature profiles",
        WS,
        harmonic_baths,
        quick_differs=True,
    ),
)
