"""Errors: one sentence each, naming the argument, the offending value and the remedy."""

from __future__ import annotations

from typing import Any


class CaloriqError(Exception):
    """Base of every error that caloriq raises on purpose.

    Attributes
    ----------
    place : tuple of str and int
        Names and indices that lead to the value it is about, as far as they are known beyond the sentence.
    unknown : bool
        Whether it is about the name at that place, not its value.
    file : str or None
        File that its sentence tells.
    """

    place: tuple[str | int, ...] = ()
    unknown: bool = False
    file: str | None = None


class InvalidInput(CaloriqError, ValueError):
    """An argument is outside the domain of the question; the message names it."""


class NotConverged(CaloriqError, RuntimeError):
    """An iteration stopped short of its tolerance.

    Attributes
    ----------
    solution : object
        The best solution found, certificate included; None where there is none worth having.
    """

    def __init__(self, message: str, solution: Any = None) -> None:
        super().__init__(message)
        self.solution = solution


class NotEnoughData(CaloriqError, ValueError):
    """The data cannot carry the estimate asked of them.

    Attributes
    ----------
    estimate : object
        What the data do give, to be used at the caller's own risk.
    """

    def __init__(self, message: str, estimate: Any = None) -> None:
        super().__init__(message)
        self.estimate = estimate


class Unsupported(CaloriqError, NotImplementedError):
    """The method does not apply to this model; the message names the term that forbids it."""


class Incomplete(CaloriqError, RuntimeError):
    """A sweep stopped before all of its points were answered; those that are done are kept, and it can go on."""
