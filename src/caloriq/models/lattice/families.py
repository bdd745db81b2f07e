"""Ready Hamiltonians: what their constructors share, and how a file names them."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from caloriq import wording
from caloriq._checks import shown
from caloriq.documents import within
from caloriq.errors import InvalidInput
from caloriq.models.lattice.terms import Term
from caloriq.models.lattice.values import Random, Staggered


class Parts:
    """Parameters and terms of a family while it is put together."""

    def __init__(self) -> None:
        self.parameters: dict[str, Any] = {}
        self.terms: list[Term] = []

    def named(self, **values: Any) -> None:
        """Numbers that the terms name, so that a sweep varies them."""
        self.parameters.update(values)

    def add(self, operator: str, value: str | dict[str, Any], **where: Any) -> None:
        """A term with an expression of the parameters."""
        self.terms.append(Term(operator, value, **where))

    def field(self, operator: str, name: str, value: Any) -> None:
        """A term whose strength is a named number, or a list, a pattern or an expression of the place; None is none."""
        if value is None:
            return
        if isinstance(value, str | list | tuple | dict | Staggered | Random) or hasattr(value, "__len__"):
            self.terms.append(Term(operator, value))
        else:
            self.named(**{name: value})
            self.add(operator, name)

    def fields(self, sites: Any, given: Mapping[str, Any], *, periodic: bool = False, **own: Any) -> dict[str, Any]:
        """Fields of the lattice: those of the family, over them what is given beside it."""
        beside = dict(given)
        parameters, terms = beside.pop("parameters", {}), beside.pop("terms", ())
        if isinstance(parameters, dict):  # what is none is refused by the lattice
            parameters = {**self.parameters, **parameters}
        if isinstance(terms, list | tuple):
            terms = [*self.terms, *terms]
        geometry = own.pop("geometry", {"kind": "chain", "periodic": periodic})
        if "geometry" in beside and geometry["periodic"]:
            raise InvalidInput(
                f"`periodic` must be left out where `geometry` is given, but both are given (got {shown(beside['geometry'])}); the geometry says whether it is"
            )
        return {"sites": sites, "geometry": geometry, **own, **beside, "parameters": parameters, "terms": terms}


Make = Callable[..., Any]


def of_classes(*classes: type) -> dict[str, Make]:
    """Constructors of classes by their names, as functions of the class."""
    every = {name: one for kind in classes for name, one in vars(kind).items() if isinstance(one, classmethod)}
    return {name: one.__func__ for name, one in every.items() if not name.startswith("_")}


def schema(families: Mapping[str, Make], own: dict[str, Any]) -> None:
    """Add the field `family`, which a definition reads and does not keep, to its JSON schema."""
    kind = {"type": "string", "enum": list(families)}
    own["properties"]["family"] = {
        "anyOf": [kind, {"type": "object", "properties": {"kind": kind}, "required": ["kind"]}]
    }


def expanded(families: Mapping[str, Make], data: dict[str, Any]) -> dict[str, Any]:
    """A definition that names its family, as the terms that it stands for.

    Raises
    ------
    InvalidInput
        For a family, or an argument of it, that is not known or missing.
    """
    rest = dict(data)
    family = rest.pop("family")
    given = {"kind": family} if isinstance(family, str) else family
    if not isinstance(given, dict) or not isinstance(given.get("kind"), str):
        raise InvalidInput(f"`family` must be a mapping with a `kind`, but it is not (got {shown(family)})")
    kind, arguments = given["kind"], {name: value for name, value in given.items() if name != "kind"}
    if kind not in families:
        with within("family", *(["kind"] if isinstance(family, dict) else [])):
            raise InvalidInput(
                f"`family` must be a known one, but it is not (got {kind!r}); {wording.remedy(kind, families)}"
            )
    make = families[kind]
    known = {name: one for name, one in inspect.signature(make).parameters.items() if one.kind is one.KEYWORD_ONLY}
    for name in arguments:
        if name not in known:
            told = wording.remedy(name, known, f"known are {', '.join(known)}")
            with within("family", name):
                raise InvalidInput(
                    f"`family` must have arguments of {kind}, but one is none (got {shown(name)}); {told}"
                )
    for name, one in known.items():
        if one.default is one.empty and name not in arguments:
            raise InvalidInput(f"`family` must have `{name}` for {kind}, but it is missing (got nothing)")
    with within("family"):
        fields: dict[str, Any] = make(dict, **arguments, **rest)  # the constructor's fields, not yet a model
    return fields
