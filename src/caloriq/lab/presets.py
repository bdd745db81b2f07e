"""What a card may begin with: the figures of the papers, the models whose transport is known, and the shipped examples."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from caloriq import wording
from caloriq.lab.job import kind_of_job

if TYPE_CHECKING:
    from caloriq.known.zoo.row import Row

CARDS = {  # of files that ask no question by name; all others are any file
    "modular": ("modular-chain", "modular-network", "unequal-network"),
    "driven": ("spin-chain", "classical-chain", "disordered-chain", "harmonic-chain"),
    "populations": ("exchange-chain", "coupled-units"),
}
ANY, OWN, VERDICT, SWEEP, REPRODUCE = "file", "own", "verdict", "sweep", "reproduce"
LONGEST = 20_000  # letters of a file that can be edited on a page
PAPERS, KNOWN, EXAMPLES = "papers", "known transport", "examples"


@dataclass(frozen=True, slots=True)
class Preset:
    """A ready file.

    Attributes
    ----------
    name : str
        Different for every preset of a group.
    title : str
        What it is, in words.
    group : str
        papers, known transport or examples.
    card : str
        Card of the page that takes it.
    kind : str
        run, verdict, sweep or reproduce.
    text : str
        YAML with a section `model`; of a reproduction the name of its recipe; empty where it is too long.
    reason : str
        Why there is no text, and what to say instead; empty otherwise.
    """

    name: str
    title: str
    group: str
    card: str
    kind: str
    text: str
    reason: str = ""


@cache
def presets() -> tuple[Preset, ...]:
    """All presets that can be run: recipes, models whose transport is known, examples."""
    return (*_recipes(), *(one for one in _zoo() if not one.reason), *_examples())


@cache
def left_out() -> tuple[Preset, ...]:
    """Models whose transport is known that are too long for the page, with the reason."""
    return tuple(one for one in _zoo() if one.reason)


def examples_folder() -> Path:
    """Where the shipped examples are: in the installed package, or beside its source."""
    here = Path(__file__).resolve().parents[1]
    installed = here / "examples"
    return installed if installed.is_dir() else here.parents[1] / "examples"


def _recipes() -> Iterator[Preset]:
    from caloriq.papers.registry import RECIPES

    for name, recipe in RECIPES.items():
        title = f"{recipe.title} (heavy: minutes)" if recipe.quick_differs else recipe.title
        yield Preset(name, title, PAPERS, REPRODUCE, REPRODUCE, name)


def _zoo() -> Iterator[Preset]:
    from caloriq.known.zoo.looked import zoo

    for row in zoo():
        text, reason = _file_of(row)
        title = f"{row.name} ({row.of}): {'open' if row.open else row.known}"
        yield Preset(row.name, title, KNOWN, VERDICT, VERDICT, text, reason)


def _file_of(row: Row) -> tuple[str, str]:
    """A row of the zoo as a file for `caloriq verdict`, or why the page has none."""
    from caloriq.documents import yaml_text

    asked: dict[str, Any] = {"kind": "verdict", "of": row.of, "budget": row.minutes}
    if math.isfinite(row.temperature):
        asked["temperature"] = row.temperature
    if row.means:
        asked["means"] = dict(row.means)
    text = yaml_text({"model": row.model.whole_mapping(), "question": asked})
    if len(text) > LONGEST:
        size = wording.size(len(text))
        return "", f"its arrays make a file of {size}, too long to be edited; run: caloriq zoo --row {row.name!r}"
    return text, ""


def _examples() -> Iterator[Preset]:
    from caloriq.documents import read_mapping

    for file in sorted(examples_folder().glob("*.yaml")):
        text, mapping = file.read_text(encoding="utf-8"), read_mapping(file)
        if "model" not in mapping:  # a model alone
            text, mapping = f"model:\n{textwrap.indent(text, '  ')}", {"model": mapping}
        kind = kind_of_job(mapping)
        yield Preset(file.stem, file.stem.replace("-", " "), EXAMPLES, _card(mapping, kind), kind, text)


def _card(mapping: Mapping[str, Any], kind: str) -> str:
    """The card that shows a file best."""
    if kind in (VERDICT, SWEEP):
        return kind
    if "question" in mapping:
        return ANY
    model = mapping["model"]["kind"]
    if model == "lattice" and set(mapping) == {"model"} and "terms" in mapping["model"]:
        return OWN
    return next((card for card, kinds in CARDS.items() if model in kinds), ANY)
