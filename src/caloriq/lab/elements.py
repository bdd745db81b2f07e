"""Small pieces of the page: tables, lamps, chips; every text is shown as text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from nicegui.element import Element


Shown = TypeVar("Shown", bound="Element")


def called(element: Shown, name: str, **more: str) -> Shown:
    """Name an element for those who do not see it; `more` holds other attributes by their names, _ for a dash.

    Texts go in here, and never into a string of attributes: there a text of a user could name attributes of its own, which the
    page's framework would run.
    """
    for attribute, text in {"aria_label": name, **more}.items():
        element.props[attribute.replace("_", "-")] = text
    return element


def table(headings: Sequence[str], rows: Iterable[Sequence[str]], caption: str) -> None:
    """A plain table."""
    from nicegui import ui

    shown = ui.html(f'<div class="small">{escape(caption)}</div>{table_html(headings, rows)}', sanitize=False)
    called(shown, caption).classes("scroll").props('tabindex="0" role="region"')


def lamps_html(rows: Iterable[tuple[str, bool | None, str]]) -> str:
    """Criteria that hold or fail, each with a mark, its words and its meaning."""
    found = []
    for words, holds, meaning in rows:
        state = "" if holds is None else " yes" if holds else " no"
        said = "" if holds is None else "holds" if holds else "fails"
        found.append(
            f'<span role="listitem" class="lamp{state}" title="{escape(meaning, quote=True)}">{escape(words)}'
            f'<span class="visually-hidden"> {said}</span></span>'
        )
    return "".join(found)


def table_html(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A plain table as text."""
    head = "".join(f'<th scope="col">{escape(one)}</th>' for one in headings)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f'<table class="plain"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'
