"""Stored data in, matplotlib figures out. Nothing is computed here."""

from caloriq.plots.bands import bands
from caloriq.plots.draw import FIGURES, draw, drawn
from caloriq.plots.driven import scaling, steady
from caloriq.plots.grains import blocks, grains
from caloriq.plots.manzano import (
    manzano_disorder,
    manzano_entanglement,
    manzano_exponent,
    manzano_meeting,
    manzano_sizes,
    manzano_temperatures,
)
from caloriq.plots.modular import (
    conductivity,
    deviation_histogram,
    deviation_scaling,
    forms,
    pure_and_mixed,
    regimes,
    relaxation,
)
from caloriq.plots.multiband import crossover, heat_conductivity, heat_linearity, multiband
from caloriq.plots.networks import network, networks
from caloriq.plots.overview import overview
from caloriq.plots.populations import populations
from caloriq.plots.style import write
from caloriq.plots.sweep import sweep
from caloriq.plots.wu import (
    wu_conductivity,
    wu_cubic,
    wu_exchange,
    wu_harmonic,
    wu_markov,
    wu_overlaps,
    wu_three_units,
)

__all__ = [
    "FIGURES",
    "bands",
    "blocks",
    "conductivity",
    "crossover",
    "deviation_histogram",
    "deviation_scaling",
    "draw",
    "drawn",
    "forms",
    "grains",
    "heat_conductivity",
    "heat_linearity",
    "manzano_disorder",
    "manzano_entanglement",
    "manzano_exponent",
    "manzano_meeting",
    "manzano_sizes",
    "manzano_temperatures",
    "multiband",
    "network",
    "networks",
    "overview",
    "populations",
    "pure_and_mixed",
    "regimes",
    "relaxation",
    "scaling",
    "steady",
    "sweep",
    "write",
    "wu_conductivity",
    "wu_cubic",
    "wu_exchange",
    "wu_harmonic",
    "wu_markov",
    "wu_overlaps",
    "wu_three_units",
]
