"""The classical analogue of the boundary-driven chain: symmetric exclusion (Förster-type hopping) between baths.

Source: D. Manzano, M. Tiersch, A. Asadian, H. J. Briegel, PRE 86, 061118 (2012),
doi:10.1103/PhysRevE.86.061118 (MT), section IV.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any, ClassVar, Literal, Self

import numpy as np
from pydantic import model_validator

from caloriq import _checks
from caloriq._checks import Real
from caloriq.errors import InvalidInput
from caloriq.models.driven import Driven, Values, per_site, sites_of
from caloriq.models.spins import SpinChain
from caloriq.results import frozen


class ClassicalChain(Driven):
    """Sites with at most one particle each, which hop to neighbours at rate V, between the same baths (MT IV).

    Parameters
    ----------
    sites : int
        N, at least 2.
    rate : float or sequence of N - 1
        V ≥ 0, hopping rate of every bond.
    frequency : float or sequence of N
        ω, the energy that a particle carries on each site. Default 1.
    baths : sequence of Bath
        As for the quantum chain.
    """

    kind: Literal["classical-chain"] = "classical-chain"
    rate: Values

    array_files: ClassVar[tuple[str, ...]] = ("rate", "frequency")

    @model_validator(mode="before")
    @classmethod
    def _arrays(cls, data: Any) -> Any:
        N = sites_of(data)
        if N is None or "rate" not in data:
            return data
        out = dict(data)
        out["rate"] = per_site("rate", out["rate"], N - 1, "bonds")
        out["frequency"] = per_site("frequency", out.get("frequency", 1.0), N, "sites")
        lowest = float(np.min(out["rate"]))
        if lowest < 0:
            raise InvalidInput(f"`rate` must be at least 0, but it is smaller (got {lowest:g})")
        return out

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        self.check_baths()
        return self

    @cached_property
    def rates(self) -> Real:
        """V_k, shape (N-1,)."""
        return frozen(np.broadcast_to(np.asarray(self.rate, dtype=float), (self.sites - 1,)).copy())


def exclusion_limit(chain: SpinChain, *, contact: bool = True) -> ClassicalChain:
    """The classical chain that strong dephasing turns a quantum chain into.

    Second-order (golden-rule) rate of a bond, V = 2 |g|² Γ/(Γ² + δω²), with Γ the decay of its coherence: the mean
    dephasing of its two sites, and with `contact` half the bath rates on them. For uniform frequencies without
    interaction the steady current of this chain is the quantum chain's to all digits.

    Parameters
    ----------
    chain : SpinChain
        With couplings between neighbours only.
    contact : bool
        Whether the baths count in Γ. Without, V = 2g²/γ on every bond, and the contact term is missing.

    Raises
    ------
    InvalidInput
        If couplings go beyond neighbours, or some bond's coherence does not decay.
    """
    _checks.instance("chain", chain, SpinChain)
    if not chain.neighbours_only:
        raise InvalidInput(
            f"`chain` must couple neighbours only, but it couples others too (got {len(chain.bonds.first)} bonds on {chain.sites} sites)"
        )
    decay, detuning = coherence_decay(chain, contact=contact)
    if np.any(decay <= 0):
        raise InvalidInput(
            f"`chain` must have dephasing on every bond, but bond {int(np.argmin(decay))} has none (got decay 0); a coherent bond has no hopping rate"
        )
    k, _, g, _ = chain.bonds
    rates = np.zeros(chain.sites - 1)
    rates[k] = 2 * np.abs(g) ** 2 * decay / (decay**2 + detuning**2)
    return ClassicalChain(sites=chain.sites, rate=rates, frequency=chain.frequency, baths=chain.baths)


def coherence_decay(chain: SpinChain, *, contact: bool = True) -> tuple[Real, Real]:
    """Decay Γ of the coherence of every coupled pair, and its detuning δω, each of shape (B,)."""
    k, l, _, _ = chain.bonds
    site = chain.dephasing_rates + (chain.gains + chain.losses if contact else 0.0)
    return (site[k] + site[l]) / 2, chain.frequencies[k] - chain.frequencies[l]
