"""Rates of detuned units by a density of detunings: closed forms, and the Schrödinger equation of dense bands."""

from itertools import pairwise

import numpy as np
import pytest
import scipy

import caloriq as cq
from caloriq.models.densities import DetuningDensity, SampledDensity
from testers import assert_close

FORMS = ("flat", "triangular", "gaussian", "lorentzian")


def pair(detuning, coupling=0.1):
    return cq.ExchangeChain(units=2, coupling=coupling, detuning=[0.0, detuning], diagonal=False)


@pytest.mark.parametrize("form", FORMS)
def test_norm(form):
    """∫Γ is the number of states, and Γ is even."""
    density = DetuningDensity(form=form, width=0.3, states=2.0)
    points = [0.0, 0.15, 0.3] if form in ("flat", "triangular") else [0.0, 1.0, np.inf]
    total = sum(
        scipy.integrate.quad(lambda x: float(density.at(np.array([x]))[0]), a, b, epsabs=1e-12)[0]
        for a, b in pairwise(points)
    )
    assert 2 * total == pytest.approx(2.0, rel=1e-9)
    x = np.linspace(0, 2, 9)
    assert_close(density.at(-x), density.at(x), 0.0)


@pytest.mark.parametrize("form", FORMS)
def test_golden_rule(form):
    """W = 2πλ²Γ(Δ), gains and losses alike; at Δ = 0 that of the number Γ(0)."""
    density = DetuningDensity(form=form, width=0.3)
    for detuning in (0.0, 0.1, 0.4):
        K = cq.markov_kernel(pair(detuning), density=density).generator(0).toarray()
        expected = 2 * np.pi * 0.01 * density.at(np.array([detuning]))[0]
        assert_close([K[0, 1], K[1, 0]], [expected, expected], 1e-15)
    number = cq.markov_kernel(pair(0.0), density=float(density.at(np.zeros(1))[0]))
    assert_close(number.rates().values, cq.markov_kernel(pair(0.0), density=density).rates().values, 1e-15)


def test_samples():
    """Straight lines between samples are exact for a triangle."""
    x = np.array([0.0, 0.1, 0.3])
    triangle = DetuningDensity(form="triangular", width=0.3)
    sampled = SampledDensity(detunings=x, values=triangle.at(x))
    for detuning in (0.0, 0.17, 0.5):
        one, two = (cq.markov_kernel(pair(detuning), density=d).rates().values for d in (triangle, sampled))
        assert_close(one, two, 1e-15)


@pytest.mark.parametrize("detuning", [0.0, 0.3, 0.6, 1.2])
def test_dense_bands(detuning):
    """Two flat bands of width 1 in the Schrödinger equation: what passes per time is 2πλ²Γ(Δ), Γ their overlap.

    The noise of 300 levels and what comes back leave 3 % of Γ(0).
    """
    n, strength = 300, 0.003
    rng = np.random.default_rng(5)
    V = (rng.standard_normal((n, n)) + 1j * rng.standard_normal((n, n))) / np.sqrt(2 * n)
    band = (np.arange(n) + 0.5) / n - 0.5
    H = np.block([[np.diag(band), strength * V], [strength * V.conj().T, np.diag(band + detuning)]])
    E, S = np.linalg.eigh(H)
    passed = []
    for t in (60.0, 180.0):
        U = (S * np.exp(-1j * E * t)) @ S.conj().T
        passed.append((np.abs(U[n:, :n]) ** 2).sum() / n)  # from the evenly filled first band
    found = (passed[1] - passed[0]) / 120
    model = pair(detuning, coupling=strength)
    density = DetuningDensity(form="triangular", width=1.0)
    w = cq.markov_kernel(model, density=density).generator(0).toarray()[1, 0]
    whole = 2 * np.pi * strength**2
    assert w == pytest.approx(whole * max(1 - detuning, 0.0), rel=1e-12)
    assert found == pytest.approx(w, abs=0.04 * whole)


def test_what_bands_take_up():
    """Of an exchange between detuned units the share Δ over the distance of the levels is not handed over."""
    flat = DetuningDensity(form="flat", width=1.0)
    for detuning, grade in ((0.01, "indicated"), (0.3, "does not follow")):
        kernel = cq.markov_kernel(pair(detuning, 0.03), density=flat)
        a = kernel.assumptions()
        assert a.energy_conservation[0] == pytest.approx(detuning / (1 + detuning), rel=1e-9)
        assert a.misfit[0] == pytest.approx(a.energy_conservation[0], rel=1e-9)
        assert kernel.grade == grade
    assert "flat of width 1" in cq.markov_kernel(pair(0.01, 0.03), density=flat).sentence
    slow = cq.markov_kernel(pair(0.01, 0.03), density=flat)
    assert slow.conductivity(1.0) == pytest.approx(2 * np.pi * 0.03**2 * np.e / (np.e + 1) ** 2, rel=1e-9)


def decay(form, strength):
    """Largest difference of what stays in a state beside a band of width 1 from e^(-wt), in the Schrödinger equation."""
    w = 2 * np.pi * strength**2 * float(DetuningDensity(form=form, width=1.0).at(np.zeros(1))[0])
    t = np.linspace(0, 6 / w, 2000)
    if form == "lorentzian":  # its memory is e^(-τ): c'' + c' + λ²c = 0
        d = np.sqrt(1 - 4 * strength**2)
        c = np.exp(-t / 2) * (np.cosh(d * t / 2) + np.sinh(d * t / 2) / d)
    else:
        E = np.linspace(-1, 1, 1001) * {"flat": 0.5, "triangular": 1.0, "gaussian": 4.5}[form]
        shares = DetuningDensity(form=form, width=1.0).at(E)
        H = np.diag(np.append(0.0, E))
        H[0, 1:] = H[1:, 0] = strength * np.sqrt(shares / shares.sum())
        values, V = np.linalg.eigh(H)
        c = np.exp(-1j * t[:, None] * values) @ V[0] ** 2
    return np.abs(np.abs(c) ** 2 - np.exp(-w * t)).max()


@pytest.mark.parametrize("form", FORMS)
def test_narrow_bands_leave_the_law_open(form):
    """At the limit of the ratio constant rates are right to 0.02, at twice the limit not to 0.035; beyond it nothing is said to be indicated."""
    narrow, wide = DetuningDensity(form=form, width=0.02), DetuningDensity(form=form, width=1.0)
    kernel = cq.markov_kernel(cq.ExchangeChain(units=3, coupling=10.0), density=narrow)
    assert kernel.grade == "undecided"
    assert kernel.evidence.weakness == pytest.approx(10.0 * narrow.memory)
    assert "κ" not in kernel.sentence
    limit = 0.1 / wide.memory
    below, above = (cq.markov_kernel(pair(0.0, x * limit), density=wide) for x in (0.99, 1.01))
    assert (below.grade, above.grade) == ("indicated", "undecided")
    assert below.evidence.weakness == pytest.approx(0.099)
    assert decay(form, limit) < 0.02
    assert decay(form, 2 * limit) > 0.035


def test_the_ratio_does_not_depend_on_how_a_band_is_given():
    """Samples of a triangle; and S states of a coupling λ are one band of the strength λ√S."""
    triangle = DetuningDensity(form="triangular", width=0.8, states=4.0)
    x = np.array([0.0, 0.3, 0.8])
    sampled = SampledDensity(detunings=x, values=triangle.at(x))
    single = DetuningDensity(form="triangular", width=0.8)
    given = ((triangle, 0.01), (sampled, 0.01), (single, 0.02))
    found = [cq.markov_kernel(pair(0.0, g), density=d).evidence.weakness for d, g in given]
    assert found == pytest.approx([0.02 * np.pi / 0.8] * 3, rel=1e-12)


def test_from_a_file():
    from caloriq.questions.registry import question_from

    question = question_from(
        {"kind": "kernel", "order": "markov", "density": {"kind": "detuning-density", "form": "gaussian", "width": 0.2}}
    )
    found = question.ask(pair(0.1))
    w = 0.02 * np.pi * np.exp(-0.125) / (0.2 * np.sqrt(2 * np.pi))
    assert found.kernel.rates().values[0, 0] == pytest.approx(w, rel=1e-12)
    assert question_from(question.to_mapping()) == question
