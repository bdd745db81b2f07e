"""What can be taken away from a card besides its plots: the file, and the citation."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from caloriq.lab.sheet import Sheet


def take_away(sheet: Sheet) -> None:
    """A button for the file as YAML."""
    from nicegui import ui

    def file() -> None:
        ui.download.content(sheet.draft.text.encode(), f"{sheet.card.name}.yaml", "application/yaml")

    ui.button("YAML", icon="description", on_click=file).props('no-caps flat aria-label="Take away the file as YAML"')
