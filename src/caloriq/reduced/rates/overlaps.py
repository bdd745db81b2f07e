r"""Matrix elements of the exchange of two levels between wells at a distance (WS 18-20).

.. math::
    D_{nm} &= \int dx_1 dx_2\, \phi_n(x_1)\phi_m(x_1)\, V(|x_2 - x_1|)\, \phi_n(x_2 - a)\phi_m(x_2 - a) \\
    E_{nm} &= \int dx_1 dx_2\, |\phi_n(x_1)|^2\, V(|x_2 - x_1|)\, |\phi_m(x_2 - a)|^2

for :math:`V(r)(1 + \mathcal E)`. The contact :math:`V = \delta(r)` alone has D, which is WS 19 (and E) where the wells coincide.

Source: L.-A. Wu, D. Segal (2008), arXiv:0711.4599.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

import numpy as np

from caloriq import _checks
from caloriq._checks import Real
from caloriq.errors import InvalidInput, Unsupported
from caloriq.models.wells import InfiniteWell, PotentialWell, Well
from caloriq.results import Certificate, Check, MethodReport, Solution, frozen
from caloriq.variables import ENERGY, Variable

Interaction = Literal["contact", "linear", "quadratic"] | Callable[[Real], Any]
TOL = 1e-8
NODES = 12  # a panel
REACHES = (1.0, 1.25, 1.6, 2.0)  # times the support: wells so far apart that their tails alone touch need more of them
FURTHER = 1.25  # times the support, for the rule that tells the error
TWICE = 2.0  # the change between two rules is the error of the finer one, at least half of it where V has kinks
OWN = 64.0  # units of rounding in weights and functions
EPS = float(np.finfo(float).eps)
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
    equal_levels : bool
        Whether `ratio` and `deviation` look at n = m too, which exchanges nothing.
    energies : array, shape (L,)
        Of the well.
    direct, exchange : array, shape (L, L)
        D and E.
    bounds : mapping of str to array, shape (L, L)
        Bound on the error of every entry of `direct`, `exchange` and `total`: twice its change by a coarser rule that
        reaches further into the tails, by more sines for a given potential, and its rounding. Measured, not proved, for
        a V(r) that is smooth where r > 0. An entry not larger than its bound may be anything up to it, zero too.
    """

    well: Any
    separation: float
    interaction: str
    equal_levels: bool
    energies: Real
    direct: Real
    exchange: Real
    bounds: Mapping[str, Real]

    variables = (
        Variable("energies", ("level",), units=ENERGY, long_name="energies of the well"),
        Variable("direct", ("level", "other_level"), units=ENERGY, long_name="D of V_nm,mn"),
        Variable("exchange", ("level", "other_level"), units=ENERGY, long_name="E of V_nm,mn"),
        Variable("total", ("level", "other_level"), units=ENERGY, long_name="V_nm,mn = D + E"),
    )
    coordinates = tuple(
        Variable(name, (name,), kind="whole", units="", source=lambda found: np.arange(1, len(found.energies) + 1))
        for name in ("level", "other_level")
    )

    def facts(self) -> dict[str, Any]:
        """Distance, interaction, and whose elements are compared."""
        compared = "all" if self.equal_levels else "different levels"
        return {"separation": self.separation, "interaction": self.interaction, "compared": compared}

    @property
    def total(self) -> Real:
        """V_{nm,mn} = D + E, shape (L, L)."""
        return frozen(self.direct + self.exchange)

    @property
    def _apart(self) -> Any:
        levels = len(self.energies)
        return np.ones((levels, levels), dtype=bool) if self.equal_levels else ~np.eye(levels, dtype=bool)

    def _elements(self, of: str) -> Real:
        _checks.among("of", of, "exchange", "total")
        return np.asarray((self.exchange if of == "exchange" else self.total)[self._apart])

    @property
    def ratio(self) -> float:
        """Largest |D/E| of the levels that are compared; infinite where some E is zero."""
        D, E = np.abs(self.direct[self._apart]), np.abs(self.exchange[self._apart])
        return float(np.divide(D, E, out=np.full_like(D, np.inf), where=E > 0).max())

    @property
    def ratio_bound(self) -> float:
        """Bound on the error of `ratio`; infinite where some E is within its bound."""
        D, E = np.abs(self.direct[self._apart]), np.abs(self.exchange[self._apart])
        more, less = D + self.bounds["direct"][self._apart], E - self.bounds["exchange"][self._apart]
        if np.any(less <= 0):
            return float("inf")
        off = np.maximum(more / less - D / E, D / E - (2 * D - more) / (2 * E - less))
        return float(off.max()) + 4 * EPS * self.ratio

    def deviation_bound(self, of: Literal["exchange", "total"] = "exchange") -> float:
        """Bound on the error of `deviation`; infinite where the mean is within its bound."""
        values, bounds = self._elements(of), self.bounds[of][self._apart]
        mean, room = float(values.mean()), float(bounds.mean()) + len(values) * EPS * float(np.abs(values).mean())
        if abs(mean) <= room:
            return float("inf")
        share = np.abs(values / mean)
        return float(((bounds + share * room) / (abs(mean) - room)).max() + 4 * EPS * (1 + float(share.max())))

    def deviation(self, of: Literal["exchange", "total"] = "exchange") -> float:
        """Largest deviation from the mean over the levels that are compared, relative to the mean: how far A3 is from holding.

        Parameters
        ----------
        of : {"exchange", "total"}
            E alone, or D + E.
        """
        values = self._elements(of)
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

    def rate_bounds(self, *, strength: float = 1.0, density: float) -> Real:
        """Bound on the error of every entry of `rates`, shape (L, L); arguments and errors as there."""
        w, b = self.rates(strength=strength, density=density), self.bounds["total"]
        scale = 2 * np.pi * float(strength) ** 2 * float(density)
        return frozen(scale * b * (2 * np.abs(self.total) + b) + 8 * EPS * w)


def overlaps(
    well: Well | None = None,
    *,
    separation: float,
    levels: int = 20,
    interaction: Interaction = "linear",
    equal_levels: bool = False,
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
    equal_levels : bool
        Whether `ratio` and `deviation` look at n = m too. Exchanging equal levels moves nothing, so that by default they do not.

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
    L = _checks.whole("levels", levels, 2)
    _checks.instance("equal_levels", equal_levels, bool)
    V = _function(interaction)
    if V is None and shape.confined and a >= shape.width:
        raise InvalidInput(
            f"`separation` must be less than the width {shape.width:g} for a contact interaction, but the wells do not overlap (got {a:g})"
        )
    energies = shape.energies(L)
    for reach in REACHES if V is None and not shape.confined else REACHES[:1]:
        coarse = _integrals(shape, a, L, V, L + 10, reach if shape.confined else FURTHER * reach)
        fine = _integrals(shape, a, L, V, 3 * L // 2 + 18, reach)
        scale = float(np.abs(fine.exchange).max())
        moved = [np.abs(x - y) for x, y in zip(coarse[:2], fine[:2], strict=True)]
        error = max(float(change.max()) for change in moved) / (scale or 1.0)
        if error <= TOL:
            break
    told = "relative to the largest element, with two thirds of the panels and longer tails; `bounds` has it for every element"
    checks = [
        Check("quadrature error", error, TOL, told),
        Check("orthonormality", fine.misfit, TOL, "of the wave functions, by the same quadrature"),
    ]
    if isinstance(shape, PotentialWell):
        richer = _integrals(replace(shape, basis=shape.basis * 3 // 2), a, L, V, L + 10)
        moved = [np.maximum(one, np.abs(x - y)) for one, x, y in zip(moved, richer[:2], fine[:2], strict=True)]
    moved = [change + coarse.beyond for change in moved]
    if isinstance(shape, PotentialWell):
        checks.append(Check("basis error", shape.basis_error(L), TOL, "change of the energies with more sines"))
    statistics = {"levels": L, "wall time in s": time.perf_counter() - clock}
    return Overlaps(
        model=shape,
        method=MethodReport("Gauss-Legendre panels, split where r = 0", "the only one", statistics),
        certificate=Certificate(tuple(checks)),
        well=shape,
        separation=a,
        equal_levels=equal_levels,
        interaction=interaction if isinstance(interaction, str) else getattr(interaction, "__name__", "given"),
        energies=frozen(energies),
        direct=frozen(fine.direct),
        exchange=frozen(fine.exchange),
        bounds=_bounds(fine, moved),
    ).certified()


class Integrals(NamedTuple):
    """Matrix elements by one rule; arrays of shape (L, L)."""

    direct: Real  # D
    exchange: Real  # E
    misfit: float  # of ⟨n|m⟩ = δ_nm
    size: Real  # E of |V|
    units: float  # of rounding, that the sums may lose
    beyond: Real  # what the tails outside of the integrals may add


def _bounds(found: Integrals, moved: list[Real]) -> Mapping[str, Real]:
    """Bound on the error of every entry, from its change between two rules and from rounding.

    The sum of the absolute values in D is at most (E_nm + E_mn)/2 for |V|: |ab| ≤ (a² + b²)/2 with a = φ_n(x)φ_m(y) and
    b = φ_m(x)φ_n(y). An error of the functions themselves shows in their orthonormality.
    """
    size = (found.size + found.size.T) / 2
    rounding = (found.units * EPS + 4 * found.misfit) * np.maximum(size, found.size)
    direct, exchange = (TWICE * np.maximum(change, change.T) + rounding for change in moved)
    total = direct + exchange + EPS * np.abs(found.direct + found.exchange)
    return MappingProxyType({"direct": frozen(direct), "exchange": frozen(exchange), "total": frozen(total)})


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
    well: Well, a: float, levels: int, V: Callable[[Real], Real] | None, panels: int, reach: float = 1.0
) -> Integrals:
    """Matrix elements by panels of a length of the support over `panels`, over `reach` times the support."""
    low, high = (reach * end for end in well.support(levels))
    panels = math.ceil(reach * panels)
    edges = well.edges()
    own = np.unique(np.concatenate([[low, high], edges]))
    x, w = panels_between(own, panels)
    phi = well.functions(x, levels)
    misfit = float(np.abs((phi * w) @ phi.T - np.eye(levels)).max())
    upper = np.triu_indices(levels)
    D, E = np.zeros((levels, levels)), np.zeros((levels, levels))
    tail = np.zeros(levels) if well.confined else (well.functions(np.array([low, high]), levels) ** 2).max(axis=1)
    beyond = tail[:, None] + tail
    if V is None:
        both = np.unique(np.concatenate([own, own + a]))
        both = both[(both >= low + a) & (both <= high)]
        if len(both) > 1:
            y, v = panels_between(both, panels)
            near, far = well.functions(y, levels), well.functions(y - a, levels)
            E = (near**2 * v) @ (far**2).T
            D = np.einsum("nk,mk,k->nm", near * far, near * far, v, optimize=True)
            return Integrals(D, E, misfit, E, len(y) + OWN, beyond)
        return Integrals(D, E, misfit, E, 0.0, beyond)
    # the inner integral over x₁ is split at x₂, where V has its kink; the outer one where the wells end
    both = np.unique(np.concatenate([own + a, own]))
    both = both[(both >= low + a) & (both <= high + a)]
    y, v = panels_between(both, panels)
    far = well.functions(y - a, levels)
    # panels shrink towards r = 0, where a given V may fall steeply
    steps = (high - low) / panels * 0.25 ** np.arange(6)
    grading = np.concatenate([[0.0], steps, -steps])
    peak = 0.0
    inner, size = np.empty((len(y), len(upper[0]))), np.empty((len(y), levels))
    for k, point in enumerate(y.tolist()):
        cuts = np.concatenate([own, point + grading])
        s, u = panels_between(np.unique(cuts[(cuts >= low) & (cuts <= high)]), panels)
        here = well.functions(s, levels)
        strength = V(np.abs(point - s))
        weight, peak = u * strength, max(peak, float(np.abs(strength).max()))
        inner[k], size[k] = ((here * weight) @ here.T)[upper], here**2 @ np.abs(weight)
    products = far[upper[0]] * far[upper[1]]
    D[upper] = np.einsum("k,kp,pk->p", v, inner, products)
    D[(upper[1], upper[0])] = D[upper]
    diagonal = np.flatnonzero(upper[0] == upper[1])
    E = (inner[:, diagonal] * v[:, None]).T @ (far**2).T
    units = len(y) + len(s) + OWN
    return Integrals(D, E, misfit, (size * v[:, None]).T @ (far**2).T, units, beyond * peak * (high - low))
