"""The outlook of Michel, Gemmer, Mahler (2006) with a yes: blocks of a chaotic chain that touch weakly, beside exact dynamics."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

import numpy as np
import scipy

from caloriq._checks import Real
from caloriq.models.quantum import QuantumChain
from caloriq.papers.common import dataset
from caloriq.papers.michel_2006 import chain_figures
from caloriq.papers.michel_2006.spin_chains import said
from caloriq.papers.modular_chain.recipes import PRE
from caloriq.papers.recipe import Outcome, Recipe, Row, beyond
from caloriq.reduced.grains.band_rates import energies_by_rates, pair_by_rates
from caloriq.reduced.grains.coarse import Grains, coarse_grain
from caloriq.reduced.grains.energies import BlockEnergies, exact_energies
from caloriq.results import Progress

if TYPE_CHECKING:
    import xarray as xr

HOT = 4.0  # temperature of the first of three blocks; the others are uniform
WEAK = 0.45  # contact of the three blocks
CONTACTS = (0.2, 0.45, 0.7, 1.0)
PAIR = (9, 0.2, 8)  # block, contact and bands of the pair that meets every criterion
FINE = 12  # bands of the pairs
CURVES = ("exact", "error", "one rate", "R(t)", "bands")
LATEST = 2.0  # kt of the three blocks


def study(quick: bool, progress: Progress | None) -> Outcome:
    """Three blocks in time; contacts from weak to the homogeneous chain; the pair that meets every criterion."""
    block, bands, few = (4, 10, 5) if quick else (6, 16, 6)
    told = _steps(progress, 3 + len(CONTACTS))
    phase = np.linspace(0, LATEST, 9)
    chain = QuantumChain.tilted_ising(3 * block)
    grains = coarse_grain(chain, block, contact=WEAK)
    rate = float(grains.rate or math.nan)
    heat = [HOT, math.inf, math.inf]
    predicted = energies_by_rates(chain, block, phase / rate, heat, contact=WEAK, bands=bands)
    told()
    exact = exact_energies(chain, block, phase / rate, heat, contact=WEAK, samples=4 if quick else 2)
    told()
    pairs, curves, half = [], [], np.linspace(0, 1, 9)
    for contact in CONTACTS:
        pair = coarse_grain(QuantumChain.tilted_ising(2 * few), few, contact=contact)
        pairs.append(pair)
        curves.append(_pair(pair, half, 20 if quick else 8))
        told()
    values = np.array(curves)  # (contacts, curve, T)
    length, weak, many = (6, 0.2, 8) if quick else PAIR
    largest = coarse_grain(QuantumChain.tilted_ising(2 * length), length, contact=weak, bands=many)
    late = half[half <= 0.5]
    mean, error = largest.exact(late / (largest.rate or math.nan), samples=2)
    by_bands = pair_by_rates(largest.model, length, late / (largest.rate or math.nan), contact=weak, bands=FINE)
    told()
    data = _dataset(phase, predicted, exact, half, values, pairs, block, few)
    rows = (
        *_three(grains, phase, predicted, exact),
        *_contacts(pairs, half, values),
        _memory(pairs[-1], half, values[-1]),
        beyond(
            f"two blocks of {length}, contact {weak:g}, {many} bands: what the criteria say",
            said(largest),
            f"k = {largest.rate or math.nan:.5f} ± {largest.rate_error or math.nan:.1g}",
        ),
        beyond(
            f"the same: ⟨D(t)D⟩/⟨D²⟩ at kt = {late[-1]:g}",
            f"{mean[-1]:.3f} ± {error[-1]:.3f}",
            f"exact; rates of bands {by_bands[-1]:.3f}, one rate {math.exp(-2 * late[-1]):.3f}",
        ),
    )
    return Outcome(rows, {"weak-contacts": data}, chain_figures.weak_contacts(data), (chain, largest.model))


def _steps(progress: Progress | None, total: int) -> Any:
    """A call tells that one more part is done."""
    done = 0

    def step() -> None:
        nonlocal done
        done += 1
        if progress is not None:
            progress(done, total)

    return step


def _pair(pair: Grains, phase: Real, samples: int) -> Real:
    """Two blocks: exact, its error, by one rate, by the kernel at every time, by the rates of bands; shape (5, T)."""
    t = phase / (pair.rate or math.nan)
    mean, error = pair.exact(t, samples=samples)
    grown = scipy.interpolate.CubicSpline(pair.kernel.times, pair.kernel.values[0]).antiderivative()
    inside = np.minimum(t, pair.kernel.times[-1])
    bands = pair_by_rates(pair.model, pair.block, t, contact=pair.contact, bands=FINE)
    return np.stack([mean, error, pair.decay(t), np.exp(-2 * grown(inside)), bands])


def _three(grains: Grains, phase: Real, predicted: BlockEnergies, exact: BlockEnergies) -> list[Row]:
    """Energies of three blocks, and the decay of their modes."""
    off = np.abs(exact.energies - predicted.energies)
    span = float(np.abs(predicted.energies[0]).max())
    rows = [
        beyond(
            f"three blocks of {grains.block}, contact {grains.contact:g}: largest misfit of U_µ(t), of the first block's excess",
            f"{off.max() / span:.3f}",
            f"exact errors up to {exact.errors.max() / span:.3f}, of the prediction {predicted.errors.max() / span:.3f}; criteria: {said(grains)}",
        )
    ]
    at = int(np.argmin(np.abs(phase - 0.5)))
    for q in (1, 2):
        (e, d), (p, _) = (s.modes() for s in (exact, predicted))
        one = math.exp(-phase[at] * (2 - 2 * math.cos(math.pi * q / 3)))
        rows.append(
            beyond(
                f"mode {q} at kt = {phase[at]:g}, of its start: rates of bands, exact",
                f"{p[at, q - 1] / p[0, q - 1]:.3f}, {e[at, q - 1] / e[0, q - 1]:.3f} ± {d[at, q - 1] / abs(e[0, q - 1]):.3f}",
                f"one rate, {2 - 2 * math.cos(math.pi * q / 3):.0f}k: {one:.3f}",
            )
        )
    return rows


def _contacts(pairs: list[Grains], phase: Real, values: Real) -> list[Row]:
    """Contacts up to the homogeneous chain."""
    rows = []
    at = int(np.argmin(np.abs(phase - 0.5)))
    for pair, (mean, error, one, _, bands) in zip(pairs, values, strict=True):
        homogeneous = pair.contact == 1
        rows.append(
            Row(
                f"two blocks of {pair.block}, contact {pair.contact:g}: ⟨D(t)D⟩/⟨D²⟩ at kt = {phase[at]:g}, exact",
                "not said",
                f"{mean[at]:.3f} ± {error[at]:.3f}",
                None,
                f"rates of bands {bands[at]:.3f}, largest misfit to kt = 1 {np.abs(mean - bands).max():.3f}; one rate {one[at]:.3f}; criteria: {said(pair)}"
                + ("; the homogeneous chain" if homogeneous else ""),
            )
        )
    return rows


def _memory(pair: Grains, phase: Real, values: Real) -> Row:
    """The kernel at every time in place of its plateau, for the homogeneous chain."""
    exact, _, one, memory, _ = values
    return beyond(
        f"two blocks of {pair.block}, contact 1: largest misfit of one rate, and of R(t) at every time",
        f"{np.abs(exact - one).max():.3f}, {np.abs(exact - memory).max():.3f}",
        f"d⟨D⟩/dt = -2R(t)⟨D⟩; up to kt = {phase[-1]:g}",
    )


def _dataset(
    phase: Real,
    predicted: BlockEnergies,
    exact: BlockEnergies,
    half: Real,
    values: Real,
    pairs: list[Grains],
    block: int,
    few: int,
) -> xr.Dataset:
    """What the figure shows."""
    return dataset(
        {
            "exact": (("phase", "grain"), exact.energies),
            "exact_error": (("phase", "grain"), exact.errors),
            "predicted": (("phase", "grain"), predicted.energies),
            "predicted_error": (("phase", "grain"), predicted.errors),
            "pair": (("contact", "curve", "kt"), values),
        },
        {
            "phase": phase,
            "grain": np.arange(3),
            "contact": list(CONTACTS),
            "curve": np.arange(len(CURVES)),
            "kt": half,
        },
        {
            "block": block,
            "few": few,
            "weak": WEAK,
            "curves": list(CURVES),
            "verdicts": [said(p) for p in pairs],
            "models": json.dumps([predicted.model.to_mapping()]),
        },
    )


RECIPES = (
    Recipe(
        "michel-2006-grains-positive",
        "weakly joined blocks of a chaotic chain: rates between bands beside exact dynamics",
        PRE,
        study,
        quick_differs=True,
    ),
)
