"""Coupled units: the exact kernel of their populations, and which assumption of Fourier's law it breaks when."""

from __future__ import annotations

import numpy as np

from caloriq.lab import figures
from caloriq.lab.asked import Answered
from caloriq.lab.card import Card
from caloriq.lab.dials import Dial
from caloriq.lab.panel import Film, Panel

DEFAULT = """\
model:
  kind: exchange-chain
  units: 3
  coupling: 0.1
order: exact
times: {stop: 6.5, count: 65}
start: [1, 0, 0]
"""
METERS = (("locality", "locality"), ("energy_conservation", "energy"), ("level_independence", "levels"))
DOTTED = " (dots: Schrödinger)"
FLOOR = 1e-15
LIMIT = 0.05  # of a meter that is all right, as the figures of the paper have it


class PopulationsCard(Card):
    """Rates of bonds and violations of the assumptions over time."""

    name, title = "populations", "Population kernel"
    says = "The equation of motion of populations, exact or to an order of the coupling. Its gains are local, conserve energy and do not ask for the level, or they are no Fourier's law."
    default = DEFAULT
    kinds = ("exchange-chain", "coupled-units")
    dials = (
        Dial(("model", "units"), "units N", 2, 5, 1, whole=True),
        Dial(("model", "coupling"), "coupling λ", 0.01, 0.5, 0.005),
        Dial(("model", "detuning"), "detuning δ", 0.0, 2.0, 0.02),
        Dial(("times", "stop"), "last time", 0.5, 40.0, 0.1),
    )

    def build(self) -> None:
        """Its plots, empty."""
        from nicegui import ui

        with ui.element("div").classes("panels"):
            self.meters = Film("violation of the three assumptions")
            self.rates = Panel("rates of the bonds")
            self.energies = Panel("energy of the units")
            self.map = Panel("energy over time and place")

    def show(self, found: Answered) -> None:
        """Draw the answers."""
        data = found.datasets[0]
        names = [name for name, _ in METERS if name in data]
        t = data["time"].values
        finite = bool(np.all(np.isfinite(t)))

        def meters(k: int) -> figures.Figure:
            values = [max(float(data[name].values[k]), FLOOR) for name in names]
            drawn = figures.bars([words for name, words in METERS if name in data], values, "violation / ‖W‖", LIMIT)
            drawn["layout"]["yaxis"] |= {"type": "log", "range": [-15, 0.5], "dtick": 3, "exponentformat": "power"}
            drawn["layout"]["shapes"][0] |= {"y0": LIMIT, "y1": LIMIT}
            return drawn

        self.meters.show(meters, t, str(data["time"].attrs.get("units", "")), data, names)
        if finite:
            bonds = data.attrs.get("bonds", [])
            traces = []
            for b in figures.some(data.sizes["bond"]):
                words = f"bond {bonds[b]}" if len(bonds) > b else f"bond {b}"
                traces.append(figures.line(t, data["rate"].values[:, b], b, words))
                traces[-1]["line"]["dash"] = (
                    "solid" if b == 0 else f"{4 + 2 * b}px,{2 + 4 * b}px"
                )  # equal ones show, too
            x = figures.axis(figures.label(data, "instant", "time t"))
            self.rates.show(
                figures.figure(traces, x, figures.axis(figures.label(data, "rate", "rate w(t)"))), data, ("rate",)
            )
        else:
            self.rates.hide()
        traces = []
        when = data["instant"].values
        step = max(1, when.size // 25)
        for i in figures.some(data.sizes["unit"]):
            traces.append(figures.line(when, data["energy"].values[:, i], i, f"unit {i}"))
            if "exact_energy" in data:
                y = data["exact_energy"].values[::step, i]
                traces.append(figures.dots(when[::step], y, i, f"unit {i}, Schrödinger", showlegend=False))
        kept = [name for name in ("energy", "exact_energy") if name in data]
        axes = (
            figures.axis(figures.label(data, "instant", "time t")),
            figures.axis(figures.label(data, "energy", f"energy of a unit{DOTTED * ('exact_energy' in data)}")),
        )
        self.energies.show(figures.figure(traces, *axes), data, kept)
        self.map.show(figures.heat_map(data, "energy", "instant", "unit"), data, kept)

    def hide(self) -> None:
        """Nothing to draw."""
        for one in (self.meters, self.rates, self.energies, self.map):
            one.hide()
