"""disorder: 10 000 disordered chains of five sites, with and without dephasing."""

from __future__ import annotations

import numpy as np

import caloriq as cq
from benchmarks.driven import BATHS, qutip_current
from benchmarks.report import Report, Target, agree
from benchmarks.timing import measure, once

SAMPLES, FEW, SECONDS, CLOSE = 10_000, 20, 1.0, 1e-10


def ensemble(dephasing: float, samples: int) -> cq.DisorderedChain:
    """Frequencies and hopping uniform in [0, 1]."""
    return cq.DisorderedChain(
        chain=cq.SpinChain(sites=5, hopping=1.0, dephasing=dephasing, baths=BATHS),
        disorder=(
            cq.Disorder(quantity="frequency", width=1.0, centre=0.5),
            cq.Disorder(quantity="hopping", width=1.0, centre=0.5),
        ),
        samples=samples,
        seed=1,
    )


def run(*, quick: bool) -> Report:
    """Both ensembles together; QuTiP on a few of the same samples."""
    samples = 1000 if quick else SAMPLES
    both, found = measure(lambda: [cq.steady_state(ensemble(g, samples)) for g in (0.0, 1.0)], 5)
    chains = [ensemble(1.0, samples).sample(i) for i in range(FEW)]
    wall, _, currents = once(lambda: [qutip_current(chain) for chain in chains])
    ours = -found[1].excitation_currents[:FEW, 1]
    difference = float(np.abs(ours - currents).max())
    agree("the batch", "qutip.steadystate", difference, CLOSE)
    each = both.median / (2 * samples)
    ratio = wall / FEW / each
    rows = [
        ["caloriq, batches", str(2 * samples), f"{both.median:.3f}", f"{1e6 * each:.1f}", "1"],
        ["qutip.steadystate direct", str(FEW), f"{wall:.3f}", f"{1e6 * wall / FEW:.0f}", f"{ratio:.0f}"],
    ]
    targets = [] if quick else [Target("both ensembles, wall time", both.median, SECONDS, unit=" s")]
    notes = [f"N = 5, γ = 0 and 1, medians of 5; currents of {FEW} samples agree to {difference:.0e}."]
    data = {"ours": both.to_mapping(), "qutip": wall, "samples": samples, "ratio": ratio, "difference": difference}
    columns = ["solver", "samples", "wall s", "µs per sample", "ratio"]
    return Report("disorder", "Disordered ensembles", columns, rows, targets, notes, data, quick)
