"""Premises of what is proved are looked at on the terms: a theorem is used where it applies, and nowhere else."""

import numpy as np
import pytest

import caloriq as cq
from caloriq.transport.inside import inside
from caloriq.verdicts.routes import charges, leaks, structure
from caloriq.verdicts.routes.bands import velocity
from caloriq.verdicts.routes.case import Case
from caloriq.verdicts.routes.decide import leak_of, no_law

WEAK = (cq.Bath(site=0, gain=0.6, loss=0.4), cq.Bath(site=-1, gain=0.4, loss=0.6))


def lattice(*terms, sites=10, **more):
    return cq.Lattice(sites=sites, terms=tuple(cq.Term(*one) for one in terms), **more)


def hopping(g=1.0):
    return ("Sx Sx", g), ("Sy Sy", g)


RANDOM = {"random": "uniform", "width": 1.0}
PROVED = {
    "XX": (lattice(*hopping()), "ballistic"),
    "XX ring": (cq.Lattice.xxz(8, anisotropy=0.0, periodic=True), "ballistic"),
    "alternating fields": (lattice(*hopping(), ("Sz", "0.5*(-1)**j")), "ballistic"),
    "alternating bonds": (lattice(*hopping("1 + 0.3*(-1)**j")), "ballistic"),
    "fermions with pairs": (
        cq.Lattice(
            sites=8,
            local="fermion",
            terms=(
                cq.Term("c+ c-", 1.0, plus="hermitian-conjugate"),
                cq.Term("c+ c+", 0.4, plus="hermitian-conjugate"),
            ),
        ),
        "ballistic",
    ),
    "random fields": (lattice(*hopping(), ("Sz", RANDOM)), "localised"),
    "random fields, two sites": (lattice(*hopping(), ("Sz", RANDOM), sites=2), "localised"),
    "dephased": (lattice(*hopping(), dephasing=0.3, baths=WEAK), "diffusive"),
}
OPEN = {
    "interaction": lattice(*hopping(), ("Sz Sz", 0.5)),
    "random fields and interaction": lattice(*hopping(), ("Sz Sz", 0.5), ("Sz", RANDOM)),
    "random dimers": lattice(*hopping(), ("Sz", {**RANDOM, "repeat": 2})),
    "two random values": lattice(*hopping(), ("Sz", {"random": "choice", "choices": [0.0, 1.0]})),
    "random hopping": lattice(("Sx Sx", RANDOM), ("Sy Sy", RANDOM)),
    "random fields on a quasi-periodic one": lattice(*hopping(), ("Sz", RANDOM), ("Sz", "cos(2*pi*golden*j)")),
    "random fields of no width": lattice(*hopping(), ("Sz", {"random": "uniform", "width": 0.0})),
    "random fields, wider and wider": lattice(*hopping(), ("Sz", {"random": "uniform", "width": "j"})),
    "random fields, uneven hopping": lattice(*hopping("1 + 0.1*(-1)**j"), ("Sz", RANDOM)),
    "random fields, dephased": lattice(*hopping(), ("Sz", RANDOM), dephasing=0.1, baths=WEAK),
    "second neighbours": cq.Lattice(
        sites=10,
        terms=(
            *(cq.Term(*one) for one in hopping()),
            cq.Term("Sx Sx", 0.5, on="second-neighbours"),
            cq.Term("Sy Sy", 0.5, on="second-neighbours"),
            cq.Term("Sz", RANDOM),
        ),
    ),
    "a step beyond the lattice": lattice(*hopping(), ("Sz", "floor(j/30)"), sites=12),
    "a cut bond further on": lattice(*hopping("1 - floor(j/30) + floor(j/31)"), sites=12),
    "an interaction further on": lattice(*hopping(), ("Sz Sz", "1.5*floor(j/30)"), sites=60),
    "a quasi-periodic field further on": lattice(*hopping(), ("Sz", "4*floor(j/25)*cos(2*pi*golden*j)"), sites=200),
    "dephased, a step beyond the lattice": lattice(*hopping(), ("Sz", "3*floor(j/10)"), dephasing=0.3, baths=WEAK),
    "random constants": lattice(*hopping("1 + 0.0*j"), ("Sz*Sz", RANDOM)),
    "a step further on": lattice(*hopping(), ("Sz", "floor(j/30)"), sites=60),
    "one field in the middle": cq.Lattice(
        sites=60, terms=(*(cq.Term(*one) for one in hopping()), cq.Term("Sz", 0.7, on=[31]))
    ),
    "quasi-periodic": lattice(*hopping(), ("Sz", "cos(2*pi*golden*j)")),
    "nothing hops": lattice(("Sz Sz", 1.0)),
    "dephased on one half": lattice(*hopping(), dephasing=[0.3] * 5 + [0.0] * 5, baths=WEAK),
}


@pytest.mark.parametrize("name", PROVED)
def test_a_theorem_is_used_where_it_applies(name):
    model, transport = PROVED[name]
    found = structure.look(Case(model, "magnetisation" if name == "dephased" else "energy"))
    assert (found.transport, found.weight) == (transport, "proof"), found.sentence
    assert found.certificate.holds
    assert found.sources


@pytest.mark.parametrize("name", OPEN)
def test_and_nowhere_else(name):
    found = structure.look(Case(OPEN[name], "magnetisation"))
    assert (found.transport, found.weight) == (None, "none"), found.sentence


def test_flat_bands_move_nothing():
    """Three sites a cell whose last bond is cut: levels, but no band."""
    cut = lattice(*hopping("floor(abs(sin(pi*(j+1)/3)) + 0.5)"), sites=12)
    assert velocity(cut) == pytest.approx(0.0, abs=1e-12)
    assert structure.look(Case(cut, "magnetisation")).transport is None


def test_bands_of_a_uniform_chain_are_a_cosine():
    """ε = g cos k and its negative, in order: each band covers g of g."""
    assert velocity(lattice(*hopping(0.7))) == pytest.approx(1.0, abs=1e-9)


@pytest.mark.parametrize(
    ("model", "of", "share"),
    [
        (cq.Lattice.xxz(6, anisotropy=1.5), "energy", 1.0),
        (lattice(("Sx Sx", 1.0), ("Sy Sy", 0.8), ("Sz Sz", 0.5)), "energy", 1.0),
        (cq.Lattice.tilted_ising(8, transverse=1.0, longitudinal=0.0), "energy", 1.0),
    ],
)
def test_a_conserved_energy_current_is_ballistic(model, of, share):
    found = charges.look(Case(model, of))
    assert (found.transport, found.weight) == ("ballistic", "proof")
    assert found.estimate == pytest.approx(share, abs=1e-10)
    assert found.certificate.holds


def test_spin_of_xxz_is_ballistic_away_from_half_filling_alone():
    """C. Zotos et al. 1997: the overlap with Q₃ goes as the mean squared at first, and is nothing at zero mean."""
    model = cq.Lattice.xxz(6, anisotropy=1.5)
    none = charges.look(Case(model, "magnetisation"))
    assert (none.transport, none.estimate) == (None, 0.0)
    small, large = (charges.look(Case(model, "magnetisation", means={"magnetisation": mean})) for mean in (0.01, 0.02))
    assert small.transport == large.transport == "ballistic"
    assert large.estimate / small.estimate == pytest.approx(4.0, rel=2e-3)


def test_at_a_temperature_charges_prove_what_is_wholly_conserved():
    whole = charges.look(Case(cq.Lattice.xxz(6, anisotropy=1.5), temperature=0.7))
    assert (whole.transport, whole.weight) == ("ballistic", "proof")
    part = charges.look(
        Case(cq.Lattice.xxz(6, anisotropy=1.5), "magnetisation", temperature=0.7, means={"magnetisation": 0.2})
    )
    assert part.transport is None


# -- densities that leak

HUBBARD = cq.Lattice.hubbard(3, interaction=2.0)
ENDS = tuple(
    cq.Jump(word, rate, on=[site], name=word)
    for word, rate, site in (("c+up", 0.5, 0), ("c+down", 0.5, 0), ("c-up", 0.7, -1), ("c-down", 0.7, -1))
)


def test_a_bath_of_fermions_at_the_end_acts_at_the_end():
    """Its operator has the signs of all fermions before the last site, which change no density there."""
    model = HUBBARD.model_copy(update={"jumps": ENDS})
    assert inside(model) == ()
    assert leaks.leak(model, "particles") is None
    middle = HUBBARD.model_copy(update={"jumps": (cq.Jump("c-up", 0.7, on=[1], name="loss"),)})
    assert inside(middle) == ("loss",)
    assert "loss" in leaks.leak(middle, "particles")


@pytest.mark.parametrize("sites", [2, 3, 4, 5, 9])
def test_dephasing_is_in_the_bulk_of_any_length(sites):
    model = lattice(*hopping(), ("Sz Sz", 0.5), sites=sites, dephasing=0.2, baths=WEAK)
    assert inside(model) == ("dephasing",)
    assert leaks.leak(model, "magnetisation") is None
    assert "dephasing" in leaks.leak(model, "energy")
    assert Case(model, "magnetisation").lattice is None


def test_a_leak_is_as_large_as_its_operator_says():
    """Loss σ⁻ at rate γ on a site changes Σ Sz by -γ (½ + Sz), whose square is γ²/2 on average over all states."""
    model = lattice(*hopping(), sites=5).model_copy(update={"jumps": (cq.Jump("S-", 0.3, on=[2], name="loss"),)})
    told = leaks.leak(model, "magnetisation")
    assert f"{0.3 * np.sqrt(0.5):.3g}" in told


def test_what_has_no_law_says_of_what_there_is_one():
    chain = cq.SpinChain(sites=5, hopping=1.0, zz=0.5, dephasing=1.0, baths=WEAK)
    judged = no_law(Case(chain))
    assert (judged.grade, judged.holds, judged.transport) == ("no law", None, None)
    assert "There is one of excitations" in judged.sentence
    assert leak_of(Case(chain), "excitations") is None
    assert no_law(Case(chain, "excitations")) is None


def test_a_drive_takes_energy_in():
    driven = cq.Lattice(sites=6, terms=(cq.Term("Z Z", 1.0), cq.Term("X", 1.0, drive="cos(t)")))
    judged = no_law(Case(driven))
    assert judged.grade == "no law"
    assert "term 1, 'X', which is driven in time (cos(t))" in judged.sentence


def test_random_constants_are_no_fields():
    for word in ("Sz*Sz", "I"):
        found = structure.look(Case(lattice(*hopping(), (word, RANDOM)), "magnetisation"))
        assert found.transport != "localised"


# -- heat that nothing carries, ends of ladders, crystals


def test_dephased_excitations_without_energy_carry_no_heat():
    for chain in (
        cq.SpinChain(sites=8, hopping=1.0, frequency=0.0, dephasing=1.0, baths=WEAK),
        cq.ClassicalChain(sites=8, rate=1.0, frequency=0.0, baths=WEAK),
    ):
        judged = no_law(Case(chain))
        assert judged.grade == "no law"
        assert "carry no heat" in judged.sentence
        assert no_law(Case(chain, "excitations")) is None


def test_hopping_energy_leaks_by_dephasing_with_baths_and_without():
    for baths in ((), WEAK):
        model = lattice(*hopping(), dephasing=0.3, baths=baths)
        assert no_law(Case(model)).grade == "no law"
        assert structure.look(Case(model, "magnetisation")).transport == "diffusive"


def test_baths_on_the_end_rungs_of_a_ladder_are_at_its_ends():
    terms = tuple(cq.Term(*one) for one in hopping())
    ends = (
        *(cq.Bath(site=k, gain=0.6, loss=0.4) for k in (0, 1)),
        *(cq.Bath(site=k, gain=0.4, loss=0.6) for k in (-1, -2)),
    )
    ladder = cq.Lattice(sites=12, geometry={"kind": "ladder"}, terms=terms, baths=ends)
    assert inside(ladder) == ()
    assert no_law(Case(ladder, "magnetisation")) is None
    inner = ladder.model_copy(update={"baths": (*ends, cq.Bath(site=5, gain=0.5, loss=0.5, name="within"))})
    assert inside(inner) == ("within",)


def test_a_uniform_chain_without_baths_is_told_by_its_form():
    clean = structure.look(Case(cq.SpinChain(sites=8, hopping=1.0)))
    assert (clean.transport, clean.weight) == ("ballistic", "proof")
    dephased = structure.look(Case(cq.SpinChain(sites=8, hopping=1.0, dephasing=0.5), "excitations"))
    assert (dephased.transport, dephased.weight) == ("diffusive", "proof")
