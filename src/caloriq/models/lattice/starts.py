"""Starts of a lattice, as definitions: product states, a wall between two halves, random states, thermal ones.

What is started is a definition; the vector itself is made in the space that the evolution stays within.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema, model_validator

from caloriq import _checks, wording
from caloriq._checks import Complex, Real, shown
from caloriq.errors import InvalidInput
from caloriq.models.definition import Definition
from caloriq.models.fields import Count, Index, Number, Seed
from caloriq.models.random import check_mixture
from caloriq.spaces.local import LocalSpace
from caloriq.spaces.sectors import reduced

if TYPE_CHECKING:
    from caloriq.models.lattice.model import Lattice

WORDS: dict[str, tuple[str, ...]] = {  # names of the levels, from the lowest
    "fermion": ("empty", "filled"),
    "spinful-fermion": ("empty", "down", "up", "both"),
}


class Bloch(Definition):
    """A spin that points somewhere: a coherent state, from up by θ about y, then φ about z.

    Parameters
    ----------
    theta, phi : float
        Polar angles of its direction, in radian; θ = 0 is up.
    """

    theta: Number
    phi: Number = 0.0


OneState = str | int | Bloch


def _state(value: Any) -> OneState:
    """A level by its number or word, or a direction."""
    if isinstance(value, Bloch) or (isinstance(value, str) and value):
        return value
    if isinstance(value, dict):
        return Bloch.from_mapping(value)
    if isinstance(value, int | np.integer) and not isinstance(value, bool):
        return int(value)
    raise InvalidInput(
        f"`states` must be words such as up, numbers of levels or {{theta: ..., phi: ...}}, but one is not (got {shown(value)})"
    )


def _states(value: Any) -> tuple[OneState, ...]:
    listed = value if isinstance(value, list | tuple | np.ndarray) else [value]
    if not len(listed):
        raise InvalidInput("`states` must hold at least one state, but there is none (got [])")
    return tuple(map(_state, listed))


def _written(value: Any) -> Any:
    return value.to_mapping() if isinstance(value, Bloch) else value


STATE = {"anyOf": [{"type": "string"}, {"type": "integer"}, Bloch.model_json_schema()]}
State = Annotated[
    Any,
    BeforeValidator(_state),
    PlainSerializer(_written, when_used="json-unless-none"),
    WithJsonSchema(STATE),
]
States = Annotated[
    Any,
    BeforeValidator(_states),
    PlainSerializer(lambda states: [_written(one) for one in states], when_used="json-unless-none"),
    WithJsonSchema({"anyOf": [*STATE["anyOf"], {"type": "array", "items": STATE}]}),
]


def level_of(space: LocalSpace, word: str | int, site: int, name: str = "states") -> int:
    """Number of the level that a word names; `name` is that of the field which holds it.

    Raises
    ------
    InvalidInput
        If the site has no such level.
    """
    if not isinstance(word, str):
        return _checks.index(name, word, space.levels)
    is_spin = space.name.startswith("spin-")
    names = WORDS.get(space.name, ("down", "up") if is_spin else ())
    if word in names:
        return space.levels - 1 if is_spin and word == "up" else names.index(word)
    known = ", ".join((*names, f"numbers of levels, 0 to {space.levels - 1}"))
    raise InvalidInput(
        f"`{name}` must name levels of the sites, but one is not (got {word!r} on site {site}, a {space.name}); {wording.remedy(word, names, f'known are {known}')}"
    )


def _coherent(space: LocalSpace, bloch: Bloch, site: int) -> Complex:
    """Spin that points along a direction."""
    if "Sy" not in space.operators or "Sz" not in space.operators:
        raise InvalidInput(
            f"`states` must be directions for spins alone, but site {site} is none (got {wording.spoken(bloch)} on a {space.name}); name its level"
        )
    values, vectors = np.linalg.eigh(space.operators["Sy"])
    turned = (vectors * np.exp(-1j * bloch.theta * values)) @ vectors.conj().T[:, -1]
    found: Complex = np.exp(-1j * bloch.phi * np.diag(space.operators["Sz"])) * turned
    return found


class _Start(Definition):
    """What every start can tell."""

    def totals(self, model: Lattice) -> Mapping[str, float] | None:
        """Conserved numbers that the start has sharply; None where it has none."""
        raise NotImplementedError

    def check_fits(self, model: Lattice) -> None:
        """Refuse what the sites of a lattice do not have, before anything is computed."""
        raise NotImplementedError


class SiteStates(_Start):
    """Product state: every site in a state of its own.

    Parameters
    ----------
    states : word, number, direction, or a list of them
        "up", "down" of spins, "empty", "filled" of fermions, the number of a level from 0, or a spin's direction
        {theta: ..., phi: ...}; a list shorter than the lattice is repeated along it.
    """

    kind: Literal["site-states"] = "site-states"
    states: States
    samples: None = None

    def on(self, model: Lattice) -> tuple[OneState, ...]:
        """State of every site.

        Raises
        ------
        InvalidInput
            If the lattice is not a multiple of the list.
        """
        if model.size % len(self.states):
            raise InvalidInput(
                f"`states` must be a list that the {model.size} sites are a multiple of, but it is not (got {len(self.states)} states)"
            )
        return tuple(self.states) * (model.size // len(self.states))

    def levels(self, model: Lattice) -> tuple[int, ...] | None:
        """Level of every site; None where one is in a superposition."""
        states = self.on(model)
        if any(isinstance(one, Bloch) for one in states):
            return None
        every = enumerate(zip(model.spaces, states, strict=True))
        return tuple(level_of(space, one, x) for x, (space, one) in every if not isinstance(one, Bloch))

    def vectors(self, model: Lattice) -> list[Complex]:
        """State of every site in its levels."""
        return [
            _coherent(space, one, x) if isinstance(one, Bloch) else np.eye(space.levels)[level_of(space, one, x)] + 0j
            for x, (space, one) in enumerate(zip(model.spaces, self.on(model), strict=True))
        ]

    def totals(self, model: Lattice) -> Mapping[str, float] | None:
        """Sums over the levels of the sites."""
        from caloriq.models.lattice.symmetries import additive

        levels = self.levels(model)
        if levels is None:
            return None
        return {
            number.name: reduced(sum(q[n] for q, n in zip(number.levels, levels, strict=True)), number)
            for number in additive(model)
        }

    def check_fits(self, model: Lattice) -> None:
        """Every site has its state."""
        self.vectors(model)

    def whole(self, model: Lattice) -> Complex:
        """Vector in the whole product space, site 0 changing fastest, shape (D,)."""
        found = np.ones(1, dtype=complex)
        for vector in self.vectors(model):
            found = np.multiply.outer(vector, found).ravel()
        return found


class DomainWall(_Start):
    """One state on the first sites, another on the others.

    Parameters
    ----------
    left, right : word, number or direction, optional
        As in `SiteStates`. Default the highest level (of bosons one quantum) and the lowest.
    at : int, optional
        First site of the right part. Default the middle.
    """

    kind: Literal["domain-wall"] = "domain-wall"
    left: State | None = None
    right: State | None = None
    at: Index | None = None
    samples: None = None

    def sites(self, model: Lattice) -> SiteStates:
        """As the product state that it is."""
        N = model.size
        wall = N // 2 if self.at is None else _checks.index("at", self.at, N)
        for name, one, sites in (("left", self.left, range(wall)), ("right", self.right, range(wall, N))):
            for x in sites:
                if isinstance(one, str | int):
                    level_of(model.spaces[x], one, x, name)
        left = [self._highest(space) if self.left is None else self.left for space in model.spaces[:wall]]
        right = [0 if self.right is None else self.right] * (N - wall)
        return SiteStates(states=(*left, *right))

    def check_fits(self, model: Lattice) -> None:
        """As the product state that it is."""
        self.sites(model).check_fits(model)

    @staticmethod
    def _highest(space: LocalSpace) -> int:
        return 1 if space.name == "boson" else space.levels - 1

    def totals(self, model: Lattice) -> Mapping[str, float] | None:
        """Those of the product state."""
        return self.sites(model).totals(model)


class _Drawn(_Start):
    """Random states, of the whole space or of one sector."""

    numbers: dict[str, Number] | None = None
    seed: Seed = 0

    def totals(self, model: Lattice) -> Mapping[str, float] | None:
        """The numbers that are asked for.

        Raises
        ------
        InvalidInput
            If one is not conserved.
        """
        if self.numbers is None:
            return None
        from caloriq.models.lattice.symmetries import additive

        conserved = [one.name for one in additive(model)]
        for name in self.numbers:
            if name not in conserved:
                raise InvalidInput(
                    f"`numbers` must be conserved by the model, but one is not (got {name!r}); conserved are {', '.join(conserved) or 'none'}"
                )
        return self.numbers

    def check_fits(self, model: Lattice) -> None:
        """Its numbers are conserved."""
        self.totals(model)


class RandomState(_Drawn):
    """Uniformly random state(s): expectation values of almost all of them are those of infinite temperature.

    Parameters
    ----------
    numbers : mapping of str to float, optional
        Conserved numbers of the sector that they are drawn from, {magnetisation: 0}. Default the whole space.
    seed : int
        Seed; sample k draws from its own child.
    samples : int, optional
        Number of states; results then carry a leading axis of that length.
    """

    kind: Literal["random"] = "random"
    samples: Count | None = None


def _temperatures(value: Any) -> Any:
    """One temperature or several."""
    T = _checks.temperatures(value, "temperatures")
    if T.ndim > 1 or isinstance(value, str | bool):
        raise InvalidInput(f"`temperatures` must be one number or a list, but they are not (got {shown(value)})")
    return float(T) if T.ndim == 0 else tuple(T.tolist())


class Gibbs(_Drawn):
    r"""Thermal state, of one temperature or of one for every site: :math:`\rho \propto e^{-\sum_x h_x/T_x}`.

    Parameters
    ----------
    temperatures : float, or list of two or of N
        T of all sites; of the two halves; or of every site; in units of energy (k_B = 1), above 0. h_x is the energy density.
    draw : {"typical", "mixed"}
        Random states :math:`e^{-\sum_x h_x/2T_x}|r\rangle`, normalised, whose expectation values are thermal up to
        fluctuations; or the mixed state itself, for small lattices.
    numbers, seed, samples
        As in `RandomState`.
    """

    kind: Literal["gibbs"] = "gibbs"
    temperatures: Annotated[
        Any,
        BeforeValidator(_temperatures),
        WithJsonSchema(
            {"anyOf": [{"type": "number", "exclusiveMinimum": 0}, {"type": "array", "items": {"type": "number"}}]}
        ),
    ]
    draw: Literal["typical", "mixed"] = "typical"
    samples: Count | None = None

    @model_validator(mode="after")
    def _one_mixture(self) -> Any:
        check_mixture(self.draw, self.samples)
        return self

    def on(self, model: Lattice) -> Real:
        """T of every site, shape (N,).

        Raises
        ------
        InvalidInput
            For another number of temperatures.
        """
        T, N = np.atleast_1d(np.asarray(self.temperatures, dtype=float)), model.size
        if T.size == 2 and N != 2:
            return np.repeat(T, [N // 2, N - N // 2])
        if T.size not in (1, N):
            raise InvalidInput(
                f"`temperatures` must be one, two (of the halves) or {N} (of the sites), but they are not (got {T.size})"
            )
        return np.broadcast_to(T, (N,)).copy()

    def check_fits(self, model: Lattice) -> None:
        """As many temperatures as there are halves or sites, and conserved numbers."""
        self.on(model)
        self.totals(model)


def site_states(states: Any) -> SiteStates:
    """Product state of a lattice; see `SiteStates`."""
    return SiteStates(states=states)


def domain_wall(left: Any = None, right: Any = None, *, at: int | None = None) -> DomainWall:
    """Two halves of a lattice in different states, by default the highest and the lowest level; see `DomainWall`."""
    return DomainWall(left=left, right=right, at=at)


def random_state(*, numbers: dict[str, float] | None = None, seed: int = 0, samples: int | None = None) -> RandomState:
    """Uniformly random state of a lattice, or of one of its sectors; see `RandomState`."""
    return RandomState(numbers=numbers, seed=seed, samples=samples)


def gibbs(
    temperatures: Any,
    *,
    draw: Literal["typical", "mixed"] = "typical",
    numbers: dict[str, float] | None = None,
    seed: int = 0,
    samples: int | None = None,
) -> Gibbs:
    """Thermal state of a lattice at one temperature, two of its halves, or one for every site; see `Gibbs`."""
    return Gibbs(temperatures=temperatures, draw=draw, numbers=numbers, seed=seed, samples=samples)
