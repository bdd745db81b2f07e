r"""Diffusion with a conductivity that depends on the density, :math:`\partial_t u = \nabla\cdot(a^2 w\,\kappa(u)\nabla u)`.

Finite volumes: what passes a face is :math:`a^2 w\,(\Phi(u_1) - \Phi(u_2))/h` with Kirchhoff's Φ, the mean of κ between the two cells
times their difference. So energy is kept, and steady states are those of the linear equation for Φ.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import scipy
from numpy.typing import ArrayLike

from caloriq import _checks
from caloriq._checks import Real
from caloriq.errors import InvalidInput
from caloriq.models.conductivities import PowerConductivity, SampledConductivity
from caloriq.reduced.rates.continuum import BALANCE, COARSER, DIRECT, EPS, SAFETY, Diffusion, steady_diffusion
from caloriq.reduced.rates.medium import Medium, Rate
from caloriq.reduced.rates.stepped import solve_changing
from caloriq.results import ByContent, Certificate, Check, MethodReport, Progress, frozen

PLANE = 10  # times as many cells of a plane as of a cube for which sparse factors pay
GRID = 3.0  # times the change by cells twice as wide: covers what falls as the square root of the width, or faster
STEPS = 1e-5  # error of u by the time steps, relative to the largest, that the certificate lets pass
LOOKED_AT = (0.0, 0.3819660112501051, 1.0, 27.182818284590452)  # instants, of no common period
Law = PowerConductivity | SampledConductivity


class ConductingMedium(ByContent):
    """A medium and the law of its conductivity."""

    def __init__(self, medium: Medium, law: Law) -> None:
        self.medium, self.law = medium, law

    def whole_mapping(self) -> dict[str, Any]:
        """What a file says of it."""
        return {**self.medium.whole_mapping(), "conductivity": self.law.to_mapping()}


class Stepped(NamedTuple):
    """Densities (T, cells), what came in (T,), and the error of u by the time steps (T,)."""

    density: Real
    absorbed: Real
    error: Real
    method: str


def diffuse_nonlinear(
    initial: ArrayLike,
    times: ArrayLike,
    *,
    conductivity: Law,
    rate: Rate = 1.0,
    spacing: float = 1.0,
    length: float | Sequence[float] | None = None,
    sides: Any = "insulated",
    tol: float = 1e-8,
    progress: Progress | None = None,
) -> Diffusion:
    """Energy density in time with a conductivity κ(u), on a line, a rectangle or a simple cubic lattice.

    Parameters
    ----------
    initial : array_like, shape (cells,), (cells, cells) or (cells, cells, cells)
        u at time 0.
    times : array_like, shape (T,)
        Instants, not negative, increasing.
    conductivity : PowerConductivity or SampledConductivity
        κ(u).
    rate, spacing, length, sides
        As for `diffuse`: w of place, not of time, multiplies κ. With `length` the cells stand for a continuum, and there must
        be an even number of them along every axis, four at least.
    tol : float
        Relative tolerance of the time steps.
    progress : callable, optional
        Called with (done, total).

    Returns
    -------
    Diffusion
        Densities are means over the cells. `errors` is an estimate: three times the change by a tolerance ten times larger, and
        for a continuum three times that by cells twice as wide. This covers errors that fall as the square root of
        the width or faster (a front of u^½ falls more slowly; it held there too, in tests); of smooth ones it is ten times the error.

    Raises
    ------
    InvalidInput
        For values beyond the conductivity, rates that depend on time, an odd number of cells of a continuum.
    NotConverged
        If the integration fails or energy is lost.

    Notes
    -----
    Implicit (BDF, sparse LU) on a line, to 40 000 cells in a plane, 4000 in a cube; explicit with steps of the stability limit
    beyond. Twice for the two tolerances, and twice on the coarser cells.
    """
    clock, u0 = time.perf_counter(), _checks.numbers("initial", initial)
    medium, flow = _media(u0.shape, rate, spacing, length, sides, conductivity, "initial")
    t = _checks.times(times)
    _checks.tolerance("tol", tol)
    _checks.memory(
        "times", len(t), 40.0 * len(t) * medium.size + 400.0 * medium.size, "take fewer of them or fewer cells"
    )
    ends = [float(u0.min()), float(u0.max()), *medium.held]
    conductivity.check_range("initial", float(u0.min()), float(u0.max()))
    found = _stepped(flow, conductivity, u0, t, tol, progress)
    errors, grid = found.error, np.zeros(len(t))
    if length is not None:
        half = _halved(u0)
        _, wide = _media(
            half.shape, _halved_rate(rate, medium), spacing, length, sides, conductivity, "initial", coarse=True
        )
        coarse = _stepped(wide, conductivity, half, t, tol, None)
        between = _between(wide, coarse.density, medium)
        grid = np.where(t > 0, GRID * np.abs(found.density - between).max(axis=1), 0.0)
    scale = max(map(abs, ends)) or 1.0
    volume = float(np.prod(medium.steps))
    content = volume * found.density.sum(axis=1)
    size = max(volume * float(np.abs(found.density).sum(axis=1).max()), 1e-300)
    lost = float(np.abs(content - volume * u0.sum() - found.absorbed).max()) / size
    beyond = max(min(ends) - float(found.density.min()), float(found.density.max()) - max(ends), 0.0) / scale
    checks = (
        Check("energy balance", lost, BALANCE, "what is there came from the start or through the sides"),
        Check(
            "error of the time steps",
            float(errors.max()) / scale,
            max(STEPS, 1e4 * tol),
            "relative to the largest value",
        ),
        Check(
            "maximum principle", beyond, 1e4 * tol, "diffusion makes no value beyond those of the start and the sides"
        ),
    )
    report = MethodReport(found.method, "by the number of cells", {"wall time in s": time.perf_counter() - clock})
    made = _made(medium, flow, conductivity, t, found.density, found.absorbed, errors + grid, checks, report)
    return made.certified()


def steady_nonlinear(
    shape: Sequence[int],
    *,
    conductivity: Law,
    rate: Rate = 1.0,
    spacing: float = 1.0,
    length: float | Sequence[float] | None = None,
    sides: Any,
    tol: float = 1e-12,
) -> Diffusion:
    """Steady density with a conductivity κ(u) between sides of fixed value, by Kirchhoff's transform.

    Parameters
    ----------
    shape : sequence of int
        Cells along every axis.
    conductivity, rate, spacing, length, sides
        As for `diffuse_nonlinear`.
    tol : float
        Residual of the linear equation, relative to what the sides bring.

    Returns
    -------
    Diffusion
        `errors` bounds what the residual leaves on these cells; with `length` it has also three times the change by cells twice as wide.

    Raises
    ------
    InvalidInput
        If no side has a fixed value, or one lies beyond the conductivity.
    NotConverged
        If the iteration fails.
    """
    clock = time.perf_counter()
    medium, flow = _media(tuple(shape), rate, spacing, length, sides, conductivity, "shape")
    given: dict[str, Any] = {"spacing": spacing, "length": length, "sides": flow.sides, "tol": tol}
    linear = steady_diffusion(shape, rate=rate, **given)
    potential, error = linear.density[0], float(linear.errors[0])
    u = conductivity.inverse(potential)
    around = [np.abs(conductivity.inverse(potential + shift) - u).max() for shift in (-error, error)]
    off = float(max(around)) + 8 * EPS * float(np.abs(u).max())
    if length is not None:
        coarse = steady_diffusion(_halved(u).shape, rate=_halved_rate(rate, medium), **given)
        wide = conductivity.inverse(coarse.density)
        off += GRID * float(np.abs(u.ravel() - _between(coarse.model, wide.reshape(1, -1), medium)).max())
    report = MethodReport(
        f"Kirchhoff's transform, {linear.method.name}", "the only one", {"wall time in s": time.perf_counter() - clock}
    )
    found = _made(
        medium, flow, conductivity, linear.times, u.reshape(1, -1), linear.absorbed, np.array([off]),
        tuple(linear.certificate), report,
    )  # fmt: skip
    return replace(found, currents=linear.currents, current_errors=linear.current_errors).certified()


def _media(
    shape: Any, rate: Rate, spacing: float, length: Any, sides: Any, law: Law, named: str, *, coarse: bool = False
) -> tuple[Medium, Medium]:
    """The medium with what its sides hold of u, and of Φ."""
    _checks.instance("conductivity", law, PowerConductivity, SampledConductivity)
    medium = Medium(shape, rate, spacing, length, sides, named=named)
    if length is not None and not coarse and any(n % 2 or n < 4 for n in medium.shape):
        raise InvalidInput(
            f"`{named}` must have an even number of cells along every axis, four at least, where `length` is given, so that cells twice as wide tell the error, but it has not (got {medium.shape})"
        )
    held = medium.held
    if held:
        law.check_range("sides", min(held), max(held))
    mapped = [
        tuple(v if isinstance(v, str) else float(law.potential(np.array(v))) for v in pair) for pair in medium.sides
    ]
    given = rate if not callable(rate) else _at_start(rate, medium)
    return medium, Medium(shape, given, spacing, length, mapped, named=named)


def _at_start(rate: Any, medium: Medium) -> Any:
    """A rate of place, which must not depend on time."""
    places = np.meshgrid(*medium.centres, indexing="ij")
    early, *later = (np.asarray(rate(*places, t), dtype=float) for t in LOOKED_AT)
    change = max(float(np.abs(one - early).max()) for one in later)
    if change > 0:
        raise InvalidInput(
            f"`rate` must not depend on time with a conductivity that depends on the density, but it does (got a change of {change:.3g} between times)"
        )
    return rate


def _between(wide: Any, coarse: Real, medium: Medium) -> Real:
    """Densities (T, cells) on wide cells, joined by straight lines (held beyond their centres), on the cells of the medium."""
    inside = [np.clip(x, c[0], c[-1]) for x, c in zip(medium.centres, wide.centres, strict=True)]
    points = np.stack([p.ravel() for p in np.meshgrid(*inside, indexing="ij")], axis=1)
    every = [scipy.interpolate.RegularGridInterpolator(wide.centres, u.reshape(wide.shape))(points) for u in coarse]
    return np.array(every)


def _halved(u: Real) -> Real:
    """Means over pairs of cells along every axis."""
    for axis in range(u.ndim):
        u = (np.take(u, range(0, u.shape[axis], 2), axis) + np.take(u, range(1, u.shape[axis], 2), axis)) / 2
    return u


def _halved_rate(rate: Any, medium: Medium) -> Any:
    """The rate on cells twice as wide."""
    return (
        rate if callable(rate) or np.ndim(rate) == 0 else _halved(np.asarray(rate, dtype=float).reshape(medium.shape))
    )


def _stepped(flow: Medium, law: Law, u0: Real, t: Real, tol: float, progress: Progress | None) -> Stepped:
    """du/dt = A Φ(u) + b with the energy that comes in, twice."""
    A, b = flow.system()
    volume = float(np.prod(flow.steps))
    bottom = scipy.sparse.csr_array((volume * A.sum(axis=0))[None, :])
    implicit = flow.size <= DIRECT * (PLANE if flow.axes == 2 else 1) or flow.axes == 1

    def right(s: float, y: Real) -> Real:
        if progress is not None:
            progress(s, float(t[-1]))
        change = A @ law.potential(y[:-1]) + b
        return np.append(change, change.sum() * volume)

    def jacobian(_: float, y: Real) -> scipy.sparse.csc_array:
        kappa = law.at(y[:-1])
        return scipy.sparse.block_array(
            [[A * kappa, None], [bottom * kappa, scipy.sparse.csr_array((1, 1))]], format="csc"
        )

    scale = float(np.abs(u0).max(initial=0.0)) or 1.0
    options: dict[str, Any] = {"method": "BDF", "jac": jacobian} if implicit else {"method": "RK23"}

    def once(accuracy: float) -> Real:
        unmet = "`tol` must be reached by the time steps, but it is not", f"{tol:g}"
        small = accuracy * 1e-2 * scale
        return solve_changing(right, np.append(u0.ravel(), 0.0), t, unmet, rtol=accuracy, atol=small, **options)

    Y = once(tol)
    apart = np.abs(Y - once(COARSER * tol))[:, :-1].max(axis=1)
    error = SAFETY * np.maximum.accumulate(apart) + 4 * EPS * scale
    return Stepped(Y[:, :-1], Y[:, -1], error, options["method"])


def _made(
    medium: Medium,
    flow: Medium,
    law: Law,
    t: Real,
    U: Real,
    absorbed: Real,
    errors: Real,
    checks: tuple[Check, ...],
    report: MethodReport,
) -> Diffusion:
    every = [flow.fluxes(law.potential(u), 0.0) for u in U]
    widest = max(float(flow.diffusivity(k, 0.0).max(initial=0.0) / flow.steps[k]) for k in range(flow.axes))
    steepest = np.array([float(law.at(u).max()) for u in U])
    return Diffusion(
        model=ConductingMedium(medium, law),
        method=report,
        certificate=Certificate(checks),
        times=frozen(t.copy()),
        centres=medium.centres,
        density=frozen(U.reshape(len(t), *medium.shape).copy()),
        currents=tuple(frozen(np.array([one[axis] for one in every])) for axis in range(medium.axes)),
        absorbed=frozen(absorbed.copy()),
        errors=frozen(np.asarray(errors).copy()),
        current_errors=frozen(2 * errors * widest * steepest),
    )
