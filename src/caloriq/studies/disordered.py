"""Does dephasing lower or raise the current of a disordered chain? (MT VI A)"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from caloriq.models.baths import Bath
from caloriq.models.disorder import Disorder, DisorderedChain
from caloriq.models.spins import SpinChain
from caloriq.results import Progress
from caloriq.steady.ensemble import SteadyEnsemble
from caloriq.steady.solve import steady_state
from caloriq.studies._common import Trail

if TYPE_CHECKING:
    import xarray as xr

Reading = Literal["hopping", "couplings"]
MEASURES = ("heat from the hot bath", "heat into the cold bath", "excitations into the cold bath")


def ensemble(reading: Reading, dephasing: float, samples: int, seed: int) -> DisorderedChain:
    """N = 5, all ω and g uniform in [0, 1], T₁ = 1, T_N = 0, Γ = 1; couplings between neighbours or all pairs."""
    baths = (Bath(site=0, temperature=1.0, rate=1.0), Bath(site=-1, temperature=0.0, rate=1.0))
    return DisorderedChain(
        chain=SpinChain(sites=5, hopping=1.0, dephasing=dephasing, baths=baths),
        disorder=(
            Disorder(quantity="frequency", width=1.0, centre=0.5),
            Disorder(quantity=reading, width=1.0, centre=0.5),
        ),
        samples=samples,
        seed=seed,
    )


def lowered(
    reading: Reading, dephasings: np.ndarray, *, samples: int, seed: int, progress: Progress | None = None
) -> xr.Dataset:
    """Share of samples whose current dephasing lowers, for every γ and every way to measure the current.

    Dimensions `dephasing`, `measure`; `raised_below_mean` is the share of the raised samples whose current without
    dephasing lies below the ensemble's mean.
    """
    import xarray as xr

    trail = Trail()

    def solved(gamma: float) -> np.ndarray:
        found = steady_state(ensemble(reading, gamma, samples, seed))
        trail.add(found)
        return measures(found)

    base = solved(0.0)  # (measure, samples)
    share, below, mean = (np.empty((dephasings.size, len(MEASURES))) for _ in range(3))
    for i, gamma in enumerate(dephasings.tolist()):
        now = solved(gamma)
        raised = now > base
        share[i], mean[i] = (now < base).mean(axis=1), now.mean(axis=1)
        low = base < base.mean(axis=1, keepdims=True)
        with np.errstate(invalid="ignore"):
            below[i] = (raised & low).sum(axis=1) / raised.sum(axis=1)  # nan where none is raised
        if progress is not None:
            progress(i + 1, dephasings.size)
    error = np.sqrt(share * (1 - share) / samples)
    dims = ("dephasing", "measure")
    return xr.Dataset(
        {
            "lowered": (dims, share, {"long_name": "share of samples whose current dephasing lowers"}),
            "error": (dims, error, {"long_name": "binomial standard error"}),
            "raised_below_mean": (dims, below),
            "mean_current": (dims, mean),
            "mean_without": ("measure", base.mean(axis=1)),
        },
        {"dephasing": dephasings, "measure": np.arange(len(MEASURES))},
        {"measures": list(MEASURES), "samples": samples, "seed": seed, "reading": reading, **trail.attributes()},
    )


def measures(found: SteadyEnsemble) -> np.ndarray:
    """The three currents of every sample, shape (3, samples)."""
    heat, excitations = found.heat_currents, found.excitation_currents
    return np.stack([heat[:, 0], -heat[:, 1], -excitations[:, 1]])


def crossing(dephasings: np.ndarray, share: np.ndarray, wanted: float) -> float | None:
    """γ at which the share reaches a value, by interpolation in ln γ; None if it does not."""
    above = share >= wanted
    changes = np.flatnonzero(above[1:] != above[:-1])
    if changes.size == 0:
        return None
    i = int(changes[-1])
    x, y = np.log(dephasings[i : i + 2]), share[i : i + 2]
    return float(np.exp(x[0] + (wanted - y[0]) * (x[1] - x[0]) / (y[1] - y[0])))
