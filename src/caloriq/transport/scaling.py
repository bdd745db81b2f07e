r"""How the current of a driven chain scales with its length: exponent, resistivity, conductivity, verdict.

Source: MT eq. 2 and appendix B (PRE 86, 061118 (2012), doi:10.1103/PhysRevE.86.061118): :math:`J\propto N^{\alpha-1}`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from caloriq import _checks
from caloriq._checks import Real
from caloriq.errors import InvalidInput, NotEnoughData
from caloriq.models.classical import ClassicalChain
from caloriq.models.disorder import DisorderedChain
from caloriq.models.spins import SpinChain
from caloriq.reduced.thermal import heat_capacity
from caloriq.results import Certificate, Check, MethodReport, Progress, Solution, frozen
from caloriq.steady.ensemble import SteadyEnsemble
from caloriq.steady.methods import Chosen
from caloriq.steady.result import SteadyState
from caloriq.steady.solve import steady_state

FEWEST = 3
FLAT = 0.02  # change of the local exponent per doubling below which it is settled
CLOSE = 0.05  # distance from 0 or 1 that counts as being there
STRAIGHT = (
    0.005  # share of the range of 1/J that a straight line may leave unexplained: α < 0.12 for a power law over SPAN
)
NOISY = 0.05  # the same at most, where an ensemble's errors explain it
SPAN = 2.0  # largest over smallest size below which nothing is said of straightness
"""Thresholds of the verdict; passing them is no proof, and the sentence gives the numbers."""


@dataclass(frozen=True)
class Scaling(Solution):
    """Currents over sizes, and what they say.

    Attributes
    ----------
    sizes : array of int, shape (K,)
        N.
    currents : array, shape (K,)
        J; the mean over samples of an ensemble.
    errors : array, shape (K,)
        Standard error of J; zero for a single chain.
    alpha : float
        α of J ∝ N^(α-1), fitted over all sizes (MT 2).
    alpha_error : float
        Its statistical error: from the errors of J where there are, otherwise from the scatter about the line.
    alpha_drift : float
        Its finite-size error: how far the local exponent at the largest sizes is from α.
    correlation : float
        |R| of the linear regression of ln J on ln N; close to 1 for any smooth curve, so no proof of a power law.
    local_sizes, local_alpha : array, shape (K-1,)
        Exponent between neighbouring sizes, at their geometric mean.
    resistivity, resistivity_error : float
        r of the affine fit 1/J = R + r N, and its error.
    contact_resistance, contact_error : float
        R and its error.
    misfit : float
        Largest deviation of 1/J from the affine fit, relative to 1/J.
    curvature : float
        The same relative to the range of 1/J over the sizes: what is left once constant and slope are taken.
    drive : float
        Difference of the populations that the first and the last bath prefer, s₁ - s_N.
    of : {"excitations", "heat"}
        Which current.
    """

    sizes: Real
    currents: Real
    errors: Real
    alpha: float
    alpha_error: float
    alpha_drift: float
    correlation: float
    local_sizes: Real
    local_alpha: Real
    resistivity: float
    resistivity_error: float
    contact_resistance: float
    contact_error: float
    misfit: float
    curvature: float
    drive: float
    of: Literal["excitations", "heat"]

    @property
    def tail(self) -> float:
        """Local exponent at the largest sizes."""
        return float(self.local_alpha[-1])

    @property
    def settled(self) -> bool:
        """Whether the local exponent has stopped drifting: less than 0.02 per doubling at the largest sizes."""
        if len(self.local_alpha) < 2:
            return False
        doublings = np.log2(self.local_sizes[-1] / self.local_sizes[-2])
        return bool(abs(self.local_alpha[-1] - self.local_alpha[-2]) / doublings < FLAT)

    @property
    def ohmic(self) -> bool:
        """Whether 1/J rises along a straight line: the chain has a bulk resistance.

        The line must leave less than 0.5 % of the range of 1/J unexplained (three standard errors for an ensemble, 5 %
        at most), over sizes that span a factor of two at least: over less, any smooth curve looks straight. A power law
        with α > 0.12 does not pass.
        """
        span = self.sizes[-1] / self.sizes[0]
        inverse = 1 / np.abs(self.currents)
        noise = 3 * float(np.max(self.errors * inverse**2)) / max(float(np.ptp(inverse)), 1e-300)
        rises = self.resistivity > 3 * self.resistivity_error and float(np.ptp(inverse)) > 1e-9 * float(inverse.max())
        return bool(rises and span >= SPAN and self.curvature < max(STRAIGHT, min(noise, NOISY)))

    @property
    def crossover(self) -> float:
        """Length R/r beyond which the bulk outweighs the contacts, in sites."""
        return self.contact_resistance / self.resistivity

    @property
    def diffusivity(self) -> float:
        """D = 1/(r (s₁ - s_N)), sites² per time, where 1/J is affine: J = D (s₁ - s_N)/N for long chains.

        Raises
        ------
        NotEnoughData
            If it is not; the value comes along.
        """
        value = 1 / (self.resistivity * self.drive)
        if not self.ohmic:
            raise NotEnoughData(
                f"`sizes` must show a bulk resistance for a diffusivity, but 1/J does not rise along a straight line over a factor of two (got {self.sizes[0]:g} to {self.sizes[-1]:g}, {self.curvature:.2g} of its range unexplained); take longer chains",
                estimate=value,
            )
        return value

    def conductivity(self, temperature: ArrayLike) -> Real:
        """κ(T) = D C(T), C = (ω/T)² e^(ω/T)/(e^(ω/T)+1)² the heat capacity of one site; for uniform frequencies.

        Parameters
        ----------
        temperature : array_like
            T > 0.
        """
        chain = self.model.chain if isinstance(self.model, DisorderedChain) else self.model
        if np.ndim(chain.frequency) != 0:
            raise InvalidInput(
                f"`model` must have one frequency for a conductivity, but it has a list (got {len(chain.frequency)} values)"
            )
        return self.diffusivity * heat_capacity(1, float(chain.frequency), temperature)

    @property
    def sentence(self) -> str:
        """Does it obey Fourier's law? In words, with the numbers."""
        span = f"N = {self.sizes[0]:g}…{self.sizes[-1]:g}"
        found = f"J ∝ N^(α-1) with local α = {self.tail:.3g} at the largest of {span} (fit over all: {self.alpha:.3g} ± {self.alpha_error:.1g}, drift {self.alpha_drift:.1g})"
        if self.ohmic:
            return (
                f"Fourier's law holds: 1/J = R + r N to {self.misfit:.1g} over {span}, r = {self.resistivity:.6g}, contact resistance R = {self.contact_resistance:.6g}, "
                f"so α → 0{f' beyond N ≈ {self.crossover:.3g}' if self.crossover > 1 else ''}; local α = {self.tail:.3g} at the largest sizes; diffusivity {self.diffusivity:.6g}."
            )
        if self.settled and abs(self.tail - 1) < CLOSE:
            return f"Fourier's law is violated: the current does not fall with the length, {found}: ballistic."
        if self.settled and abs(self.tail) < CLOSE:
            return f"Fourier's law holds over these sizes: {found}."
        if self.settled and self.tail > 0:
            return f"Fourier's law is violated over these sizes: {found}: between ballistic and diffusive."
        if self.tail < -CLOSE:
            return f"Fourier's law is violated over these sizes: {found}: the current falls faster than 1/N."
        return f"Undecided: the exponent still drifts, {found}; take longer chains."


def scaling(
    model: SpinChain | ClassicalChain | DisorderedChain,
    sizes: Sequence[int],
    *,
    method: Chosen | Literal["auto"] = "auto",
    of: Literal["excitations", "heat"] = "excitations",
    progress: Progress | None = None,
) -> Scaling:
    """Steady currents of a chain over its length, and the exponent, resistances and verdict they give.

    Parameters
    ----------
    model : SpinChain, ClassicalChain or DisorderedChain
        The chain; all but `sites` is kept, so that values per site or bond must be single numbers, and the last bath
        must be counted from the end (site=-1).
    sizes : sequence of int
        Lengths N, at least three, increasing.
    method : object or "auto"
        As for `steady_state`.
    of : {"excitations", "heat"}
        The current along the chain (conserved, the same on every bond), or the heat from the first bath, which
        dephasing changes where frequencies or hopping are unequal or ZZ terms present.
    progress : callable, optional
        Called with (done, total).

    Raises
    ------
    InvalidInput
        If the model cannot be made longer.
    NotEnoughData
        If there are fewer than three sizes, or a current vanishes.
    """
    if not isinstance(model, SpinChain | ClassicalChain | DisorderedChain):
        raise InvalidInput(
            f"`model` must be a SpinChain, a ClassicalChain or a DisorderedChain, but it is not (got {_checks.shown(model)})"
        )
    if of not in ("excitations", "heat"):
        raise InvalidInput(f"`of` must be 'excitations' or 'heat', but it is not (got {_checks.shown(of)})")
    N = lengths_of(sizes)
    found: list[SteadyState | SteadyEnsemble] = []
    weights = np.cumsum(N.astype(float) ** 2)
    for number, size in enumerate(N.tolist()):
        found.append(steady_state(resized(model, size), method=method))
        if progress is not None:
            progress(float(weights[number]), float(weights[-1]))
    values = [_currents(one, of) for one in found]
    J = np.array([v.mean() for v in values])
    errors = np.array([v.std(ddof=1) / np.sqrt(v.size) if v.size > 1 else 0.0 for v in values])
    floor = 1e-12 * float(np.abs(J).max())
    if np.any(J * np.sign(J[0]) <= max(floor, 1e-300)):
        raise NotEnoughData(
            f"`model` must carry a current at every size, but it does not (got {J[np.argmin(np.abs(J))]:g} at N = {N[np.argmin(np.abs(J))]}); let the baths differ",
            estimate=J,
        )
    return fit(model, N, J, errors, found, of)


def fit(
    model: SpinChain | ClassicalChain | DisorderedChain,
    N: Real,
    J: Real,
    errors: Real,
    found: Sequence[SteadyState | SteadyEnsemble],
    of: Literal["excitations", "heat"],
) -> Scaling:
    """Exponents and resistances of given currents."""
    sign = np.sign(J[0])
    x, y = np.log(N), np.log(sign * J)
    relative = errors / np.abs(J)
    slope, slope_error, correlation = line(x, y, relative)
    local = 1 + np.diff(y) / np.diff(x)
    inverse = sign / J
    r, R, r_error, R_error = affine(N.astype(float), inverse, relative * inverse)
    rest = np.abs(R + r * N - inverse)
    misfit = float(np.max(rest / inverse))
    spread = float(np.ptp(inverse))
    curvature = float(rest.max()) / spread if spread > 0 else np.inf
    worst: dict[str, Check] = {}
    for one in found:
        for check in one.certificate:
            if check.name not in worst or not check.value <= worst[check.name].value:
                worst[check.name] = check
    chain = model.chain if isinstance(model, DisorderedChain) else model
    sites = np.array(chain.bath_sites)
    first, last = chain.bath_rates[int(np.argmin(sites))], chain.bath_rates[int(np.argmax(sites))]
    return Scaling(
        model=model,
        method=MethodReport(", ".join(sorted({one.method.name for one in found})), found[-1].method.reason),
        certificate=Certificate(tuple(worst.values())),
        sizes=frozen(N),
        currents=frozen(J),
        errors=frozen(errors),
        alpha=1 + slope,
        alpha_error=slope_error,
        alpha_drift=float(abs(local[-1] - (1 + slope))),
        correlation=correlation,
        local_sizes=frozen(np.sqrt(N[1:] * N[:-1].astype(float))),
        local_alpha=frozen(local),
        resistivity=float(r),
        resistivity_error=r_error,
        contact_resistance=float(R),
        contact_error=R_error,
        misfit=misfit,
        curvature=curvature,
        drive=float(abs(first.preferred - last.preferred)),
        of=of,
    )


def resized(
    model: SpinChain | ClassicalChain | DisorderedChain, sites: int
) -> SpinChain | ClassicalChain | DisorderedChain:
    """The model with another number of sites."""
    if isinstance(model, DisorderedChain):
        return model.model_copy(update={"chain": resized(model.chain, sites)})
    names = ("hopping", "zz", "frequency", "dephasing") if isinstance(model, SpinChain) else ("rate", "frequency")
    for name in names:
        if np.ndim(getattr(model, name)) > 0:
            raise InvalidInput(
                f"`{name}` must be one number where the length varies, but it is a list (got {len(getattr(model, name))} values)"
            )
    if isinstance(model, SpinChain) and model.couplings is not None:
        raise InvalidInput(
            "`couplings` must be left out where the length varies, but they are given (got a matrix); use `hopping`"
        )
    far = [bath.site for bath in model.baths if bath.site > 0]
    if far:
        raise InvalidInput(
            f"`baths.site` must count from an end where the length varies, but it does not (got site {far[0]}); use 0, or -1 for the last"
        )
    return model.model_copy(update={"sites": sites})


def line(x: Real, y: Real, errors: Real) -> tuple[float, float, float]:
    """Slope of a regression, its standard error, and |R|; weighted where every point has an error."""
    weighted = bool(np.all(errors > 0))
    w = 1 / errors**2 if weighted else np.ones_like(x)
    mean_x, mean_y = np.average(x, weights=w), np.average(y, weights=w)
    dx, dy = x - mean_x, y - mean_y
    slope = float((w * dx * dy).sum() / (w * dx**2).sum())
    rest = dy - slope * dx
    if weighted:
        error = float(1 / np.sqrt((w * dx**2).sum()))
    else:
        error = float(np.sqrt((rest**2).sum() / max(1, len(x) - 2) / (dx**2).sum()))
    spread = np.sqrt((w * dx**2).sum() * (w * dy**2).sum())
    return slope, error, float(abs((w * dx * dy).sum()) / spread) if spread > 0 else 1.0


def affine(x: Real, y: Real, errors: Real) -> tuple[float, float, float, float]:
    """Slope and intercept of y over x, and their standard errors; relative deviations count where no errors are given."""
    weighted = bool(np.all(errors > 0))
    scale = errors if weighted else np.abs(y)
    A = np.stack([x, np.ones_like(x)], axis=1) / scale[:, None]
    (slope, intercept), *_ = np.linalg.lstsq(A, y / scale, rcond=None)
    covariance = np.linalg.inv(A.T @ A)
    if not weighted:
        covariance *= float(((A @ [slope, intercept] - y / scale) ** 2).sum()) / max(1, len(x) - 2)
    slope_error, intercept_error = np.sqrt(np.diag(covariance))
    return float(slope), float(intercept), float(slope_error), float(intercept_error)


def lengths_of(sizes: Sequence[int]) -> Real:
    """Sizes checked: whole numbers, increasing, enough of them."""
    raw = _checks.numbers("sizes", sizes)
    if raw.ndim != 1 or np.any(raw != np.round(raw)) or np.any(raw < 2):
        raise InvalidInput(
            f"`sizes` must be a list of whole numbers of at least 2, but it is not (got {_checks.shown(sizes)})"
        )
    if np.any(np.diff(raw) <= 0):
        raise InvalidInput(f"`sizes` must increase strictly, but they do not (got {_checks.shown(sizes)})")
    if raw.size < FEWEST:
        raise NotEnoughData(
            f"`sizes` must hold at least {FEWEST} lengths for an exponent with an error, but they hold fewer (got {raw.size})"
        )
    return raw.astype(np.intp)


def _currents(one: SteadyState | SteadyEnsemble, of: str) -> Real:
    """Current of every sample."""
    if isinstance(one, SteadyState):
        return np.array([one.heat_currents[0] if of == "heat" else one.current])
    return one.heat_currents[:, 0] if of == "heat" else one.currents.mean(axis=1)
