"""A modular chain between baths: the chain of the closed papers, driven as in the papers on heat baths.

Sources: PRE 73, 016101 (2006), doi:10.1103/PhysRevE.73.016101 (PRE), fig. 1 and sect. I for what it is held beside; PRE 86, 061118
(2012), doi:10.1103/PhysRevE.86.061118, eq. 5, for the baths.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any, Literal, Self

import numpy as np
from pydantic import field_validator, model_validator

from caloriq import _checks
from caloriq._checks import Real
from caloriq.documents import within
from caloriq.errors import InvalidInput
from caloriq.models.baths import Bath, check_told_apart, names_of, places_of
from caloriq.models.definition import Definition
from caloriq.models.modular import ModularChain
from caloriq.results import frozen


class DrivenModularChain(Definition):
    r"""A modular chain with baths on some of its subunits.

    Every level i of the band of a bath's subunit is filled from the ground level at the rate Γ n̄(ΔE + ε_i) and emptied into it at
    Γ (n̄ + 1), independently of the others (Lindblad operators :math:`|i\rangle\langle g|` and :math:`|g\rangle\langle i|`), so that a
    subunit alone comes to the Gibbs state of its bath.

    Parameters
    ----------
    chain : ModularChain
        What is between the baths.
    baths : sequence of Bath
        Where and how; `site` is the subunit. Rates are per level: those of occupations or of gain and loss are the same for
        all levels of the band.

    Notes
    -----
    A local bath of a weakly coupled subunit: detailed balance of the coupled chain holds to the order of λ/T and of the rate, which
    is told with the steady state.
    """

    kind: Literal["driven-modular-chain"] = "driven-modular-chain"
    chain: ModularChain
    baths: tuple[Bath, ...]

    @field_validator("baths", mode="before")
    @classmethod
    def _bath_list(cls, value: Any) -> Any:
        if isinstance(value, Bath):
            return (value,)
        if not isinstance(value, list | tuple) or not value:
            raise InvalidInput(
                f"`baths` must be a list of at least one bath, but it is not (got {_checks.shown(value)})"
            )
        return tuple(value)

    @model_validator(mode="after")
    def _told_apart(self) -> Self:
        names = self.bath_names
        for number, bath in enumerate(self.baths):
            with within("baths", number):
                bath.rates(float(self.frequencies[0]))
            check_told_apart(names, number, "subunits")
        return self

    @property
    def subunits(self) -> int:
        """N."""
        return self.chain.subunits

    @cached_property
    def frequencies(self) -> Real:
        """ΔE + ε_i of the levels of a band, shape (n,)."""
        return frozen(self.chain.gap + self.chain.band_levels)

    @cached_property
    def bath_sites(self) -> tuple[int, ...]:
        """Subunit of every bath, from 0."""
        return places_of(self.baths, self.subunits)

    @property
    def bath_names(self) -> tuple[str, ...]:
        """Name of every bath: its own, or "subunit µ"."""
        return names_of(self.baths, self.bath_sites, "subunit")

    @cached_property
    def gains(self) -> Real:
        """Rate from the ground level into every level, bath by bath, shape (baths, n)."""
        return frozen(np.array([[b.rates(w).gain for w in self.frequencies.tolist()] for b in self.baths]))

    @cached_property
    def losses(self) -> Real:
        """Rate back, shape (baths, n)."""
        return frozen(np.array([[b.rates(w).loss for w in self.frequencies.tolist()] for b in self.baths]))
