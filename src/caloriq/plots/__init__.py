"""Stored data in, matplotlib figures out. Nothing is computed here."""

from caloriq.plots.bands import crossover, heat_conductivity, heat_linearity, multiband
from caloriq.plots.driven import scaling, steady
from caloriq.plots.grains import grains
from caloriq.plots.manzano import (
    manzano_disorder,
    manzano_entanglement,
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
from caloriq.plots.networks import networks
from caloriq.plots.populations import populations
from caloriq.plots.style import write
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
    "conductivity",
    "crossover",
    "deviation_histogram",
    "deviation_scaling",
    "forms",
    "grains",
    "heat_conductivity",
    "heat_linearity",
    "manzano_disorder",
    "manzano_entanglement",
    "manzano_meeting",
    "manzano_sizes",
    "manzano_temperatures",
    "multiband",
    "networks",
    "populations",
    "pure_and_mixed",
    "regimes",
    "relaxation",
    "scaling",
    "steady",
    "write",
    "wu_conductivity",
    "wu_cubic",
    "wu_exchange",
    "wu_harmonic",
    "wu_markov",
    "wu_overlaps",
    "wu_three_units",
]
