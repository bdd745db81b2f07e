"""Chains for the tests of grains, and the brute force that these tests compare with."""

import numpy as np
import scipy

import caloriq as cq


def generic(sites=6, seed=3):
    """No symmetry at all: every coupling, fields that differ from site to site."""
    rng = np.random.default_rng(seed)
    return cq.QuantumChain(
        sites=sites, jx=0.9, jy=-0.6, jz=1.3, hx=rng.uniform(-1, 1, sites), hz=rng.uniform(-1, 1, sites)
    )


CHAINS = {
    "generic": (generic(), "energy"),
    "tilted Ising": (cq.QuantumChain.tilted_ising(6), "energy"),
    "XYZ, mirrored": (cq.QuantumChain(sites=6, jx=1.0, jy=0.4, jz=-0.7, hx=0.3, hz=0.2), "energy"),
    "XXZ spin": (cq.QuantumChain.xxz(6, anisotropy=1.5), "spin"),
    "XXZ energy": (cq.QuantumChain.xxz(6, anisotropy=1.5), "energy"),
    "disordered spin": (cq.QuantumChain.heisenberg(6, disorder=2.0, seed=4), "spin"),
    "disordered energy": (cq.QuantumChain.heisenberg(6, disorder=2.0, seed=4), "energy"),
}


class Brute:
    """Two blocks in the product space of both, from the chain's Hamiltonian alone."""

    def __init__(self, chain, carries, contact=1.0):
        n, half = chain.sites, chain.sites // 2
        whole = chain.hamiltonian().toarray()
        bond = chain.bond(half - 1).toarray()
        self.V, self.H0 = contact * bond, whole - bond
        low, high = np.eye(2**half), np.eye(2 ** (n - half))
        left = sum(chain.density(carries, first=0, sites=half)).toarray()
        right = sum(chain.density(carries, first=half, sites=n - half)).toarray()
        self.Q = np.kron(high, left), np.kron(right, low)  # bit j of a state is site j
        self.blocks = left, right
        self.J = 0.5j * self._commutator(self.V, self.Q[0] - self.Q[1])

    @staticmethod
    def _commutator(A, B):
        return A @ B - B @ A

    def kernel(self, times, temperature=np.inf):
        """Re⟨J(τ)J⟩ and the mean variance of Q of the two blocks."""
        E, U = np.linalg.eigh(self.H0)
        p = np.exp(-(E - E[0]) / temperature)
        p /= p.sum()
        J = U.conj().T @ self.J @ U
        C = np.array(
            [(p[:, None] * np.exp(1j * np.subtract.outer(E, E) * t) * np.abs(J) ** 2).sum().real for t in times]
        )
        variances = []
        for Q in self.Q:
            q = np.einsum("ij,jk,ki->i", U.conj().T, Q, U).real
            square = np.einsum("ij,jk,ki->i", U.conj().T, Q @ Q, U).real
            variances.append(p @ square - (p @ q) ** 2)
        return C, float(np.mean(variances))

    def decay(self, times):
        """Tr{D(t)D}/Tr{D²}, D = Q_L - Q_R."""
        E, U = np.linalg.eigh(self.H0 + self.V)
        D = self.Q[0] - self.Q[1]
        weight = np.abs(U.conj().T @ D @ U) ** 2
        return np.array([(weight * np.cos(np.subtract.outer(E, E) * t)).sum() for t in times]) / weight.sum()


def one_particle(chain, first, sites):
    """Energies and end amplitudes of the fermions that a block of an XX chain is."""
    h = np.diag(chain.fields[first : first + sites]) + np.diag(chain.couplings[0][0, first : first + sites - 1] / 2, 1)
    return scipy.linalg.eigh(h + np.triu(h, 1).T)
