"""Every example of a sweep, run as a reader would run it: each shows what its first line says."""

import itertools
import json

import numpy as np
import pytest

import caloriq as cq
from caloriq import plots, store
from caloriq.closed.states import Haar
from caloriq.papers.manzano_2012 import disordered
from caloriq.papers.michel_2005 import regimes
from caloriq.papers.modular_chain import deviation_scaling as scaling
from caloriq.questions.base import Failure
from command_line import call
from docs_examples import ROOT
from figures import assert_readable

EXAMPLES = ROOT / "examples"


def answers(name):
    found = cq.run_sweep(cq.read_sweep(EXAMPLES / f"{name}.yaml"))
    assert found.attrs["failed"] == found.attrs["missing"] == 0
    return found


def test_disorder_fraction_stops_at_its_bound():
    found = answers("disorder-fraction")
    assert (found.reached == 1).all()
    assert (found.lowered_mean_error <= 0.01).all()
    assert found.samples_used[-1] < found.samples_used[0] < 10_000  # a fraction close to 1 takes fewer
    # 20 000 samples of two other seeds: 0.8661 ± 0.0024
    at_one = found.sel(dephasing=1.0)
    assert abs(at_one.lowered_mean - 0.8661) < 3 * np.hypot(at_one.lowered_mean_error, 0.0024)
    assert (np.diff(found.lowered_mean) > 0).all()
    # the same samples at every rate: their currents without dephasing agree to the last bit
    shared = int(found.samples_used.min())
    without = found.reference_current.values[:, :shared]
    assert (without == without[:1]).all()
    assert ((found.current < found.reference_current) == found.lowered)[:, :shared].all()


def test_deviation_falls_as_one_over_n():
    found = answers("deviation-over-levels")
    assert np.allclose(found.c1, 1)
    mean, error = (found[name].values[:, 0] for name in ("deviation_mean", "deviation_mean_error"))
    logs = np.log(found.levels.values)
    weight = (logs - logs.mean()) / ((logs - logs.mean()) ** 2).sum()
    slope, slope_error = weight @ np.log(mean), np.hypot.reduce(weight * error / mean)
    assert slope_error < 0.08
    assert abs(slope + 1) < 3 * slope_error


def test_regimes_show_where_the_rate_equation_holds():
    found = answers("regimes")
    assert found.coupling.size == 13
    here = found.deviation.isel(subunit=0).where((found.c1 >= 0.89) & (found.c2 <= 0.015))
    weak, strong = (found.deviation.isel(subunit=0).where(w) for w in (found.c1 < 0.1, found.c2 > 1))
    assert here.count() >= 3
    assert here.max() < 0.1 * weak.min()
    assert here.max() < 0.02 * strong.min()
    study = regimes.scan(found.levels.values.tolist(), found.coupling.values / 0.05, subunits=3, seed=1)
    assert np.array_equal(study.mixed_deviation.values, found.deviation.values[..., 0].T)


def test_scaling_goes_from_ballistic_to_diffusive():
    found = answers("scaling-over-dephasing")
    assert np.isclose(found.alpha[0], 1, atol=1e-12)
    assert np.allclose(found.diffusivity[1:], 2 / found.dephasing[1:], rtol=1e-9)  # 2g²/γ
    assert found.holds.values.tolist() == [0, 1, 1, 1, 1]
    assert np.isclose(found.alpha[-1], -0.0241, atol=1e-4)  # MT App. B: -0.0242 with the sign of its own definition


def test_conductivity_peaks_where_the_theory_has_it():
    found = answers("conductivity-map")
    peak = found.sel(levels=500, coupling=5e-5, method="nearest")
    assert np.isclose(peak.peak_temperature, 0.14665, atol=5e-5)
    assert np.isclose(peak.peak_conductivity, 1.6689e-3, rtol=1e-4)
    assert np.allclose(found.rate, 2 * np.pi * found.coupling**2 * found.levels / 0.05)
    assert np.allclose(found.conductivity / found.rate, (found.conductivity / found.rate)[0])


def drawn(ax):
    """Lines of data with their error bars."""
    return [one for one in ax.containers if len(one[0].get_xdata()) > 1]


@pytest.mark.parametrize("name", ["disorder-fraction", "regimes"])
def test_figure_shows_a_line_for_every_value(name):
    found = answers(name)
    figure = plots.sweep(found)
    assert_readable(figure)
    (ax,) = figure.axes
    lines = drawn(ax)
    assert len(lines) == {"disorder-fraction": 1, "regimes": 3}[name]
    if name == "regimes":
        assert np.array_equal(lines[2][0].get_ydata(), found.deviation.values[:, 2, 0])
        assert ax.get_title() == "D² of subunit 0"
    else:
        assert np.array_equal(lines[0][0].get_ydata(), found.lowered_mean.values)
        assert lines[0].has_yerr
        assert ax.get_title().startswith("share of the samples in which")
        assert ax.get_ylabel() == "share lowered"


def test_figure_of_the_conductivity_map_shows_every_coupling_and_band_size():
    """Over the temperatures of the question; a panel for every band size, and a colour for every coupling."""
    found = answers("conductivity-map")
    figure = plots.sweep(found)
    assert_readable(figure)
    *panels, bar = figure.axes
    assert [ax.get_title() for ax in panels] == [f"levels = {n}" for n in (125, 250, 500, 1000)]
    assert bar.get_ylabel() == "coupling  [ΔE unit]"
    assert bar.get_ylim() == pytest.approx((1e-5, 1e-4))
    assert len({ax.get_ylim() for ax in panels}) == 1
    for n, ax in enumerate(panels):
        lines = drawn(ax)
        assert len(lines) == found.sizes["coupling"] == 10
        assert len({tuple(one[0].get_color()) for one in lines}) == 10
        for k, one in enumerate(lines):
            assert np.array_equal(one[0].get_xdata(), found.conductivity_temperature.values[k, n])
            assert np.array_equal(one[0].get_ydata(), found.conductivity.values[k, n])
        assert ax.get_xlabel() == "T  [ΔE unit]"


def test_error_bars_of_a_fraction_stay_within_0_and_1():
    """All or none of few samples: the error is not zero, and no bar leaves the fractions there are."""
    found = answers("disorder-fraction").copy(deep=True)
    assert found.lowered_mean_error.values.min() > 0
    found.lowered_mean[:] = [0.0, 0.001, 0.5, 0.999, 1.0]
    (ax,) = plots.sweep(found).axes
    (bars,) = ax.containers[0][2]
    ends = np.array([segment[:, 1] for segment in bars.get_segments()])
    assert ends.min() == 0
    assert ends.max() == 1
    error = found.lowered_mean_error.values[2]
    assert ends[2] == pytest.approx([0.5 - error, 0.5 + error])


def test_no_figure_without_numbers_to_draw_over():
    one = cq.Sweep(
        model={"kind": "modular-chain", "subunits": 2, "levels": 8, "bandwidth": 0.05, "coupling": 1e-3, "seed": 1},
        question="ham",
    )
    assert plots.sweep(cq.run_sweep(one)) is None


def test_command_draws_beside_the_data(tmp_path):
    done = call("sweep", "run", EXAMPLES / "scaling-over-dephasing.yaml", "--workers", 1, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    folder = tmp_path / "results" / "scaling-over-dephasing"
    assert (folder / "scaling-over-dephasing.png").read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    assert store.load(folder / "scaling-over-dephasing.zarr.zip").sizes["dephasing"] == 5
    with_figure = {path.name for path in folder.iterdir()}
    file = ["sweep", "run", EXAMPLES / "scaling-over-dephasing.yaml", "--workers", 1, "--no-figure", "--out", "plain"]
    assert call(*file, cwd=tmp_path).returncode == 0
    without = {path.name for path in (tmp_path / "plain" / "scaling-over-dephasing").iterdir()}
    assert with_figure - without == {"scaling-over-dephasing.png", "scaling-over-dephasing.pdf"}


# -- the studies, which are sweeps too


def test_draws_of_a_study_have_the_seeds_that_it_says():
    found = scaling.over_levels((8, 12, 16), c1=1.0, matrices=2, seed=5, subunits=2)
    for n, row in zip((8, 12, 16), found.deviation.values, strict=True):
        for k, value in enumerate(row):
            chain = cq.ModularChain(subunits=2, levels=n, bandwidth=0.05, coupling=0.05 / (2 * n), seed=5 + k)
            theory = cq.ham(chain)
            times = np.linspace(0, 5 / theory.rate, 201)
            exact = cq.evolve(chain, times, initial=Haar(subunit=0, seed=5 + k))
            assert np.isclose(value, cq.deviation(exact, theory).values[0], rtol=1e-10)
            assert chain.digest in json.loads(found.attrs["models"])
    assert found.attrs["runs"] == 6


def test_progress_of_a_study_ends_at_its_total():
    told = []
    regimes.scan([8, 16], [1e-2, 1e-1], seed=1, progress=lambda done, total: told.append((done, total)))
    assert told[-1][0] == told[-1][1]
    assert all(a[0] <= b[0] for a, b in itertools.pairwise(told))


def test_lowered_counts_the_samples_of_the_sweep():
    gammas = np.array([5.0, 0.0, 1.0])  # in any order; at 0 nothing is lowered
    found = disordered.lowered("hopping", gammas, samples=300, seed=2)
    assert (found.answered == 300).all()
    assert (found.lowered.sel(dephasing=0.0) == 0).all()
    sweep = disordered.ensemble("hopping", [1.0], 300, 2).model_copy(
        update={"question": {"kind": "steady-state", "reference": {"chain.dephasing": 0}, "keep": ["lowered"]}}
    )
    fraction = cq.run_sweep(sweep).lowered_mean.item()
    assert np.isclose(found.lowered.sel(dephasing=1.0, measure=2), fraction, atol=1e-15)


def test_lowered_solves_alone_what_the_batch_cannot_certify(monkeypatch):
    from caloriq.questions import steady
    from caloriq.steady import batches, ensemble

    whole = disordered.lowered("hopping", np.array([1.0]), samples=200, seed=3)
    proofs = tuple(
        type(p)(p.name, p.value, 3e-13 if p.name == "error of the solution" else p.limit, p.meaning)
        for p in batches.PROOFS
    )
    alone, seeds = steady.SteadyQuestion._alone, []
    monkeypatch.setattr(ensemble, "PROOFS", proofs)
    monkeypatch.setattr(
        steady.SteadyQuestion, "_alone", lambda self, model, seed: seeds.append(seed) or alone(self, model, seed)
    )
    part = disordered.lowered("hopping", np.array([1.0]), samples=200, seed=3)
    assert 2 <= len(seeds) < 200
    assert part.answered[0, 0] == 200 == whole.answered[0, 0]
    assert part.attrs["runs"] == whole.attrs["runs"] == 400
    np.testing.assert_array_equal(part.lowered.values, whole.lowered.values)
    np.testing.assert_allclose(part.mean_current.values, whole.mean_current.values, rtol=1e-9)


def test_lowered_leaves_out_what_cannot_be_solved(monkeypatch):
    from caloriq.questions import steady
    from caloriq.steady import batches, ensemble

    proofs = tuple(
        type(p)(p.name, p.value, 3e-13 if p.name == "error of the solution" else p.limit, p.meaning)
        for p in batches.PROOFS
    )
    monkeypatch.setattr(ensemble, "PROOFS", proofs)
    monkeypatch.setattr(steady.SteadyQuestion, "_alone", lambda *_: Failure("NotConverged: not this one"))
    part = disordered.lowered("hopping", np.array([1.0]), samples=200, seed=3)
    assert 20 < part.answered[0, 0] < 200
    assert part.attrs["runs"] < 400
