"""The verb `evolve`: closed chains by the Schrödinger equation, driven ones by their master equation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, overload

from numpy.typing import ArrayLike

from caloriq import _checks
from caloriq.closed import evolve as closed
from caloriq.closed.banded import BandEvolution, evolve_bands
from caloriq.closed.evolve import Evolution
from caloriq.closed.lattice.columns import Start
from caloriq.closed.lattice.result import LatticeEvolution
from caloriq.closed.methods import Chebyshev, Exact, Krylov
from caloriq.closed.observables import Observable
from caloriq.closed.states import Haar, Level, Mixed, Vector
from caloriq.dynamics.closed_tensor import evolve_closed
from caloriq.errors import InvalidInput
from caloriq.models.banded import BandedChain
from caloriq.models.lattice.model import Lattice
from caloriq.models.lattice.terms import Term
from caloriq.models.modular import ModularChain
from caloriq.models.network import ModularNetwork
from caloriq.models.product_states import InBands, Thermal
from caloriq.models.spins import SpinChain
from caloriq.models.unequal import UnequalNetwork
from caloriq.results import Progress
from caloriq.steady.in_time import evolve_driven_chain
from caloriq.steady.lattice.driven import evolve_driven
from caloriq.steady.lattice.in_time import evolve_open
from caloriq.steady.lattice.relaxation import LatticeRelaxation
from caloriq.steady.lattice.starts import Start as OpenStart
from caloriq.steady.lattice.under_drive import LatticeUnderDrive
from caloriq.steady.methods import Full, Sector, TensorNetwork, TwoPoint
from caloriq.steady.relax import DrivenEvolution
from caloriq.steady.result import SteadyState
from caloriq.steady.starts import Product


def _lattice(model: Lattice, times: ArrayLike, *, observables: Any = None, **options: Any) -> Any:
    """A closed lattice by the Schrödinger equation, an open one by its master equation; either under a drive by steps in time."""
    if model.closed and not model.driven:
        some = {} if observables is None else {"observables": observables}
        return evolve_closed(model, times, **options, **some)
    if observables is not None:
        raise InvalidInput(
            f"`observables` must be left out for an open lattice or one under a drive, of which everything is recorded, but they are given (got {_checks.shown(observables)}); leave them out"
        )
    if model.driven:
        return evolve_driven(model, times, **options)
    return evolve_open(model, times, **options)


# by the class of the model
VERBS: dict[type, Callable[..., Any]] = {
    ModularChain: closed.evolve,
    ModularNetwork: closed.evolve,
    UnequalNetwork: closed.evolve,
    BandedChain: evolve_bands,
    SpinChain: evolve_driven_chain,
    Lattice: _lattice,
}


@overload
def evolve(
    model: ModularChain | ModularNetwork | UnequalNetwork,
    times: ArrayLike,
    *,
    initial: Haar | Level | Mixed | Vector | None = ...,
    method: Exact | Chebyshev | Krylov | str = ...,
    observables: Sequence[Observable] = ...,
    progress: Progress | None = ...,
) -> Evolution: ...
@overload
def evolve(
    model: BandedChain,
    times: ArrayLike,
    *,
    initial: Thermal | InBands | None = ...,
    method: Exact | Chebyshev | Krylov | str = ...,
    progress: Progress | None = ...,
) -> BandEvolution: ...
@overload
def evolve(
    model: SpinChain,
    times: ArrayLike,
    *,
    initial: Product | SteadyState | None = ...,
    method: TwoPoint | Sector | TensorNetwork | str = ...,
    progress: Progress | None = ...,
) -> DrivenEvolution: ...
@overload
def evolve(
    model: Lattice,
    times: ArrayLike,
    *,
    initial: Start | OpenStart | None = ...,
    method: Exact | Chebyshev | Krylov | Full | Sector | TwoPoint | TensorNetwork | str = ...,
    observables: Sequence[str | Term] | None = ...,
    progress: Progress | None = ...,
) -> LatticeEvolution | LatticeRelaxation | LatticeUnderDrive | DrivenEvolution: ...
def evolve(
    model: ModularChain | ModularNetwork | UnequalNetwork | BandedChain | SpinChain | Lattice,
    times: ArrayLike,
    *,
    initial: Haar
    | Level
    | Mixed
    | Vector
    | Thermal
    | InBands
    | Product
    | SteadyState
    | Start
    | OpenStart
    | None = None,
    method: Exact | Chebyshev | Krylov | TwoPoint | Sector | Full | TensorNetwork | str = "auto",
    observables: Sequence[Any] | None = None,
    progress: Progress | None = None,
) -> Evolution | BandEvolution | DrivenEvolution | LatticeEvolution | LatticeRelaxation | LatticeUnderDrive:
    """Time evolution: the Schrödinger equation of a closed model, or the master equation of a driven one.

    Parameters
    ----------
    model : ModularChain, ModularNetwork, UnequalNetwork, BandedChain, SpinChain or Lattice
        What is simulated.
    times : array_like, shape (T,)
        Instants, not negative, strictly increasing, in the inverse of the model's unit of energy; the start is at time 0.
    initial : optional
        Modular chain or network: Haar, Level, Mixed or Vector; by default one Haar-random state of subunit 0 with seed 0.
        Banded chain: `thermal` or `in_bands`; by default subunit 0 in its second band, the others in their lowest.
        Spin chain: Product, or the steady state of another chain; by default the empty chain.
        Lattice: `starts.site_states`, `domain_wall`, `random_state`, `gibbs` or `vector`; by default a wall in the middle.
        An open one has a density matrix, that of `gibbs` itself, and starts from another result's state as well.
    method : object or "auto"
        Modular chain or network: Exact, Chebyshev or Krylov (`choose("evolve", model)` tells what "auto" takes).
        Banded chain: the same, shell by shell; "auto" chooses by the dimension of every shell.
        Spin chain: TwoPoint where the two-point set closes, or Sector. Explicit steps, implicit ones or powers of the
        propagator are chosen by the number of equations and the largest rate times the last instant.
        Lattice: as a modular chain, in the sector of the conserved numbers that the start has sharply. An open one: Sector,
        its density matrix in the blocks that equation and start keep apart, or Full, in one; TwoPoint where it is a spin
        chain in other words, with the result of one. Under a drive: a vector or the density matrix, by explicit steps.
        Chains of either kind, closed or open, from product states and thermal ones: TensorNetwork, as long as its bonds hold the
        state; "auto" takes it where there are too many states for anything else.
    observables : sequence of str or Term, optional
        What to record of a modular chain or network, of "populations", "local_energies", "currents"; populations always are, and
        alone they are the cheapest for large ensembles. Of a lattice NAME of a density (energy, magnetisation, particles), for
        its profile and, where it is conserved, its current; NAME-density, NAME-current for one of both; and any Term. By
        default everything; the other models, and open lattices, record everything.
    progress : callable, optional
        Called with (done, total) as the work goes on.

    Returns
    -------
    Evolution, BandEvolution, DrivenEvolution, LatticeEvolution, LatticeRelaxation or LatticeUnderDrive
        Arrays, certificate and cost; for a driven chain and an open lattice with the entropy production along the way. By a
        tensor network with errors but no entropies, and `known_until`, behind which numbers are not a number.

    Raises
    ------
    InvalidInput
        For arguments outside their domain, or a problem larger than the memory.
    Unsupported
        If the method does not apply to the model; names the term.
    NotConverged
        If a check of the certificate fails; the solution is attached.
    """
    verb = next((VERBS[one] for one in type(model).__mro__ if one in VERBS), None)
    if verb is None:
        raise InvalidInput(
            f"`model` must be a ModularChain, a ModularNetwork, a BandedChain, a SpinChain or a Lattice, but it is not (got {_checks.shown(model)})"
        )
    some = {"observables": observables} if verb in (closed.evolve, _lattice) and observables is not None else {}
    found: Evolution | BandEvolution | DrivenEvolution | LatticeEvolution | LatticeRelaxation | LatticeUnderDrive = (
        verb(model, times, initial=initial, method=method, progress=progress, **some)
    )
    return found
