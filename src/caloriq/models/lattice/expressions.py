"""Numbers as text: arithmetic of named parameters and of the place, read without ever running it as code."""

from __future__ import annotations

import ast
import math
import operator
import unicodedata
import warnings
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from caloriq import wording
from caloriq._checks import shown
from caloriq.errors import InvalidInput

_SIGNS: dict[type, Callable[..., Any]] = {ast.UAdd: operator.pos, ast.USub: operator.neg}
_OPERATIONS: dict[type, Callable[..., Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
    ast.Mod: operator.mod,
    ast.FloorDiv: operator.floordiv,
}
FUNCTIONS: dict[str, Callable[..., Any]] = {
    **{name: getattr(np, name) for name in ("sqrt", "cos", "sin", "tan", "exp", "log", "floor", "abs", "sign")},
}
CONSTANTS = {"pi": math.pi, "golden": (1 + math.sqrt(5)) / 2}
LONGEST = 400  # characters


def evaluate(name: str, text: str, known: Mapping[str, Any]) -> Any:
    """Value of an expression, an array where a name in it is one.

    Parameters
    ----------
    name : str
        Of the field, for the sentence of an error.
    text : str
        Numbers, the names that are known, + - * / ** % //, brackets and the functions of `FUNCTIONS`.
    known : mapping of str to number or array
        Parameters and places.

    Raises
    ------
    InvalidInput
        If it is no such expression, names something else, or has no finite value.
    """
    body = _parsed(name, text)
    named = {unicodedata.normalize("NFKC", word): one for word, one in known.items()}  # as Python reads names
    with np.errstate(all="ignore"):
        try:
            value = np.asarray(_value(name, text, body, {**CONSTANTS, **named}))
        except InvalidInput:
            raise
        except (ArithmeticError, ValueError, TypeError, RecursionError):
            raise InvalidInput(f"`{name}` must have a value, but it has none (got {shown(text)})") from None
    if value.dtype.kind not in "ifc" or not np.all(np.isfinite(value)):
        raise InvalidInput(f"`{name}` must be finite, but it is not everywhere (got {shown(text)})")
    return value


@lru_cache(maxsize=256)
def _parsed(name: str, text: str) -> ast.expr:
    """Tree of an expression, kept: one of the time is asked for its value at every step."""
    if len(text) > LONGEST:
        raise InvalidInput(f"`{name}` must have at most {LONGEST} characters, but it has more (got {len(text)})")
    try:
        with warnings.catch_warnings():  # of "1if", which is refused below
            warnings.simplefilter("ignore")
            return ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise InvalidInput(f"`{name}` must be an expression of numbers, but it is not (got {shown(text)})") from None


def _value(name: str, text: str, node: ast.AST, known: Mapping[str, Any]) -> Any:
    match node:
        case ast.Constant(value=int() | float() | complex() as number) if not isinstance(number, bool):
            return complex(number) if isinstance(number, complex) else float(number)
        case ast.Name(id=word):
            if word not in known:
                names = [*known, *FUNCTIONS]
                remedy = wording.remedy(word, names, f"known are {', '.join(names)}")
                raise InvalidInput(
                    f"`{name}` must be made of named parameters, but {word!r} is none (got {shown(text)}); {remedy}"
                )
            return known[word]
        case ast.UnaryOp(op=sign, operand=inner) if type(sign) in _SIGNS:
            return _SIGNS[type(sign)](_value(name, text, inner, known))
        case ast.BinOp(left=left, op=operation, right=right) if type(operation) in _OPERATIONS:
            a, b = (np.asarray(_value(name, text, side, known)) for side in (left, right))
            return _OPERATIONS[type(operation)](a, b)
        case ast.Call(func=ast.Name(id=word), args=[inner], keywords=[]) if word in FUNCTIONS:
            return FUNCTIONS[word](np.asarray(_value(name, text, inner, known)))
    raise InvalidInput(
        f"`{name}` must be arithmetic, but it holds something else (got {shown(text)}); known functions are {', '.join(FUNCTIONS)}"
    )
