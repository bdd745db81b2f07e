r"""y' = Ly by implicit steps that no fast decay shortens, with the defect of every step measured.

In a step of length h the polynomial p of degree m has :math:`p'=Lp` at the m nodes of Radau's rule, whose last is the end of the step
(E. Hairer, G. Wanner, *Solving Ordinary Differential Equations II*, IV.5, doi:10.1007/978-3-642-05221-7). Its defect
:math:`d=p'-Lp` is a polynomial of degree m, known by its values at the nodes, which are rounding, and by its leading coefficient,
:math:`-La_m`, so that

.. math::
    \int_0^h\|d\|\,ds\le h\Big(\sum_i\|d(c_ih)\|\int_0^1|\ell_i|+\|La_m\|\int_0^1|M|\Big),\qquad M(x)=\prod_i(x-c_i).

Where the norm of no :math:`e^{Lt}` exceeds one this is all that a step adds to the error, as in `taylor`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import scipy
from numpy.typing import NDArray

from caloriq._checks import Complex, Real
from caloriq.errors import NotConverged
from caloriq.linalg.taylor import ROUNDINGS, UNIT, Instant

STAGES = 12  # nodes of a step
LAYER = 1e-3  # share of the tolerance that any one step may take, so that steps may begin as short as a fast decay asks
LONGER = 3.0  # by which steps grow and shrink: each length has factors of its own
KEPT = 2  # lengths whose factors are kept
WAITING = 8  # steps until a length that failed is tried again; doubled each time
REFINED = 2  # corrections of the solution of a step
DENSE = 1600  # elements up to which a matrix with many entries in a row is factorised as a dense one
FILLED = 10  # entries in a row, on average, from which factors of a sparse one fill up
SHORTEST = 1e-12  # of the time that the norm of L sets

Vector = NDArray[Any]


class Rule(NamedTuple):
    """Nodes and what belongs to them, for steps of length one."""

    nodes: Real  # shape (m,)
    slopes: Real  # derivatives at the nodes of the polynomial that is 0 at 0, by its values there, shape (m, m)
    poles: Complex  # eigenvalues of `slopes`, shape (m,)
    mixed: Complex  # eigenvectors, shape (m, m)
    parted: Complex  # their inverse
    leading: Real  # leading coefficient by the values, shape (m,)
    between: Real  # integral of every Lagrange polynomial's modulus, shape (m,)
    beyond: float  # integral of |M|


@lru_cache(maxsize=1)
def rule(m: int = STAGES) -> Rule:
    """Radau's rule of the right end."""
    roots = scipy.special.roots_jacobi(m - 1, 1.0, 0.0)[0] if m > 1 else np.zeros(0)
    nodes = np.append((1 + roots) / 2, 1.0)
    points = np.append(0.0, nodes)
    weight = np.array([1 / np.prod(x - np.delete(points, k)) for k, x in enumerate(points)])
    apart = nodes[:, None] - points[None, :]
    with np.errstate(divide="ignore"):
        D = weight[None, :] / weight[1:, None] / apart
    D[np.arange(m), np.arange(1, m + 1)] = 0.0
    D[np.arange(m), np.arange(1, m + 1)] = -D.sum(axis=1)
    slopes = D[:, 1:]
    poles, mixed = np.linalg.eig(slopes)
    x, w = np.polynomial.legendre.leggauss(40 * m)
    x, w = (1 + x) / 2, w / 2
    away = x[:, None] - nodes[None, :]
    M = away.prod(axis=1)
    own = np.array([1 / np.prod(c - np.delete(nodes, k)) for k, c in enumerate(nodes)])
    between = w @ np.abs(M[:, None] / away * own)
    return Rule(nodes, slopes, poles, mixed, np.linalg.inv(mixed), weight[1:], between, float(w @ np.abs(M)))


class Step(NamedTuple):
    """A polynomial, and what it adds to the error."""

    changes: Complex  # of y from the beginning of the step, at the nodes, shape (m, n)
    left: float  # by the leading coefficient of the defect
    rounding: float  # by all else

    def at(self, start: Vector, share: float) -> Vector:
        """Its value at a share of the step."""
        points = np.append(0.0, rule().nodes)
        apart = share - points
        if np.any(apart == 0):
            k = int(np.flatnonzero(apart == 0)[0])
            return start if k == 0 else start + self.changes[k - 1]
        weight = np.append(1 / np.prod(-rule().nodes), rule().leading) / apart
        found: Vector = start + (weight[1:] / weight.sum()) @ self.changes
        return found


class Steps:
    """Steps of one generator, with the factors of the lengths in use.

    Parameters
    ----------
    L : sparse array, shape (n, n)
        The generator.
    norm : callable
        At least the norm in which e^{Lt} does not grow.
    """

    def __init__(self, L: Any, norm: Callable[[Vector], float]) -> None:
        self.L, self.norm = L.tocsc(), norm
        self._sizes = abs(self.L).tocsr()
        self._factors: dict[float, list[Callable[[Vector], Vector]]] = {}
        self.products = 0

    def _factored(self, h: float) -> list[Callable[[Vector], Vector]]:
        if h not in self._factors:
            if len(self._factors) == KEPT:
                del self._factors[next(iter(self._factors))]
            one = scipy.sparse.eye_array(self.L.shape[0], format="csc")
            self._factors[h] = [_solver((pole * one - h * self.L).tocsc()) for pole in rule().poles]
        return self._factors[h]

    def step(self, y: Vector, h: float) -> Step:
        """One step from y."""
        R, factors = rule(), self._factored(h)
        slope = self.L @ y
        Z: Complex = np.zeros((len(R.nodes), len(y)), dtype=complex)
        wanted = np.broadcast_to(h * slope, Z.shape)
        for _ in range(1 + REFINED):
            parts = R.parted @ (wanted - R.slopes @ Z + h * (self.L @ Z.T).T)
            Z = Z + R.mixed @ np.array([solve(part) for solve, part in zip(factors, parts, strict=True)])
        self.products += (2 + REFINED) * len(R.nodes)
        defects = R.slopes @ Z - h * (slope + (self.L @ Z.T).T)
        left = h * R.beyond * self.norm(self.L @ (R.leading @ Z))
        at_nodes = sum(float(b) * self.norm(d) for b, d in zip(R.between, defects, strict=True))
        size = max(self.norm(self._sizes @ np.abs(v)) for v in (y, y + Z[-1]))
        scale = max(self.norm(one) for one in Z)
        counted = ROUNDINGS * UNIT * (h * size + self.norm(y) + float(np.abs(R.slopes).sum(axis=1) @ R.between) * scale)
        return Step(Z, left, at_nodes + counted)


def _is_dense(entries: float, n: int) -> bool:
    """Whether a matrix is factorised as a dense one."""
    return n <= DENSE and entries > FILLED * n


def _solver(A: Any) -> Callable[[Vector], Vector]:
    """Solutions of Ax = b, as a function of b."""
    n = A.shape[0]
    if _is_dense(A.nnz, n):
        factor = scipy.linalg.lu_factor(A.toarray(), overwrite_a=True, check_finite=False)
        return lambda b: scipy.linalg.lu_solve(factor, b, check_finite=False)
    options = {"SymmetricMode": True}
    found = scipy.sparse.linalg.splu(A, permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.1, options=options)
    solve: Callable[[Vector], Vector] = found.solve
    return solve


def seconds(entries: float, n: int, lengths: float, turns: float) -> float:
    """Rough time on one core, good to a factor of a few.

    Parameters
    ----------
    entries : float
        Of L.
    n : int
        Its dimension.
    lengths : float
        Of the last time over the shortest step.
    turns : float
        The last time over that in which something turns without decay.
    """
    dense = _is_dense(entries, n)
    factor = 4e-10 * n**3 if dense else 0.015 * (n / 924) ** 4.8
    solution = 3e-9 * n**2 if dense else 3e-4 * (n / 924) ** 2.7
    kinds = 6 + np.log(max(lengths, 1.0)) / np.log(LONGER)
    step = (1 + REFINED) * STAGES * (5e-5 + solution + 2e-8 * entries)
    return float(STAGES * kinds * (1e-4 + factor) + (4 * kinds + turns) * step)


def memory(entries: float, n: int) -> float:
    """Bytes of all factors, and of the vectors of a step."""
    dense = _is_dense(entries, n)
    filled = float(n) ** 2 if dense else min(float(n) ** 2, 76.0 * n * (n / 924) ** 0.99 * 1.2)
    return KEPT * STAGES * 24.0 * filled + 16.0 * 8 * STAGES * n


def followed(L: Any, start: Vector, times: Real, norm: Callable[[Vector], float], tol: float) -> Iterator[Instant]:
    """Solution at times that increase from 0 or later, one after the other.

    Parameters
    ----------
    L : sparse array, shape (n, n)
        The generator.
    start : array, shape (n,)
        y at time 0.
    times : array, shape (T,)
        Instants.
    norm : callable
        At least the norm in which e^{Lt} does not grow.
    tol : float
        About what all steps together may leave out; how much they do is told.

    Yields
    ------
    Instant
        For every time.

    Raises
    ------
    NotConverged
        If no step is short enough.

    Notes
    -----
    Cost: some 48 solutions and as many products for a step, which is about 2 over what turns without decay; 12 factorisations for
    every length of a step, of which there are as many as powers of 4 lie between the fastest decay and that.
    """
    made, y, now, error, place = Steps(L, norm), start, 0.0, 0.0, 0
    last, fastest = float(times[-1]), max(float(abs(L).sum(axis=1).max()), np.finfo(float).tiny)
    h = min(1 / fastest, last) or 1.0
    failed, waiting, since = np.inf, WAITING, 0
    while place < times.size:
        if times[place] <= now:
            yield Instant(y, error, made.products)
            place += 1
            continue
        one = made.step(y, h)
        room = tol * max(h / last, LAYER)
        if one.left > max(room, one.rounding):
            failed, since = h, 0
            h /= LONGER
            if h * fastest < SHORTEST:
                raise NotConverged(
                    f"`times` must be reached by steps of finite size, but they are not at {now:.3g} (got {last:g}); take shorter times"
                )
            continue
        added = one.left + one.rounding
        while place < times.size and times[place] <= now + h:
            yield Instant(one.at(y, (float(times[place]) - now) / h), error + added, made.products)
            place += 1
        y, error, now = y + one.changes[-1], error + added, now + h
        since += 1
        if since >= waiting:
            failed, waiting, since = np.inf, 2 * waiting, 0
        if h < last - now and LONGER * h < failed:
            h *= LONGER
