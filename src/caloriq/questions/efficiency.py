"""Which share of single excitations a trap receives, and at which dephasing most, at every point of a sweep."""

from __future__ import annotations

import math
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from pydantic import BeforeValidator

from caloriq import _checks
from caloriq._checks import shown
from caloriq.errors import InvalidInput
from caloriq.models.baths import NotNegative
from caloriq.models.fields import Index, Positive, short_too
from caloriq.models.spins import SpinChain
from caloriq.questions.base import Question
from caloriq.results import Progress
from caloriq.steady import efficiency as single
from caloriq.steady.assisted import POINTS, SCAN, BestDephasing, best_dephasing
from caloriq.steady.efficiency import Efficiency, efficiency
from caloriq.steady.leaving import DENSE
from caloriq.steady.sinks import Trap, sinks_of, start_of
from caloriq.variables import Variable


def _listed(value: Any) -> Any:
    """One trap stands for the list of it; each is a name, or a mapping with site and rate."""
    several = [value] if isinstance(value, str | dict | Trap) else value
    if not isinstance(several, list | tuple) or not all(isinstance(one, str | dict | Trap) for one in several):
        raise InvalidInput(
            f"`trap` must be the name of a bath, a mapping with `site` and `rate`, or a list of these, but it is not (got {shown(value)})"
        )
    return [Trap.from_mapping(one) if isinstance(one, dict) else one for one in several]


def _started(value: Any) -> Any:
    """A start that is no word but light."""
    if isinstance(value, list | tuple | np.ndarray):
        return _weights("start", value)
    site = _number(value)
    if value != "light" and (site is None or site != round(site)):
        raise InvalidInput(f"`start` must be 'light', a site or weights of sites, but it is not (got {shown(value)})")
    return value


def _lost(value: Any) -> Any:
    """One rate of loss for all sites, or one for each."""
    if isinstance(value, list | tuple | np.ndarray):
        return _weights("loss", value)
    rate = _number(value)
    if rate is None or rate < 0:
        raise InvalidInput(
            f"`loss` must be a rate of at least 0, or a list of one for each site, but it is not (got {shown(value)})"
        )
    return value


def _weights(name: str, values: Any) -> Any:
    """Numbers of at least 0."""
    for place, one in enumerate(values):
        number = _number(one)
        if number is None or number < 0:
            raise InvalidInput(f"`{name}.{place}` must be a number of at least 0, but it is not (got {shown(one)})")
    return tuple(values)


def _number(value: Any) -> float | None:
    """A finite number, also as text, as YAML gives 1e-3; None for anything else."""
    if not isinstance(value, int | float | str | np.number) or isinstance(value, bool):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


Traps = Annotated[
    tuple[str | Trap, ...], BeforeValidator(_listed), short_too({"type": "string"}, Trap.model_json_schema())
]
Weights = tuple[NotNegative, ...]


class _Single(Question):
    """What both questions ask with."""

    kind: str
    start: Annotated[Literal["light"] | Index | Weights, BeforeValidator(_started)] = "light"
    trap: Traps
    loss: Annotated[NotNegative | Weights, BeforeValidator(_lost)] = 0.0

    models: ClassVar[tuple[type, ...]] = (SpinChain,)
    seeded: ClassVar[bool] = False

    @property
    def asked(self) -> dict[str, Any]:
        """Arguments of the verb."""
        start, lost = (list(one) if isinstance(one, tuple) else one for one in (self.start, self.loss))
        return {"start": start, "trap": list(self.trap), "loss": lost}

    def admit(self, model: Any) -> None:
        """Refuse starts and traps that the model does not have."""
        super().admit(model)
        asked = self.asked
        sinks_of(model, asked["trap"], asked["loss"])
        start_of(model, asked["start"])
        _checks.memory("sites", model.sites, self.memory(model), "take fewer sites")

    def memory(self, model: Any) -> float:
        """As the verb says."""
        return single.needed(model)


class EfficiencyQuestion(_Single):
    """The share of single excitations that reaches the traps, and when; see `caloriq.steady.efficiency.efficiency`.

    Parameters
    ----------
    start : "light", int or sequence of N
        Where the gains of the baths put excitations, a site, or weights of sites.
    trap : str, mapping with `site` and `rate`, or a list of them
        Names of baths whose loss is put to use, and traps beside the baths.
    loss : float or sequence of N
        Rates of loss beside those of the other baths.
    keep : sequence of str, optional
        Which quantities are kept; by default all.
    """

    kind: Literal["efficiency"] = "efficiency"

    title: ClassVar[str] = "transport efficiency"
    bounded: ClassVar[frozenset[str]] = frozenset(one.name for one in Efficiency.variables)

    def choice(self, model: Any) -> tuple[Any, str]:
        """How the equations are solved, which their size decides."""
        return single.NAME, single.PROVED if model.sites <= DENSE else single.ESTIMATED

    def outputs(self, model: Any) -> tuple[Variable, ...]:
        """Shares and times."""
        return tuple(one.sized(model.sites) if one.dims else one for one in Efficiency.variables)

    def answered(self, model: Any, progress: Progress | None = None) -> Efficiency:  # noqa: ARG002 - it is short
        """The verb."""
        return efficiency(model, **self.asked)

    def told(self, found: Efficiency) -> str:
        """What becomes of an excitation."""
        stays = f", {found.dark:.4g} never leaves" if found.dark else ""
        return f"Of one excitation {found.efficiency:.4g} is trapped, {found.loss:.4g} is lost{stays}."

    def seconds(self, model: Any) -> float:
        """As the verb says."""
        return single.seconds(model)


class BestDephasingQuestion(_Single):
    """The dephasing at which the efficiency is largest; see `caloriq.steady.assisted.best_dephasing`.

    Parameters
    ----------
    start, trap, loss
        As for the efficiency.
    low, high : float, optional
        Rates between which it is looked for.
    keep : sequence of str, optional
        Which quantities are kept; by default all.
    """

    kind: Literal["best-dephasing"] = "best-dephasing"
    low: Positive | None = None
    high: Positive | None = None

    title: ClassVar[str] = "dephasing of the largest efficiency"
    bounded: ClassVar[frozenset[str]] = frozenset({"dephasing", "efficiency", "without", "gain"})

    def admit(self, model: Any) -> None:
        """Also refuse large networks, and those in which nothing is lost."""
        super().admit(model)
        if model.sites > DENSE:
            raise InvalidInput(f"`model` must have at most {DENSE} sites, but it has more (got {model.sites})")
        if self.low is not None and self.high is not None and not self.low < self.high:
            raise InvalidInput(f"`low` must be smaller than `high`, but it is not (got {self.low:g} and {self.high:g})")
        if not sinks_of(model, self.asked["trap"], self.asked["loss"]).loss.any():
            raise InvalidInput(
                f"`loss` must be positive somewhere, but nothing is lost and every dephasing traps all that is not dark (got {shown(self.loss)})"
            )

    def choice(self, model: Any) -> tuple[Any, str]:  # noqa: ARG002 - there is no other
        """The search."""
        return SCAN, "the only one"

    def outputs(self, model: Any) -> tuple[Variable, ...]:  # noqa: ARG002 - they are single numbers
        """Place and value."""
        return tuple(one for one in BestDephasing.variables if not one.dims)

    def answered(self, model: Any, progress: Progress | None = None) -> BestDephasing:  # noqa: ARG002 - it is short
        """The verb."""
        return best_dephasing(model, **self.asked, low=self.low, high=self.high)

    def told(self, found: BestDephasing) -> str:
        """Whether dephasing helps, and how much; what of it is not known."""
        if not found.certificate.holds:
            return _not_proved(found)
        if found.dephasing == 0:
            return f"Dephasing only lowers the efficiency, from {found.without:.4g}."
        return f"The efficiency is largest at a dephasing of {found.dephasing:.4g}: {found.efficiency:.4g}, and {found.without:.4g} without."

    def seconds(self, model: Any) -> float:
        """A scan and a bisection."""
        return 1.5 * POINTS * single.seconds(model)


def _not_proved(found: BestDephasing) -> str:
    """What an answer says whose certificate fails."""
    scan, off = found.scan, found.bounds["scan"]
    if not scan.any() and not off.any():
        return "Nothing is trapped at any dephasing: no bond leads from the start to a trap."
    if not np.all(np.isfinite(scan + off)) or not found.certificate["error of the efficiency"].holds:
        return "The dephasing of the largest efficiency is not known: rounding takes the digits of some efficiencies."
    if found.maxima == 0:
        span = float((scan + off).max() - (scan - off).min())
        return f"The efficiency does not change with the dephasing, as far as is seen: {found.efficiency:.4g}, the same to {span:.1g} at every rate looked at."
    numbers = f"{found.efficiency:.4g} there, and {found.without:.4g} without"
    if not found.certificate["maximum at an end"].holds:
        how = "still rises at the largest" if found.dephasing == found.scanned[-1] else "falls from the smallest"
        return f"The efficiency {how} dephasing looked at, {found.dephasing:.4g}, so that its maximum is not known: {numbers}."
    broken = found.certificate.failures[0]
    return f"The efficiency seems largest near a dephasing of {found.dephasing:.4g}, which is not proved: the {broken.name} is {broken.value:.1e} (limit {broken.limit:.0e}); {numbers}."
