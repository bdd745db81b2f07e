"""Spectral bounds by Lanczos hold for any matrix, the unkind ones included."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from caloriq.linalg.lanczos import lanczos, spectral_bounds
from strategies import chains, seeds


class Diagonal:
    """Hermitian operator with a given spectrum; `turn` hides it behind a unitary."""

    def __init__(self, spectrum, turn=None):
        self.spectrum = np.asarray(spectrum, dtype=float)
        self.turn = turn
        self.shape = (self.spectrum.size, self.spectrum.size)
        self.products = 0

    def mv(self, x):
        self.products += 1
        if self.turn is None:
            return self.spectrum * x
        return self.turn @ (self.spectrum * (self.turn.conj().T @ x))


def unitary(rng, size):
    return np.linalg.qr(rng.standard_normal((size, size)) + 1j * rng.standard_normal((size, size)))[0]


def check(operator, spectrum, seed, **options):
    lower, upper = spectral_bounds(operator, rng=np.random.default_rng(seed), **options)
    rounding = 1e-14 * max(abs(spectrum[0]), abs(spectrum[-1]))  # of the spectrum that we compare with
    assert lower <= spectrum[0] + rounding
    assert upper >= spectrum[-1] - rounding
    return lower, upper


SPECTRA = {
    "uniform": lambda d: np.linspace(-1, 1, d),
    "edges crowded": lambda d: np.cos(np.linspace(0, np.pi, d)),
    "edges thin": lambda d: np.linspace(-1, 1, d) ** 3,
    "one far above": lambda d: np.append(np.linspace(0, 1, d - 1), 1e4),
    "one far below": lambda d: np.append(-1e4, np.linspace(0, 1, d - 1)),
    "one just above": lambda d: np.append(np.zeros(d - 1), 1e-7),
    "two values": lambda d: np.repeat([-1.0, 3.0], [d - d // 2, d // 2]),
    "degenerate ends": lambda d: np.concatenate(
        [np.zeros(d // 4), np.linspace(0, 1, d - 2 * (d // 4)), np.ones(d // 4)]
    ),
    "decades": lambda d: np.logspace(-12, 0, d),
    "all equal": lambda d: np.full(d, 0.7),
    "zero": np.zeros,
    "shifted far": lambda d: 1e6 + np.linspace(0, 1, d),
}


@pytest.mark.parametrize("name", SPECTRA)
@pytest.mark.parametrize("dimension", [10, 80, 160, 161, 200, 1000])
def test_adversarial(name, dimension):
    spectrum = np.sort(SPECTRA[name](dimension))
    for seed in range(10):
        check(Diagonal(spectrum), spectrum, seed)


@pytest.mark.parametrize("dimension", [1, 2, 3])
@pytest.mark.parametrize("name", ["uniform", "one far above", "two values", "all equal", "zero", "shifted far"])
def test_tiny(name, dimension):
    spectrum = np.sort(SPECTRA[name](dimension))
    for seed in range(10):
        check(Diagonal(spectrum), spectrum, seed)


@given(seeds, st.integers(150, 180))
def test_dense(seed, dimension):
    rng = np.random.default_rng(seed)
    spectrum = np.sort(rng.standard_normal(dimension) * 10.0 ** rng.uniform(-3, 3, dimension))
    check(Diagonal(spectrum, unitary(rng, dimension)), spectrum, seed)


@given(chains(subunits=st.integers(4, 5), levels=st.integers(41, 50)), seeds)
def test_chains(model, seed):
    H = model.hamiltonian()
    spectrum = np.linalg.eigvalsh(H.as_matrix())
    lower, upper = check(H, spectrum, seed)
    # what the interval is for: tighter than 2 (ln(√d/failure)/2k)² = 4.6 % of the width on each side, as stated
    assert upper - lower <= 1.1 * (spectrum[-1] - spectrum[0])


@pytest.mark.parametrize("steps", [40, 80, 160])
def test_products_spent(steps):
    operator = Diagonal(np.linspace(0, 1, 500))
    check(operator, operator.spectrum, 0, steps=steps)
    assert operator.products == steps


def test_more_steps_are_tighter():
    spectrum = np.linspace(0, 1, 2000)
    widths = [np.subtract(*check(Diagonal(spectrum), spectrum, 0, steps=k)[::-1]) for k in (40, 80, 160, 320)]
    assert np.all(np.diff(widths) < 0)
    # the excess falls with the square of the steps
    assert (widths[3] - 1) / (widths[1] - 1) == pytest.approx(1 / 16, rel=0.3)


@given(chains(), seeds, st.integers(1, 40))
def test_krylov_space(model, seed, steps):
    """The basis is orthonormal, its projection of H tridiagonal with the entries returned."""
    H, rng = model.hamiltonian(), np.random.default_rng(seed)
    start = rng.standard_normal(H.shape[0]) + 1j * rng.standard_normal(H.shape[0])
    krylov = lanczos(H, start / np.linalg.norm(start), steps)
    Q, m = krylov.basis, krylov.alpha.size
    assert m <= min(steps, H.shape[0])
    assert np.abs(Q.conj() @ Q.T - np.eye(m)).max() <= 1e-13  # orthogonalised twice
    projected = Q.conj() @ H.as_matrix() @ Q.T
    expected = np.diag(krylov.alpha) + np.diag(krylov.beta[:-1], 1) + np.diag(krylov.beta[:-1], -1)
    scale = np.abs(H.as_matrix()).max() * H.shape[0]
    assert np.abs(projected - expected).max() <= 1e-13 * scale


def test_invariant_space_is_recognised():
    """A start in a plane that H maps into itself ends after two steps with β = 0."""
    operator = Diagonal([1.0, 2.0, 3.0, 4.0])
    krylov = lanczos(operator, np.array([0.6, 0, 0.8j, 0]), 4)
    assert krylov.alpha.size == 2
    assert krylov.beta[-1] == 0
    assert krylov.eigensystem()[0] == pytest.approx([1.0, 3.0], rel=1e-14)
    assert operator.products == 2
