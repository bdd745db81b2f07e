"""The verb `kubo`: how large is D, is there a Drude weight, from correlations of the current without leads."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy import integrate

from caloriq import _checks
from caloriq._checks import Real
from caloriq.closed.certify import check_span
from caloriq.closed.correlation import ladder, typical
from caloriq.closed.correlation.methods import SupportLadder, Typicality
from caloriq.closed.correlation.result import Correlation
from caloriq.closed.correlation.solve import correlation, kept, support_space
from caloriq.closed.lattice.equation_of_state import equation_of_state
from caloriq.closed.lattice.evolution import check_closed
from caloriq.closed.lattice.space import sectors
from caloriq.closed.methods import Exact
from caloriq.errors import InvalidInput, Unsupported
from caloriq.models.lattice import densities
from caloriq.models.lattice.densities import ENERGY
from caloriq.models.lattice.model import Lattice
from caloriq.results import Certificate, Check, MethodReport, Progress, frozen
from caloriq.spaces.commutators import letters
from caloriq.spaces.currents import current_of, residual
from caloriq.spaces.infinite import InfiniteChain
from caloriq.spaces.strings import Strings, total
from caloriq.transport.charges.conserved import conserved_charges
from caloriq.transport.charges.mazur import mazur as mazur_bound
from caloriq.transport.kubo.reading import parting, read
from caloriq.transport.kubo.result import Kubo
from caloriq.transport.kubo.rings import ring
from caloriq.transport.kubo.rungs import Rungs, judged

DAMPINGS = (0.5, 0.15)  # by default, in units of `energy_scale`
SAMPLES = 241  # times of rungs
FEWEST = 5  # times
ABOVE = 3  # lengths that are damped
LAST = 45.0  # time of rungs, over `energy_scale`
CELLS = 4  # of charges for Mazur's bound, where their strings are few
STRINGS = 4096  # that are few


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
        For a density that is not conserved, by the term and its norm; lengths at a finite temperature, or of a chain that is not the
        same from cell to cell.

    Notes
    -----
    D(t) = (1/χ)∫₀ᵗ Re⟨J(s)J⟩ds per site. At a finite temperature the real part of the correlation stands for Kubo's, which has the same
    integral over all times; before, they differ by terms of order T⁻².
    """
    _checks.instance("model", model, Lattice)
    t = _checks.times(times)
    T = float("inf") if temperature == math.inf else float(_checks.temperatures(temperature))
    check_asked(model, of, sizes, t, T, lengths, dampings)
    counts, rungs_of = sorted(set(sizes)), sorted(set(lengths))
    rings = [ring(model, N) for N in counts]
    chain = rings[-1].infinite_chain() if rungs_of else _perhaps(rings[-1])
    clock = time.perf_counter()
    parts, found = len(rings) + bool(rungs_of), []
    for n, one in enumerate(rings):
        tell = None if progress is None else _part(progress, n, parts)
        found.append(correlation(one, f"{of} current", times=t, temperature=T, method=method, progress=tell))
    chi, chi_bound = _susceptibility(rings[-1], of, T)
    C = np.array([one.values.real for one in found])
    C_error = np.array([one.error for one in found])
    D = _integral(C, t) / chi
    D_error = _integral_errors(found, t) / chi
    t_star = np.array([parting(t, D[n], D[n + 1], (D_error[n], D_error[n + 1])) for n in range(len(rings) - 1)])
    conserved = kept_by_charges(chain, of) if chain is not None and math.inf == T else math.nan
    rungs = None
    if rungs_of and chain is not None:
        tell = None if progress is None else _part(progress, len(rings), parts)
        rungs = climbed(chain, of, rungs_of, dampings, conserved, tell)
    late = t >= t[-1] / 2
    checks = tuple(
        Check(f"{N} sites: {c.name}", c.value, c.limit, c.meaning)
        for N, one in zip(counts, found, strict=True)
        for c in one.certificate
    )
    statistics: dict[str, Any] = {
        "products": sum(int(one.method.statistics.get("products", 0)) for one in found),
        "wall time in s": time.perf_counter() - clock,
    }
    return Kubo(
        model=model,
        method=MethodReport(found[-1].method.name, found[-1].method.reason, statistics),
        certificate=Certificate(checks),
        of=of,
        temperature=T,
        sizes=frozen(np.array(counts, dtype=np.int64)),
        times=frozen(t.copy()),
        correlation=frozen(C),
        correlation_error=frozen(C_error),
        diffusivity=frozen(D),
        diffusivity_error=frozen(D_error),
        parting=frozen(t_star),
        susceptibility=chi,
        susceptibility_bound=chi_bound,
        reading=read(t, D[-1], D[-2], D_error[-1], float(t_star[-1])),
        remaining=frozen(C[:, late].mean(axis=1) / C[:, 0]),
        mazur=conserved,
        rungs=rungs,
    ).certified()


def check_asked(
    model: Lattice,
    of: str,
    sizes: Sequence[int],
    times: Real,
    temperature: float,
    lengths: Sequence[int],
    dampings: Sequence[float] | None,
) -> None:
    """Refuse what cannot be read from; before the work."""
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
    if whole:
        chain = rings[-1].infinite_chain()
        J, _ = current_of(chain, of)
        for length in whole:
            support_space(chain, J, SupportLadder(length=length), argument="lengths")
    _checks.memory("sizes", max(counts), typical.memory(rings[-1]), "take fewer sites")
    check_span(sectors(rings[-1])[0].hamiltonian, times)
    if dampings is not None and (len(dampings) == 0 or min(_checks.scalar("dampings", one) for one in dampings) < 0):
        raise InvalidInput(
            f"`dampings` must be numbers that are not negative, but they are not (got {_checks.shown(dampings)})"
        )


def energy_scale(chain: InfiniteChain, J: Strings) -> float:
    """How fast the current changes at first, or the size of the energy of a cell, the larger."""
    return max(residual(chain, J) / J.norm, chain.hamiltonian.norm)


def climbed(
    chain: InfiniteChain,
    of: str,
    lengths: Sequence[int],
    dampings: Sequence[float] | None,
    conserved: float,
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
    return judged(np.array(lengths), np.array(rates), t, C, D, exact, conserved)


def _perhaps(model: Lattice) -> InfiniteChain | None:
    """The chain without ends, where there is one."""
    try:
        return model.infinite_chain()
    except Unsupported:
        return None


def kept_by_charges(chain: InfiniteChain, of: str) -> float:
    """Mazur's bound over ⟨J²⟩ at infinite temperature, where its charges are found in a second; not a number elsewhere."""
    J, _ = current_of(chain, of)
    support = max((r for r in range(1, CELLS + 1) if letters(chain) ** r <= STRINGS), default=0)
    if support < max(chain.covers(J), chain.reach):
        return math.nan
    found = mazur_bound(conserved_charges(chain, support), of=of)
    return found.fraction if found.proves_ballistic else 0.0


def _susceptibility(model: Lattice, of: str, temperature: float) -> tuple[float, float]:
    """Variance of the density per site."""
    if temperature == math.inf:
        whole = total(model.spaces, densities.density(model, of))
        return float((whole.norm**2 - abs(whole.trace) ** 2) / model.size), 0.0
    state = equation_of_state(model, [temperature])
    name = f"{of}_susceptibility"
    return float(state.values[name][0]), float(state.bounds[name][0])


def _integral(values: Real, times: Real) -> Real:
    return np.asarray(integrate.cumulative_simpson(values, x=times, initial=0.0))


def _integral_errors(found: Sequence[Correlation], times: Real) -> Real:
    """Standard errors of ∫C: from the spread of the samples of all sizes, which falls as the root of their states."""
    roots = [math.sqrt(float(one.model.dimension) * one.model.size) for one in found]
    squares = [
        (_integral(one.samples.real, times).std(axis=0, ddof=1) * root) ** 2
        for one, root in zip(found, roots, strict=True)
        if one.samples is not None
    ]
    pooled = np.maximum.accumulate(np.sqrt(np.mean(squares, axis=0))) if squares else np.zeros(times.size)
    draws = [math.inf if one.samples is None else len(one.samples) for one in found]
    return np.array([pooled / (root * math.sqrt(K)) for root, K in zip(roots, draws, strict=True)])


def _part(progress: Progress, n: int, parts: int) -> Progress:
    return lambda done, total: progress(n + done / total, float(parts))
