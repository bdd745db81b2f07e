"""The tables and figures of the manzano-2012 reproductions, and what their numbers rest on."""

import json
from functools import cache

import numpy as np
import pytest

import caloriq as cq
from caloriq.papers.manzano_2012 import disordered, entangled
from caloriq.papers.manzano_2012 import efficiency as manzano_efficiency
from caloriq.papers.manzano_2012 import recipes as manzano_2012
from caloriq.papers.registry import RECIPES
from caloriq.steady.efficiency import efficiency
from figures import assert_readable

# True: in accord with the paper; False: not; None: the paper says nothing
AGREES = {
    "manzano-2012-fig-2": [True, True, True, None, True, True, None, None],
    "manzano-2012-fig-3": [True, True, True, False, None],
    "manzano-2012-fig-4": [True, None, True, None],
    "manzano-2012-appendix-b": [False, True, True, True, None, None, None],
    "manzano-2012-meeting-point": [None, None, None],
    "manzano-2012-efficiency": [True, True, None, None, True, None, None, None, None, None, None],
}
LIMIT = 0.5 - np.sqrt(np.sqrt(5) - 2)  # 0.01413


@cache
def outcome(name):
    return RECIPES[name].run(True, None)


@pytest.mark.parametrize("name", [name for name in AGREES if name != "manzano-2012-fig-2"])
def test_tables(name):
    found = outcome(name)
    assert [row.agrees for row in found.rows] == AGREES[name], [(r.quantity, r.ours) for r in found.rows]
    assert all(row.ours and row.quantity for row in found.rows)
    assert_readable(found.figure)


@pytest.mark.slow
def test_the_current_without_dephasing_is_solved_for_every_size():
    """The closed form at γ = 0 has no N in it: that J is the same for all N is asked of the two-point set."""
    found = RECIPES["manzano-2012-fig-2"].run(True, None)
    assert [row.agrees for row in found.rows] == AGREES["manzano-2012-fig-2"]
    data = found.data["sizes"]
    assert data.checked_sites.values.tolist() == [2, 10, 100, 1000]
    assert data.two_point.values[0] == pytest.approx(0.119364770133, rel=1e-11)
    assert data.two_point.values == pytest.approx(data.quantum.sel(dephasing=[0.0, 5.0], sites=[2, 10, 100, 1000]))


def test_currents_over_temperature():
    """Classical: bounded, so not linear in T₁ - T_N; quantum: J ∝ 1/T₁ in the end, for every dephasing."""
    data = outcome("manzano-2012-fig-3").data["temperatures"]
    T = data.temperature.values
    bounded = data.classical.values
    assert np.all(np.diff(bounded, axis=1) > 0)
    # s₁ → 1/2 and γ₁ → ∞ as T₁ → ∞: 1/J = 2(1/V + 1/γ_N + (N - 1)/V) - ..., here γ_N = V = 1
    assert bounded[:, -1] == pytest.approx(0.5 / data.sites.values, rel=5e-3)
    beyond = T > 300
    slopes = np.array([np.polyfit(np.log(T[beyond]), np.log(J[beyond]), 1)[0] for J in data.quantum.values])
    assert slopes == pytest.approx(-1, abs=0.15)
    assert np.all(np.diff(slopes) > 0)  # later for more dephasing


def test_limit_of_entanglement_is_a_root_and_not_a_point_of_a_grid():
    found = outcome("manzano-2012-fig-4")
    assert found.data["entanglement"].attrs["limit"] == pytest.approx(LIMIT, rel=1e-12)
    assert "0.01413" in found.rows[0].ours
    for points in (31, 101):
        data = entangled.region(points)
        inside = data.margin.values > 0
        assert float(data.boundary.max()) == pytest.approx(LIMIT, rel=1e-12)
        assert data.s2.values[inside.any(axis=1)].max() < LIMIT  # where a grid ends
        # the boundary parts the grid, and once only along s_N
        assert np.array_equal(inside, (data.s2.values[:, None] < data.boundary.values) & (data.s1.values > 0))


def test_the_boundary_is_drawn_by_its_roots():
    """Every point of the dashed line is a root of the condition, and the region is filled up to it."""
    found = outcome("manzano-2012-fig-4")
    data = found.data["entanglement"]
    for ax in found.figure.axes:
        (line,) = [one for one in ax.get_lines() if one.get_linestyle() == "--" and np.size(one.get_xdata()) > 2]
        s1, s2 = np.asarray(line.get_xdata()), np.asarray(line.get_ydata())
        assert s2[1:] == pytest.approx([entangled.boundary(one) for one in s1[1:].tolist()], rel=1e-12)
        filled = ax.collections[1].get_paths()[0].vertices
        assert filled[:, 1].max() == pytest.approx(LIMIT, rel=1e-12)
        assert {round(v, 14) for v in s2} <= {round(v, 14) for v in filled[:, 1]}
    steps = np.abs(entangled.margin(data.s1.values[1:], data.boundary.values[1:]))
    assert np.all(steps < 1e-12)


def test_condition_for_entanglement_against_a_scan_of_the_coupling():
    """The sign of the discriminant, against the largest |c|²/(p₀₀p₁₁) of MT 10, 11 over 4000 couplings."""
    rng = np.random.default_rng(1)
    s1 = rng.uniform(0.01, 0.5, 400)
    s2 = s1 * 10 ** rng.uniform(-6, 0, 400)
    x = np.geomspace(1e-2, 1e4, 4000)[:, None]
    largest = entangled.ratio(np.ones(1), x, x, s1, s2).max(axis=0)
    sure = np.abs(largest - 1) > 1e-4  # the scan misses the largest by less
    assert sure.sum() > 390
    assert np.array_equal(entangled.margin(s1, s2)[sure] > 0, largest[sure] > 1)
    assert 50 < np.count_nonzero(largest > 1) < 350


def test_thresholds():
    assert entangled.threshold(0.0) == 0
    assert entangled.boundary(entangled.threshold(0.01)) == pytest.approx(0.01, rel=1e-9)
    assert np.isnan(entangled.threshold(0.0142))


def test_concurrence_of_the_steady_states_is_that_of_the_formula():
    """Some of the pairs are entangled: a comparison of zeros would say nothing."""
    data = outcome("manzano-2012-fig-4").data["entanglement"]
    assert data.concurrence.values == pytest.approx(data.formula.values, abs=1e-12)
    assert (data.formula.values > 1e-4).sum() >= 4
    assert (data.formula.values == 0).sum() >= 3
    assert data.formula.values.max() == pytest.approx(0.03158, abs=1e-5)
    ratios = [
        float(entangled.ratio(np.ones(1), np.array([x]), np.array([x]), np.array([s1]), np.array([s2]))[0])
        for s1, s2, x in json.loads(data.attrs["pairs"])
    ]
    assert np.array_equal(data.formula.values > 0, np.array(ratios) > 1)


def test_appendix_b_draws_the_closed_form_through_its_dots():
    """1/J = R + r (N - 1) is exact: R is that of the contacts, not the intercept at N = 0."""
    dots, line = outcome("manzano-2012-appendix-b").figure.axes[0].get_lines()[:2]
    assert line.get_label() == "1/(R + r (N - 1))"
    N, J = np.asarray(dots.get_xdata(), dtype=float), np.asarray(dots.get_ydata(), dtype=float)
    x, y = np.asarray(line.get_xdata()), np.asarray(line.get_ydata())
    assert 1 / np.interp(N, x, 1 / y) == pytest.approx(J, rel=1e-4)


def test_appendix_b_draws_the_exponent_that_is_debated():
    found = outcome("manzano-2012-appendix-b")
    assert float(found.data["small"].alpha) == pytest.approx(-0.0241, abs=5e-5)
    legends = " ".join(text.get_text() for ax in found.figure.axes for text in ax.get_legend().get_texts())
    assert "α = -0.0241" in legends
    assert "as printed: 0.0242" in legends
    large = found.data["exponent"]
    assert large.misfit < 1e-10
    assert "0.4000000000" in found.rows[-1].ours


def test_meeting_point():
    """Dephased quantum chains beside classical ones, N = 2…1000, γ = 0.05…50, and the rate by two routes."""
    data = outcome("manzano-2012-meeting-point").data["meeting-point"]
    assert data.with_contact.values == pytest.approx(data.quantum.values, rel=1e-11)
    s1 = 1 / (np.exp(1) - 1) / (2 / (np.exp(1) - 1) + 1)
    total = 2 / (np.exp(1) - 1) + 2  # γ₁ + γ_N
    contact = 1 / data.quantum.values - 1 / data.classical.values
    assert contact == pytest.approx(total / 4 / s1, rel=1e-6)
    assert data.kernel_rate.values == pytest.approx(2 / data.dephasing.values, rel=1e-12)
    assert data.hop_rate.values == pytest.approx(2 / data.dephasing.values, rel=1e-12)


def test_two_pairs_of_the_recipe_lie_on_either_side_of_the_limit():
    near = [s2 for s1, s2, _ in manzano_2012.PAIRS if s1 == 0.5 and s2 > 0.01]
    assert min(near) < LIMIT < max(near)


def test_efficiency_of_fmo_and_of_chains():
    """Numbers of the table by other routes: the curve's own maximum, the steady state under faint light, single samples."""
    found = outcome("manzano-2012-efficiency")
    data, chains, light = (found.data[name] for name in ("fmo", "chains", "light"))
    at = data.efficiency.argmax("dephasing").values
    step = data.dephasing.values[1] / data.dephasing.values[0]
    for k in range(2):
        assert 1 / step < data.dephasing.values[at[k]] / float(data.best_dephasing[k]) < step
        assert np.all(data.efficiency.values[k] <= float(data.best_efficiency[k]) + 1e-9)
    assert data.attrs["warm_dephasing"] == pytest.approx(57.582, rel=1e-4)
    assert data.warm_efficiency.values == pytest.approx([0.99054, 0.99117], abs=2e-5)
    assert light.attrs["limit"] == pytest.approx(0.9757, abs=5e-5)
    per_entered = (light.current / light.entered).values
    assert per_entered[:, 0] == pytest.approx(light.attrs["limit"], rel=1e-5)
    assert per_entered[1] == pytest.approx(light.attrs["limit"], rel=1e-6)  # one excitation: for any light
    assert np.all(np.diff(light.current.sel(most=[1, 2, 7]).values, axis=0) > 0)  # the more fit, the more arrive
    one, two = (manzano_efficiency.fails_at(light, most) for most in (1, 2))
    assert 1e-4 < one < 1e-3 < two < 1e-1
    eta = chains.efficiency.values
    assert np.all((eta >= 0) & (eta <= 1))
    assert np.all(chains.clean.values <= chains.clean.values[0] + 1e-12)
    sample = manzano_efficiency.driven_ensemble(0.0, 200).sample(3)
    bare = cq.SpinChain(sites=5, hopping=sample.hopping, frequency=sample.frequency, dephasing=1.0)
    alone = efficiency(bare, start=0, trap=manzano_efficiency.TRAP, loss=manzano_efficiency.LOSS)
    assert eta[3, 1] == pytest.approx(alone.efficiency, rel=1e-10)


def test_a_cut_that_never_fails_has_no_place():
    found = outcome("manzano-2012-efficiency").data["light"]
    assert np.isnan(manzano_efficiency.fails_at(found, 7))


def test_the_fixed_occupation_is_one_number_for_all_samples():
    """MT 5 with one n₁: that of ω = 1 at T₁ = 1, where the other reading takes the drawn frequency of the site."""
    fixed, site = (
        cq.SpinChain.from_mapping(disordered.ensemble("hopping", [0.0], 3, 1, reading).model["chain"])
        for reading in ("fixed", "site")
    )
    at_one = cq.Bath(site=0, temperature=1.0, rate=1.0).rates(1.0)
    assert fixed.baths[0].rates(0.3) == pytest.approx(at_one, rel=1e-15)
    assert fixed.baths[1].rates(0.3) == (0.0, 1.0)
    assert site.baths[0].rates(0.3).gain > 2 * at_one.gain
    found = disordered.lowered("hopping", np.array([1.0]), samples=400, seed=1, occupation="fixed")
    assert found.attrs["occupation"] == "fixed"
    error = np.sqrt(0.76 * 0.24 / 400)
    assert found.lowered.values[0] == pytest.approx([0.7611, 0.7537, 0.9146], abs=4 * error)
    assert np.all(found.answered == 400)
