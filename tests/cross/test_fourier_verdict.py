"""When the population equation is said to give Fourier's law: against the energies themselves."""

import numpy as np
import pytest

import caloriq as cq
from caloriq.reduced.populations.kernel import singular_time
from testers import assert_close, refused

BATH = cq.PureDephasing(rate=0.5)


def flow(kernel, populations):
    """du/dt by the kernel, and by w (u_j - u_i)."""
    found = kernel.solve([0.0], populations=populations)
    u, rates = found.local_energies[0], kernel.rates()
    law = np.zeros_like(u)
    for (i, j), w in zip(rates.bonds, rates.values[0], strict=True):
        law[i] += w * (u[j] - u[i])
        law[j] += w * (u[i] - u[j])
    return found.energy_rates[0], law


def random_populations(kernel):
    P = np.random.default_rng(0).random(kernel.space.dimension)
    return P / P.sum()


@pytest.mark.parametrize("levels", [2, 3])
def test_equal_units(levels):
    """Where it is said to follow, it does."""
    chain = cq.ExchangeChain(units=4, levels=levels, coupling=0.02, exchange=[1, 2, 0.5], bath=BATH)
    kernel = cq.markov_kernel(chain, start=(levels - 1, 1, 0, 0))
    assert kernel.sentence.startswith("Fourier's law follows")
    exact, law = flow(kernel, random_populations(kernel))
    assert_close(exact, law, 1e-16)


UNLIKE = {
    "detuned": {"detuning": [0.0, 4.0, 0.0]},
    "another spacing": {"levels": 3, "spectrum": [0, 1, 1.9], "detuning": [0.0, 0.3, 0.0]},
}


@pytest.mark.parametrize("name", UNLIKE)
def test_unlike_units(name):
    """Exchange between units of different levels does not conserve Σu: it is not said to follow, and has no κ."""
    chain = cq.ExchangeChain(units=3, coupling=0.1, bath=BATH, **UNLIKE[name])
    kernel = cq.markov_kernel(chain, start=(chain.levels - 1, 1, 0))
    exact, law = flow(kernel, random_populations(kernel))
    assert np.abs(exact - law).max() > 1e-3 * np.abs(law).max()
    assert kernel.assumptions().energy_conservation[0] == pytest.approx(1.0)
    assert kernel.rates().misfit[0] < 1e-12 or name != "detuned"  # the levels' populations do obey one rate per bond
    assert "violate energy conservation" in kernel.sentence
    with pytest.raises(cq.NotEnoughData):
        kernel.conductivity(1.0)


def lacking():
    """Three levels, of which the lowest and the highest are not exchanged."""
    V = np.zeros((9, 9))
    for a, b in ((0, 1), (1, 2)):
        V[a * 3 + b, b * 3 + a] = V[b * 3 + a, a * 3 + b] = 1
    return cq.CoupledUnits(units=3, levels=[0, 1, 1.9], interaction=V, coupling=0.05, bath=cq.PureDephasing(rate=1.0))


def test_absent_exchanges_depend_on_the_levels():
    """Rates that are zero count: one w for all exchanges is off by what is absent."""
    kernel = cq.markov_kernel(lacking(), start=(2, 1, 0))
    exact, law = flow(kernel, random_populations(kernel))
    assert np.abs(exact - law).max() > 0.1 * np.abs(law).max()
    a = kernel.assumptions()
    # on either bond 4 of 6 exchanges have the rate r, so w = 2r/3: 4/9·4 + 2·4/9 of 4 in units of r² per bond
    assert a.level_independence[0] == pytest.approx(np.sqrt((4 / 9 + 8 / 9) / 4), rel=1e-12)
    assert a.misfit[0] == pytest.approx(a.level_independence[0], rel=1e-12)
    assert "level independence" in kernel.sentence


def test_cut_chain_has_no_conductivity():
    cut = cq.ExchangeChain(units=4, exchange=[1, 0, 1], coupling=0.1, bath=BATH)
    kernel = cq.markov_kernel(cut, start=(1, 0, 1, 0))
    assert "κ" not in kernel.sentence
    with refused("model", "every unit to the next"):
        kernel.conductivity(1.0)
    star = np.zeros((4, 4))
    star[0, 1:] = star[1:, 0] = 1
    with refused("model", "every unit to the next"):
        cq.markov_kernel(cq.ExchangeChain(units=4, exchange=star, coupling=0.1, bath=BATH)).conductivity(1.0)


@pytest.mark.parametrize("order", ["exact", 2, 4])
@pytest.mark.parametrize("change", [{"start": (0, 0, 0)}, {"exchange": 0.0}], ids=["nothing excited", "not coupled"])
def test_nothing_to_move(order, change):
    """One state, or no coupling: no rates, and a sentence that says so."""
    start = change.get("start")
    chain = cq.ExchangeChain(units=3, coupling=0.1, **({} if start else change))
    kernel = cq.population_kernel(chain, [1.0, 2.0], order=order, start=start)
    assert "no rate is left" in kernel.sentence
    assert_close(kernel.assumptions().norm, np.zeros(2), 1e-15)


def test_long_times_are_stiff():
    """A Markov equation over 1e9 times its fastest rate ends in equal populations."""
    chain = cq.ExchangeChain(units=4, coupling=0.1)
    kernel = cq.markov_kernel(chain, density=3.0, start=(1, 1, 0, 0))
    found = kernel.solve([1.0, 1e9], initial=(1, 1, 0, 0))
    assert_close(found.populations[1], np.full(6, 1 / 6), 1e-9)
    assert "Radau" in found.method.name
    short = kernel.solve([1.0], initial=(1, 1, 0, 0))
    assert "DOP853" in short.method.name
    assert_close(found.populations[0], short.populations[0], 1e-9)


def test_default_start_is_the_kernels():
    """Also where states come before it in the order of the space."""
    kernel = cq.population_kernel(cq.ExchangeChain(units=3), [0.1], start=(0, 0, 1))
    assert_close(kernel.solve([0.0]).local_energies, [[0, 0, 1.0]], 0.0)
    flips = np.array([[0, 1, 1, 0], [1, 0, 0, 1], [1, 0, 0, 1], [0, 1, 1, 0]], dtype=float)
    units = cq.CoupledUnits(units=2, levels=[0, 1], interaction=flips, coupling=0.1)
    assert_close(cq.population_kernel(units, [0.1]).solve([0.0]).local_energies, [[1.0, 0.0]], 0.0)


def test_singular_times_cost_little():
    """Transfers that the search takes grow with the logarithm of its accuracy, not with its inverse."""
    from caloriq.reduced.populations.exact import ExactGenerator
    from caloriq.reduced.populations.space import space

    for units, start in ((6, (1, 1, 1, 0, 0, 0)), (8, (1, 1, 1, 1, 0, 0, 0, 0))):
        source = ExactGenerator(space(cq.ExchangeChain(units=units, coupling=0.1), start))
        found = source.first_singular(source.looked_at(0.0), source.looked_at(30.0))
        assert found == pytest.approx(
            singular_time(cq.ExchangeChain(units=units, coupling=0.1), until=found + 0.1, start=start)
        )
        assert source.products / 2 < 100
