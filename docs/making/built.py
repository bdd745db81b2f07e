"""What must hold of the built pages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

LOADS = {
    "script": "src",
    "img": "src",
    "link": "href",
    "iframe": "src",
    "source": "src",
    "video": "src",
    "audio": "src",
    "object": "data",
}
NO_LOAD = {
    "canonical",
    "next",
    "prev",
    "search",
    "author",
    "copyright",
    "index",
    "license",
}  # of <link>: they load nothing
REMOTE = re.compile(r"^(?:https?:)?//")
CSS = re.compile(r"""(?:url\(|@import\s+)['"]?((?:https?:)?//[^'")\s]+)""")
FIGURES = 30  # of the gallery, at least


class Page(HTMLParser):
    """Anchors, links and loaded files of one page."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.anchors: set[str] = set()
        self.links: list[str] = []
        self.loads: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take down what a tag names."""
        given = {name: value or "" for name, value in attrs}
        self.anchors |= {given[name] for name in ("id", "name") if given.get(name)}
        if tag == "a" and given.get("href"):
            self.links.append(given["href"])
        loads = given.get(LOADS.get(tag, ""), "")
        if loads and not (tag == "link" and set(given.get("rel", "").split()) & NO_LOAD):
            self.loads.append(loads)


def pages(folder: Path) -> dict[Path, Page]:
    """All pages, read."""
    files = (file for file in sorted(folder.rglob("*.html")) if "_static" not in file.parts)
    return {file.resolve(): Page(file.read_text(encoding="utf-8")) for file in files}


def _of_links(file: Path, page: Page, every: dict[Path, Page]) -> Iterator[str]:
    for link in (*page.links, *page.loads):
        parts = urlsplit(link)
        if parts.scheme or parts.netloc:
            continue
        target = (file.parent / unquote(parts.path)).resolve() if parts.path else file
        if not target.exists():
            yield f"{file.name} must link to what is there, but {link} is not"
        elif parts.fragment and target in every and unquote(parts.fragment) not in every[target].anchors:
            yield f"{file.name} must link to an anchor that is there, but {link} has none"


def _of_loads(file: Path, page: Page) -> Iterator[str]:
    for link in page.loads:
        if REMOTE.match(link):
            yield f"{file.name} must load nothing from elsewhere, but it does (got {link})"


def _of_styles(folder: Path) -> Iterator[str]:
    for file in sorted(folder.rglob("*.css")):
        for link in CSS.findall(file.read_text(encoding="utf-8", errors="replace")):
            yield f"{file.name} must load nothing from elsewhere, but it does (got {link})"


def _of_names(every: dict[Path, Page]) -> Iterator[str]:
    import caloriq

    anchors = set().union(*(page.anchors for file, page in every.items() if file.parent.name == "reference"))
    anchors |= {one.removeprefix("module-") for one in anchors}
    for name in caloriq.__all__:
        if f"caloriq.{name}" not in anchors:
            yield f"the reference must hold every public name, but {name} is missing"


def faults(folder: Path) -> list[str]:
    """What does not hold, each in a sentence.

    Parameters
    ----------
    folder : Path
        The built site.
    """
    every = pages(folder)
    found = [fault for file, page in every.items() for fault in (*_of_links(file, page, every), *_of_loads(file, page))]
    found += [*_of_styles(folder), *_of_names(every)]
    drawn = len(figures(folder))
    if drawn < FIGURES:
        found.append(f"the gallery must have {FIGURES} figures, but it has {drawn}")
    return found


def figures(folder: Path) -> list[Path]:
    """Figures that the gallery drew, without their small versions."""
    return sorted((folder / "_images").glob("sphx_glr_*_[0-9][0-9][0-9].png"))


def told(folder: Path) -> str:
    """How many pages, figures and bytes."""
    size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    return f"{len(pages(folder))} pages with {len(figures(folder))} figures, {size / 1e6:.0f} MB"
