"""Inputs that once went wrong: each test failed before its cause was mended."""

import numpy as np
import pytest
import scipy

import caloriq as cq
from caloriq.closed import krylov
from caloriq.closed.evolve import choose_method
from caloriq.linalg.block_tridiagonal import BlockTridiagonal
from caloriq.linalg.chebyshev import bessel_table
from caloriq.linalg.lanczos import spectral_bounds
from caloriq.reduced.average.averages import hilbert_average
from caloriq.reduced.average.thermal import heat_capacity
from problems import given, random_chain
from testers import assert_close, refused

MODEL = random_chain(levels=4)
THEORY = cq.ham(MODEL)
FIELDS = {"subunits": 3, "levels": 4, "bandwidth": 0.4, "coupling": 0.02, "seed": 5}


def test_two_blocks_of_two_with_two_vectors():
    H = random_chain(subunits=2, levels=2).hamiltonian()
    X = np.eye(4, 2, dtype=complex)
    assert_close(H.mv(X), H.as_matrix() @ X, 1e-14)


@pytest.mark.parametrize("initial", [cq.starts.mixed(), cq.haar(samples=2)], ids=["mixed", "ensemble"])
def test_two_blocks_of_two_evolve(initial):
    model = random_chain(subunits=2, levels=2)
    a = cq.evolve(model, [3.0], initial=initial, method=cq.Chebyshev(tol=1e-12))
    b = cq.evolve(model, [3.0], initial=initial, method=cq.Exact())
    assert_close(a.populations, b.populations, 1e-11)


class Diagonal:
    def __init__(self, spectrum):
        self.spectrum, self.shape = spectrum, (spectrum.size, spectrum.size)

    def mv(self, x):
        return (self.spectrum * x.T).T


@pytest.mark.parametrize("dimension", [10, 40, 60, 79])
@pytest.mark.parametrize("spectrum", [lambda d: np.linspace(0, 1, d) ** 4, lambda d: np.logspace(-8, 0, d)])
def test_bounds_of_small_matrices(spectrum, dimension):
    e = spectrum(dimension)
    for seed in range(60):
        lower, upper = spectral_bounds(Diagonal(e), rng=np.random.default_rng(seed))
        assert lower <= e[0] + 1e-14
        assert upper >= e[-1] - 1e-14


def test_bounds_from_few_steps():
    e = np.concatenate([[-1.0], np.zeros(998), [1.0]])
    with refused("steps", "2"):
        spectral_bounds(Diagonal(e), steps=2, rng=np.random.default_rng(0))
    for seed in range(60):
        lower, upper = spectral_bounds(Diagonal(e), steps=40, rng=np.random.default_rng(seed))
        assert lower <= -1
        assert upper >= 1


@pytest.mark.parametrize("states", [1, 3])
def test_small_hands_of_krylov(monkeypatch, states):
    times = np.linspace(0, 300, 200)
    model = random_chain(levels=30, bandwidth=0.5, coupling=0.01)
    free = cq.evolve(model, times, method=cq.Krylov())
    monkeypatch.setattr(krylov, "HAND", 16 * 90 * states)
    tight = cq.evolve(model, times, method=cq.Krylov())
    assert_close(tight.populations, free.populations, 1e-10)


def test_krylov_that_cannot_step():
    model = random_chain(levels=30, bandwidth=0.5, coupling=0.01)
    with refused("size", error=cq.NotConverged) as refusal:
        cq.evolve(model, [1e4], method=cq.Krylov(tol=1e-14, size=20))
    assert refusal.value.solution is None  # not one step was taken


@pytest.mark.timeout(20)
def test_krylov_of_two_ends():
    with refused("size", "2"):
        cq.Krylov(tol=1e-14, size=2)
    with pytest.raises(cq.NotConverged):
        cq.evolve(random_chain(levels=30, bandwidth=0.5), [1000.0], method=cq.Krylov(tol=1e-14, size=8))


@pytest.mark.parametrize("coupling", [1e-200, 1e200])
def test_theory_of_extreme_couplings(coupling):
    with refused("coupling", f"{coupling:g}"):
        cq.ham(random_chain(coupling=coupling))


def test_theory_without_interaction():
    with refused("matrices", "zero"):
        cq.ham(given(np.zeros((4, 4)), subunits=2))


@pytest.mark.parametrize("T", [1e-160, 1e-320])
def test_colder_than_squares_can_hold(T):
    assert heat_capacity(500, 1.0, T) == 0


@pytest.mark.parametrize("spans", [0, -1.0, float("nan"), float("inf"), "five"])
def test_spans(spans):
    exact = cq.evolve(MODEL, np.linspace(0, 5 / THEORY.rate, 21))
    with refused("spans", str(spans)):
        cq.deviation(exact, THEORY, spans=spans)


def test_deviation_without_any_time_in_the_window():
    with refused("exact", error=cq.NotEnoughData):
        cq.deviation(cq.evolve(MODEL, [100 / THEORY.rate]), THEORY)


def test_a_changed_copy_is_another_model():
    model = random_chain(band="random")
    _ = model.digest, model.band_levels
    other = model.model_copy(update={"seed": 99})
    assert other != model
    assert other == random_chain(band="random", seed=99)
    assert not np.array_equal(other.band_levels, model.band_levels)


def test_a_changed_copy_is_checked():
    with refused("levels", "-3"):
        random_chain().model_copy(update={"levels": -3})


def test_validation_by_pydantics_own_door():
    with refused("levels", "0"):
        cq.ModularChain.model_validate({**FIELDS, "levels": 0})


BASE = "subunits: 3\nlevels: 6\nbandwidth: 0.4\ncoupling: 0.02\n"


@pytest.mark.parametrize(
    "line", ["seed: 2024-13-45", "seed: !!int abc", "seed: !!float x", "seed: " + 3000 * "[", "seed: !!timestamp x"]
)
def test_yaml_that_does_not_construct(tmp_path, line):
    (tmp_path / "model.yaml").write_text(BASE + line + "\n")
    with refused("model"):
        cq.read_model(tmp_path / "model.yaml")


def test_nul_in_a_path():
    with refused("model"):
        cq.read_model("a\0b.yaml")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04junk"])
def test_broken_matrix_files(tmp_path, content):
    (tmp_path / "v.npy").write_bytes(content)
    (tmp_path / "model.yaml").write_text(BASE + "interaction: given\nmatrices: v.npy\n")
    with refused("matrices", "v.npy"):
        cq.read_model(tmp_path / "model.yaml")


def test_an_npz_is_not_an_npy(tmp_path):
    """Now: InvalidInput, but the file stays open (ResourceWarning) and the sentence does not name it."""
    np.savez(tmp_path / "v.npz", a=np.eye(6))
    (tmp_path / "model.yaml").write_text(BASE + "interaction: given\nmatrices: v.npz\n")
    with refused("matrices", "v.npz"):
        cq.read_model(tmp_path / "model.yaml")


def test_complex_times():
    with refused("times"):
        cq.evolve(MODEL, np.array([0, 1j]))


def test_json_schema_bounds():
    fields = cq.ModularChain.model_json_schema()["properties"]
    assert fields["subunits"]["minimum"] == 2
    assert fields["levels"]["minimum"] == 1
    assert fields["bandwidth"]["exclusiveMinimum"] == 0
    assert cq.Chebyshev.model_json_schema()["properties"]["tol"]["minimum"] == 1e-14


@pytest.mark.parametrize("x", [1e-120, 1e-300, 5e-324])
def test_bessel_of_next_to_nothing(x):
    J = bessel_table(np.array([x, 1.0]), 1e-12)[0]
    assert_close(J, scipy.special.jv(np.arange(J.shape[0])[:, None], [x, 1.0]), 1e-14)


def test_progress_of_the_mixed_start():
    seen = []
    cq.evolve(MODEL, [0.0, 1.0], initial=cq.starts.mixed(), progress=lambda done, total: seen.append(done / total))
    assert seen == sorted(seen)
    assert seen[-1] == 1


def test_astronomic_sizes():
    with refused("levels"):
        random_chain(levels=10**400).hamiltonian()


def test_a_model_is_wanted():
    with refused("model"):
        cq.evolve("chain.yaml", [1.0])
    with refused("model"):
        cq.ham("chain.yaml")


def test_observables_are_a_list():
    with refused("observables", "5"):
        cq.evolve(MODEL, [1.0], observables=5)


def test_tolerance_of_the_choice():
    with refused("tol", "-1"):
        choose_method(MODEL, tol=-1)


def test_peak_of_one_level():
    from caloriq.reduced.average.thermal import peak_temperature

    T = scipy.optimize.brentq(lambda T: 0.5 - T - scipy.special.expit(-1 / T), 0.1, 0.4999, xtol=1e-15)
    assert peak_temperature(1, 1.0) == pytest.approx(T, abs=1e-10)


@pytest.mark.parametrize("method", [cq.Exact(), cq.Chebyshev(), cq.Krylov()], ids=lambda m: m.kind)
def test_a_narrow_band(method):
    wide = random_chain(bandwidth=0.4, coupling=0.02)
    narrow = random_chain(bandwidth=0.4e-8, coupling=0.02e-8)
    times = np.linspace(0, 300, 7)
    a = cq.evolve(wide, times, initial=cq.haar(), method=method)
    b = cq.evolve(narrow, times * 1e8, initial=cq.haar(), method=method)
    assert_close(b.populations, a.populations, 1e-9)


def test_small_matrices_are_judged_by_their_size():
    with refused("operator", "hermitian"):
        hilbert_average(1e-13 * np.array([[0, 1.0], [0, 0]]), [1.0])


def test_the_operator_leaves_the_callers_arrays_alone():
    energies, re = np.zeros((2, 3)), np.zeros((1, 3, 3))
    BlockTridiagonal(energies, re)
    energies[0, 0] = re[0, 0, 0] = 1.0
