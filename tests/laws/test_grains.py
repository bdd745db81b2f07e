"""Laws of grains for any chain: positivity, detailed balance, conservation, scaling with the contact."""

import numpy as np
import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st

import caloriq as cq
from caloriq.reduced.grains.blocks import Edge, End, diagonalise, double_sum
from caloriq.reduced.grains.pair import pair_difference, pair_hamiltonian
from testers import assert_close

numbers = st.floats(-1.5, 1.5).map(lambda x: round(x, 3))


@st.composite
def chains(draw, conserving=False):
    """Short chains with any couplings and fields."""
    n = 2 * draw(st.integers(1, 3))
    jx = draw(numbers.filter(lambda x: abs(x) > 0.1))
    return cq.QuantumChain(
        sites=n,
        jx=jx,
        jy=jx if conserving else draw(numbers),
        jz=draw(numbers),
        hx=0.0 if conserving else draw(numbers.filter(lambda x: abs(x) > 0.1)),
        hz=draw(st.lists(numbers.filter(lambda x: abs(x) > 0.1), min_size=n, max_size=n)),
    )


def with_carries():
    spin = chains(conserving=True).map(lambda c: (c, "spin"))
    return st.one_of(spin, chains().map(lambda c: (c, "energy")))


@given(with_carries(), st.sampled_from([np.inf, 2.0, 0.7]))
@settings(max_examples=20)
def test_correlation_is_largest_at_zero(case, temperature):
    """C is the transform of a positive measure; its eigenstates and sum rules are certified."""
    chain, carries = case
    grains = cq.coarse_grain(chain, chain.sites // 2, carries=carries, temperature=temperature)
    C = grains.kernel.correlation
    assert C[0, 0] > 0
    assert np.abs(C).max() <= C[0, 0] * (1 + 1e-12)
    assert np.all(grains.kernel.values[:, 0] == 0)
    assert grains.certificate.holds
    assert grains.variance > 0
    assert (grains.rate is None) == (grains.diffusivity is None)
    assert grains.holds == all(c.holds for c in grains.criteria)


@given(chains(), st.floats(0.4, 5.0))
@settings(max_examples=20)
def test_detailed_balance(chain, temperature):
    """⟨S⁻(τ - iβ)S⁺⟩ = ⟨S⁺(-τ)S⁻⟩: both orders are one spectrum and e^{-βω}."""
    block = diagonalise(chain, 0, chain.sites // 2, temperature)
    raising, lowering = End("+"), End("-")
    edge = Edge(block, [raising, lowering], last=False)
    t = np.linspace(0, 5, 11)
    shifted = sum(
        double_sum(W, block.sectors[m].energies, block.weights[m], block.sectors[n].energies, t - 1j / temperature)[0]
        for (n, m), W in edge.products((raising, raising)).items()
    )
    assert_close(shifted, edge.correlation((lowering, lowering), t)[0].conj(), 1e-9)


@given(chains(), st.sampled_from([np.inf, 0.9]))
@settings(max_examples=20)
def test_blocks_are_complete(chain, temperature):
    """Levels add up to the trace, weights to one, and ⟨S⁻S⁺⟩ + ⟨S⁺S⁻⟩ = 1."""
    n = chain.sites // 2
    block = diagonalise(chain, 0, n, temperature)
    assert block.levels.size == 2**n
    assert block.levels.sum() == pytest.approx(0, abs=1e-10)
    assert sum(w.sum() for w in block.weights) == pytest.approx(1, abs=1e-13)
    edge = Edge(block, [End("+"), End("-")], last=True)
    assert sum(edge.moments((End(s), End(s)))[0] for s in "+-") == pytest.approx(1, abs=1e-12)


@given(chains(conserving=True))
@settings(max_examples=15)
def test_spin_is_conserved(chain):
    """ΣSz commutes with the two blocks and their contact; the difference alone does not."""
    H = pair_hamiltonian(chain, chain.sites // 2, 0.4)
    total = sum(chain.density("spin"))
    assert abs(H @ total - total @ H).max() < 1e-13
    D = pair_difference(chain, chain.sites // 2, "spin")
    assert abs(H @ D - D @ H).max() > 1e-3


@given(with_carries(), st.floats(0.05, 3.0))
@settings(max_examples=15)
def test_rate_is_quadratic_in_the_contact(case, contact):
    """R ∝ contact² and nothing else changes at the same times, within the quadratures' own errors."""
    chain, carries = case
    try:
        one, other = (cq.coarse_grain(chain, chain.sites // 2, carries=carries, contact=c) for c in (1.0, contact))
    except cq.NotConverged:  # a kernel that its times do not resolve is refused, and has no values to compare
        reject()
    n = min(one.kernel.times.size, other.kernel.times.size)
    scale = np.abs(one.kernel.values[:, :n]).max()
    allowed = 1e-9 + sum(g.certificate["quadrature"].value for g in (one, other))
    assert_close(other.kernel.values[:, :n] / contact**2 / scale, one.kernel.values[:, :n] / scale, allowed)


@given(chains())
@settings(max_examples=15)
def test_definition_survives_its_file(chain):
    again = cq.QuantumChain.from_mapping({k: v for k, v in chain.to_mapping().items() if k != "kind"})
    assert again == chain
    assert abs(again.hamiltonian() - chain.hamiltonian()).max() == 0
    assert abs(chain.hamiltonian() - chain.hamiltonian().T).max() == 0
