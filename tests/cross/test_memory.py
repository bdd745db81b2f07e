"""The equation with memory: closed forms, quadrature against exponentials, and the time-local equation."""

import numpy as np
import pytest
import scipy

import caloriq as cq
from caloriq.models.transition_baths import ByTransition, NumberDephasing, PairCorrelation
from caloriq.reduced.populations.memory import _by_exponentials, _by_quadrature
from testers import assert_close, refused


def pair(coupling, rate, detuning=0.0):
    bath = cq.PureDephasing(rate=rate) if rate is not None else None
    return cq.ExchangeChain(units=2, coupling=coupling, diagonal=False, bath=bath, detuning=[0.0, detuning])


def second(model, times, start=None):
    return cq.population_kernel(model, times, order=2, start=start)


@pytest.mark.parametrize("rate", [None, 0.2, 3.0])
def test_resonant_pair(rate):
    """z'' + Γz' + 4λ²z = 0 for z = P₀ - P₁: for one pair the equation with memory is the exact one."""
    t = np.linspace(0, 20, 41)
    kernel = second(pair(0.3, rate), t)
    G = rate or 0.0
    a, b = np.roots([1, G, 4 * 0.09]).astype(complex)
    z = ((b * np.exp(a * t) - a * np.exp(b * t)) / (b - a)).real
    found = kernel.nakajima_zwanzig()
    assert_close(found.populations[:, 0], (1 + z) / 2, 1e-12)
    exact = kernel.schroedinger() if rate is None else kernel.master_equation()
    assert_close(found.populations, exact.populations, 1e-11)
    assert_close(found.energy_rates, exact.energy_rates, 1e-11)
    assert found.certificate["error of the populations"].value < 1e-12


def test_detuned_pair():
    """Laplace transform: z(s) = 1/(s + 4λ²(s + Γ)/((s + Γ)² + Δ²)), its poles and residues."""
    lam, G, detuning = 0.3, 0.7, 1.1
    t = np.linspace(0, 15, 31)
    top = np.poly1d([1, 2 * G, G**2 + detuning**2])
    bottom = np.poly1d([1, 0]) * top + np.poly1d([4 * lam**2, 4 * lam**2 * G])
    poles = bottom.roots
    z = sum(top(p) / bottom.deriv()(p) * np.exp(p * t) for p in poles).real
    found = second(pair(lam, G, detuning), t).nakajima_zwanzig()
    assert_close(found.populations[:, 0], (1 + z) / 2, 1e-12)


MODELS = {
    "closed": (lambda s: cq.ExchangeChain(units=4, coupling=s, diagonal=False), None),
    "noise": (lambda s: cq.ExchangeChain(units=4, coupling=s, bath=cq.PureDephasing(rate=0.8)), None),
    "number noise": (
        lambda s: cq.ExchangeChain(
            units=3, levels=3, coupling=s, spectrum=[0, 1, 1.8], bath=NumberDephasing(rate=0.5), detuning=[0, 0.1, 0.3]
        ),
        (2, 1, 0),
    ),
    "ohmic": (
        lambda s: cq.ExchangeChain(
            units=3, coupling=s, detuning=[0, 0.4, 0.1], bath=cq.Ohmic(strength=0.5, cutoff=2.0, temperature=0.8)
        ),
        None,
    ),
}


@pytest.mark.parametrize("name", MODELS)
def test_order_of_the_difference(name):
    """Populations with memory less those of the time-local equation are of order λ⁴, those less exact ones too."""
    make, start = MODELS[name]
    t = [0.0, 2.0]
    strengths, gaps, apart = np.geomspace(0.02, 0.06, 4), [], []
    for s in strengths:
        kernel = second(make(s), t, start)
        memory, local = kernel.nakajima_zwanzig().populations[-1], kernel.solve().populations[-1]
        gaps.append(np.abs(memory - local).max())
        if name in ("closed", "number noise"):
            exact = kernel.schroedinger() if name == "closed" else kernel.master_equation()
            apart.append(np.abs(memory - exact.populations[-1]).max())
    assert np.polyfit(np.log(strengths), np.log(gaps), 1)[0] == pytest.approx(4, abs=0.1)
    if name == "closed":
        assert np.polyfit(np.log(strengths), np.log(apart), 1)[0] == pytest.approx(4, abs=0.1)


@pytest.mark.parametrize("name", ["noise", "number noise"])
def test_two_ways(name):
    """Quadrature and exponentials give the same populations and rates of change."""
    make, start = MODELS[name]
    kernel = second(make(0.3), [4.0], start)
    states, source = kernel.space, kernel._source
    first = np.eye(states.dimension)[states.origin]
    t = np.linspace(0, 4, 9)
    one = _by_exponentials(source, first, t)

    class Bath:
        fastest = 1.0

    source.baths = (Bath(),)
    two = _by_quadrature(source, first, t)
    assert two[2] < 1e-8
    assert_close(two[0], one[0], 1e-8)
    assert_close(two[1], one[1], 1e-6)


def test_a_bath_that_remembers():
    """Samples of an exponential give what the exponential gives, at times off the grid too."""
    tau = np.linspace(0, 40, 4001)
    t = np.array([0.0, 0.37, 1.9, 7.123])
    bath = ByTransition(
        pairs=[
            PairCorrelation(levels=(0, 1), correlation=cq.Sampled(times=tau, values=np.exp(-0.4 * tau))),
            PairCorrelation(levels=(0, 2), correlation=cq.PureDephasing(rate=1.1)),
            PairCorrelation(levels=(1, 2), correlation=cq.PureDephasing(rate=0.4)),
        ]
    )
    white = bath.model_copy(
        update={"pairs": (PairCorrelation(levels=(0, 1), correlation=cq.PureDephasing(rate=0.4)), *bath.pairs[1:])}
    )
    found = [
        second(
            cq.ExchangeChain(units=3, levels=3, coupling=0.2, spectrum=[0, 1, 1.8], detuning=[0, 0.3, 0.5], bath=b),
            t,
            (2, 1, 0),
        ).nakajima_zwanzig()
        for b in (bath, white)
    ]
    assert_close(found[0].populations, found[1].populations, 1e-7)
    assert found[0].method.name.startswith("trapezoidal")
    assert np.abs(found[0].populations - found[1].populations).max() <= max(
        found[0].certificate["error of the populations"].value, 1e-10
    )


def test_laplace_transform_of_an_ohmic_bath():
    """ẑ(s) = 1/(s + 2K̂(s)) of a resonant pair, K̂ by quadrature of the correlation function."""
    bath = cq.Ohmic(strength=0.6, cutoff=2.0, temperature=0.9)
    model = cq.ExchangeChain(units=2, coupling=0.25, bath=bath, diagonal=False)
    t = np.linspace(0, 30, 301)
    z = 2 * second(model, t[1:]).nakajima_zwanzig(t).populations[:, 0] - 1
    s = 0.8
    left = scipy.integrate.simpson(z * np.exp(-s * t), x=t)
    memory = scipy.integrate.quad(
        lambda x: 2 * 0.0625 * (bath.correlation(np.array([x]))[0]).real * np.exp(-s * x), 0, 60
    )
    assert left == pytest.approx(1 / (s + 2 * memory[0]), rel=1e-6)


def test_bad_input():
    kernel = cq.population_kernel(pair(0.1, None), [1.0])
    with refused("order", "exact", error=cq.Unsupported):
        kernel.nakajima_zwanzig()
    with refused("times", "-1"):
        second(pair(0.1, None), [1.0]).nakajima_zwanzig([-1.0])
    with refused("initial", "2 product states"):
        second(pair(0.1, None), [1.0]).nakajima_zwanzig(initial=(1, 1))
    ohmic = cq.ExchangeChain(units=2, coupling=0.1, bath=cq.Ohmic(strength=0.5, cutoff=2e3, temperature=1.0))
    with pytest.raises(cq.NotConverged, match="earlier times"):
        second(ohmic, [1.0]).nakajima_zwanzig([300.0])
