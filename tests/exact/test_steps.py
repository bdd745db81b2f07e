"""One vector at several times from one series, against the exponential of a dense matrix."""

import numpy as np
import pytest
import scipy

import caloriq as cq
from caloriq.closed.correlation import pairs, typical
from caloriq.closed.correlation.operators import operator
from caloriq.linalg import steps
from caloriq.linalg.lanczos import bounds_cost
from caloriq.linalg.pauli_products import PauliSum
from caloriq.linalg.steps import Recurrence, Room, Series, grouped
from caloriq.linalg.threads import serial
from caloriq.models.lattice.space import sectors

LAYOUTS = {
    "real strings": cq.Lattice.tilted_ising(9, transverse=1.1, longitudinal=0.6, periodic=True),
    "complex strings": cq.Lattice(
        sites=9, terms=(cq.Term("X Y", 0.7), cq.Term("Z Z", 1.0), cq.Term("X", 0.4), cq.Term("Y", 0.3))
    ),
    "short vectors": cq.Lattice(sites=3, terms=(cq.Term("X Y", 0.7), cq.Term("Z", 1.0))),
    "a shift": cq.Lattice(sites=4, terms=(cq.Term("X X", 0.7), cq.Term("Z", [9.0, 8.0, 7.0, 9.0]))),
    "sparse matrix": cq.Lattice(sites=4, local="spin-1", terms=(cq.Term("S+ S-", 0.7, plus="hermitian-conjugate"),)),
}


def started(model):
    space = sectors(model)[len(sectors(model)) // 2]
    H = space.products(model.strings)
    rng, D = np.random.default_rng(3), H.shape[0]
    x = rng.standard_normal(D) + 1j * rng.standard_normal(D)
    return H, x / np.linalg.norm(x)


def exactly(H, interval, x, times):
    """But for the phase of the middle of the interval."""
    E, V = scipy.linalg.eigh(H.as_matrix())
    return [V @ (np.exp(-1j * (E - sum(interval) / 2) * t) * (V.conj().T @ x)) for t in times]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_series_is_the_exponential(layout):
    H, x = started(LAYOUTS[layout])
    times, interval = [0.0, 0.3, 0.31, 1.9], H.norm_bounds
    expected = exactly(H, interval, x, times)
    series = Series(Recurrence(H, interval), times, 1e-11)
    room = Room(6, x.size)
    row = room.take()
    room[row] = x
    totals = [room.take() for _ in times]
    series.run(room, row, totals)
    for total, one, bound in zip(totals, expected, series.left_out, strict=True):
        assert np.linalg.norm(room[total] - one) <= bound + 1e-13
    assert max(series.left_out) <= 1e-11
    assert len(room.free) == 2
    assert np.all(np.diff(series.orders) >= 0)
    assert series.orders[0] == 1


@pytest.mark.parametrize("layout", LAYOUTS)
def test_products_with_vectors_that_are_known(layout):
    """What a bra makes of the vectors at earlier times, none of which is kept."""
    H, x = started(LAYOUTS[layout])
    times, interval = [0.3, 0.8, 1.9], H.norm_bounds
    expected = exactly(H, interval, x, times)
    room = Room(6, x.size)
    rows = [room.take() for _ in range(4)]
    for k, row in enumerate(rows):
        room[row] = x * np.exp(1j * k * np.arange(x.size))
    bras = [room[row].copy() for row in rows[1:3]]
    found = Series(Recurrence(H, interval), times, 1e-12).run(room, rows[0], [rows[3]], rows[1:3])
    for one, bra, ket in zip(found, bras, expected, strict=False):
        assert one == pytest.approx(np.vdot(bra, ket), abs=1e-12)
    assert np.linalg.norm(room[rows[3]] - expected[-1]) <= 1e-12


def test_a_coarse_series_leaves_out_no_more_than_it_says():
    H, x = started(LAYOUTS["real strings"])
    interval = H.norm_bounds
    times = np.array([0.0, 0.2, 0.5, 0.6, 1.4, 1.5, 1.6, 1.7])
    groups, bound = grouped(Recurrence(H, interval), times, 1e-3, 3)
    room = Room(6, x.size)
    row, found = room.take(), []
    room[row] = x
    for count, series in groups:
        if series is not None:
            rows = [room.take() for _ in range(count)]
            series.run(room, row, rows)
            found += [room[one].copy() for one in rows]
            row = rows[-1]
            room.give(*rows[:-1])
    off = [np.linalg.norm(a - b) for a, b in zip(found, exactly(H, interval, x, times[1:]), strict=True)]
    assert 1e-6 < max(off) <= bound <= 1e-3
    assert sum(count for count, _ in groups) == times.size
    assert max(count for count, _ in groups) > 1


def test_several_times_of_one_series_cost_fewer_products(monkeypatch):
    """Products that are made are counted, and told: 81 times cost two thirds of what series for one time each cost."""
    made, matvec = [0], PauliSum.matvec

    def counted(self, x, out=None, *, less=False):
        made[0] += less
        return matvec(self, x, out, less=less)

    monkeypatch.setattr(PauliSum, "matvec", counted)
    model = cq.Lattice.tilted_ising(8, transverse=1.4, longitudinal=0.9045, periodic=True)
    J, H0 = operator(model, "energy current", "A"), operator(model, "energy at 0", "A")
    times = np.linspace(0.0, 20.0, 81)
    found = {}
    for most in (1, 2, 3):
        monkeypatch.setattr(pairs, "MOST", (most, min(most, 2)))
        made[0] = 0
        found[most] = typical.sampled(model, [J], J, times, betas=(0.0,), samples=1, seed=4, tol=1e-10)[0]
        assert made[0] == found[most].products + bounds_cost(2**8)  # which recurs in the same way
        assert found[most].truncation <= 1e-10
    assert found[3].products < 0.7 * found[1].products
    assert found[3].products < found[2].products
    for most in (2, 3):
        assert np.allclose(found[most].values, found[1].values, rtol=0, atol=1e-9)
    both = typical.sampled(model, [J, H0], J, times, betas=(0.0,), samples=1, seed=4, tol=1e-10)[0]
    assert np.allclose(both.values[:, 0], found[1].values[:, 0], rtol=0, atol=1e-9)


def test_long_steps_are_taken_alone():
    """Many orders for every time: a series of several would add each of them to several sums for hardly fewer products."""
    H, _ = started(LAYOUTS["real strings"])
    recurrence = Recurrence(H, H.norm_bounds)
    short, _ = grouped(recurrence, np.linspace(0.1, 1.0, 9), 1e-10, 3)
    long, _ = grouped(recurrence, np.linspace(100.0, 900.0, 9), 1e-10, 3)
    assert {count for count, _ in short} == {3}
    assert {count for count, _ in long} == {1}


def test_any_number_of_threads_gives_the_same_bits(monkeypatch):
    monkeypatch.setattr(steps, "SHARE_ABOVE", 2**10)
    H, x = started(cq.Lattice.tilted_ising(12, transverse=1.1, longitudinal=0.6))
    series = Series(Recurrence(H, H.norm_bounds), [0.2, 0.4], 1e-10)

    def run():
        room = Room(4, x.size)
        rows = [room.take() for _ in range(3)]
        room[rows[0]], room[rows[1]] = x, x[::-1]
        dots = series.run(room, rows[0], [rows[2]], [rows[1]])
        return np.append(room[rows[2]], dots)

    many = run()
    with serial(blas=False, kernels=True):
        assert np.array_equal(run(), many)
    room = Room(4, x.size)
    room.numbers[:] = np.arange(room.numbers.size).reshape(room.numbers.shape) % 97
    monkeypatch.setattr(steps.kernels, "threads_now", lambda: 3)
    given = np.array([0.3, 0.4]), np.array([0.5, -0.6]), np.array([2]), np.array([3])
    three = room.add(0, 1, *given, fresh=False), room[2].copy()
    room.numbers[:] = np.arange(room.numbers.size).reshape(room.numbers.shape) % 97
    monkeypatch.setattr(steps.kernels, "threads_now", lambda: 1)
    assert np.array_equal(room.add(0, 1, *given, fresh=False), three[0])
    assert np.array_equal(room[2], three[1])
