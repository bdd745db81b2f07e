"""Small pieces of the page: tables, lamps, chips; every text is shown as text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape


def table(headings: Sequence[str], rows: Iterable[Sequence[str]], caption: str) -> None:
    """A plain table."""
    from nicegui import ui

    name = escape(caption, quote=True)
    ui.html(f'<div class="small">{escape(caption)}</div>{table_html(headings, rows)}', sanitize=False).classes(
        "scroll"
    ).props(f'tabindex="0" role="region" aria-label="{name}"')


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
