"""Open chains in time by tensor trains: the density matrix as a matrix product operator, as long as its bonds hold it."""

from __future__ import annotations

import logging
import time
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import numpy as np

from caloriq import _checks, wording
from caloriq._checks import Real
from caloriq.errors import InvalidInput
from caloriq.linalg.threads import serial
from caloriq.models.lattice import densities
from caloriq.models.lattice.flows import Flows
from caloriq.models.lattice.model import Lattice
from caloriq.models.spins import SpinChain
from caloriq.progress import say
from caloriq.results import Certificate, MethodReport, Progress, frozen
from caloriq.steady.lattice.generator import sources
from caloriq.steady.lattice.relaxation import LatticeRelaxation
from caloriq.steady.methods import TensorNetwork
from caloriq.steady.relax import DrivenEvolution
from caloriq.steady.tensor import asked as to_ask
from caloriq.steady.tensor.asked import Asked
from caloriq.steady.tensor.begun import begun
from caloriq.steady.tensor.cells import Cells, cells
from caloriq.steady.tensor.chain import STEP
from caloriq.steady.tensor.followed import Followed
from caloriq.steady.tensor.in_time import InTime
from caloriq.steady.tensor_network import SPEED, TYPICAL, dimensions

LOG = logging.getLogger(__name__)
MOST = 256  # bond dimension that "auto" goes up to: beyond, every doubling adds little time
RUNS = 2.2  # all of them, of the one at the largest dimension
LEAST = 3  # bond dimensions: two that agree may do so by chance
MORE = 0.7  # of what is left before a run, what is left behind it: how many there will be is not known
DAY = 86400.0  # seconds


def in_time(
    method: TensorNetwork,
    asked: Asked,
    initial: Any,
    times: Real,
    progress: Progress | None,
    constant: int | None = None,
) -> InTime:
    """All runs done."""
    if method.checkpoint not in ("auto", None):
        raise InvalidInput(
            f"`checkpoint` must be left out for a chain in time, which is not put down on the way, but it is given (got {_checks.shown(method.checkpoint)}); leave it out"
        )
    most = tuple(one for one in dimensions(method, asked.cells) if method.bond_dimension != "auto" or one <= MOST)
    while len(most) < LEAST and most[0] > 1:
        most = (most[0] // 2, *most)
    check_span(method, asked.cells, times)
    beginning = begun(asked.cells, initial)
    if not beginning.neutral:
        asked = replace(asked, cells=replace(asked.cells, whole=True))
        beginning = begun(asked.cells, initial)
    found = InTime(asked.chain, beginning, times, method.tol, most, constant)
    last = float(times[-1])

    def tell(now: Followed) -> None:
        at = float(times[int(np.isfinite(now.lost).sum()) - 1])
        text = f"bond dimension {now.largest}, steps times {now.factor:g}, time {at:.4g} of {last:.4g}"
        LOG.debug("tensor network in time: %s", text)
        say(progress, text)
        if progress is not None:
            done = found.runs + (at / last if last else 1.0)
            progress(1.0 - MORE**done, 1.0)

    with serial(blas=True, kernels=False):
        found.run(tell)
    return found


def seconds(method: TensorNetwork, found: Cells, times: Real) -> float:
    """Rough time on one core; good to a factor of ten."""
    bond = TYPICAL if method.bond_dimension == "auto" else method.bond_dimension
    speed = max(float(np.linalg.norm(one, 2)) for one in found.generators) / 2
    steps = max(float(times[-1]) * speed / STEP, times.size)
    return 1.0 + RUNS * steps * found.count * 5 * float(max(found.letters)) ** 2 * float(bond) ** 3 / SPEED


def check_span(method: TensorNetwork, found: Cells, times: Real) -> None:
    """Refuse what would take more than a day."""
    work = seconds(method, found, times)
    if work > DAY:
        raise InvalidInput(
            f"`times` must be reached within a day, but the steps would take about {work / DAY:.1g} of them (got times up to {times[-1]:g}); take shorter times or a smaller bond dimension"
        )


def evolve_chain(
    model: SpinChain, times: Real, start: Any, method: TensorNetwork, reason: str, progress: Progress | None = None
) -> DrivenEvolution:
    """A spin chain in time."""
    clock = time.perf_counter()
    asked = to_ask.of_spin_chain(model, cells(model.lattice(), wording.spoken(method)), to_ask.SHARE)
    found = in_time(method, asked, start, times, progress)
    values: dict[str, Any] = {}
    bounds: dict[str, Real] = {}
    for name in ("populations", "currents", "heat_currents", "dephasing_current", "excitation_currents", "energy"):
        one = name in ("dephasing_current", "energy")
        for held, numbers in ((values, found.values), (bounds, found.errors)):
            taken = asked.of(name, numbers.T).T
            held[name] = frozen(np.ascontiguousarray(taken[:, 0] if one else taken))
    return DrivenEvolution(
        model=model,
        method=MethodReport(repr(method), reason, told(found, clock)),
        certificate=Certificate(tuple(found.checks)),
        initial=start,
        times=frozen(times.copy()),
        entropy=None,
        entropy_production=None,
        bounds=MappingProxyType(bounds),
        known_until=found.until,
        **values,
    ).certified()


def evolve_tensor(
    model: Lattice, times: Real, start: Any, method: TensorNetwork, reason: str, progress: Progress | None = None
) -> LatticeRelaxation:
    """An open lattice in time."""
    clock, flows = time.perf_counter(), Flows(model)
    asked = to_ask.of_lattice(model, cells(model, wording.spoken(method)), flows, to_ask.SHARE)
    found = in_time(method, asked, start, times, progress)
    groups: dict[str, dict[str, Real]] = {"profiles": {}, "currents": {}, "inflows": {}}
    bounds: dict[str, Real] = {}
    for group in asked.groups[:-1]:
        kind, of = group.name.split(" ")
        groups[kind][of] = frozen(asked.of(group.name, found.values.T).T.copy())
        name = of if kind == "profiles" else f"{of}_{kind}"
        own = "energy_density" if name == densities.ENERGY else name
        bounds[own] = frozen(asked.of(group.name, found.errors.T).T.copy())
    bounds["energy"] = frozen(found.errors[:, -1].copy())
    unknown = frozen(np.full(times.size, np.nan))
    for name in ("entropy", "entropy_production", "entropy_flow"):
        bounds[name] = frozen(np.full(times.size, np.inf))
    return LatticeRelaxation(
        model=model,
        method=MethodReport(repr(method), reason, told(found, clock)),
        certificate=Certificate(tuple(found.checks)),
        initial=start,
        environments=tuple(one.name for one in sources(model)),
        times=frozen(times.copy()),
        profiles=MappingProxyType(groups["profiles"]),
        currents=MappingProxyType(groups["currents"]),
        inflows=MappingProxyType(groups["inflows"]),
        energy=frozen(found.values[:, -1].copy()),
        entropy=unknown,
        entropy_production=unknown,
        entropy_flow=unknown,
        bonds=flows.bonds,
        bounds=MappingProxyType(bounds),
        known_until=found.until,
    ).certified()


def told(found: InTime, clock: float) -> MappingProxyType[str, float | int | str]:
    """Counts."""
    return MappingProxyType({**found.statistics, "wall time in s": time.perf_counter() - clock})
