"""One theory over channels: what is asked of a chain may be asked of a network and of several bands."""

import numpy as np
import pytest

import caloriq as cq
from testers import assert_close

N = 3
CHAIN = cq.ModularChain(subunits=N, levels=200, bandwidth=0.05, coupling=2e-4, seed=1)
NETWORK = cq.ModularNetwork(graph=[[0, 1], [1, 2]], levels=200, bandwidth=0.05, coupling=2e-4, seed=1)
BANDS = cq.BandedChain(subunits=N, levels=[1, 200], bandwidth=0.05, coupling=2e-4, seed=1)
SAME = (
    "rate",
    "edge_rates",
    "correlation_time",
    "heisenberg_time",
    "relaxation_time",
    "rephasing_time",
    "fastest_rate",
)


@pytest.mark.parametrize("other", [NETWORK, BANDS])
def test_a_chain_written_otherwise_has_the_same_theory(other):
    one, same = cq.ham(CHAIN), cq.ham(other)
    for name in SAME:
        assert_close(
            np.asarray(getattr(same, name)), np.asarray(getattr(one, name)), 1e-12 * np.max(getattr(one, name))
        )
    for ours, theirs in zip(one.criteria[:2], same.criteria[:2], strict=True):
        assert theirs.value == pytest.approx(ours.value, rel=1e-12)
    assert same.busiest.value == pytest.approx(one.busiest.value, rel=1e-12)
    assert [c.rate for c in same.channels] == pytest.approx([one.channels[0].rate] * len(same.channels), rel=1e-12)
    assert same.channels[0].levels == one.channels[0].levels
    T = np.array([0.2, 0.5, 3.0])
    for name in ("conductivity", "edge_conductivity", "conductivity_tensor", "heat_capacity"):
        if other is NETWORK and name == "conductivity_tensor":  # a graph has no axes
            continue
        ours, theirs = getattr(one, name)(T, formula="printed"), getattr(same, name)(T, formula="printed")
        assert np.abs(theirs / ours - 1).max() < 1e-12
    # a Boltzmann factor over the band is not that of its centre
    assert np.abs(same.partition_function(T) / one.partition_function(T) - 1).max() < 1e-2
    assert same.peak[0] == pytest.approx(one.peak[0], rel=1e-3)
    assert [law.value for law in same.laws()] == pytest.approx([law.value for law in one.laws()], abs=0.025)  # δε/2


def test_the_rate_equations_are_one():
    one, bands = cq.ham(CHAIN), cq.ham(BANDS)
    t = np.linspace(0.0, 4.0, 9) / one.rate
    P = one.solve(t).populations
    theirs = bands.solve(t, initial=cq.in_bands([1, 0, 0]))
    assert_close(theirs.band_populations[..., 1], P, 1e-12)
    assert_close(theirs.band_populations, one.solve(t).band_populations, 1e-12)
    assert_close(theirs.currents, one.solve(t).currents, 1e-12 * one.rate)
    single = BANDS.total_shells[1]
    assert_close(bands.generator(single)[::-1, ::-1], one.generator(), 1e-12 * one.rate)
    assert_close(bands.solve(t, method="series").populations, bands.solve(t, method="eigenbasis").populations, 1e-12)


def test_deviation_takes_several_bands():
    """D² of one banded start is that of the chain it is, and goes to disk by configuration."""
    pair = cq.BandedPair(levels=[1, 60], bandwidth=0.05, coupling=1e-3, seed=5)
    theory = cq.ham(pair)
    exact = cq.evolve(pair, np.linspace(0, 5 / theory.rate, 41))
    found = cq.deviation(exact, theory)
    assert found.values.shape == (4,)
    square = (exact.populations - theory.solve(exact.times).populations) ** 2
    assert_close(found.values, np.trapezoid(square, exact.times, axis=0) / found.span, 1e-15)
    assert 0 < found.values.max() < 0.05
    assert found.to_dataset()["values"].dims == ("configuration",)
    three = cq.BandedPair(levels=[4, 12, 12], bandwidth=0.05, coupling=4e-4, seed=5)
    many = cq.evolve(
        three, np.linspace(0, 5 / cq.ham(three).rate, 41), initial=cq.thermal([1.0, 0.6], samples=3, seed=2)
    )
    assert cq.deviation(many, cq.ham(three)).values.shape == (3, 9)
    with pytest.raises(cq.Unsupported, match="one band"):
        _ = theory.solve([1.0]).widths
