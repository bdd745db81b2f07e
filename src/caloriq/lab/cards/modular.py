"""The modular chain: Schrödinger's equation beside the rate equation of the Hilbert space average method."""

from __future__ import annotations

import json

from caloriq.lab import figures
from caloriq.lab.asked import Answered
from caloriq.lab.card import Card
from caloriq.lab.dials import Dial
from caloriq.lab.elements import lamps_html
from caloriq.lab.panel import Film, Panel

DEFAULT = """\
model:
  kind: modular-chain
  subunits: 3
  levels: 60
  bandwidth: 0.05
  coupling: 0.00045
  seed: 1
initial: {kind: haar, subunit: 0, seed: 2}
times: {stop: 5, count: 121}
"""
RATES = {"theory_populations": "rate equation"}
LARGEST = "largest D²"  # of the evidence
DOTS = 41  # of exact dynamics on a line


class ModularCard(Card):
    """Exact beside HAM, criteria, D²."""

    name, title = "modular", "Modular chain"
    says = "Subunits of many levels, coupled weakly at random: does the probability that Schrödinger's equation moves follow a rate equation, as Fourier's law asks?"
    default = DEFAULT
    kinds = ("modular-chain", "modular-network", "unequal-network")
    dials = (
        Dial(("model", "subunits"), "subunits N", 2, 8, 1, whole=True),
        Dial(("model", "levels"), "levels n", 4, 100, logarithmic=True, whole=True),
        Dial(("model", "bandwidth"), "bandwidth δε", 0.005, 0.5, logarithmic=True),
        Dial(("model", "coupling"), "coupling λ", 1e-5, 1e-2, logarithmic=True),
        Dial(("model", "seed"), "seed of the couplings", 0, 20, 1, whole=True),
    )

    def build(self) -> None:
        """Its plots, empty."""
        from nicegui import ui

        self.lamps = ui.html("", sanitize=False).classes("lamps").props('role="list" aria-label="Criteria"')
        with ui.element("div").classes("panels"):
            self.lines = Panel("probability of the subunits")
            self.film = Film("profile over the subunits")
            self.map = Panel("probability over time and place")
            self.deviation = Panel("distance from the rate equation")

    def show(self, found: Answered) -> None:
        """Draw the answers."""
        data = found.datasets[0]
        told = json.loads(data.attrs["evidence"])
        self.lamps.set_content(
            lamps_html(
                (f"{name} = {one['value']:.3g}, at most {one['limit']:.3g}", bool(one["holds"]), one["meaning"])
                for name, one in told.items()
            )
        )
        t = data["time"].values
        exact, theory = figures.mean(data["populations"]).values, data["theory_populations"].values
        widths = data["theory_widths"].values
        step = max(1, t.size // DOTS)
        traces = []
        for k in figures.some(exact.shape[1]):
            traces.append(figures.band(t, theory[:, k] - widths[:, k], theory[:, k] + widths[:, k], k))
            traces.append(figures.line(t, theory[:, k], k, f"subunit {k}, rates"))
            traces.append(figures.dots(t[::step], exact[::step, k], k, f"subunit {k}, exact", showlegend=False))
        y = figures.axis("probability (dots: exact, lines: rates)", range=[-0.03, 1.03])
        names = ("populations", "theory_populations", "theory_widths")
        self.lines.show(figures.figure(traces, figures.axis(figures.label(data, "time")), y), data, names)
        self.map.show(figures.heat_map(data, "populations", "time", "subunit"), data, ("populations",))
        self.film.show(
            lambda k: figures.profile(data, "populations", "subunit", k, "Schrödinger equation", RATES),
            t,
            data["time"].attrs.get("units", ""),
            data,
            names[:2],
        )
        square = figures.mean(data["deviation"]).values
        bars = [f"subunit {k}" for k in range(square.size)]
        limit = next((one["limit"] for name, one in told.items() if name == LARGEST), None)
        drawn = figures.bars(bars, square, "D² of the subunit", limit)
        self.deviation.show(drawn, data, ("deviation", "deviation_error"))

    def hide(self) -> None:
        """Nothing to draw."""
        self.lamps.set_content("")
        for one in (self.lines, self.map, self.film, self.deviation):
            one.hide()
