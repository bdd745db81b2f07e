"""How a result shows itself: in one line at a prompt, as a table in a notebook. Every result the same way."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import fields, is_dataclass
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np

from caloriq.accessor import STANDARD_ERROR, error_of

if TYPE_CHECKING:
    import xarray as xr

DIGITS = 6
FEW = 8  # numbers of a variable that are told one by one
OVER_TIME = ("time", "instant")
CELL = 160  # letters of a value of a model
# colours are the notebook's own, so that light and dark ones both have the contrast that they chose
STYLE = (
    ".caloriq table{border-collapse:collapse;margin:.4em 0}"
    ".caloriq tr,.caloriq thead,.caloriq th,.caloriq td{background:transparent!important;color:inherit!important}"
    ".caloriq th,.caloriq td{text-align:left!important;vertical-align:top;padding:.15em .8em .15em 0;"
    "border:0;border-bottom:1px solid rgba(128,128,128,.45)}"
    ".caloriq summary{cursor:pointer}.caloriq pre{white-space:pre-wrap;background:transparent;color:inherit}"
)
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
    rows = "".join(_row(data, name) for name in quantities(data))
    notes = "".join(f"<p>{escape(note)}</p>" for note in filter(None, (result.broken_law, *result.notes())))
    return framed(
        f"<p>{head}</p>{f'<p>{escape(str(said))}</p>' if said else ''}{notes}{_listed(result.listed())}"
        "<table><thead><tr><th>variable</th><th>dimensions</th><th>values</th><th>unit</th><th>meaning</th></tr></thead>"
        f"<tbody>{rows}</tbody></table>"
        f"<details><summary>{escape(proof_words(result))}</summary>{_checks(result.certificate)}</details>"
        f"<details><summary>model</summary><pre>{escape(str(data.attrs['model'])[:5000])}</pre></details>"
    )


def framed(body: str) -> str:
    """What a notebook shows of an object, in the notebook's own colours."""
    return f'<div class="caloriq"><style>{STYLE}</style>{body}</div>'


def certificate_html(certificate: Any) -> str:
    """A certificate: whether it holds, and every check with its number, its limit and what it means."""
    return framed(f"<p>{escape(proof_line(certificate))}</p>{_checks(certificate)}")


def judgement_html(judged: Any) -> str:
    """A verdict: its sentence and grade, and the rules with their numbers folded away."""
    grade = f"<b>{escape(judged.transport or 'open')}</b>, {escape(judged.grade)}"
    rules = f"<details><summary>{len(judged.evidence)} rules</summary>{_checks(judged.evidence)}</details>"
    return framed(f"<p>{grade}</p><p>{escape(judged.sentence)}</p>{rules if len(judged.evidence) else ''}")


def definition_html(model: Any) -> str:
    """A model, or anything else that a file may hold: its fields as the file has them, without those that are empty."""
    told = plain_mapping(model)
    rows = [(name, _cell(value)) for name, value in told.items() if value not in (None, [], {}, ())]
    return framed(f"<p><b>{escape(model_words(model))}</b></p>{_listed([('field', 'value'), *rows])}")


def _cell(value: Any) -> str:
    told = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return told if len(told) <= CELL else f"{told[:CELL]}…"


def _checks(certificate: Any) -> str:
    """Every check in a row."""
    rows = [
        (c.name, f"{c.value:.3g}", f"{c.limit:.3g}", "holds" if c.holds else "FAILS", c.meaning) for c in certificate
    ]
    return _listed([("check", "value", "limit", "", "meaning"), *rows]) if rows else ""


def _listed(rows: Sequence[Sequence[str]]) -> str:
    """A table of texts, its first row as headings."""
    if not rows:
        return ""
    head = "".join(f"<th>{escape(one)}</th>" for one in rows[0])
    body = "".join(f"<tr>{''.join(f'<td>{escape(one)}</td>' for one in row)}</tr>" for row in rows[1:])
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _row(data: xr.Dataset, name: str) -> str:
    one, bound = data[name], error_of(data, name)
    sizes = " × ".join(f"{dim} {size}" for dim, size in one.sizes.items())
    values = values_words(one.values, None if bound is None else bound.values)
    cells = (name, sizes, values, one.attrs.get("units", ""), _meaning(one))
    return "<tr>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in cells) + "</tr>"


def quantities(data: xr.Dataset) -> list[str]:
    """Names of the variables of a dataset; their bounds stand beside them."""
    return [str(name) for name in data.data_vars if not str(name).endswith(("_bound", STANDARD_ERROR))]


def _meaning(one: xr.DataArray) -> str:
    """What a variable is, and what it carries."""
    meaning = str(one.attrs.get("long_name", ""))
    return f"{meaning} ({one.attrs['carries']})".strip() if "carries" in one.attrs else meaning


def rows(data: xr.Dataset, names: Sequence[str] = ()) -> list[tuple[str, str, str, str]]:
    """Variables of a dataset for a table: what, its number with its bound, its unit, its meaning.

    Of samples the mean is told with its standard error, of what goes over time the last; a variable of a few numbers gives
    a row each.

    Parameters
    ----------
    data : Dataset
        Of one result.
    names : sequence of str
        Which variables; those that are not there are left out.
    """
    found: list[tuple[str, str, str, str]] = []
    for name in names:
        if name in data:
            found += _rows_of(data, name)
    return found


def _rows_of(data: xr.Dataset, name: str) -> list[tuple[str, str, str, str]]:
    """Rows of one variable."""
    one, bound = data[name], error_of(data, name)
    unit, meaning = one.attrs.get("units", ""), _meaning(one)
    for dim in one.dims:
        if dim in OVER_TIME and one.sizes[dim]:
            last = _last(data, str(dim))
            one, bound = one.isel({dim: last}), None if bound is None else bound.isel({dim: last})
            meaning = f"{meaning}, at the last time" + (" that is known" if last != -1 else "")
    sampled = "sample" in one.dims
    if sampled:
        count = one.sizes["sample"]
        if count > 1:
            bound = one.std("sample", ddof=1) / count**0.5
            meaning = f"{meaning}, mean over {count} samples with its standard error"
        one = one.mean("sample")
    if one.ndim > 1 or one.size > FEW or one.dtype.kind not in "fiub":
        return [(name, values_words(one.values, None if bound is None else bound.values), unit, meaning)]
    found = []
    for k in range(one.size):
        here = f"{name}, {_place(data, str(one.dims[0]), k)}" if one.ndim else name
        wide = None if bound is None else float(bound.values.ravel()[k])
        found.append((here, number(one.values.ravel()[k], wide, statistical=sampled), unit, meaning))
    return found


def _last(data: xr.Dataset, dim: str) -> int:
    """Place of the last time, or of the last that is known."""
    until = data.attrs.get("known until")
    if until is None or dim not in data.coords:
        return -1
    return int(np.searchsorted(data[dim].values, float(until), side="right")) - 1


def _place(data: xr.Dataset, dim: str, k: int) -> str:
    """Name of a place along a dimension: the bath's, the coordinate's, or its number."""
    if dim == "bath" and "baths" in data.attrs:
        return str(data.attrs["baths"][k])
    if f"{dim}_from" in data.coords:
        return f"{int(data[f'{dim}_from'][k])} to {int(data[f'{dim}_to'][k])}"
    return f"{dim} {data[dim].values[k]:g}" if dim in data.coords else f"{dim} {k}"


def number(value: Any, bound: float | None = None, *, statistical: bool = False) -> str:
    """A number in six digits, with its bound or its statistical error; an upper limit where a bound is not small against it."""
    value = value + 0.0  # no minus before zero
    if bound is None or np.isnan(value):
        return f"{value:.{DIGITS}g}"
    if not np.isfinite(bound):
        return "not known" if np.isfinite(value) else f"{value:g}"
    if bound >= abs(value) > 0 and not statistical:
        return f"below {abs(value) + bound:.1g}"
    return f"{value:.{DIGITS}g} ± {bound:.1g}" if bound > 0 else f"{value:.{DIGITS}g}"


def rounded(value: float, error: float) -> str:
    """A number in the digits that its error leaves, two of the error's own, at most six: 1.42 ± 0.11; in six where it has no error."""
    if not (np.isfinite(value) and np.isfinite(error) and error > 0):
        return f"{value + 0.0:.{DIGITS}g}"
    small = 10.0 ** (np.floor(np.log10(error)) - 1)
    digits = int(np.clip(np.ceil(np.log10(max(abs(value), error) / small)), 2, DIGITS))
    return f"{value + 0.0:.{digits}g} ± {error:.2g}"


def proof_line(certificate: Any) -> str:
    """A certificate in one line: how many checks, and the one that is closest to its limit, or those that fail."""
    checks = list(certificate)
    if not checks:
        return "certificate: none of its own"
    failed = certificate.failures
    if failed:
        return "certificate FAILS: " + ", ".join(f"{c.name} {c.value:.2g} (limit {c.limit:.0e})" for c in failed)
    closest = max(checks, key=lambda c: c.value / c.limit if c.limit > 0 else 0.0)
    return f"certificate: holds, {len(checks)} checks; closest to its limit is {closest.name}, {closest.value:.2g} of {closest.limit:.0e}"


def values_words(values: Any, bound: Any = None) -> str:
    """A number with its bound, a few numbers, or the range of many."""
    found = np.asarray(values)
    if found.dtype.kind not in "fiub":
        return ", ".join(map(str, found.ravel()[:4]))
    widest = "" if bound is None or not np.size(bound) else f" ± {float(np.max(bound)):.1e}"
    if found.size == 0:
        return "none"
    if found.size == 1 and found.dtype.kind == "f" and widest:
        return number(found.ravel()[0], float(np.max(bound)))
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
