"""A verdict on a model: the sentence, its grade, the routes side by side, and what would decide."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from caloriq.files import numbers_told
from caloriq.references import REFERENCES, bibliography
from caloriq.results import Solution
from caloriq.variables import ENERGY, Variable, numbered
from caloriq.verdicts.judgement import Grade, Judgement
from caloriq.verdicts.proved import Transport
from caloriq.verdicts.routes.evidence import Evidence, Next

DIFFUSIVITY = f"site² {ENERGY}"
LAW = "whether Fourier's law holds: 1 or 0 where that is known, NaN where it is open"


@dataclass(frozen=True)
class Verdict(Solution):
    """Whether Fourier's law holds in a model, and how that is known.

    Attributes
    ----------
    of : str
        Density whose current is judged.
    temperature : float
        In energy; inf is every state alike.
    judgement : Judgement
        Class, grade, sentence and the rules that were looked at.
    evidence : tuple of Evidence
        Of every route, in their order; those that do not apply say why.
    deciding : tuple of str
        Routes that the class rests on.
    conflicts : tuple of str
        Routes that disagree, in sentences.
    next : tuple of Next
        What would decide, or say more, with its cost, cheapest first.
    """

    of: str
    temperature: float
    judgement: Judgement
    evidence: tuple[Evidence, ...]
    deciding: tuple[str, ...]
    conflicts: tuple[str, ...]
    next: tuple[Next, ...]

    variables = (
        Variable("holds", long_name=LAW, source=lambda v: math.nan if v.holds is None else float(v.holds)),
        Variable("estimate", ("route",), long_name="what each route finds", source=lambda v: _row(v, "estimate")),
        Variable("low", ("route",), long_name="lower end of its interval", source=lambda v: _row(v, "low")),
        Variable("high", ("route",), long_name="upper end of its interval", source=lambda v: _row(v, "high")),
        Variable(
            "decides",
            ("route",),
            kind="truth",
            long_name="whether it names a class",
            source=lambda v: [one.decides for one in v.evidence],
        ),
        Variable("diffusivity", units=DIFFUSIVITY, long_name="D of the deciding route with the smallest error"),
        Variable("diffusivity_low", units=DIFFUSIVITY, long_name="lower end of its interval"),
        Variable("diffusivity_high", units=DIFFUSIVITY, long_name="upper end of its interval"),
    )
    coordinates = (numbered("route", lambda found: len(found.evidence)),)
    headlines = ("diffusivity", "diffusivity_low", "diffusivity_high")

    @property
    def sentence(self) -> str:
        """The verdict in words."""
        return self.judgement.sentence

    @property
    def grade(self) -> Grade:
        """proved, measured, indicated, undecided, or no law."""
        return self.judgement.grade

    @property
    def transport(self) -> Transport | None:
        """The class of transport."""
        return self.judgement.transport

    @property
    def holds(self) -> bool | None:
        """Whether Fourier's law holds; None where neither proof nor measurement says."""
        return self.judgement.holds

    @property
    def best(self) -> Evidence | None:
        """The deciding route whose D has the smallest error."""
        known = [
            one
            for one in self.evidence
            if one.quantity == "D" and math.isfinite(one.low) and (one.decides or self.grade == "proved")
        ]
        diffusive = self.transport == "diffusive"
        return min(known, key=lambda one: one.high - one.low) if known and diffusive else None

    @property
    def diffusivity(self) -> float:
        """D, in sites² times energy; NaN without one."""
        return math.nan if self.best is None else self.best.estimate

    @property
    def diffusivity_low(self) -> float:
        """Lower end of its interval."""
        return math.nan if self.best is None else self.best.low

    @property
    def diffusivity_high(self) -> float:
        """Upper end of its interval."""
        return math.nan if self.best is None else self.best.high

    def __getitem__(self, route: str) -> Evidence:
        """Evidence of a route by its name."""
        for one in self.evidence:
            if one.route == route:
                return one
        raise KeyError(f"no route named {route!r}; there are {', '.join(one.route for one in self.evidence)}")

    @property
    def sources(self) -> tuple[str, ...]:
        """What the evidence rests on."""
        found = (key for one in self.evidence if not one.refused for key in one.sources if key in REFERENCES)
        return tuple(dict.fromkeys(found))

    @property
    def bibtex(self) -> str:
        """What the evidence rests on."""
        return bibliography(self.sources)

    def notes(self) -> tuple[str, ...]:
        """Routes that disagree."""
        return self.conflicts

    def listed(self) -> tuple[tuple[str, ...], ...]:
        """What each route says that applies, and its number."""
        rows = [(one.route, one.said, one.number, one.where) for one in self.evidence if not one.refused]
        return (("route", "says", "number", "looked at"), *rows) if rows else ()

    def facts(self) -> dict[str, Any]:
        """The verdict, and everything that it rests on."""
        return {
            "of": self.of,
            "temperature": self.temperature,
            "verdict": self.sentence,
            "grade": self.grade,
            "transport": self.transport or "open",
            "routes": [one.route for one in self.evidence],
            "evidence": json.dumps(numbers_told([one.to_mapping() for one in self.evidence])),
        }

    def to_mapping(self) -> Mapping[str, Any]:
        """For machines: plain names and values."""
        told: Mapping[str, Any] = numbers_told(
            {
                "verdict": self.sentence,
                "grade": self.grade,
                "transport": self.transport,
                "holds": self.holds,
                "of": self.of,
                "temperature": self.temperature,
                "diffusivity": self.diffusivity,
                "interval": [self.diffusivity_low, self.diffusivity_high],
                "deciding": list(self.deciding),
                "conflicts": list(self.conflicts),
                "next": [{"what": one.what, "seconds": one.seconds, "memory": one.memory} for one in self.next],
                "evidence": [one.to_mapping() for one in self.evidence],
                "model": self.model.to_mapping(),
                "digest": self.model.digest,
            }
        )
        return told


def _row(found: Verdict, name: str) -> list[float]:
    return [float(getattr(one, name)) for one in found.evidence]
