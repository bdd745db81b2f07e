"""What every figure says in words: verdict and parameters above it, a quantity with what it carries and its unit on every axis."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Iterator, Mapping
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar, cast

from caloriq.plots.outcomes import outcome
from caloriq.plots.style import styled
from caloriq.variables import ENERGY, GAP

if TYPE_CHECKING:
    from collections.abc import Callable

    import xarray as xr
    from matplotlib.figure import Figure

UNITLESS = ("", "1")
ACROSS = 13  # letters of a heading that an inch has room for
ROWS = 3  # of parameters at most
FEW = 6  # entries of a list that are told one by one
INNER = ("chain", "model", "lattice")  # fields that hold a model of their own
SILENT = ("kind", "type", "sha256", "shape", "backend", "periodic")
# parameters of models that are energies, or rates beside ħ = 1
ENERGIES = (
    *("bandwidth", "coupling", "gap", "hopping", "zz", "frequency", "dephasing", "temperature", "rate", "gain", "loss"),
    *("jx", "jy", "jz", "hx", "hz", "exchange", "detuning"),
)
COLD = ("temperature", "occupation")  # of baths, told where they vanish, too
# results whose class has another name than what they are
KINDS = {
    "GreenKubo": "Green-Kubo conductivity",
    "Kubo": "linear response",
    "KuboOverTemperature": "linear response over temperature",
    "LatticeUnderDrive": "driven lattice",
    "DrivenState": "steady state between coupled baths",
    "HeatResponse": "conductivity by linear response",
    "MazurBound": "charges in the current",
    "ThermalMazur": "charges in the current over temperature",
    "Spread": "spreading packet",
    "Theory": "rates by the Hilbert space average",
    "Relaxation": "rate equation",
    "Evolution": "Schrödinger dynamics",
    "BandEvolution": "Schrödinger dynamics",
}

Plot = TypeVar("Plot", bound="Callable[..., Figure | None]")


def unit_of_energy(model: Mapping[str, Any]) -> str:
    """Unit in which the numbers of a model are: a modular one is told in units of its gap's."""
    return GAP if str(model.get("kind", "")).startswith(("modular", "banded")) else ENERGY


def unit_words(units: str) -> str:
    """A unit as it stands in brackets: powers as powers, a product with its dot; empty for a pure number."""
    if units in UNITLESS:
        return ""
    told = units.replace(" squared squared", "⁴").replace(" squared", "²")
    told = re.sub(r"\(([^()]*)\)([²⁴]?)", r"\1\2", told)
    return told.replace("² energy", "²·energy").replace("² ΔE", "²·ΔE")


def label(quantity: str, units: str = "", carries: str = "") -> str:
    """Name of an axis: the quantity, of what it is a current, and its unit in brackets where it has one.

    Parameters
    ----------
    quantity : str
        In words.
    units : str
        As a variable declares them.
    carries : str
        What a current carries; told unless the quantity says so already.
    """
    # an excitation current is of excitations
    said = quantity if not carries or carries.rstrip("s") in quantity else f"{quantity} of {carries}"
    unit = unit_words(units)
    return f"{said}  [{unit}]" if unit else said


def named(data: xr.Dataset, name: str, quantity: str = "") -> str:
    """Name of an axis for a variable of a dataset.

    Parameters
    ----------
    data : Dataset
        Of a result.
    name : str
        Of the variable; without one of that name the quantity has no unit.
    quantity : str
        In words; by default the variable's name.
    """
    told = data[name].attrs if name in data.variables else {}
    return label(quantity or name.replace("_", " "), told.get("units", ""), told.get("carries", ""))


def headed(plot: Plot) -> Plot:
    """Draw in the house style, with what was found and of which model above."""

    @wraps(plot)
    def drawn(data: xr.Dataset, *rest: Any) -> Figure | None:
        fig = plot(data, *rest)
        if fig is not None:
            said = heading(data, int(ACROSS * fig.get_figwidth()))
            fig.suptitle(said, x=0.01, ha="left", fontsize=9.5)
            fig.set_figheight(fig.get_figheight() + 0.17 * len(said.splitlines()))
        return fig

    return styled(cast("Plot", drawn))


def heading(data: xr.Dataset, width: int = 80) -> str:
    """Lines above a figure: the verdict, or what was solved and whether its proof holds; then the model's parameters.

    Parameters
    ----------
    data : Dataset
        Of a result.
    width : int
        Letters of a line.
    """
    first = textwrap.shorten(found(data), width, placeholder=" …")
    return "\n".join([first.replace("$", r"\$"), *lines_of(json.loads(data.attrs["model"]), width)])


def lines_of(model: Mapping[str, Any], width: int) -> list[str]:
    """A model's parameters in a few lines; none where nothing is known of it."""
    told = parameters(model).replace("$", r"\$") if model else ""
    return textwrap.wrap(told, width, max_lines=ROWS, placeholder=" …")


def parameter(axis: xr.DataArray, name: str, model: Mapping[str, Any]) -> str:
    """Name of a swept axis: the parameter as a model file has it, with its unit where it is an energy."""
    said = str(axis.attrs.get("parameter", name))
    units = str(axis.attrs.get("units", ""))
    last = re.split(r"[.\[\]/ ]+", said.strip("]"))[-1]
    return label(said, units or (unit_of_energy(model) if last in ENERGIES else ""))


def found(data: xr.Dataset) -> str:
    """The verdict in short; without one the kind of result and its certificate."""
    told = data.attrs
    if "transport" in told and "grade" in told:
        grade, said = str(told["grade"]), str(told["transport"])
        words = grade if said == "open" else f"{said}, {grade}"
        return f"{told.get('of', 'heat')}: {words}"
    if told.get("verdict"):
        return re.split(r"[:;] |\. ", str(told["verdict"]))[0].rstrip(".")
    checks = json.loads(told.get("certificate", "{}"))
    failed = [name for name, one in checks.items() if not one["holds"]]
    name = str(told.get("result", ""))
    kind = KINDS.get(name, re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower())
    kind = kind[:1].upper() + kind[1:]
    said = outcome(data)
    kind = f"{kind}: {said}" if said else kind
    if not checks:
        return kind
    return f"{kind}; certificate fails: {', '.join(failed)}" if failed else f"{kind}; certificate holds"


def parameters(model: Mapping[str, Any]) -> str:
    """A model in words as its file has them, without what stands at its default."""
    kind = str(model.get("kind", model.get("type", "model"))).replace("-", " ")
    told = ", ".join(_told(model))
    return f"{kind}: {told}" if told else kind


def _told(model: Mapping[str, Any]) -> Iterator[str]:
    """Every field that says something, in its order."""
    usual = _defaults(str(model.get("kind", "")))
    for name, value in model.items():
        if name in SILENT or value is None or value in ("", [], {}, (), False):
            continue
        if name in usual and usual[name] == value:
            continue
        if name in INNER and isinstance(value, Mapping):
            yield parameters(value)
        elif name == "terms":
            yield " + ".join(_terms(value)).replace("+ -", "- ")
        elif name == "baths":
            yield from (_bath(one) for one in value[:FEW])
        elif name == "geometry":
            yield ("periodic " if value.get("periodic") else "") + str(value.get("kind"))
        else:
            said = _said(value)
            if said:
                yield f"{name.replace('_', ' ')} {said}"


def _defaults(kind: str) -> dict[str, Any]:
    """What the fields of a kind are unless a file says otherwise."""
    from caloriq.models.kinds import MODELS

    fields = MODELS[kind].model_fields if kind in MODELS else {}
    return {name: one.default for name, one in fields.items() if not one.is_required()}


def _said(value: Any) -> str:
    """A value in a few letters; empty where it would take many."""
    if isinstance(value, bool | int | float | str):
        return {True: "on", False: "off"}[value] if isinstance(value, bool) else _short(value)
    if isinstance(value, Mapping):
        return " ".join(
            said if name == "quantity" else f"{name} {said}"
            for name, one in value.items()
            if name not in SILENT and not isinstance(one, bool | list | Mapping) and (said := _said(one))
        )
    if not isinstance(value, list | tuple):
        return ""
    if value and all(isinstance(one, list) for one in value):
        return f"of {len(value)}"
    shown = [_said(one) for one in value[:FEW]]
    return ", ".join(shown) + (f", … ({len(value)})" if len(value) > FEW else "") if all(shown) else ""


def _short(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:.6g}"


def _terms(terms: Any) -> Iterator[str]:
    """Terms of a Hamiltonian with their factors."""
    named = terms.items() if isinstance(terms, Mapping) else [(one["operator"], one.get("value", 1.0)) for one in terms]
    for operator, factor in named:
        yield str(operator) if factor in (1, 1.0) else f"{_said(factor) or '…'} {operator}"


def _bath(bath: Mapping[str, Any]) -> str:
    """Where a bath is, and its numbers."""
    place = f" on site {bath['site']}" if "site" in bath else f" {bath.get('name', '')}".rstrip()
    rest = {
        name: value
        for name, value in bath.items()
        if name not in ("site", "name") and value is not None and (value != 0 or name in COLD)
    }
    said = _said(rest)
    return f"bath{place} ({said})" if said else f"bath{place}"
