"""The rate equation in a shell of configurations: by eigenvectors, or by steps where they are too many."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy

from caloriq._checks import Real
from caloriq.errors import InvalidInput

DENSE = 1500  # configurations of a shell up to which eigenvectors are used
MOST = 1e5  # fastest rate times time beyond it


def stepped(K: Any, start: Real, times: Real) -> Real:
    """e^(Kt) P for a shell too large for eigenvectors, from one time to the next, shape (T, C)."""
    steps = np.diff(times, prepend=0.0)
    work = float(-K.diagonal().min()) * float(times[-1])
    if work > MOST:
        raise InvalidInput(
            f"`times` must end before {times[-1] * MOST / work:.3g} for a shell of {start.size} configurations, but they do not (got {times[-1]:g}); take earlier times or fewer subunits"
        )
    out = np.empty((times.size, start.size))
    P = start
    for k, step in enumerate(steps.tolist()):
        P = scipy.sparse.linalg.expm_multiply(K * step, P) if step > 0 else P
        out[k] = P
    return out


def symmetrised(K: Any, sizes: Real, start: Real, times: Real) -> Real:
    """e^(Kt) P for K that is symmetric between P/√n, shape (T, C)."""
    root = np.sqrt(sizes)
    values, vectors = np.linalg.eigh(K.toarray() * root / root[:, None])
    modes = vectors.T @ (start / root)
    found: Real = (np.exp(np.outer(times, np.minimum(values, 0.0))) * modes) @ vectors.T * root
    return found
