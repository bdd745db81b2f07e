"""Where the sites are and which are neighbours: chains, ladders, square and cubic lattices, any graph."""

from __future__ import annotations

import math
from itertools import product
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BeforeValidator, Field, PlainSerializer, WithJsonSchema

from caloriq._checks import shown
from caloriq.errors import InvalidInput
from caloriq.models.definition import Definition
from caloriq.models.edges import Edges, lattice_edges, read_edges
from caloriq.models.fields import MOST, Count, by_name
from caloriq.models.graphs import named, pieces

Places = NDArray[np.intp]


class Geometry(Definition):
    """Sites and their relations. A relation is an array of tuples of sites, shape (P, m)."""

    @property
    def count(self) -> int | None:
        """Number of sites, where the geometry fixes it."""
        return None

    def coordinates(self, sites: int) -> NDArray[np.float64]:
        """x, y, z of every site in lattice spacings, shape (N, 3); the number of the site is x where there are none."""
        return np.stack([np.arange(sites, dtype=float), np.zeros(sites), np.zeros(sites)], axis=1)

    def bonds(self, sites: int) -> Places:
        """Neighbours a, b, shape (P, 2)."""
        raise NotImplementedError

    def relations(self, sites: int) -> dict[str, Any]:
        """Other relations by their words: arrays, or functions of nothing that make them."""
        first = self.bonds(sites)
        return {"second-neighbours": lambda: _second(first, sites)}

    def relation(self, word: str, sites: int) -> Places:
        """Tuples of sites of a word.

        Raises
        ------
        InvalidInput
            If this geometry has no such relation.
        """
        if word == "sites":
            return np.arange(sites)[:, None]
        if word == "bonds":
            return self.bonds(sites)
        if word in ("even-sites", "odd-sites"):
            return np.arange(0 if word == "even-sites" else 1, sites, 2)[:, None]
        known = self.relations(sites)
        if word not in known:
            every = ["sites", "bonds", "even-sites", "odd-sites", *known]
            raise InvalidInput(
                f"`on` must name a relation of the geometry, but it does not (got {shown(word)}); known are {', '.join(every)}, or give lists of sites"
            )
        found: Places = known[word]()
        return found

    @property
    def is_chain(self) -> bool:
        """Whether the sites stand in a line, in their order."""
        return False


class Chain(Geometry):
    """Sites in a line, neighbours j and j + 1.

    Parameters
    ----------
    periodic : bool
        Whether the last site is a neighbour of the first. Every pair then counts once, a ring of two sites having one bond; rows of
        three or four begin at every site, three on a ring of three, which all hold the same sites.
    """

    kind: Literal["chain"] = "chain"
    periodic: bool = False

    def bonds(self, sites: int) -> Places:
        """Neighbours j, j + 1."""
        return self._apart(sites, 1)

    def relations(self, sites: int) -> dict[str, Any]:
        """Neighbours further on, triples and quadruples in a row, every second bond."""
        bonds = self.bonds(sites)
        return {
            "second-neighbours": lambda: self._apart(sites, 2),
            "third-neighbours": lambda: self._apart(sites, 3),
            "triples": lambda: self._row(sites, 3),
            "quadruples": lambda: self._row(sites, 4),
            "even-bonds": lambda: bonds[0::2],
            "odd-bonds": lambda: bonds[1::2],
        }

    def _apart(self, sites: int, distance: int) -> Places:
        """Pairs j, j + distance, every pair once."""
        if not self.periodic or sites <= distance:
            starts = np.arange(max(0, sites - distance))
        else:  # opposite sites of a ring meet once
            starts = np.arange(sites // 2 if sites == 2 * distance else sites)
        return np.stack([starts, (starts + distance) % sites], axis=1)

    def _row(self, sites: int, length: int) -> Places:
        """Sites in a row, one from every first site."""
        around = self.periodic and sites >= length
        starts = np.arange(sites if around else max(0, sites - length + 1))
        rows: Places = (starts[:, None] + np.arange(length)) % sites
        return rows

    @property
    def is_chain(self) -> bool:
        """It is."""
        return True


class Ladder(Geometry):
    """Legs joined by rungs: site rung·legs + leg.

    Parameters
    ----------
    legs : int
        At least 2. Default 2.
    periodic : bool
        Whether the last rung is a neighbour of the first.
    """

    kind: Literal["ladder"] = "ladder"
    legs: Annotated[int, Field(ge=2, le=MOST)] = 2
    periodic: bool = False

    def _grid(self, sites: int) -> Places:
        if sites % self.legs or sites == self.legs:
            raise InvalidInput(
                f"`sites` must be a multiple of the {self.legs} legs, with at least two rungs, but it is not (got {sites})"
            )
        return np.arange(sites).reshape(-1, self.legs)

    def coordinates(self, sites: int) -> NDArray[np.float64]:
        """The rung, and the leg."""
        rung, leg = np.divmod(np.arange(sites), self.legs)
        return np.stack([rung, leg, np.zeros(sites)], axis=1).astype(float)

    def _legs(self, sites: int) -> Places:
        grid = self._grid(sites)
        return np.concatenate([np.stack([grid[:-1].ravel(), grid[1:].ravel()], axis=1), self._closing(grid)])

    def _closing(self, grid: Places) -> Places:
        """From the last rung to the first."""
        rung = np.stack([grid[-1], grid[0]], axis=1)
        return rung if self.periodic and len(grid) > 2 else rung[:0]

    def _rungs(self, sites: int) -> Places:
        grid = self._grid(sites)
        return np.stack([grid[:, :-1].ravel(), grid[:, 1:].ravel()], axis=1)

    def bonds(self, sites: int) -> Places:
        """Along the legs, and the rungs."""
        closing = self._closing(self._grid(sites))
        legs = self._legs(sites)
        return np.concatenate([_in_order(legs[: len(legs) - len(closing)], self._rungs(sites)), closing])

    def relations(self, sites: int) -> dict[str, Any]:
        """Legs and rungs apart."""
        return {**super().relations(sites), "legs": lambda: self._legs(sites), "rungs": lambda: self._rungs(sites)}


class Grid(Geometry):
    """Nearest neighbours on a square or cubic lattice, the last axis running fastest.

    Parameters
    ----------
    sides : list of int
        Sites along x and y, or along x, y and z.
    periodic : bool
        Whether opposite sides are neighbours.
    """

    kind: Literal["square", "cubic"]
    sides: tuple[Count, ...]
    periodic: bool = False

    def model_post_init(self, _: Any) -> None:
        """Refuse another number of sides, or a side too short to have two different neighbours."""
        axes = 2 if self.kind == "square" else 3
        if len(self.sides) != axes or math.prod(self.sides) < 2:
            raise InvalidInput(
                f"`sides` must be {axes} numbers with at least two sites in all for a {self.kind} lattice, but they are not (got {list(self.sides)})"
            )
        if self.periodic and min(self.sides) < 3:
            raise InvalidInput(
                f"`sides` must be at least 3 where the lattice is periodic, but one is not (got {list(self.sides)}); two neighbours would be the same site"
            )

    @property
    def count(self) -> int:
        """Product of the sides."""
        return math.prod(self.sides)

    def coordinates(self, sites: int) -> NDArray[np.float64]:  # noqa: ARG002 - the sides say it
        """Place on the lattice."""
        places = np.array(list(product(*map(range, self.sides))), dtype=float)
        return np.pad(places, ((0, 0), (0, 3 - len(self.sides))))

    def bonds(self, sites: int) -> Places:  # noqa: ARG002
        """Nearest neighbours."""
        return _in_order(lattice_edges(tuple(self.sides), periodic=self.periodic).bonds)

    def relations(self, sites: int) -> dict[str, Any]:
        """Bonds along one axis."""
        bonds, xyz = self.bonds(sites), self.coordinates(sites)
        along = np.argmax(xyz[bonds[:, 0]] != xyz[bonds[:, 1]], axis=1)
        axes = {f"bonds-{axis}": (lambda k=k: bonds[along == k]) for k, axis in enumerate("xyz"[: len(self.sides)])}
        return {**super().relations(sites), **axes}


def _edges(value: Any) -> Edges:
    try:
        edges = read_edges(value.tolist() if isinstance(value, np.ndarray) else value)  # rows, never a matrix
    except InvalidInput as error:
        raise InvalidInput(str(error).replace("`graph`", "`edges`").replace("subunit", "site")) from None
    found = pieces(edges.nodes, edges.bonds[:, 0], edges.bonds[:, 1])
    if len(found) > 1:
        raise InvalidInput(
            f"`edges` must join all sites, but they fall into {len(found)} pieces (got sites {named(found[1])} apart from site 0); make a model of each piece"
        )
    return edges


class Graph(Geometry):
    """Any connected graph.

    Parameters
    ----------
    edges : list of [a, b], or networkx.Graph
        Neighbours, every pair once, sites from 0. Weights are left aside: values belong to the terms.
    """

    kind: Literal["graph"] = "graph"
    edges: Annotated[
        Any,
        BeforeValidator(_edges),
        PlainSerializer(lambda edges: edges.bonds.tolist(), when_used="json-unless-none"),
        WithJsonSchema({"type": "array", "items": {"type": "array", "items": {"type": "integer"}}}),
    ]

    @property
    def count(self) -> int:
        """Nodes of the graph."""
        return int(self.edges.nodes)

    def bonds(self, sites: int) -> Places:  # noqa: ARG002
        """The edges."""
        return np.asarray(self.edges.bonds)


def _in_order(*pairs: Places) -> Places:
    """Pairs by their later site: those of a longer open lattice begin with those of a shorter one."""
    every = np.concatenate(pairs)
    return every[np.lexsort((every.min(axis=1), every.max(axis=1)))]


def _second(bonds: Places, sites: int) -> Places:
    """Pairs two bonds apart and no nearer, every pair once."""
    near: list[set[int]] = [set() for _ in range(sites)]
    for a, b in bonds.tolist():
        near[a].add(b)
        near[b].add(a)
    pairs = sorted({(a, c) for a in range(sites) for b in near[a] for c in near[b] if c > a and c not in near[a]})
    return _in_order(np.array(pairs, dtype=np.intp).reshape(-1, 2))


def as_geometry(value: Any) -> Any:
    """A word, a mapping, or a graph of networkx as a geometry."""
    if hasattr(value, "edges") and hasattr(value, "nodes") and not isinstance(value, Geometry):
        return Graph(edges=value)
    return by_name(value)


AnyGeometry = Annotated[Chain | Ladder | Grid | Graph, Field(discriminator="kind"), BeforeValidator(as_geometry)]


class _Placed(Definition):
    geometry: AnyGeometry


def read_geometry(value: Any) -> Geometry:
    """Geometry out of any of its forms, as a field `geometry` has it."""
    return _Placed(geometry=value).geometry
