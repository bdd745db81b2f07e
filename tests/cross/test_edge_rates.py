"""One Hamiltonian has one theory, however it is written: as a chain or a network, in matrices, weights or the coupling."""

import numpy as np
import pytest

import caloriq as cq
from caloriq.reduced.average.lattices import lattice_tensor
from testers import assert_close

PATH = [[0, 1], [1, 2]]


def gaussian(count: int, n: int, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return (rng.standard_normal((count, n, n)) + 1j * rng.standard_normal((count, n, n))) / np.sqrt(2)


def both(matrices: np.ndarray, **fields: float):
    """The chain and the network of the same matrices."""
    common = {"levels": matrices.shape[1], "bandwidth": 0.05, "interaction": "given", "matrices": matrices} | fields
    N = len(matrices) + 1
    path = [[k, k + 1] for k in range(N - 1)]
    return cq.ModularChain(subunits=N, **common), cq.ModularNetwork(graph=path, **common)


def test_bonds_of_unequal_matrices():
    """g and 2g at n = 400: the rates differ by 4, the dynamics follows them, on the chain as on the network."""
    v = gaussian(2, 400)
    v[1] *= 2
    chain, network = both(v, coupling=1.2 * 0.05 / 800)
    one, other = cq.ham(chain), cq.ham(network)
    golden = 2 * np.pi * chain.coupling**2 * 400 / 0.05 * np.mean(np.abs(v) ** 2, axis=(1, 2))
    assert_close(one.edge_rates, golden, 1e-15 * golden.max())
    assert one.rate == pytest.approx(golden.mean(), rel=1e-14)
    t = np.linspace(0, 5 / one.rate, 61)
    exact = cq.evolve(network, t, initial=cq.haar(0, seed=1))
    for theory in (one, other):
        judged = cq.verdict(cq.evolve(theory.model, t, initial=cq.haar(0, seed=1)), theory)
        assert judged.deviation.values.max() < 2e-4
        assert judged.diffusive
        assert theory.peak_words == "κ_th of the edges peaks at 0.002815 to 0.01127 at T = 0.1512"
    assert np.abs(exact.populations - one.solve(t).populations).max() < 0.05
    # what the mean over the bonds would say is far off
    mean = cq.ham(cq.ModularChain(subunits=3, levels=400, bandwidth=0.05, coupling=chain.coupling * 2.5**0.5, seed=0))
    assert np.mean((exact.populations - mean.solve(t).populations) ** 2, axis=0).max() > 0.01


@pytest.mark.parametrize("factors", [(1, 1, 1), (1, 2, 3), (0.3, 0, 1.5), (1e-3, 1, 1e3)])
def test_chain_and_network_agree_to_rounding(factors):
    v = gaussian(3, 8) * np.array(factors)[:, None, None]
    one, other = (cq.ham(model) for model in both(v, coupling=1e-3))
    assert one.rate == other.rate
    assert [(c.name, c.value) for c in one.criteria] == [
        (c.name, pytest.approx(c.value, rel=1e-14)) for c in other.criteria
    ]
    assert_close(one.edge_rates, other.edge_rates, 0.0)
    assert_close(one.edge_conductivity([0.1, 0.3]), other.edge_conductivity([0.1, 0.3]), 0.0)
    t = np.array([0.0, 0.1, 1.0, 30.0]) / one.rate
    for initial in (0, 2, [0.2, 0.5, 0.1, 0.2]):
        ours, theirs = one.solve(t, initial=initial), other.solve(t, initial=initial)
        assert_close(ours.populations, theirs.populations, 1e-14)
        assert_close(ours.currents / one.rate, theirs.currents / one.rate, 1e-12)


def test_a_bond_of_zeros_carries_nothing():
    v = gaussian(2, 30)
    v[1] = 0
    for model in both(v, coupling=1e-3):
        theory = cq.ham(model)
        t = np.array([0.0, 1.0, 50.0]) / theory.rate
        found = theory.solve(t)
        assert_close(found.populations[:, 2], np.zeros(3), 0.0)
        assert_close(found.currents[:, 1], np.zeros(3), 0.0)
        assert_close(found.populations[-1], np.array([0.5, 0.5, 0.0]), 1e-14)
        assert theory.edge_conductivity(0.3)[1] == 0
        assert not theory.criteria[0].holds
        assert not theory.holds
        exact = cq.evolve(model, np.linspace(0, 5 / theory.rate, 21))
        assert exact.populations[-1, 2] == pytest.approx(0, abs=1e-12)
        judged = cq.verdict(exact, theory)
        assert not judged.diffusive
    assert cq.ham(both(v, coupling=1e-3)[0]).conductivity_tensor(0.3) == 0


WAYS = {
    "coupling": {"coupling": 3e-4, "graph": PATH},
    "matrices": {"coupling": 1e-4, "graph": PATH, "factor": 3},
    "weights": {"coupling": 1e-4, "graph": [[0, 1, 3.0], [1, 2, 3.0]]},
    "both": {"coupling": 2e-4, "graph": [[0, 1, 0.5], [1, 2, 0.5]], "factor": 3},
}


@pytest.mark.parametrize("way", WAYS)
def test_rate_window_and_conductivity_do_not_depend_on_the_way_it_is_written(way):
    """λ w v alone counts: γ, 5/γ, criteria, κ, D²."""
    v = gaussian(2, 40)
    fields = dict(WAYS[way])
    model = cq.ModularNetwork(
        levels=40, bandwidth=0.05, interaction="given", matrices=v * fields.pop("factor", 1), **fields
    )
    chain = cq.ham(
        cq.ModularChain(subunits=3, levels=40, bandwidth=0.05, coupling=3e-4, interaction="given", matrices=v)
    )
    theory = cq.ham(model)
    assert theory.rate == pytest.approx(chain.rate, rel=1e-13)
    assert theory.uniform
    assert theory.conductivity(0.3) == pytest.approx(chain.conductivity(0.3), rel=1e-13)
    assert theory.peak == pytest.approx(chain.peak, rel=1e-13)
    assert [c.value for c in theory.criteria] == pytest.approx([c.value for c in chain.criteria], rel=1e-12)
    t = np.linspace(0, 5.001 / chain.rate, 21)
    ours, theirs = (cq.deviation(cq.evolve(one.model, t), one) for one in (theory, chain))
    assert ours.span == pytest.approx(theirs.span, rel=1e-13)
    assert_close(ours.values, theirs.values, 1e-10)


def test_long_chains_of_unequal_bonds():
    """Beyond the eigenbasis by a series, with its bound; against the matrix exponential's own eigenbasis."""
    v = np.random.default_rng(3).uniform(0.5, 2, (700, 1, 1))
    one, other = (cq.ham(model) for model in both(v, coupling=0.01))
    t = np.array([0.5, 20.0]) / one.rate
    long = one.solve(t, initial=300)
    assert long.method.name == "series"
    assert long.certificate["truncation"].holds
    assert_close(long.populations, other.solve(t, initial=300, method="eigenbasis").populations, 3e-12)


def test_statistical_differences_are_no_difference():
    """Gaussian matrices of one strength have one κ; 1 % more than their ⟨|v|²⟩ scatters has not."""
    v = gaussian(4, 60)
    assert cq.ham(both(v, coupling=1e-3)[0]).uniform
    v[0] *= 1 + 5 / 60
    assert not cq.ham(both(v, coupling=1e-3)[0]).uniform


def test_one_matrix_strays_from_the_golden_rule_by_the_error_given():
    """Decay rates of a pair with 40 matrices: scatter 0.7 to 1.4 of the error, which holds 68 to 100 % of them within two."""
    rates = []
    for seed in range(40):
        model = cq.ModularChain(subunits=2, levels=60, bandwidth=0.05, coupling=0.05 / 120 * 1.2, seed=seed)
        theory = cq.ham(model)
        t = np.linspace(0.2, 1, 9) / theory.rate
        P = cq.evolve(model, t, initial=cq.starts.mixed(0), method=cq.Exact()).populations[:, 0]
        rates.append(-np.polyfit(t, np.log(np.abs(2 * P - 1)), 1)[0] / 2)
    off = np.array(rates) / theory.rate - 1
    error = theory.rate_error / theory.rate
    assert 0.7 < off.std() / error < 1.4
    assert np.mean(np.abs(off) < 2 * error) > 0.8
    given = both(gaussian(1, 60), coupling=model.coupling)[0]
    assert cq.ham(given).rate_error == pytest.approx(theory.rate_error, rel=0.1)
    assert_close(theory.edge_rate_errors, np.array([theory.rate_error]), 1e-18)


@pytest.mark.parametrize("sides", [(5,), (4, 3), (3, 4, 3)])
@pytest.mark.parametrize("periodic", [False, True])
def test_tensor_of_equal_edges_and_of_layers(sides, periodic):
    """γ on every axis; layers in series give the harmonic mean across and the mean along them."""
    model = cq.ModularNetwork(lattice=sides, periodic=periodic, levels=10, bandwidth=0.05, coupling=1e-3, seed=0)
    theory = cq.ham(model)
    expected = theory.conductivity(0.3) * np.eye(len(sides))
    assert_close(theory.conductivity_tensor(0.3), expected, 1e-13 * expected.max())
    assert theory.conductivity_tensor([0.1, 0.3]).shape == (2, len(sides), len(sides))
    place = np.array(np.unravel_index(model.bonds, sides))  # (d, E, 2)
    across = place[0, :, 0] != place[0, :, 1]
    layer = np.where(across & (np.ptp(place[0], axis=1) > 1), sides[0] - 1, place[0].min(axis=1))
    rates = np.where(across, 1.0 + layer, 2.0)  # bonds across the layers, one rate each; 2 within them
    G = lattice_tensor(rates, model.bonds, sides, periodic=periodic)
    bonds = np.unique(rates[across])
    wanted = np.diag([bonds.size / np.sum(1 / bonds), *[2.0] * (len(sides) - 1)])
    assert_close(G, wanted, 1e-12)


def test_chain_of_unequal_bonds_conducts_in_series():
    v = gaussian(3, 12) * np.array([1, 2, 0.7])[:, None, None]
    theory = cq.ham(both(v, coupling=1e-3)[0])
    kappa = theory.edge_conductivity(0.3)
    assert theory.conductivity_tensor(0.3)[0, 0] == pytest.approx(3 / np.sum(1 / kappa), rel=1e-12)


def test_star_is_judged_by_its_centre():
    """Five rays at n = 40: each edge is weak enough, the centre is not."""
    coupling = 0.05 * np.sqrt(0.031 / 5 / 40)
    star = cq.ham(
        cq.ModularNetwork(graph=[[0, k] for k in range(1, 6)], levels=40, bandwidth=0.05, coupling=coupling, seed=1)
    )
    names = {c.name: c for c in star.criteria}
    assert names["c2"].holds
    assert names["Σc2"].value == pytest.approx(0.031)
    assert not names["Σc2"].holds
    assert not star.holds
    exact = cq.evolve(star.model, np.linspace(0, 5 / star.rate, 101), initial=cq.starts.mixed(0))
    judged = cq.verdict(exact, star)
    assert not judged.diffusive
    assert "Σc2" in judged.sentence


@pytest.mark.parametrize("rays", [1, 2, 5])
def test_what_the_bound_on_the_busiest_subunit_means(rays):
    """The mean populations stray by less than a tenth at Σc2 = 0.01 and by more at 0.031, however many the rays."""
    strays = []
    for total in (0.01, 0.031):
        star = cq.ModularNetwork(
            graph=[[0, k] for k in range(1, rays + 1)],
            levels=60,
            bandwidth=0.05,
            coupling=0.05 * np.sqrt(total / rays / 60),
            seed=1,
        )
        theory = cq.ham(star)
        assert theory.busiest.value == pytest.approx(total)
        t = np.linspace(0, 5 / theory.rate, 41)
        exact = cq.evolve(star, t, initial=cq.starts.mixed(0))
        strays.append(np.abs(exact.populations - theory.solve(t).populations).max())
    assert strays[0] < 0.1
    assert strays[1] > 0.15
