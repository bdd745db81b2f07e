"""The master equation from the docstrings of `SpinChain` and `Bath` alone, dense, site 0 the leftmost factor.

Nothing but the fields of a definition is read: an error in the library's bonds, rates or currents shows.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

import caloriq as cq

Matrix = NDArray[np.complex128]
LOWER = np.array([[0, 1], [0, 0]], dtype=complex)  # basis 0 empty, 1 excited
Z = np.diag([-1.0, 1.0]).astype(complex)


def on(site: int, one: Matrix, sites: int) -> Matrix:
    """Operator of one site among all."""
    out = np.eye(1, dtype=complex)
    for j in range(sites):
        out = np.kron(out, one if j == site else np.eye(2))
    return out


def spread(value: Any, length: int) -> NDArray[Any]:
    return np.broadcast_to(np.asarray(value), (length,))


def gain_and_loss(bath: cq.Bath, frequency: float) -> tuple[float, float]:
    if bath.gain is not None:
        return bath.gain, bath.loss
    n = bath.occupation
    if n is None:
        n = 0.0 if bath.temperature == 0 else 1 / (np.exp(frequency / bath.temperature) - 1)
    return bath.rate * n, bath.rate * (n + 1)


class Equation:
    """H, the dissipator of every bath and that of the dephasing."""

    def __init__(self, model: cq.SpinChain) -> None:
        N = self.sites = model.sites
        self.lower = [on(j, LOWER, N) for j in range(N)]
        self.number = [a.conj().T @ a for a in self.lower]
        z = [on(j, Z, N) for j in range(N)]
        frequency = spread(model.frequency, N)
        if model.couplings is None:
            g = np.diag(spread(model.hopping, N - 1).astype(complex), 1)
        else:
            g = np.triu(np.asarray(model.couplings, dtype=complex), 1)
        if np.ndim(model.zz) == 2:
            zz = np.triu(np.asarray(model.zz), 1)
        elif model.couplings is None:
            zz = np.diag(spread(model.zz, N - 1).astype(float), 1)
        else:
            zz = np.where(g != 0, float(model.zz), 0.0)
        self.g = g
        self.H = sum(w / 2 * s for w, s in zip(frequency, z, strict=True))
        for k in range(N):
            for l in range(k + 1, N):
                hop = g[k, l] * self.lower[k].conj().T @ self.lower[l]
                self.H = self.H + hop + hop.conj().T + zz[k, l] / 2 * z[k] @ z[l]
        self.baths: list[list[tuple[float, Matrix]]] = []
        for bath in model.baths:
            a = self.lower[bath.site]
            gain, loss = gain_and_loss(bath, float(frequency[bath.site]))
            self.baths.append([(gain, a.conj().T), (loss, a)])
        self.dephasing = list(zip(spread(model.dephasing_rates, N), self.number, strict=True))

    def liouvillian(self) -> Matrix:
        """On row-stacked density matrices."""
        one = np.eye(len(self.H))
        L = -1j * (np.kron(self.H, one) - np.kron(one, self.H.T))
        for rate, c in [pair for bath in self.baths for pair in bath] + self.dephasing:
            d = c.conj().T @ c
            L = L + rate * (np.kron(c, c.conj()) - (np.kron(d, one) + np.kron(one, d.T)) / 2)
        return L

    def steady(self) -> Matrix:
        """The null vector of trace one, by least squares."""
        L = self.liouvillian()
        d = len(self.H)
        system = np.vstack([L, np.eye(d).ravel()])
        right = np.zeros(d * d + 1)
        right[-1] = 1
        rho = np.linalg.lstsq(system, right.astype(complex), rcond=None)[0].reshape(d, d)
        return (rho + rho.conj().T) / 2

    def mean(self, operator: Matrix, rho: Matrix) -> complex:
        return complex(np.trace(operator @ rho))

    def given(self, operator: Matrix, jumps: Any, rho: Matrix) -> float:
        """Tr(operator 𝓓ρ): what a dissipator brings of a quantity per time."""
        change = np.zeros_like(rho)
        for rate, c in jumps:
            d = c.conj().T @ c
            change += rate * (c @ rho @ c.conj().T - (d @ rho + rho @ d) / 2)
        return float(np.trace(operator @ change).real)
