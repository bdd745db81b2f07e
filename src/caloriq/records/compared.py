"""What differs between two recorded runs: definitions, versions, numbers, data."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import xarray as xr

    from caloriq.records.recorded import RecordedRun

DATA = ".zarr.zip"


def comparison(first: RecordedRun, second: RecordedRun) -> dict[str, Any]:
    """Everything that differs, and for data also what does not.

    Zarr files are paired by what their names say after the name of their run. A file that was changed since its run
    wrote it, for instance by a later run, is not compared.
    """
    return {
        "runs": [first.id, second.id],
        "definition": _differences(first.definition, second.definition),
        "versions": _differences(first.versions, second.versions),
        "summary": [_apart(row) for row in _differences(first.summary, second.summary)],
        "data": _data(first, second),
    }


def _differences(first: Any, second: Any) -> list[dict[str, Any]]:
    """Paths at which two mappings differ; None where one has no such path."""
    from caloriq.conditions import leaves

    a, b = dict(leaves(first)), dict(leaves(second))
    return [
        {"path": path, "first": a.get(path), "second": b.get(path)}
        for path in dict.fromkeys([*a, *b])
        if path not in a or path not in b or _differ(a[path], b[path])
    ]


def _differ(a: Any, b: Any) -> bool:
    if type(a) is bool or type(b) is bool:
        return type(a) is not type(b) or a != b
    both_nan = isinstance(a, float) and isinstance(b, float) and math.isnan(a) and math.isnan(b)
    return a != b and not both_nan


def _apart(row: dict[str, Any]) -> dict[str, Any]:
    """The row with how far two numbers are apart, absolutely and relative to the larger one."""
    a, b = row["first"], row["second"]
    if not all(isinstance(x, int | float) and not isinstance(x, bool) and math.isfinite(x) for x in (a, b)):
        return row
    absolute = abs(b - a)
    return {**row, "absolute": absolute, "relative": absolute / max(abs(a), abs(b))}


def _data(first: RecordedRun, second: RecordedRun) -> list[dict[str, Any]]:
    from caloriq import store
    from caloriq.errors import InvalidInput

    found: list[dict[str, Any]] = []
    mine, theirs = _datasets(first), _datasets(second)
    for ending in dict.fromkeys([*mine, *theirs]):
        pair = [datasets.get(ending) for datasets in (mine, theirs)]
        row: dict[str, Any] = {
            "files": [None if one is None else one[0].name for one in pair],
            "states": ["absent" if one is None else one[1] for one in pair],
        }
        if row["states"] == ["unchanged", "unchanged"]:
            try:
                a, b = store.load(mine[ending][0]), store.load(theirs[ending][0])
            except InvalidInput as error:
                row["error"] = str(error)
            else:
                row["variables"] = {
                    n: _variable(n, a, b) for n in map(str, dict.fromkeys([*a.variables, *b.variables]))
                }
        found.append(row)
    return found


def _datasets(one: RecordedRun) -> dict[str, tuple[Path, str]]:
    """Zarr files of a run by what their names say after the run's own."""
    return {
        file.name.removeprefix(one.name): (one.folder / file.name, file.state(one.folder))
        for file in one.files
        if file.name.endswith(DATA)
    }


def _variable(name: str, a: xr.Dataset, b: xr.Dataset) -> dict[str, Any]:
    """How one variable differs in two datasets."""
    if name not in a.variables or name not in b.variables:
        return {"identical": False, "only_in": "first" if name in a.variables else "second"}
    x, y = a.variables[name], b.variables[name]
    if x.sizes != y.sizes:
        return {"identical": False, "sizes": [dict(x.sizes), dict(y.sizes)]}
    v, w = np.asarray(x.values), np.asarray(y.values)
    if {v.dtype.kind, w.dtype.kind} & {"O", "U", "T"}:  # texts
        unequal = int(np.sum(v.astype(object) != w.astype(object)))
        return {"identical": unequal == 0, "unequal": unequal}
    if v.dtype.newbyteorder("=") == w.dtype.newbyteorder("=") and v.tobytes() == w.astype(v.dtype).tobytes():
        return {"identical": True, "largest": 0.0}
    wide = complex if "c" in (v.dtype.kind, w.dtype.kind) else float
    v, w = v.astype(wide), w.astype(wide)
    finite = np.isfinite(v) & np.isfinite(w)
    largest = float(np.abs(v[finite] - w[finite]).max(initial=0.0))
    lost = int(np.sum(~finite & (v != w) & ~(np.isnan(v) & np.isnan(w))))  # infinite or no number on one side only
    return {"identical": False, "largest": largest, **({"not_comparable": lost} if lost else {})}


def sentence(one: Mapping[str, Any]) -> str:
    """How a variable differs, in words."""
    if one["identical"]:
        return "identical to the last bit"
    if "only_in" in one:
        return f"only in the {one['only_in']}"
    if "sizes" in one:
        return " | ".join(
            ", ".join(f"{name} {size}" for name, size in sizes.items()) or "a number" for sizes in one["sizes"]
        )
    if "unequal" in one:
        return f"{one['unequal']} texts differ"
    lost = f", {one['not_comparable']} not comparable" if "not_comparable" in one else ""
    return f"largest difference {one['largest']:.3g}{lost}"
