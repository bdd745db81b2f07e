"""Networks of subunits: exact dynamics beside the rate equation, and how heat spreads on lattices."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from caloriq.closed.evolve import evolve
from caloriq.closed.states import Haar
from caloriq.models.network import ModularNetwork
from caloriq.models.random import NETWORK, generator
from caloriq.papers.common import counted, dataset, span_times
from caloriq.questions.comparison import comparison
from caloriq.reduced.average.ham import ham
from caloriq.results import Progress

if TYPE_CHECKING:
    import xarray as xr


def random_graph(nodes: int, extra: int, *, seed: int, spread: float = 0.2) -> list[list[Any]]:
    """Edges [a, b, w] of a connected random graph: a random tree and `extra` further edges, w within 1 ± `spread`.

    Parameters
    ----------
    nodes, extra : int
        Nodes, and edges beyond the nodes - 1 of the tree.
    seed : int
        Seed.
    spread : float
        Half the width of the uniform distribution of the weights, below 1.
    """
    rng = generator(seed, NETWORK)
    order = rng.permutation(nodes)
    pairs = {tuple(sorted((int(order[k]), int(order[rng.integers(k)])))) for k in range(1, nodes)}
    free = [(a, b) for a in range(nodes) for b in range(a + 1, nodes) if (a, b) not in pairs]
    pairs |= {free[k] for k in rng.choice(len(free), min(extra, len(free)), replace=False)}
    return [
        [a, b, float(w)] for (a, b), w in zip(sorted(pairs), 1 + spread * rng.uniform(-1, 1, len(pairs)), strict=True)
    ]


def beside_theory(
    models: dict[str, ModularNetwork], initial: Haar, *, count: int = 201, progress: Progress | None = None
) -> dict[str, xr.Dataset]:
    """Exact dynamics of every network over 5/γ with the rate equation, D² and verdict beside it.

    Parameters
    ----------
    models : dict of ModularNetwork
        By name.
    initial : Haar
        Start or starts.
    count : int
        Sampled times.
    progress : callable, optional
        Called with (done, total).
    """
    found = {}
    for name, model in counted(list(models.items()), progress):
        theory = ham(model)
        exact = evolve(model, span_times(theory, count=count), initial=initial)
        found[name] = comparison(exact, theory).to_dataset()
    return found


def spreading(sides: Sequence[Sequence[int]], spans: Sequence[float], model: dict[str, Any]) -> xr.Dataset:
    r"""Mean square distance from the start in the middle of open lattices, by the rate equation.

    Parameters
    ----------
    sides : sequence of sides
        One lattice for each entry; all sides odd, so that there is a middle.
    spans : sequence of float
        γ t, ascending.
    model : mapping
        Further fields of `ModularNetwork`.

    Returns
    -------
    Dataset
        `spread` (lattice, span): :math:`\langle r^2\rangle`, in lattice constants squared; `middle` (lattice, span): P at
        the start; `distance` to the boundary and `dimensions` (lattice,); for the first lattice of two dimensions the cut
        `profile` (span, place) through the middle.
    """
    tau = np.asarray(spans, dtype=float)
    spread, middle, profile = np.empty((len(sides), tau.size)), np.empty((len(sides), tau.size)), None
    for k, shape in enumerate(sides):
        theory = ham(ModularNetwork(lattice=tuple(shape), **model))
        centre = tuple(side // 2 for side in shape)
        start = int(np.ravel_multi_index(centre, tuple(shape)))
        flat = theory.solve(tau / theory.rate, initial=start).populations
        P = flat.reshape(tau.size, *shape)
        axes = np.meshgrid(
            *[(np.arange(s) - c) ** 2 for s, c in zip(shape, centre, strict=True)], indexing="ij", sparse=True
        )
        spread[k] = np.tensordot(P, sum(axes[1:], start=axes[0]), axes=len(shape))
        middle[k] = flat[:, start]
        if len(shape) == 2 and profile is None:
            profile = P[:, centre[0], :]
    data: dict[str, Any] = {
        "spread": (("lattice", "span"), spread, {"long_name": "<r²>"}),
        "middle": (("lattice", "span"), middle, {"long_name": "P at the start"}),
    }
    if profile is not None:
        data["profile"] = (("span", "place"), profile, {"long_name": "P along an axis through the start"})
    coordinates = {
        "span": ("span", tau, {"long_name": "γ t"}),
        "dimensions": ("lattice", [len(shape) for shape in sides]),
        "distance": ("lattice", [min(shape) // 2 for shape in sides]),
    }
    return dataset(data, coordinates, {"sides": json.dumps([list(shape) for shape in sides])})
