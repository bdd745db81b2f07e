"""Exact dynamics of subunits with several bands beside the rate equation, and κ_th over temperature."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from caloriq._checks import Real
from caloriq.closed.banded import BandEvolution
from caloriq.reduced.average.criteria import Criterion
from caloriq.reduced.average.relaxation import Relaxation
from caloriq.reduced.average.theory import Formula, Theory
from caloriq.results import Certificate, Solution
from caloriq.transport.heat import HeatResponse
from caloriq.variables import BANDED, BANDED_PLACES, GAP, Variable, parts
from caloriq.verdicts.judges import verdict

TEMPERATURE = ("temperature",)
COMPARED = BANDED[1:]  # of every band, not of every configuration
# of the exact response: name, meaning, and the attribute that holds it
RESPONSE = (
    ("conductivity_theory_error", "next order, left out by conductivity", "theory_error"),
    ("exact_conductivity", "κ_th, exact dynamics, early", "early"),
    ("exact_conductivity_error", "error of exact_conductivity", "early_error"),
    ("decay_conductivity", "κ_th, exact dynamics over one decay time", "conductivity"),
    ("decay_conductivity_error", "error of decay_conductivity", "error"),
    ("resolved_conductivity", "κ_th over one decay time, golden rule at every energy", "resolved"),
)


def _heat(name: str, long_name: str, source: str | Callable[[Any], Any]) -> Variable:
    carries = "" if "error" in name else "heat"
    return Variable(name, TEMPERATURE, units=GAP, long_name=long_name, carries=carries, source=source)


@dataclass(frozen=True)
class BandComparison(Solution):
    """Exact dynamics of subunits with several bands beside the rate equation, and κ_th over temperature.

    Attributes
    ----------
    exact : BandEvolution
        One start or an ensemble.
    theory : Theory
        Of the same chain.
    relaxed : Relaxation or None
        The rate equation at the same times; at the points of a sweep None.
    temperatures : array, shape (K,), or None
        Where κ_th is asked.
    response : HeatResponse or None
        κ_th from the exact dynamics there.
    """

    exact: BandEvolution
    theory: Theory
    relaxed: Relaxation | None
    temperatures: Real | None
    response: HeatResponse | None

    variables = (
        *parts("exact", COMPARED),
        *parts("relaxed", (replace(one, long_name=f"{one.long_name}, rate equation") for one in COMPARED), "theory_"),
        Variable("rate", units=GAP, long_name="the fastest rate", source=lambda r: r.theory.fastest_rate),
        _heat("conductivity", "κ_th, linear response", lambda r: r.printed("linear-response")),
        _heat("conductivity_printed", "κ_th as printed (PRE 47)", lambda r: r.printed("printed")),
        *parts("response", (_heat(name, told, source) for name, told, source in RESPONSE)),
    )
    coordinates = (
        *parts("exact", BANDED_PLACES[:4]),
        Variable("temperature", TEMPERATURE, units=GAP, source="temperatures"),
    )
    headlines = ("rate", "conductivity", "exact_conductivity", "exact_conductivity_error", "decay_conductivity")

    @property
    def criteria(self) -> tuple[Criterion, ...]:
        """Those of the theory."""
        return self.theory.criteria

    def printed(self, formula: Formula) -> Real | None:
        """κ_th of linear response by one of its formulas, shape (K,)."""
        return None if self.temperatures is None else self.theory.conductivity(self.temperatures, formula=formula)

    def facts(self) -> dict[str, Any]:
        """The start, rate and criteria, and the judgement."""
        c1, c2 = self.theory.criteria
        told = {"initial": json.dumps(self.exact.initial.to_mapping()), "rate": self.theory.fastest_rate}
        return {**told, "c1": c1.value, "c2": c2.value, "verdict": verdict(self).sentence}


def band_comparison(
    exact: BandEvolution,
    theory: Theory,
    temperatures: Sequence[float] | None,
    response: HeatResponse | None,
    *,
    beside: bool,
) -> BandComparison:
    """Exact dynamics, with the rate equation `beside` from the same start at the same times; certificates stand together."""
    relaxed = theory.solve(exact.times, initial=exact.initial) if beside else None
    proofs = {"": exact.certificate}
    if relaxed is not None:
        proofs["rate equation, "] = relaxed.certificate
    if response is not None:
        proofs["response, "] = response.certificate
    T = None if temperatures is None else np.asarray(temperatures, dtype=float)
    proof = Certificate.together(proofs)
    return BandComparison(exact.model, exact.method, proof, exact, theory, relaxed, T, response)
