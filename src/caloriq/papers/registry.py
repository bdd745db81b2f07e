"""All reproductions by name."""

from __future__ import annotations

from caloriq import wording
from caloriq.errors import InvalidInput
from caloriq.papers.landmarks import dephased, ladder, maximal_driving, weak_disorder, weak_driving
from caloriq.papers.manzano_2012 import efficiency as manzano_efficiency
from caloriq.papers.manzano_2012 import recipes as manzano_2012
from caloriq.papers.michel_2005 import recipes as michel_2005
from caloriq.papers.michel_2006 import (
    appendix_bands,
    four_ways,
    local_equilibrium,
    networks_beside_rates,
    spin_chains,
    weak_contacts,
    without_gaps,
)
from caloriq.papers.michel_2006 import recipes as michel_2006
from caloriq.papers.recipe import Recipe
from caloriq.papers.thermal_baths import recipes as thermal_baths
from caloriq.papers.wu_2008 import media, noise, nonlinear, oscillators
from caloriq.papers.wu_2008 import recipes as wu_2008

RECIPES: dict[str, Recipe] = {
    recipe.name: recipe
    for paper in (
        michel_2005,
        michel_2006,
        appendix_bands,
        networks_beside_rates,
        spin_chains,
        local_equilibrium,
        four_ways,
        weak_contacts,
        without_gaps,
        manzano_2012,
        manzano_efficiency,
        wu_2008,
        media,
        noise,
        nonlinear,
        oscillators,
        thermal_baths,
        maximal_driving,
        weak_driving,
        dephased,
        ladder,
        weak_disorder,
    )
    for recipe in paper.RECIPES
}


def recipe(name: str) -> Recipe:
    """Reproduction of that name.

    Raises
    ------
    InvalidInput
        If there is none; the nearest name is proposed.
    """
    if name in RECIPES:
        return RECIPES[name]
    meant = wording.remedy(name, RECIPES, "see caloriq reproduce --list")
    raise InvalidInput(f"`name` must be a known reproduction, but it is not (got {name!r}); {meant}")
