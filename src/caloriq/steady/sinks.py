"""Where one excitation starts, and what takes it away: traps, which count, and losses, which do not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

import numpy as np

from caloriq import _checks, wording
from caloriq._checks import Complex, Real
from caloriq.errors import InvalidInput
from caloriq.models.definition import Definition
from caloriq.models.driven import per_site
from caloriq.models.fields import Index, Positive
from caloriq.models.spins import SpinChain

ROUNDING = 1e-9


class Trap(Definition):
    """A place where excitations are put to use.

    Parameters
    ----------
    site : int
        Site from 0; negative counts from the end.
    rate : float
        κ > 0, at which the population of the site goes there.
    """

    site: Index
    rate: Positive


class Sinks(NamedTuple):
    """Rates at which every site loses its excitation, each of shape (N,)."""

    trap: Real
    loss: Real

    @property
    def total(self) -> Real:
        """Both together."""
        return np.asarray(self.trap + self.loss)


def sinks_of(model: SpinChain, trap: str | Trap | Sequence[str | Trap], loss: Any = 0.0) -> Sinks:
    """What traps and what loses; losses of baths that are no trap count as loss.

    Parameters
    ----------
    model : SpinChain
        The network.
    trap : str, Trap or sequence of them
        Names of baths whose loss is put to use, and traps beside the baths.
    loss : float or sequence of N
        Rates of loss beside those of the baths.

    Raises
    ------
    InvalidInput
        If a bath is not known or takes nothing, or a rate is negative.
    """
    taken, lost = np.zeros(model.sites), np.array(per_site("loss", loss, model.sites, "sites") + np.zeros(model.sites))
    if lost.min() < 0:
        raise InvalidInput(f"`loss` must be at least 0, but it is smaller (got {lost.min():g})")
    traps = [trap] if isinstance(trap, str | Trap) or not isinstance(trap, Sequence) else list(trap)
    if not traps:
        raise InvalidInput("`trap` must name what takes excitations, but it is empty (got an empty list)")
    named: set[int] = set()
    for one in traps:
        if isinstance(one, Trap):
            taken[_checks.index("trap.site", one.site, model.sites)] += one.rate
        else:
            named.add(_bath(model, one))
    for number, (site, rates) in enumerate(zip(model.bath_sites, model.bath_rates, strict=True)):
        (taken if number in named else lost)[site] += rates.loss
    return Sinks(taken, lost)


def _bath(model: SpinChain, name: Any) -> int:
    """Number of the bath of that name."""
    if not isinstance(name, str):
        raise InvalidInput(
            f"`trap` must be the name of a bath or a Trap, but it is not (got {_checks.shown(name)}); use Trap(site=..., rate=...)"
        )
    if name not in model.bath_names:
        known = f"baths are {', '.join(model.bath_names)}" if model.baths else "there are no baths"
        meant = wording.remedy(name, model.bath_names, known)
        raise InvalidInput(f"`trap` must be the name of a bath, but it is not (got {name!r}); {meant}")
    number = model.bath_names.index(name)
    if model.bath_rates[number].loss == 0:
        raise InvalidInput(f"`trap` must be a bath that takes excitations, but this one only gives (got {name!r})")
    return number


def start_of(model: SpinChain, start: int | Literal["light"] | Any) -> Complex:
    """Density matrix of the excitation at the start, shape (N, N), of trace one.

    Parameters
    ----------
    model : SpinChain
        The network.
    start : int, "light", array (N,) or array (N, N)
        A site; where the gains of the baths put excitations, each in proportion to its rate; weights of a mixture of
        sites; or a density matrix.

    Raises
    ------
    InvalidInput
        If it is none of these.
    """
    N = model.sites
    if isinstance(start, str):
        return np.diag(_light(model, start)).astype(complex)
    if isinstance(start, int | np.integer) and not isinstance(start, bool | np.bool_):
        weights = np.zeros(N)
        weights[_checks.index("start", int(start), N)] = 1.0
        return np.diag(weights).astype(complex)
    if np.ndim(start) == 1:
        weights = _checks.numbers("start", start)
        if weights.shape != (N,) or weights.min() < 0 or not weights.sum() > 0:
            raise InvalidInput(
                f"`start` must hold one weight of at least 0 for each of the {N} sites, not all 0, but it does not (got {_checks.shown(start)})"
            )
        return np.diag(weights / weights.sum()).astype(complex)
    if np.ndim(start) != 2:
        raise InvalidInput(
            f"`start` must be a site, 'light', weights of sites or a density matrix, but it is not (got {_checks.shown(start)})"
        )
    rho = _checks.hermitian("start", start)
    if rho.shape != (N, N):
        raise InvalidInput(f"`start` must have shape {(N, N)}, but it has another (got shape {rho.shape})")
    trace, lowest = float(np.trace(rho).real), float(np.linalg.eigvalsh(rho)[0])
    if abs(trace - 1) > ROUNDING or lowest < -ROUNDING:
        raise InvalidInput(
            f"`start` must be a density matrix, but it is not (got trace {trace:g} and smallest eigenvalue {lowest:g})"
        )
    return np.asarray((rho + rho.conj().T) / (2 * trace))


def _light(model: SpinChain, start: str) -> Real:
    if start != "light":
        raise InvalidInput(
            f"`start` must be a site, 'light', weights of sites or a density matrix, but it is not (got {start!r})"
        )
    total = float(model.gains.sum())
    if not total > 0:
        raise InvalidInput("`start` must be a site where no bath gives excitations, but it is light (got 'light')")
    return np.asarray(model.gains / total)
