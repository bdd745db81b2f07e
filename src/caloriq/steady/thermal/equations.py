r"""The four equations for a bath of noise S coupled by A, in the eigenbasis of H; a two-level system has the same rates in all of them.

- global: :math:`\sum_\omega S(\omega)\,\mathcal D[A(\omega)]`, A(ω) the part of A that gives the energy ω (E. B. Davies, Commun.
  Math. Phys. 39, 91 (1974), doi:10.1007/BF01608389).
- redfield: :math:`\Lambda\rho A + A\rho\Lambda^\dagger - A\Lambda\rho - \rho\Lambda^\dagger A`, :math:`\Lambda=\sum_{mn}\tfrac12 S(E_n-E_m)A_{mn}|m\rangle\langle n|`
  (A. G. Redfield, IBM J. 1, 19 (1957), doi:10.1147/rd.11.0019; Breuer, Petruccione, eq. 3.143).
- universal: one jump :math:`L=\sum_{mn}\sqrt{S(E_n-E_m)}\,A_{mn}|m\rangle\langle n|` (F. Nathan, M. S. Rudner, PRB 102, 115109 (2020),
  doi:10.1103/PhysRevB.102.115109).
- local: the global one of the part of H on the bath's own sites.
"""

from __future__ import annotations

import numpy as np

from caloriq import _checks
from caloriq._checks import Complex, Real
from caloriq.errors import InvalidInput
from caloriq.results import frozen
from caloriq.steady.thermal.dissipators import Dissipator, Pairs, Secular, kept
from caloriq.steady.thermal.levels import Levels, levels
from caloriq.steady.thermal.system import ThermalBath

JUMPS = 128  # of a local bath: its sites have few levels


def dissipator(bath: ThermalBath, whole: Levels, *, tolerance: float) -> Dissipator:
    """What a bath does, in the eigenbasis of H.

    Parameters
    ----------
    bath : ThermalBath
        In the basis of H.
    whole : Levels
        Those of H.
    tolerance : float
        For the frequencies of the local part; see `levels`.
    """
    return EQUATIONS[bath.equation](bath, whole, tolerance)


def by_jumps(operators: Complex, whole: Levels) -> Pairs:
    """What jump operators do, shape (K, D, D) in the basis of H, in its eigenbasis."""
    V = whole.vectors
    L = np.array([kept(V.conj().T @ one @ V) for one in operators], dtype=complex).reshape(-1, *V.shape)
    return Pairs(L, L, np.einsum("kba,kbc->ac", L.conj(), L, optimize=True) / 2)


def noise(bath: ThermalBath, A: Complex, frequencies: Real) -> Real:
    """S at the frequencies of the transitions that A has, 0 elsewhere."""
    S = np.zeros(frequencies.shape)
    there = A != 0
    S[there] = bath.spectrum.noise(frequencies[there], bath.temperature)
    return S


def _global(bath: ThermalBath, whole: Levels, tolerance: float) -> Dissipator:  # noqa: ARG001 - one table
    A = kept(whole.inside(bath.operator))
    return Secular(frozen(A), frozen(noise(bath, A, whole.grouped_frequencies())), whole)


def _redfield(bath: ThermalBath, whole: Levels, tolerance: float) -> Dissipator:  # noqa: ARG001 - one table
    A = kept(whole.inside(bath.operator))
    half = noise(bath, A, whole.frequencies) / 2 * A
    return Pairs(np.stack([half, A]), np.stack([A, half]), A @ half)


def _universal(bath: ThermalBath, whole: Levels, tolerance: float) -> Dissipator:  # noqa: ARG001 - one table
    A = kept(whole.inside(bath.operator))
    L = np.sqrt(noise(bath, A, whole.frequencies)) * A
    return Pairs(L[None], L[None], L.conj().T @ L / 2)


def _local(bath: ThermalBath, whole: Levels, tolerance: float) -> Dissipator:
    """Davies' jumps of the local part: few, as its sites have few levels."""
    assert bath.local is not None
    own = levels(bath.local, tolerance=tolerance)
    A = kept(own.inside(bath.operator))
    S = noise(bath, A, own.grouped_frequencies())
    there = np.unique(own.groups[(A != 0) & (S > 0)])
    if len(there) > JUMPS:
        raise InvalidInput(
            f"`local` must be the part of H on the bath's own sites, with at most {JUMPS} frequencies, but it has more (got {len(there)}); use equation 'global'"
        )
    turn = whole.vectors.conj().T @ own.vectors
    _checks.memory("local", f"{len(there)} frequencies", 48.0 * A.size * (len(there) + 1), "use equation 'global'")
    L = np.zeros((max(len(there), 1), *A.shape), dtype=complex)
    for k, group in enumerate(there):
        L[k] = kept(turn @ np.where(own.groups == group, np.sqrt(S) * A, 0) @ turn.conj().T)
    return Pairs(L, L, np.einsum("kba,kbc->ac", L.conj(), L) / 2)


EQUATIONS = {"global": _global, "redfield": _redfield, "universal": _universal, "local": _local}
