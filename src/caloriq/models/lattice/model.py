"""Any lattice of sites with local terms: the Hamiltonian that a user writes down."""

from __future__ import annotations

import keyword
from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self

import numpy as np
import scipy
from pydantic import BeforeValidator, ConfigDict, PlainSerializer, WithJsonSchema, model_validator

from caloriq import _checks
from caloriq._checks import Real, shown
from caloriq.documents import within
from caloriq.errors import InvalidInput, Unsupported
from caloriq.models.baths import Bath
from caloriq.models.coupled_bath import CoupledBath
from caloriq.models.fields import MOST, Seed, plain
from caloriq.models.lattice.coupled import coupled_baths, read_baths
from caloriq.models.lattice.driving import check_drives
from caloriq.models.lattice.expressions import CONSTANTS, FUNCTIONS, evaluate
from caloriq.models.lattice.families import expanded, of_classes, schema
from caloriq.models.lattice.geometry import AnyGeometry, Chain
from caloriq.models.lattice.lab import read_units
from caloriq.models.lattice.particle_families import ParticleFamilies
from caloriq.models.lattice.sites import Local, space_of
from caloriq.models.lattice.spin_families import SpinFamilies
from caloriq.models.lattice.terms import Jump, Placed, Term, checked_rates, known_at
from caloriq.models.lattice.values import NUMBER, Random, Strength, as_text, number_or_text, values_of
from caloriq.results import frozen
from caloriq.spaces.local import LocalSpace
from caloriq.spaces.strings import Gathered, Strings

if TYPE_CHECKING:
    from caloriq.models.lattice.densities import Current
    from caloriq.models.lattice.environment import Environment
    from caloriq.models.lattice.quasi_free import QuasiFree
    from caloriq.models.lattice.recognised import Recognised
    from caloriq.models.lattice.symmetries import Symmetries
    from caloriq.spaces.infinite import InfiniteChain

PLACE = 1500.0  # bytes of a term at one place, as strings
HERMITIAN = 1e-12  # of what is not hermitian in a coefficient: rounding, relative to what was added up to it
DEPHASING = 10**6  # child of the random numbers of the dephasing, beyond those of terms and jumps
FAMILIES = of_classes(SpinFamilies, ParticleFamilies)
PLACES = ("j", "k", "x", "y", "z")  # names that stand for the place in an expression


def _parameters(value: Any) -> Any:
    """Named numbers and expressions, evaluated in their order."""
    if not isinstance(value, dict):
        raise InvalidInput(f"`parameters` must be a mapping of names to numbers, but it is not (got {shown(value)})")
    for name in value:
        taken = (*PLACES, *CONSTANTS, *FUNCTIONS)
        if not isinstance(name, str) or not name.isidentifier() or name in taken or keyword.iskeyword(name):
            raise InvalidInput(
                f"`parameters` must have names that are words and not taken, but one is not (got {shown(name)}); taken are {', '.join(taken)} and Python's own words"
            )
    return {name: number_or_text(one, name) for name, one in value.items()}


class Lattice(SpinFamilies, ParticleFamilies):
    r"""Sites of any kind with any local terms.

    .. math::
        H = \sum_t \sum_p v_{t,p}\; A_{t,1}(x_{p,1}) \cdots A_{t,m}(x_{p,m}) \;[+ h.c.]

    over terms t and their places p. Fermions stand in the order of their sites (Jordan, Wigner, Z. Phys. 47, 631 (1928),
    doi:10.1007/BF01331938).

    Parameters
    ----------
    sites : int
        N; may be left out where the geometry says it.
    local : str, mapping or list
        "spin-1/2" (default), "spin-1", "spin-3/2", ..., "fermion", "spinful-fermion", {boson: cut-off},
        {operators: {A: matrix, ...}}; or a list of these, one for each site of a unit cell, repeated along the lattice.
    geometry : str, mapping or networkx.Graph
        "chain" (default), {kind: chain, periodic: true}, {kind: ladder, legs: 2}, {kind: square, sides: [4, 3]},
        {kind: cubic, sides: [2, 2, 2]}, {kind: graph, edges: [[0, 1], ...]}.
    parameters : mapping of str to number or expression
        Numbers that expressions in the terms name; later ones may name earlier ones. A sweep varies
        `parameters.NAME`.
    terms : list of Term
        What H is the sum of.
    family : str or mapping
        A ready Hamiltonian in place of `terms`, {kind: xxz, anisotropy: 1.5}: the constructors of this class by their names,
        with their arguments, which a sweep varies as `family.NAME`. Terms and parameters given beside it are added.
    jumps : list of Jump
        Lindblad operators.
    dephasing : float, list of N, expression, staggered or random
        γ ≥ 0: a jump operator √γ n on every site, √γ Sz where there is no n. Default 0.
    baths : list of Bath or CoupledBath
        By gain and loss on spins (σ⁺ and σ⁻, S⁺ and S⁻), fermions or bosons; one with a temperature on a site with equally spaced
        levels of its own. Or by an operator, a spectrum and an equation, which know the levels of H.
    seed : int
        Of random values.
    unit : {"meV", "eV", "cm^-1", "K", "GHz", "THz", "J"}, optional
        Unit of energy ε of all numbers, with ħ = k_B = 1. Values, rates, parameters and temperatures may then be texts such as
        "5 meV", "300 K", "1/ps"; they are kept as numbers in that unit. By default numbers are pure. See `lab.in_lab_units`.

    Raises
    ------
    InvalidInput
        For words that are no operators, a number of words that is not that of the sites, a sum that is not hermitian, an
        odd number of fermion operators or fermions off a chain, graphs in several pieces.
    """

    read: ClassVar[tuple[str, ...]] = ("family",)  # in a file, which stands for others

    model_config = ConfigDict(json_schema_extra=lambda own: schema(FAMILIES, own))

    kind: Literal["lattice"] = "lattice"
    sites: Annotated[int | None, BeforeValidator(plain)] = None
    local: Local = "spin-1/2"
    geometry: AnyGeometry = Chain()
    parameters: Annotated[
        Any,
        BeforeValidator(_parameters),
        PlainSerializer(lambda p: {k: as_text(v) for k, v in p.items()}, when_used="json-unless-none"),
        WithJsonSchema({"type": "object", "additionalProperties": NUMBER}),
    ] = {}  # noqa: RUF012 - pydantic copies it
    terms: tuple[Term, ...] = ()
    baths: Annotated[tuple[Bath | CoupledBath, ...], BeforeValidator(read_baths)] = ()
    dephasing: Strength = 0.0
    jumps: tuple[Jump, ...] = ()
    seed: Seed = 0
    unit: Literal["cm^-1", "meV", "eV", "K", "GHz", "THz", "J"] | None = None

    @model_validator(mode="before")
    @classmethod
    def _family(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        read = read_units(data)
        return expanded(FAMILIES, read) if read.get("family") is not None else read

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if not self.terms:
            raise InvalidInput("`terms` must hold at least one term, but there is none (got nothing); add Term('Z Z')")
        self._sized()
        with within("parameters"):
            self.numbers  # noqa: B018 - every expression is looked at
        if self.driven:
            check_drives(self)  # of which every part is looked at as a lattice of its own
        else:
            self._check_hermitian()
        self.environments  # noqa: B018 - refuses what does not fit the sites
        return self

    def _check_hermitian(self) -> None:
        terms, sizes = self._gathered.terms, self._gathered.sizes
        left = {s: abs(c.imag) for s, c in terms.items() if abs(c.imag) > HERMITIAN * sizes[s]}
        if left:
            worst = max(left, key=lambda s: left[s])
            raise InvalidInput(
                f"`terms` must add up to a hermitian operator, but i{self.strings.words(worst)} is left over (got {left[worst]:.3g} of it); add `plus: hermitian-conjugate`"
            )

    def _sized(self) -> None:
        """Fix the number of sites by the geometry, or refuse what does not fit."""
        fixed = self.geometry.count
        if self.sites is None:
            if fixed is None:
                raise InvalidInput("`sites` must be given for a chain or a ladder, but it is missing (got nothing)")
            object.__setattr__(self, "sites", fixed)
        if fixed is not None and self.sites != fixed:
            raise InvalidInput(
                f"`sites` must be the {fixed} sites of the geometry, or be left out, but it is another number (got {self.sites})"
            )
        assert self.sites is not None
        if not 2 <= self.sites <= MOST:
            raise InvalidInput(f"`sites` must be at least 2 and at most {MOST}, but it is not (got {self.sites})")
        need = PLACE * self.sites * (len(self.terms) + len(self.jumps) + 1.0)
        _checks.memory("sites", self.sites, need, "take fewer sites")

    @property
    def size(self) -> int:
        """N."""
        assert self.sites is not None
        return self.sites

    @cached_property
    def numbers(self) -> dict[str, Any]:
        """Value of every parameter."""
        known: dict[str, Any] = {}
        for name, value in self.parameters.items():
            known[name] = evaluate(name, value, known).item() if isinstance(value, str) else value
        return known

    @cached_property
    def spaces(self) -> tuple[LocalSpace, ...]:
        """Levels and operators of every site, shape (N,)."""
        cell = self.local if isinstance(self.local, tuple) else (self.local,)
        kinds = [space_of(one) for one in cell]
        if self.size % len(kinds):
            raise InvalidInput(
                f"`local` must be a cell that the {self.size} sites are a multiple of, but it is not (got {len(kinds)} kinds)"
            )
        return tuple(kinds) * (self.size // len(kinds))

    @property
    def levels(self) -> tuple[int, ...]:
        """Levels of every site."""
        return tuple(space.levels for space in self.spaces)

    @property
    def dimension(self) -> int:
        """Of the whole product space."""
        total = 1
        for d in self.levels:
            total *= d
        return total

    @cached_property
    def placed(self) -> tuple[Placed, ...]:
        """Every term with its places and values."""
        found = []
        for number, term in enumerate(self.terms):
            with within("terms", number):
                found.append(self.place(term, "value", number, conjugate=term.plus is not None))
        return tuple(found)

    def place(self, one: Term | Jump, name: str, number: int, *, conjugate: bool) -> Placed:
        """Places of a term or jump, and values there; `name` is that of its strength, `number` of the random numbers."""
        strength = one.value if isinstance(one, Term) else one.rate
        places = one.places(self.geometry, self.size)
        names = known_at(self.numbers, places, self.geometry.coordinates(self.size))
        values = values_of(strength, names, len(places), seed=self.seed, number=number, name=name)
        drive = one.drive if isinstance(one, Term) else None
        return Placed(one.operator, one.letters, places, values, conjugate, drive)

    @cached_property
    def strings(self) -> Strings:
        """H in a basis of operator strings, exactly.

        Raises
        ------
        Unsupported
            If it depends on time.
        """
        self.check_constant()
        return Strings(self.spaces, self._gathered.kept())

    @cached_property
    def _gathered(self) -> Gathered:
        """Coefficients of all terms, with what was added up to each."""
        at: defaultdict[int, list[Strings]] = defaultdict(list)
        for number, one in enumerate(self.placed):
            with within("terms", number):
                for shift, part in self._forms(one):
                    at[shift].append(part)
        gathered = Gathered()
        sums: dict[
            tuple[int, ...], Gathered
        ] = {}  # of what begins at one site, the same again and again in a uniform lattice
        for shift, parts in at.items():
            same = tuple(map(id, parts))
            if same not in sums:
                sums[same] = Gathered()
                for part in parts:
                    sums[same].add_all(part.terms)
            gathered.add_shifted(sums[same], shift)
        return gathered

    def operators(self, placed: Placed) -> list[Strings]:
        """The operator of a term at each of its places, with its value; refuses words that the sites do not have."""
        return [one.shifted(shift) for shift, one in self._forms(placed)]

    def _forms(self, placed: Placed) -> Iterator[tuple[int, Strings]]:
        """First site of every place of a term, and the operator there moved to the beginning, one object where it is the same."""
        products: dict[Any, Strings] = {}
        kept: dict[Any, Strings] = {}
        for row, value in zip(placed.sites.tolist(), placed.values.tolist(), strict=True):
            shift = min(row)
            # alike from place to place but for a shift, where the sites between them are alike too
            form = (tuple([site - shift for site in row]), self._kinds[shift : max(row) + 1])
            if (form, value) not in kept:
                if form not in products:
                    products[form] = self.product(placed.words, row).shifted(-shift)
                one = value * products[form]
                kept[form, value] = one.plus_conjugate() if placed.conjugate else one
            yield shift, kept[form, value]

    @cached_property
    def _kinds(self) -> tuple[int, ...]:
        """Number of every site's kind, the same for equal ones."""
        kinds: dict[LocalSpace, int] = {}
        return tuple([kinds.setdefault(space, len(kinds)) for space in self.spaces])

    def product(self, words: tuple[str, ...], sites: list[int]) -> Strings:
        """Product of words on sites, with the signs of the fermions between them.

        Raises
        ------
        InvalidInput
            For words that are no operators of the sites, an odd number of fermion operators, or fermions off a chain.
        """
        found, first, odd = Strings(self.spaces, {(): 1.0}), min(sites), 0
        for word, site in zip(words, sites, strict=True):
            matrix, is_odd = self.spaces[site].word(word)
            if is_odd:
                odd += 1
                if not self.geometry.is_chain:
                    raise InvalidInput(
                        f"`operator` must not create or annihilate single fermions off a chain, but it does (got {' '.join(words)!r} on a {self.geometry.kind}); fermions stand in the order of a chain"
                    )
                found = found @ self.signs(first, site)
            found = found @ Strings.of(self.spaces, [site], [matrix])
        if odd % 2:
            raise InvalidInput(
                f"`operator` must hold an even number of fermion operators, but it holds {odd} (got {' '.join(words)!r})"
            )
        return found

    def signs(self, first: int, site: int) -> Strings:
        """(-1)^n of the sites from `first` up to one before `site`."""
        rows = {
            space: space.expanded(np.diag(space.fermion_sign))
            for space in dict.fromkeys(self.spaces)
            if space.fermion_sign is not None
        }
        told = [y for y in range(first, site) if self.spaces[y] in rows]
        return Strings.along(self.spaces, told, [rows[self.spaces[y]] for y in told])

    @cached_property
    def dephasing_rates(self) -> Real:
        """γ of every site, shape (N,)."""
        sites = np.arange(self.size)[:, None]
        names = known_at(self.numbers, sites, self.geometry.coordinates(self.size))
        with within("dephasing"):
            values = values_of(self.dephasing, names, self.size, seed=self.seed, number=DEPHASING, name="dephasing")
            return frozen(checked_rates(values, "dephasing", "dephasing"))

    @cached_property
    def environments(self) -> tuple[Environment, ...]:
        """Baths, dephasing and jumps as Lindblad operators."""
        from caloriq.models.lattice.environment import environments

        return environments(self)

    @cached_property
    def spin_chain(self) -> Recognised | str:
        """The spin chain that it is in other words, or what it has that none has; see `recognised.as_spin_chain`."""
        from caloriq.models.lattice.recognised import as_spin_chain

        return as_spin_chain(self)

    @cached_property
    def quasi_free(self) -> QuasiFree | str:
        """Its fermion modes, where two-point functions close, or what keeps them from it; see `quasi_free.as_quasi_free`."""
        from caloriq.models.lattice.quasi_free import as_quasi_free

        return as_quasi_free(self)

    @property
    def jump_operators(self) -> tuple[tuple[str, Strings], ...]:
        """Every Lindblad operator, the root of its rate in it, with the name of what it belongs to."""
        return tuple((one.name, jump) for one in self.environments for jump in one.jumps)

    @property
    def closed(self) -> bool:
        """Whether nothing but H acts."""
        return not (any(one.jumps for one in self.environments) or coupled_baths(self))

    @property
    def random(self) -> bool:
        """Whether a strength is drawn with the seed."""
        strengths = *(one.value for one in self.terms), *(one.rate for one in self.jumps), self.dephasing
        return any(isinstance(one, Random) for one in strengths)

    @property
    def driven(self) -> bool:
        """Whether H depends on time."""
        return any(term.drive is not None for term in self.terms)

    def check_constant(self) -> None:
        """Refuse terms that depend on time, where one H is needed."""
        for number, term in enumerate(self.terms):
            if term.drive is not None:
                raise Unsupported(
                    f"`model` must not depend on time but in evolve, but term {number}, {term.operator!r}, does (got drive {term.drive!r}); take model.at(time), or leave the drive out"
                )

    def at(self, time: float) -> Lattice:
        """The lattice with the Hamiltonian that it has at a time, as if it were constant; see `driving.at`."""
        from caloriq.models.lattice.driving import at

        return at(self, time)

    @cached_property
    def symmetries(self) -> Symmetries:
        """What H is unchanged by, found on its terms; at all times, whatever the functions of time are."""
        from caloriq.models.lattice.symmetries import symmetries

        return symmetries(self)

    def infinite_chain(self) -> InfiniteChain:
        """The chain without ends that looks like the inner part of the lattice; see `uniform.infinite_chain`."""
        from caloriq.models.lattice.uniform import infinite_chain

        return infinite_chain(self)

    def density(self, of: str = "energy") -> tuple[Strings, ...]:
        """Energy, magnetisation or particles of every site, as operators; see `densities.density`."""
        from caloriq.models.lattice.densities import density

        return density(self, of)

    def current(self, of: str = "energy") -> Current:
        """Flows of a conserved density between pairs of sites, as operators; see `densities.current`."""
        from caloriq.models.lattice.densities import current

        return current(self, of)

    def to_sparse(self) -> scipy.sparse.csr_array:
        """H on the whole product space, site 0 changing fastest, shape (D, D).

        Raises
        ------
        InvalidInput
            If it does not fit in memory; says the need first.
        """
        self.check_memory(40.0 * max(1, len(self.strings.by_support())))
        return self.strings.sparse()

    def to_matrix(self) -> Any:
        """H as a dense matrix, shape (D, D)."""
        self.check_memory(16.0 * min(self.dimension, 10**100))
        return self.to_sparse().toarray()

    def check_memory(self, bytes_per_state: float) -> None:
        """Refuse what needs more memory than there is."""
        states = min(self.dimension, 10**200)  # more is no float
        _checks.memory("sites", self.size, bytes_per_state * float(states), "take fewer sites")
