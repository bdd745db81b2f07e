"""What can be taken away from a card besides its plots: the file, and the citation."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from caloriq.lab.sheet import Sheet


def take_away(sheet: Sheet) -> None:
    """Buttons for the file as YAML and its citation as BibTeX."""
    from nicegui import ui

    from caloriq import references

    def file() -> None:
        ui.download.content(sheet.draft.text.encode(), f"{sheet.card.name}.yaml", "application/yaml")

    def citation() -> None:
        entries = references.resting(*references.kinds(sheet.draft.mapping))
        ui.download.content(entries.encode(), f"{sheet.card.name}.bib", "application/x-bibtex")

    ui.button("cite", icon="format_quote", on_click=citation).props(
        'no-caps flat aria-label="Take away the citation as BibTeX"'
    )
    ui.button("YAML", icon="description", on_click=file).props('no-caps flat aria-label="Take away the file as YAML"')
