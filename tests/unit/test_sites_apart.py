"""Sites without a coupling, each with a bath: the state is unique, and every site is in its own bath's."""

import numpy as np
import pytest

import caloriq as cq
from caloriq.steady.solve import cheapest
from testers import refused

BATHS = [cq.Bath(site=0, gain=0.2, loss=0.8), cq.Bath(site=1, gain=0.5, loss=0.3), cq.Bath(site=2, gain=0.0, loss=1e-3)]
ALONE = [0.2, 0.625, 0.0]  # gain / (gain + loss)
METHODS = ["auto", cq.Sector(), cq.Full()]


@pytest.mark.parametrize(
    "more", [{}, {"dephasing": 0.5}, {"zz": 0.5}, {"zz": [0.5, 2.0], "dephasing": 0.4, "frequency": 2.0}]
)
@pytest.mark.parametrize("method", METHODS, ids=str)
def test_state_of_sites_apart(more, method):
    model = cq.SpinChain(sites=3, hopping=0.0, baths=BATHS, **more)
    found = cq.steady_state(model, method=method)
    assert found.populations == pytest.approx(ALONE, abs=1e-10)
    assert found.currents == pytest.approx(0, abs=1e-12)
    assert found.heat_currents == pytest.approx(0, abs=1e-10)


@pytest.mark.parametrize("method", ["auto", cq.TwoPoint()], ids=str)
@pytest.mark.parametrize("frequency", [1.0, [1.0, 2.0]])
def test_two_points_apart(method, frequency):
    found = cq.steady_state(cq.SpinChain(sites=2, hopping=0.0, frequency=frequency, baths=BATHS[:2]), method=method)
    assert found.populations == pytest.approx(ALONE[:2], abs=1e-12)
    assert found.currents == pytest.approx(0, abs=1e-12)
    with pytest.raises(cq.Unsupported, match="vanishing hopping"):
        cq.steady_state(found.model, method=cq.ClosedForm())


def test_a_graph_without_edges_and_classical_sites():
    graph = cq.SpinChain(sites=3, couplings=np.zeros((3, 3)), baths=BATHS)
    assert cq.steady_state(graph).populations == pytest.approx(ALONE, abs=1e-12)
    assert cq.steady_state(cq.ClassicalChain(sites=3, rate=0.0, baths=BATHS)).populations == pytest.approx(
        ALONE, abs=1e-12
    )


@pytest.mark.parametrize(
    "model",
    [cq.SpinChain(sites=3, hopping=0.0, baths=BATHS[:2]), cq.ClassicalChain(sites=3, rate=0.0, baths=BATHS[:2])],
)
def test_a_site_apart_without_a_bath(model):
    with refused("hopping" if isinstance(model, cq.SpinChain) else "rate", "zero"):
        cq.steady_state(model)


def test_what_no_method_solves_is_said_at_the_choice():
    """Not at the start of the work with a method that cannot take it."""

    def star(sites: int) -> cq.SpinChain:
        """One site coupled to all others."""
        couplings = np.zeros((sites, sites))
        couplings[0, 1:] = couplings[1:, 0] = 1.0
        return cq.SpinChain(sites=sites, couplings=couplings, zz=0.5, baths=[BATHS[0]])

    for ask in (cheapest, cq.steady_state):
        with refused("sites", "16", "ZZ", "neighbours", "40"):
            ask(star(40))
    assert isinstance(cheapest(star(16))[0], cq.Sector)
    chain = cq.SpinChain(sites=40, hopping=1.0, zz=0.5, baths=[BATHS[0]])
    assert isinstance(cheapest(chain)[0], cq.TensorNetwork)
