"""What "auto" would take, before the work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from caloriq import _checks, wording
from caloriq.errors import InvalidInput
from caloriq.questions.base import Question
from caloriq.questions.registry import OWN, asked_of, question_from, question_type


@dataclass(frozen=True)
class Choice:
    """How a question would be answered for a model.

    Attributes
    ----------
    method : object or str
        The method with its parameters; in words where there is none to choose, or where parts of the model have their own.
    reason : str
        Why: what keeps the cheaper ones from applying, or who chose.
    memory : float
        Bytes that it takes.
    seconds : float
        Rough time on one core, good to a factor of a few.
    """

    method: Any
    reason: str
    memory: float
    seconds: float

    def __str__(self) -> str:
        return f"{wording.spoken(self.method)} ({self.reason}), {wording.size(self.memory)}, {wording.duration(self.seconds)}"


def choose(question: str | Question, model: Any, **fields: Any) -> Choice:
    """What would run if a question were asked of a model, why, and at what cost; nothing is solved.

    Parameters
    ----------
    question : str or Question
        Its kind, such as "steady-state" or "evolve", or a question made before.
    model : Model
        Of what it is asked.
    **fields
        Fields of the question, such as `initial` or `times`; by their names as in a file.

    Returns
    -------
    Choice
        Method, reason, memory and time.

    Raises
    ------
    InvalidInput, Unsupported
        If the question or a field is not known, or it cannot be asked of the model.
    """
    if "kind" in fields or (fields and isinstance(question, Question)):
        raise InvalidInput(
            f"`question` must be a kind with its other fields, or a question alone, but it is not (got {_checks.shown(question)} and {', '.join(fields)})"
        )
    if isinstance(question, str):
        question = OWN.get(getattr(model, "kind", ""), {}).get(question, question)
    kind = type(question) if isinstance(question, Question) else question_type({"kind": question})
    if not isinstance(model, kind.models) and (others := asked_of(model)):
        name = getattr(question, "kind", question)
        raise InvalidInput(
            f"`question` must be one that the model can be asked, but it is not (got {name} of a {type(model).__name__}); it can be asked {', '.join(others)}"
        )
    asked = question if isinstance(question, Question) else question_from({"kind": question, **fields})
    asked.admit(model)
    method, reason = asked.choice(model)
    return Choice(method, reason, asked.memory(model), asked.repeats(model) * asked.seconds(model))
