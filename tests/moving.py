"""A driven chain in time in ball arithmetic, from the definition of the model alone: an oracle for stiff equations.

The Liouvillian of the 4^N matrix elements is made of Kronecker products, and cut to the elements that a product state
reaches, those between states of equally many excitations. Its exponential is FLINT's.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse
from flint import acb, acb_mat, arb, ctx

import caloriq as cq

RAISE = np.array([[0, 0], [1, 0]])  # basis 0 empty, 1 excited
NAMES = ("populations", "currents", "excitation_currents", "heat_currents", "dephasing_current", "energy")


def on(site: int, one: Any, sites: int) -> Any:
    out = scipy.sparse.identity(1, dtype=int)
    for j in range(sites):
        out = scipy.sparse.kron(out, one if j == site else np.eye(2, dtype=int))
    return out.tocsr()


def bath_rates(bath: cq.Bath, frequency: float) -> tuple[Any, Any]:
    if bath.gain is not None:
        return arb(bath.gain), arb(bath.loss)
    if bath.temperature == 0:
        return arb(0), arb(bath.rate)
    n = 1 / ((arb(frequency) / arb(bath.temperature)).exp() - 1)
    return arb(bath.rate) * n, arb(bath.rate) * (n + 1)


def jump(c: Any) -> Any:
    one, d = scipy.sparse.identity(c.shape[0]), c.T @ c
    return scipy.sparse.kron(c, c) - (scipy.sparse.kron(d, one) + scipy.sparse.kron(one, d.T)) / 2


class Moving:
    """Matrices of a chain with nearest-neighbour or given real couplings, at the present precision."""

    def __init__(self, model: cq.SpinChain) -> None:
        N = self.sites = model.sites
        self.up = [on(k, RAISE, N) for k in range(N)]
        self.n = [u @ u.T for u in self.up]
        one = scipy.sparse.identity(2**N)
        z = [2 * n - one for n in self.n]
        w = np.broadcast_to(model.frequency, N)
        self.g = np.broadcast_to(model.hopping, N - 1)
        zz = np.broadcast_to(model.zz, N - 1)
        H = [(arb(float(w[k])), z[k] / 2) for k in range(N)]
        H += [
            (arb(float(self.g[k])), self.up[k] @ self.up[k + 1].T + self.up[k + 1] @ self.up[k].T) for k in range(N - 1)
        ]
        H += [(arb(float(zz[k])), z[k] @ z[k + 1] / 2) for k in range(N - 1)]
        self.H = H
        self.baths = []
        for bath in model.baths:
            site = bath.site % N
            gain, loss = bath_rates(bath, float(w[site]))
            self.baths.append([(gain, jump(self.up[site])), (loss, jump(self.up[site].T))])
        rates = np.broadcast_to(model.dephasing, N)
        self.dephasing = [(arb(float(rates[k])), jump(self.n[k])) for k in range(N)]
        filled = np.array([bin(i).count("1") for i in range(2**N)])
        self.kept = np.flatnonzero((filled[:, None] == filled).ravel())
        unitary = [(acb(0, -1) * v, scipy.sparse.kron(h, one) - scipy.sparse.kron(one, h.T)) for v, h in H]
        self.L = self.matrix(unitary + [pair for bath in self.baths for pair in bath] + self.dephasing)

    def matrix(self, terms: list[tuple[Any, Any]]) -> Any:
        d = len(self.kept)
        out = acb_mat(d, d)
        for value, m in terms:
            cut = m.tocsr()[self.kept][:, self.kept].tocoo()
            for i, j, v in zip(cut.row.tolist(), cut.col.tolist(), cut.data.tolist(), strict=True):
                out[i, j] += value * v
        return out

    def mean(self, operator: list[tuple[Any, Any]], rho: Any) -> Any:
        """Tr(O ρ)."""
        total = acb(0)
        for value, m in operator:
            row = np.asarray(m.T.todense()).ravel()[self.kept]
            for i in np.flatnonzero(row).tolist():
                total += value * float(row[i]) * rho[i, 0]
        return total.real

    def at(self, n: list[float], t: float) -> dict[str, list[Any]]:
        """All numbers at time t as balls, from a product state."""
        probabilities = [acb(1)]
        for v in n:
            probabilities = [p * f for p in probabilities for f in (1 - acb(v), acb(v))]
        start = acb_mat(len(self.kept), 1)
        for place, element in enumerate(self.kept.tolist()):
            i, j = divmod(element, 2**self.sites)
            if i == j:
                start[place, 0] = probabilities[i]
        rho = (self.L * acb(t)).exp() * start
        hops = [
            [(acb(0, 1) * float(g), self.up[k] @ self.up[k + 1].T - self.up[k + 1] @ self.up[k].T)]
            for k, g in enumerate(self.g)
        ]
        number = [(arb(1), m) for m in self.n]
        return {
            "populations": [self.mean([(arb(1), m)], rho) for m in self.n],
            "currents": [self.mean(h, rho) for h in hops],
            "excitation_currents": [self.mean(number, self.matrix(b) * rho) for b in self.baths],
            "heat_currents": [self.mean(self.H, self.matrix(b) * rho) for b in self.baths],
            "dephasing_current": [self.mean(self.H, self.matrix(self.dephasing) * rho)],
            "energy": [self.mean(self.H, rho)],
        }


def outside(found: Any, times: list[float], n: list[float], bits: int) -> float:
    """Largest distance of a number from the oracle's, over its own bound; also checks that the oracle knows its digits."""
    before, worst = ctx.prec, 0.0
    ctx.prec = bits
    try:
        chain = Moving(found.model)
        for k, t in enumerate(times):
            for name, expected in chain.at(n, t).items():
                given, bound = np.atleast_1d(getattr(found, name)[k]), np.atleast_1d(found.bounds[name][k])
                for value, room, ball in zip(given.tolist(), bound.tolist(), expected, strict=True):
                    assert float(ball.rad()) <= 1e-3 * room + 1e-30 * (1 + abs(value)), (name, t, ball)
                    far = float(abs(ball - arb(value)).upper())
                    if far > 1e-30 * (1 + abs(value)):
                        worst = max(worst, far / room if room > 0 else np.inf)
    finally:
        ctx.prec = before
    return worst
