"""lattices: terms and symmetries of long chains; steady states beside QuTiP; global baths on six spins."""

from __future__ import annotations

from typing import Any

import numpy as np
import qutip

import caloriq as cq
from benchmarks.report import Report, Target, agree
from benchmarks.timing import once
from caloriq.models.lattice.with_qutip import state_from_qutip, to_qutip
from caloriq.steady.lattice.solve import steady_lattice

SPECTRUM = {"kind": "ohmic", "coupling": 0.002, "cutoff": 10.0}
CLOSE = 1e-9
FAMILIES = {
    "XXZ": lambda sites: cq.Lattice.xxz(sites, anisotropy=0.7),
    "Heisenberg, random fields": lambda sites: cq.Lattice.heisenberg(sites, disorder=1.0),
    "tilted Ising": cq.Lattice.tilted_ising,
    "Hubbard": lambda sites: cq.Lattice.hubbard(sites, interaction=4.0),
    "t-V, closed": lambda sites: cq.Lattice.t_v(sites, interaction=1.0, geometry={"kind": "chain", "periodic": True}),
    "spin 1, bilinear-biquadratic": lambda sites: cq.Lattice.spin1(sites, theta=0.3),
}


def between_baths(sites: int) -> cq.Lattice:
    """A tilted Ising chain, which conserves no number."""
    ends = (cq.Bath(site=0, gain=0.4, loss=1.0), cq.Bath(site=-1, gain=0.1, loss=0.9))
    return cq.Lattice(sites=sites, terms=(cq.Term("Z Z"), cq.Term("X", 0.9), cq.Term("Z", 0.5)), baths=ends)


def coupled(sites: int) -> cq.Lattice:
    """The same between baths that know its levels."""
    hot, cold = ({"site": s, "operator": "X", "temperature": T, "spectrum": SPECTRUM} for s, T in ((0, 2.0), (-1, 1.0)))
    return cq.Lattice(sites=sites, terms=(cq.Term("Z Z"), cq.Term("X", 0.9), cq.Term("Z", 0.5)), baths=(hot, cold))


def theirs(model: cq.Lattice) -> Any:
    """Steady state by QuTiP, sparse and direct."""
    return state_from_qutip(model, qutip.steadystate(*to_qutip(model), method="direct"))


def run(*, quick: bool) -> Report:
    """Wall times; QuTiP beside the steady states, with results compared."""
    rows, targets, data = [], [], {}
    size = 100 if quick else 1000
    for name, make in FAMILIES.items():
        best = min((once(lambda make=make: make(size).symmetries)[:2] for _ in range(3)), key=lambda pair: pair[0])
        rows.append([f"{name}: terms and symmetries", str(size), f"{best[0]:.3g} ({best[1]:.2g})", "-", "-"])
        data[f"{name}, {size}"] = {"wall": best[0], "cpu": best[1]}
        if not quick:
            targets.append(Target(f"terms and symmetries, {name}, 1000 sites", best[0], 0.1, unit=" s"))
    for sites in (3, 4) if quick else (3, 4, 5, 6, 7, 8):
        model = between_baths(sites)
        wall, cpu, found = once(lambda model=model: steady_lattice(model))
        other = None
        if sites <= 5:
            other, _, rho = once(lambda model=model: theirs(model))
            agree("steady_state", "QuTiP", float(np.abs(found.state[0] - rho).max()), CLOSE)
        ratio = "-" if other is None else f"{other / wall:.1f}"
        rows.append(["tilted Ising between baths", str(sites), f"{wall:.3g} ({cpu:.2g})", _told(other), ratio])
        data[f"steady state, {sites}"] = {"wall": wall, "cpu": cpu, "qutip": other}
    for sites in (4,) if quick else (4, 5, 6, 7, 8):
        wall, cpu, _ = once(lambda sites=sites: cq.steady_state(coupled(sites)))
        rows.append(["global baths at both ends", str(sites), f"{wall:.3g} ({cpu:.2g})", "-", "-"])
        data[f"global baths, {sites}"] = {"wall": wall, "cpu": cpu}
        if sites == 6:
            targets.append(Target("generator and steady state of global baths, 6 spins", wall, 5.0, unit=" s"))
    columns = ["what", "sites", "s (CPU)", "QuTiP: s", "QuTiP / ours"]
    notes = [f"States agree with QuTiP's direct solution to {CLOSE:.0e} in every element."]
    return Report("lattices", "Lattices of any terms", columns, rows, targets, notes, data, quick)


def _told(seconds: float | None) -> str:
    return "-" if seconds is None else f"{seconds:.3g}"
