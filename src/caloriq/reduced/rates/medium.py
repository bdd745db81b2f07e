r"""Cells, the faces between them, and what the sides hold: :math:`\nabla\cdot(a^2 w\,\nabla u)` (WS 11) as a matrix.

Source: L.-A. Wu, D. Segal (2008), arXiv:0711.4599.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray

from caloriq import _checks
from caloriq._checks import Real
from caloriq.errors import InvalidInput
from caloriq.results import ByContent

Side = Literal["insulated", "periodic"] | float | tuple[Any, Any]
Rate = float | ArrayLike | Callable[..., Any]


class Medium(ByContent):
    """Cells, faces between them, and what the sides hold; arguments as of `diffuse`.

    A rate for each cell is averaged harmonically at a face, w(x, [y, [z,]] t) is taken at the faces.
    """

    def __init__(
        self,
        shape: Sequence[int],
        rate: Rate,
        spacing: float,
        length: float | Sequence[float] | None,
        sides: Any,
        *,
        named: str = "initial",
    ) -> None:
        self.shape = _shape(shape, named)
        _checks.memory(named, self.shape, 600.0 * math.prod(self.shape), "take fewer cells")
        self.axes = len(self.shape)
        self.spacing = _checks.positive("spacing", spacing)
        lengths = np.array([n * spacing for n in self.shape]) if length is None else _checks.numbers("length", length)
        lengths = np.broadcast_to(lengths, (self.axes,)) if lengths.ndim == 0 else lengths
        if lengths.shape != (self.axes,) or np.any(lengths <= 0):
            raise InvalidInput(
                f"`length` must be greater than 0, one number or one for each of the {self.axes} axes, but it is not (got {_checks.shown(length)})"
            )
        self.steps: Real = lengths / np.array(self.shape)
        self.centres = tuple((np.arange(n) + 0.5) * h for n, h in zip(self.shape, self.steps.tolist(), strict=True))
        self.sides = _sides(sides, self.axes)
        self.size = int(np.prod(self.shape))
        self._given: Any = rate if callable(rate) else self._cells(rate)
        self.steady = not callable(rate)
        self._faces = [self._face_list(axis) for axis in range(self.axes)]
        self._diffusivity = [self._sampled(axis) for axis in range(self.axes)] if self.steady else None

    def whole_mapping(self) -> dict[str, Any]:
        """What a file says of it; rates that differ from cell to cell by their range and a digest."""
        if callable(self._given):
            rate: Any = f"function {getattr(self._given, '__qualname__', type(self._given).__name__)} of place and time"
        elif np.ptp(self._given) == 0:
            rate = float(self._given.flat[0])
        else:
            digest = hashlib.sha256(np.ascontiguousarray(self._given).tobytes()).hexdigest()
            rate = {"least": float(self._given.min()), "most": float(self._given.max()), "sha256": digest}
        lengths = (self.steps * np.array(self.shape)).tolist()
        sides = [list(pair) for pair in self.sides]
        return {"cells": list(self.shape), "spacing": self.spacing, "length": lengths, "sides": sides, "rate": rate}

    def _cells(self, rate: Any) -> Real:
        values = _checks.numbers("rate", rate)
        if values.ndim and values.shape != self.shape:
            raise InvalidInput(
                f"`rate` must be one number or an array of shape {self.shape}, but it is not (got shape {values.shape})"
            )
        if values.min() < 0:
            raise InvalidInput(
                f"`rate` must be at least 0 for diffusion to be stable, but it is smaller (got {values.min():g})"
            )
        return np.broadcast_to(values, self.shape).astype(float)

    def _face_list(self, axis: int) -> tuple[NDArray[np.intp], NDArray[np.intp], tuple[Real, ...]]:
        """Cells on both sides of the inner faces across an axis, and where the faces are."""
        number = np.arange(self.size).reshape(self.shape)
        low = np.moveaxis(number, axis, 0)
        ring = self.sides[axis] == ("periodic", "periodic")
        before, after = (low, np.roll(low, -1, axis=0)) if ring else (low[:-1], low[1:])
        places = np.meshgrid(*self.centres, indexing="ij")
        at = [np.moveaxis(p, axis, 0)[: len(before)].copy() for p in places]
        at[axis] += self.steps[axis] / 2
        return before.ravel(), after.ravel(), tuple(p.ravel() for p in at)

    def _sampled(self, axis: int, t: float = 0.0) -> Real:
        """a²w at the inner faces across an axis."""
        before, after, at = self._faces[axis]
        if callable(self._given):
            return self.spacing**2 * self._called(at, t)
        w = self._given.ravel()
        one, two = w[before], w[after]
        total = one + two
        harmonic = np.divide(2 * one * two, total, out=np.zeros_like(total), where=total > 0)
        return np.asarray(self.spacing**2 * harmonic)

    def diffusivity(self, axis: int, t: float) -> Real:
        """a²w at the inner faces across an axis; kept where it does not change."""
        return self._sampled(axis, t) if self._diffusivity is None else self._diffusivity[axis]

    def _called(self, at: tuple[Real, ...], t: float) -> Real:
        try:
            given = self._given(*at, t)
        except TypeError as error:
            raise InvalidInput(
                f"`rate` must be a function of {', '.join('xyz'[: self.axes])} and t that takes arrays, but calling it fails: {error} (got {_checks.shown(self._given)})"
            ) from None
        values = _checks.numbers("rate", given)
        if values.ndim and values.shape != at[0].shape:
            raise InvalidInput(
                f"`rate` must give one value for each point, but it does not (got shape {values.shape} for {at[0].shape})"
            )
        if values.min() < 0:
            raise InvalidInput(
                f"`rate` must be at least 0 for diffusion to be stable, but it is smaller (got {values.min():g} at t = {t:g})"
            )
        return np.broadcast_to(values, at[0].shape).astype(float)

    def walls(self, t: float) -> list[tuple[NDArray[np.intp], Real, float]]:
        """Cells at sides of fixed value, their conductance to the side, and the value."""
        number = np.arange(self.size).reshape(self.shape)
        places = np.meshgrid(*self.centres, indexing="ij")
        found = []
        for axis, pair in enumerate(self.sides):
            for end, value in zip((0, -1), pair, strict=True):
                if isinstance(value, str):
                    continue
                cells = np.take(number, end, axis=axis).ravel()
                if callable(self._given):
                    at = [np.take(p, end, axis=axis).ravel().copy() for p in places]
                    at[axis] += (0.5 if end else -0.5) * self.steps[axis]
                    w = self._called(tuple(at), t)
                else:
                    w = self._given.ravel()[cells]
                found.append((cells, 2 * self.spacing**2 * w / self.steps[axis] ** 2, float(value)))
        return found

    def system(self, t: float = 0.0) -> tuple[scipy.sparse.csr_array, Real]:
        """A and b of du/dt = A u + b."""
        rows, columns, values = [], [], []
        for axis in range(self.axes):
            before, after, _ = self._faces[axis]
            c = self.diffusivity(axis, t) / self.steps[axis] ** 2
            rows += [before, after, before, after]
            columns += [after, before, before, after]
            values += [c, c, -c, -c]
        b = np.zeros(self.size)
        for cells, c, value in self.walls(t):
            rows.append(cells)
            columns.append(cells)
            values.append(-c)
            np.add.at(b, cells, c * value)
        A = scipy.sparse.coo_array(
            (np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))), shape=(self.size, self.size)
        ).tocsr()
        return A, b

    def fluxes(self, u: Real, t: float) -> list[Real]:
        """-a²w ∇u at the inner faces across every axis."""
        out = []
        for axis in range(self.axes):
            before, after, _ = self._faces[axis]
            flux = -self.diffusivity(axis, t) * (u[after] - u[before]) / self.steps[axis]
            moved = [*self.shape]
            moved.insert(0, moved.pop(axis))
            moved[0] = flux.size // max(1, int(np.prod(moved[1:])))
            out.append(np.moveaxis(flux.reshape(moved), 0, axis))
        return out

    def arriving(self, u: Real, t: float) -> float:
        """Energy per time that comes in through sides of fixed value."""
        volume = float(np.prod(self.steps))
        return volume * float(sum((c * (value - u[cells])).sum() for cells, c, value in self.walls(t)))

    @property
    def held(self) -> list[float]:
        """Fixed values at the sides."""
        return [value for pair in self.sides for value in pair if not isinstance(value, str)]


def _shape(shape: Any, name: str) -> tuple[int, ...]:
    sizes = tuple(np.atleast_1d(_checks.numbers("shape", shape)).tolist())
    if len(sizes) not in (1, 2, 3) or any(n != int(n) or n < 2 for n in sizes):
        raise InvalidInput(
            f"`{name}` must be a line, a rectangle or a cubic lattice of at least two cells each way, but it is not (got shape {tuple(sizes)})"
        )
    return tuple(int(n) for n in sizes)


def _sides(given: Any, axes: int) -> list[tuple[Any, Any]]:
    """What holds at both ends of every axis."""
    each = given if isinstance(given, list) else [given] * axes
    if len(each) != axes:
        raise InvalidInput(f"`sides` must be given for each of the {axes} axes, but they are not (got {len(each)})")
    out: list[tuple[Any, Any]] = []
    for one in each:
        pair = one if isinstance(one, tuple) else (one, one)
        if len(pair) != 2:
            raise InvalidInput(f"`sides` must be pairs, one side and the other, but one is not (got {one!r})")
        for value in pair:
            if isinstance(value, str) and value in ("insulated", "periodic"):
                continue
            if isinstance(value, str | bool | type(None)):
                raise InvalidInput(
                    f"`sides` must be 'insulated', 'periodic' or a number, but one is not (got {value!r})"
                )
            _checks.scalar("sides", value)
        if ("periodic" in pair) and pair != ("periodic", "periodic"):
            raise InvalidInput(f"`sides` must be periodic on both ends or none, but one end alone is (got {one!r})")
        low, high = (v if isinstance(v, str) else float(v) for v in pair)
        out.append((low, high))
    return out
