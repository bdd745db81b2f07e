"""The verb: does a chain, cut into blocks, become a chain of grains that exchange by rates?

Sources: M. Michel, J. Gemmer, G. Mahler, PRE 73, 016101 (2006), doi:10.1103/PhysRevE.73.016101 (criteria, outlook);
R. Steinigeweg, J. Gemmer, PRB 80, 184402 (2009), doi:10.1103/PhysRevB.80.184402 (kernels and plateaus of spin chains).
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal

import numpy as np
import scipy
from numpy.typing import ArrayLike

from caloriq import _checks
from caloriq._checks import Real
from caloriq.errors import InvalidInput, Unsupported
from caloriq.models.quantum import Carried, QuantumChain
from caloriq.reduced.grains.bands import Shells, default_width, internal_mode, internal_relaxation, shells
from caloriq.reduced.grains.blocks import Block, Edge, channels, diagonalise
from caloriq.reduced.grains.kernel import LEAST, LONG, Contact, Plateau, plateau
from caloriq.reduced.grains.pair import pair_decay
from caloriq.reduced.theory import WEAK, Criterion
from caloriq.results import ByContent, Certificate, Check, MethodReport, Progress, Solution, frozen

FLAT = 1e-14  # variance of what is carried, over its unit squared, below which it does not fluctuate
STILL = 1e-22  # the same of its rate of change
KEPT = 60.0  # bytes kept of a block per element of its eigenvectors
MOST = 2**13  # times of a kernel
REFINED = 8  # halvings of the step, at most
WORK = 1.5e12  # multiply-adds of one kernel, after which no more times are added
ENOUGH = 1.25  # of 1/k: how long the plateau is followed
MEMORY = 0.1  # largest k τ_c
SLOWER = 0.1  # largest share by which the inside of a block may slow the exchange
INSIDE = 1024  # times of the internal relaxation
LATER = 2.0  # multiples of 1/k over which the inside is watched
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


@dataclass(frozen=True)
class Grains(Solution):
    """A chain as its blocks see it.

    Attributes
    ----------
    block : int
        ℓ, sites of a block.
    carries : {"energy", "spin"}
        Q.
    temperature : float
        T, inf for the uniform state.
    contact : float
        Strength of the bond between blocks, relative to the chain's own.
    kernel : GrainKernel
        C(τ) and R(t).
    variance : float
        χ, variance of Q of one block (mean over blocks).
    rate, rate_error : float or None
        k, the plateau of R: d⟨Q_µ⟩/dt = k(⟨Q_µ-1⟩ - 2⟨Q_µ⟩ + ⟨Q_µ+1⟩); over several bonds that of their resistances in series.
        None if some bond has no plateau.
    criteria : tuple of Criterion
        What the rate equation needs, with numbers; the worst bond counts.
    shells : tuple of Shells
        Bands and their couplings, for every distinct bond.
    internal_times, internal : array
        Times (K',) and correlation function (blocks, K') of the slowest variation of the density within each block.
    internal_time : float
        After it that function stays below 1/e in every block; inf if it does not within the times.
    why : str
        The judgement in words.
    """

    block: int
    carries: Carried
    temperature: float
    contact: float
    kernel: GrainKernel
    variance: float
    rate: float | None
    rate_error: float | None
    criteria: tuple[Criterion, ...]
    shells: tuple[Shells, ...]
    internal_times: Real
    internal: Real
    internal_time: float
    why: str

    @property
    def holds(self) -> bool:
        """Whether every criterion is met."""
        return all(c.holds for c in self.criteria)

    @property
    def bands(self) -> tuple[Any, ...]:
        """Bands of the first block."""
        return self.shells[0].bands

    @property
    def diffusivity(self) -> float | None:
        """D = kℓ², lattice spacing 1; None without a plateau. It is the chain's only where the criteria hold."""
        return None if self.rate is None else self.rate * self.block**2

    @property
    def contacts(self) -> tuple[float, float] | None:
        """Weakest and strongest contact (relative, as `contact`) for which kernel and inside meet their criteria.

        R(t) is proportional to the square of the contact, so one kernel answers for all. The lower end is an upper bound
        where the plateau lasts as long as the times. None if there is no such contact.
        """
        if self.rate is None or not math.isfinite(self.internal_time):
            return None
        known = {c.name: c for c in self.criteria}
        least = self.contact / math.sqrt(known["rephasing"].margin)
        most = self.contact * math.sqrt(min(known["memory"].margin, known["inside"].margin))
        return (least, most) if least <= most else None

    def decay(self, times: ArrayLike) -> Real:
        """e^{-2kt}: the difference of two blocks by the rate equation, relative to its start, shape (T,).

        Raises
        ------
        Unsupported
            If there is no rate.
        """
        t = _checks.times(times)
        if self.rate is None:
            raise Unsupported(
                f"`block` must give a kernel with a plateau, but it does not (got {self.block}); {self.why}"
            )
        return frozen(np.exp(-2 * self.rate * t))

    def exact(self, times: ArrayLike, *, samples: int = 4, seed: int = 0) -> tuple[Real, Real]:
        """⟨D(t)D⟩/⟨D²⟩ for D = Q_L - Q_R of the first two blocks by the Schrödinger equation, to compare with `decay`.

        Parameters
        ----------
        times : array_like, shape (T,)
            Instants, 1/energy.
        samples : int
            Random states, at least 2.
        seed : int
            Of them.

        Returns
        -------
        values, errors : array, shape (T,)
            The correlation function at infinite temperature and its standard error.

        Raises
        ------
        Unsupported
            At a finite temperature.
        InvalidInput
            If two blocks do not fit in memory.

        Notes
        -----
        Dynamical typicality: random states in the 4^ℓ-dimensional space, Chebyshev steps; time grows as 4^ℓ ℓ times the
        last instant.
        """
        t = _checks.times(times)
        if isinstance(samples, bool) or not isinstance(samples, int) or samples < 2:
            raise InvalidInput(f"`samples` must be a whole number of at least 2, but it is not (got {samples!r})")
        if math.isfinite(self.temperature):
            raise Unsupported(
                f"`temperature` must be infinite for the exact pair, but it is not (got {self.temperature:g})"
            )
        mean, error = pair_decay(self.model, self.block, self.contact, self.carries, t, samples, seed)
        return frozen(mean), frozen(error)


def coarse_grain(
    model: QuantumChain,
    block: int,
    *,
    carries: Literal["energy", "spin"] = "energy",
    bands: int | None = None,
    temperature: float = math.inf,
    contact: float = 1.0,
    progress: Progress | None = None,
) -> Grains:
    r"""Cut a chain into blocks and ask whether they exchange energy or spin by rates.

    Parameters
    ----------
    model : QuantumChain
        N sites.
    block : int
        ℓ, sites of a block; it must divide N into at least two blocks.
    carries : {"energy", "spin"}
        Q: the block's Hamiltonian, or its ΣSz where that is conserved.
    bands : int, optional
        Energy bins of a block's spectrum (for "spin" in every magnetisation sector). By default of the width that the
        contact moves in one step.
    temperature : float
        T > 0 of the state around which transport is linear; inf (default) for the uniform one.
    contact : float
        Strength of the bonds between blocks relative to `model`'s; 1 (default) is the homogeneous chain.
    progress : callable, optional
        Called with (done, total) bonds.

    Returns
    -------
    Grains
        Rate, diffusivity, kernel, bands, criteria and the sentence.

    Raises
    ------
    InvalidInput
        If the block does not divide the chain, does not fit in memory, or an argument is outside its domain.
    Unsupported
        For "spin" in a chain that does not conserve it; the message names the term.

    Notes
    -----
    R(t) = ∫₀ᵗ Re⟨J(τ)J⟩dτ/χ with J = (i/2)[V, Q_L - Q_R] and V the bond between the blocks; only operators of the two end
    spins are needed, never the space of two blocks. Identical blocks are diagonalised once. Cost: M³ for M = 2^ℓ (by
    sectors of ΣSz and of reflection where these are symmetries), and 4M² multiply-adds for every time. Memory about
    120 M² bytes, less with sectors; it is checked first.

    Validity: second order in the contact. For a homogeneous chain k ∝ 1/ℓ, since the contact conducts what any bond does
    while χ grows with ℓ: D = kℓ² then grows with ℓ and is not the chain's. The criterion "inside" says so.
    """
    clock = time.perf_counter()
    count = check_blocks(model, block, carries, bands, temperature, contact)
    parts = channels(model, float(contact))
    blocks, edges = _blocks(model, block, count, temperature, parts)
    variance = float(np.mean([b.moments(carries)[1] for b in blocks]))
    unit = 1.0 if carries == "spin" else max(float(np.ptp(b.levels)) for b in blocks)
    if variance <= FLAT * unit**2:
        raise InvalidInput(
            f"`temperature` must let the carried quantity fluctuate, but its variance is {variance:.1e} (got {temperature:g}); raise it"
        )
    width = _width(blocks, edges, parts, bands)
    contacts, found = {}, {}
    pairs = [(edges[k][0], edges[k + 1][1]) for k in range(count - 1)]
    kinds = list({(id(left), id(right)): (left, right) for left, right in pairs}.values())
    for number, (left, right) in enumerate(kinds):
        key = (id(left), id(right))
        acting = _acting(left, right, parts, carries, unit)
        contacts[key] = _followed(Contact(left, right, acting, carries), variance)
        found[key] = shells(left, right, _squares(left, parts), width, carries)
        if progress is not None:
            progress(number + 1, len(kinds))
    keys = [(id(left), id(right)) for left, right in pairs]
    kernel, checks = _kernel([contacts[key] for key in keys], variance)
    certificate = Certificate(
        (
            Check(
                "eigenvector residual", max(b.residual for b in blocks), 1e-11, "|Hv - Ev| over the spectrum's width"
            ),
            *checks,
        )
    )
    every = tuple(found[key] for key in keys)
    rate, error = _series(kernel.plateaus)
    grid, inside = _inside(model, blocks, block, carries, kernel, rate)
    settled = max(_settled(grid, row) for row in inside)
    criteria = _criteria(kernel.plateaus, rate, settled, every)
    report = MethodReport(
        "second-order kernel of block couplings",
        "the only one",
        MappingProxyType(
            {
                "blocks": count,
                "distinct blocks": len({id(b) for b in blocks}),
                "states of a block": 2**block,
                "largest sector": max(s.energies.size for s in blocks[0].sectors),
                "times": kernel.times.size,
                "wall time in s": time.perf_counter() - clock,
            }
        ),
    )
    grains = Grains(
        model=model,
        method=report,
        certificate=certificate,
        block=block,
        carries=carries,
        temperature=float(temperature),
        contact=float(contact),
        kernel=kernel,
        variance=variance,
        rate=rate,
        rate_error=error,
        criteria=criteria,
        shells=every,
        internal_times=frozen(grid),
        internal=frozen(inside),
        internal_time=settled,
        why=_sentence(criteria, kernel.plateaus, rate, error, block),
    )
    return grains.certified()


def check_blocks(model: Any, block: Any, carries: Any, bands: Any, temperature: Any, contact: Any) -> int:
    """Arguments within their domains; number of blocks."""
    _checks.instance("model", model, QuantumChain)
    for name, value in (("block", block), ("bands", bands)):
        if value is None and name == "bands":
            continue
        if isinstance(value, bool) or not isinstance(value, int | np.integer):
            raise InvalidInput(f"`{name}` must be a whole number, but it is not (got {_checks.shown(value)})")
        if value < 1:
            raise InvalidInput(f"`{name}` must be at least 1, but it is smaller (got {value})")
    N = model.sites
    if N % block or block == N:
        fits = [n for n in range(1, N) if N % n == 0]
        raise InvalidInput(
            f"`block` must divide the chain of {N} sites into at least two blocks, but it does not (got {block}); take one of {', '.join(map(str, fits))}"
        )
    if bands is not None and bands > 2**block:
        raise InvalidInput(
            f"`bands` must not outnumber the {2**block} levels of a block, but they do (got {bands}); take fewer"
        )
    need = 32.0 * MOST * (N // block)
    _checks.memory("block", block, need, f"take longer blocks or fewer than {N} sites")
    model.check_carries(carries)
    if block == 1 and carries == "energy" and not (np.any(model.transverse_fields) or np.any(model.fields)):
        raise InvalidInput("`block` must be at least 2 for energy where there are no fields, but it is smaller (got 1)")
    if not (isinstance(temperature, float) and temperature == math.inf):
        _checks.positive("temperature", temperature)
    if _checks.scalar("contact", contact) == 0:
        raise InvalidInput(f"`contact` must not be 0, but it is (got {contact}); blocks apart exchange nothing")
    if not 1e-100 < abs(contact) < 1e100:
        raise InvalidInput(
            f"`contact` must have a square within double precision, but it has not (got {contact:g}); take one nearer 1"
        )
    return int(N // block)


def _blocks(
    model: QuantumChain, block: int, count: int, temperature: float, parts: Any
) -> tuple[list[Block], list[tuple[Edge, Edge]]]:
    """Every block and its operators at the (right, left) end; equal blocks are the same objects."""
    known: dict[bytes, tuple[Block, tuple[Edge, Edge]]] = {}
    blocks: list[Block] = []
    edges: list[tuple[Edge, Edge]] = []
    owned = [slice(number * block, (number + 1) * block) for number in range(count)]
    keys = [model.transverse_fields[own].tobytes() + model.fields[own].tobytes() for own in owned]
    for number, key in enumerate(keys):
        if known and number == 1:  # all distinct blocks and their end operators are kept
            elements = sum(s.energies.size**2 for s in blocks[0].sectors)
            need = KEPT * float(elements) * len(set(keys))
            _checks.memory(
                "block", f"{block} in {len(set(keys))} distinct blocks", need, "take shorter blocks or a shorter chain"
            )
        if key not in known:
            b = diagonalise(model, number * block, block, float(temperature))
            names = {c.left for c in parts} | {c.right for c in parts}
            last = Edge(b, names, block - 1)
            # the mirror image has the same elements but for signs, which products of two do not see
            known[key] = b, (last, last if b.mirrored else Edge(b, names, 0))
        blocks.append(known[key][0])
        edges.append(known[key][1])
    return blocks, edges


def _acting(left: Edge, right: Edge, parts: Any, carries: Carried, unit: float) -> Any:
    """The channels of a contact; none where their coupling commutes with what is carried, to rounding."""
    size = sum(c.strength**2 * left.moments((c.left, c.left))[0] * right.moments((c.right, c.right))[0] for c in parts)
    return parts if Contact(left, right, parts, carries).at_zero > STILL * size * unit**2 else ()


def _width(blocks: list[Block], edges: list[tuple[Edge, Edge]], parts: Any, bands: int | None) -> float:
    """δε, the same for all blocks."""
    spread = max(float(np.ptp(b.levels)) for b in blocks)
    if bands is not None:
        return spread / bands * (1 + 1e-9) if spread else 1.0
    width = float(np.mean([default_width(e[0], parts) for e in edges]))
    return min(max(width, spread / 256), spread * (1 + 1e-9)) if spread else 1.0


def _squares(edge: Edge, parts: Any) -> list[tuple[float, tuple[str, str], tuple[str, str]]]:
    """Weights and operators of all products in |V|²."""
    return [
        (c.strength * d.strength * (1.0 if c is d else 2.0), (c.left, d.left), (c.right, d.right))
        for k, c in enumerate(parts)
        for d in parts[k:]
        if set(edge.elements[c.left]) & set(edge.elements[d.left])
    ]


def _followed(contact: Contact, variance: float) -> Contact:
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


def _kernel(contacts: list[Contact], variance: float) -> tuple[GrainKernel, tuple[Check, ...]]:
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
    return (
        GrainKernel(
            frozen(grid.copy()),
            frozen(np.stack([C for _, C, _ in curves])),
            frozen(np.stack([R for _, _, R in curves])),
            tuple(plateaus),
        ),
        checks,
    )


def _series(plateaus: tuple[Plateau | None, ...]) -> tuple[float | None, float | None]:
    """Rate of bonds in series, and its error."""
    known = [p for p in plateaus if p is not None]
    if len(known) < len(plateaus):
        return None, None
    values, errors = np.array([p.value for p in known]), np.array([p.error for p in known])
    rate = float(values.size / (1 / values).sum())
    # bonds between equal blocks are the same kernel, so that errors add rather than average out
    return rate, float(rate**2 * (errors / values**2).sum() / values.size)


def _inside(
    model: QuantumChain, blocks: list[Block], block: int, carries: Carried, kernel: GrainKernel, rate: float | None
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


def _settled(times: Real, values: Real) -> float:
    """Time after which |values| stays below 1/e, inf if that is not reached well before the last time."""
    above = np.flatnonzero(np.abs(values) > math.exp(-1))
    if not above.size:
        return float(times[0])
    return math.inf if above[-1] >= times.size - 2 else float(times[above[-1] + 1])


def _criteria(
    plateaus: tuple[Plateau | None, ...], rate: float | None, settled: float, found: tuple[Shells, ...]
) -> tuple[Criterion, ...]:
    """The conditions, worst bond first to fail."""
    known = [p for p in plateaus if p is not None]
    ratio = min(p.end / p.begin for p in known) if len(known) == len(plateaus) else 0.0
    out = [
        Criterion(
            "plateau", "t₂/t₁", f"at least {LONG:g}: R(t) stays within a tenth from t₁ to t₂", ratio, LONG, ratio / LONG
        )
    ]
    if rate is not None:
        end = min(p.value * p.end for p in known)
        begin = max(p.value * p.begin for p in known)
        slower = 2 * math.pi**2 / 3 * rate * settled
        out += [
            Criterion("rephasing", "k t₂", "at least 1: the decay ends before the blocks rephase", end, 1.0, end),
            Criterion(
                "memory",
                "k t₁",
                f"at most {MEMORY:g}: the decay is slow on the kernel's own time",
                begin,
                MEMORY,
                MEMORY / begin,
            ),
            Criterion(
                "inside",
                "(2π²/3) k τ",
                f"at most {SLOWER:g}: a block evens out inside, in τ, before it exchanges",
                slower,
                SLOWER,
                SLOWER / slower if slower else math.inf,
            ),
        ]
    c1, c2 = min(s.c1 for s in found), max(s.c2 for s in found)
    out += [
        Criterion("c1", "2λn/δε", "at least 1 in bands that carry nine tenths: levels lie dense", c1, 1.0, c1),
        Criterion(
            "c2",
            "λ²n/δε²",
            f"at most {WEAK:g} in bands that carry nine tenths: the coupling is weak",
            c2,
            WEAK,
            WEAK / c2 if c2 else math.inf,
        ),
    ]
    return tuple(out)


def _sentence(
    criteria: tuple[Criterion, ...],
    plateaus: tuple[Plateau | None, ...],
    rate: float | None,
    error: float | None,
    block: int,
) -> str:
    failed = [c for c in criteria if not c.holds]
    if rate is None or error is None:
        bond = next(k for k, p in enumerate(plateaus) if p is None)
        return f"No rate: the kernel of bond {bond} between blocks of {block} has no plateau within the times looked at, so there is no diffusivity to give."
    if not failed:
        return f"Grains exchange by rates as far as the criteria tell, all of which are met: k = {rate:.4g} ± {error:.1g}, D = {rate * block**2:.4g}."
    worst = "; ".join(f"{c.name}: {c.formula} = {c.value:.3g} must be {c.meaning}" for c in failed)
    return f"Grains are not shown to exchange by rates (k = {rate:.4g} is only the contact's): {worst}."
