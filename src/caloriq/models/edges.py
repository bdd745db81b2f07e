"""Weighted graphs as they come in: NetworkX graphs, symmetric matrices, lists of edges, lattices."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

from caloriq import _checks
from caloriq._checks import Real
from caloriq.errors import InvalidInput
from caloriq.models.graphs import named
from caloriq.results import frozen

LISTED = 1000  # graphs of more edges are named by their hash
ASYMMETRY = 1e-12  # of a weight matrix that is rounding, relative to its largest entry


@dataclass(frozen=True)
class Edges:
    """Weighted graph without loops on the nodes 0..N-1.

    Attributes
    ----------
    nodes : int
        N; every node has an edge.
    bonds : array of int, shape (E, 2)
        Pairs a < b, in order, every pair once.
    weights : array, shape (E,)
        w > 0.
    """

    nodes: int
    bonds: NDArray[np.intp]
    weights: Real

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        """Rows (a, b, w), shape (E, 3)."""
        return np.column_stack([self.bonds, self.weights]).astype(float if dtype is None else dtype)


def listed(graph: Edges) -> Any:
    """Edges [a, b] or [a, b, w] for a file; large graphs by their size and hash."""
    if len(graph.bonds) > LISTED:
        digest = hashlib.sha256(np.ascontiguousarray(np.asarray(graph)).tobytes()).hexdigest()
        return {"edges": len(graph.bonds), "sha256": digest}
    pairs = zip(graph.bonds.tolist(), graph.weights.tolist(), strict=True)
    return [pair if w == 1.0 else [*pair, w] for pair, w in pairs]


def read_edges(value: Any) -> Edges:
    """Graph out of whatever stands for one.

    Raises
    ------
    InvalidInput
        If it is directed, has loops, edges given twice, weights that are not positive numbers, or nodes without an edge.
    """
    if isinstance(value, Edges):
        return value
    if isinstance(value, str):
        raise InvalidInput(
            f"`graph` must be a graph, a matrix or a list of edges in Python, but it is a path (got {value!r}); load it with numpy.load"
        )
    if hasattr(value, "edges") and hasattr(value, "nodes"):
        return _from_networkx(value)
    if scipy.sparse.issparse(value) or (
        isinstance(value, np.ndarray) and value.ndim == 2 and value.shape[0] == value.shape[1]
    ):
        return _from_matrix(value)
    if isinstance(value, np.ndarray):
        return _from_rows(value)
    if not isinstance(value, Sequence):
        raise InvalidInput(
            f"`graph` must be a networkx graph, a symmetric matrix or a list of edges, but it is not (got {_checks.shown(value)})"
        )
    rows = [list(row) if isinstance(row, Sequence | np.ndarray) and not isinstance(row, str) else None for row in value]
    if any(row is None or len(row) not in {2, 3} for row in rows):
        if rows and all(row is not None and len(row) == len(rows) for row in rows):
            return _from_matrix(_checks.numbers("graph", value))
        wrong = next(given for given, row in zip(value, rows, strict=True) if row is None or len(row) not in {2, 3})
        raise InvalidInput(
            f"`graph` must be a list of edges [a, b] or [a, b, w], but one entry is not (got {_checks.shown(wrong)})"
        )
    return _from_rows([[*row, 1.0][:3] for row in rows if row is not None])


def lattice_edges(sides: tuple[int, ...], *, periodic: bool) -> Edges:
    """Nearest neighbours on a lattice, numbered with the last axis running fastest; weights 1."""
    places = np.arange(int(np.prod(sides))).reshape(sides)
    pairs = []
    for axis, side in enumerate(sides):
        low = np.take(places, np.arange(side - 1), axis).ravel()
        high = np.take(places, np.arange(1, side), axis).ravel()
        pairs.append(np.stack([low, high], axis=1))
        if periodic:
            pairs.append(np.stack([np.take(places, 0, axis).ravel(), np.take(places, side - 1, axis).ravel()], axis=1))
    bonds = np.concatenate(pairs)
    bonds = bonds[np.lexsort((bonds[:, 1], bonds[:, 0]))]
    return Edges(places.size, frozen(bonds), frozen(np.ones(len(bonds))))


def _from_networkx(graph: Any) -> Edges:
    """Nodes 0..N-1 by their numbers, others in the graph's order; edge attribute "weight", 1 where there is none."""
    if getattr(graph, "is_directed", lambda: False)() or getattr(graph, "is_multigraph", lambda: False)():
        raise InvalidInput(
            f"`graph` must be an undirected graph with one edge a pair, but it is not (got {type(graph).__name__}); use networkx.Graph(graph)"
        )
    labels = list(graph.nodes)
    if all(isinstance(label, int) for label in labels) and set(labels) == set(range(len(labels))):
        labels.sort()  # a graph lists its nodes as its edges first named them
    number = {label: k for k, label in enumerate(labels)}
    rows = []
    for a, b, data in graph.edges(data=True):
        weight = data.get("weight", 1.0)
        rows.append((number[a], number[b], _checks.scalar("graph", weight)))
    return _checked(np.array(rows, dtype=float).reshape(-1, 3), len(labels), labels)


def _from_matrix(value: Any) -> Edges:
    """Nonzero entries of a symmetric matrix with zero diagonal, dense or sparse."""
    if value.ndim != 2 or value.shape[0] != value.shape[1] or value.shape[0] == 0:
        raise InvalidInput(f"`graph` must be a square matrix, but its shape is not (got shape {value.shape})")
    A = scipy.sparse.csr_array(value if scipy.sparse.issparse(value) else _checks.numbers("graph", value))
    A.sum_duplicates()
    _checks.numbers("graph", A.data)
    A = A.astype(float)
    A.eliminate_zeros()
    apart = abs(A - A.T)
    gap = float(apart.data.max(initial=0.0))
    if gap > ASYMMETRY * float(np.abs(A.data).max(initial=0.0)):
        raise InvalidInput(
            f"`graph` must be a symmetric matrix, but |A - Aᵀ| reaches {gap:.3g} (got a matrix of shape {A.shape}); use (A + Aᵀ)/2"
        )
    loops = np.flatnonzero(A.diagonal())
    upper = scipy.sparse.triu(A, 1, format="coo")
    rows = np.column_stack([upper.row, upper.col, upper.data])
    if loops.size:
        rows = np.concatenate([[[loops[0], loops[0], 1.0]], rows])
    return _checked(rows, A.shape[0])


def _from_rows(value: Any) -> Edges:
    """Rows (a, b) or (a, b, w)."""
    rows = _checks.numbers("graph", value)
    if rows.size == 0:
        return _checked(np.empty((0, 3)), None)
    if rows.ndim != 2 or rows.shape[1] not in {2, 3}:
        raise InvalidInput(
            f"`graph` must be a list of edges [a, b] or [a, b, w] or a square matrix, but it is not (got shape {rows.shape})"
        )
    if rows.shape[1] == 2:
        rows = np.column_stack([rows, np.ones(len(rows))])
    return _checked(rows, None)


def _checked(rows: Real, nodes: int | None, labels: Sequence[Any] | None = None) -> Edges:
    """Edges out of rows (a, b, w); `nodes` is their number where the input says so, `labels` what it calls them."""

    def name(node: float) -> Any:
        return labels[int(node)] if labels is not None else int(node)

    if len(rows) == 0:
        raise InvalidInput("`graph` must have at least one edge, but it has none (got no edges)")
    ends, weights = rows[:, :2], rows[:, 2]
    if np.any(ends != np.floor(ends)) or np.any(ends < 0) or np.any(ends > 2**53):
        bad = ends[(ends != np.floor(ends)) | (ends < 0) | (ends > 2**53)][0]
        raise InvalidInput(
            f"`graph` must number its subunits 0, 1, 2, ..., but one number is none of these (got {bad:g})"
        )
    loops = ends[:, 0] == ends[:, 1]
    if np.any(loops):
        node = name(ends[loops][0, 0])
        raise InvalidInput(
            f"`graph` must couple different subunits, but one is coupled to itself (got the edge {(node, node)})"
        )
    if np.any(weights <= 0):
        a, b, w = rows[weights <= 0][0]
        raise InvalidInput(
            f"`graph` must have weights greater than 0, but the edge {(name(a), name(b))} has not (got {w:g}); leave uncoupled pairs out"
        )
    bonds = np.sort(ends, axis=1).astype(np.intp)
    order = np.lexsort((bonds[:, 1], bonds[:, 0]))
    bonds, weights = bonds[order], weights[order]
    twice = np.flatnonzero(np.all(bonds[1:] == bonds[:-1], axis=1))
    if twice.size:
        a, b = bonds[twice[0]].tolist()
        raise InvalidInput(
            f"`graph` must hold every edge once, but one is given twice (got {(name(a), name(b))}); add the weights, or hand in a matrix as an array"
        )
    known = int(bonds.max()) + 1 if nodes is None else nodes
    # no more than 2 E nodes can have an edge: this many are enough to name those that have none
    some = np.arange(known if nodes is not None else min(known, 2 * len(bonds) + 1))
    alone = np.setdiff1d(some, bonds.ravel())
    if alone.size:
        who = named(alone) if labels is None else ", ".join(repr(labels[k]) for k in alone[:6].tolist())
        raise InvalidInput(f"`graph` must couple every subunit to another, but some have no edge (got subunits {who})")
    return Edges(known, frozen(bonds), frozen(np.ascontiguousarray(weights)))
