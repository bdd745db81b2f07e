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
from caloriq.steady.thermal.dissipators import Dissipator, Pairs, Secular, Together, kept
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
    return Pairs.of_jumps(L)


def noise(bath: ThermalBath, A: Complex, frequencies: Real) -> Real:
    """S at the frequencies of the transitions that A has, 0 elsewhere."""
    S = np.zeros(frequencies.shape)
    there = A != 0
    S[there] = bath.spectrum.noise(frequencies[there], bath.temperature)
    return S


def couplings(bath: ThermalBath, whole: Levels, frequencies: Real) -> list[tuple[Complex, Real]]:
    """Operators in the eigenbasis, each with S of all its transitions: A; of a lead what takes a fermion, and what brings one.

    A lead takes a fermion of energy ω at the rate Γ(1 - f(ω)) and brings it at Γf(ω), f Fermi's function of (ω - μ)/T.
    """
    if bath.chemical_potential is None:
        A = kept(whole.inside(bath.operator))
        return [(A, noise(bath, A, frequencies))]
    V = whole.vectors
    A = kept(V.conj().T @ bath.operator @ V)
    return [
        (one, np.where(one != 0, lead_rates(bath, frequencies, sign), 0.0))
        for one, sign in ((A, 1.0), (A.conj().T, -1.0))
    ]


def lead_rates(bath: ThermalBath, frequencies: Real, sign: float) -> Real:
    """Rate at which a lead takes a fermion of the energy that the system gives, sign 1; at which it brings one, sign -1."""
    x = frequencies - sign * (bath.chemical_potential or 0.0)
    with np.errstate(over="ignore"):
        share = (x > 0) + 0.5 * (x == 0) if bath.temperature == 0 else 1 / (1 + np.exp(-x / bath.temperature))
    found: Real = bath.spectrum.density(np.abs(frequencies)) * share
    return found


def _global(bath: ThermalBath, whole: Levels, tolerance: float) -> Dissipator:  # noqa: ARG001 - one table
    parts = [Secular(frozen(A), frozen(S), whole) for A, S in couplings(bath, whole, whole.grouped_frequencies())]
    return parts[0] if len(parts) == 1 else Together(tuple(parts))


def _redfield(bath: ThermalBath, whole: Levels, tolerance: float) -> Dissipator:  # noqa: ARG001 - one table
    return Pairs.of_halves([(A, S / 2 * A) for A, S in couplings(bath, whole, whole.frequencies)])


def _universal(bath: ThermalBath, whole: Levels, tolerance: float) -> Dissipator:  # noqa: ARG001 - one table
    return Pairs.of_jumps(np.stack([np.sqrt(S) * A for A, S in couplings(bath, whole, whole.frequencies)]))


def _local(bath: ThermalBath, whole: Levels, tolerance: float) -> Dissipator:
    """Davies' jumps of the local part: few, as its sites have few levels."""
    assert bath.local is not None
    own = levels(bath.local, tolerance=tolerance)
    parts = couplings(bath, own, own.grouped_frequencies())
    there = [(A, S, group) for A, S in parts for group in np.unique(own.groups[(A != 0) & (S > 0)])]
    if len(there) > JUMPS:
        raise InvalidInput(
            f"`local` must be the part of H on the bath's own sites, with at most {JUMPS} frequencies, but it has more (got {len(there)}); use equation 'global'"
        )
    turn = whole.vectors.conj().T @ own.vectors
    _checks.memory("local", f"{len(there)} frequencies", 48.0 * turn.size * (len(there) + 1), "use equation 'global'")
    L = np.zeros((max(len(there), 1), *turn.shape), dtype=complex)
    for k, (A, S, group) in enumerate(there):
        L[k] = kept(turn @ np.where(own.groups == group, np.sqrt(S) * A, 0) @ turn.conj().T)
    return Pairs.of_jumps(L)


EQUATIONS = {"global": _global, "redfield": _redfield, "universal": _universal, "local": _local}
