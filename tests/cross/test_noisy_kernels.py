"""The exact kernel of units with white noise, and what it makes of second-order rates."""

import numpy as np
import pytest
import scipy

import caloriq as cq
from caloriq.reduced.populations.damped import stepped
from caloriq.reduced.populations.kernel import singular_time
from caloriq.reduced.populations.space import space
from testers import assert_close


def hopping(coupling, rate, **changes):
    fields = {"units": 3, "coupling": coupling, "diagonal": False, "bath": cq.PureDephasing(rate=rate)}
    return cq.ExchangeChain(**{**fields, **changes})


def test_rates_that_are_not_weak():
    """λ/Γ = 2: constant rates give 0.526, 0.317, 0.158 where the master equation gives 0.942, 0.058, 0.001."""
    kernel = cq.markov_kernel(hopping(1.0, 0.5))
    t = [1 / kernel.rates().values[0, 0]]
    assert kernel.solve(t).populations[0] == pytest.approx([0.526, 0.317, 0.158], abs=6e-4)
    assert kernel.master_equation(t).populations[0] == pytest.approx([0.942, 0.058, 0.001], abs=6e-4)
    assert kernel.grade == "does not follow"
    assert kernel.sentence.startswith("Fourier's law does not follow: the coupling is not weak, λ/Γ = 2 (limit 0.1)")
    assert kernel.evidence.distance == pytest.approx(0.53, abs=0.01)
    with pytest.raises(cq.NotEnoughData, match="not weak") as caught:
        kernel.conductivity(1.0)
    assert caught.value.estimate == pytest.approx(4 * np.exp(1) / (np.exp(1) + 1) ** 2)


@pytest.mark.parametrize(
    ("ratio", "distance", "grade"),
    [(1e-4, 0.0, "follows"), (0.05, 0.0092, "follows"), (0.1, 0.0316, "follows"), (0.2, 0.0905, "does not follow")],
)
def test_weak_coupling(ratio, distance, grade):
    """The distance from the exact populations is told: the largest of all starts, twice that of a start at the end."""
    kernel = cq.markov_kernel(hopping(ratio, 1.0, units=4))
    assert kernel.grade == grade
    assert kernel.evidence.weakness == pytest.approx(ratio)
    assert kernel.evidence.distance == pytest.approx(distance, rel=0.1, abs=1e-4)


def test_nothing_to_compare_with():
    """A bath that remembers, and a dense band that the model does not hold: indicated at most, with the reason."""
    ohmic = cq.Ohmic(strength=0.8, cutoff=2.0, temperature=1.5)
    weak, strong = (cq.markov_kernel(cq.ExchangeChain(units=3, coupling=g, bath=ohmic)) for g in (0.02, 2.0))
    assert weak.grade == "indicated"
    assert "the bath remembers" in weak.sentence
    assert strong.grade == "undecided"
    band = cq.markov_kernel(cq.ExchangeChain(units=3, coupling=0.1), density=5.0)
    assert band.grade == "indicated"
    assert "nothing here tests" in band.sentence


def test_times_that_hit_equal_rates():
    """Of a closed pair, looked at where its oscillating rate happens to be equal: no law, by what lies between them.

    Taken for settled all the same, exact populations tell that it is none.
    """
    t = np.array([0.4, 0.6]) * np.pi / 0.3
    same = cq.ExchangeChain(units=2, coupling=0.01, detuning=[0.0, 1e-12])
    kernel = cq.population_kernel(same, np.array([0.98, 1.0]), order=2)
    assert not kernel.settled
    assert kernel.evidence.cause == "changing"
    kernel = cq.population_kernel(same, np.array([0.98, 1.0]), order=2)
    vars(kernel)["settled"] = True
    assert kernel.grade == "does not follow"
    assert "exact populations differ" in kernel.sentence
    detuned = cq.population_kernel(cq.ExchangeChain(units=2, coupling=0.01, detuning=[0.0, 0.3]), t, order=2)
    assert detuned.grade == "does not follow"


def by_hand(model, t, start=None):
    """T(t) by the exponential of the commutator and the damping, without the library's coordinates."""
    states = space(model, start)
    H, one = states.hamiltonian(), np.eye(states.dimension)
    changed = (states.states[:, None, :] != states.states[None, :, :]).sum(axis=2)
    L = -1j * (np.kron(H, one) - np.kron(one, H.T)) - np.diag(model.bath.rate / 2 * changed.ravel())
    place = np.arange(states.dimension) * (states.dimension + 1)
    found = scipy.linalg.expm(L * t)
    return found[np.ix_(place, place)].real, (L @ found)[np.ix_(place, place)].real


def random_units(coupling, seed=3, real=True):
    rng = np.random.default_rng(seed)
    V = rng.standard_normal((9, 9)) + (0 if real else 1j) * rng.standard_normal((9, 9))
    return cq.CoupledUnits(
        units=2, levels=[0, 0.7, 1.9], interaction=V + V.conj().T, coupling=coupling, bath=cq.PureDephasing(rate=0.8)
    )


@pytest.mark.parametrize("real", [True, False])
def test_exact_kernel(real):
    """K = Ṫ T⁻¹, and its populations are those of the master equation."""
    model = random_units(0.1, real=real)
    kernel = cq.population_kernel(model, [0.3, 1.5])
    for k, t in enumerate([0.3, 1.5]):
        T, rate = by_hand(model, t)
        assert_close(kernel.generator(k), rate @ np.linalg.inv(T), 1e-11)
        assert kernel.condition[k] == pytest.approx(np.linalg.cond(T, 1), rel=0.1)  # an estimate
    assert_close(kernel.solve().populations, kernel.master_equation().populations, 1e-9)


@pytest.mark.parametrize(
    ("make", "order"),
    [
        (lambda s: hopping(s, 0.8, units=4), 4),
        (lambda s: hopping(s, 0.8, units=4, detuning=[0.0, 0.3, 0.9, 2.0]), 4),
        (random_units, 3),  # units that move alone are damped at half the rate; three couplings close a path
    ],
    ids=["hopping", "detuned", "any"],
)
def test_second_order(make, order):
    """What second order leaves of the exact kernel vanishes with the next order in the coupling."""
    strengths, gaps = np.geomspace(0.004, 0.016, 4), []
    for s in strengths:
        exact, second = (cq.population_kernel(make(s), [1.7], order=o).generator(0) for o in ("exact", 2))
        gaps.append(np.abs(exact - second.toarray()).max())
    assert np.polyfit(np.log(strengths), np.log(gaps), 1)[0] == pytest.approx(order, abs=0.1)


def test_no_noise_is_a_closed_chain():
    """Γ → 0 gives the kernel of the closed chain, and the same singular time."""
    t = [0.2, 0.6]
    open_, closed = (cq.population_kernel(hopping(1.0, 1.0, bath=b), t) for b in (cq.PureDephasing(rate=0.0), None))
    for k in range(2):
        assert_close(open_.generator(k), closed.generator(k), 1e-10)
    times = [singular_time(hopping(1.0, 1.0, bath=b), until=0.9) for b in (cq.PureDephasing(rate=1e-12), None)]
    assert times[0] == pytest.approx(times[1], rel=1e-9)


def test_many_states_by_steps():
    """Series in steps and eigenvectors give the same."""
    states = space(hopping(0.3, 0.5, units=5, detuning=[0, 0.1, 0.4, 0.2, 0.3]), (1, 1, 0, 0, 0))
    start, t = np.eye(10)[states.origin], np.array([0.0, 0.7, 9.0])
    P, rate = stepped(states, start, t)
    one = cq.population_kernel(states.model, [0.1], order=2, start=(1, 1, 0, 0, 0)).master_equation(t)
    assert_close(P, one.populations, 1e-12)
    assert_close(rate @ states.unit_energies, one.energy_rates, 1e-12)


def pair(coupling, rate, t):
    """w = -ż/2z of two resonant units with noise, z'' + Γz' + 4λ²z = 0, to 100 digits."""
    flint = pytest.importorskip("flint")
    with flint.ctx.workprec(330):
        g, G, s = (flint.acb(flint.arb(float(x))) for x in (coupling, rate, t))
        root = (G * G / 4 - 4 * g * g).sqrt()
        a, b = -G / 2 + root, -G / 2 - root
        one, two = (a * s).exp(), (b * s).exp()
        return float((-(a * b) * (two - one) / (2 * (a * two - b * one))).real)


@pytest.mark.parametrize("offset", [0.0, 1e6, -1e12])
@pytest.mark.parametrize("coupling", [1e-12, 1e-3, 1e12])
@pytest.mark.parametrize("ratio", [1e-4, 0.3, 1e4])
def test_bound_of_the_rates(coupling, ratio, offset):
    """Every rate lies within its own bound, and to 1e-6, whatever the units and the offset of the levels."""
    G = coupling / ratio
    t = np.array([1e-6, 0.1]) / coupling * max(1.0, G / coupling)
    model = hopping(coupling, G, units=2, spectrum=[offset, offset + 1])
    kernel = cq.population_kernel(model, t)
    true = np.array([pair(coupling, G, s) for s in t])
    assert np.all(np.abs(kernel.rates().values[:, 0] - true) <= kernel.errors)
    np.testing.assert_allclose(kernel.rates().values[:, 0], true, rtol=1e-6)


@pytest.mark.parametrize("lam", [1e-12, 1e12])
def test_bound_of_closed_rates(lam):
    """Three units, closed form: at phases of 1e-9, where differences of cosines have no digits, too."""
    t = np.array([1e-9, 1e-4, 0.3]) / lam
    kernel = cq.population_kernel(cq.ExchangeChain(units=3, coupling=lam), t)
    true = 2 * lam * np.sin(3 * lam * t) / (1 + 2 * np.cos(3 * lam * t))
    np.testing.assert_allclose(kernel.rates().values[:, 0], true, rtol=1e-6)
    assert np.all(np.abs(kernel.rates().values[:, 0] - true) <= kernel.errors + 1e-15 * np.abs(true))


def test_near_resonance_beside_a_large_distance():
    """Frequencies of 1e-5 beside 1e6 are no zeros: w = 2λ² sin(ωt)/ω of each bond."""
    chain = cq.ExchangeChain(units=3, coupling=1e-3, detuning=[0.0, 2.0**-17, 2.0**20])
    w = cq.population_kernel(chain, [4e5], order=2).rates().values[0]
    omega = np.diff(chain.level_energies[:, 1])
    np.testing.assert_allclose(w[0], 2e-6 * np.sin(omega[0] * 4e5) / omega[0], rtol=1e-9)


def test_offsets_are_no_resonance():
    """Levels at 1e10 whose distances differ by half: no golden-rule exchange, and no energy conservation."""
    V = np.eye(4)[[0, 2, 1, 3]]
    units = cq.CoupledUnits(units=2, levels=[[0, 1.0], [1e10, 1e10 + 1.5]], interaction=V, coupling=0.1)
    assert cq.markov_kernel(units, density=2.0).assumptions().norm[0] == 0
    second = cq.population_kernel(units, [1.0], order=2)
    assert second.assumptions().energy_conservation[0] == pytest.approx(1.0)
    assert second.rates().values[0, 0] == pytest.approx(0.02 * np.sin(0.5) / 0.5)


def test_figure_names_what_is_drawn():
    """No dots without exact populations, every curve of a legend drawn, and no empty panel without a word."""
    from caloriq.questions.populations import KernelQuestion

    ohmic = {"kind": "ohmic", "strength": 0.5, "cutoff": 1.0, "temperature": 1.0}
    noise = {"kind": "pure-dephasing", "rate": 0.5}
    for bath, title in ((ohmic, "kernel of second order"), (noise, "kernel of second order (dots: master equation")):
        model = cq.ExchangeChain(units=3, coupling=0.1, bath=bath)
        figure = KernelQuestion(times={"stop": 5}).ask(model).plot()
        left, middle, right = figure.axes[:3]
        assert left.get_title().startswith(title)
        assert ("dots" in left.get_title()) == (len(left.lines) > 3)
        assert len(middle.lines) == 2
        assert right.lines or right.texts
