"""Steady states of samples of one disordered chain, every sample with a seed and a certificate of its own."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from caloriq import _checks
from caloriq._checks import Real
from caloriq.errors import CaloriqError, InvalidInput, NotConverged
from caloriq.models.disorder import DisorderedChain
from caloriq.results import Certificate, Check, MethodReport, Progress, Solution, broken, frozen
from caloriq.steady import ensemble, table
from caloriq.steady.batches import numbers_of, solve_rows
from caloriq.steady.declared import SAMPLED
from caloriq.steady.ensemble import Sampled, SampledCheck, worst
from caloriq.steady.methods import Chosen
from caloriq.steady.result import SteadyState
from caloriq.steady.solve import batch_of, batch_reason, steady_state
from caloriq.steady.unique import check_reach
from caloriq.variables import BONDS, SITE, Variable


@dataclass(frozen=True)
class SteadySamples(Sampled, Solution):
    """Steady states of samples of a disordered chain, by their seeds.

    A sample with an error has NaN for numbers. The certificate holds where no sample has one; its other checks are the
    worst over the samples without.

    Attributes
    ----------
    seeds : tuple of int
        One a sample.
    errors : tuple of str or None
        What keeps a sample from having a result, in one sentence; None where nothing does.
    proofs : tuple of SampledCheck
        The checks of every sample.
    """

    seeds: tuple[int, ...]
    errors: tuple[str | None, ...]
    proofs: tuple[SampledCheck, ...]

    variables = (*SAMPLED, Variable("solved", ("sample",), kind="truth", long_name="whether the sample has a result"))
    coordinates = (SITE, *BONDS, Variable("seed", ("sample",), kind="whole", units="", source="seeds"))

    def facts(self) -> dict[str, Any]:
        """Names of the baths, and what keeps samples from having a result."""
        return {**super().facts(), "errors": [e for e in self.errors if e is not None]}

    @property
    def solved(self) -> NDArray[np.bool_]:
        """Which samples have a result, shape (samples,)."""
        return np.array([error is None for error in self.errors], dtype=bool)


def steady_samples(
    model: DisorderedChain,
    seeds: Sequence[int],
    *,
    method: Chosen | str = "auto",
    progress: Progress | None = None,
) -> SteadySamples:
    """Steady states of samples of a disordered chain, the first sample of every seed.

    Sample k is ``model.model_copy(update={"samples": 1, "seed": seeds[k]}).sample(0)``. Where batches apply (chains of
    few sites without interaction) its numbers are the same to the last bit whatever the other seeds and their order
    are; drawing it costs about 10 µs a random quantity, solving it 6 µs for five sites. Otherwise the samples are
    solved one by one.

    Parameters
    ----------
    model : DisorderedChain
        What the samples share; its own `samples` and `seed` are left aside.
    seeds : sequence of int
        One a sample, at least 0; equal seeds give equal samples.
    method : ClosedForm, TwoPoint, Sector, Full, OneExcitation or "auto"
        As for `steady_state`.
    progress : callable, optional
        Called with (done, total).

    Returns
    -------
    SteadySamples
        A row for every seed. A sample that cannot be solved, or whose certificate does not hold, has its error in
        `errors` and leaves the others alone.

    Raises
    ------
    InvalidInput
        For what no sample could do: no baths, a piece that no bath reaches, seeds that are none, a lack of memory.
    """
    _checks.instance("model", model, DisorderedChain)
    method = _checks.method(method, table.types())
    numbers = checked_seeds(seeds)
    check_reach(ensemble.graph_of(model))
    need = ensemble.admit_batched(model, len(numbers))
    _checks.memory("seeds", len(numbers), need, "take fewer seeds")
    kind = batch_of(model, method)
    if kind is not None:
        return _together(model, numbers, kind, progress)
    return _one_by_one(model, numbers, method, progress)


def checked_seeds(seeds: Sequence[int]) -> tuple[int, ...]:
    """Whole numbers from 0 on, at least one; others are refused."""
    if not isinstance(seeds, Sequence | np.ndarray) or isinstance(seeds, str | bytes) or len(seeds) == 0:
        raise InvalidInput(f"`seeds` must be a list of at least one seed, but it is not (got {_checks.shown(seeds)})")
    for seed in seeds:
        if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0:
            raise InvalidInput(
                f"`seeds` must hold whole numbers of at least 0, but one is not (got {_checks.shown(seed)})"
            )
    return tuple(int(seed) for seed in seeds)


def _together(model: DisorderedChain, seeds: tuple[int, ...], kind: str, progress: Progress | None) -> SteadySamples:
    """In batches of dense systems."""
    clock = time.perf_counter()
    name = f"batched {kind}"
    rows = solve_rows(model.chain, kind, ensemble.pairs_of(model), ensemble.drawn_of(model, seeds), progress)
    proofs = ensemble.proofs_of(rows)
    errors: list[str | None] = [None] * len(seeds)
    limits = np.array([p.limit for p in proofs])
    for i in np.flatnonzero(~np.all(rows.proofs <= limits, axis=1)).tolist():
        if i in rows.errors:
            errors[i] = str(rows.errors[i])
            continue
        checks = (Check(p.name, float(p.values[i]), p.limit, p.meaning) for p in proofs)
        errors[i] = broken(next(check for check in checks if not check.holds), name)
    return _result(model, seeds, errors, proofs, numbers_of(rows), MethodReport(name, batch_reason(kind), {}), clock)


def _one_by_one(
    model: DisorderedChain, seeds: tuple[int, ...], method: Chosen | str, progress: Progress | None
) -> SteadySamples:
    """Sample after sample by `steady_state`."""
    clock = time.perf_counter()
    errors: list[str | None] = [None] * len(seeds)
    found: list[SteadyState | None] = [None] * len(seeds)
    checks: dict[str, tuple[Real, Check]] = {}
    tried: SteadyState | None
    for i, seed in enumerate(seeds):
        try:
            sample = model.model_copy(update={"samples": 1, "seed": seed}).sample(0)
            found[i] = tried = steady_state(sample, method=method)
        except NotConverged as error:
            errors[i], tried = str(error), error.solution
        except CaloriqError as error:
            errors[i], tried = str(error), None
        for check in tried.certificate if tried is not None else ():
            values, _ = checks.setdefault(check.name, (np.full(len(seeds), np.nan), check))
            values[i] = check.value
        if progress is not None:
            progress(i + 1, len(seeds))
    proofs = tuple(SampledCheck(c.name, frozen(values), c.limit, c.meaning) for values, c in checks.values())
    solved = [one for one in found if one is not None]
    name = ", ".join(sorted({one.method.name for one in solved})) or repr(method)
    reason = f"one by one: {solved[0].method.reason}" if solved else "one by one"
    return _result(model, seeds, errors, proofs, ensemble.gathered(model, found), MethodReport(name, reason, {}), clock)


def _result(
    model: DisorderedChain,
    seeds: tuple[int, ...],
    errors: list[str | None],
    proofs: tuple[SampledCheck, ...],
    numbers: tuple[dict[str, Real], dict[str, Real]],
    report: MethodReport,
    clock: float,
) -> SteadySamples:
    """The result, with NaN for the numbers of samples that have an error."""
    solved = np.array([error is None for error in errors], dtype=bool)
    for array in (array for one in numbers for array in one.values()):
        array[~solved] = np.nan
    missing = Check("samples without a result", float((~solved).sum()), 0.0, "`errors` says why")
    counted = [(p, solved & ~np.isnan(p.values)) for p in proofs]  # not every method measures all of them
    statistics = MappingProxyType({"samples": len(seeds), "wall time in s": time.perf_counter() - clock})
    return SteadySamples(
        model=model,
        method=replace(report, statistics=statistics),
        certificate=Certificate((missing, *(worst(p, there) for p, there in counted if there.any()))),
        seeds=seeds,
        errors=tuple(errors),
        proofs=proofs,
        **ensemble.kept(*numbers),
    )
