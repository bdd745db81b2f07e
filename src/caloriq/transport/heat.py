r"""Heat conductivity of a pair of subunits from its exact Schrödinger dynamics, beside theory.

For starts that are mixed inside the pair states (i, j), as thermal ones are, the exact populations obey
:math:`P(t) = T(t)P(0)` in every shell. The generator that carries them from t₁ to t₂, :math:`\bar K = \ln[T(t_2)T(t_1)^{-1}]/(t_2 - t_1)`,
gives the heat current :math:`J = -\sum\mathcal E\,\bar K P`, and with the thermal start of PRE 40, 41 the conductivity. Nothing of
the Hilbert space average method enters.

Source: PRE 73, 016101 (2006), eqs. 38-47, doi:10.1103/PhysRevE.73.016101.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray

from caloriq import _checks
from caloriq._checks import Real
from caloriq.closed.blocks import Meter, worst
from caloriq.closed.certify import ROUNDING, proofs, rounding
from caloriq.closed.methods import Chebyshev
from caloriq.closed.shells import hamiltonian
from caloriq.closed.transfer import exact_transfer, sampled_transfer
from caloriq.errors import InvalidInput, NotEnoughData
from caloriq.models.banded import BandedChain
from caloriq.reduced.average.ham import ham
from caloriq.reduced.average.resolved import resolved_transfer
from caloriq.reduced.average.theory import Theory
from caloriq.results import Certificate, Check, MethodReport, Progress, Solution, frozen
from caloriq.spaces.shells import Shell
from caloriq.variables import GAP, Variable

WINDOWS = 6  # parts of the plateau, whose spread is the error
BEGIN = 2.0  # correlation times from which rates are read
LEAST = 3.0  # correlation times that the plateau must last
VANISHING = 1e-290  # of κ or J: below it nothing can be told from rounding
ROUNDED = 8 * float(np.finfo(float).eps)  # of the terms of a current: weights, generators and their sum
SETTLED = 0.02  # smallest eigenvalue of T at the end: below, the populations have met and nothing is left to read
COLDEST, HOTTEST = 1e-2, 1e60  # in gaps: κ_th is about e^(-100) and 1e-180 there, times what the coupling gives


KELVIN = ("temperature",)


@dataclass(frozen=True)
class HeatResponse(Solution):
    """Exact heat conductivity of a pair and what theory says.

    Attributes
    ----------
    temperatures : array, shape (T,)
        Mean temperatures.
    conductivity : array, shape (T,)
        κ_th from the exact dynamics, in k_B ΔE.
    error : array, shape (T,)
        Spread over parts of the window, and the standard error over samples, in quadrature.
    theory : array, shape (T,)
        Linear response of the golden-rule equation.
    early, early_error : arrays, shape (T,)
        κ_th from the first sixth of the window, before the populations have moved much, to hold against linear response;
        its error is the scatter of the parts about `resolved`, and that over samples.
    resolved : array, shape (T,)
        The golden rule with own rates at every energy inside a shell, read over the same window as the exact dynamics;
        see `resolved_transfer`.
    next_order : float
        Relative size of the next order that theory leaves out: the fastest rate times the correlation time.
    printed : array, shape (T,)
        PRE 47 with κ = k √(n n').
    window : tuple of float
        Times between which rates are read.
    shells : tuple of Shell
        The shells that carry heat.
    generators : tuple of arrays, each of shape (S, windows + 1, C, C)
        Mean generators of every shell and sample: over the whole window first, then over its parts.
    """

    temperatures: Real
    conductivity: Real
    error: Real
    theory: Real
    early: Real
    early_error: Real
    resolved: Real
    next_order: float
    printed: Real
    window: tuple[float, float]
    shells: tuple[Shell, ...]
    generators: tuple[Real, ...]

    variables = (
        Variable("conductivity", KELVIN, units=GAP, long_name="κ_th, exact dynamics over the window", carries="heat"),
        Variable("error", KELVIN, units=GAP, long_name="error of conductivity"),
        Variable("early", KELVIN, units=GAP, long_name="κ_th, exact dynamics, early", carries="heat"),
        Variable("early_error", KELVIN, units=GAP, long_name="error of early"),
        Variable("theory", KELVIN, units=GAP, long_name="κ_th, linear response of the golden rule", carries="heat"),
        Variable("theory_error", KELVIN, units=GAP, long_name="next order, left out by theory"),
        Variable(
            "resolved", KELVIN, units=GAP, long_name="κ_th over the window, golden rule at every energy", carries="heat"
        ),
        Variable("printed", KELVIN, units=GAP, long_name="κ_th as printed (PRE 47)", carries="heat"),
    )
    coordinates = (Variable("temperature", KELVIN, units=GAP, source="temperatures"),)
    headlines = ("early", "early_error", "theory", "theory_error", "conductivity", "error")

    def facts(self) -> dict[str, Any]:
        """The window, and the size of the next order."""
        return {"window": list(self.window), "next_order": self.next_order}

    @property
    def theory_error(self) -> Real:
        """Error of linear response and of the resolved rates: the next order, shape (T,)."""
        return np.asarray(self.next_order * self.theory)

    @property
    def agrees(self) -> NDArray[np.bool_]:
        """Whether exact dynamics and the rates of every energy agree over the window within their errors, shape (T,)."""
        return np.abs(self.conductivity - self.resolved) <= self.error + self.theory_error

    @property
    def agrees_early(self) -> NDArray[np.bool_]:
        """Whether exact dynamics at early times and linear response agree within their errors, shape (T,)."""
        return np.abs(self.early - self.theory) <= self.early_error + self.theory_error

    def current(self, temperature: float, difference: ArrayLike) -> tuple[Real, Real]:
        """Exact heat current J from the first to the second subunit at T ± ΔT/2, not expanded in ΔT, and its error.

        Parameters
        ----------
        temperature : float
            T.
        difference : array_like
            ΔT, at most 2T in absolute value; any shape.

        Returns
        -------
        current, error : arrays
            In ΔE²; of the shape of `difference`. The error holds the spread of `conductivity` and, for tiny differences, what
            rounding leaves of the sum over pair states.
        """
        T = _checks.positive("temperature", temperature)
        gaps = _checks.numbers("difference", difference)
        if np.any(np.abs(gaps) >= 2 * T):
            raise InvalidInput(
                f"`difference` must leave both temperatures above 0, but it does not (got {float(np.abs(gaps).max()):g} at temperature {T:g})"
            )
        flat = gaps.reshape(-1)
        starts = [self._thermal(T + flat / 2, T - flat / 2, shell) for shell in self.shells]
        value, error = _read(_flows(self.model, self.shells, self.generators, starts), 0)
        error = error + ROUNDED * _terms(self.model, self.shells, self.generators, starts)
        return value.reshape(gaps.shape), error.reshape(gaps.shape)

    def first_nonlinearity(self, temperature: float) -> float:
        """Smallest ΔT/T at which |J/(κΔT) - 1| exceeds the relative error of κ; 2 if it never does."""
        T = _checks.positive("temperature", temperature)
        x = np.linspace(0.005, 1.995, 399)
        current, error = self.current(T, x * T)
        if not abs(current[0]) > VANISHING:
            raise InvalidInput(
                f"`temperature` must leave a current within double precision, but it vanishes (got {T:g}); raise it"
            )
        slope = current[0] / (x[0] * T)
        visible = np.abs(current / (slope * x * T) - 1) > error[0] / abs(current[0])
        return float(x[np.argmax(visible)]) if np.any(visible) else 2.0

    def _thermal(self, hot: Real, cold: Real, shell: Shell) -> Real:
        """P_ij of PRE 38, shape (C, ...)."""
        first, second = shell.configurations.T
        found: Real = self.model.occupations(hot)[:, first] * self.model.occupations(cold)[:, second]
        return found.T


def check_told(model: BandedChain, temperatures: Iterable[float]) -> None:
    """Refuse temperatures at which κ_th cannot be told from 0."""
    for T in temperatures:
        if not COLDEST * model.gap <= T <= HOTTEST * model.gap:
            raise InvalidInput(
                f"`temperatures` must lie between {COLDEST:g} and {HOTTEST:g} gaps, where κ_th can be told from 0, but one does not (got {T:g})"
            )


def check_pair(model: BandedChain) -> None:
    """Refuse a chain of more than two subunits, which has no one heat current."""
    if model.subunits != 2:
        raise InvalidInput(
            f"`model` must be a pair for its heat current, but it has more subunits (got {model.subunits})"
        )


def heat_response(
    model: BandedChain,
    temperatures: ArrayLike,
    *,
    samples: int | None = None,
    seed: int = 0,
    tol: float = 1e-10,
    progress: Progress | None = None,
) -> HeatResponse:
    """Conductivity κ_th(T) of a pair from the exact dynamics of thermal starts, beside theory.

    Parameters
    ----------
    model : BandedChain
        Of two subunits.
    temperatures : array_like, shape (T,)
        T > 0.
    samples : int, optional
        Haar-random states of every pair state, from which traces are estimated; None: exact traces by
        eigendecomposition of every shell.
    seed : int
        Of the samples.
    tol : float
        Bound on the error of every state where it is sampled.
    progress : callable, optional
        Called with (done, total).

    Returns
    -------
    HeatResponse
        κ with its error, and the current at any temperature difference.

    Raises
    ------
    InvalidInput
        For a chain of more than two subunits, or shells too large for the memory.
    NotEnoughData
        If there is no window between the correlation time and the decay: c2 is too large.
    NotConverged
        If a check of the certificate fails.

    Notes
    -----
    Cost: 40 d³ real operations for a shell of d states, or a Chebyshev series for every sample and pair state.
    """
    _checks.instance("model", model, BandedChain)
    check_pair(model)
    T = np.atleast_1d(_checks.temperatures(temperatures, "temperatures"))
    if T.ndim != 1 or not T.size:
        raise InvalidInput(f"`temperatures` must be a list of at least one, but they are not (got shape {T.shape})")
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0:
        raise InvalidInput(f"`seed` must be a whole number from 0, but it is not (got {_checks.shown(seed)})")
    if samples is not None and (isinstance(samples, bool) or not isinstance(samples, int | np.integer) or samples < 2):
        raise InvalidInput(
            f"`samples` must be at least 2 for an error, but they are not (got {_checks.shown(samples)})"
        )
    _checks.tolerance("tol", tol)
    clock = time.perf_counter()
    theory = ham(model)
    window = reading_window(theory)
    edges = np.linspace(*window, WINDOWS + 1)
    shells = tuple(shell for shell in model.total_shells if shell.transfers.bond.size)
    expected = theory.conductivity(T)
    if not np.all(expected > VANISHING):
        raise InvalidInput(
            f"`temperatures` must leave a conductivity within double precision, but at one it vanishes (got {float(T[int(np.argmin(expected))]):g})"
        )
    generators, notes, loose, drift, error = [], dict[str, float](), 0.0, 0.0, 0.0
    cost = np.cumsum([0.0, *(float(model.sizes(s.configurations).sum()) ** 3 for s in shells)])
    products = 0
    for k, shell in enumerate(shells):
        meter = Meter()
        operator = hamiltonian(model, shell)
        if samples is None:
            transfer = exact_transfer(operator, edges, meter)
        else:
            transfer = sampled_transfer(operator, edges, samples, seed, k, Chebyshev(tol=tol), meter)
        sizes = model.sizes(shell.configurations)
        drift = max(drift, float(np.abs(transfer.sum(axis=2) - 1).max()))
        drift = max(drift, float(np.abs(transfer @ sizes / sizes - 1).max()))
        error = max(error, rounding(operator, edges))
        notes = worst(notes, meter.notes)
        loose = max(loose, float(1 - np.linalg.eigvals(transfer[:, -1].mean(axis=0)).real.min()))
        generators.append(_generators(transfer, edges))
        products += meter.products
        if progress is not None:
            progress(float(cost[k + 1]), float(cost[-1]))
    checks = (
        Check("norm drift", drift, max(1e-10, 2 * tol), "columns of T sum to one, and equilibrium stays"),
        *proofs(notes, tol, window[1]),
        Check("rounding", error, ROUNDING, "double precision keeps the phases"),
        Check("decay", loose, 1 - SETTLED, "the populations have not met at the end of the window"),
    )
    name = "exact traces" if samples is None else f"{samples} Haar samples, {Chebyshev(tol=tol)!r}"
    statistics = {"products": products, "wall time in s": time.perf_counter() - clock}
    starts = [_derivative(theory, shell, T) for shell in shells]
    exact = _flows(model, shells, tuple(generators), starts)
    inside = tuple(_generators(resolved_transfer(theory, shell, edges)[None], edges) for shell in shells)
    resolved = _flows(model, shells, inside, starts)[0]
    kappa, spread = _read(exact, 0)
    early, early_error = _read(exact, 1, resolved[1:])
    return HeatResponse(
        model=model,
        method=MethodReport(name, f"{'no ' * (samples is None)}samples are asked for", statistics),
        certificate=Certificate(checks),
        temperatures=frozen(T.copy()),
        conductivity=frozen(kappa),
        error=frozen(spread),
        theory=frozen(expected),
        early=frozen(early),
        early_error=frozen(early_error),
        resolved=frozen(resolved[0].copy()),
        next_order=theory.fastest_rate * theory.correlation_time,
        printed=frozen(theory.conductivity(T, formula="printed")),
        window=window,
        shells=shells,
        generators=tuple(frozen(K) for K in generators),
    ).certified()


def reading_window(theory: Theory) -> tuple[float, float]:
    """From twice the correlation time to the decay time, or half the time at which levels are resolved or in phase."""
    begin = BEGIN * theory.correlation_time
    end = begin + min(1 / theory.fastest_rate, theory.heisenberg_time / 2, theory.rephasing_time / 2)
    if end - begin < LEAST * theory.correlation_time:
        raise NotEnoughData(
            f"`model` must decay slowly on its correlation time for rates to be read, but the window lasts {(end - begin) / theory.correlation_time:.2g} of them (got c2 = {theory.criteria[1].value:.3g}, c1 = {theory.criteria[0].value:.3g}); take a weaker coupling and more levels",
            estimate=theory,
        )
    return begin, end


def _generators(transfer: Real, edges: Real) -> Real:
    """Mean generators over the whole and all parts, shape (S, windows + 1, C, C); of leave-one-out means for samples."""
    S = len(transfer)
    means = transfer if S == 1 else (transfer.sum(axis=0) - transfer) / (S - 1)
    spans = [(0, len(edges) - 1), *pairwise(range(len(edges)))]
    return np.array(
        [
            [np.real(scipy.linalg.logm(T[b] @ np.linalg.inv(T[a]))) / (edges[b] - edges[a]) for a, b in spans]
            for T in means
        ]
    )


def _derivative(theory: Theory, shell: Shell, T: Real) -> Real:
    """dP/dΔT of the thermal start at ΔT = 0 (PRE 41), shape (C, T)."""
    model = theory.model
    E = model.band_energies[shell.configurations]
    n = model.sizes(shell.configurations).astype(float)
    low = 2 * model.band_energies[0]
    weight = n[:, None] * np.exp(-(E.sum(axis=1)[:, None] - low) / T) / theory.partition_function(T) ** 2
    return np.asarray(weight * ((E[:, 0] - E[:, 1]) / 2)[:, None] / T**2)


def _read(flows: Real, part: int, trend: Real | float = 0.0) -> tuple[Real, Real]:
    """Flows of one part (0: the whole window), and their error: scatter of the parts about a trend, and over samples."""
    S = len(flows)
    value = flows[:, part].mean(axis=0)
    parts = (flows[:, 1:].mean(axis=0) - trend).std(axis=0, ddof=1)
    jackknife = np.sqrt((S - 1) / S * ((flows[:, part] - value) ** 2).sum(axis=0))
    return value, np.hypot(parts, jackknife)


def _terms(model: BandedChain, shells: tuple[Shell, ...], generators: tuple[Real, ...], starts: list[Real]) -> Real:
    """Σ|𝓔 K P| over the whole window, the largest of all samples, shape (starts,): the scale of rounding in a current."""
    total: Real = np.zeros(())
    for shell, K, P in zip(shells, generators, starts, strict=True):
        E = model.band_energies[shell.configurations]
        total = total + np.einsum("c,scd,dt->st", np.abs(E[:, 0] - E[:, 1]) / 2, np.abs(K[:, 0]), P)
    return total.max(axis=0)  # type: ignore[no-any-return]


def _flows(model: BandedChain, shells: tuple[Shell, ...], generators: tuple[Real, ...], starts: list[Real]) -> Real:
    """-Σ 𝓔 K P of every sample, window and start, shape (S, windows + 1, starts)."""
    total: Real = np.zeros(())
    for shell, K, P in zip(shells, generators, starts, strict=True):
        E = model.band_energies[shell.configurations]
        total = total - np.einsum("c,swcd,dt->swt", (E[:, 0] - E[:, 1]) / 2, K, P)
    return total
