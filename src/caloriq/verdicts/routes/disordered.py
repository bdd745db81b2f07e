"""Premises of localisation by independent random fields, looked at on the terms of a lattice."""

from __future__ import annotations

import numpy as np

from caloriq.errors import CaloriqError
from caloriq.models.lattice.expressions import evaluate
from caloriq.models.lattice.model import Lattice
from caloriq.models.lattice.terms import Term
from caloriq.models.lattice.values import Random
from caloriq.results import Check
from caloriq.transport.bulk import bulk_of
from caloriq.transport.inside import inside

FIELDS = ("Sz", "Z", "n")  # words of a field; of two levels others are constants, or move excitations
EVEN = 1e-12  # of a hopping that differs by rounding


def localised(model: Lattice) -> tuple[Check, ...] | str:
    """Premises of Kunz and Souillard: one channel, free, uniform hopping, independent fields with a density, nothing that dephases.

    Returns
    -------
    tuple of Check or str
        The premises with their numbers, or in words which one is not met.
    """
    why = _not_free(model)
    if why is not None:
        return why
    drawn = [term for term in model.terms if isinstance(term.value, Random)]
    widths: list[float] = []
    for term, placed in zip(model.terms, model.placed, strict=True):
        if term not in drawn:
            if len(placed.values) and np.ptp(placed.values) != 0:
                return f"its other term {term.operator!r} differs from place to place"
            continue
        field = _field(model, term)
        if isinstance(field, str):
            return field
        widths.append(field)
    return (
        Check("spread of the hopping", _spread(model), EVEN, "hopping is uniform"),
        Check("1 over width of the fields", 1 / min(widths), 1 / EVEN, "independent random fields have a density"),
    )


def _not_free(model: Lattice) -> str | None:
    """What keeps it from being a closed chain of free excitations with uniform hopping, in words."""
    read = model.spin_chain
    if isinstance(read, str):
        return f"it is no chain of free excitations: {read}"
    if not bulk_of(read.chain).quasi_free:
        return "it interacts, or couples beyond neighbours: no theorem is known"
    if acting := inside(model):
        return f"its bulk is open ({', '.join(acting)})"
    if _spread(model) > EVEN:
        return "its hopping is not uniform: the middle of the band may be special"
    return None


def _spread(model: Lattice) -> float:
    """Relative spread of the hopping; 1 where a bond has none."""
    read = model.spin_chain
    assert not isinstance(read, str)
    g = read.chain.bonds.hopping
    return float(abs(g - g[0]).max()) / float(abs(g[0])) if len(g) == model.size - 1 and g[0] else 1.0


def _field(model: Lattice, term: Term) -> float | str:
    """Width of a random field that is independent from site to site, or what else it is."""
    value = term.value
    assert isinstance(value, Random)
    if value.random == "choice":
        return "its fields take single values: they have no density"
    if value.repeat != 1:
        return "its fields are the same on several sites in a row"
    if len(term.letters) != 1 or term.on is not None or term.operator not in FIELDS:
        return f"its random term {term.operator!r} is not a field on every site"
    try:
        widths = [
            float(evaluate("width", one, model.numbers)) if isinstance(one, str) else float(one)
            for one in (value.width, value.mean)
        ]
    except CaloriqError:
        return "the width of its fields depends on the place"
    return widths[0] if widths[0] > 0 else "its fields have no width"
