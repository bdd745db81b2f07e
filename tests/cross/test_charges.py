"""Charges against dense matrices on rings, two ways to a null space, and Mazur's bound against averages over time."""

import numpy as np
import pytest
import qutip
import scipy

from caloriq.known.uniform_chains import HALF, ONE, hubbard, ising, of_matrices, pauli, spin_one, xxz
from caloriq.linalg.null_space import null_space
from caloriq.models.lattice.model import Lattice
from caloriq.models.lattice.terms import Term
from caloriq.spaces.charges import conserved_sums, parts
from caloriq.spaces.commutators import commutator_map
from caloriq.spaces.currents import energy_current, residual
from caloriq.spaces.infinite import InfiniteChain
from caloriq.spaces.strings import Strings
from caloriq.transport.charges.conserved import conserved_charges
from caloriq.transport.charges.mazur import mazur
from caloriq.transport.charges.thermal import thermal_mazur
from testers import assert_close

CHAINS = {
    "XXZ": (xxz(0.7), 4, 8),
    "transverse Ising": (ising(1.0, 0.7), 4, 8),
    "tilted Ising": (ising(1.0, 1.4, 0.9045), 4, 8),
    "classical Ising": (pauli(z=1.0), 3, 8),
    "Takhtajan-Babujian": (spin_one(1.0, -1.0), 3, 5),
    "Hubbard": (hubbard(4.0), 3, 4),
    "mixed cell": (
        of_matrices(
            (HALF, ONE),
            [
                (1.0, (x, x + 1), (a.operators[w], b.operators[w]))
                for x, (a, b) in enumerate(((HALF, ONE), (ONE, HALF)))
                for w in ("Sx", "Sz")
            ],
        ),
        2,
        4,
    ),
}


def kron(spaces, string):
    """A string on a ring by Kronecker products, site 0 changing fastest: not the code under test."""
    one, letters = scipy.sparse.eye_array(1), dict(string)
    for x, space in enumerate(spaces):
        one = scipy.sparse.kron(space.basis[letters[x]] if x in letters else np.eye(space.levels), one)
    return one


def on_ring(chain, terms, cells):
    """Sum of a density over a ring."""
    c, total = len(chain.cell), 0
    for string, f in terms.items():
        for n in range(cells):
            total = total + f * kron(chain.cell * cells, [((x + n * c) % (cells * c), a) for x, a in string])
    return total.tocsr()


@pytest.mark.parametrize("name", CHAINS)
def test_charges_commute_with_h_as_matrices(name):
    chain, support, cells = CHAINS[name]
    found = conserved_charges(chain, support)
    H = on_ring(chain, chain.terms, cells)
    assert found.charges
    sums = [on_ring(chain, q.terms, cells) for q in found.charges]
    for Q in sums:
        assert abs(H @ Q - Q @ H).max() < 1e-11
        assert abs(Q - Q.conj().T).max() < 1e-13
    # ⟨⟨Q, Q'⟩⟩ = Tr QQ'/(D L)
    G = np.array([[(A.multiply(B.T)).sum().real for B in sums] for A in sums]) / (H.shape[0] * cells)
    assert_close(G, np.eye(len(sums)), 1e-11)
    broken = on_ring(chain, {**found.charges[0].terms, ((0, 1), (1, 2)): 0.1}, cells)
    assert abs(H @ broken - broken @ H).max() > 1e-3


@pytest.mark.parametrize("name", CHAINS)
def test_the_map_is_that_of_commutators_of_strings(name):
    """i[H, P] of every string on a long ring, by the algebra of strings, in the same space of densities."""
    chain, support, _ = CHAINS[name]
    support = min(support, 3 if len(chain.cell) == 1 and chain.cell[0].levels == 2 else 2)
    of = commutator_map(chain, support)
    rng = np.random.default_rng(1)
    picked = rng.choice(len(of.keys), min(40, len(of.keys)), replace=False)
    gram = (of.matrix.T @ of.matrix).toarray()
    for k in picked.tolist():
        e = np.zeros(len(of.keys))
        e[k] = 1.0
        assert residual(chain, of.strings(e)) ** 2 == pytest.approx(gram[k, k], rel=1e-12, abs=1e-13)
        np.testing.assert_array_equal(of.vector(of.strings(e)), e)
    x = rng.standard_normal(len(of.keys))
    assert residual(chain, of.strings(x)) == pytest.approx(np.sqrt(x @ gram @ x), rel=1e-12)


@pytest.mark.parametrize("name", ["XXZ", "Takhtajan-Babujian", "Hubbard"])
def test_parts_are_all_of_the_space(name):
    chain = CHAINS[name][0]
    of = commutator_map(chain, 2 if name == "Hubbard" else 3)
    columns = [one.toarray() for one in parts(of)]
    whole = np.hstack(columns)
    assert_close(whole.T @ whole, np.eye(len(of.keys)), 1e-12)
    images = [of.matrix @ one for one in columns]
    for k, one in enumerate(images):
        assert all(np.abs(one.T @ other).max() < 1e-12 for other in images[:k])
    assert sum(np.linalg.norm(one) ** 2 for one in images) == pytest.approx(scipy.sparse.linalg.norm(of.matrix) ** 2)


@pytest.mark.parametrize("name", ["XXZ", "transverse Ising", "tilted Ising"])
def test_iterations_find_what_a_decomposition_does(name):
    of = commutator_map(CHAINS[name][0], 5)
    one = conserved_sums(of, np.random.default_rng(1))
    other = conserved_sums(of, np.random.default_rng(2), dense=40)
    assert other.products > one.products == 0
    assert one.supports.tolist() == other.supports.tolist()
    assert other.smallest_other == pytest.approx(one.smallest_other, rel=1e-8)
    assert other.lower_bound <= one.smallest_other
    assert_close(np.abs(one.vectors.T @ other.vectors), np.eye(len(one.supports)), 1e-9)


def test_a_degenerate_null_space_is_found_by_iterations():
    rng = np.random.default_rng(3)
    A = rng.standard_normal((300, 140))
    A[:, :12] = A[:, 12:24]  # twelve zeros in one part
    found = null_space(scipy.sparse.csc_array(A), rng, dense=10)
    assert found.vectors.shape == (140, 12)
    assert np.linalg.norm(A @ found.vectors) < 1e-11
    assert found.smallest_other == pytest.approx(np.linalg.svd(A, compute_uv=False)[-13], rel=1e-8)
    assert 0 < found.lower_bound <= found.smallest_other


def test_what_is_nearly_conserved_is_no_charge():
    """A field of 1e-7 breaks two of the three components of the magnetisation by 1e-7, far above rounding."""
    found = conserved_charges(xxz(1.0, field=1e-7), 2)
    assert found.counts.tolist() == [1, 2]
    assert found.smallest_other == pytest.approx(1e-7, rel=1e-6)


@pytest.mark.parametrize(
    ("chain", "of"), [(xxz(0.7), "energy"), (xxz(0.7), "magnetisation"), (xxz(0.7, field=0.5), "energy")]
)
def test_mazur_is_below_the_average_over_time(chain, of):
    """QuTiP's H on a ring, all of its eigenstates: Σ |J_nm|² over E_n = E_m, and at a finite temperature."""
    L = 6
    s = [[qutip.tensor([f if k == j else qutip.qeye(2) for k in range(L)]) for j in range(L)] for f in _spins()]
    h = float(2 * chain.terms.get(((0, 3),), 0.0))
    H = sum(s[a][j] * s[a][(j + 1) % L] * (1, 1, 0.7)[a] for a in range(3) for j in range(L)) + h * sum(s[2])
    E, states = H.eigenstates()
    U = np.hstack([one.full() for one in states])
    here, after = (
        [sum(s[a][j] * s[a][(j + 1) % L] * (1, 1, 0.7)[a] for a in range(3)) for j in range(L)],
        range(1, L + 1),
    )
    density = [(here[j - 1] + here[j]) / 2 + h * s[2][j] for j in range(L)]
    if of == "energy":
        J = sum(1j * d * _commutator(density[j], density[(j + d) % L]) for j in range(L) for d in (1, 2))
    else:
        J = sum(s[0][j] * s[1][k % L] - s[1][j] * s[0][k % L] for j, k in enumerate(after))
    M = U.conj().T @ J.full() @ U
    alike = np.abs(E[:, None] - E) < 1e-9
    found = thermal_mazur(conserved_charges(chain, 3), [np.inf, 0.8], of=of, sizes=[5, L])
    for row, T in enumerate(found.temperatures):
        p = np.exp(-(E - E[0]) / T)
        p /= p.sum()
        square = float(np.sum(p[:, None] * np.abs(M) ** 2)) / L
        mean = float(np.sum(p * M.diagonal().real)) ** 2 / L
        average = float(np.sum((p[:, None] * np.abs(M) ** 2)[alike])) / L - mean
        assert found.squares[row, -1] == pytest.approx(square - mean, rel=1e-10)
        assert found.by_size[row, -1] <= average + 1e-12
        if of == "energy" and h == 0:
            assert found.by_size[row, -1] == pytest.approx(average, rel=1e-10)


def _spins():
    """S of a spin 1/2, the same whatever the order of the levels."""
    return [f / 2 for f in (qutip.sigmax(), qutip.sigmay(), qutip.sigmaz())]


def _commutator(A, B):
    return A * B - B * A


def test_a_ring_at_infinite_temperature_is_the_infinite_chain():
    for chain, of in ((xxz(0.7), "energy"), (spin_one(1.0, -1.0), "energy")):
        charges = conserved_charges(chain, 3)
        found, ring = mazur(charges, of=of), thermal_mazur(charges, [np.inf, 1e9], of=of, sizes=[4, 5])
        assert ring.bound[0] == pytest.approx(found.bound, abs=1e-12)
        assert ring.squares[0, -1] == pytest.approx(found.current_square, rel=1e-12)
        assert ring.bound[1] == pytest.approx(found.bound, abs=1e-7)


def test_means_are_those_of_a_product_state():
    """⟨⟨J, J⟩⟩ and the bound at a mean, by traces of e^{μM} on a ring."""
    chain, m, L = xxz(0.7), 0.15, 7
    charges = conserved_charges(chain, 3)
    found = mazur(charges, of="energy", means={"magnetisation": m})
    M = on_ring(chain, {((0, 3),): 0.5}, L).diagonal().real
    p = np.exp(M * np.log((0.5 + m) / (0.5 - m)))
    p /= p.sum()
    assert p @ M / L == pytest.approx(m, rel=1e-12)
    operators = [on_ring(chain, energy_current(chain).terms, L), *(on_ring(chain, q.terms, L) for q in charges.charges)]
    means = np.array([p @ A.diagonal().real for A in operators])
    G = np.array([[p @ (A @ B).diagonal().real for B in operators] for A in operators]) - np.outer(means, means)
    G /= L
    assert found.current_square == pytest.approx(G[0, 0], rel=1e-11)
    assert found.bound == pytest.approx(G[0, 1:] @ np.linalg.solve(G[1:, 1:], G[1:, 0]), rel=1e-10)
    assert found.fraction == pytest.approx(1.0, rel=1e-10)


def test_the_current_moves_the_energy():
    """i[H, Σ x h_x] on an open chain is the current in its middle, whatever lies at the ends."""
    chain, L = ising(1.0, 1.4, 0.9045), 9
    spaces = chain.window(L)
    H, moment = Strings(spaces), Strings(spaces)
    for x in range(L - 1):
        for string, f in chain.terms.items():
            moved = Strings(spaces, {tuple((y + x, a) for y, a in string): f})
            H = H + moved
            for y, _ in string:
                moment = moment + (float(y + x) / len(string)) * moved
    found = 1j * H.commutator(moment)
    J = energy_current(chain)
    for string, f in J.terms.items():
        assert found.terms[tuple((y + 4, a) for y, a in string)] == pytest.approx(f, rel=1e-12)


def test_a_lattice_in_words_is_the_same_chain():
    words = Lattice(
        sites=8,
        geometry={"kind": "chain", "periodic": True},
        terms=[Term("Sx Sx"), Term("Sy Sy"), Term("Sz Sz", 0.7)],
    )
    found = words.infinite_chain()
    assert found.terms == pytest.approx(dict(xxz(0.7).terms), rel=1e-13)
    # the lattice's own flows, each times the sites that it goes along the ring
    J, flows = Strings(words.spaces), words.current("energy")
    for (x, y), flow in zip(flows.bonds.tolist(), flows.operators, strict=True):
        J = J + ((y - x + 4) % 8 - 4) * flow
    assert (J - found.on_ring(energy_current(found), 8)).norm < 1e-14


def test_other_models_bring_their_chain():
    class Model:
        def infinite_chain(self):
            return xxz(0.7)

    model = Model()
    found = conserved_charges(model, 3)
    assert found.model is model
    assert found.counts.tolist() == [1, 2, 3]
    assert isinstance(found.chain, InfiniteChain)
