"""Numbers and parities that sites of any kinds conserve together: found, true for the matrix, and used."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import caloriq as cq
from caloriq.closed.lattice.equation_of_state import equation_of_state
from caloriq.closed.methods import Exact, Typical
from caloriq.models.lattice.model import Lattice
from caloriq.models.lattice.space import Space, sectors
from caloriq.models.lattice.symmetries import additive
from caloriq.models.lattice.terms import Term
from caloriq.spaces.basis import whole
from lattices import evolved, lattices, profile, unlike
from strategies import seeds
from testers import assert_close

EVERY = st.one_of(unlike(), lattices())
PLUS = {"plus": "hermitian-conjugate"}


def sums(model):
    """Every conserved sum in all product states, of parities only whether it is odd."""
    states = whole(model.levels, model.size).states
    found = []
    for number in additive(model):
        q = sum(np.asarray(own)[states[:, x]] for x, own in enumerate(number.levels))
        found.append(q % number.modulus if number.modulus else q)
    return found


@settings(max_examples=40, deadline=None)
@given(EVERY)
def test_what_is_conserved_commutes_with_the_matrix(model):
    H = model.to_sparse().tocoo()
    for q in sums(model):
        assert np.abs(q[H.row] - q[H.col])[np.abs(H.data) > 1e-13 * np.abs(H.data).max()].max(initial=0.0) <= 1e-9


@settings(max_examples=40, deadline=None)
@given(EVERY)
def test_all_that_is_diagonal_and_additive_is_found(model):
    """The rank of everything that is found is that of the null space of the moves, made here from the whole matrix."""
    H = model.to_sparse().tocoo()
    moved = (np.abs(H.data) > 1e-13 * np.abs(H.data).max()) & (H.row != H.col)
    states = whole(model.levels, model.size).states
    place = np.concatenate([[0], np.cumsum(np.array(model.levels) - 1)])
    one_hot = np.zeros((len(states), place[-1]))
    for x, d in enumerate(model.levels):
        for n in range(1, d):
            one_hot[states[:, x] == n, place[x] + n - 1] = 1.0
    rows = np.unique(one_hot[H.row[moved]] - one_hot[H.col[moved]], axis=0)
    rank = np.linalg.matrix_rank(rows) if len(rows) else 0
    numbers = [one for one in additive(model) if not one.modulus]
    vectors = [np.concatenate([np.array(q[1:]) - q[0] for q in one.levels]) for one in numbers]
    assert np.linalg.matrix_rank(np.array([np.zeros(place[-1]), *vectors])) == len(numbers)
    assert len(numbers) == min(place[-1] - rank, 8 + len(model.symmetries.conserved))


@settings(max_examples=30, deadline=None)
@given(EVERY)
def test_energies_of_all_sectors_are_those_of_the_whole_matrix(model):
    found = np.sort(np.concatenate([np.linalg.eigvalsh(one.hamiltonian.as_matrix()) for one in sectors(model)]))
    whole_one = np.linalg.eigvalsh(model.to_matrix())
    assert_close(found, whole_one, 1e-12 * max(1.0, np.abs(whole_one).max()))
    for one in sectors(model):
        assert one.dimension == one.basis.dimension
        assert np.all(np.diff(one.basis.keys) > 0)


@settings(max_examples=20, deadline=None)
@given(EVERY, seeds)
def test_a_start_in_a_sector_evolves_as_in_the_whole_space(model, seed):
    rng = np.random.default_rng(seed)
    levels = [int(rng.integers(d)) for d in model.levels]
    start = cq.starts.site_states(levels)
    times = np.array([0.0, 0.4, 1.1])
    psi = start.whole(model)
    states = evolved(model, psi, times)
    for initial in (start, cq.starts.vector(psi)):
        try:
            run = cq.evolve(model, times, initial=initial, method=cq.Chebyshev(tol=1e-12))
        except cq.NotConverged as error:
            run = error.solution
            assert [one.name for one in run.certificate.failures] == ["boson cut-off"]
        for of in run.profiles:
            assert_close(run.profiles[of], profile(model, of, states), 1e-9 * max(1.0, model.strings.norm))


XYZ = (Term("X X", 0.9), Term("Y Y", 0.4), Term("Z Z", 0.3), Term("X Y", 0.2), Term("Y X", 0.5), Term("Z", 0.7))


@pytest.mark.parametrize("odd", [0, 1])
@pytest.mark.parametrize("kind", ["pairs", "two halves", "fermions"])
def test_products_in_sectors_of_parities_are_those_of_the_matrix(kind, odd):
    """Without a matrix, on one site less for each parity; diagonals, both moves of a pair, letters Y."""
    if kind == "fermions":
        terms = (Term("c+ c-", 1.0, **PLUS), Term("c+ c+", 0.4, **PLUS), Term("n n", 0.3))
        model = Lattice(sites=6, local="fermion", geometry={"kind": "chain", "periodic": True}, terms=terms)
    elif kind == "pairs":
        model = Lattice(sites=6, terms=(*XYZ, Term("X Y Z Z", 0.3, on=[[0, 2, 3, 5]])))
    else:
        near = [[0, 1], [1, 2], [3, 4], [4, 5]]
        model = Lattice(sites=6, terms=(Term("X X", on=near), Term("Y Y", 0.3, on=near), Term("Z Z", 0.4, on=[[2, 3]])))
    names = [one.name for one in additive(model)]
    assert len(names) == (2 if kind == "two halves" else 1)
    H = model.to_matrix()
    space = Space(model, dict.fromkeys(names, float(odd)))
    assert space.by_strings
    assert space.dimension == 64 >> len(names) == len(space.basis.keys)
    inside = H[np.ix_(space.basis.keys, space.basis.keys)]
    assert_close(space.hamiltonian.as_matrix(), inside, 1e-14 * np.abs(inside).max())


def test_the_largest_sector_of_spins_and_bosons_is_that_of_their_number():
    """Three cells of a spin and a mode: 512 states, in 13 sectors of 0 to 12 excitations."""
    model = Lattice(
        sites=6,
        local=["spin-1/2", {"boson": 3}],
        terms=(
            Term("S+ b-", on=[[0, 1], [2, 3], [4, 5]], **PLUS),
            Term("b+ b-", 0.3, on=[[1, 3], [3, 5]], **PLUS),
        ),
    )
    assert "conserves magnetisation + particles" in str(model.symmetries)
    run = equation_of_state(model, [0.7])
    E = np.linalg.eigvalsh(model.to_matrix())
    p = np.exp(-(E - E[0]) / 0.7)
    assert abs(run.energy[0] - (p @ E) / p.sum() / 6) <= run.bounds["energy"][0] + 1e-13
    assert run.method.statistics["sectors"] == 13
    assert max(one.dimension for one in sectors(model)) < model.dimension / 5


def test_a_random_state_of_a_joint_sector():
    model = Lattice(sites=2, local=["spin-1/2", {"boson": 3}], terms=(Term("S+ b-", **PLUS),))
    run = cq.evolve(model, [0.0], initial=cq.starts.random_state(numbers={"magnetisation + particles": 1.5}))
    assert run.method.statistics["dimension"] == 2
    assert run.profiles["magnetisation"][0, 0] + run.profiles["particles"][0, 1] == pytest.approx(1.5, abs=1e-12)


def test_quanta_that_all_fit_in_a_mode_are_not_cut_off():
    model = Lattice(sites=2, local=["spin-1/2", {"boson": 3}], terms=(Term("S+ b-", **PLUS),))
    run = cq.evolve(model, [0.0, 1.0], initial=cq.starts.site_states(["down", 3]))
    assert all(one.name != "boson cut-off" for one in run.certificate)
    with pytest.raises(cq.NotConverged, match="boson cut-off"):
        cq.evolve(model, [0.0, 1.0], initial=cq.starts.site_states(["up", 3]))


def test_what_changes_a_parity_alone_reads_as_nothing():
    model = Lattice(sites=4, terms=XYZ)
    run = cq.evolve(model, [0.0, 0.5], observables=[Term("X")])
    assert run.method.statistics["dimension"] == 8
    assert not run.observables["X"].any()


def test_a_number_of_a_driven_lattice_is_that_of_all_its_parts():
    """A field that is driven keeps the excitations; a driven displacement of the mode leaves nothing."""
    trade = Term("S+ b-", on=[[0, 1]], **PLUS)
    local = ["spin-1/2", {"boson": 3}]
    kept = Lattice(sites=2, local=local, terms=(trade, Term("n", on=[[1]], drive="cos(t)")))
    assert [one.name for one in kept.symmetries.joint] == ["magnetisation + particles"]
    lost = Lattice(sites=2, local=local, terms=(trade, Term("b+", on=[[1]], drive="cos(t)", **PLUS)))
    assert lost.symmetries.joint == ()


def test_a_term_that_moves_very_many_sites_claims_nothing():
    model = Lattice(sites=12, terms=(Term(" ".join(["X"] * 12), on=[list(range(12))]), Term("Z Z")))
    assert model.symmetries.joint == ()
    assert "flip z" in model.symmetries.parities


def ladder(*values, **words):
    """Sites of as many levels as q has values, with steps up and down."""
    up = np.diag(np.ones(len(values) - 1), -1)
    return {"operators": {"up": up, "b": up.T, "q": np.diag(values), **words}, "conserved": ["q"]}


STEPS = {
    "thirds": (0.0, 1 / 3, 2 / 3),
    "roots": (0.0, 2**0.5, 2 * 2**0.5),
    "tenths": tuple(np.arange(4) * 0.1),
    "small": (0.0, 1e-10, 2e-10),
    "large": (-1e10 / 3, 0.0, 1e10 / 3),
    "one value": (1.0, 1.0, 1.0),
}


@pytest.mark.parametrize("values", STEPS.values(), ids=STEPS)
def test_a_number_of_ones_own_has_sectors_whatever_its_values(values):
    """Sums that are equal but for rounding are one, and what is a multiple of the number is not told beside it."""
    N = 5 if len(values) == 3 else 4
    terms = (Term("up b", 0.7, **PLUS), Term("q q", 0.3 / max(map(abs, values)) ** 2))
    model = Lattice(sites=N, local=ladder(*values), terms=terms)
    found = sectors(model)
    assert len(found) == N * (len(values) - 1) + 1
    assert [one.dimension for one in found] == [one.basis.dimension for one in found]
    assert [one.name for one in additive(model)] == (["q"] if values[0] != values[1] else ["q", "joint number 1"])
    energies = np.sort(np.concatenate([np.linalg.eigvalsh(one.hamiltonian.as_matrix()) for one in found]))
    assert_close(energies, np.linalg.eigvalsh(model.to_matrix()), 1e-12)
    start = cq.starts.site_states([2, 0, 1, 1, 0][:N])
    times = np.array([0.0, 2.0])
    run = cq.evolve(model, times, initial=start, method=cq.Chebyshev(tol=1e-12))
    states = evolved(model, start.whole(model), times)
    assert_close(run.profiles["q"], profile(model, "q", states), 1e-10 * max(map(abs, values)))


def test_sums_that_are_nearly_equal_are_refused():
    model = Lattice(sites=6, local=ladder(0.0, 1.0, 2 + 5e-10), terms=(Term("q q"),))
    with pytest.raises(cq.InvalidInput, match=r"`conserved` must have sums that are equal or apart .* of q are closer"):
        sectors(model)


def test_sums_of_several_numbers_have_names_of_their_own():
    """Two numbers on every site, of which other ones go together along the chain: all told apart by their names."""
    one = np.array([[0.0, 0.0], [1.0, 0.0]])
    n, unit = np.diag([0.0, 1.0]), np.eye(2)
    words = {"x": np.kron(unit, one), "y": np.kron(one, unit), "p": np.kron(unit, n), "r": np.kron(n, unit)}
    site = {"operators": {**words, "x-": words["x"].T, "y-": words["y"].T}, "conserved": ["p", "r"]}
    rng = np.random.default_rng(7)
    for _ in range(10):
        bonds = [
            (*rng.permutation(4)[:2].tolist(), str(rng.choice(["x y-", "y x-", "x x-", "x*y x-"]))) for _ in range(4)
        ]
        model = Lattice(sites=4, local=site, terms=tuple(Term(word, on=[[a, b]], **PLUS) for a, b, word in bonds))
        names = [number.name for number in additive(model)]
        assert len(set(names)) == len(names)
        found = np.concatenate([np.linalg.eigvalsh(space.hamiltonian.as_matrix()) for space in sectors(model)])
        assert_close(np.sort(found), np.linalg.eigvalsh(model.to_matrix()), 1e-12)


@pytest.mark.parametrize("method", [Exact(), Typical(samples=3)], ids=["exact", "typical"])
def test_a_lattice_without_energies_has_an_equation_of_state(method):
    model = Lattice(sites=9, terms=(Term("Z", 0.0, on="sites"), Term("X X", 0.0)))
    run = equation_of_state(model, [0.5], method=method)
    assert run.energy[0] == run.heat_capacity[0] == 0.0
    assert run.entropy[0] == pytest.approx(np.log(2), abs=1e-12)
