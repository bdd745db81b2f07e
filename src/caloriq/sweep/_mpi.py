"""Tasks on the ranks of an MPI program."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from caloriq.errors import InvalidInput
from caloriq.sweep import _tasks

HOW = "mpiexec -n 9 python -m mpi4py.futures -m caloriq sweep run FILE --mpi"


class MpiPool:
    """The ranks beside rank 0, by mpi4py.futures; the end of one rank is the end of the whole MPI program.

    Raises
    ------
    InvalidInput
        If mpi4py is missing or the program was not started with `python -m mpi4py.futures`.
    """

    def __init__(self, setup: tuple[bytes, ...]) -> None:
        try:
            from mpi4py.futures import MPIPoolExecutor, _core
        except (ImportError, RuntimeError) as error:  # RuntimeError: there is no MPI library
            raise InvalidInput(
                f"`mpi4py` must be installed, with an MPI library, to run under MPI, but it is not ({_tasks.said(error)}); pip install 'caloriq[mpi]'"
            ) from None
        if _core.SharedPool is None:  # ranks would be started one by one, which most MPI libraries refuse
            raise InvalidInput(f"`--mpi` must be used in an MPI program, but this is none; {HOW}")
        self._executor = MPIPoolExecutor(initializer=_tasks.keep, initargs=("", setup))
        self.count = int(self._executor.num_workers)
        self.label = f"MPI, {self.count} {'worker' if self.count == 1 else 'workers'}"

    def submit(self, function: Callable[..., Any], /, *args: Any) -> Future[Any]:
        """Run function(*args) on the next free rank."""
        future: Future[Any] = self._executor.submit(_tasks.run, "", _tasks.packed(function, args))
        return future

    def close(self) -> None:
        """Cancel what waits; what runs is finished first: a rank cannot be stopped alone."""
        self._executor.shutdown(wait=True, cancel_futures=True)
