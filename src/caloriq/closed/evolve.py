"""The verb: exact Schrödinger dynamics of closed chains and networks."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from numpy.typing import ArrayLike

from caloriq import _checks, wording
from caloriq._checks import Real
from caloriq.closed import table
from caloriq.closed.blocks import Meter
from caloriq.closed.certify import certificate, check_span, check_start
from caloriq.closed.methods import Chebyshev, Exact, Krylov
from caloriq.closed.observables import OBSERVABLES, Observable, checked
from caloriq.closed.paths import record
from caloriq.closed.states import Haar, Level, Mixed, Vector
from caloriq.errors import InvalidInput
from caloriq.linalg.threads import serial
from caloriq.models.modular import Bonds, ModularChain
from caloriq.models.network import MODULAR, ModularNetwork
from caloriq.models.unequal import UnequalNetwork
from caloriq.results import MethodReport, Progress, Solution, frozen
from caloriq.variables import BONDS, GAP, SUBUNIT, TIME, Variable

SERIAL = 1500  # levels below which a second thread costs more than it brings, on an idle machine too
LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Evolution(Solution):
    """Exact dynamics of a closed chain or network at sampled times.

    Attributes
    ----------
    initial : Haar, Level, Mixed or Vector
        The start.
    times : array, shape (T,)
        Instants, in 1/ΔE.
    populations : array, shape (T, N); an ensemble's (samples, T, N)
        P_µ(t), the probability to find the excitation in subunit µ (PRE 11).
    local_energies : array, same shape, or None
        ⟨H_loc(µ)⟩(t) in ΔE, band energy included; ΔE P_µ up to the bandwidth.
    currents : array, shape (T, E); an ensemble's (samples, T, E); or None
        Exact probability currents along `bonds`, from the lower to the higher index, in ΔE; times ΔE the energy current
        of the gap. In a chain J_µ from subunit µ to µ+1, E = N - 1.
    energy : array, shape (T,); an ensemble's (samples, T); or None
        ⟨H⟩(t), which must not change.
    """

    initial: Haar | Level | Mixed | Vector
    times: Real
    populations: Real
    local_energies: Real | None
    currents: Real | None
    energy: Real | None

    variables = (
        Variable("populations", ("time", "subunit"), long_name="P_µ(t)"),
        Variable("local_energies", ("time", "subunit"), units=GAP, long_name="<H_loc(µ)>(t)"),
        Variable(
            "currents", ("time", "bond"), units=GAP, long_name="J(t), from bond_from to bond_to", carries="probability"
        ),
        Variable("energy", ("time",), units=GAP, long_name="<H>(t), which must not change"),
    )
    coordinates = (TIME, SUBUNIT, *BONDS)

    def facts(self) -> dict[str, Any]:
        """The start."""
        return {"initial": json.dumps(self.initial.to_mapping())}

    @property
    def bonds(self) -> Bonds:
        """Coupled pairs of subunits a < b that the currents flow between, shape (E, 2)."""
        bonds: Bonds = self.model.bonds
        return bonds


def choose_method(
    model: ModularChain | ModularNetwork | UnequalNetwork,
    *,
    initial: Haar | Level | Mixed | Vector | None = None,
    tol: float = 1e-10,
) -> tuple[Exact | Chebyshev, str]:
    """What `evolve(..., method="auto")` would run, and the comparison behind it."""
    _checks.instance("model", model, *MODULAR, UnequalNetwork)
    _checks.tolerance("tol", tol)
    d = model.dimension
    most = table.limit(initial.samples if isinstance(initial, Haar) else 1, mixed=isinstance(initial, Mixed))
    chosen = table.cheapest(d, most, tol)
    if isinstance(chosen, Exact):
        kind = "one start" if most == table.SMALL else "many starts or a mixed one"
        return chosen, f"auto: dimension {d} is at most {most}, where for {kind} a dense eigendecomposition is cheapest"
    kind = "chain's" if isinstance(model, ModularChain) else "network's"
    return (
        chosen,
        f"auto: dimension {d} is above {most}, where products with the {kind} {model.bond_count} coupling blocks are cheapest",
    )


def evolve(
    model: ModularChain | ModularNetwork | UnequalNetwork,
    times: ArrayLike,
    *,
    initial: Haar | Level | Mixed | Vector | None = None,
    method: Exact | Chebyshev | Krylov | str = "auto",
    observables: Sequence[Observable] = OBSERVABLES,
    progress: Progress | None = None,
) -> Evolution:
    """Schrödinger equation of a closed chain or network; see `caloriq.evolve`."""
    _checks.instance("model", model, *MODULAR, UnequalNetwork)
    t = _checks.times(times)
    start = Haar() if initial is None else initial
    if not isinstance(start, Haar | Level | Mixed | Vector):
        raise InvalidInput(
            f"`initial` must be a start such as haar(), level(), mixed() or vector(), but it is not (got {_checks.shown(start)})"
        )
    asked = _checks.method(method, table.FILES)
    chosen: Exact | Chebyshev | Krylov
    chosen, reason = choose_method(model, initial=start) if asked == "auto" else (asked, "as asked for")
    LOG.debug("evolve: %s (%s)", wording.spoken(chosen), reason)
    wanted = checked(observables)
    clock, meter = time.perf_counter(), Meter(progress)
    check_start(model, start, t.size)
    operator = model.hamiltonian(with_gap=False)
    check_span(operator, t)
    small = model.dimension < SERIAL
    with serial(blas=small, kernels=small and operator.kernel == "numba"):
        recorded = record(operator, model, start, t, chosen, wanted, meter)
        statistics: dict[str, float | int | str] = {
            "dimension": model.dimension,
            "products": meter.products,
            "bytes per product": operator.product_bytes,
            "kernel": operator.kernel,
            **meter.notes,
            "wall time in s": time.perf_counter() - clock,
        }
        proof = certificate(operator, model, start, recorded, chosen, meter, t)
    report = MethodReport(repr(chosen), reason, MappingProxyType(statistics))
    if recorded.local_energies is not None:
        recorded.local_energies += model.middle * recorded.populations
    if recorded.energy is not None:
        recorded.energy += model.middle * recorded.populations.sum(axis=-1)
    single = start.samples is None

    def shaped(array: Real | None) -> Any:
        return None if array is None else frozen(array[0] if single else array)

    return Evolution(
        model=model,
        method=report,
        certificate=proof,
        initial=start,
        times=frozen(t.copy()),
        populations=shaped(recorded.populations),
        local_energies=shaped(recorded.local_energies),
        currents=shaped(recorded.currents),
        energy=shaped(recorded.energy),
    ).certified()
