"""What linear response says of a lattice: correlations of a current, its diffusivity, and how both were read."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from caloriq._checks import Real
from caloriq.closed.lattice.result import INSTANT
from caloriq.results import Solution
from caloriq.transport.kubo.literature import KnownDiffusivity
from caloriq.transport.kubo.premises import Charges
from caloriq.transport.kubo.reading import Level, Reading
from caloriq.transport.kubo.rungs import Rungs
from caloriq.variables import ENERGY, POWER, Variable

DIFFUSIVITY = f"site² {ENERGY}"


@dataclass(frozen=True)
class Kubo(Solution):
    """Diffusion of one density by linear response.

    Attributes
    ----------
    of : str
        What is carried.
    temperature : float
        inf is every state alike.
    sizes : array of int, shape (S,)
        Sites of the rings, ascending.
    times : array, shape (T,)
        Instants.
    correlation : array, shape (S, T)
        Re⟨J(t)J⟩ per site.
    correlation_error : array, shape (S, T)
        Statistical standard error.
    diffusivity : array, shape (S, T)
        D(t) = ∫₀ᵗ C/χ, in sites² times energy.
    diffusivity_error : array, shape (S, T)
        Statistical standard error.
    parting : array, shape (S - 1,)
        t* of every size but the smallest: until when it agrees with the one below.
    susceptibility, susceptibility_bound : float
        χ, variance of the density per site, and the bound on its error: 0 at infinite temperature, where it is that of the terms.
    reading : Reading
        By the rule of `caloriq.transport.kubo.reading`.
    level : Level
        What C stays at in the window of the reading: what a Drude weight would be, where charges keep one.
    remaining : array, shape (S,)
        Mean of C over the last half of the times, over its first value: what a Drude weight would leave.
    charges : Charges
        What is conserved beside; not numbers where it was not looked for.
    rungs : Rungs or None
        Of the chain without ends.
    known : KnownDiffusivity or None
        From elsewhere: it is shown and told beside what is found, and changes nothing of it.
    """

    of: str
    temperature: float
    sizes: NDArray[np.int64]
    times: Real
    correlation: Real
    correlation_error: Real
    diffusivity: Real
    diffusivity_error: Real
    parting: Real
    susceptibility: float
    susceptibility_bound: float
    reading: Reading
    level: Level
    remaining: Real
    charges: Charges
    rungs: Rungs | None
    known: KnownDiffusivity | None = None

    variables = (
        Variable("value", units=DIFFUSIVITY, long_name="diffusivity that is read", source=lambda k: k.reading.value),
        Variable("error", units=DIFFUSIVITY, long_name="its error, all parts", source=lambda k: k.reading.error),
        Variable(
            "statistical", units=DIFFUSIVITY, long_name="statistical part", source=lambda k: k.reading.statistical
        ),
        Variable("finite_size", units=DIFFUSIVITY, long_name="finite size", source=lambda k: k.reading.finite_size),
        Variable("window", units=DIFFUSIVITY, long_name="change in the window", source=lambda k: k.reading.window),
        Variable("exponent", long_name="β of D ∝ t^β in the window", source=lambda k: k.reading.exponent),
        Variable("quadrature", units=DIFFUSIVITY, long_name="between times", source=lambda k: k.reading.quadrature),
        Variable("conductivity", long_name="∫C dt/T²; T² times it at infinite temperature"),
        Variable("conductivity_error", long_name="its error, all parts"),
        Variable("susceptibility", long_name="variance of the density per site"),
        Variable("mazur", long_name="share of ⟨J²⟩ that charges keep at infinite temperature, at least"),
        Variable("correlation", ("size", "time"), long_name="⟨J(t)J⟩ per site"),
        Variable("correlation_error", ("size", "time"), long_name="its standard error"),
        Variable("diffusivity", ("size", "time"), units=DIFFUSIVITY, long_name="∫₀ᵗC/χ"),
        Variable("diffusivity_error", ("size", "time"), units=DIFFUSIVITY, long_name="its standard error"),
        Variable("parting", ("pair",), units=f"1/({ENERGY})", long_name="time until two sizes agree"),
        Variable("level", long_name="mean of C in the window", source=lambda k: k.level.value),
        Variable("level_error", long_name="its error, all parts", source=lambda k: k.level.error),
        Variable("remaining", ("size",), long_name="mean of C over the last half of the times, over C(0)"),
    )
    coordinates = (INSTANT, Variable("size", ("size",), kind="whole", units="site", source="sizes"))
    headlines = ("value", "error", "exponent", "parting", "mazur", "infinite_chain")

    def declared(self) -> tuple[Variable, ...]:
        """With units of what is carried, and the chain without ends where it was asked for."""
        square = {"energy": f"{POWER} squared"}.get(self.of, POWER)
        told = dict.fromkeys(("correlation", "correlation_error", "level", "level_error"), square)
        own = tuple(replace(one, units=told.get(one.name, one.units), carries=self.of) for one in self.variables)
        return own + (LADDER if self.rungs is not None else ())

    def placed(self) -> tuple[Variable, ...]:
        """Times and sizes; lengths and dampings where there are any."""
        return self.coordinates + (RUNGS if self.rungs is not None else ())

    @property
    def mazur(self) -> float:
        """Share of ⟨J²⟩ that conserved charges keep at infinite temperature, at least; not a number where it was not looked for."""
        return self.charges.kept

    @property
    def conductivity(self) -> float:
        """κ = ∫C dt/T² of heat, ∫C dt/T of what else is carried; at infinite temperature ∫C dt, what T²κ or Tσ tends to.

        Not a number where D grows as a power, or charges keep a part of the current: then there is none. Where D is neither flat nor
        grows it is the last value, as that of D.
        """
        if self.reading.rule == "growth" or self.mazur > 0:
            return math.nan
        return self.reading.value * self.susceptibility * self._per_temperature

    @property
    def conductivity_error(self) -> float:
        """Of all parts; χ cancels in ∫C dt = Dχ."""
        own = self.reading.error - self.reading.susceptibility
        return own * self.susceptibility * self._per_temperature if math.isfinite(self.conductivity) else math.nan

    @property
    def weight(self) -> float:
        """What C stays at in the window, over T² (T): where charges keep it, κ(t) grows as this times t, and κ(ω) has π times it at ω = 0."""
        return self.level.value * self._per_temperature

    @property
    def weight_error(self) -> float:
        """Of all parts."""
        return self.level.error * self._per_temperature

    @property
    def _per_temperature(self) -> float:
        if not np.isfinite(self.temperature):
            return 1.0
        return float(self.temperature ** -(2.0 if self.of == "energy" else 1.0))

    @property
    def diffusive(self) -> bool | None:
        """What the numbers indicate: True for rungs that have converged, or a plateau without other charges; None where they do not say."""
        if self.mazur > 0:  # that of infinite temperature; elsewhere the overlap is another one
            return False if math.isinf(self.temperature) else None
        if self.reading.rule == "plateau" and self.charges.generic:
            return True
        if self.rungs is not None and self.rungs.found == "converged":
            return True
        return None

    @property
    def interval(self) -> tuple[tuple[float, float] | None, str]:
        """Ends between which D lies, and of what: strings that have converged, else a plateau with its error; None without both."""
        if self.rungs is not None and self.rungs.found == "converged":
            return (self.rungs.low, self.rungs.high), "strings"
        if self.reading.rule == "plateau" and not self.mazur > 0:
            return (self.reading.value - self.reading.error, self.reading.value + self.reading.error), "the plateau"
        return None, ""

    def notes(self) -> tuple[str, ...]:
        """What rule was followed, and what it cannot see."""
        one = self.reading
        last = self.sizes[-1]
        ends = {
            "size": f"where {last} and {self.sizes[-2]} sites part",
            "noise": "beyond which random states are too few to see whether sizes agree",
            "times": "the last time",
        }[one.limit]
        told = {
            "plateau": f"D({last}) is flat between t = {one.begin:.3g} and {one.end:.3g}, {ends}: {one.value:.4g} ± {one.error:.2g} there.",
            "growth": f"D({last}) grows as t^{one.exponent:.2f} up to t = {one.end:.3g}, {ends}: no diffusivity is read; its last value is {one.value:.4g}.",
            "neither": f"D({last}) is still changing at t = {one.end:.3g}, {ends}: its last value, {one.value:.4g}, is no diffusivity yet.",
        }
        notes = [told[one.rule]]
        if one.rule == "plateau" and not self.charges.generic and not self.mazur > 0:
            why = "was not looked for" if math.isnan(self.charges.more) else "is, or nearly"
            notes.append(
                f"A plateau may rise later where more than the energy is conserved, which {why}: no diffusion is claimed."
            )
        if math.isnan(one.value):
            what = "random states" if one.limit == "noise" else "sites"
            notes = [
                f"{last} and {self.sizes[-2]} sites cannot be seen to agree at any time: nothing is read, more {what} are needed."
            ]
        if self.rungs is not None:
            notes.append(self.rungs.told())
        if self.known is not None:
            notes.append(self.known.beside(*self.interval))
        if self.mazur > 0:
            where = (
                "for ever: the current is ballistic"
                if math.isinf(self.temperature)
                else "at infinite temperature: no conductivity is told"
            )
            notes.append(f"Conserved charges keep at least {self.mazur:.4g} of ⟨J²⟩ {where}.")
        return tuple(notes)

    def facts(self) -> dict[str, Any]:
        """What is carried, and how it was read."""
        found: dict[str, Any] = {"of": self.of, "temperature": self.temperature, "rule": self.reading.rule}
        found["limit"] = self.reading.limit
        if self.rungs is not None:
            found |= {"class": self.rungs.found, "agree until": self.rungs.agree_until}
        return found | (self.known.facts() if self.known is not None else {})

    @property
    def bounds(self) -> Mapping[str, Any]:
        """Bounds on single numbers."""
        return {"susceptibility": self.susceptibility_bound}


RUNGS = (
    Variable("length", ("length",), kind="whole", units="cell", source=lambda k: k.rungs.lengths),
    Variable("damping", ("damping",), units=ENERGY, source=lambda k: k.rungs.dampings),
    Variable("order", ("order",), kind="whole", source=lambda k: np.arange(k.rungs.moments.size)),
    Variable("ladder_time", ("ladder_time",), units=f"1/({ENERGY})", source=lambda k: k.rungs.times),
)
LADDER = (
    Variable("infinite_chain", units=DIFFUSIVITY, long_name="D at the last length", source=lambda k: k.rungs.value),
    Variable("infinite_chain_low", units=DIFFUSIVITY, long_name="lower end", source=lambda k: k.rungs.low),
    Variable("infinite_chain_high", units=DIFFUSIVITY, long_name="upper end", source=lambda k: k.rungs.high),
    Variable("length_exponent", long_name="of D over ℓ", source=lambda k: k.rungs.exponent),
    Variable(
        "ladder",
        ("length", "damping", "ladder_time"),
        units=DIFFUSIVITY,
        long_name="D(t) of strings of bounded support",
        source=lambda k: k.rungs.diffusivity,
    ),
    Variable(
        "exact_until",
        ("length", "damping"),
        units=f"1/({ENERGY})",
        long_name="time until which C is that of the infinite chain to 1e-3",
        source=lambda k: k.rungs.exact_until,
    ),
    Variable(
        "moments",
        ("order",),
        long_name="µ_2k over ⟨J²⟩, in energy to the power 2k",
        source=lambda k: k.rungs.moments,
    ),
    Variable("lanczos", ("order",), units=ENERGY, long_name="b_k of the recursion", source=lambda k: k.rungs.lanczos),
)
