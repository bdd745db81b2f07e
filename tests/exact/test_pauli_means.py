"""Expectation values of Pauli strings against their matrices."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caloriq.linalg import pauli_means
from caloriq.linalg.pauli_means import PauliMeans
from caloriq.linalg.pauli_products import PauliSum
from testers import assert_close

PAULI = {"1": np.eye(2), "X": [[0, 1], [1, 0]], "Y": [[0, 1j], [-1j, 0]], "Z": np.diag([-1.0, 1.0])}


def drawn(sites, seed, count=12):
    rng = np.random.default_rng(seed)
    flip, sign = rng.integers(1 << sites, size=(2, count))
    psi = rng.standard_normal((1 << sites, 2)) @ [1, 1j]
    return flip, sign, psi / np.linalg.norm(psi)


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 5), st.integers(0, 2**20))
def test_every_string_is_the_product_of_its_letters(sites, seed):
    flip, sign, psi = drawn(sites, seed)
    expected = []
    for f, s in zip(flip.tolist(), sign.tolist(), strict=True):
        P = np.eye(1)
        for x in range(sites):
            P = np.kron(PAULI["1XZY"[(f >> x & 1) + 2 * (s >> x & 1)]], P)
        expected.append(np.vdot(psi, P @ psi).real)
    assert_close(PauliMeans(sites, flip, sign).of(psi), np.array(expected), 1e-13)


@pytest.mark.parametrize("sites", [11, 14])
def test_blocks_and_the_kernel_give_what_products_give(sites, monkeypatch):
    flip, sign, psi = drawn(sites, 1)
    expected = [
        np.vdot(psi, PauliSum(sites, np.array([f]), np.array([s]), np.array([1.0])) @ psi).real
        for f, s in zip(flip, sign, strict=True)
    ]
    assert_close(PauliMeans(sites, flip, sign).of(psi), np.array(expected), 1e-13)
    monkeypatch.setattr(pauli_means, "COMPILE_ABOVE", 2**20)
    assert_close(PauliMeans(sites, flip, sign).of(psi), np.array(expected), 1e-13)
