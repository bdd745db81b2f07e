"""A lattice of another size, closed on itself or open."""

from __future__ import annotations

from typing import Any

from caloriq._checks import shown
from caloriq.errors import InvalidInput, Unsupported
from caloriq.models.lattice.geometry import Chain, Ladder
from caloriq.models.lattice.model import Lattice


def ring(model: Lattice, sites: int) -> Lattice:
    """The same terms on a chain or ladder of so many sites that is closed on itself.

    Raises
    ------
    InvalidInput
        For a size that its values or cells do not fit.
    Unsupported
        If it is neither a chain nor a ladder.
    """
    try:
        return of_size(model, sites, periodic=True)
    except InvalidInput as error:
        raise InvalidInput(f"`sizes` must fit the lattice, but they do not (got {shown(sites)}): {error}") from error


def of_size(model: Lattice, sites: int, *, periodic: bool) -> Lattice:
    """The same terms and baths on so many sites of a chain or ladder, closed on itself or open.

    Raises
    ------
    InvalidInput
        For a size that its values or cells do not fit.
    Unsupported
        If it is neither a chain nor a ladder.
    """
    geometry = model.geometry
    if not isinstance(geometry, Chain | Ladder):
        raise Unsupported(
            f"`model` must be a chain or a ladder for a current along it, but it is not (got a {geometry.kind} lattice)"
        )
    told: dict[str, Any] = model.to_mapping()
    told["sites"] = sites
    told["geometry"] = {**geometry.to_mapping(), "periodic": periodic}
    return Lattice.from_mapping(told)
