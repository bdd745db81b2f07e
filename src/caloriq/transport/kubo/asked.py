"""What is asked of linear response, looked at before the work."""

from __future__ import annotations

import math
from collections.abc import Sequence

from caloriq import _checks
from caloriq._checks import Real
from caloriq.closed.certify import check_span
from caloriq.closed.correlation import typical
from caloriq.closed.correlation.infinite import support_space
from caloriq.closed.correlation.methods import SupportLadder
from caloriq.closed.lattice.evolution import check_closed
from caloriq.errors import InvalidInput, Unsupported
from caloriq.models.lattice import densities
from caloriq.models.lattice.model import Lattice
from caloriq.models.lattice.space import sectors
from caloriq.models.lattice.uniform import check_repeating
from caloriq.spaces.currents import current_of
from caloriq.transport.kubo.rings import ring

FEWEST = 5  # times
BYTES = 150.0  # of a time, a size and a temperature: values, errors and bounds of C and of D
STRONGEST = 100.0  # damping, in the energy of a cell


def check_asked(
    model: Lattice,
    of: str,
    sizes: Sequence[int],
    times: Real,
    temperature: float,
    lengths: Sequence[int],
    dampings: Sequence[float] | None,
    *,
    together: int = 1,
) -> None:
    """Refuse what cannot be read from, at so many temperatures together; before the work."""
    check_closed(model)
    densities.check_conserved(model, of)
    if not densities.current(model, of).operators:
        raise InvalidInput(f"`of` must flow, but no term carries it (got {of!r}); its diffusivity is 0")
    counts = {_checks.whole("sizes", one, 3) for one in sizes}
    if len(counts) < 2:
        raise InvalidInput(
            f"`sizes` must be at least two, of which one tests the other, but they are not (got {_checks.shown(list(sizes))})"
        )
    if times[0] != 0 or times.size < FEWEST:
        raise InvalidInput(
            f"`times` must begin at 0 and be at least {FEWEST}, for an integral, but they are not (got {times.size} from {times[0]:g})"
        )
    whole = {_checks.whole("lengths", one, 1) for one in lengths}
    if whole and temperature < math.inf:
        raise Unsupported(
            f"`lengths` must be left out at a finite temperature, but they are given (got {sorted(whole)} at {temperature:g}); strings are known at infinite temperature alone"
        )
    rings = [ring(model, N) for N in sorted(counts)]
    check_repeating(rings)
    most = math.inf
    if whole:
        chain = rings[-1].infinite_chain()
        most = STRONGEST * chain.hamiltonian.norm
        J, _ = current_of(chain, of)
        for length in whole:
            support_space(chain, J, SupportLadder(length=length), argument="lengths")
    for one in rings:
        densities.total_current(one, of)  # refused where it goes half around
    _checks.memory("sizes", max(counts), typical.memory(rings[-1]), "take fewer sites")
    _checks.memory("times", f"{times.size} times", BYTES * together * len(counts) * times.size, "take fewer times")
    check_span(sectors(rings[-1])[0].hamiltonian, times)
    if dampings is not None and (len(dampings) == 0 or min(_checks.scalar("dampings", one) for one in dampings) < 0):
        raise InvalidInput(
            f"`dampings` must be numbers that are not negative, but they are not (got {_checks.shown(dampings)})"
        )
    if dampings is not None and max(dampings, default=0.0) > most:
        raise InvalidInput(
            f"`dampings` must be at most {most:.3g}, {STRONGEST:g} times the energy of a cell, but one is more (got {max(dampings):g}); what decays faster costs as many more products and says nothing"
        )
