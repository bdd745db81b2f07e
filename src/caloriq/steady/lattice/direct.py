"""Steady state of few blocks by one sparse factorisation, every number with a bound from its own adjoint equation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy

from caloriq._checks import Complex, Real
from caloriq.errors import NotConverged
from caloriq.results import Check
from caloriq.steady.bounds import UNIT
from caloriq.steady.lattice.blocks import sparse_trace
from caloriq.steady.lattice.generator import Generator

LARGEST = 1100  # elements of the density matrix: 0.2 s; at 4096 a factorisation takes 50 times as long as the iteration
ROUNDINGS = 40.0  # of a residual and of the coefficients in it
SAFETY = 2.0  # of a bound of first order
SINGULAR = 1e-4  # of what noise is amplified by: a second state that is as steady


@dataclass(frozen=True)
class Factored:
    """A solution ρ of 𝓛ρ = 0 with trace one, and the factors that its errors are seen by."""

    generator: Generator
    system: Any
    size: Any
    factor: Any
    x: Complex
    left: Real  # |residual| and rounding of every equation

    @property
    def blocks(self) -> list[Complex]:
        """Hermitian blocks of ρ."""
        return [(one + one.conj().T) / 2 for one in self.generator.blocks.matrices(self.x)]

    def evaluate(self, operator: Sequence[Any]) -> tuple[float, float]:
        """Tr(Aρ), and |y|·(residual and rounding) of the adjoint solution 𝓛ᵀy = A, to first order exact."""
        f = self._row(operator)
        y = self.factor.solve(f, "T")
        y += self.factor.solve(f - self.system.T @ y, "T")
        rounding = ROUNDINGS * UNIT * (self.size.T @ np.abs(y))
        missed = float((np.abs(f - self.system.T @ y) + rounding).sum()) * float(np.abs(self.x).max())
        bound = SAFETY * (float(np.abs(y) @ self.left) + missed)
        terms = float(np.abs(f) @ np.abs(self.x))
        return float((f @ self.x).real), bound + 4 * UNIT * terms

    def _row(self, operator: Sequence[Any]) -> Complex:
        """Tr(Aρ) = Σ A_ji ρ_ij as a row on all elements."""
        return np.concatenate([np.asarray(A.todense()).T.ravel() for A in operator]).astype(complex)


def solve(generator: Generator) -> tuple[Factored, list[Check], dict[str, Any]]:
    """The state, what proves it, and what it cost.

    Raises
    ------
    NotConverged
        If the equations are singular: the steady state is not unique.
    """
    blocks = generator.blocks
    L, added = _generator(generator)
    keep = np.arange(1, blocks.dimension)  # the first row, of a population, follows from the others
    trace = sparse_trace(blocks)
    system = scipy.sparse.vstack([trace, L[keep]]).tocsc()
    size = scipy.sparse.vstack([trace, added[keep]]).tocsr()
    try:
        factor = scipy.sparse.linalg.splu(system)
    except RuntimeError as error:  # "Factor is exactly singular"
        raise NotConverged(_several("singular")) from error
    right = np.zeros(blocks.dimension, dtype=complex)
    right[0] = 1
    x = factor.solve(right)
    for _ in range(2):
        x += factor.solve(right - system @ x)
    left = np.abs(right - system @ x) + ROUNDINGS * UNIT * (size @ np.abs(x))
    amplified = _amplified(factor, blocks.dimension) * UNIT * float(size.sum(axis=1).max())
    found = Factored(generator, system, size, factor, x, left)
    checks = [
        Check("residual", generator.residual(found.blocks), 1e-10, "‖𝓛ρ‖/‖ρ‖ in units of the model's rates"),
        Check("second steady state", amplified, SINGULAR, "rounding times ‖𝓛⁻¹‖: no other state is as steady"),
    ]
    return found, checks, {"nonzeros of the factors": int(factor.nnz)}


def _generator(generator: Generator) -> tuple[Any, Any]:
    """The generator in units of its rate, and the moduli that were added up to it."""
    L = generator.matrix()
    extra = []  # beyond the moduli of what they add up to
    for H, one in zip(generator.hamiltonian, generator.turned_by, strict=True):
        lost = np.maximum(one.sizes - np.abs(H.toarray()), 0.0)
        beside = scipy.sparse.csr_array(lost - np.diag(lost.diagonal()))
        rates = scipy.sparse.diags_array((one.rate_sizes - np.abs(one.rates)).ravel())
        unit = scipy.sparse.eye_array(H.shape[0])
        extra.append(rates + scipy.sparse.kron(beside, unit) + scipy.sparse.kron(unit, beside))
    sizes = abs(L) + scipy.sparse.block_diag(extra)
    return (L / generator.rate).tocsr(), (sizes / generator.rate).tocsr()


def _amplified(factor: Any, dimension: int) -> float:
    """An estimate of the 1-norm of the inverse."""
    inverse = scipy.sparse.linalg.LinearOperator(
        (dimension, dimension),
        matvec=factor.solve,
        rmatvec=lambda f: factor.solve(np.asarray(f, dtype=complex), "H"),
        dtype=complex,
    )
    return float(scipy.sparse.linalg.onenormest(inverse, t=2))


def _several(told: str) -> str:
    return f"`model` must have one steady state, but its equations are {told} in double precision (got a part that no environment reaches, or a symmetry that all respect); couple it, or add a bath there"
