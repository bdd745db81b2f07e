"""Wells in one dimension and their eigenfunctions, in units ħ = m = 1.

Source of the examples: L.-A. Wu, D. Segal (2008), arXiv:0711.4599 (WS), text before eq. 20.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray

from caloriq import _checks
from caloriq._checks import Real
from caloriq.errors import InvalidInput

TAIL = 1e-16  # share of a wave function that may be left outside its support


class Well(Protocol):
    """What overlaps ask of a well around x = 0."""

    @property
    def width(self) -> float:
        """Length d that separations are compared with."""
        ...

    @property
    def confined(self) -> bool:
        """Whether wave functions end at the walls."""
        ...

    def support(self, levels: int) -> tuple[float, float]:
        """Interval outside of which the lowest levels vanish to rounding."""
        ...

    def edges(self) -> Real:
        """Points inside the support where derivatives jump."""
        ...

    def energies(self, levels: int) -> Real:
        """Lowest levels, shape (levels,)."""
        ...

    def functions(self, x: Real, levels: int) -> Real:
        """Real normalised eigenfunctions, shape (levels, *x.shape)."""
        ...


class _Walled:
    """What hard walls at ±d/2 settle, whatever lies between them."""

    width: float
    confined = True

    def support(self, levels: int) -> tuple[float, float]:  # noqa: ARG002 - the same for all
        """Between the walls."""
        return -self.width / 2, self.width / 2

    def edges(self) -> Real:
        """None known inside."""
        return np.empty(0)


@dataclass(frozen=True)
class InfiniteWell(_Walled):
    """Walls at ±d/2: φ_n ∝ sin(nπ(x/d + ½)).

    Parameters
    ----------
    width : float
        d > 0.
    """

    width: float = 1.0

    def __post_init__(self) -> None:
        _checks.positive("width", self.width)

    def energies(self, levels: int) -> Real:
        """n²π²/2d²."""
        n = np.arange(1, levels + 1)
        energies: Real = (n * np.pi / self.width) ** 2 / 2
        return energies

    def functions(self, x: Real, levels: int) -> Real:
        """√(2/d) sin(nπ(x/d + ½)) between the walls."""
        n = np.arange(1, levels + 1).reshape(-1, *[1] * x.ndim)
        phase = np.clip(x / self.width + 0.5, 0, 1)
        return np.asarray(np.sqrt(2 / self.width) * np.sin(n * np.pi * phase))


@dataclass(frozen=True)
class HarmonicWell:
    """½ω²x², with length d = 2/√ω: twice the classical amplitude of the ground state.

    Parameters
    ----------
    frequency : float
        ω > 0.
    """

    frequency: float = 1.0

    def __post_init__(self) -> None:
        _checks.positive("frequency", self.frequency)

    confined = False

    @property
    def width(self) -> float:
        """2/√ω."""
        return float(2 / np.sqrt(self.frequency))

    def support(self, levels: int) -> tuple[float, float]:
        """Classical turning point of the highest level, and ten lengths of the tail."""
        reach = (np.sqrt(2 * levels - 1) + 7.0) / np.sqrt(self.frequency)
        return -float(reach), float(reach)

    def edges(self) -> Real:
        """None."""
        return np.empty(0)

    def energies(self, levels: int) -> Real:
        """ω(n + ½)."""
        return np.asarray(self.frequency * (np.arange(levels) + 0.5))

    def functions(self, x: Real, levels: int) -> Real:
        """Hermite functions, by their normalised recurrence."""
        s = np.sqrt(self.frequency) * x
        out = np.empty((levels, *x.shape))
        out[0] = (self.frequency / np.pi) ** 0.25 * np.exp(-s * s / 2)
        if levels > 1:
            out[1] = np.sqrt(2) * s * out[0]
        for n in range(2, levels):
            out[n] = np.sqrt(2 / n) * s * out[n - 1] - np.sqrt((n - 1) / n) * out[n - 2]
        return out


@dataclass(frozen=True)
class FiniteWell:
    """-U for |x| < d/2, 0 outside.

    Parameters
    ----------
    depth : float
        U > 0; the well has ⌈d√(2U)/π⌉ bound levels.
    width : float
        d > 0.
    """

    depth: float
    width: float = 1.0

    def __post_init__(self) -> None:
        _checks.positive("depth", self.depth)
        _checks.positive("width", self.width)

    confined = False

    @property
    def bound(self) -> int:
        """Number of bound levels."""
        return int(np.ceil(self.width * np.sqrt(2 * self.depth) / np.pi))

    @cached_property
    def _momenta(self) -> Real:
        """Momenta k d/2 inside, from (ξ tan ξ or -ξ cot ξ) = √(ξ₀² - ξ²)."""
        most = self.width / 2 * np.sqrt(2 * self.depth)

        def crossing(n: int) -> float:
            low, high = n * np.pi / 2, min((n + 1) * np.pi / 2, most)

            def mismatch(xi: float) -> float:  # rises through zero; free of poles
                decay = np.sqrt(max(most**2 - xi**2, 0.0))
                even = xi * np.sin(xi) - decay * np.cos(xi)
                odd = -xi * np.cos(xi) - decay * np.sin(xi)
                return float((even if n % 2 == 0 else odd) * (-1) ** (n // 2))

            return float(scipy.optimize.brentq(mismatch, low, high, xtol=1e-15, rtol=1e-15))

        return np.array([crossing(n) for n in range(self.bound)])

    def _check(self, levels: int) -> None:
        if levels > self.bound:
            raise InvalidInput(
                f"`levels` must be bound, but the well of depth {self.depth:g} and width {self.width:g} has only {self.bound} (got {levels})"
            )

    def support(self, levels: int) -> tuple[float, float]:
        """To where the slowest tail has fallen to rounding."""
        self._check(levels)
        decay = np.sqrt(2 * self.depth - (2 * self._momenta[levels - 1] / self.width) ** 2)
        reach = self.width / 2 - np.log(TAIL) / (2 * decay)
        return -float(reach), float(reach)

    def edges(self) -> Real:
        """The walls."""
        return np.array([-self.width / 2, self.width / 2])

    def energies(self, levels: int) -> Real:
        """-U + k²/2."""
        self._check(levels)
        energies: Real = (2 * self._momenta[:levels] / self.width) ** 2 / 2 - self.depth
        return energies

    def functions(self, x: Real, levels: int) -> Real:
        """Cosines and sines inside, exponentials outside."""
        self._check(levels)
        half = self.width / 2
        out = np.empty((levels, *x.shape))
        for n, xi in enumerate(self._momenta[:levels].tolist()):
            k = xi / half
            decay = np.sqrt(2 * self.depth - k * k)
            wave = np.cos if n % 2 == 0 else np.sin
            wall = wave(xi)
            tail = wall * np.exp(-decay * np.maximum(np.abs(x) - half, 0))
            inside = np.abs(x) <= half
            value = np.where(inside, wave(k * np.clip(x, -half, half)), tail if n % 2 == 0 else np.sign(x) * tail)
            norm = half + (1 if n % 2 == 0 else -1) * np.sin(2 * xi) / (2 * k) + wall**2 / decay
            out[n] = value / np.sqrt(norm)
        return out


@dataclass(frozen=True)
class PotentialWell(_Walled):
    """Any potential between hard walls at ±d/2, in a basis of sines.

    Parameters
    ----------
    potential : callable or (array_like, array_like)
        U(x) of an array, or its samples (x, U), joined by a cubic spline.
    width : float
        d > 0, wide enough for the wave functions that are asked.
    basis : int
        Number of sines.
    """

    potential: Callable[[Real], ArrayLike] | tuple[ArrayLike, ArrayLike]
    width: float
    basis: int = 160

    def __post_init__(self) -> None:
        _checks.positive("width", self.width)
        _checks.whole("basis", self.basis, 4)
        if not callable(self.potential):
            self._spline()
        U = _checks.numbers("potential", self._potential(np.linspace(-self.width / 2, self.width / 2, 7)))
        if U.shape != (7,):
            raise InvalidInput(
                f"`potential` must give as many values as it gets points, but it does not (got shape {U.shape} for 7 points)"
            )

    def _spline(self) -> Any:
        if not isinstance(self.potential, tuple) or len(self.potential) != 2:
            raise InvalidInput(
                f"`potential` must be a function or a pair of samples (x, U), but it is neither (got {_checks.shown(self.potential)})"
            )
        x, U = (_checks.numbers("potential", part) for part in self.potential)
        half = self.width / 2
        if x.ndim != 1 or x.shape != U.shape or x.size < 4 or np.any(np.diff(x) <= 0):
            raise InvalidInput(
                f"`potential` must be sampled at four or more increasing points, but it is not (got shapes {x.shape} and {U.shape})"
            )
        if x[0] > -half or x[-1] < half:
            raise InvalidInput(
                f"`potential` must be sampled between the walls at ±{half:g}, but it is not (got {x[0]:g} to {x[-1]:g})"
            )
        return scipy.interpolate.CubicSpline(x, U)

    def _potential(self, x: Real) -> Any:
        return self.potential(x) if callable(self.potential) else self._spline()(x)

    @cached_property
    def _eigen(self) -> tuple[Real, NDArray[Any]]:
        return self._solve(self.basis)

    def _solve(self, basis: int) -> tuple[Real, NDArray[Any]]:
        n = np.arange(1, basis + 1)
        points = 4 * basis
        s = (np.arange(points) + 0.5) / points  # the midpoint rule is exact for products of sines
        U = np.asarray(self._potential(self.width * (s - 0.5)), dtype=float)
        sines = np.sqrt(2 / points) * np.sin(np.pi * np.outer(n, s))
        H = (sines * U) @ sines.T
        H[np.diag_indices(basis)] += (n * np.pi / self.width) ** 2 / 2
        return scipy.linalg.eigh(H)  # type: ignore[no-any-return]

    def basis_error(self, levels: int) -> float:
        """Change of the energies with half as many sines again, relative to their spread."""
        fine = self._solve(self.basis * 3 // 2)[0][:levels]
        return float(
            np.abs(self._eigen[0][:levels] - fine).max() / max(float(np.ptp(fine)), abs(float(fine[0])), 1e-300)
        )

    def _check(self, levels: int) -> None:
        if levels > self.basis // 4:
            raise InvalidInput(
                f"`levels` must be at most a quarter of the basis of {self.basis} sines, but they are more (got {levels}); enlarge `basis`"
            )

    def energies(self, levels: int) -> Real:
        """Lowest eigenvalues."""
        self._check(levels)
        return self._eigen[0][:levels].copy()

    def functions(self, x: Real, levels: int) -> Real:
        """Sums of sines between the walls."""
        self._check(levels)
        n = np.arange(1, self.basis + 1)
        phase = np.clip(x.ravel() / self.width + 0.5, 0, 1)
        waves = np.sqrt(2 / self.width) * np.sin(np.pi * np.outer(n, phase))
        return np.asarray((self._eigen[1][:, :levels].T @ waves).reshape(levels, *x.shape))
