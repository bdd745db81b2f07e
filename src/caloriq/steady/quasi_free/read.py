"""What is read of the two-point functions of a quasi-free lattice: the numbers of `steady.lattice.read`, each with its bound."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy

from caloriq._checks import Complex, Real
from caloriq.models.lattice.quasi_free import QuadraticFlows
from caloriq.spaces.quadratic import Quadratic
from caloriq.steady.bounds import ROUNDINGS, UNIT
from caloriq.steady.lattice.read import RELATIVE, SMALL, Read, Seen
from caloriq.steady.quasi_free.bounds import Error
from caloriq.steady.quasi_free.equation import Equation

GOOD = RELATIVE / 2  # error of a number, over itself or a share of its scale, above which its adjoint solution is taken

Functional = tuple[Any, complex, Any]  # (f, c, s): ⟨A⟩ = Tr(fG) + c, and the moduli that were added up to f


@dataclass(frozen=True, eq=False)
class Rows:
    """Operators as Tr(fG) + c, f of all of them as rows on the elements of G.

    Attributes
    ----------
    rows : sparse array, shape (K, n²)
        f_ij at the place of G_ji.
    sizes : sparse array, shape (K, n²)
        Moduli that were added up to f_ij.
    constants : array, shape (K,)
        c.
    scales : array, shape (K,)
        (Tr A²/D)^½.
    roundings : array, shape (K,)
        What c was added up from, by modulus.
    """

    rows: Any
    sizes: Any
    constants: Real
    scales: Real
    roundings: Real

    @classmethod
    def of(cls, equation: Equation, given: Sequence[Functional]) -> Rows:
        """Of (f, c, s)."""
        n = equation.size
        constants = np.array([c.real for _, c, _ in given])
        means = np.array([s.diagonal().sum() / 2 for _, _, s in given])
        # what is nothing but rounding is held against what cancelled
        scales = np.array([_scale(equation, f if f.nnz or c else s, c) for f, c, s in given])
        rows, sizes = _flat([f for f, _, _ in given], n), _flat([s for _, _, s in given], n)
        return cls(rows, sizes, constants, scales, np.abs(constants) + means)

    def read(self, G: Complex, error: Error) -> Seen:
        """All numbers of G; by adjoint solutions where the limits of its elements leave too much."""
        value = (self.rows @ G.reshape(-1)).real + self.constants
        terms = self.sizes @ np.abs(G).reshape(-1) + self.roundings
        rounding = ROUNDINGS * UNIT * terms
        with np.errstate(invalid="ignore"):  # nothing times what nothing is known of
            off = abs(self.rows) @ error.limits.reshape(-1)
        off = np.where(np.isnan(off), np.inf, off)
        wide = off + rounding > GOOD * np.maximum(np.abs(value), SMALL * self.scales)
        for number in np.flatnonzero(wide & np.isfinite(off)).tolist():
            f = self.rows[[number]].toarray().reshape(G.shape).T
            off[number] = min(off[number], error.of(f))
        bound = off + rounding
        return Seen(value, bound, self.scales)


def _flat(matrices: Sequence[Any], n: int) -> scipy.sparse.csr_array:
    """Rows of matrices, f_ij at the place of G_ji."""
    data, rows, columns = [np.zeros(0)], [np.zeros(0, dtype=int)], [np.zeros(0, dtype=int)]
    for number, f in enumerate(matrices):
        own = f.tocoo()
        data.append(own.data)
        rows.append(np.full(own.nnz, number))
        columns.append(own.col.astype(int) * n + own.row)
    joined = (np.concatenate(data), (np.concatenate(rows), np.concatenate(columns)))
    return scipy.sparse.csr_array(joined, shape=(len(matrices), n * n))


def _scale(equation: Equation, f: Any, c: complex) -> float:
    """(Tr A²/D)^½ of A with ⟨A⟩ = Tr(fG) + c."""
    mean = c + f.trace() / 2
    if equation.modes.particles:
        return float(np.sqrt(abs(mean) ** 2 + (np.abs(f.data) ** 2).sum() / 4))
    M = equation.modes.modes.count
    turned = np.roll(np.arange(2 * M), M)
    own = f - f.T[turned][:, turned]
    return Quadratic(own, abs(own), mean).size


def read(equation: Equation, flows: QuadraticFlows, G: Complex, error: Error) -> Read:
    """All numbers of a state."""
    particles = equation.modes.particles

    def functionals(operators: Sequence[Quadratic]) -> list[Functional]:
        return [one.functional(particles=particles) for one in operators]

    def seen(given: Sequence[Functional]) -> Seen:
        return Rows.of(equation, given).read(G, error)

    each = {of: functionals(one) for of, one in flows.densities.items()}
    sums = {of: (sum(f for f, _, _ in one), sum(s for _, _, s in one)) for of, one in each.items()}
    return Read(
        {of: seen(one) for of, one in each.items()},
        {of: seen(functionals(flows.operators(of))) for of in flows.carried},
        {of: seen([one.adjoint(*f) for one in equation.parts]) for of, f in sums.items()},
        seen(functionals([equation.modes.hamiltonian])),
    )
