"""efficiency: 200 dephasing rates of FMO, each with proven bounds, and the best of them."""

from __future__ import annotations

import numpy as np
import qutip

import caloriq as cq
from benchmarks.report import Report, Target, agree
from benchmarks.timing import once
from caloriq.models.units import from_per_picosecond
from caloriq.steady.assisted import best_dephasing, efficiency_curve
from caloriq.steady.efficiency import efficiency

GOAL = 1.0  # s, for all rates together
TRAP = "reaction centre"
CLOSE = 1e-9


def by_qutip(model: cq.SpinChain) -> float:
    """η from pigment 1: QuTiP's Liouvillian of no or one excitation, inverted on the seven pigments."""
    N = model.sites
    ket = [qutip.basis(N + 1, k) for k in range(N + 1)]
    h = np.zeros((N + 1, N + 1), dtype=complex)
    h[:N, :N] = model.one_excitation(frame=float(model.frequencies.mean()))
    jumps = [np.sqrt(rate) * ket[N] * ket[k].dag() for k, rate in enumerate(model.losses) if rate > 0]
    jumps += [np.sqrt(rate) * ket[k] * ket[k].dag() for k, rate in enumerate(model.dephasing_rates) if rate > 0]
    L = qutip.liouvillian(qutip.Qobj(h), jumps).full()
    inside = [k + l * (N + 1) for l in range(N) for k in range(N)]
    start = np.zeros(N * N)
    start[0] = 1.0
    times = np.linalg.solve(L[np.ix_(inside, inside)], -start).reshape(N, N).diagonal().real
    return float(model.bath_rates[model.bath_names.index(TRAP)].loss * times[2])


def run(*, quick: bool) -> Report:
    """Wall times of curve, best place, and one network; QuTiP's numbers beside ours."""
    count = 20 if quick else 200
    rates = [from_per_picosecond(rate) for rate in np.geomspace(1e-2, 1e4, count).tolist()]
    model = cq.fmo()
    efficiency(model, start=0, trap=TRAP)  # what is loaded once
    wall, _, curve = once(lambda: efficiency_curve(model, rates, start=0, trap=TRAP).certified())
    best, _, top = once(lambda: best_dephasing(model, start=0, trap=TRAP).certified())
    single, _, _ = once(lambda: efficiency(model, start=0, trap=TRAP).certified())
    picked = range(0, count, count // 10)
    chain = model.chain()
    theirs, _, found = once(
        lambda: np.array([by_qutip(chain.model_copy(update={"dephasing": rates[i]})) for i in picked])
    )
    worst = float(np.abs(curve.efficiency[list(picked)] / found - 1).max())
    agree("efficiency_curve", "QuTiP's Liouvillian", worst, CLOSE)
    rows = [
        [f"{count} dephasing rates", f"{wall:.3g}", f"{float(curve.bounds['efficiency'].max()):.0e}"],
        ["the best dephasing", f"{best:.3g}", f"{float(top.bounds['efficiency']):.0e}"],
        ["one network", f"{single:.3g}", "as its rate's"],
        [f"QuTiP's Liouvillian, {len(picked)} rates", f"{theirs:.3g}", "none given"],
    ]
    targets = [] if quick else [Target(f"{count} dephasing rates of FMO", wall, GOAL, unit=" s")]
    data = {"wall": wall, "best": best, "single": single, "qutip": theirs, "worst": worst}
    notes = [f"Every number has a proven bound. η agrees with QuTiP to {worst:.0e} at {len(picked)} rates."]
    return Report(
        "efficiency", "Transport efficiency of FMO", ["what", "s", "bound on η"], rows, targets, notes, data, quick
    )
