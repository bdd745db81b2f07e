"""What of a sweep is drawn, and as what: one choice for files and for the page."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from caloriq.accessor import STANDARD_ERROR
from caloriq.errors import InvalidInput
from caloriq.plots.style import edges
from caloriq.sweep.plan import RESERVED, without

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

FEW = 4  # values of the second axis up to which each is a line of its own
# quantities with an axis of their own, and the names under which questions give it
OWN = {"conductivity": ("conductivity_temperature", "mean_temperature")}
ENDINGS = ("_mean", "_mean_error", "_mean_bound", "_bound", STANDARD_ERROR)  # of what stands beside a quantity
WIDE = 8.0  # ratio of the largest to the smallest value from which an axis is logarithmic
NAMED = 9  # values that an axis can name one by one
EVEN = 1e-6  # of a step, by which steps of a linear axis may differ
DONE, FAILED = 1, 2
ASKED, ERROR, NUMBERLESS = 1, 2, 3  # why a cell has no number
WHY = {ASKED: "not answered yet", ERROR: "failed", NUMBERLESS: "answered without a number"}


class Choice(NamedTuple):
    """What is drawn."""

    name: str  # the quantity
    axes: tuple[str, ...]  # of numbers, the longest first
    own: str | None  # the variable with the quantity's own axis, where it has one
    mapped: bool  # colours over the first two axes; otherwise lines


def choice(data: xr.Dataset, quantity: str | None = None) -> Choice | None:
    """The quantity of a sweep that is drawn, over what, and whether as a map; None where none varies along numbers.

    Parameters
    ----------
    data : Dataset
        Of a sweep.
    quantity : str, optional
        What is drawn, of an ensemble its mean; by default what it stops at, else the first that the question keeps.

    Raises
    ------
    InvalidInput
        If there is no such quantity.
    """
    axes = [
        str(name)
        for name in data.status.dims
        if name != "sample" and data.sizes[name] > 1 and "values" not in data[name].attrs
    ]
    name = _quantity(data, axes) if quantity is None else _known(data, quantity)
    if name is None or not axes:
        return None
    axes.sort(key=lambda axis: -data.sizes[axis])
    own = _own_axis(data, name)
    return Choice(name, tuple(axes), own, own is None and mapped(data, axes))


def mapped(data: xr.Dataset, axes: tuple[str, ...] | list[str]) -> bool:
    """Whether two axes of a sweep span a map in colours: both of numbers, none twice, more than four of each."""
    return "sweep" in data.attrs and len(axes) > 1 and all(_axis(data, axis) for axis in axes[:2])


def _axis(data: xr.Dataset, name: str) -> bool:
    """Whether a dimension is an axis along which a map has cells."""
    if name not in data.status.dims or name not in data.coords or name == "sample" or "values" in data[name].attrs:
        return False
    return FEW < data.sizes[name] == np.unique(data[name].values).size


def model_of(data: xr.Dataset) -> dict[str, Any]:
    """The model of a sweep without what varies; empty where a program made it."""
    model: Any = json.loads(data.attrs["sweep"]).get("model")
    if not isinstance(model, dict):
        return {}
    for one in data.coords.values():
        path = str(one.attrs.get("parameter", ""))
        if path and not path.rpartition(".")[2].lstrip("-").isdigit():
            model = without(model, path)
    return dict(model)


def quantities(data: xr.Dataset) -> list[str]:
    """Names of all quantities of a sweep that are numbers over its axes: of an ensemble the means."""
    return [
        str(name)
        for name in data
        if str(name) not in RESERVED
        and not str(name).endswith(("_mean_error", "_bound", STANDARD_ERROR))
        and f"{name}_mean" not in data
        and "sample" not in data[name].dims
        and np.isfinite(data[name].values).any()
    ]


def states(data: xr.Dataset, name: str, dims: tuple[str, str], place: Mapping[Any, int]) -> NDArray[np.intp]:
    """Why cells of a map have no number, as in WHY; 0 where they have one.

    Parameters
    ----------
    data : Dataset
        Of a sweep.
    name : str
        Of the quantity.
    dims : tuple of str
        Rows and columns.
    place : mapping
        Where everything else stands.
    """
    status = data.status.isel({dim: k for dim, k in place.items() if dim in data.status.dims and dim != "sample"})
    done, failed = status == DONE, status == FAILED
    if "sample" in status.dims:
        done, failed = done.any("sample"), failed.any("sample")
    number = np.isfinite(data[name].isel(place).transpose(*dims).values)
    why = np.select([done.transpose(*dims), failed.transpose(*dims)], [NUMBERLESS, ERROR], ASKED)
    return np.where(number, 0, why)


def spacing(values: Any) -> str:
    """Scale of an axis along its values: logarithmic where they are positive, far apart and not evenly spaced."""
    steps = np.diff(np.sort(np.asarray(values, float)))
    even = steps.size > 1 and bool(np.ptp(steps) <= EVEN * steps.max())
    return "linear" if even else scale(values)


def cells(values: Any) -> tuple[Any, str, bool]:
    """Edges of the cells of a map along ordered values, the scale of the axis, and whether it counts the values.

    It counts where they lie so unevenly that some cells would be slivers beside others, and are few enough to be named.
    """
    kind, at = spacing(values), np.asarray(values, float)
    steps = np.diff(np.log(at) if kind == "log" else at)
    if at.size <= NAMED and steps.max() > WIDE * steps.min():
        return np.arange(at.size + 1) - 0.5, "linear", True
    return edges(at, kind), kind, False


def scale(values: Any) -> str:
    """Logarithmic where all values are positive and far apart."""
    known = values[np.isfinite(values)]
    return "log" if known.size and known.min() > 0 and known.max() >= WIDE * known.min() else "linear"


def share(data: xr.Dataset, name: str) -> bool:
    """Whether a mean over samples is a fraction: every sample says true or false."""
    single = name.removesuffix("_mean")
    if single == name or single not in data:
        return False
    known = data[single].values
    return bool(np.isin(known[np.isfinite(known)], (0.0, 1.0)).all())


def worded(data: xr.Dataset, name: str) -> str:
    """A quantity of a sweep in words; of an ensemble that it is a share, or a mean."""
    kind = "share " if share(data, name) else "mean " if name.endswith("_mean") else ""
    return kind + name.removesuffix("_mean").replace("_", " ")


def _own_axis(data: xr.Dataset, name: str) -> str | None:
    """The variable that holds the axis of a quantity which has one of its own."""
    names = OWN.get(name.removesuffix("_mean"), ())
    end = "_mean" if name.endswith("_mean") else ""
    return next((f"{own}{end}" for own in names if f"{own}{end}" in data), None)


def _known(data: xr.Dataset, quantity: str) -> str:
    """Name of a quantity in the dataset."""
    known = {name.removesuffix("_mean"): name for name in quantities(data)}
    if quantity.removesuffix("_mean") not in known:
        raise InvalidInput(
            f"`quantity` must be one that the sweep has numbers of, but it is not (got {quantity}); known are {', '.join(known) or 'none'}"
        )
    return known[quantity.removesuffix("_mean")]


def _quantity(data: xr.Dataset, axes: list[str]) -> str | None:
    """What the ensemble stops at, else the first that is kept, else the first single number; of an ensemble its mean."""
    means = [str(name) for name in data if f"{name}_error" in data and str(name).endswith("_mean")]
    plain = [str(name) for name in data if name not in RESERVED and not str(name).endswith(ENDINGS)]
    names = means or plain
    asked = json.loads(data.attrs["sweep"])
    until = (asked.get("ensemble") or {}).get("until") or {"quantity": ""}
    wanted = [until["quantity"].partition(".")[0], *(asked["question"].get("keep") or ())]
    if asked["question"].get("temperatures"):
        wanted.append("conductivity")
    order = {name: k for k, name in reversed(list(enumerate(wanted)))}
    names.sort(key=lambda name: (order.get(name.removesuffix("_mean"), len(wanted)), data[name].ndim))
    return next((name for name in names if np.isfinite(data[name]).any()), None) if axes else None
