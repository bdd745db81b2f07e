"""Hypothesis strategies for chains."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

import caloriq as cq

seeds = st.integers(0, 2**32 - 1)
few_subunits = st.integers(2, 5)
few_levels = st.integers(1, 12)


@st.composite
def chains(
    draw: Any,
    *,
    subunits: Any = few_subunits,
    levels: Any = few_levels,
    interactions: tuple[str, ...] = ("complex-gaussian", "real-gaussian", "given"),
) -> cq.ModularChain:
    """Any small chain: coupling over four decades around the bandwidth, all interactions and bands."""
    N, n, seed = draw(subunits), draw(levels), draw(seeds)
    # not narrower than 0.05: the energies carry the gap, so rounding grows as gap/bandwidth
    bandwidth = draw(st.floats(0.05, 1.0))
    interaction = draw(st.sampled_from(interactions))
    matrices = None
    if interaction == "given":
        rng = np.random.default_rng(seed)
        shape = (n, n) if draw(st.booleans()) else (N - 1, n, n)
        matrices = rng.standard_normal(shape) + 1j * rng.uniform(-1, 1, shape)
    return cq.ModularChain(
        subunits=N,
        levels=n,
        bandwidth=bandwidth,
        coupling=bandwidth * 10 ** draw(st.floats(-3, 1)),
        seed=seed,
        interaction=interaction,
        band=draw(st.sampled_from(["uniform", "random"])),
        matrices=matrices,
    )


def span(model: cq.ModularChain, reach: float) -> float:
    """Time in which the fastest phase turns by at most 2 `reach` radians."""
    lower, upper = model.hamiltonian().norm_bounds
    return 2 * reach / (upper - lower)
