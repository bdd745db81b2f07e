"""Chains of random length, couplings, fields, dephasing and baths."""

from __future__ import annotations

import numpy as np

import caloriq as cq


def drawn(number: int, sizes: tuple[int, int]) -> cq.SpinChain:
    """A chain of random length, couplings, fields, dephasing and baths."""
    rng = np.random.default_rng(np.random.SeedSequence(20, spawn_key=(number,)))
    sites = int(rng.integers(*sizes))
    uniform = bool(rng.integers(2))

    def values(low: float, high: float, count: int) -> float | list[float]:
        return float(rng.uniform(low, high)) if uniform else rng.uniform(low, high, count).tolist()

    gain, loss = rng.uniform(0.05, 1.5, 2), rng.uniform(0.05, 1.5, 2)
    return cq.SpinChain(
        sites=sites,
        hopping=values(0.5, 1.5, sites - 1),
        zz=values(-1.5, 1.5, sites - 1),
        frequency=values(0.5, 1.5, sites),
        dephasing=0.0 if rng.integers(2) else values(0.0, 1.5, sites),
        baths=(cq.Bath(site=0, gain=gain[0], loss=loss[0]), cq.Bath(site=-1, gain=gain[1], loss=loss[1])),
    )
