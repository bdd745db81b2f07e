r"""⟨A(t)B⟩ from all levels: :math:`\sum_{mn}p_m A_{mn}B_{nm}e^{i(E_m-E_n)t}`, sector by sector."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import scipy

from caloriq import _checks
from caloriq._checks import Complex, Real
from caloriq.closed import dense
from caloriq.closed.lattice.space import Space, sectors
from caloriq.models.lattice.model import Lattice
from caloriq.results import Check
from caloriq.spaces.strings import Strings

RESIDUAL = 1e-12  # of a decomposition
MATRICES = 3.0  # of the largest sector that are held beside its decomposition


class Levels(NamedTuple):
    """What all levels give.

    Attributes
    ----------
    values : array, complex, shape (P, T)
        Tr ρ A(t) B, for each A.
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


def memory(model: Lattice) -> float:
    """Bytes of the largest sector."""
    D = max(one.dimension for one in sectors(model))
    return dense.memory_needed(D) + MATRICES * 16.0 * float(D) ** 2


def from_levels(
    model: Lattice,
    A: Sequence[Strings],
    B: Strings,
    times: Real,
    *,
    beta: float,
    tell: Callable[[float], Any] = lambda _: None,
) -> Levels:
    """Correlation at all times; some 10 D³ operations a sector, and D² a time."""
    spaces = sectors(model)
    work, done = sum(float(one.dimension) ** 3 for one in spaces), 0.0
    _checks.memory("method", "Exact", memory(model), "take Typicality()")
    parts, lowest, residual = [], np.inf, 0.0
    for space in spaces:
        E, M, own = _elements(space, A, B)
        residual, lowest = max(residual, own), min(lowest, float(E[0]))
        parts.append(
            (E, np.array([_over_times(E, one, beta, times) for one in M]), float(np.exp(-beta * (E - E[0])).sum()))
        )
        done += float(space.dimension) ** 3
        tell(done / work)
    weights = [np.exp(-beta * (float(E[0]) - lowest)) for E, _, _ in parts]
    Z = sum(w * z for w, (_, _, z) in zip(weights, parts, strict=True))
    values = sum(w * own for w, (_, own, _) in zip(weights, parts, strict=True)) / Z
    return Levels(np.asarray(values), residual, max(one.dimension for one in spaces))


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


def _over_times(E: Real, M: Complex, beta: float, times: Real) -> Complex:
    """Σ_mn e^{-β(E_m - E_0)} M_mn e^{i(E_m - E_n)t}."""
    p = np.exp(-beta * (E - E[0]))
    phases = np.exp(1j * np.outer(times, E))  # (T, D)
    found: Complex = np.einsum("tm,tm->t", phases * p, phases.conj() @ M.T)
    return found
