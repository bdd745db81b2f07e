r"""The exact generator of a closed system, :math:`T_{nm}(t) = |\langle n|U(t)|m\rangle|^2`.

Ṫ comes from the commutator, :math:`\dot T_{nm} = 2\,\mathrm{Im}\,[\langle n|HU|m\rangle\langle n|U|m\rangle^*]`, not from
differences; the diagonal of H drops out of it and is left out.
"""

from __future__ import annotations

import numpy as np
import scipy
from numpy.typing import NDArray

from caloriq._checks import Complex, Real
from caloriq.linalg import propagate
from caloriq.reduced.populations.space import Space
from caloriq.reduced.populations.transfer import EPS, ROUNDINGS, Propagator


class ExactGenerator(Propagator):
    """K(t) of a closed system in the space that a start reaches."""

    def __init__(self, space: Space) -> None:
        self.space = space
        H = space.hamiltonian()
        mean = float(np.trace(H).real) / len(H)  # a common energy does not move populations
        H[np.diag_indices(len(H))] -= mean
        levels = H.diagonal().real.copy()
        self.energies, self._V = scipy.linalg.eigh(H, overwrite_a=True, check_finite=False)
        self._B = moving(space)
        self.real = not np.iscomplexobj(self._V)
        self.products = 0
        self.acceleration, self._strongest = bounds(self._B, levels, None)
        self._fastest = float(np.abs(self.energies).max(initial=0.0))

    def propagator(self, t: float) -> tuple[Real, Real]:
        """Re U(t) and -Im U(t), each of shape (D, D)."""
        self.products += 2
        return propagate.whole(self._V, self.energies, t, fastest=self._fastest)

    def columns(self, t: float, chosen: NDArray[np.intp]) -> tuple[Complex, Complex]:
        """U(t) and B U(t) on some of the states, B the part of H off its diagonal."""
        U = propagate.between(self._V, self.energies, t, self._V[chosen])
        return U, np.asarray(self._B @ U)

    def transfer(self, t: float) -> tuple[Real, Real]:
        """T(t) and its time derivative."""
        C, S = self.propagator(t)
        if self.real:
            rate = 2 * ((self._B @ C) * S - (self._B @ S) * C)
        else:
            U = C - 1j * S
            rate = 2 * ((self._B @ U) * U.conj()).imag
        C *= C
        S *= S
        C += S
        return C, np.asarray(rate)

    def rounding(self, t: float) -> tuple[float, float]:
        """Bounds on the error of an element of T(t) and of Ṫ(t): that of U is of the phases, and of its own digits."""
        phase = self._fastest * t
        unit = ROUNDINGS * EPS
        return unit * (1 + phase), 2 * unit * self._strongest * (min(phase, 1.0) + phase)

    def carried(self, start: Real, times: Real) -> tuple[Real, Real]:
        """Populations T(t) P(0) and their time derivatives, all start states at once."""
        some = np.flatnonzero(start)
        P, rate = np.empty((len(times), len(start))), np.empty((len(times), len(start)))
        for k, t in enumerate(times.tolist()):
            U, BU = self.columns(t, some)
            P[k] = (U.real**2 + U.imag**2) @ start[some]
            rate[k] = 2 * (BU * U.conj()).imag @ start[some]
        return P, rate


def moving(space: Space) -> scipy.sparse.csr_array:
    """λB off its diagonal: what moves populations."""
    B = scipy.sparse.csr_array(space.coupling) * space.strength
    found = scipy.sparse.csr_array(B - scipy.sparse.diags_array(B.diagonal()))
    found.eliminate_zeros()
    return found


def bounds(moving: scipy.sparse.csr_array, levels: Real, damping: Real | None) -> tuple[float, float]:
    """Bound on ‖T̈‖₁, and the largest sum of |B| over a row.

    4‖B‖² + 2‖[H₀, B]‖, and 2‖Γ∘B‖ with noise, B = λB off its diagonal: for any diagonal O with |O| ≤ 1 the second derivative
    of ⟨O⟩ is the expectation of -[B, [B, O]] - [[H₀, B], O] - i[Γ∘B, O].
    """
    B = moving.toarray()
    turned = 1j * (levels[:, None] - levels) * B
    fastest, change = (float(np.abs(scipy.linalg.eigvalsh(A)).max(initial=0.0)) for A in (B, turned))
    damped = 0.0 if damping is None else float(np.abs(scipy.linalg.eigvalsh(damping * B)).max(initial=0.0))
    return 4 * fastest**2 + 2 * change + 2 * damped, float(np.abs(B).sum(axis=1).max(initial=0.0))
