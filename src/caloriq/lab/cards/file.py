"""Any file for `caloriq run`, of any kind of model."""

from __future__ import annotations

from caloriq.lab import generic
from caloriq.lab.asked import Answered
from caloriq.lab.card import Card
from caloriq.lab.panel import Film, Panel
from caloriq.models.kinds import BUILT_IN

DEFAULT = """\
model:
  kind: harmonic-chain
  sites: 8
  spring: 1.0
  pinning: 0.5
  baths:
    - {site: 0, temperature: 2.0, friction: 1.0}
    - {site: -1, temperature: 1.0, friction: 1.0}
"""
FILMS = 2


class FileCard(Card):
    """Whatever else there is."""

    name, title = "file", "Any file"
    says = "Any kind of model and any question, as in a file for caloriq run."
    default = DEFAULT
    kinds = tuple(BUILT_IN)

    def build(self) -> None:
        """Its plots, empty."""
        from nicegui import ui

        with ui.element("div").classes("panels"):
            self.panels = [Panel(f"plot {k + 1}") for k in range(2 * generic.MOST)]
            self.films = [Film(f"film {k + 1}") for k in range(FILMS)]

    def show(self, found: Answered) -> None:
        """Draw the answers."""
        self.hide()
        drawn = [(one, data) for data in found.datasets for one in generic.drawn(data)]
        for panel, (one, data) in zip(self.panels, drawn, strict=False):
            panel.heading.set_text(one.title)
            panel.show(one.figure, data, one.names)
        moving = [(one, data) for data in found.datasets for one in generic.films(data)]
        for film, (rolled, data) in zip(self.films, moving, strict=False):
            film.panel.heading.set_text(rolled.title)
            generic.roll(film, rolled, data)

    def hide(self) -> None:
        """Nothing to draw."""
        for panel in self.panels:
            panel.hide()
        for film in self.films:
            film.hide()
