"""Laws of harmonic chains between baths, on random ones: energy, second law, bounds between the baths, reflection, scale."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caloriq.models.harmonic import HarmonicChain, OhmicBath
from caloriq.steady.harmonic.solve import harmonic_state

POSITIVE = st.floats(0.2, 5.0)
TEMPERATURE = st.floats(0.01, 4.0)


@st.composite
def chains(draw, noise=("quantum", "classical")):
    N = draw(st.integers(2, 7))
    numbers = lambda count, values=POSITIVE: draw(st.lists(values, min_size=count, max_size=count))  # noqa: E731
    middle = draw(st.booleans()) and N > 2
    sites = [0, -1, 1] if middle else [0, -1]
    return HarmonicChain(
        sites=N,
        spring=numbers(N - 1),
        mass=numbers(N),
        pinning=numbers(N, st.floats(0.0, 3.0)),
        wall=draw(st.floats(0.01, 2.0)),
        baths=[OhmicBath(site=s, temperature=draw(TEMPERATURE), friction=draw(POSITIVE)) for s in sites],
        inner_friction=draw(st.sampled_from([0.0, 0.3, 2.0])),
        noise=draw(st.sampled_from(noise)),
    )


@given(chains())
@settings(max_examples=40, deadline=None)
def test_energy_second_law_and_temperatures(model):
    found = harmonic_state(model)
    given_ = np.array([bath.temperature for bath in model.baths])
    assert abs(found.heat_currents.sum()) <= found.bounds["heat_currents"].sum() + 1e-14
    assert found.entropy_production >= -found.bounds["entropy_production"]
    assert found.second_law
    assert np.all(found.temperatures >= given_.min() - 1e-12)
    assert np.all(found.temperatures <= given_.max() + 1e-12)
    assert np.all(found.kinetic_energies >= 0)
    hottest, coldest = int(np.argmax(given_)), int(np.argmin(given_))
    assert found.heat_currents[hottest] >= -found.bounds["heat_currents"][hottest]
    assert found.heat_currents[coldest] <= found.bounds["heat_currents"][coldest]
    if set(model.bath_sites) == {0, model.sites - 1}:
        assert np.all(np.abs(found.currents - found.current) <= found.bounds["currents"] + found.bounds["current"])


@given(chains())
@settings(max_examples=15, deadline=None)
def test_a_reflected_chain_carries_the_reflected_current(model):
    N = model.sites
    flipped = model.model_copy(
        update={
            **{name: np.asarray(getattr(model, name))[::-1].copy() for name in ("spring", "mass", "pinning")},
            "baths": [
                b.model_copy(update={"site": N - 1 - s}) for b, s in zip(model.baths, model.bath_sites, strict=True)
            ],
        }
    )
    one, other = harmonic_state(model), harmonic_state(flipped)
    room = one.bounds["heat_currents"] + other.bounds["heat_currents"]
    assert np.all(np.abs(one.heat_currents - other.heat_currents) <= room)
    assert np.all(
        np.abs(one.currents + other.currents[::-1]) <= one.bounds["currents"] + other.bounds["currents"][::-1]
    )


@given(chains(noise=("classical",)), st.floats(0.1, 50.0))
@settings(max_examples=15, deadline=None)
def test_classical_heat_is_linear_in_the_temperatures(model, factor):
    baths = [bath.model_copy(update={"temperature": factor * bath.temperature}) for bath in model.baths]
    one, other = harmonic_state(model), harmonic_state(model.model_copy(update={"baths": baths}))
    room = factor * one.bounds["heat_currents"] + other.bounds["heat_currents"] + 1e-13 * factor
    assert np.all(np.abs(factor * one.heat_currents - other.heat_currents) <= room)


@given(chains(), TEMPERATURE)
@settings(max_examples=15, deadline=None)
def test_nothing_flows_in_equilibrium(model, T):
    baths = [bath.model_copy(update={"temperature": T}) for bath in model.baths]
    found = harmonic_state(model.model_copy(update={"baths": baths}))
    assert np.all(found.heat_currents == 0)
    assert np.all(found.currents == 0)
    assert found.entropy_production == 0
    assert found.temperatures == pytest.approx(np.full(model.sites, T), rel=1e-12)


@given(chains(noise=("quantum",)))
@settings(max_examples=10, deadline=None)
def test_hot_quantum_chains_are_classical(model):
    baths = [bath.model_copy(update={"temperature": 3000 * bath.temperature + 3000}) for bath in model.baths]
    hot = model.model_copy(update={"baths": baths})
    quantum, plain = harmonic_state(hot), harmonic_state(hot.model_copy(update={"noise": "classical"}))
    scale = float(np.abs(plain.heat_currents).max()) + 1e-9
    assert np.abs(quantum.heat_currents - plain.heat_currents).max() < 1e-2 * scale
    assert quantum.temperatures == pytest.approx(plain.temperatures, rel=1e-2)
