"""Networks of subunits, which PRE 73, 016101 (2006) says are treated as the chain is, and does not show."""

from __future__ import annotations

import numpy as np

from caloriq.closed.states import Haar
from caloriq.models.network import ModularNetwork
from caloriq.papers.michel_2006 import graph_figures
from caloriq.papers.michel_2006 import graphs_in_time as networks
from caloriq.papers.modular_chain.recipes import BANDWIDTH, PRE, SEED
from caloriq.papers.recipe import Outcome, Recipe, Row, beyond
from caloriq.results import Progress

C1 = 1.25  # of an edge of weight 1: the weakest edge of the random graph, at 0.8 or above, still has 1
STARTS = 8
RESOLVED = 8.0  # widths √(2γt) to the boundary beyond which nothing has reached it to nine digits


def graphs(levels: int) -> dict[str, ModularNetwork]:
    """Four networks of six subunits, c1 = 1.25 on every edge of weight 1."""
    ring = [[k, (k + 1) % 6] for k in range(6)]
    shapes = {
        "ring": {"graph": ring},
        "star": {"graph": [[0, k] for k in range(1, 6)]},
        "grid 2×3": {"lattice": (2, 3)},
        "random graph, weights 0.8…1.2": {"graph": networks.random_graph(6, 4, seed=SEED)},
    }
    coupling = C1 * BANDWIDTH / (2 * levels)
    return {
        name: ModularNetwork(levels=levels, bandwidth=BANDWIDTH, coupling=coupling, seed=SEED, **shape)  # type: ignore[arg-type]
        for name, shape in shapes.items()
    }


def network(quick: bool, progress: Progress | None) -> Outcome:
    """D² on four graphs, and diffusion on lattices."""
    levels = 120 if quick else 300
    models = graphs(levels)
    start = Haar(subunit=0, seed=2, samples=STARTS)
    found = networks.beside_theory(models, start, progress=progress)
    rows = []
    for name, data in found.items():
        D = data.deviation.mean("sample").values
        bound = (data.theory_widths**2).mean("time").values
        rows.append(
            Row(
                f"D² of the six subunits, {name}",
                "diffuses in any 'net-structure' (PRL, end)",
                " ".join(f"{1e4 * d:.2f}" for d in D) + "  e-4",
                bool(D.max() < 2 * bound.max()),
                f"n = {levels}, mean of {STARTS} pure starts; typicality allows {1e4 * bound.max():.1f}e-4; {len(data.bond)} edges, c1 ≥ {data.attrs['c1']:.2g}, c2 ≤ {data.attrs['c2']:.1e}",
            )
        )
    for name, data in found.items():
        mean, late = data.populations.mean("sample").values, data.theory_populations.values
        distance = np.abs(mean - late).max(axis=1)
        apart, when = float(distance.max()), data.attrs["rate"] * float(data.time[int(distance.argmax())])
        width = float(data.theory_widths.max()) / STARTS**0.5
        rows.append(
            beyond(
                f"largest |P - P_HAM|, mean of {STARTS} starts, {name}",
                f"{apart:.3f}",
                f"width of the mean of {STARTS} starts at most {width:.3f}; reached at γt = {when:.3f}, γτ_c is {2 * np.pi / BANDWIDTH * data.attrs['rate']:.3f}; γ Σw² τ_c = {data.attrs['busiest'] * 4 * np.pi**2:.2f} at the busiest subunit",
            )
        )
    side = 201 if quick else 401
    spans = np.geomspace(0.1, 1e5, 61)
    fields = {"levels": levels, "bandwidth": BANDWIDTH, "coupling": C1 * BANDWIDTH / (2 * levels), "seed": SEED}
    data = networks.spreading([[side], [side, side], [61, 61, 61]], spans.tolist(), fields)
    for k, d in enumerate(data.dimensions.values):
        inside = RESOLVED * np.sqrt(2 * spans) < data.distance.values[k]
        ratio = data.spread.values[k, inside] / (2 * d * spans[inside])
        off = float(np.abs(ratio - 1).max())
        rows.append(
            Row(
                f"<r²>/(2dγt), d = {d}, before the boundary",
                "1 (diffusion with D = γ)",
                f"1 ± {off:.0e}",
                off < 1e-8,
                f"side {2 * data.distance.values[k] + 1}, γt = 0.1…{spans[inside][-1]:.3g}",
            )
        )
    limit = (side**2 - 1) / 6
    final = float(data.spread.values[1, -1])
    rows.append(
        Row(
            "<r²> on the square lattice at last",
            "(L² - 1)/6 (uniform)",
            f"{final:.6g} of {limit:.6g}",
            abs(final / limit - 1) < 1e-6,
            f"γt = {spans[-1]:.0e}, L = {side}: slowest even mode e^{{-γt(2π/L)²}} = {np.exp(-spans[-1] * (2 * np.pi / side) ** 2):.0e}",
        )
    )
    at = int(np.argmin(np.abs(spans - 100)))
    peak = float(data.middle.values[1, at] * 4 * np.pi * spans[at])
    rows.append(
        Row(
            "P at the start over 1/(4πγt), γt = 100",
            "1 + 1/(8γt) = 1.00125",
            f"{peak:.5f}",
            bool(abs(peak - 1 - 1 / (8 * spans[at])) < 1e-5),
            "diffusion, with the first correction of the lattice",
        )
    )
    return Outcome(
        tuple(rows),
        {"diffusion": data} | {f"graph-{k}": one for k, one in enumerate(found.values())},
        graph_figures.networks(found, data),
        (*models.values(), start),
    )


RECIPES = (
    Recipe(
        "michel-2006-network",
        "rate equation on graphs beside exact networks of six subunits; diffusion on lattices",
        PRE,
        network,
        quick_differs=True,
    ),
)
