"""How D² depends on the number of levels and of subunits (PRL Fig. 3, PRE Fig. 5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from caloriq._checks import Real
from caloriq.errors import InvalidInput, NotEnoughData
from caloriq.papers.common import Trail, dataset, swept
from caloriq.results import Progress
from caloriq.sweep.definition import Sweep

if TYPE_CHECKING:
    import xarray as xr


LEAST = 3


@dataclass(frozen=True, slots=True)
class PowerLaw:
    """Least-squares fit y = a x^slope on logarithms."""

    slope: float  # slope and error: exponent and its standard error, from the scatter about the line
    error: float


def power_law(x: Real, y: Real) -> PowerLaw:
    """Exponent of a power law, with its standard error.

    Raises
    ------
    NotEnoughData
        From fewer than three points there is no error; the slope comes along.
    """
    logs, values = np.log(x), np.log(y)
    slope, intercept = np.polyfit(logs, values, 1)
    if x.size < LEAST:
        raise NotEnoughData(
            f"`x` must hold at least {LEAST} points for a slope with an error, but it does not (got {x.size})",
            estimate=float(slope),
        )
    residual = values - slope * logs - intercept
    spread = logs - logs.mean()
    error = np.sqrt(residual @ residual / (x.size - 2) / (spread @ spread))
    return PowerLaw(float(slope), float(error))


def deviations(
    model: dict[str, Any],
    along: dict[str, list[Any]],
    seed: int,
    matrices: int,
    *,
    mixed: bool = False,
    progress: Progress | None = None,
) -> tuple[Real, Real, Trail]:
    """D² of subunit 0 and its quadrature error, both of shape (values, matrices).

    Parameters
    ----------
    model : dict
        Fields that all chains share.
    along : dict
        Fields that vary together, and their values.
    seed, matrices : int
        Draw k of the matrices, and of a Haar start, has the seed `seed` + k.
    mixed : bool
        Start from the maximally mixed band.
    """
    seeds = [seed + k for k in range(matrices)]
    drawn = {"seed": seeds} if mixed else {"seed": seeds, "question.initial.seed": seeds}
    sweep = Sweep(
        model={"kind": "modular-chain", **model},
        question={
            "kind": "deviation",
            "keep": ["deviation", "deviation_error"],
            "initial": {"kind": "mixed" if mixed else "haar", "subunit": 0},
        },
        vary=[along, drawn],
    )
    found, trail = swept(sweep, progress, lambda chain: float(chain.subunits) * chain.levels**3)
    return found.deviation.values[..., 0], found.deviation_error.values[..., 0], trail


def over_levels(
    levels: Sequence[int],
    *,
    subunits: int = 3,
    bandwidth: float = 0.05,
    c1: float | None = None,
    coupling: float | None = None,
    matrices: int = 8,
    seed: int = 0,
    mixed: bool = False,
    progress: Progress | None = None,
) -> xr.Dataset:
    """D²₀ over the band size n, at fixed c1 (λ ∝ 1/n) or at fixed λ.

    Parameters
    ----------
    levels : sequence of int
        Band sizes n.
    subunits, bandwidth : int, float
        N and δε.
    c1, coupling : float
        Exactly one of them: 2λn/δε kept fixed, or λ kept fixed.
    matrices : int
        Draws of matrices and starts per n.
    seed : int
        Seed of the first draw.
    mixed : bool
        Start from the maximally mixed band instead of one Haar state.

    Returns
    -------
    Dataset
        `deviation` and `deviation_error` over (levels, draw); the exponent in the attributes.
    """
    if (c1 is None) == (coupling is None):
        raise InvalidInput(f"`c1` must be given, or `coupling`, but not both (got c1={c1}, coupling={coupling})")

    def strength(n: int) -> float:
        return coupling if c1 is None or coupling is not None else c1 * bandwidth / (2 * n)  # type: ignore[return-value]

    values, errors, trail = deviations(
        {"subunits": subunits, "bandwidth": bandwidth},
        {"levels": list(levels), "coupling": [strength(n) for n in levels]},
        seed,
        matrices,
        mixed=mixed,
        progress=progress,
    )
    law = power_law(np.asarray(levels, float), values.mean(axis=1))
    return dataset(
        {"deviation": (("levels", "draw"), values), "deviation_error": (("levels", "draw"), errors)},
        {
            "levels": list(levels),
            "draw": np.arange(matrices),
            "c1": ("levels", [2 * strength(n) * n / bandwidth for n in levels]),
        },
        {
            "slope": law.slope,
            "slope_error": law.error,
            "subunits": subunits,
            "bandwidth": bandwidth,
            "seed": seed,
            **trail.attributes(),
        },
    )


def over_subunits(
    subunits: Sequence[int],
    *,
    levels: int = 500,
    bandwidth: float = 0.05,
    coupling: float = 5e-5,
    matrices: int = 8,
    seed: int = 0,
    progress: Progress | None = None,
) -> xr.Dataset:
    """D²₀ over the number of subunits N at fixed n and λ (insets of PRL Fig. 3, PRE Fig. 5); see `over_levels`."""
    values, errors, trail = deviations(
        {"levels": levels, "bandwidth": bandwidth, "coupling": coupling},
        {"subunits": list(subunits)},
        seed,
        matrices,
        progress=progress,
    )
    return dataset(
        {"deviation": (("subunits", "draw"), values), "deviation_error": (("subunits", "draw"), errors)},
        {"subunits": list(subunits), "draw": np.arange(matrices)},
        {"levels": levels, "bandwidth": bandwidth, "coupling": coupling, "seed": seed, **trail.attributes()},
    )
