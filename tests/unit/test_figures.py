"""Figures of runs, and the check that every figure is held to, broken on purpose."""

import numpy as np
import pytest
import xarray as xr

import caloriq as cq
from caloriq import plots
from caloriq.plots.style import figure, styled
from caloriq.plots.words import parameters
from caloriq.questions.bands_in_time import BandsQuestion
from caloriq.questions.comparison import comparison
from driven import uniform
from figures import assert_readable, assert_standard


def good():
    fig, (ax,) = figure()
    ax.plot([1, 2, 3], [1, 2, 3], label="$x^2$")
    ax.axhline(2, color="k", label="limit")
    ax.set(xlabel="x", ylabel="y")
    ax.legend()
    return fig, ax


def colour_bar(ax):
    ax.figure.colorbar(ax.imshow(np.eye(2)), ax=ax)


def mapped(ax, values, *, bar=True):
    mesh = ax.pcolormesh(np.arange(4), np.arange(4), np.ma.masked_invalid(values))
    if bar:
        ax.figure.colorbar(mesh, ax=ax, label="z")
    return ax


def with_gap(ax, *, drawn):
    """A map one of whose cells has no number, grey or left out."""
    values = np.arange(9.0).reshape(3, 3)
    values[1, 1] = np.nan
    ax.get_legend().remove()
    mapped(ax, values)
    if drawn:
        ax.pcolor(np.arange(4), np.arange(4), np.ma.masked_where(np.isfinite(values), np.ones((3, 3))))


BROKEN = {
    "no name": lambda ax: ax.set_xlabel(""),
    "colour bar has no name": colour_bar,
    "overprint": lambda ax: ax.set_xticks([1, 1.01], ["one", "one and more"]),
    "raw power": lambda ax: ax.set_ylabel("t^p"),
    "reference line at 1.5": lambda ax: ax.axhline(1.5),
    "a map has no colour bar": lambda ax: mapped(ax, np.eye(3), bar=False),
    "1 cells without a number are not drawn": lambda ax: with_gap(ax, drawn=False),
    "cells without a number have no name": lambda ax: with_gap(ax, drawn=True),
    "a legend lies on the map": lambda ax: mapped(ax, np.eye(3)).legend(loc="lower right", frameon=True),
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


SITES = xr.Dataset(coords={"site": [0, 1, 2]})


def standard():
    """A figure that keeps the standard of a user's own."""
    fig, (ax,) = figure()
    ax.plot([0, 1, 2], [1.0, 2.0, 3.0], "o-", label="site 0")
    ax.set(xlabel="site", ylabel="energy of the site  [energy unit]")
    ax.legend()
    fig.suptitle("heat: diffusive, measured\nlattice: sites 3")
    return fig, ax


OFF = {
    "heading": lambda ax: ax.figure.suptitle("heat: diffusive, measured"),
    "no unit": lambda ax: ax.set_ylabel("energy of the site"),
    "names no quantity": lambda ax: ax.set_ylabel("running, by rates of heat  [energy unit]"),
    "a paper's": lambda ax: ax.set_title("as printed (PRE 47)"),
    "too long": lambda ax: ax.set_ylabel("energy of the site  [energy unit]" * 4),
    "begins at 1": lambda ax: ax.get_lines()[0].set_xdata([1, 2, 3]),
    "sites begin at 1": lambda ax: ax.legend(["site 1"]),
    "1 ticks": lambda ax: ax.set_yticks([2.0]),
    "30 ticks": lambda ax: (ax.set_yticks(np.linspace(1, 3, 30)), ax.tick_params(labelsize=3)),
    "rounding is magnified": lambda ax: ax.get_lines()[0].set_ydata(1e3 + 1e-9 * np.arange(3)),
    "lie under others": lambda ax: ax.plot([1], [2.0], "o", label="another"),
}


def test_a_figure_of_the_standard_passes():
    fig, _ = standard()
    assert_standard(fig, SITES)


@pytest.mark.parametrize("words", OFF)
def test_a_figure_off_the_standard_does_not(words):
    fig, ax = standard()
    OFF[words](ax)
    ax.relim()
    ax.autoscale_view()
    with pytest.raises(AssertionError, match=words):
        assert_standard(fig, SITES)


def test_marks_on_others_become_rings():
    def three():
        fig, ax = standard()
        for k in (1, 2):
            ax.errorbar([0, 1, 2], [1.0, 2.0, 3.0], yerr=0.1, fmt="o-", label=f"site {k}")
        return fig

    with pytest.raises(AssertionError, match="lie under others"):
        assert_standard(three(), SITES)
    assert_standard(styled(three)(), SITES)


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
    assert named[:3] == ["subunit 0", "subunit 1", "subunit 2"]


def test_a_cold_bath_tells_its_temperature():
    baths = [{"site": 0, "temperature": 1.0, "rate": 1.0}, {"site": -1, "temperature": 0.0, "rate": 1.0}]
    said = parameters({"kind": "spin-chain", "sites": 4, "hopping": 1.0, "baths": baths})
    assert said.endswith("bath on site 0 (temperature 1 rate 1), bath on site -1 (temperature 0 rate 1)")
    gains = [{"site": 0, "gain": 1.0, "loss": 0.0}]
    assert parameters({"kind": "spin-chain", "sites": 4, "baths": gains}).endswith("bath on site 0 (gain 1)")
