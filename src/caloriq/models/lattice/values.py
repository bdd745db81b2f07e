"""Strengths of terms: one number, one for every place, an expression, staggered, random."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BeforeValidator, PlainSerializer, ValidationInfo, WithJsonSchema

from caloriq import _checks
from caloriq._checks import shown
from caloriq.errors import InvalidInput
from caloriq.models.definition import Definition
from caloriq.models.fields import Count
from caloriq.models.lattice.expressions import evaluate
from caloriq.models.random import TERM, generator

NUMBER = {"anyOf": [{"type": "number"}, {"type": "string", "description": "expression of parameters and places"}]}


def number_or_text(value: Any, name: str) -> Any:
    """One number, complex ones too, or an expression."""
    if isinstance(value, str):
        return value
    value = value.item() if isinstance(value, np.ndarray) and value.ndim == 0 else value
    if not isinstance(value, int | float | complex | np.number) or isinstance(value, bool):
        raise InvalidInput(f"`{name}` must be a number or an expression, but it is not (got {shown(value)})")
    array = _checks.numbers(name, value, complex)
    return _number(complex(array))


def _number(z: complex) -> float | complex:
    return z if z.imag else z.real


def as_text(value: Any) -> Any:
    """A complex number as the expression that it is."""
    return str(value) if isinstance(value, complex) else value


def _scalar(value: Any, info: ValidationInfo) -> Any:
    return number_or_text(value, str(info.field_name))


Scalar = Annotated[
    Any,
    BeforeValidator(_scalar),
    PlainSerializer(as_text, when_used="json-unless-none"),
    WithJsonSchema(NUMBER),
]


class Staggered(Definition):
    """Alternating values: v on even places, -v on odd ones.

    Parameters
    ----------
    staggered : number or expression
        v.
    mean : number or expression
        On top of them. Default 0.
    """

    staggered: Scalar
    mean: Scalar = 0.0


class Random(Definition):
    """Independent random values; that of a place is the same in open lattices of any length.

    Parameters
    ----------
    random : {"uniform", "normal", "choice"}
        Uniform in mean ± width/2, normal with standard deviation width, or one of `choices`.
    width : number or expression
        Not negative.
    mean : number or expression
        Default 0.
    choices : list of numbers or expressions
        For "choice", each as likely.
    repeat : int
        How many places in a row share one number. Default 1; 2 makes dimers.
    """

    random: Literal["uniform", "normal", "choice"]
    width: Scalar = 0.0
    mean: Scalar = 0.0
    choices: tuple[Scalar, ...] = ()
    repeat: Count = 1

    def model_post_init(self, _: Any) -> None:
        """Refuse choices beside a width, or none."""
        if (self.random == "choice") != bool(self.choices):
            raise InvalidInput(
                f"`choices` must be given for random 'choice' and for it alone, but they do not fit (got random {self.random!r} with {len(self.choices)} choices)"
            )


def _read(value: Any, info: ValidationInfo) -> Any:
    """A strength in any of its forms, checked."""
    name = str(info.field_name)
    if isinstance(value, Staggered | Random):
        return value
    if isinstance(value, dict):
        kind = next((k for k in (Staggered, Random) if next(iter(k.model_fields)) in value), None)
        if kind is None:
            raise InvalidInput(
                f"`{name}` must be a number, a list, an expression, staggered or random, but it is not (got {shown(value)})"
            )
        if kind is Random and "seed" in value:
            raise InvalidInput(
                f"`seed` must stand beside `terms`, one for all random values of the model, but one of them has its own (got {shown(value['seed'])})"
            )
        return kind.from_mapping(value)
    if isinstance(value, str):
        return value
    if isinstance(value, list | tuple | np.ndarray) and not (isinstance(value, np.ndarray) and value.ndim != 1):
        return tuple(number_or_text(one.item() if isinstance(one, np.generic) else one, name) for one in value)
    return number_or_text(value, name)


def _written(value: Any) -> Any:
    if isinstance(value, Definition):
        return value.to_mapping()
    return [as_text(one) for one in value] if isinstance(value, tuple) else as_text(value)


Strength = Annotated[
    Any,
    BeforeValidator(_read),
    PlainSerializer(_written, when_used="json-unless-none"),
    WithJsonSchema(
        {
            "anyOf": [
                *NUMBER["anyOf"],
                {"type": "array", "items": NUMBER},
                Staggered.model_json_schema(),
                Random.model_json_schema(),
            ]
        }
    ),
]


def values_of(
    strength: Any, known: dict[str, Any], count: int, *, seed: int, number: int, name: str = "value"
) -> NDArray[Any]:
    """Value at each of `count` places, shape (P,); `known` holds parameters and the places, `number` is the term's.

    Raises
    ------
    InvalidInput
        For a list of another length, or expressions without a finite value.
    """
    if isinstance(strength, Staggered):
        signs = 1.0 - 2.0 * (np.arange(count) % 2)
        found = _one("mean", strength.mean, known) + signs * _one("staggered", strength.staggered, known)
    elif isinstance(strength, Random):
        found = _drawn(strength, known, count, generator(seed, TERM, number))
    elif isinstance(strength, tuple):
        if len(strength) != count:
            raise InvalidInput(
                f"`{name}` must be one number or a list of {count}, one for each place, but it is not (got {len(strength)})"
            )
        found = np.array(
            [_one(name, one, _at(known, k)) if isinstance(one, str) else one for k, one in enumerate(strength)]
        )
    else:
        found = _one(name, strength, known)
    return np.broadcast_to(found, (count,)).copy()


def _at(known: dict[str, Any], place: int) -> dict[str, Any]:
    """What is known at one of the places."""
    return {name: one[place] if np.ndim(one) else one for name, one in known.items()}


def _one(name: str, value: Any, known: dict[str, Any]) -> NDArray[Any]:
    return np.asarray(evaluate(name, value, known) if isinstance(value, str) else value)


def _drawn(strength: Random, known: dict[str, Any], count: int, rng: np.random.Generator) -> NDArray[Any]:
    draws = -(-count // strength.repeat)
    mean, width = _one("mean", strength.mean, known), _one("width", strength.width, known)
    if np.any(width.real < 0) or np.iscomplexobj(width):
        raise InvalidInput(f"`width` must be a real number of at least 0, but it is not (got {shown(strength.width)})")
    if strength.random == "choice":
        choices = np.array([np.broadcast_to(_one("choices", one, known), (count,)) for one in strength.choices])
        picked = np.repeat(rng.integers(len(choices), size=draws), strength.repeat)[:count]
        each = choices[picked, np.arange(count)]
    else:
        raw = rng.standard_normal(draws) if strength.random == "normal" else rng.random(draws) - 0.5
        each = width * np.repeat(raw, strength.repeat)[:count]
    return np.asarray(mean + each)
