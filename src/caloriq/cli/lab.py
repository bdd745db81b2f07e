"""`caloriq lab`: the page, on this machine alone, until it is ended; the runs that it started go on."""

from __future__ import annotations

import secrets
import socket
import threading
from importlib.util import find_spec
from typing import Annotated

import typer

from caloriq.cli.options import RESULTS, Out
from caloriq.errors import InvalidInput

HERE = "127.0.0.1"
LIBRARIES = ("nicegui", "plotly")


def lab(
    port: Annotated[int | None, typer.Option(help="Of this machine; any free one without.")] = None,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open the page.")] = True,
    workers: Annotated[int | None, typer.Option(help="Runs side by side; half as many as cores without.")] = None,
    out: Out = RESULTS,
) -> None:
    """Models, sliders, verdicts and runs on a page in the browser; nothing leaves this machine.

    The address holds a key: whoever has it can use the page. Runs are commands of their own: they outlive the page, and it finds
    them again.
    """
    missing = [name for name in LIBRARIES if find_spec(name) is None]
    if missing:
        raise InvalidInput(
            f"`lab` must have its libraries, but they are not installed (got no module {missing[0]}); pip install 'caloriq[lab]', or '.[lab]' in the folder of the source"
        )
    from importlib import import_module

    from caloriq.lab.jobs import Jobs, usual_workers

    jobs = Jobs(out, usual_workers() if workers is None else workers)
    jobs.all()  # a database that cannot be used is told before the page is there
    token, once = secrets.token_urlsafe(32), secrets.token_urlsafe(32)  # the second goes by the browser's command line
    serve = import_module("caloriq.lab.server").serve
    with _listening(port) as own:
        address = f"http://{HERE}:{own.getsockname()[1]}/?token="
        try:
            print(f"caloriq lab: {address}{token}\nCtrl-C ends it; runs go on", flush=True)
            if browser:
                _opened(address + once)
            serve(own, token, jobs, once if browser else "")
        except KeyboardInterrupt:
            raise typer.Abort(_left(jobs)) from None
    print(f"caloriq lab: {_left(jobs)}")


def _listening(port: int | None) -> socket.socket:
    """A socket that takes connections from this machine alone.

    Raises
    ------
    InvalidInput
        If the port is none, or taken.
    """
    if port is not None and not 0 <= port <= 65535:
        raise InvalidInput(f"`port` must lie between 0 and 65535, but it does not (got {port})")
    own = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        own.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        own.bind((HERE, port or 0))
        own.listen(128)
    except OSError as error:
        own.close()
        raise InvalidInput(
            f"`port` must be one that is free, but it is not ({error.strerror}) (got {port}); leave it out to take any"
        ) from None
    return own


def _opened(address: str) -> None:
    """The browser, beside the page that it is to show."""
    import webbrowser

    threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()


def _left(jobs: object) -> str:
    """What goes on when the page is gone."""
    from caloriq.lab.jobs import Jobs

    assert isinstance(jobs, Jobs)
    found = [job.status for job in jobs.all()]
    runs, waits = found.count("running"), found.count("queued")
    if not runs + waits:
        return "the page is closed"
    return f"the page is closed; {runs} running and {waits} waiting runs are kept: those that run go on, the others when it is opened again"
