"""Mazur's bound at finite temperature, from exact thermal traces on rings that grow.

All of H, the current and the charges are sums over the ring; ⟨⟨A, B⟩⟩ = (⟨AB⟩ - ⟨A⟩⟨B⟩)/L in the state e^{-H/T}/Z. Charges commute
with H, so that this is also Kubo's product of a charge with anything.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray

from caloriq import _checks
from caloriq._checks import Real
from caloriq.errors import InvalidInput
from caloriq.results import Certificate, Check, MethodReport, Progress, Solution, frozen
from caloriq.spaces.currents import current_of
from caloriq.spaces.infinite import InfiniteChain
from caloriq.transport.charges.conserved import ConservedCharges
from caloriq.transport.charges.mazur import WHOLE, units_of
from caloriq.variables import ENERGY, Variable

LARGEST = 1100  # states of the largest ring that is taken by default
NO_CHARGE = 1e-10  # of the largest eigenvalue of G: a combination of the others on this ring
COMMUTES = 1e-9


@dataclass(frozen=True)
class ThermalMazur(Solution):
    """Lower bound on what stays of a current's correlation, over temperature and over the length of a ring.

    Attributes
    ----------
    of : str
        What the current carries.
    temperatures : array, shape (T,)
        In energy; infinite ones are those of `mazur`.
    sizes : array of int, shape (L,)
        Cells of each ring.
    by_size, squares : array, shape (T, L)
        The bound and ⟨J²⟩ per cell of each ring.
    spreads : array, shape (T,)
        How far the bounds of the last two rings are apart: an estimate of what longer ones would change, no bound on it.
    """

    of: str
    temperatures: Real
    sizes: NDArray[np.int64]
    by_size: Real
    squares: Real

    model: Any

    variables = (
        Variable("bound", ("temperature",), long_name="⟨J(t) J⟩ per cell at all times, at least; largest ring"),
        Variable("spreads", ("temperature",), long_name="estimate of its error: change from the ring before"),
        Variable("fraction", ("temperature",), long_name="its share of ⟨J²⟩"),
        Variable("by_size", ("temperature", "size"), long_name="the bound of every ring"),
        Variable("squares", ("temperature", "size"), long_name="⟨J²⟩ per cell of every ring"),
    )
    coordinates = (
        Variable("temperature", ("temperature",), units=ENERGY, source="temperatures"),
        Variable("size", ("size",), kind="whole", units="cell", source="sizes"),
    )
    headlines = ("bound", "spreads", "fraction")

    def declared(self) -> tuple[Variable, ...]:
        """Variables with the units of what is carried."""
        unit = units_of(self.of)["bound"]
        return tuple(
            one if one.name == "fraction" else replace(one, units=unit, carries=self.of) for one in self.variables
        )

    @property
    def bound(self) -> Real:
        """Of the largest ring, shape (T,)."""
        return self.by_size[:, -1]

    @property
    def fraction(self) -> Real:
        """Its share of ⟨J²⟩, shape (T,)."""
        return np.asarray(self.by_size[:, -1] / self.squares[:, -1])

    @property
    def spreads(self) -> Real:
        """Distance of the bounds of the last two rings, shape (T,)."""
        return np.abs(self.by_size[:, -1] - self.by_size[:, -2])

    def facts(self) -> dict[str, object]:
        """What is carried."""
        return {"of": self.of}


def thermal_mazur(
    charges: ConservedCharges,
    temperatures: ArrayLike,
    *,
    of: str = "energy",
    sizes: Sequence[int] | None = None,
    progress: Progress | None = None,
) -> ThermalMazur:
    """Mazur's bound on a current from charges at finite temperatures, on rings of several lengths.

    Parameters
    ----------
    charges : ConservedCharges
        Of `conserved_charges`.
    temperatures : array_like, shape (T,)
        T > 0, in energy; infinite is allowed.
    of : str
        "energy", or a number of every site that is conserved.
    sizes : sequence of int, optional
        Cells of at least two rings, increasing, each longer than what [H, Q] and the current cover. By default the largest three
        with at most 1100 states, two cells apart where there are that many.
    progress : callable, optional
        Called with (done, total).

    Returns
    -------
    ThermalMazur
        Exact on every ring; the limit of long ones is an estimate, with the change from the ring before as its error.

    Raises
    ------
    InvalidInput
        For temperatures that are not positive, rings that are too short, or too large for memory.
    Unsupported
        For a number that is not conserved.

    Notes
    -----
    Cost: one eigendecomposition for each part of H that its terms connect, and D³ for every temperature, D the states of a ring.
    """
    started = time.perf_counter()
    _checks.instance("charges", charges, ConservedCharges)
    T = _temperatures(temperatures)
    chain = charges.chain
    J, _ = current_of(chain, of)
    rings = _sizes(chain, charges.support, J.sites[-1] // len(chain.cell) + 1 if J.terms else 1, sizes)
    by_size, squares = np.empty((len(T), len(rings))), np.empty((len(T), len(rings)))
    off = 0.0
    for column, cells in enumerate(rings):
        operators = [chain.on_ring(one, cells).sparse().astype(complex) for one in (J, *charges.charges)]
        H = chain.on_ring(chain.hamiltonian, cells).sparse()
        off = max([off, *(_relative(H, Q) for Q in operators[1:])])
        spectrum = _parts(H)
        for row, t in enumerate(T):
            G = _covariances(_state(spectrum, H.shape[0], t), operators) / cells
            squares[row, column], by_size[row, column] = G[0, 0], _bound(G)
        if progress is not None:
            progress(column + 1, len(rings))
    checks = (
        Check("commutator", off, COMMUTES, "largest element of [H, Q] on a ring against those of H and Q"),
        Check("conserved part", float((by_size / squares).max(initial=0.0)), 1 + WHOLE, "no part of J exceeds it"),
    )
    statistics = {
        "states": math.prod(space.levels for space in chain.cell) ** rings[-1],
        "wall time in s": time.perf_counter() - started,
    }
    return ThermalMazur(
        model=charges.model,
        method=MethodReport("thermal traces on rings", "exact diagonalisation", statistics),
        certificate=Certificate(checks),
        of=of,
        temperatures=frozen(T),
        sizes=frozen(np.array(rings)),
        by_size=frozen(by_size),
        squares=frozen(squares),
    ).certified()


def _temperatures(given: ArrayLike) -> Real:
    """Positive ones, where infinity is one."""
    T = np.atleast_1d(np.array(given, dtype=float))
    finite = np.isfinite(T) | (np.inf == T)
    _checks.temperatures(np.where(finite & (np.inf > T), T, np.where(finite, 1.0, np.nan)), "temperatures")
    return T


def _sizes(chain: InfiniteChain, support: int, current: int, given: Sequence[int] | None) -> list[int]:
    """Cells of the rings: none in which a density meets its own image."""
    d = math.prod(space.levels for space in chain.cell)
    least = max(support + chain.reach - 1, current + 1)
    if given is None:
        most = max(int(math.log(LARGEST) / math.log(d)), least + 1)
        step = 2 if most - 4 >= least else 1
        return [n for n in (most - 2 * step, most - step, most) if n >= least]
    sizes = [_checks.whole("sizes", n, least) for n in given]
    if len(sizes) < 2 or sizes != sorted(set(sizes)):
        raise InvalidInput(f"`sizes` must be at least two, increasing, but they are not (got {_checks.shown(sizes)})")
    _checks.memory("sizes", sizes[-1], 80.0 * float(d) ** (2 * sizes[-1]), "take shorter rings")
    return sizes


def _parts(H: scipy.sparse.csr_array) -> list[tuple[NDArray[np.intp], Real, NDArray[Any]]]:
    """States that H connects, with eigenvalues and eigenvectors among them."""
    count, labels = scipy.sparse.csgraph.connected_components(abs(H), directed=False)
    order = np.argsort(labels, kind="stable")
    found = []
    for states in np.split(order, np.cumsum(np.bincount(labels, minlength=count))[:-1]):
        E, U = scipy.linalg.eigh(H[states][:, states].toarray())
        found.append((states, E, U))
    return found


def _state(spectrum: list[tuple[NDArray[np.intp], Real, NDArray[Any]]], dimension: int, T: float) -> NDArray[Any]:
    """e^{-H/T}/Z."""
    ground = min(float(E[0]) for _, E, _ in spectrum)
    rho = np.zeros((dimension, dimension), dtype=np.result_type(*(U for _, _, U in spectrum)))
    for states, E, U in spectrum:
        rho[np.ix_(states, states)] = (U * np.exp(-(E - ground) / T)) @ U.conj().T
    rho /= np.trace(rho).real
    return rho


def _covariances(rho: NDArray[Any], operators: list[scipy.sparse.csr_array]) -> Real:
    """⟨AB⟩ - ⟨A⟩⟨B⟩ of all pairs, real parts."""
    count = len(operators)
    G, means = np.empty((count, count)), np.empty(count)
    for k, A in enumerate(operators):
        left = rho @ A
        means[k] = np.trace(left).real
        for m, B in enumerate(operators[: k + 1]):
            there = B.tocoo()
            i, j = there.coords
            G[k, m] = G[m, k] = float(np.sum(left[j, i] * there.data).real)
    return G - np.outer(means, means)


def _bound(G: Real) -> float:
    """Square of the part of the first in the space of the others, those that depend on others left out."""
    v, inner = G[1:, 0], G[1:, 1:]
    if not v.size:
        return 0.0
    values, vectors = np.linalg.eigh(inner)
    there = values > NO_CHARGE * values[-1]
    return float(np.sum((vectors[:, there].T @ v) ** 2 / values[there]))


def _relative(H: scipy.sparse.csr_array, Q: scipy.sparse.csr_array) -> float:
    """Largest element of a commutator against those of its factors."""
    scale = float(abs(H).max()) * float(abs(Q).max())
    return float(abs(H @ Q - Q @ H).max()) / scale
