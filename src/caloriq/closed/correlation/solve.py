"""The verb `correlation`: thermal correlation functions of a lattice."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from caloriq import _checks
from caloriq._checks import Real
from caloriq.closed.certify import ROUNDING, check_span, rounding
from caloriq.closed.correlation import exact, ladder, typical
from caloriq.closed.correlation.methods import SupportLadder, Typicality
from caloriq.closed.correlation.operators import CURRENT, operator
from caloriq.closed.correlation.result import Correlation
from caloriq.closed.lattice.bounds import bounds
from caloriq.closed.lattice.evolution import check_closed
from caloriq.closed.lattice.space import sectors
from caloriq.closed.methods import Exact
from caloriq.errors import InvalidInput, Unsupported
from caloriq.models.lattice.model import Lattice
from caloriq.models.lattice.symmetries import additive
from caloriq.results import Certificate, Check, MethodReport, Progress, frozen
from caloriq.spaces.additive import changed
from caloriq.spaces.commutators import string_count
from caloriq.spaces.currents import current_of
from caloriq.spaces.infinite import InfiniteChain
from caloriq.spaces.sectors import tolerance
from caloriq.spaces.strings import Strings
from caloriq.spaces.support import SupportSpace

DENSE = 1000  # states of the largest sector up to which all levels are cheapest
SUM = 1e-10  # of ⟨A B⟩ that rounding changes
SIGMAS = 5.0  # standard deviations of the bound that a random start may be off by
THERMAL = 1e-7  # error of a cooled state
HERMITIAN = 1e-12  # of an imaginary coefficient that is rounding
Method = Exact | Typicality | SupportLadder
METHODS = (Exact, Typicality, SupportLadder)


def choose_correlation_method(model: Lattice) -> tuple[Exact | Typicality, str]:
    """What "auto" would run, and why."""
    largest = max(one.dimension for one in sectors(model))
    if largest <= DENSE:
        return Exact(), f"auto: the largest sector has {largest} states, at most {DENSE}, and is diagonalised"
    return Typicality(), f"auto: the largest sector has {largest} states, above {DENSE}, and is sampled"


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
        A where it is left out. Both must keep the conserved numbers of H.
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
    _checks.instance("model", model, Lattice)
    check_closed(model)
    t = _checks.times(times)
    T = float("inf") if temperature == math.inf else float(_checks.temperatures(temperature))
    named = _checks.method(method, METHODS)
    chosen, reason = choose_correlation_method(model) if named == "auto" else (named, "as asked for")
    if isinstance(chosen, SupportLadder):
        return _on_infinite(model, A, B, t, T, chosen, reason, progress)
    a = operator(model, A, "A")
    b = a if B is None or B == A else operator(model, B, "B")
    for name, one in (("A", a), ("B", b)):
        _check_kept(model, name, one)
    span = sectors(model)[0].hamiltonian  # bounds on the spectrum are those of the strings in every sector
    check_span(span, t)
    sums = all(_is_sum(one) for one in (A, A if B is None else B))
    share = model.size if sums else 1
    clock, beta, tell = time.perf_counter(), 1 / T, teller(progress)
    scale = _norm(a) * _norm(b)
    if isinstance(chosen, Exact):
        levels = exact.from_levels(model, [a], b, t, beta=beta, tell=tell)
        values, error, samples = levels.values[0], np.zeros(t.size), None
        # H differs from what was decomposed by the residual, which turns phases by as much times time, and weights by as much over T
        bound = 8 * levels.residual * (1 + _norm(model.strings) * (t + beta)) * scale
        checks, statistics = levels.proofs(), levels.statistics
    else:
        drawn = typical.sampled(
            model, [a], b, t, beta=beta, samples=chosen.samples, seed=chosen.seed, tol=chosen.tol, tell=tell
        )
        samples, values = drawn.values[:, 0], drawn.values[:, 0].mean(axis=0)
        alike = np.full(t.size, drawn.deviation / math.sqrt(chosen.samples))
        error = alike if math.inf == T else drawn.standard_error(0)
        bound = np.full(t.size, 2 * (drawn.truncation + drawn.norm_drift + drawn.cooled) * scale)
        checks, statistics = drawn.proofs(chosen.tol), drawn.statistics
        if math.inf > T:
            told = "bounds the error of e^{-H/2T} of a random state"
            checks.append(Check("thermal state", drawn.cooled, THERMAL, told))
        else:
            checks += _like_all_states(drawn, values, error, a.overlap(b).real, t)
    checks.append(Check("rounding", rounding(span, t), ROUNDING, "double precision keeps the phases"))
    statistics["wall time in s"] = time.perf_counter() - clock
    return Correlation(
        model=model,
        method=MethodReport(repr(chosen), reason, statistics),
        certificate=Certificate(tuple(checks)),
        first=_told(A),
        second=_told(A if B is None else B),
        temperature=T,
        times=frozen(t.copy()),
        values=frozen(np.asarray(values) / share),
        per_site=sums,
        error=frozen(error / share),
        bounds={"values": frozen(bound / share)},
        samples=None if samples is None else frozen(samples / share),
        exact_until=math.inf,
    ).certified()


def _on_infinite(
    model: Lattice,
    A: Any,
    B: Any,
    times: Real,
    temperature: float,
    method: SupportLadder,
    reason: str,
    progress: Progress | None,
) -> Correlation:
    """Strings of bounded support."""
    if temperature < math.inf:
        raise Unsupported(
            f"`temperature` must be infinite for strings of bounded support, but it is not (got {temperature:g}); take Typicality()"
        )
    name = CURRENT.fullmatch(A) if isinstance(A, str) else None
    if name is None or (B is not None and B != A):
        raise InvalidInput(
            f"`A` must be a current, and B the same, for strings of bounded support, but they are not (got {_checks.shown(A)} and {_checks.shown(B)}); take Typicality()"
        )
    chain = model.infinite_chain()
    J, _ = current_of(chain, name["of"])
    space = support_space(chain, J, method)
    clock = time.perf_counter()
    rung = ladder.climb(
        space,
        J,
        float(times[-1]) or 1.0,
        kept=kept(chain, J, method.length, method.above),
        damping=method.damping,
        tell=teller(progress),
    )
    square, sites = J.norm**2, len(chain.cell)
    values = rung.correlation(times)
    departure = rung.departed(times)
    checks = (
        Check("truncation", rung.error, 1e-9, "bound on what the series leave out and on rounding, of ⟨J²⟩"),
        Check("sum rule", abs(float(rung.correlation(np.zeros(1))[0]) / square - 1), SUM, "⟨J²⟩ is that of the terms"),
    )
    statistics = {
        "strings": space.size - space.first,
        "products": rung.products,
        "bytes": rung.bytes,
        "wall time in s": time.perf_counter() - clock,
    }
    return Correlation(
        model=model,
        method=MethodReport(repr(method), reason, statistics),
        certificate=Certificate(checks),
        first=_told(A),
        second=_told(A),
        temperature=math.inf,
        times=frozen(times.copy()),
        values=frozen(values.astype(complex) / sites),
        per_site=True,
        error=frozen(np.zeros(times.size)),
        bounds={"values": frozen((departure + rung.error) * square / sites)},
        samples=None,
        exact_until=rung.exact_until(1e-3),
    ).certified()


def support_space(chain: InfiniteChain, J: Strings, method: SupportLadder, *, argument: str = "length") -> SupportSpace:
    """Strings of a method; refused where they have no room, or the current does not fit."""
    least = max(chain.covers(J), chain.reach)
    if method.length < least:
        raise InvalidInput(
            f"`{argument}` must be at least the {least} cells that the current covers, but {'it is' if argument == 'length' else 'they are'} not (got {method.length})"
        )
    space = SupportSpace(chain, method.length)
    size = string_count(chain, method.length)
    _checks.memory(
        argument, f"{method.length} cells, {size:.3g} strings", 8.0 * ladder.VECTORS * size, "take fewer cells"
    )
    return space


def kept(chain: InfiniteChain, J: Strings, length: int, above: int) -> int:
    """ℓ₀: so many cells below ℓ, but never so few that the current itself is damped."""
    return max(length - above, chain.covers(J))


def _check_kept(model: Lattice, name: str, operator: Strings) -> None:
    """Refuse what changes a conserved number, and what is not hermitian."""
    for number in additive(model):  # sectors are of these: what leads out of one would be lost
        step = changed(operator, number)
        if step > tolerance(number):
            raise Unsupported(
                f"`{name}` must keep the {number.name}, which H conserves, but it changes it (got a step of {step:g}); strongest is {operator.strongest()}"
            )
    wrong = max((abs(complex(c).imag) for c in operator.terms.values()), default=0.0)
    if wrong > HERMITIAN * operator.largest:
        raise InvalidInput(f"`{name}` must be hermitian, but it is not (got an imaginary coefficient of {wrong:.3g})")


def _like_all_states(drawn: typical.Sampled, values: Any, error: Real, first: float, times: Real) -> Iterator[Check]:
    """Where all states are alike: the start against what is exact, and the samples against each other."""
    if not drawn.deviation:  # of nothing
        return
    if times[0] == 0:
        apart = abs(float(values[0].real) - first)
        yield Check("sum rule", apart / float(error[0]), SIGMAS, "⟨AB⟩ is that of the terms, in standard errors")
    told = "samples differ by no more than typicality allows"
    yield Check("spread of samples", drawn.spread(0) / drawn.deviation, 3.0, told)


def _norm(operator: Strings) -> float:
    """Bound on the norm of a hermitian operator."""
    return max(map(abs, bounds(operator)))


def _is_sum(told: Any) -> bool:
    return isinstance(told, str) and CURRENT.fullmatch(told.strip()) is not None


def _told(operator: Any) -> str:
    return operator.strip() if isinstance(operator, str) else f"a sum of {len(operator.terms)} strings"


def teller(progress: Progress | None) -> Callable[[float], Any]:
    """Tells the share of the work that is done."""
    return (lambda _: None) if progress is None else lambda share: progress(share, 1.0)
