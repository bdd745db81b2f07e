"""Equations X C + C X† + diag(γ_k C_kk) + B = 0 of one excitation by the modes of X, and the error of their solution."""

from __future__ import annotations

import numpy as np
import scipy.linalg

from caloriq._checks import Complex, Real
from caloriq.models.random import PROBE, generator


class Modes:
    """Solver for one X and one dephasing: populations from the N x N response, then one eigenbasis product, refined.

    Cost: N⁴ operations once, 20 N³ for every B.
    """

    def __init__(self, X: Complex, dephasing: Real) -> None:
        N = len(X)
        self._X, self._dephasing = X, dephasing
        values, V = scipy.linalg.eig(X)
        self._vectors = V
        self.regular = False  # whether there is a solution
        try:
            self._inverse = np.linalg.inv(V)
        except np.linalg.LinAlgError:
            return
        decay = values[:, None] + values.conj()
        decay[np.abs(decay) < np.finfo(float).tiny] = np.finfo(float).tiny  # a dark mode; the error will tell
        self._weights = -1 / decay
        response = np.empty((N, N))
        for site in range(N):
            M = np.outer(self._inverse[:, site], self._inverse[:, site].conj()) * self._weights
            response[:, site] = np.einsum("ki,ij,kj->k", V, M, V.conj(), optimize=True).real
        self._response = response
        self._system = np.eye(N) - response * dephasing
        self.regular = bool(
            np.all(np.isfinite(self._system)) and np.linalg.cond(self._system) <= 1 / np.finfo(float).eps
        )

    def solve(self, B: Complex) -> tuple[Complex, float]:
        """C and its relative error: what a random change of the equations by one rounding does.

        Not a number where the equations are singular; without bound where a mode is dark.
        """
        X, dephasing, N = self._X, self._dephasing, len(self._X)
        if not self.regular:
            return np.full_like(X, np.nan), np.nan
        C = np.zeros_like(X)
        for _ in range(3):
            R = X @ C + C @ X.conj().T + np.diag(dephasing * C.diagonal().real) + B
            step = self._respond(R)
            change = np.linalg.solve(self._system, step.diagonal().real)
            C = C + step + self._respond(np.diag(dephasing * change).astype(complex))
        rng = generator(0, PROBE, N)
        noise = rng.standard_normal((N, N)) + 1j * rng.standard_normal((N, N))
        noise *= np.finfo(float).eps * float(np.abs(X).max()) * np.linalg.norm(C) / np.linalg.norm(noise)
        step = self._respond(noise + noise.conj().T)
        moved = np.linalg.solve(self._system, step.diagonal().real)
        change = step.diagonal().real + self._response @ (dephasing * moved)
        return C, float(np.linalg.norm(change) / max(float(np.linalg.norm(C)), np.finfo(float).tiny))

    def _respond(self, R: Complex) -> Complex:
        V, inverse = self._vectors, self._inverse
        C = V @ ((inverse @ R @ inverse.conj().T) * self._weights) @ V.conj().T
        half: Complex = (C + C.conj().T) / 2
        return half
