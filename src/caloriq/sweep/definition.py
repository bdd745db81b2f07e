"""Sweep: one model, the parameters that vary, the question asked at every point."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import numpy as np
from pydantic import BeforeValidator, Field, PlainSerializer, PrivateAttr, WithJsonSchema, model_validator

from caloriq import wording
from caloriq._checks import shown
from caloriq.documents import within
from caloriq.edits import edited, idle, parameters_meant
from caloriq.errors import InvalidInput
from caloriq.models.definition import Definition
from caloriq.models.fields import Count, Positive, Seed, Several
from caloriq.models.files import kind_of, named_arrays, with_arrays
from caloriq.models.kinds import MODELS
from caloriq.models.paths import place_in
from caloriq.sweep.axes import Axis, Span, axes
from caloriq.sweep.families import check_family


def raw(value: Any) -> Any:
    """Definitions as the mappings that stand for them; arrays stay arrays."""
    if isinstance(value, Definition):
        fields = {name: raw(getattr(value, name)) for name in value.model_fields_set}
        kind = getattr(value, "kind", None)
        return fields if kind is None else {"kind": kind, **fields}
    if isinstance(value, Mapping):
        return {key: raw(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [raw(one) for one in value]
    return value


def _section(value: Any) -> Any:
    """A mapping; a bare word stands for the mapping that holds it as its `kind`."""
    try:
        value = {"kind": value} if isinstance(value, str) else raw(value)
    except RecursionError:
        raise InvalidInput(
            "`model` and `question` must be finite, but one holds itself or is nested too deeply (got a mapping)"
        ) from None
    if not isinstance(value, dict):
        raise InvalidInput(
            f"`model` and `question` must be mappings of names to values, but one is not (got {shown(value)})"
        )
    return value


def _vary(value: Any) -> Any:
    if not isinstance(value, Mapping | list | tuple):
        raise InvalidInput(
            f"`vary` must be a mapping of parameters to values, or a list of such mappings, but it is not (got {shown(value)})"
        )
    try:
        return raw(value)
    except RecursionError:
        raise InvalidInput(
            "`vary` must hold numbers, texts, lists and mappings of names to them, but one holds itself or is nested too deeply (got a list)"
        ) from None


def _listed(value: Any) -> Any:
    """Arrays as lists and ranges as mappings, for files."""
    if isinstance(value, np.ndarray | np.generic):
        return [value.real.tolist(), value.imag.tolist()] if np.iscomplexobj(value) else value.tolist()
    if isinstance(value, Definition):
        return value.to_mapping()
    if isinstance(value, Mapping):
        return {key: _listed(one) for key, one in value.items()}
    if isinstance(value, list | tuple | range):
        return [_listed(one) for one in value]
    return value


_PLAIN = PlainSerializer(_listed, when_used="json")
_OBJECT = WithJsonSchema({"type": "object"})
_GROUPS = WithJsonSchema({"anyOf": [{"type": "object"}, {"type": "array", "items": {"type": "object"}}]})
Section = Annotated[Any, BeforeValidator(_section), _PLAIN, _OBJECT]


class Until(Definition):
    """When an ensemble is large enough.

    Parameters
    ----------
    quantity : str
        One number of the answer, such as `current`; a fraction where it is true or false. `deviation.0` is the first
        of several.
    error, relative : float
        Exactly one of them: bound on the standard error of the mean, or on its ratio to the mean.
    least : int
        Samples below which nothing is estimated.
    """

    quantity: str
    error: Positive | None = None
    relative: Positive | None = None
    least: Several = 100

    @model_validator(mode="after")
    def _bounded(self) -> Self:
        if (self.error is None) == (self.relative is None):
            raise InvalidInput(
                f"`error` must be given, or `relative`, but not both (got error={self.error}, relative={self.relative})"
            )
        return self


class Ensemble(Definition):
    """Samples of what is random in the model, and in the start of the question.

    Parameters
    ----------
    samples : int
        Their number at every point; with `until` the most that are drawn.
    seed : int
        Seed of the ensemble. The seeds that the model and the start of the question leave open follow from it, from the
        sample's number and from the model, so that no number depends on other points, on their order or on where they
        are computed.
    draw : sequence of {"model", "start"}, optional
        Whose seeds are drawn; by default those that are left open. A seed that is given, and not named here, is the same in
        all samples.
    same_for : sequence of str
        Parameters of the model for all values of which the samples are the same, so that they can be compared one by one.
    until : Until, optional
        Stop at a bound on the standard error.
    """

    samples: Count
    seed: Seed = 0
    draw: tuple[Literal["model", "start"], ...] | None = None
    same_for: tuple[str, ...] = ()
    until: Until | None = None

    @model_validator(mode="after")
    def _enough(self) -> Self:
        if self.until is not None and self.until.least > self.samples:
            raise InvalidInput(
                f"`until.least` must be at most `samples`, but it is larger (got {self.until.least} of {self.samples})"
            )
        return self


class Sweep(Definition):
    """What is asked of which models: a plan's content, apart from where it runs.

    Parameters
    ----------
    model : Model or mapping
        The fields that all points share.
    question : Question, mapping or str
        What is asked at every point; see `caloriq.questions`.
    vary : mapping or sequence of mapping
        Parameters and their values: lists, or ranges with `start`, `stop` and `count` or `step`. A mapping crosses its
        parameters; a list crosses its entries, and the parameters of one entry go together. A name is a field of the
        model, nested ones with dots (`baths.0.temperature`, `family.anisotropy`), or `question.` and a field of the question.
    ensemble : Ensemble, optional
        Samples at every point.
    batch : int, optional
        Points that a worker gets at once; by default as many as take about a twentieth of a second. No number depends on it.

    Raises
    ------
    InvalidInput
        If a name, value or range is not valid.
    """

    model: Section
    question: Section
    vary: Annotated[Any, BeforeValidator(_vary), _PLAIN, _GROUPS] = Field(default_factory=dict)
    ensemble: Ensemble | None = None
    batch: Count | None = None

    # that it was read from, and what was changed in it, for errors that show when its points are made
    _file: Path | None = PrivateAttr(None)
    _edits: tuple[str, ...] = PrivateAttr(())

    @model_validator(mode="before")
    @classmethod
    def _owned(cls, data: Any) -> Any:
        """An ensemble has the samples, and a chain that is an ensemble leaves its seed to it too."""
        if isinstance(data, dict) and isinstance(data.get("model"), Definition) and data.get("ensemble") is not None:
            model = raw(data["model"])
            if model.pop("samples", None) is not None:
                model.pop("seed", None)
            return {**data, "model": model}
        return data

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        with within("model"):
            kind = MODELS[kind_of(self.model)]
        known = [*kind.model_fields, *getattr(kind, "read", ())]
        for axis in self.axes:
            for path in axis.paths:
                self._known(path, known)
        given = {path for axis in self.axes for path in axis.paths}
        self._apart(sorted(given))
        check_family(self.model, sorted(given))
        if self.ensemble is not None:
            for name in self.ensemble.same_for:
                if name not in given:
                    raise InvalidInput(
                        f"`same_for` must name parameters that vary, but one does not (got {name}); known are {', '.join(sorted(given)) or 'none'}"
                    )
            if self.model.get("samples") is not None or "samples" in given:
                raise InvalidInput(
                    "`model.samples` must be left out where an ensemble has them, but they are given (got samples); put them under ensemble:"
                )
        return self

    def _apart(self, paths: Sequence[str]) -> None:
        """Refuse two parameters that are one place, or one within the other: the second would undo the first."""
        tree = {**self.model, "question": self.question}
        seen: dict[tuple[str | int, ...], str] = {}
        for place, path in sorted(((_steps(tree, path), path) for path in paths), key=lambda one: len(one[0])):
            seen.setdefault(place, path)
            inside = next(
                (seen[place[:k]] for k in range(1, len(place) + 1) if seen.get(place[:k], path) != path), None
            )
            if inside is not None:
                raise InvalidInput(
                    f"`vary` must name every parameter once, but one holds the other (got {inside} and {path})"
                )

    def _known(self, path: str, known: Any) -> None:
        """Refuse a parameter that the model, or the question, lacks."""
        first, _, rest = path.partition(".")
        if path == "kind":
            raise InvalidInput(
                "`vary` must leave the kind of model as it is, but it names it (got kind); write one file for each"
            )
        if first == "question" and rest:
            from caloriq.questions.registry import question_type

            fields, name, owner = question_type(self.question).model_fields, rest.partition(".")[0], "the question"
        else:
            fields, name, owner = known, first, f"a {self.model.get('kind', 'modular-chain')}"
        if name not in fields:
            with within("vary", path):
                raise InvalidInput(
                    f"`vary` must name parameters of {owner}, but it does not (got {path}); {wording.remedy(name, fields, quote='`')}"
                )
        if owner != "the question" and name == "parameters" and rest and idle({**self.model, "vary": self.vary}, rest):
            with within("vary", path):
                raise InvalidInput(
                    f"`vary` must name a parameter that a term of the model names, but it does not (got {path}); {parameters_meant(self.model, rest)}"
                )

    @cached_property
    def axes(self) -> tuple[Axis, ...]:
        """One for every dimension but the samples."""
        with within("vary"):
            return axes(self.vary)


def _steps(tree: Any, path: str) -> tuple[str | int, ...]:
    """Words of a path, with the places of lists counted from their start."""
    found: list[str | int] = []
    for word in path.split("."):
        if not word:
            raise InvalidInput(f"`vary` must have a name between all dots, but it has not (got {path})")
        place = place_in(tree, word) if isinstance(tree, list | tuple) else None
        if place is not None:
            found.append(place)
            tree = tree[place]
        else:
            found.append(word)
            tree = tree.get(word) if isinstance(tree, Mapping) else None
    return tuple(found)


def read_sweep(path: str | Path, *, edits: Sequence[str] = ()) -> Sweep:
    """Sweep from a YAML file; arrays of the model may be .npy files beside it.

    Parameters
    ----------
    path : path
        YAML file.
    edits : sequence of str
        Values that take the place of the file's, such as "ensemble.samples=50".

    Raises
    ------
    InvalidInput
        If the file cannot be read, or a name or value in it is not valid.
    """
    with edited(path, edits, "sweep") as mapping:
        sweep = sweep_from(mapping, Path(path).parent)
    sweep._file, sweep._edits = Path(path), tuple(edits)
    return sweep


def sweep_from(mapping: dict[str, Any], folder: Path | None) -> Sweep:
    """Sweep from what a file holds; arrays that it names are relative to `folder`, and refused without one."""
    made = dict(mapping)
    if isinstance(made.get("model"), dict):
        with within("model"):
            made["model"] = named_arrays(made["model"], folder)
    if isinstance(made.get("question"), dict) and isinstance(made["question"].get("initial"), dict):
        with within("question", "initial"):
            made["question"] = {
                **made["question"],
                "initial": with_arrays(made["question"]["initial"], ("vector",), folder),
            }
    return Sweep.from_mapping(made)


__all__ = ["Ensemble", "Span", "Sweep", "Until", "read_sweep", "sweep_from"]
