"""The two-point set against its N² equations, the full space, and limits in which they must agree."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import caloriq as cq
from caloriq.steady import correlators
from driven import bath_at
from testers import assert_close
from whole_wires import dense, state

TWO, FULL, DIRECT = cq.TwoPoint(), cq.Full(), cq.Direct()


few = st.integers(2, 5)


@st.composite
def chains(draw, sites=few):
    """Random frequencies, complex hopping, dephasing from site to site, baths in any form on one end or both."""
    N = draw(sites)
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    g = rng.uniform(0.2, 1.5, N - 1) * np.exp(2j * np.pi * rng.random(N - 1))
    ends = draw(st.sampled_from([(0,), (-1,), (0, -1), (0, -1), (0, -1)]))
    return cq.SpinChain(
        sites=N,
        couplings=np.diag(g, 1) + np.diag(g.conj(), -1),
        frequency=rng.uniform(0.3, 2.0, N),
        dephasing=draw(st.sampled_from([0.0, 0.01, 1.0, 10.0])) * rng.random(N) * (rng.random(N) < 0.7),
        baths=[draw(bath_at(end)) for end in ends],
    )


@given(chains())
@settings(max_examples=60)
def test_full_space(model):
    two, full = cq.steady_state(model, method=TWO), cq.steady_state(model, method=DIRECT)
    for name in ("currents", "heat_currents", "excitation_currents", "populations", "coherences"):
        assert_close(getattr(two, name), getattr(full, name), 1e-10)
    assert abs(two.energy - full.energy) <= 1e-10
    if two.pair_correlations is not None:
        assert_close(two.pair_correlations, full.pair_correlations, 1e-10)


@given(chains(st.integers(2, 30)))
@settings(max_examples=40)
def test_dense_equations(model):
    chain = correlators.wire(model)
    expected, doubt = dense(chain)
    assert_close(state(chain), expected, 1e-10 + 10 * doubt)


@pytest.mark.parametrize("split", [0.0, 1e-12, 1e-8, 1e-4])
@pytest.mark.parametrize("dephasing", [0.0, 1e-3, 0.1, 5.0])
@pytest.mark.parametrize("sites", [2, 3, 14, 30])
def test_nearly_defective(sites, dephasing, split):
    """|γ₁ - γ₂| = 4g for two sites, γ₁ = γ_N = 2g and 4g for longer chains."""
    rates = (4.5, 0.5) if sites == 2 else (2.0, 2.0)
    baths = [cq.Bath(site=0, gain=1.0, loss=rates[0] - 1 + split), cq.Bath(site=-1, gain=0.1, loss=rates[1] - 0.1)]
    chain = correlators.wire(cq.SpinChain(sites=sites, hopping=1.0, dephasing=dephasing, baths=baths))
    assert_close(state(chain), dense(chain)[0], 1e-10)


def outcome(model):
    """The certified solution, or None if it was refused."""
    try:
        return cq.steady_state(model, method=TWO)
    except cq.NotConverged:
        return None


@pytest.mark.parametrize("hopping", [0.3, 0.1, 0.03, 0.01])
@pytest.mark.parametrize("where", ["left half", "right half", "one site", "every third"])
def test_partly_dephased_chain_is_right_or_refused(where, hopping):
    rng, N = np.random.default_rng(5), 24
    k = np.arange(N)
    here = {"left half": k < 12, "right half": k >= 12, "one site": k == 9, "every third": k % 3 == 0}[where]
    baths = [cq.Bath(site=0, gain=0.3, loss=0.7), cq.Bath(site=-1, gain=0.0, loss=1.0)]
    model = cq.SpinChain(
        sites=N,
        hopping=hopping * rng.uniform(0.5, 1, N - 1),
        frequency=2 * rng.random(N),
        dephasing=1.0 * here,
        baths=baths,
    )
    found = outcome(model)
    if found is not None:
        chain = correlators.wire(model)
        expected, doubt = dense(chain)
        assert_close(found.populations, expected.diagonal().real, 1e-9 + 20 * doubt)


def test_refusal_of_a_long_half_dephased_chain():
    """Modes of the quiet half decay by less than rounding: the populations there are not determined in double precision."""
    rng, N = np.random.default_rng(0), 400
    baths = [cq.Bath(site=0, gain=0.3, loss=0.7), cq.Bath(site=-1, gain=0.0, loss=1.0)]
    model = cq.SpinChain(
        sites=N, hopping=0.2, frequency=2 * rng.random(N), dephasing=1.0 * (np.arange(N) < N // 2), baths=baths
    )
    with pytest.raises(cq.NotConverged):
        cq.steady_state(model, method=TWO)


@pytest.mark.parametrize("dephasing", [0.0, 0.02, 1.0])
def test_long_chains_without_the_matrix(dephasing, monkeypatch):
    """What is returned beyond `MATRIX` sites is what the matrix gives."""
    rng, N = np.random.default_rng(1), 70
    baths = [cq.Bath(site=0, gain=0.3, loss=0.7), cq.Bath(site=-1, gain=0.4, loss=0.4)]
    model = cq.SpinChain(
        sites=N, hopping=rng.uniform(0.5, 1, N - 1), frequency=rng.random(N), dephasing=dephasing, baths=baths
    )
    whole = cq.steady_state(model, method=TWO)
    monkeypatch.setattr(correlators, "MATRIX", 60)
    bands = cq.steady_state(model, method=TWO)
    assert bands.two_point is None
    assert bands.pair_correlations is None
    assert_close(bands.populations, whole.populations, 1e-13)
    assert_close(bands.coherences, whole.coherences, 1e-13)
    assert bands.current == pytest.approx(whole.current, rel=1e-11)
    assert bands.certificate["residual"].value <= 1e-12


def fork(injection):
    """Four pigments with ZZ terms, weakly fed at one and emptied at another."""
    rng = np.random.default_rng(4)
    g = np.triu(rng.uniform(-1, 1, (4, 4)), 1)
    zz = np.triu(rng.uniform(-0.5, 0.5, (4, 4)), 1)
    return cq.SpinChain(
        sites=4,
        couplings=g + g.T,
        zz=zz + zz.T,
        frequency=rng.uniform(1, 2, 4),
        dephasing=0.5,
        baths=[cq.Bath(site=0, gain=injection, loss=0.0), cq.Bath(site=2, gain=0.0, loss=1.0)],
    )


def test_one_excitation_is_second_order_in_the_injection():
    injections, errors = np.array([5e-3, 2e-3, 7e-4, 3e-4]), []
    for injection in injections:
        model = fork(injection)
        cut, full = cq.steady_state(model, method=cq.OneExcitation()), cq.steady_state(model, method=FULL)
        errors.append(np.abs(cut.populations - full.populations).max())
        assert np.abs(cut.heat_currents - full.heat_currents).max() <= 30 * injection**2
        assert abs(cut.dephasing_current - full.dephasing_current) <= 30 * injection**2
    order = np.polyfit(np.log(injections), np.log(errors), 1)[0]
    assert order == pytest.approx(2, abs=0.05)
