"""The rate equation dP/dt = -γ L P along any edges: by the eigenbasis of L, or by a series of products with it."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from caloriq import _checks
from caloriq._checks import Real
from caloriq.errors import InvalidInput
from caloriq.linalg.heat_equation import Laplacian, orders
from caloriq.models.modular import Bonds
from caloriq.reduced.rates.closed_form import solve_dense
from caloriq.results import Progress

TERMS = 2e6  # terms of a series at the last time; ten times as many in all
SMALL = 600  # subunits up to which an eigendecomposition costs less than importing the compiled products


class EdgeFlow:
    """Flow along E edges with `relative` rates, in units of γ; an edge of rate 0 carries nothing."""

    def __init__(self, subunits: int, bonds: Bonds, relative: Real) -> None:
        self.subunits, self.bonds, self.relative = subunits, bonds, relative

    @cached_property
    def operator(self) -> Laplacian:
        """L, ready for products."""
        need = 130.0 * len(self.bonds) + 50.0 * self.subunits
        _checks.memory("graph", f"{len(self.bonds)} edges", need, "take a smaller network")
        carrying = self.relative > 0
        return Laplacian(self.subunits, self.bonds[carrying], self.relative[carrying])

    @property
    def route(self) -> str:
        """The eigenbasis of small graphs, or the series."""
        return "eigenbasis" if self.subunits <= SMALL else "series"

    def solve(
        self, start: Real, rate: float, times: Real, route: str, tol: float, progress: Progress | None
    ) -> tuple[Real, dict[str, float | int | str]]:
        """Populations, shape (T, N), and what is to be noted of the method."""
        spans = rate * times
        if route == "eigenbasis":
            return solve_dense(start, self.operator.matrix().toarray(), spans), {}
        self._affordable(spans, times, tol)
        return self.operator.heat(start, spans, tol, progress)

    def _affordable(self, spans: Real, times: Real, tol: float) -> None:
        """Refuse a series of more than 2·10⁷ terms over all times, or 2·10⁶ at the last."""
        half = self.operator.bound / 2
        last = orders(half * float(spans[-1]), tol)
        every = last * np.sqrt(spans / spans[-1]).sum() if spans[-1] > 0 else 1.0  # orders grow as √t
        if last > TERMS or every > 10 * TERMS:
            raise InvalidInput(
                f"`times` must be affordable on a graph, but the series takes {last} products for the last and {every:.2g} terms in all (got {times[-1]:g}); take earlier or fewer times, or a lattice"
            )
