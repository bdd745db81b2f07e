"""Leaps of a relaxation: sums of trains are sums, and what oscillates falls out of them."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

import caloriq as cq
from caloriq.linalg.charged_train import ChargedTrain
from caloriq.linalg.tensor_train import Train, combined
from caloriq.models.lattice.flows import Flows
from caloriq.papers.landmarks.chains import maximal
from caloriq.steady.tensor import leaping, relaxing
from caloriq.steady.tensor.asked import of_lattice, of_spin_chain
from caloriq.steady.tensor.cells import cells
from caloriq.steady.tensor.checkpoint import Checkpoint
from caloriq.steady.tensor.ladder import Ladder
from caloriq.steady.tensor.relaxing import Relaxation
from caloriq.steady.tensor.start import start

POPULATIONS = 4  # group of the numbers of a spin chain


def vector(train: Train) -> np.ndarray:
    """All elements."""
    found = np.ones((1, 1))
    for one in train.tensors:
        found = np.tensordot(found, one, 1).reshape(-1, one.shape[2])
    return found.ravel()


def drawn(rng: np.random.Generator, bonds: tuple[int, ...]) -> Train:
    """A train of random tensors with four letters."""
    ends = (1, *bonds, 1)
    train = Train([rng.normal(size=(l, 4, r)) for l, r in pairwise(ends)])
    train.orthogonalise()
    return train


def test_the_sum_of_trains_is_that_of_their_vectors() -> None:
    """With weights of both signs, of different bonds; cut to less, it is as near as the singular values allow."""
    rng = np.random.default_rng(np.random.SeedSequence(7))
    trains = [drawn(rng, bonds) for bonds in ((2, 3, 2), (4, 5, 4), (1, 1, 1))]
    weights = np.array([0.5, -1.5, 2.0])
    expected = sum(w * vector(one) for w, one in zip(weights, trains, strict=True))
    expected /= np.linalg.norm(expected)
    whole = combined(trains, weights, 100)
    assert np.allclose(vector(whole), expected, atol=1e-13)
    assert whole.centre == 0
    for largest in (1, 3, 6):
        found = combined(trains, weights, largest)
        assert max(found.bonds) <= largest
        lost = sum(
            float((np.linalg.svd(expected.reshape(4**k, -1), compute_uv=False)[largest:] ** 2).sum()) for k in (1, 2, 3)
        )
        assert np.linalg.norm(vector(found) - expected) <= 2 * np.sqrt(lost) + 1e-13


@pytest.mark.parametrize(("period", "share"), [(20.0, 30), (60.0, 30), (140.0, 8)])
def test_a_wave_falls_out(period: float, share: int) -> None:
    """Of six states of a damped wave and a decay, seen for a part of their time, a small share is left."""
    t = leaping.SPACING * np.arange(leaping.KEPT)
    rng = np.random.default_rng(np.random.SeedSequence(1))
    shapes = rng.normal(size=(3, 40))
    rates = np.array([2j * np.pi / period - 0.3 / period, -1 / 15])

    def parts(times: np.ndarray) -> np.ndarray:
        wave, decay = np.exp(rates[0] * times), np.exp(rates[1] * times)
        return np.real(wave[:, None] * (shapes[0] + 1j * shapes[1]) + decay[:, None] * shapes[2])

    away, changes = parts(t), parts(t) - parts(t - 1)
    a = leaping.weights(list(changes))
    assert a.sum() == pytest.approx(1.0, abs=1e-12)
    assert np.linalg.norm(a @ away) < np.linalg.norm(away[-1]) / share


def test_a_state_that_does_not_change_is_left_alone() -> None:
    """All weights are equal."""
    assert np.array_equal(leaping.weights([np.zeros(3)] * 4), np.full(4, 0.25))


def ladder(sites: int, largest: tuple[int, ...]) -> Ladder:
    """Maximal driving at Δ = 1, where waves live for long."""
    found = cells(maximal(sites, 1.0).lattice())
    return Ladder(of_spin_chain(maximal(sites, 1.0), found).chain, 0.01, largest, Train.product(start(found)))


def test_a_leap_leaves_a_tenth_of_the_wave() -> None:
    """Changes of a spell, before and after the first leap, with which everything begins again."""
    work, before = ladder(12, (16, 32)), [0.0]
    while work.running is None or not work.running.leaps:
        before = list(work.running.changes) if work.running is not None else before
        assert work.go_on(lambda _: None)
        assert work.running is not None
        assert work.running.spells < 100
    running = work.running
    for _ in range(3):
        work.go_on(lambda _: None)
    assert running.changes[-1] < max(before[-8:]) / 10
    assert len(running.past) == 0
    assert len(running.changes) == 3


def test_a_leap_in_blocks_of_charges(monkeypatch: pytest.MonkeyPatch) -> None:
    """Joined states are put into blocks again, and come to the exact populations; too many states are not joined."""
    monkeypatch.setattr(relaxing, "ROUGH", -1.0)
    monkeypatch.setattr(relaxing, "PASSES", 10**6)
    work = ladder(6, (64,))
    running = Relaxation(work.chain.cells.suited(work.train, 64), work.step / 2, 64, 1e-4)
    gates = work.chain.cells.gates(running.step, running.train)
    assert isinstance(running.train, ChargedTrain)
    while running.leaps < 1 or running.since < 3:
        running.go_on(work.chain, gates)
    assert isinstance(running.train, ChargedTrain)
    assert running.train.tensors
    for _ in range(12):
        running.go_on(work.chain, gates)
    exact = cq.steady_state(maximal(6, 1.0), method=cq.Sector())
    populations = running.values[-1][work.chain.kinds == POPULATIONS]
    assert np.allclose(populations, exact.populations, atol=2e-3)
    assert leaping.landed([running.train] * 2, [np.ones(2)] * 2, 2 * leaping.LARGEST) is None


def test_without_a_profile_nothing_is_averaged() -> None:
    """Where no conserved number tells how far a state is from where it belongs, changes alone do."""
    model = cq.Lattice(
        sites=4,
        terms=(cq.Term("Z Z", 1.0), cq.Term("X", 1.4), cq.Term("Z", 0.9)),
        jumps=(cq.Jump("S+", 0.6, on=[[0]]), cq.Jump("S-", 0.7, on=[[3]])),
    )
    found = cells(model)
    chain = of_lattice(model, found, Flows(model)).chain
    running = Relaxation(Train.product(start(found)), 0.1, 16, 1e-9)
    gates = found.gates(0.1, running.train)
    for _ in range(40):
        running.go_on(chain, gates)
    assert running.rest_of_means == np.inf
    assert not running.averaged
    assert not running.past


def test_states_that_are_kept_for_a_leap_are_put_down(tmp_path: Path) -> None:
    """Taken up between two of them, the work goes on to the same bits over the leap."""
    first, path = ladder(12, (16, 32)), tmp_path / "work.npz"
    while first.running is None or len(first.running.past) < leaping.KEPT - 2:
        first.go_on(lambda _: None)
    place = Checkpoint(str(path), "ours")
    place.write(first)
    second = ladder(12, (16, 32))
    assert place.take_up(second)
    for _ in range(20):
        for work in (first, second):
            work.go_on(lambda _: None)
    assert first.running is not None
    assert second.running is not None
    assert first.running.leaps == second.running.leaps == 1
    assert np.array_equal(first.running.values[-1], second.running.values[-1])
    assert first.running.changes == second.running.changes


@pytest.mark.parametrize(("sites", "zz"), [(8, 0.5), (8, 1.0)])
def test_maximal_driving_is_within_its_error(sites: int, zz: float) -> None:
    """Beside the exact current, which is known at any length."""
    model = maximal(sites, zz)
    exact, found = cq.steady_state(model, method=cq.ClosedForm()), cq.steady_state(model, method=cq.TensorNetwork())
    assert np.all(np.abs(found.currents - exact.current) <= found.bounds["currents"])
    assert np.all(np.abs(found.populations - exact.populations) <= found.bounds["populations"])
    assert found.current_bound <= 0.01 * exact.current


@pytest.mark.slow
@pytest.mark.timeout(14400)
@pytest.mark.parametrize(("sites", "zz"), [(20, 0.5), (40, 0.5), (12, 1.0), (20, 1.0)])
def test_long_chains_at_maximal_driving(sites: int, zz: float) -> None:
    """The same of long ones, some minutes each."""
    test_maximal_driving_is_within_its_error(sites, zz)
