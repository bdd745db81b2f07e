"""Does the form of the interaction matter? The papers say not; two structured matrices show what they rely on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from caloriq._checks import Complex
from caloriq.closed.states import Haar
from caloriq.models.modular import ModularChain
from caloriq.models.random import COUPLING, gaussian, generator
from caloriq.papers.common import Trail, counted, dataset, relax
from caloriq.results import Progress
from caloriq.transport.deviation import deviation

if TYPE_CHECKING:
    import xarray as xr

Draw = Callable[[np.random.Generator, tuple[int, ...]], Complex]


def _signs(rng: np.random.Generator, shape: tuple[int, ...]) -> Complex:
    return np.where(rng.random(shape) < 0.5, -1.0, 1.0).astype(complex)


def _phases(rng: np.random.Generator, shape: tuple[int, ...]) -> Complex:
    phases: Complex = np.exp(2j * np.pi * rng.random(shape))
    return phases


def _sparse(rng: np.random.Generator, shape: tuple[int, ...]) -> Complex:
    kept: Complex = gaussian(rng, shape) * (rng.random(shape) < 0.1) / np.sqrt(0.1)
    return kept


def _constant(rng: np.random.Generator, shape: tuple[int, ...]) -> Complex:  # noqa: ARG001
    return np.ones(shape, dtype=complex)


def _diagonal(rng: np.random.Generator, shape: tuple[int, ...]) -> Complex:  # noqa: ARG001
    n = shape[-1]
    return np.broadcast_to(np.sqrt(n) * np.eye(n, dtype=complex), shape).copy()


# name: (draw, whether the entries are random and unbiased, as the derivation assumes); all have mean |v|² = 1
FORMS: dict[str, tuple[Draw, bool]] = {
    "complex Gaussian": (gaussian, True),
    "real Gaussian": (lambda rng, shape: gaussian(rng, shape, real=True).astype(complex), True),
    "random signs": (_signs, True),
    "random phases": (_phases, True),
    "10 % filled": (_sparse, True),
    "all ones": (_constant, False),
    "diagonal": (_diagonal, False),
}


def compare(
    couplings: Sequence[float] = (5e-5, 1e-4, 2e-4),
    *,
    subunits: int = 3,
    levels: int = 500,
    bandwidth: float = 0.05,
    matrices: int = 4,
    seed: int = 0,
    progress: Progress | None = None,
) -> xr.Dataset:
    """D² for every form of the interaction and several couplings, with one Haar start per draw.

    Returns
    -------
    Dataset
        `deviation` over (coupling, form, draw, subunit), form names in the attributes, c1 along `coupling` and whether a
        form is `unbiased`: random entries that favour no transition, as the derivation assumes.
    """
    values = np.empty((len(couplings), len(FORMS), matrices, subunits))
    trail = Trail()
    tasks = [(f, k) for f in range(len(FORMS)) for k in range(matrices)]
    draws = list(FORMS.values())
    for f, k in counted(tasks, progress):
        v = draws[f][0](generator(seed + k, COUPLING), (subunits - 1, levels, levels))
        for c, coupling in enumerate(couplings):
            model = ModularChain(
                subunits=subunits,
                levels=levels,
                bandwidth=bandwidth,
                coupling=coupling,
                interaction="given",
                matrices=v,
            )
            exact, theory = relax(model, Haar(subunit=0, seed=seed + k), trail=trail)
            values[c, f, k] = deviation(exact, theory).values
    return dataset(
        {
            "deviation": (("coupling", "form", "draw", "subunit"), values),
            "unbiased": ("form", [unbiased for _, unbiased in draws]),
            "c1": ("coupling", [2 * c * levels / bandwidth for c in couplings]),
        },
        {
            "coupling": list(couplings),
            "form": np.arange(len(FORMS)),
            "draw": np.arange(matrices),
            "subunit": np.arange(subunits),
        },
        {"forms": list(FORMS), "levels": levels, "bandwidth": bandwidth, "seed": seed, **trail.attributes()},
    )
