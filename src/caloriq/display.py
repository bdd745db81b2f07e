"""How a result shows itself: in one line at a prompt, as a table in a notebook. Every result the same way."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import xarray as xr

DIGITS = 6
SIZES = ("sites", "subunits", "units", "levels", "block")  # fields of a model that tell its size


def short(result: Any) -> str:
    """What was solved, how, what there is, and whether the proof holds, in one line.

    Parameters
    ----------
    result : Solution
        Nothing is computed for it.
    """
    names = ", ".join(one.name for one in result.declared())
    return f"<{type(result).__name__} of {model_words(result.model)} by {result.method.name}: {names}; {proof_words(result)}>"


def model_words(model: Any) -> str:
    """Kind and size of a model."""
    kind = getattr(model, "kind", type(model).__name__)
    inner = getattr(model, "chain", model)  # of a disordered chain
    sizes = [f"{getattr(inner, name)} {name}" for name in SIZES if isinstance(getattr(inner, name, None), int)]
    return f"{kind} ({', '.join(sizes)})" if sizes else str(kind)


def proof_words(result: Any) -> str:
    """Whether the certificate holds, and what fails."""
    checks = list(result.certificate)
    if not checks:
        return "no certificate of its own"
    failed = ", ".join(c.name for c in checks if not c.holds)
    return f"certificate fails: {failed}" if failed else f"certificate holds ({len(checks)} checks)"


def html(result: Any) -> str:
    """Result as a table: every variable with its dimensions, numbers, unit and meaning; the checks and the model folded away.

    Parameters
    ----------
    result : Solution
        Its variables are evaluated.
    """
    data = result.to_dataset()
    head = f"<b>{escape(type(result).__name__)}</b> of {escape(model_words(result.model))}, by {escape(result.method.name)}"
    said = data.attrs.get("verdict", "")
    rows = "".join(_row(data, str(name)) for name in data.data_vars if not str(name).endswith("_bound"))
    checks = "".join(
        f"<tr><td>{escape(c.name)}</td><td>{c.value:.3g}</td><td>{c.limit:.3g}</td><td>{'holds' if c.holds else '<b>FAILS</b>'}</td><td>{escape(c.meaning)}</td></tr>"
        for c in result.certificate
    )
    return (
        f"<div><p>{head}</p>{f'<p>{escape(str(said))}</p>' if said else ''}"
        "<table><thead><tr><th>variable</th><th>dimensions</th><th>values</th><th>unit</th><th>meaning</th></tr></thead>"
        f"<tbody>{rows}</tbody></table>"
        f"<details><summary>{escape(proof_words(result))}</summary><table><tbody>{checks}</tbody></table></details>"
        f"<details><summary>model</summary><pre>{escape(str(data.attrs['model'])[:5000])}</pre></details></div>"
    )


def _row(data: xr.Dataset, name: str) -> str:
    one = data[name]
    sizes = " × ".join(f"{dim} {size}" for dim, size in one.sizes.items())
    bound = data.get(f"{name}_bound")
    cells = (name, sizes, values_words(one.values, None if bound is None else bound.values), one.attrs.get("units", ""))
    meaning = one.attrs.get("long_name", "")
    if "carries" in one.attrs:
        meaning = f"{meaning} ({one.attrs['carries']})".strip()
    return "<tr>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in (*cells, meaning)) + "</tr>"


def values_words(values: Any, bound: Any = None) -> str:
    """A number with its bound, a few numbers, or the range of many."""
    found = np.asarray(values)
    if found.dtype.kind not in "fiub":
        return ", ".join(map(str, found.ravel()[:4]))
    widest = "" if bound is None or not np.size(bound) else f" ± {float(np.max(bound)):.1e}"
    if found.size == 0:
        return "none"
    if found.size <= 4:
        return ", ".join(f"{x:.{DIGITS}g}" for x in found.ravel()) + widest
    there = found[np.isfinite(found)] if found.dtype.kind == "f" else found
    if there.size == 0:
        return "not one finite"
    return f"{there.min():.{DIGITS}g} … {there.max():.{DIGITS}g}{widest}"


def plain_mapping(value: Any) -> Any:
    """What a file says of a model that is no definition: the fields of a dataclass by name, several as a list."""
    if hasattr(value, "whole_mapping"):
        return value.whole_mapping()
    if is_dataclass(value) and not isinstance(value, type):
        told = {one.name: plain_mapping(getattr(value, one.name)) for one in fields(value)}
        return {"type": type(value).__name__, **told}
    if isinstance(value, tuple | list):
        return [plain_mapping(one) for one in value]
    if isinstance(value, np.ndarray):
        return value.tolist()
    if value is None or isinstance(value, str | int | float | bool):
        return value
    return repr(value)
