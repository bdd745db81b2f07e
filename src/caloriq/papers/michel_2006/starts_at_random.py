"""D²₀ of many uniformly distributed starts (PRE Fig. 4), and its exact mean over all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from caloriq.closed.evolve import evolve
from caloriq.closed.states import Haar
from caloriq.closed.typicality import typicality
from caloriq.models.modular import ModularChain
from caloriq.papers.common import COUNT, Trail, dataset, span_times
from caloriq.reduced.average.ham import ham
from caloriq.results import Progress
from caloriq.transport.deviation import deviation

if TYPE_CHECKING:
    import xarray as xr


def histogram(model: ModularChain, *, samples: int, seed: int, progress: Progress | None = None) -> xr.Dataset:
    """D²₀ of `samples` Haar starts of subunit 0, and the exact mean over all starts.

    Parameters
    ----------
    model : ModularChain
        The chain; the papers take N = 2, n = 500.
    samples, seed : int
        Number of starts and their seed.

    Returns
    -------
    Dataset
        `deviation` over `sample`; in the attributes the exact mean of D²₀ over all starts,
        (γ/5)∫[(⟨P⟩ - P^HAM)² + width²]dt, which no number of samples enters.
    """
    theory = ham(model)
    times = span_times(theory, count=COUNT)
    exact = evolve(
        model,
        times,
        initial=Haar(subunit=0, seed=seed, samples=samples),
        observables=("populations",),
        progress=progress,
    )
    found = deviation(exact, theory)
    all_starts = typicality(model, times)
    trail = Trail()
    trail.add(exact)
    trail.add(all_starts)
    mean, width = all_starts.mean, all_starts.width
    expected = np.trapezoid((mean - theory.solve(times).populations) ** 2 + width**2, times, axis=0) / times[-1]
    return dataset(
        {"deviation": ("sample", found.values[:, 0]), "deviation_error": ("sample", found.errors[:, 0])},
        attrs={
            "exact_mean": float(expected[0]),
            **trail.attributes(),
            "seed": seed,
            "wall_time": exact.method.statistics["wall time in s"],
        },
    )
