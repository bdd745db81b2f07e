"""What sits on the sites, as a model says it: words, bosons with their cut-off, operators handed in, cells of several."""

from __future__ import annotations

import re
from typing import Annotated, Any

import numpy as np
from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

from caloriq import _checks, wording
from caloriq._checks import shown
from caloriq.errors import InvalidInput
from caloriq.models.definition import Definition
from caloriq.models.fields import MOST, Count
from caloriq.models.lattice.values import as_text
from caloriq.spaces import local
from caloriq.spaces.local import LocalSpace

WORDS = ("spin-1/2", "spin-1", "fermion", "spinful-fermion")
LARGEST = 64  # levels of a site


class Boson(Definition):
    """Boson mode with at most `boson` quanta; what the cut-off cuts off is in the certificate of a result.

    Parameters
    ----------
    boson : int
        Largest number of quanta.
    """

    boson: Count

    def space(self) -> LocalSpace:
        """Its levels."""
        if self.boson >= LARGEST:
            raise InvalidInput(
                f"`boson` must be less than {LARGEST}, but the cut-off is not (got {self.boson}); a site keeps few levels"
            )
        return local.boson(self.boson)


def _matrices(value: Any) -> Any:
    """Square matrices of one size by their words."""
    if not isinstance(value, dict) or not value:
        raise InvalidInput(f"`operators` must be matrices by their words, but they are not (got {shown(value)})")
    found, sizes = {}, set()
    for word, given in value.items():
        if not isinstance(word, str) or not re.fullmatch(r"[^\s*^]+", word) or word == "I":
            raise InvalidInput(
                f"`operators` must be named by words without spaces, * and ^, other than I, but one is not (got {shown(word)})"
            )
        rows = (
            [[complex(x) if isinstance(x, str) else x for x in row] for row in given]
            if isinstance(given, list | tuple)
            else given
        )
        matrix = _checks.numbers(f"operators.{word}", rows, complex)
        if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or not 2 <= len(matrix) <= LARGEST:
            raise InvalidInput(
                f"`operators` must be square matrices of 2 to {LARGEST} levels, but {word!r} is not (got shape {matrix.shape})"
            )
        sizes.add(len(matrix))
        found[word] = matrix if np.any(matrix.imag) else matrix.real.copy()
    if len(sizes) > 1:
        raise InvalidInput(f"`operators` must be of one size, but they are not (got {sorted(sizes)} levels)")
    return found


def _rows(value: Any) -> Any:
    return {word: [[as_text(x) for x in row] for row in matrix.tolist()] for word, matrix in value.items()}


class Levels(Definition):
    """A site of which the operators are handed in.

    Parameters
    ----------
    operators : mapping of str to matrix
        By the words that terms use; complex entries as text, "1j".
    conserved : list of str
        Words of diagonal operators that may be conserved in sum.
    """

    operators: Annotated[
        Any,
        BeforeValidator(_matrices),
        PlainSerializer(_rows, when_used="json-unless-none"),
        WithJsonSchema({"type": "object"}),
    ]
    conserved: tuple[str, ...] = ()

    def space(self) -> LocalSpace:
        """Its levels."""
        numbers = {}
        for word in self.conserved:
            if word not in self.operators:
                raise InvalidInput(
                    f"`conserved` must name operators of the site, but it does not (got {word!r}); {wording.remedy(word, self.operators)}"
                )
            matrix = self.operators[word]
            if np.iscomplexobj(matrix) or np.any(matrix - np.diag(np.diag(matrix))):
                raise InvalidInput(f"`conserved` must name real diagonal operators, but one is not (got {word!r})")
            numbers[word] = np.diag(matrix)
        return local.given(self.operators, numbers)


Site = str | Boson | Levels


def site(value: Any) -> Site:
    """One kind of site out of a word or a mapping.

    Raises
    ------
    InvalidInput
        If there is no such kind.
    """
    if isinstance(value, Boson | Levels):
        return value
    if isinstance(value, dict) and ("boson" in value or "operators" in value):
        return (Boson if "boson" in value else Levels).from_mapping(value)
    if isinstance(value, str) and (value in WORDS or re.fullmatch(r"spin-([1-9][0-9]?)(/2)?", value)):
        return value
    raise InvalidInput(
        f"`local` must be one of {', '.join(WORDS)}, a spin such as spin-3/2, {{boson: cut-off}} or {{operators: ...}}, but it is not (got {shown(value)})"
    )


def space_of(kind: Site) -> LocalSpace:
    """Levels and operators of a kind of site."""
    if not isinstance(kind, str):
        return kind.space()
    if kind == "fermion":
        return local.fermion()
    if kind == "spinful-fermion":
        return local.spinful_fermion()
    twice, _, half = kind.removeprefix("spin-").partition("/")
    number = int(twice) * (1 if half else 2)
    if number >= LARGEST:
        raise InvalidInput(f"`local` must have at most {LARGEST} levels, but it has more (got {kind!r})")
    return local.spin(number)


def _read(value: Any) -> Any:
    if isinstance(value, list | tuple):
        if not 1 <= len(value) <= MOST:
            raise InvalidInput(
                f"`local` must hold a kind for every site of the cell, but it holds none (got {shown(value)})"
            )
        return tuple(site(one) for one in value)
    return site(value)


def _written(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_written(one) for one in value]
    return value if isinstance(value, str) else value.to_mapping()


Local = Annotated[
    Any,
    BeforeValidator(_read),
    PlainSerializer(_written, when_used="json-unless-none"),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "object"}, {"type": "array"}]}),
]
