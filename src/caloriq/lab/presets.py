"""Ready files of the cards: the figures of the papers, and the models of the zoo."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from caloriq.documents import yaml_text

if TYPE_CHECKING:
    from caloriq.known.zoo.row import Row


@dataclass(frozen=True, slots=True)
class Preset:
    """A file, or the name of a figure, that is ready to be asked.

    Attributes
    ----------
    name, title : str
        Short, and as it is chosen by.
    group : str
        papers or zoo.
    card : str
        On which it is chosen; "reproduce" on the first page.
    kind : str
        run, verdict or reproduce.
    text : str
        YAML; for reproduce the name of the recipe.
    """

    name: str
    title: str
    group: str
    card: str
    kind: str
    text: str


@cache
def presets() -> tuple[Preset, ...]:
    """All of them."""
    return (*_recipes(), *_zoo())


def _recipes() -> Iterator[Preset]:
    from caloriq.papers.registry import RECIPES

    for name, one in RECIPES.items():
        yield Preset(name, one.title, "papers", "reproduce", "reproduce", name)


def _zoo() -> Iterator[Preset]:
    from caloriq.known.zoo.looked import zoo

    for row in zoo():
        text = yaml_text({"model": row.model.whole_mapping(), "question": _question(row)})
        yield Preset(row.name, f"{row.name} (known: {row.known})", "zoo", "verdict", "verdict", text)


def _question(row: Row) -> dict[str, Any]:
    """What the zoo asks of a row, as a file has it."""
    found: dict[str, Any] = {"kind": "verdict", "of": row.of, "budget": row.minutes}
    if math.isfinite(row.temperature):
        found["temperature"] = row.temperature
    if row.means:
        found["means"] = dict(row.means)
    return found
