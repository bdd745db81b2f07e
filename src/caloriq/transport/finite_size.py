"""The error of a law at finite length: a random term that fades with the length, of a size that is not known beforehand.

Its size and its shape are nuisances, integrated over. The constants were chosen by calibration (docs/design/0045-laws-by-likelihood.md).
"""

from __future__ import annotations

import numpy as np

from caloriq._checks import Real

# the prior scale: size at the smallest length, relative to R, uniform in its logarithm between these
LEAST, MOST = 1e-6, 0.3
STEPS = 13  # so many sizes on the grid: two a factor of three
# it falls as N to minus this, is smooth in ln N over this, and this share of its variance differs from length to length
SHAPES = ((2.0, 0.4, 1e-3), (1.0, 1.5, 1e-4), (1.0, 5.0, 1e-6))  # each as likely
WIDE = 4.0  # largest over smallest length from which the lengths tell the size of the term
BELIEVED = 0.3  # share of the evidence about that size that counts over less: what is smooth hides in the parameters
FLOOR = 1e-10  # rounding of a current


def whitened(N: Real, relative: Real) -> tuple[Real, Real]:
    """Inverse Cholesky factors (T, K, K) and log volumes (T,) of the error of R/R, for T terms that are equally likely."""
    apart = np.subtract.outer(np.log(N), np.log(N))
    shapes = []
    for fading, memory, rough in SHAPES:
        smooth = (1 - rough) * np.exp(-((apart / memory) ** 2) / 2) + rough * np.eye(len(N))
        shapes.append(np.multiply.outer(N[0] / N, N[0] / N) ** fading * smooth)
    sizes = np.geomspace(LEAST, MOST, STEPS)[:, None, None, None]
    covariance = (sizes**2 * np.array(shapes)).reshape(-1, len(N), len(N)) + np.diag(relative**2 + FLOOR**2)
    factor = np.linalg.cholesky(covariance)
    volume = -np.log(np.diagonal(factor, axis1=1, axis2=2)).sum(axis=1) - len(N) / 2 * np.log(2 * np.pi)
    return np.linalg.inv(factor), volume


def believed(N: Real) -> float:
    """Which share of the evidence about the size of the term counts in intervals."""
    return 1.0 if N[-1] >= WIDE * N[0] else BELIEVED
