"""What the methods that give a whole density matrix share: the sites they take, and what makes it a state."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from caloriq._checks import Complex
from caloriq.errors import InvalidInput
from caloriq.results import Check


def check_sites(sites: int, most: int, method: str, remedy: str, *, amount: str = "") -> None:
    """Refuse more sites than a method takes, with what they would amount to; memory is refused where the plan is made."""
    if sites > most:
        raise InvalidInput(
            f"`sites` must be at most {most} for the {method}, but there are more (got {sites}{amount}); {remedy}"
        )


def lowest_of(blocks: Sequence[Complex]) -> float:
    """Smallest eigenvalue of a density matrix in blocks."""
    return min(float(np.linalg.eigvalsh(block)[0]) for block in blocks)


def state_checks(trace: float, lowest: float, positive: float) -> list[Check]:
    """That ρ has trace one, and no eigenvalue below -`positive`."""
    return [
        Check("trace error", abs(trace - 1), 1e-10, "ρ is normalised"),
        Check("negative part", max(0.0, -lowest), positive, "ρ is positive"),
    ]
