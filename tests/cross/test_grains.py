"""Grains against brute force in the space of two blocks, and against their exact dynamics."""

import numpy as np
import pytest
import scipy

import caloriq as cq
from caloriq.reduced.grains.blocks import OPERATORS, Edge, End, diagonalise
from caloriq.reduced.grains.pair import pair_decay
from caloriq.spaces.basis import on_sites
from grains import CHAINS, Brute, generic
from testers import assert_close


@pytest.mark.parametrize("temperature", [np.inf, 1.3])
@pytest.mark.parametrize("name", CHAINS)
def test_kernel_is_that_of_the_product_space(name, temperature):
    """C(τ) and χ from single-block functions are those of Re⟨J(τ)J⟩ in 64 states."""
    chain, carries = CHAINS[name]
    grains = cq.coarse_grain(chain, 3, carries=carries, temperature=temperature, contact=0.7)
    t = grains.kernel.times[:60]
    C, variance = Brute(chain, carries, 0.7).kernel(t, temperature)
    assert grains.variance == pytest.approx(variance, rel=1e-11)
    assert_close(grains.kernel.correlation[0, :60] / C[0], C / C[0], 1e-12)
    fine = np.linspace(0, t[-1], 59 * 16 + 1)
    integral = scipy.interpolate.CubicSpline(
        fine, Brute(chain, carries, 0.7).kernel(fine, temperature)[0]
    ).antiderivative()(t)
    assert_close(grains.kernel.values[0, :60] * variance, integral, 1e-4 * np.abs(integral).max())


@pytest.mark.parametrize("name", CHAINS)
def test_kernel_is_second_order_of_the_exact_decay(name):
    """1 - ⟨D(t)D⟩/⟨D²⟩ → 2∫R for a weak contact, and nothing else remains as the contact goes to zero."""
    chain, carries = CHAINS[name]
    lost, contacts = [], np.array([0.02, 0.01, 0.005])
    for contact in contacts:
        grains = cq.coarse_grain(chain, 3, carries=carries, contact=contact)
        t = grains.kernel.times[:50]
        expected = 2 / contact**2 * scipy.interpolate.CubicSpline(t, grains.kernel.values[0, :50]).antiderivative()(t)
        lost.append((1 - Brute(chain, carries, contact).decay(t)) / contact**2)
    errors = [np.abs(part - expected).max() / expected.max() for part in lost]
    assert errors[2] < 0.6 * errors[1] < 0.36 * errors[0]
    # the parts of first and second order in the contact taken off
    zero = np.linalg.solve(np.vander(contacts, increasing=True), np.array(lost))[0]
    assert_close(zero, expected, 1e-5 * expected.max())


@pytest.mark.parametrize("name", ["XXZ energy", "disordered spin", "tilted Ising"])
def test_sectors_are_the_whole_block(name):
    """Correlation functions by sectors of ΣSz and reflection are those of one dense eigenproblem."""
    chain, _ = CHAINS[name]
    block = diagonalise(chain, 0, 5, 0.8)
    E, U = np.linalg.eigh(chain.hamiltonian(first=0, sites=5).toarray())
    assert len(block.sectors) > 1
    assert_close(block.levels, E, 1e-12)
    t = np.linspace(0, 20, 41)
    p = np.exp(-(E - E[0]) / 0.8)
    p /= p.sum()
    for operator in ("+", "z"):
        A = U.T @ on_sites(OPERATORS[operator], (4,), 5).toarray() @ U  # (n, m)
        expected = [np.sum(A**2 * p * np.exp(1j * (E[None, :] - E[:, None]) * s)) for s in t]
        assert_close(
            Edge(block, [End(operator)], last=True).correlation((End(operator),) * 2, t)[0], np.array(expected), 1e-12
        )


@pytest.mark.parametrize(("name", "samples"), [("generic", 400), ("XXZ spin", 400)])
def test_typical_states_give_the_trace(name, samples):
    """The exact pair by random states agrees with the trace within its own errors."""
    chain, carries = CHAINS[name]
    t = np.array([0.0, 0.5, 2.0, 2.5, 9.0])
    found, error = pair_decay(chain, 3, 0.6, carries, t, samples, 1)
    exact = Brute(chain, carries, 0.6).decay(t)
    assert found[0] == pytest.approx(1, abs=1e-12)
    # a ratio of two random numbers of 64 states is biased by some 1/64 of its spread
    assert np.all(np.abs(found - exact)[1:] < 4 * error[1:] + 0.01 * np.abs(1 - exact[1:]))
    assert error[1:].max() < 0.02


def test_rate_equation_describes_two_weakly_coupled_blocks():
    """The better the criteria are met, the closer the exact decay is to e^{-2kt}: from refused to nearly met."""
    chain = cq.QuantumChain.tilted_ising(12)
    deviation, slowest = {}, {}
    for contact in (0.2, 0.5):
        grains = cq.coarse_grain(chain, 6, contact=contact)
        t = np.linspace(0, 1 / grains.rate, 5)
        exact, error = grains.exact(t, samples=2)
        deviation[contact] = np.abs(exact - grains.decay(t)).max()
        slowest[contact] = {c.name: c for c in grains.criteria}["rephasing"].margin
        assert error.max() < 0.04
    assert slowest[0.2] < 1 < slowest[0.5]
    assert deviation[0.5] < 0.08
    assert deviation[0.2] > 1.5 * deviation[0.5]


def test_reversed_chain_has_the_same_kernel():
    chain = generic(6)
    mirror = chain.model_copy(update={"hx": chain.hx[::-1], "hz": chain.hz[::-1]})
    one, other = (cq.coarse_grain(c, 3) for c in (chain, mirror))
    assert_close(one.kernel.values, other.kernel.values, 1e-10)


def test_every_bond_of_a_disordered_chain():
    """Three blocks: the kernel of each bond is that of its own two blocks; equal bonds of a clean chain are equal."""
    chain = cq.QuantumChain.heisenberg(9, disorder=1.0, seed=5)
    whole = cq.coarse_grain(chain, 3, carries="spin").kernel
    assert whole.values.shape[0] == 2
    for bond in (0, 1):
        pair = chain.model_copy(
            update={"sites": 6, "disorder": 0.0, "hx": 0.0, "hz": chain.fields[3 * bond : 3 * bond + 6]}
        )
        alone = cq.coarse_grain(pair, 3, carries="spin").kernel
        t = whole.times[whole.times < alone.times[-1]]
        common = scipy.interpolate.CubicSpline(alone.times, alone.values[0])(t)
        assert_close(common, whole.values[bond, : t.size], 1e-3 * np.abs(common).max())
    clean = cq.coarse_grain(cq.QuantumChain.xxz(12, anisotropy=1.5), 4, carries="spin")
    assert np.array_equal(*clean.kernel.values)
    assert clean.method.statistics["distinct blocks"] == 1


def test_band_golden_rule_is_near_the_plateau():
    """Rates summed over bands, from levels and mean squares alone, give the kernel's plateau to a fifth."""
    grains = cq.coarse_grain(cq.QuantumChain.tilted_ising(20), 10)
    assert grains.shells[0].conductance / grains.variance == pytest.approx(grains.rate, rel=0.2)
    assert sum(b.share for b in grains.bands) == pytest.approx(1)
    assert sum(b.levels for b in grains.bands) == 2**10
