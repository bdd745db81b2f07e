"""κ(T) of heat, or σ(T) of what else is carried: linear response at several temperatures, from one run."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from caloriq import _checks
from caloriq._checks import Real
from caloriq.closed.correlation.methods import Typicality
from caloriq.closed.correlation.solve import correlations
from caloriq.closed.lattice.equation_of_state import TEMPERATURE
from caloriq.closed.lattice.result import INSTANT
from caloriq.closed.methods import Exact
from caloriq.errors import InvalidInput
from caloriq.models.lattice.densities import ENERGY
from caloriq.models.lattice.model import Lattice
from caloriq.results import Certificate, Check, MethodReport, Progress, Solution, part_of
from caloriq.transport.kubo.asked import check_asked
from caloriq.transport.kubo.assembled import assembled, susceptibilities
from caloriq.transport.kubo.climbing import chain_of
from caloriq.transport.kubo.premises import charges_of
from caloriq.transport.kubo.result import DIFFUSIVITY, Kubo
from caloriq.transport.kubo.rings import ring
from caloriq.variables import ENERGY as ENERGY_UNIT
from caloriq.variables import POWER, Variable

LAW = 0.05  # of κT² over that of infinite temperature from 1, with its error, where the law of high temperatures is told to hold


def _number(
    name: str,
    of_each: Callable[[Kubo], Any],
    told: str,
    units: str = "1",
    *,
    dims: tuple[str, ...] = (),
    kind: Any = "real",
) -> Variable:
    """One quantity over temperature."""
    return Variable(
        name,
        ("temperature", *dims),
        units=units,
        long_name=told,
        kind=kind,
        source=lambda found: np.array([of_each(one) for one in found.each]),
    )


@dataclass(frozen=True)
class KuboOverTemperature(Solution):
    """Linear response over temperature.

    Attributes
    ----------
    of : str
        What is carried.
    each : tuple of Kubo
        At every temperature, in their order.
    limit : Kubo
        At infinite temperature, from the same states.
    """

    of: str
    each: tuple[Kubo, ...]
    limit: Kubo

    variables = (
        _number("conductivity", lambda k: k.conductivity, "∫C dt/T², at the end of the window where nothing is flat"),
        _number("conductivity_error", lambda k: k.conductivity_error, "its error, all parts"),
        _number("plateau", lambda k: k.reading.rule == "plateau", "whether D is flat in the window", kind="truth"),
        _number("value", lambda k: k.reading.value, "diffusivity that is read", DIFFUSIVITY),
        _number("error", lambda k: k.reading.error, "its error, all parts", DIFFUSIVITY),
        _number("exponent", lambda k: k.reading.exponent, "β of D ∝ t^β in the window"),
        _number("agree_until", lambda k: k.parting[-1], "time until the two largest sizes agree", f"1/({ENERGY_UNIT})"),
        _number("weight", lambda k: k.weight, "C/T² in the window: what a Drude weight would be"),
        _number("weight_error", lambda k: k.weight_error, "its error, all parts"),
        _number("susceptibility", lambda k: k.susceptibility, "variance of the density per site"),
        _number("susceptibility_error", lambda k: k.susceptibility_bound, "bound on its error"),
        _number("diffusivity", lambda k: k.diffusivity, "∫₀ᵗC/χ", DIFFUSIVITY, dims=("size", "time")),
        _number(
            "diffusivity_error", lambda k: k.diffusivity_error, "its standard error", DIFFUSIVITY, dims=("size", "time")
        ),
        Variable("law", ("temperature",), long_name="κT² (σT) over that of infinite temperature, at one time"),
        Variable("law_error", ("temperature",), long_name="its error, all parts"),
        Variable("limit", long_name="Dχ at infinite temperature", source=lambda k: k.limit.conductivity),
        Variable("limit_weight", long_name="C in the window at infinite temperature", source=lambda k: k.limit.weight),
        Variable("mazur", long_name="share of ⟨J²⟩ that charges keep at infinite temperature, at least"),
    )
    coordinates = (
        TEMPERATURE,
        INSTANT,
        Variable("size", ("size",), kind="whole", units="site", source="sizes"),
    )
    headlines = ("conductivity", "conductivity_error", "plateau", "weight", "mazur")

    def declared(self) -> tuple[Variable, ...]:
        """With what is carried."""
        square = {ENERGY: POWER}.get(self.of, "1")
        units = {"susceptibility": square, "susceptibility_error": square}
        return tuple(replace(one, units=units.get(one.name, one.units), carries=self.of) for one in self.variables)

    @property
    def temperatures(self) -> Real:
        """In energy, shape (R,)."""
        return np.array([one.temperature for one in self.each])

    @property
    def times(self) -> Real:
        """Instants, shape (T,)."""
        return self.limit.times

    @property
    def sizes(self) -> Any:
        """Sites of the rings, shape (S,)."""
        return self.limit.sizes

    @property
    def mazur(self) -> float:
        """Of `Kubo` at infinite temperature."""
        return self.limit.mazur

    @property
    def conductivity(self) -> Real:
        """κ or σ, shape (R,)."""
        return np.array([one.conductivity for one in self.each])

    @property
    def law(self) -> Real:
        """κT² (σT) over that of infinite temperature at the same time, shape (R,): 1 where the law of high temperatures holds.

        At the end of the shorter of both windows, whether D is flat or not; of the weights, where charges keep the current.
        """
        return np.array([self._over_limit(one)[0] for one in self.each])

    @property
    def law_error(self) -> Real:
        """Of all parts of both, shape (R,)."""
        return np.array([self._over_limit(one)[1] for one in self.each])

    def _over_limit(self, one: Kubo) -> tuple[float, float]:
        if self.mazur > 0:
            parts = [(k.level.value, k.level.error) for k in (one, self.limit)]
        else:
            until = min(one.reading.end, self.limit.reading.end)
            at = int(np.searchsorted(self.times, until, side="right")) - 1
            parts = [
                (
                    float(k.diffusivity[-1, at]) * k.susceptibility,
                    float(k.diffusivity_error[-1, at] + abs(k.diffusivity[-1, at] - k.diffusivity[-2, at]))
                    * k.susceptibility,
                )
                for k in (one, self.limit)
            ]
            if not until:
                return math.nan, math.nan
        (value, error), (whole, whole_error) = parts
        return value / whole, abs(value / whole) * (error / abs(value) + whole_error / abs(whole))

    def notes(self) -> tuple[str, ...]:
        """Where a conductivity was read, and from where on the law of high temperatures holds."""
        T, order = self.temperatures, np.argsort(self.temperatures)
        symbol, power = ("κ", "T⁻²") if self.of == ENERGY else ("σ", "1/T")
        notes = []
        if self.mazur > 0:
            notes.append(
                f"Conserved charges keep at least {self.mazur:.4g} of ⟨J²⟩ at infinite temperature: the current is ballistic there, and what is told is the weight that C stays at, not {symbol}."
            )
        else:
            flat = np.array([one.reading.rule == "plateau" for one in self.each])
            last = np.isfinite(self.conductivity) & ~flat
            where = f", {T[flat].min():g} to {T[flat].max():g}" if flat.any() else ""
            told = [f"{symbol} is read from a plateau at {flat.sum()} of {T.size} temperatures{where}"]
            if last.any():
                told.append(f"at {last.sum()} it is a last value, and no {symbol} yet")
            if not np.all(flat | last):
                told.append(
                    f"at {T.size - int((flat | last).sum())} there is none: D grows, or sizes are not seen to agree"
                )
            notes.append("; ".join(told) + ".")
        off = np.maximum(np.abs(self.law - 1), self.law_error)[order]
        beyond = np.flatnonzero(~(off <= LAW))
        first = order[beyond[-1] + 1 :] if beyond.size else order
        if first.size:
            what = "the weight" if self.mazur > 0 else "∫C at equal times"
            notes.append(f"From T = {T[first].min():g} on, {what} follows {power} to {LAW:.0%}, errors included.")
        return tuple(notes)

    def facts(self) -> dict[str, Any]:
        """What is carried."""
        return {"of": self.of, "rules": ", ".join(one.reading.rule for one in self.each)}


def kubo_over_temperature(
    model: Lattice,
    *,
    of: str = ENERGY,
    sizes: Sequence[int],
    times: ArrayLike,
    temperatures: ArrayLike,
    method: Exact | Typicality | str = "auto",
    progress: Progress | None = None,
) -> KuboOverTemperature:
    """Conductivity over temperature, from correlations of rings.

    Parameters
    ----------
    model, of, sizes, times, method, progress
        As in `kubo`.
    temperatures : array_like, shape (R,)
        In energy, above 0 and finite; infinite temperature is always among what is found.

    Returns
    -------
    KuboOverTemperature
        κ = ∫C dt/T² of energy, ∫C dt/T of what else is carried, with errors and the rule that read them.

    Raises
    ------
    InvalidInput, Unsupported, NotConverged
        As `kubo`; `NotConverged` also where thermal weights fall below rounding: then every temperature takes its own `kubo`.

    Notes
    -----
    One evolution for all temperatures: see `correlations`. Statistical errors at neighbouring temperatures go together.
    """
    _checks.instance("model", model, Lattice)
    t = _checks.times(times)
    T = np.atleast_1d(_checks.temperatures(temperatures, "temperatures"))
    if T.ndim != 1 or not T.size or len(set(T.tolist())) < T.size:
        raise InvalidInput(
            f"`temperatures` must be different ones in a list, but they are not (got {_checks.shown(temperatures)})"
        )
    check_asked(model, of, sizes, t, math.inf, (), None, together=len(T) + 1)
    rings = [ring(model, N) for N in sorted(set(sizes))]
    every = [*T.tolist(), math.inf]
    clock, found = time.perf_counter(), []
    chi = susceptibilities(rings[-1], of, every)
    for n, one in enumerate(rings):
        tell = part_of(progress, n, len(rings))
        found.append(correlations(one, f"{of} current", times=t, temperatures=every, method=method, progress=tell))
    charges = charges_of(chain_of(rings[-1]), of)
    wall = time.perf_counter() - clock
    each = [
        assembled(model, at, of, own, charges=charges, rungs=None, wall=wall)
        for one, own, at in zip(every, chi, zip(*found, strict=True), strict=True)
    ]
    limit = each.pop()
    checks = [replace(c, name=f"T = {k.temperature:g}, {c.name}") for k in (*each, limit) for c in k.certificate]
    return KuboOverTemperature(
        model=model,
        method=MethodReport(limit.method.name, limit.method.reason, limit.method.statistics),
        certificate=Certificate(tuple(worst_of(checks))),
        of=of,
        each=tuple(each),
        limit=limit,
    ).certified()


def worst_of(checks: Sequence[Check]) -> list[Check]:
    """Of the checks of one name at all temperatures the one that is nearest to its limit."""
    found: dict[str, Check] = {}
    for one in checks:
        name = one.name.partition(", ")[2]
        if name not in found or not one.value / one.limit <= found[name].value / found[name].limit:
            found[name] = one
    return list(found.values())
