"""A plot in the browser, which is drawn while it can be seen."""

from __future__ import annotations

from typing import Any

from nicegui import ui

from caloriq.lab.elements import called
from caloriq.lab.figures import Figure


class Plot(ui.plotly, component="plot.js"):
    """A plotly figure, given as plain mappings; plot.js draws it.

    Parameters
    ----------
    label : str
        For those who do not see it.
    height : str
        As CSS has it.
    """

    def __init__(self, label: str, height: str) -> None:
        super().__init__({"data": [], "layout": {}, "config": {}})
        self.classes("w-full").style(f"height:{height}").props('role="group"')
        called(self, f"{label}, plot")

    def show(self, figure: Figure) -> None:
        """Draw it; what stands there already is left alone."""
        if figure != self.figure:
            self.update_figure(figure)

    def take(self, **options: Any) -> None:
        """Hand it to the browser as a picture."""
        self.run_method("take", options)
