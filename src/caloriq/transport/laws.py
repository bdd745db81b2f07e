"""Laws that a current may follow over the length: affine resistance, power law, exponential; and how well each fits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from caloriq._checks import Real


@dataclass(frozen=True, slots=True)
class Laws:
    """Three laws of two parameters each, fitted to the same currents in the same measure.

    Attributes
    ----------
    intercept, slope : float
        R and r of 1/J = R + r N.
    intercept_error, slope_error, contact_error : float
        Errors of R, r and R + r: from the errors of J where there are, otherwise from the scatter about the line.
    power : float
        b of 1/J ∝ N^b.
    length : float
        ξ of 1/J ∝ e^(N/ξ); infinite where J does not fall.
    affine_misfit, power_misfit, exponential_misfit : float
        Root mean square of the relative deviations of 1/J from each, weighted by the errors of J where there are.
    noise : float
        The relative error of J in the same measure: what a misfit is without any deviation.
    """

    intercept: float
    slope: float
    intercept_error: float
    slope_error: float
    contact_error: float
    power: float
    length: float
    affine_misfit: float
    power_misfit: float
    exponential_misfit: float
    noise: float


def evened(errors: Real) -> Real:
    """Errors as they weigh in a regression: what is exact counts as much as the best of the rest, and no more.

    A law is not exact at any finite length: points without an error would decide a fit alone.
    """
    there = errors > 0
    if not there.any():
        return errors
    return np.where(there, errors, errors[there].min())


def laws(N: Real, J: Real, errors: Real) -> Laws:
    """Fit all three to positive currents J of at least three lengths N, shape (K,) each; errors count where there are any (`evened`)."""
    x, inverse, relative = N.astype(float), 1 / J, evened(errors / J)
    weighted = bool(np.all(relative > 0))
    weights = relative**-2 / np.mean(relative**-2) if weighted else np.ones_like(x)

    def misfit(model: Real) -> float:
        """Root mean square of what a law leaves; logarithms keep a law that is far off finite."""
        return float(np.sqrt(np.mean(weights * np.clip(model, -1e3, 1e3) ** 2)))

    def logarithmic(basis: Real) -> tuple[float, float]:
        """Slope of ln 1/J over a basis, and its misfit."""
        slope, _, _ = line(basis, np.log(inverse), relative)
        rest = np.log(inverse) - slope * basis
        return slope, misfit(rest - np.average(rest, weights=weights))

    r, R, slope_error, intercept_error, contact_error = affine(x, inverse, relative * inverse)
    (power, power_misfit), (growth, exponential_misfit) = logarithmic(np.log(x)), logarithmic(x)
    return Laws(
        intercept=R,
        slope=r,
        intercept_error=intercept_error,
        slope_error=slope_error,
        contact_error=contact_error,
        power=power,
        length=1 / growth if growth > 0 else np.inf,
        affine_misfit=misfit((R + r * x) / inverse - 1),
        power_misfit=power_misfit,
        exponential_misfit=exponential_misfit,
        noise=float(1 / np.sqrt(np.mean(relative**-2))) if weighted else 0.0,
    )


def unexplained(N: Real, J: Real, fitted: Laws) -> tuple[float, float]:
    """Largest deviation of 1/J > 0 from the affine law, relative to 1/J and to its range over the lengths."""
    rest = np.abs(fitted.intercept + fitted.slope * N - 1 / J)
    spread = float(np.ptp(1 / J))
    return float(np.max(rest * J)), float(rest.max()) / spread if spread > 0 else np.inf


def local_exponents(N: Real, J: Real, errors: Real) -> tuple[Real, Real, Real]:
    """Geometric means of neighbouring lengths, local α of J ∝ N^(α-1) there, and its error; each of shape (K-1,)."""
    x, relative = np.log(N), errors / np.abs(J)
    local = 1 + np.diff(np.log(np.abs(J))) / np.diff(x)
    return np.exp((x[1:] + x[:-1]) / 2), local, np.hypot(relative[1:], relative[:-1]) / np.diff(x)


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


def affine(x: Real, y: Real, errors: Real) -> tuple[float, float, float, float, float]:
    """Slope and intercept of y over x, and the errors of slope, intercept and their sum.

    Relative deviations count where no errors are given.
    """
    weighted = bool(np.all(errors > 0))
    scale = errors if weighted else np.abs(y)
    A = np.stack([x, np.ones_like(x)], axis=1) / scale[:, None]
    (slope, intercept), *_ = np.linalg.lstsq(A, y / scale, rcond=None)
    inverse = np.linalg.pinv(A, rcond=1e-300)  # rows may differ by as many orders as the currents do
    covariance = inverse @ inverse.T
    if not weighted:
        covariance *= float(((A @ [slope, intercept] - y / scale) ** 2).sum()) / max(1, len(x) - 2)
    slope_error, intercept_error = np.sqrt(np.diag(covariance))
    sum_error = np.sqrt(max(0.0, float(covariance.sum())))
    return float(slope), float(intercept), float(slope_error), float(intercept_error), float(sum_error)
