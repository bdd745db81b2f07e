"""What a worker does with a task, wherever it runs, and how a worker is lost."""

from __future__ import annotations

import os
import pickle
import queue
import signal
import threading
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Future, InvalidStateError
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import Any, Protocol

from caloriq.errors import CaloriqError

Task = tuple[Future[Any], bytes]

_kept: dict[str, tuple[bytes, ...]] = {}
_mine: ContextVar[tuple[bytes, ...]] = ContextVar("_mine", default=())


class WorkerLost(CaloriqError, RuntimeError):
    """The worker ended in the middle of a task; the message says what is known. The task may be submitted again."""


class NoWorkers(CaloriqError, RuntimeError):
    """No worker can be had any more: they do not start, or the scheduler is gone."""


class Workers(Protocol):
    """Tasks in, futures out.

    Attributes
    ----------
    label : str
        Where the tasks run, in words.
    count : int
        Tasks that run at once; 0 while no worker of a cluster has arrived.
    """

    @property
    def label(self) -> str: ...
    @property
    def count(self) -> int: ...
    def submit(self, function: Callable[..., Any], /, *args: Any) -> Future[Any]: ...
    def close(self) -> None: ...


class Pool:
    """Tasks that wait in this process, with their futures, until the workers are closed or broken."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tasks: queue.SimpleQueue[Task | None] = queue.SimpleQueue()
        self._broken: str | None = None
        self._closed = False

    def submit(self, function: Callable[..., Any], /, *args: Any) -> Future[Any]:
        """Run function(*args) on the next free worker."""
        task = packed(function, args)
        future: Future[Any] = Future()
        with self._lock:
            if self._closed:
                raise RuntimeError("the workers are closed")
            if self._broken is not None:
                raise NoWorkers(self._broken)
            self._tasks.put((future, task))
        return future

    def _drain(self, error: str | None) -> None:
        """Answer the tasks that wait: cancelled, or with the error."""
        with suppress(queue.Empty):
            while True:
                task = self._tasks.get_nowait()
                if task is not None:
                    give_up(task[0], error)


def give_up(future: Future[Any], error: str | None) -> None:
    """Cancel a task, or answer it with the error."""
    if error is None and future.cancel():
        future.set_running_or_notify_cancel()
        return
    with suppress(InvalidStateError):
        future.set_exception(CancelledError() if error is None else NoWorkers(error))


def settle(future: Future[Any], outcome: bytes) -> None:
    """Give a task the outcome that `answer` packed."""
    try:
        done, value = pickle.loads(outcome)
    except Exception as error:
        done, value = False, error
    if done:
        future.set_result(value)
    else:
        future.set_exception(value)


def said(error: BaseException) -> str:
    """What an error says, in one line."""
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)


def cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def setup() -> tuple[bytes, ...]:
    """What `open_workers(setup=...)` gave to every worker once; for the task that is running."""
    return _mine.get()


def keep(key: str, setup: tuple[bytes, ...]) -> None:
    """Keep what the tasks of one pool share, on the worker."""
    _kept[key] = setup


def drop(key: str) -> None:
    """Forget it."""
    _kept.pop(key, None)


@contextmanager
def given(setup: tuple[bytes, ...]) -> Iterator[None]:
    """While it lasts, `setup()` returns this."""
    token = _mine.set(setup)
    try:
        yield
    finally:
        _mine.reset(token)


def packed(function: Callable[..., Any], args: tuple[Any, ...]) -> bytes:
    """A task as bytes: no worker and no scheduler looks into its arguments."""
    return pickle.dumps((function, args), protocol=5)


def run(key: str, task: bytes) -> Any:
    """Run a packed task with what the pool's tasks share."""
    return run_with(_kept.get(key, ()), task)


def run_with(setup: tuple[bytes, ...], task: bytes) -> Any:
    """Run a packed task that brings along what the tasks share."""
    function, args = pickle.loads(task)
    with given(setup):
        return function(*args)


def answer(key: str, task: bytes) -> bytes:
    """Outcome of a task as bytes: (True, value) or (False, exception)."""
    try:
        return pickle.dumps((True, run(key, task)), protocol=5)
    except BaseException as error:
        return _failure(error)


def _failure(error: BaseException) -> bytes:
    text = "".join(traceback.format_exception(error))
    error.__traceback__ = None
    error.add_note(f"On the worker:\n{text}")
    try:
        sent = pickle.dumps((False, error), protocol=5)
        pickle.loads(sent)
    except Exception:
        plain = RuntimeError(f"{type(error).__name__}: {error}")
        plain.add_note(f"On the worker:\n{text}")
        return pickle.dumps((False, plain), protocol=5)
    return sent


def ending(code: int | None) -> str:
    """How a process ended, in words.

    Parameters
    ----------
    code : int or None
        Exit code; −n for signal n, None if it is not known.
    """
    if code is None:
        return "it cannot be told how"
    if code >= 0:
        return f"exit code {code}"
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = f"signal {-code}"
    return f"{name}, perhaps for want of memory" if name == "SIGKILL" else name
