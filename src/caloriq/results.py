"""Results carry their value, the method that made it, and the certificate that proves it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from caloriq import accessor, display, wording
from caloriq.errors import InvalidInput, NotConverged
from caloriq.files import SCHEMA_VERSION, number_read, plain
from caloriq.variables import Variable

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure

Progress = Callable[[float, float], None]  # called with (done, total) as long work goes on
Value = TypeVar("Value")


def teller(progress: Progress | None) -> Callable[[float], Any]:
    """Tells the share of the work that is done."""
    return (lambda _: None) if progress is None else lambda share: progress(share, 1.0)


def part_of(progress: Progress | None, n: int, parts: int) -> Progress | None:
    """What tells of the n-th of so many parts, as of all."""
    return None if progress is None else lambda done, total: progress(n + done / total, float(parts))


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

    def __len__(self) -> int:
        return len(self.checks)

    def to_mapping(self, before: str = "") -> dict[str, dict[str, Any]]:
        """Every check by its name, as it stands in files: value, limit, whether it holds, and what that means.

        Parameters
        ----------
        before : str
            In front of every name, where certificates of several results stand together.
        """
        return {
            f"{before}{c.name}": {"value": c.value, "limit": c.limit, "holds": c.holds, "meaning": c.meaning}
            for c in self.checks
        }

    @classmethod
    def together(cls, certificates: Mapping[str, Certificate]) -> Certificate:
        """One of several, each with what stands in front of its names."""
        return cls(tuple(replace(c, name=f"{before}{c.name}") for before, one in certificates.items() for c in one))

    @classmethod
    def worst(cls, certificates: Iterable[Iterable[Check]]) -> Certificate:
        """Of every check by its name the one whose value is largest, or no number."""
        worst: dict[str, Check] = {}
        for check in (check for one in certificates for check in one):
            if check.name not in worst or not check.value <= worst[check.name].value:
                worst[check.name] = check
        return cls(tuple(worst.values()))

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Mapping[str, Any]]) -> Certificate:
        """The certificate of a file, from what `to_mapping` gave; one from before checks had meanings there has none."""
        return cls(
            tuple(
                Check(name, number_read(told["value"]), number_read(told["limit"]), told.get("meaning", ""))
                for name, told in mapping.items()
            )
        )

    def _repr_html_(self) -> str:
        return display.certificate_html(self)

    def plot(self) -> Figure:
        """Figure of every check, as a share of its limit."""
        draw: Callable[[Certificate], Figure] = import_module("caloriq.plots").checks
        return draw(self)

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
        Why it ran: as asked for, or the comparison that `auto` made.
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

    variables: ClassVar[tuple[Variable, ...]] = ()
    coordinates: ClassVar[tuple[Variable, ...]] = ()
    lead: ClassVar[str] = "sample"  # of one dimension more than a variable declares
    headlines: ClassVar[tuple[str, ...]] = ()  # variables that are printed first; without them the single numbers

    def __init_subclass__(cls, **rest: Any) -> None:
        super().__init_subclass__(**rest)
        cls.__repr__ = Solution.__repr__  # type: ignore[method-assign]  # as ByContent: before dataclass makes one of all fields

    def __repr__(self) -> str:
        return display.short(self)

    def _repr_html_(self) -> str:
        return display.html(self)

    def listed(self) -> tuple[tuple[str, ...], ...]:
        """Rows of texts that a notebook shows above the variables, the headings first; empty without any."""
        return ()

    @classmethod
    def variable(cls, name: str) -> Variable:
        """Declaration of one of the variables.

        Raises
        ------
        InvalidInput
            If there is none of that name.
        """
        for one in cls.variables:
            if one.name == name:
                return one
        raise InvalidInput(
            f"`name` must be a variable of {cls.__name__}, but it is not (got {name!r}); known are {', '.join(one.name for one in cls.variables)}"
        )

    def declared(self) -> tuple[Variable, ...]:
        """Variables of this result; those of its class, unless they depend on what was solved."""
        return self.variables

    def placed(self) -> tuple[Variable, ...]:
        """Coordinates of this result, likewise."""
        return self.coordinates

    def told_first(self) -> tuple[Variable, ...]:
        """Variables that are printed first: the headlines, or without them the single numbers."""
        if not self.headlines:
            return tuple(one for one in self.declared() if not one.dims)
        known = {one.name: one for one in self.declared()}
        return tuple(known[name] for name in self.headlines if name in known)

    def notes(self) -> tuple[str, ...]:
        """What is to be known with the numbers, in sentences, beside a law that is broken: what a bound cannot tell."""
        return ()

    @property
    def broken_law(self) -> str | None:
        """In one sentence, the law that the numbers break; None where they break none."""
        return None

    def facts(self) -> dict[str, Any]:
        """Numbers and words beside the variables that a dataset tells in its attributes: a start, a window, a verdict."""
        return {}

    def to_dataset(self) -> xr.Dataset:
        """All variables as an xarray Dataset, with named dimensions, units, bounds, and in its attributes model, method and certificate.

        `caloriq.load` gives the same dataset back of what `save` wrote.

        Returns
        -------
        xarray.Dataset
            Variables and coordinates as the class declares them in `variables` and `coordinates`; one without numbers is left
            out. The bound on X is X_bound, a complex X is X_real and X_imaginary.
        """
        import xarray as xr

        accessor.registered()
        data: dict[str, Any] = {}
        for one in self.declared():
            data |= one.entries(self, self.lead)
        coordinates: dict[str, Any] = {}
        for one in self.placed():
            coordinates |= one.entries(self, self.lead)
        told: dict[str, Any] = {
            "schema": SCHEMA_VERSION,
            "result": type(self).__name__,
            "model": json.dumps(display.plain_mapping(self.model), default=plain),
            "method": self.method.name,
            "reason": self.method.reason,
            "certificate": json.dumps(self.certificate.to_mapping(), default=plain),
        }
        if hasattr(self.model, "digest"):
            told["digest"] = self.model.digest
        return xr.Dataset(data, coordinates, {**told, **self.facts()})

    @property
    def sources(self) -> tuple[str, ...]:
        """Keys of the publications that the answer itself rests on; see `caloriq.references`."""
        return ()

    def cite(self) -> str:
        """BibTeX of the software, and of what the model and the answer rest on.

        Returns
        -------
        str
            Entries, the software's first.
        """
        from caloriq import references

        return references.resting(str(getattr(self.model, "kind", "")), sources=self.sources)

    def save(self, path: str | Path) -> Path:
        """Write the dataset to one zipped Zarr file, replacing it only when it is complete; see `caloriq.save`."""
        from caloriq import store

        return store.save(self, path)

    def plot(self) -> Figure:
        """Figure of the result: the one made for its kind, otherwise every variable over its dimensions."""
        # a room above: the only step up, taken when asked
        draw: Callable[[Solution], Figure] = import_module("caloriq.plots").draw
        return draw(self)

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
    return f"`method` must keep the {check.name} below {check.limit:.1e}, but it reached {check.value:.1e} (got {wording.named(method)})"
