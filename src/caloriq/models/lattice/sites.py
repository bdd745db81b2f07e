"""What sits on the sites, as a model says it: words, bosons with their cut-off, operators handed in, cells of several."""

from __future__ import annotations

import re
from typing import Annotated, Any

import numpy as np
from pydantic import BeforeValidator, Field, PlainSerializer, WithJsonSchema

from caloriq import _checks, wording
from caloriq._checks import shown
from caloriq.errors import InvalidInput
from caloriq.models.definition import Definition
from caloriq.models.fields import MOST, Count
from caloriq.models.lattice.values import as_text
from caloriq.spaces import local
from caloriq.spaces.local import LocalSpace

WORDS = ("spin-1/2", "spin-1", "fermion", "spinful-fermion")
LARGEST = 32  # levels of a site: its operators have a basis of 32² matrices


class Boson(Definition):
    """Boson mode with at most `boson` quanta; what the cut-off cuts off is in the certificate of a result.

    Parameters
    ----------
    boson : int
        Largest number of quanta.
    """

    boson: Annotated[Count, Field(lt=LARGEST)]

    def space(self) -> LocalSpace:
        """Its levels."""
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
        matrix = _checks.numbers(f"operators.{word}", _complex(given), complex)
        if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or not 2 <= len(matrix) <= LARGEST:
            raise InvalidInput(
                f"`operators` must be square matrices of 2 to {LARGEST} levels, but {word!r} is not (got shape {matrix.shape})"
            )
        sizes.add(len(matrix))
        found[word] = matrix if np.any(matrix.imag) else matrix.real.copy()
    if len(sizes) > 1:
        raise InvalidInput(f"`operators` must be of one size, but they are not (got {sorted(sizes)} levels)")
    return found


def _complex(given: Any) -> Any:
    """Entries that are text as numbers; what is neither is left to be refused."""
    if isinstance(given, list | tuple):
        return [_complex(one) for one in given]
    if not isinstance(given, str):
        return given
    try:
        return complex(given)
    except ValueError:
        return given


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

    def model_post_init(self, _: Any) -> None:
        """Refuse numbers that are none."""
        for word in self.conserved:
            if word not in self.operators:
                raise InvalidInput(
                    f"`conserved` must name operators of the site, but it does not (got {word!r}); {wording.remedy(word, self.operators)}"
                )
            matrix = self.operators[word]
            if np.iscomplexobj(matrix) or np.any(matrix - np.diag(np.diag(matrix))):
                raise InvalidInput(f"`conserved` must name real diagonal operators, but one is not (got {word!r})")

    def space(self) -> LocalSpace:
        """Its levels."""
        return local.given(self.operators, {word: np.diag(self.operators[word]) for word in self.conserved})


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
    if isinstance(value, str) and (value in WORDS or _twice(value)):
        if (_twice(value) or 0) >= LARGEST:
            raise InvalidInput(f"`local` must have at most {LARGEST} levels, but it has more (got {value!r})")
        return value
    raise InvalidInput(
        f"`local` must be one of {', '.join(WORDS)}, a spin such as spin-3/2, {{boson: cut-off}} or {{operators: ...}}, but it is not (got {shown(value)})"
    )


def _twice(word: str) -> int | None:
    """2S of a word such as spin-1 or spin-3/2."""
    found = re.fullmatch(r"spin-(?:([1-9][0-9]?)|([0-9]?[13579])/2)", word)
    return None if found is None else 2 * int(found[1]) if found[1] else int(found[2])


def space_of(kind: Site) -> LocalSpace:
    """Levels and operators of a kind of site."""
    if not isinstance(kind, str):
        return kind.space()
    if kind == "fermion":
        return local.fermion()
    if kind == "spinful-fermion":
        return local.spinful_fermion()
    twice = _twice(kind)
    assert twice is not None
    return local.spin(twice)


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
