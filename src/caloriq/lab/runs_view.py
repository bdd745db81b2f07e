"""The runs of the page, and those of the command line: browse, compare, run again, delete."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from caloriq import wording
from caloriq.errors import CaloriqError
from caloriq.lab.elements import table
from caloriq.records.compared import sentence

if TYPE_CHECKING:
    from caloriq.lab.job import Job
    from caloriq.lab.lab import Lab

EVERY = 1.0  # s between two looks
MOST = 200  # runs of the registry that are listed
TWO = 2
SAYS = '<q-td :props="props" class="says-cell"><div :title="props.value">{{ props.value }}</div></q-td>'
COLUMNS = ("id", "kind", "name", "asked", "took", "status", "says")


class RunsView:
    """A table of runs, of which one or two are chosen."""

    def __init__(self, lab: Lab) -> None:
        from nicegui import ui

        self.lab = lab
        self.rows: list[dict[str, Any]] = []
        with ui.element("div").classes("w-full q-pa-md"):
            ui.label("Runs of this page").classes("panel-title")
            with ui.row().classes("gap-1 items-center"):
                self.buttons = {
                    "open": ui.button("Open", icon="open_in_new", on_click=self._open),
                    "stop": ui.button("Stop", icon="stop", on_click=self._stop),
                    "again": ui.button("Run again", icon="replay", on_click=self._again),
                    "compare": ui.button("Compare two", icon="compare_arrows", on_click=self._compare),
                    "delete": ui.button("Delete", icon="delete", on_click=self._ask_delete),
                }
                for one in self.buttons.values():
                    one.props("no-caps flat dense")
            columns = [{"name": n, "label": n, "field": n, "align": "left", "sortable": True} for n in COLUMNS]
            self.table = ui.table(columns=columns, rows=[], row_key="id", selection="multiple", pagination=20)
            self.table.classes("w-full").props('flat bordered dense wrap-cells aria-label="Runs of this page"')
            self.table.add_slot("body-cell-says", SAYS)
            for slot, words in (("header-selection", "'all runs'"), ("body-selection", "'run ' + props.row.id")):
                self.table.add_slot(slot, f'<q-checkbox dense v-model="props.selected" :aria-label="{words}" />')
            self.table.on_select(lambda _: self._enable())
            self.compared = ui.column().classes("w-full")
            with ui.expansion("runs of the command line", value=False).classes("w-full fold").props("dense"):
                self._registry()
        self.timer = ui.timer(EVERY, self._look)
        self._look()
        self._enable()

    @property
    def chosen(self) -> list[str]:
        """Ids of the rows that are chosen."""
        return [row["id"] for row in self.table.selected]

    def _look(self) -> None:
        rows = [_row(self.lab, job) for job in self.lab.jobs.all()]
        if rows != self.rows:
            self.rows = rows
            self.table.rows = rows
            self.table.update()
            self._enable()

    def _enable(self) -> None:
        chosen = self.chosen
        states = {row["id"]: row["status"] for row in self.rows}
        one = len(chosen) == 1 and chosen[0] in states
        going = one and states[chosen[0]] in ("queued", "running")
        for name, able in (
            ("open", one),
            ("stop", going),
            ("again", one and not going),
            ("compare", len(chosen) == TWO),
            ("delete", bool(chosen) and all(states.get(c) not in ("queued", "running") for c in chosen)),
        ):
            self.buttons[name].set_enabled(able)

    def _open(self) -> None:
        from nicegui import ui

        ui.navigate.to(f"/runs/{self.chosen[0]}")

    def _stop(self) -> None:
        self._tried(lambda: self.lab.jobs.stop(self.chosen[0]))

    def _again(self) -> None:
        self._tried(lambda: self.lab.jobs.again(self.chosen[0]))

    def _tried(self, what: Any) -> None:
        from nicegui import ui

        try:
            what()
        except CaloriqError as error:
            ui.notify(str(error), type="negative")
        self._look()

    def _compare(self) -> None:
        from nicegui import ui

        from caloriq import runs
        from caloriq.records.compared import comparison

        self.compared.clear()
        names = [self.lab.jobs.get(one).run_id() for one in self.chosen]
        with self.compared:
            if None in names:
                ui.label("Only runs that began to compute can be compared.").classes("small")
                return
            try:
                found = comparison(*(runs.find(str(one)) for one in names))
            except CaloriqError as error:
                ui.label(str(error)).classes("small")
                return
            rows = list(_differences(found))
            table(("what", "first", "second"), rows, "What differs" if rows else "Nothing differs")

    def _ask_delete(self) -> None:
        from nicegui import ui

        chosen = self.chosen
        with ui.dialog(value=True) as dialog, ui.card():
            ui.label(f"Forget {len(chosen)} run{'s' * (len(chosen) > 1)}?")
            also = ui.checkbox("remove the files, too")
            with ui.row():
                ui.button("Delete", on_click=lambda: self._delete(chosen, also.value, dialog)).props("no-caps outline")
                ui.button("Keep", on_click=dialog.close).props("no-caps flat")

    def _delete(self, chosen: list[str], files: bool, dialog: Any) -> None:
        dialog.close()
        for one in chosen:
            self._tried(lambda one=one: self.lab.jobs.delete(one, files=files))
        self.table.selected = []
        self._enable()

    def _registry(self) -> None:
        from nicegui import ui

        from caloriq import runs

        try:
            found = runs.recorded(limit=MOST)
        except CaloriqError as error:
            ui.label(str(error)).classes("small")
            return
        rows = [
            (
                one.id,
                one.kind,
                one.name,
                wording.local_time(one.started),
                "" if one.seconds is None else wording.duration(one.seconds),
                one.status,
                one.verdict,
            )
            for one in found
        ]
        table(COLUMNS, rows, f"The {len(rows)} latest; caloriq runs tells more")


def _row(lab: Lab, job: Job) -> dict[str, Any]:
    took = wording.duration(job.seconds) if job.started else ""
    said = job.error
    if job.status == "running":
        progress = lab.jobs.progress(job)
        said = progress.text if progress.fraction is None else f"{100 * progress.fraction:.0f} %: {progress.text}"
    return {
        "id": job.id,
        "kind": job.kind,
        "name": job.name,
        "asked": wording.local_time(job.created),
        "took": took,
        "status": job.status,
        "says": said or lab.said(job),
    }


def _differences(found: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """What differs between two runs as rows: what, first, second."""
    for part in ("definition", "versions", "summary"):
        for row in found[part]:
            yield f"{part}: {row['path']}", _said(row["first"]), _said(row["second"])
    for row in found["data"]:
        for name, one in row.get("variables", {}).items():
            if not one["identical"]:
                yield f"data: {name}", sentence(one), ""


def _said(value: Any) -> str:
    return "" if value is None else str(value)
