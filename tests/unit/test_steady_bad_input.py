"""Steady states: methods and models that do not fit are refused in one sentence, before any work."""

import numpy as np
import pytest

import caloriq as cq
from caloriq import _checks
from caloriq.transport.entanglement import concurrence
from driven import REFERENCE, uniform
from testers import assert_close, assert_sentence, refused

BATHS = REFERENCE
NAN = float("nan")


def cut(sites, baths):
    return cq.SpinChain(sites=sites, hopping=[1.0, 0.0, 1.0, 1.0][: sites - 1], baths=baths)


NOT_UNIQUE = {
    "no bath": (uniform(4).model_copy(update={"baths": ()}), "baths", "none"),
    "decoupled piece": (cut(5, BATHS[:1]), "baths", "sites 2..4"),
    "decoupled site": (cq.SpinChain(sites=3, hopping=[0.0, 1.0], baths=(BATHS[1],)), "baths", "sites 0 "),
    "no hopping": (uniform(3).model_copy(update={"hopping": 0.0}), "hopping", "zero"),
    "no hopping but ZZ": (uniform(3).model_copy(update={"hopping": 0.0, "zz": 1.0}), "hopping", "zero"),
    "no classical rate": (cq.ClassicalChain(sites=3, rate=0.0, baths=BATHS), "rate", "zero"),
    "no classical bath": (cq.ClassicalChain(sites=3, rate=1.0), "baths", "none"),
    "classical piece": (cq.ClassicalChain(sites=3, rate=[0.0, 1.0], baths=BATHS[:1]), "baths", "1..2"),
}


@pytest.mark.parametrize("case", NOT_UNIQUE)
def test_steady_states_that_are_not_unique(case):
    model, argument, *words = NOT_UNIQUE[case]
    with refused(argument, *words):
        cq.steady_state(model)


def test_two_pieces_with_a_bath_each_are_fine():
    found = cq.steady_state(cut(4, BATHS))
    assert np.abs(found.currents[1]) == 0
    assert found.certificate.holds


def test_other_models_and_methods():
    with refused("model", "SpinChain"):
        cq.steady_state("chain")
    with refused("method", "ClosedForm"):
        cq.steady_state(uniform(3), method="quick")
    with refused("method", "Sector"):
        cq.steady_state(uniform(3), method=cq.Exact())
    with refused("sites", "at most 8", "Sector"):
        cq.steady_state(uniform(9), method=cq.Full())
    with refused("sites", "at most 16"):
        cq.steady_state(uniform(17, zz=1.0), method=cq.Sector())
    with refused("tol"):
        cq.Sector(tol=0.0)
    with refused("restart", "at least 4"):
        cq.Sector(restart=1)


UNSUPPORTED = {
    "closed form, ZZ": (uniform(4, zz=0.1), cq.ClosedForm(), "ZZ"),
    "closed form, hopping": (uniform(3).model_copy(update={"hopping": [1, 2]}), cq.ClosedForm(), "hopping"),
    "closed form, frequencies": (uniform(2).model_copy(update={"frequency": [1, 2]}), cq.ClosedForm(), "frequencies"),
    "closed form, one bath": (uniform(3).model_copy(update={"baths": BATHS[:1]}), cq.ClosedForm(), "baths"),
    "two-point, ZZ": (uniform(4, zz=0.1), cq.TwoPoint(), "ZZ"),
    "two-point, ring": (
        cq.SpinChain(sites=3, couplings=np.ones((3, 3)) - np.eye(3), baths=BATHS),
        cq.TwoPoint(),
        "beyond neighbours",
    ),
    "two-point, inner bath": (
        uniform(3).model_copy(update={"baths": (*BATHS, cq.Bath(site=1, gain=0, loss=1))}),
        cq.TwoPoint(),
        "inner site",
    ),
    "classical of a quantum chain": (uniform(3), cq.Occupations(), "coherent hopping"),
    "quantum of a classical chain": (cq.ClassicalChain(sites=3, rate=1.0, baths=BATHS), cq.Sector(), "classical"),
}


@pytest.mark.parametrize("case", UNSUPPORTED)
def test_methods_that_do_not_apply(case):
    model, method, *words = UNSUPPORTED[case]
    with refused("method", *words, error=cq.Unsupported):
        cq.steady_state(model, method=method)


def test_too_large_for_the_memory(monkeypatch):
    monkeypatch.setattr(_checks, "available_memory", lambda: 1e9)
    with refused("sites", "the problem needs", "GB is available"):
        cq.steady_state(uniform(13, 1.0, zz=0.5), method=cq.Sector())
    with refused("bond_dimension", "the problem needs", "GB is available"):
        cq.steady_state(uniform(13, 1.0, zz=0.5), method=cq.TensorNetwork(bond_dimension=4096))
    chain = cq.SpinChain(sites=5000, hopping=1.0, frequency=np.linspace(1, 2, 5000), baths=BATHS)
    with refused("sites", "5 GB", "1 GB"):
        cq.steady_state(chain)


def test_iterations_that_stop_short_hand_over_what_they_have():
    with pytest.raises(cq.NotConverged) as caught:
        cq.steady_state(uniform(6, 0.5, zz=0.5), method=cq.Sector(max_products=4))
    assert_sentence(str(caught.value), "method", "residual")
    best = caught.value.solution
    assert best.current == pytest.approx(cq.steady_state(uniform(6, 0.5, zz=0.5)).current, rel=0.2)
    assert not best.certificate["residual"].holds


def test_one_excitation_beyond_its_validity():
    with pytest.raises(cq.NotConverged) as caught:
        cq.steady_state(cq.fmo(injection=1.0), method=cq.OneExcitation())
    assert "excitation probability" in str(caught.value)


def test_correlators_that_are_not_there():
    """Nothing beyond two points is invented where the state is not Gaussian."""
    dephased = cq.steady_state(uniform(4, 0.5), method=cq.TwoPoint())
    assert dephased.pair_correlations is None
    with refused("method", "two-site", error=cq.Unsupported):
        concurrence(dephased)
    clean = cq.steady_state(uniform(4), method=cq.TwoPoint())
    assert_close(clean.pair(1, 2), cq.steady_state(uniform(4), method=cq.Sector()).pair(1, 2), 1e-11)
    with refused("second", "string", error=cq.Unsupported):
        concurrence(clean, 0, 2)
    with refused("second", "another site"):
        concurrence(clean, 1, 1)
    with refused("first", "got 9"):
        concurrence(clean, 9, 1)
    with refused("state", "density matrix"):
        concurrence(np.eye(4))
    with refused("state", "shape"):
        concurrence(np.eye(3))


def test_scalings():
    with refused("sizes", "at least 3", error=cq.NotEnoughData):
        cq.scaling(uniform(2), [2, 3])
    with refused("sizes", "increase"):
        cq.scaling(uniform(2), [4, 3, 5])
    with refused("sizes", "at least 2"):
        cq.scaling(uniform(2), [1, 2, 3])
    with refused("hopping", "list"):
        cq.scaling(uniform(3).model_copy(update={"hopping": [1, 2]}), [2, 3, 4])
    moved = uniform(4).model_copy(update={"baths": (BATHS[0], cq.Bath(site=3, temperature=0, rate=1))})
    with refused("baths.site", "site 3"):
        cq.scaling(moved, [4, 5, 6])
    same = (cq.Bath(site=0, temperature=1, rate=1), cq.Bath(site=-1, temperature=1, rate=1))
    with refused("model", "carry a current", error=cq.NotEnoughData):
        cq.scaling(uniform(2).model_copy(update={"baths": same}), [2, 3, 4])


def test_evolutions():
    with refused("model", "SpinChain"):
        cq.evolve(cq.ClassicalChain(sites=3, rate=1.0, baths=BATHS), [1.0])
    with refused("initial", "product"):
        cq.evolve(uniform(3), [1.0], initial=cq.haar())
    with refused("initial", "3 sites"):
        cq.evolve(uniform(3), [1.0], initial=cq.steady_state(uniform(4)))
    with refused("method", "TwoPoint"):
        cq.evolve(uniform(3), [1.0], method=cq.Exact())
    with refused("method", "ZZ", error=cq.Unsupported):
        cq.evolve(uniform(3, zz=1.0), [1.0], method=cq.TwoPoint())
    with refused("times", "increase"):
        cq.evolve(uniform(3), [1.0, 0.5])
    with refused("populations", "[0, 1]"):
        cq.starts.product(1.5)
    with refused("populations", "list of 3"):
        cq.evolve(uniform(3), [1.0], initial=cq.starts.product([0.1, 0.2]))


METHODS = {
    "sector tolerance": (lambda: cq.Sector(tol=1e-15), "tol"),
    "sector tolerance not finite": (lambda: cq.Sector(tol=NAN), "tol"),
    "no products": (lambda: cq.Sector(max_products=0), "max_products"),
    "half a product": (lambda: cq.Sector(max_products=1.5), "max_products"),
    "precision": (lambda: cq.Sector(precision="half"), "precision"),
    "device": (lambda: cq.Sector(device="tpu"), "device"),
    "two-point tolerance": (lambda: cq.TwoPoint(tol=-1.0), "tol"),
    "misspelt": (lambda: cq.TwoPoint(tolerance=1e-9), "tolerance"),
    "most": (lambda: cq.OneExcitation(most=1.5), "most"),
    "most nothing": (lambda: cq.OneExcitation(most=0.0), "most"),
}


@pytest.mark.parametrize("case", METHODS)
def test_method_fields(case):
    make, argument = METHODS[case]
    with refused(argument):
        make()


@pytest.mark.parametrize("method", [cq.TwoPoint(), cq.Sector(), cq.Full(), cq.ClosedForm(), cq.OneExcitation()])
def test_no_method_solves_what_is_not_unique(method):
    """The refusal comes before the method: no factorisation of a singular matrix is tried."""
    with refused("baths", "sites 2..4"):
        cq.steady_state(cut(5, BATHS[:1]), method=method)


def test_dark_modes_are_refused_by_every_route():
    """A star with its bath in the middle has more than one steady state: the full space says so too."""
    star = np.zeros((4, 4))
    star[0, 1:] = star[1:, 0] = 1
    chain = cq.SpinChain(sites=4, couplings=star, baths=(cq.Bath(site=0, gain=0.3, loss=1.0),))
    for method in (cq.Sector(), cq.Full()):
        with pytest.raises(cq.NotConverged) as caught:
            cq.steady_state(chain, method=method)
        assert_sentence(str(caught.value), "method")
        assert not caught.value.solution.certificate.holds


@pytest.mark.parametrize(("gain", "loss"), [(0.3, 1.0), (0.5, 0.9), (0.2, 0.5), (1.0, 1.0)])
def test_dark_modes_are_refused_by_batches(gain, loss):
    """Two arms of one star: LU of a singular matrix gives one state among many."""
    star = np.array([[0, 1.0, 1.0], [1.0, 0, 0], [1.0, 0, 0]])
    chain = cq.SpinChain(sites=3, couplings=star, baths=(cq.Bath(site=0, gain=gain, loss=loss),))
    still = (cq.Disorder(quantity="dephasing", width=0.0),)
    with pytest.raises((cq.NotConverged, cq.InvalidInput)):
        cq.steady_state(cq.DisorderedChain(chain=chain, disorder=still, samples=1, seed=0))


def test_products_that_run_out_say_how_far_they_came():
    with pytest.raises(cq.NotConverged) as caught:
        cq.steady_state(uniform(6, 1.0, zz=0.5), method=cq.Sector(max_products=3))
    best = caught.value.solution
    assert best.method.statistics["products"] <= 3
    assert 1e-11 < best.certificate["residual"].value < 0.1
    assert best.current == pytest.approx(0.05398263, rel=0.2)
    one = cq.DisorderedChain(
        chain=uniform(6, 1.0, zz=0.5), disorder=(cq.Disorder(quantity="frequency", width=0.1),), samples=2, seed=0
    )
    with pytest.raises(cq.NotConverged):
        cq.steady_state(one, method=cq.Sector(max_products=3))


def test_one_excitation_names_its_bound():
    with pytest.raises(cq.NotConverged) as caught:
        cq.steady_state(cq.fmo(injection=1.0), method=cq.OneExcitation(most=0.01))
    assert_sentence(str(caught.value), "method", "excitation probability", "1.0e-02")
    assert caught.value.solution.certificate["excitation probability"].value > 0.01


@pytest.mark.parametrize("method", [cq.Full(), cq.OneExcitation(), cq.TwoPoint(), cq.Sector()], ids=lambda m: m.kind)
def test_methods_say_what_they_need(method, monkeypatch):
    monkeypatch.setattr(_checks, "available_memory", lambda: 1e4)
    chain = uniform(7).model_copy(update={"frequency": np.linspace(1, 2, 7), "hopping": np.linspace(1, 2, 6)})
    if method.kind in ("two-point", "one-excitation"):
        chain = uniform(200).model_copy(update={"frequency": np.linspace(1, 2, 200)})
    with refused("sites", "the problem needs", "10 kB"):
        cq.steady_state(chain, method=method)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_one_excitation_that_never_leaves():
    chain = cq.SpinChain(sites=3, hopping=1.0, baths=(cq.Bath(site=0, gain=1.0, loss=0.0),))
    with pytest.raises((cq.NotConverged, cq.InvalidInput)):
        cq.steady_state(chain, method=cq.OneExcitation())


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_one_excitation_with_a_dark_mode():
    chain = cq.SpinChain(sites=3, hopping=1.0, baths=(cq.Bath(site=1, gain=1e-3, loss=1.0),))
    with pytest.raises((cq.NotConverged, cq.InvalidInput)):
        cq.steady_state(chain, method=cq.OneExcitation())


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("dephasing", [0.0, 0.3])
def test_two_point_set_of_hardly_coupled_sites(dephasing):
    """Hopping 1e-8 of the level spacing: a result or a refusal, no error of LAPACK."""
    chain = uniform(13, dephasing).model_copy(update={"hopping": 1e-8, "frequency": np.linspace(0.5, 1.5, 13)})
    try:
        found = cq.steady_state(chain, method=cq.TwoPoint())
    except cq.NotConverged:
        return
    assert found.certificate.holds


def test_scaling_of_an_unknown_current():
    with refused("of", "work"):
        cq.scaling(uniform(2, 1.0), [2, 3, 4], of="work")


@pytest.mark.parametrize(
    ("call", "argument"),
    [
        (lambda: cq.scaling("chain", [2, 3, 4]), "model"),
        (lambda: cq.exclusion_limit("chain"), "chain"),
        (lambda: cq.choose("steady-state", "chain"), "question"),
        (lambda: cq.fmo(injection="weak"), "injection"),
    ],
    ids=["scaling", "classical", "choose", "fmo"],
)
def test_wrong_types_elsewhere(call, argument):
    with refused(argument):
        call()


@pytest.mark.parametrize(
    "model", [uniform(10**5, 1.0), cq.ClassicalChain(sites=10**5, rate=1.0, baths=BATHS)], ids=lambda m: m.kind
)
def test_long_chains_say_what_they_need(model, monkeypatch):
    monkeypatch.setattr(_checks, "available_memory", lambda: 1e5)
    with refused("sites", "the problem needs", "100 kB"):
        cq.steady_state(model)
