"""What a card is: what it asks, how it answers, what it shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from caloriq.lab import asked
from caloriq.lab.dials import Dial

if TYPE_CHECKING:
    from caloriq.lab.draft import Draft
    from caloriq.lab.forms import Form
    from caloriq.questions.run import Run


class Card:
    """What a card asks and shows; a subclass for each.

    Attributes
    ----------
    name, title : str
        In the address, and above it.
    says : str
        One sentence on what it is for.
    default : str
        The file that it begins with.
    dials : tuple of Dial
        Its sliders.
    kinds : tuple of str
        Kinds of model that it takes.
    live : bool
        Whether it answers while a slider moves.
    opened : bool
        Whether its fields are open at first.
    invites : str
        What stands where the answer would, until it is run.
    """

    name = ""
    title = ""
    says = ""
    default = ""
    dials: tuple[Dial, ...] = ()
    kinds: tuple[str, ...] = ()
    live = True
    opened = False
    invites = "Press Run."

    def read(self, draft: Draft) -> Any:
        """What its file asks.

        Raises
        ------
        CaloriqError
            What stands against it.
        """
        return draft.read(asked.read)

    def dials_of(self, draft: Draft) -> tuple[Dial, ...]:  # noqa: ARG002 - those of its file
        """Its sliders, for what its file holds."""
        return self.dials

    def fields(self, form: Form) -> None:
        """Fields beside those of model and question."""

    def build(self) -> None:
        """Make its plots, empty."""

    def answer(self, run: Run) -> Any:
        """In a thread: what there is to show, or in words what it would take."""
        if not self.live or not asked.short(run):
            return asked.price(*run.cost)
        return asked.answered(run)

    def sentence(self, found: Any) -> tuple[str, str]:
        """What stands above an answer, and beneath that in small letters."""
        method = found.answers[0].method
        return found.sentence, f"{method.reason.removeprefix('auto: ')}; {1e3 * found.seconds:.0f} ms"

    def show(self, found: Any) -> None:
        """Draw what `answer` gave."""

    def hide(self) -> None:
        """There is nothing to draw."""
