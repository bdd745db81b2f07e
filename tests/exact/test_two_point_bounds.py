"""Bounds of correlation matrices: every element within its own of the equations solved in ball arithmetic."""

import numpy as np
import pytest

import caloriq as cq
from caloriq.steady import balls

BITS = 640


def correlations(model):
    """C of dC/dt = X C + C X† + diag(γ_k C_kk) + diag(Γ₊) = 0, X = i h* - ½ diag(Γ₊ + Γ₋ + γ), as balls, row by row."""
    from flint import acb, acb_mat, arb

    N = model.sites
    h = [[acb(0)] * N for _ in range(N)]
    for k, l, g in zip(*model.bonds[:3], strict=True):
        h[k][l], h[l][k] = acb(complex(g)), acb(complex(g).conjugate())
    gain, lost = [arb(0)] * N, [arb(float(v)) for v in model.dephasing_rates]
    for k, w in enumerate(model.frequencies.tolist()):
        h[k][k] = acb(w)
    for bath, site in zip(model.baths, model.bath_sites, strict=True):
        up, down = balls.rates(bath, float(model.frequencies[site]))
        gain[site] += up
        lost[site] += up + down
    X = [[acb(0, 1) * h[j][k].conjugate() - (lost[j] / 2 if j == k else 0) for k in range(N)] for j in range(N)]
    A, b = acb_mat(N * N, N * N), acb_mat(N * N, 1)
    for j in range(N):
        b[j * N + j, 0] = -acb(gain[j])
        A[j * N + j, j * N + j] += acb(float(model.dephasing_rates[j]))
        for k in range(N):
            for m in range(N):
                A[j * N + k, m * N + k] += X[j][m]
                A[j * N + k, j * N + m] += X[k][m].conjugate()
    C = A.solve(b)
    return [[C[j * N + k, 0] for k in range(N)] for j in range(N)]


def outside(number, bound, ball):
    """How far a number surely lies from a ball, over its bound; at most 1 if the bound is true."""
    error = abs(ball - number).abs_lower()
    if error == 0:
        return 0.0
    return float((error / float(bound)).mid()) if bound > 0 else np.inf


def held(state):
    """The largest error of two_point and pair_correlations over the bounds."""
    N, worst = state.model.sites, 0.0
    from flint import acb

    with balls.precision(BITS):
        C = correlations(state.model)
        for j in range(N):
            for k in range(N):
                worst = max(
                    worst, outside(acb(complex(state.two_point[j, k])), state.bounds["two_point"][j, k], C[j][k])
                )
                if state.pair_correlations is not None:
                    both = (
                        C[j][j].real if j == k else C[j][j].real * C[k][k].real - (C[j][k] * C[j][k].conjugate()).real
                    )
                    number, bound = float(state.pair_correlations[j, k]), state.bounds["pair_correlations"][j, k]
                    worst = max(worst, outside(number, bound, both))
    return worst


def drawn(rng, decades, *, sites, dephasing, imaginary):
    def rates(*shape):
        return 10.0 ** rng.uniform(-decades, 0, shape)

    g = rates(sites - 1)
    couplings = np.diag(g * np.exp(2j * np.pi * rng.random(sites - 1)) if imaginary else g, 1)
    (a, b), (c, d) = rates(2, 2)
    warm = (cq.Bath(site=0, temperature=float(rng.uniform(0.2, 2)), rate=a), cq.Bath(site=-1, gain=c, loss=d))
    bare = (cq.Bath(site=0, gain=a, loss=b), cq.Bath(site=-1, gain=c, loss=d))
    return cq.SpinChain(
        sites=sites,
        couplings=couplings + couplings.conj().T,
        frequency=rng.uniform(0.5, 2.0, sites),
        dephasing=rates(sites) if dephasing else 0.0,
        baths=warm if rng.random() < 0.5 else bare,
    )


@pytest.mark.parametrize("dephasing", [False, True])
@pytest.mark.parametrize("decades", [1, 4, 9])
def test_random_chains(decades, dephasing):
    rng = np.random.default_rng(10 * decades + dephasing)
    digits = 0
    for number in range(24):
        model = drawn(rng, decades, sites=int(rng.integers(2, 7)), dephasing=dephasing, imaginary=number % 3 == 0)
        try:
            state = cq.steady_state(model, method=cq.TwoPoint())
        except cq.NotConverged as refused:
            state = refused.solution
        assert held(state) <= 1.0, model
        digits += bool(np.all(state.bounds["two_point"] < 1e-9))
        assert ("pair_correlations" in state.bounds) is (state.pair_correlations is not None) is not dephasing
        k, l, _, _ = model.bonds
        assert np.array_equal(state.two_point[k, l], state.coherences)
    assert digits >= {1: 24, 4: 20, 9: 8}[decades]


@pytest.mark.parametrize("baths", [(1.0, 0.5), (0.5, 1.0), (1.0, 1.0), (1.0, 0.0)])
@pytest.mark.parametrize("sites", [2, 3, 5])
def test_uniform_chains(sites, baths):
    ends = (cq.Bath(site=0, temperature=baths[0], rate=1.0), cq.Bath(site=-1, temperature=baths[1], rate=0.3))
    model = cq.SpinChain(sites=sites, hopping=0.7, baths=ends)
    for method in (cq.ClosedForm(), cq.TwoPoint()):
        state = cq.steady_state(model, method=method)
        assert held(state) <= 1.0
        assert np.all(state.bounds["two_point"] < 1e-13)
        assert np.all(state.bounds["pair_correlations"] < 1e-13)


def test_pieces_apart():
    ends = (cq.Bath(site=0, temperature=1.0, rate=1.0), cq.Bath(site=-1, temperature=0.5, rate=0.3))
    state = cq.steady_state(cq.SpinChain(sites=4, hopping=[0.7, 0.0, 0.4], baths=ends), method=cq.TwoPoint())
    assert held(state) <= 1.0


def test_a_bound_that_does_not_hold_is_seen():
    """The judge itself: an element moved by more than its bound."""
    ends = (cq.Bath(site=0, temperature=1.0, rate=1.0), cq.Bath(site=-1, temperature=0.5, rate=0.3))
    state = cq.steady_state(cq.SpinChain(sites=3, hopping=[0.7, 0.6], baths=ends))
    moved = state.two_point.copy()
    moved[0, 2] += 1j * 2.5 * state.bounds["two_point"][0, 2]
    object.__setattr__(state, "two_point", moved)
    assert held(state) > 1.0


def test_a_localised_chain():
    rng = np.random.default_rng(5)
    ends = (cq.Bath(site=0, temperature=1.0, rate=1.0), cq.Bath(site=-1, temperature=0.5, rate=1.0))
    model = cq.SpinChain(sites=14, hopping=0.05, frequency=rng.uniform(1, 3, 14), baths=ends)
    state = cq.steady_state(model, method=cq.TwoPoint())
    assert held(state) <= 1.0


def test_other_methods_give_none():
    ends = (cq.Bath(site=0, temperature=1.0, rate=1.0), cq.Bath(site=-1, temperature=0.5, rate=1.0))
    model = cq.SpinChain(sites=3, hopping=1.0, zz=0.5, baths=ends)
    for method in (cq.Sector(), cq.Full(), cq.OneExcitation(most=1.0)):
        state = cq.steady_state(model, method=method)
        assert state.two_point is not None
        assert "two_point" not in state.bounds
        assert "pair_correlations" not in state.bounds
