"""Equations X C + C X† + diag(γ_k C_kk) + B = 0 of one excitation by the modes of X, and the error of their solution."""

from __future__ import annotations

import numpy as np
import scipy.linalg

from caloriq._checks import Complex, Real
from caloriq.models.random import PROBE, generator

TURNS = 12  # of refinement, at most


class Modes:
    """Solver for one X and one dephasing: populations from the N x N response, then one eigenbasis product, refined.

    Cost: N⁴ operations once, 20 N³ for every B; up to 80 N³ where modes nearly coincide.
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
        """C and its relative error: what a random change of the equations by one rounding does, and the last turn of refinement.

        Not a number where the equations are singular; without bound where a mode is dark.
        """
        X, dephasing, N = self._X, self._dephasing, len(self._X)
        if not self.regular:
            return np.full_like(X, np.nan), np.nan
        C, step, last = np.zeros_like(X), np.inf, np.inf
        for _ in range(TURNS):  # where modes nearly coincide, each turn gains only some digits
            R = X @ C + C @ X.conj().T + np.diag(dephasing * C.diagonal().real) + B
            change = self._answer(R)
            C = C + change
            step, last = float(np.linalg.norm(change)), step
            if step <= np.finfo(float).eps * float(np.linalg.norm(C)) or not step <= last / 2:
                break
        rng = generator(0, PROBE, N)
        noise = rng.standard_normal((N, N)) + 1j * rng.standard_normal((N, N))
        noise *= np.finfo(float).eps * float(np.abs(X).max()) * np.linalg.norm(C) / np.linalg.norm(noise)
        moved = float(np.linalg.norm(self._answer(noise + noise.conj().T).diagonal()))
        return C, (moved + step) / max(float(np.linalg.norm(C)), np.finfo(float).tiny)

    def _answer(self, R: Complex) -> Complex:
        """C for R in place of B, to the digits of the modes."""
        step = self._respond(R)
        change = np.linalg.solve(self._system, step.diagonal().real)
        return step + self._respond(np.diag(self._dephasing * change).astype(complex))

    def _respond(self, R: Complex) -> Complex:
        V, inverse = self._vectors, self._inverse
        C = V @ ((inverse @ R @ inverse.conj().T) * self._weights) @ V.conj().T
        half: Complex = (C + C.conj().T) / 2
        return half
