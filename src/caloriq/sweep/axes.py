"""Axes: the values of parameters as a file says them, as lists, ranges and log ranges, zipped or crossed."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Self

import numpy as np
from pydantic import model_validator

from caloriq._checks import shown
from caloriq.documents import within
from caloriq.errors import InvalidInput
from caloriq.files import plain
from caloriq.models.definition import Definition
from caloriq.models.fields import Number, Several

LONGEST = 10**7  # values of one axis; they are held in memory
SLACK = 1e-9  # of a step, by which a last value may pass the stop: 0.1 + 0.1 + 0.1 is 0.3


class Span(Definition):
    """Evenly spaced values from `start` to `stop`, both included.

    Parameters
    ----------
    start, stop : float
        First and last value; with `step` the last is the largest that does not pass `stop`.
    step, count : float, int
        Exactly one of them: distance of the values, or their number.
    scale : {"linear", "log"}
        Equal differences, or equal ratios (with `count`).
    whole : bool
        Round to whole numbers and leave out what rounds to the same.
    """

    start: Number
    stop: Number
    step: Number | None = None
    count: Several | None = None
    scale: Literal["linear", "log"] = "linear"
    whole: bool = False

    @model_validator(mode="after")
    def _filled(self) -> Self:
        if (self.step is None) == (self.count is None):
            raise InvalidInput(
                f"`step` must be given, or `count`, but not both (got step={self.step}, count={self.count})"
            )
        if self.scale == "log" and (self.count is None or not self.start * self.stop > 0):
            raise InvalidInput(
                f"`scale` must be linear unless `count` is given and start and stop have one sign, but they do not (got start={self.start:g}, stop={self.stop:g})"
            )
        if self.start == self.stop or (self.step is not None and self.step * (self.stop - self.start) <= 0):
            raise InvalidInput(
                f"`stop` must lie beyond `start` in the direction of `step`, but the range is empty (got start={self.start:g}, stop={self.stop:g}, step={self.step})"
            )
        if not np.isfinite(self.stop - self.start):
            raise InvalidInput(
                f"`stop` must differ from `start` by a finite number, but it does not (got start={self.start:g}, stop={self.stop:g})"
            )
        if self.step is not None and abs((self.stop - self.start) / self.step) > LONGEST:
            raise InvalidInput(f"`step` must leave at most {LONGEST} values, but it leaves more (got {self.step:g})")
        if self.count is not None and self.count > LONGEST:
            raise InvalidInput(f"`count` must be at most {LONGEST}, but it is larger (got {self.count})")
        return self

    def values(self) -> list[float | int]:
        """The values, whole numbers where all that is given is whole; to 15 digits, the same on any processor."""
        start, stop = float(self.start), float(self.stop)
        if self.step is not None:
            steps = math.floor((stop - start) / self.step + SLACK)
            raw = [start + self.step * k for k in range(steps + 1)]
            integral = start.is_integer() and float(self.step).is_integer()
        else:
            assert self.count is not None
            parts, integral = self.count - 1, False
            if self.scale == "log":
                raw = [start * (stop / start) ** (k / parts) for k in range(parts)]
            else:
                raw = [start + (stop - start) * (k / parts) for k in range(parts)]
            raw.append(stop)
        if self.whole or integral:
            return list(dict.fromkeys(round(x) for x in raw))
        return [float(f"{x:.15g}") for x in raw]

    @property
    def interval(self) -> tuple[float, float]:
        """Lowest and highest value."""
        return min(self.start, self.stop), max(self.start, self.stop)


@dataclass(frozen=True)
class Axis:
    """One dimension of a sweep."""

    name: str  # of the dimension in the dataset
    paths: tuple[str, ...]  # parameters that vary together along it
    values: tuple[tuple[Any, ...], ...]  # their values, a tuple for each path, all of one length

    def __len__(self) -> int:
        return len(self.values[0])


def axes(vary: Mapping[str, Any] | Sequence[Mapping[str, Any]]) -> tuple[Axis, ...]:
    """Axes of a sweep: a mapping crosses its parameters; a list crosses its entries, each with parameters that go together.

    Raises
    ------
    InvalidInput
        If a parameter has no values, one twice, ranges that overlap, or if zipped lists differ in length.
    """
    groups = [{path: given} for path, given in vary.items()] if isinstance(vary, Mapping) else list(vary)
    seen: set[str] = set()
    raw: list[tuple[tuple[str, ...], tuple[tuple[Any, ...], ...]]] = []
    for number, group in enumerate(groups):
        if not isinstance(group, Mapping) or not group:
            raise InvalidInput(
                f"`vary` must hold mappings of parameters to values, but one entry is not (got {shown(group)})"
            )
        for path in group:
            if not isinstance(path, str) or not path:
                raise InvalidInput(f"`vary` must name parameters by text, but one is not (got {path!r})")
            if path in seen:
                raise InvalidInput(f"`vary` must name every parameter once, but one is named twice (got {path})")
            seen.add(path)
        together = len(group) > 1
        values: tuple[tuple[Any, ...], ...] = ()
        for path, given in group.items():
            with within(number, path):
                values = (*values, tuple(_values(path, given, distinct=not together)))
        lengths = {path: len(one) for path, one in zip(group, values, strict=True)}
        if len(set(lengths.values())) > 1:
            told = ", ".join(f"{path}: {length}" for path, length in lengths.items())
            raise InvalidInput(
                f"`vary` must have lists of one length where they go together, but it has not (got {told})"
            )
        if together:
            _distinct(" and ".join(group), list(zip(*values, strict=True)))
        raw.append((tuple(group), values))
    names = short_names([path for paths, _ in raw for path in paths])
    return tuple(Axis(names[paths[0]], paths, values) for paths, values in raw)


def short_names(paths: Sequence[str]) -> dict[str, str]:
    """Last word of every path, or as many more as tell it from the others; numbers of lists never stand alone."""
    names: dict[str, str] = {}
    for path in paths:
        parts = path.split(".")
        for length in range(1, len(parts) + 1):
            words = parts[-length:]
            if words[0].lstrip("-").isdigit() and length < len(parts):
                continue
            clash = any(other != path and other.split(".")[-length:] == words for other in paths)
            if not clash or length == len(parts):
                names[path] = "_".join(map(_spoken, words))
                break
    return names


def _spoken(word: str) -> str:
    """Numbers from the end of a list in words, so that a name can be one in Python."""
    if not word.startswith("-") or not word[1:].isdigit():
        return word
    return "last" if word == "-1" else f"last_but_{int(word[1:]) - 1}"


def _values(path: str, given: Any, *, distinct: bool) -> list[Any]:
    """The values of one parameter."""
    if isinstance(given, np.ndarray):
        given = given.tolist()
    if isinstance(given, range):
        given = list(given)
    entries = [given] if _is_span(given) else given
    if not isinstance(entries, list | tuple):
        raise InvalidInput(
            f"`{path}` must be a list of values or a range with start, stop and count or step, but it is not (got {shown(given)})"
        )
    if not entries:
        raise InvalidInput(f"`{path}` must hold values, but it is empty (got {shown(given)})")
    out: list[Any] = []
    intervals: list[tuple[float, float]] = []
    for entry in entries:
        if not _is_span(entry):
            out.append(entry.item() if isinstance(entry, np.generic) else entry)
            continue
        span = entry if isinstance(entry, Span) else _span(path, entry)
        low, high = span.interval
        for other in intervals:
            if distinct and low <= other[1] and other[0] <= high:
                raise InvalidInput(
                    f"`{path}` must have ranges that do not overlap, but they do (got {low:g} to {high:g} and {other[0]:g} to {other[1]:g})"
                )
        intervals.append((low, high))
        out += span.values()
    if distinct and (len(entries) > 1 or not intervals):  # a range alone has no value twice
        _distinct(path, out)
    return out


def _is_span(entry: Any) -> bool:
    return isinstance(entry, Span) or (isinstance(entry, Mapping) and bool({"start", "stop"} & set(entry)))


def _span(path: str, entry: Mapping[str, Any]) -> Span:
    try:
        return Span.from_mapping(dict(entry))
    except InvalidInput as error:
        error.args = (str(error).replace("`", f"`{path}.", 1),)
        raise


def _distinct(path: str, values: Iterable[Any]) -> None:
    """No value twice: a point of a sweep has one place."""
    seen: set[Any] = set()
    for value in values:
        key = _key(value)
        if key in seen:
            raise InvalidInput(f"`{path}` must hold every value once, but it holds one twice (got {shown(value)})")
        seen.add(key)


def _key(value: Any) -> Any:
    """What equal values share; 1 and 1.0 are equal, 1 and true are not."""
    if isinstance(value, tuple):
        return tuple(map(_key, value))
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    try:
        return json.dumps(value, sort_keys=True, default=plain)
    except (TypeError, ValueError, RecursionError):  # dates, bytes, sets, keys of several types, lists in themselves
        raise InvalidInput(
            f"`vary` must hold numbers, texts, lists and mappings of names to them, but one value is something else (got {shown(value)})"
        ) from None
