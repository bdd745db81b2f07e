"""Sliders on numbers of a draft."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from caloriq.lab.draft import NOTHING, Draft, Place
from caloriq.lab.elements import called

LARGEST, LONGEST = 10**12, 16  # numbers and letters that are shown beside a slider
STEPS = 200  # of a logarithmic slider


def is_number(value: Any) -> bool:
    """Whether a value of a file is a number, whatever its size; no truth value, and not NaN."""
    if isinstance(value, float):
        return not math.isnan(value)
    return isinstance(value, int) and not isinstance(value, bool)


@dataclass(frozen=True)
class Dial:
    """A slider on one number of the file.

    Attributes
    ----------
    place : tuple
        Where the number stands.
    words : str
        What it is.
    low, high, step : float
        Ends and step; of a logarithmic one the step is not used.
    logarithmic : bool
        Whether it moves by factors.
    whole : bool
        Whether it counts.
    """

    place: Place
    words: str
    low: float
    high: float
    step: float = 0.01
    logarithmic: bool = False
    whole: bool = False

    def position(self, value: Any) -> float:
        """Where the slider stands for a number; its lower end for what is none."""
        if not is_number(value):
            return 0.0 if self.logarithmic else self.low
        within = min(max(value, self.low), self.high)
        if not self.logarithmic:
            return float(within)
        return round(STEPS * math.log(within / self.low) / math.log(self.high / self.low))

    def value(self, position: float) -> float | int:
        """The number where the slider stands, rounded to three digits."""
        found = self.low * (self.high / self.low) ** (position / STEPS) if self.logarithmic else position
        return round(found) if self.whole else float(f"{found:.3g}")


class Dials:
    """Sliders, one beneath the other.

    Parameters
    ----------
    dials : sequence of Dial
        What they move.
    draft : Draft
        That they change.
    """

    def __init__(self, dials: Sequence[Dial], draft: Draft) -> None:
        from nicegui import ui

        self.dials, self.draft = tuple(dials), draft
        self.sliders: list[tuple[Dial, Any, Any]] = []
        self.quiet = False
        for dial in dials:
            with ui.element("div").classes("dial"):
                ui.label(dial.words).classes("dial-words")
                shown = ui.label("").classes("dial-value")
                low, high = (0, STEPS) if dial.logarithmic else (dial.low, dial.high)
                step = 1 if dial.logarithmic or dial.whole else dial.step
                slider = ui.slider(min=low, max=high, step=step, value=low, on_change=self._moved(dial))
                called(slider, dial.words, data_dial=".".join(map(str, dial.place)))
                self.sliders.append((dial, slider, shown))
        self.refresh()

    def refresh(self) -> None:
        """Stand where the draft says."""
        self.quiet = True
        try:
            for dial, slider, shown in self.sliders:
                value = self.draft.value(dial.place, None)
                slider.set_value(dial.position(value))
                shown.set_text("" if value is None or value is NOTHING else _words(value))
        finally:
            self.quiet = False

    def _moved(self, dial: Dial) -> Callable[[Any], None]:
        def moved(event: Any) -> None:
            if not self.quiet and event.value is not None:
                self.draft.put(dial.place, dial.value(event.value))

        return moved


def _words(value: Any) -> str:
    if isinstance(value, int) and abs(value) > LARGEST:
        return "…"
    return f"{value:.4g}" if isinstance(value, float) else str(value)[:LONGEST]
