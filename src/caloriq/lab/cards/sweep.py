"""Sweeps: one question at many points."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from caloriq import wording
from caloriq.lab import asked, schema
from caloriq.lab.card import Card
from caloriq.lab.dials import is_number
from caloriq.models.kinds import BUILT_IN

if TYPE_CHECKING:
    from caloriq.lab.draft import Draft, Place
    from caloriq.lab.forms import Form
    from caloriq.sweep.plan import Plan

DEFAULT = """\
model:
  kind: spin-chain
  sites: 2
  hopping: 1.0
  baths:
    - {site: 0, temperature: 1.0, rate: 1.0}
    - {site: -1, temperature: 0.0, rate: 1.0}
question:
  kind: scaling
  sizes: [2, 3, 4, 5, 6, 7, 8, 9, 10]
  keep: [alpha, alpha_error, alpha_tail, holds, diffusivity]
vary:
  dephasing: [0, 0.05, 0.2, 1, 5]
"""
MEANING = "A list of values, or a range such as {start: 0.1, stop: 10, count: 5, scale: log}; without one the parameter does not vary."


class SweepCard(Card):
    """One question over the values of parameters."""

    name, title = "sweep", "Sweep"
    says = "One question at many points: sizes, rates, temperatures, samples of disorder. Answers are kept as they come; a sweep that was stopped goes on."
    default = DEFAULT
    live, invites = False, "Press Run for all points."
    kinds = tuple(BUILT_IN)

    def read(self, draft: Draft) -> Plan:
        """Its points."""
        return draft.read(asked.swept)

    def answer(self, run: Any) -> str:
        """How many points, and what they take."""
        from caloriq.sweep.price import price

        cost, axes = price(run), run.axes
        over = " × ".join(f"{len(axis)} values of {axis.name}" for axis in axes)
        drawn = "" if run.ensemble is None else f"{'at most ' if run.until else ''}{run.samples} samples each"
        told = ", ".join(filter(None, (over, drawn))) or "one point"
        memory = wording.size(cost.memory)
        return f"{told}: {cost.points} points; takes about {wording.duration(cost.seconds)} of one core, a point up to {memory}"

    def fields(self, form: Form) -> None:
        """Axes, a field each, one more by its name, and the samples."""
        from nicegui import ui

        known = axes_of(form.draft)
        form.words({f"vary {path}": place for path, place in known.items()}, MEANING)
        rest = sorted(set(numbers(form.draft.mapping)) - set(known))
        select = ui.select(rest, label="vary one more", with_input=True, on_change=lambda e: more(form, e.value))
        select.classes("w-full").props("dense outlined stack-label")
        form.build(_sections(), (), ("model", "question", "vary"))


@cache
def _sections() -> schema.Schema:
    from caloriq.sweep.definition import Sweep

    found: schema.Schema = Sweep.model_json_schema()
    return found


def axes_of(draft: Draft) -> dict[str, Place]:
    """Where the values of each parameter that varies stand, by its name."""
    vary = draft.value(("vary",), {})
    groups: list[tuple[Place, Any]] = [(("vary",), vary)]
    if isinstance(vary, list):
        groups = [(("vary", k), one) for k, one in enumerate(vary)]
    return {str(path): (*place, str(path)) for place, one in groups if isinstance(one, Mapping) for path in one}


def numbers(mapping: Mapping[str, Any]) -> dict[str, float]:
    """Numbers of the model and of the question by the names that a sweep calls them, with what they are."""
    found: dict[str, float] = {}

    def look(value: Any, path: str) -> None:
        if isinstance(value, Mapping):
            for name, one in value.items():
                look(one, f"{path}.{name}" if path else str(name))
        elif isinstance(value, list):
            for k, one in enumerate(value):
                if isinstance(one, Mapping):
                    look(one, f"{path}.{k}")
        elif is_number(value):
            found[path] = value

    look(mapping.get("model", {}), "")
    look(mapping.get("question", {}), "question")
    return found


def more(form: Form, name: str | None) -> None:
    """Vary one more parameter: from what it is now, to twice that."""
    if name is None:
        return
    now = numbers(form.draft.mapping).get(name, 0)
    values = [now, 2 * now] if now else [0, 1]
    vary = form.draft.value(("vary",))
    if isinstance(vary, list):
        form.draft.put(("vary", len(vary)), {name: values}, shown=False)
    else:
        form.draft.put(("vary", name), values, shown=False)
