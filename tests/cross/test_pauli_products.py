"""Products with sums of Pauli strings: compiled and in array operations, against dense matrices and QuTiP."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caloriq._array import Library, library
from caloriq.linalg import pauli_plan
from caloriq.linalg.pauli_products import PauliSum
from caloriq.linalg.threads import serial
from paulis import by_qutip, dense, random_strings, vectors
from testers import assert_close, refused

TOLERANCE = {"f": 2e-5, "F": 2e-5, "d": 2e-13, "D": 2e-13}
DTYPES = (np.float32, np.float64, np.complex64, np.complex128)


def tilted(sites):
    """J ZZ + g X + h Z."""
    one = [(1 << j, 0, 1.4) for j in range(sites)] + [(0, 1 << j, 0.9) for j in range(sites)]
    return tuple(map(np.array, zip(*one, *[(0, 3 << j, 1.0) for j in range(sites - 1)], strict=True)))


@given(sites=st.integers(1, 6), count=st.integers(1, 12), seed=st.integers(0, 2**32))
@settings(deadline=None, max_examples=25)
def test_strings_are_those_of_qutip(sites, count, seed):
    strings = random_strings(sites, count, seed)
    expected = by_qutip(sites, *strings)
    assert_close(dense(sites, *strings), expected, 1e-12)
    op = PauliSum(sites, *strings)
    x = vectors(sites, None, complex, seed)
    assert_close(op @ x, expected @ x, 1e-11)
    assert_close(op.diagonal, np.diag(expected).real, 1e-12)
    assert np.linalg.norm(expected, 2) <= op.norm_bound + 1e-12
    assert op.dtype == (float if np.isrealobj(expected) or not expected.imag.any() else complex)


@pytest.mark.parametrize("columns", [None, 1, 2, 3, 8, 11])
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("real", [True, False])
def test_compiled_product_is_the_dense_one(real, dtype, columns):
    strings = random_strings(10, 14, 3, real)
    op = PauliSum(10, *strings, kernel="numba")
    x = vectors(10, columns, dtype)
    y, H = op @ x, dense(10, *strings)
    assert y.dtype == (x.dtype if real else np.result_type(x.dtype, np.complex64))
    expected = (H.real if real else H) @ x
    assert_close(y, expected, TOLERANCE[x.dtype.char] * float(np.abs(expected).max()))


@pytest.mark.parametrize("near", [2**12, 2**13, 2**15])
@pytest.mark.parametrize("columns", [None, 4])
def test_two_passes_are_one(near, columns, monkeypatch):
    """Panels of any shape: flips of high bits, of both ends, and of neighbours across the bits where passes meet."""
    neighbours = [(3 << j, s << j, 0.1 * (j + 1)) for j in range(11) for s in (0, 1, 3)]
    ends = [(1 << 11 | 1, 0, 0.7), (1 << 11 | 1 << 6, 2, 0.3), (1 << 11, 1 << 11, 0.2)]
    strings = np.array([*neighbours, *ends]).T
    masks = strings[:2].astype(np.int64)
    fields = tilted(12)
    given_ = [np.concatenate(pair) for pair in zip((*masks, strings[2]), fields, strict=True)]
    x = vectors(12, columns, complex)
    plain = PauliSum(12, *given_, kernel="numpy") @ x
    for name, value in {"NEAR_BYTES": near, "PANEL_BYTES": 2**14, "FEW": 0.0}.items():
        monkeypatch.setattr(pauli_plan, name, value)
    op = PauliSum(12, *given_, kernel="numba")
    assert op.bytes_per_product(columns or 1) > 5 * x.nbytes  # the second pass is there
    assert_close(op @ x, plain, 1e-12)


def test_any_number_of_threads_gives_the_same_bits():
    strings = [np.concatenate(pair) for pair in zip(tilted(16), random_strings(16, 6, 1), strict=True)]
    op, x = PauliSum(16, *strings), vectors(16, None, complex)
    many = op @ x
    with serial(blas=False, kernels=True):
        assert np.array_equal(op @ x, many)


@pytest.mark.parametrize("kernel", ["numba", "numpy"])
@pytest.mark.parametrize("columns", [None, 2, 3])
@pytest.mark.parametrize("passes", [1, 2])
@pytest.mark.parametrize("real", [True, False])
def test_product_less_what_is_there(real, passes, columns, kernel, monkeypatch):
    """y becomes a (H - s) x - y, flips of all kinds and both passes; what is there is read once."""
    if passes == 2:
        for name, value in {"NEAR_BYTES": 2**13, "PANEL_BYTES": 2**14, "FEW": 0.0}.items():
            monkeypatch.setattr(pauli_plan, name, value)
    strings = [np.concatenate(pair) for pair in zip(tilted(11), random_strings(11, 9, 4, real), strict=True)]
    H, (x, y) = PauliSum(11, *strings, kernel=kernel), (vectors(11, columns, complex, k) for k in (1, 2))
    expected = 0.3 * (dense(11, *strings) @ x - 0.7 * x) - y
    out = y.copy()
    one = H.affine(0.3, 0.7)
    assert one.matvec(x, out=out, less=True) is out
    assert_close(out, expected, 1e-13)
    assert (one.bytes_per_product(columns or 1) > 4 * x.nbytes) == (passes == 2)
    assert one.dtype == (float if real else complex)


def test_hermitian():
    op = PauliSum(12, *random_strings(12, 20, 5), kernel="numba")
    a, b = vectors(12, None, complex, 1), vectors(12, None, complex, 2)
    assert np.vdot(a, op @ b) == pytest.approx(np.vdot(op @ a, b), rel=1e-11)


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("single", [False, True])
def test_array_operations_alone(strict, single):
    import array_api_strict

    xp = array_api_strict if strict else np
    strings = random_strings(7, 12, 2)
    kind = xp.float32 if single else xp.float64
    op = PauliSum(7, *strings).on(Library(xp, kind, assigns=False))
    x = vectors(7, 3, np.complex64 if single else complex)
    y = np.asarray(op @ xp.asarray(x))
    assert y.dtype == x.dtype
    assert_close(y, dense(7, *strings) @ x, TOLERANCE[x.dtype.char] * 30)


def test_bytes_of_a_product():
    """One pass reads x and writes y; the second copies x and adds to y; the diagonal is a fraction of a vector."""
    small, large = PauliSum(16, *tilted(16)), PauliSum(24, *tilted(24))
    vector = 16 << 16
    assert 2 * vector < small.bytes_per_product() < 2.2 * vector
    assert 5 * 256 * vector < large.bytes_per_product() < 5.2 * 256 * vector
    assert small.bytes_per_product(4, np.float32) == pytest.approx(2 * vector, rel=0.1)


def test_result_goes_where_it_is_wanted():
    op, x = PauliSum(8, *tilted(8)), vectors(8, 2, float)
    out = np.empty_like(x)
    assert op.matvec(x, out=out) is out
    assert np.array_equal(out, op @ x)
    assert np.array_equal(op @ np.ones(256, int), op @ np.ones(256))
    assert library().numpy


OP = PauliSum(2, np.array([1]), np.array([0]), np.array([1.0]))
BAD = {
    "no site": (lambda: PauliSum(0, *tilted(2)), "sites", "at least 1"),
    "beyond the sites": (lambda: PauliSum(1, *tilted(2)), "flip", "1 sites"),
    "sign beyond": (lambda: PauliSum(1, np.array([1]), np.array([2]), np.array([1.0])), "sign", "got 2"),
    "shapes": (lambda: PauliSum(2, np.array([1, 2]), np.array([0]), np.array([1.0])), "value", "(1,), (2,)"),
    "not finite": (lambda: PauliSum(2, np.array([1]), np.array([0]), np.array([np.inf])), "value", "finite"),
    "wrong length": (lambda: OP @ np.ones(3), "x", "(4, k)", "got shape (3,)"),
    "less nothing": (lambda: OP.matvec(np.ones(4), less=True), "out", "must be given"),
    "wrong out": (lambda: OP.matvec(np.ones(4), out=np.ones(3)), "out", "shape (4,)"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input(case):
    make, argument, *said = BAD[case]
    with refused(argument, *said):
        make()
