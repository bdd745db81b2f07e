"""The outlook of Michel, Gemmer, Mahler (2006), carried out: real chains cut into blocks, beside what is known of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import scipy

from caloriq._checks import Real
from caloriq.models.quantum import Carried, QuantumChain
from caloriq.papers.common import dataset
from caloriq.papers.michel_2006 import chain_figures
from caloriq.papers.modular_chain.recipes import PRE
from caloriq.papers.recipe import Outcome, Recipe, Row, within
from caloriq.reduced.grains.coarse import Grains, coarse_grain
from caloriq.results import Progress

if TYPE_CHECKING:
    import xarray as xr

DISORDER = 8.0
WEAK = 0.18  # contact: between what the density of levels asks for and what the inside of a block allows
PAIR_CONTACTS = (0.2, 0.5, 1.0)
ORDER = ("plateau", "rephasing", "memory", "inside", "spread", "c1", "c2")


class Subject(NamedTuple):
    """A chain of the study."""

    name: str  # in figure and table
    chain: Callable[[int], QuantumChain]  # block length to model
    carries: Carried  # what is carried
    known: str  # known and source: what the literature says of the homogeneous chain
    source: str


SUBJECTS = (
    Subject(
        "XX, spin",
        lambda block: QuantumChain.xx(2 * block),
        "spin",
        "ballistic",
        "free fermions: Lieb, Schultz, Mattis, doi:10.1016/0003-4916(61)90115-4",
    ),
    Subject(
        "XXZ Δ = 1.5, spin",
        lambda block: QuantumChain.xxz(2 * block, anisotropy=1.5),
        "spin",
        "diffusive",
        "Steinigeweg, Gemmer, doi:10.1103/PhysRevB.80.184402; Žnidarič, doi:10.1103/PhysRevLett.106.220601",
    ),
    Subject(
        "tilted Ising, energy",
        lambda block: QuantumChain.tilted_ising(2 * block),
        "energy",
        "diffusive",
        "not integrable: Bañuls, Cirac, Hastings, doi:10.1103/PhysRevLett.106.050405; energy diffusion: Kim, Huse, doi:10.1103/PhysRevLett.111.127205",
    ),
    Subject(
        f"Heisenberg, W = {DISORDER:g}, spin",
        lambda block: QuantumChain.heisenberg(4 * block, disorder=DISORDER, seed=1),
        "spin",
        "localised",
        "W above 3.5 J: Pal, Huse, doi:10.1103/PhysRevB.82.174411",
    ),
)


def said(grains: Grains) -> str:
    """What the criteria say, in a few words."""
    if grains.holds:
        return "yes"
    if grains.rate is None:
        return "no: no plateau"
    return "no: " + ", ".join(f"{c.name} {c.value:.2g}" for c in grains.criteria if not c.holds)


def study(quick: bool, progress: Progress | None) -> Outcome:
    """D and the criteria against the block's length, homogeneous and with weak contacts; two blocks exactly."""
    blocks = (4, 5, 6) if quick else (4, 6, 8, 10, 12)
    pair = 6 if quick else 8
    total, done = len(SUBJECTS) * len(blocks) * 2 + len(PAIR_CONTACTS), 0
    found: dict[tuple[int, int, int], Grains] = {}
    contacts = (1.0, WEAK)
    for m, subject in enumerate(SUBJECTS):
        for c, contact in enumerate(contacts):
            for b, block in enumerate(blocks):
                found[m, c, b] = coarse_grain(subject.chain(block), block, carries=subject.carries, contact=contact)
                done += 1
                if progress is not None:
                    progress(done, total)
    phase = np.linspace(0, 1.25, 11)
    exact, errors, pairs = [], [], []
    for contact in PAIR_CONTACTS:
        grains = coarse_grain(QuantumChain.tilted_ising(2 * pair), pair, contact=contact)
        rate = grains.rate or np.nan
        mean, error = grains.exact(phase / rate, samples=2)
        exact.append(mean)
        errors.append(error)
        pairs.append(grains)
        done += 1
        if progress is not None:
            progress(done, total)
    data = _dataset(found, blocks, contacts, phase, np.array(exact), np.array(errors), pair)
    rows = (
        *_homogeneous(found, blocks),
        *_weak(found, blocks),
        *_pairs(pairs, phase, np.array(exact), np.array(errors)),
    )
    return Outcome(rows, {"grains": data}, chain_figures.grains(data), tuple(s.chain(blocks[-1]) for s in SUBJECTS))


def _dataset(
    found: dict[tuple[int, int, int], Grains],
    blocks: tuple[int, ...],
    contacts: tuple[float, ...],
    phase: Real,
    exact: Real,
    errors: Real,
    pair: int,
) -> xr.Dataset:
    """Everything that the figure shows and the table rests on."""
    shape = len(SUBJECTS), len(contacts), len(blocks)
    D, holds, inside = np.full(shape, np.nan), np.zeros(shape, dtype=int), np.full(shape, np.inf)
    criteria = np.full((*shape, len(ORDER)), np.nan)
    for key, grains in found.items():
        D[key] = np.nan if grains.diffusivity is None else grains.diffusivity
        holds[key], inside[key] = grains.holds, grains.internal_time
        for criterion in grains.criteria:
            criteria[(*key, ORDER.index(criterion.name))] = criterion.value
    time = np.geomspace(0.1, 200, 600)
    kernels = []
    for m in range(len(SUBJECTS)):
        kernel = found[m, 0, len(blocks) - 1].kernel
        curve = scipy.interpolate.CubicSpline(kernel.times, kernel.values[0])(time)
        kernels.append(np.where(time <= kernel.times[-1], blocks[-1] * curve, np.nan))
    dims = ("model", "contact", "block")
    return dataset(
        {
            "diffusivity": (dims, D),
            "holds": (dims, holds),
            "internal_time": (dims, inside),
            "criteria": ((*dims, "criterion"), criteria),
            "kernel": (("model", "time"), np.array(kernels)),
            "exact": (("pair_contact", "phase"), exact),
            "exact_error": (("pair_contact", "phase"), errors),
        },
        {
            "model": np.arange(len(SUBJECTS)),
            "contact": list(contacts),
            "block": list(blocks),
            "time": time,
            "phase": phase,
            "pair_contact": list(PAIR_CONTACTS),
        },
        {
            "names": [s.name for s in SUBJECTS],
            "criteria": list(ORDER),
            "pair": pair,
            "models": json.dumps([s.chain(blocks[-1]).to_mapping() for s in SUBJECTS]),
        },
    )


def _accord(known: str, holds: bool) -> bool | None:
    """Whether a yes or a no is in accord with what is known: a no of sufficient criteria is no proof of the contrary."""
    if holds:
        return known == "diffusive"
    return False if known == "diffusive" else None


def _homogeneous(found: dict[tuple[int, int, int], Grains], blocks: tuple[int, ...]) -> list[Row]:
    """The chains as they are: what is known, and what the criteria say."""
    rows = []
    for m, subject in enumerate(SUBJECTS):
        largest = found[m, 0, len(blocks) - 1]
        rows.append(
            Row(
                f"{subject.name}: do grains diffuse? ℓ = {blocks[-1]}, contact 1",
                subject.known,
                said(largest),
                _accord(subject.known, bool(largest.holds)),
                subject.source,
            )
        )
        D = np.array([found[m, 0, b].diffusivity or np.nan for b in range(len(blocks))])
        if np.all(np.isfinite(D)):
            slope = float(np.polyfit(np.log(blocks), np.log(D), 1)[0])
            rows.append(
                Row(
                    f"{subject.name}: D = kℓ² at ℓ = {blocks[0]}, {blocks[-1]}, and its power of ℓ",
                    "0 if D is the chain's",
                    f"{D[0]:.3g}, {D[-1]:.3g}; {slope:.2f}",
                    abs(slope) < 0.1 if subject.known == "diffusive" else None,
                    "the contact conducts what any bond does, χ grows with ℓ: k ∝ 1/ℓ whatever the chain, and D is the contact's",
                )
            )
    flat = blocks[-1] * (found[0, 0, len(blocks) - 1].rate or np.nan)
    rows.append(
        Row(
            "XX: kℓ",
            "8/3π = 0.8488 (free fermions)",
            f"{flat:.4f}",
            within(flat, 0.97 * 8 / (3 * np.pi), 1.03 * 8 / (3 * np.pi)),
            "R stays there until what it sent comes back, at 2ℓ",
        )
    )
    return rows


def _weak(found: dict[tuple[int, int, int], Grains], blocks: tuple[int, ...]) -> list[Row]:
    """The same blocks with weak contacts, and the contacts for which kernel and inside agree."""
    rows = []
    for m, subject in enumerate(SUBJECTS):
        verdicts = [blocks[b] for b in range(len(blocks)) if found[m, 1, b].holds]
        windows = [found[m, 1, b].contacts for b in range(len(blocks))]
        window = windows[-1]
        rows.append(
            Row(
                f"{subject.name}: contact {WEAK:g}",
                "a block must be chaotic and large",
                (f"yes at ℓ = {', '.join(map(str, verdicts))}" if verdicts else said(found[m, 1, len(blocks) - 1])),
                None,
                f"contacts that kernel and inside allow at ℓ = {blocks[-1]}: "
                + (f"{window[0]:.2f}…{window[1]:.2f}" if window else "none"),
            )
        )
    return rows


def _pairs(pairs: list[Grains], phase: Real, exact: Real, errors: Real) -> list[Row]:
    """Two blocks by the Schrödinger equation."""
    at = int(np.argmin(np.abs(phase - 0.5)))
    rows = []
    for grains, curve, error in zip(pairs, exact, errors, strict=True):
        rows.append(
            Row(
                f"tilted Ising, two blocks of {grains.block}, contact {grains.contact:g}: ⟨D(t)D⟩/⟨D²⟩ at kt = {phase[at]:g}",
                f"e^(-2kt) = {np.exp(-2 * phase[at]):.3f}",
                f"{curve[at]:.3f} ± {error[at]:.3f}",
                bool(abs(curve[at] - np.exp(-2 * phase[at])) < 0.05) if grains.holds else None,
                f"exact; the criteria say {said(grains)}",
            )
        )
    return rows


RECIPES = (
    Recipe(
        "michel-2006-grains",
        "real spin chains cut into blocks: where grains exchange by rates, and where not",
        PRE,
        study,
        quick_differs=True,
    ),
)
