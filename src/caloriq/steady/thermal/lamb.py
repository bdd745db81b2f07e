r"""What baths add to H: principal values over their noise.

With :math:`\lambda(\omega) = \mathrm P\!\int\frac{d\nu}{2\pi}\frac{S(\nu)}{\omega-\nu}`, the global equation adds
:math:`\sum_\omega\lambda(\omega)A(\omega)^\dagger A(\omega)` and Redfield's has :math:`\tfrac12S+i\lambda` in place of :math:`\tfrac12S`; the
universal one adds :math:`-\frac1{2\pi}\sum_l A_{ml}A_{ln}\,\mathrm P\!\int\frac{d\nu}{\nu}\,g(\nu-E_l+E_m)\,g(\nu+E_n-E_l)`, g = √S (Nathan,
Rudner, PRB 102, 115109 (2020), doi:10.1103/PhysRevB.102.115109, in our S).
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from caloriq._checks import Complex, Real
from caloriq.errors import NotConverged, Unsupported
from caloriq.models.spectra import OhmicSpectrum
from caloriq.steady.thermal.levels import Levels
from caloriq.steady.thermal.system import ThermalBath

STEP, REACH = 1 / 16, 3.8  # of the double exponential rule, in its own variable
ACCURATE = 1e-9  # error of a shift, of the largest
CHUNK = 2000  # integrals at a time


def check_shift(bath: ThermalBath) -> None:
    """Refuse the shift of a spectrum whose integrals over all frequencies are not known or do not exist."""
    if not isinstance(bath.spectrum, OhmicSpectrum):
        raise Unsupported(
            f"`lamb_shift` must be off for a {type(bath.spectrum).__name__}, whose integral over all frequencies is not known, but it is on (got {bath.name!r}); use an OhmicSpectrum"
        )
    if bath.spectrum.exponent < 1 and bath.temperature > 0:
        raise Unsupported(
            f"`lamb_shift` must be off below exponent 1, where S diverges at 0, but it is on (got exponent {bath.spectrum.exponent:g} of {bath.name!r})"
        )


def of_noise(bath: ThermalBath, frequencies: Real) -> Real:
    """λ(ω), of the shape of the frequencies."""
    w, back = np.unique(frequencies, return_inverse=True)
    found: Real = -principal(lambda v, k: _noise(bath, v + w[k, None]), np.array([w, w]), _scale(bath)) / (2 * math.pi)
    out: Real = found[back].reshape(np.shape(frequencies))
    return out


def of_global(bath: ThermalBath, A: Complex, whole: Levels) -> Complex:
    """Σ_ω λ(ω) A(ω)†A(ω), shape (D, D)."""
    shifted = A * of_noise(bath, whole.grouped_frequencies())
    out: Complex = np.zeros(A.shape, dtype=complex)
    for a, group in enumerate(whole.groups):
        same = group[:, None] == group
        out += np.where(same, shifted[a].conj()[:, None] * A[a], 0)
    return out


def of_universal(bath: ThermalBath, A: Complex, whole: Levels) -> Complex:
    """The universal equation's shift, shape (D, D); D³ integrals over the elements that A has."""
    m, l, n = np.nonzero((A != 0)[:, :, None] & (A != 0)[None, :, :])
    first, second = -whole.frequencies[m, l], whole.frequencies[l, n]  # E_m - E_l and E_n - E_l
    points, back = np.unique(np.array([first, second]), axis=1, return_inverse=True)

    def product(v: Real, k: slice) -> Real:
        return np.sqrt(_noise(bath, v + points[0, k, None]) * _noise(bath, v + points[1, k, None]))

    f: Real = -principal(product, points, _scale(bath)) / (2 * math.pi)
    out: Complex = np.zeros(A.shape, dtype=complex)
    np.add.at(out, (m, n), A[m, l] * A[l, n] * f[back.ravel()])
    return out


def principal(function: Callable[[Real, slice], Real], points: Real, scale: float) -> Real:
    """P∫ h(ν)/ν dν of many h at once, each smooth but where ν is plus or minus one of its two points, shape (K,).

    Parameters
    ----------
    function : callable
        Of ν, shape (K', V), and of which integrals they are; gives h, shape (K', V).
    points : array, shape (2, K)
        Where each may have a kink.
    scale : float
        On which h falls beyond its points.

    Raises
    ------
    NotConverged
        If every second node gives another value.

    Notes
    -----
    ∫₀^∞ (h(ν) - h(-ν))/ν dν from point to point by double exponential rules (H. Takahasi, M. Mori, Publ. RIMS 9, 721 (1974),
    doi:10.2977/prims/1195192451).
    """
    s = STEP * np.arange(-round(REACH / STEP), round(REACH / STEP) + 1)
    grown = math.pi / 2 * np.sinh(s)
    inner, slope = (1 + np.tanh(grown)) / 2, math.pi / 4 * np.cosh(s) / np.cosh(grown) ** 2
    outer, climb = np.exp(grown), math.pi / 2 * np.cosh(s) * np.exp(grown)
    found = np.empty(points.shape[1])
    coarse = np.empty_like(found)
    for begin in range(0, len(found), CHUNK):
        k = slice(begin, begin + CHUNK)
        low, high = np.sort(np.abs(points[:, k]), axis=0)[:, :, None]
        v = np.concatenate([low * inner, low + (high - low) * inner, high + scale * outer], axis=1)
        weight = np.concatenate(
            [low * slope, (high - low) * slope, scale * np.broadcast_to(climb, (len(low), s.size))], axis=1
        )
        there = v > 0
        v = np.where(there, v, 1.0)
        terms = np.where(there, weight * STEP * (function(v, k) - function(-v, k)) / v, 0.0)
        found[k] = terms.sum(axis=1)
        coarse[k] = 2 * terms.reshape(len(terms), 3, s.size)[:, :, ::2].sum(axis=(1, 2))
    worst = float(np.abs(found - coarse).max(initial=0.0))
    if worst > ACCURATE * float(np.abs(found).max(initial=0.0)) and worst > 0:
        raise NotConverged(
            f"`lamb_shift` must be known to {ACCURATE:.0e}, but the integrals over the noise are not (got a difference of {worst:.1e} between two rules); switch it off"
        )
    return found


def _noise(bath: ThermalBath, frequencies: Real) -> Real:
    S: Real = bath.spectrum.noise(frequencies, bath.temperature)
    return S


def _scale(bath: ThermalBath) -> float:
    return float(bath.spectrum.cutoff)
