"""Heat response and modes: exact against theory, samples against traces, and evolutions of the start itself."""

import numpy as np
import pytest
import scipy

import caloriq as cq
from caloriq.closed.transfer import balanced
from caloriq.reduced.average import several_bands
from caloriq.reduced.average.pair_spectra import uniform_channel_overlap
from caloriq.transport import heat
from caloriq.transport.modes import same_on_every_bond
from testers import assert_close


@pytest.fixture(scope="module")
def one_band():
    return cq.BandedPair(levels=[1, 200], bandwidth=0.05, coupling=1.6e-4, seed=1)


@pytest.fixture(scope="module")
def three_bands():
    return cq.BandedPair(levels=[10, 14, 12], bandwidth=0.05, coupling=1.6e-4, seed=2)


def test_one_band_beside_theory(one_band):
    """κ exact and γc within the stated errors, which are a few per cent."""
    T = np.geomspace(0.1, 1, 5)
    found = cq.heat_response(one_band, T)
    assert np.all(found.agrees)
    assert np.all(found.agrees_early)
    assert np.all(found.error < 0.06 * found.theory)
    assert np.all(np.abs(found.conductivity / found.theory - 1) < 0.06)
    np.testing.assert_allclose(found.printed, found.theory, rtol=1e-12)
    np.testing.assert_allclose(found.resolved, found.theory, rtol=1e-6)


def test_three_bands_beside_theory(three_bands):
    """The rates of every energy describe what one rate for a pair state does not."""
    found = cq.heat_response(three_bands, [0.2, 0.5, 1.0])
    assert np.all(found.agrees)
    assert np.all(np.abs(found.conductivity / found.resolved - 1) < np.abs(found.conductivity / found.theory - 1))
    assert np.all(found.printed < found.theory)


@pytest.mark.parametrize("factor", [0.7, 1.6])
def test_wrong_rates_are_noticed(monkeypatch, one_band, factor):
    """A theory that is off by more than the errors does not agree: neither early nor over the window."""
    right = uniform_channel_overlap
    monkeypatch.setattr(several_bands, "uniform_channel_overlap", lambda *given: factor * right(*given))
    found = cq.heat_response(one_band, [0.2, 0.5])
    assert not np.any(found.agrees_early)
    monkeypatch.setattr(heat, "resolved_transfer", wrong(heat.resolved_transfer, factor))
    assert not np.any(cq.heat_response(one_band, [0.2, 0.5]).agrees)


def wrong(right, factor):
    return lambda self, shell, times, **options: right(self, shell, factor * np.asarray(times), **options)


def test_samples_and_traces(three_bands):
    exact = cq.heat_response(three_bands, [0.5])
    sampled = cq.heat_response(three_bands, [0.5], samples=16, seed=4)
    both = np.hypot(exact.error, sampled.error)
    assert abs(exact.conductivity - sampled.conductivity)[0] < both[0]
    again = cq.heat_response(three_bands, [0.5], samples=16, seed=4)
    assert_close(again.conductivity, sampled.conductivity, 0.0)


def test_against_the_evolution_of_the_start(three_bands):
    """Energy that the exact mixture carries over in the window, by `evolve` and by the mean generators."""
    found = cq.heat_response(three_bands, [0.5])
    begin, end = found.window
    run = cq.evolve(three_bands, [begin, end], initial=cq.thermal(0.5, difference=0.2, draw="mixed"))
    moved = 0.0
    for shell, K in zip(found.shells, found.generators, strict=True):
        place = [k for k, c in enumerate(run.configurations.tolist()) if c in shell.configurations.tolist()]
        forward = scipy.linalg.expm(K[0, 0] * (end - begin)) @ run.populations[0, place]
        assert_close(forward, run.populations[1, place], 1e-10)
        E = three_bands.band_energies[shell.configurations]
        moved += (E[:, 0] @ (run.populations[0, place] - forward)).item()
    assert run.local_energies[0, 0] - run.local_energies[1, 0] == pytest.approx(moved, rel=1e-8)


def test_current(one_band):
    """Small differences: κΔT; odd in ΔT; nothing at ΔT = 0; theory's bend."""
    found = cq.heat_response(one_band, [0.3])
    J, error = found.current(0.3, [-0.01, 0.0, 1e-5, 0.01, 0.2])
    assert J[0] == pytest.approx(-J[3], rel=1e-9)
    assert abs(J[1]) < 1e-18
    assert J[2] / 1e-5 == pytest.approx(found.conductivity[0], rel=1e-6)
    assert np.all(error[[0, 3, 4]] > 0)
    theory = cq.ham(one_band)
    bent = [theory.solve([0.0], initial=cq.thermal(0.3, difference=d)).currents[0, 0] for d in (1e-5, 0.2)]
    assert J[4] / J[2] == pytest.approx(bent[1] / bent[0], rel=1e-9)
    first = found.first_nonlinearity(0.3)
    x = np.array([first - 0.005, first])
    near, _ = found.current(0.3, x * 0.3)
    off = np.abs(near / (found.current(0.3, 0.0015)[0] / 0.0015 * x * 0.3) - 1)
    assert off[0] <= found.error[0] / found.conductivity[0] < off[1] * 1.01


def test_balanced():
    rng = np.random.default_rng(0)
    n = np.array([3.0, 8.0, 5.0])
    T = balanced(rng.uniform(0.2, 1, (2, 4, 3, 3)), n)
    assert_close(T.sum(axis=-2), np.ones((2, 4, 3)), 1e-12)
    assert_close(T @ n, np.broadcast_to(n, (2, 4, 3)), 1e-11)


def chain(c1, subunits=10, levels=12):
    return cq.ModularChain(subunits=subunits, levels=levels, bandwidth=0.05, coupling=c1 * 0.05 / (2 * levels), seed=1)


def test_modes_are_the_populations():
    """One mode by the evolution of mixed starts in every subunit."""
    model = chain(0.7, subunits=4, levels=6)
    found = cq.mode_decay(model, modes=[1, 3], points=5)
    for row, k in enumerate((1, 3)):
        c = np.cos(np.pi * k * (np.arange(4) + 0.5) / 4)
        runs = [cq.evolve(model, found.times[row], initial=cq.starts.mixed(mu)).populations for mu in range(4)]
        expected = sum(c[mu] * (run @ c) for mu, run in enumerate(runs)) / (c @ c)
        assert_close(found.exact[row], expected, 1e-11)


def test_modes_at_short_and_long_times():
    """Second order at short times for all; diffusive, ballistic and arrested wavelengths."""
    free, disordered = cq.mode_decay(same_on_every_bond(chain(0.5, 24))), cq.mode_decay(chain(0.5, 24))
    for found in (free, disordered):
        early = np.abs(found.exact[:, 1:4] - found.second_order[:, 1:4])[8:].max()
        assert early < 0.03
        assert_close(found.exponential[:, -1], np.full(23, np.exp(-3)), 1e-12)
    exact, second = free.exponents
    assert np.isnan(exact[0])  # gone between two instants: no exponent can be read off
    assert exact[1] > 1.8
    assert second[1] > 1.7
    assert abs(exact[6] - 1) < 0.2
    assert free.deviation[0] < 0.15
    assert disordered.deviation[0] > 0.4
    assert disordered.exact[0, -1] > 0.5
    assert abs(free.exact[0, -1]) < 0.2


@pytest.mark.parametrize("difference", [1e-15, 1e-13, 1e-10, 1e-6])
def test_tiny_differences_are_within_their_errors(difference):
    """A current that rounding reaches comes with an error that covers it: J/ΔT is κ, and 0 at equal temperatures."""
    model = cq.BandedPair(levels=[12, 12, 12], bandwidth=0.05, band="random", coupling=3e-4, seed=1)
    response = cq.heat_response(model, [1.0])
    current, error = response.current(1.0, [0.0, difference])
    assert abs(current[0]) <= error[0]
    given = (1 + difference / 2) - (1 - difference / 2)  # as double precision has it
    assert (
        abs(current[1] - response.conductivity[0] * given) <= error[1] - response.error[0] * given + 1e-6 * current[1]
    )
    assert error[1] > 8e-17 * response.generators[0].max()
