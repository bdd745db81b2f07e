"""What a question is: a verb with its parameters, asked of one model, or at every point of a sweep."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any, ClassVar, Literal, NamedTuple

import numpy as np
from pydantic import AfterValidator

from caloriq._checks import Real, shown
from caloriq.accessor import STANDARD_ERROR
from caloriq.errors import InvalidInput
from caloriq.models.definition import Definition
from caloriq.results import Certificate, Progress, Solution
from caloriq.variables import Variable
from caloriq.verdicts.judges import judge_of, verdict

BOUND = "_bound"  # ends the name of a column that holds the bounds of another
WORDS = {BOUND: "bound on the error", STANDARD_ERROR: "standard error"}


class Answer(NamedTuple):
    """Numbers of one point and their proof."""

    outputs: tuple[Variable, ...]  # what the numbers are
    values: Real  # all of them, flat, one output after the other
    certificate: Certificate  # the measured proofs
    method: str  # what ran


class Failure(NamedTuple):
    """Why a point has no answer."""

    sentence: str


class Seeds(NamedTuple):
    """Seeds of one sample: of what is random in the model, and of the start; None where the file gives them."""

    model: int | None
    start: int | None


# in the order of the alphabet: what is kept has no order
Names = Annotated[tuple[str, ...], AfterValidator(lambda names: tuple(sorted(names)))]


def beside_bounds(
    variables: Sequence[Variable],
    sizes: Mapping[str, int],
    names: frozenset[str] | None = None,
    *,
    ending: str = BOUND,
) -> tuple[Variable, ...]:
    """Variables with the lengths of their dimensions, each that has a bound in the result's `bounds` with it beside.

    Parameters
    ----------
    variables : sequence of Variable
        Of a result.
    sizes : mapping of str to int
        Length of every dimension.
    names : frozenset of str, optional
        Of those that have a bound; by default all.
    ending : str
        Of the names beside: of bounds, or of standard errors.
    """
    found = []
    for one in variables:
        sized = one.sized(*(sizes[dim] for dim in one.dims))
        found.append(sized)
        if names is None or one.name in names:
            bound = replace(sized, name=f"{one.name}{ending}", long_name=f"{WORDS[ending]} of {one.name}", carries="")
            found.append(replace(bound, source=_beside(one.name, ending)))
    return tuple(found)


def _beside(name: str, ending: str) -> Callable[[Any], Any]:
    return lambda result: (result.bounds if ending == BOUND else result.standard_errors)[name]


class Question(Definition):
    """Base of the questions. A subclass names its `kind`, the models it is asked of, and answers one point.

    Attributes
    ----------
    models : tuple of type
        Models that it can be asked of.
    seeded : bool
        Whether the answer depends on what is random in the model.
    title : str
        What is asked, in words.
    bounded : frozenset of str
        Outputs whose values come with bounds, by their name and `_bound`.
    first_of : tuple of str
        Kinds of model of which it is asked where a file names no question.
    """

    kind: str
    keep: Names | None = None

    models: ClassVar[tuple[type, ...]] = ()
    title: ClassVar[str] = ""
    seeded: ClassVar[bool] = True
    bounded: ClassVar[frozenset[str]] = frozenset()
    first_of: ClassVar[tuple[str, ...]] = ()

    @classmethod
    def from_sections(cls, sections: Mapping[str, Any]) -> tuple[Question, ...]:
        """Questions that the sections of a file ask beside its model; most often one."""
        return (cls.from_mapping(dict(sections)),)

    @classmethod
    def sections(cls) -> dict[str, Any]:
        """Fields that may stand beside the model in a file, by their names."""
        return {name: field for name, field in cls.model_fields.items() if name not in ("kind", "keep")}

    @classmethod
    def suits(cls, model: Any) -> bool:  # noqa: ARG003 - of a kind of which several questions may be the first
        """Whether it is the one to ask of a model where a file names none."""
        return True

    # -- asked of one model

    def ask(self, model: Any, progress: Progress | None = None) -> Solution:
        """The whole answer for one model.

        Parameters
        ----------
        model : object
            One of `models`.
        progress : callable, optional
            Called with (done, total) as the work goes on.

        Returns
        -------
        Solution
            What `run` stores, draws and prints.

        Raises
        ------
        InvalidInput
            If the model cannot be asked; before the work.
        """
        self.admit_whole(model)
        return self.answered(model, progress)

    def answered(self, model: Any, progress: Progress | None = None) -> Solution:
        """The whole answer for a model that is admitted; what a subclass gives, and `ask` calls."""
        raise NotImplementedError

    def admit_whole(self, model: Any) -> None:
        """As `admit`, where the whole answer is asked for, not a point of a sweep; nothing of it is left out."""
        if self.keep is not None:
            raise InvalidInput(
                f"`keep` must be left out for one model, whose whole answer is given, but it is given (got {', '.join(self.keep)}); use a sweep"
            )
        self.admit(model)

    @property
    def chosen(self) -> Any:
        """The method as a verb takes it: the object, or "auto"."""
        method = getattr(self, "method")  # noqa: B009 - of those that have one
        return "auto" if method.kind == "auto" else method

    def told(self, found: Any) -> str:
        """The judgement on an answer, or what there is to say of it, in one sentence."""
        if judge_of(found) is not None:
            sentence: str = verdict(found).sentence
            return sentence
        return str(found.facts().get("verdict") or f"{self.title[0].upper()}{self.title[1:]}: done.")

    def summary(self, found: Any) -> dict[str, Any]:
        """Numbers of an answer that stand in the summary of a run, by plain names: those that are printed first."""
        return {one.name: one.of(found) for one in found.told_first()}

    def choice(self, model: Any) -> tuple[Any, str]:  # noqa: ARG002
        """The method that would run, and why."""
        return self.title, "the only one"

    def plan(self, model: Any) -> dict[str, Any]:
        """What would run: `method`, `reason`, and what else is known before the work, by plain names."""
        self.admit_whole(model)
        method, reason = self.choice(model)
        if method == self.title:
            return {}  # nothing to choose
        return {"method": method if isinstance(method, str) else repr(method), "reason": reason}

    # -- asked at the points of a sweep

    def admit(self, model: Any) -> None:
        """Refuse a model that the question cannot be asked of, before the work.

        Raises
        ------
        InvalidInput
            If it cannot, or if `keep` names what the answer does not have.
        """
        if not isinstance(model, self.models):
            known = ", ".join(one.__name__ for one in self.models)
            raise InvalidInput(
                f"`question` must fit the model, but {self.kind} is not asked of it (got {getattr(model, 'kind', type(model).__name__)}); it is asked of {known}"
            )
        names = [one.name for one in self.outputs(model)]
        for name in self.keep or ():
            if name not in names:
                raise InvalidInput(
                    f"`keep` must name quantities of the answer, but it does not (got {shown(name)}); known are {', '.join(names)}"
                )
        if (self.keep is not None and len(set(self.keep)) != len(self.keep)) or self.keep == ():
            raise InvalidInput(
                f"`keep` must name quantities, each once, but it does not (got {shown(list(self.keep))})"
            )

    def outputs(self, model: Any) -> tuple[Variable, ...]:
        """All that an answer for this model holds."""
        raise NotImplementedError

    def point(self, model: Any) -> Any:
        """The solution that holds the numbers of one point; a subclass leaves out of the whole answer what they do not need."""
        return self.answered(model)

    def solve(self, model: Any) -> tuple[Mapping[str, Any], Certificate, str]:
        """Values by the names of the outputs that are kept and of their bounds, certificate, and the name of the method.

        By default the numbers of `point`, each from the `source` of its output; None stands for what it does not have.
        """
        found = self.point(model)
        values = {one.name: one.of(found) for one in self.kept(model)}
        bounded = (one for one in self.kept(model) if one.name in self.bounded)
        values |= {f"{one.name}{self.beside}": self.beside_of(found).get(one.attribute) for one in bounded}
        return values, found.certificate, found.method.name

    @property
    def beside(self) -> str:
        """What ends the name of a column that holds the errors of another one: of bounds, or of standard errors."""
        return BOUND

    def beside_of(self, found: Any) -> Mapping[str, Any]:
        """Bounds of a result, or its standard errors, whichever the question gives."""
        kept: Mapping[str, Any] = found.bounds if self.beside == BOUND else found.standard_errors
        return kept

    def seconds(self, model: Any) -> float:
        """Rough time that one point takes on one core."""
        raise NotImplementedError

    def memory(self, model: Any) -> float:
        """Bytes that one point takes."""
        raise NotImplementedError

    def repeats(self, model: Any) -> int:
        """Samples of which an answer for one model is made: of the model's disorder, or of the start."""
        start = getattr(self, "initial", None)
        return int(getattr(model, "samples", None) or getattr(start, "samples", None) or 1)

    @property
    def start_seed(self) -> Literal["fixed", "given", "open"]:
        """Whether the start is random: not at all, with a seed that is given, or with one that is left open."""
        start: Any = getattr(self, "initial", None)
        if "seed" not in getattr(type(start), "model_fields", ()) or getattr(start, "draw", None) == "mixed":
            return "fixed"
        return "given" if "seed" in start.model_fields_set else "open"

    def with_start(self, seed: int) -> Question:
        """The question with the seed of its start."""
        return self.model_copy(update={"initial": getattr(self, "initial").model_copy(update={"seed": seed})})  # noqa: B009

    def answers(self, model: Any, seeds: Sequence[Seeds | None]) -> list[Answer | Failure]:
        """Answers for the samples of one model, one after the other; a batch where a subclass has one.

        An answer is the same to the last bit whatever else is in the batch.
        """
        found: list[Answer | Failure] = []
        for one in seeds:
            try:
                drawn, question = model, self
                if one is not None:
                    drawn = model if one.model is None else model.model_copy(update={"seed": one.model})
                    question = self if one.start is None else self.with_start(one.start)
                found.append(question.answer(drawn))
            except Exception as error:
                found.append(Failure(f"{type(error).__name__}: {error}"))
        return found

    def admit_sample(self, model: Any) -> None:
        """As `admit`, for a point of a sweep, which is one sample; those of a start are an ensemble's."""
        samples = getattr(getattr(self, "initial", None), "samples", None)
        if samples is not None:
            raise InvalidInput(
                f"`initial.samples` must be left out in a sweep, but it is given (got {samples}); use ensemble:"
            )
        self.admit(model)

    def answer(self, model: Any) -> Answer:
        """The answer for one model."""
        self.admit_sample(model)
        values, certificate, method = self.solve(model)
        return self.packed(model, values, certificate, method)

    def packed(self, model: Any, values: Mapping[str, Any], certificate: Certificate, method: str) -> Answer:
        """What is kept of the values, flat; NaN for None."""
        columns, flat = self.columns(model), []
        for one in columns:
            value = values[one.name]
            numbers = np.full(one.shape, np.nan) if value is None else np.asarray(value, dtype=float)
            flat.append(numbers.reshape(one.shape).ravel())
        return Answer(columns, np.concatenate(flat), certificate, method)

    def kept(self, model: Any) -> tuple[Variable, ...]:
        """The outputs that are kept."""
        outputs = self.outputs(model)
        return outputs if self.keep is None else tuple(one for one in outputs if one.name in self.keep)

    def columns(self, model: Any) -> tuple[Variable, ...]:
        """The outputs that are kept, each with its bounds beside it where it has them; plain, as they go between processes."""
        found: list[Variable] = []
        for one in self.kept(model):
            found.append(replace(one, source=None))
            if one.name in self.bounded:
                told = f"{WORDS[self.beside]} of {one.name}"
                found.append(Variable(f"{one.name}{self.beside}", one.dims, one.shape, one.units, told))
        return tuple(found)
