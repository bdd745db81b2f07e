"""What other installed packages add: kinds of models, methods, questions and figures, by entry points.

A package names in its metadata an entry point in one of the groups below; its name is the `kind` (of a figure the class of the
result), its value the class or function, of a method its module. Workers of a sweep find it in the same way, wherever the package is installed.
"""

from __future__ import annotations

from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from caloriq.errors import InvalidInput

MODELS, METHODS, QUESTIONS, FIGURES = "caloriq.models", "caloriq.methods", "caloriq.questions", "caloriq.figures"


@cache
def registered(group: str) -> dict[str, EntryPoint]:
    """Entry points of a group by their names; nothing is loaded."""
    return {point.name: point for point in entry_points(group=group)}


def loaded(group: str, name: str, argument: str) -> Any:
    """What an entry point names.

    Parameters
    ----------
    group, name : str
        Of the entry point.
    argument : str
        What the user gave, for the sentence of the error.

    Raises
    ------
    InvalidInput
        If the package that registers it cannot be loaded, or two of them register it.
    """
    packages = sorted({one.dist.name for one in entry_points(group=group, name=name) if one.dist is not None})
    if len(packages) > 1:
        raise InvalidInput(
            f"`{argument}` must be registered by one package, but it is by {' and '.join(packages)} (got {name}); uninstall one"
        )
    try:
        return registered(group)[name].load()
    except Exception as error:
        raise InvalidInput(
            f"`{argument}` must name what can be loaded, but it does not: {type(error).__name__} (got {name}); see the package that registers it"
        ) from None
