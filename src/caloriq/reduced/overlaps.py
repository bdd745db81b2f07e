r"""Matrix elements of the exchange of two levels between wells at a distance (WS 18-20).

.. math::
    D_{nm} &= \int dx_1 dx_2\, \phi_n(x_1)\phi_m(x_1)\, V(|x_2 - x_1|)\, \phi_n(x_2 - a)\phi_m(x_2 - a) \\
    E_{nm} &= \int dx_1 dx_2\, |\phi_n(x_1)|^2\, V(|x_2 - x_1|)\, |\phi_m(x_2 - a)|^2

for :math:`V(r)(1 + \mathcal E)`. The contact :math:`V = \delta(r)` alone has D, which is WS 19 (and E) where the wells coincide.

Source: L.-A. Wu, D. Segal (2008), arXiv:0711.4599.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType
from typing import Any, Literal

import numpy as np

from caloriq import _checks
from caloriq._checks import Real
from caloriq.errors import InvalidInput, Unsupported
from caloriq.models.wells import InfiniteWell, PotentialWell, Well
from caloriq.results import Certificate, Check, MethodReport, Solution, frozen

Interaction = Literal["contact", "linear", "quadratic"] | Callable[[Real], Any]
TOL = 1e-8
NODES = 12  # a panel
POWERS = {"linear": 1, "quadratic": 2}


@dataclass(frozen=True)
class Overlaps(Solution):
    """Matrix elements V_{nm,mn} of levels 1…L of two equal wells.

    Attributes
    ----------
    well : object
        The well.
    separation : float
        a, between the centres.
    interaction : str
        In words.
    energies : array, shape (L,)
        Of the well.
    direct, exchange : array, shape (L, L)
        D and E.
    """

    well: Any
    separation: float
    interaction: str
    energies: Real
    direct: Real
    exchange: Real

    @property
    def total(self) -> Real:
        """V_{nm,mn} = D + E, shape (L, L)."""
        return frozen(self.direct + self.exchange)

    @property
    def _apart(self) -> Any:
        return ~np.eye(len(self.energies), dtype=bool)

    @property
    def ratio(self) -> float:
        """Largest |D/E| of different levels; infinite where some E is zero."""
        D, E = np.abs(self.direct[self._apart]), np.abs(self.exchange[self._apart])
        return float(np.divide(D, E, out=np.full_like(D, np.inf), where=E > 0).max())

    def deviation(self, of: Literal["exchange", "total"] = "exchange") -> float:
        """Largest deviation from the mean over different levels, relative to the mean: how far A3 is from holding.

        Parameters
        ----------
        of : {"exchange", "total"}
            E alone, or D + E.
        """
        if of not in ("exchange", "total"):
            raise InvalidInput(f"`of` must be 'exchange' or 'total', but it is not (got {_checks.shown(of)})")
        values = (self.exchange if of == "exchange" else self.total)[self._apart]
        mean = float(values.mean())
        return float(np.abs(values / mean - 1).max()) if mean != 0 else float("inf")

    def rates(self, *, strength: float = 1.0, density: float) -> Real:
        """Golden-rule w_nm = 2πλ²Γ(0)|V_{nm,mn}|² (WS 18), shape (L, L).

        Raises
        ------
        Unsupported
            For a well without a centre of symmetry: there V and the exchange of the positions do not commute, V_{nm,mn} is
            not the element of a hermitian coupling, and the rates would have a direction.

        Parameters
        ----------
        strength : float
            λ.
        density : float
            Γ(0), density of detunings at zero.
        """
        strength = _checks.scalar("strength", strength)
        V = self.total
        uneven = float(np.abs(V - V.T).max())
        if uneven > 1e-6 * float(np.abs(V).max()):
            raise Unsupported(
                f"`well` must be symmetric about its centre for rates, but V_nm,mn and V_mn,nm differ by {uneven:.2g} (got {type(self.well).__name__})"
            )
        return frozen(2 * np.pi * strength**2 * _checks.positive("density", density) * V**2)


def overlaps(
    well: Well | None = None,
    *,
    separation: float,
    levels: int = 20,
    interaction: Interaction = "linear",
) -> Overlaps:
    """Direct and exchange matrix elements of two wells at a distance.

    Parameters
    ----------
    well : InfiniteWell, HarmonicWell, FiniteWell or PotentialWell
        By default the infinite square well of width 1.
    separation : float
        a ≥ 0. A contact interaction of wells with walls needs a < d.
    levels : int
        L, from the ground level up.
    interaction : {"contact", "linear", "quadratic"} or callable
        δ(x₂ - x₁), |x₂ - x₁|, |x₂ - x₁|², or V(r) of an array of r ≥ 0, smooth for r > 0.

    Raises
    ------
    InvalidInput
        For a separation outside the domain, an unknown interaction, or levels that are not bound.
    NotConverged
        If the quadrature, the basis or the normalisation misses 1e-8.

    Notes
    -----
    Cost: about (nodes)² L² with some hundred nodes; a second for L = 20. Source: WS 19, 20 (arXiv:0711.4599).
    """
    clock = time.perf_counter()
    shape: Well = InfiniteWell() if well is None else well
    if not all(hasattr(shape, name) for name in ("functions", "support", "energies", "width")):
        raise InvalidInput(
            f"`well` must be an InfiniteWell, HarmonicWell, FiniteWell or PotentialWell, but it is not (got {_checks.shown(well)})"
        )
    a = _checks.scalar("separation", separation)
    if a < 0:
        raise InvalidInput(f"`separation` must be at least 0, but it is smaller (got {a:g})")
    L = _level_count(levels)
    V = _function(interaction)
    if V is None and shape.confined and a >= shape.width:
        raise InvalidInput(
            f"`separation` must be less than the width {shape.width:g} for a contact interaction, but the wells do not overlap (got {a:g})"
        )
    energies = shape.energies(L)
    coarse, fine = (_integrals(shape, a, L, V, panels) for panels in (L + 10, 3 * L // 2 + 18))
    scale = float(np.abs(fine[1]).max())
    error = max(float(np.abs(x - y).max()) for x, y in zip(coarse[:2], fine[:2], strict=True)) / (scale or 1.0)
    checks = [
        Check("quadrature error", error, TOL, "relative to the largest element, with two thirds of the panels"),
        Check("orthonormality", fine[2], TOL, "of the wave functions, by the same quadrature"),
    ]
    if isinstance(shape, PotentialWell):
        checks.append(Check("basis error", shape.basis_error(L), TOL, "change of the energies with more sines"))
    statistics = MappingProxyType({"levels": L, "wall time in s": time.perf_counter() - clock})
    return Overlaps(
        model=shape,
        method=MethodReport("Gauss-Legendre panels, split where r = 0", "the only one", statistics),
        certificate=Certificate(tuple(checks)),
        well=shape,
        separation=a,
        interaction=interaction if isinstance(interaction, str) else getattr(interaction, "__name__", "given"),
        energies=frozen(energies),
        direct=frozen(fine[0]),
        exchange=frozen(fine[1]),
    ).certified()


def _level_count(levels: Any) -> int:
    if isinstance(levels, bool) or not isinstance(levels, int | np.integer) or levels < 2:
        raise InvalidInput(
            f"`levels` must be a whole number of at least 2, but it is not (got {_checks.shown(levels)})"
        )
    return int(levels)


def _function(interaction: Any) -> Callable[[Real], Real] | None:
    """V(r), None for a contact."""
    if isinstance(interaction, str) and interaction in POWERS:
        power = POWERS[interaction]
        return lambda r: r**power
    if isinstance(interaction, str) and interaction == "contact":
        return None
    if not callable(interaction):
        raise InvalidInput(
            f"`interaction` must be 'contact', 'linear', 'quadratic' or a function of the distance, but it is not (got {_checks.shown(interaction)})"
        )

    def checked(r: Real) -> Real:
        values = _checks.numbers("interaction", interaction(r))
        if values.shape != r.shape:
            raise InvalidInput(
                f"`interaction` must give as many values as it gets distances, but it does not (got shape {values.shape} for {r.shape})"
            )
        return values

    return checked


def panels_between(points: Real, panels: int) -> tuple[Real, Real]:
    """Gauss-Legendre nodes and weights on panels of a length of at most the whole over `panels`, ending at all points."""
    x, w = np.polynomial.legendre.leggauss(NODES)
    longest = (points[-1] - points[0]) / panels
    edges = np.concatenate(
        [
            np.linspace(a, b, max(1, int(np.ceil((b - a) / longest - 1e-9))) + 1)[:-1]
            for a, b in pairwise(points.tolist())
            if b > a
        ]
        + [points[-1:]]
    )
    half = np.diff(edges)[:, None] / 2
    return (edges[:-1, None] + half * (1 + x)).ravel(), (half * w).ravel()


def _integrals(
    well: Well, a: float, levels: int, V: Callable[[Real], Real] | None, panels: int
) -> tuple[Real, Real, float]:
    """D, E and the misfit of ⟨n|m⟩ = δ_nm."""
    low, high = well.support(levels)
    edges = well.edges()
    own = np.unique(np.concatenate([[low, high], edges]))
    x, w = panels_between(own, panels)
    phi = well.functions(x, levels)
    misfit = float(np.abs((phi * w) @ phi.T - np.eye(levels)).max())
    upper = np.triu_indices(levels)
    D, E = np.zeros((levels, levels)), np.zeros((levels, levels))
    if V is None:
        both = np.unique(np.concatenate([own, own + a]))
        both = both[(both >= low + a) & (both <= high)]
        if len(both) > 1:
            y, v = panels_between(both, panels)
            near, far = well.functions(y, levels), well.functions(y - a, levels)
            E = (near**2 * v) @ (far**2).T
            D = np.einsum("nk,mk,k->nm", near * far, near * far, v, optimize=True)
        return D, E, misfit
    # the inner integral over x₁ is split at x₂, where V has its kink; the outer one where the wells end
    both = np.unique(np.concatenate([own + a, own]))
    both = both[(both >= low + a) & (both <= high + a)]
    y, v = panels_between(both, panels)
    far = well.functions(y - a, levels)
    # panels shrink towards r = 0, where a given V may fall steeply
    steps = (high - low) / panels * 0.25 ** np.arange(6)
    grading = np.concatenate([[0.0], steps, -steps])
    inner = np.empty((len(y), len(upper[0])))
    for k, point in enumerate(y.tolist()):
        cuts = np.concatenate([own, point + grading])
        s, u = panels_between(np.unique(cuts[(cuts >= low) & (cuts <= high)]), panels)
        here = well.functions(s, levels)
        inner[k] = ((here * (u * V(np.abs(point - s)))) @ here.T)[upper]
    products = far[upper[0]] * far[upper[1]]
    D[upper] = np.einsum("k,kp,pk->p", v, inner, products)
    D[(upper[1], upper[0])] = D[upper]
    diagonal = np.flatnonzero(upper[0] == upper[1])
    E = (inner[:, diagonal] * v[:, None]).T @ (far**2).T
    return D, E, misfit
