"""Coarse-graining against closed forms: free fermions at the end of a block, sum rules, variances."""

import numpy as np
import pytest
import scipy

import caloriq as cq
from caloriq.reduced.grains.blocks import Edge, End, diagonalise
from caloriq.reduced.grains.correlation import plateau
from grains import generic, one_particle
from testers import assert_close


@pytest.mark.parametrize("sites", [1, 2, 5, 8])
def test_end_of_an_xx_block(sites):
    """⟨S⁻(τ)S⁺⟩ at the end of a block is ½ Σ φ_k² cos ε_kτ, ε_k = J cos(kπ/(ℓ+1)), φ_k² = 2/(ℓ+1) sin²(kπ/(ℓ+1))."""
    block = diagonalise(cq.QuantumChain.xx(10, coupling=1.3), 0, sites, np.inf)
    t = np.linspace(0, 60, 301)
    found = Edge(block, [End("+")], last=True).correlation((End("+"), End("+")), t)[0]
    q = np.pi * np.arange(1, sites + 1) / (sites + 1)
    expected = np.cos(np.outer(t, 1.3 * np.cos(q))) @ (np.sin(q) ** 2 / (sites + 1))
    assert_close(found, expected.astype(complex), 1e-12)


@pytest.mark.parametrize("site", [0, 6])
def test_end_of_a_disordered_xx_block(site):
    chain = cq.QuantumChain(sites=7, jx=1.0, jy=1.0, disorder=1.5, seed=2)
    E, phi = one_particle(chain, 0, 7)
    t = np.linspace(0, 40, 101)
    found = Edge(diagonalise(chain, 0, 7, np.inf), [End("+")], last=site > 0).correlation((End("+"), End("+")), t)[0]
    assert_close(found, np.exp(-1j * np.outer(t, E)) @ phi[site] ** 2 / 2, 1e-12)


def test_kernel_of_the_xx_chain():
    """Before anything comes back from the far ends, C = J²/2 (J₁(Jτ)/Jτ)² and R → 8J/3πℓ."""
    block, J = 10, 1.2
    grains = cq.coarse_grain(cq.QuantumChain.xx(2 * block, coupling=J), block, carries="spin")
    t = grains.kernel.times
    early = (t > 0) & (J * t < 0.8 * block)  # J₂ℓ₊₁(x) is what comes back
    x = J * t[early]
    assert_close(grains.kernel.correlation[0, early], J**2 / 2 * (scipy.special.j1(x) / x) ** 2, 1e-8)
    integral = np.array([scipy.integrate.quad(lambda y: (scipy.special.j1(y) / y) ** 2, 1e-12, end)[0] for end in x])
    assert_close(grains.kernel.values[0, early], J / 2 * integral * 4 / block, 1e-6)
    assert grains.rate == pytest.approx(8 * J / (3 * np.pi * block), rel=0.02)
    assert abs(grains.rate - 8 * J / (3 * np.pi * block)) < 2 * grains.rate_error


@pytest.mark.parametrize("block", [3, 5])
@pytest.mark.parametrize("contact", [1.0, 0.3])
def test_short_times_and_variance_of_the_ising_chain(block, contact):
    """χ = (ℓ-1)J² + ℓ(g² + h²) and C(0) = 2J²g² for energy; R = C(0)t/χ at first."""
    J, g, h = 0.8, -1.05, 0.5
    chain = cq.QuantumChain.tilted_ising(2 * block, coupling=J, transverse=g, longitudinal=h)
    grains = cq.coarse_grain(chain, block, contact=contact)
    assert grains.variance == pytest.approx((block - 1) * J**2 + block * (g**2 + h**2), rel=1e-12)
    start = 2 * J**2 * g**2 * contact**2
    assert grains.kernel.correlation[0, 0] == pytest.approx(start, rel=1e-12)
    t = grains.kernel.times[1]
    # C is even, so that the next term is cubic: (σt)²/6 with σt = 0.2
    assert grains.kernel.values[0, 1] == pytest.approx(start * t / grains.variance, rel=0.02)


@pytest.mark.parametrize("block", [2, 4])
def test_variance_and_short_times_of_spin(block):
    """χ = ℓ/4 and C(0) = J²/8, whatever the anisotropy."""
    grains = cq.coarse_grain(cq.QuantumChain.xxz(8, anisotropy=0.7, coupling=1.4), block, carries="spin")
    assert grains.variance == pytest.approx(block / 4, rel=1e-13)
    assert grains.kernel.correlation[0, 0] == pytest.approx(1.4**2 / 8, rel=1e-12)
    t = grains.kernel.times[1]
    assert grains.kernel.values[0, 1] == pytest.approx(1.4**2 / 8 * t / (block / 4), rel=0.02)


def test_single_spins_in_fields():
    """Blocks of one spin: Sz exchanged at the detuning, R = (J²/8)·4·sin(Δτ)/Δ, no plateau and so no rate."""
    chain = cq.QuantumChain(sites=2, jx=0.6, jy=0.6, hz=[0.4, 1.1])
    grains = cq.coarse_grain(chain, 1, carries="spin")
    t = grains.kernel.times
    assert_close(grains.kernel.values[0], 0.6**2 / 2 * np.sin(0.7 * t) / 0.7, 1e-5)
    assert grains.rate is None
    assert grains.diffusivity is None
    assert not grains.holds
    assert "no plateau" in grains.why


def test_temperature_of_single_spins():
    """⟨Sz⟩ and its variance in a field: Boltzmann."""
    chain = cq.QuantumChain(sites=2, jx=0.6, jy=0.6, hz=[0.9, 0.9])
    grains = cq.coarse_grain(chain, 1, carries="spin", temperature=0.5)
    assert grains.variance == pytest.approx((1 - np.tanh(0.9) ** 2) / 4, rel=1e-12)


@pytest.mark.parametrize("sites", [2, 3, 6])
def test_hamiltonian_of_the_heisenberg_chain(sites):
    """Ferromagnetic multiplet at J(N-1)/4, and for two spins the singlet at -3J/4."""
    E = np.linalg.eigvalsh(cq.QuantumChain.heisenberg(sites).hamiltonian().toarray())
    assert np.sum(np.abs(E - (sites - 1) / 4) < 1e-12) == sites + 1
    if sites == 2:
        assert E[0] == pytest.approx(-0.75)


def test_hamiltonian_by_pauli_matrices():
    """J σzσz + g σx + h σz, by Kronecker products of Pauli matrices."""
    X, Z, one = np.array([[0, 1], [1, 0]]), np.diag([-1, 1]), np.eye(2)  # bit 1 is spin up

    def at(operator, site):
        out = np.eye(1)
        for j in reversed(range(3)):
            out = np.kron(out, operator if j == site else one)
        return out

    expected = sum(0.7 * at(Z, j) @ at(Z, j + 1) for j in range(2)) + sum(
        -1.05 * at(X, j) + 0.5 * at(Z, j) for j in range(3)
    )
    assert_close(cq.QuantumChain.tilted_ising(3, coupling=0.7).hamiltonian().toarray(), expected, 1e-14)


def test_densities_add_up():
    chain = generic(5)
    assert_close(sum(chain.density("energy")).toarray(), chain.hamiltonian().toarray(), 1e-14)
    spin = sum(cq.QuantumChain.xx(4).density("spin")).diagonal()
    assert_close(spin, np.bitwise_count(np.arange(16)) - 2.0, 0.0)


def test_fields_are_the_same_in_longer_chains():
    short, long = (cq.QuantumChain.heisenberg(n, disorder=3.0, seed=7).fields for n in (4, 9))
    assert np.array_equal(short, long[:4])
    assert np.abs(long).max() <= 3
    assert len(set(long)) == 9


def test_plateau():
    """1 - e^{-t} is flat soon after t = 1; what bends, grows or vanishes is not."""
    t = np.linspace(0, 100, 4001)
    found = plateau(t, 2 * (1 - np.exp(-t)))
    assert found.value == pytest.approx(2, rel=5e-3)
    assert found.begin < 2
    assert found.open
    assert found.end == 100
    ended = plateau(t, 1 - np.exp(-t) + np.maximum(0, t - 40))
    assert 40 <= ended.end < 40.5
    assert not ended.open
    assert plateau(t, t) is None
    assert plateau(t, np.sin(t)) is None
    assert plateau(t, -np.ones_like(t)) is None
    assert plateau(t, np.zeros_like(t)) is None
