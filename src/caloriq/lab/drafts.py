"""What stands on the cards: kept in one file, so that a page that is loaded again is as it was left."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

from caloriq.errors import InvalidInput
from caloriq.files import write_json

LONGEST = 200_000  # letters of a text that is kept


class Drafts:
    """Texts of cards by their names.

    Parameters
    ----------
    path : Path
        The file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.changed: set[str] = set()
        self.texts = self._kept()

    def _kept(self) -> dict[str, str]:
        """What the file holds."""
        try:
            kept = json.loads(self.path.read_text(encoding="utf-8"))
        except (OSError, ValueError):  # none yet, or none that can be read
            return {}
        return {k: v for k, v in kept.items() if isinstance(v, str)} if isinstance(kept, dict) else {}

    def get(self, card: str, default: str) -> str:
        """Text of a card."""
        return self.texts.get(card, default)

    def put(self, card: str, text: str) -> None:
        """Keep the text of a card, in the file when `write` is called; one that is too long is not kept."""
        if len(text) <= LONGEST and self.texts.get(card) != text:
            self.texts[card] = text
            self.changed.add(card)

    def write(self) -> None:
        """Write what has changed since; a file that cannot be written is left."""
        if not self.changed:
            return
        ours = {card: self.texts[card] for card in self.changed}
        self.changed.clear()
        with suppress(OSError, InvalidInput):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            write_json(self.path, {**self._kept(), **ours})  # cards that another server changed stay as it left them
