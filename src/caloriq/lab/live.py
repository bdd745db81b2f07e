"""Work that follows a slider: beside the page's own thread, and of many wishes only the last one."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Generic, TypeVar

Found = TypeVar("Found")
LOG = logging.getLogger(__name__)


class Live(Generic[Found]):
    """Does what was last asked for.

    Parameters
    ----------
    work : callable
        Called in a thread; takes nothing of the page.
    show : callable
        Called with what it gives, or with the error that it raised, in the page's thread.
    """

    def __init__(self, work: Callable[[], Found], show: Callable[[Found | BaseException], None]) -> None:
        self.work, self.show = work, show
        self.wanted = self.done = 0
        self.busy = self.ended = False

    def ask(self) -> None:
        """Do it again, with what holds now."""
        from nicegui import background_tasks

        self.wanted += 1
        if not self.busy and not self.ended:
            self.busy = True
            background_tasks.create(self._go(), name="caloriq live")

    def end(self) -> None:
        """The page is gone."""
        self.ended = True

    def _shown(self, found: Found | BaseException) -> None:
        try:
            self.show(found)
        except Exception as error:  # what cannot be drawn is told, too
            LOG.exception("an answer could not be shown")
            self.show(error)

    async def _go(self) -> None:
        try:
            while self.done != self.wanted and not self.ended:
                wanted = self.wanted
                try:
                    found: Found | BaseException = await asyncio.to_thread(self.work)
                except Exception as error:  # told on the page
                    found = error
                self.done = wanted
                if not self.ended:
                    self._shown(found)
        finally:
            self.busy = False
