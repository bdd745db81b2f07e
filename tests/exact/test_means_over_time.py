"""Means over time that steady numbers are told by: waves leave them where they belong, drifts are seen in them."""

from __future__ import annotations

import numpy as np
import pytest

from caloriq.steady.tensor.means import SHORTEST, Means

LENGTHS = (24, 48, 96, 192)


def of(values: np.ndarray) -> Means:
    """Of one number that is followed."""
    found = Means.of([np.array([one]) for one in values])
    assert found is not None
    return found


@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("share", [0.02, 0.05, 0.13, 0.26, 0.5])
def test_waves_shorter_than_half_the_time_leave_means_alone(length: int, share: float) -> None:
    """Whatever their phase, they are off by less than they say; and by little."""
    t = np.arange(length)
    period = max(2.1, share * length)
    for phase in np.linspace(0, 2 * np.pi, 13):
        means = of(1 + np.cos(2 * np.pi * t / period + phase))
        assert abs(means.whole[0] - 1) <= means.rest()[0] + 1e-15
        assert abs(means.whole[0] - 1) <= (0.005 if period < length / 3 else 0.04)


@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("thirds", [0.1, 0.5, 2.0, 10.0])
def test_a_drift_is_told_to_its_end(length: int, thirds: float) -> None:
    """Of a decay what is said to be left is what is left, from a time that is a tenth of a mean to ten of them."""
    means = of(1 + np.exp(-np.arange(length) / (thirds * length / 3)))
    assert means.rest()[0] == pytest.approx(means.whole[0] - 1, rel=1e-9)


@pytest.mark.parametrize("length", LENGTHS)
def test_what_runs_off_is_never_still(length: int) -> None:
    """A smooth drift is told to its end, however far that is; one that does not fall has none."""
    assert of(np.arange(length, dtype=float)).rest()[0] > 1e12
    t = np.arange(length)
    assert of(np.exp(-t / 1e6)).rest()[0] == pytest.approx(1.0, rel=1e-3)


def test_beneath_noise_a_drift_is_thought_to_live_as_long_as_is_told() -> None:
    """Twenty of its means, or the lifetime that is given: what lies beneath is not seen to its end."""
    t = np.arange(96)
    rough = np.random.default_rng(np.random.SeedSequence(3)).normal(size=t.size)
    means = of(np.exp(-t / 2000) + 3e-3 * rough)
    assert means.rest()[0] < 0.5
    assert means.rest(2000.0)[0] > means.rest()[0]


def test_too_short_a_time_has_no_means() -> None:
    """Nor are the oldest numbers part of them."""
    assert Means.of([np.zeros(1)] * (3 * SHORTEST - 1)) is None
    assert of(np.array([1e9] * 2 + [1.0] * 3 * SHORTEST)).whole[0] == pytest.approx(1.0)
