r"""Conductivity over temperature with screened couplings between wells, :math:`\kappa(T) = w(T)\,a^2 C_V(T)` (WS 12, 18).

For αf(T) → ∞ the coupling is a contact, :math:`V_T \to \tfrac{2}{\alpha f(T)} V(0)\,\delta(r)`, so that w falls as f⁻² where
V(0) ≠ 0; with V ∝ r^k at contact as f^(-2-2k).

Source: L.-A. Wu, D. Segal (2008), arXiv:0711.4599.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from caloriq import _checks
from caloriq._checks import Real
from caloriq.errors import InvalidInput
from caloriq.models.screening import Screening
from caloriq.models.wells import InfiniteWell, Well
from caloriq.reduced.average.thermal import spectrum_heat_capacity
from caloriq.reduced.rates.overlaps import overlaps
from caloriq.results import Certificate, Check, MethodReport, Progress, Solution, frozen
from caloriq.variables import ENERGY, Variable

POWERS = {"constant": 0, "linear": 1, "quadratic": 2}
KNOWN = 1e-6  # relative error of a rate that the certificate lets pass
Coupling = Literal["constant", "linear", "quadratic"] | Callable[[Real], Any]


@dataclass(frozen=True)
class ScreenedConductivity(Solution):
    """w(T) and κ(T) = w a² C_V.

    Attributes
    ----------
    temperatures : array, shape (T,)
        T.
    screening : array, shape (T,)
        f(T).
    rates, rate_bounds : array, shape (T,)
        w = 2πλ²Γ(0)|V_{12,21}|² of the two lowest levels, and a bound on its error.
    heat_capacity : array, shape (T,)
        C_V of a unit.
    conductivity, conductivity_bounds : array, shape (T,)
        κ, and a bound on its error.
    contact : array, shape (T,)
        w of the contact (2/αf) V(0) δ(r), which the rate tends to for αf → ∞; zero where V(0) is, infinite where f is zero.
    """

    temperatures: Real
    screening: Real
    rates: Real
    rate_bounds: Real
    heat_capacity: Real
    conductivity: Real
    conductivity_bounds: Real
    contact: Real

    variables = (
        Variable("conductivity", ("temperature",), units=ENERGY, long_name="κ = w a² C_V"),
        Variable("conductivity_bounds", ("temperature",), units=ENERGY, long_name="bound on the error of κ"),
        Variable("rates", ("temperature",), units=ENERGY, long_name="w(T)"),
        Variable("rate_bounds", ("temperature",), units=ENERGY, long_name="bound on the error of w"),
        Variable("contact", ("temperature",), units=ENERGY, long_name="w of the contact that V becomes"),
        Variable("heat_capacity", ("temperature",), units="k_B", long_name="C_V of a unit"),
        Variable("screening", ("temperature",), long_name="f(T)"),
    )
    coordinates = (Variable("temperature", ("temperature",), units=ENERGY, source="temperatures"),)

    @property
    def exponents(self) -> Real:
        """D ln w/d ln f between neighbouring temperatures, shape (T-1,): -2 where the screened coupling is a contact; NaN where f is constant."""
        with np.errstate(divide="ignore", invalid="ignore"):
            found = np.diff(np.log(self.rates)) / np.diff(np.log(self.screening))
        return frozen(np.where(np.isfinite(found), found, np.nan))


def screened_conductivity(
    temperatures: ArrayLike,
    screening: Screening,
    *,
    separation: float,
    interaction: Coupling = "constant",
    well: Well | None = None,
    energies: ArrayLike | None = None,
    strength: float = 1.0,
    density: float = 1.0,
    progress: Progress | None = None,
) -> ScreenedConductivity:
    """Rate and conductivity of wells at a distance whose coupling V(r) e^(-αf(T)r) depends on the temperature.

    Parameters
    ----------
    temperatures : array_like, shape (T,)
        T > 0, increasing.
    screening : Screening
        α and f.
    separation : float
        a ≥ 0, between neighbouring wells.
    interaction : {"constant", "linear", "quadratic"} or callable
        V: 1, r, r², or V(r) of an array of r ≥ 0, smooth for r > 0.
    well : object, optional
        By default the infinite square well of width 1.
    energies : array_like, shape (M,), optional
        Levels of a unit, for C_V; by default the two lowest of the well.
    strength, density : float
        λ > 0 and Γ(0) > 0. Default 1.
    progress : callable, optional
        Called with (done, total).

    Raises
    ------
    InvalidInput
        For temperatures that do not increase or lie beyond the table of f; if there is no level, or λ or Γ(0) is not positive.
    NotConverged
        If the quadrature misses 1e-6 of a rate: then r = 0 takes too large a share.

    Notes
    -----
    One set of overlaps for every temperature, some tenths of a second each.
    """
    clock = time.perf_counter()
    T = np.atleast_1d(_checks.temperatures(temperatures, "temperatures"))
    if T.ndim != 1 or np.any(np.diff(T) <= 0):
        raise InvalidInput(f"`temperatures` must increase, but they do not (got {_checks.shown(T.tolist())})")
    _checks.instance("screening", screening, Screening)
    shape: Well = InfiniteWell() if well is None else well
    strength, density = _checks.positive("strength", strength), _checks.positive("density", density)
    V, f = _coupling(interaction), screening.f(T)
    C = spectrum_heat_capacity(shape.energies(2) if energies is None else energies, T)
    w, bounds = np.empty(T.size), np.empty(T.size)
    for k, one in enumerate(T.tolist()):
        found = overlaps(
            shape,
            separation=separation,
            levels=2,
            interaction=lambda r, one=one: V(r) * screening.factor(r, one),  # type: ignore[misc]
        )
        w[k] = found.rates(strength=strength, density=density)[0, 1]
        bounds[k] = found.rate_bounds(strength=strength, density=density)[0, 1]
        if progress is not None:
            progress(k + 1, T.size)
    near = (
        overlaps(shape, separation=separation, levels=2, interaction="contact").total[0, 1]
        if _touch(shape, separation)
        else 0.0
    )
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        least = float(np.asarray(V(np.zeros(1)), dtype=float)[0]) * near
        contact = 2 * np.pi * strength**2 * density * (2 / (screening.strength * f) * least) ** 2
    if least == 0:  # whatever f is
        contact = np.zeros_like(w)
    scale = separation**2 * C
    worst = float(np.divide(bounds, w, out=np.full_like(w, np.inf), where=w > 0).max())
    return ScreenedConductivity(
        model=screening,
        method=MethodReport(
            "overlaps at every temperature", "the only one", {"wall time in s": time.perf_counter() - clock}
        ),
        certificate=Certificate((Check("error of the rates", worst, KNOWN, "bound, relative to each of them"),)),
        temperatures=frozen(T.copy()),
        screening=frozen(f.copy()),
        rates=frozen(w),
        rate_bounds=frozen(bounds),
        heat_capacity=frozen(C.copy()),
        conductivity=frozen(w * scale),
        conductivity_bounds=frozen(bounds * scale),
        contact=frozen(contact),
    ).certified()


def _touch(well: Well, separation: float) -> bool:
    return not well.confined or separation < well.width


def _coupling(interaction: Any) -> Callable[[Real], Any]:
    """V(r)."""
    if callable(interaction):
        return interaction  # type: ignore[no-any-return]
    _checks.among("interaction", interaction, *POWERS)
    power = POWERS[interaction]
    return lambda r: r**power
