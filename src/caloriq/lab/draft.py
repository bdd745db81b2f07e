"""The file that a card writes: a mapping that fields change, and its text."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from caloriq.documents import read_mapping, yaml_text
from caloriq.errors import InvalidInput

Asked = TypeVar("Asked")
Place = tuple[str | int, ...]
NOTHING = object()


class Draft:
    """A mapping that knows its text.

    Parameters
    ----------
    text : str
        YAML.
    changed : callable
        Called after every change, with whether only values changed that a field shows already.
    """

    def __init__(self, text: str, changed: Callable[[bool], None]) -> None:
        self.text = text
        self.changed = changed
        self.mapping: dict[str, Any] = {}
        self.error: InvalidInput | None = None
        self._read()

    def _read(self) -> None:
        try:
            self.mapping, self.error = read_mapping("the page", self.text), None
        except InvalidInput as error:
            self.error = error

    def read(self, reader: Callable[[str, dict[str, Any]], Asked]) -> Asked:
        """What it asks, as `asked.read` or `asked.swept` reads it.

        Raises
        ------
        CaloriqError
            What stands against it.
        """
        if self.error is not None:
            raise self.error
        return reader(self.text, copy.deepcopy(self.mapping))

    def write(self, text: str) -> None:
        """Take another text; one that is no YAML is kept, and its error told."""
        if text != self.text:
            self.text = text
            self._read()
            self.changed(False)

    def value(self, place: Place, default: Any = NOTHING) -> Any:
        """What stands at a place."""
        found: Any = self.mapping
        for part in place:
            try:
                found = found[part]
            except (KeyError, IndexError, TypeError):
                return default
        return found

    def put(self, place: Place, value: Any, *, shown: bool = True) -> None:
        """Set, or with `NOTHING` take away, what stands at a place; mappings on the way are made."""
        if self.value(place) is value or (self.value(place) == value and type(self.value(place)) is type(value)):
            return
        mapping = copy.deepcopy(self.mapping)
        try:
            _put(mapping, place, value)
        except (IndexError, TypeError, ValueError, AttributeError):  # there is no such place in what stands there
            self.changed(True)
        else:
            self.replace(mapping, shown=shown)

    def replace(self, mapping: dict[str, Any], *, shown: bool = False) -> None:
        """Take another mapping."""
        self.mapping, self.text, self.error = mapping, yaml_text(mapping), None
        self.changed(shown)


def _put(mapping: dict[str, Any], place: Place, value: Any) -> None:
    holder: Any = mapping
    for part in place[:-1]:
        if isinstance(holder, list):
            holder = holder[int(part)]
            continue
        if not isinstance(holder.get(part), dict | list):
            holder[part] = {}
        holder = holder[part]
    last = place[-1]
    if value is NOTHING:
        if isinstance(holder, list):
            holder.pop(int(last))
        else:
            holder.pop(last, None)
    elif isinstance(holder, list) and int(last) == len(holder):
        holder.append(value)
    else:
        holder[last] = value


def value_of(text: str) -> Any:
    """What a field's text stands for: as a YAML file would have it behind a colon; otherwise the text itself."""
    text = text.strip()
    if not text:
        return NOTHING
    try:
        return read_mapping("a field", f"value: {text}")["value"]
    except (InvalidInput, KeyError):
        return text


def text_of(value: Any) -> str:
    """The text of a field for a value, which `value_of` reads."""
    import json

    if value is NOTHING or value is None:
        return ""
    if isinstance(value, str):
        return value if value_of(value) == value else json.dumps(value)
    return json.dumps(value, ensure_ascii=False)


def name_of(place: Sequence[str | int]) -> str:
    """A place in words, as error sentences have it."""
    return ".".join(str(part) for part in place)
