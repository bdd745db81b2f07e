"""Datasets for tools that read no Zarr."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from caloriq.errors import InvalidInput
from caloriq.files import atomic, plain

if TYPE_CHECKING:
    import xarray as xr


def to_netcdf(data: xr.Dataset, path: str | Path) -> Path:
    """Write a dataset as NetCDF-3 (64-bit offsets), for tools that read no Zarr; whole or not at all.

    That format has no 64-bit integers, complex numbers or lists of text. Integers become 32-bit, or float64 where they
    are larger and that is exact; a complex variable becomes two, NAME_real and NAME_imaginary; attributes that are truth
    values become 0 or 1, and those that are neither text nor numbers become JSON.

    Raises
    ------
    InvalidInput
        If the folder cannot be written to, or the format cannot hold a variable: an integer beyond 2**53, a name beyond
        ASCII, 4 GiB or more.
    """
    import xarray as xr

    def convert(variables: Any) -> dict[str, Any]:
        converted: dict[str, Any] = {}
        for name, array in variables.items():
            for ending, variable in _netcdf_parts(str(name), array.variable):
                key = _netcdf_name(f"{name}{ending}")
                if key in converted:
                    raise InvalidInput(
                        f"`data` must have names that stay apart in NetCDF-3, but two become the same (got {key!r})"
                    )
                converted[key] = variable
        return converted

    content = xr.Dataset(convert(data.data_vars), convert(data.coords), _netcdf_attributes(data.attrs))

    def write(target: Path) -> None:
        content.to_netcdf(target, engine="scipy", format="NETCDF3_64BIT")

    return atomic(Path(path), write)


def _netcdf_parts(name: str, variable: xr.Variable) -> list[tuple[str, xr.Variable]]:
    """What a variable becomes in NetCDF-3: itself, with numbers that the format has, or real and imaginary part."""
    import xarray as xr

    values = np.asarray(variable.values)
    if values.nbytes >= 2**32 - 4:
        raise InvalidInput(f"`data` must be less than 4 GiB a variable, but one is not (got {name}: {values.nbytes} B)")
    if values.dtype.kind == "c":
        parts = [("_real", values.real), ("_imaginary", values.imag)]
    elif values.dtype.kind in "iu":
        largest = max((abs(int(v)) for v in (values.min(), values.max())), default=0) if values.size else 0
        if largest > 2**53:
            raise InvalidInput(
                f"`data` must have integers up to 2**53 for NetCDF-3, but one is larger (got {name}: {largest})"
            )
        parts = [("", values.astype(np.int32 if largest < 2**31 else np.float64))]
    else:
        parts = [("", values)]
    attributes = _netcdf_attributes(variable.attrs)
    dimensions = [_netcdf_name(str(dimension)) for dimension in variable.dims]
    return [(ending, xr.Variable(dimensions, part, attributes)) for ending, part in parts]


def _netcdf_name(name: str) -> str:
    if not name.isascii():
        raise InvalidInput(f"`data` must have names in ASCII for NetCDF-3, but one is not (got {name!r})")
    return name.replace("/", "_")


def _netcdf_attributes(attributes: Any) -> dict[str, Any]:
    """Attributes as text and numbers that NetCDF-3 has."""

    def fits(value: Any) -> bool:
        if isinstance(value, int | np.integer):
            return -(2**31) <= int(value) < 2**31
        return isinstance(value, float | np.floating)

    def converted(value: Any) -> Any:
        if isinstance(value, np.ndarray):
            value = value.tolist()
        if isinstance(value, bool | np.bool_):
            return int(value)
        if isinstance(value, str) or fits(value):
            return value
        if isinstance(value, list | tuple) and value and all(fits(v) and not isinstance(v, bool) for v in value):
            return value
        return json.dumps(value, default=plain)

    return {_netcdf_name(str(name)): converted(value) for name, value in attributes.items()}
