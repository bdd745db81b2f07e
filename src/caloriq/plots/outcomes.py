"""What a result without a verdict came to, in a few words above its figure."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from caloriq.display import rounded

if TYPE_CHECKING:
    import xarray as xr


def outcome(data: xr.Dataset) -> str:
    """The number that was asked for, by the class of the result; empty where there is no single one."""
    say = SAID.get(str(data.attrs.get("result", "")))
    return say(data) if say is not None else ""


def _green_kubo(data: xr.Dataset) -> str:
    value, error, theory = (np.atleast_1d(data[name].values) for name in ("value", "error", "theory"))
    if not np.isfinite(value).any():
        return "no window to read it from"
    symbol, where = ("κ", f" at T = {float(data.temperature[0]):.3g}") if "temperature" in data.dims else ("D", "")
    more = " and others" if value.size > 1 else ""
    return f"{symbol} = {rounded(value[0], error[0])}{where}{more}, by rates {theory[0]:.4g}"


def _heat_response(data: xr.Dataset) -> str:
    room = data.error.values + data.theory_error.values
    agrees = np.abs(data.conductivity.values - data.resolved.values) <= room
    return f"exact and by rates agree at {int(agrees.sum())} of {agrees.size} temperatures"


def _modes(data: xr.Dataset) -> str:
    known = np.flatnonzero(np.isfinite(data.exponent.values))
    if not known.size:
        return f"exact less second order {float(data.deviation.max()):.2g} at most"
    k = known[np.argmax(data.wavelengths.values[known])]
    return f"exponent {float(data.exponent[k]):.3g} at wavelength {float(data.wavelengths[k]):.3g}"


def _spread(data: xr.Dataset) -> str:
    before = np.flatnonzero(data.time.values <= float(np.nan_to_num(data.reached, nan=np.inf)))
    k = int(before[-1]) if before.size else 0
    value, error = (float(data[name][k]) for name in ("diffusivity", "error"))
    return f"D(t) = {rounded(value, error)} at t = {float(data.time[k]):.3g}"


def _conserved(data: xr.Dataset) -> str:
    return f"{data.sizes['charge']} charges on up to {int(data.support.max())} cells"


def _mazur(data: xr.Dataset) -> str:
    if not bool(data.proves_ballistic):
        return "nothing of the current is shown to stay"
    return f"at least {float(data.fraction):.4g} of the squared current stays"


def _thermal(data: xr.Dataset) -> str:
    low, high = float(data.fraction.min()), float(data.fraction.max())
    return f"{low:.3g} to {high:.3g} of the squared current stay"


def _deviation(data: xr.Dataset) -> str:
    k = int(np.argmax(data["values"].values))
    return f"D² at most {rounded(float(data['values'][k]), float(data['errors'][k]))}"


SAID: dict[str, Callable[[xr.Dataset], str]] = {
    "GreenKubo": _green_kubo,
    "HeatResponse": _heat_response,
    "ModeDecay": _modes,
    "Spread": _spread,
    "ConservedCharges": _conserved,
    "MazurBound": _mazur,
    "ThermalMazur": _thermal,
    "Deviation": _deviation,
}
