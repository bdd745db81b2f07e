"""The rules by which a diffusivity is read, on curves whose answer is known."""

import numpy as np
import pytest

from caloriq.transport.kubo.premises import Charges
from caloriq.transport.kubo.reading import level, parting, read
from caloriq.transport.kubo.rungs import beside_rings, judged

t = np.linspace(0.0, 20.0, 201)
SMALL = np.full(t.size, 1e-3)


def test_a_flat_curve_is_a_plateau():
    D = 1.5 * (1 - np.exp(-t))
    one = read(t, D, D + 1e-3, SMALL, 20.0)
    assert one.rule == "plateau"
    assert abs(one.value - 1.5) <= one.error
    assert (one.begin, one.end) == (10.0, 20.0)


@pytest.mark.parametrize("beta", [1.0, 1 / 3, 0.2])
def test_a_power_is_a_growth(beta):
    one = read(t, t**beta, t**beta * (1 + 1e-3), SMALL, 20.0)
    assert one.rule == "growth"
    assert one.exponent == pytest.approx(beta, abs=0.02 + one.exponent_error)


def test_a_curve_that_settles_is_neither():
    """β falls by half from one half of the window to the other: no power, and not flat."""
    D = 1 - np.exp(-t / 8)
    one = read(t, D, D, SMALL, 20.0)
    assert one.rule == "neither"
    assert one.value == pytest.approx(D[-1])


def test_noise_does_not_make_a_plateau():
    D = np.linspace(1.0, 1.6, t.size)
    one = read(t, D, D, np.full(t.size, 0.5), 20.0)
    assert one.rule != "plateau"
    # a tenth of growth within errors of 3 % is no plateau either
    D = np.where(t > 0, 1 + 0.1 * np.log2(np.maximum(t, 1e-9) / 10), 0)
    assert read(t, D, D, np.full(t.size, 0.03), 20.0).rule != "plateau"


def test_too_few_times_say_nothing():
    one = read(t, t, t, SMALL, 0.3)
    assert one.rule == "neither"
    assert np.isnan(one.exponent)
    assert np.isnan(read(t, t, t, SMALL, 0.0).value)  # sizes that part at once: no number at all


def test_what_a_correlation_stays_at_is_read_in_the_window():
    C = 0.3 + 0.7 * np.exp(-t)
    one = level(t, C, C + 1e-3, SMALL, 20.0)
    assert abs(one.value - 0.3) <= one.error < 0.01
    assert np.isnan(level(t, C, C, SMALL, 0.0).value)  # C(0) is no such thing


def test_errors_of_the_integral_and_of_what_it_is_divided_by_are_parts():
    D = 1.5 * (1 - np.exp(-t))
    one, other = (read(t, D, D, SMALL, 20.0, **more) for more in ({}, {"quadrature": SMALL, "chi": 0.01}))
    assert other.error == pytest.approx(one.error + 1e-3 + 0.015, rel=1e-3)
    assert read(t, D, D, SMALL, 20.0, chi=0.2).rule != "plateau"


def test_sizes_part_where_they_differ_beyond_their_errors():
    one, other = np.ones(t.size), np.where(t > 7.05, 1.1, 1.0)
    assert parting(t, one, other, (SMALL, SMALL)) == (pytest.approx(7.0), "size")
    assert parting(t, one, other, (0.032 + SMALL, SMALL)) == (20.0, "times")
    assert parting(t, one, one + 0.5, (SMALL, SMALL)) == (0.0, "size")
    # errors that hide a difference of a tenth end it too: to see nothing is not to agree
    assert parting(t, one, one, (0.1 * (t > 3.05), SMALL)) == (pytest.approx(3.0), "noise")


def rungs(last, *, spread=0.0, tail=0.0, decay=1.0, fall=0.0, kept=0.0, more=0.0, slowest=0.5):
    """Three lengths and two dampings of a correlation that decays as e^{-t/decay}, with D as given."""
    charges = Charges(kept, more, slowest)
    D = np.empty((3, 2, t.size))
    C = np.broadcast_to(np.exp(-t / decay), (3, 2, t.size)).copy()
    for p, value in enumerate(last):
        for g in range(2):
            D[p, g] = (value * (1 + spread * g)) * (1 - np.exp(-t)) + tail * t + fall * np.exp(-(((t - 8) / 2) ** 2))
            C[p, g] += 0.02 * (p == 2) * (t > 6)  # where lengths part
    return judged(np.array([7, 8, 9]), np.array([1.0, 0.3]), t, C, D, np.zeros((3, 2)), charges)


def test_strings_converge():
    one = rungs((1.39, 1.41, 1.42))
    assert one.found == "converged"
    assert one.low < 1.43 < one.high
    assert all(check.holds for check in one.checks)


@pytest.mark.parametrize(
    ("change", "check"),
    [
        ({"last": (1.0, 1.2, 1.3)}, "change with length"),
        ({"last": (1.4, 1.41, 1.42), "spread": 0.1}, "change with damping"),
        ({"last": (1.4, 1.41, 1.42), "tail": 0.02}, "change in time"),
        ({"last": (1.4, 1.41, 1.42), "decay": 1e3}, "decay undamped"),
        ({"last": (1.4, 1.41, 1.42), "fall": 0.1}, "fall"),
        ({"last": (1.4, 1.41, 1.42), "kept": 0.1}, "kept by charges"),
        ({"last": (1.4, 1.41, 1.42), "more": 1.0}, "charges"),
        ({"last": (1.4, 1.41, 1.42), "more": np.nan}, "charges"),
        ({"last": (1.4, 1.41, 1.42), "slowest": 0.2}, "slow operators"),
        ({"last": (1.4, 1.41, 1.42), "slowest": 0.0}, "slow operators"),
    ],
)
def test_every_condition_can_fail_alone(change, check):
    last = change.pop("last")
    one = rungs(last, **change)
    assert [check] == [c.name for c in one.checks if not c.holds]
    assert one.found != "converged"


def test_rings_above_the_interval_undo_it():
    one = rungs((1.39, 1.41, 1.42))
    assert beside_rings(one, 1.41, 0.01).found == "converged"
    above = beside_rings(one, one.high + 0.05, 0.04)
    assert above.found == "undecided"
    assert [c.name for c in above.checks if not c.holds] == ["rings"]
    assert beside_rings(one, one.high + 0.05, 0.06).found == "converged"  # not beyond its error


def test_growth_with_length_is_told():
    one = rungs((6.0, 8.8, 9.9))
    assert one.found == "growing"
    assert one.exponent > 1
    assert rungs((6.0, 5.0, 6.0)).found == "undecided"
