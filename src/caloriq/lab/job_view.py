"""A run on the page: how far it is, what it says, and in the end what it found."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from caloriq import wording
from caloriq.errors import CaloriqError
from caloriq.lab import generic
from caloriq.lab.elements import called, table, table_html
from caloriq.lab.job import private, tail
from caloriq.lab.panel import Film, Panel
from caloriq.lab.results import Results, results, sentence
from caloriq.lab.verdict_view import verdict_view

if TYPE_CHECKING:
    from caloriq.lab.job import Job
    from caloriq.lab.lab import Lab
    from caloriq.verdicts.routes.evidence import Evidence

EVERY = 0.5  # s between two looks
EVIDENCE = "progress.evidence.jsonl"
FILMS = 2
PLAIN = (str, int, float, bool)


class JobView:
    """One run, as it goes on.

    Parameters
    ----------
    lab : Lab
        That has it.
    name : str
        Its id.
    """

    def __init__(self, lab: Lab, name: str) -> None:
        from nicegui import ui

        self.lab, self.name = lab, name
        self.told = ""
        card = called(ui.card(), f"Run {name}").classes("w-full panel job").props('flat bordered role="group"')
        with card:
            with ui.row().classes("w-full items-center gap-2"):
                self.title = ui.link("", f"/runs/{name}").classes("panel-title")
                self.status = ui.badge("queued").props('outline role="status"')
                ui.space()
                self.stop = ui.button("Stop", icon="stop", on_click=self._stop).props("no-caps flat dense")
                self.again = ui.button("Run again", icon="replay", on_click=self._again).props("no-caps flat dense")
            self.bar = called(ui.linear_progress(value=0, show_value=False), f"Progress of run {name}")
            self.bar.props("indeterminate")
            self.text = ui.label("").classes("small")
            self.evidence = ui.html("", sanitize=False).classes("scroll")
            self.found = ui.column().classes("w-full gap-3")
            with ui.expansion("what it says", value=False).classes("w-full fold").props("dense"):
                self.log = ui.html("", sanitize=False, tag="pre").classes("log")
                self.log.props('tabindex="0" role="region" aria-label="Output of the run"')
        self.timer = ui.timer(EVERY, self._look)
        self._look()

    def _look(self) -> None:
        try:
            job = self.lab.jobs.get(self.name)
        except CaloriqError as error:
            self.timer.cancel()
            self.text.set_text(str(error))
            return
        progress = self.lab.jobs.progress(job)
        self.title.set_text(f"{job.name}, {job.kind} {job.id}")
        self.status.set_text(job.status)
        self.stop.set_visibility(not job.over)
        self.again.set_visibility(job.over)
        self.bar.set_visibility(not job.over)
        if progress.fraction is None:
            self.bar.props("indeterminate")
        else:
            self.bar.props(remove="indeterminate")
            self.bar.set_value(round(progress.fraction, 3))
        told = progress.text if not job.over else job.error
        self.text.set_text(", ".join(filter(None, (told, wording.duration(job.seconds) if job.started else ""))))
        self._log(job)
        self._evidence(job)
        if job.over:
            from nicegui import background_tasks

            self.timer.cancel()
            self.again.set_text("Go on" if job.goes_on else "Run again")
            background_tasks.create(self._show(job), name=f"caloriq results {job.id}")

    async def _show(self, job: Job) -> None:
        """What it found; read beside the page's own thread, which answers others meanwhile."""
        found = await asyncio.to_thread(results, job)
        if not self.found.is_deleted:
            with self.found:
                show_results(job, found)

    def _log(self, job: Job) -> None:
        from html import escape

        said = self.lab.jobs.log(job)[-8000:]
        if said != self.told:
            self.told = said
            self.log.set_content(escape(said))

    def _evidence(self, job: Job) -> None:
        """Pieces of evidence as they come; those of a verdict that has ended stand in its table."""
        if job.kind != "verdict" or job.over:
            self.evidence.set_content("")
            return
        from caloriq.verdicts.routes.evidence import HEADINGS, Evidence

        lines = _lines(tail(private(self.name) / EVIDENCE))
        rows = [evidence_row(Evidence.from_mapping(one)) for one in lines]
        if rows:
            self.evidence.set_content(table_html(HEADINGS, rows))

    def _stop(self) -> None:
        try:
            self.lab.jobs.stop(self.name)
        except CaloriqError as error:
            self.text.set_text(str(error))

    def _again(self) -> None:
        from nicegui import ui

        ui.navigate.to(f"/runs/{self.lab.jobs.again(self.name)}")


def _lines(text: str) -> list[dict[str, Any]]:
    """JSON lines; one that is not whole yet is left out."""
    found = []
    for line in text.splitlines():
        try:
            one = json.loads(line)
        except ValueError:
            continue
        if isinstance(one, dict):
            found.append(one)
    return found


def evidence_row(one: Evidence) -> tuple[str, ...]:
    """A line of the table of routes as they end: one that does not apply says so."""
    route, said, *rest = one.row
    return route, "does not apply" if one.refused else said, *rest


def show_results(job: Job, found: Results) -> None:
    """What a run found: the judgement, its numbers, its plots, its files."""
    from nicegui import ui

    grade, said = sentence(found.summary)
    if said:
        with ui.element("div").props('role="status"'):
            if grade:
                ui.label(grade).classes("grade")
            ui.label(said).classes("sentence")
    if found.missing:
        ui.label(found.missing).classes("small")
    if job.kind == "verdict" and "evidence" in found.summary:
        verdict_view(found.summary)
    else:
        _plots(found)
        _numbers(found.summary)
    _files(job, found)


def _plots(found: Results) -> None:
    from nicegui import ui

    with ui.element("div").classes("panels"):
        for data in found.datasets.values():
            for one in generic.drawn(data):
                Panel(one.title).show(one.figure, data, one.names)
            for moving in list(generic.films(data))[:FILMS]:
                generic.roll(Film(moving.title), moving, data)


def _numbers(summary: Mapping[str, Any]) -> None:
    rows = []
    for name, value in summary.items():
        if name in ("verdict", "sentence", "notes", "digest", "grade") or not isinstance(value, PLAIN):
            continue
        shown = f"{value:.6g}" if isinstance(value, float) and math.isfinite(value) else str(value)
        rows.append((name.replace("_", " "), shown))
    if rows:
        table(("quantity", "value"), rows, "Numbers")


def _files(job: Job, found: Results) -> None:
    """Its files, each to be taken away; what is sent is looked up here, not asked for by a path."""
    from nicegui import ui

    if not found.files:
        return
    with ui.expansion(f"files ({len(found.files)})", value=False).classes("w-full fold").props("dense"):
        ui.label(str(job.results)).classes("small")
        with ui.row().classes("gap-1"):
            for file in found.files:
                ui.button(
                    file.name,
                    icon="download",
                    on_click=lambda _, file=file: ui.download.content(file.read_bytes(), file.name),
                ).props("no-caps flat dense")
