"""MathJax from a package on this machine: pages set their formulas without a request that leaves it."""

from __future__ import annotations

import shutil
from importlib.metadata import files
from pathlib import Path
from typing import Any

PACKAGE = "sphinx-mathjax-offline"
WANTED = ("tex-chtml.js", "output/chtml/fonts/woff-v2/", "input/tex/extensions/")


def parts() -> dict[str, Path]:
    """Files that the pages need, by their places in the copy."""
    found = {}
    for file in files(PACKAGE) or ():
        _, _, place = file.as_posix().partition("/static/mathjax/")
        if place.startswith(WANTED):
            found[place] = Path(str(file.locate()))
    return found


def _copy(app: Any, error: Exception | None) -> None:
    if error is not None or app.builder.format != "html":
        return
    for place, file in parts().items():
        target = Path(app.outdir) / "_static" / "mathjax" / place
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, target)


def setup(app: Any) -> dict[str, bool]:
    """Use the copy."""
    app.config.mathjax_path = "mathjax/tex-chtml.js"
    app.connect("build-finished", _copy)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
