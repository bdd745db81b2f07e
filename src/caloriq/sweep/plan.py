"""Plan: all points of a sweep by number, with their digests and seeds; nothing is held for each of them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

import numpy as np

from caloriq._checks import shown
from caloriq.accessor import STANDARD_ERROR
from caloriq.documents import named, placed, within
from caloriq.edits import attributed, edit
from caloriq.errors import CaloriqError, InvalidInput
from caloriq.files import SCHEMA_VERSION, plain
from caloriq.models.definition import Definition
from caloriq.models.disorder import DisorderedChain
from caloriq.models.fields import MOST
from caloriq.models.files import kind_of
from caloriq.models.kinds import MODELS
from caloriq.models.lattice.model import Lattice
from caloriq.models.paths import place_in
from caloriq.models.quantum import QuantumChain
from caloriq.questions.base import Question, Seeds
from caloriq.questions.registry import question_from, question_type
from caloriq.sweep.axes import Axis, short_names
from caloriq.sweep.definition import Ensemble, Sweep, raw
from caloriq.sweep.families import kept, spelled, ways

UNKNOWN = bytes(32)
BATCH_SECONDS = 0.05  # of work in a batch, so that handing it over costs little of it
MOST_IN_BATCH = 1024
LOOKED_AT = 200  # values of an axis that are validated before the work; all of a shorter one
RESERVED = [
    "sample",
    "check",
    "status",
    "method",
    "certificate",
    "certificate_limit",
    "worst_certificate",
    "answered",
    "samples_used",
    "reached",
]
MODEL, START = 0, 1  # seeds drawn for a sample


class Drawn(NamedTuple):
    """Whose seeds an ensemble draws."""

    model: bool
    start: bool


@dataclass(frozen=True)
class Cell:
    """One combination of the parameters: the model and the question, validated."""

    model: Any  # model and question: what is asked of what. What an ensemble draws stands at its placeholder
    question: Question
    identity: bytes  # SHA-256 of both, the ensemble's seed and the schema version
    lineage: bytes  # SHA-256 of what the samples depend on: the model without the parameters of `same_for`
    draws: Drawn  # whose seeds are drawn

    def digest(self, sample: int) -> bytes:
        """Name of the sample's point in the ledger."""
        return hashlib.sha256(self.identity + sample.to_bytes(8, "big")).digest()


class Plan:
    """Points of a sweep, numbered: point = cell × samples + sample, cells in the order of the axes, last axis fastest.

    Parameters
    ----------
    sweep : Sweep
        What is asked.
    """

    def __init__(self, sweep: Sweep) -> None:
        self.sweep = sweep
        self.shape = tuple(len(axis) for axis in sweep.axes)
        self.cells = int(np.prod(self.shape, dtype=object))
        self.ensemble: Ensemble | None = sweep.ensemble
        self.until = None if self.ensemble is None else self.ensemble.until
        self.samples = 1 if self.ensemble is None else self.ensemble.samples
        self.points = self.cells * self.samples
        certain = self.cells * (self.samples if self.until is None else 1)
        if certain > MOST:
            raise InvalidInput(
                f"`vary` and `ensemble` must make at most {MOST} points, but they make more (got {certain}); take fewer values"
            )
        self._kind = kind_of(sweep.model)
        self._questions: dict[bytes, Question] = {}
        self._cell = lru_cache(maxsize=256)(self._resolve)

    @cached_property
    def names(self) -> dict[str, str]:
        """Name of every parameter in the dataset: its last word, or its whole path where that names something else."""
        paths = [path for axis in self.sweep.axes for path in axis.paths]
        taken = set(RESERVED)
        first = self.cell(0)
        for one in first.question.outputs(first.model):
            taken |= {one.name, f"{one.name}_mean", f"{one.name}_mean_error", *one.dims}
        taken |= {
            f"{name}{end}" for name in first.question.bounded for end in ("_bound", "_mean_bound", STANDARD_ERROR)
        }
        return {
            path: path.replace(".", "_") + ("_" if path in taken else "") if name in taken else name
            for path, name in short_names(paths).items()
        }

    @cached_property
    def axes(self) -> tuple[Axis, ...]:
        """Axes with the names that they have in the dataset."""
        return tuple(replace(axis, name=self.names[axis.paths[0]]) for axis in self.sweep.axes)

    @property
    def dims(self) -> tuple[str, ...]:
        """Dimensions of the dataset that number the points."""
        return tuple(axis.name for axis in self.axes) + (() if self.ensemble is None else ("sample",))

    @property
    def lengths(self) -> tuple[int, ...]:
        """Their lengths."""
        return self.shape + (() if self.ensemble is None else (self.samples,))

    def cell(self, number: int) -> Cell:
        """A combination of parameters by its number.

        Raises
        ------
        InvalidInput
            If it is not valid.
        """
        return self._cell(number)

    def values(self, number: int) -> dict[str, Any]:
        """Values of the parameters of a cell, by path."""
        places = np.unravel_index(number, self.shape) if self.shape else ()
        return {
            path: values[int(place)]
            for axis, place in zip(self.sweep.axes, places, strict=True)
            for path, values in zip(axis.paths, axis.values, strict=True)
        }

    def _resolve(self, number: int) -> Cell:
        """A cell; what is wrong with it is told with the place of the file where it stands, in `vary` or apart from it."""
        values = self.values(number)
        edits = [(edit(text), text.partition("=")[0].strip()) for text in self.sweep._edits]
        with placed(self.sweep._file), attributed(edits):
            try:
                return self._made(values)
            except CaloriqError as error:
                error.place = _origin(error, self.sweep.vary, values)
                raise

    def _made(self, values: dict[str, Any]) -> Cell:
        model_mapping, question_mapping = self.sweep.model, self.sweep.question
        for path, value in values.items():
            section, _, rest = path.partition(".")
            if section == "question" and rest:
                question_mapping = put(self._with_default(question_mapping, rest), rest, value, path)
            else:
                model_mapping = put(spelled(model_mapping, path), path, value, path)
        question = self._question(_hash(question_mapping), question_mapping)
        fields, ensemble = MODELS[self._kind].model_fields, self.ensemble
        draws = self._draws(model_mapping, question)
        if draws.model:
            model_mapping = {**model_mapping, "seed": 0}
        if ensemble is not None and "samples" in fields:
            model_mapping = {**model_mapping, "samples": 1}
        elif "samples" in fields:
            raise InvalidInput(
                f"`ensemble` must be given for a {self._kind}, but it is missing (got nothing); add ensemble: {{samples: 100, seed: 1}}"
            )
        with within("model"):
            model = MODELS[self._kind].from_mapping({k: v for k, v in model_mapping.items() if k != "kind"})
        mapping = model.to_mapping()
        content = {"schema": SCHEMA_VERSION, "model": mapping, "question": question.to_mapping(), "draws": draws}
        if ensemble is None:
            identity = lineage = _hash(content)
            return Cell(model, question, identity, lineage, draws)
        if not (draws.model and question.seeded and is_random(model)) and not draws.start:
            raise InvalidInput(
                f"`ensemble` must have something random to draw, but nothing is (got {self._kind}, {question.kind}); leave a seed open, or leave out the ensemble"
            )
        for path in ensemble.same_for:
            mapping = without(mapping, kept(mapping, path))
        lineage = _hash({"schema": SCHEMA_VERSION, "model": mapping})
        identity = _hash({**content, "seed": ensemble.seed, "lineage": lineage.hex()})
        return Cell(model, question, identity, lineage, draws)

    def _draws(self, model: dict[str, Any], question: Question) -> Drawn:
        """What the ensemble draws: what it is told to, or what is left open."""
        if self.ensemble is None:
            return Drawn(model=False, start=False)
        seeded, given = "seed" in MODELS[self._kind].model_fields, self.ensemble.draw
        if given is None:
            return Drawn(
                seeded and model.get("seed") is None and "seed" not in self._varied, question.start_seed == "open"
            )
        if "model" in given and (not seeded or "seed" in self._varied):
            raise InvalidInput(
                f"`draw` must name what has a seed that does not vary, but the model has none (got model, of kind {self._kind})"
            )
        if "start" in given and question.start_seed == "fixed":
            raise InvalidInput(f"`draw` must name what is random, but the start is not (got start, of {question.kind})")
        return Drawn("model" in given, "start" in given)

    @cached_property
    def _varied(self) -> set[str]:
        return {path for axis in self.sweep.axes for path in axis.paths}

    @staticmethod
    def _with_default(mapping: dict[str, Any], path: str) -> dict[str, Any]:
        """The question's mapping with the default of a field of which only a part varies."""
        name, _, rest = path.partition(".")
        default = question_type(mapping).model_fields[name].default
        return mapping if not rest or name in mapping or default is None else {**mapping, name: raw(default)}

    def _question(self, key: bytes, mapping: dict[str, Any]) -> Question:
        """The question, made once for all cells that share it."""
        if key not in self._questions:
            if len(self._questions) > MOST_IN_BATCH:
                self._questions.clear()
            with within("question"):
                self._questions[key] = question_from(mapping)
        return self._questions[key]

    def seeds(self, cell: Cell, sample: int) -> Seeds | None:
        """Seeds of a sample: children of the ensemble's seed, with the digest of the model and the sample as key."""
        if self.ensemble is None:
            return None
        words = np.frombuffer(cell.lineage, dtype=">u4").tolist()
        root = np.random.SeedSequence(self.ensemble.seed, spawn_key=(*words, sample))
        state = root.generate_state(4, np.uint32).tolist()
        pair = [state[0] << 32 | state[1], state[2] << 32 | state[3]]
        return Seeds(pair[MODEL] if cell.draws.model else None, pair[START] if cell.draws.start else None)

    def split(self, point: int) -> tuple[int, int]:
        """Cell and sample of a point."""
        return divmod(point, self.samples)

    def digest(self, point: int) -> bytes:
        """Name of a point in the ledger; of one that is not valid, by what the file says of it."""
        if self.samples > 1:
            return self._digest(point)
        noted = bytes(self._noted[32 * point : 32 * point + 32])
        if noted != UNKNOWN:
            return noted
        found = self._digest(point)
        self.note(point, found)
        return found

    def note(self, point: int, digest: bytes) -> None:
        """Keep the name of a point that a worker has found, so that its model need not be made once more."""
        if self.samples == 1:
            self._noted[32 * point : 32 * point + 32] = digest

    @cached_property
    def _noted(self) -> bytearray:
        return bytearray(32 * self.cells)

    def _digest(self, point: int) -> bytes:
        number, sample = self.split(point)
        try:
            return self.cell(number).digest(sample)
        except Exception:  # whatever it is, the worker meets it too and says so
            said = {"model": self.sweep.model, "question": self.sweep.question, "values": self.values(number)}
            return hashlib.sha256(_hash(said) + sample.to_bytes(8, "big")).digest()

    def admit(self) -> None:
        """Validate every value of every axis once, beside the first and the last values of the others.

        Raises
        ------
        InvalidInput, Unsupported
            If a model or the question cannot be made of it.
        """
        for number in self.corners():
            cell = self.cell(number)
            cell.question.admit_sample(cell.model)
            if self.until is not None:  # one number of the answer
                place(cell.question.kept(cell.model), self.until.quantity)

    def corners(self) -> list[int]:
        """Numbers of the cells that `admit` looks at."""
        found: dict[int, None] = {}
        for others in (0, -1):
            base = [0 if others == 0 else length - 1 for length in self.shape]
            for k, length in enumerate(self.shape):
                for i in np.unique(np.linspace(0, length - 1, min(length, LOOKED_AT)).astype(int)).tolist():
                    indices = [*base[:k], i, *base[k + 1 :]]
                    found[int(np.ravel_multi_index(indices, self.shape))] = None
        return list(found) or [0]

    def _in_batch(self, cells: Iterable[int]) -> int:
        """Points in a batch: by the slowest of the cells, unless the sweep says it."""
        if self.sweep.batch is not None:
            return self.sweep.batch
        slowest = max(one.question.seconds(one.model) for one in map(self.cell, cells))
        return max(1, min(MOST_IN_BATCH, int(BATCH_SECONDS / max(slowest, 1e-9))))

    def batches(self) -> Iterator[range]:
        """All points, in the pieces that workers get; the same on any number of workers."""
        if self.samples == 1:
            yield from _pieces(0, self.cells, self._in_batch(self.corners()))
            return
        for cell in range(self.cells):
            yield from self.batches_of(cell, 0, self.samples)

    def batches_of(self, cell: int, first: int, last: int) -> Iterator[range]:
        """Some samples of a cell, in pieces."""
        try:
            step = self._in_batch([cell])
        except Exception:
            step = MOST_IN_BATCH
        start = cell * self.samples
        yield from _pieces(start + first, start + last, step)


def _origin(error: CaloriqError, vary: Any, values: dict[str, Any]) -> tuple[str | int, ...]:
    """Place in the sweep of what an error is about: in `vary` if it is among the parameters that vary."""
    about = [str(part) for part in (*error.place, *named(error))]
    about = about[about[:1] == ["model"] :]
    for path, value in values.items():
        if not any(_leads(way.split("."), about) for way in ways(path)):
            continue
        groups = [vary] if isinstance(vary, dict) else vary
        number, given = next((k, group[path]) for k, group in enumerate(groups) if path in group)
        within_list = [given.index(value)] if isinstance(given, list) and value in given else []
        return ("vary", number, path, *within_list)
    return error.place


def _leads(words: list[str], about: list[str]) -> bool:
    """Whether a path by its words leads to the place that an error is about, with nothing between its first word and the model."""
    following = iter(about[1:])
    return about[:1] == words[:1] and all(any(_same(word, one) for one in following) for word in words[1:])


def _same(word: str, part: str) -> bool:
    """Whether a word of a path may be the part of a place, where indices count from the start."""
    return word == part or (word.startswith("-") and part.isdigit())


def _pieces(start: int, stop: int, step: int) -> Iterator[range]:
    for first in range(start, stop, step):
        yield range(first, min(stop, first + step))


def is_random(model: Any) -> bool:
    """Whether models of other seeds are others."""
    if isinstance(model, DisorderedChain):
        return any(one.width > 0 for one in model.disorder)
    if isinstance(model, QuantumChain):
        return bool(np.any(np.asarray(model.disorder) != 0))
    if isinstance(model, Lattice):
        return model.random
    return getattr(model, "interaction", "given") != "given" or getattr(model, "band", "uniform") == "random"


def _hash(content: Any) -> bytes:
    return hashlib.sha256(json.dumps(content, sort_keys=True, default=_exact).encode()).digest()


def _exact(value: Any) -> Any:
    """Arrays by their bytes: text of a long one leaves most of it out."""
    if isinstance(value, np.ndarray) and value.dtype != object:
        digest = hashlib.sha256(np.ascontiguousarray(value).tobytes()).hexdigest()
        return {"shape": list(value.shape), "dtype": value.dtype.str, "sha256": digest}
    if isinstance(value, Definition):
        return value.to_mapping()
    try:
        return plain(value)
    except TypeError:
        return repr(value)


def place(outputs: Sequence[Any], name: str) -> tuple[int, Any]:
    """Where one number lies in the values of an answer, and its output; `populations.0` is the first of several.

    Raises
    ------
    InvalidInput
        If there is no such number.
    """
    word, _, index = name.partition(".")
    offset = 0
    for one in outputs:
        if one.name == word:
            if not one.shape and not index:
                return offset, one
            number = place_in(range(one.size), index)
            if one.shape and number is not None and index[0] != "-":
                return offset + number, one
            raise InvalidInput(
                f"`until.quantity` must be one number, but it is not (got {name}, which holds {one.size}); take {word}{'.0' if one.shape else ''}"
            )
        offset += one.size
    raise InvalidInput(
        f"`until.quantity` must be a quantity that is kept, but it is not (got {shown(name)}); known are {', '.join(one.name for one in outputs)}"
    )


def put(tree: Any, path: str, value: Any, full: str) -> Any:
    """The mapping with another value at a path; only what lies on the path is copied.

    Raises
    ------
    InvalidInput
        If the path leads through something that is no mapping and no list.
    """
    head, _, rest = path.partition(".")
    if isinstance(tree, dict):
        below = tree.get(head, {}) if rest else None
        return {**tree, head: put(below, rest, value, full) if rest else value}
    if isinstance(tree, list | tuple) and (number := place_in(tree, head)) is not None:
        entries = list(tree)
        entries[number] = put(entries[number], rest, value, full) if rest else value
        return entries
    raise InvalidInput(
        f"`vary` must name places that the model has, but {full} leads nowhere at {head} (got {shown(tree)})"
    )


def without(tree: Any, path: str) -> Any:
    """The mapping without what lies at a path."""
    head, _, rest = path.partition(".")
    if isinstance(tree, dict) and head in tree:
        if not rest:
            return {key: value for key, value in tree.items() if key != head}
        return {**tree, head: without(tree[head], rest)}
    if isinstance(tree, list) and (number := place_in(tree, head)) is not None:
        entries: list[Any] = list(tree)
        entries[number] = without(entries[number], rest) if rest else None
        return entries
    return tree
