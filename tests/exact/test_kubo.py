"""Diffusivities by linear response: sum rules, limits, and one answer by every route."""

import numpy as np
import pytest

import caloriq as cq
from caloriq.closed.correlation.ladder import climb
from caloriq.errors import InvalidInput, Unsupported
from caloriq.known.correlations import xx_ladder
from caloriq.models.lattice.densities import displacements
from caloriq.spaces.currents import current_of
from caloriq.spaces.support import SupportSpace
from caloriq.transport.spread import spread

T = np.linspace(0.0, 1.0, 21)


@pytest.mark.parametrize("anisotropy", [0.0, 0.7, 1.5])
def test_sum_rules_of_xxz(anisotropy):
    """Per site in S = σ/2: ⟨H²⟩ = (2 + Δ²)/16, ⟨J_E²⟩ = (1 + 2Δ²)/32, χ_s = 1/4, ⟨j_s²⟩ = 1/8."""
    chain = cq.Lattice.xxz(6, anisotropy=anisotropy)
    heat = cq.kubo(chain, sizes=[6, 8], times=T, method="exact")
    spin = cq.kubo(chain, of="magnetisation", sizes=[6, 8], times=T, method="exact")
    assert heat.susceptibility == pytest.approx((2 + anisotropy**2) / 16, rel=1e-13)
    assert spin.susceptibility == pytest.approx(1 / 4, rel=1e-13)
    assert np.allclose(heat.correlation[:, 0], (1 + 2 * anisotropy**2) / 32, rtol=1e-12)
    assert np.allclose(spin.correlation[:, 0], 1 / 8, rtol=1e-12)
    assert heat.mazur == pytest.approx(1.0, abs=1e-9)
    assert heat.diffusive is False
    assert np.allclose(heat.remaining, 1.0, atol=1e-10)


def test_sum_rules_of_the_tilted_ising_chain():
    """⟨H²⟩ = J² + g² + h², ⟨J_E²⟩ = 2J²g²."""
    found = cq.kubo(
        cq.Lattice.tilted_ising(6, coupling=0.9, transverse=1.1, longitudinal=0.4),
        sizes=[6, 7],
        times=T,
        method="exact",
    )
    assert found.susceptibility == pytest.approx(0.81 + 1.21 + 0.16, rel=1e-13)
    assert np.allclose(found.correlation[:, 0], 2 * 0.81 * 1.21, rtol=1e-12)
    assert found.mazur == 0.0
    assert found.diffusive is None


@pytest.mark.parametrize("model", ["chain", "ladder"])
def test_rings_strings_and_packets_agree_at_short_times(model):
    """½ d⟨x²⟩/dt of a packet, ∫C/χ of a ring and of strings: one number before the ends are felt."""
    if model == "chain":
        ring, of, length, last = (
            cq.Lattice.tilted_ising(9, transverse=1.1, longitudinal=0.6, periodic=True),
            "energy",
            8,
            0.4,
        )
    else:
        ring, of, length, last = xx_ladder(12), "magnetisation", 4, 0.2
    chain = ring.infinite_chain()
    J, density = current_of(chain, of)
    rung = climb(SupportSpace(chain, length), J, 1.0, kept=length, damping=0.0)
    t = np.linspace(0.0, last, 9)
    by_strings = rung.correlation.integral()(t) / density.norm**2
    packet = spread(ring, t, of=of, method="exact")
    assert np.allclose(packet.diffusivity, by_strings, rtol=0, atol=1e-7)
    assert np.allclose(packet.profile.sum(axis=1), 1.0, atol=1e-12)
    # the width is the integral of 2D
    fine = np.linspace(0.0, last, 401)
    D = rung.correlation.integral()(fine) / density.norm**2
    assert packet.width[-1] == pytest.approx(2 * np.trapezoid(D, fine), abs=1e-6)


def test_a_free_packet_is_ballistic():
    packet = spread(cq.Lattice.xx(9), np.linspace(0.5, 1.5, 5), of="magnetisation", method="exact")
    assert np.allclose(packet.exponent, 1.0, atol=1e-3)
    assert packet.reached > 1.0


def test_distances_on_a_ring_are_those_of_nearest_images():
    ring = cq.Lattice.xx(6, periodic=True)
    assert np.abs(displacements(ring, 1, np.arange(6))).max() == 3
    assert displacements(cq.Lattice.xx(6), 1, np.arange(6)).tolist() == [-1, 0, 1, 2, 3, 4]


def test_hot_chains_conduct_as_one_over_the_temperature_squared():
    chain = cq.Lattice.tilted_ising(6, transverse=1.1, longitudinal=0.6)
    asked = {"sizes": [6, 8], "times": np.linspace(0.0, 2.0, 41), "method": "exact"}
    hot, alike = cq.kubo(chain, temperature=200.0, **asked), cq.kubo(chain, **asked)
    assert hot.susceptibility == pytest.approx(alike.susceptibility, rel=0.02)
    assert hot.conductivity * 200.0**2 == pytest.approx(alike.conductivity, rel=0.02)
    cold = cq.kubo(chain, temperature=1.0, **asked)
    assert abs(cold.conductivity / alike.conductivity - 1) > 0.1


def test_what_is_refused():
    chain = cq.Lattice.tilted_ising(6, transverse=1.1, longitudinal=0.6)
    with pytest.raises(InvalidInput, match="`sizes` must be at least two"):
        cq.kubo(chain, sizes=[8], times=T)
    with pytest.raises(Unsupported, match="magnetisation is changed by term"):
        cq.kubo(chain, of="magnetisation", sizes=[6, 8], times=T)
    with pytest.raises(InvalidInput, match="`dampings` must be numbers that are not negative"):
        cq.kubo(chain, sizes=[6, 8], times=T, lengths=[4], dampings=[-1.0])
    with pytest.raises(Unsupported, match="magnetisation is changed by term"):
        spread(chain, T, of="magnetisation")
    with pytest.raises(InvalidInput, match="`times` must be at least three"):
        spread(chain, [0.0, 1.0])
