"""The chain between two baths: profile, currents, and how the current falls with the length."""

from __future__ import annotations

from caloriq.accessor import error_of
from caloriq.lab import figures, generic
from caloriq.lab.asked import Answered
from caloriq.lab.card import Card
from caloriq.lab.dials import Dial
from caloriq.lab.panel import Panel

DEFAULT = """\
model:
  kind: spin-chain
  sites: 20
  hopping: 1.0
  dephasing: 0.5
  frequency: 1.0
  baths:
    - {site: 0, gain: 0.8, loss: 0.2}
    - {site: -1, gain: 0.2, loss: 0.8}
sizes: [3, 5, 9, 17, 33, 65, 129]
"""
AT_MOST = 24  # places that are dots


class DrivenCard(Card):
    """Profile, current over N, dephasing."""

    name, title = "driven", "Driven chain"
    says = "A chain between two baths. A uniform wire carries the same current at any length; with dephasing 1/J grows by a constant for every bond, which is Fourier's law."
    default = DEFAULT
    kinds = ("spin-chain", "classical-chain", "disordered-chain", "harmonic-chain", "fmo")
    dials = (
        Dial(("model", "sites"), "sites N of the profile", 2, 128, 1, whole=True),
        Dial(("model", "dephasing"), "dephasing γ", 0.0, 4.0, 0.02),
        Dial(("model", "hopping"), "hopping g", 0.1, 3.0, 0.02),
        Dial(("model", "baths", 0, "gain"), "gain of the left bath", 0.0, 2.0, 0.02),
        Dial(("model", "baths", 1, "loss"), "loss of the right bath", 0.0, 2.0, 0.02),
    )

    def build(self) -> None:
        """Its plots, empty."""
        from nicegui import ui

        with ui.element("div").classes("panels"):
            self.scaling = Panel("current over the length")
            self.rest = Panel("what the law leaves over")
            self.profile = Panel("profile along the chain")
            self.flows = Panel("currents along the chain")
            self.others = [Panel(f"more {k + 1}") for k in range(generic.MOST)]

    def show(self, found: Answered) -> None:
        """Draw the answers."""
        self.hide()
        state = found.datasets[0]
        long = next((one for one in found.datasets if one.attrs.get("result") == "Scaling"), None)
        if long is not None:
            for panel, one in zip((self.scaling, self.rest), generic.scaling(long), strict=True):
                panel.show(one.figure, long, one.names)
        if "populations" not in state or "currents" not in state or "site" not in state["populations"].dims:
            for panel, one in zip(self.others, generic.drawn(state), strict=False):
                panel.heading.set_text(one.title)
                panel.show(one.figure, state, one.names)
            return
        for panel, name, place in ((self.profile, "populations", "site"), (self.flows, "currents", "bond")):
            x, values = figures.coordinate(state, place), figures.mean(state[name]).values
            bound = error_of(state, name)
            error = None if bound is None else figures.mean(bound).values
            mode = "lines+markers" if x.size <= AT_MOST else "lines"
            trace = figures.dots(x, values, 0, name, error, mode=mode)
            axes = (
                figures.axis(figures.label(state, place)),
                figures.axis(figures.label(state, name), rangemode="tozero"),
            )
            panel.show(figures.figure([trace], *axes, showlegend=False), state, (name,))

    def hide(self) -> None:
        """Nothing to draw."""
        for one in (self.scaling, self.rest, self.profile, self.flows, *self.others):
            one.hide()
