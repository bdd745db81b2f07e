"""A spin chain cut into blocks of one or several lengths: kernels, rates and criteria of all of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from caloriq._checks import Real
from caloriq.reduced.average.criteria import Criterion
from caloriq.reduced.grains.coarse import Grains
from caloriq.results import Certificate, Solution
from caloriq.variables import ENERGY, Variable
from caloriq.verdicts.judges import verdict


def _filled(rows: Sequence[Any], shape: tuple[int, ...]) -> Real:
    """Arrays of every length of block as one, with NaN beyond their own sizes; None has no numbers at all."""
    whole = np.full((len(rows), *shape), np.nan)
    for k, row in enumerate(rows):
        if row is not None:
            values = np.asarray(row, dtype=float)
            here: tuple[Any, ...] = (k, *(slice(size) for size in values.shape))
            whole[here] = values
    return whole


def _of(make: Callable[[Grains], Any], *sizes: str) -> Callable[[GrainSeries], Real]:
    """Numbers of every length of block; `sizes` are attributes of the series."""
    return lambda series: _filled([make(g) for g in series.grains], tuple(getattr(series, size) for size in sizes))


def _ends(found: Grains) -> list[tuple[float, float]]:
    return [(math.nan, math.nan) if p is None else (p.begin, p.end) for p in found.kernel.plateaus]


def _number(name: str) -> Variable:
    """A single number of grains, over the lengths."""

    def source(series: GrainSeries) -> Real:
        return _filled([getattr(g, name) for g in series.grains], ())

    return replace(Grains.variable(name), dims=("block",), source=source)


def _over_time(name: str, long_name: str, make: Callable[[Grains], Any]) -> Variable:
    """What goes over the times of every bond between blocks."""
    return Variable(
        name, ("block", "bond", "step"), units=ENERGY, long_name=long_name, source=_of(make, "bonds", "steps")
    )


def _criterion(name: str) -> Variable:
    def source(series: GrainSeries) -> Real:
        return series.table(name)

    return Variable(f"criterion_{name}", ("block", "criterion"), long_name=f"{name} of every criterion", source=source)


@dataclass(frozen=True)
class GrainSeries(Solution):
    """Blocks of several lengths.

    Attributes
    ----------
    grains : tuple of Grains
        One for every length of block.
    """

    grains: tuple[Grains, ...]

    variables = (
        Variable(
            "time",
            ("block", "step"),
            units=f"1/{ENERGY}",
            long_name="times of the kernel",
            source=_of(lambda g: g.kernel.times, "steps"),
        ),
        _over_time("kernel", "R(t)", lambda g: g.kernel.values),
        _over_time("correlation", "C(t)", lambda g: g.kernel.correlation),
        Variable(
            "plateau",
            ("block", "bond", "end"),
            units=f"1/{ENERGY}",
            long_name="begin and end of the plateau",
            source=lambda s: _filled([_ends(g) for g in s.grains], (s.bonds, 2)),
        ),
        *(_number(name) for name in ("rate", "rate_error", "diffusivity")),
        Variable(
            "holds",
            ("block",),
            long_name="whether every criterion is met",
            kind="truth",
            source=lambda s: np.array([g.holds for g in s.grains]),
        ),
        *(_criterion(name) for name in ("value", "margin")),
    )
    coordinates = (Variable("block", ("block",), kind="whole", units="sites", source="lengths"),)
    headlines = ("rate", "rate_error", "diffusivity")

    @property
    def lengths(self) -> list[int]:
        """Sites of a block."""
        return [g.block for g in self.grains]

    @property
    def steps(self) -> int:
        """Largest number of times of a kernel."""
        return max(g.kernel.times.size for g in self.grains)

    @property
    def bonds(self) -> int:
        """Largest number of bonds between blocks."""
        return max(len(g.kernel.plateaus) for g in self.grains)

    @property
    def names(self) -> list[str]:
        """Of the criteria."""
        return list(dict.fromkeys(c.name for g in self.grains for c in g.criteria))

    @property
    def criteria(self) -> tuple[Criterion, ...]:
        """Those of all lengths, which are told apart by their names."""
        many = len(self.grains) > 1
        return tuple(
            replace(c, name=f"{c.name}, ℓ = {g.block}") if many else c for g in self.grains for c in g.criteria
        )

    def table(self, name: str) -> Real:
        """One number of every criterion, shape (lengths, criteria)."""
        whole = np.full((len(self.grains), len(self.names)), np.nan)
        for k, g in enumerate(self.grains):
            for c in g.criteria:
                whole[k, self.names.index(c.name)] = getattr(c, name)
        return whole

    def notes(self) -> tuple[str, ...]:
        """The contacts that kernel and inside allow, or that a length has no rate."""
        found = []
        for g in self.grains:
            if g.rate is None:
                found.append(f"Blocks of {g.block}: no rate.")
            elif g.contacts is not None:
                low, high = g.contacts
                found.append(f"Blocks of {g.block}: kernel and inside allow contacts from {low:.3g} to {high:.3g}.")
        return tuple(found)

    def facts(self) -> dict[str, Any]:
        """How the chain was cut, the names of the criteria, and the judgement."""
        first = self.grains[0]
        heat = "infinite" if math.isinf(first.temperature) else first.temperature
        told = {"carries": first.carries, "contact": first.contact, "temperature": heat}
        return {**told, "criteria": self.names, "verdict": verdict(self).sentence}


def grain_series(grains: Sequence[Grains]) -> GrainSeries:
    """Several lengths together; each keeps its certificate under its own name."""
    many = len(grains) > 1
    proofs = Certificate.together({f"ℓ = {g.block}, " if many else "": g.certificate for g in grains})
    return GrainSeries(grains[0].model, grains[0].method, proofs, tuple(grains))


def grain_numbers(grains: Grains) -> dict[str, Any]:
    """What was found for one length of block, as plain names and numbers; D only where the criteria hold."""
    numbers: dict[str, Any] = {
        "verdict": grains.why,
        "rate": grains.rate,
        "rate_error": grains.rate_error,
        "diffusivity": grains.diffusivity if grains.holds else None,
        "contacts": grains.contacts,
        "variance": grains.variance,
        "internal_time": grains.internal_time if math.isfinite(grains.internal_time) else None,
        "criteria": {
            c.name: {"formula": c.formula, "value": c.value, "bound": c.bound, "margin": c.margin, "holds": c.holds}
            for c in grains.criteria
        },
        "plateaus": [None if p is None else {"begin": p.begin, "end": p.end} for p in grains.kernel.plateaus],
        "statistics": dict(grains.method.statistics),
    }
    return numbers
