"""The figure of any result."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING

from caloriq import extensions
from caloriq.errors import InvalidInput
from caloriq.plots.bands import bands
from caloriq.plots.charges import conserved, mazur, thermal
from caloriq.plots.conductivities import green_kubo, heat_response
from caloriq.plots.coupled_baths import coupled_baths
from caloriq.plots.driven import assisted, scaling, single, steady
from caloriq.plots.grains import blocks
from caloriq.plots.harmonic import harmonic
from caloriq.plots.kubo import kubo, over_temperature
from caloriq.plots.lattice import lattice
from caloriq.plots.lattice_in_time import equation_of_state, in_time
from caloriq.plots.local_states import local_states, reversal
from caloriq.plots.modes import mode_decay
from caloriq.plots.modular import relaxation
from caloriq.plots.networks import network
from caloriq.plots.overview import overview
from caloriq.plots.packets import correlation, spread
from caloriq.plots.populations import populations
from caloriq.plots.responding import linear_response
from caloriq.plots.sweep import sweep
from caloriq.plots.verdict import verdict

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure

    from caloriq.results import Solution


def compared(data: xr.Dataset) -> Figure:
    """Exact dynamics beside the rate equation: a network with its graph, a chain without."""
    kind = json.loads(data.attrs["model"])["kind"]
    return relaxation(data) if kind == "modular-chain" else network(data)


# figures of their own, by the class of the result
FIGURES: dict[str, Callable[[xr.Dataset], Figure]] = {
    "SteadyState": steady,
    "SteadyEnsemble": steady,
    "Scaling": scaling,
    "LinearResponse": linear_response,
    "Efficiency": single,
    "EfficiencyCurve": assisted,
    "BestDephasing": assisted,
    "HarmonicScaling": scaling,
    "HarmonicState": harmonic,
    "DrivenState": coupled_baths,
    "Comparison": compared,
    "BandComparison": bands,
    "GrainSeries": blocks,
    "PopulationComparison": populations,
    "LatticeState": lattice,
    "LocalStates": local_states,
    "Reversal": reversal,
    "LatticeEvolution": in_time,
    "LatticeRelaxation": in_time,
    "LatticeUnderDrive": in_time,
    "EquationOfState": equation_of_state,
    "Kubo": kubo,
    "KuboOverTemperature": over_temperature,
    "Verdict": verdict,
    "GreenKubo": green_kubo,
    "HeatResponse": heat_response,
    "ModeDecay": mode_decay,
    "Spread": spread,
    "Correlation": correlation,
    "ConservedCharges": conserved,
    "MazurBound": mazur,
    "ThermalMazur": thermal,
}


def draw(result: Solution) -> Figure:
    """Figure of a result: its own where it has one, otherwise its variables over their dimensions."""
    return drawn(result, result.to_dataset())


def drawn(result: Solution, data: xr.Dataset) -> Figure:
    """Figure of a result whose dataset is at hand."""
    return _by_name(type(result).__name__, data)


def of_dataset(data: xr.Dataset, quantity: str | None = None) -> Figure:
    """Figure of a dataset by itself, of a sweep or of a result; of a sweep one may say of which quantity.

    Raises
    ------
    InvalidInput
        If it is neither, or nothing in it varies along numbers.
    """
    if "sweep" in data.attrs and "status" in data:
        found = sweep(data, quantity)
        if found is None:
            raise InvalidInput(
                f"`data` must have a quantity that varies along numbers, but it has none (got dimensions {', '.join(map(str, data.sizes)) or 'none'})"
            )
        return found
    if "result" not in data.attrs:
        raise InvalidInput(
            f"`data` must be of a sweep or of a result, but it does not say so (got attributes {', '.join(map(str, data.attrs)) or 'none'}); keep its attributes, and of a sweep its status"
        )
    if quantity is not None:
        raise InvalidInput(
            f"`quantity` must be left out for the dataset of a result, but it is given (got {quantity}); its figure shows all"
        )
    return _by_name(str(data.attrs["result"]), data)


def _by_name(name: str, data: xr.Dataset) -> Figure:
    """Figure by the class of a result."""
    if name in FIGURES:
        return FIGURES[name](data)
    if name in extensions.registered(extensions.FIGURES):
        figure: Figure = extensions.loaded(extensions.FIGURES, name, "figure")(data)
        return figure
    return overview(data)
