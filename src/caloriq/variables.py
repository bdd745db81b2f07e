"""What a result says of its numbers, once: name, dimensions, unit, meaning. Disk, figures, sweeps and print-outs follow from it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from caloriq.accessor import STANDARD_ERROR

Kind = Literal["real", "whole", "truth", "complex"]
Source = str | Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Variable:
    """One quantity of a result, or of an answer in a sweep.

    Attributes
    ----------
    name : str
        Of the variable in a dataset.
    dims : tuple of str
        Its dimensions; one more in front is that of an ensemble's samples.
    shape : tuple of int
        Their lengths, where they are known before the result, as in a sweep; shorter ones are filled up with NaN beside
        longer ones.
    units, long_name : str
        Unit and meaning.
    kind : {"real", "whole", "truth", "complex"}
        What the numbers are; the mean over samples of a truth is a fraction. A complex variable goes to disk as two,
        NAME_real and NAME_imaginary.
    carries : str
        What a current carries: energy, heat, excitations, magnetisation.
    source : str or callable, optional
        Attribute of the result that holds the numbers, or what makes them of the result; by default `name`.
    """

    name: str
    dims: tuple[str, ...] = ()
    shape: tuple[int, ...] = ()
    units: str = "1"
    long_name: str = ""
    kind: Kind = "real"
    carries: str = ""
    source: Source | None = None

    @property
    def size(self) -> int:
        """Numbers in it."""
        return math.prod(self.shape)

    @property
    def plain(self) -> list[Any]:
        """What a ledger keeps of it, from which `Variable(*plain)` makes it again but for its source."""
        told = [self.name, list(self.dims), list(self.shape), self.units, self.long_name, self.kind]
        return [*told, self.carries] if self.carries else told

    @property
    def attributes(self) -> dict[str, str]:
        """What stands beside the numbers in a dataset."""
        told = {"units": self.units, "long_name": self.long_name, "carries": self.carries}
        return {name: value for name, value in told.items() if value}

    @property
    def attribute(self) -> str:
        """Attribute of the result that holds the numbers; under it stands their bound."""
        return self.source if isinstance(self.source, str) else self.name

    def sized(self, *shape: int) -> Variable:
        """The same, with the lengths of its dimensions."""
        return replace(self, shape=shape)

    def of(self, result: Any) -> Any:
        """The numbers of a result; None where it has none."""
        return self.source(result) if callable(self.source) else getattr(result, self.attribute)

    def entries(self, result: Any, lead: str = "sample") -> dict[str, tuple[tuple[str, ...], Any, dict[str, str]]]:
        """Dimensions, numbers and attributes by the names of a dataset, with the bound on them where the result has one.

        Parameters
        ----------
        result : object
            It may have `bounds` or `standard_errors`, mappings of the names of attributes, or an attribute that ends with `_bound`.
        lead : str
            Name of one dimension more than those declared.
        """
        values = self.of(result)
        if values is None:
            return {}
        values = np.asarray(values)
        if values.ndim not in (len(self.dims), len(self.dims) + 1):
            raise ValueError(
                f"`variables` must name every dimension of {self.name}, {', '.join(self.dims) or 'none'}, but it has others (got shape {values.shape})"
            )
        dims = self.dims if values.ndim == len(self.dims) else (lead, *self.dims)
        found: dict[str, tuple[tuple[str, ...], Any, dict[str, str]]] = {}
        if self.kind == "complex":
            for ending, part in (("real", values.real), ("imaginary", values.imag)):
                found[f"{self.name}_{ending}"] = dims, part, self.attributes
        else:
            found[self.name] = dims, values.astype(int) if self.kind == "truth" else values, self.attributes
        bounds: Mapping[str, Any] = getattr(result, "bounds", {})
        bound = bounds.get(self.attribute, getattr(result, f"{self.attribute}_bound", None))
        if bound is not None:
            meaning = {"units": self.units, "long_name": f"bound on the error of {self.name}"}
            found[f"{self.name}_bound"] = dims, np.asarray(bound), meaning
        error = getattr(result, "standard_errors", {}).get(self.attribute)
        if error is not None:
            meaning = {"units": self.units, "long_name": f"standard error of {self.name}"}
            found[f"{self.name}{STANDARD_ERROR}"] = dims, np.asarray(error), meaning
        return found


def numbered(name: str, count: Callable[[Any], int]) -> Variable:
    """A coordinate that counts from 0: sites, subunits, bonds.

    Parameters
    ----------
    name : str
        Of the coordinate and its dimension.
    count : callable
        Gives its length for a result.
    """
    return Variable(name, (name,), kind="whole", units="", source=lambda result: np.arange(count(result)))


def parts(attribute: str, variables: Iterable[Variable], before: str = "") -> tuple[Variable, ...]:
    """Variables of a result that is an attribute of another, as variables of that.

    Parameters
    ----------
    attribute : str
        That holds the result; None in it has no numbers.
    variables : iterable of Variable
        Its variables.
    before : str
        In front of their names.
    """

    def source(one: Variable) -> Callable[[Any], Any]:
        return lambda whole: None if getattr(whole, attribute) is None else one.of(getattr(whole, attribute))

    return tuple(replace(one, name=before + one.name, source=source(one)) for one in variables)


# of a modular chain: its gap is given in the user's unit, everything else too
GAP, INVERSE_GAP = "ΔE unit", "1/ΔE unit"
ENERGY, POWER = "energy unit", "energy unit squared"  # of a driven chain; ħ = 1, so a rate is an energy
TIME = Variable("time", ("time",), units=INVERSE_GAP, source="times")
SUBUNIT = numbered("subunit", lambda result: result.model.subunits)
SITE = numbered("site", lambda result: result.model.sites)
# bonds by number and by the two places that they join
BONDS = (
    numbered("bond", lambda result: len(result.bonds)),
    Variable("bond_from", ("bond",), kind="whole", units="", source=lambda result: np.asarray(result.bonds)[:, 0]),
    Variable("bond_to", ("bond",), kind="whole", units="", source=lambda result: np.asarray(result.bonds)[:, 1]),
)

# rate equation of chains and networks
RATES = (
    Variable("populations", ("time", "subunit"), long_name="P_µ(t), rate equation"),
    Variable("currents", ("time", "bond"), units=GAP, long_name="J_µ(t), Fourier", carries="probability"),
    Variable("widths", ("time", "subunit"), long_name="bound on the typicality width"),
)

# banded chains: exact, and their rate equation
BANDED = (
    Variable("populations", ("time", "configuration"), long_name="P of every configuration of bands"),
    Variable("band_populations", ("time", "subunit", "band"), long_name="P_µ(i, t)"),
    Variable("local_energies", ("time", "subunit"), units=GAP, long_name="U_µ(t)"),
    Variable(
        "currents", ("time", "bond"), units=f"({GAP})²", long_name="energy current from µ to µ+1", carries="energy"
    ),
)
CONFIGURATIONS = Variable(
    "bands",
    ("configuration", "subunit"),
    kind="whole",
    units="",
    long_name="band of every subunit",
    source=lambda result: result.model.configurations,
)
BANDED_PLACES = (
    TIME,
    SUBUNIT,
    numbered("band", lambda result: len(result.model.levels)),
    numbered("bond", lambda result: result.model.subunits - 1),
    CONFIGURATIONS,
)
