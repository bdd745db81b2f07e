"""The calibration on few chains: intervals hold what they state, and a judge or an interval that is broken is seen."""

from dataclasses import replace

import numpy as np
import pytest

import caloriq as cq
from caloriq.known import calibrated as told
from caloriq.known import calibration
from caloriq.known.calibration import Calibration, Covered, Judged, Share, calibrated, intervals, judged
from caloriq.known.synthetic import LAWS, made_up
from caloriq.models.random import CALIBRATION, generator
from caloriq.transport import finite_size
from testers import refused


def chains(law, count=150, **fields):
    return [made_up(generator(2, CALIBRATION, k), law, always=True, **fields) for k in range(count)]


@pytest.mark.parametrize("law", ["affine", "power"])
def test_intervals_hold_what_they_state(law, monkeypatch):
    """Within five standard errors of 150 chains; without the finite-size term they do not."""
    drawn = chains(law)
    rows = [intervals(one)[0] for one in drawn]
    assert abs(np.mean([row.one for row in rows]) - 0.68) < 0.19
    assert np.mean([row.two for row in rows]) > 0.86
    monkeypatch.setattr(finite_size, "MOST", 2e-6)
    broken = [intervals(one)[0] for one in drawn]
    assert np.mean([row.two for row in broken]) < 0.8


def test_no_other_law_is_measured_and_straight_ones_are():
    others = [judged(one) for law in LAWS if law not in ("affine", *calibration.FREE) for one in chains(law, 30)]
    assert sum(one.measured() for one in others) == 0
    assert sum(replace(one, others=True).measured(0.0) for one in others) == len(others)  # the count can fail
    assert sum(judged(one).measured() for one in chains("affine", 60)) > 5


def test_shares_have_their_bounds():
    assert Share(0, 1000).bounds == pytest.approx((0, 1 - 0.025 ** (1 / 1000)))
    assert Share(1000, 1000).bounds == pytest.approx((0.025 ** (1 / 1000), 1))
    assert Share(0, 0).bounds == (0.0, 1.0)
    assert Share(3, 10).bounds == pytest.approx((0.0667, 0.6525), abs=1e-4)


def test_a_goal_that_is_missed_is_told():
    held = [
        Covered(name, k % 100 < 68, k % 100 < 95, True, True, np.nan)
        for name in calibration.QUANTITIES
        for k in range(1000)
    ]
    right = [Judged("power", np.inf, 1.2, False, True, False, 1e-3) for _ in range(2000)]
    good = Calibration(tuple(held), (), tuple(right))
    assert told.missed(good) == []
    wrong = replace(good, verdicts=tuple(replace(one, others=True, factor=1e3) for one in right))
    assert len(told.missed(wrong)) == 1
    narrow = replace(good, coverage=tuple(replace(one, two=one.one) for one in held))
    assert len(told.missed(narrow)) == 3


def test_a_crossover_beyond_the_lengths_is_counted_apart():
    near, far = (Judged("crossover", reach, np.nan, False, True, True, 1e3) for reach in (2.0, 0.01))
    found = Calibration((), (), (near, far))
    assert (found.wrong().count, found.wrong(within=False).count) == (1, 1)
    assert sum(one.count for one in found.over_reach("crossover")) == 2


def test_truth_of_what_is_made_up():
    """Without noise and terms the numbers are those of the law."""
    one = made_up(generator(5, CALIBRATION, 0), "affine", terms=0.0)
    found = np.polyfit(one.N, one.R, 1)
    if not one.relative[0]:
        assert found[0] == pytest.approx(one.resistivity)
        assert found[0] + found[1] == pytest.approx(one.contact)


def test_command(tmp_path, capsys):
    from caloriq.cli import app as cli

    cli.app(["calibration", "--trials", "10", "--out", str(tmp_path), "--markdown"], standalone_mode=False)
    printed = capsys.readouterr().out
    assert "| nearly ohmic | 10 |" in printed
    assert {one.name for one in tmp_path.iterdir()} >= {"calibration.json", "calibration-beyond.png"}
    with refused("trials", "at least 10", error=cq.InvalidInput):
        calibrated(9)
