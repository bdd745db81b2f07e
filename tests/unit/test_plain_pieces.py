"""What replaces loops: each beside the form it stands for."""

import math
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest

import caloriq as cq
from caloriq.models.graphs import pieces
from caloriq.steady import balls
from caloriq.steady.bounds import Bounded, worst
from caloriq.steady.result import _site_temperatures


def temperature_of(up, down, frequency):
    """T with up/down = exp(-ω/T): 0 for up = 0, infinite for up = down, negative for inversion."""
    if up == 0 or down == 0:
        return 0.0 if (up == 0) == (frequency > 0) else -0.0
    slope = math.log(down / up)
    return math.inf if slope == 0 else frequency / slope


def test_many_balls_are_rounded_as_each():
    from flint import arb

    with balls.precision(192):
        some = [arb(0), arb(0.5), arb(1) / 3, arb(-2) / 7, arb("1e-400"), arb("1e400"), arb(0, 1e-20), arb(1, 0.25)]
        values, bounds = balls.doubles(some)
        each = [balls.rounded(one) for one in some]
    assert values.tolist() == [value for value, _ in each]
    assert np.array_equal(bounds, [bound for _, bound in each])
    assert bounds[1] == 0.0
    assert bounds[5] == math.inf


def test_temperatures_of_sites():
    n = np.array([0.0, 1.0, 0.5, 0.1, 0.9, 1e-300, 1 - 1e-16, -1e-3, 2.0, 0.0, 1.0])
    w = np.array([1.0, 1.0, 1.0, 2.0, 2.0, 1.0, 1.0, 1.0, 1.0, -1.0, -1.0])
    found = _site_temperatures(w, n)
    clipped = np.clip(n, 0, 1)
    expected = np.array([temperature_of(k, 1 - k, e) for k, e in zip(clipped.tolist(), w.tolist(), strict=True)])
    assert np.allclose(found, expected, rtol=1e-15, atol=0)
    assert np.array_equal(np.signbit(found), np.signbit(expected))


@pytest.mark.parametrize("missing", [(), (0,), (3,), (5,), (1, 2, 4), (0, 1, 2, 3, 4, 5)])
def test_pieces_of_a_chain_are_those_of_the_graph(missing):
    first = np.array([k for k in range(6) if k not in missing], dtype=np.intp)
    found = pieces(7, first, first + 1)
    general = pieces(7, np.concatenate([first, first[:1] + 1]), np.concatenate([first + 1, first[:1]]))
    assert [one.tolist() for one in found] == [one.tolist() for one in general] or not first.size
    cuts = [k + 1 for k in missing]
    assert [one.tolist() for one in found] == [list(range(a, b)) for a, b in zip([0, *cuts], [*cuts, 7], strict=True)]


def test_the_worst_error():
    assert worst(Bounded(np.array([1.0, 2.0]), np.array([1e-8, 1e-7])), 0.0) == pytest.approx(5e-8)
    assert worst(Bounded(np.array([0.0, 2.0]), np.array([0.0, 1e-7])), 0.0) == pytest.approx(5e-8)
    assert worst(Bounded(0.0, 1e-9), 0.0) == math.inf
    assert worst(Bounded(0.0, 1e-9), 1.0) == pytest.approx(1e-5)
    assert worst(Bounded(np.array([math.nan, 1.0]), np.zeros(2)), 1.0) == math.inf
    assert worst(Bounded(math.inf, 0.0), 1.0) == math.inf
    assert worst(Bounded(1.0, math.inf), 1.0) == math.inf
    assert worst(Bounded(np.zeros(0), np.zeros(0)), 1.0) == 0.0


@pytest.mark.parametrize("frequency", [1.0, "varied"])
@pytest.mark.parametrize("decades", [1, 12, 300])
def test_a_classical_chain_against_fractions(frequency, decades):
    """Exact rational elimination, rates any number of decades apart; every number within its bound."""
    rng = np.random.default_rng(decades)
    for _ in range(20):
        N = int(rng.integers(2, 7))
        V = 10.0 ** rng.uniform(-decades, 0, N - 1)
        w = rng.uniform(0.5, 2.0, N) if frequency == "varied" else np.ones(N)
        (a, b), (c, d) = 10.0 ** rng.uniform(-decades / 2, 0, (2, 2))
        baths = (cq.Bath(site=0, gain=a, loss=b), cq.Bath(site=-1, gain=c, loss=d))
        state = cq.steady_state(cq.ClassicalChain(sites=N, rate=V, frequency=w, baths=baths))
        first, last = Fraction(a) / (Fraction(a) + Fraction(b)), Fraction(c) / (Fraction(c) + Fraction(d))
        parts = [
            1 / (Fraction(a) + Fraction(b)),
            *(1 / Fraction(v) for v in V.tolist()),
            1 / (Fraction(c) + Fraction(d)),
        ]
        J = (first - last) / sum(parts)
        P = [first - J * sum(parts[: k + 1]) for k in range(N)]
        lost = -sum(((Fraction(x) - Fraction(y)) * J for x, y in pairwise(w.tolist())), Fraction(0))
        energy = sum((Fraction(x) * (p - Fraction(1, 2)) for x, p in zip(w.tolist(), P, strict=True)), Fraction(0))
        truth = {
            "currents": [J] * (N - 1),
            "population_differences": [p - q for p, q in pairwise(P)],
            "populations": P,
            "excitation_currents": [J, -J],
            "heat_currents": [Fraction(w[0]) * J, -Fraction(w[-1]) * J],
            "dephasing_current": [lost],
            "energy": [energy],
        }
        for name, exact in truth.items():
            values, bounds = np.atleast_1d(getattr(state, name)), np.atleast_1d(state.bounds[name])
            for value, bound, true in zip(values.tolist(), bounds.tolist(), exact, strict=True):
                assert abs(Fraction(value) - true) <= Fraction(bound), name
