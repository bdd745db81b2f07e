"""The verb `kubo`: how large is D, is there a Drude weight, from correlations of the current without leads."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from typing import Any

from numpy.typing import ArrayLike

from caloriq import _checks
from caloriq.closed.correlation.methods import Typicality
from caloriq.closed.correlation.solve import correlation
from caloriq.closed.methods import Exact
from caloriq.models.lattice.densities import ENERGY
from caloriq.models.lattice.model import Lattice
from caloriq.results import Progress, part_of
from caloriq.transport.kubo.asked import check_asked
from caloriq.transport.kubo.assembled import assembled, susceptibilities
from caloriq.transport.kubo.climbing import chain_of, climbed
from caloriq.transport.kubo.literature import KnownDiffusivity
from caloriq.transport.kubo.premises import charges_of
from caloriq.transport.kubo.result import Kubo
from caloriq.transport.kubo.rings import ring
from caloriq.transport.kubo.short_times import against_series


def kubo(
    model: Lattice,
    *,
    of: str = ENERGY,
    sizes: Sequence[int],
    times: ArrayLike,
    temperature: float = math.inf,
    method: Exact | Typicality | str = "auto",
    lengths: Sequence[int] = (),
    dampings: Sequence[float] | None = None,
    known: KnownDiffusivity | Mapping[str, Any] | None = None,
    progress: Progress | None = None,
) -> Kubo:
    """Diffusivity, conductivity and what a Drude weight would leave, from the current's correlation.

    Parameters
    ----------
    model : Lattice
        A closed chain or ladder; rings of its terms are taken.
    of : str
        "energy", or a number that H conserves.
    sizes : sequence of int
        Sites of at least two rings, which are compared to find t*.
    times : array_like, shape (T,)
        Instants from 0, equally spaced or not, so dense that C is smooth between them.
    temperature : float
        In energy; inf is every state alike.
    method : Exact, Typicality or "auto"
        Of the rings; see `correlation`.
    lengths : sequence of int, optional
        ℓ of strings on the chain without ends, at infinite temperature; none without them.
    dampings : sequence of float, optional
        g, in energy; by default two, of the size of ‖h‖.
    known : KnownDiffusivity or mapping of its fields, optional
        An interval from elsewhere, which is drawn, and held against ours in the notes; it changes no number and no class.
    progress : callable, optional
        Called with (done, total).

    Returns
    -------
    Kubo
        With every error apart: statistical, finite size, window.

    Raises
    ------
    InvalidInput
        For fewer than two sizes, times that do not begin at 0, temperatures that are not above 0, lengths shorter than the current,
        and what memory has no room for.
    Unsupported
        For a density that is not conserved, by the term and its norm; a model that is not the same from cell to cell; lengths at a
        finite temperature.

    Notes
    -----
    D(t) = (1/χ)∫₀ᵗ Re⟨J(s)J⟩ds per site. At a finite temperature the real part of the correlation stands for Kubo's, which has the same
    integral over all times; before, they differ by terms of order T⁻².
    """
    _checks.instance("model", model, Lattice)
    t = _checks.times(times)
    T = _checks.temperature_or_infinite(temperature)
    elsewhere = known if known is None or isinstance(known, KnownDiffusivity) else KnownDiffusivity.from_mapping(known)
    check_asked(model, of, sizes, t, T, lengths, dampings)
    counts, rungs_of = sorted(set(sizes)), sorted(set(lengths))
    rings = [ring(model, N) for N in counts]
    chain = rings[-1].infinite_chain() if rungs_of else chain_of(rings[-1])
    clock = time.perf_counter()
    chi = susceptibilities(rings[-1], of, [T])[0]
    parts, found = len(rings) + bool(rungs_of), []
    for n, one in enumerate(rings):
        tell = part_of(progress, n, parts)
        found.append(correlation(one, f"{of} current", times=t, temperature=T, method=method, progress=tell))
    charges = charges_of(chain, of)
    rungs, also = None, []
    if rungs_of and chain is not None:
        tell = part_of(progress, len(rings), parts)
        rungs = climbed(chain, of, rungs_of, dampings, charges, tell)
        also = [against_series(chain, of, one, rungs.moments, rungs.lanczos) for one in found]
    wall = time.perf_counter() - clock
    return assembled(model, found, of, chi, charges=charges, rungs=rungs, known=elsewhere, also=also, wall=wall)
