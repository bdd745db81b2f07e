"""What a card asks: the text of a file for `caloriq run`, read, checked, and answered where that is short."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from caloriq.documents import placed, read_mapping
from caloriq.errors import CaloriqError
from caloriq.linalg.threads import serial
from caloriq.results import Solution

if TYPE_CHECKING:
    import xarray as xr

    from caloriq.questions.run import Run
    from caloriq.sweep.plan import Plan

PAGE = "the page"  # what errors call the text
SHORT = 0.4  # s; what is expected to take longer is no answer to a slider
SMALL = 4e8  # bytes


@dataclass(frozen=True)
class Answered:
    """Answers to what a card asks.

    Attributes
    ----------
    run : Run
        Model and questions.
    answers : tuple of Solution
        In their order.
    datasets : tuple of Dataset
        Of the answers.
    sentence : str
        The judgement.
    seconds : float
        That it took.
    """

    run: Run
    answers: tuple[Solution, ...]
    datasets: tuple[xr.Dataset, ...]
    sentence: str
    seconds: float


def read(text: str, mapping: dict[str, Any] | None = None) -> Run:
    """Model and questions of a text, as `caloriq run` reads them.

    Parameters
    ----------
    text : str
        YAML.
    mapping : dict, optional
        What it holds, where that is known.

    Raises
    ------
    CaloriqError
        As for a file; also where the text names a file, since nothing that the page is sent reaches the file system.
    """
    from caloriq.questions.run import run_from

    with placed(PAGE, text):
        content = read_mapping(PAGE, text) if mapping is None else mapping
        return run_from(content, PAGE, None)


def swept(text: str, mapping: dict[str, Any] | None = None) -> Plan:
    """Points of a text, as `caloriq sweep` reads them; what is wrong with any value of an axis is told.

    Raises
    ------
    CaloriqError
        As `read`.
    """
    from caloriq.sweep.definition import sweep_from
    from caloriq.sweep.plan import Plan

    with placed(PAGE, text):
        made = Plan(sweep_from(read_mapping(PAGE, text) if mapping is None else mapping, None))
        made.admit()
    return made


def short(run: Run) -> bool:
    """Whether it is answered while a slider moves."""
    seconds, memory = run.cost
    return seconds <= SHORT and memory <= SMALL


def answered(run: Run) -> Answered:
    """The answers, all of them; on one thread, since others that wait for theirs make a short answer a long one."""
    clock = time.perf_counter()
    with serial(blas=True, kernels=True):
        answers = run.ask()
    return Answered(
        run, answers, tuple(one.to_dataset() for one in answers), run.verdict(answers), time.perf_counter() - clock
    )


def told(error: BaseException) -> str:
    """An error in a sentence; one that is not meant for users says what it is."""
    if isinstance(error, CaloriqError):
        return str(error)
    if isinstance(error, MemoryError):
        return "`model` and what is asked of it must fit in memory, but they do not; take fewer levels, subunits, sites or times"
    return f"{type(error).__name__}: {error}"


def price(seconds: float, memory: float) -> str:
    """What it takes, in words."""
    from caloriq import wording

    return f"takes about {wording.duration(seconds)} and {wording.size(memory)}"
