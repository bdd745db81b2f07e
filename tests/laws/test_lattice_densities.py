"""Densities and currents of any lattice: continuity as operators, sum rules, refusals that name the term."""

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import caloriq as cq
from caloriq.models.lattice import densities
from caloriq.models.lattice.model import Lattice
from caloriq.models.lattice.terms import Term
from caloriq.spaces.strings import total
from testers import refused

EXACT = 1e-13
CONSERVING = {
    "spin-1/2": ["Sz", "S+ S-", "Sz Sz", "S+ Sz S-", "S+ S- S+ S-"],
    "spin-1": ["Sz^2", "S+ S-", "Sz Sz", "S+ S-^2 S+", "S+^2 S-^2"],
    "fermion": ["n", "c+ c-", "n n", "c+ n c-", "c+ c+ c- c-"],
    "spinful-fermion": ["n-up*n-down", "c+up c-up", "c+down c-down", "S+ S-", "n n"],
}
BREAKING = {"spin-1/2": ["X", "S+ S+", "X Y Z"], "spin-1": ["Sx", "Sx Sz"], "fermion": ["c+ c+"]}


@st.composite
def lattices(draw, breaking=False):
    """A model of random terms on a random chain, or for spins on a random connected graph."""
    local = draw(st.sampled_from(sorted(BREAKING if breaking else CONSERVING)))
    rng = np.random.default_rng(draw(st.integers(0, 2**20)))
    N = 4 if local in {"spin-1/2", "fermion"} else 3
    words = draw(st.lists(st.sampled_from(CONSERVING[local]), min_size=2, max_size=3, unique=True))
    if breaking:
        words.append(draw(st.sampled_from(BREAKING[local])))
    terms = []
    for word in words:
        m = len(word.split())
        if m > N:
            continue
        places = [rng.permutation(N)[:m].tolist() for _ in range(3)]
        values = rng.standard_normal(3) + 1j * rng.standard_normal(3)
        terms.append(Term(word, values, on=places, plus="hermitian-conjugate"))
    geometry = "chain"
    if local.startswith("spin-"):
        geometry = nx.random_labeled_tree(N, seed=int(rng.integers(2**20)))
    return Lattice(sites=N, local=local, geometry=geometry, terms=tuple(terms))


def dense_continuity(model, of):
    """The same claim with dense matrices alone."""
    H = model.strings.sparse().toarray()
    a = [x.sparse().toarray() for x in densities.density(model, of)]
    flows = densities.current(model, of)
    worst = 0.0
    for x, one in enumerate(a):
        into = 0 * H
        for (p, q), j in zip(flows.bonds.tolist(), flows.operators, strict=True):
            into = into + ((q == x) * 1.0 - (p == x) * 1.0) * j.sparse().toarray()
        worst = max(worst, np.abs(1j * (H @ one - one @ H) - into).max())
    return worst / np.abs(H).max() ** 2


@settings(max_examples=8, deadline=None)
@given(lattices())
def test_every_density_obeys_its_continuity_equation(model):
    for of in densities.known(model):
        assert densities.continuity(model, of) <= EXACT
        assert dense_continuity(model, of) <= EXACT
        for j in densities.current(model, of).operators:
            assert (j - j.dagger()).norm <= EXACT * j.norm
    assert set(model.symmetries.conserved) == set(densities.known(model)) - {"energy"}


@settings(max_examples=8, deadline=None)
@given(lattices(breaking=True))
def test_what_breaks_a_density_is_named_with_its_norm(model):
    assert densities.continuity(model, "energy") <= EXACT
    of = next(name for name in densities.known(model) if name != "energy")
    number = len(model.terms) - 1
    A = total(model.spaces, densities.density(model, of)).sparse().toarray()
    H = model.strings.sparse().toarray()
    norm = np.linalg.norm(H @ A - A @ H) / np.sqrt(len(H))
    with refused(
        "of", "conserved", f"term {number}", repr(model.terms[-1].operator), f"= {norm:.3g}", of, error=cq.Unsupported
    ):
        densities.current(model, of)
    assert of not in model.symmetries.conserved


@settings(max_examples=8, deadline=None)
@given(lattices())
def test_the_shares_of_the_energy_add_up_to_it(model):
    left = total(model.spaces, densities.energies(model)) - model.strings
    assert left.norm <= EXACT * model.strings.norm


def ring(*terms, sites=8, **fields):
    return Lattice(sites=sites, geometry={"kind": "chain", "periodic": True}, terms=terms, **fields)


@pytest.mark.parametrize("anisotropy", [0.3, 1.0, 1.5])
def test_sum_rules_of_xxz(anisotropy):
    """Per site at infinite temperature: (2 + Δ²)/16, (1 + 2Δ²)/32, 1/8; the energy current is conserved."""
    model = ring(Term("Sx Sx"), Term("Sy Sy"), Term("Sz Sz", anisotropy))
    J, spin = densities.total_current(model), densities.total_current(model, "magnetisation")
    assert model.strings.norm**2 / 8 == pytest.approx((2 + anisotropy**2) / 16, rel=1e-14)
    assert J.norm**2 / 8 == pytest.approx((1 + 2 * anisotropy**2) / 32, rel=1e-14)
    assert spin.norm**2 / 8 == pytest.approx(1 / 8, rel=1e-14)
    assert model.strings.commutator(J).norm <= EXACT


def test_sum_rules_of_the_tilted_ising_chain():
    """J² + g² + h² and 2 J² g² per site; J_E = J g Σ (Z Y - Y Z)."""
    J, g, h = 1.0, 1.4, 0.9045
    model = ring(Term("Z Z", J), Term("X", g), Term("Z", h))
    assert model.strings.norm**2 / 8 == pytest.approx(J**2 + g**2 + h**2, rel=1e-14)
    current = densities.total_current(model)
    assert current.norm**2 / 8 == pytest.approx(2 * J**2 * g**2, rel=1e-14)
    left, right = (ring(Term(word, J * g)).strings for word in ("Z Y", "Y Z"))
    assert min((current - (left - right)).norm, (current + (left - right)).norm) <= EXACT


@pytest.mark.parametrize(
    ("model", "told"),
    [
        (ring(Term("Sx Sx"), Term("Sy Sy")), {"flip x", "flip y", "flip z", "translation", "reflection", "real"}),
        (ring(Term("Sx Sx"), Term("Sz", {"staggered": 1})), {"flip z", "translation", "real"}),
        (ring(Term("S+ S-", 1 + 1j, plus="hermitian-conjugate")), {"flip z", "translation"}),
        (
            ring(Term("c+ c-", -1.0, plus="hermitian-conjugate"), sites=4, local="fermion"),
            {"even particles", "translation", "reflection", "real"},
        ),
    ],
)
def test_symmetries_are_found_and_hold_for_the_matrix(model, told):
    found = model.symmetries
    assert ("translation" in told) == (found.translation is not None)
    assert ("reflection" in told) == found.reflection
    assert ("real" in told) == found.real
    assert {p for p in told if p.startswith(("flip", "even"))} == set(found.parities)
    H = model.to_matrix()
    assert found.real == (not np.any(np.iscomplex(H)))
