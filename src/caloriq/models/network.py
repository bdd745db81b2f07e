"""Networks of weakly coupled subunits with a band each: the 'net structure' of the modular chain's papers.

Sources: PRL 95, 180602 (2005), doi:10.1103/PhysRevLett.95.180602 (PRL);
PRE 73, 016101 (2006), doi:10.1103/PhysRevE.73.016101 (PRE).
"""

from __future__ import annotations

import math
from functools import cached_property
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from pydantic import PlainSerializer, WithJsonSchema, model_validator

from caloriq import _checks
from caloriq._checks import Real
from caloriq.errors import InvalidInput
from caloriq.models.edges import Edges, lattice_edges, read_edges
from caloriq.models.edges import listed as listed_edges
from caloriq.models.fields import FILE, MOST, Several
from caloriq.models.modular import Bonds, Modular, ModularChain, interaction_blocks
from caloriq.results import frozen

Graph = Annotated[
    Any,
    PlainSerializer(listed_edges, when_used="json-unless-none"),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "array", "items": {"type": "array", "items": {"type": "number"}}},
                FILE,
                {"type": "null"},
            ],
            "description": "edges [a, b] or [a, b, w], or the path of a .npy file beside the YAML file",
        }
    ),
]


class ModularNetwork(Modular):
    r"""N identical subunits, each a ground level and a narrow band, coupled along the edges of a weighted graph.

    In the space of one excitation (dimension N n) the Hamiltonian has N diagonal blocks, the band levels
    :math:`\Delta E + \varepsilon_i`, and for every edge {a, b} of weight w a block :math:`\lambda w\,v_{ab}` with
    :math:`\langle|v_{ij}|^2\rangle = 1`. The weight multiplies the coupling: the rate along the edge is
    2πλ²n/δε times w². A path in order is the `ModularChain` of the same seed, number for number.

    Parameters
    ----------
    levels, bandwidth, coupling, gap, seed, interaction, band
        As those of `ModularChain`.
    graph : networkx.Graph, matrix, or list of edges
        A NetworkX graph (nodes numbered in its order, edge attribute "weight", default 1), a symmetric (N, N) matrix
        of weights, dense or SciPy sparse, or a list of edges [a, b] or [a, b, w] between the subunits 0..N-1; an array
        with as many rows as columns is a matrix. In a YAML file: the list, or the path of a .npy file beside it.
    lattice : sequence of int
        Sides L₁, L₂, ... of a lattice instead, one per axis, each at least 2: nearest neighbours, the last axis
        numbered fastest, weights 1.
    periodic : bool
        Whether the lattice closes on itself along every axis; sides are then at least 3.
    matrices : array, optional
        Interaction handed in: shape (n, n) for every edge, (E, n, n) in the order of `bonds`, with v_ab for a < b, or
        (N n, N n) for the whole hermitian V; weights multiply it. In a YAML file: the path of a .npy file beside it.
    subunits : int
        N, that of the graph or lattice; may be left out.

    Raises
    ------
    InvalidInput
        For values outside their domain, a graph with loops, edges given twice, weights that are not positive, or
        subunits without an edge, and for neither or both of `graph` and `lattice`.

    Notes
    -----
    The matrices are built on demand and not kept. Every edge draws from a seed child of its two ends, so the numbers
    depend neither on the order of the edges nor on the rest of the graph.
    """

    kind: Literal["modular-network"] = "modular-network"
    subunits: Several = 0  # always that of the graph or lattice
    graph: Graph | None = None
    lattice: tuple[int, ...] | None = None
    periodic: bool = False

    array_files: ClassVar[tuple[str, ...]] = ("matrices", "graph")

    @model_validator(mode="before")
    @classmethod
    def _places(cls, data: Any) -> Any:
        """The graph read and its subunits counted; matrices handed in cut into blocks."""
        if not isinstance(data, dict):
            return data
        out = dict(data)
        graph, sides = out.get("graph"), out.get("lattice")
        if (graph is None) == (sides is None):
            both = "both are given" if graph is not None else "neither is given"
            raise InvalidInput(
                f"`graph` must be given, or `lattice` in its place, but {both} (got lattice {_checks.shown(sides)})"
            )
        if graph is not None:
            if out.get("periodic", False) is not False:
                raise InvalidInput(
                    f"`periodic` must be left out with a graph, but it is given (got {_checks.shown(out['periodic'])}); add the edges, or use `lattice`"
                )
            out["graph"] = read_edges(graph)
            count = out["graph"].nodes
        else:
            out["lattice"] = _sides(sides, periodic=out.get("periodic") is True)
            count = math.prod(out["lattice"])
        given = out.setdefault("subunits", count)
        if given != count:
            raise InvalidInput(
                f"`subunits` must be the {count} of the graph or lattice, but they are not (got {_checks.shown(given)}); leave them out"
            )
        levels = out.get("levels")
        if out.get("matrices") is not None and isinstance(levels, int | np.integer) and levels >= 1:
            # a lattice as large as could be has no matrices handed in that fit its blocks
            bonds = (
                out["graph"] if graph is not None else lattice_edges(out["lattice"], periodic=bool(out.get("periodic")))
            ).bonds
            out["matrices"] = frozen(interaction_blocks(out["matrices"], bonds, count, int(levels)))
        return out

    @cached_property
    def edges(self) -> Edges:
        """The weighted graph; that of a lattice is listed when it is first asked for, at 40 bytes an edge."""
        if self.lattice is None:
            assert isinstance(self.graph, Edges)
            return self.graph
        _checks.memory("lattice", list(self.lattice), 120.0 * self.bond_count, "take shorter sides")
        return lattice_edges(self.lattice, periodic=self.periodic)

    @property
    def bond_count(self) -> int:
        """E."""
        if self.lattice is None:
            return len(self.edges.bonds)
        return sum(self.subunits // side * (side - (not self.periodic)) for side in self.lattice)

    @cached_property
    def bonds(self) -> Bonds:
        """Coupled pairs a < b, shape (E, 2), in order."""
        return self.edges.bonds

    @cached_property
    def weights(self) -> Real:
        """Weight w of every edge, shape (E,)."""
        return self.edges.weights


def _sides(value: Any, *, periodic: bool) -> tuple[int, ...]:
    """Sides of a lattice: whole numbers, long enough, and not too many sites."""
    numbers = value.tolist() if isinstance(value, np.ndarray) else value
    if not isinstance(numbers, list | tuple) or not numbers:
        raise InvalidInput(
            f"`lattice` must be a list of sides, but it is not (got {_checks.shown(value)}); use [L] for one axis"
        )
    least = 3 if periodic else 2
    for side in numbers:
        if isinstance(side, bool) or not isinstance(side, int | np.integer):
            raise InvalidInput(f"`lattice` must hold whole numbers, but it does not (got {_checks.shown(side)})")
        if side < least:
            closed = "where it is periodic, " if periodic else ""
            raise InvalidInput(
                f"`lattice` must have sides of at least {least}, {closed}but one is shorter (got {side})"
            )
    sides = tuple(int(side) for side in numbers)
    if math.prod(sides) > MOST:
        raise InvalidInput(
            f"`lattice` must hold at most {MOST:g} subunits, but it holds more (got {math.prod(sides):.3g})"
        )
    return sides


MODULAR = (ModularChain, ModularNetwork)  # what the exact dynamics and the Hilbert space average method take
