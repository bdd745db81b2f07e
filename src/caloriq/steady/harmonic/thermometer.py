"""Temperature of every site: that at which it would have its kinetic energy were the whole chain in equilibrium."""

from __future__ import annotations

import numpy as np

from caloriq._checks import Real
from caloriq.models.harmonic import HarmonicChain
from caloriq.steady.harmonic.quadrature import Grid, thermal_edges

ORDER = 16  # Chebyshev nodes on every coarse panel
MOST = 60  # steps of Newton's method
CLOSE = 1e-12  # of its last step, relative to the hottest bath


def site_temperatures(chain: HarmonicChain, grid: Grid, kinetic: Real, low: float, high: float) -> tuple[Real, Real]:
    """Temperatures from kinetic energies 2K above the ground state, and the derivative of 2K by them; each of shape (N,).

    2K(T) = (2/π)∫ mω Im G_ii e(ω, T) dω rises with T and is convex: from the hottest bath Newton's method falls to the root.
    """
    frequencies, weights = _spectrum(chain, grid)
    found = np.full(chain.sites, high)
    for _ in range(MOST):
        energy, slope = _noise(frequencies, found[:, None])
        there, rise = (weights * energy).sum(axis=1), (weights * slope).sum(axis=1)
        step = np.divide(there - kinetic, rise, out=np.zeros_like(rise), where=rise > 0)
        found = np.clip(found - step, np.maximum(low, found / 4), high)
        if float(np.abs(step).max()) <= CLOSE * high:
            break
    return found, rise


def _spectrum(chain: HarmonicChain, grid: Grid) -> tuple[Real, Real]:
    """Few frequencies (J,) and their weights for every site, shape (N, J), that integrate thermal energies as the nodes do."""
    from caloriq.steady.harmonic import _compiled

    edges = np.concatenate([[0.0], thermal_edges(chain)])
    low, high = edges[:-1], edges[1:]
    angle = np.pi * (np.arange(ORDER) + 0.5) / ORDER
    at = (low + high)[:, None] / 2 + (high - low)[:, None] / 2 * np.cos(angle)  # (C, ORDER)
    inside = grid.frequencies[:, 7] < edges[-1]
    W, wide = grid.frequencies[inside], grid.wide[inside]
    which = np.clip(np.searchsorted(edges, W[:, 7]) - 1, 0, low.size - 1)
    # barycentric form of the Lagrange polynomials on Chebyshev nodes
    apart = W[:, :, None] - at[which][:, None, :]
    terms = (-1.0) ** np.arange(ORDER) * np.sin(angle) / np.where(apart == 0, 1e-300, apart)
    basis = np.ascontiguousarray(terms / terms.sum(axis=2, keepdims=True))
    physics = chain.stiffness, chain.masses, chain.frictions, chain.springs
    found = _compiled.moments(W, wide, *physics, basis, which, low.size)
    return at.ravel(), found.reshape(chain.sites, -1)


def _noise(frequencies: Real, T: Real) -> tuple[Real, Real]:
    """Energy e(ω, T) of a mode above its ground state, and its derivative by T."""
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        x = np.minimum(frequencies / T, 700.0)
        up = np.expm1(x)
        return frequencies / up, x**2 * (up + 1) / up**2
