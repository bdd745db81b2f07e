"""Blocks of translation, reflection and flipped spins: together they have the spectrum of the whole matrix, for every kind of site."""

import numpy as np
import pytest
import scipy
from hypothesis import given, settings
from hypothesis import strategies as st

import caloriq as cq
from caloriq.closed.lattice import blocks
from caloriq.closed.lattice.blocks import Blocks, opposite, sizes
from caloriq.closed.lattice.columns import columns, space_of
from caloriq.closed.lattice.equation_of_state import equation_of_state
from caloriq.closed.lattice.evolution import choose_lattice_method
from caloriq.closed.methods import Exact
from caloriq.models.lattice.model import Lattice
from caloriq.models.lattice.space import sectors
from caloriq.models.lattice.terms import Term
from caloriq.spaces.adapted import unit_defect
from lattices import evolved, profile, unlike
from strategies import seeds
from testers import assert_close

PLUS = {"plus": "hermitian-conjugate"}
WORDS = {
    "spin-1/2": ["S+ S-", "Sz Sz", "S+ S+", "X", "Y", "Z", "X Z", "X Y", "S+ Sz S-", "X Z Z"],
    "spin-1": ["S+ S-", "Sz Sz", "S+^2 S-^2", "Sx", "Sz^2", "S+ S+"],
    "fermion": ["c+ c-", "n n", "c+ n c-", "c+ c+"],
    "spinful-fermion": ["c+up c-up", "c+down c-down", "n-up*n-down", "S+ S-", "c+up c+down"],
    "boson": ["b+ b-", "n^2", "n n", "b+ b+"],
}
SITES = {"spin-1/2": [5, 6], "spin-1": [4], "fermion": [5, 6], "spinful-fermion": [2, 3], "boson": [4]}


@st.composite
def symmetric(draw):
    """Uniform or staggered terms on a ring or an open chain, with real, imaginary or complex values."""
    local = draw(st.sampled_from(sorted(WORDS)))
    words = draw(st.lists(st.sampled_from(WORDS[local]), min_size=1, max_size=3, unique=True))
    rng = np.random.default_rng(draw(st.integers(0, 2**20)))
    turn = draw(st.sampled_from([1.0, 1.0, 1j, np.exp(0.7j)]))
    terms = [
        Term(
            word,
            rng.standard_normal() * (turn if word.count("+") else 1.0),
            on="bonds" if " " in word else "sites",
            **PLUS,
        )
        for word in words
        if len(word.split()) < 3
    ]
    terms += [Term(word, rng.standard_normal(), **PLUS) for word in words if len(word.split()) == 3]
    N = draw(st.sampled_from(SITES[local]))
    if N % 2 == 0 and draw(st.booleans()):
        terms.append(Term({"spin-1/2": "Z", "spin-1": "Sz"}.get(local, "n"), {"staggered": 0.8}, on="sites"))
    ring = N > 2 and draw(st.booleans())
    geometry = {"kind": "chain", "periodic": True} if ring else "chain"
    return Lattice(sites=N, local={"boson": 2} if local == "boson" else local, geometry=geometry, terms=tuple(terms))


@pytest.fixture(autouse=True)
def _small_sectors_too(monkeypatch):
    monkeypatch.setattr(blocks, "FEW", 1)


@settings(max_examples=30, deadline=None)
@given(st.one_of(symmetric(), unlike()), st.booleans())
def test_blocks_have_the_spectrum_of_the_whole(model, every):
    whole = np.linalg.eigvalsh(model.to_matrix())
    scale = max(1.0, np.abs(whole).max())
    found = []
    for space in sectors(model):
        made = Blocks(space, every=every)
        assert sum(one.columns.shape[1] * one.copies for one in made.found) == space.dimension
        if every:
            assert all(one.copies == 1 for one in made.found)
            assert unit_defect([one.columns for one in made.found]) <= 1e-12
        for one in made.found:
            H, left = made.hamiltonian(one)
            assert left <= 1e-12 * scale
            found += [np.linalg.eigvalsh(H)] * one.copies
    assert_close(np.sort(np.concatenate(found)), whole, 1e-12 * scale)


@settings(max_examples=12, deadline=None)
@given(symmetric(), st.floats(0.3, 5.0))
def test_the_equation_of_state_by_blocks_is_that_of_the_whole(model, T):
    """All energies and means of numbers, with sectors whose energies are those of flipped spins."""
    run = equation_of_state(model, [T], method=Exact())
    E, V = np.linalg.eigh(model.to_matrix())
    p = np.exp(-(E - E[0]) / T)
    p /= p.sum()
    energy = p @ E
    assert abs(run.energy[0] * model.size - energy) <= model.size * run.bounds["energy"][0] + 1e-11 * np.abs(E).max()
    for of in model.symmetries.conserved:
        Q = sum(one.sparse() for one in model.density(of)) @ V
        mean = p @ np.einsum("ij,ij->j", V.conj(), Q).real
        assert run.values[f"{of}_mean"][0] * model.size == pytest.approx(mean, abs=1e-10)
    assert run.certificate["blocks"].holds


def ring(words, sites, **options):
    terms = tuple(Term(word, value, **PLUS) for word, value in words.items())
    return Lattice(sites=sites, geometry={"kind": "chain", "periodic": True}, terms=terms, **options)


@pytest.mark.parametrize(
    ("model", "number"),
    [
        (ring({"S+ S-": 0.5, "Sz Sz": 0.3}, 10), 20),
        (ring({"c+ c-": 1.0, "n n": 0.3}, 9, local="fermion"), 9),
        (ring({"S+ S-": 0.5}, 6, local="spin-1"), 12),
        (ring({"b+ b-": 0.5, "n^2": 0.3}, 6, local={"boson": 2}), 6),
    ],
)
def test_the_largest_block_is_about_the_share_that_was_promised(model, number):
    space = max(sectors(model), key=lambda one: one.dimension)
    expected = sizes(space)
    assert expected.largest == -(-space.dimension // number)
    assert expected.real
    made = Blocks(space, every=False)
    largest = max(one.columns.shape[1] for one in made.found)
    assert expected.largest <= largest + 1 <= 1.3 * expected.largest + 3
    assert all(not np.iscomplexobj(made.hamiltonian(one)[0]) for one in made.found)


def test_a_wrong_sign_of_fermions_leaves_a_block():
    """The measure of what is led out sees it: two fermions that pass each other without a sign."""
    model = ring({"c+ c-": 1.0, "n n": 0.3}, 6, local="fermion")
    space = next(one for one in sectors(model) if one.totals["particles"] == 2)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blocks, "odd_levels", lambda model: [[0, 0]] * model.size)
        wrong = Blocks(space, every=False)
        assert max(wrong.hamiltonian(one)[1] for one in wrong.found) > 0.1


def test_sectors_of_opposite_spins_are_diagonalised_once():
    model = Lattice(sites=7, terms=(Term("X X"), Term("Y Y"), Term("Z Z", 0.4)))
    every = sectors(model)
    assert [opposite(one)["magnetisation"] for one in every] == [-one.totals["magnetisation"] for one in every]
    run = equation_of_state(model, [1.0], method=Exact())
    halves = [scipy.special.comb(7, k, exact=True) for k in range(4)]
    assert run.method.statistics["blocks"] == sum(2 if d > 1 else 1 for d in halves)


def test_rings_of_fermions_have_room():
    """The sign string around a ring has no matrix of its own; two free particles fill two of the levels -2 cos(2πm/N)."""
    sites = 16
    model = ring({"c+ c-": -1.0}, sites, local="fermion")
    space = next(one for one in sectors(model) if one.totals["particles"] == 2)
    found = [np.linalg.eigvalsh(made.hamiltonian(one)[0]) for made in [Blocks(space, every=True)] for one in made.found]
    level = np.sort(-2 * np.cos(2 * np.pi * np.arange(sites) / sites))
    pairs = np.sort([level[a] + level[b] for a in range(sites) for b in range(a)])
    assert_close(np.sort(np.concatenate(found)), pairs, 1e-12 * 4 * sites)


@settings(max_examples=15, deadline=None)
@given(symmetric(), seeds)
def test_an_evolution_in_blocks_is_that_of_the_whole(model, seed):
    """From product states and random ones, densities that no translation leaves alone, to the bound that the blocks have measured."""
    rng = np.random.default_rng(seed)
    times = np.array([0.0, 0.7, 2.0])
    levels = cq.starts.site_states([int(rng.integers(d)) for d in model.levels])
    for start in (levels, cq.starts.random_state(seed=seed)):
        space = space_of(model, start)
        psi = np.zeros(model.dimension, dtype=complex)
        psi[space.basis.keys] = columns(space, start).states[:, 0]
        try:
            run = cq.evolve(model, times, initial=start, method=Exact())
        except cq.NotConverged as error:
            run = error.solution
            assert [one.name for one in run.certificate.failures] == ["boson cut-off"]
        states = evolved(model, psi, times)
        bound = run.certificate["residual"].value + run.certificate["unitarity defect"].value
        assert bound <= 1e-11 * max(1.0, model.strings.norm)
        for of in run.profiles:
            scale = max(1.0, model.strings.norm) if of == "energy" else 1.0
            assert_close(run.profiles[of], profile(model, of, states), 1e-10 * max(1.0, scale))


def test_auto_takes_blocks_for_many_starts_and_says_so():
    model = ring({"S+ S-": 0.5, "Sz Sz": 0.3}, 16)
    space = space_of(model, cq.starts.random_state(numbers={"magnetisation": 0.0}))
    method, reason = choose_lattice_method(space, 30)
    assert method == Exact()
    for told in ("12870", "403 states", "translation and flipped spins"):
        assert told in reason
    assert choose_lattice_method(space, 1)[0] != Exact()
    run = cq.evolve(ring({"S+ S-": 0.5}, 8), [0.0, 1.0], method=Exact())
    assert run.method.reason == "as asked for, in blocks of about 5 of 70 states by translation and flipped spins"
