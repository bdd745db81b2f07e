"""Lattices from and to QuTiP, QuSpin, matrices and lists of terms: the same operators there and here."""

import numpy as np
import pytest
import qutip as qt
import scipy
from hypothesis import given, settings
from hypothesis import strategies as st

import caloriq as cq
from caloriq.models.lattice.matrices import from_matrix, from_terms
from caloriq.models.lattice.model import Lattice
from caloriq.models.lattice.terms import Jump, Term
from caloriq.models.lattice.with_quspin import from_quspin
from caloriq.models.lattice.with_qutip import from_qutip, state_from_qutip, state_to_qutip, to_qutip
from testers import refused

seeds = st.integers(0, 2**20)
SIGMA = {"X": qt.sigmax(), "Y": qt.sigmay(), "Z": qt.sigmaz(), "S-": qt.sigmam(), "S+": qt.sigmap()}


def on(one, site, dims):
    return qt.tensor([one if k == site else qt.qeye(d) for k, d in enumerate(dims)])


def local_sum(rng, dims, support, count=6):
    """Random hermitian terms of at most so many sites, as QuTiP has them."""
    total = 0
    for _ in range(count):
        sites = rng.choice(len(dims), size=rng.integers(1, support + 1), replace=False)
        one = rng.normal()
        for site in sites:
            one = one * on(qt.rand_herm(dims[site], seed=int(rng.integers(2**31))), site, dims)
        total = total + one
    return total


def again(model):
    """The model as a file has it, the same definition."""
    read = Lattice.from_mapping(model.to_mapping())
    assert read.digest == model.digest
    return read


@settings(max_examples=25, deadline=None)
@given(seeds, st.sampled_from([[2, 2, 2], [2, 3, 2], [3, 3], [4, 2], [2] * 5]))
def test_an_operator_of_qutip_comes_back(seed, dims):
    H = local_sum(np.random.default_rng(seed), dims, min(3, len(dims)))
    model = again(from_qutip(H, support=3))
    back, jumps = to_qutip(model)
    assert back.dims == H.dims
    assert not jumps
    np.testing.assert_allclose(back.full(), H.full(), atol=2e-14 * np.linalg.norm(H.full()))


def test_qutip_has_its_spins_up_first_and_its_first_site_slowest():
    dims = [2, 2, 2]
    H = 0.3 * on(SIGMA["Z"], 0, dims) + 0.7 * on(SIGMA["X"], 1, dims) * on(SIGMA["Y"], 2, dims)
    model = from_qutip(H)
    assert model == Lattice(sites=3, terms=[Term("Z", 0.3, on=[0]), Term("X Y", 0.7, on=[[1, 2]])])
    model = Lattice(
        sites=2, local=["spin-1", {"boson": 2}], terms=[Term("Sz n", on=[[0, 1]])], jumps=[Jump("b-", 4.0, on=[1])]
    )
    H, jumps = to_qutip(model)
    np.testing.assert_allclose(H.full(), qt.tensor(qt.jmat(1, "z"), qt.num(3)).full(), atol=1e-14)
    np.testing.assert_allclose(jumps[0].full(), 2 * qt.tensor(qt.qeye(3), qt.destroy(3)).full(), atol=1e-14)


@settings(max_examples=15, deadline=None)
@given(seeds)
def test_a_master_equation_of_qutip_comes_back(seed):
    rng, dims = np.random.default_rng(seed), [2, 2, 3]
    H = local_sum(rng, dims, 2)
    any_one = on(qt.Qobj(rng.normal(size=(2, 2)) + 1j * rng.normal(size=(2, 2))), 0, dims)
    jumps = [
        1.7j * on(SIGMA["S-"], 1, dims),
        0.6 * on(SIGMA["S+"], 0, dims) * on(SIGMA["S-"], 1, dims),
        any_one,
        0.4 * any_one * on(qt.destroy(3), 2, dims),
    ]
    model = again(from_qutip(H, jumps))
    back = to_qutip(model)
    mine, theirs = qt.liouvillian(*back).full(), qt.liouvillian(H, jumps).full()
    np.testing.assert_allclose(mine, theirs, atol=1e-12)


def test_known_jumps_have_their_words():
    dims = [2, 2]
    H = on(SIGMA["Z"], 0, dims) * on(SIGMA["Z"], 1, dims)
    model = from_qutip(H, [0.5 * on(SIGMA["S-"], k, dims) for k in range(2)], seed=3)
    assert model.local == "spin-1/2"
    assert [(one.operator, one.rate, one.on) for one in model.jumps] == [("S-", 0.25, ((0,),)), ("S-", 0.25, ((1,),))]


def test_hermitian_jumps_have_words_without_their_identity():
    """Counting what is empty is counting what is filled."""
    dims = [2, 2]
    H = on(SIGMA["Z"], 0, dims) * on(SIGMA["X"], 1, dims)
    jumps = [np.exp(0.3j) * 0.5 * on(qt.num(2), 0, dims), on(SIGMA["X"] + 0.7, 1, dims)]
    model = from_qutip(H, jumps)
    assert model.local == "spin-1/2"
    assert [one.operator for one in model.jumps] == ["Z", "X"]
    other = from_qutip(H, on(SIGMA["S-"] + 0.7, 1, dims))  # which would turn H
    assert other.local != "spin-1/2"
    for mine, theirs in ((model, jumps), (other, [on(SIGMA["S-"] + 0.7, 1, dims)])):
        made = qt.liouvillian(*to_qutip(again(mine))).full()
        np.testing.assert_allclose(made, qt.liouvillian(H, theirs).full(), atol=1e-14)


@settings(max_examples=15, deadline=None)
@given(seeds)
def test_states_go_both_ways(seed):
    rng = np.random.default_rng(seed)
    model = Lattice(sites=3, local=["spin-1/2", "fermion", "spin-1"], terms=[Term("Sz", on=[0])])
    psi = rng.normal(size=12) + 1j * rng.normal(size=12)
    rho = np.outer(psi, psi.conj())
    ket, matrix = state_to_qutip(model, psi), state_to_qutip(model, rho)
    np.testing.assert_array_equal(state_from_qutip(model, ket), psi)
    np.testing.assert_array_equal(state_from_qutip(model, matrix), rho)
    np.testing.assert_allclose((ket * ket.dag()).full(), matrix.full(), atol=1e-14)
    assert ket.dims[0] == [2, 2, 3]
    H = to_qutip(model)[0]
    assert qt.expect(H, ket) == pytest.approx(np.vdot(psi, model.to_matrix() @ psi), abs=1e-12)


def test_a_state_of_qutip_has_its_first_spin_up():
    model = Lattice.xx(2)
    up_down = qt.tensor(qt.basis(2, 0), qt.basis(2, 1))
    np.testing.assert_array_equal(state_from_qutip(model, up_down), [0, 1, 0, 0])


@settings(max_examples=25, deadline=None)
@given(seeds, st.sampled_from([[2] * 4, [3, 2, 2], [3, 4]]), st.booleans())
def test_a_matrix_comes_back(seed, dims, sparse):
    rng = np.random.default_rng(seed)
    D = int(np.prod(dims))
    A = rng.normal(size=(D, D)) + 1j * rng.normal(size=(D, D))
    A = A + A.conj().T
    model = again(from_matrix(scipy.sparse.csc_matrix(A) if sparse else A, dims, support=len(dims)))
    np.testing.assert_allclose(model.to_matrix(), A, atol=1e-13 * np.linalg.norm(A))
    assert model.levels == tuple(dims)


@pytest.mark.parametrize("dims", [[2] * 6, [3] * 4])
def test_a_local_matrix_gives_its_local_terms(dims):
    word = "spin-1/2" if dims[0] == 2 else "spin-1"
    model = Lattice(sites=len(dims), local=word, terms=[Term("Sz Sz"), Term("Sx", 0.7), Term("I", 2.0, on=[0])])
    found = from_matrix(model.to_matrix(), dims)
    assert max(len(one.letters) for one in found.terms) == 2
    np.testing.assert_allclose(found.to_matrix(), model.to_matrix(), atol=1e-13)
    if word == "spin-1/2":
        assert found == Lattice(sites=6, terms=[Term("I", 2.0, on=[0]), Term("X", 0.35), Term("Z Z", 0.25)])


def test_fermions_on_a_ring_need_their_support():
    model = Lattice.t_v(5, interaction=1.0, periodic=True)
    with refused("matrix", "up to 5 sites", "support=5"):
        from_matrix(model.to_matrix(), [2] * 5)
    found = from_matrix(model.to_matrix(), [2] * 5, support=5)
    np.testing.assert_allclose(found.to_matrix(), model.to_matrix(), atol=1e-13)


def test_terms_as_a_list():
    model = from_terms(
        [("ZZ", [0, 1], 1.0), ("ZZ", [1, 2], 1.0), ("X", 1, 0.5), ("S+ S-", (0, 2), 1j), ("S- S+", (0, 2), -1j)]
    )
    dims = [2] * 3
    theirs = sum(on(SIGMA["Z"], k, dims) * on(SIGMA["Z"], k + 1, dims) for k in range(2)) + 0.5 * on(
        SIGMA["X"], 1, dims
    )
    hop = 1j * on(SIGMA["S+"], 0, dims) * on(SIGMA["S-"], 2, dims)
    np.testing.assert_allclose(to_qutip(again(model))[0].full(), (theirs + hop + hop.dag()).full(), atol=1e-15)
    assert model.terms[0] == Term("Z Z", 1.0)
    square = from_terms([("Z Z", [0, 3], 1.0)], geometry={"kind": "square", "sides": [2, 2]})
    assert square.size == 4


REFUSED = {
    "a ket": (lambda: from_qutip(qt.basis([2, 2], [0, 0])), "H", ["a ket"]),
    "a superoperator": (
        lambda: from_qutip(qt.liouvillian(qt.tensor(qt.sigmaz(), qt.sigmax()))),
        "H",
        ["superoperator"],
    ),
    "one that changes": (
        lambda: from_qutip(qt.QobjEvo(qt.rand_herm([2, 2], seed=1))),
        "H",
        ["an operator that changes in time"],
    ),
    "an array": (lambda: from_qutip(np.eye(4)), "H", ["ndarray"]),
    "one site": (lambda: from_qutip(qt.rand_herm(8, seed=1)), "dims", ["two sites", "[8]"]),
    "other spaces": (lambda: from_qutip(qt.Qobj(np.ones((4, 6)), dims=[[2, 2], [2, 3]])), "H", ["[[2, 2], [2, 3]]"]),
    "not hermitian": (lambda: from_qutip(qt.tensor(qt.sigmap(), qt.sigmaz())), "H", ["hermitian"]),
    "nothing": (lambda: from_qutip(0 * qt.tensor(qt.sigmaz(), qt.sigmaz())), "H", ["vanish"]),
    "not local": (lambda: from_qutip(qt.rand_herm([2] * 6, seed=2)), "H", ["up to 6 sites", "of its norm"]),
    "a jump of other dims": (lambda: from_qutip(qt.tensor(qt.sigmaz(), qt.sigmaz()), [qt.sigmam()]), "jumps", ["dims"]),
    "a jump that is a ket": (
        lambda: from_qutip(qt.tensor(qt.sigmaz(), qt.sigmaz()), qt.basis([2, 2], [0, 0])),
        "jumps",
        ["a ket"],
    ),
    "a jump that is a sum": (
        lambda: from_qutip(
            qt.tensor(qt.sigmaz(), qt.sigmaz()), qt.tensor(qt.sigmam(), qt.qeye(2)) + qt.tensor(qt.qeye(2), qt.sigmam())
        ),
        "jumps",
        ["sum", "sites 0, 1"],
    ),
    "a state of other dims": (
        lambda: state_from_qutip(Lattice.xx(3), qt.basis([2, 2], [0, 0])),
        "state",
        ["[2, 2, 2]"],
    ),
    "a state that is an array": (lambda: state_from_qutip(Lattice.xx(2), np.ones(4)), "state", ["ndarray"]),
    "a bra": (lambda: state_from_qutip(Lattice.xx(2), qt.basis([2, 2], [0, 0]).dag()), "state", ["a bra"]),
    "a vector that is too long": (lambda: state_to_qutip(Lattice.xx(2), np.ones(5)), "state", ["(5,)"]),
    "dims that do not multiply": (lambda: from_matrix(np.eye(8), [2, 2]), "dims", ["multiply to 4", "(8, 8)"]),
    "dims of one": (lambda: from_matrix(np.eye(4), [4, 1]), "dims", ["got 1"]),
    "dims of text": (lambda: from_matrix(np.eye(4), "22"), "dims", ["'22'"]),
    "a matrix that is not hermitian": (lambda: from_matrix(np.triu(np.ones((4, 4))), [2, 2]), "matrix", ["hermitian"]),
    "a matrix of nan": (lambda: from_matrix(np.full((4, 4), np.nan), [2, 2]), "matrix", ["finite"]),
    "a sparse one of nan": (
        lambda: from_matrix(scipy.sparse.csr_array(np.full((4, 4), np.inf)), [2, 2]),
        "matrix",
        ["finite"],
    ),
    "no support": (lambda: from_matrix(np.eye(4), [2, 2], support=0), "support", ["at least 1"]),
    "a triple": (lambda: from_terms([("ZZ", [0, 1])]), "terms", ["triples"]),
    "letters": (lambda: from_terms([("ZZZ", [0, 1], 1.0)]), "terms", ["3 for 2"]),
    "no site": (lambda: from_terms([("Z", [], 1.0)]), "terms", ["list of sites"]),
    "a site from the end": (lambda: from_terms([("ZZ", [0, -1], 1.0)]), "terms", ["got -1"]),
    "several values": (lambda: from_terms([("ZZ", [0, 1], [1.0, 2.0])]), "terms", ["several"]),
    "no terms": (lambda: from_terms([]), "terms", ["at least one"]),
    "text": (lambda: from_terms("ZZ"), "terms", ["list of triples"]),
    "a word": (lambda: from_terms([("QQ", [0, 1], 1.0)]), "operator", ["'Q'"]),
    "not hermitian terms": (lambda: from_terms([("S+ S-", [0, 1], 1.0)]), "terms", ["hermitian"]),
    "beyond the lattice": (lambda: from_terms([("ZZ", [0, 5], 1.0)], sites=3), "on", ["site 5"]),
    "quspin's list": (lambda: from_quspin("zz", 3), "static", ["list"]),
    "quspin's pair": (lambda: from_quspin([["zz"]], 3), "static", ["pairs"]),
    "quspin's letter": (lambda: from_quspin([["zq", [[1.0, 0, 1]]]], 3), "static", ["'q'", "known are"]),
    "quspin's sites": (lambda: from_quspin([["zz", [[1.0, 0]]]], 3), "static", ["2 sites"]),
    "quspin's Pauli": (lambda: from_quspin([["zz", [[1.0, 0, 1]]]], 3, pauli=2), "pauli", ["got 2"]),
    "quspin's bar": (lambda: from_quspin([["n|n", [[1.0, 0, 1]]]], 3), "static", ["spinful"]),
    "quspin's z of bosons": (lambda: from_quspin([["z", [[1.0, 0]]]], 3, local={"boson": 2}), "static", ["'z'"]),
    "quspin's kind": (lambda: from_quspin([["z", [[1.0, 0]]]], 3, local=["spin-1"]), "local", ["boson"]),
    "quspin's nothing": (lambda: from_quspin([], 3), "static", ["nothing"]),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused(case):
    make, argument, words = REFUSED[case]
    with refused(argument, *words):
        make()


def test_the_place_of_a_wrong_jump_is_told():
    good = qt.tensor(qt.sigmam(), qt.qeye(2))
    with pytest.raises(cq.InvalidInput) as error:
        from_qutip(qt.tensor(qt.sigmaz(), qt.sigmaz()), [good, qt.sigmam()])
    assert error.value.place == ("jumps", 1)


def test_qutip_that_is_missing_is_named(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "qutip", None)
    with refused("model", "caloriq[qutip]", error=cq.Unsupported):
        to_qutip(Lattice.xx(2))


def theirs_of(static, basis):
    """QuSpin's matrix in our order: its first site is the slowest, its states descend."""
    from quspin.operators import hamiltonian

    quiet = {"check_herm": False, "check_symm": False, "check_pcon": False}
    H = hamiltonian(static, [], basis=basis, dtype=np.complex128, **quiet).toarray()
    return H[::-1, ::-1]


def compared(static, basis, model, dims):
    order = np.arange(np.prod(dims)).reshape(dims).transpose().ravel()
    H = theirs_of(static, basis)[np.ix_(order, order)]
    np.testing.assert_allclose(again(model).to_matrix(), H, atol=1e-14)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("pauli", [True, False, 1, 0, -1])
def test_spin_lists_of_quspin(pauli):
    from quspin.basis import spin_basis_1d

    basis = spin_basis_1d(4, pauli=pauli)
    bonds = [[0.5 + 0.1 * j, j, (j + 1) % 4] for j in range(4)]
    static = [
        ["zz", bonds],
        ["+-", bonds],
        ["-+", bonds],
        ["xy", [[0.3, 2, 0]]],
        ["zzx", [[0.2, 0, 1, 3]]],
        ["x", [[0.7, 0], [0.1, 3]]],
        ["I", [[0.4, 0]]],
        ["+-", [[0.9, 1, 1]]],
    ]
    compared(static, basis, from_quspin(static, 4, pauli=pauli), [2] * 4)


@pytest.mark.filterwarnings("ignore")
def test_other_lists_of_quspin():
    from quspin import basis as quspin

    bonds = [[0.5, 0, 1], [0.7, 1, 2], [0.2, 2, 0]]
    one = [["zz", bonds], ["+-", bonds], ["-+", bonds]]
    compared(one, quspin.spin_basis_1d(3, S="1"), from_quspin(one, 3, local="spin-1"), [3] * 3)
    bosons = [["+-", bonds], ["-+", bonds], ["nn", [[0.5, j, j] for j in range(3)]], ["n", [[-0.1, 1]]]]
    compared(bosons, quspin.boson_basis_1d(3, sps=4), from_quspin(bosons, 3, local={"boson": 3}), [4] * 3)
    fermions = [
        ["+-", bonds],
        ["+-", [[c, b, a] for c, a, b in bonds]],
        ["zz", bonds],
        ["nz", [[0.3, 2, 1]]],
        ["+-+-", [[0.4, 0, 1, 1, 0], [0.4, 2, 2, 0, 0]]],
        ["++--", [[0.8, 0, 1, 0, 1]]],  # -n n
        ["+n-", [[0.6, 0, 0, 2], [0.6, 2, 2, 0]]],
        ["-n+", [[0.1, 0, 2, 2], [0.1, 2, 0, 0]]],
    ]
    model = from_quspin([*fermions, ["+n-", [[0.0, 0, 1, 2]]]], 3, local="fermion")
    compared(fermions, quspin.spinless_fermion_basis_1d(3), model, [2] * 3)


@pytest.mark.filterwarnings("ignore")
def test_electrons_of_quspin_have_the_same_spectrum():
    """QuSpin orders all up before all down: the same algebra, other signs."""
    from quspin import basis as quspin

    bonds = [[-0.5, 0, 1], [-0.7, 1, 2], [-0.2, 2, 0]]
    back = [[c, b, a] for c, a, b in bonds]
    static = [["+-|", bonds], ["|+-", bonds], ["+-|", back], ["|+-", back], ["n|n", [[1.3, j, j] for j in range(3)]]]
    static += [["n|", [[0.3, 0]]], ["|n", [[0.2, 1]]]]
    H = theirs_of(static, quspin.spinful_fermion_basis_1d(3))
    mine = from_quspin(static, 3, local="spinful-fermion")
    np.testing.assert_allclose(np.linalg.eigvalsh(mine.to_matrix()), np.linalg.eigvalsh(H), atol=1e-12)
