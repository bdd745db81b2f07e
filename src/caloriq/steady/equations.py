"""The equation of motion of a driven chain as one matrix, dy/dt = A y, and what is read off y as rows.

y is the packed state of the excitation-conserving sector, or the packed two-point functions Re C + Im C with a constant 1
after them, which carries the sources. A = Σ c M with the model's coefficients c and matrices M of small exact numbers, so
that the same parts serve in double precision and in ball arithmetic.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import scipy

from caloriq import wording
from caloriq._checks import Complex, Real
from caloriq.errors import Unsupported
from caloriq.linalg.sylvester import unpack
from caloriq.models.spins import SpinChain
from caloriq.steady import observables, parts
from caloriq.steady.observables import Functional, Row
from caloriq.steady.parts import Coefficients, Key
from caloriq.steady.result import SteadyState
from caloriq.steady.starts import Product

Cells = tuple[Any, Any, Any]  # rows, columns, values


@dataclass(frozen=True)
class Equations:
    """The set of equations of one model."""

    model: SpinChain  # the chain
    closed: bool  # whether it is the two-point set, not the sector

    @cached_property
    def space(self) -> parts.SectorSpace:
        """The sector."""
        return parts.space_of(self.model)

    @property
    def dimension(self) -> int:
        """Length of y."""
        return self.model.sites**2 + 1 if self.closed else self.space.dimension

    def terms(self, c: Coefficients) -> Iterable[tuple[Any, scipy.sparse.coo_array]]:
        """Coefficients that are not zero, and their matrices."""
        for key, value in c.all(self.space):
            yield value, (two_point_part(self.space, key) if self.closed else parts.part(self.space, *key)).tocoo()

    def generator(self, c: Coefficients) -> scipy.sparse.csr_array:
        """A in double precision, the frequencies from their mean."""
        mean = sum(c.frequency) / len(c.frequency)
        values, rows, columns = [np.zeros(0)], [np.zeros(0, dtype=int)], [np.zeros(0, dtype=int)]
        for value, m in self.terms(replace(c, frequency=[w - mean for w in c.frequency])):
            values.append(value * m.data)
            rows.append(m.row)
            columns.append(m.col)
        where = np.concatenate(rows), np.concatenate(columns)
        shape = self.dimension, self.dimension
        return scipy.sparse.csr_array(scipy.sparse.coo_array((np.concatenate(values), where), shape=shape))

    def functionals(self, c: Coefficients) -> dict[str, list[Functional]]:
        """Rows of every number, by name; "brought" is the heat of all baths together."""
        return _of_two_points(self.space, c) if self.closed else _of_sector(self.space, c)

    def start(self, initial: Product | SteadyState, number: Callable[[float], Any] = float) -> list[Any]:
        """State y at time 0, in the arithmetic of `number`; refused where the state given does not hold what the set needs."""
        N = self.model.sites
        if isinstance(initial, Product):
            return self._product(initial.on(N).tolist(), number)
        if not self.closed and initial.state is not None:
            x = np.concatenate([b.ravel() for b in initial.state])
        elif self.closed and initial.two_point is not None and (initial.two_point_kind == "fermion" or N == 2):
            x = np.append(initial.two_point.ravel(), 1.0)
        else:
            needs = "the two-point functions with their strings" if self.closed else "the density matrix"
            maker = "TwoPoint()" if self.closed else "Sector()"
            raise Unsupported(
                f"`initial` must hold {needs}, but it does not (got {wording.spoken(initial.method.name)}); make it by {maker}"
            )
        return [number(re) + number(im) for re, im in zip(x.real.tolist(), x.imag.tolist(), strict=True)]

    def _product(self, n: list[float], number: Callable[[float], Any]) -> list[Any]:
        y = [number(0.0)] * self.dimension
        filled = [number(v) for v in n]
        if self.closed:
            y[-1] = number(1.0)
            for k, v in enumerate(filled):
                y[k * (len(n) + 1)] = v
            return y
        empty = [number(1.0) - v for v in filled]
        for place, occupied in zip(self.space.diagonal.tolist(), self.space.occupation.tolist(), strict=True):
            y[place] = math.prod(
                (f if o else e for f, e, o in zip(filled, empty, occupied, strict=True)), start=number(1.0)
            )
        return y

    def blocks(self, y: Real) -> list[Complex]:
        """Hermitian matrices of a packed vector: the density matrix block by block, or the two-point functions."""
        if self.closed:
            N = self.model.sites
            return [unpack(y[: N * N].reshape(N, N))]
        offsets, sizes = self.space.offsets, self.space.sizes
        return [unpack(y[o : o + d * d].reshape(d, d)) for o, d in zip(offsets, sizes, strict=False)]


def two_point_part(here: parts.SectorSpace, key: Key) -> scipy.sparse.coo_array:
    """M of one coefficient of the two-point set: i[h*, C], or what a jump on a site does."""
    (kind, number), N = key, here.sites
    every = np.arange(N)
    cells: list[Cells] = []
    if kind in ("gain", "loss", "dephasing"):
        k = number
        cells += [(k * N + every, k * N + every, np.full(N, -0.5)), (every * N + k, every * N + k, np.full(N, -0.5))]
        if kind != "loss":
            source = N * N if kind == "gain" else k * (N + 1)
            cells.append((np.array([k * (N + 1)]), np.array([source]), np.array([1.0])))
    elif kind == "frequency":  # [h, Pᵀ]
        cells += _commutator(number, number, 1.0, every, transposed=True)
    else:
        k, l = here.pairs[number]
        back = 1.0 if kind == "hopping" else -1.0  # [k, P] for h = ik
        for a, b, v in ((k, l, 1.0), (l, k, back)):
            cells += _commutator(a, b, v, every, transposed=kind == "hopping")
    row, column, value = (np.concatenate([cell[i] for cell in cells]) for i in range(3))
    out = scipy.sparse.coo_array((value, (row, column)), shape=(N * N + 1, N * N + 1))
    out.sum_duplicates()
    out.eliminate_zeros()
    return out


def _commutator(a: int, b: int, value: float, every: Any, *, transposed: bool) -> list[Cells]:
    """Cells of [h, P], or of [h, Pᵀ], for h with the one entry (a, b)."""
    N, filled = every.size, np.full(every.size, value)
    left = every * N + b if transposed else b * N + every  # h P: row a takes row b
    right = a * N + every if transposed else every * N + a  # P h: column b takes column a
    return [(a * N + every, left, filled), (every * N + b, right, -filled)]


def _of_sector(here: parts.SectorSpace, c: Coefficients) -> dict[str, list[Functional]]:
    baths = range(len(c.bath_sites))
    heat = [observables.heat_current(here, c, b, cut=True)[0] for b in baths]
    return {
        "populations": [[(1, observables.population(here, k))] for k in range(here.sites)],
        "currents": [observables.bond_current(here, c, b) for b in range(len(here.pairs))],
        "excitation_currents": [observables.excitation_current(here, c, b)[0] for b in baths],
        "heat_currents": heat,
        "dephasing_current": [observables.dephasing_work(here, c, observables.present(here, c))],
        "energy": [observables.energy(here, c)],
        "brought": [[one for functional in heat for one in functional]],
    }


def _of_two_points(here: parts.SectorSpace, c: Coefficients) -> dict[str, list[Functional]]:
    N = here.sites
    one: Row = (np.array([N * N]), np.ones(1))
    n: list[Row] = [(np.array([k * (N + 1)]), np.ones(1)) for k in range(N)]
    real, imaginary = [], []
    for k, l in here.pairs:
        places = np.array([k * N + l, l * N + k])
        real.append((places, np.array([0.5, 0.5])))
        imaginary.append((places, np.array([0.5, -0.5])))

    def exchange(bond: int, rate: Any) -> Functional:
        """Rate · Re(g C_kl)."""
        return [(rate * c.hopping[bond], real[bond]), (-(rate * c.imaginary[bond]), imaginary[bond])]

    def into(bath: int, energy: Any) -> Functional:
        up, down, site = c.gains[bath], c.losses[bath], c.bath_sites[bath]
        return [(energy * up, one), (-(energy * (up + down)), n[site])]

    bonds, baths, heat = range(len(here.pairs)), range(len(c.bath_sites)), []
    for b in baths:
        rate, site = c.gains[b] + c.losses[b], c.bath_sites[b]
        work = [row for bond in bonds if site in here.pairs[bond] for row in exchange(bond, -rate)]
        heat.append(into(b, c.frequency[site]) + work)
    scattered = [row for b in bonds for row in exchange(b, -sum(c.dephasing[s] for s in here.pairs[b]))]
    stored = [(w, row) for w, row in zip(c.frequency, n, strict=True)] + [(-(w / 2), one) for w in c.frequency]
    return {
        "populations": [[(1, row)] for row in n],
        "currents": [[(-2 * c.hopping[b], imaginary[b]), (-2 * c.imaginary[b], real[b])] for b in bonds],
        "excitation_currents": [into(b, 1) for b in baths],
        "heat_currents": [observables.nonzero(f) for f in heat],
        "dephasing_current": [observables.nonzero(scattered)],
        "energy": [observables.nonzero(stored + [row for b in bonds for row in exchange(b, 2)])],
        "brought": [observables.nonzero([row for f in heat for row in f])],
    }
