"""What `scaling` says of models whose transport is known: is any certain verdict wrong?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from caloriq.known import tables
from caloriq.known.driven_chains import KnownModel, known_models
from caloriq.results import Progress
from caloriq.verdicts.scaling import Scaling, scaling

CERTAIN = ("proved", "measured", "no law")


@dataclass(frozen=True)
class Judged:
    """A known model and what is said of it."""

    model: KnownModel
    found: Scaling  # what is said, with the numbers

    @property
    def said(self) -> str:
        """Class of transport, "no law", or "open"."""
        judged = self.found.judgement
        return "no law" if judged.grade == "no law" else judged.transport or "open"

    @property
    def certain(self) -> bool:
        """Whether the verdict claims to be more than consistent with its lengths."""
        return self.found.judgement.grade in CERTAIN

    @property
    def wrong(self) -> bool:
        """Whether it is certain and wrong."""
        return self.certain and self.said != self.model.known


def judged(models: Sequence[KnownModel] | None = None, progress: Progress | None = None) -> tuple[Judged, ...]:
    """Every known model, or those given, looked at over its lengths."""
    asked = known_models() if models is None else tuple(models)
    rows = []
    for number, one in enumerate(asked):
        rows.append(Judged(one, scaling(one.model, one.sizes, of=one.of)))
        if progress is not None:
            progress(number + 1, len(asked))
    return tuple(rows)


def verdict_rows(rows: Sequence[Judged]) -> list[dict[str, object]]:
    """The table as plain names and values, one mapping a model."""
    return [
        {
            "model": row.model.name,
            "of": row.model.of,
            "lengths": [int(row.found.sizes[0]), int(row.found.sizes[-1])],
            "known": row.model.known,
            "source": row.model.source,
            "said": row.said,
            "grade": row.found.judgement.grade,
            "wrong": row.wrong,
            "local_alpha": row.found.tail,
            "sentence": row.found.sentence,
        }
        for row in rows
    ]


def markdown(rows: Sequence[Judged]) -> str:
    """The table for a page."""
    headings = ("model", "current", "N", "known", "said", "grade", "local α")
    cells = [
        (
            row.model.name,
            row.model.of,
            f"{row.found.sizes[0]}…{row.found.sizes[-1]}",
            f"{row.model.known} ({row.model.source})",
            row.said,
            row.found.judgement.grade,
            f"{row.found.tail:.2f}",
        )
        for row in rows
    ]
    return tables.markdown(headings, cells)


def told(rows: Sequence[Judged]) -> str:
    """How the table ends, in words."""
    certain, wrong = sum(row.certain for row in rows), sum(row.wrong for row in rows)
    return f"{len(rows)} models: {certain} certain verdicts, {wrong} of them wrong; {len(rows) - certain} left open."
