"""Žnidarič, PRL 106, 220601 (2011): the XXZ chain at weak driving and infinite temperature, over its anisotropy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from caloriq.models.spins import SpinChain
from caloriq.papers.common import dataset
from caloriq.papers.landmarks import figures
from caloriq.papers.landmarks.chains import falls, listed, weak
from caloriq.papers.recipe import Outcome, Recipe, Row, beyond
from caloriq.progress import shares
from caloriq.results import Progress
from caloriq.steady.methods import Chosen, TensorNetwork
from caloriq.transport.linear_response.result import LinearResponse
from caloriq.transport.linear_response.solve import linear_response

if TYPE_CHECKING:
    import xarray as xr

SOURCE = "M. Žnidarič, PRL 106, 220601 (2011), doi:10.1103/PhysRevLett.106.220601"
COUPLED = "boundary-driven and closed XXZ chains compared, arXiv:2507.16528"
ANISOTROPIES = (0.5, 1.0, 1.5, 2.0)
KNOWN = {0.5: ("0 (ballistic)", 0.0), 1.0: ("1/2", 0.5), 1.5: ("1 (diffusive)", 1.0), 2.0: ("1 (diffusive)", 1.0)}
SIZES = (4, 6, 8, 10, 16, 32, 64)
SHORT = 10  # sites that the equation of first order is solved for
LONG = 32  # sites from which an exponent is held against the paper's
NEAR = 0.1  # that an exponent of so many sites may be off by beside its error: contacts still weigh
BONDS = TensorNetwork(tol=0.05, bond_dimension=128)
RATE = 1.0
RATES = (0.25, 0.5, 1.0, 2.0, 4.0)
TWO, FAR = (0.25, 1.0), (16, 32)


def over_lengths(
    anisotropies: Sequence[float],
    sizes: Sequence[int],
    method: TensorNetwork = BONDS,
    progress: Progress | None = None,
) -> xr.Dataset:
    """J/μ as the drive vanishes, with its errors, local exponents, and what solved every length; `method` is for those beyond ten sites."""
    N = np.array(sizes)
    both: list[tuple[Chosen | str, list[int]]] = [
        ("auto", [n for n in sizes if n <= SHORT]),
        (method, [n for n in sizes if n > SHORT]),
    ]
    groups = [(one, own) for one, own in both if own]
    parts = iter(shares(progress, [float(max(own)) for _ in anisotropies for _, own in groups]))
    J, error, methods = [], [], []
    for d in anisotropies:
        chain = SpinChain(sites=sizes[-1], hopping=1.0, zz=d)
        found = [linear_response(chain, rates=[RATE], sizes=own, method=m, progress=next(parts)) for m, own in groups]
        J.append(np.concatenate([one.conductance[0] for one in found]))
        error.append(np.concatenate([one.conductance_error[0] for one in found]))
        methods.append("; ".join(name for one in found for name in one.methods[0]))
    currents, errors = np.array(J), np.array(error)
    share = errors / currents
    between = np.sqrt(N[1:] * N[:-1])
    return dataset(
        {
            "current": (("anisotropy", "sites"), currents),
            "current_error": (("anisotropy", "sites"), errors),
            "exponent": (("anisotropy", "between"), falls(N, currents)),
            "exponent_error": (("anisotropy", "between"), (share[:, 1:] + share[:, :-1]) / np.diff(np.log(N))),
        },
        {"anisotropy": list(anisotropies), "sites": list(sizes), "between": between},
        {"methods": methods, "rate": RATE},
    )


def study(quick: bool, progress: Progress | None) -> Outcome:
    """J/μ over N for several Δ."""
    data = over_lengths(ANISOTROPIES, (4, 5, 6, 7, 8) if quick else SIZES, progress=progress)
    return Outcome(tuple(rows(data)), {"over-lengths": data}, figures.weak_driving(data))


def rows(data: xr.Dataset) -> list[Row]:
    """Exponents beside those of the paper; short chains decide nothing, and say so."""
    N, out = data.sites.values, []
    for i, d in enumerate(data.anisotropy.values.tolist()):
        last, error = float(data.exponent.values[i, -1]), float(data.exponent_error.values[i, -1])
        paper, value = KNOWN[d]
        told = f"local exponents {listed(data.exponent.values[i])}; J/μ = {float(data.current.values[i, -1]):.4g} ± {float(data.current_error.values[i, -1]):.1g} at N = {N[-1]}"
        long = bool(N[-1] >= LONG)
        out.append(
            Row(
                f"Δ = {d:g}: exponent γ of J ∝ N^(-γ) at N = {N[-2]} to {N[-1]}, Γ = {RATE:g}, as the drive vanishes",
                paper,
                f"{last:.3f} ± {error:.1g}",
                bool(abs(last - value) < NEAR + error) if long and error < NEAR else None,
                told if long else f"{told}. Lengths this short cannot decide it: the contacts still weigh",
            )
        )
    order = data.exponent.values[:, -1]
    out.append(
        Row(
            f"the larger Δ up to 1.5, the faster J falls, N = {N[-2]} to {N[-1]}; Δ = {listed(data.anisotropy.values, 'g')}",
            "ballistic, N^(-1/2), diffusive: the exponent does not fall with Δ up to 1",
            listed(order, ".3f"),
            bool(np.all(np.diff(order[data.anisotropy.values <= 1.5]) > 0)),
        )
    )
    return out


def couplings(quick: bool, progress: Progress | None) -> Outcome:
    """D of an open chain over its bath coupling, as the drive vanishes."""
    sizes = (4, 6, 8) if quick else (4, 6, 8, 10)
    chain = weak(sizes[-1], 0.75, 0.0).model_copy(update={"hopping": 0.5, "baths": ()})  # S = σ/2, Δ = 1.5
    near, far = shares(progress, (1.0, 0.0 if quick else 10.0))
    found = linear_response(chain, rates=RATES[::2] if quick else RATES, sizes=sizes, progress=near)
    D, N = found.diffusivity[:, -1], int(found.sizes[-1])
    spread = found.spread
    table: tuple[Row, ...] = (
        Row(
            f"Δ = 1.5, N = {N}: D over the bath coupling, largest over smallest less one",
            "strong dependence on the coupling",
            f"{spread:.2f}",
            bool(spread > 0.1),
            f"D = {listed(D, '.3f')} ± {listed(found.diffusivity_error[:, -1], '.3f')} at Γ = {listed(found.rates, 'g')}, energies in S = σ/2",
        ),
        beyond(
            "D of the bonds, 1/r of μ/j = R + r(N - 1) over the lengths",
            listed(1 / found.resistivity, ".3f"),
            f"largest deviation from the line, relative: {listed(found.misfit, '.3f')}",
        ),
        beyond(
            f"share of the contacts in the resistance, N = {N}",
            listed((found.of_contacts / found.resistance)[:, -1]),
            "what is left when all bonds have the resistance of the middle",
        ),
        beyond(
            "largest distance of the two routes to dj/dμ, relative",
            f"{float(np.abs(found.extrapolated / found.first_order - 1).max()):.0e}",
            "steady states extrapolated to no drive, and the equation of first order",
            paper="not said",
        ),
    )
    data = {"linear-response": found.to_dataset()}
    if not quick:
        long = linear_response(chain, rates=TWO, sizes=FAR, method=BONDS, progress=far)
        data["long"] = long.to_dataset()
        table = (*table, *_of_long(long))
    return Outcome(table, data, figures.bath_coupling(found.to_dataset()))


def _of_long(long: LinearResponse) -> list[Row]:
    """D of chains beyond the sector."""
    return [
        beyond(
            f"Δ = 1.5, N = {N}: D at Γ = {listed(long.rates, 'g')}",
            listed(long.diffusivity[:, k], ".3f"),
            f"± {listed(long.diffusivity_error[:, k], '.3f')}; conductances {listed(long.conductance[:, k], '.4f')} ± {listed(long.conductance_error[:, k], '.4f')}, tensor networks",
        )
        for k, N in enumerate(long.sizes.tolist())
    ]


RECIPES = (
    Recipe(
        "landmark-weak-driving",
        "XXZ chain at weak driving over Δ: ballistic, anomalous, diffusive",
        SOURCE,
        study,
        quick_differs=True,
    ),
    Recipe(
        "landmark-bath-coupling",
        "diffusivity of an open XXZ chain over its bath coupling, as the drive vanishes",
        COUPLED,
        couplings,
        quick_differs=True,
    ),
)
