"""Whether a density is conserved inside a lattice, and what takes it out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from contextlib import suppress

from caloriq.errors import CaloriqError
from caloriq.models.lattice import densities
from caloriq.models.lattice.environment import Environment
from caloriq.models.lattice.model import Lattice
from caloriq.spaces.strings import String, Strings, total
from caloriq.transport.bulk import EDGE
from caloriq.verdicts.routes.sized import LONG, cell_of, opened

KEPT = 1e-12  # of a rate of change that is rounding, relative to what was added up


def inside(model: Lattice) -> tuple[str, ...]:
    """Names of the environments that act on the bulk: further than `EDGE` sites from the ends of the lattice when it is long.

    Of a short one every site is near an end: the same terms on a longer one tell what acts on the ends alone.
    """
    long = model
    if model.size < LONG:
        with suppress(CaloriqError):
            step = cell_of(model)
            long = opened(model, step * -(-LONG // step))
    found = {one.name for one in long.environments if one.jumps and not _at_an_end(long, one)}
    return tuple(sorted(found))


def _at_an_end(model: Lattice, one: Environment) -> bool:
    if not model.geometry.is_chain:
        return False
    sites = {site for jump in one.jumps for string in jump.terms for site, _ in string}
    edge = max(1, min(EDGE, (model.size - 1) // 2))
    return all(site < edge or site >= model.size - edge for site in sites)


def leak(model: Lattice, of: str) -> str | None:
    """What changes the sum of a density in the bulk, in words: H by [H, A], an environment by Σ L†AL - ½{L†L, A}, both exactly."""
    if of != densities.ENERGY:
        norm, told = densities.violation(model, of)
        if norm > 0:
            return f"{told}, which does not conserve it (‖[H, A]‖ = {norm:.3g})"
    names = set(inside(model))
    if not names:
        return None
    by_site = defaultdict(set)
    A = total(model.spaces, list(densities.density(model, of)))
    for string in A.terms:
        for site, _ in string:
            by_site[site].add(string)
    for one in model.environments:
        if one.name in names:
            changes = [_changed(A, jump, by_site) for jump in one.jumps]
            rate = total(model.spaces, [change for change, _ in changes]).norm
            if rate > KEPT * max(size for _, size in changes):
                return f"{one.name}, which changes it (‖D†(A)‖ = {rate:.3g})"
    return None


def _changed(A: Strings, jump: Strings, by_site: Mapping[int, set[String]]) -> tuple[Strings, float]:
    """What a jump operator does to A per time, and the norm of what was added up. What shares no site with it commutes."""
    near: set[String] = set().union(*(by_site.get(site, set()) for string in jump.terms for site, _ in string))
    own = Strings(A.spaces, {string: A.terms[string] for string in near})
    back = jump.dagger()
    twice = back @ jump
    return (back @ own @ jump) + (-0.5) * (twice @ own + own @ twice), twice.norm * own.norm
