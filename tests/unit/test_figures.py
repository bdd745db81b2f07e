"""Figures of runs, and the check that every figure is held to, broken on purpose."""

import numpy as np
import pytest
import xarray as xr

import caloriq as cq
from caloriq import plots
from caloriq.plots.style import figure, styled
from caloriq.questions.bands_in_time import BandsQuestion
from caloriq.questions.comparison import comparison
from driven import uniform
from figures import assert_readable


def good():
    fig, (ax,) = figure()
    ax.plot([1, 2, 3], [1, 2, 3], label="$x^2$")
    ax.axhline(2, color="k", label="limit")
    ax.set(xlabel="x", ylabel="y")
    ax.legend()
    return fig, ax


def colour_bar(ax):
    ax.figure.colorbar(ax.imshow(np.eye(2)), ax=ax)


BROKEN = {
    "no name": lambda ax: ax.set_xlabel(""),
    "colour bar has no name": colour_bar,
    "overprint": lambda ax: ax.set_xticks([1, 1.01], ["one", "one and more"]),
    "raw power": lambda ax: ax.set_ylabel("t^p"),
    "reference line at 1.5": lambda ax: ax.axhline(1.5),
}


def test_a_good_figure_passes():
    fig, _ = good()
    assert_readable(fig)


@pytest.mark.parametrize("words", BROKEN)
def test_a_bad_figure_does_not(words):
    fig, ax = good()
    BROKEN[words](ax)
    with pytest.raises(AssertionError, match=words):
        assert_readable(fig)


def test_sites_and_subunits_are_whole_numbers():
    fig = plots.steady(cq.steady_state(uniform(3, 0.5)).to_dataset())
    assert_readable(fig)
    left = fig.axes[0]
    fig.canvas.draw()
    low, high = left.get_xlim()
    ticks = [t for t in left.get_xticks() if low <= t <= high]
    assert ticks == [0, 1, 2]


SHAPES = {
    "path": ([4], [(0, 1), (1, 2), (2, 3)]),
    "grid": ([2, 3], [(0, 1), (1, 2), (0, 3), (3, 4), (4, 5), (1, 4), (2, 5)]),
}


@pytest.mark.parametrize("name", SHAPES)
def test_a_lattice_is_drawn_as_a_lattice(name):
    """Neighbours are one lattice constant apart, along an axis."""
    sides, edges = SHAPES[name]
    model = cq.ModularNetwork(lattice=sides, levels=6, bandwidth=0.05, coupling=5e-3, seed=1)
    exact = cq.evolve(model, np.linspace(0, 500, 21), initial=cq.starts.mixed(0))
    fig = plots.network(comparison(exact, cq.ham(model)).to_dataset())
    (sketch,) = fig.axes[0].child_axes
    places = np.asarray(sketch.collections[0].get_offsets())
    steps = np.array([places[b] - places[a] for a, b in edges])
    assert np.abs(steps).min(axis=1) == pytest.approx(0, abs=1e-12)
    lengths = np.abs(steps).max(axis=1)
    assert lengths == pytest.approx(lengths[0])
    assert_readable(fig)


def test_scaling_has_an_axis_and_a_name_for_everything():
    chain = uniform(2, 5.0)
    assert_readable(plots.scaling(cq.scaling(chain, range(2, 8)).to_dataset()))


def test_a_sweep_over_few_values_of_a_logarithmic_axis_names_them():
    data = cq.run_sweep(
        cq.Sweep(
            model={
                "kind": "modular-chain", "subunits": 2, "levels": 8, "bandwidth": 0.05, "coupling": 1e-3, "seed": 1,
            },
            question="ham",
            vary={"levels": [8, 32, 128]},
        )
    )  # fmt: skip
    assert isinstance(data, xr.Dataset)
    fig = plots.sweep(data)
    assert [label.get_text() for label in fig.axes[0].get_xticklabels()] == ["8", "32", "128"]
    assert_readable(fig)


def test_a_legend_over_data_moves_beneath_its_panel():
    """Lines everywhere: no place inside the panel is free."""

    def crowded():
        fig, axes = figure(8.0, 4.0, 2)
        for ax in axes:
            for k in range(9):
                ax.plot([0, 1], [k, k], label=f"line {k}")
            ax.set(xlabel="x", ylabel="y")
            ax.legend(frameon=False)
        return fig

    fig = crowded()
    with pytest.raises(AssertionError, match="legend lies over"):
        assert_readable(fig)
    fig = styled(crowded)()
    assert_readable(fig)
    for ax in fig.axes:
        assert ax.get_legend().get_window_extent().y1 < ax.get_window_extent().y0
        assert ax.get_window_extent().height > 150, "the panel keeps its room"


def test_three_bands_have_their_legend_beside_the_data():
    model = cq.BandedPair(levels=[3, 4, 5], bandwidth=0.05, coupling=3e-3, seed=1)
    asked = BandsQuestion(initial=cq.thermal(0.8, difference=0.4, draw="mixed"))
    assert_readable(asked.ask(model).plot())


def test_subunits_are_numbered_from_0():
    model = cq.ModularChain(subunits=3, levels=20, bandwidth=0.05, coupling=1.5e-3, seed=1)
    exact = cq.evolve(model, np.linspace(0, 5 / cq.ham(model).rate, 101), initial=cq.starts.mixed(0))
    fig = plots.relaxation(comparison(exact, cq.ham(model)).to_dataset())
    assert_readable(fig)
    named = [text.get_text() for text in fig.axes[0].get_legend().get_texts()]
    assert named[:3] == ["µ = 0", "µ = 1", "µ = 2"]
