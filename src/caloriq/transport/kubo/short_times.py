r"""Short times of a ring against the power series of C on the chain without ends, whose moments are exact.

Strings of s cells have one place each on a ring of N cells as long as 2s ≤ N + 1: a string seen around the ring through one of its inner
gaps has at least N - s + 2 cells. So many moments of a ring are those of the infinite chain.

Source: V. S. Viswanath, G. Müller, The Recursion Method (1994), doi:10.1007/978-3-540-48651-0.
"""

from __future__ import annotations

import numpy as np

from caloriq._checks import Real
from caloriq.closed.correlation.result import Correlation
from caloriq.closed.correlation.series import Series
from caloriq.closed.correlation.solve import SIGMAS
from caloriq.results import Check
from caloriq.spaces.currents import current_of
from caloriq.spaces.infinite import InfiniteChain

REMAINDER = 1e-6  # of ⟨J²⟩ that the series leaves out at the times that are compared
ROUNDING = 1e-12  # of ⟨J²⟩: of the values that are compared


def common_moments(chain: InfiniteChain, of: str, sites: int, moments: Real) -> Real:
    """Moments that a ring of so many sites has in common with the chain without ends; the first is 1."""
    J, _ = current_of(chain, of)
    widest = (sites // len(chain.cell) + 1) // 2
    steps = max(0, widest - chain.covers(J)) // max(1, chain.reach - 1)
    return moments[: steps + 1]


def against_series(chain: InfiniteChain, of: str, found: Correlation, moments: Real, lanczos: Real) -> Check:
    """Largest difference of a ring from the series at short times, over what is allowed there: statistical errors and bounds.

    Parameters
    ----------
    chain : InfiniteChain
        Without ends.
    of : str
        What is carried.
    found : Correlation
        Of the ring, per site.
    moments, lanczos : array, shape (n + 1,)
        As in `Rungs`.
    """
    J, _ = current_of(chain, of)
    square = J.norm**2 / len(chain.cell)  # ⟨J²⟩ per site
    own = common_moments(chain, of, found.model.size, moments)
    values, left_out = Series(square, lanczos[1 : own.size], own, closed=False).taylor(found.times)
    values += (-1) ** (own.size - 1) * left_out  # C lies between two sums, as a cosine: with the last term it is nearer
    known = left_out < REMAINDER
    known[0] = True  # with one moment alone nothing but ⟨J²⟩ is known
    off = np.abs(found.values.real / square - values)[known]
    room = ((SIGMAS * found.error + found.bounds["values"]) / square + np.where(left_out < REMAINDER, left_out, 0.0))[
        known
    ]
    worst = float(np.max(off / (room + ROUNDING)))
    told = f"C is its power series until t = {found.times[known][-1]:.3g}, within statistical errors and bounds"
    return Check(f"{found.model.size} sites: series", worst, 1.0, told)
