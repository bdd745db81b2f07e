r"""Diffusion of energy with a given rate, :math:`\partial_t u = \nabla\cdot(a^2 w\,\nabla u)` (WS 11), on cells.

On a lattice whose cells are the units, spacing h = a, this is WS 10 itself; with finer cells it is the continuum.

Source: L.-A. Wu, D. Segal (2008), arXiv:0711.4599.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import scipy
from numpy.typing import ArrayLike

from caloriq import _checks
from caloriq._checks import Real
from caloriq.errors import InvalidInput
from caloriq.reduced.rates.medium import Medium, Rate
from caloriq.reduced.rates.stepped import solve_changing
from caloriq.results import Certificate, Check, MethodReport, Progress, Solution, frozen
from caloriq.variables import Variable

LOOKS = 200  # instants at which a rate that depends on time is looked at, at least
BALANCE = 1e-10
DIRECT = 4000  # cells up to which an implicit method with a sparse factorisation is the faster one, in more than one dimension
TOL = 1e-9
MODES = 400  # cells up to which rates that do not change in time are solved by the eigenvectors of A
SAFETY = 3.0  # the errors of two tolerances may have the same sign
COARSER = 10.0  # times the tolerance, of the steps that estimate the error
KNOWN = 1e-6  # error of u, relative to the largest, that the certificate lets pass
EPS = float(np.finfo(float).eps)
AXES = ("x", "y", "z")
OWN = "own unit"  # of whoever asks: the equation has no scale of its own


@dataclass(frozen=True)
class Diffusion(Solution):
    """Energy density over time.

    Attributes
    ----------
    times : array, shape (T,)
        Instants; one, infinity, for a steady state.
    centres : tuple of arrays
        Coordinates of the cells along every axis.
    density : array, shape (T, *cells)
        u.
    currents : tuple of arrays
        Energy per time and area through the inner faces across every axis, positive towards larger coordinates; shape
        (T, *cells) with one less along that axis (as many where periodic: the last face joins the last cell to the first).
    absorbed : array, shape (T,)
        Energy that came in through sides of fixed value since time 0; NaN for a steady state.
    errors : array, shape (T,)
        Of any u: a bound for steady states and eigenvectors; for time steps an estimate, three times the change by a
        tolerance ten times larger. On these cells: what finer cells would change is not in it.
    current_errors : array, shape (T,)
        The same of any current.
    """

    times: Real
    centres: tuple[Real, ...]
    density: Real
    currents: tuple[Real, ...]
    absorbed: Real
    errors: Real
    current_errors: Real

    def declared(self) -> tuple[Variable, ...]:
        """Density and currents along as many axes as there are."""
        axes = AXES[: len(self.centres)]
        found = [Variable("density", ("time", *axes), units=OWN, long_name="u")]
        for k, axis in enumerate(axes):
            faces = tuple(f"face_{one}" if one == axis else one for one in axes)
            found.append(
                Variable(
                    f"current_{axis}",
                    ("time", *faces),
                    units=OWN,
                    long_name=f"energy per time and area along {axis}",
                    carries="energy",
                    source=lambda found, k=k: found.currents[k],  # type: ignore[misc]
                )
            )
        return (
            *found,
            Variable("energy", ("time",), units=OWN, long_name="∫u"),
            Variable("absorbed", ("time",), units=OWN, long_name="energy that came in through sides of fixed value"),
            Variable("errors", ("time",), units=OWN, long_name="error of any u"),
            Variable("current_errors", ("time",), units=OWN, long_name="error of any current"),
        )

    def placed(self) -> tuple[Variable, ...]:
        """Times and the centres of the cells."""
        centres = (
            Variable(axis, (axis,), units="", source=lambda found, k=k: found.centres[k])  # type: ignore[misc]
            for k, axis in enumerate(AXES[: len(self.centres)])
        )
        return Variable("time", ("time",), units=OWN, source="times"), *centres

    @property
    def energy(self) -> Real:
        """∫u, shape (T,)."""
        volume = float(np.prod([c[1] - c[0] for c in self.centres]))
        return frozen(volume * self.density.reshape(len(self.times), -1).sum(axis=1))


def diffuse(
    initial: ArrayLike,
    times: ArrayLike,
    *,
    rate: Rate,
    spacing: float = 1.0,
    length: float | Sequence[float] | None = None,
    sides: Any = "insulated",
    tol: float = 1e-8,
    progress: Progress | None = None,
) -> Diffusion:
    """Energy density in time on a line, a rectangle or a simple cubic lattice (WS 10, 11).

    Parameters
    ----------
    initial : array_like, shape (cells,), (cells, cells) or (cells, cells, cells)
        u at time 0; its shape is that of the lattice.
    times : array_like, shape (T,)
        Instants, not negative, increasing.
    rate : float, array (*cells), or callable
        w ≥ 0: one number, one for each cell, or w(x, t), w(x, y, t), w(x, y, z, t).
    spacing : float
        a, distance of neighbouring units.
    length : float or one for every axis, optional
        Of the box; by default cells times spacing: then the cells are the units.
    sides : "insulated", "periodic", number, pair, or one of these for every axis
        What holds at the sides: no flux, a ring, or a fixed u. (1.0, 0.0) holds the two ends of every axis.
    tol : float
        Relative tolerance of the time steps.
    progress : callable, optional
        Called with (done, total).

    Returns
    -------
    Diffusion
        Certificate: energy is conserved up to what came in through the sides, to 1e-10, and the steps are taken twice.

    Raises
    ------
    InvalidInput
        For negative rates, sides that are undefined, or shapes that do not fit.
    NotConverged
        If the integration fails or energy is lost.

    Notes
    -----
    Eigenvectors up to 400 cells, where the rate does not depend on time. Otherwise implicit (BDF, sparse LU) on a line or up to 4000 cells, explicit with steps of the stability limit beyond. Both keep
    linear invariants to rounding. A rate that depends on time is looked at between any two of the times, and at 200
    instants at least: what happens in less is not seen.
    """
    u0 = _checks.numbers("initial", initial)
    medium = Medium(u0.shape, rate, spacing, length, sides)
    t, clock = _checks.times(times), time.perf_counter()
    _checks.memory(
        "times", len(t), 40.0 * len(t) * medium.size + 400.0 * medium.size, "take fewer of them or fewer cells"
    )
    _checks.tolerance("tol", tol)
    implicit = medium.axes == 1 or medium.size <= DIRECT
    start = np.append(u0.ravel(), 0.0)
    volume, fixed = float(np.prod(medium.steps)), medium.system() if medium.steady else None

    def parts(s: float) -> tuple[scipy.sparse.csr_array, Real]:
        return medium.system(s) if fixed is None else fixed

    def right(s: float, y: Real) -> Real:
        if progress is not None:
            progress(s, float(t[-1]))
        A, b = parts(s)
        change = A @ y[:-1] + b
        return np.append(change, medium.arriving(y[:-1], s) if medium.held else change.sum() * volume)

    def jacobian(s: float, _: Real) -> scipy.sparse.csc_array:
        A, _ = parts(s)
        bottom = scipy.sparse.csr_array((volume * A.sum(axis=0))[None, :] if medium.held else (1, medium.size))
        return scipy.sparse.block_array([[A, None], [bottom, scipy.sparse.csr_array((1, 1))]]).tocsc()

    scale = float(np.abs(u0).max(initial=0.0)) + max(map(abs, medium.held), default=0.0)
    options: dict[str, Any] = {"method": "BDF", "jac": jacobian} if implicit else {"method": "RK23"}
    if not medium.steady:
        # steps that cannot pass over what a rate does in time
        options["max_step"] = min(float(np.diff(t, prepend=0.0)[t > 0].min(initial=np.inf)), float(t[-1]) / LOOKS)

    def stepped(accuracy: float) -> Real:
        small = accuracy * 1e-3 * (scale or 1.0)
        unmet = "`tol` must be reached by the time steps, but it is not", f"{tol:g}"
        return solve_changing(right, start, t, unmet, rtol=accuracy, atol=small, **options)

    known = _by_modes(medium, fixed, u0.ravel(), t) if fixed is not None and medium.size <= MODES else None
    if known is not None and float(known[1].max()) * scale <= tol * scale:
        Y, errors, name = known[0], known[1] * scale, "eigenvectors"
    else:
        Y, name = stepped(tol), options["method"]
        apart = np.abs(Y - stepped(COARSER * tol))[:, :-1].max(axis=1)
        errors = SAFETY * np.maximum.accumulate(apart) + 4 * EPS * scale
    content = volume * Y[:, :-1].sum(axis=1)
    size = max(float(np.abs(content).max()), volume * float(np.abs(Y[:, :-1]).sum(axis=1).max()), 1e-300)
    lost = float(np.abs(content - volume * u0.sum() - Y[:, -1]).max()) / size
    ends = [float(u0.min()), float(u0.max()), *medium.held]
    beyond = max(min(ends) - float(Y[:, :-1].min()), float(Y[:, :-1].max()) - max(ends), 0.0) / (scale or 1.0)
    off = float(errors.max()) / (scale or 1.0)
    changed = "of rounding, or the change by a tolerance ten times larger, relative to the largest value"
    within = "diffusion makes no value beyond those of the start and the sides"
    checks = (
        Check("energy balance", lost, BALANCE, "what is there came from the start or through the sides"),
        Check("error of the density", off, max(KNOWN, 1e4 * tol), changed),
        Check("maximum principle", beyond, 1e3 * tol, within),
    )
    return _result(medium, t, Y[:, :-1], Y[:, -1], errors, checks, name, clock).certified()


def _by_modes(medium: Medium, system: tuple[scipy.sparse.csr_array, Real], u0: Real, times: Real) -> tuple[Real, Real]:
    """Density and what came in through the sides, shape (T, cells + 1), by the eigenvectors of A; and the error of u relative to its scale."""
    A, b = system
    rates, Q = scipy.linalg.eigh(A.toarray())
    rates = np.minimum(rates, 0.0)
    z = rates * times[:, None]
    small = np.abs(z) < 1e-4
    safe = np.where(small, -1.0, z)
    first = np.where(small, 1 + z / 2 + z**2 / 6, np.expm1(safe) / safe)  # ∫ of e^(λs), over t
    second = np.where(small, 0.5 + z / 6 + z**2 / 24, (np.expm1(safe) - safe) / safe**2)  # and its integral
    start, source = Q.T @ u0, Q.T @ b
    t = times[:, None]
    u = (np.exp(z) * start + t * first * source) @ Q.T
    through = (t * first * start + t**2 * second * source) @ Q.T
    came = float(np.prod(medium.steps)) * ((A @ through.T).sum(axis=0) + b.sum() * times)
    error = EPS * medium.size * (4 + 2 * float(np.abs(rates).max(initial=0.0)) * times)
    return np.column_stack([u, came]), error


def steady_diffusion(
    shape: Sequence[int],
    *,
    rate: Rate,
    spacing: float = 1.0,
    length: float | Sequence[float] | None = None,
    sides: Any,
    tol: float = 1e-12,
) -> Diffusion:
    """Steady energy density between sides of fixed value.

    Parameters
    ----------
    shape : sequence of int
        Cells along every axis.
    rate, spacing, length, sides
        As for `diffuse`; the rate is taken at time 0, and some side must have a fixed value.
    tol : float
        Residual, relative to what the sides bring.

    Raises
    ------
    InvalidInput
        If no side has a fixed value: then any constant may be added.
    NotConverged
        If the iteration fails.

    Notes
    -----
    Lines in closed form, resistances in series. Lattices by conjugate gradients with the diagonal as preconditioner: some
    hundred products for 64³ cells, and as many for the bound on the error.
    """
    medium = Medium(shape, rate, spacing, length, sides, named="shape")
    clock = time.perf_counter()
    if not medium.held:
        raise InvalidInput(
            f"`sides` must hold a fixed value somewhere for a steady state, but none does (got {_checks.shown(sides)}); give a number, or use diffuse()"
        )
    A, b = medium.system()
    _joined(medium, A)
    if medium.axes == 1:
        return _in_series(medium, clock).certified()
    diagonal = -A.diagonal()
    scaled = scipy.sparse.linalg.LinearOperator(A.shape, matvec=lambda x: x / diagonal)
    u, _ = scipy.sparse.linalg.cg(
        -A, b, rtol=0.1 * tol, atol=0.0, M=scaled, maxiter=20 * max(medium.shape) * medium.axes + 200
    )
    errors = np.array([_inverse_bound(A, b, u, scaled, medium)])
    residual = float(np.linalg.norm(A @ u + b)) / (float(np.linalg.norm(b)) or 1.0)
    volume = float(np.prod(medium.steps))
    most = sum(float((c * (abs(value) + np.abs(u[cells]))).sum()) for cells, c, value in medium.walls(0.0)) * volume
    balance, off = abs(medium.arriving(u, 0.0)) / (most or 1.0), float(errors[0]) / (float(np.abs(u).max()) or 1.0)
    checks = (
        Check("residual", residual, tol, "‖Au + b‖/‖b‖"),
        Check("energy balance", balance, BALANCE, "what flows in through the sides flows out"),
        Check("error of the density", off, KNOWN, "bound, of the largest value"),
    )
    nowhere = np.array([np.nan])
    return _result(medium, np.array([np.inf]), u[None], nowhere, errors, checks, "CG", clock).certified()


def _in_series(medium: Medium, clock: float) -> Diffusion:
    """Steady line in closed form: resistances add, and one current passes through all faces."""
    ends = {int(cells[0]): (float(c[0]), value) for cells, c, value in reversed(medium.walls(0.0)) if c[0] > 0}
    h, n = float(medium.steps[0]), medium.size
    inner = medium.diffusivity(0, 0.0) / h**2
    left, right = ends.get(0, (0.0, 0.0)), ends.get(n - 1, (0.0, 0.0))
    with np.errstate(divide="ignore", over="ignore"):
        resistance = 1 / np.concatenate([[left[0]], inner, [right[0]]])
    cut = np.flatnonzero(np.isinf(resistance))
    if cut.size:  # nothing flows: each part is at its own side's value
        u, flux = np.where(np.arange(n) < cut[0], left[1], right[1]), 0.0
    else:
        before, after = np.cumsum(resistance)[:-1], np.cumsum(resistance[::-1])[::-1][1:]
        total = float(resistance.sum())
        u = (left[1] * after + right[1] * before) / total
        flux = h * (left[1] - right[1]) / total
    error = 4 * EPS * n * max(abs(left[1]), abs(right[1]))
    made = _result(medium, np.array([np.inf]), u[None], np.array([np.nan]), np.array([error]), (), "series", clock)
    known = frozen(np.full((1, n - 1), flux))
    return replace(made, currents=(known,), current_errors=frozen(np.array([4 * EPS * n * abs(flux)])))


def _inverse_bound(A: Any, b: Real, u: Real, preconditioner: Any, medium: Medium) -> float:
    """Bound on |u - u*|: -A has an inverse without negative elements, so that any v with -Av ≥ |Au + b| bounds it."""
    left = np.abs(A @ u + b) + 8 * EPS * (abs(A) @ np.abs(u) + np.abs(b))
    wanted = left + left.mean()
    if not np.any(wanted):
        return 0.0
    steps = 20 * max(medium.shape) * medium.axes + 200
    v, _ = scipy.sparse.linalg.cg(-A, wanted, rtol=1e-6, atol=0.0, M=preconditioner, maxiter=steps)
    return 2 * float(v.max()) if np.all(-(A @ v) >= wanted / 2) else float("inf")


def _joined(medium: Medium, A: scipy.sparse.csr_array) -> None:
    """Refuse cells from which no path of positive rates leads to a side of fixed value."""
    graph = A.copy()
    graph.eliminate_zeros()
    count, label = scipy.sparse.csgraph.connected_components(graph, directed=False)
    reached = np.zeros(count, dtype=bool)
    for cells, c, _ in medium.walls(0.0):
        reached[label[cells[c > 0]]] = True
    alone = ~reached[label]
    if np.any(alone):
        raise InvalidInput(
            f"`rate` must join every cell to a side of fixed value, but cell {int(np.argmax(alone))} is cut off (got rate 0 around {int(alone.sum())} cells)"
        )


def _result(
    medium: Medium,
    t: Real,
    U: Real,
    absorbed: Real,
    errors: Real,
    checks: tuple[Check, ...],
    method: str,
    clock: float,
) -> Diffusion:
    instants, axes = np.where(np.isfinite(t), t, 0.0).tolist(), range(medium.axes)
    every = [medium.fluxes(u, s) for u, s in zip(U, instants, strict=True)]
    steps = medium.steps.tolist()
    widest = [max(float(medium.diffusivity(k, s).max(initial=0.0)) / steps[k] for k in axes) for s in instants]
    statistics = {"cells": medium.size, "wall time in s": time.perf_counter() - clock}
    return Diffusion(
        model=medium,
        method=MethodReport(method, "by the number of cells", statistics),
        certificate=Certificate(checks),
        times=frozen(t.copy()),
        centres=medium.centres,
        density=frozen(U.reshape(len(t), *medium.shape).copy()),
        currents=tuple(frozen(np.array([one[axis] for one in every])) for axis in axes),
        absorbed=frozen(absorbed.copy()),
        errors=frozen(errors.copy()),
        current_errors=frozen(2 * errors * np.array(widest)),
    )
