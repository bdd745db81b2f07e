"""Where the rate equation holds, and what happens where c1 or c2 fails (PRL 14, PRE 29).

The papers only say that diffusion fails there. The dynamics depends on λ, n and δε through n and λ/δε alone (time in
units of 1/δε), so a scan over the plane (n, λ/δε) is a scan over all three.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from caloriq._checks import Real
from caloriq.closed.evolve import Evolution
from caloriq.closed.states import Haar, Mixed
from caloriq.models.modular import ModularChain
from caloriq.reduced.ham import Theory
from caloriq.results import Progress
from caloriq.studies._common import Trail, counted, relax
from caloriq.transport.deviation import deviation

if TYPE_CHECKING:
    import xarray as xr


def scan(
    levels: Sequence[int],
    couplings: Sequence[float] | Real,
    *,
    subunits: int = 2,
    bandwidth: float = 0.05,
    seed: int = 0,
    progress: Progress | None = None,
) -> xr.Dataset:
    """Scan over band size n and relative coupling λ/δε.

    Parameters
    ----------
    levels : sequence of int
        n.
    couplings : sequence of float
        λ/δε.
    subunits, bandwidth, seed
        N, δε and the seed of matrices and starts.

    Returns
    -------
    Dataset
        Over (levels, coupling): `mixed_deviation` (D²₁ of the mixed start: what the theory itself gets wrong),
        `pure_deviation` (D²₁ of one pure start), `retained` (P₁ averaged over the last fifth of 5/γ minus 1/N: what
        fails to spread; 0 where diffusion is complete), `speed` (1/e time of the rate equation over that of the
        exact decay; 1 where γ is right, NaN where it never decays that far), `c1`, `c2`.
    """
    import xarray as xr

    shape = (len(levels), len(couplings))
    names = ("mixed_deviation", "pure_deviation", "retained", "speed", "c1", "c2")
    out = {name: np.empty(shape) for name in names}
    trail = Trail()
    places = [(i, k, n, x) for i, n in enumerate(levels) for k, x in enumerate(couplings)]
    for i, k, n, x in counted(places, progress, lambda place: float(place[2]) ** 3):
        model = ModularChain(subunits=subunits, levels=n, bandwidth=bandwidth, coupling=x * bandwidth, seed=seed)
        exact, theory = relax(model, Mixed(subunit=0), trail=trail)
        pure, _ = relax(model, Haar(subunit=0, seed=seed), trail=trail)
        out["mixed_deviation"][i, k] = deviation(exact, theory).values[0]
        out["pure_deviation"][i, k] = deviation(pure, theory).values[0]
        out["retained"][i, k] = exact.populations[-(exact.times.size // 5) :, 0].mean() - 1 / subunits
        out["speed"][i, k] = decay_time(theory.solve(exact.times).populations[:, 0], theory) / decay_time(
            exact.populations[:, 0], exact
        )
        out["c1"][i, k], out["c2"][i, k] = (c.value for c in theory.criteria)
    return xr.Dataset(
        {name: (("levels", "coupling"), values) for name, values in out.items()},
        {"levels": list(levels), "coupling": np.asarray(couplings, dtype=float)},
        {"subunits": subunits, "bandwidth": bandwidth, "seed": seed, **trail.attributes()},
    )


def decay_time(population: Real, source: Evolution | Theory) -> float:
    """First time at which P₁ has come within 1/e of its way to 1/N, by linear interpolation; NaN if it never does."""
    N = source.model.subunits
    times = source.times if isinstance(source, Evolution) else np.linspace(0, 5 / source.rate, population.size)
    target = 1 / N + (1 - 1 / N) / math.e
    below = np.flatnonzero(population <= target)
    if below.size == 0:
        return float("nan")
    k = int(below[0])
    share = (population[k - 1] - target) / (population[k - 1] - population[k])
    return float(times[k - 1] + share * (times[k] - times[k - 1]))
