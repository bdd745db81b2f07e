"""Diffusivities whose values are known, by rings and by strings on the chain without ends: is any number or class wrong?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import integrate

from caloriq.closed.correlation import ladder
from caloriq.closed.correlation.infinite import kept
from caloriq.closed.correlation.methods import Typicality
from caloriq.closed.correlation.solve import correlation
from caloriq.models.lattice.densities import ENERGY
from caloriq.models.lattice.model import Lattice
from caloriq.models.lattice.terms import Term
from caloriq.results import Progress
from caloriq.spaces.currents import current_of
from caloriq.spaces.support import SupportSpace
from caloriq.transport.kubo.climbing import ABOVE, climbed
from caloriq.transport.kubo.premises import charges_of
from caloriq.transport.kubo.rungs import Rungs

MAGNETISATION = "magnetisation"
STEPS = 10  # of the integral in a unit of time
Route = Literal["rings", "strings"]


def tilted(transverse: float, longitudinal: float) -> Callable[[int], Lattice]:
    """Ising ring with J = 1."""
    return lambda sites: Lattice.tilted_ising(sites, transverse=transverse, longitudinal=longitudinal, periodic=True)


def xxz(anisotropy: float) -> Callable[[int], Lattice]:
    """SxSx + SySy + Δ SzSz on a ring."""
    return lambda sites: Lattice.xxz(sites, anisotropy=anisotropy, periodic=True)


def xx_ladder(sites: int) -> Lattice:
    """SxSx + SySy on legs and rungs of a closed ladder."""
    terms = (Term("Sx Sx", 1.0, on="bonds"), Term("Sy Sy", 1.0, on="bonds"))
    return Lattice(sites=sites, geometry={"kind": "ladder", "periodic": True}, terms=terms)


@dataclass(frozen=True)
class Case:
    """A model and what it carries.

    Attributes
    ----------
    name : str
        In words.
    make : callable
        Ring of a number of sites.
    of : str
        What is carried.
    """

    name: str
    make: Callable[[int], Lattice]
    of: str


@dataclass(frozen=True)
class Known(Case):
    """Numbers of one model by one route.

    Attributes
    ----------
    route : {"rings", "strings"}
        By random states on a ring, or by strings.
    size : int
        Sites, or ℓ.
    values : sequence of (float, float)
        Time and D there.
    tolerance : float
        Relative: what is known of these numbers.
    damping : float
        Of strings.
    """

    route: Route
    size: int
    values: tuple[tuple[float, float], ...]
    tolerance: float
    damping: float = 1.0


@dataclass(frozen=True)
class Compared:
    """Known numbers beside ours."""

    known: Known
    found: tuple[float, ...]
    error: float  # statistical standard error, relative to the last value

    @property
    def agrees(self) -> bool:
        """Within what is known and three standard errors."""
        room = self.known.tolerance + 3 * self.error
        return all(abs(a - b) <= room * abs(b) for a, (_, b) in zip(self.found, self.known.values, strict=True))


@dataclass(frozen=True)
class Truth(Case):
    """A model whose transport is known.

    Attributes
    ----------
    lengths : tuple of int
        ℓ.
    diffusive : bool or None
        What is true; None where nobody knows.
    low, high : float
        Where D is known to lie, from the literature; infinite where it is not.
    source : str
        Where it is known from.
    """

    lengths: tuple[int, ...]
    diffusive: bool | None
    low: float
    high: float
    source: str


@dataclass(frozen=True)
class Classed:
    """What strings say of it."""

    truth: Truth
    found: Rungs

    @property
    def wrong(self) -> bool:
        """Whether a class contradicts what is known, or the interval misses the literature's."""
        if self.found.found == "converged":
            missed = self.truth.high < self.found.low or self.truth.low > self.found.high
            return self.truth.diffusive is False or missed
        return False  # growth and "undecided" decide nothing


CHAOTIC, OTHER, THIRD, WEAK = tilted(1.4, 0.9045), tilted(0.9045, 0.809), tilted(1.05, 0.5), tilted(1.4, 0.2)
# random states of two samples, 1 % statistical; an evolution of strings by Runge-Kutta steps without care
KNOWN = (
    Known(
        "Ising 1.4, 0.9045",
        CHAOTIC,
        ENERGY,
        "rings",
        16,
        ((2, 0.92), (4, 1.14), (6, 1.26), (8, 1.33), (10, 1.39), (12, 1.43)),
        0.02,
    ),
    Known("Ising 0.9045, 0.809", OTHER, ENERGY, "rings", 18, ((6, 0.450), (10, 0.477)), 0.02),
    Known("Ising 1.05, 0.5", THIRD, ENERGY, "rings", 16, ((6, 1.649), (10, 1.731)), 0.02),
    Known("XXZ, Δ = 1.5", xxz(1.5), MAGNETISATION, "rings", 18, ((3, 0.595), (5, 0.613), (8, 0.658)), 0.02),
    Known("XXZ, Δ = 2", xxz(2.0), MAGNETISATION, "rings", 16, ((3, 0.435), (5, 0.473)), 0.02),
    Known("XX ladder", xx_ladder, MAGNETISATION, "rings", 18, ((5, 0.957), (6, 0.964)), 0.02),
    *(
        Known("Ising 1.4, 0.9045", CHAOTIC, ENERGY, "strings", n, ((24, D),), 0.01)
        for n, D in ((8, 1.411), (9, 1.422), (10, 1.436))
    ),
    *(
        Known("Ising 0.9045, 0.809", OTHER, ENERGY, "strings", n, ((24, D),), 0.01)
        for n, D in ((8, 0.468), (9, 0.480), (10, 0.487))
    ),
    *(Known("Ising 1.05, 0.5", THIRD, ENERGY, "strings", n, ((24, D),), 0.01) for n, D in ((9, 1.782), (10, 1.791))),
    *(
        Known("Ising 1.4, 0.2", WEAK, ENERGY, "strings", n, ((30, D),), 0.01)
        for n, D in ((7, 23.3), (8, 23.6), (9, 23.9))
    ),
    *(
        Known(f"XXZ, Δ = {d:g}", xxz(d), MAGNETISATION, "strings", n, ((40, D),), 0.01, g)
        for d, g, values in (
            (0.5, 1.0, (6.0, 8.8, 9.9)),
            (0.5, 0.3, (6.2, 8.5, 9.8)),
            (1.0, 1.0, (1.42, 1.78, 2.01)),
            (1.0, 0.3, (1.51, 1.82, 2.02)),
            (1.5, 1.0, (0.562, 0.561, 0.550)),
            (1.5, 0.3, (0.577, 0.594, 0.595)),
        )
        for n, D in zip((6, 7, 8), values, strict=True)
    ),
)
ANY = float("inf")
TRUTHS = (
    Truth("Ising 1.4, 0.9045", CHAOTIC, ENERGY, (8, 9, 10), True, 1.40, 1.446, "arXiv:2004.05177, arXiv:2310.06886"),
    Truth("Ising 0.9045, 0.809", OTHER, ENERGY, (8, 9, 10), True, 0.0, ANY, "chaotic"),
    Truth("Ising 1.05, 0.5", THIRD, ENERGY, (8, 9, 10), True, 0.0, ANY, "chaotic"),
    Truth("Ising 1.4, 0.2", WEAK, ENERGY, (7, 8, 9), None, 0.0, ANY, "weakly broken"),
    Truth("Ising 1.4, 0", tilted(1.4, 0.0), ENERGY, (5, 6, 7), False, 0.0, ANY, "free fermions"),
    Truth("XXZ, Δ = 0.5", xxz(0.5), MAGNETISATION, (7, 8, 9), False, 0.0, ANY, "ballistic, quasilocal charges"),
    Truth("XXZ, Δ = 1", xxz(1.0), MAGNETISATION, (7, 8, 9), False, 0.0, ANY, "z = 3/2"),
    # rings of 16 and 18 sites agree on 0.64 at t = 7, and D(t) still rises there; D diverges towards Δ = 1
    Truth("XXZ, Δ = 1.5", xxz(1.5), MAGNETISATION, (7, 8, 9), True, 0.64, ANY, "arXiv:1812.02701"),
)


def compared(known: Sequence[Known] = KNOWN, progress: Progress | None = None) -> Iterator[Compared]:
    """Every known number beside ours, one after the other."""
    for number, one in enumerate(known):
        yield _by_rings(one) if one.route == "rings" else _by_strings(one)
        if progress is not None:
            progress(number + 1, len(known))


def classed(truths: Sequence[Truth] = TRUTHS, progress: Progress | None = None) -> Iterator[Classed]:
    """What strings say of models whose transport is known."""
    for number, one in enumerate(truths):
        chain = one.make(12).infinite_chain()
        yield Classed(one, climbed(chain, one.of, one.lengths, None, charges_of(chain, one.of)))
        if progress is not None:
            progress(number + 1, len(truths))


def _by_rings(known: Known) -> Compared:
    last = known.values[-1][0]
    t = np.linspace(0.0, last, round(STEPS * last) + 1)
    model = known.make(known.size)
    found = correlation(model, f"{known.of} current", times=t, method=Typicality(samples=2, seed=1))
    chain = model.infinite_chain()
    _, density = current_of(chain, known.of)
    chi = density.norm**2 / len(chain.cell)
    assert found.samples is not None
    D = integrate.cumulative_simpson(found.samples.real, x=t, initial=0.0) / chi
    at = [round(STEPS * time) for time, _ in known.values]
    values = D.mean(axis=0)[at]
    error = float(np.ptp(D, axis=0).max()) / 2 / float(values[-1])  # of the mean of two
    return Compared(known, tuple(float(v) for v in values), error)


def _by_strings(known: Known) -> Compared:
    chain = known.make(12).infinite_chain()
    J, density = current_of(chain, known.of)
    own = kept(chain, J, known.size, ABOVE)
    rung = ladder.climb(SupportSpace(chain, known.size), J, known.values[-1][0], kept=own, damping=known.damping)
    D = rung.correlation.integral()(np.array([time for time, _ in known.values])) / density.norm**2
    return Compared(known, tuple(float(v) for v in D), 0.0)


NUMBERS = ("model", "route", "t", "known D(t)", "ours", "statistical error", "agree")
CLASSES = ("model", "known", "D by strings", "interval", "class", "right")


def number_cells(row: Compared) -> tuple[str, ...]:
    """A row in words."""
    one = row.known
    route = f"{one.size} sites, 2 random states" if one.route == "rings" else f"ℓ = {one.size}, g = {one.damping:g}"
    return (
        f"{one.name}, {one.of}",
        route,
        ", ".join(f"{time:g}" for time, _ in one.values),
        ", ".join(f"{value:.4g}" for _, value in one.values),
        ", ".join(f"{value:.4g}" for value in row.found),
        f"{100 * row.error:.1f} %" if row.error else "none",
        "yes" if row.agrees else "NO",
    )


def class_cells(row: Classed) -> tuple[str, ...]:
    """A row in words."""
    one, found = row.truth, row.found
    told = {True: "diffusive", False: "not diffusive", None: "not known"}[one.diffusive]
    D = ", ".join(f"{value:.4g}" for value in found.diffusivity[:, 0, -1])
    lengths = ", ".join(map(str, found.lengths.tolist()))
    return (
        f"{one.name}, {one.of}",
        f"{told} ({one.source})",
        f"{D} at ℓ = {lengths}",
        f"[{found.low:.3f}, {found.high:.3f}]" if found.found == "converged" else "none",
        found.found,
        "NO" if row.wrong else "yes",
    )
