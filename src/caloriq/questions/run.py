"""A run: one model, and the questions that are asked of it; as files and the command line have it."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Union

from pydantic import Field, create_model

from caloriq import _checks, wording
from caloriq.display import model_words
from caloriq.documents import about_file, within
from caloriq.edits import edited
from caloriq.errors import CaloriqError, InvalidInput
from caloriq.files import SCHEMA_VERSION
from caloriq.models.definition import Definition, unknown
from caloriq.models.files import kind_of, model_from, with_arrays
from caloriq.models.kinds import MODELS
from caloriq.questions.base import Question
from caloriq.questions.registry import asked_first, question_from, question_type, starters
from caloriq.results import Progress, Solution

LOG = logging.getLogger(__name__)
SWEPT = ("vary", "ensemble", "batch")  # sections of a sweep alone


@dataclass(frozen=True)
class Run:
    """A model and what is asked of it.

    Attributes
    ----------
    model : Model
        What is simulated.
    questions : tuple of Question
        What is asked; the first gives the file its figure.
    named : bool
        Whether the file names its question; otherwise it is the one of the model's kind.
    """

    model: Any
    questions: tuple[Question, ...]
    named: bool = False

    def to_mapping(self) -> dict[str, Any]:
        """As a file has it: the model, and the fields of the questions beside it, or the question under its name."""
        if self.named:
            return {"model": self.model.to_mapping(), "question": self.questions[0].to_mapping()}
        fields = {name: value for one in self.questions for name, value in one.to_mapping().items()}
        return {"model": self.model.to_mapping(), **{k: v for k, v in fields.items() if k not in ("kind", "keep")}}

    @cached_property
    def digest(self) -> str:
        """SHA-256 over models and questions: a name for what is asked."""
        parts = [self.model.digest, *(one.digest for one in self.questions)]
        return hashlib.sha256(json.dumps({"schema": SCHEMA_VERSION, "parts": parts}).encode()).hexdigest()

    @property
    def cost(self) -> tuple[float, float]:
        """Rough seconds of one core, and bytes."""
        seconds = sum(one.seconds(self.model) * one.repeats(self.model) for one in self.questions)
        return seconds, max(one.memory(self.model) for one in self.questions)

    def plan(self) -> dict[str, Any]:
        """What would run, why, what it takes, and what is known before the work; refused is what can be.

        Returns
        -------
        dict
            digest, model and question, the facts of the questions, method and reason, memory and time in words.
        """
        plans = [one.plan(self.model) for one in self.questions]
        found: dict[str, Any] = {
            "digest": self.digest,
            "model": model_words(self.model),
            "question": ", ".join(one.title for one in self.questions),
        }
        for plan in plans:
            found |= {name: value for name, value in plan.items() if name not in found}
        if "method" in found:
            found["method"] = ", ".join(dict.fromkeys(plan["method"] for plan in plans if "method" in plan))
        seconds, memory = self.cost
        found |= {"memory": wording.size(memory), "time": wording.duration(seconds)}
        return found

    def ask(self, progress: Progress | None = None) -> tuple[Solution, ...]:
        """Answers, in the order of the questions; everything that can be refused is refused before the work."""
        for one in self.questions:
            one.admit_whole(self.model)
        if LOG.isEnabledFor(logging.INFO):
            self._tell()
        return tuple(one.answered(self.model, progress) for one in self.questions)

    def _tell(self) -> None:
        LOG.info("model: %s, digest %s", model_words(self.model), self.model.digest[:12])
        for one in self.questions:
            method, reason = one.choice(self.model)
            need, time = wording.size(one.memory(self.model)), wording.duration(one.seconds(self.model))
            repeats = one.repeats(self.model)
            LOG.info("%s: %s (%s)", one.title, wording.spoken(method), reason)
            LOG.info("it takes %s, and about %s of one core%s", need, time, f" {repeats} times" if repeats > 1 else "")

    def verdict(self, answers: tuple[Solution, ...]) -> str:
        """The judgement of the last question, and the laws that an earlier answer breaks."""
        broken = filter(None, (found.broken_law for found in answers[:-1]))
        return " ".join([self.questions[-1].told(answers[-1]), *broken])

    def summary(self, answers: tuple[Solution, ...]) -> dict[str, Any]:
        """Verdict, numbers, method and certificate of a run by plain names."""
        first = answers[0]
        numbers: dict[str, Any] = {}
        for one, found in zip(self.questions, answers, strict=True):
            numbers |= one.summary(found)
        return {
            "verdict": self.verdict(answers),
            "notes": [note for found in answers for note in filter(None, (found.broken_law, *found.notes()))],
            **numbers,
            "method": first.method.name,
            "reason": first.method.reason,
            "statistics": dict(first.method.statistics),
            "certificate": first.certificate.to_mapping(),
            "digest": self.digest,
        }

    def with_times(self, changes: Mapping[str, float]) -> Run:
        """The same with its times changed.

        Raises
        ------
        InvalidInput
            If it has none.
        """
        if not changes:
            return self
        first = self.questions[0]
        if "times" not in type(first).model_fields:
            name, value = next(iter(changes.items()))
            whose = f"the question {first.kind}, which" if self.named else f"a {self.model.kind}, whose file"
            raise InvalidInput(f"`{name}` must be left out for {whose} has no times, but it is given (got {value})")
        times = {**getattr(first, "times").model_dump(exclude_unset=True), **changes}  # noqa: B009
        return Run(self.model, (first.model_copy(update={"times": times}), *self.questions[1:]), self.named)


def read_run(path: str | Path, *, edits: Sequence[str] = ()) -> Run:
    """Run from a YAML file: a model alone, a model with the fields of its question, or a model and a question by name.

    Parameters
    ----------
    path : path
        YAML file.
    edits : sequence of str
        Values that take the place of the file's, such as "model.sites=20".

    Raises
    ------
    InvalidInput
        If the file cannot be read, or a name or value in it is not valid.
    Unsupported
        If the question cannot be asked of the model.
    """
    with edited(path, edits) as mapping:
        return run_from(mapping, path, Path(path).parent)


def run_from(mapping: dict[str, Any], path: str | Path, folder: Path | None) -> Run:
    """Run from what a file, or the text that is called so, holds; paths in it are relative to `folder`, and refused without one."""
    if any(name in mapping for name in SWEPT):
        raise about_file(
            f"`model` must be a file for run, but it is one for a sweep (got {path}); use caloriq sweep run {path}",
            path,
        )
    kind = mapping.get("kind")
    own = set(MODELS[kind].model_fields) if isinstance(kind, str) and kind in MODELS else set()
    apart = "model" in mapping or "question" in mapping or (set(mapping) & section_names()) - own
    sections = dict(mapping) if apart else {"model": mapping}
    if "model" not in sections:
        loose = sorted(set(mapping) & {name for model in MODELS.values() for name in model.model_fields})
        if not loose:
            raise InvalidInput("`model` must be given, but it is missing (got nothing); add `model`")
        raise InvalidInput(
            f"`model` must hold the fields of the model, but they stand beside the sections (got {', '.join(loose)}); put them under model:"
        )
    given = sections.pop("model")
    with within("model"):
        model = model_from(given, folder)
    named = "question" in sections
    asked = sections.pop("question", None)
    fields: Any = {"kind": asked} if isinstance(asked, str) else asked if named else sections
    if not isinstance(fields, dict):
        raise InvalidInput(
            f"`question` must be a mapping of names to values, but it is not (got {_checks.shown(asked)})"
        )
    if named and sections:
        raise InvalidInput(
            f"`question` must hold what is asked, but there is more beside it (got {', '.join(map(str, sections))}); put it under question:"
        )
    with within(*(("question",) if named else ())):
        if isinstance(fields.get("initial"), dict):
            with within("initial"):
                fields = {**fields, "initial": with_arrays(fields["initial"], ("vector",), folder)}
        if named:
            questions: tuple[Question, ...] = (question_from(fields),)
        else:
            first = question_type({"kind": asked_first(kind_of(given), fields, model)})
            known = first.sections()
            for name in fields:
                if name not in known:
                    shown, there = _checks.shown(fields[name]), {*known, "model", "question"}
                    if name in type(model).model_fields:
                        there = {f"model.{name}"}
                    refused = InvalidInput(unknown(str(name), shown, sorted(there)))
                    refused.unknown = True
                    raise refused
            questions = tuple(first.from_sections(fields))
    _admitted(model, questions, named)
    return Run(model, questions, named)


def _admitted(model: Any, questions: tuple[Question, ...], named: bool) -> None:
    """Refuse what can be refused before the work; a place that an error knows is one within the question."""
    for one in questions:
        try:
            one.admit_whole(model)
        except CaloriqError as error:
            if named and error.place:
                error.place = ("question", *error.place)
            raise


def section_names() -> set[str]:
    """Names that may stand beside a model in a file."""
    return {name for kind in starters() for name in question_type({"kind": kind}).sections()}


def schemas() -> list[dict[str, Any]]:
    """JSON schemas of the files, one for every question that a file may leave unnamed."""
    found = []
    for kind, models in starters().items():
        types = tuple(MODELS[name] for name in models)
        model: Any = Annotated[Union[types], Field(discriminator="kind")] if len(types) > 1 else types[0]  # noqa: UP007
        fields: dict[str, Any] = {"model": (model, ...)}
        fields |= {name: (one.annotation, one) for name, one in question_type({"kind": kind}).sections().items()}
        found.append(create_model(kind, __base__=Definition, **fields).model_json_schema())
    return found
