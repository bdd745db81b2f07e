"""What any rate equation keeps, measured: the sum of the populations, and their sign."""

from __future__ import annotations

from caloriq._checks import Real
from caloriq.results import Check

DRIFT, NEGATIVE = 1e-11, 1e-12


def drift(P: Real, limit: float = DRIFT, name: str = "probability drift") -> Check:
    """How far populations, shape (T, D), are from summing to one at any time."""
    return Check(name, float(abs(P.sum(axis=1) - 1).max()), limit, "the rate equation conserves probability")


def conserved(P: Real, truncated: float = 0.0) -> tuple[Check, Check]:
    """Both, for constant rates: they keep populations positive, too. `truncated` bounds what a series leaves out, in norm."""
    meaning = "rates keep populations positive, but for rounding"
    low = Check("negative population", float(max(0.0, -P.min())), NEGATIVE + truncated, meaning)
    return drift(P, max(DRIFT, 2 * truncated)), low
