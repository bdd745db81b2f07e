"""Elements of a page. What is text is escaped here; what is markup already has a type of its own and goes through as it is."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Sequence
from html import escape

DOI = re.compile(r"\bdoi:(10\.\d{4,9}/[^\s()<>\"']*(?:\([^\s()<>\"']*\)[^\s()<>\"']*)*)")
ENDING = ".,;:"  # a sentence's, not the DOI's


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


def safe(content: object) -> Markup:
    """Text escaped, markup as it is."""
    return content if isinstance(content, Markup) else Markup(escape(str(content)))


def element(tag: str, *content: object, **attributes: str) -> Markup:
    """An element with its content; an attribute that ends in an underscore goes without it."""
    told = "".join(f' {name.rstrip("_").replace("_", "-")}="{escape(value)}"' for name, value in attributes.items())
    return Markup(f"<{tag}{told}>{''.join(map(safe, content))}</{tag}>")


def joined(parts: Iterable[object]) -> Markup:
    """Elements one after the other."""
    return Markup("".join(map(safe, parts)))


def linked(text: str) -> Markup:
    """Text in which every DOI leads to its publication."""
    parts, at = [], 0
    for found in DOI.finditer(text):
        name = found[1].rstrip(ENDING)
        parts += [text[at : found.start()], doi(name)]
        at = found.start(1) + len(name)
    return joined([*parts, text[at:]])


def doi(name: str) -> Markup:
    """A DOI that leads to its publication."""
    return element("a", f"doi:{name}", href=f"https://doi.org/{name}")


def folded(summary: object, *content: object, **attributes: str) -> Markup:
    """Content behind a line that unfolds it."""
    return element("details", element("summary", summary), *content, **attributes)


def table(headings: Sequence[str], rows: Iterable[Sequence[object]], **attributes: str) -> Markup:
    """Rows under headings; every cell knows its heading, for screens on which rows are cards."""
    head = element("thead", element("tr", *(element("th", one, scope="col") for one in headings)))
    body = [
        element("tr", *(element("td", cell, data_label=name) for name, cell in zip(headings, row, strict=True)))
        for row in rows
    ]
    return element("table", head, element("tbody", *body), **attributes)


def picture(svg: str, told: str) -> Markup:
    """A picture inside the page, and what it shows in words."""
    content = base64.b64encode(svg.encode()).decode()
    return Markup(f'<img src="data:image/svg+xml;base64,{content}" alt="{escape(told)}">')
