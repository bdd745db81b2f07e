"""Where the rate equation holds, and what happens where c1 or c2 fails (PRL 14, PRE 29).

The papers only say that diffusion fails there. The dynamics depends on λ, n and δε through n and λ/δε alone (time in
units of 1/δε), so a scan over the plane (n, λ/δε) is a scan over all three.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from caloriq._checks import Real
from caloriq.papers.common import dataset, swept
from caloriq.results import Progress
from caloriq.sweep.definition import Sweep

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
        Over (levels, coupling): `mixed_deviation` (D²₀ of the mixed start: what the theory itself gets wrong),
        `pure_deviation` (D²₀ of one pure start), `retained` (P₀ averaged over the last fifth of 5/γ minus 1/N: what
        fails to spread; 0 where diffusion is complete), `speed` (1/e time of the rate equation over that of the
        exact decay; 1 where γ is right, NaN where it never decays that far), `c1`, `c2`.
    """
    sweep = Sweep(
        model={"kind": "modular-chain", "subunits": subunits, "bandwidth": bandwidth, "seed": seed},
        question={"kind": "deviation"},
        vary={
            "levels": list(levels),
            "coupling": [float(x) * bandwidth for x in couplings],
            "question.initial": [{"kind": "mixed", "subunit": 0}, {"kind": "haar", "subunit": 0, "seed": seed}],
        },
    )
    found, trail = swept(sweep, progress, lambda model: float(model.levels) ** 3)
    mixed, pure = found.isel(initial=0), found.isel(initial=1)
    out = {
        "mixed_deviation": mixed.deviation[..., 0],
        "pure_deviation": pure.deviation[..., 0],
        **{name: mixed[name] for name in ("retained", "speed", "c1", "c2")},
    }
    return dataset(
        {name: (("levels", "coupling"), values.values) for name, values in out.items()},
        {"levels": list(levels), "coupling": np.asarray(couplings, dtype=float)},
        {"subunits": subunits, "bandwidth": bandwidth, "seed": seed, **trail.attributes()},
    )
