"""Laws of driven chains: conservation, equilibrium, symmetry, positivity, entropy."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import caloriq as cq
from caloriq.models import sectors
from caloriq.models.graphs import unreached
from caloriq.steady import full
from driven import REFERENCE, networks, uniform, wires
from testers import assert_close


@given(st.one_of(wires(ends=False), networks()))
@settings(max_examples=30)
def test_conservation_and_positivity(model):
    found = cq.steady_state(model)
    scale = max(r.total for r in model.bath_rates)
    assert abs(found.excitation_currents.sum()) <= 1e-9 * scale
    assert abs(found.heat_currents.sum() + found.dephasing_current) <= 1e-9 * scale * 10
    assert found.populations.min() >= -1e-12
    assert found.populations.max() <= 1 + 1e-12
    assert found.jump_entropy_production >= -1e-9
    assert found.certificate.holds
    if found.state is not None:
        assert min(np.linalg.eigvalsh(b)[0] for b in found.state) > -1e-10
        assert sum(np.trace(b).real for b in found.state) == pytest.approx(1, abs=1e-12)
        spectrum = np.linalg.eigvalsh(found.pair(0, 1))
        assert spectrum.min() > -1e-10


@given(
    st.integers(2, 4),
    st.floats(0.2, 3.0),
    st.floats(-1, 1),
    st.sampled_from([0.0, 0.5]),
    st.floats(0.1, 2.0),
    st.floats(0.1, 2.0),
)
@settings(max_examples=20)
def test_equal_temperatures_give_the_thermal_product_state(sites, T, zz, dephasing, first, last):
    """Uniform frequency: ΠE^(-ω n/T) commutes with H; ZZ interaction and dephasing included."""
    baths = (cq.Bath(site=0, temperature=T, rate=first), cq.Bath(site=-1, temperature=T, rate=last))
    chain = cq.SpinChain(sites=sites, hopping=0.8, zz=zz, dephasing=dephasing, baths=baths)
    found = cq.steady_state(chain, method=cq.Sector(tol=1e-13))
    scale = max(r.total for r in chain.bath_rates)
    assert np.abs(found.heat_currents).max() <= 1e-10 * scale
    p = 1 / (1 + np.exp(1 / T))
    space = sectors.basis(sites)
    expected = np.diag(np.prod([np.where((np.arange(2**sites) >> j) & 1, p, 1 - p) for j in range(sites)], axis=0))
    assert_close(full.density(found.state, sites), expected.astype(complex), 1e-10)
    assert space.dimension == sum(b.size for b in found.state)
    assert_close(found.temperatures, np.full(sites, T), 1e-7 * T)
    assert abs(found.entropy_production) <= 1e-9 * scale / T


@given(wires())
@settings(max_examples=20)
def test_mirror_symmetry(model):
    N = model.sites
    baths = tuple(
        bath.model_copy(update={"site": N - 1 - s}) for bath, s in zip(model.baths, model.bath_sites, strict=True)
    )
    mirrored = model.model_copy(
        update={
            "hopping": model.hopping[::-1],
            "zz": model.zz[::-1],
            "frequency": model.frequencies[::-1],
            "dephasing": model.dephasing_rates[::-1],
            "baths": baths,
        }
    )
    one, two = cq.steady_state(model), cq.steady_state(mirrored)
    assert_close(two.currents, -one.currents[::-1], 1e-9)
    assert_close(two.populations, one.populations[::-1], 1e-9)
    assert_close(two.heat_currents, one.heat_currents, 1e-8)


@given(wires())
@settings(max_examples=15)
def test_particle_hole_symmetry(model):
    """Excited and empty exchanged, gain and loss exchanged: currents change sign (ZZ shifts nothing here)."""
    baths = tuple(
        cq.Bath(site=s, gain=r.loss, loss=r.gain) for s, r in zip(model.bath_sites, model.bath_rates, strict=True)
    )
    turned = model.model_copy(update={"frequency": -model.frequencies, "baths": baths})
    one, two = cq.steady_state(model), cq.steady_state(turned)
    assert_close(two.populations, 1 - one.populations, 1e-9)
    assert_close(two.currents, -one.currents, 1e-9)


@given(st.integers(2, 5), st.floats(0.0, 2.0), st.floats(0.1, 3.0), st.floats(0.1, 3.0), st.floats(0.1, 2.0))
@settings(max_examples=30)
def test_second_law_for_uniform_frequencies(sites, dephasing, T1, T2, rate):
    baths = (cq.Bath(site=0, temperature=T1, rate=rate), cq.Bath(site=-1, temperature=T2, rate=1.0))
    found = cq.steady_state(cq.SpinChain(sites=sites, hopping=0.7, dephasing=dephasing, baths=baths))
    assert found.entropy_production >= -1e-10 * np.abs(found.heat_currents).max()
    assert found.second_law


def test_second_law_broken_by_local_baths():
    """Levy, Kosloff: unequal frequencies, and heat runs from cold to hot although nothing works on the chain."""
    baths = (cq.Bath(site=0, temperature=1.0, rate=1.0), cq.Bath(site=1, temperature=0.8, rate=1.0))
    chain = cq.SpinChain(sites=2, hopping=0.3, frequency=[2.0, 1.0], baths=baths)
    found = cq.steady_state(chain)
    assert found.heat_currents[1] > 0  # out of the colder bath
    assert found.heat_currents[0] < 0  # into the warmer one
    assert found.entropy_production < 0
    assert not found.second_law
    assert found.jump_entropy_production > 0


@given(st.integers(0, 2**32 - 1), st.integers(1, 40), st.integers(1, 3000))
@settings(max_examples=20)
def test_samples_do_not_depend_on_their_number(seed, few, more):
    disorder = (cq.Disorder(quantity="frequency", width=0.5, centre=1.0), cq.Disorder(quantity="hopping", width=0.2))
    short = cq.DisorderedChain(chain=uniform(3), disorder=disorder, samples=few, seed=seed)
    long = short.model_copy(update={"samples": few + more})
    assert np.array_equal(short.draws("frequency", 0, few), long.draws("frequency", 0, few + more)[:few])
    last = long.sample(few + more - 1)
    assert np.array_equal(last.hopping, long.draws("hopping", 0, few + more)[-1])
    # one quantity's draws do not depend on whether another is random
    alone = cq.DisorderedChain(chain=uniform(3), disorder=disorder[1:], samples=few, seed=seed)
    assert np.array_equal(alone.draws("hopping", 0, few), short.draws("hopping", 0, few))


def chain_bonds(N):
    return np.arange(N - 1), np.arange(1, N)


def test_zero_forcing():
    assert unreached(5, *chain_bonds(5), {0}, set()).size == 0
    assert list(unreached(5, *chain_bonds(5), {2}, set())) == [0, 1, 3, 4]
    assert unreached(5, *chain_bonds(5), {2}, set(range(5))).size == 0
    star = (np.zeros(3, int), np.arange(1, 4))
    assert list(unreached(4, *star, {1}, set())) == [2, 3]
    assert unreached(4, *star, {1, 2}, set()).size == 0
    assert list(unreached(4, *star, {0}, {1})) == [2, 3]


def test_dark_modes_are_not_certified():
    """A bath on the middle of three sites leaves the antisymmetric mode alone: no unique steady state, no result."""
    baths = (cq.Bath(site=1, gain=0.3, loss=1.0),)
    chain = cq.SpinChain(sites=3, hopping=1.0, baths=baths)
    with pytest.raises(cq.NotConverged) as caught:
        cq.steady_state(chain)
    assert caught.value.solution is not None
    fine = chain.model_copy(update={"dephasing": 0.2})
    assert cq.steady_state(fine).certificate.holds


def test_all_pairs_without_dephasing_are_unique_by_a_second_solution():
    rng = np.random.default_rng(0)
    g = np.triu(rng.random((4, 4)), 1)
    found = cq.steady_state(cq.SpinChain(sites=4, couplings=g + g.T, frequency=rng.random(4) + 0.5, baths=REFERENCE))
    assert found.certificate["distance of a second solution"].value < 1e-8


@pytest.mark.parametrize("model", [uniform(4, 0.3, zz=0.5), uniform(6, 0.3)], ids=["sector", "two-point"])
def test_relaxation_ends_in_the_steady_state(model):
    end = cq.steady_state(model, method="auto" if model.interacting else cq.TwoPoint())
    found = cq.evolve(model, [0.0, 1.0, 150.0])
    assert_close(found.populations[0], np.zeros(model.sites), 0)
    assert_close(found.populations[-1], end.populations, 1e-8)
    assert_close(found.heat_currents[-1], end.heat_currents, 1e-8)
    again = cq.evolve(model, [1.0], initial=end)
    assert_close(again.populations[0], end.populations, 1e-9)


def test_entropy_production_along_the_way():
    """Never negative from a full-rank start for uniform frequencies; dS/dt by differences; its end is the steady value."""
    baths = (cq.Bath(site=0, temperature=1.0, rate=1.0), cq.Bath(site=-1, temperature=0.5, rate=1.0))
    for model in (
        cq.SpinChain(sites=3, hopping=1.0, dephasing=0.4, baths=baths),
        cq.SpinChain(sites=3, hopping=1.0, baths=baths),
    ):
        method = cq.Sector() if model.dephasing else cq.TwoPoint()
        times = np.linspace(0, 4, 401)
        found = cq.evolve(model, times, initial=cq.product(0.4), method=method)
        assert found.entropy_production.min() >= 0
        flow = found.heat_currents @ np.array([1.0, 2.0])
        slope = np.gradient(found.entropy, times, edge_order=2)
        assert_close(slope[5:-5], (found.entropy_production + flow)[5:-5], 2e-4)
        end = cq.evolve(model, [100.0], initial=cq.product(0.4), method=method)
        assert end.entropy_production[-1] == pytest.approx(cq.steady_state(model).entropy_production, rel=1e-5)


def test_energy_balance_in_time():
    """d⟨H⟩/dt is the sum of the heat currents, dephasing included."""
    rng = np.random.default_rng(2)
    chain = uniform(4, 0.5, zz=0.3).model_copy(update={"frequency": rng.uniform(0.5, 1.5, 4)})
    x, w = np.polynomial.legendre.leggauss(24)
    times = np.concatenate([[0.0], (x + 1) / 2 * 2.0, [2.0]])
    found = cq.evolve(chain, times)
    brought = (found.heat_currents.sum(axis=1) + found.dephasing_current)[1:-1] @ w
    assert found.energy[-1] - found.energy[0] == pytest.approx(brought, abs=1e-9)


def test_scaling_of_an_ensemble_has_errors():
    disorder = (cq.Disorder(quantity="frequency", width=0.5),)
    ensemble = cq.DisorderedChain(chain=uniform(2, 1.0), disorder=disorder, samples=50, seed=1)
    found = cq.scaling(ensemble, [3, 5, 7])
    assert np.all(found.errors > 0)
    assert found.alpha_error > 0
    assert np.all(np.diff(found.currents) < 0)


def test_work_is_counted_and_does_not_grow_with_the_size():
    """Products of the sector method at γ = 1: 13…16 for N = 6…10, and tens without dephasing."""
    counts = [cq.steady_state(uniform(N, 1.0, zz=0.5)).method.statistics["products"] for N in (5, 6, 7, 8)]
    assert max(counts) <= 18
    assert counts[-1] - counts[0] <= 6
    assert cq.steady_state(uniform(8, 4.0, zz=0.5)).method.statistics["products"] <= 16
    assert cq.steady_state(uniform(8, 0.0, zz=0.5)).method.statistics["products"] <= 34
