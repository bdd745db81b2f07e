"""Results carry their value, the method that made it, and the certificate that proves it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Self

from numpy.typing import NDArray

from caloriq.errors import NotConverged

Progress = Callable[[float, float], None]  # called with (done, total) as long work goes on


def frozen(array: NDArray[Any]) -> NDArray[Any]:
    """The array, made read-only: a result is not a workspace."""
    array.flags.writeable = False
    return array


@dataclass(frozen=True, slots=True)
class Check:
    """One measured proof.

    Attributes
    ----------
    name : str
        What was measured.
    value : float
        The measured number.
    limit : float
        The bound that `value` must not exceed.
    meaning : str
        Why a value below the limit supports the result.
    """

    name: str
    value: float
    limit: float
    meaning: str

    @property
    def holds(self) -> bool:
        """Whether the value is a number not above its limit."""
        return bool(self.value <= self.limit)  # False for NaN


@dataclass(frozen=True, slots=True)
class Certificate:
    """The proofs of one result, by name. Holding is necessary, not sufficient: each check says what it tests."""

    checks: tuple[Check, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether every check holds."""
        return all(check.holds for check in self.checks)

    @property
    def failures(self) -> tuple[Check, ...]:
        """The checks that do not hold."""
        return tuple(check for check in self.checks if not check.holds)

    def __getitem__(self, name: str) -> Check:
        for check in self.checks:
            if check.name == name:
                return check
        raise KeyError(f"no check named {name!r}; there are {', '.join(c.name for c in self.checks)}")

    def __iter__(self) -> Iterator[Check]:
        return iter(self.checks)

    def __str__(self) -> str:
        return "\n".join(
            f"{c.name}: {c.value:.3g} (limit {c.limit:.3g}) {'holds' if c.holds else 'FAILS'}" for c in self.checks
        )


@dataclass(frozen=True, slots=True)
class MethodReport:
    """What ran, why it was chosen, and what it cost.

    Attributes
    ----------
    name : str
        The method with its parameters.
    reason : str
        Why it ran: chosen by the caller, or the comparison that `auto` made.
    statistics : mapping
        Counts and seconds: products, bytes per product, wall time.
    """

    name: str
    reason: str
    statistics: Mapping[str, float | int | str] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True)
class Solution:
    """Common part of every result.

    Attributes
    ----------
    model : object
        The definition that was solved.
    method : MethodReport
        What ran and what it cost.
    certificate : Certificate
        The measured proofs of the numbers.
    """

    model: Any
    method: MethodReport
    certificate: Certificate

    def certified(self) -> Self:
        """The solution itself, if its certificate holds.

        Raises
        ------
        NotConverged
            If it does not; the message names the check, the solution comes along.
        """
        if self.certificate.holds:
            return self
        raise NotConverged(broken(self.certificate.failures[0], self.method.name), self)


def broken(check: Check, method: str) -> str:
    """The sentence about a check that does not hold."""
    return (
        f"`method` must keep the {check.name} below {check.limit:.1e}, but it reached {check.value:.1e} (got {method})"
    )
