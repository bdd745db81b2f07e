"""Terms in words: operators of a few sites, where they act, how strong they are; jump operators alike."""

from __future__ import annotations

from typing import Annotated, Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import BeforeValidator, Field, PlainSerializer, WithJsonSchema

from caloriq import _checks
from caloriq._checks import shown
from caloriq.errors import InvalidInput
from caloriq.models.definition import Definition
from caloriq.models.fields import Count, plain
from caloriq.models.lattice.geometry import Geometry
from caloriq.models.lattice.values import Strength

DEFAULT = {1: "sites", 2: "bonds", 3: "triples", 4: "quadruples"}  # where a term of so many operators acts


NotNegative = Annotated[int, Field(ge=0), BeforeValidator(plain)]


class Every(Definition):
    """A pattern that is repeated along the lattice.

    Parameters
    ----------
    sites : list of int
        Sites of the first copy.
    every : int
        Sites from one copy to the next.
    """

    sites: Annotated[tuple[NotNegative, ...], Field(min_length=1)]
    every: Count

    def places(self, count: int, *, around: bool = False) -> list[list[int]]:
        """All copies that lie within the lattice whole; `around` a ring whose length is a multiple of the step, all of them."""
        if around and count % self.every == 0 and max(self.sites) < count:
            return [[(site + shift) % count for site in self.sites] for shift in range(0, count, self.every)]
        copies = range(0, count - max(self.sites), self.every)
        return [[site + shift for site in self.sites] for shift in copies]


def _read(value: Any) -> Any:
    """A word, a pattern, or lists of sites."""
    if value is None or isinstance(value, str | Every):
        return value
    if isinstance(value, dict):
        return Every.from_mapping(value)
    if isinstance(value, list | tuple | np.ndarray) and len(value):
        rows = [list(row) if isinstance(row, list | tuple | np.ndarray) else [row] for row in value]
        whole = all(isinstance(site, int | np.integer) and not isinstance(site, bool) for row in rows for site in row)
        if whole and len({len(row) for row in rows}) == 1:
            return tuple(tuple(int(site) for site in row) for row in rows)
    raise InvalidInput(
        f"`on` must be a word such as bonds, a list of sites or a list of lists of as many sites, but it is not (got {shown(value)})"
    )


def _written(value: Any) -> Any:
    if isinstance(value, Every):
        return value.to_mapping()
    return value if isinstance(value, str) else [list(row) for row in value]


Where = Annotated[
    Any,
    BeforeValidator(_read),
    PlainSerializer(_written, when_used="json-unless-none"),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string"},
                {
                    "type": "array",
                    "items": {"anyOf": [{"type": "integer"}, {"type": "array", "items": {"type": "integer"}}]},
                },
                Every.model_json_schema(),
                {"type": "null"},
            ]
        }
    ),
]


class _OnSites(Definition):
    """What has an operator and places."""

    operator: str
    on: Where = None

    @property
    def letters(self) -> tuple[str, ...]:
        """Words of the operator, one for a site."""
        return tuple(self.operator.split())

    def model_post_init(self, _: Any) -> None:
        """Refuse an operator without words."""
        if not self.letters:
            raise InvalidInput(
                f"`operator` must hold a word for every site it acts on, but it holds none (got {self.operator!r})"
            )

    def places(self, geometry: Geometry, sites: int) -> NDArray[np.intp]:
        """Sites of every copy, shape (P, m).

        Raises
        ------
        InvalidInput
            If a place has another number of sites than the operator has words, or lies outside the lattice.
        """
        m = len(self.letters)
        if self.on is None and m not in DEFAULT:
            raise InvalidInput(f"`on` must be given for an operator of {m} sites, but it is missing (got nothing)")
        on = DEFAULT[m] if self.on is None else self.on
        ring = geometry.is_chain and bool(getattr(geometry, "periodic", False))
        found = geometry.relation(on, sites) if isinstance(on, str) else self._listed(on, sites, ring=ring)
        if found.size and found.shape[1] != m:
            raise InvalidInput(
                f"`operator` must have a word for each of the {found.shape[1]} sites of its places, but it has {m} (got {self.operator!r} on {shown(on)}); words stand apart by spaces, places are lists of lists"
            )
        found = found % sites
        ordered = np.sort(found, axis=1)
        twice = np.flatnonzero(np.any(ordered[:, 1:] == ordered[:, :-1], axis=1))
        if twice.size:
            raise InvalidInput(
                f"`on` must name different sites in a place, but one is named twice (got {found[twice[0]].tolist()}); join words of one site by *"
            )
        return found

    def _listed(self, on: Any, sites: int, *, ring: bool) -> NDArray[np.intp]:
        """Places of a pattern or a list, shape (P, m)."""
        rows = on.places(sites, around=ring) if isinstance(on, Every) else on
        bad = next((site for row in rows for site in row if not -sites <= site < sites), None)
        if bad is not None:
            raise InvalidInput(
                f"`on` must lie within the {sites} sites of the lattice, but it does not (got site {bad})"
            )
        return np.array(rows, dtype=np.intp).reshape(len(rows), -1 if rows else len(self.letters))


class Term(_OnSites):
    """A sum of products of site operators, alike but for their places and strengths.

    Parameters
    ----------
    operator : str
        A word for every site, with spaces between: "Z Z", "S+ S-", "c+ c-", "X Y Z". Words of one site may be joined,
        "Sz*Sz" or "Sz^2". Pauli letters X, Y, Z and spin letters Sx, Sy, Sz differ by the factor two that they have.
    value : number, list, expression, staggered or random
        Strength, in units of energy: one for all places, one for each, text such as "2*g*cos(q*j)" of the model's
        parameters, the place's number `j` (of its first site), its coordinates `x`, `y`, `z` and its count `k`;
        {staggered: v}, {random: uniform, width: w}. Default 1.
    on : str, list of sites, or pattern
        sites, bonds, second-neighbours, ... (`Geometry.relation`), lists of sites, or {sites: [0, 1], every: 2}. By
        default sites, bonds, triples or quadruples by the number of words.
    plus : "hermitian-conjugate", optional
        Whether the hermitian conjugate is added.
    drive : expression, optional
        Real function of the time `t` and of the model's parameters that multiplies the value, such as "cos(omega*t)"; terms
        with one text share one function. By default the term is constant.
    """

    value: Strength = 1.0
    plus: Literal["hermitian-conjugate"] | None = None
    drive: str | None = None

    def __init__(self, operator: Any = None, value: Any = 1.0, **data: Any) -> None:
        super().__init__(**{**({} if operator is None else {"operator": operator}), "value": value, **data})


class Jump(_OnSites):
    """Lindblad operators √rate A, alike but for their places.

    Parameters
    ----------
    operator : str
        As a term's.
    rate : number, list, expression, staggered or random
        Not negative, in units of energy.
    on : str, list of sites, or pattern
        As a term's.
    name : str, optional
        What they are called in results.
    """

    rate: Strength = 1.0
    name: str | None = None

    def __init__(self, operator: Any = None, rate: Any = 1.0, **data: Any) -> None:
        super().__init__(**{**({} if operator is None else {"operator": operator}), "rate": rate, **data})


class Placed(NamedTuple):
    """A term with its places and values."""

    label: str  # in words, as written
    words: tuple[str, ...]
    sites: NDArray[np.intp]  # shape (P, m)
    values: NDArray[Any]  # shape (P,)
    conjugate: bool  # whether the hermitian conjugate is added
    drive: str | None = None  # what multiplies it in time


def known_at(parameters: dict[str, Any], sites: NDArray[np.intp], coordinates: NDArray[np.float64]) -> dict[str, Any]:
    """Names that an expression may use, for the places of a term."""
    first = sites[:, 0] if sites.size else np.zeros(0, dtype=np.intp)
    xyz = coordinates[first]
    places = {"j": first.astype(float), "k": np.arange(len(first), dtype=float)}
    return {**parameters, **places, "x": xyz[:, 0], "y": xyz[:, 1], "z": xyz[:, 2]}


def checked_rates(values: NDArray[Any], label: str, name: str) -> NDArray[np.float64]:
    """Real rates of at least zero."""
    if np.iscomplexobj(values) or np.any(values < 0):
        bad = values[np.argmin(values.real)]
        where = f" for {label}" if label != name else ""
        raise InvalidInput(f"`{name}` must be a real number of at least 0, but it is not{where} (got {bad:g})")
    return _checks.numbers(name, values)
