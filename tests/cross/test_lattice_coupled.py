"""Lattices between baths that are coupled by operators: the same as matrices made by hand, and the same from a file."""

import numpy as np
import pytest

import caloriq as cq
from caloriq.models.lattice.coupled import operator_of
from caloriq.models.lattice.model import Lattice
from caloriq.models.lattice.terms import Term
from caloriq.models.spectra import OhmicSpectrum
from caloriq.questions.lattice_steady import LatticeSteadyQuestion
from caloriq.steady.thermal.solve import driven_state
from caloriq.steady.thermal.system import OpenSystem, ThermalBath
from testers import refused

X, Z, ONE = np.array([[0.0, 1], [1, 0]]), np.diag([-1.0, 1]), np.eye(2)
SPECTRUM = {"kind": "ohmic", "coupling": 0.02, "cutoff": 10.0}
TERMS = [Term("Z Z"), Term("X", 0.9), Term("Z", [0.3, 0.4, 0.5])]


def on(*factors):
    """Kronecker product with site 0 changing fastest."""
    found = np.eye(1)
    for factor in factors:
        found = np.kron(factor, found)
    return found


def bath(**fields):
    return {"operator": "X", "site": 0, "temperature": 2.0, "spectrum": SPECTRUM, **fields}


def by_hand():
    H = on(Z, Z, ONE) + on(ONE, Z, Z) + 0.9 * (on(X, ONE, ONE) + on(ONE, X, ONE) + on(ONE, ONE, X))
    return H + 0.3 * on(Z, ONE, ONE) + 0.4 * on(ONE, Z, ONE) + 0.5 * on(ONE, ONE, Z)


@pytest.mark.parametrize("equation", ["local", "global", "redfield", "universal"])
def test_they_are_the_same_as_matrices(equation):
    model = Lattice(
        sites=3,
        terms=TERMS,
        baths=[
            bath(name="hot", equation=equation),
            bath(operator="Z X", site=None, sites=[1, 2], temperature=1.0, name="cold"),
        ],
    )
    spectrum = OhmicSpectrum(coupling=0.02, cutoff=10.0)
    local = on(0.9 * X + 0.3 * Z, ONE, ONE) if equation == "local" else None
    hot = ThermalBath(on(X, ONE, ONE), 2.0, spectrum, equation, local, name="hot")
    cold = ThermalBath(on(ONE, Z, X), 1.0, spectrum, "global", name="cold")
    reference, found = driven_state(OpenSystem(by_hand(), (hot, cold))), cq.steady_state(model)
    np.testing.assert_allclose(found.heat_currents, reference.heat_currents, rtol=0, atol=1e-13)
    np.testing.assert_allclose(found.state, reference.state, rtol=0, atol=1e-12)
    assert found.entropy_production == pytest.approx(reference.entropy_production, abs=1e-13)
    assert found.model is model
    again = Lattice.from_mapping(model.to_mapping())
    assert again.digest == model.digest


def test_an_operator_may_be_a_matrix():
    """On its sites in the order given, the first the slowest, levels from the lowest."""
    model = Lattice(sites=3, terms=TERMS, baths=[bath(operator=np.kron(Z, X), site=None, sites=[2, 0])])
    np.testing.assert_allclose(operator_of(model, model.baths[0]).sparse().toarray(), on(X, ONE, Z), atol=1e-14)
    again = Lattice.from_mapping(model.to_mapping())
    assert again.digest == model.digest


def test_a_question_answers_with_all_that_the_verb_gives():
    model = Lattice(sites=3, terms=TERMS, baths=[bath(), bath(site=-1, temperature=1.0)])
    question = LatticeSteadyQuestion()
    answer = question.answer(model)
    found = question.ask(model)
    table = dict(
        zip(
            [one.name for one in answer.outputs],
            np.split(answer.values, np.cumsum([one.size for one in answer.outputs])[:-1]),
            strict=True,
        )
    )
    np.testing.assert_array_equal(table["heat_currents"], found.heat_currents)
    np.testing.assert_array_equal(table["heat_currents_bound"], found.bounds["heat_currents"])
    assert "from site 0" in question.told(found)
    assert question.seconds(model) > 0 < question.memory(model)


@pytest.mark.parametrize(
    ("fields", "argument", "words", "error"),
    [
        ({"baths": [bath(operator="S+")]}, "operator", ["hermitian", "'S+'"], cq.InvalidInput),
        ({"baths": [bath(operator="X X")]}, "operator", ["1 sites", "'X X'"], cq.InvalidInput),
        ({"baths": [bath(operator="Q")]}, "operator", ["'Q'", "known are"], cq.InvalidInput),
        ({"baths": [bath(operator=np.eye(3))]}, "operator", ["(2, 2)"], cq.InvalidInput),
        ({"baths": [bath(site=7)]}, "baths.site", ["0..2"], cq.InvalidInput),
        ({"baths": [bath(), bath(temperature=1.0)]}, "baths", ["'site 0' twice"], cq.InvalidInput),
        ({"baths": [bath(temperature=-1)]}, "temperature", ["at least 0"], cq.InvalidInput),
        ({"baths": [bath()], "sites": 10, "terms": TERMS[:2]}, "sites", ["512", "1024 levels"], cq.InvalidInput),
    ],
)
def test_bad_input_is_refused_in_one_sentence(fields, argument, words, error):
    with refused(argument, *words, error=error):
        cq.steady_state(Lattice(**{"sites": 3, "terms": TERMS, **fields}))


def test_other_methods_are_refused():
    model = Lattice(sites=3, terms=TERMS, baths=[bath()])
    with refused("method", "Full()", error=cq.Unsupported):
        cq.steady_state(model, method=cq.Sector())


def test_global_baths_on_levels_closer_than_their_rates_are_refused():
    """Two spins that hardly touch: the global equation carries heat of order one rate, the universal one next to none."""
    two = {"sites": 2, "terms": [Term("Z"), Term("X X", 1e-6)]}
    with pytest.raises(cq.NotConverged, match="overlap of levels") as error:
        cq.steady_state(Lattice(**two, baths=[bath(), bath(site=1, temperature=1.0)]))
    assert abs(error.value.solution.heat_currents[0]) > 1e-3
    baths = [bath(equation="universal"), bath(site=1, temperature=1.0, equation="universal")]
    assert abs(cq.steady_state(Lattice(**two, baths=baths)).heat_currents[0]) < 1e-9
