r"""⟨A(t)B⟩ from all levels: :math:`\sum_{mn}p_m A_{mn}B_{nm}e^{i(E_m-E_n)t}`, sector by sector."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import scipy

from caloriq import _checks
from caloriq._checks import Complex, Real
from caloriq.closed import dense
from caloriq.models.lattice.model import Lattice
from caloriq.models.lattice.space import Space, sectors
from caloriq.results import Check
from caloriq.spaces.strings import Strings

RESIDUAL = 1e-12  # of a decomposition
BLOCK = 2**20  # phases of some times that are held at once
MATRICES = 3.0  # of the largest sector that are held beside its decomposition


class Levels(NamedTuple):
    """What all levels give.

    Attributes
    ----------
    values : array, complex, shape (R, P, T)
        Tr ρ A(t) B, for each 1/T and each A.
    residual : float
        Largest ‖HV - VE‖ over the bound on ‖H‖.
    largest : int
        States of the largest sector.
    """

    values: Complex
    residual: float
    largest: int

    def proofs(self) -> list[Check]:
        """The decomposition."""
        return [Check("residual", self.residual, RESIDUAL, "‖HV - VE‖ of all levels, over the bound on ‖H‖")]

    @property
    def statistics(self) -> dict[str, Any]:
        """What it cost."""
        return {"states of the largest sector": self.largest}


def memory(model: Lattice, kept_by: Sequence[Strings] = ()) -> float:
    """Bytes of the largest sector."""
    D = max(one.dimension for one in sectors(model, kept_by))
    return dense.memory_needed(D) + MATRICES * 16.0 * float(D) ** 2


def from_levels(
    model: Lattice,
    A: Sequence[Strings],
    B: Strings,
    times: Real,
    *,
    betas: Sequence[float],
    tell: Callable[[float], Any] = lambda _: None,
) -> Levels:
    """Correlation at all times; some 10 D³ operations a sector, and D² a time and a temperature."""
    spaces = sectors(model, (*A, B))
    work, done = sum(float(one.dimension) ** 3 for one in spaces), 0.0
    _checks.memory("method", "Exact", memory(model, (*A, B)), "take Typicality()")
    parts, lowest, residual = [], np.inf, 0.0
    for space in spaces:
        E, M, own = _elements(space, A, B)
        residual, lowest = max(residual, own), min(lowest, float(E[0]))
        parts.append((E, np.stack([_over_times(E, one, betas, times) for one in M], axis=1)))
        done += float(space.dimension) ** 3
        tell(done / work)
    b = np.asarray(betas)
    Z = sum(np.exp(-b[:, None] * (E - lowest)).sum(axis=1) for E, _ in parts)
    values = sum(np.exp(-b * (float(E[0]) - lowest))[:, None, None] * own for E, own in parts)
    return Levels(np.asarray(values / Z[:, None, None]), residual, max(one.dimension for one in spaces))


def _elements(space: Space, A: Sequence[Strings], B: Strings) -> tuple[Real, list[Complex], float]:
    """Energies, A_mn B_nm, and the residual of the decomposition."""
    H = space.hamiltonian.as_matrix()
    E, V = scipy.linalg.eigh(H, driver="evd")
    scale = max(map(abs, space.hamiltonian.norm_bounds)) or 1.0
    residual = float(np.linalg.norm(H @ V - V * E, 2 if len(E) < 100 else None)) / scale
    Vc = V.astype(complex)
    b = V.conj().T @ space.products(B).mv(Vc)
    every = [b if one is B else V.conj().T @ space.products(one).mv(Vc) for one in A]
    return E, [a * b.T for a in every], residual


def _over_times(E: Real, M: Complex, betas: Sequence[float], times: Real) -> Complex:
    """Σ_mn e^{-β(E_m - E_0)} M_mn e^{i(E_m - E_n)t}, shape (R, T)."""
    weights = np.exp(-np.outer(betas, E - E[0]))
    found = np.empty((len(betas), times.size), dtype=complex)
    some = max(1, BLOCK // E.size)
    for begin in range(0, times.size, some):
        part = slice(begin, begin + some)
        phases = np.exp(1j * np.outer(times[part], E))  # (some, D)
        found[:, part] = weights @ (phases * (phases.conj() @ M.T)).T
    return found
