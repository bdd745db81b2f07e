"""Baths whose correlation function depends on the transition: QuTiP, closed forms, and each other."""

import numpy as np
import pytest
import scipy

import caloriq as cq
from caloriq.models.transition_baths import ByTransition, NumberDephasing, PairCorrelation
from caloriq.reduced.populations.kernel import singular_time
from caloriq.reduced.populations.space import space
from testers import assert_close

GAMMA = 0.6


def exchanging(levels, coupling=0.05, units=2, **changes):
    """Units with an anharmonic spectrum that exchange their levels, without the diagonal part."""
    n = np.arange(levels)
    fields = {"bath": NumberDephasing(rate=GAMMA), "spectrum": n + 0.13 * n**2, "diagonal": False}
    return cq.ExchangeChain(**{"units": units, "levels": levels, "coupling": coupling, **fields, **changes})


def white(pairs):
    return ByTransition(
        pairs=[PairCorrelation(levels=p, correlation=cq.PureDephasing(rate=r)) for p, r in pairs.items()]
    )


@pytest.mark.parametrize(("units", "levels", "start"), [(2, 4, (3, 1)), (3, 3, (2, 1, 0)), (3, 2, (1, 0, 0))])
def test_qutip(units, levels, start):
    """The full master equation with L = √γ n̂ on every unit: populations at all times, and K = Ṫ T⁻¹."""
    qutip = pytest.importorskip("qutip")
    rng = np.random.default_rng(levels)
    V = rng.standard_normal((levels**2,) * 2)
    model = cq.CoupledUnits(
        units=units,
        levels=np.arange(levels) ** 1.3,
        interaction=V + V.T if units == 2 else np.eye(levels**2)[np.arange(levels**2).reshape(levels, -1).T.ravel()],
        coupling=0.2,
        bath=NumberDephasing(rate=GAMMA),
    )

    def on(i, one):
        return qutip.tensor([qutip.Qobj(one) if k == i else qutip.qeye(levels) for k in range(units)])

    H = sum(on(i, np.diag(model.level_energies[i])) for i in range(units))
    ket = [qutip.basis(levels, n) for n in range(levels)]
    for i in range(units - 1):
        for row, column in zip(*np.nonzero(model.interaction), strict=True):
            parts = [qutip.qeye(levels)] * units
            (a, b), (c, d) = divmod(row, levels), divmod(column, levels)
            parts[i], parts[i + 1] = ket[a] * ket[c].dag(), ket[b] * ket[d].dag()
            H = H + 0.2 * float(model.interaction[row, column]) * qutip.tensor(parts)
    jumps = [np.sqrt(GAMMA) * on(i, np.diag(np.arange(levels))) for i in range(units)]
    t = np.array([0.0, 0.4, 1.1])
    states = space(model, start)
    places = states.states @ levels ** np.arange(units - 1, -1, -1)
    expected = []
    for origin in range(states.dimension):
        first = qutip.tensor([ket[n] for n in states.states[origin].tolist()])
        run = qutip.mesolve(H, first, t, jumps, options={"atol": 1e-13, "rtol": 1e-11})
        expected.append([rho.diag().real[places] for rho in run.states])
    T = np.moveaxis(np.array(expected), 0, 2)  # (time, final, initial)
    kernel = cq.population_kernel(model, [1.1], start=start)
    assert_close(kernel.master_equation(t, initial=start).populations, T[:, :, states.index("start", start)], 1e-9)
    L, D = qutip.liouvillian(H, jumps).full(), levels**units
    rates = []  # Ṫ by the generator of the full master equation, from its own states
    for origin in range(states.dimension):
        first = qutip.tensor([ket[n] for n in states.states[origin].tolist()])
        end = qutip.mesolve(H, first, t, jumps, options={"atol": 1e-13, "rtol": 1e-11}).states[-1]
        rates.append((L @ end.full().ravel(order="F")).reshape(D, D, order="F").diagonal().real[places])
    K = np.array(rates).T @ np.linalg.inv(T[-1])
    assert_close(kernel.generator(0), K, 1e-7)


@pytest.mark.parametrize("levels", [2, 3, 4, 5])
def test_markov_rates(levels):
    """2|B|²/Γ_nm, Γ = γ(a - b)² for an exchange of levels a and b."""
    for a in range(levels):
        for b in range(a):
            kernel = cq.markov_kernel(exchanging(levels), start=(a, b))
            assert_close(kernel.generator(0).toarray()[1, 0], 2 * 0.05**2 / (GAMMA * (a - b) ** 2), 1e-16)
    starts = [(a, b) for a in range(levels) for b in range(levels)]
    whole = cq.markov_kernel(exchanging(levels), start=starts)
    W = np.array([1 / (a - b) ** 2 for a, b in starts if a != b])
    a = whole.assumptions()
    expected = np.sqrt(np.mean((W - W.mean()) ** 2) / np.mean(W**2))
    assert a.level_independence[0] == pytest.approx(expected, abs=1e-12)
    assert a.locality[0] == pytest.approx(0, abs=1e-12)
    assert a.energy_conservation[0] == pytest.approx(0, abs=1e-12)


def test_levels_that_the_start_does_not_reach():
    """Two levels of three show one rate: the law is indicated, the others are named, and κ is refused."""
    kernel = cq.markov_kernel(exchanging(3, 0.01), start=(2, 0))
    assert kernel.assumptions().misfit[0] < 1e-12
    assert kernel.grade == "indicated"
    assert "not those of levels 0-1, 1-2" in kernel.sentence
    assert "κ" not in kernel.sentence
    with pytest.raises(cq.NotEnoughData, match="several starts") as caught:
        kernel.conductivity(1.0)
    assert caught.value.estimate > 0
    whole = exchanging(3, 0.01, units=3, bath=cq.PureDephasing(rate=GAMMA), spectrum=[0, 1, 1.8])
    assert cq.markov_kernel(whole, start=(2, 1, 0)).grade == "follows"
    assert cq.markov_kernel(whole, start=(1, 0, 0)).grade == "indicated"


def test_level_independence_is_tested():
    """The same chain under noise that is blind to the levels keeps A3; under number noise the law does not follow."""
    starts = [(a, b) for a in range(3) for b in range(3)]
    blind = cq.markov_kernel(exchanging(3, 0.01, bath=cq.PureDephasing(rate=GAMMA)), start=starts)
    assert blind.assumptions().misfit[0] < 1e-12
    number = cq.markov_kernel(exchanging(3, 0.01), start=starts)
    assert number.grade == "does not follow"
    assert number.evidence.cause == "violation"
    assert "level independence" in number.sentence


@pytest.mark.parametrize("start", [(3, 0), (2, 1), (3, 1)])
def test_second_order(start):
    """Exact less second order vanishes as λ⁴: the populations, and the kernel."""
    strengths, gaps = np.geomspace(0.004, 0.016, 4), []
    for s in strengths:
        exact, second = (cq.population_kernel(exchanging(4, s), [1.7], order=o, start=start) for o in ("exact", 2))
        gaps.append(np.abs(exact.generator(0) - second.generator(0).toarray()).max())
    assert np.polyfit(np.log(strengths), np.log(gaps), 1)[0] == pytest.approx(4, abs=0.1)


def test_two_levels_are_pure_dephasing():
    t = [0.3, 2.0]
    for order in (2, "exact"):
        one, two = (
            cq.population_kernel(exchanging(2, 0.2, 3, bath=b), t, order=order)
            for b in (NumberDephasing(rate=GAMMA), cq.PureDephasing(rate=GAMMA))
        )
        assert_close(one.rates().values, two.rates().values, 1e-14)


def test_singular_time_of_strong_coupling():
    """The condition grows without end before the first singular time, which the damping moves away."""
    ends = [
        singular_time(exchanging(3, 1.0, bath=NumberDephasing(rate=g)), until=2.0, start=(2, 0)) for g in (1e-12, 0.3)
    ]
    closed = singular_time(exchanging(3, 1.0, bath=None), until=2.0, start=(2, 0))
    assert closed == pytest.approx(np.pi / 4, rel=1e-9)  # of two states, cos 2λt = 0
    assert ends[0] == pytest.approx(closed, rel=1e-9)
    # z'' + Γz' + 4λ²z = 0, Γ = 4γ/2·2
    G = 0.3 * 4
    root = np.sqrt(4 - G**2 / 4)
    assert ends[1] == pytest.approx((np.pi - np.arctan(2 * root / G)) / root, rel=1e-9)


@pytest.mark.parametrize("order", [2, "exact"])
def test_given_by_transition(order):
    """The rates of number noise given pair by pair."""
    t = [0.3, 2.0]
    given = white({(1, 0): GAMMA / 2, (0, 2): 2 * GAMMA, (1, 2): GAMMA / 2})
    made = ByTransition.of_number(cq.PureDephasing(rate=GAMMA), 3)
    assert given == made
    kernels = [
        cq.population_kernel(exchanging(3, bath=b), t, order=order, start=(2, 0))
        for b in (given, made, NumberDephasing(rate=GAMMA))
    ]
    for k in kernels[:2]:
        assert_close(k._gains, kernels[2]._gains, 1e-15)


def test_sampled_by_transition():
    """Samples for one pair, a closed form for the others: the same as all of them white."""
    tau = np.linspace(0, 40, 4001)
    sampled = cq.Sampled(times=tau, values=np.exp(-2 * GAMMA * tau))
    pairs = [
        PairCorrelation(levels=(0, 1), correlation=cq.PureDephasing(rate=GAMMA / 2)),
        PairCorrelation(levels=(1, 2), correlation=cq.PureDephasing(rate=GAMMA / 2)),
        PairCorrelation(levels=(0, 2), correlation=sampled),
    ]
    starts = [(2, 0), (1, 0), (2, 1)]
    detuned = {"detuning": [0.0, 0.4], "units": 2}
    for verb in (
        lambda model: cq.population_kernel(model, [0.5, 4.0], order=2, start=starts),
        lambda model: cq.markov_kernel(model, start=starts),
    ):
        one, two = (
            verb(exchanging(3, bath=b, **detuned)) for b in (ByTransition(pairs=pairs), NumberDephasing(rate=GAMMA))
        )
        assert_close(one._gains, two._gains, 1e-11)
        assert two._gains.min() > 0


@pytest.mark.parametrize("levels", [(1, 0), (2, 0), (2, 1)])
def test_ohmic_by_number(levels):
    """g to the power (a - b)², and detailed balance between detuned units for every pair of levels."""
    bath = cq.Ohmic(strength=0.4, cutoff=2.0, temperature=0.7)
    model = exchanging(3, bath=ByTransition.of_number(bath, 3), detuning=[0.5, 0.0])
    t = np.array([0.2, 1.5])
    kernel = cq.population_kernel(model, t, order=2, start=levels)
    a, b = levels
    s, omega = (a - b) ** 2, 0.5 * (a - b)
    for k, end in enumerate(t):
        value = scipy.integrate.quad(
            lambda x: (bath.correlation(np.array([x]))[0] ** s * np.exp(1j * omega * x)).real, 0, end, epsabs=1e-13
        )[0]
        assert kernel.generator(k).toarray()[1, 0] == pytest.approx(2 * 0.05**2 * value, rel=1e-9)
    K = cq.markov_kernel(model, start=levels).generator(0).toarray()
    assert K[1, 0] / K[0, 1] == pytest.approx(np.exp(omega / 0.7), rel=1e-6)


def test_written_and_read(tmp_path):
    """YAML and back, and from a file on the command line's path."""
    from caloriq.models.files import read_model, write_model

    for bath in (NumberDephasing(rate=0.3), ByTransition.of_number(cq.Ohmic(strength=1, cutoff=1, temperature=1), 3)):
        model = exchanging(3, bath=bath)
        assert read_model(write_model(model, tmp_path / "model.yaml")) == model
