"""The verb: a sweep, from its plan to its dataset; what was answered before is not asked again."""

from __future__ import annotations

import glob
import logging
import re
import shutil
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from caloriq import _checks, provenance, store
from caloriq.errors import Incomplete, InvalidInput
from caloriq.files import NoSpace, usable, write_json
from caloriq.results import Progress
from caloriq.sweep.definition import Sweep
from caloriq.sweep.engine import Ledgers, Tally, Tell, crew, drive, source_of
from caloriq.sweep.gather import consolidate, gathered
from caloriq.sweep.ledger import Busy, Ledger, held
from caloriq.sweep.plan import Plan
from caloriq.sweep.survey import Form, Stops, survey
from caloriq.sweep.workers import Dask, Inline, Mpi, Processes, Where

if TYPE_CHECKING:
    import xarray as xr

LOG = logging.getLogger(__name__)
LEFT = 60.0  # seconds after which an unfinished file is nobody's


@dataclass(frozen=True)
class Place:
    """Where the files of a sweep are."""

    folder: Path  # OUT/NAME
    name: str  # of the sweep: that of its file
    file: Path | None = None  # the file, where there is one

    def ledger(self, shard: tuple[int, int] = (0, 1)) -> Path:
        """The ledger of a part, counted from 0."""
        part, parts = shard
        return self.folder / f"{self.name}-ledger{'' if parts == 1 else f'-{part + 1}-of-{parts}'}.sqlite"

    def ledgers(self) -> list[Path]:
        """All that are there."""
        return sorted(self.folder.glob(f"{glob.escape(self.name)}-ledger*.sqlite"))

    @property
    def data(self) -> Path:
        """The dataset."""
        return self.folder / f"{self.name}.zarr.zip"


@dataclass(frozen=True)
class Swept:
    """What a run of a sweep came to."""

    tally: Tally  # points answered in it and before it
    missing: int | None  # points of the whole plan without an answer; None where that cannot be seen from here
    failed: int  # points with an error instead of an answer
    seconds: float  # how long it took
    workers: str  # where it ran
    data: Path | None  # the dataset, where no point is missing
    stops: Stops | None = None  # where ensembles stopped that have a bound


@contextmanager
def ledgers_of(place: Place | None, shard: tuple[int, int] = (0, 1), *, write: bool = True) -> Iterator[Ledgers]:
    """The ledger to write to, and the others of the sweep that are read.

    A whole run holds all of them. A shard holds its own and those of other divisions, but leaves its sisters alone: they
    have other points. To read only, a ledger that is being written must be so on this machine, since SQLite's journal
    is shared through its memory.

    Raises
    ------
    InvalidInput
        If another run writes to one that this run needs.
    """
    if place is None:
        with Ledger(None) as own:
            yield Ledgers(own)
        return
    with ExitStack() as stack:
        here = place.ledger(shard)
        if write:
            with _no_space():
                usable(place.folder)
                others = _hold(stack, place, shard, ())
                own = stack.enter_context(Ledger(here))
                others += _hold(stack, place, shard, others)  # one that began between the look and the claim
            if shard[1] == 1:
                _tidy(place)
        else:
            found = place.ledgers()
            here, others = (found or [here])[0], found[1:]
            for path in found:
                stack.enter_context(held(path, reading=True))
            own = stack.enter_context(Ledger(here, write=False))
        yield Ledgers(own, tuple(stack.enter_context(Ledger(path, write=False)) for path in others))


def _tidy(place: Place) -> None:
    """Remove what runs left that were killed while they wrote the dataset. A whole run holds all ledgers, and whoever came
    to read them just now has younger files.
    """
    before = time.time() - LEFT
    data, name = glob.escape(place.data.stem), glob.escape(place.name)
    for pattern in (".gathering-*", f".{data}.*{place.data.suffix}", f".{name}-provenance.*.json"):
        for path in place.folder.glob(pattern):
            with suppress(OSError):
                if path.stat().st_mtime > before:
                    continue
                if path.is_dir():
                    shutil.rmtree(path, ignore_errors=True)
                else:
                    path.unlink()


def _hold(stack: ExitStack, place: Place, shard: tuple[int, int], known: Sequence[Path]) -> list[Path]:
    """Keep others from writing to the ledgers that have points of this part; those that are not known already."""
    new = [
        path
        for path in place.ledgers()
        if path != place.ledger(shard) and (shard[1] == 1 or _parts(path) != shard[1]) and path not in known
    ]
    for path in new:
        stack.enter_context(held(path))
    return new


def _parts(path: Path) -> int:
    """Number of shards in the name of a ledger; 1 of a whole run's."""
    found = re.search(r"-ledger-\d+-of-(\d+)$", path.stem)
    return int(found[1]) if found else 1


def shard_of(text: str) -> tuple[int, int]:
    """Part, from 0, and number of parts, from "3/8".

    Raises
    ------
    InvalidInput
        If it is not of that form.
    """
    found = re.fullmatch(r"(\d+)/(\d+)", text.strip())
    part, parts = (int(found[1]), int(found[2])) if found else (0, 0)
    if not 1 <= part <= parts:
        raise InvalidInput(f"`shard` must be a part of how many, such as 1/8, but it is not (got {text!r})")
    return part - 1, parts


def execute(
    sweep: Sweep,
    place: Place,
    *,
    where: Where | Executor,
    shard: tuple[int, int] = (0, 1),
    retry_failed: bool = False,
    tell: Tell = lambda _: None,
    command: str = "",
) -> Swept:
    """Answer what is not answered, and write the dataset where nothing is missing.

    Parameters
    ----------
    sweep : Sweep
        What is asked.
    place : Place
        Where its files are.
    where : Where or Executor
        Where it runs.
    shard : tuple of int
        This part, from 0, of how many.
    retry_failed : bool
        Ask points again that have an error.
    tell : callable
        Called with events.
    command : str
        For the provenance.

    Raises
    ------
    InvalidInput
        If a value is not valid, another run writes to the ledger, or the workers cannot be reached.
    Incomplete
        If the ledger can be written no more.
    """
    clock = time.perf_counter()
    plan = Plan(sweep)
    plan.admit()
    with ledgers_of(place, shard) as ledgers, crew(plan, where) as workers:
        done, failed = ledgers.own.count()
        LOG.info(
            "%d points on %s; %d answers and %d errors are in %s",
            plan.points,
            workers.label,
            done,
            failed,
            ledgers.own.path,
        )
        source = source_of(plan, ledgers, shard=shard, retry=retry_failed)
        run = ledgers.own.started({"workers": workers.label, **provenance.of(sweep, command=command)})
        tell(
            {"event": "start", "points": source.tally.total, "workers": workers.label, "ledger": str(ledgers.own.path)}
        )
        tally = drive(source, workers, tell)
        label = workers.label
        ledgers.own.ended(run, seconds=time.perf_counter() - clock, done=tally.done, failed=tally.failed)
    form, data = _finish(plan, place)
    missing, failed = (None, tally.failed + tally.known_failed) if form is None else (form.counts[0], form.counts[2])
    stops = None if form is None else form.stops
    return Swept(tally, missing, failed, time.perf_counter() - clock, label, data, stops)


def _finish(plan: Plan, place: Place) -> tuple[Form | None, Path | None]:
    """What is there, and the dataset where nothing is missing; None where shards on other machines still run."""
    try:
        with ledgers_of(place, write=False) as ledgers:
            form = survey(plan, ledgers)
            return form, None if form.counts[0] else write_data(plan, ledgers, form, place)
    except Busy:
        return None, None


def write_data(plan: Plan, ledgers: Ledgers, form: Form, place: Place) -> Path:
    """The dataset, and beside it what made it."""
    runs = [note for one in (ledgers.own, *ledgers.others) for note in one.runs()]
    with _no_space():
        written = consolidate(plan, ledgers, form, place.data)
        source = {} if place.file is None else {"file": provenance.source_of(place.file, place.folder)}
        write_json(place.folder / f"{place.name}-provenance.json", provenance.of(plan.sweep, runs=runs, **source))
    return written


@contextmanager
def _no_space() -> Iterator[None]:
    """A full disk is no bad input: what was answered is in the ledger, and the sweep can go on."""
    try:
        yield
    except NoSpace as error:
        raise Incomplete(f"{error}; what was answered is kept, make space and run again") from None


def export(sweep: Sweep, place: Place) -> tuple[Path, tuple[int, int, int]]:
    """Write the dataset of what has been answered so far; NaN stands where nothing has. Returns its path and the counts."""
    plan = Plan(sweep)
    with ledgers_of(place, write=False) as ledgers:
        form = survey(plan, ledgers)
        return write_data(plan, ledgers, form, place), form.counts


def run_sweep(
    sweep: Sweep,
    *,
    out: str | Path | None = None,
    name: str = "sweep",
    workers: int | Dask | Mpi | Executor | None = 1,
    shard: str | None = None,
    retry_failed: bool = False,
    progress: Progress | None = None,
) -> xr.Dataset:
    """Ask a question at all points of a sweep.

    Parameters
    ----------
    sweep : Sweep
        Model, what varies, and the question.
    out : path, optional
        Folder; files go to `out`/`name`, and what is found there is not asked again. Without it nothing is written.
    name : str
        Of the files.
    workers : int, Dask, Mpi, concurrent.futures.Executor or None
        Processes; 1 stays in this one, None takes as many as there are cores. Or where else: Dask("tcp://host:8786"), Mpi(),
        or any executor, which is used as it is and stays open.
    shard : str, optional
        One part of several, such as "3/8", each with a ledger of its own in `out`; the dataset then holds what all parts have
        answered by now.
    retry_failed : bool
        Ask points again that have an error in `out`.
    progress : callable, optional
        Called with (done, total).

    Returns
    -------
    Dataset
        Variables of the answers over the dimensions of the sweep; `sample` is the last of them for an ensemble, whose
        means and standard errors stand beside it. `status`, `method`, `certificate` and `worst_certificate` for every
        point; a point that failed is NaN.

    Raises
    ------
    InvalidInput
        If a value is not valid.
    Incomplete
        If points failed; with `out`, the dataset and their errors are kept there.

    Notes
    -----
    No number depends on the workers, on the order or on other points: seeds follow from the content of a point, and
    every point is computed on one thread.
    """
    _checks.instance("sweep", sweep, Sweep)
    where, errors = _where(workers), list[str]()
    if out is None:
        if shard is not None or retry_failed:
            raise InvalidInput(
                f"`out` must be given with `shard` or `retry_failed`, but it is not (got shard={shard!r}, retry_failed={retry_failed})"
            )
        found = answered(sweep, where=where, progress=progress, errors=errors)
        if found.attrs["failed"]:
            raise Incomplete(failed_sentence(found.attrs["failed"], errors, None))
        return found
    place, part = Place(Path(out) / name, name), (0, 1) if shard is None else shard_of(shard)
    outcome = execute(sweep, place, where=where, shard=part, retry_failed=retry_failed, tell=_told(progress, errors))
    if outcome.failed:
        raise Incomplete(failed_sentence(outcome.failed, errors, place))
    return store.load(outcome.data if outcome.data is not None else export(sweep, place)[0])


def _where(workers: Any) -> Where | Executor:
    """Where a sweep runs, from what the verb is given."""
    if isinstance(workers, Dask | Mpi | Executor):
        return workers
    if workers is not None and (isinstance(workers, bool) or not isinstance(workers, int) or workers < 1):
        raise InvalidInput(
            f"`workers` must be a whole number of at least 1, Dask, Mpi, an executor, or None, but it is not (got {_checks.shown(workers)})"
        )
    return Inline() if workers == 1 else Processes(workers)


def answered(
    sweep: Sweep,
    *,
    where: Where | Executor | None = None,
    progress: Progress | None = None,
    errors: list[str] | None = None,
) -> xr.Dataset:
    """Dataset of a sweep whose ledger is in memory; points that failed are NaN, and their errors are added to `errors`."""
    plan = Plan(sweep)
    plan.admit()
    with ledgers_of(None) as ledgers, crew(plan, where or Inline()) as hands:
        drive(source_of(plan, ledgers), hands, _told(progress, [] if errors is None else errors))
        return gathered(plan, ledgers)


def _told(progress: Progress | None, errors: list[str]) -> Tell:
    """Events as progress, and the errors among them as a list."""

    def tell(event: dict[str, Any]) -> None:
        if event["event"] == "failed":
            errors.append(event["error"])
        if progress is not None and event["event"] == "progress" and event["total"]:
            progress(event["known"] + event["done"] + event["failed"], event["total"])

    return tell


def failed_sentence(failed: int, errors: Sequence[str], place: Place | None) -> str:
    """How many points failed, and why the first did."""
    first = f", the first by {errors[0]}" if errors else ""
    kept = "" if place is None else f"; the others are in {place.folder.as_posix()}, and retry_failed asks again"
    return f"`sweep` must be answered at every point, but {failed} failed{first} (got {failed} errors){kept}"
