"""Sweeps over two axes of numbers are maps in colours, in files and on the page."""

import json

import numpy as np
import pytest

import caloriq as cq
from caloriq import plots
from caloriq.lab import generic
from caloriq.plots import swept
from caloriq.sweep.axes import Span
from figures import assert_readable
from testers import refused

MODEL = {"kind": "modular-chain", "subunits": 2, "bandwidth": 0.05, "seed": 1}
COUPLINGS = {"start": 1e-5, "stop": 1e-3, "count": 6, "scale": "log"}
LEVELS = [8, 16, 32, 64, 128]
BATHS = [{"site": 0, "temperature": 1.0, "rate": 1.0}, {"site": -1, "temperature": 0.0, "rate": 1.0}]


def swept_over(vary, **more):
    fixed = {name: value for name, value in MODEL.items() if name not in vary}
    return cq.run_sweep(cq.Sweep(model=fixed, question={"kind": "ham", "keep": ["rate", "c1"]}, vary=vary, **more))


@pytest.fixture(scope="module")
def grid():
    return swept_over({"coupling": COUPLINGS, "levels": LEVELS})


@pytest.fixture(scope="module")
def disordered():
    """An ensemble over dephasing, unevenly spaced from 0, and the number of sites."""
    random = [{"quantity": "frequency", "width": 1.0, "centre": 0.5}]
    model = {"kind": "disordered-chain", "chain": {"hopping": 1.0, "baths": BATHS}, "disorder": random}
    return cq.run_sweep(
        cq.Sweep(
            model=model,
            question={"kind": "steady-state", "keep": ["current"]},
            vary={"chain.dephasing": [3.0, 0.0, 0.1, 0.3, 1.0], "chain.sites": [2, 3, 4, 5, 6, 7]},
            ensemble={"samples": 4, "seed": 1},
        )
    )


def with_gaps(data):
    """A sweep whose first cell has no number, whose second failed, and whose last is not answered yet."""
    data = data.copy(deep=True)
    for place, status in (((0, 0), 1), ((1, 0), 2), ((-1, -1), 0)):
        data.rate.values[place] = np.nan
        data.status.values[place] = status
    data.attrs.update(done=28, failed=1, missing=1)
    return data


def test_two_long_axes_are_a_map_with_a_colour_bar(grid):
    fig = plots.sweep(grid)
    assert_readable(fig)
    ax, bar = fig.axes
    (mesh,) = ax.collections
    np.testing.assert_array_equal(mesh.get_array(), grid.rate.transpose("levels", "coupling").values)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("coupling  [ΔE unit]", "levels")
    assert bar.get_ylabel() == "rate  [ΔE unit]"
    assert (ax.get_xscale(), ax.get_yscale(), bar.get_yscale()) == ("log", "log", "log")
    assert fig.get_suptitle() == "sweep over coupling, levels\nmodular chain: subunits 2, bandwidth 0.05, seed 1"


def test_cells_lie_about_their_values_in_the_scale_of_the_axis(grid):
    ax = plots.sweep(grid).axes[0]
    corners = ax.collections[0].get_coordinates()
    for edges, values in ((corners[0, :, 0], grid.coupling.values), (corners[:, 0, 1], grid.levels.values)):
        np.testing.assert_allclose(edges[:-1] * edges[1:], values**2)  # geometric middles
    linear = swept_over({"coupling": COUPLINGS, "levels": list(range(10, 110, 10))})
    ax = plots.sweep(linear).axes[0]
    assert ax.get_xscale() == "linear"
    np.testing.assert_allclose(ax.collections[0].get_coordinates()[0, :, 0], np.arange(5, 115, 10))


def test_axes_in_any_order_show_the_same_map(grid):
    other = plots.sweep(grid.isel(coupling=slice(None, None, -1), levels=[2, 0, 4, 1, 3])).axes[0].collections[0]
    mine = plots.sweep(grid).axes[0].collections[0]
    np.testing.assert_array_equal(other.get_array(), mine.get_array())
    np.testing.assert_array_equal(other.get_coordinates(), mine.get_coordinates())


@pytest.mark.parametrize(("levels", "mapped"), [(LEVELS[:4], False), (LEVELS, True)])
def test_up_to_four_values_of_an_axis_are_lines(levels, mapped):
    data = swept_over({"coupling": COUPLINGS, "levels": levels})
    assert swept.choice(data).mapped is mapped
    fig = plots.sweep(data)
    assert_readable(fig)
    assert len(fig.axes) == 1 + mapped
    assert len(fig.axes[0].containers) == (0 if mapped else 4)
    on_page = next(generic.drawn(data)).figure["data"]
    assert [one["type"] for one in on_page] == (["heatmap"] if mapped else 4 * ["scatter"])


def test_an_axis_with_a_value_twice_is_no_axis_of_a_map():
    """Parameters that go together: the first of them may stand still."""
    pairs = {"levels": [8, 8, 16, 16, 32], "bandwidth": [0.04, 0.05, 0.04, 0.05, 0.05]}
    data = swept_over([{"coupling": Span.from_mapping(COUPLINGS).values()}, pairs])
    assert not swept.choice(data).mapped
    assert_readable(plots.sweep(data))


def test_cells_without_a_number_say_why(grid):
    data = with_gaps(grid)
    fig = plots.sweep(data)
    assert_readable(fig)
    (legend,) = fig.legends
    said = {text.get_text(): patch for text, patch in zip(legend.get_texts(), legend.get_patches(), strict=True)}
    assert list(said) == ["not answered yet", "failed", "answered without a number"]
    assert len({(one.get_facecolor(), one.get_hatch()) for one in said.values()}) == 3
    assert legend.get_window_extent().y1 < fig.axes[0].get_window_extent().y0
    assert fig.get_suptitle().startswith("sweep over coupling, levels; 1 failed and 1 not answered yet of 30 points\n")
    why = swept.states(data, "rate", ("coupling", "levels"), {})
    assert [why[0, 0], why[1, 0], why[-1, -1], why.astype(bool).sum()] == [
        swept.NUMBERLESS,
        swept.ERROR,
        swept.ASKED,
        3,
    ]


def test_lines_of_a_sweep_say_how_many_points_failed(grid):
    data = with_gaps(grid).isel(levels=[0, 1])
    assert "; 1 failed and 1 not answered yet of 30 points" in plots.sweep(data).get_suptitle()


def test_a_third_axis_makes_panels_of_one_scale():
    data = swept_over({"coupling": COUPLINGS, "levels": LEVELS, "bandwidth": [0.05, 0.1]})
    fig = plots.sweep(data)
    assert_readable(fig)
    *panels, bar = fig.axes
    assert [ax.get_title() for ax in panels] == ["bandwidth = 0.05", "bandwidth = 0.1"]
    assert bar.get_ylim() == pytest.approx((float(data.rate.min()), float(data.rate.max())))
    for k, ax in enumerate(panels):
        shown = ax.collections[0].get_array()
        np.testing.assert_array_equal(shown, data.rate.isel(bandwidth=k).transpose("levels", "coupling").values)


def test_errors_of_an_ensemble_stand_beside_its_map(disordered):
    fig = plots.sweep(disordered)
    assert_readable(fig)
    ax, error, *bars = fig.axes
    ordered = disordered.sortby(["dephasing"]).transpose("dephasing", "sites", ...)
    np.testing.assert_array_equal(ax.collections[0].get_array(), ordered.current_mean.values)
    np.testing.assert_array_equal(error.collections[0].get_array(), ordered.current_mean_error.values)
    assert [bar.get_ylabel() for bar in bars] == [
        "mean current of excitations  [energy unit]",
        "standard error of the mean  [energy unit]",
    ]


def test_cells_that_would_be_slivers_are_counted_and_named(disordered):
    ax = plots.sweep(disordered).axes[0]
    assert [one.get_text() for one in ax.get_yticklabels()] == ["0", "0.1", "0.3", "1", "3"]
    assert ax.collections[0].get_coordinates()[:, 0, 1].tolist() == [-0.5, 0.5, 1.5, 2.5, 3.5, 4.5]


def test_yes_and_no_are_two_colours(grid):
    data = grid[["status"]].assign(holds=(grid.rate > grid.rate.median()).astype(float))
    data.attrs["sweep"] = json.dumps(
        {**json.loads(data.attrs["sweep"]), "question": {"kind": "ham", "keep": ["holds"]}}
    )
    fig = plots.sweep(data)
    assert_readable(fig)
    assert [one.get_text() for one in fig.axes[1].get_yticklabels()] == ["no", "yes"]


def test_both_signs_have_colours_about_zero(grid):
    data = grid.assign(rate=np.log(grid.c1))
    norm = plots.sweep(data).axes[0].collections[0].norm
    assert norm.vmin == -norm.vmax == -float(np.abs(data.rate).max())


def test_what_differs_by_rounding_has_one_colour(grid):
    data = grid.assign(rate=1.0 + 1e-12 * grid.c1)
    norm = plots.sweep(data).axes[0].collections[0].norm
    assert norm.vmax - norm.vmin > 0.05


def test_the_same_sweep_gives_the_same_bytes(grid, tmp_path):
    one, two = (plots.write(plots.sweep(with_gaps(grid)), tmp_path / name) for name in ("a", "b"))
    assert [path.read_bytes() for path in one] == [path.read_bytes() for path in two]


def test_the_page_draws_the_same_map(grid):
    data = with_gaps(grid)
    first, *others = generic.drawn(data)
    assert first.title == "rate over coupling and levels"
    assert [one.title for one in others] == ["c1 over coupling and levels"]
    mesh, *rest = first.figure["data"]
    values = data.rate.transpose("levels", "coupling").values
    np.testing.assert_array_equal(np.array(mesh["customdata"], float), values)
    np.testing.assert_allclose(np.array(mesh["z"], float), np.log10(values))
    ax = plots.sweep(data).axes[0]
    corners = ax.collections[0].get_coordinates()
    assert mesh["x"] == pytest.approx(corners[0, :, 0].tolist())
    assert mesh["y"] == pytest.approx(corners[:, 0, 1].tolist())
    layout = first.figure["layout"]
    assert layout["xaxis"]["title"]["text"] == ax.get_xlabel()
    assert layout["yaxis"]["title"]["text"] == ax.get_ylabel()
    assert mesh["colorbar"]["title"]["text"] == "rate  [ΔE unit]"
    assert layout["xaxis"]["type"] == layout["yaxis"]["type"] == "log"
    assert layout["showlegend"]
    assert [one["name"] for one in rest if one["type"] == "scatter"] == list(swept.WHY.values())


def test_an_axis_says_the_same_on_the_page_and_in_a_file(grid):
    from caloriq.lab.figures import label
    from caloriq.plots.words import named

    assert label(grid, "rate") == named(grid, "rate") == "rate  [ΔE unit]"


def test_a_dataset_of_a_sweep_draws_itself(grid, tmp_path):
    fig = grid.caloriq.plot()
    assert fig.axes[1].get_ylabel() == "rate  [ΔE unit]"
    assert grid.caloriq.plot("c1").axes[1].get_ylabel() == "c1"
    smaller = grid.sel(levels=[16, 32]).caloriq.plot()
    assert [text.get_text() for text in smaller.axes[0].get_legend().get_texts()] == ["levels = 16", "levels = 32"]
    again = cq.load(cq.save(grid, tmp_path / "a.zarr.zip"))
    assert list(again) == list(grid) == sorted(grid)
    assert again.caloriq.plot()._repr_png_() == fig._repr_png_()


def test_the_mean_of_an_ensemble_is_drawn_by_the_name_of_its_quantity(disordered):
    for name in ("current", "current_mean"):
        label = disordered.caloriq.plot(name).axes[2].get_ylabel()
        assert label == "mean current of excitations  [energy unit]"


def test_a_dataset_of_a_result_draws_what_the_result_does():
    found = cq.ham(
        cq.ModularChain(**{name: value for name, value in MODEL.items() if name != "kind"}, levels=8, coupling=1e-3)
    )
    assert found.to_dataset().caloriq.plot()._repr_png_() == found.plot()._repr_png_()


def test_a_dataset_says_why_it_cannot_be_drawn(grid):
    found = cq.ham(cq.ModularChain(subunits=2, bandwidth=0.05, levels=8, coupling=1e-3, seed=1)).to_dataset()
    with refused("quantity", "must be one that the sweep has numbers of", "got speed", "known are c1, rate"):
        grid.caloriq.plot("speed")
    with refused("data", "varies along numbers"):
        grid.isel(coupling=0, levels=0).caloriq.plot()
    with refused("data", "must be of a sweep or of a result"):
        grid[["rate"]].caloriq.plot()
    with refused("quantity", "must be left out", "got rate"):
        found.caloriq.plot("rate")
