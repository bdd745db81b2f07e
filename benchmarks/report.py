"""What a benchmark hands over: one table, its targets, its notes, its raw numbers."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Self


class Mismatch(Exception):
    """Two routes to the same numbers disagree by more than their tolerances explain."""


@dataclass(frozen=True, slots=True)
class Target:
    """One goal: a measured number and the limit it is held against.

    Attributes
    ----------
    claim : str
        What is measured.
    value, limit : float
        The number and its bound.
    at_least : bool
        Whether the bound is from below.
    unit : str
        Printed after both numbers.
    """

    claim: str
    value: float
    limit: float
    at_least: bool = False
    unit: str = ""

    @property
    def met(self) -> bool:
        """Whether the number keeps the bound."""
        return self.value >= self.limit if self.at_least else self.value <= self.limit

    def sentence(self, *, judged: bool) -> str:
        """Claim, number, bound and verdict."""
        bound = "at least" if self.at_least else "at most"
        verdict = ("met" if self.met else "MISSED") if judged else "not judged at quick sizes"
        return f"{self.claim}: {self.value:.3g}{self.unit} (goal: {bound} {self.limit:g}{self.unit}) — {verdict}"


@dataclass(frozen=True, slots=True)
class Report:
    """Result of one benchmark.

    Attributes
    ----------
    name, title : str
        Its name on the command line and what it measures.
    columns, rows : lists of str
        The table.
    targets : list of Target
        Its goals.
    notes : list of str
        How it was measured, and what a reader must know.
    data : mapping
        Raw numbers, for `--json` and the plot.
    quick : bool
        Whether the sizes were reduced.
    """

    name: str
    title: str
    columns: list[str]
    rows: list[list[str]]
    targets: list[Target] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    data: dict[str, Any] = field(default_factory=dict)
    quick: bool = False

    @property
    def heading(self) -> str:
        """Title, labelled where the sizes were reduced."""
        return f"{self.title} (QUICK: reduced sizes)" if self.quick else self.title

    def verdicts(self) -> list[str]:
        """One sentence per target."""
        return [target.sentence(judged=not self.quick) for target in self.targets]

    def to_mapping(self) -> dict[str, Any]:
        """Plain mapping, as `--json` prints it."""
        mapping = asdict(self)
        for plain, target in zip(mapping["targets"], self.targets, strict=True):
            plain["met"] = None if self.quick else bool(target.met)
        return mapping

    @classmethod
    def from_mapping(cls, mapping: dict[str, Any]) -> Self:
        """Report out of what `to_mapping` gave."""
        names = ("claim", "value", "limit", "at_least", "unit")
        targets = [Target(**{name: plain[name] for name in names}) for plain in mapping["targets"]]
        return cls(**{**mapping, "targets": targets})


def agree(ours: str, theirs: str, difference: float, limit: float) -> None:
    """Refuse a comparison of speeds whose results differ by more than `limit`.

    Raises
    ------
    Mismatch
        One sentence with both names and both numbers.
    """
    if not difference <= limit:  # also for NaN
        raise Mismatch(
            f"{ours} and {theirs} must give the same numbers, but they differ by {difference:.2e} where their tolerances explain {limit:.2e}"
        )
