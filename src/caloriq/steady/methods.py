"""Methods of the steady state: small immutable objects that state cost and validity."""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args

from pydantic import Field, GetJsonSchemaHandler, ValidatorFunctionWrapHandler, WrapSerializer, WrapValidator
from pydantic_core import CoreSchema

from caloriq import extensions
from caloriq.errors import InvalidInput
from caloriq.models.definition import Definition
from caloriq.models.fields import Count, Tolerance, by_name


class ClosedForm(Definition):
    """Formula for the uniform chain, any length and any dephasing.

    Cost: N. Valid for equal hopping and frequency, one bath on each end and none between, no ZZ interaction;
    dephasing may differ from site to site.
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


class Occupations(Definition):
    """The linear equations of the mean occupations of a classical chain.

    Cost: N. Valid for `ClassicalChain`: exclusion does not enter the mean occupations.
    """

    kind: Literal["classical"] = "classical"


class AutoSteady(Definition):
    """The cheapest of the others that applies; `choose("steady-state", model)` tells which, and why."""

    kind: Literal["auto"] = "auto"


Chosen = ClosedForm | TwoPoint | Direct | Sector | Full | OneExcitation | Occupations
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
