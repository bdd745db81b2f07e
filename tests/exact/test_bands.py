"""The rate equation of several bands against closed forms."""

import numpy as np
import pytest
import scipy

import caloriq as cq
from caloriq.reduced.average.pair_spectra import actual_overlap, uniform_overlap
from caloriq.reduced.average.resolved import resolved_transfer
from testers import assert_close


def equal(**changes):
    return cq.BandedPair(**{"levels": [6, 6, 6], "bandwidth": 0.05, "coupling": 1e-3, "seed": 1, **changes})


@pytest.mark.parametrize(
    ("widths", "expected"), [((0, 1, 0, 1), 1.0), ((1, 1, 0, 1), 3 / 4), ((1, 1, 1, 1), 2 / 3), ((0, 2, 0, 1), 1 / 2)]
)
def test_overlaps_of_equal_boxes(widths, expected):
    """1/δε, 3/(4δε), 2/(3δε); two boxes of unequal width: 1 over the wider."""
    assert uniform_overlap(widths) == pytest.approx(expected, rel=1e-14)
    assert uniform_overlap(tuple(0.05 * w for w in widths)) == pytest.approx(expected / 0.05, rel=1e-12)


@pytest.mark.parametrize("widths", [(1.0, 0.6, 0.3, 0.9), (1.0, 0.5, 0.0, 0.7)])
@pytest.mark.parametrize("offset", [0.0, 0.2, 0.9, 5.0])
def test_overlaps_of_unequal_boxes(widths, offset):
    """∫ρ_a(E)ρ_b(E - x)dE of convolutions of boxes, on a fine grid."""
    h = 1e-4
    grid = np.arange(-3, 3, h)

    def density(pair):
        rho = np.zeros_like(grid)
        rho[len(grid) // 2] = 1 / h
        for w in (w for w in pair if w > 0):
            box = (np.abs(grid) < w / 2) / w
            rho = scipy.signal.fftconvolve(rho, box, mode="same") * h
        return rho

    shifted = np.interp(grid - offset, grid, density(widths[2:]))
    found = uniform_overlap(widths, offset)
    assert found == pytest.approx(np.sum(density(widths[:2]) * shifted) * h, abs=3e-3)


@pytest.mark.parametrize(("levels", "tol"), [([1, 60], 0.02), ([40, 40, 40], 0.01), ([20, 30, 50], 0.01)])
def test_actual_levels_have_the_overlap_of_their_densities(levels, tol):
    """Equally spaced levels: the closed form, less 1/(π²m) at m correlation times for boxes, whose edges are sharp."""
    model = cq.BandedPair(levels=levels, bandwidth=0.05, coupling=1e-4, seed=1)
    for c in cq.ham(model).channels:
        found, error = actual_overlap(model, (c.first, c.second))
        assert found == pytest.approx(c.overlap, rel=tol)
        assert error < 0.02 * c.overlap


def test_one_band_is_the_modular_chain():
    """Rate, criteria, heat capacity and conductivity, both formulas, and the decay (PRL 10, 14, 16, PRE 48, 50, 51)."""
    parameters = {"bandwidth": 0.05, "coupling": 5e-5, "seed": 1}
    bands, chain = (
        cq.ham(cq.BandedPair(levels=[1, 500], **parameters)),
        cq.ham(cq.ModularChain(subunits=2, levels=500, **parameters)),
    )
    T = np.array([0.05, 0.14665, 1.0, 5.0])
    assert bands.channels[0].rate * 500 == pytest.approx(chain.rate, rel=1e-14)
    for ours, theirs in zip(bands.criteria[:2], chain.criteria[:2], strict=True):
        assert ours.value == pytest.approx(theirs.value, rel=1e-12)
    np.testing.assert_allclose(bands.conductivity(T), chain.conductivity(T, formula="printed"), rtol=1e-13)
    np.testing.assert_allclose(
        bands.conductivity(T, formula="printed"), chain.conductivity(T, formula="printed"), rtol=1e-13
    )
    np.testing.assert_allclose(bands.heat_capacity(T), chain.heat_capacity(T, formula="printed"), rtol=1e-13)
    assert bands.rephasing_time == pytest.approx(chain.heisenberg_time)
    t = np.array([0.0, 1e3, 1e4])
    found = bands.solve(t, initial=cq.in_bands([1, 0]))
    P = (1 + np.exp(-2 * chain.rate * t)) / 2
    assert_close(found.local_energies, np.stack([P, 1 - P], axis=1), 1e-14)
    assert_close(found.currents[:, 0], chain.rate * (2 * P - 1), 1e-16)


def test_three_equal_bands():
    """κ_th of equal n: k n Σ(𝓔 - 𝓔')² n e^{-E/T}/(T Z)², shells 1 and 3 with one pair, shell 2 with three."""
    theory, T = cq.ham(equal()), 0.7
    k, n = 2 * np.pi * 1e-6 * 2 / 3 / 0.05, 36
    shells = {1: 1.0, 2: 1.0 + 4.0 + 1.0, 3: 1.0}
    Z = 6 * sum(np.exp(-i / T) for i in range(3))
    expected = k * n * n * sum(s * np.exp(-E / T) for E, s in shells.items()) / (T * Z) ** 2
    assert theory.conductivity(T) == pytest.approx(expected, rel=1e-13)
    assert theory.conductivity(T, formula="printed") == pytest.approx(expected, rel=1e-13)


def test_conductivity_is_the_response_of_the_rate_equation():
    """J/ΔT of the thermal start, unequal n, ΔT → 0."""
    theory = cq.ham(equal(levels=[3, 8, 5]))
    T, d = np.array([0.3, 1.0, 4.0]), 1e-4
    for t, kappa in zip(T, theory.conductivity(T), strict=True):
        J = [theory.solve([0.0], initial=cq.thermal(t, difference=s * d * t)).currents[0, 0] for s in (1, -1)]
        assert (J[0] - J[1]) / (2 * d * t) == pytest.approx(kappa, rel=1e-6)


def test_printed_equation_leaves_equilibrium():
    """For unequal n PRE 44 drifts away, the golden rule stays; for equal n both stay."""
    start = cq.thermal(1.0)
    for levels, moves in (([2, 5, 9], True), ([6, 6, 6], False)):
        theory = cq.ham(equal(levels=levels))
        t = [0.0, 10 / theory.fastest_rate]
        drift = {
            form: np.abs(np.diff(theory.solve(t, initial=start, form=form).populations, axis=0)).max()
            for form in ("golden-rule", "printed")
        }
        assert drift["golden-rule"] < 1e-14
        assert (drift["printed"] > 1e-3) == moves


def test_resolved_rates():
    """Boxes: the rate equation itself. Triangles: the mean rate at first, slower later."""
    for levels, box in (([1, 40], True), ([12, 12, 12], False)):
        theory = cq.ham(equal(levels=levels))
        shell = theory.model.total_shells[1]
        K, step = theory.generator(shell), 1e-3 / theory.fastest_rate
        first, late = resolved_transfer(theory, shell, [step, 1 / theory.fastest_rate])
        assert_close((first - np.eye(len(K))) / step, K, 2e-3 * np.abs(K).max())
        gap = late[0, 0] - scipy.linalg.expm(K / theory.fastest_rate)[0, 0]
        assert abs(gap) < 1e-4 if box else gap > 0.01
        assert_close(late.sum(axis=0), np.ones(len(K)), 1e-12)


def test_laws():
    cold, hot = cq.ham(equal()).laws()
    assert cold.value == pytest.approx(1.0, abs=1e-9)
    assert abs(hot.value + 2) <= hot.error < 1e-3
    for other in ({"levels": [1, 4, 4]}, {"energies": [0, 0.5, 1.7]}):
        near, far = cq.ham(equal(**other)).laws()
        assert abs(far.value + 2) <= far.error < 0.02
        assert near.value == pytest.approx(other.get("energies", [0, 1])[1], abs=1e-6)


def test_units_of_energy():
    """Large or small numbers for all energies: the same channels, and κ/ΔE the same."""
    levels, E = [2] * 4, 0.7 * np.arange(4)
    one = cq.ham(cq.BandedPair(levels=levels, bandwidth=0.01, coupling=1e-4, seed=1, energies=E))
    for unit in (1e8, 1e-8):
        same = cq.BandedPair(levels=levels, bandwidth=0.01 * unit, coupling=1e-4 * unit, seed=1, energies=unit * E)
        assert len(cq.ham(same).channels) == len(one.channels) == 14
        assert cq.ham(same).conductivity(unit) / unit == pytest.approx(one.conductivity(1.0), rel=1e-9)


def test_large_shells():
    """Sparse steps and eigenvectors give the same, and more than a dense matrix holds is possible."""
    from caloriq.reduced.rates.closed_form import solve_balanced
    from caloriq.reduced.rates.stepped import solve_steps

    theory = cq.ham(cq.BandedChain(subunits=6, levels=[1, 3, 2], bandwidth=0.05, coupling=1e-3, seed=1))
    shell = max(theory.model.total_shells, key=lambda s: len(s.configurations))
    start = cq.thermal(np.linspace(2, 0.5, 6)).weights(theory.model, shell.configurations)
    t = np.array([0.0, 1.0, 5.0]) / theory.fastest_rate
    size = theory.model.sizes(shell.configurations).astype(float)
    K = theory.exchange.sparse(shell)
    assert_close(K.toarray(), theory.generator(shell), 0.0)
    assert_close(solve_steps(K, start, t), solve_balanced(K, size, start, t), 1e-13)
    assert theory.fastest_rate == pytest.approx(
        max(-np.diag(theory.generator(s)).min() for s in theory.model.total_shells)
    )
