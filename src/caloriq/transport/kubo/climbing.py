"""D of the chain without ends, from strings of several lengths and dampings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from caloriq.closed.correlation import ladder
from caloriq.closed.correlation.infinite import kept, support_space
from caloriq.closed.correlation.methods import SupportLadder
from caloriq.closed.correlation.series import series
from caloriq.errors import Unsupported
from caloriq.models.lattice.model import Lattice
from caloriq.results import Progress
from caloriq.spaces.currents import current_of, residual
from caloriq.spaces.infinite import InfiniteChain
from caloriq.spaces.strings import Strings
from caloriq.transport.kubo.premises import Charges
from caloriq.transport.kubo.rungs import Rungs, judged

DAMPINGS = (0.5, 0.15)  # by default, in units of `energy_scale`
SAMPLES = 241  # times of rungs
ABOVE = 3  # lengths that are damped
LAST = 45.0  # time of rungs, over `energy_scale`


def energy_scale(chain: InfiniteChain, J: Strings) -> float:
    """How fast the current changes at first, or the size of the energy of a cell, the larger."""
    return max(residual(chain, J) / J.norm, chain.hamiltonian.norm)


def climbed(
    chain: InfiniteChain,
    of: str,
    lengths: Sequence[int],
    dampings: Sequence[float] | None,
    charges: Charges,
    progress: Progress | None = None,
) -> Rungs:
    """D of all lengths and dampings on the chain without ends."""
    J, density = current_of(chain, of)
    scale = energy_scale(chain, J)
    last = LAST / scale
    rates = sorted({one * scale for one in DAMPINGS} if dampings is None else set(map(float, dampings)), reverse=True)
    t = np.linspace(0.0, last, SAMPLES)
    C, D = np.empty((2, len(lengths), len(rates), t.size))
    exact = np.empty((len(lengths), len(rates)))
    spaces = [support_space(chain, J, SupportLadder(length=one)) for one in lengths]
    work = np.cumsum([0.0, *(float(one.size) * len(rates) for one in spaces)])
    for p, space in enumerate(spaces):
        for g, rate in enumerate(rates):
            begun = work[p] + g * space.size

            def tell(share: float, begun: float = float(begun), size: int = space.size) -> None:
                if progress is not None:
                    progress(begun + share * size, float(work[-1]))

            own = kept(chain, J, space.support, ABOVE)
            rung = ladder.climb(space, J, last, kept=own, damping=rate, tell=tell)
            C[p, g] = rung.correlation(t) / J.norm**2
            D[p, g] = rung.correlation.integral()(t) / density.norm**2
            exact[p, g] = rung.exact_until(1e-3)
    found = judged(np.array(lengths), np.array(rates), t, C, D, exact, charges)
    short = series(spaces[-1], J)
    return replace(found, moments=short.moments, lanczos=np.concatenate([[0.0], short.recursion]))


def chain_of(model: Lattice) -> InfiniteChain | None:
    """The chain without ends, where there is one."""
    try:
        return model.infinite_chain()
    except Unsupported:
        return None
