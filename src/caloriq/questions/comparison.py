"""Exact dynamics of a modular chain or network, and the rate equation beside it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from caloriq.closed.evolve import Evolution
from caloriq.errors import NotEnoughData
from caloriq.files import plain
from caloriq.models.network import ModularNetwork
from caloriq.models.unequal import UnequalNetwork
from caloriq.reduced.average.criteria import Criterion
from caloriq.reduced.average.relaxation import Relaxation
from caloriq.reduced.average.theory import Theory
from caloriq.results import Solution
from caloriq.transport.deviation import start_populations
from caloriq.variables import GAP, RATES, Variable, parts
from caloriq.verdicts.evolved import DynamicsVerdict
from caloriq.verdicts.judges import verdict

# of the theory
RATE = Variable("rate", units=GAP, long_name="γ = 2πλ²n/δε")
PEAK = Variable(
    "peak_temperature",
    units=GAP,
    long_name="temperature of the largest conductivity",
    source=lambda theory: float(theory.edge_peaks[0]),
)


@dataclass(frozen=True)
class Comparison(Solution):
    """Exact dynamics beside the rate equation from the same start.

    Attributes
    ----------
    exact : Evolution
        One start or an ensemble.
    theory : Theory
        Of the same chain or network.
    relaxed : Relaxation
        The rate equation at the same times.
    judged : DynamicsVerdict or None
        None where the times do not cover 5/γ.
    sentence : str
        The judgement, or why there is none.
    """

    exact: Evolution
    theory: Theory
    relaxed: Relaxation
    judged: DynamicsVerdict | None
    sentence: str

    variables = (
        *parts("exact", Evolution.variables),
        *parts("relaxed", RATES, "theory_"),
        Variable("deviation", ("subunit",), long_name="D²_µ", source=lambda r: r.judged and r.judged.deviation.values),
        Variable(
            "deviation_error",
            ("subunit",),
            long_name="quadrature error of D²_µ",
            source=lambda r: r.judged and r.judged.deviation.errors,
        ),
        *parts("theory", (RATE, PEAK)),
        Variable(
            "peak_conductivity",
            units=GAP,
            long_name="the largest conductivity of any edge",
            source=lambda r: float(r.theory.edge_peaks[1].max()),
            carries="heat",
        ),
    )
    coordinates = parts("exact", Evolution.coordinates)
    headlines = ("rate", "deviation", "peak_conductivity", "peak_temperature")

    @property
    def criteria(self) -> tuple[Criterion, ...]:
        """Those of the theory."""
        return self.theory.criteria

    def facts(self) -> dict[str, Any]:
        """The start, rate and criteria, the judgement and its evidence."""
        c1, c2 = self.theory.criteria[:2]
        told = {**self.exact.facts(), "rate": self.theory.rate, "c1": c1.value, "c2": c2.value}
        if isinstance(self.model, ModularNetwork | UnequalNetwork):
            told["busiest"] = self.theory.busiest.value
        told["verdict"] = self.sentence
        if self.judged is not None:
            told["evidence"] = json.dumps(self.judged.evidence.to_mapping(), default=plain)
        return told


def comparison(exact: Evolution, theory: Theory) -> Comparison:
    """An evolution with the theory's populations, currents, widths, D² and the verdict beside it.

    Where the times do not cover 5/γ there is no D², and the verdict says why.

    Parameters
    ----------
    exact : Evolution
        One start or an ensemble.
    theory : Theory
        Of the same chain or network.
    """
    relaxed = theory.solve(exact.times, initial=start_populations(exact))
    try:
        judged = verdict(exact, theory)
        sentence = judged.sentence
    except NotEnoughData as error:
        judged, sentence = None, f"No verdict: {error}."
    return Comparison(exact.model, exact.method, exact.certificate, exact, theory, relaxed, judged, sentence)
