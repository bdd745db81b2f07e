r"""How far numbers may be from those of the two-point functions, each proved.

T generates positive maps. If F > 0 and -TF ≥ ½ρ > 0 with diagonal ρ, then T is stable and -T⁻¹ρ ≤ 2F; and where the residual R is
between -ρ and ρ, as it is when ρ_i = Σ_j |R_ij|, the error E = -T⁻¹R is between -2F and 2F, so that |E_ij| ≤ 2 (F_ii F_jj)^½.
With :math:`\mathrm{Tr}(ER) = -\mathrm{Tr}(E\,TE) \ge \sum_{ij} (d_{ij} + g_i)|E_{ij}|^2`, d the damping and g the losses, what is damped is
smaller. Where that is not enough for a number Tr(fG), its own adjoint solution is taken: with T†y = -f + δ, Tr(fE) = Tr(yR) + Tr(δE).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from caloriq._checks import Complex, Real
from caloriq.results import Check
from caloriq.steady.bounds import UNIT
from caloriq.steady.quasi_free.equation import Equation
from caloriq.steady.quasi_free.linear import Solved, Solver

FLOOR = 1e-3  # of the largest row of the residual, what every row is given at least
POSITIVE = 16.0  # roundings of an eigenvalue
ROOM = 1 + 1e-9  # what sums of positive numbers may lose
TURNS = 4  # in which limits sharpen each other


@dataclass(eq=False)
class Error:
    """What bounds the error of a solution.

    Attributes
    ----------
    equation : Equation
        What is solved.
    residual : array, shape (n, n)
        Bound on |R|.
    limits : array, shape (n, n)
        Bound on |E|; infinite where nothing is proved.
    checks : tuple of Check
        That F is what it must be.
    """

    equation: Equation
    residual: Real
    limits: Real
    checks: tuple[Check, ...]
    _adjoint: Solver | None = field(default=None, init=False)

    @property
    def products(self) -> int:
        """Of adjoint solutions."""
        return 0 if self._adjoint is None else self._adjoint.products

    def of(self, f: Complex) -> float:
        """Bound on |Tr(fE)| by the adjoint solution of a hermitian f, shape (n, n)."""
        change = self.equation.change.adjoint
        if self._adjoint is None:
            self._adjoint = Solver(change, self.equation.rate)
        y = self._adjoint.solve(f, 1)  # what it leaves stands beside limits that are small
        left = np.abs(y.left) + change.rounding(y.matrix, f)
        return ROOM * float((np.abs(y.matrix) * self.residual).sum() + (left * self.limits).sum())


def bounded(equation: Equation, solver: Solver, found: Solved) -> Error:
    """Bounds for a solution of the equation's source."""
    n, change = equation.size, equation.change
    residual = np.abs(found.left) + change.rounding(found.matrix, equation.source)
    rows = residual.sum(axis=1)
    rho = np.maximum(rows, FLOOR * max(rows.max(), UNIT * equation.rate))  # of the empty state nothing is left
    F = solver.solve(np.diag(rho).astype(complex))
    # by Gershgorin's circles -TF ≥ ½ρ where what is left of TF + ρ has rows below ½ρ
    left = (np.abs(F.left) + change.rounding(F.matrix, np.diag(rho))).sum(axis=1)
    share = float((2 * left / rho).max())
    d = F.matrix.diagonal().real
    lowest = -1.0
    if np.all(d > 0) and np.all(np.isfinite(F.matrix)):
        lowest = float(np.linalg.eigvalsh(F.matrix / np.sqrt(np.outer(d, d)))[0])
    needed = POSITIVE * n * UNIT
    checks = (
        Check("residual of the bound", share, 1.0, "-𝓛F ≥ ½ρ: an upper limit of all errors that are left"),
        Check(
            "second steady state",
            needed / max(lowest, UNIT / n),
            1.0,
            "F > 0 with -𝓛F > 0: every two-point function has one limit",
        ),
    )
    if not all(one.holds for one in checks):
        return Error(equation, residual, np.full((n, n), np.inf), checks)
    return Error(equation, residual, _sharpened(equation, residual, 2 * np.sqrt(np.outer(d, d))), checks)


def _sharpened(equation: Equation, residual: Real, limits: Real) -> Real:
    """Limits that are at most what Tr(ER) allows."""
    g = equation.losses
    decay = 2 * equation.change.damping + g[:, None] + g
    decay[np.diag_indices(equation.size)] /= 2
    for _ in range(TURNS):
        allowed = np.full_like(limits, np.inf)
        np.divide(ROOM * float((limits * residual).sum()), decay, out=allowed, where=decay > 0)
        limits = np.minimum(limits, np.sqrt(allowed))
    return limits
