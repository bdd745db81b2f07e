"""Families of lattices against closed forms, other models, and the same family in a file."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import caloriq as cq
from caloriq.models.lattice.densities import continuity, known
from caloriq.models.lattice.model import FAMILIES, Lattice
from caloriq.models.lattice.terms import Jump, Term
from testers import refused

ARGUMENTS = {
    "xx": {"coupling": 1.5, "hz": [0.1, 0.2, 0.3, 0.4], "next_ratio": 0.5},
    "xxz": {"anisotropy": 0.7, "hz": 0.3, "staggered": 0.2, "disorder": 1.0, "periodic": True},
    "xyz": {"jx": 1.0, "jy": 0.8, "jz": "jx/2", "hz": "0.1*j"},
    "heisenberg": {"next_ratio": 0.5, "disorder": 2.0},
    "tilted_ising": {"coupling": -1.0},
    "transverse_ising": {"transverse": 0.5, "periodic": True},
    "ladder": {"rung": 0.5, "anisotropy": 1.0, "hz": 0.1},
    "spin1": {"theta": "atan1/3"},
    "t_v": {"interaction": 1.0, "next_hopping": 0.2, "next_interaction": 0.3, "potential": [0.0, 1.0, 0.0, 0.5]},
    "hubbard": {"interaction": 4.0, "potential": -2.0},
    "aubry_andre": {"potential": 2.0, "phase": 0.3, "interaction": 0.5},
    "fibonacci": {"potential": 2.0, "periodic": True},
    "random_dimer": {"potential": 1.5},
}
ARGUMENTS["spin1"]["theta"] = math.atan(1 / 3)


def spectrum(model):
    return np.linalg.eigvalsh(model.to_matrix())


def one_particle(model):
    """H between states of one particle, in the order of the sites."""
    places = [2**j for j in range(model.size)]
    H = model.to_matrix()
    empty = H[0, 0]
    return H[np.ix_(places, places)] - empty * np.eye(len(places))


@pytest.mark.parametrize("name", FAMILIES)
def test_a_file_names_its_family(name):
    beside = {"sites": 4, "seed": 5, "jumps": [Jump("n" if name != "spin1" else "Sz", 0.1, on=[0])]}
    python = getattr(Lattice, name)(**beside, **ARGUMENTS[name])
    read = Lattice.from_mapping({**beside, "family": {"kind": name, **ARGUMENTS[name]}})
    assert read.digest == python.digest
    assert Lattice.from_mapping(python.to_mapping()).digest == python.digest


@pytest.mark.parametrize("name", FAMILIES)
def test_densities_of_every_family_obey_their_continuity_equation(name):
    """Energy, and every number that is conserved; what is not is refused by its term."""
    model = getattr(Lattice, name)(sites=4, seed=5, **ARGUMENTS[name])
    H = model.to_matrix()
    for of in known(model):
        a = [one.sparse().toarray() for one in model.density(of)]
        if of != "energy" and of not in model.symmetries.conserved:
            assert np.linalg.norm(H @ sum(a) - sum(a) @ H) > 1e-6
            with refused("of", "is changed by term", error=cq.Unsupported):
                model.current(of)
            continue
        assert continuity(model, of) <= 1e-13
        flows = model.current(of)
        for x, one in enumerate(a):
            signs = (flows.bonds[:, 1] == x).astype(float) - (flows.bonds[:, 0] == x)
            into = sum((s * j.sparse().toarray() for s, j in zip(signs, flows.operators, strict=True) if s), 0 * H)
            np.testing.assert_allclose(1j * (H @ one - one @ H), into, atol=1e-13 * np.abs(H).max())


def test_a_family_is_added_to():
    more = {"terms": [{"operator": "X X", "on": "second-neighbours", "value": "0.1*coupling"}]}
    model = Lattice.from_mapping({"sites": 4, "family": "xx", "parameters": {"coupling": 2.0}, **more})
    plain = Lattice.xx(4, coupling=2.0).to_matrix()
    own = Lattice(sites=4, terms=[Term("X X", 0.2, on="second-neighbours")]).to_matrix()
    np.testing.assert_allclose(model.to_matrix(), plain + own, atol=1e-15)
    square = Lattice.heisenberg(geometry={"kind": "square", "sides": [2, 2]})
    ring = Lattice.heisenberg(4, periodic=True)
    np.testing.assert_allclose(spectrum(square), spectrum(ring), atol=1e-13)


@settings(max_examples=20, deadline=None)
@given(st.floats(-2, 2), st.floats(-2, 2), st.floats(-2, 2), st.floats(0.1, 2))
def test_spin_chains_are_those_that_blocks_are_cut_from(delta, h, g, J):
    J2 = 0.4
    alike = [
        (Lattice.xxz(5, anisotropy=delta, coupling=J), cq.QuantumChain.xxz(5, anisotropy=delta, coupling=J)),
        (
            Lattice.tilted_ising(5, coupling=J, transverse=g, longitudinal=h),
            cq.QuantumChain.tilted_ising(5, coupling=J, transverse=g, longitudinal=h),
        ),
        (
            Lattice.xyz(5, jx=J, jy=delta, jz=g, hz=h, next_ratio=J2),
            cq.QuantumChain(sites=5, jx=J, jy=delta, jz=g, hz=h, next_jx=J * J2, next_jy=delta * J2, next_jz=g * J2),
        ),
        (
            Lattice.heisenberg(5, coupling=J, staggered=h),
            cq.QuantumChain(sites=5, jx=J, jy=J, jz=J, hz=[h, -h, h, -h, h]),
        ),
    ]
    for lattice, chain in alike:
        np.testing.assert_allclose(lattice.to_matrix(), chain.hamiltonian().toarray(), atol=1e-14)
        np.testing.assert_allclose(chain.lattice().to_matrix(), chain.hamiltonian().toarray(), atol=1e-14)


@pytest.mark.parametrize("name", ["xx", "xxz", "heisenberg", "tilted_ising"])
@pytest.mark.parametrize("more", [{}, {"coupling": 0.7}])
def test_spin_chains_and_lattices_mean_the_same_by_a_family(name, more):
    """Conventions and defaults, which stand with the couplings of the one and with the words of the other."""
    given = {"anisotropy": 0.3} if name == "xxz" else {}
    lattice, chain = (getattr(kind, name)(4, **given, **more) for kind in (Lattice, cq.QuantumChain))
    np.testing.assert_allclose(lattice.to_matrix(), chain.hamiltonian().toarray(), rtol=0, atol=1e-15)


def test_ground_states_that_are_known():
    # Majumdar, Ghosh 1969: -3/8 J for each site of a ring with half the coupling to next neighbours
    assert spectrum(Lattice.heisenberg(8, next_ratio=0.5, periodic=True))[0] == pytest.approx(-3.0, abs=1e-12)
    # AKLT: -2/3 of every bond, four ground states of the open chain
    aklt = spectrum(Lattice.spin1(5, theta=math.atan(1 / 3))) / math.cos(math.atan(1 / 3))
    np.testing.assert_allclose(aklt[:4], -8 / 3, atol=1e-12)
    assert aklt[4] > -8 / 3 + 0.1
    # two electrons on two sites (Hubbard): singlet at (U - √(U² + 16t²))/2
    U, t = 3.0, 0.7
    hubbard = Lattice.hubbard(2, interaction=U, hopping=t, potential=-10.0)  # two electrons
    four = (U - math.sqrt(U**2 + 16 * t**2)) / 2
    assert np.min(np.abs(spectrum(hubbard) - (four - 20.0))) < 1e-12
    # open critical Ising chain: -Σ |e_k| by the singular values of its free fermions
    model = Lattice.transverse_ising(7, coupling=0.8, transverse=1.1)
    A = np.diag(np.full(7, 1.1)) + np.diag(np.full(6, 0.8), 1)
    assert spectrum(model)[0] == pytest.approx(-np.linalg.svd(A, compute_uv=False).sum(), abs=1e-12)


@settings(max_examples=10, deadline=None)
@given(st.floats(0.2, 2), st.floats(-3, 3))
def test_fermions_are_a_spin_chain(t, V):
    fermions = Lattice.t_v(6, interaction=V, hopping=t)
    spins = Lattice.xxz(6, anisotropy=V / (2 * t), coupling=2 * t)
    np.testing.assert_allclose(spectrum(fermions), spectrum(spins), atol=1e-12)


def test_one_particle_sees_the_potential():
    N, t, beta = 9, 0.7, (math.sqrt(5) - 1) / 2
    hopping = t * (np.eye(N, k=1) + np.eye(N, k=-1))
    aubry = one_particle(Lattice.aubry_andre(N, potential=1.3, hopping=t, phase=0.2))
    potential = 1.3 * np.cos(2 * np.pi * beta * np.arange(N) + 0.2)
    np.testing.assert_allclose(aubry, hopping + np.diag(potential), atol=1e-14)
    fibonacci = one_particle(Lattice.fibonacci(N, potential=2.0, hopping=t))
    np.testing.assert_allclose(fibonacci, hopping + 2.0 * np.diag([1, 0, 1, 1, 0, 1, 0, 1, 1]), atol=1e-14)
    dimers = np.diag(one_particle(Lattice.random_dimer(12, potential=2.0, seed=1)))
    np.testing.assert_array_equal(dimers[0::2], dimers[1::2])
    assert set(dimers) == {0.0, 2.0}


def test_a_long_fibonacci_chain_is_the_word():
    word = "a"
    while len(word) < 2000:
        word = "".join({"a": "ab", "b": "a"}[letter] for letter in word)
    values = Lattice.fibonacci(2000, potential=1.0).placed[-1].values
    assert "".join("a" if v else "b" for v in values) == word[:2000]


def test_a_ladder_has_legs_and_rungs():
    model = Lattice.ladder(6, leg=0.9, rung=0.4, anisotropy=0.3)
    for value, pairs in ((0.9, [[0, 2], [1, 3], [2, 4], [3, 5]]), (0.4, [[0, 1], [2, 3], [4, 5]])):
        for operator, factor in (("Sx Sx", 1.0), ("Sy Sy", 1.0), ("Sz Sz", 0.3)):
            placed = next(p for p in model.placed if p.label == operator and p.sites.tolist() == pairs)
            np.testing.assert_allclose(placed.values, value * factor)


BAD = {
    "unknown": ("xxy", ["did you mean xx"]),
    "nothing like it": ({"kind": "Kitaev"}, ["xxz", "hubbard", "random_dimer"]),
    "no kind": ({"anisotropy": 1.0}, ["kind"]),
    "a number": (3, ["kind"]),
    "misspelt": ({"kind": "xxz", "anisotropie": 1.0}, ["anisotropie", "did you mean anisotropy"]),
    "unknown argument": ({"kind": "spin1", "foo": 1.0}, ["foo", "theta, coupling, periodic"]),
    "missing": ({"kind": "xxz"}, ["`anisotropy`", "missing"]),
}


@pytest.mark.parametrize("case", BAD)
def test_other_families_are_refused(case):
    family, words = BAD[case]
    with refused("family", *words):
        Lattice(sites=4, family=family)


def test_arguments_that_are_no_numbers_are_refused():
    with refused("anisotropy", "number or an expression"):
        Lattice.xxz(4, anisotropy=[1.0, 2.0])
    with refused("hopping", "number"):
        Lattice.hubbard(4, interaction=1.0, hopping=True)
    with refused("coupling", "'k'", "pi"):
        Lattice.xx(4, coupling="k")
    with refused("periodic", "'ladder'"):
        Lattice.heisenberg(6, geometry="ladder", periodic=True)
    with refused("periodic", "both"):
        Lattice.ladder(6, geometry={"kind": "ladder", "legs": 3}, periodic=True)
    with refused("seeed", "did you mean `seed`?"):
        Lattice.xx(4, seeed=3)
