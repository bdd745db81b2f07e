"""Subunits that differ: levels, width and gap of every one, coupled in a chain or along the edges of a graph.

Sources: PRL 95, 180602 (2005), doi:10.1103/PhysRevLett.95.180602, last paragraphs; PRE 73, 016101 (2006), eq. 23,
doi:10.1103/PhysRevE.73.016101, whose averages have the weights 1/d_µ.
"""

from __future__ import annotations

from functools import cached_property
from itertools import pairwise
from typing import Annotated, Any, ClassVar, Literal, Self, TypeAlias

import numpy as np
from pydantic import BeforeValidator, Field, ValidationInfo, model_validator

from caloriq import _checks
from caloriq._checks import Complex, Real
from caloriq.errors import InvalidInput
from caloriq.linalg.block_sparse import BlockSparse
from caloriq.models.definition import Definition
from caloriq.models.edges import Edges, read_edges
from caloriq.models.fields import Count, Positive, Seed, plain
from caloriq.models.modular import Bonds, Matrices, Modular, ModularChain, path_bonds
from caloriq.models.network import Graph
from caloriq.models.random import COUPLING, LEVELS, check_drawn, gaussian, generator
from caloriq.results import frozen


def _listed(value: Any) -> Any:
    """A tuple of what may be a list or an array; one number stays one."""
    if isinstance(value, np.ndarray) and value.ndim:
        value = value.tolist()
    return tuple(value) if isinstance(value, list | tuple) else plain(value)


def _each(value: Any, info: ValidationInfo) -> Any:
    """One number or a tuple of them, all greater than 0."""
    name = str(info.field_name)
    array = _checks.numbers(name, value)
    if isinstance(value, str | bool) or array.ndim > 1 or not np.all(array > 0):
        raise InvalidInput(
            f"`{name}` must be greater than 0, one number or one for each subunit, but it is not (got {_checks.shown(value)})"
        )
    return float(array) if array.ndim == 0 else tuple(array.tolist())


Counts = Annotated[tuple[Count, ...], BeforeValidator(_listed), Field(min_length=2)]
Each = Annotated[float | tuple[float, ...], BeforeValidator(_each)]


class UnequalNetwork(Definition):
    r"""N subunits that differ, each a ground level and a band, coupled in a chain or along the edges of a weighted graph.

    In the space of one excitation (dimension :math:`\sum_\mu n_\mu`) the Hamiltonian has the diagonal blocks
    :math:`\Delta E_\mu + \varepsilon_i` and for every edge {a, b} of weight w a block :math:`\lambda w\,v_{ab}`, n_a rows and n_b
    columns, with :math:`\langle|v_{ij}|^2\rangle = 1`. Subunits that are equal give the `ModularChain` or `ModularNetwork` of the
    same seed, number for number.

    Parameters
    ----------
    levels : sequence of int, shape (N,)
        n_µ of every subunit, at least 1; N is at least 2.
    bandwidth : float or sequence of float
        δε_µ > 0, of all subunits or of each, in the unit of energy.
    coupling : float
        λ > 0.
    gap : float or sequence of float
        ΔE_µ > 0, the middle of the band above the ground level, of all subunits or of each. Default 1.
    graph : networkx.Graph, matrix, or list of edges, optional
        As that of `ModularNetwork`; by default the chain of the subunits in their order.
    seed : int
        Seed of the random matrices and levels. Needed unless nothing is random.
    interaction : {"complex-gaussian", "real-gaussian", "given"}
        Distribution of the entries of v; "given" with `matrices`.
    band : {"uniform", "random"}
        Equally spaced levels, or independent uniform ones, the same places in subunits of the same number of levels.
    matrices : array, shape (D, D), optional
        The whole hermitian V handed in, D = Σ n_µ, blocks along the edges only; weights multiply it. In a YAML file: the path
        of a .npy file beside it.

    Raises
    ------
    InvalidInput
        For values outside their domain, lists of another length, and graphs as of `ModularNetwork`.
    """

    kind: Literal["unequal-network"] = "unequal-network"
    levels: Counts
    bandwidth: Each
    coupling: Positive
    gap: Each = 1.0
    graph: Graph | None = None
    seed: Seed | None = None
    interaction: Literal["complex-gaussian", "real-gaussian", "given"] = "complex-gaussian"
    band: Literal["uniform", "random"] = "uniform"
    matrices: Matrices | None = None

    array_files: ClassVar[tuple[str, ...]] = ("matrices", "graph")

    @model_validator(mode="before")
    @classmethod
    def _read(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        out = dict(data)
        if out.get("graph") is not None:
            out["graph"] = read_edges(out["graph"])
        if isinstance(out.get("matrices"), str):
            raise InvalidInput(
                f"`matrices` must be an array in Python, but it is a path (got {out['matrices']!r}); load it with numpy.load"
            )
        if out.get("matrices") is not None:
            out["matrices"] = frozen(_checks.hermitian("matrices", out["matrices"]).astype(complex))
        return out

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        N = len(self.levels)
        for name, value in (("bandwidth", self.bandwidth), ("gap", self.gap)):
            if isinstance(value, tuple) and len(value) != N:
                raise InvalidInput(
                    f"`{name}` must have one number per subunit ({N}), but it has not (got {len(value)})"
                )
        reaching = np.flatnonzero(self.widths >= 2 * self.gaps)
        if reaching.size:
            mu = int(reaching[0])
            raise InvalidInput(
                f"`bandwidth` must be below twice the gap, but the band of subunit {mu} would reach the ground level (got {self.widths[mu]:g} at gap {self.gaps[mu]:g})"
            )
        if self.graph is not None and self.graph.nodes != N:
            raise InvalidInput(
                f"`graph` must join the {N} subunits of `levels`, but it joins others (got {self.graph.nodes})"
            )
        check_drawn(self.interaction, self.matrices, self.seed, self.band)
        if self.matrices is not None:
            self._check_matrices()
        return self

    def _check_matrices(self) -> None:
        D = self.dimension
        assert self.matrices is not None
        if self.matrices.shape != (D, D):
            raise InvalidInput(
                f"`matrices` must have shape {(D, D)}, but they have another (got shape {self.matrices.shape})"
            )
        joined = np.zeros((self.subunits, self.subunits), dtype=bool)
        joined[self.bonds[:, 0], self.bonds[:, 1]] = joined[self.bonds[:, 1], self.bonds[:, 0]] = True
        for a, b in np.argwhere(~joined).tolist():
            if np.any(self.matrices[self.places[a], self.places[b]]):
                raise InvalidInput(
                    f"`matrices` must couple joined subunits only, but block {(a, b)} is not zero (got shape {self.matrices.shape})"
                )

    # -- places

    @property
    def subunits(self) -> int:
        """N."""
        return len(self.levels)

    @property
    def counts(self) -> tuple[int, ...]:
        """n_µ."""
        return self.levels

    @cached_property
    def widths(self) -> Real:
        """δε_µ, shape (N,)."""
        return frozen(np.broadcast_to(np.asarray(self.bandwidth, dtype=float), (self.subunits,)).copy())

    @cached_property
    def gaps(self) -> Real:
        """ΔE_µ, shape (N,)."""
        return frozen(np.broadcast_to(np.asarray(self.gap, dtype=float), (self.subunits,)).copy())

    @cached_property
    def places(self) -> tuple[slice, ...]:
        """Where the levels of every subunit stand among all."""
        return tuple(slice(a, b) for a, b in pairwise(np.cumsum([0, *self.levels]).tolist()))

    @cached_property
    def _edges(self) -> Edges:
        if self.graph is not None:
            assert isinstance(self.graph, Edges)
            return self.graph
        return Edges(self.subunits, path_bonds(self.subunits), frozen(np.ones(self.subunits - 1)))

    @property
    def bond_count(self) -> int:
        """E."""
        return len(self._edges.bonds)

    @property
    def bonds(self) -> Bonds:
        """Coupled pairs a < b, shape (E, 2), in order."""
        return self._edges.bonds

    @property
    def weights(self) -> Real:
        """Weight w of every edge, shape (E,)."""
        return self._edges.weights

    @property
    def dimension(self) -> int:
        """Dimension Σ n_µ of the one-excitation space."""
        return sum(self.levels)

    @property
    def middle(self) -> float:
        """The energy that is left out of the dynamics: the gap of all, or the mean of those that differ."""
        return float(self.gaps[0]) if np.all(self.gaps == self.gaps[0]) else float(self.gaps.mean())

    @property
    def span(self) -> float:
        """Width of all bands together."""
        return float((self.gaps + self.widths / 2).max() - (self.gaps - self.widths / 2).min())

    @property
    def elements(self) -> float:
        """Number of all coupling elements."""
        n = np.asarray(self.levels, dtype=float)
        return float((n[self.bonds[:, 0]] * n[self.bonds[:, 1]]).sum())

    @property
    def alike(self) -> bool:
        """Whether all subunits are equal."""
        return len(set(zip(self.levels, self.widths.tolist(), self.gaps.tolist(), strict=True))) == 1

    # -- matrices

    def subunit_levels(self, subunit: int) -> Real:
        """Levels ε_i of one band relative to its middle, ascending, shape (n_µ,)."""
        n = self.levels[subunit]
        if self.band == "random":
            assert self.seed is not None
            places = np.sort(generator(self.seed, LEVELS).random(n))
        else:
            places = (np.arange(n) + 0.5) / n
        levels: Real = self.widths[subunit] * (places - 0.5)
        return levels

    def alone(self, subunit: int) -> ModularChain:
        """A chain of equal subunits like one of these, for what is asked of one subunit."""
        return ModularChain(
            subunits=2,
            levels=self.levels[subunit],
            bandwidth=float(self.widths[subunit]),
            gap=float(self.gaps[subunit]),
            coupling=self.coupling,
            band=self.band,
            seed=self.seed or 0,
        )

    def interaction_matrix(self, bond: int) -> Complex | Real:
        """Matrix v_ab of one bond, shape (n_a, n_b), without λ w; real for the real Gaussian interaction."""
        a, b = self.bonds[bond].tolist()
        if self.matrices is not None:
            return np.asarray(self.matrices[self.places[a], self.places[b]])
        assert self.seed is not None
        path = (a,) if b == a + 1 else (a, b)  # as of chains and networks of equal subunits
        shape = (self.levels[a], self.levels[b])
        return gaussian(generator(self.seed, COUPLING, *path), shape, real=self.interaction == "real-gaussian")

    @property
    def mean_squares(self) -> Real:
        """Mean |v_ij|² of every bond, shape (E,): 1 by construction for random matrices, measured for given ones."""
        if self.matrices is None:
            return np.ones(self.bond_count)
        return np.array([np.mean(np.abs(self.interaction_matrix(b)) ** 2) for b in range(self.bond_count)])

    @property
    def real(self) -> bool:
        """Whether the interaction matrices are real."""
        return self.interaction == "real-gaussian" or (self.matrices is not None and not np.any(self.matrices.imag))

    def memory_needed(self) -> float:
        """Bytes that the Hamiltonian takes: 16 per coupling element (8 if real)."""
        return self.elements * (8 if self.real else 16)

    def check_memory(self) -> None:
        """Refuse a model whose Hamiltonian would not fit in memory."""
        need = self.memory_needed() + 32.0 * float(max(self.levels)) ** 2
        _checks.memory("levels", _checks.shown(list(self.levels)), need, "take fewer levels or subunits")

    def energies(self, *, with_gap: bool) -> Real:
        """Diagonal of the Hamiltonian, shape (D,)."""
        gaps = self.gaps - (0.0 if with_gap else self.middle)
        return np.concatenate([self.subunit_levels(mu) + gaps[mu] for mu in range(self.subunits)])

    def hamiltonian(self, *, with_gap: bool = True) -> BlockSparse:
        """Hamiltonian of the one-excitation space; without the gap, energies are relative to `middle`.

        Raises
        ------
        InvalidInput
            If it would not fit in memory; says how much it needs.
        """
        self.check_memory()
        re = np.empty(int(self.elements))
        im = None if self.real else np.empty_like(re)
        at = 0
        for bond, weight in enumerate(self.weights.tolist()):
            v, strength = self.interaction_matrix(bond), self.coupling * weight
            part = slice(at, at + v.size)
            np.multiply(v.real.ravel(), strength, out=re[part])
            if im is not None:
                np.multiply(v.imag.ravel(), strength, out=im[part])
            at = part.stop
        pairs = [(a, b) for a, b in self.bonds.tolist()]
        return BlockSparse(self.energies(with_gap=with_gap), list(self.levels), pairs, re, im)


OneExcitation: TypeAlias = Modular | UnequalNetwork
