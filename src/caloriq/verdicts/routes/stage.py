"""One step of a route: what is looked at, and what it takes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any, NamedTuple

from caloriq.results import Progress
from caloriq.verdicts.routes.case import Case
from caloriq.verdicts.routes.evidence import Evidence, Next

VERSION = 7  # of what routes do: evidence of another version is looked for again


@dataclass(frozen=True)
class Stage:
    """A step of a route.

    Attributes
    ----------
    route : str
        Name of the route.
    what : str
        In words.
    fields : mapping
        Sizes, times, lengths, as JSON has them.
    seconds, memory : float
        What it takes on one core, good to a factor of a few.
    """

    route: str
    what: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    seconds: float = 0.1
    memory: float = 1e6

    def key(self, case: Case) -> str:
        """A name for what is asked, by content."""
        asked = {
            "version": [version("caloriq"), VERSION],
            "model": case.model.digest,
            "of": case.of,
            "temperature": str(case.temperature),
            "means": dict(case.means),
            "route": self.route,
            "fields": dict(self.fields),
        }
        return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()

    @property
    def next(self) -> Next:
        """The same as what would say more."""
        return Next(self.what, self.seconds, self.memory)


class Route(NamedTuple):
    """One way to a verdict.

    Attributes
    ----------
    name : str
        In one word.
    title : str
        In words.
    first : callable
        Its first stage for a case, the evidence that it does not apply, or None for kinds of models that it is not made for.
    ask : callable
        Evidence of a stage.
    following : callable
        The next stage after evidence, or None where no more can be learnt.
    """

    name: str
    title: str
    first: Callable[[Case], Stage | Evidence | None]
    ask: Callable[[Case, Stage, Progress | None], Evidence]
    following: Callable[[Case, Stage, Evidence], Stage | None]


def last(case: Case, stage: Stage, found: Evidence) -> None:
    """No more can be learnt."""
