"""What the benchmarks of driven chains share: models, QuTiP's side of them, memory."""

from __future__ import annotations

import resource
import sys
from typing import Any

import numpy as np
import qutip

import caloriq as cq

BATHS = (cq.Bath(site=0, temperature=1.0, rate=1.0), cq.Bath(site=-1, temperature=0.0, rate=1.0))


def interacting(sites: int, dephasing: float) -> cq.SpinChain:
    """Hopping 1, ZZ ½, frequency 1, T = 1 and 0."""
    return cq.SpinChain(sites=sites, hopping=1.0, zz=0.5, dephasing=dephasing, baths=BATHS)


def qutip_current(model: cq.SpinChain) -> float:
    """Excitation current into the last bath by `qutip.steadystate(method="direct")`, from operators built here."""
    N, one = model.sites, [qutip.qeye(2)] * model.sites
    lower = [qutip.tensor([*one[:j], qutip.sigmam(), *one[j + 1 :]]) for j in range(N)]
    number = [a.dag() * a for a in lower]
    H: Any = 0
    for n, w in zip(number, model.frequencies, strict=True):
        H = H + float(w) * n
    for k, l, g, zz in zip(*model.bonds, strict=True):
        H = H + float(g) * (lower[k].dag() * lower[l] + lower[l].dag() * lower[k])
        H = H + 2 * float(zz) * (number[k] - 0.5) * (number[l] - 0.5)
    jumps = []
    for rate, site in zip(model.bath_rates, model.bath_sites, strict=True):
        jumps += [np.sqrt(rate.gain) * lower[site].dag()] * (rate.gain > 0)
        jumps += [np.sqrt(rate.loss) * lower[site]] * (rate.loss > 0)
    jumps += [np.sqrt(g) * n for g, n in zip(model.dephasing_rates, number, strict=True) if g > 0]
    rho = qutip.steadystate(H, jumps, method="direct")
    (_, last), site = (model.bath_rates[0], model.bath_rates[1]), model.bath_sites[1]
    return float(last.total * qutip.expect(number[site], rho) - last.gain)


def peak_memory() -> float:
    """Largest resident size of this process so far, in GB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 1e9
