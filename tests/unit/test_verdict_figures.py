"""Figures of verdicts of every kind; evidence read back from a JSON file."""

import json

import numpy as np
import pytest

from caloriq import plots
from caloriq.display import rounded
from caloriq.files import numbers_told
from caloriq.plots.verdict import frame, frames_of, headline
from caloriq.results import same
from caloriq.verdicts.routes.evidence import Evidence
from figures import assert_standard
from verdict_examples import NAMES, PROOF, REFUSED, RINGS, STRINGS, verdict_of

DRAWN = {
    "measured": ["D(t)", "R(N)"],
    "all frames": ["D(t)", "R(N)", "C(t)"],
    "undecided": ["R(N)", "C(t)"],
    "no route": [],
    "no law": [],
}


@pytest.mark.parametrize("name", NAMES)
def test_every_verdict_has_a_figure_that_can_be_read(name):
    data = verdict_of(name).to_dataset()
    fig = plots.drawn(verdict_of(name), data)
    assert_standard(fig, data)
    assert headline(data) == fig.get_suptitle().splitlines()[0]
    for one in frames_of(data):
        assert_standard(frame(data, one), data)


@pytest.mark.parametrize("name", DRAWN)
def test_there_is_a_frame_for_what_has_curves(name):
    assert frames_of(verdict_of(name).to_dataset()) == DRAWN[name]


def test_what_is_beyond_t_star_is_faint():
    fig = frame(verdict_of("measured").to_dataset(), "D(t)")
    solid = [line for line in fig.axes[0].get_lines() if line.get_label() == "ring of 12 sites"]
    assert max(solid[0].get_xdata()) == 8.0
    faint = [line for line in fig.axes[0].get_lines() if line.get_alpha() and len(line.get_xdata())]
    assert min(faint[0].get_xdata()) == 8.0


def test_no_curve_dwarfs_another():
    """A D(t) that grows beside one that is flat at 0.4: both span a good part of a logarithmic axis."""
    ax = frame(verdict_of("all frames").to_dataset(), "D(t)").axes[0]
    assert ax.get_yscale() == "log"
    low, high = np.log(ax.get_ylim())
    slow = next(line for line in ax.get_lines() if line.get_label() == "slow")
    assert 0.2 < (np.log(max(slow.get_ydata())) - low) / (high - low) < 0.9
    assert frame(verdict_of("measured").to_dataset(), "D(t)").axes[0].get_yscale() == "linear"


def test_the_crossover_stands_on_the_law():
    ax, below = frame(verdict_of("measured").to_dataset(), "R(N)").axes
    marks = [line for line in ax.get_lines() if line.get_marker() == "D" and len(line.get_xdata())]
    assert marks[0].get_xdata()[0] == pytest.approx(1 + 9.0 / 2.0)
    assert marks[0].get_ydata()[0] == pytest.approx(2 * 9.0)
    rest = [line for line in below.get_lines() if line.get_marker() == "o"]
    wave = 1e-3 * np.cos(rest[0].get_xdata())
    np.testing.assert_allclose(rest[0].get_ydata(), 100 * wave / (1 + wave), rtol=1e-9)


def test_a_wrong_headline_is_seen():
    data = verdict_of("measured").to_dataset()
    assert headline(data) == "energy: diffusive, measured"
    assert headline(data.assign_attrs(grade="undecided", transport="open")) == "energy: undecided"


@pytest.mark.parametrize("one", [RINGS, STRINGS, PROOF, REFUSED], ids=lambda one: one.route)
def test_evidence_comes_back_from_json(one):
    """What is no number, and what is infinite, too: in curves, in a certificate, in what would say more."""
    written = json.dumps(numbers_told(one.to_mapping()), allow_nan=False)
    back = Evidence.from_mapping(json.loads(written))
    assert same(back, one)
    assert back.seconds == one.seconds
    assert same(Evidence.from_mapping(one.to_mapping()), one)


def test_evidence_of_a_stored_verdict_comes_back():
    found = verdict_of("all frames")
    told = json.loads(json.dumps(found.to_mapping(), allow_nan=False))
    assert same(tuple(map(Evidence.from_mapping, told["evidence"])), found.evidence)


def test_other_evidence_is_not_the_same():
    """The comparison above, broken."""
    written = json.dumps(RINGS.to_mapping()).replace('"value": NaN', '"value": 1.0')
    assert not same(Evidence.from_mapping(json.loads(written)), RINGS)


@pytest.mark.parametrize(
    ("value", "error", "told"),
    [
        (1.420185, 0.1134, "1.42 ± 0.11"),
        (1.0, 1e-15, "1 ± 1e-15"),
        (0.02, 0.3, "0.02 ± 0.3"),
        (39.7, 20.0, "40 ± 20"),
        (-0.0, 0.0, "0"),
        (12345.678, np.nan, "12345.7"),
    ],
)
def test_a_number_has_the_digits_that_its_error_leaves(value, error, told):
    assert rounded(value, error) == told
