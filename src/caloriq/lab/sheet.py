"""A card of the page: sliders and form on the left, judgement and plots on the right, and the run that it becomes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from caloriq.errors import CaloriqError
from caloriq.lab import asked, schema
from caloriq.lab.card import Card
from caloriq.lab.dials import Dials
from caloriq.lab.draft import NOTHING, Draft
from caloriq.lab.forms import Form
from caloriq.lab.live import Live
from caloriq.lab.take import take_away

if TYPE_CHECKING:
    from caloriq.lab.lab import Lab


ANEW = "document.dispatchEvent(new Event('caloriq-anew'))"  # heard by plot.js


class Sheet:
    """A card on the page of one browser.

    Parameters
    ----------
    lab : Lab
        Runs, drafts and presets.
    card : Card
        What it asks and shows.
    """

    def __init__(self, lab: Lab, card: Card) -> None:
        from nicegui import ui

        self.lab, self.card = lab, card
        self.opened = card.opened  # the fields, which stay so while the form is made anew
        self.draft = Draft(lab.drafts.get(card.name, card.default), self._changed)
        self.live: Live[Any] = Live(self._answer, self._show)
        with ui.element("div").classes("sheet"):
            with ui.element("section").classes("left").props('aria-label="Model"'):
                ui.label(card.says).classes("says")
                self._presets()
                self._dial_box = ui.column().classes("w-full gap-2")
                self._build_dials()
                self._form_box = ui.column().classes("w-full gap-2")
                self._text_box()
                self._buttons()
            with ui.element("section").classes("right").props('aria-label="Answer"'):
                with ui.card().classes("w-full banner").props('flat bordered role="status" aria-live="polite"'):
                    self.sentence = ui.label("…").classes("sentence")
                    self.small = ui.label("").classes("small")
                self.job_box = ui.column().classes("w-full gap-3")
                card.build()
        self._build_form()
        self._found_again()
        ui.context.client.on_delete(self.live.end)
        self._ask()

    # -- what is on the left

    def _presets(self) -> None:
        from nicegui import ui

        known = self.lab.presets(self.card.name)
        if not known:
            return
        options = {k: one.title for k, one in enumerate(known)}
        select = ui.select(
            options, label="presets", with_input=True, on_change=lambda e: self._take(known, e.value), value=None
        )
        select.classes("w-full presets").props("dense outlined stack-label")

    def _take(self, known: Any, k: Any) -> None:
        if k is not None:
            self.draft.write(known[k].text)

    def _build_dials(self) -> None:
        self._dial_box.clear()
        with self._dial_box:
            self.dials = Dials(self.card.dials_of(self.draft), self.draft)

    def _build_form(self) -> None:
        from nicegui import ui

        self._form_box.clear()
        self.form = Form(self.draft, self._build_form)
        if self.draft.error is not None:
            return
        with self._form_box:
            fold = ui.expansion("all fields", value=self.opened, on_value_change=lambda e: self._opened(bool(e.value)))
        self._fields = fold.classes("w-full fold").props("dense duration=0")
        if self.opened:
            self._build_fields()

    def _build_fields(self) -> None:
        """What the fold holds; made when it is opened, since a page without it follows a slider sooner."""
        from nicegui import ui

        with self._fields:
            model = self.draft.value(("model",), {})
            kind = model.get("kind") if isinstance(model, dict) else None
            if len(self.card.kinds) > 1:
                select = ui.select(
                    list(self.card.kinds),
                    value=kind if kind in self.card.kinds else None,
                    label="kind of model",
                    on_change=lambda e: self._kind(e.value),
                )
                select.classes("w-full").props("dense outlined stack-label")
            if kind in self.card.kinds:
                root = schema.of_model(kind)
                self.form.build(root, ("model",), ("kind",))
                self._question_form(kind)
            self.card.fields(self.form)

    def _question_form(self, kind: str) -> None:
        from caloriq.questions.registry import asked_first

        question = self.draft.value(("question",), NOTHING)
        if isinstance(question, dict) and "kind" in question:
            root = schema.of_named_question(question["kind"])
            self.form.build(root, ("question",), ("kind", "keep"))
        elif question is NOTHING:
            rest = [name for name in self.draft.mapping if name != "model"]
            try:
                root = schema.of_question(asked_first(kind, rest))
            except CaloriqError:
                return
            self.form.build(root, (), ("model",))

    def _kind(self, kind: str) -> None:
        preset = next((one for one in self.lab.presets(self.card.name) if f"kind: {kind}\n" in one.text), None)
        if preset is not None:
            self.draft.write(preset.text)
        else:
            self.draft.replace({"model": {"kind": kind}})

    def _opened(self, opened: bool) -> None:
        self.opened = opened
        if opened and not self._fields.default_slot.children:
            self._build_fields()
            self._ask()  # the sentence of what is wrong belongs beside its field
        elif opened:
            self.form.refresh()

    def _text_box(self) -> None:
        from nicegui import ui

        self.text_fold = ui.expansion("the file (YAML)", value=False).classes("w-full fold").props("dense duration=0")
        with self.text_fold:
            self.area: ui.textarea = ui.textarea(
                value=self.draft.text, on_change=lambda e: self.draft.write(e.value or "")
            )
            self.area.classes("w-full yaml").props(
                'outlined rows=14 debounce=400 spellcheck=false aria-label="The file as YAML"'
            )
        self.text_fold.on_value_change(lambda e: self.area.set_value(self.draft.text) if e.value else None)

    def _buttons(self) -> None:
        from nicegui import ui

        with ui.row().classes("w-full gap-2 actions"):
            self.run_button = ui.button("Run", icon="play_arrow", on_click=self._run).props("no-caps outline")
            take_away(self)

    # -- what follows a change

    def _changed(self, shown: bool) -> None:
        from nicegui import ui

        self.lab.drafts.put(self.card.name, self.draft.text)
        if shown or self.card.dials_of(self.draft) == self.dials.dials:
            self.dials.refresh()
        else:
            self._build_dials()
        self._ask()
        if self.area.value != self.draft.text and self.text_fold.value:
            self.area.set_value(self.draft.text)
        if not shown:
            ui.run_javascript(ANEW)
            self._build_form()
        elif self.opened:
            self.form.refresh()

    def _ask(self) -> None:
        self.live.ask()

    def _answer(self) -> Any:
        """In a thread: read what stands there, and answer it if that is short."""
        return self.card.answer(self.card.read(self.draft))

    def _show(self, found: Any) -> None:
        self.run_button.set_enabled(not isinstance(found, BaseException))
        if isinstance(found, BaseException):
            self._complain(found)
            return
        self.form.content()
        if isinstance(found, str):
            self.sentence.set_text(self.card.invites)
            self.small.set_text(found)
            self.card.hide()
            return
        above, small = self.card.sentence(found)
        self.sentence.set_text(above)
        self.small.set_text(small)
        self.card.show(found)

    def _complain(self, error: BaseException) -> None:
        sentence = asked.told(error)
        place = getattr(error, "place", ())
        from caloriq.documents import named

        where = (*place, *(named(error) if isinstance(error, CaloriqError) and not place else ()))
        beside = self.form.complain(sentence.partition("; the page, line")[0], where)
        self.sentence.set_text(sentence)
        self.small.set_text("the field is marked" if beside else "")
        self.card.hide()

    # -- runs

    def _found_again(self) -> None:
        """The run of what stands here, where the page is opened anew: one that goes on, or whose end is the answer."""
        job = self.lab.jobs.latest(self.draft.text)
        if job is not None and not (job.over and self.card.live):
            self._view(job.id)

    def _view(self, name: str) -> None:
        from caloriq.lab.job_view import JobView

        self.job_box.clear()
        with self.job_box:
            JobView(self.lab, name)

    def _run(self) -> None:
        try:
            self.card.read(self.draft)
        except Exception as error:  # told on the page
            self._complain(error)
            return
        self._view(self.lab.submit(self.draft.text))
