"""A page's list of links is its table of contents: GitHub shows the list, the site's menus follow it.

Of every `README.md`, and of a page with the comment `<!-- contents -->`, the bulleted links to pages become an invisible toctree, in their order.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import Any

ENTRY = re.compile(r"^\s*-.*?\[[^\]]+\]\(([^)#:\s]+\.md)(?:#[^)]*)?\)")
MARK = "<!-- contents -->"


def entries(text: str) -> list[str]:
    """Pages that a list of links names, in order, each once, without their ending."""
    found = (match.group(1) for line in text.splitlines() if (match := ENTRY.match(line)))
    return list(dict.fromkeys(str(PurePosixPath(one).with_suffix("")) for one in found))


def with_contents(text: str) -> str:
    """The page with a toctree of the pages that it lists."""
    listed = "\n".join(entries(text))
    return f"{text}\n\n```{{toctree}}\n:hidden:\n:maxdepth: 1\n\n{listed}\n```\n" if listed else text


def _read(_: Any, docname: str, content: list[str]) -> None:
    if docname.endswith("/README") or MARK in content[0]:
        content[0] = with_contents(content[0])


def setup(app: Any) -> dict[str, bool]:
    """Read pages so."""
    app.connect("source-read", _read)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
