"""Products with the coupling blocks: the way to the compiled kernels, and their NumPy twins."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.util import find_spec
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Real = NDArray[np.float64]


class Kernels(NamedTuple):
    """Compiled functions of `_compiled` and the number of threads they run on."""

    couple: Any
    chebyshev: Any
    fold: Any
    threads: int


def numba_available() -> bool:
    """Whether Numba can be imported (it is not imported here)."""
    return find_spec("numba") is not None


@contextmanager
def _patient_threads() -> Iterator[None]:
    """Start OpenMP's threads so that they sleep while they wait, unless the user has said otherwise.

    Spinning saves the waking, tens of microseconds a product, on an idle machine; beside other work it keeps the core
    that the late thread needs, and a run takes five to eight times as long. The setting is read when the library is loaded; it is taken back after.
    """
    if "OMP_WAIT_POLICY" in os.environ:
        yield
        return
    os.environ["OMP_WAIT_POLICY"] = "passive"
    try:
        yield
    finally:
        del os.environ["OMP_WAIT_POLICY"]


@cache
def compiled() -> Kernels:
    """Numba kernels, compiled on first use and cached on disk."""
    with _patient_threads():
        import numba

        numba.set_num_threads(numba.get_num_threads())  # starts the threads
    from caloriq.linalg import _compiled

    return Kernels(_compiled.couple, _compiled.chebyshev, _compiled.fold, int(numba.get_num_threads()))


def couple_numpy(re: Real, im: Real | None, x: Real) -> Real:
    """Off-diagonal part of H x for x of shape (2, N, n), in NumPy."""
    y = np.zeros_like(x)
    for b in range(re.shape[0]):
        right, left = x[:, b + 1].T, x[:, b].T  # (n, 2)
        up, down = re[b] @ right, re[b].T @ left
        y[:, b] += up.T
        y[:, b + 1] += down.T
        if im is not None:
            up, down = im[b] @ right, im[b].T @ left
            y[0, b] -= up[:, 1]
            y[1, b] += up[:, 0]
            y[0, b + 1] += down[:, 1]
            y[1, b + 1] -= down[:, 0]
    return y


def couple_block(re: Real, im: Real | None, x: Real) -> Real:
    """Off-diagonal part of H X for k vectors at once, x of shape (N, n, 2, k): real matrix products only."""
    N, n, _, k = x.shape
    y = np.zeros_like(x)
    for b in range(N - 1):
        right, left = x[b + 1].reshape(n, 2 * k), x[b].reshape(n, 2 * k)
        y[b] += (re[b] @ right).reshape(n, 2, k)
        y[b + 1] += (re[b].T @ left).reshape(n, 2, k)
        if im is not None:
            up, down = (im[b] @ right).reshape(n, 2, k), (im[b].T @ left).reshape(n, 2, k)
            y[b, :, 0] -= up[:, 1]
            y[b, :, 1] += up[:, 0]
            y[b + 1, :, 0] += down[:, 1]
            y[b + 1, :, 1] -= down[:, 0]
    return y
