"""Conditions on the definitions of runs, as people type them: `dephasing=1`, `model.sites>=8`, `kind=spin-chain`."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np

from caloriq._checks import shown
from caloriq.errors import InvalidInput

_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_EXPRESSION = re.compile(r"\s*([^\s=<>!.]+(?:\.[^\s=<>!.]+)*)\s*(!=|<=|>=|==|=|<|>)\s*([^\s=<>!].*?)\s*")


@dataclass(frozen=True, slots=True)
class Condition:
    """What a parameter must be."""

    path: str  # names joined by dots, or the last of them
    sign: str  # one of = != < <= > >=
    value: float | str  # a number is compared with numbers, a text with texts

    def holds(self, definition: Mapping[str, Any]) -> bool:
        """Whether some value at the path fulfils it; for != whether there are values and none is equal."""
        values = [value for path, value in leaves(definition, numbered=False) if self.names(path)]
        if self.sign == "!=":
            return bool(values) and not any(self._compare(value, operator.eq) for value in values)
        return any(self._compare(value, _OPERATORS[self.sign]) for value in values)

    def names(self, path: str) -> bool:
        """Whether it is about the value at a path, which it may name by its last parts."""
        return f".{path}".endswith(f".{self.path}")

    def _compare(self, value: Any, compare: Callable[[Any, Any], bool]) -> bool:
        if isinstance(value, bool):
            value = str(value).lower()
        if isinstance(value, str):
            return not isinstance(self.value, int | float) and compare(value, self.value)
        return isinstance(value, int | float) and isinstance(self.value, int | float) and compare(value, self.value)


def condition(text: str) -> Condition:
    """Read a condition such as `dephasing=1`, `model.sites>=8`, `kind=spin-chain`.

    Raises
    ------
    InvalidInput
        If it is none.
    """
    found = _EXPRESSION.fullmatch(text)
    if found is None:
        raise InvalidInput(
            f"`where` must be a name, one of = != < <= > >=, and a value, but it is not (got {shown(text)}); for example levels<100"
        )
    path, sign, value = found.groups()
    return Condition(path, "=" if sign == "==" else sign, _value(value))


def _value(text: str) -> float | str:
    """A number, or the text without its quotes."""
    for number in (int, float):
        with suppress(ValueError):
            if np.isfinite(float(text)):
                return number(text)
    quoted = re.fullmatch(r"(['\"])(.*)\1", text)
    return quoted.group(2) if quoted else text


def leaves(content: Any, *, numbered: bool = True, path: str = "") -> Iterator[tuple[str, Any]]:
    """Values of nested mappings and lists by their paths, as in baths[0].temperature; without the numbers on demand."""
    if isinstance(content, Mapping):
        for key, value in content.items():
            yield from leaves(value, numbered=numbered, path=f"{path}.{key}" if path else str(key))
    elif isinstance(content, list | tuple):
        for k, value in enumerate(content):
            yield from leaves(value, numbered=numbered, path=f"{path}[{k}]" if numbered else path)
    else:
        yield path, content
