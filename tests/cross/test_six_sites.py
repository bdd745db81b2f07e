"""Random lattices of six sites against QuTiP: dynamics, thermal states, steady states and heat currents to 1e-9."""

import numpy as np
import pytest
import qutip
from hypothesis import given, settings
from hypothesis import strategies as st

import caloriq as cq
from caloriq.closed.lattice.equation_of_state import equation_of_state
from caloriq.models.lattice.terms import Term
from caloriq.starts import gibbs, site_states, vector
from six_sites import Both, alone, six_sites
from testers import assert_close

AGREE = 1e-9
TIMES = np.array([0.0, 0.4, 1.1, 2.0])
OPTIONS = {"method": "vern9", "rtol": 1e-12, "atol": 1e-14, "nsteps": 10**6, "progress_bar": ""}
FERMIONS = {"kind": "fermion"}
BOTH_SPINS = {"kind": "both spins", "local": ["spin-1/2", "spin-1", "spin-1/2"]}
seeds = st.integers(0, 2**20)
temperatures = st.floats(0.3, 5.0)


@pytest.fixture(autouse=True, scope="module")
def _nothing_small_is_dropped():
    with qutip.CoreOptions(auto_tidyup=False):
        yield


def means(operators, states):
    """⟨A⟩ of every state, shape (T, operators)."""
    return np.array([[qutip.expect(one, state).real for one in operators] for state in states])


def assert_densities(both: Both, found, states) -> None:
    """Energy, profiles, currents of the energy, and what currents of conserved numbers bring to every site."""
    assert_close(np.atleast_1d(found.energy), means([both.H], states)[:, 0], AGREE)
    for of, operators in {"energy": both.energies, **both.numbers}.items():
        assert_close(np.atleast_2d(found.profiles[of]), means(operators, states), AGREE)
    h, pairs = both.energies, found.bonds.tolist()
    flows = [1j * qutip.commutator(h[x], h[y]) for x, y in pairs]
    assert_close(np.atleast_2d(found.currents["energy"]), means(flows, states), AGREE)
    for of in both.model.symmetries.conserved:
        brought = np.zeros((len(states), both.model.size))
        for (x, y), j in zip(pairs, np.atleast_2d(found.currents[of]).T, strict=True):
            brought[:, y] += j
            brought[:, x] -= j
        growth = [1j * qutip.commutator(both.H, a) for a in both.numbers[of]]
        assert_close(brought, means(growth, states), AGREE)


def assert_heat(both: Both, found, states) -> None:
    """What every environment brings of the energy and of every number: Tr(A D(ρ))."""
    for of, one in {"energy": both.H, **{of: sum(each) for of, each in both.numbers.items()}}.items():
        brought = [sum(gained(one, L) for L in group) for group in both.jumps]
        assert_close(np.atleast_2d(found.inflows[of]), means(brought, states), AGREE)


def gained(A, L):
    """How an operator changes under a jump: L†AL - ½{L†L, A}."""
    decay = L.dag() * L
    return L.dag() * A * L - (decay * A + A * decay) / 2


def in_time(both: Both, seed: int) -> None:
    """H|ψ⟩, and a random state in time."""
    psi = qutip.rand_ket(list(both.model.levels), seed=seed)
    assert_close(both.model.to_sparse() @ both.vector(psi), both.vector(both.H * psi), 1e-12)
    pair = {"spin-1/2": "Sx Sz", "fermion": "n n"}.get(both.model.local, "Sz Sx")
    asked = ["energy", *both.numbers, Term(pair, on=[[4, 1]])]
    found = cq.evolve(both.model, TIMES, initial=vector(both.vector(psi)), observables=asked)
    states = qutip.sesolve(both.H, psi, TIMES, options=OPTIONS).states
    assert_densities(both, found, states)
    operator = np.prod([alone(word, x, both.kinds) for word, x in zip(pair.split(), (4, 1), strict=True)])
    assert_close(found.observables[pair.replace(" ", "_")], means([operator], states), AGREE)


def at_temperatures(both: Both, T: float) -> None:
    """Sums over all states at T, and one half warmer than the other, in time."""
    found = equation_of_state(both.model, [T])
    rho = canonical(both.H / T)
    N, E = both.model.size, qutip.expect(both.H, rho)
    variance = qutip.expect(both.H**2, rho) - E**2
    assert_close(found.energy * N, [E], AGREE)
    assert_close(found.entropy * N, [qutip.entropy_vn(rho)], AGREE)
    assert_close(found.heat_capacity * N, [variance / T**2], AGREE * max(1.0, 1 / T**2))
    assert_close(found.free_energy * N, [E - T * qutip.entropy_vn(rho)], AGREE)
    for of in both.model.symmetries.conserved:
        total = sum(both.numbers[of])
        mean = qutip.expect(total, rho)
        assert_close(found.values[f"{of}_mean"] * N, [mean], AGREE)
        assert_close(found.susceptibility(of) * N, [qutip.expect(total * total, rho) - mean**2], AGREE)
    hot = canonical(sum(h / t for h, t in zip(both.energies, [T] * (N // 2) + [2 * T] * (N // 2), strict=True)))
    run = cq.evolve(both.model, TIMES, initial=gibbs([T, 2 * T], draw="mixed"), observables=["energy", *both.numbers])
    steps = [(-1j * both.H * t).to("Dense").expm() for t in TIMES.tolist()]
    assert_densities(both, run, [U * hot * U.dag() for U in steps])


def canonical(K):
    """e^{-K}/Z."""
    found = (K.eigenenergies()[0] - K).to("Dense").expm()
    return found / found.tr()


def between_baths(both: Both, seed: int) -> None:
    """A product state between baths in time, with the entropy."""
    rng = np.random.default_rng(seed)
    levels = [int(rng.integers(d)) for d in both.model.levels]
    found = cq.evolve(both.model, TIMES, initial=site_states(levels))
    ket = qutip.tensor(
        [
            qutip.basis(d, n if kind == "fermion" else d - 1 - n)
            for d, n, kind in zip(both.model.levels, levels, both.kinds, strict=True)
        ]
    )
    states = qutip.mesolve(both.H, ket.proj(), TIMES, both.every_jump, options=OPTIONS).states
    assert_densities(both, found, states)
    assert_heat(both, found, states)
    assert_close(found.entropy, [qutip.entropy_vn(rho) for rho in states], 1e-7)


def at_rest(both: Both) -> None:
    """The steady state itself, and all that is read of it, against QuTiP's factorisation."""
    found = cq.steady_state(both.model, method=cq.Full())
    # jumps of any two sites fill sparse factors of 4096 elements: minutes, where dense ones take 6 s
    rho = qutip.steadystate(both.H, both.every_jump, method="direct", solver="solve", sparse=False)
    assert_close(found.state[0], both.matrix(rho), AGREE)
    assert_densities(both, found, [rho])
    assert_heat(both, found, [rho])


@settings(max_examples=15)
@given(six_sites(), seeds)
def test_closed_spins_in_time(both, seed):
    in_time(both, seed)


@settings(max_examples=6)
@given(six_sites(), temperatures)
def test_spins_at_a_temperature(both, T):
    at_temperatures(both, T)


@settings(max_examples=6)
@given(six_sites(is_open=True), seeds)
def test_open_spins_in_time(both, seed):
    between_baths(both, seed)


@settings(max_examples=10)
@given(six_sites(is_open=True, N=4))
def test_steady_states_of_four_spins(both):
    at_rest(both)


@pytest.mark.slow
@settings(max_examples=3)
@given(six_sites(is_open=True))
def test_steady_states_of_six_spins(both):
    at_rest(both)


@settings(max_examples=2)
@given(six_sites(**FERMIONS), six_sites(**FERMIONS, is_open=True), seeds, temperatures)
def test_six_fermions(both, exposed, seed, T):
    in_time(both, seed)
    at_temperatures(both, T)
    between_baths(exposed, seed)


@settings(max_examples=2)
@given(six_sites(**BOTH_SPINS), seeds, temperatures)
def test_spins_of_two_kinds(both, seed, T):
    in_time(both, seed)
    at_temperatures(both, T)


@settings(max_examples=4)
@given(six_sites(**FERMIONS, is_open=True, N=4))
def test_steady_states_of_four_fermions(both):
    at_rest(both)
