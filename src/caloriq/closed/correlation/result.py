"""What a correlation function is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from caloriq._checks import Complex, Real
from caloriq.closed.lattice.result import INSTANT
from caloriq.results import Solution
from caloriq.variables import Variable


@dataclass(frozen=True)
class Correlation(Solution):
    """⟨A(t)B⟩ in thermal equilibrium.

    Attributes
    ----------
    first, second : str
        A and B, in words.
    temperature : float
        In energy; inf is every state alike.
    times : array, shape (T,)
        Instants.
    values : array, complex, shape (T,)
        Tr ρ A(t)B, divided by the sites where both are sums over all of them.
    per_site : bool
        Whether it is.
    error : array, shape (T,)
        Statistical standard error of the real part; 0 where nothing was sampled.
    bounds : mapping of str to array
        Bound on what the method leaves out of `values` and on rounding, without the statistical error. On the infinite chain
        that is the distance from its correlation, where it is known.
    samples : array, complex, shape (K, T), or None
        Of every sample.
    exact_until : float
        Time until which the distance from the infinite chain is below a thousandth of the first value; infinite for a finite
        lattice, of which the numbers are.
    """

    first: str
    second: str
    temperature: float
    times: Real
    values: Complex
    per_site: bool
    error: Real
    bounds: Mapping[str, Any]
    samples: Complex | None
    exact_until: float

    variables = (
        Variable("values", ("time",), kind="complex", long_name="⟨A(t)B⟩"),
        Variable("error", ("time",), long_name="statistical standard error"),
    )
    coordinates = (INSTANT,)

    def declared(self) -> tuple[Variable, ...]:
        """With what is correlated in words."""
        of = f"<{self.first}(t) {self.second}>" + (" per site" if self.per_site else "")
        return tuple(replace(one, long_name=of if one.name == "values" else one.long_name) for one in self.variables)

    def facts(self) -> dict[str, Any]:
        """What is correlated, and where."""
        found: dict[str, Any] = {"A": self.first, "B": self.second, "temperature": self.temperature}
        return found | ({"exact until": self.exact_until} if self.exact_until < float("inf") else {})
