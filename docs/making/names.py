"""Which names the reference holds: read off the package, so that a new one is in it without an edit here."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import caloriq
from caloriq.closed import methods as closed
from caloriq.closed.correlation import methods as correlations
from caloriq.models import kinds
from caloriq.models.definition import Definition
from caloriq.questions import registry
from caloriq.results import Solution
from caloriq.steady import methods as steady

ROOT = Path(__file__).resolve().parents[2]
GROUPS = (
    "Models, and what they are made of",
    "Questions",
    "Methods",
    "Results",
    "Files and sweeps",
    "Errors",
)
_IMPORT = re.compile(r"^(?:from caloriq\.[\w.]+ import (?:\([^)]*\)|[^\n]+))", re.MULTILINE)
_FILES = ("load", "save", "read_model", "write_model", "read_sweep", "run_sweep", "Sweep", "Ensemble")


def group(name: str) -> str:
    """Where a public name stands in the reference."""
    thing = getattr(caloriq, name)
    room = caloriq._WHERE[name].partition(".")[0]
    if name in _FILES:
        return "Files and sweeps"
    if room == "errors":
        return "Errors"
    if room in ("models", "starts") or name == "haar":
        return "Models, and what they are made of"
    if inspect.isclass(thing):
        return "Methods" if issubclass(thing, Definition) else "Results"
    return "Questions"


def front() -> dict[str, list[str]]:
    """Every name of `caloriq`, by its group."""
    found: dict[str, list[str]] = {one: [] for one in GROUPS}
    for name in caloriq.__all__:
        found[group(name)].append(name)
    return found


def place(thing: Any) -> str:
    """Full name of a class or function."""
    return f"{thing.__module__}.{thing.__qualname__}"


def _below(base: type) -> Iterator[type]:
    for one in base.__subclasses__():
        yield one
        yield from _below(one)


def _registered() -> Iterator[Any]:
    for address in (*registry.BUILT_IN.values(), *(f"caloriq.models.{one}" for one in kinds.BUILT_IN.values())):
        module, _, name = address.partition(":")
        yield getattr(importlib.import_module(module), name)
    for room in (closed, steady, correlations):
        for thing in vars(room).values():
            if inspect.isclass(thing) and issubclass(thing, Definition) and thing.__module__ == room.__name__:
                yield thing


def imported(text: str) -> Iterator[tuple[str, str]]:
    """Modules and names that the examples of a text import from rooms of the package."""
    for statement in _IMPORT.findall(text):
        for node in ast.parse(statement).body:
            if isinstance(node, ast.ImportFrom):
                yield from ((str(node.module), alias.name) for alias in node.names)


def _shown() -> Iterator[Any]:
    pages = [
        ROOT / "README.md",
        *sorted((ROOT / "docs").rglob("*.md")),
        *sorted((ROOT / "docs" / "gallery").rglob("*.py")),
    ]
    for page in pages:
        for module, name in imported(page.read_text(encoding="utf-8")):
            yield getattr(importlib.import_module(module), name)


def rooms() -> dict[str, list[str]]:
    """Full names beyond `caloriq` itself, by the room that they live in.

    Kinds of models, questions, methods, results, names of rooms with a list of their own, and whatever an example of the pages imports.
    """
    for module in _modules_of_results():
        importlib.import_module(module)
    results = [one for one in _below(Solution) if one.__module__.startswith("caloriq.")]
    known = {id(getattr(caloriq, name)) for name in caloriq.__all__}
    starts = caloriq.starts
    known |= {id(getattr(starts, name)) for name in starts.__all__}
    found = {"starts": [f"caloriq.starts.{name}" for name in starts.__all__]}
    for thing in (*_registered(), *results, *_shown()):
        if id(thing) in known or not callable(thing) or not getattr(thing, "__module__", "").startswith("caloriq."):
            continue
        known.add(id(thing))
        found.setdefault(place(thing).split(".")[1], []).append(place(thing))
    return {room: sorted(found[room]) for room in sorted(found)}


def _modules_of_results() -> Iterator[str]:
    """Modules that define a result, without importing the rest."""
    source = Path(caloriq.__file__).parent
    for file in sorted(source.rglob("*.py")):
        if re.search(r"^class \w+\((?:\w+, )*Solution", file.read_text(encoding="utf-8"), re.MULTILINE):
            yield ".".join(("caloriq", *file.relative_to(source).with_suffix("").parts))


class Documented:
    """What a class shows: its own methods and properties, and those of bases that have no page of their own.

    Fields stand in the docstring, as the house writes them.
    """

    def __init__(self, thing: type) -> None:
        self.thing = thing

    @cached_property
    def members(self) -> list[str]:
        """Names in the order of the source."""
        found = []
        for base in self.thing.__mro__:
            if base in (Definition, Solution) and base is not self.thing:
                break
            if base.__module__.startswith("caloriq."):
                found += [name for name, value in vars(base).items() if self._shown(name, value)]
        return list(dict.fromkeys(found))

    def _shown(self, name: str, value: Any) -> bool:
        if name.startswith("_") or name in getattr(self.thing, "model_fields", {}):
            return False
        kinds = (property, cached_property, classmethod, staticmethod)
        return (isinstance(value, kinds) or inspect.isfunction(value)) and bool(
            inspect.getdoc(getattr(self.thing, name, None))
        )
