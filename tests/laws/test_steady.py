"""Laws of driven chains: conservation, equilibrium, symmetry, positivity, entropy."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import caloriq as cq
from caloriq.models.graphs import unreached
from caloriq.spaces.numbers import by_number
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
    space = by_number(sites)
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
    with pytest.raises(cq.NotConverged, match="one steady state"):
        cq.steady_state(chain)
    with pytest.raises(cq.NotConverged) as caught:
        cq.steady_state(chain, method=cq.Sector())
    assert caught.value.solution is not None
    fine = chain.model_copy(update={"dephasing": 0.2})
    assert cq.steady_state(fine).certificate.holds


def test_all_pairs_without_dephasing_are_unique_by_a_second_solution():
    rng = np.random.default_rng(0)
    g = np.triu(rng.random((4, 4)), 1)
    model = cq.SpinChain(sites=4, couplings=g + g.T, frequency=rng.random(4) + 0.5, baths=REFERENCE)
    found = cq.steady_state(model, method=cq.Sector())
    assert found.certificate["distance of a second solution"].value < 1e-8
    proved = cq.steady_state(model)  # regular equations in the sector: no other state of it is steady
    assert_close(proved.populations, found.populations, 1e-9)


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
        found = cq.evolve(model, times, initial=cq.starts.product(0.4), method=method)
        assert found.entropy_production.min() >= 0
        flow = found.heat_currents @ np.array([1.0, 2.0])
        slope = np.gradient(found.entropy, times, edge_order=2)
        assert_close(slope[5:-5], (found.entropy_production + flow)[5:-5], 2e-4)
        end = cq.evolve(model, [100.0], initial=cq.starts.product(0.4), method=method)
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
    """Products of the sector method at γ = 1: 16…19 for N = 5…8, bounds included, and tens without dephasing."""

    def products(sites, dephasing):
        return cq.steady_state(uniform(sites, dephasing, zz=0.5), method=cq.Sector()).method.statistics["products"]

    counts = [products(N, 1.0) for N in (5, 6, 7, 8)]
    assert max(counts) <= 21  # a quarter of them for the bounds
    assert counts[-1] - counts[0] <= 8
    assert products(8, 4.0) <= 18
    assert products(8, 0.0) <= 38


@given(wires(ends=False), st.floats(0.1, 10.0))
@settings(max_examples=15)
def test_all_energies_and_rates_scaled(model, factor):
    """𝓛 times a factor: the same state, currents times the factor, heat times its square."""
    scaled = model.model_copy(
        update={
            "hopping": factor * model.hopping,
            "zz": factor * model.zz,
            "frequency": factor * model.frequencies,
            "dephasing": factor * model.dephasing_rates,
            "baths": tuple(
                cq.Bath(site=s, gain=factor * r.gain, loss=factor * r.loss, name=f"{i}")
                for i, (s, r) in enumerate(zip(model.bath_sites, model.bath_rates, strict=True))
            ),
        }
    )
    one, two = cq.steady_state(model), cq.steady_state(scaled)
    assert_close(two.populations, one.populations, 1e-9)
    assert_close(two.currents / factor, one.currents, 1e-9)
    assert_close(two.heat_currents / factor**2, one.heat_currents, 1e-8)


@given(networks(), st.permutations(range(4)))
@settings(max_examples=12)
def test_sites_renamed(model, order):
    """Another numbering of the sites: strings, blocks and places all move, the physics does not."""
    order = np.array([s for s in order if s < model.sites])
    place = np.argsort(order)
    turned = cq.SpinChain(
        sites=model.sites,
        couplings=model.couplings[np.ix_(order, order)],
        zz=model.zz[np.ix_(order, order)],
        frequency=model.frequencies[order],
        dephasing=model.dephasing_rates[order],
        baths=tuple(b.model_copy(update={"site": int(place[s])}) for b, s in zip(model.baths, model.bath_sites, strict=True)),
    )  # fmt: skip
    one, two = cq.steady_state(model), cq.steady_state(turned)
    assert_close(two.populations, one.populations[order], 1e-9)
    assert_close(two.two_point, one.two_point[np.ix_(order, order)], 1e-9)
    assert_close(two.pair_correlations, one.pair_correlations[np.ix_(order, order)], 1e-9)
    assert_close(two.heat_currents, one.heat_currents, 1e-8)
    assert two.energy == pytest.approx(one.energy, abs=1e-9)


@given(networks(), st.integers(0, 2**32 - 1))
@settings(max_examples=12)
def test_phases_of_the_sites_are_a_gauge(model, seed):
    """σ⁻_k → exp(iφ_k) σ⁻_k turns g_kl and coherences, and nothing that is measured."""
    phase = np.exp(2j * np.pi * np.random.default_rng(seed).random(model.sites))
    turned = model.model_copy(update={"couplings": phase[:, None] * model.couplings * phase.conj()})
    one, two = cq.steady_state(model), cq.steady_state(turned)
    for name in ("populations", "currents", "heat_currents", "excitation_currents"):
        assert_close(getattr(two, name), getattr(one, name), 1e-8)
    assert_close(two.two_point, phase.conj()[:, None] * one.two_point * phase, 1e-9)


@given(wires(), st.floats(-3.0, 3.0))
@settings(max_examples=12)
def test_common_frequency_is_a_frame(model, offset):
    """All frequencies moved by the same: with rates given nothing but the energy an excitation carries changes."""
    baths = tuple(
        cq.Bath(site=s, gain=r.gain, loss=r.loss) for s, r in zip(model.bath_sites, model.bath_rates, strict=True)
    )
    still = model.model_copy(update={"baths": baths})
    moved = still.model_copy(update={"frequency": model.frequencies + offset})
    one, two = cq.steady_state(still), cq.steady_state(moved)
    assert_close(two.populations, one.populations, 1e-9)
    assert_close(two.coherences, one.coherences, 1e-9)
    assert_close(two.heat_currents, one.heat_currents + offset * one.excitation_currents, 1e-8)
    assert two.dephasing_current == pytest.approx(one.dephasing_current, abs=1e-8)


@given(st.integers(2, 20), st.sampled_from([0.0, 0.8]), st.integers(0, 2**32 - 1))
@settings(max_examples=20)
def test_superposition_without_interaction(sites, dephasing, seed):
    """At fixed decay rates the two-point set is linear in the gains, dephasing or not."""
    rng = np.random.default_rng(seed)
    fields = {
        "sites": sites,
        "hopping": rng.uniform(0.3, 1.5, sites - 1),
        "frequency": rng.uniform(0.5, 1.5, sites),
        "dephasing": dephasing * rng.random(sites),
    }

    def state(first, last):
        ends = (cq.Bath(site=0, gain=first, loss=1.0 - first), cq.Bath(site=-1, gain=last, loss=2.0 - last))
        return cq.steady_state(cq.SpinChain(**fields, baths=ends), method=cq.TwoPoint())

    one, two, both = state(0.6, 0.0), state(0.0, 1.1), state(0.6, 1.1)
    assert_close(both.two_point, one.two_point + two.two_point, 1e-10)
    full = state(1.0, 2.0)  # gain alone: every site filled
    assert_close(full.two_point, np.eye(sites).astype(complex), 1e-10)


def kernel_dimension(model):
    singular = np.linalg.svd(full.liouvillian(model).toarray(), compute_uv=False)
    return int((singular < 1e-9 * singular[0]).sum())


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=30)
def test_zero_forcing_is_sufficient(seed):
    """Where it reaches every site, 𝓛 has one null vector: random graphs, baths and dephasing, equal and random numbers."""
    rng = np.random.default_rng(seed)
    N = int(rng.integers(2, 5))
    g = np.triu(rng.random((N, N)) < 0.6, 1) * (rng.uniform(0.5, 1.5, (N, N)) if rng.random() < 0.5 else 1.0)
    baths = [cq.Bath(site=int(s), gain=0.4, loss=0.9) for s in rng.choice(N, rng.integers(1, N), replace=False)]
    dephasing = 0.5 * (rng.random(N) < 0.3)
    model = cq.SpinChain(
        sites=N, couplings=g + g.T, zz=0.3 * float(rng.random() < 0.5), dephasing=dephasing, baths=tuple(baths)
    )
    first, second, hopping, _ = model.bonds
    there = hopping != 0
    missing = unreached(N, first[there], second[there], set(model.bath_sites), set(np.flatnonzero(dephasing).tolist()))
    count = kernel_dimension(model)
    assert count == 1 or missing.size > 0
    if count > 1 and np.any(there):
        with pytest.raises((cq.NotConverged, cq.InvalidInput)):
            cq.steady_state(model, method=cq.Sector())


def test_zero_forcing_sees_dark_modes():
    """Where it fails 𝓛 may have two null vectors (exchange of equal arms), or one all the same (the string of a spin)."""
    bath = (cq.Bath(site=1, gain=0.3, loss=1.0),)
    chain = cq.SpinChain(sites=3, hopping=1.0, baths=bath)
    assert kernel_dimension(chain) > 1
    assert kernel_dimension(chain.model_copy(update={"dephasing": [0.0, 0.0, 0.2]})) == 1
    unequal = chain.model_copy(update={"hopping": [1.0, 0.5]})
    assert kernel_dimension(unequal) == 1
    found = cq.steady_state(unequal, method=cq.Sector())
    assert found.certificate["distance of a second solution"].value < 1e-8
    assert_close(cq.steady_state(unequal).populations, np.full(3, 0.3 / 1.3), 1e-15)
    assert_close(found.populations, np.full(3, 0.3 / 1.3), 1e-9)


def scanned():
    """Two sites, every pair of frequency ratio, temperature and coupling of a coarse grid."""
    for ratio in (1.0, 1.5, 2.0, 3.0):
        for cold in (0.5, 0.8, 0.95):
            for g in (0.05, 0.3, 1.0):
                baths = (cq.Bath(site=0, temperature=1.0, rate=1.0), cq.Bath(site=1, temperature=cold, rate=1.0))
                yield ratio, cold, cq.SpinChain(sites=2, hopping=g, frequency=[ratio, 1.0], baths=baths)


def test_where_local_baths_break_the_second_law():
    """For weak coupling the sign is that of the excitation current: broken for T₂ω₁/T₁ω₂ > 1, and only there."""
    broken = 0
    for ratio, cold, chain in scanned():
        found = cq.steady_state(chain, method=cq.Full())
        assert found.second_law == (-(found.heat_currents / [1.0, cold]).sum() >= -1e-12)
        assert found.jump_entropy_production >= -1e-12
        if ratio * cold <= 1:
            assert found.second_law
        elif float(chain.hopping) == 0.05:
            assert not found.second_law
        broken += not found.second_law
    assert broken >= 8


@given(wires(ends=False))
@settings(max_examples=10)
def test_reports_do_not_depend_on_the_order_of_the_baths(model):
    turned = model.model_copy(update={"baths": model.baths[::-1]})
    one, two = cq.steady_state(model), cq.steady_state(turned)
    assert two.bath_names == one.bath_names[::-1]
    assert_close(two.heat_currents, one.heat_currents[::-1], 1e-10)
    assert_close(two.populations, one.populations, 1e-10)


def test_errors_of_an_ensemble_are_those_of_the_mean():
    """Standard errors: recomputed from the samples, and falling as one over the root of their number."""
    disorder = (cq.Disorder(quantity="frequency", width=0.6),)
    sizes = [3, 4, 6]
    few = cq.DisorderedChain(chain=uniform(3, 1.0), disorder=disorder, samples=40, seed=2)
    many = few.model_copy(update={"samples": 640})
    one, two = (cq.scaling(model, sizes, of="excitations") for model in (few, many))
    J = cq.steady_state(few).currents.mean(axis=1)
    assert one.currents[0] == pytest.approx(J.mean(), rel=1e-12)
    assert one.errors[0] == pytest.approx(J.std(ddof=1) / np.sqrt(40), rel=1e-12)
    assert_close(one.errors / two.errors, np.full(3, 4.0), 1.2)
    assert one.alpha_error / two.alpha_error == pytest.approx(4, rel=0.3)
    assert np.all(np.abs(one.currents - two.currents) < 5 * one.errors)
