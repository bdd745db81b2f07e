"""Transport efficiency of a network: which share of single excitations a trap receives, and when."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from caloriq import _checks
from caloriq._checks import Complex, Real
from caloriq.errors import Unsupported
from caloriq.models.spins import SpinChain
from caloriq.results import Certificate, Check, MethodReport, Solution, frozen
from caloriq.steady.bounds import RELATIVE, SMALL, UNIT, Bounded
from caloriq.steady.leaving import BALLS, DENSE, Leaving, Residence
from caloriq.steady.modes import Modes
from caloriq.steady.one_excitation import SAFETY, energies
from caloriq.steady.sinks import Trap, sinks_of, start_of
from caloriq.variables import ENERGY, SITE, Variable

NAME = "one excitation until it leaves"
PROVED = "dense equations in double precision, proven bounds"
ESTIMATED = "modes of the one-excitation matrix, estimated bounds"
NEGATIVE = 1e-9

TRANSPORT = (
    Variable("efficiency", long_name="share of excitations that the traps receive"),
    Variable("loss", long_name="share of excitations that is lost"),
    Variable("dark", long_name="share of excitations that never leaves"),
    Variable("transfer_time", units=f"1/({ENERGY})", long_name="mean time until trapped, of those that are"),
    Variable("lifetime", units=f"1/({ENERGY})", long_name="mean time until an excitation leaves"),
)


@dataclass(frozen=True)
class Efficiency(Solution):
    """What becomes of one excitation in a network.

    Attributes
    ----------
    efficiency : float
        η = Σ κ_k ∫ρ_kk dt, the share that the traps receive in the end.
    loss : float
        Share that is lost.
    dark : float
        Share that never leaves: its part in states that no sink sees, exact but for one rounding.
    transfer_time : float
        Mean time until trapping of those that are trapped, Σ κ_k ∫t ρ_kk dt/η; infinite where none is.
    lifetime : float
        Mean time until an excitation leaves, trapped or lost, ∫Tr ρ dt; infinite where a share is dark.
    trapped, lost : array, shape (N,)
        Shares by the site from which they leave.
    bounds : mapping of str to array
        Bound on the error of every number, by the name of the attribute.
    start : array, shape (N, N)
        The density matrix at the start.
    """

    efficiency: float
    loss: float
    dark: float
    transfer_time: float
    lifetime: float
    trapped: Real
    lost: Real
    bounds: Mapping[str, Real]
    start: Complex

    variables = (
        *TRANSPORT,
        Variable("trapped", ("site",), long_name="share trapped from every site"),
        Variable("lost", ("site",), long_name="share lost from every site"),
    )
    coordinates = (SITE,)

    def notes(self) -> tuple[str, ...]:
        """What never leaves."""
        if self.dark == 0:
            return ()
        return (
            f"A share of {self.dark:.3g} never leaves: it is in states that no sink sees; the lifetime is infinite, and the efficiency is what the traps have received in the limit.",
        )


def efficiency(
    model: SpinChain,
    *,
    start: int | Literal["light"] | Any,
    trap: str | Trap | Sequence[str | Trap],
    loss: float | Sequence[float] = 0.0,
) -> Efficiency:
    """Share of single excitations that reach a trap, exactly: integrals over all times are solutions of linear systems.

    Cost: 8 N⁶ operations up to 28 sites, with a proven bound on every number: 2 ms at N = 7; where double precision is not
    enough, ball arithmetic up to 9 sites. Beyond 28 sites N⁴, with an estimate from what rounding does to the equations.
    Valid for one excitation at a time: gains of the baths are where light starts it, and are otherwise left out. ZZ terms
    between empty sites are shifts and are kept.

    Parameters
    ----------
    model : SpinChain
        Any network; its baths may take excitations, its dephasing scatters them.
    start : int, "light", array (N,) or array (N, N)
        A site; where the gains of the baths put excitations, each in proportion to its rate; weights of a mixture of
        sites; or a density matrix of trace one.
    trap : str, Trap or sequence of them
        Names of baths whose loss is put to use, and traps beside the baths.
    loss : float or sequence of N
        Rates of loss beside those of the other baths.

    Returns
    -------
    Efficiency
        Shares and times, times in the inverse of the model's unit of energy.

    Raises
    ------
    InvalidInput
        If the start is no state, or a trap is not known or takes nothing.
    NotConverged
        If a number is not known to 1e-6 of itself: where double precision is not enough beyond 9 sites, or a time is no double.
    Unsupported
        If more than 28 sites have dark states.

    References
    ----------
    P. Rebentrost et al., New J. Phys. 11, 033003 (2009), doi:10.1088/1367-2630/11/3/033003, whose rates κ and Γ are half
    of those here; M. B. Plenio, S. F. Huelga, New J. Phys. 10, 113019 (2008), doi:10.1088/1367-2630/10/11/113019.
    """
    _checks.instance("model", model, SpinChain)
    clock = time.perf_counter()
    sinks, rho = sinks_of(model, trap, loss), start_of(model, start)
    _checks.memory("sites", model.sites, needed(model), "take fewer sites")
    leaving = Leaving(model, sinks, rho, model.dephasing_rates)
    if model.sites > DENSE:
        found, arithmetic = by_modes(leaving), ESTIMATED
    else:
        found, arithmetic = proved(leaving, 1.0)
    shares = shares_of(leaving, found, np.ones(1))
    return _assembled(leaving, found, shares, arithmetic, clock).certified()


def needed(model: SpinChain) -> float:
    """Bytes."""
    return 80.0 * model.sites**4 if model.sites <= DENSE else 400.0 * model.sites**2


def seconds(model: SpinChain) -> float:
    """Rough time on one core; measured, good to a factor of 3."""
    N = model.sites
    return 2e-3 + (1e-9 * N**6 if N <= DENSE else 2e-8 * N**4)


def proved(leaving: Leaving, rate: float) -> tuple[Residence, str]:
    """Integrals in double precision, or in ball arithmetic where that is not enough, and the arithmetic in words."""
    found = leaving.solve(np.array([rate]))
    if leaving.model.sites > BALLS or certain(shares_of(leaving, found, np.array([rate]))):
        return found, PROVED
    sure = leaving.in_balls(rate, lambda one: certain(shares_of(leaving, one, np.array([rate]))))
    return (found, PROVED) if sure is None else (sure, "ball arithmetic")


class Shares(NamedTuple):
    """Numbers for K rates, each of shape (K,) but for those by site."""

    efficiency: Bounded
    loss: Bounded
    dark: Bounded
    transfer_time: Bounded
    lifetime: Bounded
    trapped: Bounded  # trapped and lost: shape (K, N)
    lost: Bounded


def shares_of(leaving: Leaving, found: Residence, rates: Real) -> Shares:
    """Shares and times out of the integrals."""
    sinks = leaving.sinks
    trapped, lost = (_weighted(rates_, found.times) for rates_ in (sinks.trap, sinks.loss))
    taken, missed = _summed(trapped), _summed(lost)
    delayed = _summed(_weighted(sinks.trap, found.delays))
    bare = (rates == 0).tolist()
    stays = {zero: leaving.dark_of(0.0 if zero else 1.0).population(leaving.start) for zero in set(bare)}
    dark = np.array([float(stays[zero]) for zero in bare])
    whole = sum(Fraction(p) for p in leaving.start.diagonal().real.tolist())
    still = np.array([stays[zero] == whole for zero in bare])  # nothing ever leaves, exactly
    taken, missed, delayed = (_none(number, still) for number in (taken, missed, delayed))
    trapped, lost = (_none(number, still[:, None]) for number in (trapped, lost))
    life = _summed(found.times)
    return Shares(
        taken,
        missed,
        Bounded(dark, 4 * UNIT * dark),
        _ratio(delayed, taken),
        Bounded(np.where(dark > 0, np.inf, life.value), np.where(dark > 0, 0.0, life.bound)),
        trapped,
        lost,
    )


def certain(shares: Shares) -> bool:
    """Whether every number is known to its own digits."""
    return all(check.holds for check in checks_of(shares))


def checks_of(shares: Shares) -> list[Check]:
    """Every number against its own bound, and what must add up to one."""
    small = {"efficiency": SMALL, "loss": SMALL, "transfer_time": 0.0, "lifetime": 0.0}
    checks = []
    for name, floor in small.items():
        value, bound = getattr(shares, name)
        finite = np.isfinite(value)
        size = np.maximum(np.abs(value[finite]), floor)
        share = np.divide(bound[finite], size, out=np.where(bound[finite] > 0, np.inf, 0.0), where=size > 0)
        unknown = (~finite & ~(bound == 0)).any()  # infinite times that are known as such have no error
        checks.append(
            Check(
                f"error of the {name.replace('_', ' ')}",
                math.nan if unknown else float(share.max(initial=0.0)),
                RELATIVE,
                "bound of the error over the number itself, of a share over 10⁻⁴ where that is more",
            )
        )
    parts = (shares.efficiency, shares.loss, shares.dark)
    apart = np.abs(sum(p.value for p in parts) - 1)
    room = sum(p.bound for p in parts) + 8 * UNIT
    checks.append(
        Check(
            "sum of the shares",
            float((apart / room).max()),
            1.0,
            "trapped, lost and dark add up to one, to within the bounds",
        )
    )
    return checks


def by_modes(leaving: Leaving) -> Residence:
    """Integrals of a large network, with estimated errors."""
    model, sinks = leaving.model, leaving.sinks
    if leaving.dark_of(float(model.dephasing_rates.max())).count:
        raise Unsupported(
            f"`model` must have no dark states beyond {DENSE} sites, but it has (got {leaving.dark.count} on {model.sites} sites); give every site a small loss"
        )
    h = energies(model)
    X = -1j * (h - np.eye(model.sites) * h.diagonal().real.mean()) - np.diag(sinks.total + model.dephasing_rates) / 2
    modes = Modes(X, model.dephasing_rates)
    R, error = modes.solve(leaving.start)
    S, late = modes.solve(R)
    pairs = []
    for matrix, off in ((R, error), (S, error + late)):
        share = SAFETY * max(off, 4 * UNIT) if np.isfinite(off) else np.inf
        value = matrix.diagonal().real[None]
        pairs.append(Bounded(value, np.full_like(value, share * np.linalg.norm(matrix))))
    return Residence(pairs[0], pairs[1], Bounded(np.zeros((1, model.sites)), np.full((1, model.sites), np.inf)), R)


def _assembled(leaving: Leaving, found: Residence, shares: Shares, arithmetic: str, clock: float) -> Efficiency:
    lowest = np.linalg.eigvalsh(found.state) if np.all(np.isfinite(found.state)) else np.array([np.nan])
    size = max(float(np.abs(lowest).max()), np.finfo(float).tiny)
    checks = [
        *checks_of(shares),
        Check("negative part", float(np.maximum(0.0, -lowest[0] / size)), NEGATIVE, "∫ρ dt is positive"),
    ]
    statistics: dict[str, float | int | str] = {
        "dimension": leaving.model.sites**2,
        "arithmetic": arithmetic,
        "wall time in s": time.perf_counter() - clock,
    }
    numbers: dict[str, Bounded] = shares._asdict()
    return Efficiency(
        model=leaving.model,
        method=MethodReport(NAME, "the only one", MappingProxyType(statistics)),
        certificate=Certificate(tuple(checks)),
        **{name: _kept(number) for name, number in numbers.items()},
        bounds=MappingProxyType({name: frozen(np.array(number.bound[0])) for name, number in numbers.items()}),
        start=frozen(leaving.start.copy()),
    )


def _kept(number: Bounded) -> Any:
    """The number of the first rate, as an array that nobody changes or as a number."""
    first = np.array(number.value[0])
    return frozen(first) if first.ndim else float(first)


def _weighted(rates: Real, times: Bounded) -> Bounded:
    """Rates times integrals, (K, N); nothing where there is no rate, whatever the integral is."""
    there = rates > 0
    with np.errstate(invalid="ignore"):  # 0 times what is not known
        value = np.where(there, rates * times.value, 0.0)
        return Bounded(value, np.where(there, rates * times.bound + 4 * UNIT * np.abs(value), 0.0))


def _none(number: Bounded, where: NDArray[np.bool_]) -> Bounded:
    """The number, but exactly zero there."""
    return Bounded(np.where(where, 0.0, number.value), np.where(where, 0.0, number.bound))


def _summed(number: Bounded) -> Bounded:
    value = number.value.sum(axis=1)
    return Bounded(value, number.bound.sum(axis=1) + number.value.shape[1] * UNIT * np.abs(number.value).sum(axis=1))


def _ratio(above: Bounded, below: Bounded) -> Bounded:
    """A quotient of bounded numbers; infinite without error where what is below is exactly zero."""
    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.where(below.value == 0, np.inf, above.value / below.value)
        least = below.value - below.bound
        bound = (above.bound + np.abs(value) * below.bound) / least + 4 * UNIT * np.abs(value)
        bound = np.where((below.value == 0) & (below.bound == 0), 0.0, np.where(least > 0, bound, np.inf))
    return Bounded(value, bound)
