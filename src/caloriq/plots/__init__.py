"""Stored data in, matplotlib figures out. Nothing is computed here."""

from caloriq.plots.bands import bands
from caloriq.plots.checks import checks
from caloriq.plots.draw import FIGURES, draw, drawn, of_dataset
from caloriq.plots.driven import scaling, steady
from caloriq.plots.grains import blocks
from caloriq.plots.modular import relaxation
from caloriq.plots.networks import network
from caloriq.plots.overview import overview
from caloriq.plots.populations import populations
from caloriq.plots.style import write
from caloriq.plots.sweep import sweep

__all__ = [
    "FIGURES",
    "bands",
    "blocks",
    "checks",
    "draw",
    "drawn",
    "network",
    "of_dataset",
    "overview",
    "populations",
    "relaxation",
    "scaling",
    "steady",
    "sweep",
    "write",
]
