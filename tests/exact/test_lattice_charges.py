"""Charges of lattices as their families write them: the chain without ends that they are a piece of."""

import pytest

import caloriq as cq
from caloriq.models.lattice.model import Lattice
from caloriq.models.lattice.terms import Term
from caloriq.questions.run import run_from
from caloriq.transport.charges.conserved import conserved_charges
from caloriq.transport.charges.mazur import mazur
from testers import refused

RING = {"kind": "chain", "periodic": True}


@pytest.mark.parametrize(
    ("model", "counts", "energy"),
    [
        (Lattice.xxz(12, anisotropy=0.7), [1, 2, 3, 4], 1.0),
        (Lattice.xxz(12, anisotropy=0.7, periodic=True), [1, 2, 3, 4], 1.0),
        (Lattice.xx(12), [1, 3, 5, 7], 1.0),
        (Lattice.tilted_ising(12, transverse=1.4, longitudinal=0.9045), [0, 1, 1, 1], 0.0),
        (Lattice.transverse_ising(12, transverse=0.7), [0, 2, 4, 6], 1.0),
        (Lattice.t_v(12, interaction=1.4), [1, 2, 3, 4], 1.0),
        (Lattice.t_v(8, interaction=1.4, periodic=True), [1, 2, 3, 4], 1.0),
    ],
)
def test_counts_and_the_conserved_share_of_the_energy_current(model, counts, energy):
    found = conserved_charges(model, 4)
    assert found.counts.tolist() == counts
    assert mazur(found).fraction == pytest.approx(energy, abs=1e-9)
    assert found.model is model


def test_cells_of_several_sites():
    """A field that alternates; a ladder, whose cell is a rung; Hubbard's chain as sites of four levels."""
    staggered = Lattice(sites=12, terms=[Term("Sx Sx"), Term("Sy Sy"), Term("Sz", {"staggered": 0.4})])
    assert len(staggered.infinite_chain().cell) == 2
    assert len(Lattice.ladder(12).infinite_chain().cell) == 2
    hubbard = Lattice.hubbard(8, interaction=4.0).infinite_chain()
    assert [space.levels for space in hubbard.cell] == [4]


def test_ends_are_left_aside():
    free, pinned = Lattice.xx(10), Lattice.xx(10)
    pinned = pinned.model_copy(update={"terms": (*pinned.terms, Term("Sx", 3.0, on=[0]), Term("Sz", 1.0, on=[-1]))})
    assert dict(pinned.infinite_chain().terms) == dict(free.infinite_chain().terms)


@pytest.mark.parametrize("site", [2, 5, 13])
def test_one_site_that_differs_is_no_end(site):
    """A larger cell would leave it aside; the chain would then be integrable without it."""
    field = [0.0] * 16
    field[site] = 0.9
    with refused("model", "cell to cell", error=cq.Unsupported):
        Lattice.xxz(16, anisotropy=0.7, hz=field).infinite_chain()


@pytest.mark.parametrize(
    ("model", "word"),
    [
        (Lattice.aubry_andre(20, potential=0.5), "cell to cell"),
        (Lattice.heisenberg(20, disorder=1.0), "cell to cell"),
        (Lattice.xx(3), "too short"),
        (Lattice(geometry={"kind": "square", "sides": [3, 3]}, terms=[Term("Z Z")]), "square"),
    ],
)
def test_what_is_no_piece_of_one_is_refused(model, word):
    with refused("model", word, error=cq.Unsupported):
        conserved_charges(model, 2)


@pytest.mark.parametrize("sites", [6, 8, 9])
@pytest.mark.parametrize(
    "make",
    [
        lambda N, p: Lattice.t_v(N, interaction=1.3, periodic=p),
        lambda N, p: Lattice.hubbard(N, interaction=2.0, periodic=p),
        lambda N, p: Lattice.xxz(N, anisotropy=0.7, periodic=p),
        lambda N, p: Lattice.tilted_ising(N, transverse=1.4, longitudinal=0.9, periodic=p),
    ],
)
def test_a_ring_is_a_piece_of_the_same_chain(make, sites):
    """Of fermions too, whose hop from the last site to the first has a sign for every site between."""
    assert make(sites, True).infinite_chain() == make(12, False).infinite_chain()


def test_a_ring_has_no_ends_to_leave_aside():
    terms = [Term("Sx Sx"), Term("Sy Sy"), Term("Sz", {"staggered": 0.4})]
    assert len(Lattice(sites=6, geometry=RING, terms=terms).infinite_chain().cell) == 2
    for sites, more in ((9, []), (8, [Term("Sx", 1.0, on=[[0]])])):  # an odd ring, an impurity
        with refused("model", "is not the same from cell to cell", f"got {sites} sites", error=cq.errors.Unsupported):
            Lattice(sites=sites, geometry=RING, terms=[*terms, *more]).infinite_chain()
    third = [Term("Z Z", on=[[x, (x + 3) % 6] for x in range(6)]), Term("X")]  # half around: it has two ways
    with refused("model", "too short", error=cq.errors.Unsupported):
        Lattice(sites=6, geometry=RING, terms=third).infinite_chain()


XXZ = [Term("X X"), Term("Y Y"), Term("Z Z", 0.5)]
ENDS = (cq.Bath(site=0, gain=0.4, loss=1.0), cq.Bath(site=-1, gain=0.1, loss=0.9))


@pytest.mark.parametrize(
    ("more", "name"),
    [
        ({"dephasing": 0.5}, "dephasing"),
        ({"jumps": [{"operator": "X", "rate": 0.3, "name": "flips"}]}, "flips"),
        ({"baths": [cq.Bath(site=6, gain=0.4, loss=1.0, name="middle")]}, "middle"),
    ],
)
def test_charges_of_h_prove_nothing_where_the_bulk_is_open(tmp_path, more, name):
    """Dephasing ends the energy current of an XXZ chain, which keeps all of it when it is closed."""
    model = Lattice(sites=12, terms=XXZ, **more)
    with refused("model", "closed in its bulk", f"got {name}", error=cq.Unsupported):
        conserved_charges(model, 3)
    for question in ("charges", "mazur"):
        asked = {"model": model.to_mapping(), "question": {"kind": question, "support": 3}}
        with refused("model", "closed in its bulk", f"got {name}", error=cq.Unsupported):
            run_from(asked, tmp_path / "own.yaml", None).plan()


def test_baths_at_the_ends_leave_the_bulk_as_it_is():
    assert mazur(conserved_charges(Lattice(sites=12, terms=XXZ, baths=ENDS), 3)).proves_ballistic
