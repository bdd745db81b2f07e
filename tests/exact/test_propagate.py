"""Propagators of any hermitian operator against SciPy's exponential: all eigenvectors, Chebyshev, Krylov."""

import numpy as np
import pytest
import scipy
from hypothesis import given
from hypothesis import strategies as st

from caloriq.linalg import propagate
from caloriq.linalg.chebyshev import bessel_table
from caloriq.linalg.lanczos import lanczos
from testers import assert_close

EPS = np.finfo(float).eps
sizes, seeds = st.integers(2, 24), st.integers(0, 2**32 - 1)
lengths = st.sampled_from([1e-6, 0.01, 0.4, 3.0, 40.0])


class Operator:
    """A dense matrix as the iterations see it."""

    def __init__(self, H):
        self.H, self.shape = H, H.shape

    def mv(self, x):
        return self.H @ x


def hermitian(size, seed, *, real):
    """A random matrix of norm about 1."""
    rng = np.random.default_rng(seed)
    A = rng.normal(size=(size, size)) + (0 if real else 1j * rng.normal(size=(size, size)))
    return (A + A.conj().T) / np.sqrt(8 * size)


def normalised(size, seed):
    psi = np.random.default_rng([seed, 1]).normal(size=(2, size)).T @ np.array([1, 1j])
    return psi / np.linalg.norm(psi)


def room(t):
    """Rounding of phases of size t, in either way."""
    return 300 * EPS * (1 + t)


@given(sizes, seeds, lengths, st.booleans())
def test_from_all_eigenvectors(size, seed, t, real):
    H = hermitian(size, seed, real=real)
    E, V = np.linalg.eigh(H)
    U = scipy.linalg.expm(-1j * H * t)
    re, im = propagate.whole(V, E, t, fastest=float(np.abs(E).max()))
    assert_close(re - 1j * im, U, room(t))
    assert_close(propagate.between(V[:2], E, t, V[1:]), U[:2, 1:], room(t))


@given(sizes, seeds, lengths, st.booleans())
def test_by_chebyshev(size, seed, t, real):
    H = hermitian(size, seed, real=real)
    reach = propagate.reach(H) if size > 2 else 1.01 * float(np.abs(np.linalg.eigvalsh(H)).max())
    assert reach >= np.abs(np.linalg.eigvalsh(H)).max()
    psi = np.stack([normalised(size, seed), normalised(size, seed + 1)], axis=1)
    J, tail = bessel_table(np.array([reach * t]), 1e-14)
    assert tail <= 1e-14
    assert_close(propagate.chebyshev_step(H, psi, reach, J[:, 0]), scipy.linalg.expm(-1j * H * t) @ psi, room(t))


@given(st.integers(6, 24), seeds, st.booleans())
def test_within_a_krylov_space(size, seed, real):
    """Up to the offsets that are handed out, the error is below the bound given with them, and the bound below its share."""
    H, psi, rate = hermitian(size, seed, real=real), normalised(size, seed), 1e-9
    krylov = lanczos(Operator(H), psi, 6)
    offsets, bounds = propagate.krylov_reach(krylov, rate, 100.0)
    assert offsets.size > 1
    assert np.all(bounds[1:] <= rate * offsets[1:])
    some = offsets[:: max(1, offsets.size // 7)]
    exact = np.array([scipy.linalg.expm(-1j * H * s) @ psi for s in some])
    errors = np.linalg.norm(propagate.krylov_states(krylov, some) - exact, axis=1)
    assert np.all(errors <= bounds[:: max(1, offsets.size // 7)] + room(some[-1]))


@pytest.mark.parametrize("longest", [0.0, 7.0])
def test_a_krylov_space_that_is_invariant_reaches_everywhere(longest):
    H = np.diag([1.0, 2.0, 3.0])
    krylov = lanczos(Operator(H), np.array([0, 1.0 + 0j, 0]), 3)
    offsets, bounds = propagate.krylov_reach(krylov, 1e-12, longest)
    assert offsets.tolist() == [0.0, longest]
    assert bounds.tolist() == [0.0, 0.0]
