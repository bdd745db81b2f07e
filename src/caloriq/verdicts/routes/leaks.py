"""Whether a density is conserved inside a lattice, and what takes it out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from caloriq.models.lattice import densities
from caloriq.models.lattice.coupled import coupled_baths, name_of
from caloriq.models.lattice.model import Lattice
from caloriq.spaces.strings import String, Strings, total
from caloriq.transport.inside import inside

KEPT = 1e-12  # of a rate of change that is rounding, relative to what was added up


def leak(model: Lattice, of: str) -> str | None:
    """What changes the sum of a density in the bulk, in words: H by [H, A], an environment by Σ L†AL - ½{L†L, A}, both exactly."""
    by_terms = _of_terms(model, of)
    if by_terms is not None:
        return by_terms
    names = set(inside(model))
    for bath in coupled_baths(model):
        if (name := name_of(bath, model.size)) in names:
            return f"the bath {name}, which is coupled inside"
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
            change = total(model.spaces, [change for change, _ in changes])
            rate = change.norm
            if rate > KEPT * max(size for _, size in changes):
                return f"{one.name}, which changes it (‖D†(A)‖ = {rate:.3g})"
    return None


def _of_terms(model: Lattice, of: str) -> str | None:
    """The term of H that changes the sum of a density, in words."""
    if model.driven:
        number, term = next((n, one) for n, one in enumerate(model.terms) if one.drive is not None)
        kept = of in model.symmetries.conserved
        return None if kept else f"term {number}, {term.operator!r}, which is driven in time ({term.drive})"
    if of == densities.ENERGY:
        return None
    norm, told = densities.violation(model, of)
    return f"{told}, which does not conserve it (‖[H, A]‖ = {norm:.3g})" if norm > 0 else None


def _changed(A: Strings, jump: Strings, by_site: Mapping[int, set[String]]) -> tuple[Strings, float]:
    """What a jump operator does to A per time, and the norm of what was added up. What shares no site with it commutes."""
    near: set[String] = set().union(*(by_site.get(site, set()) for string in jump.terms for site, _ in string))
    own = Strings(A.spaces, {string: A.terms[string] for string in near})
    back = jump.dagger()
    twice = back @ jump
    return (back @ own @ jump) + (-0.5) * (twice @ own + own @ twice), twice.norm * own.norm
