"""The block-tridiagonal operator: what it declares (hermitian, these blocks, these bounds) is what it does."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from caloriq.linalg.block_sparse import BlockSparse
from caloriq.linalg.block_tridiagonal import BlockTridiagonal
from problems import MODELS, dense_hamiltonian
from strategies import chains, seeds
from testers import assert_close

KERNELS = ["numpy", "numba"]


def operator(seed, blocks, size, *, real=False, kernel="auto", scale=1.0):
    rng = np.random.default_rng(seed)
    shape = (blocks - 1, size, size)
    re = scale * rng.standard_normal(shape)
    im = None if real else scale * rng.standard_normal(shape)
    return BlockTridiagonal(rng.standard_normal((blocks, size)), re, im, kernel=kernel)


def vectors(seed, *shape):
    rng = np.random.default_rng(seed)
    return rng.standard_normal(shape) + 1j * rng.standard_normal(shape)


# rounding of sums of up to 3 n products of numbers of order 1, n below 40
ROUNDING = 1e-12


@pytest.mark.parametrize("kernel", KERNELS)
@given(seed=seeds, blocks=st.integers(2, 5), size=st.integers(1, 33), real=st.booleans())
def test_one_vector(kernel, seed, blocks, size, real):
    H = operator(seed, blocks, size, real=real, kernel=kernel)
    x = vectors(seed + 1, blocks * size)
    assert_close(H.mv(x), H.as_matrix() @ x, ROUNDING)


@pytest.mark.parametrize("kernel", KERNELS)
@given(seed=seeds, blocks=st.integers(2, 5), size=st.integers(1, 20), k=st.integers(1, 6), real=st.booleans())
def test_block_of_vectors(kernel, seed, blocks, size, k, real):
    H = operator(seed, blocks, size, real=real, kernel=kernel)
    X = vectors(seed + 1, blocks * size, k)
    assert_close(H.mv(X), H.as_matrix() @ X, ROUNDING)


@given(seed=seeds, blocks=st.integers(2, 5), size=st.integers(1, 33), real=st.booleans(), count=st.integers(3, 9))
def test_kernels_agree_on_the_recurrence(seed, blocks, size, real, count):
    """Chebyshev vectors T_k(Ĥ)x and their folded sums: compiled, plain, and by dense matrices."""
    H = {kernel: operator(seed, blocks, size, real=real, kernel=kernel) for kernel in KERNELS}
    lower, upper = H["numpy"].norm_bounds
    shift, scale = (upper + lower) / 2, (upper - lower) / 2
    x = vectors(seed + 1, blocks * size)
    scaled = (H["numpy"].as_matrix() - shift * np.eye(x.size)) / scale
    expected = [x, scaled @ x]
    while len(expected) < count:
        expected.append(2 * scaled @ expected[-1] - expected[-2])
    rows = np.random.default_rng(seed).standard_normal((count, 2))
    sums = {}
    for kernel, A in H.items():
        buffer = np.empty((count, 2, blocks, size))
        buffer[0], buffer[1] = A.split(expected[0]), A.split(expected[1])
        A.chebyshev(buffer, 2, shift, scale)
        assert_close(A.join(buffer, block=False), np.array(expected), ROUNDING)
        even, odd = np.zeros((2, 2, x.size * 2))
        A.fold(buffer.reshape(count, -1), rows, even, odd)
        sums[kernel] = even, odd
        flat = buffer.reshape(count, -1)
        assert_close(even, rows[0::2].T @ flat[0::2], 10 * ROUNDING)
        assert_close(odd, rows[1::2].T @ flat[1::2], 10 * ROUNDING)
    assert_close(sums["numba"][0], sums["numpy"][0], 10 * ROUNDING)


@given(seed=seeds, blocks=st.integers(2, 4), size=st.integers(1, 12))
def test_hermitian_without_the_matrix(seed, blocks, size):
    """⟨x|Hy⟩ = ⟨Hx|y⟩ through products alone."""
    H = operator(seed, blocks, size)
    x, y = vectors(seed + 1, 2, blocks * size)
    assert abs(np.vdot(x, H.mv(y)) - np.vdot(H.mv(x), y)) <= 100 * ROUNDING


@given(seed=seeds, blocks=st.integers(2, 4), size=st.integers(1, 12), a=st.floats(-3, 3), b=st.floats(-3, 3))
def test_linear(seed, blocks, size, a, b):
    H = operator(seed, blocks, size)
    x, y = vectors(seed + 1, 2, blocks * size)
    assert_close(H.mv(a * x + 1j * b * y), a * H.mv(x) + 1j * b * H.mv(y), 10 * ROUNDING)


@given(chains())
def test_the_chain_is_its_definition(model):
    """The operator against the Hamiltonian put together with Kronecker products."""
    found = model.hamiltonian().as_matrix()
    assert_close(found, dense_hamiltonian(model), 1e-15 * max(1.0, np.abs(found).max()))
    assert_close(found, found.conj().T, 0.0)


@pytest.mark.parametrize("name", MODELS)
def test_split_and_join_are_inverse(name):
    H = MODELS[name].hamiltonian()
    x, X = vectors(0, H.shape[0]), vectors(1, H.shape[0], 3)
    assert_close(H.join(H.split(x), block=False), x, 0.0)
    assert_close(H.join(H.split(X), block=True), X, 0.0)
    assert H.split(x).shape == (2, H.blocks, H.block_size)
    assert H.split(X).shape == (H.blocks, H.block_size, 2, 3)


@given(
    seed=seeds,
    blocks=st.integers(2, 6),
    size=st.integers(1, 12),
    real=st.booleans(),
    scale=st.sampled_from([0.0, 1e-8, 1e-3, 1.0, 1e6]),
)
def test_norm_bounds_hold(seed, blocks, size, real, scale):
    H = operator(seed, blocks, size, real=real, scale=scale)
    energies = np.linalg.eigvalsh(H.as_matrix())
    lower, upper = H.norm_bounds
    rounding = 1e-14 * np.abs(energies).max()  # of eigvalsh
    assert lower <= energies[0] + rounding
    assert upper >= energies[-1] - rounding


@given(seed=seeds, blocks=st.integers(2, 6), size=st.integers(1, 12))
def test_norm_bounds_are_not_wild(seed, blocks, size):
    """Loose by at most √n for random blocks, as stated (a factor 2 for the two neighbours of a block)."""
    H = operator(seed, blocks, size)
    energies = np.linalg.eigvalsh(H.as_matrix())
    lower, upper = H.norm_bounds
    assert upper - lower <= (2 * np.sqrt(size) + 1) * (energies[-1] - energies[0]) + 4


def test_product_bytes():
    """16 (N-1) n² complex, half of that real: what one product has to read."""
    assert operator(0, 4, 10).product_bytes == 16 * 3 * 100
    assert operator(0, 4, 10, real=True).product_bytes == 8 * 3 * 100


def test_parts_are_read_only():
    H = operator(0, 3, 4)
    for part in (H.energies, H.re, H.im):
        with pytest.raises(ValueError, match="read-only"):
            part[0] = 0.0


def graph_of_blocks(seed, sizes, *, real=False, kernel="auto"):
    """Random blocks of random sizes, about half of all pairs coupled, in either order."""
    rng = np.random.default_rng(seed)
    pairs = [(a, b) for a in range(len(sizes)) for b in range(len(sizes)) if a != b and rng.random() < 0.5]
    pairs = [(a, b) for a, b in pairs if a < b or (b, a) not in pairs]
    elements = sum(sizes[a] * sizes[b] for a, b in pairs)
    re, im = rng.standard_normal((2, elements))
    return BlockSparse(rng.standard_normal(sum(sizes)), sizes, pairs, re, None if real else im, kernel=kernel)


@pytest.mark.parametrize("kernel", KERNELS)
@given(seed=seeds, sizes=st.lists(st.integers(1, 17), min_size=2, max_size=6), k=st.integers(1, 4), real=st.booleans())
def test_graph_of_blocks(kernel, seed, sizes, k, real):
    """One vector, several, hermiticity, bounds, and the recurrence, against the dense matrix."""
    H = graph_of_blocks(seed, sizes, real=real, kernel=kernel)
    A = H.as_matrix()
    x, X = vectors(seed + 1, sum(sizes)), vectors(seed + 2, sum(sizes), k)
    assert_close(A, A.conj().T, 0.0)
    assert_close(H.mv(x), A @ x, ROUNDING)
    assert_close(H.mv(X), A @ X, ROUNDING)
    assert_close(H.join(H.split(X), block=True), X, 0.0)
    lower, upper = H.norm_bounds
    energies = np.linalg.eigvalsh(A)
    assert lower <= energies[0] + ROUNDING
    assert upper >= energies[-1] - ROUNDING
    buffer = np.empty((4, 2, sum(sizes)))
    buffer[0], buffer[1] = H.split(x), H.split(A @ x)
    H.chebyshev(buffer, 2, 0.0, 1.0)
    T2 = 2 * A @ A @ x - x
    expected = [x, A @ x, T2, 2 * A @ T2 - A @ x]
    assert_close(H.join(buffer, block=False), np.array(expected), ROUNDING * max(1.0, np.abs(A).max() ** 3) * 100)


@given(seed=seeds, blocks=st.integers(2, 5), size=st.integers(1, 12))
def test_the_chain_is_a_graph_of_blocks(seed, blocks, size):
    """The block-tridiagonal operator, handed over as blocks of a path."""
    chain = operator(seed, blocks, size)
    path = [(b, b + 1) for b in range(blocks - 1)]
    same = BlockSparse(chain.energies.ravel(), [size] * blocks, path, chain.re.ravel(), chain.im.ravel())
    x = vectors(seed + 1, blocks * size)
    assert_close(same.mv(x), chain.mv(x), 0.0)
    assert_close(same.as_matrix(), chain.as_matrix(), 0.0)
