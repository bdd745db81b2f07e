"""What datasets of this package can do beside what xarray gives them: `data.caloriq.plot()`."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure

STANDARD_ERROR = "_standard_error"  # ends the name of what stands beside numbers from samples
NAME = "caloriq"


class Accessor:
    """Of a dataset that a sweep, a result or `caloriq.load` gave.

    Parameters
    ----------
    data : Dataset
        Whose accessor it is.
    """

    def __init__(self, data: xr.Dataset) -> None:
        self._data = data

    def plot(self, quantity: str | None = None) -> Figure:
        """Figure of the dataset: of a result the one that its `plot()` gives, of a sweep one quantity over its axes.

        A sweep over two axes of more than four numbers each is a map in colours; otherwise lines. What was selected from a
        sweep before, with `data.sel` or `data.isel`, is drawn as the smaller sweep that it is.

        Parameters
        ----------
        quantity : str, optional
            Of a sweep: what is drawn, of an ensemble its mean. By default what the ensemble stops at, else the first that the
            question keeps.

        Returns
        -------
        Figure
            In the house style; nothing is shown or written.

        Raises
        ------
        InvalidInput
            If the dataset is neither of a sweep nor of a result, nothing in it varies along numbers, or it has no such quantity.
        """
        draw: Callable[[xr.Dataset, str | None], Figure] = import_module("caloriq.plots").of_dataset
        return draw(self._data, quantity)


def error_of(data: Any, name: str) -> Any:
    """What stands beside a variable of a dataset as its error: a bound, else a standard error; None where nothing does."""
    found = data.get(f"{name}_bound")
    return data.get(f"{name}{STANDARD_ERROR}") if found is None else found


@cache
def registered() -> None:
    """Let datasets have the accessor; called where datasets are made or read."""
    import xarray as xr

    xr.register_dataset_accessor(NAME)(Accessor)  # type: ignore[no-untyped-call]
