"""The verb `correlation`: thermal correlation functions of a lattice."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from caloriq import _checks, wording
from caloriq._checks import Real
from caloriq.closed.certify import ROUNDING, check_span, rounding
from caloriq.closed.correlation import exact, typical
from caloriq.closed.correlation.infinite import on_infinite
from caloriq.closed.correlation.methods import SupportLadder, Typicality
from caloriq.closed.correlation.operators import CURRENT, check_hermitian, operator, told
from caloriq.closed.correlation.result import Correlation
from caloriq.closed.correlation.samples import Sampled
from caloriq.closed.lattice.evolution import check_closed
from caloriq.closed.methods import Exact
from caloriq.errors import InvalidInput
from caloriq.models.lattice.model import Lattice
from caloriq.models.lattice.space import sectors
from caloriq.results import Certificate, Check, MethodReport, Progress, frozen, teller
from caloriq.spaces.bounds import bounds
from caloriq.spaces.strings import Strings

LOG = logging.getLogger(__name__)

DENSE = 1024  # states of the largest sector up to which all levels are cheapest
ENOUGH = 2**15  # states of all samples that "auto" takes at least: errors of a hundredth, where all states count
SIGMAS = 5.0  # standard deviations of the bound that a random start may be off by
THERMAL = 1e-7  # error of a cooled state
Method = Exact | Typicality | SupportLadder
METHODS = (Exact, Typicality, SupportLadder)


def choose_correlation_method(model: Lattice, operators: Sequence[Strings] = ()) -> tuple[Exact | Typicality, str]:
    """What "auto" would run, and why."""
    largest = max(one.dimension for one in sectors(model, operators))
    if largest <= DENSE:
        return Exact(), f"auto: the largest sector has {largest} states, at most {DENSE}, and is diagonalised"
    samples = max(Typicality().samples, -(-ENOUGH // largest))
    told = f"auto: the largest sector has {largest} states, above {DENSE}, and is sampled"
    return Typicality(samples=samples), told


def correlation(
    model: Lattice,
    A: str | Strings,
    B: str | Strings | None = None,
    times: ArrayLike = (),
    *,
    temperature: float = math.inf,
    method: Method | str = "auto",
    progress: Progress | None = None,
) -> Correlation:
    """Thermal correlation function ⟨A(t)B⟩ of a closed lattice.

    Parameters
    ----------
    model : Lattice
        Closed, with constant terms.
    A, B : str or Strings
        "energy current", "magnetisation current", ..., a density at a site as "energy at 3", or sums of strings, hermitian; B is
        A where it is left out. Numbers that H conserves and they do not make no sectors.
    times : array_like, shape (T,)
        Instants, not negative, strictly increasing.
    temperature : float
        Above 0, in energy; inf is every state alike. One temperature and no chemical potentials.
    method : Exact, Typicality, SupportLadder or "auto"
        All levels, random states, or strings of the chain without ends; "auto" takes one of the first two by the largest sector.
    progress : callable, optional
        Called with (done, total).

    Returns
    -------
    Correlation
        Per site where both are sums over the lattice.

    Raises
    ------
    InvalidInput
        For words that are no operators, times or temperatures outside their domain, and what memory has no room for; the need
        is told first.
    Unsupported
        For the current of what is not conserved, and a lattice with baths.
    NotConverged
        If the certificate fails.
    """
    T = _checks.temperature_or_infinite(temperature)
    _checks.instance("model", model, Lattice)
    check_closed(model)
    asked = _checks.method(method, METHODS)
    if isinstance(asked, SupportLadder):
        return on_infinite(model, A, B, _checks.times(times), T, asked, "as asked for", progress)
    return correlations(model, A, B, times, temperatures=(T,), method=asked, progress=progress)[0]


def correlations(
    model: Lattice,
    A: str | Strings,
    B: str | Strings | None = None,
    times: ArrayLike = (),
    *,
    temperatures: Sequence[float],
    method: Exact | Typicality | str = "auto",
    progress: Progress | None = None,
) -> tuple[Correlation, ...]:
    """The same at several temperatures, from one run: of all levels, or of random states at infinite temperature.

    Parameters
    ----------
    model, A, B, times, method, progress
        As in `correlation`.
    temperatures : sequence of float
        Above 0; inf among them or not.

    Returns
    -------
    tuple of Correlation
        In their order. Random states are the same at all temperatures, so that their statistical errors go together.

    Raises
    ------
    InvalidInput, Unsupported, NotConverged
        As `correlation`.

    Notes
    -----
    Of random states, one temperature is cooled before the evolution, as many products as e^{-H/2T} takes. Several are weighed at every
    time: some (24 (E_max - E_min)/T)^½ products for all of them, T the lowest; see `tempered`.
    """
    _checks.instance("model", model, Lattice)
    check_closed(model)
    t = _checks.times(times)
    T = [_checks.temperature_or_infinite(one) for one in temperatures]
    if not T:
        raise InvalidInput("`temperatures` must be at least one, but there is none (got ())")
    named = _checks.method(method, (Exact, Typicality))
    a = operator(model, A, "A")
    b = a if B is None or B == A else operator(model, B, "B")
    for name, one in (("A", a), ("B", b)):
        check_hermitian(name, one)
    chosen, reason = choose_correlation_method(model, (a, b)) if named == "auto" else (named, "as asked for")
    LOG.debug("correlation: %s (%s)", wording.spoken(chosen), reason)
    span = sectors(model)[0].hamiltonian  # bounds on the spectrum are those of the strings in every sector
    check_span(span, t)
    second = A if B is None else B
    sums = all(isinstance(one, str) and CURRENT.fullmatch(one.strip()) for one in (A, second))
    share = model.size if sums else 1
    clock = time.perf_counter()
    task = _Task(model, a, b, t, [1 / one for one in T], teller(progress))
    parts = tuple(_by_levels(task) if isinstance(chosen, Exact) else _by_states(task, chosen))
    wall = time.perf_counter() - clock
    rounded = Check("rounding", rounding(span, t), ROUNDING, "double precision keeps the phases")
    return tuple(
        Correlation(
            model=model,
            method=MethodReport(repr(chosen), reason, {**one.statistics, "wall time in s": wall}),
            certificate=Certificate((*one.checks, rounded)),
            first=told(A),
            second=told(second),
            temperature=temperature,
            times=frozen(t.copy()),
            values=frozen(np.asarray(one.values) / share),
            per_site=sums,
            error=frozen(one.error / share),
            bounds={"values": frozen(one.bound / share)},
            samples=None if one.samples is None else frozen(one.samples / share),
            exact_until=math.inf,
        ).certified()
        for temperature, one in zip(T, parts, strict=True)
    )


class _Part(NamedTuple):
    """Of one temperature, not yet by site."""

    values: Any
    error: Real
    bound: Real
    samples: Any
    checks: list[Check]
    statistics: dict[str, Any]


class _Task(NamedTuple):
    """What is asked of a method."""

    model: Lattice
    A: Strings
    B: Strings
    times: Real
    betas: list[float]
    tell: Callable[[float], Any]

    @property
    def scale(self) -> float:
        """Bound on the norm of A times B."""
        return _norm(self.A) * _norm(self.B)


def _by_levels(task: _Task) -> Iterator[_Part]:
    model, A, B, t, betas, tell = task
    levels = exact.from_levels(model, [A], B, t, betas=betas, tell=tell)
    for beta, values in zip(betas, levels.values[:, 0], strict=True):
        # H differs from what was decomposed by the residual, which turns phases by as much times time, and weights by as much over T
        bound = 8 * levels.residual * (1 + _norm(model.strings) * (t + beta)) * task.scale
        yield _Part(values, np.zeros(t.size), bound, None, levels.proofs(), levels.statistics)


def _by_states(task: _Task, method: Typicality) -> Iterator[_Part]:
    model, A, B, t, betas, tell = task
    wanted = method.error or 0.0
    drawn = typical.drawn_by(
        method, model, [A], B, t, betas=betas, relative=lambda one, beta: _relative(one, beta, wanted), tell=tell
    )
    for beta, one in zip(betas, drawn, strict=True):
        samples, values = one.values[:, 0], one.values[:, 0].mean(axis=0)
        error = _error(one, beta)
        bound = np.full(t.size, 2 * (one.truncation + one.norm_drift + one.cooled) * task.scale)
        checks = one.proofs(method.tol)
        if beta:
            checks.append(Check("thermal state", one.cooled, THERMAL, "bounds the error of thermal weights"))
        else:
            checks += _like_all_states(one, values, error, A.overlap(B).real, t)
        checks += one.precise(method, _relative(one, beta, wanted))
        yield _Part(values, error, bound, samples, checks, one.statistics)


def _error(drawn: Sampled, beta: float) -> Real:
    """Standard errors at all times: at infinite temperature those of typicality."""
    count, times = len(drawn.values), drawn.values.shape[-1]
    return drawn.standard_error(0) if beta else np.full(times, drawn.deviation[0] / math.sqrt(count))


def _relative(drawn: Sampled, beta: float, wanted: float) -> float:
    """The largest standard error, as `Typicality` has it."""
    error, first = _error(drawn, beta), abs(complex(drawn.values[:, 0, 0].mean()))
    unit = first if first > wanted * drawn.size[0] else float(drawn.size[0])
    return float(error.max()) / unit if unit else 0.0


def _like_all_states(drawn: Sampled, values: Any, error: Real, first: float, times: Real) -> Iterator[Check]:
    """Where all states are alike: the start against what is exact, and the samples against each other."""
    if not drawn.deviation[0]:  # of nothing
        return
    if times[0] == 0:
        apart = abs(float(values[0].real) - first)
        yield Check("sum rule", apart / float(error[0]), SIGMAS, "⟨AB⟩ is that of the terms, in standard errors")
    meaning = "samples differ by no more than typicality allows"
    yield Check("spread of samples", drawn.spread(0) / float(drawn.deviation[0]), 3.0, meaning)


def _norm(operator: Strings) -> float:
    """Bound on the norm of a hermitian operator."""
    return max(map(abs, bounds(operator)))
