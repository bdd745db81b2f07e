"""Rules that the zoo asked for: each shown at work on the model that passed without it."""

import numpy as np
import pytest

import caloriq as cq
from caloriq.errors import CaloriqError
from caloriq.known.zoo.looked import named
from caloriq.known.zoo.traps import crystal
from caloriq.models.lattice.model import Lattice
from caloriq.models.lattice.terms import Term
from caloriq.models.modular import ModularChain
from caloriq.transport.charges.conserved import conserved_charges
from caloriq.transport.kubo.premises import CELLS, SLOWEST, charges_of, looked_for, nearly


@pytest.mark.parametrize(
    ("distribution", "width", "centre", "cut"),
    [
        ("normal", 0.15, None, True),
        ("uniform", 2.0, None, True),
        ("uniform", 1.9, None, False),
        ("uniform", 1.0, 0.5, True),
        ("uniform", 1.0, -0.6, False),
    ],
)
def test_hopping_that_may_vanish(distribution, width, centre, cut):
    """Resistances ∝ 1/g² have a mean only where g stays away from 0."""
    base = named(["normal hopping, dephasing 5"])[0].model
    (law,) = base.disorder
    changed = law.model_copy(update={"distribution": distribution, "width": width, "centre": centre})
    assert base.model_copy(update={"disorder": (changed,)}).may_cut == cut
    fields = law.model_copy(update={"quantity": "frequency"})
    assert not base.model_copy(update={"disorder": (fields,)}).may_cut


def test_data_do_not_say_that_a_chain_of_cut_bonds_conducts():
    """By all the other rules 20 samples over N = 8…256 obey Fourier's law."""
    model = named(["normal hopping, dephasing 5"])[0].model
    found = cq.scaling(model, (8, 16, 32, 64, 128, 256), of="excitations")
    failed = [check.name for check in found.judgement.evidence if not check.holds]
    assert "hopping near 0" in failed
    assert found.judgement.grade != "measured"
    assert "random hopping that stays away from 0" in found.sentence


def test_charges_are_looked_for_in_twice_the_cells_of_the_terms():
    """The next charge of a chain of three-site terms may cover five sites, and here it does."""
    chain = named(["three-site terms of disguised fermions"])[0].model.infinite_chain()
    assert looked_for(chain, 2) == 5 > CELLS
    found = charges_of(chain, "energy")
    assert found.kept == pytest.approx(0.9)
    assert found.more > 0
    assert looked_for(Lattice.xxz(12, anisotropy=0.5).infinite_chain(), 2) == CELLS


def test_slow_operators_are_as_long_as_charges_nearby():
    """Bariev's chain with a weak ZZ term: nothing of three cells is slow, an operator of five is."""
    hop = [
        one for a in ("Sx", "Sy") for one in (Term(f"{a} {a}", 1.0, on="second-neighbours"), Term(f"{a} Sz {a}", -1.0))
    ]
    chain = Lattice(sites=16, terms=(*hop, Term("Sz Sz", 0.3))).infinite_chain()
    short = conserved_charges(chain, 3)
    assert short.smallest_other / chain.hamiltonian.norm > SLOWEST
    assert charges_of(chain, "magnetisation").slowest < SLOWEST
    assert nearly(Lattice.xxz(12, anisotropy=0.5).infinite_chain()) == 3


def test_charges_with_too_many_strings_are_unknown():
    """Terms of four sites: seven cells are not looked at, and nothing is said to be generic."""
    chain = named(["folded XXZ with next neighbours, spin"])[0].model.infinite_chain()
    assert looked_for(chain, 2) == 7
    found = charges_of(chain, "magnetisation")
    assert np.isnan(found.more)
    assert not found.generic


def test_alike_bonds_make_a_crystal():
    """All criteria of the rate equation hold, and yet Bloch waves would run through a long chain."""
    one = cq.verdict(crystal(), workers=0, budget=1)
    assert one.grade == "undecided"
    assert one["dynamics"].transport is None
    assert one["dynamics"].sentence.startswith("Nothing follows for a long chain (bonds alike)")
    assert [check.name for check in one["ham"].certificate if not check.holds] == ["bonds alike"]


def bonds(*matrices):
    """The crystal's chain with other matrices, looked at by its criteria."""
    model = ModularChain.from_mapping({**crystal().to_mapping(), "matrices": np.array(matrices)})
    return cq.verdict(model, routes=["ham"], workers=0, budget=1)["ham"]


def test_signs_phases_periods_and_directions_make_no_other_bond():
    rng = np.random.default_rng(3)
    n = crystal().levels
    A, B, C = ((rng.standard_normal((n, n)) + 1j * rng.standard_normal((n, n))) / np.sqrt(2) for _ in range(3))
    phases = np.exp(2j * np.pi * rng.random(n))
    for alike in ((A, -A, A), (A, B, A), (A, A.T, B), (A, phases[:, None] * A, B), (A, A.conj(), B)):
        assert bonds(*alike).transport is None
    own = bonds(A, B, C)
    assert own.transport == "diffusive"
    assert "beyond which static couplings localise" in own.where


def test_a_chain_longer_than_its_localisation_length_is_not_diffusive():
    """γ τ_H = π² c1² subunits, 14.2 at c1 = 1.2."""
    long = ModularChain(subunits=20, levels=100, bandwidth=0.05, coupling=3e-4, seed=1)
    found = cq.verdict(long, routes=["ham"], workers=0, budget=1)["ham"]
    assert found.transport is None
    assert [check.name for check in found.certificate if not check.holds] == ["subunits over the localisation length"]


@pytest.mark.parametrize(
    ("model", "means", "says"),
    [
        (Lattice.xx(16), {"magnetisation": 0.7}, "`means` must lie between the least and the largest value"),
        (Lattice.xx(16), {"magnetisation": 0.5}, "`means` must lie between the least and the largest value"),
        (Lattice.xx(16), {"charge": 0.1}, "`means` must name a number of every site"),
        (Lattice.transverse_ising(16), {"magnetisation": 0.1}, "`means`|does not conserve"),
        (
            Lattice.xx(16, disorder=1.0, seed=1),
            {"magnetisation": 0.1},
            "`means` must be of numbers in a chain that looks the same",
        ),
        (crystal(), {"magnetisation": 0.1}, "`means` must be left out where there is no closed lattice"),
    ],
)
def test_means_that_no_mixed_state_has(model, means, says):
    """In the one state of all spins up nothing moves: a clean chain of free excitations was proved ballistic there too."""
    with pytest.raises(CaloriqError, match=says):
        cq.verdict(model, means=means, workers=0, budget=1)
