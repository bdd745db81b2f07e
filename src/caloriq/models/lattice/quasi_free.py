"""Lattices whose master equation is quasi-free: two-point functions close by themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import scipy

from caloriq._checks import Complex
from caloriq.models.lattice import densities
from caloriq.models.lattice.coupled import coupled_baths
from caloriq.models.lattice.environment import Environment
from caloriq.spaces.quadratic import Modes, Quadratic, commutator, modes_of
from caloriq.spaces.strings import Strings

if TYPE_CHECKING:
    from caloriq.models.lattice.model import Lattice

HERMITIAN = 1e-12  # of what is not hermitian in a coefficient, relative to it


@dataclass(frozen=True, eq=False)
class Acting:
    """One environment in modes.

    Attributes
    ----------
    environment : Environment
        What it is.
    linear : tuple of array, shape (2M,)
        u of every jump operator Σ u_iψ_i.
    quadratic : tuple of sparse array, shape (2M, 2M)
        o of every hermitian jump operator ½ψ†oψ; a constant beside it does nothing.
    """

    environment: Environment
    linear: tuple[Complex, ...]
    quadratic: tuple[Any, ...]


@dataclass(frozen=True, eq=False)
class QuasiFree:
    """A lattice in modes.

    Attributes
    ----------
    model : Lattice
        The lattice.
    modes : Modes
        Of its sites.
    hamiltonian : Quadratic
        H.
    acting : tuple of Acting
        Environments, in their order.
    """

    model: Lattice
    modes: Modes
    hamiltonian: Quadratic
    acting: tuple[Acting, ...]

    @cached_property
    def particles(self) -> bool:
        """Whether particles are conserved but for one by one by linear jumps: ⟨cc⟩ = 0, and ⟨c†c⟩ closes."""
        M = self.modes.count
        jumps = [u for one in self.acting for u in one.linear]
        one_by_one = all(not (np.any(u[:M]) and np.any(u[M:])) for u in jumps)
        noise = [o for one in self.acting for o in one.quadratic]
        return one_by_one and not self.hamiltonian.pairs and not any(o[:M, M:].nnz for o in noise)

    @property
    def size(self) -> int:
        """Rows of the matrix of two-point functions."""
        return self.modes.count * (1 if self.particles else 2)

    @property
    def reason(self) -> str:
        """In words, for the report of a method."""
        what = (
            "fermions" if any(space.odd for space in self.model.spaces) else "spins that are fermions along the chain"
        )
        pairs = "" if self.particles else ", created in pairs too"
        noisy = any(one.quadratic for one in self.acting)
        then = "jumps that are linear in them" + (" or hermitian and quadratic" if noisy else "")
        return f"the lattice is quasi-free, {what} with a quadratic H{pairs} and {then}"

    def of(self, strings: Strings) -> Quadratic:
        """An operator that must be quadratic."""
        found = self.modes.quadratic(strings)
        assert isinstance(found, Quadratic)
        return found


def as_quasi_free(model: Lattice) -> QuasiFree | str:
    """The modes that a lattice is, or what keeps its two-point functions from closing, in words."""
    if coupled_baths(model):
        return "a bath that is coupled by an operator"
    modes = modes_of(model.spaces)
    if isinstance(modes, str):
        return modes
    H = modes.quadratic(model.strings)
    if not isinstance(H, Quadratic):
        return f"the term {model.strings.words(H)}"
    acting = []
    for one in model.environments:
        found = _acting(modes, one)
        if isinstance(found, str):
            return found
        acting.append(found)
    return QuasiFree(model, modes, H, tuple(acting))


def _acting(modes: Modes, one: Environment) -> Acting | str:
    linear, quadratic = [], []
    for jump in one.jumps:
        u = modes.linear(jump)
        if u is not None:
            linear.append(u)
            continue
        found = modes.quadratic(jump)
        if not isinstance(found, Quadratic):
            return f"{one.name}, whose jump operator {jump.words(found)} is neither linear nor quadratic in fermions"
        largest = max(jump.terms.values(), key=abs)
        if any(abs((c / largest).imag) > HERMITIAN * abs(c / largest) for c in jump.terms.values()):
            return (
                f"{one.name}, whose jump operator with {jump.strongest()} is quadratic in fermions, but not hermitian"
            )
        quadratic.append(found.matrix * (abs(largest) / largest))
    return Acting(one, tuple(linear), tuple(quadratic))


@dataclass(frozen=True)
class QuadraticFlows:
    """Densities and currents of a quasi-free lattice, as `flows.Flows` has them, in quadratic forms."""

    modes: QuasiFree

    @property
    def model(self) -> Lattice:
        """The lattice."""
        return self.modes.model

    @cached_property
    def carried(self) -> tuple[str, ...]:
        """Conserved densities."""
        return (densities.ENERGY, *self.model.symmetries.conserved)

    @cached_property
    def densities(self) -> dict[str, list[Quadratic]]:
        """Of every site, by what they are of."""
        return {
            of: [self.modes.of(one) for one in densities.density(self.model, of)] for of in densities.known(self.model)
        }

    @cached_property
    def each(self) -> dict[str, dict[tuple[int, int], Quadratic]]:
        """Currents of every conserved density between pairs x < y, those that are not nothing."""
        return {of: self._energy() if of == densities.ENERGY else self._number(of) for of in self.carried}

    @cached_property
    def bonds(self) -> Any:
        """Pairs x < y between which anything flows, shape (B, 2)."""
        pairs = sorted({pair for one in self.each.values() for pair in one})
        return np.array(pairs, dtype=np.intp).reshape(-1, 2)

    def operators(self, of: str) -> list[Quadratic]:
        """Current along every bond; nothing where that density does not flow."""
        size = 2 * self.modes.modes.count
        none = Quadratic(_empty(size), abs(_empty(size)), 0.0)
        return [self.each[of].get(pair, none) for pair in map(tuple, self.bonds.tolist())]

    def _energy(self) -> dict[tuple[int, int], Quadratic]:
        """j_{x→y} = i[h_x, h_y]: where they have a mode in common."""
        h = [one.matrix for one in self.densities[densities.ENERGY]]
        at: dict[int, list[int]] = {}
        for x, one in enumerate(h):
            for mode in np.unique(one.tocoo().row).tolist():
                at.setdefault(mode, []).append(x)
        pairs = {(x, y) for near in at.values() for i, x in enumerate(near) for y in near[i + 1 :]}
        found = {(x, y): commutator(h[x], h[y]) for x, y in sorted(pairs)}
        return {pair: Quadratic(1j * j, terms, 0.0) for pair, (j, terms) in found.items() if j.nnz}

    def _number(self, of: str) -> dict[tuple[int, int], Quadratic]:
        """-iΔ_i h_ij of ψ†_iψ_j that raises the number of the site of i by Δ_i, from the site of j to that of i."""
        sites, H, raised = self.modes.modes.sites, self.modes.hamiltonian.matrix.tocoo(), _steps(self.modes, of)
        x, y = sites[H.row], sites[H.col]
        values = np.where(x > y, -1j, 1j) * raised[H.row] * H.data
        added = np.abs(raised[H.row]) * self.modes.hamiltonian.terms.tocsr()[H.row, H.col]
        parts: dict[tuple[int, int], list[int]] = {}
        for k in np.flatnonzero((x != y) & (values != 0)).tolist():
            parts.setdefault((min(x[k], y[k]).item(), max(x[k], y[k]).item()), []).append(k)
        return {pair: Quadratic(_part(H, values, k), _part(H, added, k), 0.0) for pair, k in parts.items()}


def _steps(modes: QuasiFree, of: str) -> Any:
    """By how much ψ†_i raises the number of its site, shape (2M,)."""
    found: list[float] = []
    for space in modes.model.spaces:
        width = len(space.factors)
        q = np.asarray(space.numbers[of]) if of in space.numbers else np.zeros(space.levels)
        # the first factor is the slowest
        found += [float(q[2 ** (width - 1 - k)] - q[0]) for k in range(width)]
    return np.array([*found, *(-step for step in found)])


def _part(H: Any, values: Any, kept: Sequence[int]) -> Any:
    return scipy.sparse.csr_array((values[kept], (H.row[kept], H.col[kept])), shape=H.shape)


def _empty(size: int) -> Any:
    return scipy.sparse.csr_array((size, size), dtype=complex)
