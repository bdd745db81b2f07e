"""The first page: what there is, and the figures of the papers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from caloriq.lab.card import Card
    from caloriq.lab.lab import Lab


def home(lab: Lab, cards: Sequence[type[Card]]) -> None:
    """Cards, and recipes that run as they are."""
    from nicegui import ui

    with ui.element("div").classes("w-full q-pa-md"):
        ui.label(
            "Does heat obey Fourier's law in this quantum system, how large is the conductivity, and how do we know?"
        ).classes("sentence q-mb-md")
        with ui.element("div").classes("panels"):
            for one in cards:
                with ui.card().classes("panel w-full").props("flat bordered"):
                    ui.link(one.title, f"/{one.name}").classes("panel-title")
                    ui.label(one.says).classes("small")
        ui.label("Figures of the papers").classes("panel-title q-mt-lg")
        known = lab.presets("reproduce")
        options = {k: f"{one.title} ({one.name})" for k, one in enumerate(known)}
        with ui.row().classes("w-full items-center no-wrap"):
            chosen = ui.select(options, label="figure or number", with_input=True).classes("grow presets")
            chosen.props("dense outlined stack-label")

            def run() -> None:
                if chosen.value is not None:
                    one = known[chosen.value]
                    ui.navigate.to(f"/runs/{lab.jobs.submit('reproduce', one.name, one.text)}")

            ui.button("Run", icon="play_arrow", on_click=run).props("no-caps outline")
