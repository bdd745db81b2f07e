"""charges: all conserved charges of a support, beside one dense singular value decomposition of the same map."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from benchmarks.report import Report, Target, agree
from benchmarks.timing import once
from caloriq.known.uniform_chains import ising, spin_one, xxz
from caloriq.spaces.infinite import InfiniteChain, anchored
from caloriq.spaces.strings import Strings
from caloriq.transport.charges.conserved import conserved_charges

CHAINS = {
    "XXZ": (xxz(0.7), 8),
    "tilted Ising": (ising(1.0, 1.4, 0.9045), 8),
    "spin 1, Takhtajan-Babujian": (spin_one(1.0, -1.0), 4),
}
GOALS = {5: 1.0, 6: 10.0}  # seconds for XXZ
CLOSE = 1e-9


def dense(chain: InfiniteChain, support: int) -> NDArray[np.float64]:
    """All singular values: a commutator of strings for every column, one decomposition without any symmetry."""
    B, c = chain.cell[0].levels ** 2, chain.reach
    spaces = chain.window(support + 2 * c)
    H = Strings(
        spaces,
        {tuple((x + n, a) for x, a in s): f for s, f in chain.terms.items() for n in range(support + c)},
    )
    columns, rows = [], {}
    for key in range(B**support):
        if key % B:
            letters = [(x + c, key // B**x % B) for x in range(support)]
            image = H.commutator(Strings(spaces, {tuple(one for one in letters if one[1]): 1j}))
            columns.append(anchored(image.terms, 1))
            for string in columns[-1]:
                rows.setdefault(string, len(rows))
    M = np.zeros((len(rows), len(columns)))
    for k, column in enumerate(columns):
        for string, f in column.items():
            M[rows[string], k] = complex(f).real
    return np.linalg.svd(M, compute_uv=False)[::-1]


def run(*, quick: bool) -> Report:
    """Wall times over the support; the dense decomposition beside the small ones."""
    worst = 0.0
    for chain in (xxz(0.7), ising(1.0, 1.4, 0.9045)):
        found, all_values = conserved_charges(chain, 4), dense(chain, 4)
        worst = max(worst, abs(found.smallest_other / all_values[len(found.supports)] - 1))
    agree("conserved_charges", "a dense singular value decomposition at 4 sites", worst, CLOSE)
    rows, targets, data = [], [], {}
    for name, (chain, most) in CHAINS.items():
        for support in range(3, min(most, 6 if quick else most) + 1):
            wall, cpu, found = once(lambda chain=chain, support=support: conserved_charges(chain, support))
            whole = (
                once(lambda chain=chain, support=support: dense(chain, support))[0]
                if support <= 5 and "1" not in name
                else None
            )
            told = found.method.statistics
            rows.append(
                [
                    name,
                    str(support),
                    str(told["strings"]),
                    str(told["strings of the largest part"]),
                    str(len(found.supports)),
                    f"{found.smallest_other:.4f}",
                    f"{wall:.3g} ({cpu:.2g})",
                    "-" if whole is None else f"{whole:.3g}",
                ]
            )
            data[f"{name}, {support}"] = {"wall": wall, "cpu": cpu, "dense": whole, "gap": found.smallest_other}
            if name == "XXZ" and support in GOALS:
                targets.append(Target(f"XXZ, {support} sites", wall, GOALS[support], unit=" s"))
    columns = ["chain", "support", "strings", "largest part", "charges", "gap", "s (CPU)", "dense: s"]
    notes = [f"Gaps agree to {worst:.0e} with a dense decomposition at 4 sites."]
    return Report("charges", "Conserved charges of uniform chains", columns, rows, targets, notes, data, quick)
