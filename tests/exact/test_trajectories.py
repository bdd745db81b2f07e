"""Quantum jumps piece by piece: the unravelling is the same equation, the evolution exact, what is read right, the statistics known."""

import numpy as np
import pytest
import scipy

import caloriq as cq
from caloriq.models.lattice import densities
from caloriq.steady.jumps.asked import asked, changing, conserved
from caloriq.steady.jumps.propagate import Propagator
from caloriq.steady.jumps.sectors import Sectors
from caloriq.steady.jumps.statistics import controlled, correlated, estimated, remembered
from caloriq.steady.jumps.trajectory import Pace, Trajectory
from caloriq.steady.jumps.unravelling import unravelled
from caloriq.steady.lattice.blocks import single
from caloriq.steady.lattice.generator import Generator
from jumping import LATTICES, driven

CHAIN = driven(4).lattice()
WEAK = driven(4, dephasing=0.3).lattice()  # not enough of it to make the jumps' rate constant


def jumps_of(lattice):
    return [jump for one in lattice.environments for jump in one.jumps]


def liouvillian(lattice, unravelling):
    """𝓛 on row-stacked density matrices, from the jumps of an unravelling."""
    H = lattice.strings.sparse().toarray()
    one = np.eye(len(H))
    operators = [np.sqrt(r) * U.sparse().toarray() for r, U in zip(unravelling.rates, unravelling.kicks, strict=True)]
    operators += [L.sparse().toarray() for L in unravelling.jumps]
    L = -1j * (np.kron(H, one) - np.kron(one, H.T))
    for A in operators:
        square = A.conj().T @ A
        L = L + np.kron(A, A.conj()) - (np.kron(square, one) + np.kron(one, square.T)) / 2
    return L


@pytest.mark.parametrize("complete", [True, False])
@pytest.mark.parametrize("lattice", [CHAIN, WEAK, *LATTICES.values()])
def test_an_unravelling_is_the_same_equation(lattice, complete):
    if lattice.dimension > 32:
        lattice = lattice.model_copy(update={"sites": 4, "geometry": "chain", "terms": lattice.terms[:4]})
        lattice = cq.Lattice.from_mapping(lattice.to_mapping())
    made = unravelled(jumps_of(lattice), complete=complete)
    expected = Generator(single(lattice)).matrix().toarray()
    assert np.abs(liouvillian(lattice, made) - expected).max() < 1e-13 * np.abs(expected).max()
    lost = sum((L.dagger() @ L).sparse().toarray() for L in made.jumps)
    left = made.decay.sparse().toarray() if made.decay.terms else 0.0
    assert np.abs(lost - made.constant * np.eye(lattice.dimension) - left).max() < 1e-13
    assert np.linalg.eigvalsh(lost).min() > made.constant - 1e-12


def test_where_dephasing_is_enough_nothing_but_h_acts_between_jumps():
    assert not unravelled(jumps_of(CHAIN)).decay.terms
    assert unravelled(jumps_of(CHAIN), complete=False).decay.terms
    assert unravelled(jumps_of(WEAK)).decay.terms
    made = unravelled(jumps_of(CHAIN))
    assert made.constant == pytest.approx(2.0)  # gain 1 on the first site, loss 1 on the last
    assert made.rates.sum() == pytest.approx((4 - 2) / 4)  # the inner sites' dephasing, a quarter each


@pytest.mark.parametrize("compiled", [True, False])
@pytest.mark.parametrize("name", LATTICES)
def test_evolution_from_jump_to_jump(name, compiled, monkeypatch):
    if not compiled:
        monkeypatch.setattr("caloriq.linalg.kernels.numba_available", lambda: False)
    lattice = LATTICES[name]
    made = unravelled(jumps_of(lattice), complete=False)
    sectors = Sectors(lattice, made, asked(lattice, {}).rows, 1e-10)
    totals = max(sectors.reached, key=sectors.reached.get)
    sector = sectors.at(totals)
    rng = np.random.default_rng(1)
    psi = rng.standard_normal((2, sector.dimension))
    psi = (psi[0] + 1j * psi[1]) / np.linalg.norm(psi)
    H, G = (sector.space.parts(one) for one in (lattice.strings, made.decay))
    one = np.eye(sector.dimension)
    K = -1j * H.times(one.astype(complex)) - G.times(one.astype(complex)) / 2
    for time in (0.03, 0.7, 9.0):
        found, products = sector.propagator.run(psi, time)
        expected = scipy.linalg.expm(K * time) @ psi
        found = found * np.exp(-1j * sector.propagator.interval[0] * time)
        assert np.linalg.norm(found - expected) < 1e-9
        assert products > 0


def test_sectors_by_strings_and_by_a_matrix_agree():
    lattice = driven(14).lattice()
    made = unravelled(jumps_of(lattice), complete=False)
    sector = Sectors(lattice, made, asked(lattice, {}).rows, 1e-10).at((0.0,))
    assert sector.dimension == 3432
    own = sector.propagator
    parts = sector.space.parts(lattice.strings)
    other = Propagator(sector.space.products(lattice.strings), parts, own.decay, own.tol)
    psi = np.random.default_rng(2).standard_normal(sector.dimension).astype(complex)
    psi /= np.linalg.norm(psi)
    assert sector.hamiltonian.kernel != other.hamiltonian.kernel
    found, _ = own.run(psi, 0.4)
    expected, _ = other.run(psi, 0.4)
    shift = np.exp(1j * (own.interval[0] - other.interval[0]) * 0.4)
    assert np.linalg.norm(found - shift * expected) < 1e-9


@pytest.mark.parametrize("compiled", [True, False])
@pytest.mark.parametrize("name", LATTICES)
def test_what_is_read_of_a_state(name, compiled, monkeypatch):
    if not compiled:
        monkeypatch.setattr("caloriq.linalg.kernels.numba_available", lambda: False)
    lattice = LATTICES[name]
    groups = {"energy": list(densities.density(lattice)), "flows": list(densities.current(lattice).operators)}
    every = asked(lattice, groups)
    sectors = Sectors(lattice, unravelled(jumps_of(lattice)), every.rows, 1e-8)
    generator = Generator(single(lattice))
    for totals in sectors.reached:
        sector = sectors.at(totals)
        rng = np.random.default_rng(3)
        psi = rng.standard_normal((2, sector.dimension))
        psi = (psi[0] + 1j * psi[1]) / np.linalg.norm(psi)
        numbers, controls = every.values(sector.table.read(psi, sector.hamiltonian.mv(psi))[None])
        whole = np.zeros(lattice.dimension, dtype=complex)
        whole[sector.basis.keys] = psi
        rho = np.outer(whole, whole.conj())
        operators = [one for own in groups.values() for one in own]
        expected = [np.trace(one.sparse() @ rho).real for one in operators]
        assert np.abs(numbers[0] - expected).max() < 1e-12
        (moved,) = generator.apply([rho])
        watched = [*conserved(lattice), *changing(lattice)]
        assert len(watched) == controls.shape[1]
        expected = [np.trace(one.sparse() @ moved).real for one in watched]
        assert np.abs(controls[0] - expected).max() < 1e-11


@pytest.mark.parametrize(
    "lattice",
    [driven(12).lattice(), LATTICES["without dephasing or conserved number"].model_copy(update={"sites": 10})],
    ids=["sector", "all states"],
)
def test_reading_by_strings_and_by_a_matrix_agree(lattice):
    flows = [
        one for of in ("energy", *lattice.symmetries.conserved) for one in densities.current(lattice, of).operators
    ]
    every = asked(lattice, {"energy": list(densities.density(lattice)), "flows": flows})
    sectors = Sectors(lattice, unravelled(jumps_of(lattice)), every.rows, 1e-8)
    sector = sectors.at(max(sectors.reached, key=sectors.reached.get))
    rng = np.random.default_rng(8)
    psi, turned = (one[0] + 1j * one[1] for one in rng.standard_normal((2, 2, sector.dimension)))
    psi /= np.linalg.norm(psi)
    turned -= 1j * np.vdot(psi, turned).imag * psi  # as Hψ, whose mean is real
    found, expected = sector.table, every.rows._listed(sector.space)
    assert type(found) is not type(expected)
    size = np.linalg.norm(turned)
    assert np.abs((found.read(psi, turned) - expected.read(psi, turned)) / [1.0, size]).max() < 1e-12


def test_jumps_have_the_statistics_of_the_equation():
    """Waiting times of one decaying site beside a driven one: means at a fixed time against the master equation."""
    lattice = WEAK
    every = asked(lattice, {"energy": list(densities.numbers(lattice, "magnetisation"))})
    made = unravelled(jumps_of(lattice))
    assert made.decay.terms  # the norm falls, and times of jumps are searched for
    sectors = Sectors(lattice, made, every.rows, 1e-8)
    pace = Pace.of(sectors, 0.5)
    runs = [Trajectory(sectors, pace, 5, number) for number in range(400)]
    found = np.array([every.values(one.run(40)[-1:])[0][0] for one in runs])
    exact = cq.steady_state(driven(4, dephasing=0.3)).populations - 0.5
    error = found.std(axis=0, ddof=1) / 20
    assert np.all(np.abs(found.mean(axis=0) - exact) < 4.5 * error + 1e-3)
    assert all(one.drift <= 1e-8 for one in runs)


def remembering(rng, R, n, phi):
    """Autoregressive series of variance 1, whose autocorrelation time is (1 + φ)/(1 - φ)."""
    x = rng.standard_normal((R, n))
    for k in range(1, n):
        x[:, k] = phi * x[:, k - 1] + np.sqrt(1 - phi**2) * x[:, k]
    return x


def test_autocorrelation_times_of_a_series_that_is_known():
    rng = np.random.default_rng(4)
    series = np.stack([remembering(rng, 16, 4000, phi) for phi in (0.0, 0.5, 0.9)], axis=2)
    variance, times, _ = correlated(series)
    assert np.abs(variance - 1).max() < 0.1
    assert np.abs(times / np.array([1.0, 3.0, 19.0]) - 1).max() < 0.15
    found = estimated(series)
    assert np.abs(found.along / np.sqrt(np.array([1.0, 3.0, 19.0]) / 64000) - 1).max() < 0.1
    assert np.all(found.spread / found.along < 2)
    assert remembered(series, 200).max() < 4
    assert remembered(series, 5).max() > 4  # the slow one


def test_controls_take_what_they_explain_and_no_more():
    rng = np.random.default_rng(6)
    controls = np.stack([remembering(rng, 8, 400, 0.3) for _ in range(4)], axis=2)
    noise = 0.1 * remembering(rng, 8, 400, 0.3)
    series = np.stack([1 + controls[:, :, 0] - 2 * controls[:, :, 3] + noise, 1 + noise], axis=2)
    corrected, found, taken = controlled(series, controls, (1, 4))
    assert taken.tolist() == [4, 0]  # the second number has nothing to gain
    expected = estimated((1 + noise)[:, :, None])
    assert found.error[0] == pytest.approx(expected.error[0], rel=0.1)
    assert np.abs(found.mean - 1).max() < 4 * expected.error[0]
    assert corrected.shape == series.shape


@pytest.mark.parametrize("phi", [0.0, 0.6])
def test_errors_of_short_series_cover(phi):
    rng = np.random.default_rng(7)
    off = []
    for _ in range(1000):
        found = estimated(remembering(rng, 6, 40, phi)[:, :, None])
        off.append(abs(found.mean[0] / found.error[0]))
    shares = np.mean(np.array(off)[:, None] < [1.0, 1.96], axis=0)
    assert np.abs(shares - [0.683, 0.95]).max() < 0.05
