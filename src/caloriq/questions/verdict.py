"""Does heat obey Fourier's law in this model? By all routes that apply, within a budget."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Literal

from caloriq.documents import within
from caloriq.edits import check_names, edited
from caloriq.errors import InvalidInput
from caloriq.models.fields import Number, Positive
from caloriq.models.files import model_from
from caloriq.models.kinds import MODELS
from caloriq.questions.base import Question
from caloriq.results import Progress
from caloriq.variables import Variable
from caloriq.verdicts.routes.asked import asked, check_budget
from caloriq.verdicts.routes.case import ENERGY, JUDGED, Case
from caloriq.verdicts.routes.engine import Watcher
from caloriq.verdicts.routes.result import Verdict
from caloriq.verdicts.routes.solve import MINUTES, examine, room
from caloriq.verdicts.routes.stage import Stage

QUICK = 0.75  # minutes
GIGA = 1e9
TAKEN = ("of", "temperature")  # fields of another question that are taken over
SECTIONS = ("vary", "ensemble")  # of a sweep, whose first point is judged


class VerdictQuestion(Question):
    """Whether Fourier's law holds, how that is known, and what would decide; see `verdict`.

    Parameters
    ----------
    of : str
        Density whose current is judged: "energy", or a number that is conserved.
    temperature : float, optional
        In energy; without it every state counts alike.
    means : mapping of str to float
        Of conserved numbers per cell, where they are not those of every state alike.
    budget : float
        Minutes.
    memory_limit : float, optional
        Gigabytes; by default four fifths of what is free.
    routes : sequence of str, optional
        Those that are looked along; by default all.
    keep : sequence of str, optional
        Which quantities are kept; by default all.
    """

    kind: Literal["verdict"] = "verdict"
    of: str = ENERGY
    temperature: Positive | None = None
    means: dict[str, Number] = {}  # noqa: RUF012 - pydantic copies it
    budget: Positive = MINUTES
    memory_limit: Positive | None = None
    routes: tuple[str, ...] | None = None

    models: ClassVar[tuple[type, ...]] = JUDGED
    title: ClassVar[str] = "does heat obey Fourier's law"

    def case(self, model: Any) -> Case:
        """What is asked of the model."""
        return Case(model, self.of, math.inf if self.temperature is None else self.temperature, self.means)

    def admit(self, model: Any) -> None:
        """Refuse a density that the model lacks, a single sample, and a budget in which nothing can be looked at."""
        super().admit(model)
        check_budget(self.case(model), 60 * self.budget, self._room, self.routes)

    def plan(self, model: Any) -> dict[str, Any]:
        """Routes that apply, with what each would look at first."""
        self.admit_whole(model)
        case = self.case(model)
        begun = [stage for route in asked(self.routes) if isinstance(stage := route.first(case), Stage)]
        return {"routes": "; ".join(f"{one.route} ({one.what})" for one in begun) or "none applies"}

    def answered(self, model: Any, progress: Progress | None = None) -> Verdict:
        """The verb."""
        return self.examined(model, progress)

    def examined(
        self, model: Any, progress: Progress | None = None, *, watch: Watcher | None = None, **how: Any
    ) -> Verdict:
        """The verb, told how to tell, and where its ledger is; `watch` hears of every stage that runs."""
        case = self.case(model)

        def looked(shares: Mapping[str, float], left: float) -> None:
            if progress is not None:
                progress(60 * self.budget - max(left, 0.0), 60 * self.budget)
            if watch is not None:
                watch(shares, left)

        return examine(
            model,
            of=case.of,
            temperature=case.temperature,
            means=case.means,
            budget=self.budget,
            memory=self._room,
            routes=self.routes,
            watch=looked,
            **how,
        )

    def outputs(self, model: Any) -> tuple[Variable, ...]:  # noqa: ARG002 - of any model the same
        """Whether the law holds, and D."""
        names = ("holds", "diffusivity", "diffusivity_low", "diffusivity_high")
        return tuple(Verdict.variable(name) for name in names)

    def seconds(self, model: Any) -> float:  # noqa: ARG002 - it takes what it is given
        """The budget."""
        return 60 * self.budget

    def memory(self, model: Any) -> float:  # noqa: ARG002 - it takes what it is given
        """What it may take."""
        return min(self._room, 1e9)

    def repeats(self, model: Any) -> int:  # noqa: ARG002 - an ensemble is one case
        """One."""
        return 1

    @property
    def _room(self) -> float:
        return room(None if self.memory_limit is None else GIGA * self.memory_limit)


def read_verdict(
    path: str | Path, model: Any = None, *, edits: Sequence[str] = (), **changes: Any
) -> tuple[Any, VerdictQuestion]:
    """Model of any file for `run`, and the question of a verdict on it.

    Parameters
    ----------
    path : path
        A model alone, or a file with the section `model`. What the file asks is left aside, but for its density and temperature,
        and for a question of this kind, which is taken as it stands.
    model : Model, optional
        In place of the file's, as of the first point of a sweep.
    edits : sequence of str
        Values that take the place of the file's, such as "model.sites=20".
    **changes
        Fields of the question that take the place of the file's.

    Raises
    ------
    InvalidInput
        If the file cannot be read, or a name or value in it is not valid.
    """
    with edited(path, edits) as mapping:
        kind = mapping.get("kind")
        alone = "model" not in mapping and isinstance(kind, str) and kind in MODELS
        own = set(MODELS[kind].model_fields) if alone else set()  # type: ignore[index]
        given = {name: value for name, value in mapping.items() if name in own} if alone else mapping.get("model")
        if given is None:
            raise InvalidInput("`model` must be given, but it is missing (got nothing); add `model`")
        if model is None:
            with within("model"):
                model = model_from(given, Path(path).parent)
        asked = mapping.get("question")
        _check_names(edits, mapping, own, type(model))
        fields = dict(asked) if isinstance(asked, dict) else {"kind": asked} if asked else dict(mapping)
        with within(*(("question",) if isinstance(asked, dict) else ())):
            if fields.get("kind") != "verdict":
                fields = {name: fields[name] for name in TAKEN if name in fields}
                fields = {name: value for name, value in fields.items() if _told(model, name, value)}
            question = VerdictQuestion.from_mapping({"kind": "verdict", **fields, **changes})
            try:
                question.admit_whole(model)
            except InvalidInput as error:
                if isinstance(asked, dict) and error.place:
                    error.place = ("question", *error.place)
                raise
    return model, question


def _check_names(edits: Sequence[str], mapping: Mapping[str, Any], own: set[str], model: type) -> None:
    """Refuse an edit of what a verdict leaves aside."""
    asked = mapping.get("question")
    ours = asked == "verdict" or (isinstance(asked, dict) and asked.get("kind") == "verdict")
    sections = {name for name in SECTIONS if name in mapping} | ({"question"} if ours else set())
    inside = {} if own else {name: f"did you mean `model.{name}`?" for name in getattr(model, "model_fields", ())}
    options = {name: f"give --{name.replace('_limit', '')}" for name in VerdictQuestion.model_fields if not ours}
    check_names(edits, ["model", *TAKEN, *sorted(sections | own)], options | inside)


def _told(model: Any, name: str, value: Any) -> bool:
    """Whether a field of another question is one of a verdict too."""
    if name == "temperature":
        return isinstance(value, int | float)
    try:
        Case(model, value)
    except InvalidInput:
        return False
    return True
