"""Pages of the reference, written from the package itself: one a name, and a list by groups."""

from __future__ import annotations

import importlib
import inspect
import re
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx import addnodes

import caloriq
from making import names

FOLDER = "reference"
STAR = re.compile(r"(\((?:\w+, )?)\*(?=\w)")
BEYOND = "Rooms of the package"
INTRODUCTION = """Reference
=========

All of it follows from the package: the {front} names of ``caloriq``, by what they are for, and {beyond} rarer ones by the room they
live in: every kind of model, every question, method and result, and whatever an example of these pages imports. Shapes, units, errors and
costs stand with each. A name is pinned by a test; what begins with an underscore, and what is not listed here, may change.

"""


def thing(address: str) -> Any:
    """What a full name stands for."""
    module, _, name = address.rpartition(".")
    return getattr(importlib.import_module(module), name)


def page(address: str) -> str:
    """Reference page of one name."""
    what, title = thing(address), address.rpartition(".")[2]
    lines = [title, "=" * len(title), "", f".. currentmodule:: {address.rpartition('.')[0]}", ""]
    if inspect.ismodule(what):
        lines += [f".. automodule:: {address}", "", ".. autosummary::", "", *(f"   {one}" for one in what.__all__)]
    elif inspect.isclass(what):
        lines += [f".. autoclass:: {title}"]
        if members := names.Documented(what).members:
            lines += [f"   :members: {', '.join(members)}"]
    else:
        lines += [f".. autofunction:: {title}"]
    if not inspect.ismodule(what):
        lines += ["", f".. minigallery:: {address}", "   :add-heading: Figures made with it", "   :heading-level: -"]
    return "\n".join(lines) + "\n"


def _listed(title: str, addresses: list[str], level: str) -> str:
    rows = "\n".join(f"   {one}" for one in addresses)
    hidden = "\n".join(f"   {one}" for one in addresses)
    return f"{title}\n{level * len(title)}\n\n.. autosummary::\n   :nosignatures:\n\n{rows}\n\n.. toctree::\n   :hidden:\n\n{hidden}\n\n"


def pages() -> dict[str, str]:
    """All pages of the reference by their names."""
    front, rooms = names.front(), names.rooms()
    addresses = {group: [f"caloriq.{one}" for one in members] for group, members in front.items()}
    index = INTRODUCTION.format(front=len(caloriq.__all__), beyond=sum(len(members) for members in rooms.values()))
    index += "".join(_listed(group, members, "-") for group, members in addresses.items())
    index += f"{BEYOND}\n{'-' * len(BEYOND)}\n\n"
    for room, members in rooms.items():
        index += _listed(f"caloriq.{room}", members, "~")
    every = [one for members in (*addresses.values(), *rooms.values()) for one in members]
    return {"index": index} | {one: page(one) for one in every}


def write(docs: Path) -> None:
    """Write them where Sphinx finds them; what is not of the package any more goes, what is as before stays as it is."""
    folder = docs / FOLDER
    folder.mkdir(exist_ok=True)
    wanted = {f"{name}.rst": text for name, text in pages().items()}
    for file in folder.glob("*.rst"):
        if file.name not in wanted:
            file.unlink()
    for name, text in wanted.items():
        file = folder / name
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            file.write_text(text, encoding="utf-8")


def _public(
    _: str, rawtext: str, text: str, *__: Any, **___: Any
) -> tuple[list[nodes.Node], list[nodes.system_message]]:
    """A word between single backticks: a link where it is a public name, code where it is not."""
    code = nodes.literal(rawtext, text)
    if text not in caloriq.__all__:
        return [code], []
    target = f"caloriq.{text}"
    return [addnodes.pending_xref(rawtext, code, refdomain="py", reftype="obj", reftarget=target, refexplicit=True)], []


def _plain(_: Any, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:  # noqa: ARG001
    """Bars in a docstring are absolute values, no substitutions; a star in a shape is Python's, no emphasis."""
    lines[:] = [line if "``" in line else STAR.sub(r"\1\*", line.replace("|", r"\|")) for line in lines]


def setup(app: Any) -> dict[str, bool]:
    """Write the pages before any is read."""
    app.add_role("public", _public)
    app.connect("autodoc-process-docstring", _plain, priority=900)  # after numpydoc
    app.connect("config-inited", lambda app, _: write(Path(app.srcdir)))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
