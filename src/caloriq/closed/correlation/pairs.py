"""Pairs of states of one sector, e^{-iHt}|ψ⟩ and e^{-iHt}B|ψ⟩, and what is read from them at every time."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from caloriq._checks import Complex, Real
from caloriq.closed.blocks import worst
from caloriq.closed.correlation.tempered import Tempered
from caloriq.closed.lattice.columns import TOL as COOLED
from caloriq.closed.lattice.columns import tight_bounds
from caloriq.linalg.imaginary import DEEPEST, cooled
from caloriq.linalg.products import Products
from caloriq.linalg.steps import Recurrence, Room, Series, grouped
from caloriq.models.lattice.space import Space
from caloriq.models.random import gaussian
from caloriq.spaces.strings import Strings

VECTORS = 6  # complex ones that are held
MOST = 3, 2  # times of one series that so many vectors have room for: with one A, and with more
TINY = 1e-300  # below any weight that counts
NOTHING: Complex = np.empty(0, dtype=complex)


class Drawn(NamedTuple):
    """Of one random state of one sector, at every temperature."""

    values: Complex  # shape (R, P, T): means in the weighted state
    logarithms: Real  # shape (R,): of ⟨e^{-βH}⟩
    squares: Real  # shape (R,): logarithms of ⟨e^{-2βH}⟩
    fourth: Real  # shape (R, P): (⟨A⁴⟩⟨B⁴⟩)^½ of every A, in the weighted state


class Run:
    """Pairs of states of one sector."""

    def __init__(
        self,
        space: Space,
        A: Sequence[Strings],
        B: Strings,
        times: Real,
        betas: Sequence[float],
        tol: float,
        interval: tuple[float, float] | None = None,
    ) -> None:
        several = len(betas) > 1
        self.rows = VECTORS + several
        space.check_memory(self.rows, (*A, B))
        self.H = space.hamiltonian
        self.B = space.products(B)
        self.A = [self.B if one is B else space.products(one) for one in A]
        self.betas = np.asarray(betas, dtype=float)
        self.interval = interval = interval or tight_bounds(self.H)
        beta = float(self.betas[0])
        self.K = space.products((beta / 2) * space.model.strings) if beta and not several else None
        self.cold = beta / 2 * interval[0], beta / 2 * interval[1]
        recurrence = Recurrence(self.H, interval)
        self.tempered = self.twice = None
        if several:
            # what a state lacks counts as much more as thermal weights are small
            tol *= math.exp(-min(float(self.betas.max()) * (interval[1] - interval[0]) / 2, DEEPEST))
            self.tempered, self.twice = (
                Tempered(recurrence, own.tolist(), tol / 10) for own in (self.betas, 2 * self.betas)
            )
        self.alone = len(A) == 1 and not several  # elements need no vector of their own for each
        self.groups, left_out = grouped(recurrence, times, tol, MOST[not self.alone])
        self.last = Series(recurrence, [float(times[-1])], tol / 10, back=True) if times[-1] > 0 else None
        self.notes = {"norm": 0.0, "energy": 0.0, "truncation": left_out, "back": 0.0}
        self.notes |= {f"cooled {r}": 0.0 for r in range(len(betas))}
        self.products = 0

    def sample(self, rng: Callable[[], np.random.Generator], *, back: bool = False) -> Drawn:
        """Correlation in one random state, which is cooled before or weighed at every time; `back` goes back to the start as well.

        The way back is one series for the whole time, and so no mirror image of the way there: errors of phases do not cancel.
        """
        room = Room(self.rows, self.H.shape[0])
        psi, phi = room.take(), room.take()
        drawn = self._begin(room, psi, phi, rng())
        cold = room[psi].copy() if back and self.K is not None else None
        before = [float(np.linalg.norm(room[one])) for one in (psi, phi)]
        energy = self._energy(room, psi)
        found: Complex = np.empty((len(self.betas), len(self.A), sum(count for count, _ in self.groups)), dtype=complex)
        n = 0
        for count, series in self.groups:
            if series is not None:
                psi, phi = self._evolved(room, psi, phi, series, found[..., n : n + count])
            n += count
            found[..., n - 1] = self._elements(room, psi, phi)
        after = [float(np.linalg.norm(room[one])) for one in (psi, phi)]
        drift = max(abs(a / b - 1) for a, b in zip(after, before, strict=True) if b)
        apart = abs(self._energy(room, psi) - energy) / (max(map(abs, self.H.norm_bounds)) or 1.0)
        self.notes = worst(self.notes, {"norm": drift, "energy": apart})
        if back and self.last is not None:
            room.give(phi)
            start = room.take()
            self.last.run(room, psi, [start])
            self.products += self.last.products
            room[start] -= self._random(rng()) if cold is None else cold
            self.notes = worst(self.notes, {"back": float(np.linalg.norm(room[start]))})
        if self.tempered is not None:
            weights = np.exp(drawn.logarithms - self.tempered.lowest)
            found /= weights[:, None, None]
            off = (self.tempered.left_out + 2 * (self.notes["truncation"] + drift)) / weights
            self.notes = worst(self.notes, {f"cooled {r}": one for r, one in enumerate(off.tolist())})
        return drawn._replace(values=found)

    def _random(self, rng: np.random.Generator) -> Complex:
        state: Complex = gaussian(rng, (self.H.shape[0],))
        state /= np.linalg.norm(state)
        return state

    def _begin(self, room: Room, psi: int, phi: int, rng: np.random.Generator) -> Drawn:
        """Put a random state and B times it into rows; its weights, and none of its values yet."""
        state = self._random(rng)
        logarithms = np.zeros(len(self.betas))
        squares = logarithms
        if self.K is not None:
            low = cooled(self.K, state[:, None], self.cold, COOLED)
            lower = cooled(self.K, low.states, self.cold, COOLED)
            state, logarithms = low.states[:, 0], 2 * low.logarithms
            squares = logarithms + 2 * lower.logarithms
            self.notes = worst(self.notes, {"cooled 0": low.bound})
            self.products += low.products + lower.products
        room[psi] = state
        del state
        self.B.into(room[psi], room[phi])
        if self.tempered is None or self.twice is None:
            return Drawn(NOTHING, logarithms, squares, self._fourth(room, psi, phi)[None])
        one, other = room.take(), room.take()
        weights = self.tempered.means(room, psi, [psi]).real[:, 0]
        self.B.into(
            room[phi], room[one]
        )  # B²ψ, and ⟨B²ψ|e^{-βH}|B²ψ⟩: as large as with B⁴ψ on one side, and never below 0
        of_B = self.tempered.means(room, one, [one]).real[:, 0]
        fourth = np.repeat(of_B[:, None], len(self.A), axis=1)
        for p, A in enumerate(self.A):
            if A is not self.B:
                A.into(room[psi], room[one])
                A.into(room[one], room[other])
                fourth[:, p] = np.sqrt(of_B * self.tempered.means(room, other, [other]).real[:, 0])
        twice = self.twice.means(room, psi, [psi]).real[:, 0]
        room.give(one, other)
        self.products += (2 + sum(A is not self.B for A in self.A)) * self.tempered.products + self.twice.products
        # by Jensen ⟨e^{-2βH}⟩ is at least ⟨e^{-βH}⟩²; where both fall below rounding, the certificate says so
        logarithms = np.log(np.maximum(weights, TINY)) + self.tempered.lowest
        squares = np.maximum(np.log(np.maximum(twice, TINY)) + self.twice.lowest, 2 * logarithms)
        return Drawn(NOTHING, logarithms, squares, fourth / np.maximum(weights, TINY)[:, None])

    def _evolved(self, room: Room, psi: int, phi: int, series: Series, found: Complex) -> tuple[int, int]:
        """Rows of both vectors at the last time of a group; the elements at the times before go into `found`."""
        self.products += 2 * series.products
        heads = [room.take() for _ in series.left_out]
        series.run(room, psi, heads)
        *heads, psi = heads
        if self.alone:
            bras = [self._applied(room, self.A[0], row) for row in heads]
            last = room.take()
            found[0, 0, :-1] = series.run(room, phi, [last], bras)
            room.give(*bras)
            return psi, last
        kets = [room.take() for _ in series.left_out]
        series.run(room, phi, kets)
        for k, pair in enumerate(zip(heads, kets, strict=False)):
            found[..., k] = self._elements(room, *pair)
        room.give(*heads, *kets[:-1])
        return psi, kets[-1]

    def _applied(self, room: Room, operator: Products, row: int) -> int:
        """Row of an operator times a vector, whose own row is given back."""
        image = room.take()
        operator.into(room[row], room[image])
        room.give(row)
        return image

    def _elements(self, room: Room, psi: int, phi: int) -> Complex:
        """⟨psi|A|phi⟩ of every A, with the weights of every temperature, shape (R, P)."""
        image, found = room.take(), []
        for one in self.A:
            if self.tempered is None:
                one.into(room[psi], room[image])
                found.append([np.vdot(room[image], room[phi])])
                continue
            one.into(room[phi], room[image])
            found.append(self.tempered.means(room, psi, [image])[:, 0].tolist())
            self.products += self.tempered.products
        room.give(image)
        return np.array(found, dtype=complex).T

    def _energy(self, room: Room, psi: int) -> float:
        scratch = room.take()
        self.H.into(room[psi], room[scratch])
        room.give(scratch)
        return float(np.vdot(room[psi], room[scratch]).real)

    def _fourth(self, room: Room, psi: int, phi: int) -> Real:
        """(⟨A⁴⟩⟨B⁴⟩)^½ in a state, of every A."""
        one, other = room.take(), room.take()
        self.B.into(room[phi], room[one])
        b = float(np.linalg.norm(room[one]))
        found = np.full(len(self.A), b)
        for p, A in enumerate(self.A):
            if A is not self.B:
                A.into(room[psi], room[one])
                A.into(room[one], room[other])
                found[p] = np.linalg.norm(room[other])
        room.give(one, other)
        return b * found
