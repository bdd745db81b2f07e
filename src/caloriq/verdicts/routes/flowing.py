"""The current that routes without leads look at: on the lattice between its baths, and on the chain without ends."""

from __future__ import annotations

from typing import NamedTuple

from caloriq.errors import CaloriqError
from caloriq.models.lattice import densities
from caloriq.models.lattice.model import Lattice
from caloriq.spaces.currents import current_of
from caloriq.spaces.infinite import InfiniteChain
from caloriq.spaces.strings import Strings
from caloriq.verdicts.routes.case import Case
from caloriq.verdicts.routes.sized import inner


class Flowing(NamedTuple):
    """Of a case."""

    lattice: Lattice
    chain: InfiniteChain
    current: Strings


def flowing(case: Case) -> Flowing | str:
    """Lattice, chain without ends and total current of a cell; or why there is none, in words."""
    lattice = case.lattice
    if lattice is None:
        return case.no_lattice
    found = inner(lattice)
    if isinstance(found, str):
        return found
    long, chain = found
    try:
        densities.check_conserved(long, case.lattice_of)
        J, _ = current_of(chain, case.lattice_of)
    except CaloriqError as error:
        return str(error)
    return Flowing(lattice, chain, J) if J.terms else f"no term carries {case.lattice_of}: nothing flows"
