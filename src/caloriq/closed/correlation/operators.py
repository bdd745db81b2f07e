"""What is correlated: sums and densities of a lattice by their names."""

from __future__ import annotations

import re
from typing import Any

from caloriq import wording
from caloriq._checks import shown
from caloriq.errors import InvalidInput
from caloriq.models.lattice import densities
from caloriq.models.lattice.model import Lattice
from caloriq.spaces.strings import Strings

CURRENT = re.compile(r"(?P<of>[a-z-]+) current")
AT = re.compile(r"(?P<of>[a-z-]+) at (?P<site>\d+)")
HERMITIAN = 1e-12  # of an imaginary coefficient that is rounding


def check_hermitian(name: str, operator: Strings) -> None:
    """Refuse what is not."""
    wrong = max((abs(complex(c).imag) for c in operator.terms.values()), default=0.0)
    if wrong > HERMITIAN * operator.largest:
        raise InvalidInput(f"`{name}` must be hermitian, but it is not (got an imaginary coefficient of {wrong:.3g})")


def told(operator: Any) -> str:
    """What it is, in words."""
    return operator.strip() if isinstance(operator, str) else f"a sum of {len(operator.terms)} strings"


def operator(model: Lattice, given: Any, argument: str) -> Strings:
    """Operator of a lattice: "energy current", "magnetisation at 3", or a sum of strings.

    Raises
    ------
    InvalidInput
        If it is none, or of a site that there is not.
    Unsupported
        For the current of a density that is not conserved; names the term and the norm that breaks it.
    """
    if isinstance(given, Strings):
        return given
    text = given.strip() if isinstance(given, str) else ""
    if found := CURRENT.fullmatch(text):
        densities.check_known(model, found["of"], argument=argument)
        return densities.total_current(model, found["of"])
    if found := AT.fullmatch(text):
        densities.check_known(model, found["of"], argument=argument)
        site = int(found["site"])
        if site >= model.size:
            raise InvalidInput(
                f"`{argument}` must name a site of the lattice, but it does not (got {site} of {model.size} sites)"
            )
        return densities.density(model, found["of"])[site]
    known = [f"{of} current" for of in densities.known(model)]
    remedy = wording.remedy(text, known, f"known are {', '.join(known)}, and a density at a site, as in 'energy at 3'")
    raise InvalidInput(f"`{argument}` must be an operator of the lattice, but it is not (got {shown(given)}); {remedy}")
