"""products: how many Sylvester inversions, and how long, over the size and the dephasing."""

from __future__ import annotations

import caloriq as cq
from benchmarks.driven import interacting
from benchmarks.report import Report
from benchmarks.timing import once

DEPHASINGS = (0.0, 0.2, 1.0, 4.0)


def run(*, quick: bool) -> Report:
    """Counts and wall times for N = 4…12."""
    sizes = range(4, 9) if quick else range(4, 13)
    cq.steady_state(interacting(4, 1.0), method=cq.Sector(precision="mixed"))
    cq.steady_state(interacting(4, 1.0), method=cq.Sector())
    rows, data = [], {"sizes": list(sizes), "dephasings": list(DEPHASINGS), "products": [], "wall": []}
    for gamma in DEPHASINGS:
        counts, walls = [], []
        for N in sizes:
            wall, _, found = once(lambda N=N, gamma=gamma: cq.steady_state(interacting(N, gamma), method=cq.Sector()))
            counts.append(int(found.method.statistics["products"]))
            walls.append(wall)
        data["products"].append(counts)
        data["wall"].append(walls)
        rows.append([f"{gamma:g}", *(f"{c} / {w:.2g}" for c, w in zip(counts, walls, strict=True))])
    notes = [
        "Products / wall seconds of Sector() at its default tolerance, residual 1e-11, bounds of all numbers included; single precision inside from N = 11."
    ]
    columns = ["γ", *(f"N = {N}" for N in sizes)]
    return Report("products", "Products and time of the sector method", columns, rows, [], notes, data, quick)
