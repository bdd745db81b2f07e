"""Coupled baths against closed forms: rates of two levels in every equation, noise, the current of two equal spins."""

import math

import numpy as np
import pytest

from caloriq.models.spectra import FlatSpectrum, GivenSpectrum, OhmicSpectrum
from caloriq.steady.thermal.equations import dissipator
from caloriq.steady.thermal.levels import levels
from caloriq.steady.thermal.solve import driven_state
from caloriq.steady.thermal.system import OpenSystem, ThermalBath
from thermal import FLAT, OHMIC, X, Y, Z, between

SPECTRA = [
    OHMIC,
    FLAT,
    OhmicSpectrum(coupling=0.1, cutoff=2.0, exponent=3.0),
    OhmicSpectrum(coupling=0.1, cutoff=2.0, exponent=0.5),
    GivenSpectrum(frequencies=[0.5, 1.0, 3.0], values=[0.1, 0.3, 0.2]),
]


@pytest.mark.parametrize("kind", ["global", "redfield", "universal", "local"])
@pytest.mark.parametrize("spectrum", SPECTRA, ids=lambda one: one.kind)
def test_rates_of_two_levels(spectrum, kind):
    """Up at J n, down at J (n + 1), whichever the equation."""
    w, T = 1.3, 0.7
    H = w / 2 * Z
    bath = ThermalBath(X, T, spectrum, kind, H if kind == "local" else None)
    whole = levels(H)
    acts = dissipator(bath, whole, tolerance=1e-9)
    J, n = float(spectrum.density(np.array([w]))[0]), 1 / math.expm1(w / T)
    down = acts.apply(np.diag([0.0, 1.0]).astype(complex))
    up = acts.apply(np.diag([1.0, 0.0]).astype(complex))
    assert np.diag(down).real == pytest.approx([J * (n + 1), -J * (n + 1)], rel=1e-13)
    assert np.diag(up).real == pytest.approx([-J * n, J * n], rel=1e-13)
    state = driven_state(OpenSystem(H, (bath,))).certified()
    assert state.populations == pytest.approx(np.array([n + 1, n]) / (2 * n + 1), rel=1e-13)
    assert np.abs(state.heat_currents).max() <= state.bounds["heat_currents"].max()
    if kind == "global":
        coherence = acts.apply(np.array([[0, 1], [0, 0]], dtype=complex))
        assert coherence[0, 1] == pytest.approx(-J * (2 * n + 1) / 2, rel=1e-13)


@pytest.mark.parametrize("spectrum", SPECTRA, ids=lambda one: one.kind)
@pytest.mark.parametrize("T", [0.2, 1.0, 30.0])
def test_noise_obeys_kms(spectrum, T):
    w = np.linspace(0.5, 3.0, 7)
    S = spectrum.noise(w, T)
    assert spectrum.noise(-w, T) == pytest.approx(np.exp(-w / T) * S, rel=1e-13)
    assert spectrum.density(w) == pytest.approx(S - spectrum.noise(-w, T), rel=1e-10)
    assert spectrum.noise(-w, 0.0).tolist() == [0.0] * 7
    assert spectrum.noise(w, 0.0) == pytest.approx(spectrum.density(w), rel=0)


@pytest.mark.parametrize(("exponent", "limit"), [(1.0, 0.1 * 0.7), (2.0, 0.0), (1.5, 0.0)])
def test_noise_at_zero_is_its_limit(exponent, limit):
    one = OhmicSpectrum(coupling=0.1, cutoff=3.0, exponent=exponent)
    assert one.noise(np.zeros(1), 0.7)[0] == pytest.approx(limit, abs=1e-300)
    assert one.noise(np.array([1e-12, -1e-12]), 0.7) == pytest.approx([limit, limit], abs=1e-6)


def test_two_equal_spins_between_global_baths():
    """Two spins of ω = 1 that exchange at g: levels at ω ± g in the one-excitation sector, each with half of every site.

    Every mode is a two-level system of its own (Jordan and Wigner), between both baths: J = Σ_± ½J(ω±)² (n_h - n_c) ω±
    /(Σ J(2n + 1)), with the rates J/2 of each.
    """
    g, hot, cold = 0.2, 1.5, 0.5
    state = driven_state(between((1.0, 1.0), (hot, cold), "global", hopping=g)).certified()
    total = 0.0
    for w in (1 + g, 1 - g):
        J = float(OHMIC.density(np.array([w]))[0]) / 2
        n, m = 1 / math.expm1(w / hot), 1 / math.expm1(w / cold)
        total += w * J * (n - m) / (2 * (n + m + 1))
    assert state.heat_currents == pytest.approx([total, -total], rel=1e-12)
    assert state.entropy_production == pytest.approx(total * (1 / cold - 1 / hot), rel=1e-12)


def test_two_equal_spins_between_local_baths():
    """4g²γ₁γ₂(s₁ - s₂)/((γ₁ + γ₂)(4g² + γ₁γ₂)) quanta of ω = 1 (Manzano et al., PRE 86, 061118 (2012), eq. 11)."""
    g, hot, cold, rate = 0.2, 1.5, 0.5, 0.1
    state = driven_state(between((1.0, 1.0), (hot, cold), "local", hopping=g, spectrum=FlatSpectrum(rate=rate)))
    n = [1 / math.expm1(1 / T) for T in (hot, cold)]
    a, b = (rate * (2 * x + 1) for x in n)
    s, t = (x / (2 * x + 1) for x in n)
    exact = 4 * g**2 * a * b * (s - t) / ((a + b) * (4 * g**2 + a * b))
    assert state.certified().heat_currents == pytest.approx([exact, -exact], rel=1e-12)


@pytest.mark.parametrize("kind", ["local", "global", "redfield", "universal"])
def test_bounds_hold_the_error(kind):
    """Numbers beside those of extended precision: the same linear equations in 60 digits."""
    import flint

    system = between((1.0, 1.3), (1.5, 0.4), kind, spectrum=OhmicSpectrum(coupling=1e-3, cutoff=4.0, form="drude"))
    state = driven_state(system)
    from caloriq.steady.thermal.acting import acting
    from caloriq.steady.thermal.linear import equations

    acts = acting(system)
    here = equations(acts.whole, acts.shift, acts.dissipators)
    n = len(here.elements)
    with flint.ctx.workprec(200):
        G = flint.arb_mat([[float(x) for x in row] for row in here.generator])
        trace = here.packed(np.eye(4, dtype=complex))
        u = [[float(x * y) for y in trace] for x in trace]
        x = (G + flint.arb_mat(u)).solve(flint.arb_mat([[float(y)] for y in trace]))
        one = sum((x[k, 0] * float(trace[k]) for k in range(n)), flint.arb(0))
        H = np.diag(acts.whole.energies - acts.whole.energies.mean()).astype(complex)
        for b, part in enumerate(acts.dissipators):
            row = here.packed(part.adjoint(H))
            J = sum((x[k, 0] * float(row[k]) for k in range(n)), flint.arb(0)) / one
            assert abs(state.heat_currents[b] - float(J)) <= state.bounds["heat_currents"][b]
    assert np.all(state.bounds["heat_currents"] < 1e-12)


def test_a_state_of_two_parts_is_refused():
    """A spin that no bath reaches keeps what it has."""
    from caloriq.errors import NotConverged

    system = between((1.0, 1.3), (1.5, 0.4), "global", hopping=0.0)
    alone = OpenSystem(system.hamiltonian, system.baths[:1])
    with pytest.raises(NotConverged, match="must have one steady state"):
        driven_state(alone)
    for kind in ("redfield", "universal", "local"):
        other = between((1.0, 1.3), (1.5, 0.4), kind, hopping=0.0)
        with pytest.raises(NotConverged, match="must have one steady state"):
            driven_state(OpenSystem(other.hamiltonian, other.baths[:1]))


def test_shift_of_the_universal_equation_in_time():
    """Λ = (1/2i)∬X(s)g(s)g(-s')X(s')sgn(s - s') by a plain sum over times, which leaves 0.3 %: g falls as 1/t²."""
    from caloriq.steady.thermal import lamb

    spectrum, T = OhmicSpectrum(coupling=0.3, cutoff=1.0), 1.5
    whole = levels(0.55 * Z)
    bath = ThermalBath(X + 0.4 * Z + 0.2 * Y, T, spectrum, "universal", lamb_shift=True)
    A = whole.inside(bath.operator)
    t, step = np.linspace(-20, 20, 2001, retstep=True)
    w, width = np.linspace(-40, 40, 4001, retstep=True)
    g = np.exp(-1j * np.outer(t, w)) @ np.sqrt(spectrum.noise(w, T)) * width / (2 * np.pi)
    turning = np.exp(1j * np.multiply.outer(t, whole.energies[:, None] - whole.energies)) * A
    left, right = turning * g[:, None, None], turning * g[::-1, None, None]
    before = np.cumsum(right, axis=0) - right / 2
    exact = (left @ (2 * before - right.sum(axis=0))).sum(axis=0) * step**2 / 2j
    found = lamb.of_universal(bath, A, whole)
    assert np.abs(found - exact).max() < 4e-3 * np.abs(exact).max()
    assert np.abs(found - found.conj().T).max() < 1e-12


@pytest.mark.parametrize("kind", ["global", "redfield", "universal"])
def test_a_coherence_that_stays_is_refused(kind):
    """Both levels at one energy, A = X: populations become equal, and the coherence of |+⟩ and |-⟩ stays as it is."""
    from caloriq.errors import NotConverged

    with pytest.raises(NotConverged, match="must have one steady state"):
        driven_state(OpenSystem(np.zeros((2, 2)), (ThermalBath(X, 1.0, OHMIC, kind),)))


@pytest.mark.parametrize("kind", ["global", "redfield", "universal"])
def test_baths_at_zero_temperature(kind):
    """They leave the ground state, where nothing flows; beside a warm one they take heat, at infinite entropy production."""
    cold = driven_state(between((1.0, 1.4), (0.0, 0.0), kind, spectrum=OhmicSpectrum(coupling=1e-4, cutoff=4.0)))
    assert cold.populations[0] == pytest.approx(1, abs=1e-3 if kind == "universal" else 1e-12)
    warm = driven_state(between((1.0, 1.4), (1.0, 0.0), kind)).certified()
    assert warm.heat_currents[0] > 0
    assert warm.entropy_production == math.inf
