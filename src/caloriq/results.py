"""Results carry their value, the method that made it, and the certificate that proves it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from types import MappingProxyType
from typing import Any, Generic, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from caloriq import _checks
from caloriq.errors import NotConverged

Progress = Callable[[float, float], None]  # called with (done, total) as long work goes on
Value = TypeVar("Value")


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
    """What ran, why it was chosen, and what it cost; equal is what has one name.

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
    reason: str = field(compare=False)
    statistics: Mapping[str, float | int | str] = field(default_factory=lambda: MappingProxyType({}), compare=False)

    def __post_init__(self) -> None:
        if not isinstance(self.statistics, MappingProxyType):
            object.__setattr__(self, "statistics", MappingProxyType(dict(self.statistics)))

    def __reduce__(self) -> tuple[Any, ...]:
        return MethodReport, (self.name, self.reason, dict(self.statistics))  # a view of a mapping has no pickle


class Later(Generic[Value]):
    """A dataclass field that may be handed a function instead of its value: called, once, when the value is first read.

    `==`, `repr`, pickles, copies and `dataclasses.replace` read every field, so all of them see the value.

    Parameters
    ----------
    default : object
        What the field holds unless something else is given.
    """

    def __init__(self, default: Value) -> None:
        self._default = default

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, held: object, owner: type | None = None) -> Value:
        if held is None:
            return self._default  # where dataclass looks for the default
        own: dict[str, Any] = held.__dict__
        if callable(own[self._name]):
            own[self._name] = own[self._name]()
        value: Value = own[self._name]
        return value

    def __set__(self, held: object, value: Value | Callable[[], Value]) -> None:
        held.__dict__[self._name] = value


class ByContent:
    """What holds arrays and is compared as a whole: `==` gives one truth value, for every class below this one.

    Two are equal if they are of one class and hold the same: equal models, numbers and arrays equal to the last bit (NaN
    equal to NaN), and methods of one name; why a method ran and how long it took does not count.
    """

    def __init_subclass__(cls, **rest: Any) -> None:
        super().__init_subclass__(**rest)
        cls.__eq__ = ByContent.__eq__  # type: ignore[method-assign]  # before dataclass makes one, which would compare arrays as tuples do
        cls.__hash__ = ByContent.__hash__  # type: ignore[method-assign]

    def __eq__(self, other: object) -> bool:
        return same(self, other) if type(self) is type(other) else NotImplemented

    def __hash__(self) -> int:
        model, method = getattr(self, "model", None), getattr(self, "method", None)
        return hash((type(self).__qualname__, getattr(model, "digest", None), getattr(method, "name", None)))


def same(a: Any, b: Any) -> bool:
    """Whether two results, or parts of them, hold the same."""
    if a is b:
        return True
    if isinstance(a, Mapping) and isinstance(b, Mapping):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if type(a) is not type(b):
        return np.isscalar(a) and np.isscalar(b) and _same_values(a, b)
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(same, a, b))
    if is_dataclass(a) or isinstance(a, ByContent):
        return all(same(getattr(a, name), getattr(b, name)) for name in _compared(a))
    return _same_values(a, b)


def _same_values(a: Any, b: Any) -> bool:
    """Numbers, texts, arrays (dense, or sparse of SciPy), and what else knows by itself whether it equals."""
    if isinstance(a, np.ndarray):
        if a.dtype != b.dtype or a.shape != b.shape:
            return False
        if a.dtype.kind == "O":
            return all(map(same, a.ravel().tolist(), b.ravel().tolist()))
        return bool(np.array_equal(a, b, equal_nan=a.dtype.kind in "fc"))
    if hasattr(a, "tocsr"):
        return bool(a.shape == b.shape and (a != b).nnz == 0)
    return bool(a == b) or (isinstance(a, float) and isinstance(b, float) and bool(np.isnan(a) and np.isnan(b)))


def _compared(of: Any) -> list[str]:
    """Fields that say what a result is; one that begins with an underscore is machinery unless it holds an array."""
    names = [one.name for one in fields(of) if one.compare] if is_dataclass(of) else list(vars(of))
    return [name for name in names if not name.startswith("_") or isinstance(getattr(of, name), np.ndarray)]


@dataclass(frozen=True)
class Solution(ByContent):
    """Common part of every result.

    It can be pickled and copied, its arrays stay read-only, and `==` compares it as a whole: equal are results of one class
    with equal models, equal numbers and methods of one name.

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

    def __getstate__(self) -> dict[str, Any]:
        held = {one.name: getattr(self, one.name) for one in fields(self)}  # nothing that was computed from them
        return {name: dict(value) if isinstance(value, MappingProxyType) else value for name, value in held.items()}

    def __setstate__(self, state: dict[str, Any]) -> None:
        for name, value in state.items():
            if isinstance(value, dict):
                state[name] = MappingProxyType(value)
            parts = value.values() if isinstance(value, dict) else value if isinstance(value, tuple) else (value,)
            for array in parts:
                if isinstance(array, np.ndarray):
                    frozen(array)
        self.__dict__.update(state)

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
    return f"`method` must keep the {check.name} below {check.limit:.1e}, but it reached {check.value:.1e} (got {_checks.spoken(method)})"
