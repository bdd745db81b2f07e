"""Table of the methods of the steady state: what each of them exports, and those of other packages.

A method is a file with a class of parameters, named `METHOD` there unless it stands in `steady.methods`, and three functions:

- `admit(model, method)`: bytes that it needs; refuses what it cannot take;
- `seconds(model, method)`: rough time that it takes on one core;
- `solve(model, method, reason, progress)`: the steady state.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any, Protocol, cast

from caloriq import extensions
from caloriq.models.definition import Definition
from caloriq.results import Progress
from caloriq.steady import methods
from caloriq.steady.result import SteadyState


class Implementation(Protocol):
    """What a method's file exports."""

    admit: Callable[[Any, Any], float]
    seconds: Callable[[Any, Any], float]
    solve: Callable[[Any, Any, str, Progress | None], SteadyState]


# files in this room by the kind of the method
FILES = {kind: kind.replace("-", "_") for kind in methods.BUILT_IN}


def types() -> Iterator[type[Definition]]:
    """Classes of all methods."""
    yield from methods.BUILT_IN.values()
    for kind in methods.others():
        yield methods.class_of(kind)


def implementation(method: Definition) -> Implementation:
    """The file of a method."""
    kind = str(getattr(method, "kind", ""))
    if kind in FILES:
        return cast(Implementation, import_module(f"caloriq.steady.{FILES[kind]}"))
    return cast(Implementation, extensions.loaded(extensions.METHODS, kind, "method"))
