"""The verb: the steady state of a driven model."""

from __future__ import annotations

from typing import Any, Literal, overload

from caloriq import _checks
from caloriq.errors import InvalidInput, Unsupported
from caloriq.models.classical import ClassicalChain
from caloriq.models.disorder import DisorderedChain
from caloriq.models.spins import SpinChain
from caloriq.results import Progress
from caloriq.steady import classical, closed_form, ensemble, full, one_excitation, sector, two_point
from caloriq.steady.ensemble import SteadyEnsemble
from caloriq.steady.methods import Chosen, Classical, ClosedForm, Full, OneExcitation, Sector, TwoPoint
from caloriq.steady.result import SteadyState
from caloriq.steady.unique import check_reach

Model = SpinChain | ClassicalChain | DisorderedChain
METHODS = (ClosedForm, TwoPoint, Sector, Full, OneExcitation, Classical)


def choose_steady_method(model: SpinChain | ClassicalChain) -> tuple[Chosen, str]:
    """What `steady_state(..., method="auto")` would run, and why.

    Returns
    -------
    method : object
        The choice.
    reason : str
        What keeps the cheaper ones from applying.
    """
    if isinstance(model, ClassicalChain):
        return Classical(), "auto: the mean occupations of a classical chain obey closed linear equations"
    no_formula = closed_form.obstacle(model)
    if no_formula is None:
        return ClosedForm(), "auto: the chain is uniform and has a closed form"
    open_set = two_point.obstacle(model)
    if open_set is None:
        return TwoPoint(), f"auto: there is no closed form because of {no_formula}, but the two-point set closes"
    return Sector(), f"auto: the two-point set does not close because of {open_set}, so the whole sector is solved"


@overload
def steady_state(
    model: DisorderedChain, *, method: Chosen | Literal["auto"] = ..., progress: Progress | None = ...
) -> SteadyEnsemble: ...
@overload
def steady_state(
    model: SpinChain | ClassicalChain, *, method: Chosen | Literal["auto"] = ..., progress: Progress | None = ...
) -> SteadyState: ...
def steady_state(
    model: Model, *, method: Chosen | Literal["auto"] = "auto", progress: Progress | None = None
) -> SteadyState | SteadyEnsemble:
    """Steady state of a chain between baths: currents, populations, coherences, and what proves them.

    Parameters
    ----------
    model : SpinChain, ClassicalChain or DisorderedChain
        What is driven. A disordered chain gives all of its samples.
    method : ClosedForm, TwoPoint, Sector, Full, OneExcitation, Classical or "auto"
        How; `choose_steady_method` tells what "auto" takes.
    progress : callable, optional
        Called with (done, total) as the work goes on.

    Returns
    -------
    SteadyState or SteadyEnsemble
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
    if isinstance(model, DisorderedChain):
        return _ensemble(model, method, progress).certified()
    if not isinstance(model, SpinChain | ClassicalChain):
        raise InvalidInput(
            f"`model` must be a SpinChain, a ClassicalChain or a DisorderedChain, but it is not (got {_checks.shown(model)})"
        )
    check_reach(model)
    if method == "auto":
        chosen, reason = choose_steady_method(model)
    elif isinstance(method, METHODS):
        chosen, reason = method, "chosen by the caller"
    else:
        raise InvalidInput(
            f"`method` must be ClosedForm(), TwoPoint(), Sector(), Full(), OneExcitation(), Classical() or 'auto', but it is not (got {_checks.shown(method)})"
        )
    return run(model, chosen, reason, progress).certified()


def run(model: SpinChain | ClassicalChain, method: Chosen, reason: str, progress: Progress | None) -> SteadyState:
    """One model by one method."""
    if isinstance(model, ClassicalChain) or isinstance(method, Classical):
        if not isinstance(model, ClassicalChain):
            raise Unsupported(
                "`method` must apply to the model, but coherent hopping is not classical (got Classical()); use classical(chain) for its strongly dephased limit"
            )
        if not isinstance(method, Classical):
            raise Unsupported(
                f"`method` must apply to the model, but a classical chain has no density matrix (got {method!r}); use Classical()"
            )
        return classical.solve(model, method, reason)
    if isinstance(method, ClosedForm):
        return closed_form.solve(model, method, reason)
    if isinstance(method, TwoPoint):
        return two_point.solve(model, method, reason, progress)
    if isinstance(method, OneExcitation):
        return one_excitation.solve(model, method, reason)
    if isinstance(method, Full):
        return full.solve(model, method, reason)
    return sector.solve(model, method, reason, progress)


def _ensemble(model: DisorderedChain, method: Any, progress: Progress | None) -> SteadyEnsemble:
    kind = ensemble.batched(model) if method == "auto" or isinstance(method, TwoPoint) else None
    if isinstance(method, TwoPoint) and kind == "sector":
        kind = None
    if kind is not None:
        reason = f"auto: samples this small are solved in batches of dense {kind} systems"
        return ensemble.solve_batched(model, kind, reason, progress)
    return ensemble.solve_each(model, lambda sample: steady_state(sample, method=method), progress)


def memory_needed(method: Chosen, sites: int) -> float:
    """Bytes that a method takes for that many sites."""
    if isinstance(method, Sector):
        single = method.precision == "mixed" or (method.precision == "auto" and sites >= sector.SINGLE_FROM)
        return sector.memory_needed(sites, sector.FEW, single=single)
    if isinstance(method, TwoPoint):
        return two_point.memory_needed(sites)
    if isinstance(method, Full):
        return 60.0 * 4.0**sites * sites
    return 200.0 * sites if not isinstance(method, OneExcitation) else 16.0 * sites**3
