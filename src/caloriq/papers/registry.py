"""All reproductions by name."""

from __future__ import annotations

import difflib

from caloriq.errors import InvalidInput
from caloriq.papers import (
    manzano_2012,
    michel_2005,
    michel_2006,
    michel_2006_bands,
    michel_2006_grains,
    michel_2006_network,
    wu_2008,
    wu_2008_media,
)
from caloriq.papers.recipe import Recipe

RECIPES: dict[str, Recipe] = {
    recipe.name: recipe
    for paper in (
        michel_2005,
        michel_2006,
        michel_2006_bands,
        michel_2006_network,
        michel_2006_grains,
        manzano_2012,
        wu_2008,
        wu_2008_media,
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
    near = difflib.get_close_matches(name, list(RECIPES), n=1)
    remedy = f"did you mean {near[0]}?" if near else "see caloriq reproduce --list"
    raise InvalidInput(f"`name` must be a known reproduction, but it is not (got {name!r}); {remedy}")
