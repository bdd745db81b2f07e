"""How far long work is: a bar in a terminal or in a notebook, nothing where nobody looks."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from html import escape
from itertools import accumulate
from typing import Any

Tell = Callable[[float, float], None]  # called with (done, total) as work goes on
EVERY = 0.1  # seconds at least between two bars of a notebook


@dataclass(frozen=True)
class _Told:
    """Takes how far the work is, and in words how it stands."""

    tell: Tell
    said: Callable[[str], Any]

    def __call__(self, done: float, total: float) -> None:
        self.tell(done, total)


def say(progress: Tell | None, text: str) -> None:
    """In words, how the work stands, where that which is told how far it is can show words."""
    said = getattr(progress, "said", None)
    if said is not None:
        said(text)


def shares(progress: Tell | None, weights: Sequence[float]) -> list[Tell | None]:
    """One of them for every part of some work, each moving its share of the whole; words go through."""
    if progress is None:
        return [None] * len(weights)
    total, starts = sum(weights), [0.0, *accumulate(weights)]

    def part(k: int) -> _Told:
        return _Told(
            lambda done, of: progress(starts[k] + weights[k] * done / of, total), lambda text: say(progress, text)
        )

    return [part(k) for k in range(len(weights))]


@contextmanager
def progress_bar(title: str) -> Iterator[Tell | None]:
    """Bar for work that takes `progress=`; None, which such work ignores, where neither terminal nor notebook is there.

    Parameters
    ----------
    title : str
        Stands beside the bar.

    Yields
    ------
    callable or None
        To be called with (done, total). Costs a microsecond, and a millisecond ten times a second.

    Examples
    --------
    >>> import caloriq as cq
    >>> from caloriq.progress import progress_bar
    >>> hot, cold = cq.Bath(site=0, temperature=2.0, rate=1.0), cq.Bath(site=-1, temperature=1.0, rate=1.0)
    >>> wire = cq.SpinChain(sites=3, frequency=1.0, hopping=1.0, dephasing=0.5, baths=(hot, cold))
    >>> with progress_bar("chains of spins") as progress:
    ...     found = cq.scaling(wire, [3, 6, 12], progress=progress)
    """
    if in_notebook():
        with _in_html(title) as tell:
            yield tell
    elif sys.stderr.isatty():
        with _in_terminal(title) as tell:
            yield tell
    else:
        yield None


def in_notebook() -> bool:
    """Whether a kernel of Jupyter runs this, which shows HTML."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return type(shell).__name__ == "ZMQInteractiveShell"


@contextmanager
def _in_terminal(title: str) -> Iterator[Tell]:
    """On standard error, gone when the work is done."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=1.0)
        yield _Told(
            lambda done, total: bar.update(task, completed=done / total),
            lambda text: bar.update(task, description=f"{title}: {text}"),
        )


@contextmanager
def _in_html(title: str) -> Iterator[Tell]:
    """A bar in the cell; a line that tells the seconds when the work is done, or where it ended."""
    from IPython.display import display

    begun, last, share, words = time.perf_counter(), 0.0, 0.0, ""
    shown: Any = display(_Html(bar_html(title, 0.0, 0.0)), display_id=True)  # type: ignore[no-untyped-call]

    def tell(done: float, total: float) -> None:
        nonlocal last, share
        now, share = time.perf_counter(), done / total if total else 0.0
        if now - last >= EVERY:
            last = now
            shown.update(_Html(bar_html(title + words, share, now - begun)))

    def said(text: str) -> None:
        nonlocal words
        words = f": {text}"

    try:
        yield _Told(tell, said)
    except BaseException:
        shown.update(_Html(f"<div>{escape(title)}: ended at {100 * share:.0f} %</div>"))
        raise
    shown.update(_Html(f"<div>{escape(title)}: done in {time.perf_counter() - begun:.1f} s</div>"))


@dataclass(frozen=True)
class _Html:
    """What a cell shows as it is written."""

    data: str

    def _repr_html_(self) -> str:
        return self.data


def bar_html(title: str, share: float, seconds: float) -> str:
    """A bar as HTML, in the colours of the page; the time that is left where it can be told.

    Parameters
    ----------
    title : str
        Beside it.
    share : float
        Of the work that is done, 0 to 1.
    seconds : float
        It has taken.
    """
    share = min(max(share, 0.0), 1.0)
    left = f", {seconds * (1 - share) / share:.0f} s left" if share > 0 else ""
    named = escape(title, quote=True)
    return (
        f'<div>{named} <progress value="{share:.4f}" max="1" aria-label="{named}"></progress>'
        f" {100 * share:.0f} %, {seconds:.0f} s{left}</div>"
    )
