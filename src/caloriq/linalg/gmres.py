"""GMRES on real vectors of any array library, for consistent singular systems too."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Combination:
    """Combination found, and what it took."""

    combination: Any  # y of the residual b - A B y that is smallest; the correction is B y
    # its coefficients in the directions that were tried: the correction is their sum over B of these, too
    weights: list[float]
    residuals: list[float]  # the norm of the residual after every product, the start first


def gmres(
    apply: Callable[[Any], Any],
    right: Any,
    *,
    target: float,
    size: int,
    xp: Any = np,
    progress: Callable[[float], None] | None = None,
) -> Combination:
    """One cycle of right-preconditioned GMRES: minimises ‖b - A B y‖ over a Krylov space.

    `apply` takes y to A B y, `right` is b, shape (n,), `target` the norm of the residual to stop at, and `size` the largest
    dimension of the space, one vector of memory each; `progress` hears the residual after every product. For a singular A
    it converges whenever b is in its range and range and null space share only 0.
    """
    norm = float(xp.linalg.vector_norm(right))
    residuals = [norm]
    if norm <= target or norm == 0:
        return Combination(xp.zeros_like(right), [], residuals)
    basis = [right / norm]
    H = np.zeros((size + 1, size))
    g = np.zeros(size + 1)
    g[0] = norm
    rotations: list[tuple[float, float]] = []
    for j in range(size):
        w, column = _orthogonal(apply(basis[j]), basis, xp)
        exhausted = column[j + 1] <= 1e-15 * np.linalg.norm(column)
        height = float(column[j + 1])
        for i, (c, s) in enumerate(rotations):
            column[i], column[i + 1] = c * column[i] + s * column[i + 1], -s * column[i] + c * column[i + 1]
        r = float(np.hypot(column[j], column[j + 1]))
        if r == 0:
            break
        c, s = column[j] / r, column[j + 1] / r
        rotations.append((c, s))
        column[j] = r
        H[: j + 1, j] = column[: j + 1]
        g[j + 1], g[j] = -s * g[j], c * g[j]
        residuals.append(abs(float(g[j + 1])))
        if progress is not None:
            progress(residuals[-1])
        if residuals[-1] <= target or exhausted or j == size - 1:
            break
        basis.append(w / height)
    steps = len(rotations)
    y = np.linalg.solve(np.triu(H[:steps, :steps]), g[:steps]).tolist()
    return Combination(combined(y, basis, xp.zeros_like(right)), y, residuals)


def combined(weights: list[float], vectors: list[Any], out: Any) -> Any:
    """`out` with the sum of weights times vectors added."""
    for weight, vector in zip(weights, vectors, strict=False):
        out += weight * vector
    return out


def _orthogonal(w: Any, basis: list[Any], xp: Any) -> tuple[Any, Any]:
    """The part of w orthogonal to the basis (modified Gram-Schmidt, repeated where digits are lost), and the coefficients."""
    column = np.zeros(len(basis) + 1)
    for _ in range(2):
        before = float(xp.linalg.vector_norm(w))
        for i, vector in enumerate(basis):
            h = float(xp.linalg.vecdot(vector, w))
            column[i] += h
            w = w - h * vector
        column[-1] = float(xp.linalg.vector_norm(w))
        if column[-1] > 0.5 * before:
            break
    return w, column
