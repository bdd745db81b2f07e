"""What a verdict is asked of: one model, one density, one state; and what else the model can be taken for."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Any

import numpy as np

from caloriq import _checks, wording
from caloriq.errors import CaloriqError, InvalidInput, Unsupported
from caloriq.models.banded import BandedChain, BandedPair
from caloriq.models.baths import Bath
from caloriq.models.classical import ClassicalChain
from caloriq.models.coupled import CoupledUnits, ExchangeChain
from caloriq.models.disorder import DisorderedChain
from caloriq.models.driven_modular import DrivenModularChain
from caloriq.models.fmo import FmoComplex
from caloriq.models.harmonic import HarmonicChain
from caloriq.models.lattice import densities
from caloriq.models.lattice.model import Lattice
from caloriq.models.modular import ModularChain
from caloriq.models.network import ModularNetwork
from caloriq.models.quantum import QuantumChain
from caloriq.models.spins import SpinChain
from caloriq.models.unequal import UnequalNetwork
from caloriq.spaces.currents import number_current
from caloriq.spaces.weighted import weights
from caloriq.transport.bulk import Carried
from caloriq.transport.inside import inside
from caloriq.verdicts.routes.sized import by_place, inner, opened

ENERGY, EXCITATIONS = "energy", "excitations"
# what else a density may be called: heat is energy where nothing but energy and numbers flow
ALSO = {"heat": ENERGY}
NUMBERS = ("magnetisation", "particles", EXCITATIONS)
WEAK = 0.6, 0.4  # gain and loss of the baths that are put at the ends of a closed chain, one way round and the other
Driven = SpinChain | ClassicalChain | DisorderedChain
# kinds of models that have routes
JUDGED = (
    Lattice,
    SpinChain,
    ClassicalChain,
    DisorderedChain,
    QuantumChain,
    ModularChain,
    ModularNetwork,
    UnequalNetwork,
    DrivenModularChain,
    BandedChain,
    BandedPair,
    CoupledUnits,
    ExchangeChain,
    HarmonicChain,
)


@dataclass(frozen=True)
class Case:
    """A question of transport.

    Attributes
    ----------
    model : Model
        Of any kind.
    of : str
        Density, by its name in the model; "heat" is "energy", and a spin chain's "magnetisation" its "excitations".
    temperature : float
        In energy; inf is every state alike.
    means : mapping of str to float
        Of conserved numbers per cell, where they are not those of every state alike.

    Raises
    ------
    InvalidInput
        For a density that the model lacks, a random model with one sample, or means that no mixed state has.
    """

    model: Any
    of: str = ENERGY
    temperature: float = math.inf
    means: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))

    def __post_init__(self) -> None:
        if not isinstance(self.model, JUDGED) or isinstance(self.model, FmoComplex):
            raise InvalidInput(
                f"`model` must be one through which energy or excitations can flow along a length, but it is not (got {_checks.shown(getattr(self.model, 'kind', self.model))}); verdicts are on {', '.join(one.__name__ for one in JUDGED)}"
            )
        names = known(self.model)
        given = ALSO.get(self.of, self.of) if isinstance(self.of, str) else self.of
        if EXCITATIONS in names and given in NUMBERS:
            given = EXCITATIONS
        if given not in names:
            remedy = wording.remedy(given, names, f"known are {', '.join(names)}")
            raise InvalidInput(
                f"`of` must be a density of the model, but it is not (got {_checks.shown(self.of)}); {remedy}"
            )
        object.__setattr__(self, "of", given)
        object.__setattr__(self, "temperature", _checks.temperature_or_infinite(self.temperature))
        object.__setattr__(self, "means", MappingProxyType(dict(self.means)))
        if isinstance(self.model, DisorderedChain) and self.model.samples < 2:
            raise InvalidInput(
                f"`samples` must be at least 2 for a verdict on a random model, but they are not (got {self.model.samples}); one sample says nothing of its error"
            )

        if self.means:
            self._check_means()

    def _check_means(self) -> None:
        """Refuse means of what is not conserved, and those that no state has, or one alone, in which nothing moves."""
        if self.lattice is None:
            raise InvalidInput(
                f"`means` must be left out where there is no closed lattice, but they are given (got {dict(self.means)}); {self.no_lattice}"
            )
        found = inner(self.lattice)
        if isinstance(found, str):
            raise InvalidInput(
                f"`means` must be of numbers in a chain that looks the same from every cell, but there is none (got {dict(self.means)}); {found}"
            )
        for name in self.means:
            number_current(found[1], name, argument="means")  # refused if it is not conserved
        weights(found[1], self.means)

    def __reduce__(self) -> tuple[Any, ...]:
        return Case, (self.model, self.of, self.temperature, dict(self.means))

    @property
    def spatial(self) -> bool:
        """Whether it is a lattice or a driven chain, in whose words or not."""
        return isinstance(self.model, Lattice | QuantumChain | Driven)

    @property
    def lattice(self) -> Lattice | None:
        """The closed lattice that the model is between its baths; None for one that is none, or is open in its bulk."""
        return self._lattice[0]

    @property
    def no_lattice(self) -> str:
        """Why there is none, in words."""
        return self._lattice[1]

    @cached_property
    def _lattice(self) -> tuple[Lattice | None, str]:
        model = self.model
        if isinstance(model, DisorderedChain):
            return None, "the model is an ensemble: correlations are taken of one Hamiltonian"
        if isinstance(model, Lattice):
            whole = model
        elif isinstance(model, SpinChain | QuantumChain):
            whole = model.lattice()
        else:
            return None, f"a {model.kind} is no lattice of local terms"
        if inner := inside(whole):
            return None, f"the bulk is open ({', '.join(inner)}), and correlations are those of a Hamiltonian"
        bare = whole.model_copy(update={"baths": (), "jumps": (), "dephasing": 0.0}) if not whole.closed else whole
        return bare, ""

    @property
    def lattice_of(self) -> str:
        """The density's name on `lattice`."""
        if self.of != EXCITATIONS or self.lattice is None:
            return self.of
        return next(name for name in densities.known(self.lattice) if name != ENERGY)

    @cached_property
    def between_baths(self) -> Lattice | str:
        """The lattice between its baths, or weak ones at its ends where it has none; or why there is no such thing, in words."""
        model = self.model.lattice() if isinstance(self.model, QuantumChain) else self.model
        if not isinstance(model, Lattice):
            return f"a {model.kind} is no lattice"
        if model.random:
            return "its values are random, and one sample says nothing of the ensemble: give a disordered-chain with samples"
        if model.baths or (model.environments and not inside(model)):
            return model
        if self.of == ENERGY and self.lattice is not None:
            return "no baths are given, and which temperatures would drive energy is not known without them"
        try:
            return between(opened(model, model.size))
        except CaloriqError as error:
            return f"baths cannot be put at its ends: {error}"

    @cached_property
    def driven(self) -> Driven | Lengthened | str:
        """The chain between baths that the model is, or becomes by weak baths at its ends; or why it is none, in words."""
        if isinstance(self.model, Driven):
            return self._with_baths(self.model)
        lattice = self.between_baths
        if isinstance(lattice, str):
            return lattice
        found = lattice.spin_chain
        if isinstance(found, str):
            return found
        single = ("hopping", "zz", "frequency", "dephasing")
        uniform = found.chain.couplings is None and all(np.ndim(getattr(found.chain, name)) == 0 for name in single)
        return _from_the_ends(found.chain) if uniform and not by_place(lattice) else Lengthened(lattice)

    def _with_baths(self, model: Driven) -> Driven:
        """A chain without baths of its own, asked for excitations, between weak ones."""
        if single(model).baths or self.of == ENERGY:
            return model
        return with_baths(model, weak_baths())

    @property
    def driven_of(self) -> Carried:
        """The density's name on `driven`."""
        return "heat" if self.of == ENERGY else "excitations"

    @property
    def added_baths(self) -> bool:
        """Whether the baths are not the model's own."""
        if isinstance(self.model, Driven):
            return self.driven is not self.model
        return self.between_baths is not self.model


def _from_the_ends(chain: SpinChain) -> SpinChain:
    """The chain with its baths counted from the nearer end, as one that can be made longer."""
    N = chain.sites
    sites = [site if 2 * site < N else site - N for site in chain.bath_sites]
    baths = [bath.model_copy(update={"site": site}) for bath, site in zip(chain.baths, sites, strict=True)]
    return chain.model_copy(update={"baths": tuple(baths)})


@dataclass(frozen=True)
class Lengthened:
    """Chains of any length whose values follow the rule of a lattice.

    Attributes
    ----------
    lattice : Lattice
        With baths at its ends.
    """

    lattice: Lattice

    def __call__(self, sites: int) -> SpinChain:
        """The chain of so many sites.

        Raises
        ------
        InvalidInput
            If the values do not fit it.
        Unsupported
            If it is no spin chain.
        """
        found = opened(self.lattice, sites).spin_chain
        if isinstance(found, str):
            raise Unsupported(f"`model` must be a spin chain at every length, but it has {found} (got {sites} sites)")
        return found.chain


def between(model: Lattice, rate: float = 1.0) -> Lattice:
    """The lattice with a weakly driving bath at each end: gain and loss in the ratio 3 to 2, and the other way round."""
    return model.model_copy(update={"baths": weak_baths(rate)})


def single(model: Driven) -> SpinChain | ClassicalChain:
    """The chain itself, or what all samples of an ensemble share."""
    return model.chain if isinstance(model, DisorderedChain) else model


def with_baths(model: Driven, baths: Sequence[Bath]) -> Driven:
    """The chain or ensemble with other baths."""
    if isinstance(model, DisorderedChain):
        return model.model_copy(update={"chain": model.chain.model_copy(update={"baths": tuple(baths)})})
    return model.model_copy(update={"baths": tuple(baths)})


def weak_baths(rate: float = 1.0) -> tuple[Bath, Bath]:
    """Of a weak drive about half filling."""
    gain, loss = (rate * one for one in WEAK)
    return Bath(site=0, gain=gain, loss=loss), Bath(site=-1, gain=loss, loss=gain)


def known(model: Any) -> tuple[str, ...]:
    """Densities of a model, by name."""
    if isinstance(model, Lattice):
        return densities.known(model)
    if isinstance(model, QuantumChain):
        return densities.known(model.lattice())
    if isinstance(model, Driven):
        return ENERGY, EXCITATIONS
    return (ENERGY,)
