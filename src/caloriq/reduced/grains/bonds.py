"""The bonds between blocks: distinct blocks and their ends, what acts between them, kernels followed to their plateaus."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy

from caloriq import _checks
from caloriq._checks import Real
from caloriq.models.quantum import Carried, QuantumChain
from caloriq.reduced.grains.blocks import BondChannel, Edge, Grain, diagonalise, within
from caloriq.reduced.grains.correlation import LEAST, Contact, Plateau, plateau
from caloriq.reduced.grains.spectrum import default_width
from caloriq.results import ByContent, Check, frozen

STILL = 1e-22  # the same of its rate of change
KEPT = 60.0  # bytes kept of a block per element of its eigenvectors
MOST = 2**13  # times of a kernel
REFINED = 8  # halvings of the step, at most
WORK = 1.5e12  # multiply-adds of one kernel, after which no more times are added
ENOUGH = 1.25  # of 1/k: how long the plateau is followed
QUADRATURE = 2e-3  # change of ∫C on doubling the step; the error itself is about a sixteenth


@dataclass(frozen=True)
class GrainKernel(ByContent):
    """Kernel of every bond between blocks.

    Attributes
    ----------
    times : array, shape (K,)
        1/energy.
    correlation : array, shape (B, K)
        C(τ) = Re⟨J(τ)J⟩.
    values : array, shape (B, K)
        R(t) = ∫₀ᵗ C / χ, a rate in units of energy.
    plateaus : tuple of Plateau or None
        Of every bond.
    """

    times: Real
    correlation: Real
    values: Real
    plateaus: tuple[Plateau | None, ...]


def distinct_blocks(
    model: QuantumChain, block: int, count: int, temperature: float, parts: list[tuple[BondChannel, ...]]
) -> tuple[list[Grain], list[tuple[Edge, Edge]]]:
    """Every block and its operators at the (right, left) end; equal blocks are the same objects."""
    known: dict[bytes, tuple[Grain, tuple[Edge, Edge]]] = {}
    blocks: list[Grain] = []
    edges: list[tuple[Edge, Edge]] = []
    keys = [b"".join(part.tobytes() for part in within(model, number * block, block)) for number in range(count)]
    for number, key in enumerate(keys):
        if known and number == 1:  # all distinct blocks and their end operators are kept
            elements = sum(s.energies.size**2 for s in blocks[0].sectors)
            need = KEPT * float(elements) * len(set(keys))
            _checks.memory(
                "block", f"{block} in {len(set(keys))} distinct blocks", need, "take shorter blocks or a shorter chain"
            )
        if key not in known:
            b = diagonalise(model, number * block, block, float(temperature))
            ends = {end for cut in parts for c in cut for end in (c.left, c.right)}
            last = Edge(b, ends, last=True)
            # the mirror image has the same elements but for signs, which products of two do not see
            known[key] = b, (last, last if b.mirrored else Edge(b, ends, last=False))
        blocks.append(known[key][0])
        edges.append(known[key][1])
    return blocks, edges


def acting_channels(left: Edge, right: Edge, parts: Any, carries: Carried, unit: float) -> Any:
    """The channels of a contact; none where their coupling commutes with what is carried, to rounding."""
    size = sum(c.strength**2 * left.moments((c.left, c.left))[0] * right.moments((c.right, c.right))[0] for c in parts)
    return parts if Contact(left, right, parts, carries).at_zero > STILL * size * unit**2 else ()


def band_width(
    blocks: list[Grain], edges: list[tuple[Edge, Edge]], parts: list[tuple[BondChannel, ...]], bands: int | None
) -> float:
    """δε, the same for all blocks."""
    spread = max(float(np.ptp(b.levels)) for b in blocks)
    if bands is not None:
        return spread / bands * (1 + 1e-9) if spread else 1.0
    # block by block; the last one has no contact on its right, and counts by the one before it
    width = float(np.mean([default_width(e[0], cut) for e, cut in zip(edges, (*parts, parts[-1]), strict=True)]))
    return min(max(width, spread / 256), spread * (1 + 1e-9)) if spread else 1.0


def followed(contact: Contact, variance: float) -> Contact:
    """A contact with as many times as its plateau asks for: to twice its end, or to 1/k."""
    # real columns per time and term, on either side; one side does for two that are the same
    sides = [contact.left] if contact.left is contact.right else [contact.left, contact.right]
    sizes = [sum(W.size for W in edge.elements[a[0]].values()) for _, a, _ in contact.terms for edge in sides]
    per_time = 2.0 * (contact.order + 1) * sum(sizes)
    limit = int(min(MOST, max(LEAST * 4, WORK / max(per_time, 1.0))))
    count = LEAST
    for _ in range(REFINED):
        contact.extend(min(count, limit))
        if contact.quadrature <= QUADRATURE / 4:
            break
        contact.refine()
    while True:
        contact.extend(min(count, limit))
        end = float(contact.times[-1])
        found = plateau(contact.times, contact.evaluate()[1] / variance)
        if count >= limit:
            return contact
        if found is None:
            enough = count >= LEAST * 16
        else:
            enough = end >= 2 * found.end or (found.open and found.value * end >= 4 * ENOUGH)
        if enough:
            return contact
        count *= 2


def bond_kernels(contacts: list[Contact], variance: float) -> tuple[GrainKernel, tuple[Check, ...]]:
    """Kernels of all bonds on one grid of times, and what proves them."""
    worst_step = worst_start = 0.0
    plateaus, curves = [], []
    for contact in contacts:
        C, G = contact.evaluate()
        worst_step = max(worst_step, contact.quadrature)
        worst_start = max(worst_start, abs(float(C[0]) / contact.at_zero - 1) if contact.at_zero else 0.0)
        plateaus.append(plateau(contact.times, G / variance))
        curves.append((contact.times, C, G / variance))
    grid = curves[0][0]
    if any(not np.array_equal(t, grid) for t, _, _ in curves):
        # blocks that differ have steps of their own: the finest one, as far as every bond goes
        step, end = min(t[1] for t, _, _ in curves), min(t[-1] for t, _, _ in curves)
        grid = step * np.arange(int(end / step) + 1)
        curves = [(grid, *(scipy.interpolate.CubicSpline(t, y)(grid) for y in (C, R))) for t, C, R in curves]
    checks = (
        Check("quadrature", worst_step, QUADRATURE, "∫C changes little when every other time is left out"),
        Check("sum rule", worst_start, 1e-10, "C(0) from the kernel is that of the matrix elements"),
    )
    _, C, R = (frozen(np.stack(rows)) for rows in zip(*curves, strict=True))
    return GrainKernel(frozen(grid.copy()), C, R, tuple(plateaus)), checks
