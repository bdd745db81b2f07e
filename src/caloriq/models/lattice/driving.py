"""Terms that depend on time: a lattice as a sum of constant ones, each times a function of time.

What is claimed of a driven H for all times holds of every part by itself, whatever the functions are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from caloriq import _checks
from caloriq._checks import shown
from caloriq.documents import within
from caloriq.errors import InvalidInput
from caloriq.models.lattice.expressions import evaluate
from caloriq.models.lattice.terms import Term

if TYPE_CHECKING:
    from caloriq.models.lattice.model import Lattice

TIME = "t"  # the name of time in a drive


class Piece(NamedTuple):
    """The terms that share one function of time."""

    drive: str | None  # None: constant
    lattice: Lattice  # of these terms alone, constant and closed


def pieces(model: Lattice) -> tuple[Piece, ...]:
    """H(t) = Σ f(t) H_f: the constant part first, where there is one, then one for every text of a drive."""
    drives = dict.fromkeys(term.drive for term in model.terms)
    ordered = sorted(drives, key=lambda one: one is not None)
    return tuple(Piece(one, _lattice(model, {drive: float(drive == one) for drive in drives})) for one in ordered)


def at(model: Lattice, time: float) -> Lattice:
    """The lattice with the Hamiltonian that it has at a time, as if it were constant.

    Raises
    ------
    InvalidInput
        If a drive has no real value then.
    """
    t = _checks.scalar("time", time)
    drives = dict.fromkeys(term.drive for term in model.terms)
    return _lattice(model, {one: strength(model, one, t) for one in drives}, whole=True)


def strength(model: Lattice, drive: str | None, t: float) -> float:
    """Value of a drive at a time; 1 of what is constant.

    Raises
    ------
    InvalidInput
        If it has none that is real and finite.
    """
    if drive is None:
        return 1.0
    value = np.asarray(evaluate("drive", drive, {**model.numbers, TIME: t}))
    if value.ndim or (np.iscomplexobj(value) and value.imag):
        raise InvalidInput(
            f"`drive` must be a real number at every time, but it is not at t = {t:g} (got {shown(drive)})"
        )
    return float(value.real)


def check_drives(model: Lattice) -> None:
    """Refuse a parameter that is called as the time is, and drives or parts of H that are none."""
    if TIME in model.parameters:
        raise InvalidInput(
            f"`parameters` must not be called {TIME!r} where a drive makes it the time, but one is (got {shown(model.parameters[TIME])}); rename it"
        )
    for number, (term, placed) in enumerate(zip(model.terms, model.placed, strict=True)):
        with within("terms", number):
            model.operators(placed)
            strength(model, term.drive, 0.0)
    pieces(model)  # each of which must be hermitian by itself


def _lattice(model: Lattice, factors: dict[str | None, float], *, whole: bool = False) -> Lattice:
    """Terms at their places with their values times the factors of their drives; those of factor 0 left out, unless it is all."""
    terms = []
    for term, placed in zip(model.terms, model.placed, strict=True):
        factor = factors[term.drive]
        if factor or whole:
            rows, values = placed.sites.tolist(), (placed.values * factor).tolist()
            terms.append(Term(term.operator, values, on=rows, plus=term.plus) if rows else None)
    open_to: dict[str, Any] = {} if whole else {"baths": (), "jumps": (), "dephasing": 0.0}
    kept = tuple(one for one in terms if one is not None)
    return model.model_copy(update={"terms": kept, **open_to})
