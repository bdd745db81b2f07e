"""Modes of chains whose bonds differ, and grains in any unit of time."""

import numpy as np
import pytest
import scipy

import caloriq as cq

LEVELS = 40
FACTORS = {"one half as strong": (1.0, 0.5, 1.0), "one cut": (1.0, 1.0, 0.0), "rising": (0.5, 1.0, 1.5)}


def decayed(factors, levels=LEVELS):
    rng = np.random.default_rng(3)
    v = (rng.standard_normal((3, levels, levels)) + 1j * rng.standard_normal((3, levels, levels))) / 2**0.5
    given = v * np.array(factors)[:, None, None]
    coupling = 1.2 * 0.05 / (2 * levels)
    model = cq.ModularChain(
        subunits=4, levels=levels, bandwidth=0.05, coupling=coupling, interaction="given", matrices=given
    )
    return cq.mode_decay(model)


@pytest.fixture(params=FACTORS)
def decay(request):
    return decayed(FACTORS[request.param])


def test_rate_equation_is_that_of_the_bonds_there_are(decay):
    by_the_weighted_laplacian(decay)


def test_few_levels_do_not_make_bonds_equal():
    """Three levels scatter so much that rates apart by a factor count as one within errors; they are not one."""
    few = decayed((1.0, 0.6, 0.9), levels=3)
    assert cq.ham(few.model).uniform
    by_the_weighted_laplacian(few)


def by_the_weighted_laplacian(decay):
    """Against the matrix exponential of the weighted Laplacian, written out."""
    N, rates = 4, cq.ham(decay.model).edge_rates
    L = np.zeros((N, N))
    for bond, rate in enumerate(rates.tolist()):
        L[bond : bond + 2, bond : bond + 2] += rate * np.array([[1, -1], [-1, 1]])
    for row, k in enumerate(decay.modes.tolist()):
        c = np.cos(np.pi * k * (np.arange(N) + 0.5) / N)
        expected = [c @ scipy.linalg.expm(-L * t) @ c / (c @ c) for t in decay.times[row, ::10]]
        assert decay.exponential[row, ::10] == pytest.approx(expected, abs=1e-10)


def test_second_order_is_the_curvature_of_the_exact_decay(decay):
    """At the first instant, where it must be exact for every mode: the plain mean over bonds was off."""
    early = slice(1, 2)  # the fourth order grows from there on
    lost = -np.log(decay.exact[:, early]) / -np.log(decay.second_order[:, early])
    assert lost == pytest.approx(np.ones_like(lost), rel=0.02)


@pytest.mark.parametrize("scale", [1e-12, 1e13])
def test_exact_pair_does_not_depend_on_the_unit_of_time(scale):
    """Steps below 1e-12 were rounded to none, and nothing decayed."""
    times = np.linspace(0, 20.0, 5)
    values = [
        cq.coarse_grain(
            cq.QuantumChain.tilted_ising(8, coupling=s, transverse=-1.05 * s, longitudinal=0.5 * s), 4
        ).exact(times / s, samples=2)[0]
        for s in (1.0, scale)
    ]
    assert values[1] == pytest.approx(values[0], abs=1e-6)
    assert values[0][-1] < 0.9
