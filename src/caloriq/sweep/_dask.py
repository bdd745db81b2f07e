"""Tasks on Dask: a scheduler and workers on any number of machines."""

from __future__ import annotations

import logging
import queue
import re
import signal
import threading
import time
import uuid
import warnings
from collections.abc import Iterator
from concurrent.futures import CancelledError, Future, InvalidStateError
from contextlib import ExitStack, contextmanager, suppress
from multiprocessing import resource_tracker
from pathlib import Path
from typing import Any

from caloriq.errors import InvalidInput
from caloriq.sweep import _tasks
from caloriq.sweep._tasks import NoWorkers, Pool, Task, WorkerLost, cores, said

AT_ONCE = 256  # tasks in one message to the scheduler
BYTES_AT_ONCE = 2_000_000
FRESH = 1.0  # seconds for which the number of workers is believed
POLL = 0.1  # seconds after which what is done is looked for without being told
SETTINGS = {
    "distributed.admin.large-graph-warning-threshold": "1 TB",
    "distributed.worker.profile.enabled": False,  # of the workers that are started here
    # a worker that is ended as it starts has its own silence taken off too early
    "distributed.nanny.pre-spawn-environ.DASK_LOGGING__DISTRIBUTED": "critical",
}
LOGGERS = ("distributed", "dask", "dask_jobqueue", "tornado", "asyncio")


def connect(address: str, timeout: float, setup: tuple[bytes, ...]) -> DaskPool:
    """Workers at an address, as `Dask` has it.

    Raises
    ------
    InvalidInput
        If Dask is missing, the address is none, the scheduler does not answer in time, or the cluster's file does not fit.
    """
    try:
        import distributed
    except ImportError:
        raise InvalidInput(
            "`dask` must be installed to run on Dask, but it is not; pip install 'caloriq[dask]'"
        ) from None
    with ExitStack() as stack:
        stack.enter_context(_quiet())
        with _no_interrupt():
            cluster, target = _cluster(address)
            if cluster is not None:
                stack.callback(_close, cluster)
            try:
                client = distributed.Client(
                    cluster or target, timeout=timeout, set_as_default=False, heartbeat_interval=None
                )
            except (OSError, ValueError, TypeError, ImportError) as error:
                raise InvalidInput(
                    f"`dask` must be the address of a running scheduler, but none answers there within {timeout:g} s (got {address!r}: {said(error)})"
                ) from None
            stack.callback(_close, client)
            pool = DaskPool(client, setup, stack.pop_all())
    return pool


class DaskPool(Pool):
    """Tasks through a client of Dask, many in one message where many wait.

    One thread sends, another fetches; Dask's own executor sends and fetches every task for itself.

    Parameters
    ----------
    client : distributed.Client
        Connected to a scheduler.
    setup : tuple of bytes
        What every worker is given once.
    stack : ExitStack
        What is closed with the pool.
    """

    def __init__(self, client: Any, setup: tuple[bytes, ...], stack: ExitStack) -> None:
        from distributed import as_completed

        super().__init__()
        self._client, self._stack = client, stack
        self._address = str(client.scheduler.address)
        self._key = uuid.uuid4().hex if setup else ""
        if setup:
            client.register_plugin(_plugin(self._key, setup))
        self._sent: dict[Any, Future[Any]] = {}
        self._running = as_completed(loop=client.loop)
        self._work = threading.Event()
        self._count, self._counted = 0, -FRESH
        self._threads = [
            threading.Thread(target=target, name=f"caloriq-dask-{name}", daemon=True)
            for name, target in (("send", self._send), ("fetch", self._fetch))
        ]
        for thread in self._threads:
            thread.start()

    @property
    def label(self) -> str:
        """Address and number of workers."""
        return f"Dask at {self._address}, {self.count} {'worker' if self.count == 1 else 'workers'}"

    @property
    def count(self) -> int:
        """Threads of all workers, at most a second old; 0 as long as none has arrived."""
        now = time.monotonic()
        if now - self._counted > FRESH and not (self._broken or self._closed):
            with suppress(OSError, TypeError, ValueError, CancelledError):
                self._count = sum(self._client.nthreads().values())
            self._counted = now
        return self._count

    def close(self) -> None:
        """Cancel what has not been answered, and end what was started."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
        self._tasks.put(None)
        self._work.set()
        self._threads[0].join()
        waiting = list(self._sent)
        if waiting and self._broken is None:
            with suppress(Exception):
                self._client.cancel(waiting, force=True)
        self._threads[1].join()
        self._drain(None)
        for future in self._sent.values():
            self._fail(future)
        if self._key and self._broken is None:
            with suppress(Exception):
                self._client.unregister_worker_plugin(self._key)
        self._sent.clear()
        waiting.clear()
        self._stack.close()

    def _send(self) -> None:
        """Everything that waits, in few messages."""
        while not self._closed:
            first = self._tasks.get()
            batch, size = [], 0
            while first is not None:
                if first[0].set_running_or_notify_cancel():
                    batch.append(first)
                    size += len(first[1])
                if len(batch) == AT_ONCE or size > BYTES_AT_ONCE:
                    break
                try:
                    first = self._tasks.get_nowait()
                except queue.Empty:
                    break
            if self._broken is not None or self._closed:
                for future, _ in batch:
                    self._fail(future)
            elif batch:
                self._map(batch)

    def _map(self, batch: list[Task]) -> None:
        try:
            remote = self._client.map(
                _tasks.answer, [self._key] * len(batch), [task for _, task in batch], key="caloriq", pure=False
            )
        except Exception as error:  # the client has been closed under us
            self._lose(said(error))
            for future, _ in batch:
                self._fail(future)
            return
        with self._lock:
            self._sent.update(zip(remote, (future for future, _ in batch), strict=True))
            self._running.update(remote)
        self._work.set()

    def _fetch(self) -> None:
        """Everything that is done, in one message; nobody else takes from this queue, for who looks and then takes may wait forever."""
        while not self._closed:
            self._work.wait()
            self._work.clear()
            while not (self._closed or self._running.is_empty()):
                done = self._running.next_batch(block=False)
                if done:
                    self._take(done)
                else:
                    with self._running.thread_condition:
                        self._running.thread_condition.wait(POLL)

    def _take(self, done: list[Any]) -> None:
        finished = [remote for remote in done if remote.status == "finished"]
        try:
            for remote, outcome in zip(finished, self._client.gather(finished), strict=True):
                _tasks.settle(self._sent.pop(remote), outcome)
        except Exception as error:  # lost between the message and the fetch
            self._lose(said(error))
        for remote in done:
            future = self._sent.pop(remote, None)
            if future is None:
                continue
            if remote.status == "error":
                _reject(future, _refused(remote.exception()))
            else:
                self._lose("the connection is lost")
                self._fail(future)

    def _lose(self, why: str) -> None:
        with self._lock:
            if self._broken is None and not self._closed:
                self._broken = f"the Dask scheduler at {self._address} must stay within reach, but it is gone ({why}); start one again, and the sweep goes on from its ledger"
                self._tasks.put(None)
                self._count = 0

    def _fail(self, future: Future[Any]) -> None:
        _reject(future, NoWorkers(self._broken) if self._broken and not self._closed else CancelledError())


def _reject(future: Future[Any], error: BaseException) -> None:
    with suppress(InvalidStateError):
        if not future.running():
            future.set_running_or_notify_cancel()
        future.set_exception(error)


def _refused(error: BaseException) -> BaseException:
    """What Dask says of a task that it gives up."""
    from distributed import KilledWorker

    if isinstance(error, KilledWorker):
        return WorkerLost(
            "the Dask workers must outlive their task, but they ended in the middle, one after the other, perhaps for want of memory"
        )
    return NoWorkers(
        f"the Dask workers must run caloriq, but a task fails before it begins ({type(error).__name__}: {said(error)}); install the same version there"
    )


def _plugin(key: str, setup: tuple[bytes, ...]) -> Any:
    from distributed import WorkerPlugin

    class Keeper(WorkerPlugin):  # type: ignore[misc]
        """What the tasks share, on every worker there is and will be; sent by value."""

        name = key

        def setup(self, worker: Any) -> None:  # noqa: ARG002
            from caloriq.sweep import _tasks

            _tasks.keep(key, setup)

        def teardown(self, worker: Any) -> None:  # noqa: ARG002
            from caloriq.sweep import _tasks

            _tasks.drop(key)

    return Keeper()


def _cluster(address: str) -> tuple[Any, str]:
    """A cluster that is started for this address, or None and the scheduler's address."""
    local = re.fullmatch(r"local(?::([1-9]\d*))?", address)
    if local:
        return _local(int(local.group(1)) if local.group(1) else None), ""
    if Path(address).suffix in (".yaml", ".yml"):
        from caloriq.sweep._jobs import job_cluster

        return job_cluster(Path(address)), ""
    if Path(address).suffix == ".json":
        return None, _scheduler_file(Path(address))
    if re.match(r"local(:|$)", address) or not re.fullmatch(r"(?:[a-z]+://)?[^\s/:]+:\d+|[a-z]+://[^\s/]+", address):
        raise InvalidInput(
            f"`dask` must be local, local:N, an address like tcp://host:8786, or a file .yaml or .json, but it is not (got {address!r})"
        )
    return None, address


def _scheduler_file(path: Path) -> str:
    import json

    try:
        return str(json.loads(path.read_text(encoding="utf-8"))["address"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InvalidInput(
            f"`dask` must be a scheduler file with an address, but it is not ({said(error)}) (got {str(path)!r})"
        ) from None


def _local(count: int | None) -> Any:
    from distributed import LocalCluster

    try:
        return LocalCluster(
            n_workers=count or cores(),
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            dashboard_address=None,
            silence_logs=logging.CRITICAL,
        )
    except (RuntimeError, OSError) as error:
        raise NoWorkers(
            f'`workers` must start, but they do not ({said(error)}); in a script, call from below `if __name__ == "__main__":`'
        ) from None


def _close(what: Any) -> None:
    with suppress(Exception), _no_interrupt():
        what.close(timeout=5)


@contextmanager
def _quiet() -> Iterator[None]:
    """Dask tells what it does in logs and warnings; what matters here is told by exceptions."""
    import dask

    names = [name for name in logging.root.manager.loggerDict if name.split(".")[0] in LOGGERS] + list(LOGGERS)
    levels = {name: logging.getLogger(name).level for name in names}
    for name in names:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    try:
        with dask.config.set(SETTINGS), warnings.catch_warnings():
            for module in ("distributed", "dask", "dask_jobqueue", "tornado"):
                warnings.filterwarnings("ignore", module=rf"{module}(\..*)?$")
            warnings.filterwarnings("ignore", category=ResourceWarning)
            yield
    finally:
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)


@contextmanager
def _no_interrupt() -> Iterator[None]:
    """Threads and processes that start meanwhile never see Ctrl-C; this thread sees it afterwards."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    resource_tracker.ensure_running()  # its start unblocks SIGINT
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
