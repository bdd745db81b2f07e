"""What one route says of a model: class, estimate, errors apart, range, certificate."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from types import MappingProxyType
from typing import Any, Literal

from caloriq import wording
from caloriq.display import rounded
from caloriq.files import number_read
from caloriq.results import Certificate
from caloriq.verdicts.proved import Transport

Weight = Literal["proof", "rules", "none"]  # of a class: a theorem, rules that all hold, or no class
Axes = Literal["D(t)", "R(N)", "C(t)"]
Numbers = tuple[float, ...]
HEADINGS = ("route", "says", "number", "looked at", "time")  # of a table of routes
COSTS = ("would say more", "time", "memory")  # of what would decide
UNKNOWN = "not known"


@dataclass(frozen=True, slots=True)
class Curve:
    """A line of the figure.

    Attributes
    ----------
    axes : {"D(t)", "R(N)", "C(t)"}
        In which frame it stands.
    label : str
        What it is of.
    x, y, error : tuple of float
        Points, and the standard error of y.
    until : float
        x up to which it is that of the infinite system as far as is known; infinite where all of it is.
    law : (float, float) or None
        R_c and r of R = R_c + r (N - 1), where one was fitted.
    """

    axes: Axes
    label: str
    x: Numbers
    y: Numbers
    error: Numbers
    until: float = math.inf
    law: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Next:
    """What would decide, or say more.

    Attributes
    ----------
    what : str
        A size, a time, another route, in words.
    seconds, memory : float
        What it would take on this machine, good to a factor of a few; NaN where it is not known.
    """

    what: str
    seconds: float = math.nan
    memory: float = math.nan

    @property
    def row(self) -> tuple[str, str, str]:
        """What, its time and its memory, in words."""
        time = wording.duration(self.seconds) if math.isfinite(self.seconds) else UNKNOWN
        return self.what, time, wording.size(self.memory) if math.isfinite(self.memory) else UNKNOWN

    @classmethod
    def from_mapping(cls, told: Mapping[str, Any]) -> Next:
        """From a mapping of its fields, or from a JSON file of it."""
        return cls(told["what"], number_read(told["seconds"]), number_read(told["memory"]))


@dataclass(frozen=True)
class Evidence:
    """What one route says.

    Attributes
    ----------
    route : str
        Name of the route.
    family : str
        What it shares with others: two of one family are not independent.
    of : str
        Density whose current it is about.
    transport : str or None
        Class; None where it decides nothing.
    weight : {"proof", "rules", "none"}
        What the class rests on.
    sentence : str
        The same in words, with numbers.
    where : str
        Range of sizes, times, lengths and couplings that was looked at.
    quantity, unit : str
        What the estimate is of: "D", "Drude share", "α"; empty without one.
    estimate, low, high : float
        Value and the ends of its interval; NaN without.
    errors : mapping of str to float
        Parts of the error, apart.
    numbers : mapping of str to float
        What else the route finds, by name: local exponents, a conductivity.
    certificate : Certificate
        Rules or premises with their numbers.
    method : str
        What ran.
    sources : tuple of str
        Keys of what it rests on; see `caloriq.verdicts.references`.
    curves : tuple of Curve
        For the figure.
    next : Next or None
        What would say more on this route.
    seconds : float
        That it took.
    refused : bool
        Whether the route does not apply; the sentence says why.
    """

    route: str
    family: str
    of: str
    transport: Transport | None
    weight: Weight
    sentence: str
    where: str = ""
    quantity: str = ""
    unit: str = ""
    estimate: float = math.nan
    low: float = math.nan
    high: float = math.nan
    errors: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    numbers: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    certificate: Certificate = field(default_factory=Certificate)
    method: str = ""
    sources: tuple[str, ...] = ()
    curves: tuple[Curve, ...] = ()
    next: Next | None = None
    seconds: float = field(default=0.0, compare=False)
    refused: bool = False

    def __reduce__(self) -> tuple[Any, ...]:
        return Evidence.from_mapping, (self.to_mapping(),)  # a view of a mapping has no pickle

    @property
    def decides(self) -> bool:
        """Whether it names a class."""
        return self.transport is not None and self.weight != "none"

    @property
    def said(self) -> str:
        """Class and what it rests on, in words."""
        by = "proof" if self.weight == "proof" else "by rules"
        return f"{self.transport} ({by})" if self.decides else "decides nothing"

    @property
    def row(self) -> tuple[str, ...]:
        """A line of the table of routes, under `HEADINGS`."""
        return self.route, self.said, self.number, self.where, wording.duration(self.seconds)

    @property
    def number(self) -> str:
        """Quantity, estimate, and half of its interval, in words; empty without one."""
        if not self.quantity or math.isnan(self.estimate):
            return ""
        if math.isnan(self.low):
            return f"{self.quantity} = {self.estimate:.3g}, of no known error"
        return f"{self.quantity} = {rounded(self.estimate, (self.high - self.low) / 2)}"

    def meets(self, other: Evidence) -> bool:
        """Whether the intervals of two estimates of one quantity have a number in common; True where one has none."""
        if self.quantity != other.quantity or not (math.isfinite(self.low) and math.isfinite(other.low)):
            return True
        return self.low <= other.high and other.low <= self.high

    def to_mapping(self) -> dict[str, Any]:
        """As it stands in files."""
        told = {name: getattr(self, name) for name in self.__dataclass_fields__}
        told |= {"errors": dict(self.errors), "numbers": dict(self.numbers)}
        told["certificate"] = self.certificate.to_mapping()
        told["curves"] = [asdict(one) for one in self.curves]
        told["next"] = None if self.next is None else asdict(self.next)
        return told

    @classmethod
    def from_mapping(cls, told: Mapping[str, Any]) -> Evidence:
        """From what `to_mapping` gave, or from a JSON file of it, where what is no number is null and what is infinite a text."""
        read = dict(told)
        read |= {name: number_read(read[name]) for name in ("estimate", "low", "high", "seconds")}
        read |= {name: MappingProxyType(_numbers(read[name])) for name in ("errors", "numbers")}
        read["certificate"] = Certificate.from_mapping(read["certificate"])
        read["curves"] = tuple(_curve(one) for one in read["curves"])
        read["next"] = None if read["next"] is None else Next.from_mapping(read["next"])
        read["sources"] = tuple(read["sources"])
        return cls(**read)


def _numbers(told: Mapping[str, Any]) -> dict[str, float]:
    return {name: number_read(one) for name, one in told.items()}


def _curve(told: Mapping[str, Any]) -> Curve:
    numbers = {name: tuple(map(number_read, told[name])) for name in ("x", "y", "error")}
    law = None if told["law"] is None else tuple(map(number_read, told["law"]))
    return Curve(**{**told, **numbers, "until": number_read(told["until"]), "law": law})
