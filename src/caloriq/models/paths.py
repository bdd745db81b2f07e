"""Places in a model by words with dots between them: baths.0.temperature."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from caloriq.errors import InvalidInput
from caloriq.models.definition import Definition


def place_in(entries: Sequence[Any], word: str) -> int | None:
    """Place, from 0, that a word of a path has in a list; None if it has none."""
    if not re.fullmatch(r"-?[0-9]{1,9}", word) or not -len(entries) <= int(word) < len(entries):
        return None
    return int(word) % len(entries)


def changed(model: Any, path: str, value: Any) -> Any:
    """The model with another value of a field, nested ones with dots.

    Raises
    ------
    InvalidInput
        If there is no such field.
    """
    head, _, rest = path.partition(".")
    if isinstance(model, Definition) and head in type(model).model_fields:
        old = getattr(model, head)
        return model.model_copy(update={head: changed(old, rest, value) if rest else value})
    if isinstance(model, list | tuple) and (number := place_in(model, head)) is not None:
        entries = list(model)
        entries[number] = changed(entries[number], rest, value) if rest else value
        return tuple(entries)
    raise InvalidInput(f"`reference` must name fields of the model, but it does not (got {path})")
