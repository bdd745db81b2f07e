r"""States of the single subunits of a banded chain in time: temperatures, distance from Gibbs states, entropies.

The chain as a whole stays pure; its parts do not. The temperature of a subunit is that of the Gibbs state of the same energy,
:math:`\mathrm{Tr}\,h_\mu\rho_\mu = \mathrm{Tr}\,h_\mu e^{-\beta h_\mu}/Z`, and how far the two states are apart says what it is worth.

Source: PRE 73, 016101 (2006), sects. VII-IX, doi:10.1103/PhysRevE.73.016101.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import scipy
from numpy.typing import ArrayLike

from caloriq import _checks
from caloriq._checks import Complex, Real
from caloriq.closed import table
from caloriq.closed.banded import choose_shell_method, reported
from caloriq.closed.blocks import Meter, worst
from caloriq.closed.certify import ROUNDING, check_span, proofs, rounding
from caloriq.closed.methods import Chebyshev
from caloriq.closed.shells import hamiltonian
from caloriq.errors import Unsupported
from caloriq.models.banded import BandedChain
from caloriq.models.product_states import InBands, Thermal, started
from caloriq.results import Certificate, Check, MethodReport, Progress, Solution, frozen
from caloriq.spaces.shells import Shell
from caloriq.variables import GAP, SUBUNIT, TIME, Variable

EXACT = 1e-10  # of norms, traces and probabilities
AT_THE_END = 1e-13  # of the range of levels: an energy that near to its end has no finite temperature


@dataclass(frozen=True)
class LocalStates(Solution):
    """What every subunit is in, over time.

    Attributes
    ----------
    initial : Thermal or InBands
        The start.
    times : array, shape (T,)
        Instants, in 1/ΔE.
    energies : array, shape (T, N); an ensemble's (samples, T, N)
        U_µ = Tr h_µ ρ_µ, levels within the bands included, in the unit of the gap.
    temperatures : array, same shape
        Of the Gibbs state of the same energy: negative above the mean of all levels, infinite at it, zero at either end.
    temperature_widths : array, same shape
        Typicality: standard deviation of T_µ over all pure states with the same weights of the shells, to first
        order.
    band_temperatures : array, same shape
        From the populations p_i of the bands alone: the slope of ln(p_i/n_i) over E_i, every band weighted with p_i. Not a
        number where less than two bands are occupied.
    distances : array, same shape
        Trace distance ½‖ρ_µ - g_µ‖₁ of the reduced state from that Gibbs state, between 0 and 1.
    band_distances : array, same shape
        ½Σ_i |p_i - p_i(g)|, of the populations of the bands alone; not larger.
    entropies : array, same shape
        -Tr ρ_µ ln ρ_µ, in k_B. The whole is pure and has none: half of their sum, for a pair, is due to its entanglement.
    gibbs_entropies : array, same shape
        That of the Gibbs state: the largest at this energy. What is missing is the relative entropy of ρ_µ to it.
    """

    initial: Thermal | InBands
    times: Real
    energies: Real
    temperatures: Real
    temperature_widths: Real
    band_temperatures: Real
    distances: Real
    band_distances: Real
    entropies: Real
    gibbs_entropies: Real

    variables = (
        Variable(
            "temperatures", ("time", "subunit"), units=GAP, long_name="T_µ, of the Gibbs state of the same energy"
        ),
        Variable("temperature_widths", ("time", "subunit"), units=GAP, long_name="typicality width of T_µ"),
        Variable(
            "band_temperatures", ("time", "subunit"), units=GAP, long_name="T_µ from the populations of the bands"
        ),
        Variable("energies", ("time", "subunit"), units=GAP, long_name="U_µ"),
        Variable("distances", ("time", "subunit"), long_name="trace distance from the Gibbs state"),
        Variable("band_distances", ("time", "subunit"), long_name="the same of the bands' populations"),
        Variable("entropies", ("time", "subunit"), long_name="-Tr ρ_µ ln ρ_µ"),
        Variable("gibbs_entropies", ("time", "subunit"), long_name="entropy of the Gibbs state of the same energy"),
    )
    headlines = ("temperatures", "distances", "entropies")
    coordinates = (TIME, SUBUNIT)

    def facts(self) -> dict[str, str]:
        """The start."""
        return {"initial": json.dumps(self.initial.to_mapping())}


def local_states(
    model: BandedChain,
    times: ArrayLike,
    *,
    initial: Thermal | InBands | None = None,
    method: table.Chosen | str = "auto",
    progress: Progress | None = None,
) -> LocalStates:
    """Temperature, distance from equilibrium and entropy of every subunit of a banded chain, in time.

    Parameters
    ----------
    model : BandedChain
        What is simulated.
    times : array_like, shape (T,)
        Instants, not negative, strictly increasing, in 1/ΔE.
    initial : Thermal or InBands, optional
        A pure start, or `samples` of them; by default as for `evolve`.
    method : Exact, Chebyshev, Krylov or "auto"
        As for `evolve`.
    progress : callable, optional
        Called with (done, total).

    Returns
    -------
    LocalStates
        Certified by the evolution, the traces, and by no Gibbs state having less entropy than the state it is compared with.

    Raises
    ------
    InvalidInput
        For arguments outside their domain, or states that do not fit in memory.
    Unsupported
        For a mixed start.

    Notes
    -----
    Memory: 32 bytes for every time, sample and product level, (Σ n_i)^N of them, beside what `evolve` needs. Cost: its
    evolution, and (Σ n_i)^(N+1) for every time, sample and subunit.
    """
    _checks.instance("model", model, BandedChain)
    t = _checks.times(times)
    start = started(model, initial)
    asked = _checks.method(method, table.FILES)
    if start.draw == "mixed":
        raise Unsupported(
            "`initial` must be pure for states of the subunits, but it is mixed (got draw='mixed'); take draw='haar' with samples="
        )
    samples = start.samples or 1
    need = 32.0 * t.size * samples * model.dimension
    _checks.memory(
        "times", f"{t.size} x {samples} states of {model.dimension} levels", need, "take fewer times or samples"
    )
    clock = time.perf_counter()
    whole = _Whole(model, start, t, asked, progress)
    levels = subunit_levels(model)
    shape = (samples, t.size, model.subunits)
    found: dict[str, Real] = {name: np.empty(shape) for name in NUMBERS}
    worst_trace, worst_gap = 0.0, 0.0
    widths = _energy_widths(model, start, levels)
    for k, at, mu in np.ndindex(*shape):
        rho = whole.reduced(k, at, mu)
        one = _told(model, levels, rho, float(widths[mu]))
        worst_trace = max(worst_trace, abs(float(np.trace(rho).real) - 1))
        worst_gap = max(worst_gap, one["entropies"] - one["gibbs_entropies"])
        for name, value in one.items():
            found[name][k, at, mu] = value
    lead: Any = 0 if start.samples is None else slice(None)
    statistics = {
        "product levels": model.dimension,
        "products": whole.products,
        "wall time in s": time.perf_counter() - clock,
    }
    checks = (
        *whole.checks,
        Check("trace", worst_trace, EXACT, "reduced states are normalised"),
        Check("entropy beyond Gibbs", worst_gap, 1e-9, "at its energy no state has more entropy than the Gibbs state"),
    )
    return LocalStates(
        model=model,
        method=MethodReport(whole.name, whole.reason, statistics),
        certificate=Certificate(checks),
        initial=start,
        times=frozen(t.copy()),
        **{name: frozen(array[lead]) for name, array in found.items()},
    ).certified()


NUMBERS = (
    "energies",
    "temperatures",
    "temperature_widths",
    "band_temperatures",
    "distances",
    "band_distances",
    "entropies",
    "gibbs_entropies",
)


def subunit_levels(model: BandedChain) -> Real:
    """All levels of a subunit, band by band, shape (Σ n_i,)."""
    return np.concatenate([E + model.band_levels(i) for i, E in enumerate(model.band_energies.tolist())])


class _Whole:
    """Pure states of the whole chain at all times, as tensors of the subunits' levels."""

    def __init__(
        self, model: BandedChain, start: Thermal | InBands, times: Real, method: Any, progress: Progress | None
    ) -> None:
        self.model, self.width = model, sum(model.levels)
        self.states: Complex = np.zeros(
            (start.samples or 1, times.size, *(self.width,) * model.subunits), dtype=complex
        )
        ends = np.cumsum([0, *model.levels]).tolist()
        self.bands = [slice(a, b) for a, b in pairwise(ends)]
        self.products, self._notes, self._rounding = 0, dict[str, float](), 0.0
        self._tol = Chebyshev().tol if method == "auto" else getattr(method, "tol", 0.0)
        used = Counter[str]()
        shells = model.total_shells
        for number, shell in enumerate(shells):
            if np.any(start.weights(model, shell.configurations)):
                used[self._evolve(shell, start, times, method)] += 1
            if progress is not None:
                progress(number + 1, len(shells))
        used.pop("", None)
        self.name, self.reason = reported(used, method)
        norms = np.linalg.norm(self.states.reshape(*self.states.shape[:2], -1), axis=2)
        self.checks = (
            Check(
                "norm drift", float(np.abs(norms**2 - 1).max()), max(EXACT, 2 * self._tol), "the evolution is unitary"
            ),
            *proofs(self._notes, self._tol, float(times[-1])),
            Check("rounding", self._rounding, ROUNDING, "double precision keeps the phases"),
        )

    def _evolve(self, shell: Shell, start: Thermal | InBands, times: Real, method: Any) -> str:
        """One shell; the method that it took, "" where nothing moves."""
        psi = start.amplitudes(self.model, shell.configurations)
        if not shell.transfers.bond.size:
            energies = np.concatenate([self._sums(bands) for bands in shell.configurations.tolist()])
            self._put(shell, slice(None), slice(None), np.exp(-1j * np.outer(times, energies))[..., None] * psi)
            return ""
        chosen = choose_shell_method(self.model, shell, start) if method == "auto" else method
        operator, meter = hamiltonian(self.model, shell), Meter()
        check_span(operator, times)
        for block in table.propagate(operator, psi, times, chosen, meter):
            turned = np.exp(-1j * shell.energy * times[block.times])[:, None, None] * block.states
            self._put(shell, block.columns, block.times, turned)
        self.products += meter.products
        self._notes = worst(self._notes, meter.notes)
        self._rounding = max(self._rounding, rounding(operator, times))
        return repr(chosen)

    def _sums(self, bands: list[int]) -> Real:
        """Energies of the product levels of a configuration."""
        E, found = self.model.band_energies, np.zeros(1)
        for band in bands:
            found = np.add.outer(found, E[band] + self.model.band_levels(band)).ravel()
        return found

    def _put(self, shell: Shell, columns: slice, times: slice, states: Complex) -> None:
        """States of a shell, shape (times, D, columns), to where their levels stand."""
        at = 0
        for bands in shell.configurations.tolist():
            shape = tuple(self.model.levels[band] for band in bands)
            size = int(np.prod(shape))
            part = states[:, at : at + size].transpose(2, 0, 1)
            self.states[(columns, times, *(self.bands[band] for band in bands))] = part.reshape(*part.shape[:2], *shape)
            at += size

    def reduced(self, sample: int, at: int, subunit: int) -> Complex:
        """ρ_µ, shape (Σ n_i, Σ n_i)."""
        M = np.moveaxis(self.states[sample, at], subunit, 0).reshape(self.width, -1)
        rho: Complex = M @ M.conj().T
        return rho


def _told(model: BandedChain, levels: Real, rho: Complex, width: float) -> dict[str, float]:
    """What a reduced state says."""
    p = rho.diagonal().real
    U = float(p @ levels)
    beta = inverse_temperature(levels, U)
    g = gibbs(levels, beta)
    spectrum = np.linalg.eigvalsh(rho)
    counts = np.asarray(model.levels)
    first = np.cumsum([0, *counts[:-1]])
    bands, thermal = np.add.reduceat(p, first), np.add.reduceat(g, first)
    variance = float(g @ levels**2 - (g @ levels) ** 2)
    heat = beta**2 * variance  # dU/dT
    return {
        "energies": U,
        "temperatures": _inverse(beta),
        "temperature_widths": width / heat if heat > 0 else np.inf,
        "band_temperatures": _inverse(_slope(model.band_energies, counts, bands)),
        "distances": float(np.abs(np.linalg.eigvalsh(rho - np.diag(g))).sum() / 2),
        "band_distances": float(np.abs(bands - thermal).sum() / 2),
        "entropies": _entropy(spectrum),
        "gibbs_entropies": _entropy(g),
    }


def _entropy(p: Any) -> float:
    positive = np.maximum(p, 0.0)  # eigenvalues are negative within rounding
    return float(-scipy.special.xlogy(positive, positive).sum())


def _inverse(beta: float) -> float:
    return float(np.inf) if beta == 0 else 1 / beta


def gibbs(levels: Real, beta: float) -> Real:
    """Occupations e^{-βε}/Z of levels; at an infinite β those of the lowest, or of the highest."""
    if np.isinf(beta):
        end = np.abs(levels - (levels.min() if beta > 0 else levels.max())) <= 10 * AT_THE_END * float(np.ptp(levels))
        lowest: Real = end / end.sum()
        return lowest
    weight = np.exp(-beta * (levels - (levels.min() if beta >= 0 else levels.max())))
    p: Real = weight / weight.sum()
    return p


def inverse_temperature(levels: Real, energy: float) -> float:
    """β at which the mean of the levels is an energy: positive below the mean of all levels, negative above, infinite at an end."""
    low, high = float(levels.min()), float(levels.max())
    near = AT_THE_END * (high - low)
    if energy <= low + near:
        return np.inf
    if energy >= high - near:
        return -np.inf

    def off(beta: float) -> float:
        return float(gibbs(levels, beta) @ levels) - energy

    mean = off(0.0)
    if mean == 0:
        return 0.0
    sign, end = (1.0, 1 / (high - low)) if mean > 0 else (-1.0, 1 / (high - low))
    while sign * off(sign * end) > 0:
        end *= 2
    return float(scipy.optimize.brentq(off, 0.0, sign * end, xtol=1e-15 * end, rtol=1e-14))


def _slope(energies: Real, counts: Real, populations: Real) -> float:
    """β of ln(p_i/n_i) = const - β E_i, by least squares weighted with p_i."""
    there = populations > EXACT
    if there.sum() < 2:
        return np.nan
    p, E = populations[there], energies[there]
    y = np.log(p / counts[there])
    mean = p @ E / p.sum()
    return float(-(p @ ((E - mean) * y)) / (p @ (E - mean) ** 2))


def _energy_widths(model: BandedChain, start: Thermal | InBands, levels: Real) -> Real:
    """Standard deviation of U_µ over pure states with the start's weights of the shells, shape (N,)."""
    ends = np.cumsum([0, *model.levels])
    means = np.array([levels[a:b].mean() for a, b in pairwise(ends)])
    squares = np.array([(levels[a:b] ** 2).mean() for a, b in pairwise(ends)])
    total: Real = np.zeros(model.subunits)
    for shell in model.total_shells:
        weight = float(start.weights(model, shell.configurations).sum())
        sizes = model.sizes(shell.configurations)
        share = sizes / sizes.sum()
        mean = share @ means[shell.configurations]
        total += weight**2 * (share @ squares[shell.configurations] - mean**2) / (sizes.sum() + 1)
    widths: Real = np.sqrt(np.maximum(total, 0.0))
    return widths
