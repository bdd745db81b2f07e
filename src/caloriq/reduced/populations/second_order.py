r"""Second order in the coupling, baths included (WS 5).

.. math::
    W_{nm}(t) = 2\lambda^2 |B_{nm}|^2\,\mathrm{Re}\int_0^t d\tau\, g(\tau)\, e^{i(E_m - E_n)\tau}

from m to n; without bath :math:`2\lambda^2|B|^2\sin(\omega t)/\omega`. Sparse: one number for every coupled pair of states.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import scipy
from numpy.typing import NDArray

from caloriq import _checks
from caloriq._checks import Complex, Real
from caloriq.errors import CaloriqError, InvalidInput
from caloriq.reduced.populations.remembered import Product, remembered
from caloriq.reduced.populations.space import Space, decay

ROUNDED = 4 * float(np.finfo(float).eps)  # frequencies closer than that, relative to the largest level, are one
NODES = 12  # of a Gauss-Legendre panel
PANEL = 1.5  # phase turned, or e-foldings of g, in a panel


class SecondOrder:
    """K(t) to order λ²."""

    def __init__(self, space: Space) -> None:
        self.space = space
        self.rows, self.columns, B = space.transitions
        self.weights: Real = 2 * space.strength**2 * np.abs(B) ** 2
        omega = space.energies[self.columns] - space.energies[self.rows]
        gamma = decay(space)
        # what rounding of the given levels makes of equal distances; the error counts what is taken together
        self.same = ROUNDED * float(np.abs(space.level_energies).max(initial=0.0))
        self.remembers = gamma is None and getattr(space.model, "bath", None) is not None
        self.baths: tuple[Product, ...] = ()
        kind = np.zeros(len(omega), dtype=np.intp)
        if self.remembers:
            kind, self.baths = remembered(space)
        grid = np.round(omega / self.same) if self.same > 0 else omega
        both = np.stack([grid, np.zeros_like(omega) if gamma is None else gamma, kind], axis=1)
        _, first, self.group = np.unique(both, axis=0, return_index=True, return_inverse=True)
        self.group = self.group.ravel()
        self.frequencies: Real = omega[first]
        self.frequencies[np.abs(self.frequencies) <= self.same] = 0.0
        self.decay: Real = np.zeros(len(first)) if gamma is None else gamma[first]
        self.kind = kind[first]  # number of its correlation function
        self.error = 0.0
        self.heaviest = np.zeros(len(first))
        np.maximum.at(self.heaviest, self.group, self.weights)
        self._wrong: Real = np.zeros((1, len(first)))

    def integrals(self, times: Real) -> Real:
        """Re ∫₀ᵗ g e^(iωτ) dτ of every group, shape (T, G)."""
        if self.remembers:
            return self._quadrature(times)
        t = times[:, None]
        z = 1j * self.frequencies - self.decay
        with np.errstate(divide="ignore", invalid="ignore"):
            found: Complex = np.expm1(z * t) / z
        return np.where(z == 0, t, found.real)

    def _quadrature(self, times: Real) -> Real:
        return self._together([times] * len(self.baths))

    def _together(self, times: list[Real]) -> Real:
        """The integrals of every group up to the times of its correlation function, with what half the panels change."""
        found, self._wrong = (np.zeros((len(times[0]) if times else 1, len(self.frequencies))) for _ in range(2))
        for number, (bath, until) in enumerate(zip(self.baths, times, strict=True)):
            chosen = np.flatnonzero(self.kind == number)
            if chosen.size:
                found[:, chosen], self._wrong[:, chosen] = _integrated(bath, self.frequencies[chosen], until)
        self.error = float(self._wrong.max(initial=0.0) / max(np.abs(found).max(initial=0.0), 1e-300))
        return found

    def values(self, times: Real) -> Real:
        """W of every transition, shape (T, transitions)."""
        return self.weights * self.integrals(times)[:, self.group]

    def memory(self, times: Real) -> Real:
        """Kernel of the equation with memory, 2λ²|B|² Re g e^(iωτ), of every transition, shape (T, transitions)."""
        phase = np.exp(1j * self.frequencies * times[:, None])
        if self.remembers:
            g = np.stack([bath.correlation(times) for bath in self.baths], axis=1)[:, self.kind]
        else:
            g = np.exp(-self.decay * times[:, None])
        return np.asarray(self.weights * (g * phase).real[:, self.group])

    def errors(self, times: Real) -> Real:
        """Bound on the error of any gain, shape (T,): of the quadrature, of the phases, and of frequencies taken as one."""
        t = times[:, None]
        with np.errstate(divide="ignore", invalid="ignore"):
            kept = np.minimum(t, 1 / self.decay)  # ∫ |g|
            late = np.minimum(kept**2 / 2, 2 * kept / np.abs(self.frequencies))
        wrong = self._wrong if self.remembers else 0.0
        return np.asarray((self.heaviest * (wrong + ROUNDED * kept + 2 * self.same * late)).max(axis=1, initial=0.0))

    def limit_errors(self) -> Real:
        """Bound on the error of any gain in the limit of long times, shape (1,)."""
        if self.remembers:
            return np.asarray((self.heaviest * self._wrong).max(axis=1, initial=0.0))
        steepest = np.divide(1, self.decay**2, out=np.zeros_like(self.decay), where=self.decay > 0)
        return np.asarray([(self.heaviest * self.same * steepest).max(initial=0.0)])

    def flow(self, t: float, P: Real) -> Real:
        """dP/dt without forming a matrix: gains and losses of every transition."""
        moved, D = self.values(np.array([t]))[0] * P[self.columns], self.space.dimension
        gained = np.bincount(self.rows, weights=moved, minlength=D)
        return np.asarray(gained - np.bincount(self.columns, weights=moved, minlength=D), dtype=float)

    def at(self, t: float) -> scipy.sparse.csr_array:
        """K(t)."""
        return assembled(self.space.dimension, self.rows, self.columns, self.values(np.array([t]))[0])

    def memories(self) -> Real:
        """∫|g| of every group under baths that remember, until they have forgotten; infinite where one never does."""
        return np.array([_memory(bath) for bath in self.baths])[self.kind]

    def limit(self) -> Real:
        """Re ∫₀^∞ g e^(iωτ) dτ of every group; infinite or zero without decay."""
        if self.remembers:
            return np.asarray(self._together([np.array([bath.end()]) for bath in self.baths])[0], dtype=float)
        with np.errstate(divide="ignore", invalid="ignore"):
            lorentzian = self.decay / (self.decay**2 + self.frequencies**2)
        return np.where(self.decay > 0, lorentzian, np.where(self.frequencies == 0, np.inf, 0.0))


def assembled(
    dimension: int, rows: NDArray[np.intp], columns: NDArray[np.intp], values: Real
) -> scipy.sparse.csr_array:
    """Generator of given gains: losses fill the diagonal, so that every column sums to zero."""
    W = scipy.sparse.coo_array((values, (rows, columns)), shape=(dimension, dimension)).tocsr()
    return scipy.sparse.csr_array(W - scipy.sparse.diags_array(W.sum(axis=0)))


def _integrated(bath: Product, frequencies: Real, times: Real) -> tuple[Real, Real]:
    """Re ∫₀ᵗ g e^(iωτ) dτ, shape (T, F), and its change by panels half as long."""
    unknown = bath.unknown
    if unknown is not None and times[-1] > unknown.known_until:
        raise InvalidInput(
            f"`bath` must be known up to the last of the times, but its samples end at {unknown.known_until:g}, where |g| is still {abs(unknown.values[-1]):.2g} (got {times[-1]:g}); give samples until g has fallen below 1e-6"
        )
    fastest = max(bath.fastest, float(np.abs(frequencies).max(initial=0.0)), 1e-300)
    panels = 2 * fastest * float(times[-1]) / PANEL + len(times)
    _checks.memory(
        "times",
        f"until {times[-1]:g}",
        16.0 * NODES * 4 * panels,
        "take earlier times, or a bath with slower parts",
    )
    fine = _panels(times, PANEL / fastest, bath)
    coarse_sum, fine_sum = (_panel_sums(edges, times, bath, frequencies) for edges in (fine[::2], fine))
    return fine_sum, np.abs(coarse_sum - fine_sum)


def _nodes(edges: Real) -> tuple[Real, Real]:
    """Nodes and weights of every panel, shape (P, NODES)."""
    x, w = np.polynomial.legendre.leggauss(NODES)
    half = np.diff(edges)[:, None] / 2
    return edges[:-1, None] + half * (1 + x), half * w


def _panel_sums(edges: Real, times: Real, bath: Product, frequencies: Real) -> Real:
    nodes, weights = _nodes(edges)
    g = bath.correlation(nodes.ravel()).reshape(nodes.shape) * weights
    out = np.empty((len(times), len(frequencies)))
    at = np.searchsorted(edges, times * (1 - 1e-14))
    for a, omega in enumerate(frequencies):
        total = np.concatenate([[0.0], np.cumsum((g * np.exp(1j * omega * nodes)).real.sum(axis=1))])
        out[:, a] = total[at]
    return out


def _memory(bath: Product) -> float:
    """∫|g|; infinite where g never ends."""
    try:
        end = bath.end()
    except CaloriqError:
        return float("inf")
    nodes, weights = _nodes(_panels(np.array([end]), PANEL / max(bath.fastest, 1 / end), bath))
    return float((np.abs(bath.correlation(nodes.ravel())).reshape(nodes.shape) * weights).sum())


def _panels(times: Real, longest: float, bath: Product) -> Real:
    """Edges that hold all times, the knots of the bath, and no panel longer than asked; an even number of panels between."""
    knots = np.concatenate([[0.0], times, bath.knots])
    knots = np.unique(knots[knots <= times[-1]])
    parts = [
        np.linspace(a, b, 2 * max(1, int(np.ceil((b - a) / longest))) + 1)[:-1] for a, b in pairwise(knots.tolist())
    ]
    return np.concatenate([*parts, knots[-1:]])
