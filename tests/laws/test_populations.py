"""What holds for every kernel: conservation of probability, symmetries, projections."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

import caloriq as cq
from caloriq.reduced.populations.exact import ExactGenerator
from caloriq.reduced.populations.space import space
from testers import assert_close

seeds = st.integers(0, 2**32 - 1)


def random_units(seed, N=3, M=2, **changes):
    rng = np.random.default_rng(seed)
    V = rng.standard_normal((M * M, M * M))
    fields = {
        "units": N,
        "levels": np.sort(rng.uniform(0, 1, (N, M)), axis=1),
        "interaction": V + V.T,
        "couplings": rng.uniform(0.5, 1.5, N - 1),
        "coupling": 0.05,
    }
    return cq.CoupledUnits(**{**fields, **changes})


@given(seeds, st.sampled_from([2, 4, "exact"]), st.sampled_from([(3, 2), (2, 3)]))
@settings(max_examples=20)
def test_columns_sum_to_zero(seed, order, size):
    kernel = cq.population_kernel(random_units(seed, *size), [0.5, 2.0], order=order)
    for k in range(2):
        K = kernel.generator(k)
        K = K.toarray() if order == 2 else K
        assert_close(K.sum(axis=0), np.zeros(len(K)), 1e-13)
        off = K - np.diag(np.diag(K))
        assert kernel.most_negative[k] == min(off.min(), 0.0)


@given(seeds)
@settings(max_examples=20)
def test_transfer_is_doubly_stochastic(seed):
    """|U_nm|² of a unitary matrix; its rate by the commutator is the derivative."""
    source = ExactGenerator(space(random_units(seed, 3, 3)))
    T, rate = source.transfer(1.1)
    assert T.min() >= 0
    assert_close(T.sum(axis=0), np.ones(len(T)), 1e-12)
    assert_close(T.sum(axis=1), np.ones(len(T)), 1e-12)
    h = 1e-4
    samples = [source.transfer(1.1 + k * h)[0] for k in (-2, -1, 1, 2)]
    slope = (samples[0] - 8 * samples[1] + 8 * samples[2] - samples[3]) / (12 * h)
    assert_close(rate, slope, 1e-9)


@given(seeds, st.floats(0.1, 5.0))
@settings(max_examples=20)
def test_second_order_is_symmetric_without_bath(seed, t):
    """W_nm = W_mn (WS, after 9): no direction is preferred."""
    K = cq.population_kernel(random_units(seed, 3, 3), [t], order=2).generator(0).toarray()
    off = K - np.diag(np.diag(K))
    assert_close(off, off.T, 1e-14)


@given(seeds, st.sampled_from([2, "exact"]))
@settings(max_examples=20)
def test_violations_are_orthogonal(seed, order):
    """The squares of the three violations add up to that of the misfit, and none exceeds one."""
    a = cq.population_kernel(random_units(seed, 3, 3), [0.3, 1.0], order=order).assumptions()
    total = a.locality**2 + a.energy_conservation**2 + a.level_independence**2
    assert_close(total, a.misfit**2, 1e-9)
    assert np.all(a.misfit <= 1 + 1e-9)


@given(seeds)
@settings(max_examples=15)
def test_local_terms_are_recovered(seed):
    """A kernel of second order is a sum of two-unit terms where no unit moves alone; where one does, neighbours interfere."""
    rng = np.random.default_rng(seed)
    V = rng.standard_normal((9, 9))
    a, b = np.divmod(np.arange(9), 3)
    both = (a[:, None] != a) & (b[:, None] != b)
    model = random_units(seed, 4, 3, interaction=(V + V.T) * both, levels=[0.0, 0.4, 1.1])
    assumptions = cq.population_kernel(model, [0.7], order=2).assumptions()
    assert_close(assumptions.locality, [0.0], 1e-9)
    assert assumptions.energy_conservation[0] > 1e-3


@given(seeds)
@settings(max_examples=15)
def test_numbering_of_the_units_does_not_matter(seed):
    """The chain seen from its other end has the same rates in the other order."""
    rng = np.random.default_rng(seed)
    J, shift = rng.uniform(0.5, 1.5, 3), rng.uniform(0, 1, 4)
    one = cq.ExchangeChain(units=4, levels=3, coupling=0.1, exchange=J, detuning=shift)
    two = cq.ExchangeChain(units=4, levels=3, coupling=0.1, exchange=J[::-1], detuning=shift[::-1])
    a = cq.population_kernel(one, [1.5], start=(2, 1, 0, 0)).rates().values
    b = cq.population_kernel(two, [1.5], start=(0, 0, 1, 2)).rates().values
    assert_close(a, b[:, ::-1], 1e-11)


@given(seeds, st.floats(-3, 3))
@settings(max_examples=15)
def test_a_common_energy_does_not_matter(seed, energy):
    model = random_units(seed)
    moved = model.model_copy(update={"levels": model.levels + energy})
    one, two = (cq.population_kernel(m, [1.0]).generator(0) for m in (model, moved))
    assert_close(one, two, 1e-11)


@given(seeds)
@settings(max_examples=10)
def test_energy_of_exchange_is_conserved(seed):
    """Permutations of equal units conserve Σu_i in every order, and the currents say how it moves."""
    rng = np.random.default_rng(seed)
    model = cq.ExchangeChain(units=4, levels=3, coupling=0.1, spectrum=np.sort(rng.uniform(0, 2, 3)))
    kernel = cq.population_kernel(model, [0.5, 2.0], order=2, start=(2, 1, 0, 0))
    found = kernel.solve([0.0, 0.5, 2.0], initial=(2, 1, 0, 0))
    total = found.local_energies.sum(axis=1)
    assert_close(total, np.full(3, total[0]), 1e-10)
    assert_close(found.energy_rates.sum(axis=1), np.zeros(3), 1e-12)
    w = 2 * 0.01 * found.times
    assert_close(found.currents, -w[:, None] * np.diff(found.local_energies, axis=1), 1e-10)


@given(seeds)
@settings(max_examples=4)
def test_markov_solution_relaxes_to_equal_populations(seed):
    """Symmetric golden-rule rates make all states of the sector equally likely."""
    rng = np.random.default_rng(seed)
    chain = cq.SpinChain(sites=4, hopping=rng.uniform(0.5, 1.5, 3), dephasing=rng.uniform(0.5, 2, 4))
    kernel = cq.markov_kernel(chain, start=(1, 1, 0, 0))
    P = kernel.solve([0.0, 1.0, 200.0], initial=(1, 1, 0, 0)).populations
    assert_close(P[-1], np.full(6, 1 / 6), 1e-8)
    assert P.min() >= -1e-10
