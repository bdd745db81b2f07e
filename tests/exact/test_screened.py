"""Couplings that depend on the temperature: closed forms, limits, tables."""

from itertools import pairwise

import numpy as np
import pytest
import scipy

import caloriq as cq
from caloriq.models.screening import Screening
from caloriq.reduced.rates.screened import screened_conductivity
from testers import assert_close, refused

T = np.array([0.3, 1.0, 4.0])


def test_laws():
    assert_close(Screening(strength=1.0).f(T), T, 0.0)
    assert_close(Screening(strength=1.0, exponent=0.5).f(T), np.sqrt(T), 1e-15)
    n = 1 / (np.exp(0.7 / T) - 1)
    assert_close(Screening(strength=1.0, law="occupation", frequency=0.7).f(T), n, 1e-13)
    assert_close(Screening(strength=1.0, law="fluctuation", frequency=0.7).f(T), 1 / np.tanh(0.35 / T), 1e-13)
    grid = np.geomspace(0.1, 10, 400)
    table = Screening.of_function(2.0, np.sqrt, grid)
    assert_close(table.f(T), np.sqrt(T), 1e-5)
    assert_close(table.factor(np.array([0.5]), 4.0), [np.exp(-2.0)], 1e-5)
    assert Screening.from_mapping(table.to_mapping()) == table


@pytest.mark.parametrize("alpha", [0.5, 3.0])
def test_rate_of_two_wells(alpha):
    """w = 2πλ²Γ(0)(D + E)² by adaptive quadrature over both places."""
    found = screened_conductivity(
        [1.5], Screening(strength=alpha, exponent=2.0), separation=0.4, strength=0.3, density=2.0, energies=[0, 1]
    )
    waves = [lambda x, n=n: np.sqrt(2) * np.sin(n * np.pi * (x + 0.5)) for n in (1, 2)]

    def inside(y, x):
        direct = waves[0](x) * waves[1](x) * waves[0](y - 0.4) * waves[1](y - 0.4)
        return np.exp(-alpha * 2.25 * abs(x - y)) * (direct + waves[0](x) ** 2 * waves[1](y - 0.4) ** 2)

    total = 0.0
    for low, high in ((-0.1, 0.5), (0.5, 0.9)):
        ends = [lambda y: -0.5, lambda y: min(max(y, -0.5), 0.5), lambda y: 0.5]
        for a, b in pairwise(ends):
            total += scipy.integrate.dblquad(lambda x, y: inside(y, x), low, high, a, b, epsabs=1e-11, epsrel=1e-10)[0]
    w = 2 * np.pi * 0.09 * 2 * total**2
    assert found.rates[0] == pytest.approx(w, rel=1e-8)
    assert abs(found.rates[0] - w) <= found.rate_bounds[0] + 1e-8 * w
    heat = np.exp(1 / 1.5) / 1.5**2 / (np.exp(1 / 1.5) + 1) ** 2
    assert found.conductivity[0] == pytest.approx(w * 0.16 * heat, rel=1e-8)


LAWS = {
    "ions": (Screening(strength=1.0), np.array([500.0, 1000.0])),
    "half": (Screening(strength=30.0, exponent=0.5), np.array([500.0, 1000.0])),
    "vibrations": (Screening(strength=30.0, law="fluctuation", frequency=1.0), np.array([10.0, 20.0])),
    "table": (
        Screening.of_function(50.0, lambda T: T + np.log1p(T), np.linspace(1, 40, 400)),
        np.array([18.0, 36.0]),
    ),
}


@pytest.mark.parametrize("name", LAWS)
@pytest.mark.parametrize(("interaction", "exponent"), [("constant", -2), ("linear", -4)])
def test_high_temperature(name, interaction, exponent):
    """w ∝ f⁻² with V(0) ≠ 0 whatever f is, and tends to the contact; f⁻⁴ with V = r. κ with a lattice that saturates does so too."""
    screening, temperatures = LAWS[name]
    found = screened_conductivity(
        temperatures, screening, separation=0.5, interaction=interaction, energies=np.linspace(0, 1e4, 40001)
    )
    assert found.exponents[0] == pytest.approx(exponent, abs=0.02)
    slope = np.diff(np.log(found.conductivity))[0] / np.diff(np.log(found.screening))[0]
    assert slope == pytest.approx(exponent, abs=0.05)
    if interaction == "constant":
        assert found.rates[-1] / found.contact[-1] == pytest.approx(1, abs=0.02)
    else:
        assert np.all(found.contact == 0)


def test_no_temperature_no_screening():
    """f → 0: the bare coupling V = 1, of which D vanishes and E is 1."""
    found = screened_conductivity([0.02], Screening(strength=1.0, law="occupation", frequency=1.0), separation=0.5)
    assert found.rates[0] == pytest.approx(2 * np.pi, rel=1e-10)
    assert np.isnan(screened_conductivity([0.01, 0.0101], Screening(strength=1.0, law="table", temperatures=[0.01, 0.02, 0.03, 0.04], values=[1, 1, 1, 1]), separation=0.5).exponents[0])  # fmt: skip


BAD = {
    "no strength": (lambda: Screening(strength=0.0), "strength", "0"),
    "law": (lambda: Screening(strength=1.0, law="wild"), "law", "wild"),
    "vibrations without frequency": (lambda: Screening(strength=1.0, law="occupation"), "frequency", "missing"),
    "power with frequency": (lambda: Screening(strength=1.0, frequency=1.0), "frequency", "left out"),
    "short table": (
        lambda: Screening(strength=1.0, law="table", temperatures=[1.0, 2.0], values=[1, 2]),
        "temperatures",
        "four",
    ),
    "table below zero": (
        lambda: Screening(strength=1.0, law="table", temperatures=[1, 2, 3, 4.0], values=[1, 2, -3, 4]),
        "values",
        "-3",
    ),
    "beyond the table": (lambda: LAWS["table"][0].f(100.0), "temperature", "1 to 40"),
    "no temperature": (
        lambda: screened_conductivity([0.0], Screening(strength=1.0), separation=0.5),
        "temperatures",
        "0",
    ),
    "falling temperatures": (
        lambda: screened_conductivity([2.0, 1.0], Screening(strength=1.0), separation=0.5),
        "temperatures",
        "increase",
    ),
    "interaction": (
        lambda: screened_conductivity([1.0], Screening(strength=1.0), separation=0.5, interaction="contact"),
        "interaction",
        "contact",
    ),
    "no level": (
        lambda: screened_conductivity([1.0], Screening(strength=1.0), separation=0.5, energies=[]),
        "energies",
        "(0,)",
    ),
    "levels in a table": (
        lambda: screened_conductivity([1.0], Screening(strength=1.0), separation=0.5, energies=[[0.0, 1.0]]),
        "energies",
        "(1, 2)",
    ),
    "a coupling below zero": (
        lambda: screened_conductivity([1.0], Screening(strength=1.0), separation=0.5, strength=-1.0),
        "strength",
        "-1",
    ),
    "no coupling": (
        lambda: screened_conductivity([1.0], Screening(strength=1.0), separation=0.5, strength=0.0),
        "strength",
        "0",
    ),
    "no screening": (lambda: screened_conductivity([1.0], 1.0, separation=0.5), "screening", "1.0"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input(case):
    make, argument, *words = BAD[case]
    with refused(argument, *words):
        make()


def test_tail_that_no_quadrature_sees():
    """Wells apart, screened to nothing: refused, not given as zero."""
    with pytest.raises(cq.NotConverged):
        screened_conductivity([1e4], Screening(strength=1.0), separation=2.0)


def test_contact_without_screening_is_infinite():
    """At T = 10⁻³ no vibration of ω = 1 is there, f = 0: the contact has no finite rate, that of the coupling itself has."""
    cold = Screening(strength=1.0, law="occupation", frequency=1.0)
    found = screened_conductivity([1e-3, 1.0], cold, separation=0.4)
    assert found.screening[0] == 0
    assert found.contact[0] == np.inf
    assert np.isfinite(found.contact[1])
    assert found.rates[0] == pytest.approx(
        2 * np.pi, rel=1e-9
    )  # V = 1: the exchange of two normalised states, the direct part is 0
    none = screened_conductivity([1e-3], cold, separation=0.4, interaction="linear")
    assert none.contact[0] == 0
