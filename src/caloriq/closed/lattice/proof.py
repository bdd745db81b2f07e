"""What proves the evolution of a lattice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from caloriq._checks import Real
from caloriq.closed.blocks import Meter
from caloriq.closed.certify import ROUNDING, proofs, rounding
from caloriq.closed.lattice.columns import Columns
from caloriq.closed.lattice.readers import overlap
from caloriq.closed.lattice.recorded import Quantity
from caloriq.closed.methods import Chebyshev, Exact, Krylov
from caloriq.models.lattice.densities import ENERGY
from caloriq.models.lattice.space import Space
from caloriq.results import Certificate, Check
from caloriq.spaces.strings import Strings

if TYPE_CHECKING:
    from caloriq.closed.lattice.evolution import Record

EXACT = 1e-10  # of norms, and of sums that are conserved
LAST = 1e-6  # population of the last level of a boson mode


def certificate(
    space: Space,
    vectors: Columns,
    wanted: tuple[Quantity, ...],
    found: Record,
    method: Exact | Chebyshev | Krylov,
    meter: Meter,
    times: Real,
) -> Certificate:
    """Norm, truncation, rounding, the start, conserved sums, and cut-offs."""
    tol = 0.0 if isinstance(method, Exact) else method.tol
    limit, H = max(EXACT, 2 * tol), space.hamiltonian
    checks = [
        *vectors.checks,
        Check("norm drift", float(np.abs(found.norms - 1).max()), limit, "the evolution is unitary"),
        *proofs(meter.notes, tol, float(times[-1])),
        Check("rounding", rounding(H, times), ROUNDING, "double precision keeps the phases"),
    ]
    scale = max(map(abs, H.norm_bounds))
    before = overlap(vectors.states, H.mv(vectors.states))
    if vectors.weights is not None:
        before = np.atleast_1d(vectors.weights @ before)
    drift = float(np.abs(found.energy - before[:, None]).max()) / scale
    checks.append(Check("energy drift", drift, limit, "⟨H⟩ is conserved; in units of the bound on ‖H‖"))
    checks += _sums(space, wanted, found, scale, limit)
    if found.last.size:
        told = "population of the last level that a boson mode keeps; take a higher cut-off"
        checks.append(Check("boson cut-off", float(found.last.max()), LAST, told))
    return Certificate(tuple(checks))


def _sums(space: Space, wanted: tuple[Quantity, ...], found: Record, scale: float, limit: float) -> list[Check]:
    """Energies of the sites add up to that of the whole, and conserved numbers do not change."""
    checks = []
    for one, values in zip([quantity.recorded for quantity in wanted], found.values, strict=True):
        if one.kind != "profiles":
            continue
        total = values.sum(axis=-1)
        if one.name == ENERGY:
            apart = float(np.abs(total - found.energy).max()) / scale
            checks.append(Check("sum of energies", apart, limit, "the energies of the sites add up to ⟨H⟩"))
        elif one.name in space.model.symmetries.conserved:
            largest = max(
                np.abs(site.numbers[one.name]).max() for site in space.model.spaces if one.name in site.numbers
            )
            drift = float(np.abs(total - total[:, :1]).max()) / (space.model.size * (largest or 1.0))
            told = f"the {one.name} is conserved; per site, in units of its largest value"
            checks.append(Check(f"{one.name} drift", drift, limit, told))
    return checks


def last_levels(space: Space) -> list[Strings]:
    """Projectors on the last level of every boson mode that more quanta could reach; none where all quanta fit in each mode."""
    model = space.model
    found = []
    for x, site in enumerate(model.spaces):
        if site.name == "boson" and _most(space, x) > site.levels - 1:
            projector = np.zeros((site.levels, site.levels))
            projector[-1, -1] = 1.0
            found.append(Strings.of(model.spaces, [x], [projector]))
    return found


def _most(space: Space, x: int) -> float:
    """Quanta that a boson mode could hold by the numbers that are fixed, if nothing were cut off."""
    found = np.inf
    for number, total in zip(space.numbers, space.totals.values(), strict=True):
        steps = np.diff(number.levels[x])
        modes = [q for q, site in zip(number.levels, space.model.spaces, strict=True) if site.name == "boson"]
        # a mode that is not cut off counts on as it began, and no other may make room for more by counting down
        counts = number.modulus == 0 and np.ptp(steps) == 0 and steps[0] > 0 and all(min(q) == q[0] for q in modes)
        if counts:
            others = sum(min(q) for y, q in enumerate(number.levels) if y != x) + number.levels[x][0]
            found = min(found, (total - others) / float(steps[0]))
    return float(found)
