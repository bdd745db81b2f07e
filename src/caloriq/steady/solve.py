"""The verb: the steady state of a driven model."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Any, NamedTuple, overload

from caloriq import _checks, wording
from caloriq.errors import InvalidInput, NotConverged, Unsupported
from caloriq.models.classical import ClassicalChain
from caloriq.models.disorder import DisorderedChain
from caloriq.models.driven_modular import DrivenModularChain
from caloriq.models.lattice.coupled import coupled_baths
from caloriq.models.lattice.model import Lattice
from caloriq.models.lattice.recognised import Recognised
from caloriq.models.spins import SpinChain
from caloriq.results import MethodReport, Progress
from caloriq.steady import balance, closed_form, direct, ensemble, sector, table, two_point
from caloriq.steady.ensemble import SteadyEnsemble
from caloriq.steady.lattice.coupled import steady_coupled
from caloriq.steady.lattice.result import LatticeState
from caloriq.steady.lattice.sampled import sampled_lattice
from caloriq.steady.lattice.solve import RETRIED, steady_lattice
from caloriq.steady.methods import (
    Chosen,
    ClosedForm,
    Direct,
    Full,
    Occupations,
    Sector,
    TensorNetwork,
    Trajectories,
    TwoPoint,
)
from caloriq.steady.modular import DrivenModularState, steady_modular
from caloriq.steady.quasi_free.solve import steady_quasi_free, taken
from caloriq.steady.result import SteadyState
from caloriq.steady.tensor.cells import cells
from caloriq.steady.thermal.result import DrivenState
from caloriq.steady.unique import check_reach

Model = SpinChain | ClassicalChain | DisorderedChain
LOG = logging.getLogger(__name__)
DENSE = 5  # sites up to which a dense solution is the fastest
EXACT = 12  # sites up to which the sector is solved in minutes


class Planned(NamedTuple):
    """What `steady_state` would do."""

    method: Chosen | None  # the choice; None where the samples of an ensemble are solved in batches
    batch: str | None  # which batch
    reason: str  # why
    memory: float  # bytes needed

    @property
    def name(self) -> str:
        """In words."""
        return repr(self.method) if self.batch is None else f"batched {self.batch}"


def cheapest(model: SpinChain | ClassicalChain) -> tuple[Chosen, str]:
    """What `steady_state(..., method="auto")` would run, and what keeps the cheaper ones from applying.

    Refused is what is no single chain, and one that is too large for the only method that applies.
    """
    if not isinstance(model, SpinChain | ClassicalChain):
        raise InvalidInput(
            f"`model` must be a SpinChain or a ClassicalChain, but it is not (got {_checks.shown(model)}); of an ensemble take model.sample(0)"
        )
    if isinstance(model, ClassicalChain):
        return Occupations(), "auto: the mean occupations of a classical chain obey closed linear equations"
    no_formula = closed_form.obstacle(model)
    if no_formula is None:
        return ClosedForm(), "auto: the chain is uniform and has a closed form"
    open_set = two_point.obstacle(model)
    if open_set is None:
        return TwoPoint(), f"auto: there is no closed form because of {no_formula}, but the two-point set closes"
    if model.sites <= DENSE:
        return Direct(), f"auto: the two-point set does not close because of {open_set}, and the sector is small"
    if model.sites > EXACT:
        return _long(model, open_set)
    return Sector(), f"auto: the two-point set does not close because of {open_set}, so the whole sector is solved"


def _long(model: SpinChain, open_set: str) -> tuple[Chosen, str]:
    """What is solved where the sector is too large: chains as tensor networks; the sector as far as it goes where there is no chain."""
    try:
        cells(model.lattice())
    except Unsupported as error:
        if model.sites > sector.LARGEST:
            raise InvalidInput(
                f"`sites` must be at most {sector.LARGEST} where the two-point set does not close because of {open_set} and no neighbours along a chain are all that is coupled, but there are more (got {model.sites}); take method=Trajectories(error=0.01), fewer sites, or leave that out"
            ) from error
        return (
            Sector(),
            f"auto: the two-point set does not close because of {open_set}, so the whole sector is solved",
        )
    return (
        TensorNetwork(),
        f"auto: the two-point set does not close because of {open_set}, and the sector of {model.sites} sites is large",
    )


@overload
def steady_state(
    model: DisorderedChain, *, method: Chosen | str = ..., progress: Progress | None = ...
) -> SteadyEnsemble: ...
@overload
def steady_state(
    model: SpinChain | ClassicalChain, *, method: Chosen | str = ..., progress: Progress | None = ...
) -> SteadyState: ...
@overload
def steady_state(
    model: Lattice, *, method: Chosen | str = ..., progress: Progress | None = ...
) -> LatticeState | SteadyState | DrivenState: ...
@overload
def steady_state(
    model: DrivenModularChain, *, method: Chosen | str = ..., progress: Progress | None = ...
) -> DrivenModularState: ...
def steady_state(
    model: Model | DrivenModularChain | Lattice, *, method: Chosen | str = "auto", progress: Progress | None = None
) -> SteadyState | SteadyEnsemble | DrivenModularState | LatticeState | DrivenState:
    """Steady state of a chain between baths: currents, populations, coherences, and what proves them.

    Parameters
    ----------
    model : SpinChain, ClassicalChain, DisorderedChain, DrivenModularChain or Lattice
        What is driven. A disordered chain gives all of its samples; a modular chain is cut at one excitation, or with
        `Full` solved in all its product states where they are few. A lattice that is a spin chain in other words takes the
        methods of one, and its result, unless `Full` is asked for; any other is solved by `TwoPoint`, `Full`, `Sector`,
        `TensorNetwork` or `Trajectories`.
    method : ClosedForm, TwoPoint, Direct, Sector, Full, TensorNetwork, OneExcitation, Trajectories, Occupations or "auto"
        How; `choose("steady-state", model)` tells what "auto" takes, which never draws random numbers.
    progress : callable, optional
        Called with (done, total) as the work goes on.

    Returns
    -------
    SteadyState, SteadyEnsemble, DrivenModularState, LatticeState, or DrivenState between baths coupled by operators
        Currents, populations, certificate and cost.

    Raises
    ------
    InvalidInput
        If the steady state is not unique (no bath, or a piece that no bath reaches), or the problem does not fit in
        memory.
    Unsupported
        If the method does not apply; names the term.
    NotConverged
        If a check of the certificate fails; the solution is attached.
    """
    if isinstance(model, DrivenModularChain):
        return steady_modular(model, method)
    if isinstance(model, Lattice):
        return _lattice(model, method, progress)
    if not isinstance(model, SpinChain | ClassicalChain):
        return _ensemble(model, method, progress)
    found = _one(model, method, progress).certified()
    if found.method.name.startswith(TensorNetwork.__name__):  # another relaxation would double its time
        return balance.known(found)
    return balance.measured(found, lambda level: _one(level, method, None))


def recognised(model: Lattice, method: Chosen | str) -> Recognised | None:
    """The spin chain that a lattice is solved as, where it is one and no general method is asked for."""
    _checks.method(method, table.types())
    if coupled_baths(model) or isinstance(method, Full) or method == "full":
        return None
    found = model.spin_chain
    if isinstance(found, Recognised):
        return found
    if method not in ("auto", "sector", "two-point", "tensor-network") and not isinstance(
        method, Sector | TwoPoint | TensorNetwork | Trajectories
    ):
        raise Unsupported(
            f"`method` must apply to the model, but the lattice is no spin chain: it has {found} (got {wording.spoken(method)}); use Sector(), TensorNetwork() or Full()"
        )
    return None


def _lattice(
    model: Lattice, method: Chosen | str, progress: Progress | None
) -> SteadyState | LatticeState | DrivenState:
    """As the spin chain that it is, between coupled baths, by two-point functions where they close, or by the general methods."""
    if coupled_baths(model):
        return steady_coupled(model, method)
    chain = recognised(model, method)
    if chain is None:
        return _general(model, method, progress)
    found: SteadyState = steady_state(chain.chain, method=method, progress=progress)
    reason = f"{found.method.reason}; {chain.reason}"
    return replace(found, method=MethodReport(found.method.name, reason, found.method.statistics))


def _general(model: Lattice, method: Chosen | str, progress: Progress | None) -> LatticeState:
    """By two-point functions where they close; what these leave unsure of few elements by all of the density matrix; by jumps."""
    if isinstance(method, Trajectories):
        return sampled_lattice(model, method, progress)
    if taken(model, method) is None:
        return steady_lattice(model, method, progress)
    try:
        return steady_quasi_free(model, method, progress)
    except NotConverged as error:
        if method != "auto" or error.solution is None or model.dimension**2 > RETRIED:
            raise
        return steady_lattice(model, method, progress)


def _ensemble(model: Any, method: Chosen | str, progress: Progress | None) -> SteadyEnsemble:
    """All samples of a disordered chain."""
    plan = planned(model, method)
    assert isinstance(model, DisorderedChain)
    if plan.batch is not None:
        return ensemble.solve_batched(model, plan.batch, plan.reason, progress).certified()
    return ensemble.solve_each(model, lambda sample: _one(sample, method, None).certified(), progress).certified()


def _one(model: SpinChain | ClassicalChain, method: Chosen | str, progress: Progress | None) -> SteadyState:
    """One chain, certified or not; by proven bounds where "auto" took estimates that are not enough."""
    plan = planned(model, method)
    assert plan.method is not None
    LOG.debug("steady state: %s (%s), %s", wording.spoken(plan.method), plan.reason, wording.size(plan.memory))
    try:
        found = table.implementation(plan.method).solve(model, plan.method, plan.reason, progress)
    except NotConverged as error:
        if method != "auto" or model.sites > direct.LARGEST or isinstance(plan.method, Direct):
            raise
        assert isinstance(model, SpinChain)
        return direct.solve(model, Direct(), f"auto: {error}")
    if method == "auto" and not found.certificate.holds and isinstance(model, SpinChain):
        found = _surely(model, found)
    return found


def _surely(model: SpinChain, found: SteadyState) -> SteadyState:
    """By proven bounds, where the sector is small enough, what an estimate could not give to its own digits."""
    if model.sites > direct.LARGEST or found.method.name == repr(Direct()):
        return found
    failed = found.certificate.failures[0]
    reason = f"auto: {wording.spoken(found.method.name)} left {failed.name} at {failed.value:.1e}, so the sector is solved with proven bounds"
    need = direct.admit(model, Direct())
    if need > _checks.available_memory():
        return found
    return direct.solve(model, Direct(), reason)


def planned(model: Model, method: Chosen | str = "auto") -> Planned:
    """What `steady_state` would do, with everything refused that can be before the work."""
    if not isinstance(model, SpinChain | ClassicalChain | DisorderedChain):
        raise InvalidInput(
            f"`model` must be a SpinChain, a ClassicalChain or a DisorderedChain, but it is not (got {_checks.shown(model)})"
        )
    asked = _checks.method(method, table.types())
    if isinstance(model, DisorderedChain):
        return _planned_ensemble(model, asked)
    check_reach(model)
    chosen, reason = cheapest(model) if asked == "auto" else (asked, "as asked for")
    need = _admitted(model, chosen)
    _checks.memory("sites", model.sites, need, "take fewer sites")
    return Planned(chosen, None, reason, need)


def batch_of(model: DisorderedChain, method: Chosen | str) -> str | None:
    """Which batch solves the samples: "two-point", "sector", or None for one by one."""
    kind = ensemble.batched(model)
    applies = method == "auto" or (isinstance(method, TwoPoint) and kind == "two-point")
    return kind if applies else None


def _planned_ensemble(model: DisorderedChain, method: Chosen | str) -> Planned:
    if isinstance(method, Trajectories):
        raise Unsupported(
            f"`method` must give every number of an ensemble with a bound, but its numbers have standard errors (got {wording.spoken(method)}); take model.sample(k)"
        )
    kind = batch_of(model, method)
    if kind is None:
        one = planned(model.sample(0), method)
        return one._replace(reason=f"one by one: {one.reason}")
    check_reach(ensemble.graph_of(model))
    need = ensemble.admit_batched(model, model.samples)
    _checks.memory("samples", model.samples, need, "take fewer samples")
    return Planned(None, kind, batch_reason(kind), need)


def batch_reason(kind: str) -> str:
    """Why a batch runs."""
    return f"auto: samples this small are solved in batches of dense {kind} systems"


def _admitted(model: SpinChain | ClassicalChain, method: Chosen) -> float:
    """Bytes that a method needs for a model; refuses where it does not apply."""
    if isinstance(model, ClassicalChain) and not isinstance(method, Occupations):
        raise Unsupported(
            f"`method` must apply to the model, but a classical chain has no density matrix (got {wording.spoken(method)}); use Occupations()"
        )
    return float(table.implementation(method).admit(model, method))
