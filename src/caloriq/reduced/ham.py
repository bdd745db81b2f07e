"""The verb: the Hilbert space average method on a modular chain.

Sources: PRL 95, 180602 (2005), doi:10.1103/PhysRevLett.95.180602; PRE 73, 016101 (2006), doi:10.1103/PhysRevE.73.016101.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from caloriq import _checks
from caloriq._checks import Real
from caloriq.errors import InvalidInput
from caloriq.models.modular import ModularChain
from caloriq.reduced import thermal
from caloriq.reduced.averages import distribution, population_width
from caloriq.reduced.diffusion import solve_path
from caloriq.reduced.kernel import Kernel, correlation_time, heisenberg_time, short_time_kernel
from caloriq.results import Certificate, Check, MethodReport, Solution, frozen

# c2 << 1 made a number: γ τ_c = 4π² c2, so at 0.01 the populations decay over two and a half correlation times.
WEAK = 0.01


@dataclass(frozen=True, slots=True)
class Criterion:
    """One condition of validity (PRL 14, PRE 29).

    Attributes
    ----------
    name : str
        "c1" or "c2".
    formula, meaning : str
        What it is, and what it asks.
    value : float
        Value at this model.
    bound : float
        What it is compared with.
    margin : float
        Factor by which it is met; below 1 it fails.
    """

    name: str
    formula: str
    meaning: str
    value: float
    bound: float
    margin: float

    @property
    def holds(self) -> bool:
        """Whether the condition is met (to rounding: c1 = 1 is the papers' own choice)."""
        return self.margin >= 1 - 1e-9

    def __str__(self) -> str:
        return f"{self.name} = {self.formula} = {self.value:.4g}: {'holds' if self.holds else 'FAILS'} ({self.meaning}; margin {self.margin:.3g})"


@dataclass(frozen=True)
class Relaxation(Solution):
    """Solution of the rate equation.

    Attributes
    ----------
    times : array, shape (T,)
        Instants, in 1/ΔE.
    populations : array, shape (T, N)
        P_µ(t) (PRL 11-13, PRE 30-32).
    currents : array, shape (T, N-1)
        Fourier currents J_µ = -γ (P_µ+1 - P_µ), in ΔE; times ΔE the energy current.
    widths : array, shape (T, N)
        Bound on the typicality width of P_µ(t) over the starts within one subunit, with the rate equation's P as the
        mean: how far a single pure start may stray, as far as the rate equation is right.
    local_energies : array, shape (T, N)
        Hilbert space average of H_loc(µ) at these populations, P_µ (ΔE + mean of ε), in ΔE's unit.
    local_energy_widths : array, shape (T, N)
        Its typicality width over all states of these populations, P_µ √(Var ε/(n+1)).
    current_widths : array, shape (T, N-1)
        Typicality width of the instantaneous current over all states of these populations, √(2 P_µ P_µ+1 ⟨|v|²⟩) λ;
        its Hilbert space average is zero, the Fourier current is the mean over times beyond τ_c.
    """

    times: Real
    populations: Real
    currents: Real
    widths: Real
    local_energies: Real
    local_energy_widths: Real
    current_widths: Real


@dataclass(frozen=True)
class Theory:
    """What the Hilbert space average method says of a modular chain.

    Attributes
    ----------
    model : ModularChain
        The chain.
    rate : float
        γ = 2πλ²n/δε (PRL 10, PRE 27), in ΔE.
    criteria : tuple of Criterion
        c1 = 2λn/δε ≥ 1 and c2 = λ²n/δε² ≪ 1 (PRL 14, PRE 29).
    """

    model: ModularChain
    rate: float
    criteria: tuple[Criterion, Criterion]

    @property
    def holds(self) -> bool:
        """Whether both criteria are met."""
        return all(c.holds for c in self.criteria)

    @property
    def correlation_time(self) -> float:
        """τ_c = 2π/δε: the kernel is linear after it; γτ_c = 4π² c2. In 1/ΔE."""
        return correlation_time(self.model)

    @property
    def heisenberg_time(self) -> float:
        """τ_H = 2πn/δε: the kernel is linear before it; γτ_H = π² c1². In 1/ΔE."""
        return heisenberg_time(self.model)

    @cached_property
    def kernel(self) -> Kernel:
        """Short-time kernel of the model's actual matrices, with the rate it shows; see `short_time_kernel`."""
        return short_time_kernel(self.model)

    @property
    def relaxation_time(self) -> float:
        """1/γ, in 1/ΔE."""
        return 1 / self.rate

    def solve(self, times: ArrayLike, *, initial: ArrayLike | int = 0) -> Relaxation:
        """Rate equation dP/dt = -γ L P in closed form (PRL 11-13, PRE 30-32); N log N operations per time.

        Parameters
        ----------
        times : array_like, shape (T,)
            Instants, not negative, strictly increasing, in 1/ΔE.
        initial : int or array_like, shape (N,)
            Index of the excited subunit, or all populations.

        Returns
        -------
        Relaxation
            Populations, Fourier currents and widths, certified by conservation and positivity.
        """
        t = _checks.times(times)
        N = self.model.subunits
        _checks.memory("times", t.size, 80.0 * t.size * N, "take fewer times or subunits")
        start = np.zeros(N)
        if isinstance(initial, int | np.integer) and not isinstance(initial, bool):
            start[_checks.index("initial", int(initial), N)] = 1.0
        else:
            start = distribution("initial", initial)
            if start.size != N:
                raise InvalidInput(
                    f"`initial` must hold one population per subunit ({N}), but it does not (got {start.size})"
                )
        P = solve_path(start, self.rate, t)
        levels, neighbours = self.model.band_levels, np.clip(P[:, :-1] * P[:, 1:], 0, None)
        certificate = Certificate(
            (
                Check(
                    "probability drift",
                    float(np.abs(P.sum(axis=1) - 1).max()),
                    1e-11,
                    "the rate equation conserves the excitation",
                ),
                Check(
                    "negative population",
                    float(max(0.0, -P.min())),
                    1e-12,
                    "rates keep populations positive, but for rounding",
                ),
            )
        )
        return Relaxation(
            model=self.model,
            method=MethodReport("closed form", "eigenbasis of the path Laplacian: a cosine transform", {}),
            certificate=certificate,
            times=frozen(t.copy()),
            populations=frozen(P),
            currents=frozen(-self.rate * np.diff(P, axis=1)),
            widths=frozen(population_width(P, self.model.levels)),
            local_energies=frozen(P * (self.model.gap + levels.mean())),
            local_energy_widths=frozen(np.abs(P) * np.sqrt(levels.var() / (levels.size + 1))),
            current_widths=frozen(self.model.coupling * np.sqrt(2 * _mean_square(self.model) * neighbours)),
        ).certified()

    def heat_capacity(self, temperature: ArrayLike) -> Real:
        """Heat capacity c(T) of one subunit (PRE 49-50), in k_B; T in ΔE's unit, any shape."""
        return thermal.heat_capacity(self.model.levels, self.model.gap, temperature)

    def conductivity(self, temperature: ArrayLike) -> Real:
        """Conductivity κ_th = γ c (PRL 16, PRE 48, 51), in k_B ΔE; T in ΔE's unit, any shape."""
        kappa: Real = self.rate * self.heat_capacity(temperature)
        return kappa

    @property
    def peak(self) -> tuple[float, float]:
        """(T, κ_th) of the largest conductivity."""
        T = thermal.peak_temperature(self.model.levels, self.model.gap)
        return T, float(self.conductivity(T))


def ham(model: ModularChain) -> Theory:
    """Hilbert space average method: rate, criteria, rate equation and conductivity of a modular chain.

    Parameters
    ----------
    model : ModularChain
        The chain; its matrices are needed only when `Theory.kernel` is asked for.

    Returns
    -------
    Theory
        See its attributes.

    Notes
    -----
    γ assumes ⟨|v_ij|²⟩ = 1. For matrices handed in, the mean of their |v_ij|² multiplies the rate and, as λ² does,
    the criteria; a chain whose bonds differ is better judged by `Theory.kernel.bond_rates`.
    """
    _checks.instance("model", model, ModularChain)
    n, width = model.levels, model.bandwidth
    strength = model.coupling * math.sqrt(_mean_square(model))
    if strength == 0:
        raise InvalidInput("`matrices` must couple the subunits, but every element is zero (got all zeros)")
    relative = strength / width
    c1, c2 = 2 * relative * n, relative * relative * n
    rate = 2 * math.pi * relative * strength * n
    if not (0 < rate < math.inf and 0 < c2 < math.inf):
        raise InvalidInput(
            f"`coupling` must give a rate within double precision, but γ is {rate:g} (got {model.coupling:g})"
        )
    return Theory(
        model,
        rate,
        (
            Criterion("c1", "2λn/δε", "at least 1: the decay ends before the band rephases", c1, 1.0, c1),
            Criterion(
                "c2",
                "λ²n/δε²",
                f"far below 1, here at most {WEAK:g}: the decay is slow on the correlation time",
                c2,
                WEAK,
                WEAK / c2,
            ),
        ),
    )


def _mean_square(model: ModularChain) -> float:
    """Mean |v_ij|²: 1 by construction for random matrices, measured for given ones."""
    return 1.0 if model.matrices is None else float(np.mean(np.abs(model.matrices) ** 2))
