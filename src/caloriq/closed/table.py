"""Table of the methods of exact dynamics: what each of them exports, and which is the cheapest.

A method is a file with `propagate(operator, starts, times, method, meter)`, which gives the states at all times for every
start, shape (D, k), block by block. Whoever evolves a model knows nothing else of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from caloriq import _checks
from caloriq._checks import Complex, Real
from caloriq.closed import chebyshev, dense, krylov
from caloriq.closed.blocks import Block, Meter
from caloriq.closed.methods import Chebyshev, Exact, Krylov
from caloriq.linalg.products import Propagated

Chosen = Exact | Chebyshev | Krylov
SMALL = 400  # dimension up to which an eigendecomposition is cheaper than a long Chebyshev series
DENSE = 6000  # dimension up to which it is the cheaper one for mixed and many starts
MANY = 16  # starts


FILES: dict[type, Any] = {Exact: dense, Chebyshev: chebyshev, Krylov: krylov}


def propagate(operator: Propagated, starts: Complex, times: Real, method: Chosen, meter: Meter) -> Iterator[Block]:
    """States at all times for every start, shape (D, k), by a method."""
    states: Iterator[Block] = FILES[type(method)].propagate(operator, starts, times, method, meter)
    return states


def limit(samples: int | None, *, mixed: bool = False) -> int:
    """Dimension up to which an eigendecomposition is the cheapest."""
    return DENSE if mixed or (samples or 1) > MANY else SMALL


def cheapest(dimension: int, most: int, tol: float = Chebyshev().tol) -> Exact | Chebyshev:
    """An eigendecomposition up to a dimension, where it fits in memory; a Chebyshev series beyond."""
    fits = dimension <= most and dense.memory_needed(dimension) <= _checks.available_memory()
    return Exact() if fits else Chebyshev(tol=tol)
