"""What long harmonic chains tend to: transmission, and the conductivity that self-consistent baths give."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import ArrayLike

from caloriq import _checks
from caloriq._checks import Real
from caloriq.errors import InvalidInput, NotConverged, Unsupported
from caloriq.models.harmonic import HarmonicChain

NODES = 16  # of Gauss's rule on every panel
PANEL = 1.0  # width of the first panels in the logarithm of the distance
HALVINGS = 8
NEAR = 1e-36  # of the least scale: distance from an edge from which on there are panels
ROUNDED = 256 * float(np.finfo(float).eps)  # of a sum of positive terms, each good to a few units at ω < 40 T
WORST = 1e-9  # relative error above which the conductivity is refused


def transmission(model: HarmonicChain, frequencies: ArrayLike) -> Real:
    """𝒯(ω) = 4 γ_a γ_b ω² |G_ab(ω)|² between the baths on the lowest and the highest site (DR), from 0 to 1.

    Parameters
    ----------
    model : HarmonicChain
        With two baths at least.
    frequencies : array_like, shape (K,)
        ω > 0.

    Returns
    -------
    array, shape (K,)

    Raises
    ------
    InvalidInput
        If there are fewer than two baths, or a frequency is not above 0.

    Notes
    -----
    Between two baths without self-consistent ones J = ∫₀^∞ (dω/2π) 𝒯 [e(ω, T_a) - e(ω, T_b)]. Cost: O(N) a frequency.
    """
    _checks.instance("model", model, HarmonicChain)
    w = _checks.numbers("frequencies", frequencies)
    if w.ndim != 1 or np.any(w <= 0):
        raise InvalidInput(
            f"`frequencies` must be a list of numbers above 0, but they are not (got {_checks.shown(frequencies)})"
        )
    if len(model.baths) < 2:
        raise InvalidInput(
            f"`baths` must be two at least for a transmission, but they are not (got {len(model.baths)})"
        )
    from caloriq.steady.harmonic import _compiled

    first, last = min(model.bath_sites), max(model.bath_sites)
    lanes = _compiled.LANES
    padded = np.concatenate([w, np.full(-w.size % lanes, w[-1] if w.size else 1.0)]).reshape(-1, lanes)
    one, nothing = np.eye(lanes), np.zeros(model.sites)
    physics = model.stiffness, model.masses, model.frictions, model.springs
    # a panel that weighs one of its lanes alone gives the integrand there
    found = [
        _compiled.controls(padded, np.tile(row, (len(padded), 1)), padded, *physics, first, last, nothing, False)[
            0, :, 0
        ]
        for row in one
    ]
    return np.asarray(2 * np.pi * np.stack(found, axis=1).ravel()[: w.size])


def bulk_conductivity(model: HarmonicChain, temperature: float) -> tuple[float, float]:
    r"""κ(T) of an infinite uniform chain with self-consistent baths of one friction everywhere, and its error.

    Currents between the sites of such a chain are those of a network of conductances g(r) over distances r, and
    κ = ½ Σ r² g(r); with |G_r|² = |G_0|² x^r the sum is x(1 + x)/(1 - x)³ at every frequency. For classical noise the integral
    is k/(γ (2 + ν² + √(ν²(4 + ν²)))), ν² = k₀/k (Bolsterli, Rich, Visscher 1970; BLL). For quantum noise it is the linear
    response of Dhar and Roy.

    Parameters
    ----------
    model : HarmonicChain
        Uniform, with `inner_friction` above 0; ends, length and the baths of given temperature play no part.
    temperature : float
        T > 0.

    Returns
    -------
    conductivity, error : float
        In energy, lattice constant 1; the error is that of quadrature and rounding, 0 for classical noise.

    Raises
    ------
    Unsupported
        If the chain is not uniform, or has no self-consistent baths.
    NotConverged
        If the parameters are so far apart that the integral is not known to 1e-9 of it.

    Notes
    -----
    Cost: some 10⁴ frequencies, milliseconds.
    """
    _checks.instance("model", model, HarmonicChain)
    T = _checks.positive("temperature", temperature)
    if not model.uniform or not model.inner_friction > 0:
        what = "differs from site to site" if not model.uniform else "has no self-consistent baths"
        raise Unsupported(f"`model` must be uniform, with baths on all inner sites, but it {what} (got {model.kind})")
    k, m, pinning = (float(np.ravel(one)[0]) for one in (model.spring, model.mass, model.pinning))
    friction = model.inner_friction
    if model.noise == "classical":
        ratio = pinning / k
        return k / (friction * (2 + ratio + np.sqrt(ratio * (4 + ratio)))), 0.0

    return _quantum(k, m, pinning, friction, T)


def _quantum(k: float, m: float, pinning: float, friction: float, T: float) -> tuple[float, float]:
    r"""κ(T) for quantum noise, and its error: κ = ∫₀^∞ (dω/2π) (ω/2T / sinh ω/2T)² Y² √(1 + s)/(R s^(3/2)).

    With X + iY = G_0⁻¹ of a site alone over 2k and x = e^(-2a), s = sinh² a solves s² - Bs - Y² = 0, B = X² + Y² - 1, and
    R = √(B² + 4Y²) = |2k G_0|⁻². No term cancels where X ∓ 1 come from the distance to the edge of the band that is near.
    From both sides of every edge, and from ω = 0, panels grow with the distance: in its logarithm no branch point of the
    integrand is nearer than ln 2, however narrow a resonance is.
    """
    low, top = np.sqrt(pinning / m), np.sqrt((pinning + 4 * k) / m)
    band = 4 * k / m / (low + top)
    # the least scale on which anything varies, and the frequency above which the integrand falls as ω⁻⁶ or faster
    least = min(one for one in (band, friction / m, pinning / friction, k / friction, T) if one > 0)
    far = max(2 * top, min(1600 * T, 1e5 * max(top, friction / m)))

    def integrand(edge: str, away: Real) -> Real:
        """At a distance from ω = 0, from the lower or from the upper edge; shape of `away`."""
        w = {"zero": 0.0, "low": low, "top": top}[edge] + away
        if edge == "top":
            above = -m * away * (2 * top + away) / (2 * k)  # X + 1
            below = above - 2
        else:
            below = pinning - m * w * w if edge == "zero" else -m * away * (2 * low + away)
            below = below / (2 * k)
            above = below + 2
        Y2 = (w * friction / (2 * k)) ** 2
        B = below * above + Y2
        R = np.sqrt(B * B + 4 * Y2)
        s = np.where(B > 0, (B + R) / 2, 2 * Y2 / (R + np.abs(B)))
        x = np.minimum(w / (2 * T), 700.0)
        rise = np.where(x > 0, x / np.sinh(x), 1.0) ** 2
        return np.asarray(rise * (Y2 / s) * np.sqrt(1 + 1 / s) / R / (2 * np.pi))

    pieces = [("low", 1.0, band / 2), ("top", -1.0, band / 2), ("top", 1.0, far - top)]
    pieces += [("zero", 1.0, low / 2), ("low", -1.0, low / 2)] if pinning > 0 else []
    value = error = 0.0
    with np.errstate(all="ignore"):  # what overflows is refused below
        for edge, sign, end in pieces:
            begin = NEAR * min(least, end)
            # in what is left out the integrand is no steeper than ω^(-1/2)
            error += 2 * begin * float(integrand(edge, np.array(sign * begin)))
            found, change = _logarithmic(partial(integrand, edge), sign, begin, end)
            value, error = value + found, error + change
        error += far * float(integrand("top", np.array(far - top))) + ROUNDED * value
    if not error <= WORST * value:
        raise NotConverged(
            f"`model` must have scales that double precision holds together, but it does not (got κ = {value:.3g} ± {error:.1g} of spring {k:g}, mass {m:g}, pinning {pinning:g}, friction {friction:g} at T = {T:g})"
        )
    return float(value), float(error)


def _logarithmic(integrand: Callable[[Real], Real], sign: float, begin: float, end: float) -> tuple[float, float]:
    """∫ over distances by panels in their logarithm, all halved until they agree, and what the last halving changed."""
    at, weights = np.polynomial.legendre.leggauss(NODES)
    length = np.log(end / begin)
    last, change = np.inf, np.inf
    if not np.isfinite(length):
        return np.nan, np.nan
    panels = int(np.ceil(length / PANEL))
    for _ in range(HALVINGS):
        edges = np.log(begin) + length * np.arange(panels + 1) / panels
        half = length / panels / 2
        t = np.exp(edges[:-1, None] + half * (1 + at))
        value = float((integrand(sign * t) * t @ weights).sum() * half)
        change, last = abs(value - last), value
        if change <= ROUNDED * value or not np.isfinite(value):
            break
        panels *= 2
    return last, change
