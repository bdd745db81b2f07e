"""Methods of the steady state: small immutable objects that state cost and validity."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self, get_args

from pydantic import (
    BeforeValidator,
    Field,
    GetJsonSchemaHandler,
    ValidationError,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    WithJsonSchema,
    WrapSerializer,
    WrapValidator,
    model_validator,
)
from pydantic_core import CoreSchema

from caloriq import extensions
from caloriq._checks import shown
from caloriq.errors import InvalidInput
from caloriq.models.definition import Definition
from caloriq.models.fields import Count, Positive, Seed, Tolerance, by_name, plain


class ClosedForm(Definition):
    """Formula for the uniform chain, any length and any dephasing, and for the XXZ chain at maximal driving.

    Cost: N. Valid for equal hopping and frequency, one bath on each end and none between, no ZZ interaction;
    dephasing may differ from site to site. With the same ZZ interaction on every bond and no dephasing: valid where one
    bath is gain alone and the other loss alone (Prosen, PRL 107, 137201 (2011)); cost N², 0.03 s at N = 100; the
    density matrix comes along to 10 sites, correlators of all pairs to 40.
    """

    kind: Literal["closed-form"] = "closed-form"


class TwoPoint(Definition):
    """The N² equations of the two-point functions, which close without interaction.

    Cost: eigenvalues in O(N²), then about 3 N³ real operations for the populations and 5 N³ for all of C (made up to
    3000 sites), twice that where a correction is needed; no iteration. Memory: 100 to 200 N² bytes. Valid for neighbour
    couplings on a chain with baths at its ends; frequencies, hopping and dephasing may differ from site to site.
    Every number has a bound on its own error; where double precision does not give one of 10⁻⁶, the chain is solved in
    ball arithmetic (up to 12 sites, without dephasing up to 120: seconds).
    Without interaction and dephasing the state is Gaussian; with dephasing it is not, and nothing beyond two points is
    returned.

    Of a `Lattice` that is no such chain: valid where H is quadratic in fermions and jumps are linear in them, or hermitian and
    quadratic, as number dephasing is; hopping between any sites, pairing, spins of neighbours along the chain. M modes, or n = 2M
    rows where pairs are created: an eigendecomposition of some 25 n³ operations, with dephasing 20 to 60 products of 10 n³; memory
    500 n² bytes. Bounds are proved; there is no density matrix.

    Parameters
    ----------
    tol : float
        Limit of the certificate on the residual ‖dC/dt‖/‖C‖ of all of C, in units of the largest rate or coupling. The
        numbers are held against their own bounds whatever it is.
    """

    kind: Literal["two-point"] = "two-point"
    tol: Tolerance = 1e-12


class Direct(Definition):
    """Dense solution in the excitation-conserving sector, dimension D = C(2N, N), every number with a proven bound.

    Cost: some 8 D³ operations in double precision: a millisecond at N = 4, 0.3 s at N = 6, half a minute at N = 7. Where
    that does not give every number to its own digits, ball arithmetic does: 20 ms at N = 4, half a second at N = 5, half
    a minute at N = 6. Valid for any couplings, ZZ interaction and dephasing, baths anywhere, up to 7 sites; for rates,
    couplings and temperatures any number of decades apart up to 6.

    Parameters
    ----------
    arithmetic : {"auto", "double", "balls"}
        Double precision with proven bounds, ball arithmetic (FLINT) of as many bits as are needed, or the first where
        it is enough.
    """

    kind: Literal["direct"] = "direct"
    arithmetic: Literal["auto", "double", "balls"] = "auto"


class Sector(Definition):
    """Iterative solution in the excitation-conserving sector, dimension C(2N, N).

    Cost: eigendecompositions of the blocks (the largest C(N, N/2)), then 8 to 40 products of 20 Σ C(N,k)³
    operations, more for hot baths without dephasing. Memory: see `caloriq check`. Valid for any couplings, ZZ interaction and dephasing, baths anywhere.

    Parameters
    ----------
    tol : float
        Bound on the residual ‖𝓛ρ‖, relative to ‖ρ‖ and the rates of the model.
    restart : int
        Directions kept before a restart; what memory allows if smaller.
    max_products : int
        Products after which the search is given up.
    precision : {"auto", "double", "mixed"}
        Mixed: single precision within a cycle, residuals in double; half the memory and time of a product, a few
        products more. "auto" takes it from 11 sites on. The tolerance is the same.
    device : {"cpu", "gpu"}
        Where the products are done; "gpu" needs CuPy.
    """

    kind: Literal["sector"] = "sector"
    tol: Tolerance = 1e-11
    restart: Annotated[Count, Field(ge=4)] = 80
    max_products: Count = 1000
    precision: Literal["auto", "double", "mixed"] = "auto"
    device: Literal["cpu", "gpu"] = "cpu"


class Full(Definition):
    """Direct sparse solution in the full space of 4^N matrix elements: the reference.

    Cost: grows 15 to 50 times with every site; about a second at N = 7, half a minute and 2 GB at N = 8, more where all
    pairs are coupled. Valid for any model of up to 8 sites.
    """

    kind: Literal["full"] = "full"


class OneExcitation(Definition):
    """The model cut to no or one excitation, dimension N + 1.

    Cost: about 8 N⁴ operations; memory 200 N² bytes. Valid where the sites are nearly empty: the error of a population is of the order of that
    population times the total number of excitations, which the certificate bounds. ZZ terms between empty sites are
    shifts of the frequencies and are kept.

    Parameters
    ----------
    most : float
        Bound on the probability of the one-excitation states, beyond which the result is refused.
    """

    kind: Literal["one-excitation"] = "one-excitation"
    most: Annotated[float, Field(gt=0, le=1)] = 0.05


BOND = {"anyOf": [{"type": "integer", "minimum": 2}, {"const": "auto"}]}


def _bond(value: Any) -> Any:
    """A bond dimension, or the word that leaves it open."""
    if value == "auto" and isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, int) or value < 2:
        raise InvalidInput(
            f"`bond_dimension` must be a whole number of at least 2 or 'auto', but it is not (got {shown(value)})"
        )
    return value


class TensorNetwork(Definition):
    """The density matrix of a chain as a matrix product operator, relaxed by time steps that are extrapolated to none.

    Cost: one spell of relaxation takes N D³ operations for a bond dimension D, and some ten to fifty spells are enough at any
    length where the profile of one conserved number is all that is slow, because it is moved rather than waited for; 20 sites with dephasing to 1 % take half a
    minute, 100 sites some minutes, chains without dephasing ten times that and more. Memory: 160 N D² bytes, and 1 kB N D² up to D = 128. Valid for chains and
    ladders whose terms and jumps act on neighbours, or reach as far as cells of six levels in all allow; baths anywhere, any local jumps. Every
    number has an error of its own, an estimate: what doubling the bond dimension changes, what is left of the time step after
    extrapolation, and what time had still to change. In time (`evolve`), product states and thermal ones of open chains and closed
    ones are followed as long as the bonds hold the state: for any time where dephasing bounds the entanglement, otherwise until it has
    outgrown them.

    Parameters
    ----------
    bond_dimension : int or "auto"
        Largest that is tried; doubled from 16 until the currents stand. By default 512, in time 256, or what memory holds.
    tol : float
        Error of the currents that is asked for, relative to the largest of their kind, or to 10⁻⁴ of what could flow where that
        is more, of energy to 10⁻² of it; a result that misses it is refused. In time, error of every number relative to the largest of
        its kind so far, of flows to 10⁻² of what could flow where that is more; numbers end where it is missed.
    checkpoint : str or None
        File that the work is put down in as it goes on, and taken up from; removed when it is done. By default one in the
        user's cache, named by model and method; None for none. Of steady states alone.
    """

    kind: Literal["tensor-network"] = "tensor-network"
    bond_dimension: Annotated[Any, BeforeValidator(_bond), WithJsonSchema(BOND)] = "auto"
    tol: Annotated[float, Field(gt=0, le=0.1)] = 0.01
    checkpoint: Annotated[str | None, Field(repr=False)] = "auto"


def _span(value: Any, ours: ValidatorFunctionWrapHandler, told: ValidationInfo) -> Any:
    """A time, or "auto"; one sentence for both that it could be."""
    try:
        return ours(value)
    except ValidationError:
        raise InvalidInput(
            f"`{told.field_name}` must be 'auto' or a time greater than 0, but it is not (got {shown(value)})"
        ) from None


Span = Annotated[Literal["auto"] | Positive, WrapValidator(_span)]


class Trajectories(Definition):
    """Means over pure states that jump at random (Monte Carlo wave function), with standard errors.

    Cost: of every unit of time some 10 to 15 products of H with a vector for each of its jumps, without a matrix: 3 to 10 ms of a
    core at 16 sites; 1 % of a dephased chain's current takes a time of some 5000. Memory: a few vectors of the largest sector, and
    some 300 bytes for every product state of the sectors that are reached. Valid for any couplings, baths and jump operators, on any graph, as far as
    one vector fits in memory. Numbers have standard errors, no bounds; the same seed gives the same numbers anywhere.

    Parameters
    ----------
    samples : int, optional
        Independent trajectories.
    error : float, optional
        Standard error of the current, relative to it, until which trajectories are added; of a lattice that of the largest
        inflow. Either this or `samples`.
    seed : int
        Of all random numbers; trajectory k has a child of its own.
    burn_in, window : "auto" or float
        Time at the start of every trajectory that is left out, and time that is averaged over: by default 4 and at least 16
        of the longest autocorrelation time of what is asked for, as the first trajectories show it.
    tol : float
        What the evolution from jump to jump may leave out of a state of norm 1.
    most : int
        Trajectories after which an error that is not reached is given up.
    """

    kind: Literal["trajectories"] = "trajectories"
    samples: Count | None = None
    error: Annotated[float, Field(gt=0, lt=1), BeforeValidator(plain)] | None = None
    seed: Seed = 0
    burn_in: Span = "auto"
    window: Span = "auto"
    tol: Tolerance = 1e-8
    most: Count = 4096

    @model_validator(mode="after")
    def _one_aim(self) -> Self:
        if (self.samples is None) == (self.error is None):
            given = "neither" if self.samples is None else f"both, samples={self.samples} and error={self.error:g}"
            raise InvalidInput(
                f"`method` must have exactly one of `samples` and `error`, but it has not (got {given}); write Trajectories(error=0.01)"
            )
        return self


class Occupations(Definition):
    """The linear equations of the mean occupations of a classical chain.

    Cost: N. Valid for `ClassicalChain`: exclusion does not enter the mean occupations.
    """

    kind: Literal["classical"] = "classical"


class AutoSteady(Definition):
    """The cheapest of the others that applies; `choose("steady-state", model)` tells which, and why."""

    kind: Literal["auto"] = "auto"


Chosen = ClosedForm | TwoPoint | Direct | Sector | Full | TensorNetwork | OneExcitation | Trajectories | Occupations
BUILT_IN: dict[str, type[Definition]] = {one.model_fields["kind"].default: one for one in get_args(Chosen)}


def others() -> list[str]:
    """Kinds of the methods that other packages register; a built-in name cannot be taken."""
    return [kind for kind in extensions.registered(extensions.METHODS) if kind not in {"auto", *BUILT_IN}]


def class_of(kind: str) -> type[Definition]:
    """Class of the parameters of a method of another package."""
    found = getattr(extensions.loaded(extensions.METHODS, kind, "method"), "METHOD", None)
    if not (isinstance(found, type) and issubclass(found, Definition)):
        raise InvalidInput(
            f"`method` must name a module with a subclass of Definition as METHOD, but it does not (got {kind}: {found!r}); see the package that registers it"
        )
    return found


def _built_in(value: Any) -> bool:
    """Whether a value is to be read as one of ours."""
    kind = value.get("kind") if isinstance(value, dict) else getattr(value, "kind", None)
    return not (isinstance(kind, str) and kind in others())


def _made(value: Any, ours: ValidatorFunctionWrapHandler) -> Any:
    """A method of this package, or one that another registers."""
    value = by_name(value)
    if _built_in(value):
        return ours(value)
    return class_of(value["kind"]).from_mapping(value) if isinstance(value, dict) else value


class _Listed:
    """Methods of other packages in a JSON schema, beside ours."""

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        found = handler(schema)
        found["oneOf"] += [handler(class_of(kind).__pydantic_core_schema__) for kind in others()]
        return found


# in a file: a mapping with its `kind`, or the kind alone
SteadyMethod = Annotated[
    Annotated[AutoSteady | Chosen, Field(discriminator="kind")],
    WrapValidator(_made),
    _Listed,
    WrapSerializer(lambda value, ours: ours(value) if _built_in(value) else value.to_mapping()),
]
