"""What a reproduction is: data, a figure, and a table of the paper's statements beside ours."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from caloriq.errors import InvalidInput
from caloriq.models.definition import Definition
from caloriq.results import Progress

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure

SILENT = ("not given", "not said", "not shown", "not in the papers")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table."""

    quantity: str  # quantity, paper, ours: what, as the paper has it, as we find it
    paper: str
    ours: str
    # whether ours is in accord with the paper; None where the paper says nothing to compare with. What is held
    # against something else than the paper (a closed form, a second method) has None and says so in the note
    agrees: bool | None
    note: str = ""  # where the paper's value comes from, or why ours differs

    def __post_init__(self) -> None:
        if self.agrees is not None and self.paper in SILENT:
            raise InvalidInput(
                f"`agrees` must be None where the paper says nothing, but it is not (got {self.agrees} of {self.quantity!r})"
            )


@dataclass(frozen=True)
class Outcome:
    """Result of a reproduction."""

    rows: tuple[Row, ...]  # the table
    data: dict[str, xr.Dataset]  # what the figure shows, by file name
    figure: Figure  # drawn from `data` alone
    definitions: tuple[Definition, ...] = field(default=())  # what was simulated, for the provenance


@dataclass(frozen=True, slots=True)
class Recipe:
    """A reproduction by name."""

    name: str  # name, title, source: name on the command line, what it shows, and where it is printed (DOI included)
    title: str
    source: str
    run: Callable[[bool, Progress | None], Outcome]  # (quick, progress) to Outcome
    quick_differs: bool = False  # whether --quick gives a smaller version


def beyond(quantity: str, ours: str, note: str = "", *, paper: str = "not given") -> Row:
    """A line on what the paper does not say: there is nothing that ours could be in accord with."""
    return Row(quantity, paper, ours, None, note)


def within(value: float, low: float, high: float) -> bool:
    """Whether a value lies in a closed interval."""
    return bool(low <= value <= high)
