"""The verdict: routes side by side, the grade, and what would decide."""

from __future__ import annotations

from typing import Any

from caloriq.lab import asked
from caloriq.lab.card import Card
from caloriq.lab.dials import Dial

DEFAULT = """\
model:
  kind: lattice
  sites: 12
  terms:
    - {operator: Z Z, value: 1.0}
    - {operator: X, value: 1.4}
    - {operator: Z, value: 0.9045}
question:
  kind: verdict
  of: energy
  budget: 5.0
"""


class VerdictCard(Card):
    """One question of any model."""

    name, title = "verdict", "Verdict"
    says = "Does heat obey Fourier's law in this model? All routes that apply are run within the budget; each says what it finds as it ends. Undecided is an answer, and tells what would decide."
    default = DEFAULT
    live, invites = False, "Press Run for the verdict."
    kinds = (
        *("lattice", "spin-chain", "modular-chain", "classical-chain", "disordered-chain", "harmonic-chain"),
        *("exchange-chain", "coupled-units", "quantum-chain", "modular-network", "banded-chain"),
    )

    def answer(self, run: Any) -> str:
        """What it is asked about, along which routes, and what they may take."""
        from caloriq.plots.words import parameters

        (question,) = run.questions
        routes = question.plan(run.model)["routes"]
        return f"{parameters(run.model.whole_mapping())}. Routes: {routes}. It {asked.price(*run.cost)}."

    dials = (Dial(("question", "budget"), "budget in minutes", 0.2, 30.0, logarithmic=True),)
