"""Which way an open lattice goes through time: its own equations, or those of the spin chain that it is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from numpy.typing import ArrayLike

from caloriq import wording
from caloriq.errors import InvalidInput, Unsupported
from caloriq.models.lattice.model import Lattice
from caloriq.models.lattice.recognised import Recognised
from caloriq.models.lattice.starts import DomainWall, SiteStates
from caloriq.results import MethodReport, Progress
from caloriq.steady.lattice.relax import relax_lattice
from caloriq.steady.lattice.relaxation import LatticeRelaxation
from caloriq.steady.methods import TwoPoint
from caloriq.steady.relax import DrivenEvolution, relax
from caloriq.steady.starts import Product


def evolve_open(
    model: Lattice, times: ArrayLike, *, initial: Any = None, method: Any = "auto", progress: Progress | None = None
) -> LatticeRelaxation | DrivenEvolution:
    """Master equation of an open lattice; see `caloriq.evolve`."""
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
