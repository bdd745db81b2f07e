"""Sums of Pauli strings, dense by Kronecker products and by QuTiP."""

from __future__ import annotations

from functools import reduce

import numpy as np

LETTERS = "1XZY"  # by flip + 2 sign
DENSE = {
    "1": np.eye(2),
    "X": np.array([[0, 1], [1, 0]]),
    "Y": np.array([[0, 1j], [-1j, 0]]),  # index 1 is up
    "Z": np.diag([-1.0, 1.0]),
}


def words(sites, flip, sign):
    """Letters of every string, site 0 first."""
    return [
        "".join(LETTERS[(f >> j & 1) + 2 * (s >> j & 1)] for j in range(sites)) for f, s in zip(flip, sign, strict=True)
    ]


def dense(sites, flip, sign, value):
    """Matrix by Kronecker products, bit j of a state is site j."""
    strings = [reduce(np.kron, [DENSE[a] for a in reversed(word)]) for word in words(sites, flip, sign)]
    return sum((v * P for v, P in zip(value, strings, strict=True)), np.zeros((2**sites, 2**sites), complex))


def by_qutip(sites, flip, sign, value):
    """The same matrix from QuTiP's operators, put into our order of states."""
    import qutip

    own = {"1": qutip.qeye(2), "X": qutip.sigmax(), "Y": qutip.sigmay(), "Z": qutip.sigmaz()}
    H = sum(
        v * qutip.tensor([own[a] for a in word]) for v, word in zip(value, words(sites, flip, sign), strict=True)
    ).full()
    states = np.arange(2**sites)
    place = sum(
        (1 - (states >> j & 1)) << (sites - 1 - j) for j in range(sites)
    )  # up first, first site most significant
    return H[np.ix_(place, place)]


def random_strings(sites, count, seed, real=False):
    """Flips, signs and values, with strings that flip nothing among them."""
    rng = np.random.default_rng(seed)
    flip, sign = rng.integers(0, 2**sites, (2, count))
    flip[: count // 3] = 0
    if real:
        kept = np.bitwise_count(flip & sign) % 2 == 0
        flip, sign = flip[kept], sign[kept]
    return flip, sign, rng.standard_normal(flip.size)


def vectors(sites, columns, dtype, seed=0):
    """Random columns, or one vector where `columns` is None."""
    rng = np.random.default_rng(seed)
    shape = (2**sites,) if columns is None else (2**sites, columns)
    x = rng.standard_normal(shape)
    if np.dtype(dtype).kind == "c":
        x = x + 1j * rng.standard_normal(shape)
    return x.astype(dtype)
