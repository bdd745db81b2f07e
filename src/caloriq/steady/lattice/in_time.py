"""Which way an open lattice goes through time: its own equations, or those of the spin chain that it is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

from numpy.typing import ArrayLike

from caloriq import _checks, wording
from caloriq._checks import Real
from caloriq.errors import InvalidInput, Unsupported
from caloriq.models.lattice.coupled import coupled_baths, name_of
from caloriq.models.lattice.model import Lattice
from caloriq.models.lattice.recognised import Recognised
from caloriq.models.lattice.starts import DomainWall, SiteStates
from caloriq.results import MethodReport, Progress
from caloriq.steady.lattice.blocks import LARGEST, by_numbers, check_acted
from caloriq.steady.lattice.relax import relax_lattice
from caloriq.steady.lattice.relaxation import LatticeRelaxation
from caloriq.steady.methods import TensorNetwork, TwoPoint
from caloriq.steady.relax import DrivenEvolution, relax
from caloriq.steady.starts import Product
from caloriq.steady.tensor.begun import TAKEN, begun
from caloriq.steady.tensor.cells import cells
from caloriq.steady.tensor_in_time import check_span, evolve_tensor, seconds
from caloriq.steady.tensor_network import needed

MANY = 2**14  # product states up to which blocks may be small enough


def evolve_open(
    model: Lattice, times: ArrayLike, *, initial: Any = None, method: Any = "auto", progress: Progress | None = None
) -> LatticeRelaxation | DrivenEvolution:
    """Master equation of an open lattice; see `caloriq.evolve`."""
    reason = long_reason(model, method, initial)
    if reason is not None:
        chosen = method if isinstance(method, TensorNetwork) else TensorNetwork()
        return evolve_tensor(model, _checks.times(times), _start(initial), chosen, reason, progress)
    if not (isinstance(method, TwoPoint) or method == "two-point"):
        return relax_lattice(model, times, initial=initial, method=method, progress=progress)
    chain = model.spin_chain
    if not isinstance(chain, Recognised):
        raise Unsupported(
            f"`method` must apply to the model, but the lattice is no spin chain: it has {chain} (got {wording.spoken(TwoPoint())}); use Sector() or Full()"
        )
    found = relax(chain.chain, times, initial=_product(model, initial), method=TwoPoint(), progress=progress)
    reason = f"{found.method.reason}; {chain.reason}"
    return replace(found, method=MethodReport(found.method.name, reason, found.method.statistics))


class LongPlan(NamedTuple):
    """What would run as a tensor network."""

    method: TensorNetwork
    reason: str
    memory: float  # bytes
    seconds: float  # rough


def planned_long(model: Lattice, times: Real, initial: Any, method: Any) -> LongPlan | None:
    """A tensor network, with everything refused that can be before the work; None where it is not taken."""
    reason = long_reason(model, method, initial)
    if reason is None:
        return None
    chosen = method if isinstance(method, TensorNetwork) else TensorNetwork()
    found = cells(model, wording.spoken(chosen))
    begun(found, _start(initial))
    check_span(chosen, found, times)
    return LongPlan(chosen, reason, needed(chosen, found), seconds(chosen, found, times))


def long_reason(model: Lattice, method: Any, initial: Any) -> str | None:
    """Why it goes as a tensor network; None where it does not."""
    if isinstance(method, TensorNetwork) or method == "tensor-network":
        check_acted(model, "master equation")
        coupled = coupled_baths(model)
        if coupled:
            raise Unsupported(
                f"`method` must have the jumps of every bath, but one is coupled by an operator and has those of the whole lattice (got {name_of(coupled[0], model.size)} for {wording.spoken(TensorNetwork())}); give it gain and loss, or take fewer sites and leave the method out"
            )
        return "as asked for"
    if method != "auto" or coupled_baths(model) or not isinstance(_start(initial), TAKEN):
        return None
    if model.dimension <= MANY and max(by_numbers(model).sizes) <= LARGEST:
        return None
    try:
        cells(model)
    except Unsupported:
        return None
    return f"auto: {model.dimension} product states are too many for blocks"


def _start(initial: Any) -> Any:
    """The start that is meant: by default the wall in the middle."""
    return DomainWall() if initial is None else initial


def _product(model: Lattice, initial: Any) -> Product:
    """The start of a chain that a product of levels is."""
    if isinstance(initial, Product):
        return initial
    start = DomainWall() if initial is None else initial
    if isinstance(start, SiteStates | DomainWall):
        levels = (start.sites(model) if isinstance(start, DomainWall) else start).levels(model)
        if levels is not None:
            return Product(populations=[float(n) for n in levels])
    raise InvalidInput(
        f"`initial` must be a product of levels for TwoPoint(), but it is not (got {wording.spoken(start)}); use Sector() or Full()"
    )
