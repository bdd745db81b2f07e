"""Laws of coupled baths on any system: detailed balance, trace, positivity, energy balance, entropy production."""

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from caloriq.steady.thermal.acting import acting
from caloriq.steady.thermal.solve import driven_state
from caloriq.steady.thermal.system import OpenSystem
from strategies import seeds
from thermal import between, choi, drawn

KINDS = ("global", "redfield", "universal")
few = settings(max_examples=25, deadline=None)
dimensions = st.integers(2, 6)
temperatures = st.floats(0.3, 5.0)


def turned(acts):
    """𝓛 in the eigenbasis."""
    return acts.apply


@few
@given(seeds, dimensions, temperatures, st.booleans())
def test_the_thermal_state_is_steady_for_global_baths(seed, D, T, real):
    """At one temperature: no heat, the Gibbs state of H, no entropy."""
    system = drawn(seed, D, "global", temperatures=(T, T), real=real)
    state = driven_state(system).certified()
    E = state.energies
    p = np.exp(-(E - E[0]) / T)
    assert np.abs(state.populations - p / p.sum()).max() < 1e-9
    assert np.abs(state.heat_currents).max() <= 1e-9 + state.bounds["heat_currents"].max()
    assert state.entropy_production == 0


@few
@given(seeds, dimensions, temperatures)
def test_the_thermal_state_is_steady_for_redfield_without_shift(seed, D, T):
    """Half of the noise alone: Λρ = ρΛ† for the thermal state, by KMS; positive or not."""
    system = drawn(seed, D, "redfield", temperatures=(T, T))
    assert driven_state(system).detailed_balance_defect.max() < 1e-10


@few
@given(seeds, dimensions, st.sampled_from(KINDS))
def test_generators_keep_trace_and_hermiticity(seed, D, kind):
    acts = acting(drawn(seed, D, kind))
    rng = np.random.default_rng(seed)
    rho = rng.standard_normal((D, D)) + 1j * rng.standard_normal((D, D))
    out, back = acts.apply(rho), acts.apply(rho.conj().T)
    assert abs(np.trace(out)) < 1e-11
    assert np.abs(out.conj().T - back).max() < 1e-11
    for one in acts.dissipators:
        O = rho + rho.conj().T
        assert abs(np.trace(O @ one.apply(rho)) - np.trace(one.adjoint(O) @ rho)) < 1e-10


@few
@given(seeds, st.integers(2, 5), st.sampled_from(KINDS))
def test_smallest_rates_are_those_of_the_choi_matrix(seed, D, kind):
    """Global and universal baths are positive; Redfield's rate below zero is found."""
    acts = acting(drawn(seed, D, kind))
    for one in acts.dissipators:
        rates = np.linalg.eigvalsh(choi(one.apply, D))
        if kind == "redfield":
            assert abs(one.lowest_rate - rates[0] / rates[-1]) < 1e-9
            assert one.lowest_rate < 0
        else:
            assert one.lowest_rate >= -1e-12
            assert rates[0] > -1e-12 * rates[-1]


@few
@given(seeds, dimensions, st.sampled_from(KINDS))
def test_energy_is_balanced(seed, D, kind):
    state = driven_state(drawn(seed, D, kind))
    room = float(state.bounds["heat_currents"].sum())
    assert abs(float(state.heat_currents.sum())) <= room + 1e-13
    assert state.certificate["residual"].holds
    assert state.certificate["energy balance"].holds


@few
@given(seeds, dimensions)
def test_global_baths_produce_entropy(seed, D):
    """Spohn's inequality, and states that are states."""
    state = driven_state(drawn(seed, D, "global")).certified()
    assert state.second_law
    assert state.lowest_population > -1e-12
    assert state.jump_entropy_production == state.entropy_production


@few
@given(
    st.tuples(st.floats(0.5, 2.0), st.floats(0.5, 2.0)),
    st.tuples(st.floats(0.2, 3.0), st.floats(0.2, 3.0)),
    st.floats(0.05, 1.0),
)
def test_local_baths_produce_entropy_by_their_own_levels(frequencies, T, hopping):
    """-Σ J/T may be negative; with the heat of the jumps it never is, and the rest of the heat is work."""
    state = driven_state(between(frequencies, T, "local", hopping=hopping)).certified()
    assert state.jump_entropy_production >= -float(state.bounds["jump_entropy_production"])
    assert abs(float(state.heat_currents.sum())) < 1e-12


@few
@given(seeds, st.integers(2, 4), st.sampled_from(KINDS))
def test_shifts_keep_trace_and_balance(seed, D, kind):
    system = drawn(seed, D, kind)
    shifted = OpenSystem(system.hamiltonian, tuple(replace(bath, lamb_shift=True) for bath in system.baths))
    state = driven_state(shifted)
    assert abs(float(state.heat_currents.sum()) + state.shift_current) < 1e-12
    if kind == "global":  # it commutes with H
        assert np.abs(state.state - driven_state(system).state).max() < 1e-9
