"""Tasks on processes of this machine: one thread of the parent for each, so that the end of one touches no other."""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import queue
import signal
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import CancelledError
from contextlib import contextmanager, suppress
from multiprocessing import connection, resource_tracker
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING

from caloriq.sweep import _tasks
from caloriq.sweep._tasks import Pool, Task, WorkerLost

if TYPE_CHECKING:
    from multiprocessing.context import SpawnProcess

ONE_THREAD = {f"{library}_NUM_THREADS": "1" for library in ("OMP", "OPENBLAS", "MKL", "BLIS", "NUMEXPR", "NUMBA")} | {
    "VECLIB_MAXIMUM_THREADS": "1"
}
READY, BEGUN = b"ready", b"begun"
GUARD = 'in a script, call from below `if __name__ == "__main__":`'
TRIES = 3  # deaths in a row of workers that have not come up
_starting = threading.Lock()


class ProcessPool(Pool):
    """Processes started by spawn, each with one thread for BLAS, OpenMP and the compiled kernels.

    A worker holds one task at a time; the others wait in the parent, where the death of a worker cannot reach them.

    Parameters
    ----------
    count : int
        Number of processes.
    setup : tuple of bytes
        What every worker is given once.
    """

    def __init__(self, count: int, setup: tuple[bytes, ...]) -> None:
        super().__init__()
        self.count = count
        self.label = "1 process" if count == 1 else f"{count} processes"
        self._setup = setup
        self._alive: set[SpawnProcess] = set()
        self._failed = 0
        resource_tracker.ensure_running()  # before SIGINT is blocked: its start unblocks it
        self._threads = [threading.Thread(target=self._lead, name=f"caloriq-{k}", daemon=True) for k in range(count)]
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """End every process at once; what has not been answered is cancelled."""
        with self._lock:
            self._closed = True
            alive = tuple(self._alive)
        self._drain(None)
        for process in alive:
            process.kill()
        for _ in self._threads:
            self._tasks.put(None)
        for thread in self._threads:
            thread.join()

    def _lead(self) -> None:
        """One worker after the other, until the pool is closed or none can start."""
        if hasattr(signal, "pthread_sigmask"):  # inherited by the processes: Ctrl-C is the parent's matter
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        task: Task | None = None
        try:
            while not (self._closed or self._broken):
                with self._worker() as worker:
                    if worker is not None:
                        task = self._feed(worker, task)
        except Exception as error:  # nobody would hear of it, and the tasks would wait for ever
            self._broken = f"`workers` must go on, but {type(error).__name__}: {error}"
        if task is not None:
            _tasks.give_up(task[0], self._broken)
        if self._broken:
            self._drain(self._broken)

    @contextmanager
    def _worker(self) -> Iterator[_Worker | None]:
        """A worker that is up; None if it ended before."""
        worker = None
        with self._lock:
            if not self._closed:
                try:
                    worker = _Worker(self._setup)
                    self._alive.add(worker.process)
                except (OSError, RuntimeError, AssertionError) as error:  # the system's, or multiprocessing's own
                    why = _tasks.said(error)
                    self._broken = f"`workers` must start, but this process cannot start another ({why}); {GUARD}"
        if worker is None:
            yield None
            return
        try:
            yield worker if self._came_up(worker) else None
        finally:
            worker.end()
            with self._lock:
                self._alive.discard(worker.process)

    def _came_up(self, worker: _Worker) -> bool:
        try:
            worker.expect(READY)
        except (EOFError, OSError):
            code = worker.end(lost=True)
            with self._lock:
                self._failed += 1
                if not self._closed and (self._failed >= TRIES or (code or 0) > 0):
                    self._broken = (
                        f"`workers` must start, but a new process ends before its first task ({_tasks.ending(code)}); "
                        f"{GUARD}"
                    )
            return False
        with self._lock:
            self._failed = 0
        return True

    def _feed(self, worker: _Worker, task: Task | None) -> Task | None:
        """Tasks to a worker until it ends; the task that it took but did not begin, for the next worker."""
        while True:
            if task is None:
                task = self._next(worker)
                if task is None:
                    return None
            future, content = task
            begun = False
            try:
                worker.pipe.send_bytes(content)
                worker.expect(BEGUN)
                begun = True
                outcome = worker.pipe.recv_bytes()
            except (EOFError, OSError):
                if not begun and not self._closed:
                    return task
                if self._closed:
                    future.set_exception(CancelledError())
                else:
                    how = _tasks.ending(worker.end(lost=True))
                    future.set_exception(
                        WorkerLost(f"the worker process must outlive its task, but it ended in the middle ({how})")
                    )
                return None
            _tasks.settle(future, outcome)
            task = None

    def _next(self, worker: _Worker) -> Task | None:
        """The next task that is still wanted; None if the pool is at its end or the idle worker has ended."""
        while not (self._closed or self._broken):
            try:
                task = self._tasks.get(timeout=1.0)
            except queue.Empty:
                if not worker.process.is_alive():
                    return None
                continue
            if task is None:
                return None
            if task[0].set_running_or_notify_cancel():
                return task
        return None


class _Worker:
    """One process and the parent's end of its pipe."""

    def __init__(self, setup: tuple[bytes, ...]) -> None:
        spawn = multiprocessing.get_context("spawn")
        self.pipe, theirs = spawn.Pipe()
        self.process = spawn.Process(target=_serve, args=(theirs, setup), daemon=True)
        try:
            with environment(ONE_THREAD), _program():
                self.process.start()
        finally:
            theirs.close()

    def expect(self, message: bytes) -> None:
        """Wait for a message of the protocol."""
        if self.pipe.recv_bytes() != message:
            raise EOFError

    def end(self, *, lost: bool = False) -> int | None:
        """Exit code; a process that is not lost is ended."""
        if lost:
            self.process.join(2.0)
        self.process.kill()
        self.process.join()
        self.pipe.close()
        for _ in range(100):  # another thread may be reading the code just now
            if self.process.exitcode is not None:
                break
            time.sleep(0.001)
        return self.process.exitcode


@contextmanager
def environment(changes: Mapping[str, str]) -> Iterator[None]:
    """Environment of the processes that are started while it lasts; this process has its own back afterwards."""
    with _starting:
        before = {key: os.environ.get(key) for key in changes}
        os.environ.update(changes)
        try:
            yield
        finally:
            for key, value in before.items():
                if value is None:
                    del os.environ[key]
                else:
                    os.environ[key] = value


@contextmanager
def _program() -> Iterator[None]:
    """A program that is read from standard input is no file that a worker could load: it need not, tasks are ours."""
    main = sys.modules.get("__main__")
    name = getattr(main, "__file__", None)
    if main is None or name is None or os.path.exists(name):
        yield
        return
    del main.__file__
    try:
        yield
    finally:
        main.__file__ = name


def _serve(pipe: Connection, setup: tuple[bytes, ...]) -> None:
    """A worker: tasks in, outcomes out, until the parent closes the pipe or is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    _end_with_parent()
    _tasks.keep("", setup)
    with suppress(EOFError, OSError):
        pipe.send_bytes(READY)
        while True:
            task = pipe.recv_bytes()
            pipe.send_bytes(BEGUN)
            pipe.send_bytes(_tasks.answer("", task))


def _end_with_parent() -> None:
    """End when the parent does, in the middle of a computation too.

    The thread cannot run while a library holds the interpreter's lock; on Linux the system itself sends SIGKILL
    when the parent's thread that started this process ends, and that one lives as long as the pool.
    """
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def watch() -> None:
        connection.wait([parent.sentinel])
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
        if os.getppid() != parent.pid:
            os._exit(1)
