"""Entropy production of everything that has baths: not negative where it must not be, and told where it is."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import caloriq as cq
from caloriq.steady.samples import steady_samples
from driven import positive

temperatures = st.floats(0.2, 3.0)


def ends(hot, cold, rate=1.0):
    return cq.Bath(site=0, temperature=hot, rate=rate), cq.Bath(site=-1, temperature=cold, rate=1.0)


def ensemble(quantity, hot, cold, *, dephasing=0.0, samples=30, seed=1):
    chain = cq.SpinChain(sites=3, hopping=1.0, dephasing=dephasing, baths=ends(hot, cold))
    return cq.DisorderedChain(
        chain=chain, disorder=[cq.Disorder(quantity=quantity, width=1.5)], samples=samples, seed=seed
    )


@given(temperatures, temperatures, st.sampled_from([0.0, 0.7]), st.integers(0, 1000))
@settings(deadline=None, max_examples=20)
def test_samples_of_one_frequency_produce_entropy(hot, cold, dephasing, seed):
    """Whatever the hopping: of every sample, what -ΣJ/T of its own heat gives, and never less than 0 to within its bound."""
    found = cq.steady_state(ensemble("hopping", hot, cold, dephasing=dephasing, samples=8, seed=seed))
    production, bound = found.entropy_production, found.entropy_production_bound
    plain = -found.heat_currents @ np.array([1 / hot, 1 / cold])
    assert np.all(production >= -bound)
    assert production == pytest.approx(plain, abs=1e-9)
    assert np.all(bound <= 1e-9)
    assert found.broken_law is None


def test_samples_that_break_the_second_law_are_counted():
    """Unequal frequencies: as many as there are negative ones among single chains, with the same numbers."""
    model = ensemble("frequency", 1.0, 0.9)
    found = cq.steady_state(model)
    alone = [cq.steady_state(model.sample(i)) for i in range(model.samples)]
    assert found.entropy_production == pytest.approx([one.entropy_production for one in alone], rel=1e-9)
    broken = sum(not one.second_law for one in alone)
    assert 0 < broken < model.samples
    assert f"negative in {broken} of {model.samples} samples" in found.broken_law
    assert np.all(found.entropy_production_bound < 1e-9 * np.abs(found.entropy_production).max())


def test_samples_beside_a_bath_at_zero_temperature():
    """Infinite where heat flows into it; zero where nothing flows."""
    found = cq.steady_state(ensemble("frequency", 1.0, 0.0))
    assert np.all(found.entropy_production == np.inf)
    assert np.all(found.entropy_production_bound == 0)
    still = cq.steady_state(ensemble("frequency", 0.0, 0.0))
    assert np.all(still.entropy_production == 0)


def test_samples_of_baths_without_temperature_have_none():
    chain = cq.SpinChain(sites=3, hopping=1.0, baths=(cq.Bath(site=0, gain=0.3, loss=0.5), ends(1.0, 1.0)[1]))
    found = cq.steady_state(
        cq.DisorderedChain(chain=chain, disorder=[cq.Disorder(quantity="hopping", width=0.5)], samples=3, seed=1)
    )
    assert found.entropy_production is None
    assert found.entropy_production_bound is None
    assert found.broken_law is None
    assert "entropy_production" not in found.to_dataset()


def test_samples_by_their_seeds_have_it_too():
    model = ensemble("hopping", 2.0, 1.0)
    found = steady_samples(model, [3, 4])
    first = cq.steady_state(model.model_copy(update={"samples": 1, "seed": 3}))
    assert found.entropy_production[0] == first.entropy_production[0]
    data = found.to_dataset()
    assert data.entropy_production.dims == ("sample",)
    assert data.entropy_production_bound.dims == ("sample",)


@given(temperatures, temperatures, positive, st.integers(2, 3), st.booleans(), st.integers(0, 2**32 - 1))
@settings(deadline=None, max_examples=15)
def test_a_chain_of_one_frequency_produces_entropy_all_the_way(hot, cold, rate, sites, dephased, seed):
    """From a random product state: dS/dt - ΣJ/T is not negative, the baths receive -ΣJ/T, and at the end that is all."""
    rng = np.random.default_rng(seed)
    model = cq.SpinChain(
        sites=sites,
        hopping=rng.uniform(0.3, 1.5, sites - 1),
        dephasing=0.5 * dephased * rng.random(sites),
        baths=ends(hot, cold, rate),
    )
    start = cq.starts.product(rng.uniform(0.05, 0.95, sites))
    found = cq.evolve(model, [0.0, 0.3, 2.0, 200.0], initial=start, method="sector").certified()
    bound = found.bounds["entropy_production"]
    assert np.all(found.entropy_production >= -bound)
    assert found.second_law
    assert found.broken_law is None
    assert found.entropy_flow == pytest.approx(-found.heat_currents @ np.array([1 / hot, 1 / cold]), abs=1e-9)
    end = cq.steady_state(model)
    assert found.entropy_flow[-1] == pytest.approx(end.entropy_production, abs=1e-7)


def test_what_the_baths_receive_is_told_where_the_state_is_not_known():
    """The two-point set with dephasing has no entropy, and yet heat and temperatures."""
    model = cq.SpinChain(sites=4, hopping=1.0, dephasing=1.0, baths=ends(1.0, 0.5))
    found = cq.evolve(model, [0.0, 1.0, 300.0]).certified()
    assert found.entropy is None
    assert found.entropy_production is None
    assert found.entropy_flow[-1] == pytest.approx(cq.steady_state(model).entropy_production, rel=1e-6)
    assert np.all(found.bounds["entropy_flow"] < 1e-9)
    nowhere = cq.SpinChain(sites=2, hopping=1.0, frequency=0.0, baths=(cq.Bath(site=0, gain=0.1, loss=0.2),))
    assert cq.evolve(nowhere, [0.0, 1.0]).entropy_flow is None


def test_a_law_that_is_broken_on_the_way_is_told():
    """Heat runs from the colder bath to the warmer one (Levy, Kosloff); the number is as negative as it is."""
    pair = cq.SpinChain(sites=2, hopping=0.3, frequency=[2.0, 1.0], baths=ends(1.0, 0.8))
    found = cq.evolve(pair, [0.0, 1.0, 50.0], initial=cq.starts.product([0.1, 0.2]))
    assert not found.second_law
    assert "at t = 50" in found.broken_law
    assert found.entropy_production[-1] == pytest.approx(-0.00301719, rel=1e-5)


@pytest.mark.parametrize("low", [0.2, 1.0])
def test_a_lattice_says_whether_local_baths_break_the_second_law(low):
    """Unequal energies of the ends: heat flows from cold to hot where temperatures are close, not where they are far apart."""
    baths = [cq.Bath(site=0, temperature=low, rate=1.0), cq.Bath(site=-1, temperature=1.05, rate=1.0)]
    terms = [cq.Term("Sz", [0.5, 1.0, 2.5]), cq.Term("S+ S-", 0.6, plus="hermitian-conjugate")]
    found = cq.steady_state(cq.Lattice(sites=3, local="spin-1", terms=terms, baths=baths))
    heat, room = found.inflows["energy"], found.bounds["entropy_production"]
    assert found.entropy_production == pytest.approx(-(heat / [low, 1.05]).sum(), abs=1e-12)
    assert found.second_law == (found.entropy_production >= -room) == (found.broken_law is None) == (low == 0.2)
