"""Packets of a density from any local disturbance: how they spread, and the errors of random states."""

import numpy as np
import pytest
from scipy import interpolate

import caloriq as cq
from caloriq.closed.correlation.methods import Typicality
from caloriq.errors import InvalidInput
from caloriq.models.lattice.densities import density
from caloriq.spaces.strings import Strings
from caloriq.transport.spread import spread

T = np.linspace(0.0, 0.6, 41)
OPEN = cq.Lattice.tilted_ising(8, transverse=1.1, longitudinal=0.6)


def at(model, *strings):
    return Strings(model.spaces, {tuple(string): value for string, value in strings})


Z = at(OPEN, ([(4, 3)], 0.7), ([(3, 3)], 0.3), ([], 5.0))


def test_the_second_moment_grows_by_the_currents_whatever_it_starts_from():
    """½ d⟨x²⟩/dt by currents is an identity for any B; Kubo's D(t) it is for the density alone, the same in the end or not."""
    packet = spread(OPEN, T, initial=Z, method="exact")
    own = spread(OPEN, T, method="exact")
    gained = interpolate.CubicSpline(T, 2 * packet.diffusivity).antiderivative()(T)
    assert np.allclose(gained, packet.width, rtol=0, atol=1e-7)
    assert packet.width[0] == pytest.approx(0, abs=1e-14)
    second = np.arange(-4, 4) ** 2 @ packet.profile.T
    assert np.allclose(second - second[0], packet.width, atol=1e-12)
    assert np.allclose(packet.profile.sum(axis=1), 1, atol=1e-12)
    ring = cq.Lattice.tilted_ising(8, transverse=1.1, longitudinal=0.6, periodic=True)
    kubo = cq.kubo(ring, sizes=[6, 8], times=T, method="exact").diffusivity[-1]
    early = T <= 0.3
    assert np.abs(own.diffusivity - kubo)[early].max() < 1e-5
    assert np.abs(packet.diffusivity - kubo)[early].max() > 0.05
    assert packet.facts()["initial"] == "a sum of 3 strings"
    assert own.facts()["initial"] == "energy at 4"
    same = spread(OPEN, T, initial=density(OPEN, "energy")[4], method="exact")
    assert np.array_equal(same.profile, own.profile)
    assert same.error.max() == same.width_error.max() == same.profile_error.max() == 0


def test_what_carries_nothing_is_refused():
    with pytest.raises(
        InvalidInput, match=r"`initial` must carry some of the energy, but Σ⟨a_x B⟩ is 0 \(got a sum of 1"
    ):
        spread(OPEN, T, initial=at(OPEN, ([(4, 2)], 1.0)))
    with pytest.raises(InvalidInput, match="`initial` must carry some"):
        spread(OPEN, T, initial=at(OPEN, ([], 1.0)))
    with pytest.raises(InvalidInput, match="`initial` must be hermitian"):
        spread(OPEN, T, initial=at(OPEN, ([(4, 3)], 1.0j)))
    with pytest.raises(InvalidInput, match="`initial` must act on the sites"):
        spread(cq.Lattice.tilted_ising(7, transverse=1.1, longitudinal=0.6), T, initial=Z)
    with pytest.raises(InvalidInput, match="`initial` must be"):
        spread(OPEN, T, initial="Z")


@pytest.mark.parametrize("samples", [2, 4])
def test_errors_of_random_states_hold_for_all_that_is_told(samples):
    """Profile, width and D over many seeds: two errors hold 95 %, and are no larger than they must be."""
    model, t = cq.Lattice.tilted_ising(5, transverse=1.1, longitudinal=0.6), np.array([0.2, 0.5, 0.8])
    B = at(model, ([(2, 3)], 1.0))
    exact = spread(model, t, initial=B, method="exact")
    z = {"profile": [], "width": [], "diffusivity": []}
    for seed in range(150):
        drawn = spread(model, t, initial=B, method=Typicality(samples=samples, seed=seed))
        for name, error in (("profile", "profile_error"), ("width", "width_error"), ("diffusivity", "error")):
            z[name].append((getattr(drawn, name) - getattr(exact, name)) / getattr(drawn, error))
    for each in z.values():
        off = np.abs(each)
        assert np.mean(off < 2) > 0.92
        assert np.median(off) > 0.15


def test_packets_are_drawn_to_an_error():
    model = cq.Lattice.tilted_ising(6, transverse=1.1, longitudinal=0.6)
    found = spread(model, T[::10], method=Typicality(error=0.1))
    assert found.error.max() <= 0.1 * np.abs(found.diffusivity).max() < 1.6 * found.error.max()
    assert found.certificate["statistical error"].holds
