"""Scaling plot: time per product and number of products, with the expected slopes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from benchmarks.report import Report
from caloriq.files import atomic

LABELS = {"N": "subunits N", "n": "levels n"}
EXPECTED = {"N": "∝ N - 1", "n": "∝ n²"}


def scaling(report: Report, path: Path) -> Path:
    """Write the plot of a scaling report."""
    figure = Figure(figsize=(9, 6), layout="constrained")
    axes = figure.subplots(2, 2, sharex="col", height_ratios=(3, 1))
    for column, over in enumerate(LABELS):
        scans = [scan for scan in report.data["scans"] if scan["over"] == over]
        _times(axes[0, column], over, scans)
        _products(axes[1, column], over, scans)
    if report.quick:
        figure.suptitle("quick run: reduced sizes")
    return atomic(path, lambda target: figure.savefig(target, dpi=150))


def _times(axes: Any, over: str, scans: list[dict[str, Any]]) -> None:
    other = {"N": "n", "n": "N"}[over]
    for k, scan in enumerate(scans):
        x, y = np.array(scan["x"]), 1e3 * np.array(scan["seconds"])
        compiled = np.array([kernel == "numba" for kernel in scan["kernel"]])
        axes.loglog(x[compiled], y[compiled], "o", color=f"C{k}", label=f"{other} = {scan['fixed']}")
        if not compiled.all():
            axes.loglog(
                x[~compiled], y[~compiled], "x", color=f"C{k}", label=f"{other} = {scan['fixed']}, NumPy kernel"
            )
        shape = x - 1.0 if over == "N" else x**2.0
        label = EXPECTED[over] if k == 0 else None
        axes.loglog(x, y[-1] * shape / shape[-1], "--", color=f"C{k}", alpha=0.6, label=label)
    axes.set_ylabel("time per product in ms")
    axes.legend(frameon=False)


def _products(axes: Any, over: str, scans: list[dict[str, Any]]) -> None:
    for k, scan in enumerate(scans):
        axes.semilogx(scan["x"], scan["products"], "os"[k % 2], color=f"C{k}", fillstyle="none")
    ticks = sorted({x for scan in scans for x in scan["x"]})
    axes.set_ylim(0, 1.3 * max(p for scan in scans for p in scan["products"]))
    axes.set_ylabel("products to 5/γ")
    axes.set_xlabel(LABELS[over])
    axes.set_xticks(ticks, [str(x) for x in ticks])
    axes.minorticks_off()


def products(report: Report, path: Path) -> Path:
    """Write the plot of a products report: counts and seconds over the size, one line per dephasing."""
    figure = Figure(figsize=(9, 3.8), layout="constrained")
    left, right = figure.subplots(1, 2)
    sizes = report.data["sizes"]
    rows = zip(report.data["dephasings"], report.data["products"], report.data["wall"], strict=True)
    for gamma, counts, walls in rows:
        left.plot(sizes, counts, "o-", ms=4, lw=1, label=f"γ = {gamma:g}")
        right.semilogy(sizes, walls, "o-", ms=4, lw=1, label=f"γ = {gamma:g}")
    left.set(xlabel="sites N", ylabel="products to a residual of 1e-11", ylim=(0, None))
    right.set(xlabel="sites N", ylabel="wall time in s")
    left.legend(frameon=False)
    if report.quick:
        figure.suptitle("quick run: reduced sizes")
    return atomic(path, lambda target: figure.savefig(target, dpi=150))
