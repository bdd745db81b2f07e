"""Units with any spectrum, coupled in pairs: the general model of the population master equation.

Source: L.-A. Wu, D. Segal (2008), arXiv:0711.4599 (WS), eqs. 1 and 13.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, NamedTuple, Self

import numpy as np
import scipy
from numpy.typing import NDArray
from pydantic import PlainSerializer, WithJsonSchema, model_validator

from caloriq import _checks
from caloriq._checks import Real
from caloriq.errors import InvalidInput
from caloriq.models.definition import Definition
from caloriq.models.driven import NUMBERS, Values, listed, per_site, sites_of
from caloriq.models.fields import FILE, Number, Positive, Several
from caloriq.models.screening import Screening
from caloriq.models.spins import coupling_matrix
from caloriq.models.transition_baths import ByTransition, UnitBath
from caloriq.results import frozen
from caloriq.spaces.terms import Term

if TYPE_CHECKING:
    from caloriq.models.lattice.model import Lattice

MATRIX = {"type": "array", "items": NUMBERS}
STACK = {"type": "array", "items": MATRIX}
Operators = Annotated[
    Any, PlainSerializer(listed, when_used="json-unless-none"), WithJsonSchema({"anyOf": [MATRIX, STACK, FILE]})
]
Strengths = Annotated[
    Any,
    PlainSerializer(listed, when_used="json-unless-none"),
    WithJsonSchema({"anyOf": [{"type": "number"}, NUMBERS, MATRIX, STACK, FILE]}),
]


class Pairs(NamedTuple):
    """Coupled pairs first < second, and how strongly."""

    first: NDArray[np.intp]
    second: NDArray[np.intp]
    strength: Real


class Coupled(Definition):
    """What every model of coupled units has: N units, their levels, strengths of their pairs, a bath, screening."""

    units: Several
    coupling: Number = 1.0
    bath: UnitBath | None = None
    screening: Screening | None = None
    temperature: Positive | None = None
    separation: Positive | None = None

    @model_validator(mode="after")
    def _screened(self) -> Self:
        if self.screening is None:
            for name in ("temperature", "separation"):
                if getattr(self, name) is not None:
                    raise InvalidInput(
                        f"`{name}` must come with `screening`, but there is none (got {getattr(self, name):g}); add screening, or leave it out"
                    )
        elif self.temperature is None:
            raise InvalidInput("`temperature` must be given where couplings are screened, but it is missing (got None)")
        else:
            self.screening.f(self.temperature)  # within its table
        return self

    @property
    def strength(self) -> float:
        """λ e^(-αf(T)r), in which the kernels are expanded; λ where nothing is screened."""
        if self.screening is None or self.temperature is None:
            return self.coupling
        r = 1.0 if self.separation is None else self.separation
        return self.coupling * float(self.screening.factor(np.asarray(r), self.temperature))

    @property
    def levels_per_unit(self) -> int:
        """M."""
        return int(self.level_energies.shape[1])

    @property
    def level_energies(self) -> Real:
        """ε, shape (N, M)."""
        raise NotImplementedError

    @property
    def operators(self) -> tuple[tuple[Any, Pairs], ...]:
        """Every V of a pair at unit strength, shape (M², M²), with the pairs that it couples."""
        raise NotImplementedError

    @cached_property
    def links(self) -> tuple[Term, ...]:
        """Interaction of every coupled pair, all operators together."""
        found: dict[tuple[int, int], Any] = {}
        for matrix, (first, second, strength) in self.operators:
            V = scipy.sparse.csc_array(matrix)
            for i, j, c in zip(first.tolist(), second.tolist(), strength, strict=True):
                found[i, j] = found[i, j] + V * c if (i, j) in found else V * c
        return tuple(Term(pair, found[pair]) for pair in sorted(found))

    def lattice(self) -> Lattice:
        """The same Hamiltonian as a lattice of local terms; white noise as jump operators, other baths are refused."""
        from caloriq.models.lattice.of_models import of_units

        return of_units(self)


def pair_strengths(name: str, value: Any, units: int) -> Any:
    """One number, one for every bond of a chain, or a symmetric matrix or graph."""
    if hasattr(value, "edges") or (not isinstance(value, str) and np.ndim(value) == 2):
        g = coupling_matrix(value, units, None, name=name)
        if np.iscomplexobj(g):
            raise InvalidInput(f"`{name}` must be real, but it is not (got a complex matrix of shape {g.shape})")
        return g
    return per_site(name, value, units - 1, "bonds")


def pairs_of(value: Any, units: int) -> Pairs:
    """Pairs and strengths out of checked values."""
    if np.ndim(value) == 2:
        first, second = np.nonzero(np.triu(value, 1))
        return Pairs(first, second, np.asarray(value)[first, second])
    strength = np.broadcast_to(np.asarray(value, dtype=float), (units - 1,))
    k = np.flatnonzero(strength)
    return Pairs(k, k + 1, strength[k])


def operator_strengths(name: str, value: Any, units: int, operators: int) -> Real:
    """Strengths of several operators, each in a form of `pair_strengths`: shape (K, N - 1), or (K, N, N) where one is no chain."""
    listed_ones = isinstance(value, list | tuple) or (not isinstance(value, str) and np.ndim(value) > 0)
    each = list(value) if listed_ones else [value] * operators
    if isinstance(value, str) or len(each) != operators:
        raise InvalidInput(
            f"`{name}` must be one for all operators or a list of {operators}, one for each of them, but it is not (got {_checks.shown(value)})"
        )
    checked = [np.asarray(pair_strengths(name, one, units)) for one in each]
    if all(one.ndim < 2 for one in checked):
        return frozen(np.array([np.broadcast_to(one, (units - 1,)) for one in checked], dtype=float))
    whole = np.zeros((operators, units, units))
    for matrix, one in zip(whole, checked, strict=True):
        first, second, strength = pairs_of(one, units)
        matrix[first, second] = matrix[second, first] = strength
    return frozen(whole)


def spectrum(name: str, value: Any, units: int) -> Real:
    """Level energies, (M,) for all units or (N, M), increasing."""
    energies = _checks.numbers(name, value)
    if energies.ndim not in (1, 2) or energies.shape[-1] < 2 or (energies.ndim == 2 and len(energies) != units):
        raise InvalidInput(
            f"`{name}` must be a list of at least two energies, or one such list for each of the {units} units, but it is not (got shape {energies.shape})"
        )
    if np.any(np.diff(energies, axis=-1) < 0):
        raise InvalidInput(
            f"`{name}` must not decrease from level to level, but it does (got {_checks.shown(energies.tolist())}); sort the levels, and the interaction with them"
        )
    return frozen(energies.copy())


class CoupledUnits(Coupled):
    r"""Units with the same number of levels and any interaction between pairs.

    .. math::
        H = \sum_i \sum_n \varepsilon^{(i)}_n |n\rangle_i\langle n|
            + \lambda \sum_{i<j} \sum_k c^k_{ij}\, V_k(i, j)

    (WS 1). Source: arXiv:0711.4599.

    Parameters
    ----------
    units : int
        N, at least 2.
    levels : array_like, shape (M,) or (N, M)
        Energies, the same for all units or unit by unit, not decreasing.
    interaction : array_like, shape (M², M²) or (K, M², M²)
        Hermitian V, ⟨ab|V|cd⟩ at row a·M + b, column c·M + d; the first index belongs to the lower unit. Or K of them.
    couplings : float, sequence of N - 1, matrix (N, N) or networkx.Graph
        c: on every bond of a chain, bond by bond, or between any pairs. Default 1. With K operators one for all, or a list
        of K of these.
    coupling : float
        λ, in which the kernels are expanded. Default 1.
    bath : PureDephasing, Ohmic, Sampled, NumberDephasing or ByTransition, optional
        Correlation function of a transition: one for all of them, or by the levels that change.
    screening : Screening, optional
        α f(T) of couplings that vibrations screen: λ is times e^(-αf(T)r) (WS, after 20), with any f.
    temperature, separation : float, optional
        T, with a screening; and r, by default 1.

    Raises
    ------
    InvalidInput
        For levels that decrease, an interaction that is not hermitian, or wrong shapes.
    """

    kind: Literal["coupled-units"] = "coupled-units"
    levels: Values
    interaction: Operators
    couplings: Strengths = 1.0

    array_files: ClassVar[tuple[str, ...]] = ("interaction", "levels", "couplings")

    @model_validator(mode="before")
    @classmethod
    def _arrays(cls, data: Any) -> Any:
        N = sites_of(data, "units")
        if N is None or "levels" not in data or "interaction" not in data:
            return data
        out = dict(data)
        out["levels"] = spectrum("levels", out["levels"], N)
        M = out["levels"].shape[-1]
        V = _checks.numbers("interaction", out["interaction"], complex)
        several = V.ndim == 3
        if V.shape[-2:] != (M * M, M * M) or V.ndim not in (2, 3) or not len(V):
            raise InvalidInput(
                f"`interaction` must have shape {(M * M, M * M)} for {M} levels, or (K, {M * M}, {M * M}), but it has another (got shape {V.shape})"
            )
        for one in V if several else V[None]:
            _checks.hermitian("interaction", one)
        out["interaction"] = frozen(np.array(V if np.any(V.imag) else V.real, order="C"))
        given = out.get("couplings", 1.0)
        out["couplings"] = (
            operator_strengths("couplings", given, N, len(V)) if several else pair_strengths("couplings", given, N)
        )
        return out

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if isinstance(self.bath, ByTransition):
            self.bath.check_levels(self.levels_per_unit)
        return self

    @cached_property
    def level_energies(self) -> Real:
        """ε, shape (N, M)."""
        return frozen(np.broadcast_to(self.levels, (self.units, np.shape(self.levels)[-1])).copy())

    @property
    def operators(self) -> tuple[tuple[Any, Pairs], ...]:
        """Every V, with the pairs that it couples and c."""
        if self.interaction.ndim == 2:
            return ((self.interaction, pairs_of(self.couplings, self.units)),)
        return tuple((V, pairs_of(c, self.units)) for V, c in zip(self.interaction, self.couplings, strict=True))


class ExchangeChain(Coupled):
    r"""Units that exchange their states (WS 13).

    .. math::
        H = \sum_i \sum_n (\varepsilon_n + \delta_i n) |n\rangle_i\langle n|
            + \lambda \sum_{i<j} J_{ij} E^{(i,j)}

    E permutes the states of two units; for two levels it is the Heisenberg exchange ½(1 + σ·σ). Source: arXiv:0711.4599.

    Parameters
    ----------
    units : int
        N, at least 2.
    levels : int
        M, at least 2. Default 2.
    exchange : float, sequence of N - 1, matrix (N, N) or networkx.Graph
        J. Default 1.
    coupling : float
        λ, in which the kernels are expanded. Default 1.
    spectrum : array_like, shape (M,), optional
        ε, not decreasing; 0, 1, …, M - 1 by default. It is the same for all units, so that exchange conserves the energy.
    detuning : float or sequence of N
        δ: unit i has levels ε_n + δ_i n. Default 0.
    diagonal : bool
        Whether E keeps its diagonal part, which is 1 where both units are in the same level. Without it, E is hopping.
    bath : PureDephasing, Ohmic, Sampled, NumberDephasing or ByTransition, optional
        Correlation function of a transition: one for all of them, or by the levels that change.
    screening : Screening, optional
        α f(T) of couplings that vibrations screen: λ is times e^(-αf(T)r) (WS, after 20), with any f.
    temperature, separation : float, optional
        T, with a screening; and r, by default 1.

    Raises
    ------
    InvalidInput
        For a spectrum that decreases or has not M levels, or wrong shapes.
    """

    kind: Literal["exchange-chain"] = "exchange-chain"
    levels: Several = 2
    exchange: Values = 1.0
    spectrum: Values = None
    detuning: Values = 0.0
    diagonal: bool = True

    array_files: ClassVar[tuple[str, ...]] = ("exchange", "spectrum", "detuning")

    @model_validator(mode="before")
    @classmethod
    def _arrays(cls, data: Any) -> Any:
        N = sites_of(data, "units")
        if N is None:
            return data
        out = dict(data)
        out["exchange"] = pair_strengths("exchange", out.get("exchange", 1.0), N)
        out["detuning"] = per_site("detuning", out.get("detuning", 0.0), N, "units")
        if out.get("spectrum") is not None:
            out["spectrum"] = spectrum("spectrum", out["spectrum"], N)
        return out

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.spectrum is not None and self.spectrum.shape != (self.levels,):
            raise InvalidInput(
                f"`spectrum` must be a list of {self.levels}, one energy for each of the levels, but it is not (got shape {self.spectrum.shape})"
            )
        falling = np.flatnonzero(np.any(np.diff(self.level_energies, axis=1) < 0, axis=1))
        if falling.size:
            i = int(falling[0])
            shift = float(np.broadcast_to(self.detuning, (self.units,))[i])
            raise InvalidInput(
                f"`detuning` must keep the order of the levels, but in unit {i} a higher level falls below a lower one (got {shift:g})"
            )
        if isinstance(self.bath, ByTransition):
            self.bath.check_levels(self.levels)
        return self

    @cached_property
    def level_energies(self) -> Real:
        """ε_n + δ_i n, shape (N, M)."""
        n = np.arange(self.levels)
        own = n.astype(float) if self.spectrum is None else self.spectrum
        shift = np.broadcast_to(np.asarray(self.detuning, dtype=float), (self.units,))
        return frozen(own + np.outer(shift, n))

    @property
    def operators(self) -> tuple[tuple[Any, Pairs], ...]:
        """E, or its part that moves something, with the pairs that it couples and J."""
        M = self.levels
        a, b = np.divmod(np.arange(M * M), M)
        value = np.ones(M * M) if self.diagonal else (a != b).astype(float)
        E = scipy.sparse.coo_array((value, (b * M + a, np.arange(M * M))), shape=(M * M, M * M)).tocsc()
        E.eliminate_zeros()
        return ((E, pairs_of(self.exchange, self.units)),)
