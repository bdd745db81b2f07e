"""What long harmonic chains tend to: transmission, and the conductivity that self-consistent baths give."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import scipy
from numpy.typing import ArrayLike

from caloriq import _checks
from caloriq._checks import Real
from caloriq.errors import InvalidInput, Unsupported
from caloriq.models.harmonic import HarmonicChain


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
        In energy, lattice constant 1; the error is that of the quadrature, 0 for classical noise.

    Raises
    ------
    Unsupported
        If the chain is not uniform, or has no self-consistent baths.
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

    def integrand(w: float) -> float:
        x = w / T
        rise = (x / 2 / np.sinh(x / 2)) ** 2 if x < 700 else 0.0
        d = pinning + 2 * k - m * w * w - 1j * w * friction
        root = np.sqrt(d * d - 4 * k * k)
        z = (d - root) / (2 * k) if abs(d - root) < abs(d + root) else (d + root) / (2 * k)
        one = abs(z) ** 2
        near = 1 / abs(d - 2 * k * z) ** 2  # |G_0|²
        return float(2 / np.pi * friction**2 * w * w * rise * near * one * (1 + one) / (1 - one) ** 3)

    top = np.sqrt((pinning + 4 * k) / m)
    edges = [0.0, *sorted({np.sqrt(pinning / m), top, T, 10 * T} - {0.0}), np.inf]
    parts = [scipy.integrate.quad(integrand, a, b, epsabs=1e-13, epsrel=1e-11, limit=400) for a, b in pairwise(edges)]
    return float(sum(value for value, _ in parts)), float(sum(error for _, error in parts))
