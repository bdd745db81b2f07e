"""Forms made of JSON schemas: every field that a file may have, with the sentence of an error beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from caloriq.lab.draft import NOTHING, Draft, Place, name_of, text_of, value_of
from caloriq.lab.elements import called
from caloriq.lab.schema import Field, Schema, fields, row, variants

ABSENT = "–"  # a choice that is left to the default
WAIT = 250  # ms after the last letter


class Form:
    """Fields of a part of a draft.

    Parameters
    ----------
    draft : Draft
        That they change.
    again : callable
        Called where the form itself must be made anew: another kind, a row more or less.
    """

    def __init__(self, draft: Draft, again: Callable[[], None]) -> None:
        self.draft, self.again = draft, again
        self.widgets: dict[Place, Any] = {}
        self.heads: dict[Place, Any] = {}

    def build(self, schema: Schema, place: Place = (), leave: tuple[str, ...] = ()) -> None:
        """Widgets for the fields of a group."""
        self._group(schema, schema, place, leave)

    def words(self, places: Mapping[str, Place], meaning: str) -> None:
        """Fields of numbers, texts or lists, by what they are called."""
        from nicegui import ui

        with ui.element("div").classes("fields"):
            for name, place in places.items():
                self.widgets[place] = _Words(Field(name, "words", {}, meaning), place, self.draft)

    def refresh(self) -> None:
        """Show in every field what the draft holds now."""
        for place, widget in self.widgets.items():
            widget.show(self.draft.value(place))

    def complain(self, sentence: str, place: Sequence[str | int]) -> bool:
        """Put a sentence beside the field that it is about; whether there is one."""
        self.content()
        for end in range(len(place), 0, -1):
            where = tuple(place[:end])
            found = self.widgets.get(where) or self._named(where) or self._nearest(where)
            if found is not None:
                found.complain(sentence)
                return True
        return False

    def content(self) -> None:
        """No complaints."""
        for widget in self.widgets.values():
            widget.complain(None)

    def _named(self, place: Place) -> Any:
        """A field by the names on the way to it, where only one has them: a list of one group may be left out in a file."""
        names = [part for part in place if isinstance(part, str)]
        found = [
            widget for where, widget in self.widgets.items() if names == [one for one in where if isinstance(one, str)]
        ]
        return found[0] if len(found) == 1 else None

    def _nearest(self, place: Place) -> Any:
        """A field by its name alone, where only one has it: errors of a model do not always know where it stands."""
        found = [widget for where, widget in self.widgets.items() if where[-len(place) :] == place]
        return found[0] if len(found) == 1 else None

    # -- groups

    def _group(self, schema: Schema, root: Schema, place: Place, leave: tuple[str, ...]) -> None:
        from nicegui import ui

        found = fields(schema, root, leave)
        flat = [one for one in found if one.shape in ("words", "choice", "truth")]
        if flat:
            with ui.element("div").classes("fields"):
                for one in flat:
                    where = (*place, one.name)
                    self.widgets[where] = _WIDGETS[one.shape](one, where, self.draft)
        for one in found:
            where = (*place, one.name)
            if one.shape == "group":
                with self._fold(one.name, one.meaning, where):
                    self._group(one.schema, root, where, ())
            elif one.shape == "variants":
                with self._fold(one.name, one.meaning, where):
                    self._variants(one, root, where)
            elif one.shape == "rows":
                with self._fold(one.name, one.meaning, where, opened=one.required):
                    self._rows(one, root, where)

    def _fold(self, name: str, meaning: str, place: Place, *, opened: bool = False) -> Any:
        from nicegui import ui

        given = self.draft.value(place) is not NOTHING
        fold = (
            ui.expansion(name.replace("_", " "), value=opened or given).classes("w-full fold").props("dense duration=0")
        )
        with fold:
            if meaning:
                ui.label(meaning).classes("meaning")
        return fold

    def _variants(self, one: Field, root: Schema, place: Place) -> None:
        from nicegui import ui

        known = variants(one.schema, root)
        now = self.draft.value((*place, "kind"), self.draft.value(place))
        kind = now if isinstance(now, str) and now in known else ABSENT
        select = ui.select([ABSENT, *known], value=kind, label="kind", on_change=lambda e: self._choose(place, e.value))
        called(select, f"kind of {name_of(place)}").classes("w-full").props("dense outlined")
        if kind in known:
            self._group(known[kind], root, place, ("kind",))

    def _choose(self, place: Place, kind: str) -> None:
        self.draft.put(place, NOTHING if kind == ABSENT else {"kind": kind})
        self.again()

    def _rows(self, one: Field, root: Schema, place: Place) -> None:
        from nicegui import ui

        now = self.draft.value(place, [])
        rows = now if isinstance(now, list) else []
        schema = row(one.schema, root)
        for k in range(len(rows)):
            where = (*place, k)
            with ui.card().classes("w-full row-card").props("flat bordered"):
                with ui.row().classes("w-full items-center no-wrap"):
                    ui.label(f"{one.name} {k}").classes("row-name")
                    ui.space()
                    remove = ui.button(icon="delete", on_click=lambda _, where=where: self._remove(where))
                    called(remove, f"Remove {one.name} {k}").props("flat round dense")
                self._group(schema, root, where, ())
        add = ui.button("add", icon="add", on_click=lambda: self._add(place, schema, len(rows)))
        called(add, f"Add to {one.name}").props("flat dense no-caps")

    def _remove(self, place: Place) -> None:
        self.draft.put(place, NOTHING)
        self.again()

    def _add(self, place: Place, schema: Schema, count: int) -> None:
        if count == 0:
            self.draft.put(place, [])
        last = self.draft.value((*place, count - 1)) if count else NOTHING
        self.draft.put((*place, count), dict(last) if isinstance(last, dict) else _first(schema))
        self.again()


def _first(schema: Schema) -> dict[str, Any]:
    """A row that holds what must be given, as far as a guess goes."""
    guesses: dict[str, Any] = {"integer": 0, "number": 1.0, "string": "Z"}
    found: dict[str, Any] = {}
    for name in schema.get("required", ()):
        found[name] = guesses.get(schema["properties"][name].get("type", ""), "Z")
    return found


class _Words:
    """A number, a text or a list."""

    def __init__(self, one: Field, place: Place, draft: Draft) -> None:
        from nicegui import ui

        self.place, self.draft = place, draft
        self.shown = draft.value(place)
        self.widget = ui.input(
            label=one.name.replace("_", " "),
            value=text_of(draft.value(place)),
            placeholder=text_of(one.default),
            on_change=self._changed,
        )
        self.widget.props("dense outlined autocomplete=off spellcheck=false stack-label bottom-slots")
        self.widget.props["debounce"] = str(WAIT)
        self.widget.classes("field")
        if one.meaning:
            with self.widget:
                ui.tooltip(one.meaning).props("max-width=22rem delay=400")

    def _changed(self) -> None:
        self.shown = value_of(self.widget.value or "")
        self.draft.put(self.place, self.shown)

    def show(self, value: Any) -> None:
        if self.shown is not value and self.shown != value:
            self.shown = value
            self.widget.set_value(text_of(value))

    def complain(self, sentence: str | None) -> None:
        if self.widget.error != sentence:
            self.widget.error = sentence


class _Choice:
    """One of several words."""

    def __init__(self, one: Field, place: Place, draft: Draft) -> None:
        from nicegui import ui

        self.place, self.draft = place, draft
        self.known = [str(word) for word in one.schema["enum"]]
        self.values = dict(zip(self.known, one.schema["enum"], strict=True))
        self.default = str(one.default) if one.default is not None else ABSENT
        options = self.known if self.default in self.known else [ABSENT, *self.known]
        self.widget = ui.select(options, value=self._now(), label=one.name.replace("_", " "), on_change=self._changed)
        self.widget.props("dense outlined stack-label bottom-slots").classes("field")

    def _now(self) -> str:
        now = self.draft.value(self.place)
        return str(now) if str(now) in self.known else self.default

    def _changed(self) -> None:
        word = self.widget.value
        left = word == self.default and self.draft.value(self.place) is NOTHING
        if not left:
            self.draft.put(self.place, self.values.get(word, NOTHING))

    def show(self, value: Any) -> None:  # noqa: ARG002 - as the others
        if self.widget.value != self._now():
            self.widget.set_value(self._now())

    def complain(self, sentence: str | None) -> None:
        if self.widget.error != sentence:
            self.widget.error = sentence


class _Truth:
    """Yes or no."""

    def __init__(self, one: Field, place: Place, draft: Draft) -> None:
        from nicegui import ui

        self.place, self.draft, self.default = place, draft, bool(one.default)
        self.widget = ui.switch(one.name.replace("_", " "), value=self._now(), on_change=self._changed).classes("field")

    def _now(self) -> bool:
        now = self.draft.value(self.place, self.default)
        return now if isinstance(now, bool) else self.default

    def _changed(self) -> None:
        if self.widget.value != self._now():
            self.draft.put(self.place, self.widget.value)

    def show(self, value: Any) -> None:  # noqa: ARG002 - as the others
        if self.widget.value != self._now():
            self.widget.set_value(self._now())

    def complain(self, sentence: str | None) -> None:
        """A truth value is never wrong by itself."""


_WIDGETS: dict[str, Any] = {"words": _Words, "choice": _Choice, "truth": _Truth}
