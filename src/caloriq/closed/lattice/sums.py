"""Thermal sums over the levels of a lattice, and the errors of what follows from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import special

from caloriq._checks import Real
from caloriq.closed.lattice.spectra import Levels, Spectra
from caloriq.models.lattice.model import Lattice
from caloriq.results import Check
from caloriq.spaces.bounds import bounds

CONFIDENCE = 0.997  # of the bounds from samples
QUADRATURE = 1e-8  # that quadratures may be apart
APART = 6.0  # standard errors that samples may be off a trace that is known
EPS = float(np.finfo(float).eps)

Numbers = dict[str, Real]


@dataclass(frozen=True, eq=False)
class Sums:
    """Thermal sums of samples at temperatures T.

    Attributes
    ----------
    model : Lattice
        Of which conserved numbers have their names.
    samples : sequence of Levels
        One, or several that are averaged.
    T : array, shape (T,)
        Temperatures.
    """

    model: Lattice
    samples: Sequence[Levels]
    T: Real

    @cached_property
    def ground(self) -> float:
        """Lowest energy of all."""
        return min(float(one.energies.min()) for one in self.samples)

    @cached_property
    def moments(self) -> Real:
        """Tr x, Tr (H - E0) x, Tr (H - E0)² x, and Tr Q x, Tr Q² x of every number, x = e^{-(H - E0)/T}; shape (samples, 3 + 2Q, T)."""
        return np.array([self._moments(one) for one in self.samples])

    def _moments(self, levels: Levels) -> Real:
        E = levels.energies - self.ground
        x = levels.weights[:, None] * np.exp(-E[:, None] / self.T)
        powers = np.concatenate([[E**0, E, E**2], *([q, q**2] for q in levels.charges.T)])
        return np.asarray(powers @ x)

    def numbers(self, moments: Real) -> Numbers:
        """All numbers per site from averaged moments, shape (3 + 2Q, T)."""
        N, T = self.model.size, self.T
        Z, energy, square = moments[:3]
        energy, free = energy / Z, -T * np.log(Z)
        variance = np.maximum(square / Z - energy**2, 0.0)
        found = {
            "energy": (energy + self.ground) / N,
            "free_energy": (free + self.ground) / N,
            "entropy": (energy - free) / (T * N),
            "heat_capacity": variance / (T**2 * N),
            "energy_susceptibility": variance / N,
        }
        for name, first, second in zip(self.model.symmetries.conserved, moments[3::2], moments[4::2], strict=True):
            found[f"{name}_mean"] = first / Z / N
            found[f"{name}_susceptibility"] = np.maximum(second / Z - (first / Z) ** 2, 0.0) / N
        return {**found, "states": Z}

    @cached_property
    def mean(self) -> Numbers:
        """From the mean over the samples."""
        return self.numbers(self.moments.mean(axis=0))

    @cached_property
    def scatter(self) -> Numbers:
        """Standard errors, by leaving out every sample once; 0 of one sample."""
        R = len(self.samples)
        if R == 1:
            return {name: np.zeros_like(value) for name, value in self.mean.items()}
        without = (self.moments.sum(axis=0) - self.moments) / (R - 1)
        left = [self.numbers(one) for one in without]
        return {name: np.sqrt((R - 1) * np.var([one[name] for one in left], axis=0)) for name in self.mean}

    def rounding(self, left: float = 0.0) -> Numbers:
        """What errors up to δ of the energies do, to first order: a weight changes by a share 2δ/T at most.

        δ is rounding, and what H leads out of the blocks that were diagonalised (Weyl).
        """
        N, T, mean = self.model.size, self.T, self.mean
        most = max(map(abs, bounds(self.model.strings)))
        delta = 4 * EPS * max(len(one.energies) for one in self.samples) * most + left
        share, variance = 2 * delta / T + 4 * EPS, mean["energy_susceptibility"] * N
        energy = delta + share * np.sqrt(variance)
        variances = 2 * share * variance + 4 * delta * np.sqrt(variance)
        found = {
            "energy": energy / N,
            "free_energy": np.full(T.shape, delta / N),
            "entropy": (delta + energy) / (T * N),
            "heat_capacity": variances / (T**2 * N),
            "energy_susceptibility": variances / N,
            "states": share * mean["states"],
        }
        for name in self.model.symmetries.conserved:
            own = mean[f"{name}_susceptibility"] * N
            found[f"{name}_mean"] = share * (np.sqrt(own) + np.abs(mean[f"{name}_mean"]) * N) / N + 4 * EPS
            found[f"{name}_susceptibility"] = 2 * share * own / N + 4 * EPS
        return found


def apart(model: Lattice, fine: Sequence[Levels], coarse: Sequence[Levels], T: Real) -> float:
    """How far quadratures are apart: ln Z, energy over the width, variance over its square; the largest."""
    one, other = Sums(model, fine, T), Sums(model, coarse, T)
    low, high = bounds(model.strings)
    width = max(high - low, 1e-300)
    free = np.abs(one.mean["free_energy"] - other.mean["free_energy"]) * model.size / T
    energy = np.abs(one.mean["energy"] - other.mean["energy"]) * model.size / width
    variance = (
        np.abs(one.mean["energy_susceptibility"] - other.mean["energy_susceptibility"]) * model.size / width / width
    )
    return float(max(free.max(), energy.max(), variance.max()))


def errors(model: Lattice, spectra: Spectra, T: Real) -> Numbers:
    """Bounds: rounding, and of samples their scatter at the confidence, with what quadratures are apart."""
    sums = Sums(model, spectra.samples, T)
    found = sums.rounding(spectra.left)
    R = len(spectra.samples)
    if R > 1:
        wide = float(special.stdtrit(R - 1, (1 + CONFIDENCE) / 2))
        coarse = Sums(model, spectra.coarser, T).mean
        for name, error in sums.scatter.items():
            found[name] = found[name] + wide * error + np.abs(sums.mean[name] - coarse[name])
    return found


def checks(model: Lattice, spectra: Spectra, T: Real) -> tuple[Check, ...]:
    """Traces that are known without an energy; and of quadratures, whether they have settled."""
    D, strings = float(model.dimension), model.strings
    most = max(1e-300, *map(abs, bounds(strings)))
    samples = spectra.samples
    first = float(np.mean([one.weights @ one.energies for one in samples])) / D
    if len(samples) == 1:
        second = float(samples[0].weights @ (samples[0].energies / most) ** 2) / D
        return (
            Check("trace", abs(first - strings.trace.real) / most, 1e-12, "Σ E = Tr H, in units of the bound on ‖H‖"),
            Check("second trace", abs(second - (strings.norm / most) ** 2), 1e-12, "Σ E² = Tr H², likewise"),
            Check("blocks", spectra.left / most, 1e-12, "what H leads out of its blocks, likewise"),
        )
    # of a Haar state in every sector <r|H|r> has at most this variance
    error = np.sqrt(max(strings.norm**2 - strings.trace.real**2, 0.0) / (len(samples) * D)) + 1e-12 * most
    settled = apart(model, samples, spectra.coarser, T)
    return (
        Check(
            "trace", abs(first - strings.trace.real) / float(error), APART, "the samples give Tr H, in standard errors"
        ),
        Check("quadrature", settled, 10 * QUADRATURE, "change of ln Z, energy and variance by the last products"),
    )
