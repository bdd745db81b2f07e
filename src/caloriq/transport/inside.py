"""What acts inside a lattice, and not at its ends."""

from __future__ import annotations

import numpy as np

from caloriq.errors import Unsupported
from caloriq.models.lattice.coupled import coupled_baths, name_of, sites_of
from caloriq.models.lattice.environment import Environment
from caloriq.models.lattice.geometry import Ladder
from caloriq.models.lattice.model import Lattice
from caloriq.transport.bulk import EDGE


def check_closed_inside(model: Lattice) -> None:
    """Refuse a lattice whose bulk is open: what H conserves is not conserved there.

    Raises
    ------
    Unsupported
        With the names of what acts there.
    """
    if names := inside(model):
        raise Unsupported(
            f"`model` must be closed in its bulk for charges of H to be conserved, but it is not (got {', '.join(names)}); take them away, or ask for a verdict"
        )


def inside(model: Lattice) -> tuple[str, ...]:
    """Names of what acts on the bulk: further than `EDGE` places from the ends of a chain or ladder, or on the inner ones of a short one."""
    found = {one.name for one in model.environments if one.jumps and not _at_an_end(model, one)}
    coupled = [bath for bath in coupled_baths(model) if not _near(model, set(sites_of(bath, model.size)))]
    return tuple(sorted(found | {name_of(bath, model.size) for bath in coupled}))


def own_sites(model: Lattice, one: Environment) -> set[int]:
    """Sites that an environment acts on; the signs of the fermions before one that it brings or takes are none."""
    found: set[int] = set()
    for jump in one.jumps:
        for string in jump.terms:
            last = max((site for site, a in string if a != _sign(model, site)), default=-1)
            found |= {site for site, a in string if site >= last or a != _sign(model, site)}
    return found


def _sign(model: Lattice, site: int) -> int:
    """Letter of (-1)^n of a site; -1 where there is none, or where it is a sum of letters."""
    space = model.spaces[site]
    if space.fermion_sign is None:
        return -1
    row = space.expanded(np.diag(space.fermion_sign))
    return row[0][0] if len(row) == 1 else -1


def _at_an_end(model: Lattice, one: Environment) -> bool:
    sites = own_sites(model, one)
    return not (one.mixes and sites == set(range(model.size))) and _near(model, sites)


def _near(model: Lattice, sites: set[int]) -> bool:
    """Whether all sites are near an end of a chain or ladder; of other lattices, which have no ends, whether they are few."""
    geometry = model.geometry
    if not (geometry.is_chain or isinstance(geometry, Ladder)):
        return 2 * len(sites) < model.size
    legs = geometry.legs if isinstance(geometry, Ladder) else 1
    places = model.size // legs
    edge = max(1, min(EDGE, (places - 1) // 2))
    return all(site // legs < edge or site // legs >= places - edge for site in sites)
