"""The server of the page: on this machine alone, behind a guard, until it is told to end."""

from __future__ import annotations

import logging
import os
import socket
import tempfile
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from caloriq.lab.card import Card
    from caloriq.lab.jobs import Jobs

LOG = logging.getLogger(__name__)
TICK = 0.5  # s between two looks at the queue
ABSENT = 30.0  # s that a page may be away before what it showed is forgotten


def cards() -> tuple[type[Card], ...]:
    """Cards in their order."""
    from caloriq.lab.cards.driven import DrivenCard
    from caloriq.lab.cards.file import FileCard
    from caloriq.lab.cards.modular import ModularCard
    from caloriq.lab.cards.own import OwnCard
    from caloriq.lab.cards.populations import PopulationsCard
    from caloriq.lab.cards.sweep import SweepCard
    from caloriq.lab.cards.verdict import VerdictCard

    return ModularCard, DrivenCard, OwnCard, PopulationsCard, VerdictCard, SweepCard, FileCard


def pages(jobs: Jobs) -> None:
    """Declare all pages."""
    from nicegui import app, ui

    from caloriq.errors import InvalidInput
    from caloriq.lab.home import home
    from caloriq.lab.job_view import JobView
    from caloriq.lab.lab import Lab
    from caloriq.lab.runs_view import RunsView
    from caloriq.lab.sheet import Sheet
    from caloriq.lab.shell import shell
    from caloriq.records.database import state_folder

    lab = Lab(jobs, state_folder() / "lab")
    known = cards()

    @ui.page("/")
    def start() -> None:
        with shell(known, "", "Heat in quantum systems"):
            home(lab, known)

    def declare(kind: type[Card]) -> None:
        @ui.page(f"/{kind.name}")
        def one() -> None:
            with shell(known, kind.name, kind.title), ui.element("div").classes("w-full") as box:
                try:
                    Sheet(lab, kind())
                except Exception:  # a draft that cannot be shown must not close its card for ever
                    LOG.exception("what stood on the card %s could not be shown", kind.name)
                    box.clear()
                    lab.drafts.put(kind.name, kind.default)
                    ui.label("What stood here could not be shown; the card begins anew.").classes("says q-pa-md")
                    Sheet(lab, kind())

    for kind in known:
        declare(kind)

    @ui.page("/runs")
    def all_runs() -> None:
        with shell(known, "runs", "Runs"):
            RunsView(lab)

    @ui.page("/runs/{name}")
    def one_run(name: str) -> None:
        with shell(known, "runs", "Run"), ui.element("div").classes("w-full q-pa-md"):
            try:
                job = jobs.get(name)
            except InvalidInput as error:
                ui.label(str(error)).classes("sentence")
            else:
                JobView(lab, job.id)

    app.on_startup(lambda: app.timer(TICK, jobs.tick))
    app.on_startup(lambda: app.timer(TICK, lab.drafts.write))
    app.on_shutdown(lab.drafts.write)
    app.on_startup(lambda: threading.Thread(target=warmed, daemon=True).start())


def warmed() -> None:
    """Compile and import what the first answers need, before they are asked for."""
    from contextlib import suppress

    from caloriq.lab import asked, schema
    from caloriq.lab.presets import presets

    presets()
    for kind in cards():
        with suppress(Exception):  # it will be told on the page
            run = asked.read(kind.default)
            kind().answer(run)
            for one in kind.kinds[:1]:
                schema.of_model(one)


def built(jobs: Jobs, token: str, port: int, once: str = "") -> Any:
    """The application: pages behind the guard."""
    os.environ.setdefault("NICEGUI_STORAGE_PATH", tempfile.gettempdir())  # nothing is kept there
    from fastapi import FastAPI
    from nicegui import ui

    from caloriq.lab.guard import Guard

    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    pages(jobs)
    # no Tailwind: it looks through the page after every change; shell.STYLE has the few classes that are used
    quiet: dict[str, Any] = {"tailwind": False, "show_welcome_message": False}
    ui.run_with(app, title="caloriq", dark=None, language="en-US", reconnect_timeout=ABSENT, **quiet)
    return Guard(app, token, port, once)


def serve(own: socket.socket, token: str, jobs: Jobs, once: str = "") -> None:
    """Serve until the process is told to end.

    Parameters
    ----------
    own : socket
        Bound to this machine's own address.
    token : str
        Without which nothing is answered.
    jobs : Jobs
        The queue of runs.
    once : str, optional
        Another key, which opens the page once.
    """
    import uvicorn

    app = built(jobs, token, own.getsockname()[1], once)
    config = uvicorn.Config(app, log_level="warning", lifespan="on", timeout_graceful_shutdown=2, ws_max_size=2**22)
    uvicorn.Server(config).run(sockets=[own])
