"""A figure that a notebook shows by itself, without pyplot or a backend of its own."""

from __future__ import annotations

import io

import matplotlib as mpl
from matplotlib.figure import Figure

from caloriq.plots.style import STYLE

DPI = 110


class Shown(Figure):
    """Figure whose picture is what a cell shows."""

    def _repr_png_(self) -> bytes:
        buffer = io.BytesIO()
        with mpl.rc_context(STYLE):
            self.savefig(buffer, format="png", dpi=DPI, metadata={"Software": None})
        return buffer.getvalue()
