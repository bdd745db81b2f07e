"""Figure of a certificate: how near every check is to its limit."""

from __future__ import annotations

import math
import textwrap
from typing import TYPE_CHECKING

from caloriq.plots.style import figure, styled

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from caloriq.results import Certificate

LEAST, MOST = 1e-6, 1e3  # shares of a limit beyond which a mark stands at the edge
NAME = 34  # letters of a line of a name


@styled
def checks(certificate: Certificate, said: str = "") -> Figure:
    """Every check as a share of its limit, 1 and more fails; one whose limit is 0 is met or not.

    Parameters
    ----------
    certificate : Certificate
        One check a row.
    said : str
        Stands above, before whether all hold.
    """
    rows = list(certificate)
    fig, (ax,) = figure(7.4, 1.4 + 0.34 * max(len(rows), 2))
    for k, one in enumerate(rows):
        share = abs(one.value) / one.limit if one.limit > 0 else (LEAST if one.holds else MOST)
        share = min(max(share, LEAST), MOST) if math.isfinite(share) else MOST
        colour = "#0b5fa5" if one.holds else "#d1495b"
        ax.plot([share], [k], "o" if one.holds else "X", color=colour, ms=7)
    ax.axvline(1.0, color="k", lw=0.9)
    ax.axvspan(1.0, 2 * MOST, color="#d1495b", alpha=0.08, lw=0)
    ax.set_yticks(range(len(rows)), [textwrap.fill(one.name, NAME) for one in rows])
    ax.set(xscale="log", xlim=(LEAST / 2, 2 * MOST), ylim=(max(len(rows), 1) - 0.4, -0.6))
    ax.set(xlabel="value over its limit: from 1 it fails", ylabel="" if rows else "no check")
    failed = len(certificate.failures)
    held = f"{failed} of {len(rows)} checks fail" if failed else f"all {len(rows)} checks hold"
    fig.suptitle("; ".join(filter(None, (said, held))), x=0.01, ha="left", fontsize=9.5)
    return fig
