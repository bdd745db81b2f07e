"""What can be taken away from a card besides its plots: the file, and the citation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from caloriq.lab.sheet import Sheet


def take_away(sheet: Sheet) -> None:
    """Buttons for the file as YAML and its citation as BibTeX."""
    from nicegui import ui

    def file() -> None:
        ui.download.content(sheet.draft.text.encode(), f"{sheet.card.name}.yaml", "application/yaml")

    def citation() -> None:
        ui.download.content(bibtex(sheet.draft.mapping).encode(), f"{sheet.card.name}.bib", "application/x-bibtex")

    ui.button("cite", icon="format_quote", on_click=citation).props(
        'no-caps flat aria-label="Take away the citation as BibTeX"'
    )
    ui.button("YAML", icon="description", on_click=file).props('no-caps flat aria-label="Take away the file as YAML"')


def bibtex(mapping: Mapping[str, Any]) -> str:
    """What a file rests on: the software, its kind of model, its question."""
    from caloriq import references

    kinds = []
    for part in (mapping.get("model"), mapping.get("question")):
        kind = part.get("kind") if isinstance(part, Mapping) else part
        kinds.append(kind if isinstance(kind, str) else "")
    return references.resting(*kinds)
