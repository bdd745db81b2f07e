"""One function per claim about an input. Each returns the cleaned value or raises `InvalidInput`.

Error grammar: "`argument` must ..., but ... (got VALUE)".
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import BaseModel

from caloriq.errors import InvalidInput
from caloriq.wording import size, spoken

Real = NDArray[np.float64]
Complex = NDArray[np.complex128]

LOG = logging.getLogger(__name__)
GROUP = Path("/sys/fs/cgroup")  # of this process in a container; psutil knows the machine alone

LITTLE = 1e7  # bytes; for what needs less, the memory that was free a moment ago is asked
LATELY = 100_000_000  # ns


def numbers(name: str, value: ArrayLike, dtype: type[Any] = float) -> NDArray[Any]:
    """Array of finite numbers of the given type."""
    try:
        raw = np.asarray(value)
        if dtype is float and np.iscomplexobj(raw):
            raise TypeError
        array: NDArray[Any] = np.asarray(raw, dtype=dtype)
    except (TypeError, ValueError, OverflowError):
        raise InvalidInput(f"`{name}` must hold numbers, but it does not (got {shown(value)})") from None
    if not np.all(np.isfinite(array)):
        bad = array[~np.isfinite(array)].flat[0]
        raise InvalidInput(f"`{name}` must be finite, but it holds a value that is not (got {bad})")
    return array


def times(value: ArrayLike, name: str = "times") -> Real:
    """One-dimensional, finite, non-negative, strictly increasing instants."""
    t = numbers(name, value)
    if t.ndim != 1 or t.size == 0:
        raise InvalidInput(f"`{name}` must be a non-empty list of instants, but its shape is not (got shape {t.shape})")
    if t[0] < 0:
        raise InvalidInput(f"`{name}` must not be negative, but the first instant is (got {t[0]:g})")
    steps = np.diff(t)
    if np.any(steps <= 0):
        k = int(np.argmax(steps <= 0))
        raise InvalidInput(
            f"`{name}` must increase strictly, but it does not at index {k + 1} (got {t[k + 1]:g} after {t[k]:g})"
        )
    return t


def positive(name: str, value: float) -> float:
    """Finite number above zero."""
    x = scalar(name, value)
    if x <= 0:
        raise InvalidInput(f"`{name}` must be greater than 0, but it is not (got {value})")
    return x


def scalar(name: str, value: Any) -> float:
    """One finite real number."""
    try:
        x = float(value)
    except (TypeError, ValueError):
        raise InvalidInput(f"`{name}` must be a number, but it is not (got {shown(value)})") from None
    if not math.isfinite(x):
        raise InvalidInput(f"`{name}` must be finite, but it is not (got {value})")
    return x


def instance(name: str, value: Any, *kinds: type) -> None:
    """Value of the kind, or one of the kinds, that is asked for."""
    if not isinstance(value, kinds):
        wanted = " or ".join(f"{'an' if kind.__name__[0] in 'AEIOU' else 'a'} {kind.__name__}" for kind in kinds)
        raise InvalidInput(f"`{name}` must be {wanted}, but it is not (got {shown(value)})")


def index(name: str, value: int, count: int) -> int:
    """Index into `count` things; negative ones count from the end."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        raise InvalidInput(f"`{name}` must be a whole number, but it is not (got {shown(value)})")
    if not -count <= value < count:
        raise InvalidInput(
            f"`{name}` must lie in 0..{count - 1} (or -{count}..-1 from the end), but it does not (got {value})"
        )
    return int(value) % count


def among(name: str, value: Any, *options: Any) -> None:
    """One of at least two options."""
    if value not in options:
        told = f"{', '.join(map(repr, options[:-1]))} or {options[-1]!r}"
        raise InvalidInput(f"`{name}` must be {told}, but it is not (got {shown(value)})")


def method(value: Any, kinds: Iterable[Any], where: str = "") -> Any:
    """A method of one of the kinds, one that is named as in a file, or "auto"."""
    known = {str(kind.model_fields["kind"].default): kind for kind in kinds}
    if isinstance(value, str) and value in known:
        return known[value]()
    if value == "auto" or isinstance(value, tuple(known.values())):
        return value
    names = ", ".join(f"{kind.__name__}() ({name!r})" for name, kind in known.items())
    raise InvalidInput(f"`method` must be {names} or 'auto'{where}, but it is not (got {shown(value)})")


def whole(name: str, value: Any, least: int) -> int:
    """Whole number of at least `least`; True is none."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < least:
        raise InvalidInput(f"`{name}` must be a whole number of at least {least}, but it is not (got {shown(value)})")
    return int(value)


def tolerance(name: str, value: float) -> float:
    """Tolerance that double precision can honour and a certificate can hold: 1e-14 <= tol <= 1e-3."""
    x = positive(name, value)
    if not 1e-14 <= x <= 1e-3:
        raise InvalidInput(f"`{name}` must lie in [1e-14, 1e-3], but it does not (got {value})")
    return x


def temperatures(value: ArrayLike, name: str = "temperature") -> Real:
    """Temperatures above zero, any shape."""
    T = numbers(name, value)
    if np.any(T <= 0):
        raise InvalidInput(f"`{name}` must be greater than 0, but it is not (got {T[T <= 0].flat[0]:g})")
    return T


def temperature_or_infinite(value: float) -> float:
    """One temperature above zero; an infinite one, at which every state counts alike, is allowed."""
    return math.inf if value == math.inf else float(temperatures(value))


def signed_temperatures(value: ArrayLike, name: str = "temperature") -> Real:
    """Temperatures of either sign, not zero, any shape; negative ones are those of inverted populations."""
    T = numbers(name, value)
    if np.any(T == 0):
        raise InvalidInput(
            f"`{name}` must not be 0, but it is (got {shown(value)}); the coldest states have a small one"
        )
    return T


def hermitian(name: str, value: ArrayLike, tol: float = 1e-12) -> Complex:
    """Square hermitian matrix; asymmetry up to `tol` relative to its largest entry is rounding."""
    A = numbers(name, value, complex)
    if A.ndim != 2 or A.shape[0] != A.shape[1] or A.size == 0:
        raise InvalidInput(f"`{name}` must be a square matrix, but its shape is not (got shape {A.shape})")
    gap = float(np.abs(A - A.conj().T).max(initial=0.0))
    if gap > tol * float(np.abs(A).max(initial=0.0)):
        raise InvalidInput(
            f"`{name}` must be hermitian, but |A - A†| reaches {gap:.3g} (got a matrix of shape {A.shape}); use (A + A†)/2"
        )
    return A


def state(name: str, value: ArrayLike, dimension: int) -> Complex:
    """Normalised complex vector of the given dimension."""
    psi: Complex = numbers(name, value, complex)
    if psi.shape != (dimension,):
        raise InvalidInput(
            f"`{name}` must be a vector of length {dimension} (subunits x levels), but its shape is not (got shape {psi.shape})"
        )
    largest = float(np.abs(psi).max())
    if largest == 0:
        raise InvalidInput(f"`{name}` must not vanish, but its norm is zero (got norm 0); give at least one amplitude")
    scaled = psi / largest  # first, so that no square overflows
    unit: Complex = scaled / np.linalg.norm(scaled)
    return unit


def memory(name: str, value: Any, need: float, remedy: str, available: float | None = None) -> None:
    """Refuse an allocation of `need` bytes that the machine cannot hold, before it is made."""
    free = available
    if free is None:  # many small questions in a row do not ask the machine anew
        free = _lately(available_memory, time.monotonic_ns() // LATELY) if need < LITTLE else available_memory()
    LOG.debug("%s: %s of memory needed, %s available", name, size(need), size(free))
    if need > free:
        raise InvalidInput(
            f"`{name}` must fit in memory, but the problem needs {size(need)} where {size(free)} is available (got {value}); {remedy}"
        )


@lru_cache(maxsize=1)
def _lately(read: Callable[[], float], _: int) -> float:
    return read()


def available_memory() -> float:
    """Bytes that this process may still allocate: the machine's free memory, or the control group's if smaller."""
    import psutil

    free = float(psutil.virtual_memory().available)
    try:
        limit, used = (float((GROUP / f"memory.{one}").read_text(encoding="ascii")) for one in ("max", "current"))
        free = min(free, limit - used)
    except (OSError, ValueError):
        pass
    return free


def shown(value: Any) -> str:
    """Short text of a value for an error message."""
    if isinstance(value, np.ndarray):
        return f"array of shape {value.shape}"
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, Sequence) and not isinstance(value, str) and len(value) > 6:
        return f"{type(value).__name__} of length {len(value)}"
    try:
        text = spoken(value) if isinstance(value, BaseModel) else repr(value)
    except ValueError:  # Python writes no whole number of thousands of digits
        return "a number of thousands of digits"
    return text if len(text) <= 60 else text[:57] + "..."
