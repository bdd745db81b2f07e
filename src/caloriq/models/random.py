"""Random numbers: one named SeedSequence child per purpose, so that no draw depends on another."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from caloriq.errors import InvalidInput

# One spawn key per purpose. Bond b of a chain is child (COUPLING, b): a chain of five subunits
# shares its first two interaction matrices with the chain of three that has the same seed. An edge {a, b} of a network
# is child (COUPLING, a, b), but for b = a + 1, which is the chain's (COUPLING, a).
COUPLING, LEVELS, START, LANCZOS, DISORDER, KRYLOV, PROBE, NETWORK, FIELD, KICK, TERM, TRACE, CALIBRATION, JUMPS = (
    range(14)
)


def generator(seed: int, purpose: int, *path: int) -> np.random.Generator:
    """Generator for one purpose; the same seed and path give the same numbers anywhere."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(purpose, *path)))


def check_drawn(interaction: str, matrices: object, seed: int | None, band: str) -> None:
    """Refuse matrices beside a random interaction, and random matrices or levels without a seed."""
    if (matrices is None) == (interaction == "given"):
        raise InvalidInput(
            f"`matrices` must be handed in exactly when `interaction` is 'given', but they do not match (got interaction {interaction!r})"
        )
    if seed is None and (matrices is None or band == "random"):
        raise InvalidInput(
            "`seed` must be given when matrices or levels are random, but it is missing (got None); add seed=0"
        )


def check_mixture(draw: str, samples: int | None) -> None:
    """Refuse samples of a start that is an exact mixture."""
    if draw == "mixed" and samples is not None:
        raise InvalidInput(
            f"`samples` must be left out for draw 'mixed', but it is given (got {samples}); the mixture is exact"
        )


def gaussian(rng: np.random.Generator, shape: tuple[int, ...], *, real: bool = False) -> NDArray[Any]:
    """Gaussian entries with mean |v|² = 1: complex (variance ½ per part) or real."""
    if real:
        return rng.standard_normal(shape)
    parts = rng.standard_normal((*shape, 2)) * np.sqrt(0.5)
    entries: NDArray[Any] = parts.view(np.complex128)[..., 0]
    return entries
