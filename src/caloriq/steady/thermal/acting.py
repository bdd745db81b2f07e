"""Everything that acts on ρ in the eigenbasis of H: levels, dissipators, and what baths add to H."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from caloriq import _checks
from caloriq._checks import Complex
from caloriq.errors import InvalidInput
from caloriq.steady.thermal import lamb
from caloriq.steady.thermal.dissipators import Dissipator, Pairs, kept
from caloriq.steady.thermal.equations import by_jumps, dissipator
from caloriq.steady.thermal.levels import SAME, Levels, levels
from caloriq.steady.thermal.system import OpenSystem, ThermalBath


@dataclass(frozen=True)
class Acting:
    """What acts on ρ in the eigenbasis of H.

    Attributes
    ----------
    whole : Levels
        Those of H.
    dissipators : tuple of Dissipator
        Of the baths.
    shift : array, shape (D, D), or None
        What baths add to H.
    others : tuple of Pairs
        Of what acts by jumps of its own.
    """

    whole: Levels
    dissipators: tuple[Dissipator, ...]
    shift: Complex | None
    others: tuple[Pairs, ...] = ()

    @property
    def everything(self) -> tuple[Dissipator, ...]:
        """Dissipators of the baths, and of what acts beside them."""
        return (*self.dissipators, *self.others)

    @cached_property
    def rate(self) -> float:
        """Largest decay rate of any state by any one dissipator."""
        return max(float(np.linalg.eigvalsh(one.decay + one.decay.conj().T)[-1]) for one in self.everything)

    def apply(self, rho: Complex) -> Complex:
        """𝓛ρ, shape (D, D)."""
        E = self.whole.energies
        out: Complex = -1j * (E[:, None] - E) * rho
        if self.shift is not None:
            out = out - 1j * (self.shift @ rho - rho @ self.shift)
        for one in self.everything:
            out = out + one.apply(rho)
        return out


def acting(system: OpenSystem, *, tolerance: float = SAME) -> Acting:
    """Generator of a system, in the eigenbasis of its Hamiltonian; arguments as of `driven_state`."""
    if not 1e-14 <= _checks.positive("tolerance", tolerance) < 1:
        raise InvalidInput(f"`tolerance` must lie in [1e-14, 1), but it does not (got {tolerance:g})")
    whole = levels(system.hamiltonian, tolerance=tolerance)
    others = tuple(by_jumps(one.operators, whole) for one in system.environments)
    return Acting(whole, *_with_shifts(system.baths, whole, tolerance), others)


def _with_shifts(
    baths: Sequence[ThermalBath], whole: Levels, tolerance: float
) -> tuple[tuple[Dissipator, ...], Complex | None]:
    """Dissipators, Redfield's with their shifts in them, and what the others add to H."""
    found, shift = [], None
    for bath in baths:
        one = dissipator(bath, whole, tolerance=tolerance)
        if bath.lamb_shift:
            added = _shift(bath, whole, tolerance)
            if bath.equation == "redfield":
                assert isinstance(one, Pairs)
                A = one.left[1]
                one = Pairs.of_halves([(A, one.left[0] + 1j * added)])
            else:
                shift = added if shift is None else shift + added
        found.append(one)
    return tuple(found), shift


def _shift(bath: ThermalBath, whole: Levels, tolerance: float) -> Complex:
    """What a bath adds to H in its eigenbasis; of Redfield's equation λ(ω) on the elements of A."""
    lamb.check_shift(bath)
    if bath.equation == "local":
        assert bath.local is not None
        own = levels(bath.local, tolerance=tolerance)
        turn = whole.vectors.conj().T @ own.vectors
        found: Complex = turn @ lamb.of_global(bath, kept(own.inside(bath.operator)), own) @ turn.conj().T
        return found
    A = kept(whole.inside(bath.operator))
    if bath.equation == "redfield":
        return lamb.of_noise(bath, whole.frequencies) * A
    return lamb.of_global(bath, A, whole) if bath.equation == "global" else lamb.of_universal(bath, A, whole)
