"""Products within sectors of fixed number, against the whole space and dense matrices."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import caloriq as cq
from caloriq.linalg.pauli_halves import Halves
from caloriq.linalg.pauli_products import PauliSum
from caloriq.linalg.pauli_sectors import SectorPauliSum
from caloriq.linalg.threads import serial
from caloriq.spaces.numbers import by_number
from paulis import dense
from testers import assert_close, refused

TOLERANCE = {"f": 1e-5, "F": 1e-5, "d": 2e-13, "D": 2e-13}


def hopping(sites, pairs, seed=0, currents=False):
    """Random a (XX + YY) Z… of pairs with any string of Z beside, b (XY - YX) Z… too if wanted, and random Z and ZZ."""
    rng = np.random.default_rng(seed)
    strings = []
    for _ in range(pairs):
        i, j = rng.choice(sites, 2, replace=False)
        both = 1 << int(i) | 1 << int(j)
        z = int(rng.integers(0, 2**sites)) & ~both if rng.random() < 0.5 else 0
        a, b = rng.standard_normal(2)
        strings += [(both, z, a), (both, both | z, a)]
        if currents:
            strings += [(both, 1 << int(i) | z, b), (both, 1 << int(j) | z, -b)]
    masks = [1 << j for j in range(sites)] + [3 << j for j in range(sites - 1)]
    strings += [(0, mask, rng.standard_normal()) for mask in masks]
    flip, sign, value = zip(*strings, strict=True)
    return np.array(flip), np.array(sign), np.array(value)


def ladder(sites):
    """XXZ with next neighbours, and its periodic bond."""
    bonds = [(j, j + d) for d in (1, 2) for j in range(sites - d)] + [(0, sites - 1)]
    both = np.array([1 << i | 1 << j for i, j in bonds])
    return np.r_[both, both, 0 * both], np.r_[0 * both, both, both], np.repeat([1.0, 1.0, 0.7], both.size)


@given(sites=st.integers(2, 7), pairs=st.integers(1, 8), seed=st.integers(0, 2**32), currents=st.booleans())
@settings(deadline=None, max_examples=12)
def test_every_sector_is_a_block_of_the_whole(sites, pairs, seed, currents):
    strings = hopping(sites, pairs, seed, currents)
    H = dense(sites, *strings)
    for kernel in ("numba", "numpy"):
        for up in range(sites + 1):
            op = SectorPauliSum(PauliSum(sites, *strings, kernel=kernel), up)
            block = H[np.ix_(op.states, op.states)]
            x = np.exp(1j * np.arange(op.shape[0]))
            assert_close(op @ x, block @ x, 1e-12 * max(1, pairs))
            assert_close(op.diagonal, np.diag(block).real, 1e-12)


SINGLE = (np.float32, np.complex64)  # each precision and layout compiles for seconds
TYPES = [
    pytest.param(dtype, columns, marks=[pytest.mark.slow] if dtype in SINGLE and columns not in (None, 2) else [])
    for dtype in (*SINGLE, np.float64, np.complex128)
    for columns in (None, 1, 2, 3, 5, 8)
]


@pytest.mark.parametrize(("dtype", "columns"), TYPES)
@pytest.mark.parametrize("currents", [False, True])
def test_all_types_and_columns(currents, dtype, columns):
    op = SectorPauliSum(PauliSum(12, *hopping(12, 14, 4, currents), kernel="numba"), 5)
    rng = np.random.default_rng(0)
    x = rng.standard_normal((op.shape[0],) if columns is None else (op.shape[0], columns))
    x = (x + 1j * rng.standard_normal(x.shape) if np.dtype(dtype).kind == "c" else x).astype(dtype)
    y, expected = op @ x, op.matrix @ x
    assert y.dtype == (np.result_type(dtype, np.complex64) if currents else x.dtype)
    assert_close(y, expected, TOLERANCE[np.dtype(dtype).char] * float(np.abs(expected).max()))


def test_few_up_of_many_sites():
    op = SectorPauliSum(PauliSum(36, *ladder(36), kernel="numba"), 3)
    x = np.exp(1j * np.arange(op.shape[0]) ** 2)
    assert_close(op @ x, op.matrix @ x, 1e-12)
    assert op.bytes_per_product() < 8 * 2**18 * 30


def test_sector_is_that_of_the_whole_space():
    """Sixteen sites: the whole product of a vector of the sector stays in it, and is the sector's."""
    whole = PauliSum(16, *ladder(16))
    op = SectorPauliSum(whole, 8)
    x = np.exp(2j * np.arange(op.shape[0]))
    long = np.zeros(2**16, complex)
    long[op.states] = x
    image = whole @ long
    many = op @ x
    assert_close(many, image[op.states], 1e-12)
    image[op.states] = 0
    assert np.abs(image).max() < 1e-13
    with serial(blas=False, kernels=True):
        assert np.array_equal(op @ x, many)


@pytest.mark.parametrize("kernel", ["numba", "numpy"])
@pytest.mark.parametrize("columns", [None, 2, 3])
@pytest.mark.parametrize("currents", [False, True])
@pytest.mark.parametrize("up", [3, 7])
def test_product_less_what_is_there(up, currents, columns, kernel):
    """y becomes a (H - s) x - y, also where the last stretch fills up a group."""
    strings, rng = hopping(13, 20, 8, currents), np.random.default_rng(2)
    H = SectorPauliSum(PauliSum(13, *strings, kernel=kernel), up)
    shape = H.shape[:1] if columns is None else (H.shape[0], columns)
    x, y = (rng.standard_normal(shape) + 1j * rng.standard_normal(shape) for _ in range(2))
    out = y.copy()
    assert H.affine(0.3, 0.7).matvec(x, out=out, less=True) is out
    assert_close(out, 0.3 * (H.matrix @ x - 0.7 * x) - y, 1e-12)


@pytest.mark.parametrize("up", [2, 9, 16])
def test_many_stretches_are_taken_in_groups(up):
    """Eighteen sites, more stretches than one window; strings of any length, real and imaginary."""
    op = SectorPauliSum(PauliSum(18, *hopping(18, 8, 2, currents=True), kernel="numba"), up)
    x = np.exp(1j * np.arange(op.shape[0]) ** 2)
    expected = op.matrix @ x
    assert_close(op @ x, expected, TOLERANCE["D"] * float(np.abs(expected).max()))


@pytest.mark.parametrize("threads", [1, 2, 3, 1000])
def test_every_stretch_is_in_one_group_of_its_number(threads):
    halves = Halves(18, 9)
    _, starts, numbers = halves.stretches.T
    found = halves.windows(threads)
    members = [np.unique(one[2:]) for one in found.groups]
    assert np.array_equal(np.sort(np.concatenate(members)), starts)
    for one, group in zip(members, found.groups, strict=True):
        assert one.size == group[0] <= 4
        assert set(numbers[np.searchsorted(starts, one)]) == {group[1]}
    for k, (first, last) in enumerate(zip(found.first[:-1], found.first[1:], strict=True)):
        inside = members[found.begin[k] : found.begin[k + 1]]
        assert np.array_equal(np.sort(np.concatenate([starts[:0], *inside])), starts[first:last])


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_threads_share_all_states(threads):
    """Strings across the halves of three reaches; windows of threads have about as many states."""
    sites, low = 16, Halves(16, 8).low
    for far in (0, 1, 2, 5):
        bonds = [(j, j + 1) for j in range(sites - 1)] + [(low - 1, low + far)]
        both = np.array([1 << i | 1 << j for i, j in bonds])
        strings = np.r_[both, both, 0 * both], np.r_[0 * both, both, both], np.repeat([1.0, 1.0, 0.3], both.size)
        op = SectorPauliSum(PauliSum(sites, *strings, kernel="numba"), 8)
        x = np.exp(1j * np.arange(op.shape[0]) ** 2)
        y = np.full_like(x, np.nan)
        op._product(x.size, "D", threads)(x, y, False)
        assert_close(y, op.matrix @ x, 2e-12)


@pytest.mark.parametrize("up", [0, 1, 7, 12, 13])
def test_states_are_those_of_the_basis_and_are_ranked(up):
    op = SectorPauliSum(PauliSum(13, *ladder(13)), up)
    assert op.shape == (math.comb(13, up),) * 2
    assert np.array_equal(op.states, by_number(13).states[up])
    assert np.array_equal(op.rank(op.states[::-1]), np.arange(op.shape[0])[::-1])


def test_bytes_of_a_product():
    """X and the result, and tables that are small beside them."""
    op = SectorPauliSum(PauliSum(22, *ladder(22)), 11)
    vector = 16 * math.comb(22, 11)
    assert 2 * vector < op.bytes_per_product() < 2.35 * vector
    assert 4 * vector < op.bytes_per_product(2) < 4.5 * vector


WHOLE = PauliSum(4, *ladder(4))
BAD = {
    "pairs of flips": (
        lambda: SectorPauliSum(PauliSum(3, np.array([3]), np.array([4]), np.array([1.0])), 1),
        "operator",
        "sites 0, 1 with Z on 2",
    ),
    "a field": (
        lambda: SectorPauliSum(PauliSum(2, np.array([2]), np.array([0]), np.array([1.0])), 1),
        "operator",
        "sites 1",
    ),
    "long strings": (
        lambda: SectorPauliSum(PauliSum(30, np.array([2**22 - 1]), np.array([0]), np.array([1.0])), 1),
        "operator",
        "at most 20",
    ),
    "many sites": (
        lambda: SectorPauliSum(PauliSum(50, np.array([0]), np.array([1]), np.array([1.0])), 1),
        "operator",
        "48",
    ),
    "too many up": (lambda: SectorPauliSum(WHOLE, 5), "up", "got 5"),
    "wrong length": (lambda: SectorPauliSum(WHOLE, 2) @ np.ones(5), "x", "(6, k)"),
    "another sector": (lambda: SectorPauliSum(WHOLE, 2).rank(np.array([1])), "states", "2 of 4"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input(case):
    make, argument, *said = BAD[case]
    error = cq.Unsupported if argument == "operator" else cq.InvalidInput
    with refused(argument, *said, error=error):
        make()
