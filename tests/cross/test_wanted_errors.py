"""As many random states as an error takes: the same ones, no more of them than needed, and errors that hold."""

import numpy as np
import pytest

import caloriq as cq
from caloriq.closed.correlation import methods, pairs
from caloriq.closed.correlation.methods import Typicality
from caloriq.closed.correlation.operators import operator
from caloriq.closed.correlation.solve import correlation, correlations
from caloriq.errors import InvalidInput, NotConverged

T = np.linspace(0.0, 1.0, 3)
XXZ = cq.Lattice.xxz(6, anisotropy=1.5, periodic=True)


def chain(sites):
    return cq.Lattice.tilted_ising(sites, transverse=1.1, longitudinal=0.6, periodic=True)


def test_states_are_drawn_until_the_error_is_reached(monkeypatch):
    """In several sectors and batches; the bounds on a spectrum are found once, and no state is drawn twice."""
    made, bounded = [], []
    sample, tight = pairs.Run.sample, pairs.tight_bounds
    monkeypatch.setattr(pairs.Run, "sample", lambda self, rng, **how: made.append(1) or sample(self, rng, **how))
    monkeypatch.setattr(pairs, "tight_bounds", lambda H: bounded.append(1) or tight(H))
    told = []
    found = correlation(
        XXZ, "magnetisation current", times=T, method=Typicality(error=0.05), progress=lambda *now: told.append(now[0])
    )
    count = len(found.samples)
    assert len(made) == 4 * count
    assert len(bounded) == 4
    assert told == sorted(told)
    assert told[-1] == 1.0
    first = abs(found.values[0])
    assert (
        found.error.max() <= 0.05 * first < found.error.max() * np.sqrt(1.5)
    )  # half of a batch more would be too many
    assert found.certificate["statistical error"].value == pytest.approx(found.error.max() / first)
    same = correlation(XXZ, "magnetisation current", times=T, method=Typicality(samples=count))
    assert np.array_equal(same.samples, found.samples)
    assert same.method.statistics["products"] == found.method.statistics["products"]
    assert "statistical error" not in {one.name for one in same.certificate}
    assert 1 / 3 < Typicality(error=0.05).expected(XXZ.dimension) / count < 3


def test_the_error_is_reached_at_every_temperature():
    method = Typicality(samples=3, error=0.16, seed=1)
    found = correlations(chain(6), "energy current", times=T, temperatures=[0.7, np.inf], method=method)
    assert len(found[0].samples) == len(found[1].samples) > 3
    for one in found:
        assert one.error.max() <= 0.16 * abs(one.values[0])
    assert found[1].error.max() < 0.04 * abs(found[1].values[0])  # few states count where it is cold
    many = correlation(chain(6), "energy current", times=T, method=Typicality(samples=40, error=0.5))
    assert len(many.samples) == 40


def test_where_nothing_is_there_at_first_their_size_counts():
    """⟨h_0 h_3⟩ is 0: an error relative to it would never be reached."""
    model = chain(6)
    found = correlation(model, "energy at 0", "energy at 3", T, method=Typicality(error=0.05, seed=2))
    square = operator(model, "energy at 0", "A").norm ** 2
    assert 0.05 * square / 2 < found.error.max() < 0.05 * square * 1.5  # ⟨A⁴⟩ is at most three times as much as ⟨A²⟩²


def test_errors_that_were_stopped_at_hold():
    """To stop where the samples happen to lie close would make errors that are too small."""
    model, times = chain(5), np.array([0.7])
    exact = correlation(model, "energy current", times=times, temperature=4.0, method="exact").values[0].real
    z = []
    for seed in range(60):
        one = correlation(
            model, "energy current", times=times, temperature=4.0, method=Typicality(error=0.3, seed=seed)
        )
        z.append((one.values[0].real - exact) / one.error[0])
    z = np.abs(z)
    assert np.mean(z < 2) > 0.92
    assert np.median(z) > 0.2


def test_no_more_than_a_thousand_are_drawn(monkeypatch):
    monkeypatch.setattr(methods, "MOST", 5)
    with pytest.raises(NotConverged, match=r"must keep the statistical error below 1\.0e-03, but it reached") as failed:
        correlation(chain(5), "energy current", times=T, method=Typicality(error=1e-3))
    assert len(failed.value.solution.samples) == 5
    assert Typicality(samples=7, error=1e-3).most == 7


@pytest.mark.parametrize("error", [0.0, -0.1, float("nan"), True, "small"])
def test_errors_that_cannot_be(error):
    with pytest.raises(InvalidInput, match="`error` must be"):
        Typicality(error=error)
