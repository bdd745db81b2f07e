r"""One pure state for a short time, :math:`e^{-i(H - iG/2)t}\psi`, by a Chebyshev series of H - iG/2.

G is not negative and small beside H: the spectrum lies in a flat ellipse about that of H, on which Chebyshev polynomials grow
by a known factor; the series takes some terms more.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import scipy

from caloriq._checks import Complex, Real
from caloriq.linalg import kernels
from caloriq.linalg.lanczos import spectral_bounds
from caloriq.linalg.pauli_plan import aligned
from caloriq.linalg.products import InPlace, Products
from caloriq.models.random import LANCZOS, generator
from caloriq.spaces.matrices import Parts

SHORT = 2**11  # states up to which the whole series is one compiled loop over a sparse matrix
LONGEST = 40.0  # of a series, in units of half the width of the spectrum
FALL = 4.0  # of the norm's logarithm within a series, at most: polynomials grow by as much beside the spectrum of H
EXTRA = 60  # orders beyond the argument that are looked at


@dataclass(frozen=True, eq=False)
class Propagator:
    """H and G on the states of one sector.

    Attributes
    ----------
    hamiltonian : Products
        H.
    parts : Parts or None
        H as a sparse matrix, where states are few.
    decay : Parts or None
        G, where it is not nothing.
    tol : float
        What a series may leave out of a state of norm 1.
    """

    hamiltonian: Products
    parts: Parts | None
    decay: Parts | None
    tol: float

    @cached_property
    def interval(self) -> tuple[float, float]:
        """Middle and half the width of the spectrum of H, which a random start sees to within a small chance."""
        low, high = spectral_bounds(self.hamiltonian, rng=generator(0, LANCZOS))
        return (low + high) / 2, max((high - low) / 2, self.strength / 2, 1e-12)

    @cached_property
    def strength(self) -> float:
        """Largest G."""
        if self.decay is None:
            return 0.0
        found = 0.0 if self.decay.diagonal is None else float(np.abs(self.decay.diagonal).max(initial=0.0))
        if self.decay.rest is not None:
            found += float(abs(self.decay.rest).sum(axis=1).max(initial=0.0))
        return found

    def falling(self, psi: Complex) -> float:
        """⟨ψ|G|ψ⟩."""
        return 0.0 if self.decay is None else float(np.vdot(psi, self.decay.times(psi)).real)

    def run(self, psi: Complex, time: float) -> tuple[Complex, int]:
        """The state after a time, but for a phase, and how many products that took."""
        products = 0
        for orders in self._orders(time):
            psi = self._series(psi, orders)
            products += len(orders) - 1
        return psi, products

    def _orders(self, time: float) -> list[Real]:
        """Bessel functions of every series of a time, up to where the rest is left out."""
        r = self.interval[1]
        parts = max(1, int(np.ceil(max(r * time / LONGEST, self.strength * time / (2 * FALL)))))
        flat = self.strength / (2 * r)
        J = _orders(r * time / parts, float(flat + np.sqrt(1 + flat**2)), self.tol / parts)
        return [J] * parts

    @cached_property
    def _short(self) -> tuple[Any, ...] | None:
        """Sparse matrix of H - iG/2 less its middle, for the compiled loop."""
        if self.parts is None or self.hamiltonian.shape[0] > SHORT or not kernels.numba_available():
            return None
        D, c = self.hamiltonian.shape[0], self.interval[0]
        diagonal = np.full(D, -c, dtype=complex)
        rest = scipy.sparse.csr_array((D, D))
        for part, factor in ((self.parts, 1.0), (self.decay, -0.5j)):
            if part is not None and part.diagonal is not None:
                diagonal += factor * part.diagonal
            if part is not None and part.rest is not None:
                rest = rest + factor * part.rest if factor != 1.0 else rest + part.rest
        rest = rest.tocsr()
        own = rest.diagonal()
        if np.any(own):
            diagonal += own
            rest = (rest - scipy.sparse.diags_array(own)).tocsr()
            rest.eliminate_zeros()
        return rest.indptr.astype(np.int32), rest.indices.astype(np.int32), rest.data, diagonal

    @cached_property
    def _advance(self) -> InPlace:
        """Puts 2 (H - c)/r x - y into y."""
        c, r = self.interval
        return self.hamiltonian.recurrence(2 / r, c)

    @cached_property
    def _room(self) -> tuple[Complex, Complex]:
        D = self.hamiltonian.shape[0]
        return aligned((D,), np.dtype(complex)), aligned((D,), np.dtype(complex))

    def _series(self, psi: Complex, orders: Real) -> Complex:
        a, b = self._room
        r = self.interval[1]
        if self._short is not None:
            y = np.empty(psi.shape, dtype=complex)
            kernels.compiled("caloriq.steady.jumps._compiled").series(*self._short, r, orders, psi, a, b, y)
            return y
        y = aligned(psi.shape, np.dtype(complex))
        a[...] = psi
        b[...] = 0.0
        np.multiply(psi, orders[0], out=y)
        phase = 1.0 + 0.0j
        for k in range(1, len(orders)):
            phase *= -1j
            self._advance(a, b)
            if self.decay is not None:
                b -= (1j / r) * self.decay.times(a)
            if k == 1:  # of nothing the recurrence makes twice the first
                b *= 0.5
            scipy.linalg.blas.zaxpy(b, y, a=2 * orders[k] * phase)
            a, b = b, a
        return y


def _orders(x: float, growth: float, tol: float) -> Real:
    """J_0(x) ... J_K(x), beyond which 2 Σ |J_k| growth^k is at most `tol`."""
    found = np.empty(int(x) + EXTRA)
    if kernels.numba_available():
        keep = kernels.compiled("caloriq.steady.jumps._compiled").orders(x, growth, tol, found)
        return found[:keep]
    found[:] = scipy.special.jv(np.arange(found.size), x)
    tails = 2 * np.cumsum((np.abs(found) * growth ** np.arange(found.size))[::-1])[::-1]
    return found[: max(1, int(np.argmax(tails <= tol)))]
