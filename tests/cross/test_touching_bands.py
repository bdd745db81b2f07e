"""Bands without gaps: a continuous spectrum cut into the cells of the golden rule."""

import numpy as np
import pytest
import scipy

import caloriq as cq
from caloriq.closed import shells
from caloriq.closed.local_states import local_states
from caloriq.reduced.average.pair_spectra import uniform_overlap


def touching(bandwidth=1.0, **changes):
    fields = {"levels": [6, 6, 6], "coupling": 0.02, "seed": 3, **changes}
    return cq.BandedPair(bandwidth=bandwidth, **fields)


def cells(count, levels=24, coupling=2e-3, **changes):
    return cq.BandedPair.cells(1.0, levels, count, coupling=coupling, seed=1, **changes)


def test_bands_may_touch_and_nothing_jumps_there():
    at, below = touching(1.0), touching(1.0 - 1e-9)
    assert [len(s.configurations) for s in at.total_shells] == [len(s.configurations) for s in below.total_shells]
    one, other = cq.ham(at), cq.ham(below)
    assert [c[:2] for c in one.channels] == [c[:2] for c in other.channels]
    rates = [np.array([c.rate for c in theory.channels]) for theory in (one, other)]
    np.testing.assert_allclose(rates[0], rates[1], rtol=1e-8)
    np.testing.assert_allclose(one.conductivity(0.7), other.conductivity(0.7), rtol=1e-8)
    times = np.linspace(0, 2 / one.fastest_rate, 9)
    start = cq.thermal((0.8, 0.3), draw="mixed")
    exact = [cq.evolve(model, times, initial=start).populations for model in (at, below)]
    np.testing.assert_allclose(exact[0], exact[1], atol=1e-7)


def test_levels_do_not_depend_on_the_cells():
    whole = (np.arange(24) + 0.5) / 24
    for count in (2, 3, 4, 6):
        model = cells(count)
        found = np.concatenate([E + model.band_levels(i) for i, E in enumerate(model.band_energies)])
        np.testing.assert_allclose(found, whole, rtol=0, atol=1e-14)
        assert isinstance(model, cq.BandedPair)
        assert model.levels == (24 // count,) * count
    moved = cells(3, bottom=-0.5)
    np.testing.assert_allclose(moved.band_energies, cells(3).band_energies - 0.5, atol=1e-14)


def test_the_overlap_of_neighbouring_pairs_of_cells_in_closed_form():
    """Two triangles of half-width δ at a distance δ: (1/δ)(1/6); at none: 2/(3δ)."""
    theory = cq.ham(cells(4))
    found = {
        round(abs(np.subtract(*(theory.model.band_energies[list(p)].sum() for p in c[:2]))), 12): c.overlap
        for c in theory.channels
    }
    assert sorted(found) == pytest.approx([0.0, 0.25])
    assert found[0.0] == pytest.approx(2 / 3 / 0.25, rel=1e-12)
    assert found[0.25] == pytest.approx(1 / 6 / 0.25, rel=1e-12)
    ramp = np.linspace(-0.5, 0.75, 500_001)
    triangle = lambda x: np.clip(1 - np.abs(x) / 0.25, 0, None) / 0.25  # noqa: E731
    numeric = np.trapezoid(triangle(ramp) * triangle(ramp - 0.25), ramp)
    assert uniform_overlap((0.25,) * 4, 0.25) == pytest.approx(numeric, rel=1e-7)


def test_exact_dynamics_of_touching_bands_against_dense_exponentials():
    model = touching(levels=[3, 3, 3])
    times = np.array([0.0, 3.0, 40.0])
    start = cq.in_bands((2, 0), seed=4)
    exact = cq.evolve(model, times, initial=start)
    at = 0
    for shell in model.total_shells:
        H = shells.hamiltonian(model, shell)
        psi = start.amplitudes(model, shell.configurations)[:, 0]
        for k, t in enumerate(times):
            state = scipy.linalg.expm(-1j * H.as_matrix() * t) @ psi
            for c, rows in enumerate(H.places):
                assert exact.populations[k, at + c] == pytest.approx(np.sum(np.abs(state[rows]) ** 2), abs=1e-10)
        at += H.blocks


@pytest.mark.parametrize("subunits", [2, 3])
def test_everything_that_is_asked_of_bands_is_asked_of_touching_ones(subunits):
    model = cq.BandedChain.cells(1.0, 9, 3, coupling=0.01, seed=2, subunits=subunits)
    theory = cq.ham(model)
    times = np.linspace(0, 6 / theory.rate, 61)
    start = cq.in_bands([2] + [0] * (subunits - 1), draw="mixed")
    exact = cq.evolve(model, times, initial=start)
    D = cq.deviation(exact, theory)
    assert D.values.shape == (len(model.configurations),)
    assert np.all(D.values >= 0)
    local = local_states(model, times[:3], initial=start)
    assert local.certificate.holds
    assert theory.conductivity(0.5) > 0
    assert "as wide as the mean energy" in theory.notes()[0]
    assert not cq.ham(cq.BandedPair(levels=[3, 3], bandwidth=0.05, coupling=1e-3, seed=0)).notes()


def test_prediction_does_not_depend_on_the_cells_while_they_are_wide():
    """The difference of energies by rates, for 3, 4, 6 and 12 cells of one spectrum, within 3 % of its start."""
    start = cq.thermal((0.6, 0.25), draw="mixed", boltzmann="levels")
    found = []
    for count in (3, 4, 6, 12):
        model = cells(count, levels=48)
        times = np.linspace(0, 60.0, 31)
        U = cq.ham(model).solve(times, initial=start).local_energies
        found.append((U[:, 0] - U[:, 1]) / (U[0, 0] - U[0, 1]))
    assert max(float(np.abs(one - found[-1]).max()) for one in found) < 0.03
    assert found[0][-1] < 0.3


def test_many_weak_channels_are_one_strong_decay():
    """Per channel c2 stays, summed over the channels of a configuration it grows with their number."""
    each, summed = zip(
        *((theory.criteria[1].value, theory.busiest.value) for theory in (cq.ham(cells(k)) for k in (3, 6, 12))),
        strict=True,
    )
    assert np.ptp(each) < 1e-9 * each[0]
    assert summed[0] < summed[1] < summed[2]
    assert summed[2] > 2 * summed[0]


def test_a_chain_of_three_is_judged():
    """Sentence, grade and evidence of an evolution beside its theory, for bands with gaps and without."""
    for width in (0.05, 1.0):
        coupling = 1.5 * width / 3 * 0.03
        model = cq.BandedChain(subunits=3, levels=[3, 3, 3], bandwidth=width, coupling=coupling, seed=2, band="uniform")
        theory = cq.ham(model)
        start = cq.thermal((2.0, 1.0, 0.3), draw="mixed")
        exact = cq.evolve(model, np.linspace(0, 3 / theory.fastest_rate, 31), initial=start)
        found = cq.verdict(exact, theory)
        assert found.grade in {"measured", "undecided"}
        assert {"1/c1", "c2", "largest D²"} <= {check.name for check in found.evidence.checks}
        assert ("Heat goes by rates" in found.sentence) == (found.grade == "measured")
        assert found.holds is (True if found.evidence.holds else None)
    with pytest.raises(cq.InvalidInput, match="theory"):
        cq.verdict(exact, cq.ham(cells(3)))
    short = cq.verdict(cq.evolve(model, [0.0, 1e-3], initial=start), theory)
    assert short.grade == "undecided"
    assert "at least 9" in short.sentence
