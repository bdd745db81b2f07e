"""Products with the coupling blocks: the way to the compiled kernels, and their NumPy twins."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray

Real = NDArray[np.float64]
Blocks = Sequence[tuple[slice, slice, Real, Real | None]]  # rows, columns, real and imaginary part


def numba_available() -> bool:
    """Whether Numba can be imported (it is not imported here)."""
    return find_spec("numba") is not None


WAITING = {"OMP_WAIT_POLICY": "passive", "GOMP_SPINCOUNT": "3000"}  # turns, some 0.1 ms


@contextmanager
def _patient_threads() -> Iterator[None]:
    """Start OpenMP's threads so that they spin for a moment and then sleep while they wait, unless the user has said otherwise.

    Spinning saves the waking, a tenth of a millisecond a product, on an idle machine; beside other work it keeps the core
    that the late thread needs, and a run without a bound takes five to eight times as long. Spun for about as long as a
    waking takes, a product loses no more than that. The settings are read when the library is loaded; they are taken back after.
    """
    if any(name in os.environ for name in WAITING):
        yield
        return
    os.environ.update(WAITING)
    try:
        yield
    finally:
        for name in WAITING:
            del os.environ[name]


@cache
def compiled(module: str = "caloriq.linalg._compiled") -> Any:
    """Module of Numba kernels, which are compiled on first use and cached on disk."""
    with _patient_threads():
        import numba

        numba.set_num_threads(numba.get_num_threads())  # starts the threads
    return import_module(module)


@cache
def threads() -> int:
    """Threads that products run on: as many as Numba has when the first is made."""
    compiled()
    import numba

    return int(numba.get_num_threads())


def threads_now() -> int:
    """Threads that a product may take at this moment; `threads.serial` and Numba's own setting count."""
    return int(_threads_of_numba()())


@cache
def _threads_of_numba() -> Callable[[], int]:
    compiled()
    import numba

    found: Callable[[], int] = numba.get_num_threads
    return found


def couple_numpy(blocks: Blocks, x: Real) -> Real:
    """Off-diagonal part of H x for x of shape (2, D), in NumPy."""
    y = np.zeros_like(x)
    for here, there, re, im in blocks:
        right, left = x[:, there].T, x[:, here].T  # (n, 2)
        up, down = re @ right, re.T @ left
        y[:, here] += up.T
        y[:, there] += down.T
        if im is not None:
            up, down = im @ right, im.T @ left
            y[0, here] -= up[:, 1]
            y[1, here] += up[:, 0]
            y[0, there] += down[:, 1]
            y[1, there] -= down[:, 0]
    return y


def couple_block(blocks: Blocks, x: Real) -> Real:
    """Off-diagonal part of H X for k vectors at once, x of shape (D, 2, k): real matrix products only."""
    k = x.shape[2]
    y = np.zeros_like(x)
    for here, there, re, im in blocks:
        rows, columns = re.shape
        right, left = x[there].reshape(columns, 2 * k), x[here].reshape(rows, 2 * k)
        y[here] += (re @ right).reshape(rows, 2, k)
        y[there] += (re.T @ left).reshape(columns, 2, k)
        if im is not None:
            up, down = (im @ right).reshape(rows, 2, k), (im.T @ left).reshape(columns, 2, k)
            y[here, 0] -= up[:, 1]
            y[here, 1] += up[:, 0]
            y[there, 0] += down[:, 1]
            y[there, 1] -= down[:, 0]
    return y
