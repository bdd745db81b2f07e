"""Blocks joined by weaker bonds of the chain itself, ladders, rates between bands, and the exact energies of all blocks."""

import numpy as np
import pytest
import scipy

import caloriq as cq
from caloriq.reduced.grains.band_rates import band_rates, energies_by_rates, generator
from caloriq.reduced.grains.blocks import channels
from caloriq.reduced.grains.bonds import distinct_blocks
from caloriq.reduced.grains.energies import exact_energies
from caloriq.reduced.grains.pair import pair_hamiltonian
from caloriq.reduced.grains.spectrum import Binning
from grains import Brute
from testers import assert_close, refused

INF = np.inf
CHAIN = cq.QuantumChain.tilted_ising(9)


def ladder(sites=6, seed=2):
    """Every coupling of neighbours and next neighbours its own."""
    rng = np.random.default_rng(seed)
    near = {k: rng.uniform(-1, 1, sites - 1) for k in ("jx", "jy", "jz")}
    far = {k: rng.uniform(-1, 1, sites - 2) for k in ("next_jx", "next_jy", "next_jz")}
    return cq.QuantumChain(sites=sites, hx=rng.uniform(-1, 1, sites), hz=rng.uniform(-1, 1, sites), **near, **far)


def by_pauli(chain):
    """H by Kronecker products, bit j of a state is site j."""
    S = {"x": np.array([[0, 1], [1, 0]]) / 2, "y": np.array([[0, 1j], [-1j, 0]]) / 2, "z": np.diag([-0.5, 0.5])}

    def at(name, j):
        return np.kron(np.kron(np.eye(2 ** (chain.sites - 1 - j)), S[name]), np.eye(2**j))

    H = sum(chain.transverse_fields[j] * at("x", j) + chain.fields[j] * at("z", j) for j in range(chain.sites))
    for d, J in enumerate(chain.couplings, start=1):
        for j in range(chain.sites - d):
            H = H + sum(J[a, j] * at(name, j) @ at(name, j + d) for a, name in enumerate("xyz"))
    return H


def test_ladder_by_pauli_matrices():
    chain = ladder()
    assert_close(chain.hamiltonian().toarray(), by_pauli(chain), 1e-13)
    assert_close(chain.flips() @ np.eye(64), by_pauli(chain).real, 1e-13)


@pytest.mark.parametrize("columns", [1, 3])
def test_flips_are_the_matrix(columns):
    """Without a matrix, in more rows than a chunk, contacts included."""
    chain, rng = ladder(12), np.random.default_rng(1)
    x = rng.standard_normal((2**12, columns)) + 1j * rng.standard_normal((2**12, columns))
    expected = chain.hamiltonian() @ x - 0.7 * (chain.joint(6) @ x)
    assert_close(chain.flips(contact=0.3, block=6) @ x, expected, 1e-12)
    assert_close(chain.flips() @ x[:, 0].real, chain.hamiltonian() @ x[:, 0].real, 1e-12)


def test_weak_bonds_of_the_chain_are_a_contact():
    """A chain whose own bonds are weaker between blocks is the homogeneous one with a contact."""
    jz = np.full(11, 4.0)
    jz[3::4] *= 0.4
    whole = cq.QuantumChain.tilted_ising(12)
    own = cq.QuantumChain(sites=12, jz=jz, hx=-2.1, hz=1.0)
    one, other = cq.coarse_grain(own, 4), cq.coarse_grain(whole, 4, contact=0.4)
    assert one.rate == pytest.approx(other.rate, rel=1e-12)
    assert [c.value for c in one.criteria] == pytest.approx([c.value for c in other.criteria], rel=1e-9)
    assert one.method.statistics["distinct blocks"] == 1


def test_kernel_of_a_ladder_is_that_of_the_product_space():
    """Couplings of next neighbours across the cut, with their cross terms."""
    chain = ladder()
    grains = cq.coarse_grain(chain, 3)
    brute = Brute(chain, "energy")
    brute.V = chain.joint(3).toarray()
    brute.H0 = chain.hamiltonian().toarray() - brute.V
    brute.J = 0.5j * brute._commutator(brute.V, brute.Q[0] - brute.Q[1])
    C, variance = brute.kernel(grains.kernel.times[:50])
    assert grains.variance == pytest.approx(variance, rel=1e-11)
    assert_close(grains.kernel.correlation[0, :50] / C[0], C / C[0], 1e-12)
    assert_close(pair_hamiltonian(chain, 3, 1.0).toarray(), chain.hamiltonian().toarray(), 1e-14)


def test_rates_between_bands_by_brute_force():
    """Every element of V between every pair of levels of two blocks of 3, binned one by one."""
    chain, width = cq.QuantumChain.tilted_ising(6), 2.5
    parts = [channels(chain, 0.3, 3)]
    blocks, edges = distinct_blocks(chain, 3, 2, INF, parts)
    both = tuple(Binning(b, width, "energy") for b in blocks)
    found = band_rates(edges[0][0], edges[1][1], both, parts[0], width)
    E, U = np.linalg.eigh(chain.hamiltonian(first=0, sites=3).toarray())
    pair = np.kron(U, U)
    V = (pair.T @ (0.3 * chain.joint(3).toarray()) @ pair) ** 2
    bins = ((E - E[0]) / width).astype(int)
    names, of = np.unique(bins, return_inverse=True)
    count, p = np.bincount(of), names.size
    expected = np.zeros((p, p, p, p))
    for n in range(64):
        for m in range(64):
            (b, a), (j, i) = (divmod(n, 8)), (divmod(m, 8))
            i, j, a, b = of[i], of[j], of[a], of[b]
            if names[a] + names[b] == names[i] + names[j] and a != i:
                expected[a, i, b, j] += 2 * np.pi / width * V[n, m] / (count[i] * count[j])
    assert_close(found, expected, 1e-12 * expected.max())
    assert blocks[0].levels == pytest.approx(E)
    K = generator([found], [p, p])
    weight = np.outer(count, count).ravel()
    assert_close(K @ weight, np.zeros(p * p), 1e-12)  # uniform over levels stays
    assert_close(K.sum(axis=0), np.zeros(p * p), 1e-14)
    energy = (names[:, None] + names).ravel()
    assert_close(energy @ K.toarray(), np.zeros(p * p), 1e-12)  # shells keep their energy


def test_exact_energies_are_those_of_gibbs_states():
    """Against the density matrix of all nine spins, by its eigenvectors."""
    t, heat = np.array([0.0, 0.7, 3.0]), [2.0, INF, -3.0]
    found = exact_energies(CHAIN, 3, t, heat, contact=0.6, samples=60)
    own = [CHAIN.hamiltonian(first=3 * k, sites=3).toarray() for k in range(3)]
    rho = np.eye(1)
    for h, T in zip(own, heat, strict=True):
        rho = np.kron(scipy.linalg.expm(-h / T), rho)
    rho /= np.trace(rho)
    H = CHAIN.hamiltonian().toarray() - 0.4 * (CHAIN.joint(3) + CHAIN.joint(6)).toarray()
    E, U = np.linalg.eigh(H)
    rho = U.T @ rho @ U
    for k, h in enumerate(own):
        local = U.T @ np.kron(np.kron(np.eye(8 ** (2 - k)), h), np.eye(8**k)) @ U
        for at, s in enumerate(t):
            phases = np.exp(-1j * np.subtract.outer(E, E) * s)
            expected = np.sum(rho * phases * local.T).real
            assert abs(found.energies[at, k] - expected) < 4 * found.errors[at, k] + 0.02


def test_three_blocks_exchange_by_the_rates_of_their_bands():
    """Twelve spins: the prediction within a twelfth of the excess; `caloriq reproduce michel-2006-grains-positive` has 18.

    There, three blocks of 6 at contact 0.45 and the first one at T = 4 gave U = -2.928, -1.989, -1.569, -1.353, -1.218 at
    kt = 0, ½ … 2 where the rates give -2.909, -1.984, -1.564, -1.336, -1.200.
    """
    chain, heat = cq.QuantumChain.tilted_ising(12), [4.0, INF, INF]
    rate = cq.coarse_grain(chain, 4, contact=0.45).rate
    t = np.linspace(0, 1.5, 4) / rate
    predicted = energies_by_rates(chain, 4, t, heat, contact=0.45, bands=10)
    exact = exact_energies(chain, 4, t, heat, contact=0.45, samples=8)
    scale = abs(predicted.energies[0, 0])
    assert np.abs(exact.energies - predicted.energies).max() < scale / 12
    assert predicted.energies.sum(axis=1) == pytest.approx(predicted.energies[0].sum(), rel=0.02)
    slow, fast = predicted.modes()[0][1] / predicted.modes()[0][0]
    assert fast < slow < 1


def test_one_rate_for_unlike_energies_is_refused():
    """Ends that move slowly give rates that depend on energy: all other criteria pass, and exact blocks are a third slower."""
    hx, jz = np.full(14, 2.2), np.full(13, 1.0)
    hx[[0, 6, 7, 13]] *= 0.6
    jz[6] = 4.0
    far = np.full(12, 4.6)
    far[[5, 6]] = 0.0
    hz = 1.2 * (1 + 0.45 * np.arange(7) / 7)
    hz[[0, 6]] *= 0.25
    chain = cq.QuantumChain(sites=14, jz=jz, next_jz=far, hx=hx, hz=np.tile(hz, 2))
    grains = cq.coarse_grain(chain, 7, contact=0.6, bands=6)
    assert [c.name for c in grains.criteria if not c.holds] == ["spread"]
    assert "spread" in grains.why


BAD = {
    "too few temperatures": (lambda: energies_by_rates(CHAIN, 3, [1.0], [1.0]), "temperatures", "3 blocks", "got 1"),
    "no temperature": (lambda: exact_energies(CHAIN, 3, [1.0], [1.0, 0.0, 1.0]), "temperatures", "block 1"),
    "too many bands": (
        lambda: energies_by_rates(cq.QuantumChain.tilted_ising(24), 6, [1.0], [1.0] * 4, bands=20),
        "bands",
        "60000",
        "got 20",
    ),
    "one state": (lambda: exact_energies(CHAIN, 3, [1.0], [1.0] * 3, samples=1), "samples", "1"),
    "couplings of wrong length": (lambda: cq.QuantumChain(sites=4, jz=[1.0, 2.0]), "jz", "list of 3", "bonds"),
    "next neighbours of wrong length": (
        lambda: cq.QuantumChain(sites=4, jz=1.0, next_jz=[1.0]),
        "next_jz",
        "list of 2",
        "next neighbours",
    ),
    "blocks apart": (
        lambda: cq.coarse_grain(cq.QuantumChain(sites=4, jz=[1.0, 0.0, 1.0], hx=1.0), 2),
        "block",
        "apart",
    ),
    "beyond the next block": (
        lambda: cq.coarse_grain(cq.QuantumChain(sites=4, jz=1.0, next_jz=1.0, hx=1.0), 1),
        "block",
        "at least 2",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input(case):
    make, argument, *words = BAD[case]
    with refused(argument, *words):
        make()
