"""What proves an evolution, and what is refused before it starts."""

from __future__ import annotations

import numpy as np

from caloriq import _checks
from caloriq._checks import Real
from caloriq.closed import observables
from caloriq.closed.blocks import Block, Meter
from caloriq.closed.methods import Chebyshev, Exact, Krylov
from caloriq.closed.observables import OBSERVABLES, Record
from caloriq.closed.states import Haar, Level, Mixed, Vector, columns
from caloriq.errors import InvalidInput
from caloriq.linalg.block_tridiagonal import BlockTridiagonal
from caloriq.models.modular import ModularChain
from caloriq.results import Certificate, Check

MOST_PRODUCTS = 1e8  # days of work


def check_size(model: ModularChain, start: Haar | Level | Mixed | Vector, times: int) -> None:
    """Refuse starts and results that would not fit in memory."""
    samples = start.samples or 1
    starts = model.levels if isinstance(start, Mixed) else samples
    need = 8.0 * samples * times * (3 * model.subunits) + 32.0 * model.dimension * starts
    _checks.memory("initial", f"{starts} starts x {times} times", need, "take fewer samples, levels or times")


def check_length(operator: BlockTridiagonal, times: Real, method: Exact | Chebyshev | Krylov) -> None:
    """Refuse a time span that would need more products than anyone waits for."""
    lower, upper = operator.norm_bounds
    products = (upper - lower) / 2 * float(times[-1])
    if not isinstance(method, Exact) and products > MOST_PRODUCTS:
        raise InvalidInput(
            f"`times` must end within about {MOST_PRODUCTS:.0e} products, but the last needs {products:.1e} (got {times[-1]:g}); "
            "take an earlier time or Exact()"
        )


def certificate(
    operator: BlockTridiagonal,
    model: ModularChain,
    start: Haar | Level | Mixed | Vector,
    record: Record,
    method: Exact | Chebyshev | Krylov,
    meter: Meter,
    longest: float,
) -> Certificate:
    """Norm, unitarity, error bound, rounding and energy, as far as this run measured them."""
    tol = 0.0 if isinstance(method, Exact) else method.tol
    limit = max(1e-10, 2 * tol)  # an error tol of the state moves its norm by at most 2 tol
    total = record.populations.sum(axis=-1)
    checks = []
    if not record.complemented:
        checks.append(Check("norm drift", float(np.abs(total - 1).max()), limit, "the evolution is unitary"))
    if "unitarity defect" in meter.notes:
        checks.append(
            Check(
                "unitarity defect",
                meter.notes["unitarity defect"],
                1e-9,
                "‖V†V - 1‖: the eigenvectors are orthonormal, so every state keeps its norm",
            )
        )
    if "error bound" in meter.notes:
        checks.append(
            Check(
                "error bound",
                meter.notes["error bound"],
                tol,
                "integral of the Krylov defect: bounds the error of the state",
            )
        )
    lower, upper = operator.norm_bounds
    rounding = float(np.finfo(float).eps * (upper - lower) / 2 * longest)
    checks.append(
        Check("rounding", rounding, 1e-8, "double precision keeps the phases: 2.2e-16 times spectrum times time")
    )
    if record.energy is not None:
        middle, scale = (upper + lower) / 2, (upper - lower) / 2
        now = record.energy - middle * total  # from the middle of the spectrum: the gap itself carries no dynamics
        change = np.abs(now - (_initial_energy(operator, model, start)[:, None] - middle)).max() / scale
        checks.append(
            Check("energy drift", float(change), limit, "⟨H⟩ is conserved; in units of half the spectral width")
        )
    return Certificate(tuple(checks))


def _initial_energy(operator: BlockTridiagonal, model: ModularChain, start: Haar | Level | Mixed | Vector) -> Real:
    """⟨H⟩ at time 0, shape (starts,)."""
    if isinstance(start, Mixed):
        return np.array([operator.energies[_checks.index("subunit", start.subunit, model.subunits)].mean()])
    psi = columns(start, model)
    record = observables.empty(operator, psi.shape[1], 1, OBSERVABLES)
    observables.fill(record, operator, Block(slice(0, 1), slice(0, psi.shape[1]), psi[None]))
    assert record.energy is not None
    return record.energy[:, 0]
