"""What the rate equation of grains needs, criterion by criterion, and the sentence.

Sources: M. Michel, J. Gemmer, G. Mahler, PRE 73, 016101 (2006), doi:10.1103/PhysRevE.73.016101 (criteria);
R. Steinigeweg, J. Gemmer, PRB 80, 184402 (2009), doi:10.1103/PhysRevB.80.184402 (plateaus).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from caloriq._checks import Real
from caloriq.models.quantum import Carried, QuantumChain
from caloriq.reduced.average.criteria import WEAK, Criterion
from caloriq.reduced.grains.blocks import Grain
from caloriq.reduced.grains.bonds import GrainKernel
from caloriq.reduced.grains.correlation import LONG, Plateau
from caloriq.reduced.grains.spectrum import Shells, internal_mode, internal_relaxation

MEMORY = 0.1  # largest k τ_c
SLOWER = 0.1  # largest share by which the inside of a block may slow the exchange
UNEQUAL = 0.1  # largest share by which rates that depend on energy slow the decay
INSIDE = 1024  # times of the internal relaxation
LATER = 2.0  # multiples of 1/k over which the inside is watched


def in_series(plateaus: tuple[Plateau | None, ...]) -> tuple[float | None, float | None]:
    """Rate of bonds in series, and its error."""
    known = [p for p in plateaus if p is not None]
    if len(known) < len(plateaus):
        return None, None
    values, errors = np.array([p.value for p in known]), np.array([p.error for p in known])
    rate = float(values.size / (1 / values).sum())
    # bonds between equal blocks are the same kernel, so that errors add rather than average out
    return rate, float(rate**2 * (errors / values**2).sum() / values.size)


def inside(
    model: QuantumChain, blocks: list[Grain], block: int, carries: Carried, kernel: GrainKernel, rate: float | None
) -> tuple[Real, Real]:
    """Relaxation of the slowest density mode within each distinct block."""
    last = float(kernel.times[-1]) if rate is None else max(float(kernel.times[-1]) / 4, LATER / rate)
    # dense where the block relaxes, and out to where it must have relaxed
    step = float(kernel.times[1] - kernel.times[0])
    early = 4 * step * np.arange(INSIDE // 2)
    late = np.linspace(early[-1], max(last, early[-1] + step), INSIDE // 2 + 1)[1:]
    grid = np.concatenate([early, late])
    if block == 1:
        return grid, np.concatenate([[1.0], np.zeros(grid.size - 1)])[None]
    rows = {}
    for number, b in enumerate(blocks):
        if id(b) not in rows:
            mode = internal_mode(b, model.density(carries, first=number * block, sites=block))
            rows[id(b)] = internal_relaxation(b, mode, carries, grid)
    return grid, np.stack(list(rows.values()))


def settling_time(times: Real, values: Real) -> float:
    """Time after which |values| stays below 1/e, inf if that is not reached well before the last time."""
    above = np.flatnonzero(np.abs(values) > math.exp(-1))
    if not above.size:
        return float(times[0])
    return math.inf if above[-1] >= times.size - 2 else float(times[above[-1] + 1])


def grain_criteria(
    plateaus: tuple[Plateau | None, ...],
    rate: float | None,
    settled: float,
    found: tuple[Shells, ...],
    spreads: tuple[float, ...],
) -> tuple[Criterion, ...]:
    """The conditions, worst bond first to fail."""
    known = [p for p in plateaus if p is not None]
    ratio = min(p.end / p.begin for p in known) if len(known) == len(plateaus) else 0.0
    least, most = Criterion.at_least, Criterion.at_most
    out = [least("plateau", "t₂/t₁", f"at least {LONG:g}: R(t) stays within a tenth from t₁ to t₂", ratio, LONG)]
    if rate is not None:
        end = min(p.value * p.end for p in known)
        begin = max(p.value * p.begin for p in known)
        slower = 2 * math.pi**2 / 3 * rate * settled
        evens = f"at most {SLOWER:g}: a block evens out inside, in τ, before it exchanges"
        out += [
            least("rephasing", "k t₂", "at least 1: the decay ends before the blocks rephase", end, 1.0),
            most("memory", "k t₁", f"at most {MEMORY:g}: the decay is slow on the kernel's own time", begin, MEMORY),
            most("inside", "(2π²/3) k τ", evens, slower, SLOWER),
        ]
        told = [s for s in spreads if not math.isnan(s)]
        if told:
            alike = f"at most {UNEQUAL:g}: one rate serves all energies of a block"
            out.append(most("spread", "1 + ln⟨D(t)D⟩/⟨D²⟩ at 2kt = 1", alike, max(told), UNEQUAL))
    c1, c2 = min(s.c1 for s in found), max(s.c2 for s in found)
    dense = "at least 1 in bands that carry nine tenths: levels lie dense"
    weak = f"at most {WEAK:g} in bands that carry nine tenths: the coupling is weak"
    return *out, least("c1", "2λn/δε", dense, c1, 1.0), most("c2", "λ²n/δε²", weak, c2, WEAK)


def sentence(
    criteria: tuple[Criterion, ...],
    plateaus: tuple[Plateau | None, ...],
    rate: float | None,
    error: float | None,
    block: int,
    carries: Carried,
    still: Sequence[int],
) -> str:
    """The judgement in words; `still` are the bonds that move nothing."""
    failed = [c for c in criteria if not c.holds]
    if still:
        return f"No rate: the contact of bond {still[0]} between blocks of {block} commutes with the {carries} of each to rounding, so that no exchange is seen."
    if rate is None or error is None:
        bond = next(k for k, p in enumerate(plateaus) if p is None)
        return f"No rate: the kernel of bond {bond} between blocks of {block} has no plateau within the times looked at, so there is no diffusivity to give."
    if not failed:
        return f"Grains exchange by rates as far as the criteria tell, all of which are met: k = {rate:.4g} ± {error:.1g}, D = {rate * block**2:.4g}."
    worst = "; ".join(f"{c.name}: {c.formula} = {c.value:.3g} must be {c.meaning}" for c in failed)
    return f"Grains are not shown to exchange by rates (k = {rate:.4g} is only the contact's): {worst}."
