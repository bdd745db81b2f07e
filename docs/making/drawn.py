"""The figures of a gallery script: whatever it calls `figure`, whoever drew it, in the house style."""

from __future__ import annotations

from typing import Any

from sphinx_gallery.scrapers import figure_rst

DPI = 100


def drawn(block: Any, variables: dict[str, Any], settings: dict[str, Any]) -> str:  # noqa: ARG001
    """Save the figure of a script that has run so far; what shows it, as Sphinx reads it."""
    from matplotlib import pyplot

    figure = variables["example_globals"].pop("figure", None)
    if figure is None:
        return ""
    path = next(variables["image_path_iterator"])
    figure.savefig(path, dpi=DPI, bbox_inches="tight")
    pyplot.close("all")
    return str(figure_rst([path], settings["src_dir"]))


def house(settings: dict[str, Any], script: str) -> None:  # noqa: ARG001
    """Every script begins in the house style, with nothing left by the one before."""
    import matplotlib as mpl

    from caloriq.plots.style import STYLE

    mpl.rcdefaults()
    mpl.use("agg")
    mpl.rcParams.update(STYLE)
