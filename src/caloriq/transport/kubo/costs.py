"""What correlations of rings and of strings cost, before the work: seconds on one core, good to a factor of a few, and bytes."""

from __future__ import annotations

from collections.abc import Sequence

from caloriq._checks import Real
from caloriq.closed.correlation import exact, ladder, typical
from caloriq.closed.correlation.methods import Typicality
from caloriq.closed.methods import Exact
from caloriq.models.lattice.model import Lattice
from caloriq.spaces.bounds import bounds
from caloriq.spaces.commutators import string_count
from caloriq.spaces.infinite import InfiniteChain
from caloriq.spaces.strings import Strings

RATE = 5e8  # numbers of vectors times terms per second, of a core: for a rough time only
STATES = 2e9  # of random states, whose products take many terms at once; measured at 16 sites
CLIMB = 1e4  # of the same for a string of one length and damping


def state_seconds(one: Lattice, method: Exact | Typicality, times: Real, *, weighed: float = 0.0) -> float:
    """Of all random states through all times, and so many products more at every time; good to a factor of a few."""
    low, high = bounds(one.strings)
    states = float(min(one.dimension, 10**100))
    products = 2 * ((high - low) / 2 * float(times[-1]) + 20 * times.size) + weighed * times.size
    samples = 1 if isinstance(method, Exact) else method.expected(states)
    return samples * products * states * len(one.strings.by_support()) / STATES


def state_memory(one: Lattice, method: Exact | Typicality, kept_by: Sequence[Strings] = ()) -> float:
    """Bytes of what runs, in the sectors that some operators do not lead out of."""
    return exact.memory(one, kept_by) if isinstance(method, Exact) else typical.memory(one, kept_by)


def string_seconds(chain: InfiniteChain, length: int) -> float:
    """Of strings of one length at one damping."""
    return CLIMB * string_count(chain, length) / RATE


def string_memory(chain: InfiniteChain, length: int) -> float:
    """Bytes of their vectors."""
    return 8.0 * ladder.VECTORS * string_count(chain, length)
