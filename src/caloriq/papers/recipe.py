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
    """One line of the table.

    Attributes
    ----------
    quantity, paper, ours : str
        What, as the paper has it, as we find it.
    agrees : bool or None
        Whether ours is in accord with the paper; None where the paper says nothing to compare with. What is held
        against something else than the paper (a closed form, a second method) has None and says so in the note.
    note : str
        Where the paper's value comes from, or why ours differs.
    """

    quantity: str
    paper: str
    ours: str
    agrees: bool | None
    note: str = ""

    def __post_init__(self) -> None:
        if self.agrees is not None and self.paper in SILENT:
            raise InvalidInput(
                f"`agrees` must be None where the paper says nothing, but it is not (got {self.agrees} of {self.quantity!r})"
            )


@dataclass(frozen=True)
class Outcome:
    """Result of a reproduction.

    Attributes
    ----------
    rows : tuple of Row
        The table.
    data : dict of str to Dataset
        What the figure shows, by file name.
    figure : Figure
        Drawn from `data` alone.
    definitions : tuple of Definition
        What was simulated, for the provenance.
    """

    rows: tuple[Row, ...]
    data: dict[str, xr.Dataset]
    figure: Figure
    definitions: tuple[Definition, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Recipe:
    """A reproduction by name.

    Attributes
    ----------
    name, title, source : str
        Name on the command line, what it shows, and where it is printed (DOI included).
    run : callable
        (quick, progress) to Outcome.
    quick_differs : bool
        Whether --quick gives a smaller version.
    """

    name: str
    title: str
    source: str
    run: Callable[[bool, Progress | None], Outcome]
    quick_differs: bool = False


def beyond(quantity: str, ours: str, note: str = "", *, paper: str = "not given") -> Row:
    """A line on what the paper does not say: there is nothing that ours could be in accord with."""
    return Row(quantity, paper, ours, None, note)


def within(value: float, low: float, high: float) -> bool:
    """Whether a value lies in a closed interval."""
    return bool(low <= value <= high)
