"""Where a sweep runs: in this process, on processes of this machine, on Dask, or under MPI."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from caloriq.errors import InvalidInput
from caloriq.sweep import _tasks
from caloriq.sweep._tasks import NoWorkers, WorkerLost, Workers, cores, setup

__all__ = [
    "Dask",
    "Here",
    "Inline",
    "Mpi",
    "NoWorkers",
    "Processes",
    "Where",
    "WorkerLost",
    "Workers",
    "cores",
    "open_workers",
    "setup",
]


@dataclass(frozen=True, slots=True)
class Inline:
    """In this process, one task after the other: a task is done when `submit` returns."""


@dataclass(frozen=True, slots=True)
class Processes:
    """On processes of this machine, with one thread each."""

    count: int | None = None  # number of processes; by default one for each core that this process may use

    def __post_init__(self) -> None:
        if self.count is not None and (
            isinstance(self.count, bool) or not isinstance(self.count, int) or self.count < 1
        ):
            raise InvalidInput(f"`workers` must be a number of processes from 1, but it is not (got {self.count!r})")


@dataclass(frozen=True, slots=True)
class Dask:
    """On Dask.

    Parameters
    ----------
    address : str
        "local" or "local:4" for that many worker processes here; the address of a scheduler, tcp://host:8786; its
        scheduler file (.json); or a YAML file with `kind: slurm` (pbs, sge, lsf, ...), `jobs: 4`, and what the
        dask-jobqueue cluster of that kind takes (cores, memory, walltime, queue, ...).
    timeout : float
        Seconds in which a scheduler must answer.
    """

    address: str = "local"
    timeout: float = 5.0


@dataclass(frozen=True, slots=True)
class Mpi:
    """On the ranks of an MPI program: `mpiexec -n 9 python -m mpi4py.futures -m caloriq ...` has 8 workers."""


Where = Inline | Processes | Dask | Mpi


@contextmanager
def open_workers(where: Where | Executor, *, setup: tuple[bytes, ...] | None = None) -> Iterator[Workers]:
    """Workers, for as long as the context lasts; leaving it ends every process that was started for them.

    Parameters
    ----------
    where : Inline, Processes, Dask, Mpi or concurrent.futures.Executor
        Where the tasks run. An executor is used as it is and stays open.
    setup : tuple of bytes, optional
        What every worker is given once; a task reads it by `setup()` of this module.

    Yields
    ------
    Workers
        `.submit(function, *args)` gives a concurrent.futures.Future. It raises what the function raised; `WorkerLost`
        if the worker ended in the middle (it is replaced; the other tasks go on); `NoWorkers` if none is left.

    Raises
    ------
    InvalidInput
        If a package is missing, the scheduler does not answer, or a cluster's file does not fit.

    Notes
    -----
    The cost of a task on top of its work is about 0.1 ms on processes and 2 to 3 ms on a local Dask cluster of two workers.
    """
    workers = _opened(where, setup or ())
    try:
        yield workers
    finally:
        workers.close()


def _opened(where: Where | Executor, setup: tuple[bytes, ...]) -> Workers:
    if isinstance(where, Inline):
        return Here(setup)
    if isinstance(where, Processes):
        from caloriq.sweep._processes import ProcessPool

        return ProcessPool(where.count or cores(), setup)
    if isinstance(where, Dask):
        from caloriq.sweep._dask import connect

        return connect(where.address, where.timeout, setup)
    if isinstance(where, Mpi):
        from caloriq.sweep._mpi import MpiPool

        return MpiPool(setup)
    if isinstance(where, Executor):
        return _Lent(where, setup)
    raise InvalidInput(
        f"`where` must be Inline, Processes, Dask, Mpi or an executor, but it is not (got {type(where).__name__})"
    )


class Here:
    """Tasks in this process."""

    label, count = "this process", 1

    def __init__(self, setup: tuple[bytes, ...]) -> None:
        self._setup = setup

    def submit(self, function: Callable[..., Any], /, *args: Any) -> Future[Any]:
        """Run function(*args) now."""
        future: Future[Any] = Future()
        future.set_running_or_notify_cancel()
        try:
            with _tasks.given(self._setup):
                future.set_result(function(*args))
        except Exception as error:
            future.set_exception(error)
        return future

    def close(self) -> None:
        """Nothing to end."""


class _Lent:
    """Tasks on an executor of the caller's."""

    def __init__(self, executor: Executor, setup: tuple[bytes, ...]) -> None:
        self._executor, self._setup = executor, setup
        self.label = type(executor).__name__
        self.count = int(getattr(executor, "_max_workers", None) or cores())

    def submit(self, function: Callable[..., Any], /, *args: Any) -> Future[Any]:
        """Run function(*args) there."""
        return self._executor.submit(_tasks.run_with, self._setup, _tasks.packed(function, args))

    def close(self) -> None:
        """Nothing to end: the caller has opened it."""
