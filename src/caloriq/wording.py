"""Sizes, times, methods and models in words."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any

METHODS = {  # as people call them, where the name of the class does not do
    "Exact": "full diagonalisation",
    "ClosedForm": "closed form",
    "TwoPoint": "two-point set",
    "Direct": "direct solution",
    "Sector": "excitation-conserving sector",
    "Full": "full space",
    "TensorNetwork": "tensor network",
    "OneExcitation": "one excitation",
    "Occupations": "classical rates",
}


def size(number: float) -> str:
    """Bytes in words."""
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if number < 1000:
            return f"{number:.3g} {unit}"
        number /= 1000
    return f"{number:.3g} PB"


def local_time(stamp: str) -> str:
    """An instant of ISO 8601, as clocks here show it."""
    return datetime.fromisoformat(stamp).astimezone().strftime("%Y-%m-%d %H:%M:%S")


def duration(seconds: float) -> str:
    """Seconds in words."""
    for unit, length in (("days", 86400.0), ("h", 3600.0), ("min", 60.0)):
        if seconds >= 2 * length:
            return f"{seconds / length:.3g} {unit}"
    return f"{seconds:.3g} s"


def nearest(name: Any, known: Iterable[str]) -> str | None:
    """The known name that was probably meant."""
    return next(iter(difflib.get_close_matches(str(name), list(known), n=1)), None)


def remedy(name: Any, known: Iterable[str], otherwise: str = "", *, quote: str = "") -> str:
    """What to write instead of a name that is not known: the nearest one, or what there is. Fields stand in backticks."""
    near = nearest(name, known)
    return f"did you mean {quote}{near}{quote}?" if near else otherwise or f"known are {', '.join(known)}"


def spoken(value: Any) -> str:
    """A method, start or bath, or its name, as people say it: `Chebyshev(kind='chebyshev', tol=1e-10)` is "Chebyshev, tol 1e-10".

    What has parts of its own, such as a chain with baths, is told by its class: "a SpinChain".
    """
    text = value if isinstance(value, str) else repr(value)
    if not isinstance(value, str) and text.count("(") > 1:
        return f"a {type(value).__name__}"
    return re.sub(r"\b([A-Z]\w*)\(([^()]*)\)", lambda found: _without_notation(found[1], found[2]), text)


def named(method: str) -> str:
    """The name of a method alone, as people say it: `Sector(tol=1e-11)` is "excitation-conserving sector"."""
    return spoken(method).partition(",")[0]


def _without_notation(name: str, settings: str) -> str:
    pairs = (one.partition("=") for one in settings.split(", ") if one)
    told = [
        f"{key.replace('_', ' ')} {value.strip(chr(39))}"
        for key, _, value in pairs
        if key != "kind" and value not in ("None", "")
    ]
    return ", ".join([METHODS.get(name, name), *told])
