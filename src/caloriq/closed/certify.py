"""What proves an evolution, and what is refused before it starts."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from caloriq import _checks
from caloriq._checks import Real
from caloriq.closed import observables
from caloriq.closed.blocks import Block, Meter
from caloriq.closed.methods import Chebyshev, Exact, Krylov
from caloriq.closed.observables import OBSERVABLES, Record
from caloriq.closed.states import Haar, Level, Mixed, Vector, columns
from caloriq.errors import InvalidInput
from caloriq.linalg.block_sparse import BlockSparse
from caloriq.linalg.products import Propagated
from caloriq.models.unequal import OneExcitation
from caloriq.results import Certificate, Check

ROUNDING = 1e-8  # error that rounding of the phases may add
RESIDUAL = 1e-6  # bound on the error of a state that the eigenvectors may leave; in Frobenius norm, hence pessimistic


def check_start(model: OneExcitation, start: Haar | Level | Mixed | Vector, times: int) -> None:
    """Refuse a start that does not fit the model, and starts or results that would not fit in memory."""
    if isinstance(start, Vector):
        _checks.state("vector", start.vector, model.dimension)
    else:
        place = _checks.index("subunit", start.subunit, model.subunits)
    if isinstance(start, Level):
        _checks.index("level", start.level, model.counts[place])
    samples = start.samples or 1
    starts = model.counts[place] if isinstance(start, Mixed) else samples
    need = 8.0 * samples * times * (2 * model.subunits + model.bond_count + 1) + 32.0 * model.dimension * starts
    _checks.memory("initial", f"{starts} starts x {times} times", need, "take fewer samples, levels or times")


def check_span(operator: Propagated, times: Real) -> None:
    """Refuse a time span over which double precision loses the phases, whatever the method."""
    error = rounding(operator, times)
    if error > ROUNDING:
        longest = times[-1] * ROUNDING / error
        raise InvalidInput(
            f"`times` must end before {longest:.3g}, where rounding reaches {ROUNDING:g}, but they do not (got {times[-1]:g}); take an earlier time"
        )


def rounding(operator: Propagated, times: Real) -> float:
    """Error of the phases at the last time: 2.2e-16 times half the spectral width times time."""
    lower, upper = operator.norm_bounds
    return float(np.finfo(float).eps * (upper - lower) / 2 * times[-1])


def certificate(
    operator: BlockSparse,
    model: OneExcitation,
    start: Haar | Level | Mixed | Vector,
    record: Record,
    method: Exact | Chebyshev | Krylov,
    meter: Meter,
    times: Real,
) -> Certificate:
    """Norm, unitarity, error bound, rounding and energy, as far as this run measured them."""
    tol = 0.0 if isinstance(method, Exact) else method.tol
    limit = max(1e-10, 2 * tol)  # an error tol of the state moves its norm by at most 2 tol
    total = record.populations.sum(axis=-1)
    checks = []
    if not record.complemented:
        checks.append(Check("norm drift", float(np.abs(total - 1).max()), limit, "the evolution is unitary"))
    checks += proofs(meter.notes, tol, float(times[-1]))
    checks.append(Check("rounding", rounding(operator, times), ROUNDING, "double precision keeps the phases"))
    if record.energy is not None:
        lower, upper = operator.norm_bounds
        middle, scale = (upper + lower) / 2, (upper - lower) / 2
        now = record.energy - middle * total  # from the middle of the spectrum: the gap itself carries no dynamics
        change = np.abs(now - (_initial_energy(operator, model, start)[:, None] - middle)).max() / scale
        checks.append(
            Check("energy drift", float(change), limit, "⟨H⟩ is conserved; in units of half the spectral width")
        )
    return Certificate(tuple(checks))


def proofs(notes: Mapping[str, float], tol: float, span: float) -> list[Check]:
    """What the method measured of itself: eigenvectors, or the bound on what was truncated."""
    checks = []
    if "unitarity defect" in notes:
        meaning = "2‖V†V - 1‖: bounds the norm drift of every state at every time"
        checks.append(Check("unitarity defect", 2 * notes["unitarity defect"], 1e-9, meaning))
    if "residual" in notes:
        meaning = "‖HV - VE‖ t: the eigenvectors are those of H; bounds the error of the state"
        checks.append(Check("residual", notes["residual"] * span, RESIDUAL, meaning))
    if "truncation" in notes:
        meaning = "tail of the Chebyshev series: bounds the error of the state"
        checks.append(Check("truncation", notes["truncation"], tol, meaning))
    if "error bound" in notes:
        meaning = "integral of the Krylov defect: bounds the error of the state"
        checks.append(Check("error bound", notes["error bound"], tol, meaning))
    return checks


def _initial_energy(operator: BlockSparse, model: OneExcitation, start: Haar | Level | Mixed | Vector) -> Real:
    """⟨H⟩ at time 0, shape (starts,)."""
    if isinstance(start, Mixed):
        source = _checks.index("subunit", start.subunit, model.subunits)
        return np.array([operator.energies.reshape(-1)[operator.places[source]].mean()])
    psi = columns(start, model)
    record = observables.empty(operator, psi.shape[1], 1, OBSERVABLES)
    observables.fill(record, operator, Block(slice(0, 1), slice(0, psi.shape[1]), psi[None]))
    assert record.energy is not None
    return record.energy[:, 0]
