"""What is recorded of a lattice in time: profiles of densities, their currents, and observables in words."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import chain, count
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from caloriq import wording
from caloriq._checks import shown
from caloriq.closed.lattice.result import Recorded
from caloriq.documents import within
from caloriq.errors import InvalidInput
from caloriq.models.lattice.densities import ENERGY, check_conserved, density, known
from caloriq.models.lattice.flows import Flows
from caloriq.models.lattice.model import HERMITIAN, Lattice
from caloriq.models.lattice.terms import Term
from caloriq.spaces.strings import Strings
from caloriq.variables import ENERGY as ENERGY_UNIT
from caloriq.variables import POWER, Variable

DENSITY, CURRENT = "-density", "-current"  # ends of names that ask for one of both


class Quantity(NamedTuple):
    """Operators that are recorded together."""

    recorded: Recorded
    operators: tuple[Strings, ...]
    places: NDArray[np.intp]  # sites of every operator, shape (P, m)


def asked(model: Lattice, observables: Any = None) -> tuple[Quantity, ...]:
    """Operators of what is asked for; by default every density, and the currents of those that are conserved.

    Parameters
    ----------
    model : Lattice
        Of what.
    observables : sequence of str or Term, optional
        NAME of a density (energy, magnetisation, particles): its profile, and its current where it is conserved; NAME-density
        and NAME-current: one of both; a Term: one number for every place that it acts on.

    Raises
    ------
    InvalidInput
        For what is no density of the model, and words that are no hermitian operators of its sites.
    Unsupported
        For the current of a density that is not conserved; names the term that breaks it.
    """
    if observables is None:
        observables = known(model)
    if isinstance(observables, str | Term) or not isinstance(observables, Iterable):
        observables = (observables,)
    found: dict[str, Quantity] = {}
    for number, one in enumerate(observables):
        with within("observables", number):
            own = [_in_words(model, one, number, found)] if isinstance(one, Term) else _named(model, one)
            found |= {quantity.recorded.variable.name: quantity for quantity in own}
    if not found:
        raise InvalidInput("`observables` must name at least one, but there is none (got []); leave it out")
    return tuple(found.values())


def _named(model: Lattice, name: Any) -> list[Quantity]:
    """Profile and current of a density."""
    names = known(model)
    base = name.removesuffix(DENSITY).removesuffix(CURRENT) if isinstance(name, str) else name
    if base not in names:
        every = [*names, *(f"{one}{end}" for one in names for end in (DENSITY, CURRENT))]
        remedy = wording.remedy(str(name), every, f"known are {', '.join(every)}")
        raise InvalidInput(
            f"`observables` must be densities of the model or terms, but one is not (got {shown(name)}); {remedy}"
        )
    if name.endswith(CURRENT):
        check_conserved(model, base)
        return [_current(model, base)]
    both = name == base and (base == ENERGY or base in model.symmetries.conserved)
    return [_profile(model, base), *([_current(model, base)] if both else [])]


def _profile(model: Lattice, of: str) -> Quantity:
    unit, name = (ENERGY_UNIT, "energy_density") if of == ENERGY else ("1", of)
    variable = Variable(name, ("time", "site"), (), unit, f"<{of}> of every site")
    return Quantity(Recorded("profiles", of, variable), density(model, of), np.arange(model.size)[:, None])


def _current(model: Lattice, of: str) -> Quantity:
    flows, unit = Flows(model), POWER if of == ENERGY else ENERGY_UNIT
    told = f"{of} per time from bond_from to bond_to"
    variable = Variable(f"{of}_currents", ("time", "bond"), (), unit, told, carries=of)
    return Quantity(Recorded("currents", of, variable), tuple(flows.operators(of)), flows.bonds)


def _in_words(model: Lattice, term: Term, number: int, taken: dict[str, Quantity]) -> Quantity:
    """An operator in words at each of its places."""
    placed = model.place(term, "value", 0, conjugate=term.plus is not None)
    operators = tuple(model.operators(placed))
    for operator in operators:
        if (operator - operator.dagger()).largest > HERMITIAN * operator.largest:
            raise InvalidInput(
                f"`observables` must be hermitian, but {term.operator!r} is not (got term {number}); add `plus: hermitian-conjugate`"
            )
    base = re.sub(r"\W+", "_", term.operator.replace("+", "p").replace("-", "m")).strip("_")
    others = {*taken, *known(model)}
    name = next(one for one in chain([base], (f"{base}_{k}" for k in count(2))) if one not in others)
    told = f"<{term.operator}>" + (" + h.c." if term.plus else "")
    variable = Variable(name, ("time", f"{name}_place"), long_name=told)
    return Quantity(Recorded("observables", name, variable), operators, placed.sites)
