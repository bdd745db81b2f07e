"""Threads of small problems: waking them costs more than they bring."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from functools import cache
from typing import Any, TypeVar

Item = TypeVar("Item")
Value = TypeVar("Value")


@cache
def _pools() -> Any:
    """The thread pools of the libraries that are loaded; finding them takes milliseconds."""
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


@contextmanager
def serial(*, blas: bool, kernels: bool) -> Iterator[None]:
    """One thread for BLAS, for the compiled kernels, or for both, while it lasts; as many as there were afterwards.

    BLAS threads spin after a product. Where products and kernels take turns, the kernels do better alone.
    """
    with (
        _pools().limit(limits=1, user_api="blas") if blas else nullcontext(),
        _one_of_numba() if kernels else nullcontext(),
    ):
        yield


@contextmanager
def _one_of_numba() -> Iterator[None]:
    import numba

    before = numba.get_num_threads()
    numba.set_num_threads(1)
    try:
        yield
    finally:
        numba.set_num_threads(before)


def each(task: Callable[[Item], Value], items: Sequence[Item]) -> list[Value]:
    """Results for all items, computed side by side on threads with one BLAS thread each; for work that releases the lock."""
    with _pools().limit(limits=1, user_api="blas"), ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(task, items))
