"""Links of the pages to files beside `docs/`: on GitHub they open them, on the site they are downloads or pages."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PAGES = {"CHANGELOG.md": "changelog.md", "CONTRIBUTING.md": "contributing.md"}  # files of the root that the site shows
LINK = re.compile(r"(?<!!)\[([^\]]*)\]\(((?:\.\./)+[^)#\s]+)(#[^)\s]*)?\)")


def rewritten(text: str, page: Path, docs: Path = ROOT / "docs") -> str:
    """The text of a page, with links out of `docs/` made into what the site has.

    Parameters
    ----------
    text : str
        Markdown of the page.
    page : Path
        Its file.
    docs : Path
        Folder of the pages.
    """

    def replaced(match: re.Match[str]) -> str:
        name, target, anchor = match.group(1), match.group(2), match.group(3) or ""
        path = (page.parent / target).resolve()
        if path.is_relative_to(docs):
            return match.group(0)
        inside = PAGES.get(path.relative_to(docs.parent).as_posix())
        if inside:
            return f"[{name}]({os.path.relpath(docs / inside, page.parent)}{anchor})"
        return f"{{download}}`{name.strip('`')} <{target}>`"

    return LINK.sub(replaced, text)


def _read(app: Any, docname: str, content: list[str]) -> None:
    file = Path(app.env.doc2path(docname))
    if file.suffix == ".md":
        content[0] = rewritten(content[0], file)


def setup(app: Any) -> dict[str, bool]:
    """Read pages so."""
    app.connect("source-read", _read)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
