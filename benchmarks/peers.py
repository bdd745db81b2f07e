"""The same dynamics by other libraries, and the matrix they are given."""

from __future__ import annotations

import numpy as np
import qutip
import scipy.sparse as sp
from scipy.sparse.linalg import expm_multiply

from caloriq import ModularChain

RTOL, ATOL = 1e-6, 1e-8
ROUNDING = (
    1e-14  # error of P per radian of the spectral half-width that rounding explains: some ten units in the last place
)


def sparse_hamiltonian(model: ModularChain) -> sp.csr_matrix:
    """H - ΔE of the one-excitation space: the gap is a phase that an explicit integrator would have to resolve."""
    operator = model.hamiltonian()
    N = model.subunits
    blocks = [[None] * N for _ in range(N)]
    for mu in range(N):
        blocks[mu][mu] = sp.diags_array(operator.energies[mu] - model.gap, dtype=complex)
    for b in range(N - 1):
        v = operator.coupling(b)
        blocks[b][b + 1], blocks[b + 1][b] = sp.csr_array(v), sp.csr_array(v.conj().T)
    return sp.csr_matrix(sp.block_array(blocks, format="csr"))


class QutipSesolve:
    """`qutip.sesolve` with variable-order Adams steps, CSR Hamiltonian, one population projector per subunit."""

    name = "qutip.sesolve"
    settings = f"adams, rtol {RTOL:g}, atol {ATOL:g}, CSR"

    def __init__(self, matrix: sp.csr_matrix, start: np.ndarray, subunits: int) -> None:
        self.hamiltonian = qutip.Qobj(matrix)
        self.start = qutip.Qobj(start)
        where = np.repeat(np.arange(subunits), start.size // subunits)
        self.projectors = [qutip.Qobj(sp.csr_matrix(sp.diags_array((where == mu) * 1.0))) for mu in range(subunits)]

    def populations(self, times: np.ndarray) -> np.ndarray:
        """P_µ(t), shape (T, N)."""
        options = {"method": "adams", "rtol": RTOL, "atol": ATOL, "nsteps": 10**8, "progress_bar": ""}
        solution = qutip.sesolve(self.hamiltonian, self.start, times, e_ops=self.projectors, options=options)
        return np.array(solution.expect).T

    def tolerance(self, radians: float) -> float:
        """Error of P that its tolerances explain: one allowed local error per radian of the spectral half-width."""
        return 2 * (RTOL + ATOL * np.sqrt(self.start.shape[0])) * max(1.0, radians)


class ScipyExpmMultiply:
    """`scipy.sparse.linalg.expm_multiply` over equally spaced times: truncated Taylor series to machine precision."""

    name = "scipy expm_multiply"
    settings = "start, stop, num; CSR"

    def __init__(self, matrix: sp.csr_matrix, start: np.ndarray, subunits: int) -> None:
        self.generator = -1j * matrix
        self.start = start
        self.subunits = subunits

    def populations(self, times: np.ndarray) -> np.ndarray:
        """P_µ(t), shape (T, N)."""
        states = expm_multiply(
            self.generator, self.start, start=times[0], stop=times[-1], num=times.size, endpoint=True
        )
        return (np.abs(states.reshape(times.size, self.subunits, -1)) ** 2).sum(axis=2)

    def tolerance(self, radians: float) -> float:
        """Error of P that its tolerances explain: rounding, growing with the number of products."""
        return ROUNDING * max(1.0, radians)
