"""The verb: does a chain, cut into blocks, become a chain of grains that exchange by rates?

Sources: M. Michel, J. Gemmer, G. Mahler, PRE 73, 016101 (2006), doi:10.1103/PhysRevE.73.016101 (criteria, outlook);
R. Steinigeweg, J. Gemmer, PRB 80, 184402 (2009), doi:10.1103/PhysRevB.80.184402 (kernels and plateaus of spin chains).
"""

from __future__ import annotations

import json
import math
import time
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from caloriq import _checks
from caloriq._checks import Real
from caloriq.errors import InvalidInput, Unsupported
from caloriq.files import plain
from caloriq.models.lattice.model import Lattice
from caloriq.models.lattice.other_words import quantum_chain
from caloriq.models.quantum import Carried, QuantumChain
from caloriq.reduced.average.criteria import Criterion
from caloriq.reduced.grains.band_rates import spread_of_rates
from caloriq.reduced.grains.blocks import channels
from caloriq.reduced.grains.bonds import (
    GrainKernel,
    acting_channels,
    band_width,
    bond_kernels,
    distinct_blocks,
    followed,
)
from caloriq.reduced.grains.correlation import Contact
from caloriq.reduced.grains.judgement import grain_criteria, in_series, inside, sentence, settling_time
from caloriq.reduced.grains.pair import pair_decay
from caloriq.reduced.grains.requests import check_blocks
from caloriq.reduced.grains.spectrum import Shells, shells
from caloriq.results import Certificate, Check, MethodReport, Progress, Solution, frozen
from caloriq.variables import ENERGY, Variable

FLAT = 1e-14  # variance of what is carried, over its unit squared, below which it does not fluctuate


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

    variables = (
        Variable("kernel", ("bond", "time"), units=ENERGY, long_name="R(t)", source=lambda g: g.kernel.values),
        Variable("correlation", ("bond", "time"), long_name="C(t)", source=lambda g: g.kernel.correlation),
        Variable("rate", units=ENERGY, long_name="k, the plateau of R"),
        Variable("rate_error", units=ENERGY, long_name="error of rate"),
        Variable("diffusivity", units=ENERGY, long_name="kℓ²"),
        Variable("variance", long_name="χ of one block"),
        Variable("internal", ("each_block", "internal_time"), long_name="slowest variation inside a block"),
    )
    coordinates = (
        Variable("time", ("time",), units=f"1/{ENERGY}", source=lambda g: g.kernel.times),
        Variable("internal_time", ("internal_time",), units=f"1/{ENERGY}", source="internal_times"),
    )

    def facts(self) -> dict[str, Any]:
        """How the chain was cut, the criteria, and the judgement."""
        criteria = json.dumps({c.name: c.to_mapping() for c in self.criteria}, default=plain)
        told = {"block": self.block, "carries": self.carries, "contact": self.contact}
        heat = "infinite" if math.isinf(self.temperature) else self.temperature
        return {**told, "temperature": heat, "criteria": criteria, "verdict": self.why}

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
        samples = _checks.whole("samples", samples, 2)
        if math.isfinite(self.temperature):
            raise Unsupported(
                f"`temperature` must be infinite for the exact pair, but it is not (got {self.temperature:g})"
            )
        mean, error = pair_decay(self.model, self.block, self.contact, self.carries, t, samples, seed)
        return frozen(mean), frozen(error)


def coarse_grain(
    model: QuantumChain | Lattice,
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
    model : QuantumChain or Lattice
        N sites; a closed lattice that is such a chain in its own words.
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
    if isinstance(model, Lattice):
        model = quantum_chain(model)
    count = check_blocks(model, block, carries, bands, temperature, contact)
    parts = [channels(model, float(contact), (k + 1) * block) for k in range(count - 1)]
    blocks, edges = distinct_blocks(model, block, count, temperature, parts)
    variance = float(np.mean([b.moments(carries)[1] for b in blocks]))
    unit = 1.0 if carries == "spin" else max(float(np.ptp(b.levels)) for b in blocks)
    if variance <= FLAT * unit**2:
        raise InvalidInput(
            f"`temperature` must let the carried quantity fluctuate, but its variance is {variance:.1e} (got {temperature:g}); raise it"
        )
    width = band_width(blocks, edges, parts, bands)
    resolved = band_width(blocks, edges, parts, None)  # coarse bands would hide how rates depend on energy
    contacts, found, spreads = {}, {}, {}
    pairs = [(edges[k][0], edges[k + 1][1], parts[k]) for k in range(count - 1)]
    keys = [(id(left), id(right), cut) for left, right, cut in pairs]
    kinds = dict(zip(keys, pairs, strict=True))
    for number, (key, (left, right, cut)) in enumerate(kinds.items()):
        acting = acting_channels(left, right, cut, carries, unit)
        contacts[key] = followed(Contact(left, right, acting, carries), variance)
        found[key] = shells(left, right, cut, width, carries)
        # spin has one size of step; its rates between sectors and energies are not told apart
        spreads[key] = spread_of_rates(left, right, cut, resolved) if acting and carries == "energy" else math.nan
        if progress is not None:
            progress(number + 1, len(kinds))
    kernel, checks = bond_kernels([contacts[key] for key in keys], variance)
    off = max(b.residual for b in blocks)
    residual = Check("eigenvector residual", off, 1e-11, "|Hv - Ev| over the spectrum's width")
    every = tuple(found[key] for key in keys)
    rate, error = in_series(kernel.plateaus)
    grid, inner = inside(model, blocks, block, carries, kernel, rate)
    still = [bond for bond, C in enumerate(kernel.correlation) if not np.any(C)]
    settled = max(settling_time(grid, row) for row in inner)
    criteria = grain_criteria(kernel.plateaus, rate, settled, every, tuple(spreads.values()))
    report = MethodReport(
        "second-order kernel of block couplings",
        "the only one",
        {
            "blocks": count,
            "distinct blocks": len({id(b) for b in blocks}),
            "states of a block": 2**block,
            "largest sector": max(s.energies.size for s in blocks[0].sectors),
            "times": kernel.times.size,
            "wall time in s": time.perf_counter() - clock,
        },
    )
    return Grains(
        model=model,
        method=report,
        certificate=Certificate((residual, *checks)),
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
        internal=frozen(inner),
        internal_time=settled,
        why=sentence(criteria, kernel.plateaus, rate, error, block, carries, still),
    ).certified()
