"""Bands that are resonant within their widths: coupled, and nothing jumps on the way to resonance."""

import itertools

import numpy as np
import pytest

import caloriq as cq
from caloriq.reduced.average.pair_spectra import uniform_overlap
from testers import refused


def pair(x, **fields):
    plain = {"levels": [10, 20, 20], "bandwidth": 0.05, "coupling": 5e-4, "seed": 1}
    return cq.BandedPair(energies=[0, 1, x], **{**plain, **fields})


def test_conductivity_has_no_step_at_resonance():
    kappa = {x: float(cq.ham(pair(x)).conductivity(1.0)) for x in (2.0, 2 + 1e-8, 2 + 1e-4, 2 - 1e-4)}
    assert kappa[2.0] == pytest.approx(3.43e-3, rel=2e-3)
    for x, value in kappa.items():
        assert value == pytest.approx(kappa[2.0], rel=2 * abs(x - 2) + 1e-12)


@pytest.mark.parametrize(("band", "share"), [("uniform", 0.04), ("random", 0.08)])
def test_conductivity_is_continuous_in_the_distance(band, share):
    """Across the whole width in 60 steps each is a small part of the change; random levels lie unevenly."""
    x = np.linspace(1.88, 2.0, 61)
    kappa = np.array([float(cq.ham(pair(v, band=band)).conductivity(1.0)) for v in x])
    assert np.abs(np.diff(kappa)).max() < share * np.ptp(kappa)
    assert np.ptp(kappa) > 0.3 * kappa.min()


@pytest.mark.parametrize("subunits", [2, 3])
def test_exact_dynamics_has_no_step(subunits):
    """Populations, energies and currents at 1e-7 from resonance are those at resonance, within 1e-7 t."""
    start, t = cq.in_bands([1, 1, 0][:subunits], draw="mixed"), np.linspace(0, 200, 5)
    one, other = (
        cq.evolve(
            cq.BandedChain(
                subunits=subunits, levels=[2, 3, 3], energies=[0, 1, x], bandwidth=0.05, coupling=4e-3, seed=2
            ),
            t,
            initial=start,
        )
        for x in (2.0, 2 + 1e-7)
    )
    assert one.configurations.tolist() == other.configurations.tolist()
    for name in ("band_populations", "local_energies", "currents"):
        assert getattr(other, name) == pytest.approx(getattr(one, name), abs=1e-4)
    assert np.abs(other.band_populations[-1] - other.band_populations[0]).max() > 0.1


def test_exact_dynamics_is_that_of_the_whole_hamiltonian():
    """Bands 0.03 off resonance, of width 0.1: the same as a dense matrix written down here."""
    model = cq.BandedPair(levels=[1, 3, 2], energies=[0, 1, 2.03], bandwidth=0.1, coupling=0.02, seed=4)
    assert [c for c in model.channels if (1, 1) in c] == [((0, 2), (1, 1)), ((1, 1), (2, 0))]
    levels = [model.band_energies[i] + model.band_levels(i) for i in range(3)]
    pairs = [(i, j) for i, j in itertools.product(range(3), repeat=2)]
    sizes = [len(levels[i]) * len(levels[j]) for i, j in pairs]
    place = np.concatenate([[0], np.cumsum(sizes)])
    H = np.diag(np.concatenate([np.add.outer(levels[i], levels[j]).ravel() for i, j in pairs])).astype(complex)
    for a, b in model.channels:
        rows, columns = (slice(place[k], place[k + 1]) for k in (pairs.index(a), pairs.index(b)))
        H[rows, columns] = model.coupling * model.interaction_matrix(0, (a, b))
        H[columns, rows] = H[rows, columns].conj().T
    E, V = np.linalg.eigh(H)
    mine = slice(*place[[pairs.index((1, 1)), pairs.index((1, 1)) + 1]])
    t = 40.0
    U = (V * np.exp(-1j * E * t)) @ V.conj().T[:, mine]
    expected = [(np.abs(U[p:q]) ** 2).sum() / 9 for p, q in itertools.pairwise(place)]
    exact = cq.evolve(model, [t], initial=cq.in_bands([1, 1], draw="mixed"))
    found = dict(zip(map(tuple, exact.configurations.tolist()), exact.populations[0], strict=True))
    assert [found[p] for p in pairs] == pytest.approx(expected, abs=1e-12)


def test_out_of_reach_is_apart():
    """Beyond the sum of the half widths nothing is coupled; and only exchanges are: one subunit up, the other down."""
    assert len(pair(2.09).channels) == 5
    assert len(pair(2.11).channels) == 3
    wide = cq.BandedPair(levels=[10, 10], bandwidth=0.7, coupling=1e-3, seed=1)
    assert wide.channels == (((0, 1), (1, 0)),)


def test_a_given_shell_takes_its_resonances_along():
    assert pair(2.001, shells=[2.0]).channels == pair(2.0, shells=[2.0]).channels
    assert len(pair(2.001, shells=[2.0]).channels) == 3


def test_matrices_within_the_widths():
    v = np.ones((400, 200))
    given = {"interaction": "given", "seed": None, "matrices": {((1, 1), (0, 2)): v}}
    assert cq.ham(pair(2.001, **given)).channels[0].overlap == pytest.approx(cq.ham(pair(2.001)).channels[1].overlap)
    with refused("matrices", "2.2"):
        pair(2.2, **given)


@pytest.mark.parametrize("width", [1e-320, 1e-300, [1e-320, 0.1, 1e-320], [5e-324, 5e-324, 5e-324]])
def test_widths_beyond_double_precision(width):
    with refused("bandwidth", "double precision"):
        cq.ham(pair(2.5, bandwidth=width, shells=[2.5]))


@pytest.mark.parametrize("narrow", [1e-5, 1e-12, 1e-300])
def test_overlap_of_a_narrow_and_a_wide_band(narrow):
    """Three narrow bands beside a wide one are levels; beside two wide ones the triangle is theirs."""
    assert uniform_overlap((narrow, narrow, narrow, 0.1), 0.02) == pytest.approx(10.0, rel=1e-12)
    assert uniform_overlap((0.1, narrow, 0.1, narrow), 0.02) == pytest.approx(8.0, rel=1e-12)
