"""Kernels of the population equation against the Schrödinger equation, QuTiP, and each other."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import caloriq as cq
from caloriq.reduced.populations.kernel import singular_time
from testers import assert_close

SMALL_SPACES = [(2, 2), (3, 2), (4, 2), (2, 3), (3, 3), (2, 4)]
LARGE_SPACES = [(4, 3), (3, 4)]  # 81 and 64 states


@st.composite
def models(draw):
    """Random units, random hermitian interactions between random pairs, and a start."""
    N, M = draw(st.sampled_from(draw(st.sampled_from([SMALL_SPACES, LARGE_SPACES]))))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    V = rng.standard_normal((M * M, M * M)) + 1j * rng.standard_normal((M * M, M * M)) * draw(st.booleans())
    if draw(st.booleans()):  # conserves the sum of the levels
        total = np.add.outer(np.arange(M), np.arange(M)).ravel()
        V = V * (total[:, None] == total)
    bonds = np.triu(rng.uniform(0.3, 1, (N, N)) * (rng.random((N, N)) < 0.7), 1)
    bonds[np.arange(N - 1), np.arange(1, N)] = 1
    model = cq.CoupledUnits(
        units=N,
        levels=np.sort(rng.uniform(0, 2, (N, M)), axis=1),
        interaction=V + V.conj().T,
        couplings=bonds + bonds.T,
        coupling=draw(st.sampled_from([0.03, 0.1, 0.3])),
    )
    return model, [int(n) for n in rng.integers(0, M, N)]


@given(models())
@settings(max_examples=6)
def test_exact_kernel_and_schroedinger(given_model):
    """Integrated to 0.9 of the singular time, the exact kernel gives the populations to 1e-8."""
    exact_and_schroedinger(*given_model)


@pytest.mark.slow
@given(models())
@settings(max_examples=60)
def test_exact_kernel_and_schroedinger_of_many_models(given_model):
    exact_and_schroedinger(*given_model)


def exact_and_schroedinger(model, start):
    end = singular_time(model, until=30.0, start=start)
    t = np.linspace(0, 0.9 * (30.0 if end is None else end), 7)
    kernel = cq.population_kernel(model, t, start=start)
    mine, exact = kernel.solve(initial=start), kernel.schroedinger(initial=start)
    assert_close(mine.populations, exact.populations, 1e-8)
    assert_close(mine.local_energies, exact.local_energies, 1e-8)


@pytest.mark.slow
def test_four_units_of_four_levels():
    """The same in 256 states."""
    rng = np.random.default_rng(4)
    V = rng.standard_normal((16, 16))
    model = cq.CoupledUnits(units=4, levels=np.sort(rng.uniform(0, 2, 4)), interaction=V + V.T, coupling=0.03)
    end = singular_time(model, until=10.0)
    t = np.linspace(0, 0.9 * (10.0 if end is None else end), 4)
    kernel = cq.population_kernel(model, t)
    assert kernel.space.dimension == 256
    assert_close(kernel.solve().populations, kernel.schroedinger().populations, 1e-8)


@pytest.mark.parametrize("seed", range(12))
def test_first_singular_time(seed):
    """None hides: the first change of the sign of det T in a scan of 200 steps to the shortest period."""
    rng = np.random.default_rng(seed)
    N, M = [(2, 2), (3, 2), (2, 3)][seed % 3]
    V = rng.standard_normal((M * M, M * M)) + 1j * rng.standard_normal((M * M, M * M))
    levels = np.sort(rng.uniform(0, 2, M))
    model = cq.CoupledUnits(units=N, levels=levels, interaction=V + V.conj().T, coupling=0.15)
    start = [int(n) for n in rng.integers(0, M, N)]
    on_site = [np.kron(np.kron(np.eye(M**i), np.diag(levels)), np.eye(M ** (N - 1 - i))) for i in range(N)]
    bonds = [np.kron(np.kron(np.eye(M**i), V + V.conj().T), np.eye(M ** (N - 2 - i))) for i in range(N - 1)]
    E, S = np.linalg.eigh(sum(on_site) + 0.15 * sum(bonds))
    t = np.arange(0, 12, 2 * np.pi / (E[-1] - E[0]) / 200)[1:]
    first = None
    for part in np.array_split(t, 40):
        U = (S * np.exp(-1j * E * part[:, None, None])) @ S.conj().T
        negative = np.flatnonzero(np.linalg.det(np.abs(U) ** 2) < 0)
        if negative.size:
            first = part[negative[0]]
            break
    found = singular_time(model, until=float(t[-1]), start=start)
    assert (found is None) == (first is None)
    if first is not None:
        assert first - (t[1] - t[0]) <= found <= first


def test_qutip():
    """Populations, energies of the units and currents of a three-level chain."""
    qutip = pytest.importorskip("qutip")
    chain = cq.ExchangeChain(units=3, levels=3, coupling=0.4, spectrum=[0, 1, 1.7], detuning=[0, 0.2, 0.5])
    t = np.linspace(0, 3, 7)
    found = cq.population_kernel(chain, [0.1], start=(2, 1, 0)).schroedinger(t, initial=(2, 1, 0))
    one = [qutip.basis(3, n) for n in range(3)]
    units = [qutip.Qobj(np.diag(e)) for e in chain.level_energies]
    local = [qutip.tensor([units[i] if k == i else qutip.qeye(3) for k in range(3)]) for i in range(3)]
    H = sum(local)
    for i in range(2):
        for a in range(3):
            for b in range(3):
                parts = [qutip.qeye(3)] * 3
                parts[i], parts[i + 1] = one[b] * one[a].dag(), one[a] * one[b].dag()
                H = H + 0.4 * qutip.tensor(parts)
    start = qutip.tensor(one[2], one[1], one[0])
    expected = qutip.sesolve(H, start, t, e_ops=local, options={"atol": 1e-13, "rtol": 1e-11})
    assert_close(found.local_energies, np.array(expected.expect).T, 1e-9)
    rates = [1j * (H * u - u * H) for u in local]
    slopes = qutip.sesolve(H, start, t, e_ops=rates, options={"atol": 1e-13, "rtol": 1e-11})
    assert_close(found.energy_rates, np.array(slopes.expect).T, 1e-9)
    rate = np.array(slopes.expect)
    halves = [(-rate[0] + rate[1] + rate[2]) / 2, (-rate[0] - rate[1] + rate[2]) / 2]  # the coupling takes up energy
    assert_close(found.currents, np.array(halves).T, 1e-9)
    even = cq.ExchangeChain(units=3, levels=3, coupling=0.4, spectrum=[0, 1, 1.7])
    kept = cq.population_kernel(even, [0.1], start=(2, 1, 0)).schroedinger(t, initial=(2, 1, 0))
    J = np.pad(kept.currents, ((0, 0), (1, 1)))
    assert_close(kept.energy_rates, J[:, :-1] - J[:, 1:], 1e-12)


def difference(model, order, t=1.3, start=None):
    kernels = [cq.population_kernel(model, [t], order=o, start=start) for o in ("exact", order)]
    one, two = (k.generator(0) for k in kernels)
    return np.abs(one - (two.toarray() if order == 2 else two)).max()


def slope(make, order, start=None):
    strengths = np.geomspace(0.005, 0.02, 5)
    gaps = [difference(make(s), order, start=start) for s in strengths]
    return np.polyfit(np.log(strengths), np.log(gaps), 1)[0]


def chain(diagonal, detuning):
    return lambda s: cq.ExchangeChain(units=4, coupling=s, diagonal=diagonal, detuning=detuning)


RAMP = [0.0, 0.3, 0.9, 2.0]


def ring(flux, detuning):
    """Hopping around a triangle that encloses a flux."""

    def make(s):
        phase = np.exp(1j * flux / 3)
        g = s * np.array([[0, phase, phase.conj()], [phase.conj(), 0, phase], [phase, phase.conj(), 0]])
        return cq.SpinChain(sites=3, couplings=g, frequency=1 + np.array(detuning))

    return make


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (chain(diagonal=False, detuning=0.0), 4),
        (chain(diagonal=False, detuning=RAMP), 4),  # no closed path of three hops on a chain
        (chain(diagonal=True, detuning=0.0), 4),  # real and resonant: T is even in λ
        (chain(diagonal=True, detuning=RAMP), 3),  # the diagonal shifts the levels in first order
        (ring(0.0, [0, 0, 0]), 4),
        (ring(0.0, [0, 0.3, 1.1]), 3),  # three hops around the triangle, detuned
        (ring(1.0, [0, 0, 0]), 3),  # or with a flux
    ],
    ids=["hopping", "detuned hopping", "permutation", "detuned permutation", "triangle", "detuned triangle", "flux"],
)
def test_next_order(make, expected):
    """Exact minus second order scales with the next order that does not vanish."""
    assert slope(make, 2) == pytest.approx(expected, abs=0.1)


@pytest.mark.parametrize(
    "make", [chain(diagonal=True, detuning=RAMP), chain(diagonal=False, detuning=0.0), ring(1.0, [0, 0.3, 1.1])]
)
def test_fourth_order(make):
    """What is left after order four is of order five at least."""
    assert slope(make, 4) > 4.8


def test_third_order_is_the_shift_of_the_levels():
    """Two units, E with its diagonal in a field: K₃ is the derivative of 2 sin(ωt)/ω by ω times the difference of B_nn."""
    V = np.diag([0.0, 0.8, -0.3, 0.0])
    V[1, 2] = V[2, 1] = 1.0
    model = cq.CoupledUnits(units=2, levels=[[0, 1.0], [0, 1.6]], interaction=V)
    kernel = cq.population_kernel(model, [1.7], order=4)
    K3 = kernel._source.terms(1.7)[1]
    energies, diagonal = kernel.space.energies, kernel.space.coupling.diagonal()
    w, shift, t = energies[1] - energies[0], diagonal[1] - diagonal[0], 1.7
    expected = 2 * (t * np.cos(w * t) / w - np.sin(w * t) / w**2) * shift
    assert K3[1, 0] == pytest.approx(expected, abs=1e-12)


def test_kernels_agree_on_weak_coupling():
    """Populations by the second order differ from the exact ones in order λ⁴, those by the fourth in λ⁶."""
    t = np.linspace(0, 2, 5)
    gaps = []
    for s in (0.02, 0.04):
        model = cq.ExchangeChain(units=4, levels=3, coupling=s, diagonal=False)
        exact = cq.population_kernel(model, t, start=(2, 1, 0, 0)).schroedinger(initial=(2, 1, 0, 0)).populations
        kernels = (cq.population_kernel(model, t, order=o, start=(2, 1, 0, 0)) for o in (2, 4))
        gaps.append([np.abs(k.solve(initial=(2, 1, 0, 0)).populations - exact).max() for k in kernels])
    second, fourth = np.log2(np.array(gaps[1]) / gaps[0])
    assert second == pytest.approx(4, abs=0.2)
    assert fourth == pytest.approx(6, abs=0.5)


def test_spin_chain_and_exchange():
    """The Heisenberg chain written twice: hopping and ZZ terms, or permutations."""
    t = np.linspace(0.1, 2, 4)
    units = cq.ExchangeChain(units=4, coupling=0.3)
    wire = cq.SpinChain(sites=4, hopping=0.3, zz=0.3 / 1.0)  # E = ½(1 + σ·σ): hopping J, ½ΔσᶻσᶻJ
    one = cq.population_kernel(units, t, start=(1, 1, 0, 0))
    two = cq.population_kernel(wire, t, start=(1, 1, 0, 0))
    for k in range(4):
        assert_close(one.generator(k), two.generator(k), 1e-12)


def test_dense_band_makes_the_rate_constant():
    """The mean of 2λ² sin(Δt)/Δ over a flat band of detunings tends to 2πλ²Γ(0)."""
    width, t = 4.0, np.array([20.0, 40.0])
    detunings = (np.arange(400) + 0.5) / 400 * width - width / 2
    rates = [
        cq.population_kernel(cq.ExchangeChain(units=2, coupling=0.1, detuning=[2.0, 2.0 + d]), t, order=2)
        .rates()
        .values
        for d in detunings
    ]
    assert_close(np.mean(rates, axis=0)[:, 0], np.full(2, 2 * np.pi * 0.01 / width), 0.03 * 2 * np.pi * 0.01 / width)
