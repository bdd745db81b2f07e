"""How often stated intervals hold the truth, and how often a measured verdict is wrong, on made-up chains of known law."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

import numpy as np

from caloriq import _checks
from caloriq.known.synthetic import LAWS, MadeUp, made_up
from caloriq.models.random import CALIBRATION, generator
from caloriq.results import Progress
from caloriq.transport.estimates import ONE, TWO
from caloriq.transport.laws import unexplained
from caloriq.verdicts.judgement import PREFERRED, OverLengths
from caloriq.verdicts.scaling import straight

SEED = 1
SIZES = (1e-4, 1e-3, 1e-2, 1e-1, 0.3, 1.0)  # of finite-size terms, beyond the prior scale too
FACTORS = np.geomspace(1, 1e4, 33)  # required ones, along the trade-off
EDGES = 10 ** np.linspace(-3, 1.5, 10)  # of N_max over the crossover length
FREE = ("free contacts", "crossover")  # laws whose crossover may lie beyond the lengths with nothing that tells it
QUANTITIES = {"r": "affine", "R_c": "affine", "alpha": "power"}  # and the law under which each is known


@dataclass(frozen=True)
class Covered:
    """Whether the intervals of one number held the truth."""

    quantity: str  # r, R_c or alpha
    one: bool  # that of 68 %
    two: bool  # that of 95 %
    exact: bool  # no statistical noise
    wide: bool  # lengths over a factor of four or more
    terms: float  # size of the finite-size terms where it was fixed, else NaN


@dataclass(frozen=True)
class Judged:
    """What the rules say of one chain."""

    law: str
    reach: float  # largest length over that of the crossover
    exponent: float
    bulk: bool  # whether the bulk truly is ten times the contacts at the largest length; False of laws without
    exact: bool
    others: bool  # all rules hold but those on factors
    factor: float  # least likelihood of the affine law over another

    def measured(self, required: float = PREFERRED) -> bool:
        """Whether Fourier's law is said to hold, by data."""
        return self.others and self.factor >= required

    @property
    def within(self) -> bool:
        """Whether the lengths reach what the law does: no crossover lies beyond them."""
        return self.law not in FREE or self.reach >= 1


@dataclass(frozen=True)
class Share:
    """So many of so many, with a binomial interval."""

    count: int
    total: int

    @property
    def value(self) -> float:
        """The share; NaN of none."""
        return self.count / self.total if self.total else math.nan

    @property
    def bounds(self) -> tuple[float, float]:
        """Clopper and Pearson's interval of 95 %."""
        from scipy.stats import beta

        if not self.total:
            return 0.0, 1.0
        low = float(beta.ppf(0.025, self.count, self.total - self.count + 1)) if self.count else 0.0
        high = float(beta.ppf(0.975, self.count + 1, self.total - self.count)) if self.count < self.total else 1.0
        return low, high


@dataclass(frozen=True)
class Calibration:
    """All trials; `coverage` of chains within the prior scale, `beyond` of terms of fixed sizes."""

    coverage: tuple[Covered, ...]
    beyond: tuple[Covered, ...]
    verdicts: tuple[Judged, ...]

    def covered(self, quantity: str, **fields: object) -> tuple[Share, Share]:
        """How often the intervals of 68 and of 95 % held the truth, of those trials whose fields have the given values."""
        rows = [
            one
            for one in (*self.coverage, *self.beyond)
            if one.quantity == quantity
            and math.isnan(one.terms) == ("terms" not in fields)
            and all(getattr(one, name) == value for name, value in fields.items())
        ]
        return Share(sum(row.one for row in rows), len(rows)), Share(sum(row.two for row in rows), len(rows))

    def wrong(self, required: float = PREFERRED, law: str | None = None, *, within: bool = True) -> Share:
        """Measured verdicts among chains that are not diffusive, of one law or of all."""
        rows = [one for one in self.verdicts if one.law != "affine" and one.within == within and law in (None, one.law)]
        return Share(sum(row.measured(required) for row in rows), len(rows))

    def decided(self, required: float = PREFERRED, *, bulk: bool = True, exact: bool | None = None) -> Share:
        """Measured verdicts among diffusive chains; of those whose bulk is ten times the contacts, unless `bulk` is off."""
        rows = [
            one
            for one in self.verdicts
            if one.law == "affine" and (one.bulk or not bulk) and exact in (None, one.exact)
        ]
        return Share(sum(row.measured(required) for row in rows), len(rows))

    def over_reach(self, law: str, required: float = PREFERRED) -> list[Share]:
        """Measured verdicts on chains with a crossover, by the largest length over that of the crossover (EDGES)."""
        rows = [one for one in self.verdicts if one.law == law]
        found = []
        for low, high in itertools.pairwise(EDGES):
            inside = [row for row in rows if low <= row.reach < high]
            found.append(Share(sum(row.measured(required) for row in inside), len(inside)))
        return found


def calibrated(trials: int = 1000, progress: Progress | None = None) -> Calibration:
    """Draw, compare and judge: `trials` chains of each law, and as many for each interval. About 20 ms a chain.

    Parameters
    ----------
    trials : int
        At least 10.
    progress : callable, optional
        Called with (done, total).

    Raises
    ------
    InvalidInput
        If `trials` is no whole number of at least 10.
    """
    count = _checks.whole("trials", trials, 10)
    few = max(10, count // 5)
    plan = [("affine", count), ("power", count), *[("affine", few), ("power", few)] * len(SIZES)]
    total, done = sum(many for _, many in plan) + len(LAWS) * count, 0

    def told() -> None:
        nonlocal done
        done += 1
        if progress is not None:
            progress(done, total)

    coverage, beyond, verdicts = list[Covered](), list[Covered](), list[Judged]()
    for number, (law, many) in enumerate(plan):
        terms = None if number < 2 else SIZES[(number - 2) // 2]
        for trial in range(many):
            one = made_up(generator(SEED, CALIBRATION, number, trial), law, terms=terms, always=True)
            (coverage if terms is None else beyond).extend(intervals(one, terms))
            told()
    for number, law in enumerate(LAWS):
        for trial in range(count):
            verdicts.append(judged(made_up(generator(SEED, CALIBRATION, len(plan) + number, trial), law)))
            told()
    return Calibration(tuple(coverage), tuple(beyond), tuple(verdicts))


def evidence_of(one: MadeUp) -> OverLengths:
    """The laws and exponents of a made-up chain."""
    J = 1 / one.R
    found = OverLengths.of(one.N, J, one.relative * J)
    assert found is not None  # all are finite
    return found


def intervals(one: MadeUp, terms: float | None = None) -> list[Covered]:
    """Whether the intervals hold the truth, of those numbers that the law has."""
    compare = evidence_of(one).comparison
    assert compare is not None  # no chain has fewer than four lengths
    truths = {"r": one.resistivity, "R_c": one.contact, "alpha": 1 - one.exponent}
    found = {"r": compare.resistivity, "R_c": compare.contact, "alpha": compare.alpha}
    exact, wide = bool(one.relative[0] == 0), bool(one.N[-1] >= 4 * one.N[0])
    size = math.nan if terms is None else terms
    return [
        Covered(name, found[name].holds(truths[name], ONE), found[name].holds(truths[name], TWO), exact, wide, size)
        for name, law in QUANTITIES.items()
        if law == one.law
    ]


def judged(one: MadeUp) -> Judged:
    """The rules on one chain."""
    evidence = evidence_of(one)
    compare, J = evidence.comparison, evidence.currents
    assert compare is not None  # no chain has fewer than four lengths
    _, curvature = unexplained(one.N, J, evidence.laws)
    others = all(check.holds for check in evidence.rules() if not check.name.startswith("against"))
    ohmic = straight(one.N, J, one.relative * J, evidence.laws, curvature)
    bulk = one.diffusive and 10 * one.contact <= one.resistivity * (one.N[-1] - 1)
    return Judged(
        law=one.law,
        reach=one.reach,
        exponent=one.exponent,
        bulk=bool(bulk),
        exact=bool(one.relative[0] == 0),
        others=others and ohmic,
        factor=compare.factor,
    )
