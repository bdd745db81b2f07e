"""Kernels of the population equation against closed forms."""

import numpy as np
import pytest
import scipy

import caloriq as cq
from caloriq.models.screening import Screening
from caloriq.reduced.populations.kernel import singular_time
from testers import assert_close

LAMBDA = 0.1


def three(diagonal, **changes):
    return cq.ExchangeChain(units=3, coupling=LAMBDA, diagonal=diagonal, **changes)


def permutation(t):
    return 2 * LAMBDA * np.sin(3 * LAMBDA * t) / (1 + 2 * np.cos(3 * LAMBDA * t))


def hopping(t):
    s = np.sqrt(2) * LAMBDA * t
    return np.sqrt(2) * LAMBDA * np.sin(2 * s) / (3 * np.cos(s) ** 2 - 1)


@pytest.mark.parametrize(("diagonal", "w", "far"), [(True, permutation, -3.481e-3), (False, hopping, -3.628e-3)])
def test_three_units(diagonal, w, far):
    """The corrected w(t), and the coupling of the first to the third unit, which no order below four has."""
    t = np.linspace(0.05, 6.5, 40)
    kernel = cq.population_kernel(three(diagonal), [*t[t < 3], 3.0, *t[t > 3]])
    k = int(np.flatnonzero(kernel.times == 3.0)[0])
    K = np.array([kernel.generator(i) for i in range(len(kernel.times))])
    assert_close(K[:, 1, 0], w(kernel.times), 1e-12)
    assert_close(K[:, 1, 2], w(kernel.times), 1e-12)
    assert K[k, 2, 0] == pytest.approx(far, abs=5e-7)
    assert kernel.most_negative[k] == pytest.approx(far, abs=5e-7)
    assert_close(kernel.rates().values, np.stack([w(kernel.times)] * 2, axis=1), 1e-12)


@pytest.mark.parametrize(("diagonal", "cosine", "fraction"), [(True, -0.5, 3.0), (False, np.sqrt(1 / 3), np.sqrt(2))])
def test_singular_times(diagonal, cosine, fraction):
    """1 + 2 cos 3λt = 0, and 3 cos² √2λt = 1."""
    expected = np.arccos(cosine) / (fraction * LAMBDA)
    assert singular_time(three(diagonal), until=10.0) == pytest.approx(expected, rel=1e-11)
    assert singular_time(three(diagonal), until=0.999 * expected) is None


def test_condition():
    """‖T‖₁‖T⁻¹‖₁ of T = |exp(-iHt)|²."""
    t = np.array([1.0, 4.0, 6.0])
    J = LAMBDA
    H = np.array([[J, J, 0], [J, 0, J], [0, J, J]])  # the excitation in the first, second, third unit
    T = [np.abs(scipy.linalg.expm(-1j * H * s)) ** 2 for s in t]
    found = cq.population_kernel(three(True), t).condition
    np.testing.assert_allclose(found, [np.linalg.cond(x, 1) for x in T], rtol=1e-10)


@pytest.mark.parametrize("levels", [2, 3, 5])
def test_second_order_of_exchange(levels):
    """w = 2λ²t for every bond, and all three assumptions hold (WS 14)."""
    chain = cq.ExchangeChain(units=4, levels=levels, coupling=0.3, exchange=[1.0, 2.0, 0.5])
    t = np.array([0.1, 1.0, 7.0])
    kernel = cq.population_kernel(chain, t, order=2, start=(levels - 1, 1, 0, 0))
    assert_close(kernel.rates().values, 2 * 0.09 * np.outer(t, [1, 4, 0.25]), 1e-13)
    for violation in (kernel.assumptions().locality, kernel.assumptions().misfit):
        assert_close(violation, np.zeros(3), 1e-13)


def test_detuned_exchange():
    """w = 2λ² sin(Δt)/Δ (WS, after 15)."""
    chain = cq.ExchangeChain(units=2, coupling=0.2, detuning=[0.0, 0.7])
    t = np.linspace(0.1, 30, 50)
    kernel = cq.population_kernel(chain, t, order=2)
    assert_close(kernel.rates().values[:, 0], 2 * 0.04 * np.sin(0.7 * t) / 0.7, 1e-14)


@pytest.mark.parametrize("detuning", [0.0, 0.4])
def test_dephasing(detuning):
    """W = 2g² Re (1 - e^((iω-γ)t))/(γ - iω), and V = 2g²γ/(γ² + ω²) at the end."""
    g, gamma = 0.3, 1.7
    chain = cq.SpinChain(sites=5, hopping=g, dephasing=gamma, frequency=1 + detuning * np.arange(5))
    t = np.array([0.01, 1.0, 40.0])
    z = gamma - 1j * detuning
    expected = 2 * g**2 * ((1 - np.exp(-z * t)) / z).real
    assert_close(cq.population_kernel(chain, t, order=2).rates().values[:, 2], expected, 1e-15)
    constant = cq.markov_kernel(chain)
    assert_close(constant.rates().values, np.full((1, 4), 2 * g**2 * gamma / (gamma**2 + detuning**2)), 1e-15)
    if detuning == 0:
        assert constant.rates().values[0, 0] == pytest.approx(2 * g**2 / gamma, rel=1e-10)
        assert_close(constant.rates().values[0], cq.exclusion_limit(chain, contact=False).rates, 1e-15)


def test_sampled_correlation_function():
    """Samples of an exponential give what its closed form gives."""
    tau = np.linspace(0, 30, 3001)
    t = [0.3, 2.0, 25.0]
    given = {"units": 3, "coupling": 0.2, "detuning": [0.0, 0.5, 1.3]}
    smooth = cq.population_kernel(cq.ExchangeChain(bath=cq.PureDephasing(rate=0.8), **given), t, order=2)
    points = cq.Sampled(times=tau, values=np.exp(-0.8 * tau))
    sampled = cq.population_kernel(cq.ExchangeChain(bath=points, **given), t, order=2)
    assert_close(sampled.rates().values, smooth.rates().values, 1e-10)
    assert_close(cq.markov_kernel(sampled.model).rates().values, cq.markov_kernel(smooth.model).rates().values, 1e-10)


@pytest.mark.parametrize("temperature", [0.0, 0.3, 2.0])
def test_ohmic_correlation_function(temperature):
    """The closed form against the integral over the oscillators."""
    bath = cq.Ohmic(strength=0.4, cutoff=3.0, temperature=temperature)

    def exponent(tau):
        def density(w):
            return 0.4 * np.exp(-w / 3) / w

        def real(w):
            hot = 1 / np.tanh(w / (2 * temperature)) if temperature > 0 else 1.0
            return density(w) * hot * (1 - np.cos(w * tau))

        parts = (real, lambda w: density(w) * np.sin(w * tau))
        return [
            sum(scipy.integrate.quad(f, a, b, limit=400)[0] for a, b in ((0, 1), (1, 20), (20, 120))) for f in parts
        ]

    for tau in (0.1, 1.0, 6.0):
        a, b = exponent(tau)
        assert abs(bath.correlation(np.array([tau]))[0] - np.exp(-a - 1j * b)) < 1e-9


@pytest.mark.parametrize("temperature", [0.4, 1.5])
def test_detailed_balance_of_a_bath(temperature):
    """Golden-rule rates down and up differ by e^(Δ/T)."""
    bath = cq.Ohmic(strength=0.8, cutoff=2.0, temperature=temperature)
    chain = cq.ExchangeChain(units=2, coupling=0.1, detuning=[0.5, 0.0], bath=bath)
    K = cq.markov_kernel(chain).generator(0).toarray()
    down, up = K[1, 0], K[0, 1]  # the first unit's excitation costs 0.5 more
    assert down / up == pytest.approx(np.exp(0.5 / temperature), rel=1e-6)


def test_golden_rule():
    """w = 2πλ²Γ(0)|V|² between states of equal energy, none otherwise (WS 18)."""
    V = np.diag([0.0, 0, 0, 0]).astype(complex)
    V[1, 2], V[2, 1], V[0, 3], V[3, 0] = 0.6j, -0.6j, 0.9, 0.9
    model = cq.CoupledUnits(units=3, levels=[0.0, 1.0], interaction=V, coupling=0.05)
    kernel = cq.markov_kernel(model, density=4.0, start=(1, 0, 0))
    assert_close(kernel.rates().values, np.full((1, 2), 2 * np.pi * 0.0025 * 4 * 0.36), 1e-16)
    assert_close(kernel.assumptions().misfit, [0.0], 1e-15)


@pytest.mark.parametrize("seed", [1, 2])
def test_modular_chain(seed):
    """The second-order rate between subunits, mean over the bonds, is HAM's γ after the correlation time, to 2 %.

    At m correlation times the edges of the band still take 1/(π²m) of it; a single bond scatters by 1.2 %.
    """
    chain = cq.ModularChain(subunits=5, levels=500, bandwidth=0.05, coupling=5e-5, seed=seed)
    theory = cq.ham(chain)
    t = np.linspace(8, 20, 25) * theory.correlation_time
    kernel = cq.population_kernel(chain, t, order=2)
    between = kernel.between(np.argmax(kernel.space.states > 0, axis=1))
    bond = np.arange(4)
    assert between[:, bond, bond + 1].mean() == pytest.approx(theory.rate, rel=0.02)
    assert_close(between[:, 2, 0], np.zeros(25), 0.0)


def test_conductivity():
    """κ = w a² C_V, C_V of the levels (WS 12)."""
    chain = cq.SpinChain(sites=4, hopping=0.15, dephasing=2.0, frequency=1.5)
    T = np.array([0.3, 1.0, 4.0])
    x = 1.5 / T
    heat = x**2 * np.exp(x) / (np.exp(x) + 1) ** 2
    assert_close(cq.markov_kernel(chain).conductivity(T, spacing=2.0), 4 * 0.0225 * heat, 1e-15)
    with pytest.raises(cq.NotEnoughData) as caught:
        cq.population_kernel(cq.ExchangeChain(units=3), [0.1, 0.2], order=2).conductivity(1.0)
    assert caught.value.estimate == pytest.approx(0.4 * np.exp(1) / (np.exp(1) + 1) ** 2)


def test_screened_couplings_are_weaker_ones():
    """λ e^(-αf(T)r) in the place of λ: rates fall as its square, by any f, and the model goes to a file and back."""
    table = Screening.of_function(0.3, lambda T: T**2, np.linspace(0.5, 4, 15))
    for screening in (Screening(strength=0.3), Screening(strength=0.3, law="fluctuation", frequency=1.0), table):
        rates = []
        for T in (1.0, 2.0):
            model = cq.ExchangeChain(
                units=3,
                coupling=0.1,
                bath=cq.PureDephasing(rate=0.5),
                screening=screening,
                temperature=T,
                separation=2.0,
            )
            plain = cq.ExchangeChain(units=3, coupling=model.strength, bath=cq.PureDephasing(rate=0.5))
            assert model.strength == pytest.approx(0.1 * np.exp(-0.6 * float(screening.f(T))), rel=1e-14)
            ours, theirs = (cq.markov_kernel(one).rates().values for one in (model, plain))
            np.testing.assert_array_equal(ours, theirs)
            exact = [cq.population_kernel(one, [0.0, 1.0]).generator(1) for one in (model, plain)]
            np.testing.assert_array_equal(*exact)
            again = cq.ExchangeChain.from_mapping(model.whole_mapping())
            assert again == model
            rates.append(ours.mean())
        drop = 2 * 0.6 * float(screening.f(2.0) - screening.f(1.0))
        assert rates[1] / rates[0] == pytest.approx(np.exp(-drop), rel=1e-12)


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"temperature": 1.0}, "temperature"),
        ({"separation": 1.0}, "separation"),
        ({"screening": Screening(strength=1.0)}, "temperature"),
        ({"screening": Screening(strength=1.0), "temperature": -1.0}, "temperature"),
        (
            {
                "screening": Screening(strength=1.0, law="table", temperatures=[1, 2, 3, 4], values=[1, 2, 3, 4]),
                "temperature": 9.0,
            },
            "temperature",
        ),
    ],
)
def test_screening_is_given_whole(fields, name):
    with pytest.raises(cq.InvalidInput, match=f"`{name}`"):
        cq.ExchangeChain(units=2, **fields)
