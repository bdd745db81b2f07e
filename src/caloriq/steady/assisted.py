"""Environment-assisted transport: efficiency over the dephasing, and the dephasing at which it is largest.

Source: P. Rebentrost et al., New J. Phys. 11, 033003 (2009), doi:10.1088/1367-2630/11/3/033003; M. B. Plenio, S. F. Huelga,
New J. Phys. 10, 113019 (2008), doi:10.1088/1367-2630/10/11/113019.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from types import MappingProxyType
from typing import Any, Literal

import numpy as np

from caloriq import _checks
from caloriq._checks import Complex, Real
from caloriq.errors import InvalidInput, Unsupported
from caloriq.models.spins import SpinChain
from caloriq.results import Certificate, Check, MethodReport, Solution, frozen
from caloriq.steady.bounds import RELATIVE, UNIT, Bounded
from caloriq.steady.efficiency import (
    NAME,
    PROVED,
    TRANSPORT,
    Shares,
    certain,
    checks_of,
    efficiency,
    needed,
    proved,
    shares_of,
)
from caloriq.steady.leaving import DENSE, Leaving
from caloriq.steady.sinks import Trap, sinks_of, start_of
from caloriq.variables import ENERGY, Variable

SCAN = "scan and bisection of the derivative"
POINTS = 121  # of the scan in which maxima are looked for
DECADES = (-6, 5)  # of the largest coupling or splitting, between which they are
STEPS = 60  # of a bisection
PLACE = 1e-3  # error of the place, of itself, up to which it is given

Start = int | Literal["light"] | Any
Traps = str | Trap | Sequence[str | Trap]


@dataclass(frozen=True)
class EfficiencyCurve(Solution):
    """What becomes of one excitation at several dephasing rates, the same on every site.

    Attributes
    ----------
    dephasing : array, shape (K,)
        γ.
    efficiency, loss, dark, transfer_time, lifetime : array, shape (K,)
        As those of `Efficiency`.
    bounds : mapping of str to array
        Bound on the error of every number, by the name of the attribute.
    start : array, shape (N, N)
        The density matrix at the start.
    """

    dephasing: Real
    efficiency: Real
    loss: Real
    dark: Real
    transfer_time: Real
    lifetime: Real
    bounds: Mapping[str, Real]
    start: Complex

    variables = tuple(replace(one, dims=("dephasing",)) for one in TRANSPORT)
    coordinates = (Variable("dephasing", ("dephasing",), units=ENERGY, long_name="dephasing of every site"),)
    headlines = ("efficiency", "transfer_time")


@dataclass(frozen=True)
class BestDephasing(Solution):
    """The dephasing, the same on every site, at which the efficiency is largest.

    Attributes
    ----------
    dephasing : float
        Its place; 0 where dephasing only harms.
    efficiency : float
        η there.
    without : float
        η without dephasing.
    gain : float
        How much larger η is than without.
    maxima : int
        Local maxima that the scan saw, by proven signs of the derivative; the highest is given. 0 where no sign is proven: then
        the efficiency is the same at every rate, as far as double precision tells, and the place is not known.
    scanned, scan : array, shape (R,)
        Rates of the scan, and η there.
    bounds : mapping of str to array
        Bound on the error of every number. That of the place is where the derivative has proven signs on both sides; that
        no maximum between two points of the scan is higher is not proved.
    start : array, shape (N, N)
        The density matrix at the start.
    """

    dephasing: float
    efficiency: float
    without: float
    gain: float
    maxima: int
    scanned: Real
    scan: Real
    bounds: Mapping[str, Real]
    start: Complex

    variables = (
        Variable("dephasing", units=ENERGY, long_name="dephasing of every site at the largest efficiency"),
        Variable("efficiency", long_name="largest share of excitations that the traps receive"),
        Variable("without", long_name="the same without dephasing"),
        Variable("gain", long_name="difference of the two"),
        Variable("maxima", kind="whole", long_name="local maxima in the scan"),
        Variable("scan", ("scanned",), long_name="share of excitations that the traps receive, in the scan"),
    )
    coordinates = (Variable("scanned", ("scanned",), units=ENERGY, long_name="dephasing of every site"),)
    headlines = ("dephasing", "efficiency", "without", "gain", "maxima")

    @property
    def assisted(self) -> bool:
        """Whether dephasing is known to raise the efficiency."""
        return self.gain > float(self.bounds["gain"])

    def notes(self) -> tuple[str, ...]:
        """What stands against the highest maximum."""
        return (f"The scan saw {self.maxima} local maxima; the highest is given.",) if self.maxima > 1 else ()


def efficiency_curve(
    model: SpinChain,
    dephasing: Sequence[float] | Real,
    *,
    start: Start,
    trap: Traps,
    loss: float | Sequence[float] = 0.0,
) -> EfficiencyCurve:
    """Efficiency and times of one excitation at several dephasing rates, the same on every site; the model's own are left aside.

    Cost: as `efficiency` for each; up to 28 sites together, 0.3 ms each at N = 7.

    Parameters
    ----------
    model : SpinChain
        Any network.
    dephasing : sequence of K
        γ ≥ 0, in the model's unit of energy.
    start, trap, loss
        As for `efficiency`.

    Returns
    -------
    EfficiencyCurve

    Raises
    ------
    InvalidInput
        As `efficiency`; if a rate is negative or there is none.
    NotConverged
        As `efficiency`, at any of the rates.
    """
    _checks.instance("model", model, SpinChain)
    rates, clock = _rates(dephasing), time.perf_counter()
    if model.sites > DENSE:
        shares, rho, arithmetic = _one_by_one(model, rates, start, trap, loss)
    else:
        leaving = _leaving(model, start, trap, loss)
        (shares, arithmetic), rho = _together(leaving, rates), leaving.start
    numbers = {one.name: getattr(shares, one.name) for one in TRANSPORT}
    statistics: dict[str, float | int | str] = {"arithmetic": arithmetic, "wall time in s": time.perf_counter() - clock}
    return EfficiencyCurve(
        model=model,
        method=MethodReport(NAME, "the only one", MappingProxyType(statistics)),
        certificate=Certificate(tuple(checks_of(shares))),
        dephasing=frozen(rates.copy()),
        **{name: frozen(np.array(number.value)) for name, number in numbers.items()},
        bounds=MappingProxyType({name: frozen(np.array(number.bound)) for name, number in numbers.items()}),
        start=frozen(rho.copy()),
    ).certified()


def best_dephasing(
    model: SpinChain,
    *,
    start: Start,
    trap: Traps,
    loss: float | Sequence[float] = 0.0,
    low: float | None = None,
    high: float | None = None,
) -> BestDephasing:
    """The dephasing, the same on every site, at which most excitations are trapped.

    A scan of 121 rates finds where dη/dγ changes its sign; the highest maximum is bisected until the derivative has proven
    signs on both sides. Cost: some 200 solutions, 0.1 s at N = 7. Up to 28 sites.

    Parameters
    ----------
    model : SpinChain
        Any network; its own dephasing is left aside.
    start, trap, loss
        As for `efficiency`.
    low, high : float, optional
        Rates between which a maximum is looked for, and 0; by default 10⁻⁶ and 10⁵ of the largest coupling or splitting.

    Returns
    -------
    BestDephasing
        Its certificate fails where the efficiency still rises at `high`, falls from `low` on, or is the same everywhere.

    Raises
    ------
    InvalidInput
        As `efficiency`; if nothing is ever lost, so that every dephasing traps all; or if `low` is not below `high`.
    Unsupported
        Beyond 28 sites.
    """
    _checks.instance("model", model, SpinChain)
    clock = time.perf_counter()
    if model.sites > DENSE:
        raise Unsupported(
            f"`model` must have at most {DENSE} sites for the derivative to be proved, but it has more (got {model.sites}); use efficiency_curve"
        )
    leaving = _leaving(model, start, trap, loss)
    if not np.any(leaving.sinks.loss):
        raise InvalidInput(
            "`loss` must be positive somewhere, but nothing is lost and every dephasing traps all that is not dark (got 0); add loss=..., or compare transfer times by efficiency_curve"
        )
    grid = _grid(leaving, low, high)
    values, slopes = _derived(leaving, grid)
    found = _maxima(slopes)
    best = max(found, key=lambda pair: float(values.value[list(pair)].max()), default=None)
    if best is None:  # no sign is proven: as far as double precision tells, every rate is as good
        place, room = float(grid[0]), float(grid[-1] - grid[0])
    elif best[0] < best[1]:
        place, room = _bisected(leaving, float(grid[best[0]]), float(grid[best[1]]))
    else:  # at 0 the sign of the derivative is the proof
        place, room = (
            float(grid[best[0]]),
            0.0 if slopes.value[best[0]] < -slopes.bound[best[0]] else float(grid[1] - grid[0]),
        )
    top, slope = _derived(leaving, np.array([max(place - room, 0.0), place, place + room]))
    bare, _ = _derived(leaving, np.zeros(1))
    steepest = float((np.abs(slope.value) + slope.bound).max())
    eta, off = float(top.value[1]), float(top.bound[1]) + 2 * room * steepest
    if best is None:
        off = float((np.abs(values.value - eta) + values.bound).max() + top.bound[1])
    without, without_off = float(bare.value[0]), float(bare.bound[0])
    gain = eta - without if place > 0 else 0.0
    at_end = best is not None and best[0] == best[1] and place > 0
    bounds = {
        "dephasing": np.inf if at_end else room,
        "efficiency": off,
        "without": without_off,
        "gain": off + without_off + UNIT * abs(gain) if place > 0 else 0.0,
        "scan": values.bound,
    }
    checks = (
        Check(
            "maximum at an end", float(at_end), 0.0, "the efficiency rises and falls again within the rates looked at"
        ),
        Check(
            "error of the place",
            room / place if place else float(np.sign(room)),
            PLACE,
            "half of where it may be, over the place",
        ),
        Check(
            "error of the efficiency",
            off / max(eta, np.finfo(float).tiny),
            RELATIVE,
            "bound of the error over the number",
        ),
    )
    statistics: dict[str, float | int | str] = {
        "rates": len(grid),
        "arithmetic": PROVED,
        "wall time in s": time.perf_counter() - clock,
    }
    return BestDephasing(
        model=model,
        method=MethodReport(SCAN, "the only one", MappingProxyType(statistics)),
        certificate=Certificate(checks),
        dephasing=place,
        efficiency=eta,
        without=without,
        gain=gain,
        maxima=len(found),
        scanned=frozen(grid),
        scan=frozen(np.array(values.value)),
        bounds=MappingProxyType({name: frozen(np.array(bound)) for name, bound in bounds.items()}),
        start=frozen(leaving.start.copy()),
    )


def _leaving(model: SpinChain, start: Start, trap: Traps, loss: Any) -> Leaving:
    _checks.memory("sites", model.sites, needed(model), "take fewer sites")
    return Leaving(model, sinks_of(model, trap, loss), start_of(model, start), np.ones(model.sites))


def _rates(values: Any) -> Real:
    rates = _checks.numbers("dephasing", values)
    if rates.ndim != 1 or rates.size == 0:
        raise InvalidInput(f"`dephasing` must be a list of rates, but it is not (got shape {rates.shape})")
    if rates.min() < 0:
        raise InvalidInput(f"`dephasing` must be at least 0, but it is smaller (got {rates.min():g})")
    return rates


def _together(leaving: Leaving, rates: Real) -> tuple[Shares, str]:
    """All rates in one stack; those that double precision does not tell one by one."""
    found = leaving.solve(rates)
    shares = shares_of(leaving, found, rates)
    if certain(shares):
        return shares, PROVED
    single, ways = zip(*(proved(leaving, rate) for rate in rates.tolist()), strict=True)
    whole = single[0]
    for one in single[1:]:
        whole = whole.joined(one)
    return shares_of(leaving, whole, rates), " or ".join(sorted(set(ways)))


def _one_by_one(model: SpinChain, rates: Real, start: Start, trap: Traps, loss: Any) -> tuple[Shares, Complex, str]:
    """Large networks."""
    each = [
        efficiency(model.model_copy(update={"dephasing": rate}), start=start, trap=trap, loss=loss)
        for rate in rates.tolist()
    ]
    names = list(Shares._fields)
    columns = (
        Bounded(np.array([getattr(one, name) for one in each]), np.array([one.bounds[name] for one in each]))
        for name in names
    )
    return Shares(*columns), each[0].start, str(each[0].method.statistics["arithmetic"])


def _grid(leaving: Leaving, low: float | None, high: float | None) -> Real:
    """0 and rates on a logarithmic scale."""
    w = leaving.model.frequencies
    scale = max(leaving.unit, float(np.ptp(w)))
    first = _checks.positive("low", scale * 10.0 ** DECADES[0] if low is None else low)
    last = _checks.positive("high", scale * 10.0 ** DECADES[1] if high is None else high)
    if not first < last:
        raise InvalidInput(f"`low` must be smaller than `high`, but it is not (got {first:g} and {last:g})")
    jumps = (
        leaving.bare_dark.count > leaving.dark.count
    )  # the least dephasing sets free what was dark: no derivative at 0
    return np.concatenate([[0.0] if low is None and not jumps else [], np.geomspace(first, last, POINTS)])


def _derived(leaving: Leaving, rates: Real) -> tuple[Bounded, Bounded]:
    """η and dη/dγ, each of shape (K,)."""
    found = leaving.solve(rates, slopes=True)
    out = []
    for number in (found.times, found.slopes):
        value = number.value @ leaving.sinks.trap
        bound = number.bound @ leaving.sinks.trap
        out.append(Bounded(value, bound + 16 * UNIT * (np.abs(number.value) @ leaving.sinks.trap)))
    return out[0], out[1]


def _maxima(slopes: Bounded) -> list[tuple[int, int]]:
    """Points of the scan between which η goes from proven rising to proven falling; an end stands for both where it is there."""
    proven = np.where(np.abs(slopes.value) > slopes.bound, np.sign(slopes.value), 0.0)
    known = np.flatnonzero(proven).tolist()
    tops = [(i, j) for i, j in pairwise(known) if proven[i] > 0 > proven[j]]
    if known and proven[known[0]] < 0:
        tops.insert(0, (0, 0))
    if known and proven[known[-1]] > 0:
        tops.append((len(proven) - 1, len(proven) - 1))
    return tops


def _bisected(leaving: Leaving, left: float, right: float) -> tuple[float, float]:
    """Middle and half width of the narrowest interval at whose ends the derivative has proven signs."""
    for _ in range(STEPS):
        middle = (left + right) / 2 if left == 0 or right / left < 2 else float(np.sqrt(left * right))
        _, slope = _derived(leaving, np.array([middle]))
        value, bound = float(slope.value[0]), float(slope.bound[0])
        if not abs(value) > bound or not left < middle < right:
            break
        left, right = (middle, right) if value > 0 else (left, middle)
    return _widened(leaving, left, right)


def _widened(leaving: Leaving, left: float, right: float) -> tuple[float, float]:
    """Both ends taken outwards until the signs there are proven."""
    place = (left + right) / 2
    room = max((right - left) / 2, 4 * UNIT * place)
    for _ in range(STEPS):
        _, slope = _derived(leaving, np.array([max(place - room, 0.0), place + room]))
        if slope.value[0] > slope.bound[0] and -slope.value[1] > slope.bound[1]:
            return place, room
        room *= 2
    return place, place
