"""Tensor trains as vectors: steps against dense exponentials, blocks of charges against trains without, truncation."""

from __future__ import annotations

import numpy as np
import pytest
import scipy

import caloriq as cq
from caloriq.linalg.charged_train import ChargedTrain
from caloriq.linalg.charges import ChargedGates
from caloriq.linalg.tensor_train import Gates, Train, decomposed
from caloriq.steady.tensor.cells import cells

BATHS = (cq.Bath(site=0, gain=0.6, loss=0.4), cq.Bath(site=-1, gain=0.3, loss=0.7))
MODELS = {
    "spins": cq.SpinChain(sites=4, hopping=1.0, zz=1.5, dephasing=0.3, baths=BATHS).lattice(),
    "imaginary hopping": cq.SpinChain(
        sites=4, couplings=np.diag([1j, 0.5 + 0.5j, 1.0], 1) + np.diag([-1j, 0.5 - 0.5j, 1.0], -1), baths=BATHS
    ).lattice(),
    "rungs": cq.Lattice(
        sites=6,
        geometry={"kind": "ladder", "legs": 2},
        terms=(cq.Term("S+ S-", 1.0, plus="hermitian-conjugate"), cq.Term("Z Z", 0.2)),
        baths=(cq.Bath(site=0, gain=0.6, loss=0.4), cq.Bath(site=5, gain=0.2, loss=0.7)),
    ),
    "spins of one": cq.Lattice(
        sites=3,
        local="spin-1",
        terms=(cq.Term("S+ S-", 0.5, plus="hermitian-conjugate"), cq.Term("Sz Sz", 0.3)),
        baths=(cq.Bath(site=0, gain=0.6, loss=0.4), cq.Bath(site=2, gain=0.2, loss=0.7)),
    ),
}


def vector(train: Train) -> np.ndarray:
    """All elements."""
    found = np.ones((1, 1))
    for one in train.dense().tensors:
        found = np.tensordot(found, one, 1).reshape(-1, one.shape[2])
    return found.ravel()


def start(letters: tuple[int, ...]) -> list[np.ndarray]:
    return [np.eye(1, n)[0] for n in letters]


@pytest.mark.parametrize("name", MODELS)
def test_steps_are_exponentials_of_the_generators(name: str) -> None:
    """One step of second order on all elements, without truncation; with blocks of charges the same."""
    found = cells(MODELS[name])
    gates = Gates.of(found.generators, 0.1)
    expected = vector(Train.product(start(found.letters)))
    for part in (gates.half, gates.odd, gates.half):
        for k, gate in enumerate(part):
            if gate.size:
                before, after = np.prod(found.letters[:k], dtype=int), np.prod(found.letters[k + 2 :], dtype=int)
                expected = np.kron(np.kron(np.eye(before), gate), np.eye(after)) @ expected
    expected /= np.linalg.norm(expected)
    assert found.charged is not None
    plain, charged = (
        Train.product(start(found.letters)),
        ChargedTrain.of(Train.product(start(found.letters)), found.charged),
    )
    assert plain.evolve(gates, 1, 4096) < 1e-14
    assert charged.evolve(ChargedGates.of(gates, found.charged), 1, 4096) < 1e-14
    for train in (plain, charged):
        assert np.abs(vector(train) - expected).max() < 1e-13


@pytest.mark.parametrize("name", MODELS)
def test_blocks_are_the_train_without_them(name: str) -> None:
    """Turned into blocks in the middle of an evolution, moved, tilted and evolved on: the same vector."""
    found = cells(MODELS[name])
    gates = Gates.of(found.generators, 0.1)
    assert found.charged is not None
    plain = Train.product(start(found.letters))
    plain.evolve(gates, 5, 4096)
    charged = ChargedTrain.of(plain, found.charged)
    assert np.abs(vector(charged) - vector(plain)).max() < 1e-12
    for site in (len(found.letters) - 1, 0, 1):
        charged.move(site)
        assert charged.centre == site
        assert np.abs(vector(charged) - vector(plain)).max() < 1e-12
    for train in (plain, charged):
        train.multiply(1, np.diag([1.1, *[0.9] * (found.letters[1] - 1)]))
        train.orthogonalise()
    plain.evolve(gates, 5, 4096)
    charged.evolve(ChargedGates.of(gates, found.charged), 5, 4096)
    assert np.abs(vector(charged) - vector(plain)).max() < 1e-12
    assert charged.size < plain.size
    assert sum(charged.bonds) <= sum(plain.bonds) + 8


def test_bonds_are_cut_to_what_is_allowed() -> None:
    """No bond is larger, the norm stays one, and the weight that is lost is that of all singular values to a tenth."""
    found = cells(cq.SpinChain(sites=10, hopping=1.0, zz=1.5, baths=BATHS).lattice())
    gates = Gates.of(found.generators, 0.1)
    plain = Train.product(start(found.letters))
    plain.evolve(gates, 20, 48)
    charged = ChargedTrain.of(plain, found.charged or [])
    for train, acts in ((plain, gates), (charged, ChargedGates.of(gates, found.charged or []))):
        lost = train.evolve(acts, 5, 48)
        assert max(train.bonds) <= 48
        assert 0 < lost < 1e-3
        assert np.linalg.norm(vector(train.copy())) == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize("kind", ["real", "complex"])
def test_the_subspace_holds_the_largest_singular_values(kind: str) -> None:
    """From rows near the right vectors, and from none at all, where the values fall as those of a bond do."""
    rng = np.random.default_rng(0)
    n, size = 120, 30
    shape = (n, n)
    u, v = (
        np.linalg.qr(rng.standard_normal(shape) + (1j * rng.standard_normal(shape) if kind == "complex" else 0))[0]
        for _ in "uv"
    )
    values = 0.6 ** np.arange(n)
    matrix = (u * values) @ v.conj().T
    near = v.conj().T[:size] + 1e-2 * rng.standard_normal((size, n))
    for guess in (near, np.empty((0, n))):
        left, found, right = decomposed(matrix, guess, size)
        assert found[:15] == pytest.approx(values[:15], rel=1e-6)
        assert np.abs((left * found) @ right - matrix).max() < 1e-5
        assert np.abs(left.conj().T @ left - np.eye(len(found))).max() < 1e-12


def test_equal_bonds_share_their_gates() -> None:
    """A uniform chain of any length exponentiates the ends and one bond inside, at whole and half steps."""
    found = cells(cq.SpinChain(sites=40, hopping=1.0, zz=1.5, dephasing=0.3, baths=BATHS).lattice())
    gates = Gates.of(found.generators, 0.1)
    assert len({id(one) for part in (gates.half, gates.even, gates.odd) for one in part if one.size}) <= 7
    assert gates.odd[1] == pytest.approx(scipy.linalg.expm(0.1 * found.generators[1]))
