"""Diffusivities by linear response: sum rules, limits, and one answer by every route."""

import numpy as np
import pytest

import caloriq as cq
from caloriq.closed.correlation import exact
from caloriq.closed.correlation.ladder import climb
from caloriq.closed.correlation.series import series
from caloriq.errors import InvalidInput, NotConverged, Unsupported
from caloriq.known.correlations import xx_ladder
from caloriq.models.lattice.densities import displacements, total_current
from caloriq.models.lattice.uniform import check_repeating
from caloriq.spaces.currents import current_of
from caloriq.spaces.support import SupportSpace
from caloriq.transport.kubo.over_temperature import kubo_over_temperature
from caloriq.transport.kubo.rings import ring as ring_of
from caloriq.transport.kubo.short_times import against_series, common_moments
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
    off = spread(cq.Lattice.xx(9), np.linspace(0.5, 1.5, 5), of="magnetisation", site=1, method="exact")
    assert off.reached < packet.reached  # the nearer end counts
    assert spread(cq.Lattice.xx(9), T, of="magnetisation", site=0, method="exact").reached == 0


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
    assert np.isnan(cold.conductivity)  # two sizes differ from the start
    assert abs(cold.diffusivity[-1, -1] / alike.diffusivity[-1, -1] - 1) > 0.1


def test_errors_between_times_are_told():
    """Few times: the integral is off by no more than is told, and what is told is not nothing."""
    chain = cq.Lattice.tilted_ising(6, transverse=1.4, longitudinal=0.9045)
    few, many = (cq.kubo(chain, sizes=[6, 8], times=np.linspace(0, 2, n), method="exact") for n in (9, 161))
    off = np.abs(few.diffusivity[-1] - many.diffusivity[-1, ::20])
    told = next(one.value for one in few.certificate if one.name == "times") * few.diffusivity[-1].max()
    assert off.max() <= told
    assert 1e-4 < few.reading.quadrature <= told


def test_a_conductivity_is_none_where_charges_keep_the_current():
    chain = cq.Lattice.xxz(8, anisotropy=0.5)
    found = cq.kubo(chain, sizes=[6, 8], times=np.linspace(0, 4, 21), method="exact")
    assert found.mazur == pytest.approx(1.0)
    assert np.isnan(found.conductivity)
    assert found.weight == pytest.approx((1 + 2 * 0.25) / 32)
    assert found.diffusive is False
    warm = cq.kubo(chain, sizes=[6, 8], times=np.linspace(0, 4, 21), temperature=20.0, method="exact")
    assert np.isnan(warm.conductivity)
    assert np.isnan(warm.conductivity_error)
    assert warm.diffusive is None  # Mazur's bound is that of infinite temperature
    assert "at infinite temperature: no conductivity" in warm.notes()[-1]


def test_conductivity_over_temperature_is_that_of_each():
    chain = cq.Lattice.tilted_ising(6, transverse=1.1, longitudinal=0.6)
    asked = {"sizes": [6, 8], "times": np.linspace(0.0, 2.0, 41), "method": "exact"}
    found = kubo_over_temperature(chain, temperatures=[1.0, 200.0], **asked)
    for at, T_ in zip(found.each, (1.0, 200.0), strict=True):
        alone = cq.kubo(chain, temperature=T_, **asked)
        assert np.allclose(at.diffusivity, alone.diffusivity, rtol=1e-10)
        assert at.conductivity == pytest.approx(alone.conductivity, rel=1e-10, nan_ok=True)
        assert at.conductivity_error == pytest.approx(alone.conductivity_error, rel=1e-6, nan_ok=True)
    assert found.limit.diffusivity == pytest.approx(cq.kubo(chain, **asked).diffusivity)
    assert found.law[1] == pytest.approx(1.0, abs=0.02)
    with pytest.raises(InvalidInput, match="`temperatures` must be different ones"):
        kubo_over_temperature(chain, temperatures=[1.0, 1.0], **asked)


def test_the_law_of_high_temperatures_is_held_at_equal_times():
    """And told only where the errors of both allow it."""
    chain = cq.Lattice.tilted_ising(8, transverse=1.4, longitudinal=0.9045)
    asked = {"sizes": [8, 9], "times": np.linspace(0, 4, 41), "method": "exact"}
    found = kubo_over_temperature(chain, temperatures=[1.0, 4.0, 50.0], **asked)
    assert np.isnan(found.law[0])  # two sizes differ from the start
    at = int(np.searchsorted(found.times, min(found.each[1].reading.end, found.limit.reading.end)))
    whole = found.limit.diffusivity[-1, at] * found.limit.susceptibility
    assert found.law[1] == pytest.approx(found.each[1].diffusivity[-1, at] * found.each[1].susceptibility / whole)
    assert found.law[2] == pytest.approx(1.0, abs=0.02)
    told = " ".join(found.notes())
    if "follows" in told:
        begin = float(told.split("From T = ")[1].split(" on")[0])
        late = found.temperatures >= begin
        assert np.all(np.abs(found.law - 1)[late] <= 0.05)
        assert np.all(found.law_error[late] <= 0.05)
    assert "at 1 there is none" in told
    assert np.isnan(found.each[0].conductivity_error)


def test_no_conductivity_at_any_temperature_is_drawn_all_the_same():
    chain = cq.Lattice.tilted_ising(6, transverse=1.4, longitudinal=0.9045)
    found = kubo_over_temperature(
        chain, sizes=[5, 6], times=np.linspace(0, 2, 21), temperatures=[0.5, 1.0], method="exact"
    )
    assert np.isnan(found.conductivity).all()
    assert len(found.plot().axes) == 2


def test_a_current_that_goes_half_around_is_refused():
    """XXZ energy flows between next neighbours: on four sites either way is as near."""
    ring = cq.Lattice.xxz(4, anisotropy=0.5, periodic=True)
    with pytest.raises(InvalidInput, match="`sites` must be more than twice what the current of energy reaches"):
        cq.correlation(ring, "energy current", times=T)
    with pytest.raises(InvalidInput, match="`sites` must be more than twice"):
        cq.kubo(ring, sizes=[4, 6], times=T)
    legs = cq.Lattice(
        sites=8, geometry={"kind": "ladder", "periodic": True}, terms=(cq.Term("Sx Sx"), cq.Term("Sz Sz"))
    )
    with pytest.raises(InvalidInput, match="`sites` must be more than twice"):
        cq.correlation(legs, "energy current", times=T)
    assert cq.correlation(ring, "magnetisation current", times=T).values[0] == pytest.approx(1 / 8)


def test_free_fermions_keep_their_weight_at_every_temperature():
    """XX: the energy current is conserved, and C/T² is that of a band of free fermions (long rings)."""
    T_ = [0.7, 1.5, 10.0]
    found = kubo_over_temperature(
        cq.Lattice.xx(8), sizes=[10, 12], times=np.linspace(0, 2, 9), temperatures=T_, method="exact"
    )
    k = np.linspace(-np.pi, np.pi, 2001)[:-1]
    e, v = np.cos(k), np.sin(k)
    for at, one in zip(found.each, T_, strict=True):
        f = 1 / (1 + np.exp(e / one))
        assert at.weight == pytest.approx(np.mean((e * v) ** 2 * f * (1 - f)) / one**2, rel=0.02, abs=at.weight_error)
    assert "the weight follows T" in " ".join(found.notes())


def test_what_is_refused():
    chain = cq.Lattice.tilted_ising(6, transverse=1.1, longitudinal=0.6)
    with pytest.raises(InvalidInput, match="`sizes` must be at least two"):
        cq.kubo(chain, sizes=[8], times=T)
    with pytest.raises(Unsupported, match="magnetisation is changed by term"):
        cq.kubo(chain, of="magnetisation", sizes=[6, 8], times=T)
    with pytest.raises(InvalidInput, match="`dampings` must be at most 1"):
        cq.kubo(chain, sizes=[6, 8], times=T, lengths=[4], dampings=[1e9])
    with pytest.raises(InvalidInput, match="`temperature` must be so high"):
        cq.kubo(chain, sizes=[6, 8], times=T, temperature=1e-5)
    with pytest.raises(NotConverged, match="times"):
        cq.kubo(chain, sizes=[6, 8], times=np.linspace(0, 400, 9), method="exact")
    with pytest.raises(InvalidInput, match="`dampings` must be numbers that are not negative"):
        cq.kubo(chain, sizes=[6, 8], times=T, lengths=[4], dampings=[-1.0])
    with pytest.raises(Unsupported, match="magnetisation is changed by term"):
        spread(chain, T, of="magnetisation")
    with pytest.raises(InvalidInput, match="`times` must be at least three"):
        spread(chain, [0.0, 1.0])


def test_correlations_of_levels_are_the_same_in_blocks_of_times(monkeypatch):
    ring = cq.Lattice.tilted_ising(6, transverse=1.1, longitudinal=0.6, periodic=True)
    whole = cq.correlation(ring, "energy current", times=T, temperature=2.0, method="exact")
    monkeypatch.setattr(exact, "BLOCK", 130)  # of two times of 64 levels and less, the last block shorter
    parts = cq.correlation(ring, "energy current", times=T, temperature=2.0, method="exact")
    assert np.allclose(parts.values, whole.values, rtol=0, atol=1e-13)


def lattice(*terms, **more):
    return cq.Lattice(sites=more.pop("sites", 8), terms=terms, **more)


ZZ, X = {"operator": "Z Z"}, {"operator": "X"}
HOPS = {"operator": "c+ c", "plus": "hermitian-conjugate"}
REPEATING = {
    "staggered field": (lattice(ZZ, {**X, "value": {"staggered": 0.4, "mean": 1.0}}), [6, 8]),
    "staggered field, one cell in the smaller": (lattice(ZZ, {**X, "value": {"staggered": 0.4}}), [4, 6]),
    "expression of period 3": (lattice(ZZ, {**X, "value": "1 + cos(2 * pi * j / 3)"}), [3, 6]),
    "every second bond": (lattice(ZZ, X, {**ZZ, "on": "even-bonds"}), [4, 6]),
    "second neighbours that meet once": (lattice(ZZ, X, {**ZZ, "on": "second-neighbours"}), [4, 5]),
    "random of no width": (lattice(ZZ, {**X, "value": {"random": "normal", "mean": 1.0}}), [4, 5]),
    "cells of two kinds": (lattice({"operator": "Sz Sz"}, {"operator": "Sx"}, local=["spin-1/2", "spin-1"]), [4, 6]),
    "ladder": (xx_ladder(8), [6, 8]),
    "fermions": (lattice(HOPS, {"operator": "n n"}, local="fermion"), [4, 5]),
    "strengths out of phase": (
        lattice(ZZ, {**X, "value": {"staggered": 0.4}}, {"operator": "Z", "value": {"staggered": -0.2}}),
        [4, 6],
    ),
}


@pytest.mark.parametrize("case", REPEATING)
def test_what_repeats_has_a_diffusivity_of_rings(case):
    model, sizes = REPEATING[case]
    check_repeating([ring_of(model, N) for N in sizes])


VARYING = {
    "impurity": (lattice(ZZ, X, {"operator": "Z", "on": [2]}), [4, 6], "term 2, 'Z', does not repeat"),
    "a bond that is missing": (lattice(X, {**ZZ, "on": [[0, 1], [1, 2], [2, 3]]}), [4, 6], "term 1, 'Z Z', does not"),
    "slope": (lattice(ZZ, {**X, "value": "j"}), [4, 6], "term 1, 'X', does not repeat"),
    "dimers": (
        lattice(ZZ, {**X, "value": {"random": "choice", "choices": [1, 2], "repeat": 2}}, seed=3),
        [6, 8],
        "term 1, 'X', is random",
    ),
    "signs": (
        lattice(ZZ, {**X, "value": {"random": "choice", "choices": [1, -1]}}, seed=3),
        [6, 8],
        "term 1, 'X', is random",
    ),
    "two periods that fit no cell": (
        lattice(ZZ, {**X, "value": "cos(2 * pi * j / 3)"}, {"operator": "Z", "value": {"staggered": 1.0}}),
        [6, 9],
        "does not repeat along rings of 6, 9 sites",
    ),
}


@pytest.mark.parametrize("case", VARYING)
def test_what_does_not_repeat_has_none(case):
    model, sizes, told = VARYING[case]
    with pytest.raises(Unsupported, match=told):
        check_repeating([ring_of(model, N) for N in sizes])


def test_short_times_of_rings_are_the_power_series():
    """The series of the infinite chain is that of both rings, and no other is; µ_2 is that of C'' of a ring."""
    g, h = 1.1, 0.6
    chain = cq.Lattice.tilted_ising(8, transverse=g, longitudinal=h)
    found = cq.kubo(chain, sizes=[8, 9], times=np.linspace(0, 0.5, 21), lengths=[5, 6], method="exact")
    rungs, data = found.rungs, found.to_dataset()
    assert data.moments.dims == data.lanczos.dims == ("order",)
    assert data.order.values.tolist() == list(range(len(rungs.moments)))
    assert rungs.moments[0] == 1.0
    assert rungs.lanczos[0] == 0.0
    assert len(rungs.moments) > 4
    correlation = cq.correlation(ring_of(chain, 9), "energy current", times=[0.0, 1e-3], method="exact")
    C = correlation.values.real
    assert rungs.moments[1] == pytest.approx(2 * (1 - C[1] / C[0]) / 1e-6, rel=1e-4)
    assert rungs.moments[1] == pytest.approx(rungs.lanczos[1] ** 2)
    assert rungs.moments[2] == pytest.approx(rungs.lanczos[1] ** 2 * (rungs.lanczos[1] ** 2 + rungs.lanczos[2] ** 2))
    told = [one for one in found.certificate if one.name.endswith("series")]
    assert [one.name for one in told] == ["8 sites: series", "9 sites: series"]
    assert all(one.holds for one in told)
    ring = ring_of(chain, 9)
    correlation = cq.correlation(ring, "energy current", times=found.times, method="exact")
    for order in (1, 2):
        moments = rungs.moments.copy()
        moments[order] *= 1.001
        assert not against_series(ring.infinite_chain(), "energy", correlation, moments, rungs.lanczos).holds


@pytest.mark.parametrize("sites", [6, 7, 8, 9])
def test_a_ring_has_so_many_moments_of_the_infinite_chain(sites):
    """All of those that are told: by all levels of the ring, moments are ⟨(E_m - E_n)^2k⟩."""
    ring = cq.Lattice.tilted_ising(sites, transverse=1.1, longitudinal=0.6, periodic=True)
    chain = ring.infinite_chain()
    J, _ = current_of(chain, "energy")
    whole = series(SupportSpace(chain, 8), J)
    common = common_moments(chain, "energy", sites, whole.moments)
    E, V = np.linalg.eigh(ring.strings.matrix(range(sites)))
    A = V.conj().T @ total_current(ring, "energy").matrix(range(sites)) @ V
    weights = np.abs(A) ** 2
    gaps = E[:, None] - E[None, :]
    own = [float((weights * gaps ** (2 * k)).sum() / weights.sum()) for k in range(len(common))]
    assert np.allclose(own, common, rtol=1e-10)
    assert len(common) == 1 + max(0, (sites + 1) // 2 - 2)


def test_a_conserved_current_has_no_recursion():
    found = cq.kubo(cq.Lattice.xxz(6, anisotropy=0.5), sizes=[6, 7], times=T, lengths=[3, 4], method="exact")
    assert found.rungs.moments[0] == 1.0
    assert np.allclose(found.rungs.lanczos[1:], 0.0)
    assert all(one.holds for one in found.certificate if one.name.endswith("series"))
