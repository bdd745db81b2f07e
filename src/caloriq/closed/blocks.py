"""What a propagator hands over: states at some times, for some of the starts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from caloriq._checks import Complex
from caloriq.results import Progress

# Bytes of states in hand at once; results are reduced to observables as they arrive.
HAND = 256_000_000


@dataclass(frozen=True, slots=True)
class Block:
    """States at some times for some starts."""

    times: slice  # times and columns: which of the sampled times and of the starting vectors
    columns: slice
    states: Complex  # shape (times, N n, columns)


def worst(*notes: Mapping[str, float]) -> dict[str, float]:
    """The largest of what several propagations said of themselves."""
    return {key: max(one.get(key, 0.0) for one in notes) for key in dict.fromkeys(k for one in notes for k in one)}


@dataclass(slots=True)
class Meter:
    """Counts what a propagation costs and reports how far it is."""

    progress: Progress | None = None
    products: int = 0
    notes: dict[str, float] = field(default_factory=dict)

    def advance(self, done: float, total: float) -> None:
        """Report `done` of `total` units of work."""
        if self.progress is not None:
            self.progress(done, total)
