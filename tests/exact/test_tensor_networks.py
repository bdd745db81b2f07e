"""Tensor networks against exact solutions: every number within its own error, for chains, ladders and any local terms."""

from __future__ import annotations

import numpy as np
import pytest

import caloriq as cq
from caloriq.linalg.tensor_train import Gates, Train
from caloriq.steady.tensor.cells import Cells, cells
from caloriq.steady.tensor.reading import Reading

DRIVEN = (cq.Bath(site=0, gain=0.6, loss=0.4), cq.Bath(site=-1, gain=0.3, loss=0.7))
SPIN_CHAINS = {
    "dephased": cq.SpinChain(sites=6, hopping=1.0, zz=1.5, dephasing=1.0, baths=DRIVEN),
    "ballistic": cq.SpinChain(sites=6, hopping=1.0, zz=0.5, baths=DRIVEN),
    "warm": cq.SpinChain(
        sites=5,
        hopping=(1.0, 0.7, 1.2, 0.9),
        zz=0.4,
        frequency=(1.0, 1.2, 0.8, 1.0, 1.1),
        dephasing=0.3,
        baths=(cq.Bath(site=0, temperature=1.0, rate=1.0), cq.Bath(site=4, temperature=0.2, rate=0.5)),
    ),
    "bath inside": cq.SpinChain(
        sites=5, hopping=1.0, zz=0.8, dephasing=0.5, baths=(*DRIVEN, cq.Bath(site=2, gain=0.1, loss=0.05))
    ),
    "second neighbours": cq.SpinChain(
        sites=5,
        couplings=np.diag(np.ones(4), 1) + np.diag(np.ones(4), -1) + 0.4 * (np.eye(5, k=2) + np.eye(5, k=-2)),
        zz=0.3,
        dephasing=0.5,
        baths=DRIVEN,
    ),
}
HARD = {
    "tiny drive": cq.SpinChain(
        sites=5,
        hopping=1.0,
        zz=1.5,
        dephasing=0.2,
        baths=(cq.Bath(site=0, gain=0.501, loss=0.499), cq.Bath(site=-1, gain=0.499, loss=0.501)),
    ),
    "strong bath": cq.SpinChain(
        sites=4,
        hopping=1.0,
        zz=0.5,
        dephasing=0.3,
        baths=(cq.Bath(site=0, gain=30.0, loss=20.0), cq.Bath(site=-1, gain=0.3, loss=0.7)),
    ),
    "weak link": cq.SpinChain(
        sites=4,
        hopping=(1.0, 1e-3, 1.0),
        zz=0.5,
        dephasing=1.0,
        baths=(cq.Bath(site=0, gain=0.9, loss=0.1), cq.Bath(site=1, gain=0.1, loss=0.9)),
    ),
    "detuned": cq.SpinChain(sites=4, hopping=1.0, zz=0.5, frequency=(1.0, 8.0, -8.0, 5.0), baths=DRIVEN),
    "cut": cq.SpinChain(sites=8, hopping=1.0, zz=1.5, dephasing=0.3, baths=DRIVEN),
}
JUMPS = (
    cq.Jump("S+", 0.6, on=[[0]], name="left up"),
    cq.Jump("S-", 0.4, on=[[0]], name="left down"),
    cq.Jump("S+", 0.3, on=[[4]], name="right up"),
    cq.Jump("S-", 0.7, on=[[4]], name="right down"),
)
TILTED = (cq.Term("Z Z", 1.0), cq.Term("X", 1.4), cq.Term("Z", 0.9045))
LATTICES = {
    "tilted Ising": cq.Lattice(sites=5, terms=TILTED, jumps=JUMPS),
    "ladder": cq.Lattice(
        sites=6,
        geometry={"kind": "ladder", "legs": 2},
        terms=(cq.Term("X X", 1.0), cq.Term("Y Y", 0.5), cq.Term("Z Z", 0.2)),
        baths=(cq.Bath(site=0, gain=0.6, loss=0.4), cq.Bath(site=5, gain=0.2, loss=0.7)),
        dephasing=0.5,
    ),
    "fermions with a pair term": cq.Lattice(
        sites=4,
        local="fermion",
        terms=(
            cq.Term("c+ c-", 1.0, plus="hermitian-conjugate"),
            cq.Term("c+ c+", 0.3, plus="hermitian-conjugate"),
            cq.Term("n n", 0.7),
        ),
        baths=(cq.Bath(site=0, gain=0.6, loss=0.4), cq.Bath(site=3, gain=0.2, loss=0.7)),
    ),
    "spins of one": cq.Lattice(
        sites=3,
        local="spin-1",
        terms=(cq.Term("S+ S-", 0.5, plus="hermitian-conjugate"), cq.Term("Sz Sz", 0.3)),
        baths=(cq.Bath(site=0, gain=0.6, loss=0.4), cq.Bath(site=2, gain=0.2, loss=0.7)),
        dephasing=0.4,
    ),
}
NUMBERS = (
    "currents",
    "excitation_currents",
    "heat_currents",
    "dephasing_current",
    "populations",
    "population_differences",
    "coherences",
    "energy",
    "temperatures",
)


@pytest.mark.parametrize("name", SPIN_CHAINS)
def test_spin_chains_are_within_their_errors(name: str) -> None:
    """Every number, and the errors are as small as was asked for."""
    model = SPIN_CHAINS[name]
    exact, found = cq.steady_state(model), cq.steady_state(model, method=cq.TensorNetwork(tol=0.01))
    for number in NUMBERS:
        off = np.abs(np.asarray(getattr(found, number)) - np.asarray(getattr(exact, number)))
        assert np.all(off <= found.bounds[number]), number
    assert found.certificate.holds
    assert found.current_bound <= 0.01 * np.abs(exact.currents).max()


@pytest.mark.parametrize("name", LATTICES)
def test_lattices_are_within_their_errors(name: str) -> None:
    """Without a conserved number, with rungs, with strings of fermions, with three levels."""
    model = LATTICES[name]
    exact, found = cq.steady_state(model), cq.steady_state(model, method=cq.TensorNetwork(tol=0.01))
    assert isinstance(found, type(exact))
    for group, ending in (("profiles", ""), ("currents", "_currents"), ("inflows", "_inflows")):
        for of, values in getattr(found, group).items():
            bound = found.bounds["energy_density" if (of, ending) == ("energy", "") else of + ending]
            assert np.all(np.abs(values - getattr(exact, group)[of]) <= bound), (of, ending)
            assert np.max(np.abs(values)) == 0 or np.max(bound) <= 0.05 * max(np.max(np.abs(values)), 0.1)
    assert abs(found.energy - exact.energy) <= found.bounds["energy"]


def test_the_steady_state_of_steps_converges_with_their_square() -> None:
    """Halving the step leaves a quarter of the error of every current: the order that the extrapolation relies on."""
    model = SPIN_CHAINS["dephased"].model_copy(update={"sites": 4, "baths": DRIVEN})
    exact, found = cq.steady_state(model).currents, cells(model.lattice())
    from caloriq.models.lattice.densities import current

    reading = Reading.of(found, current(found.model, "magnetisation").operators)
    errors = []
    for step in (0.2, 0.1, 0.05):
        train = Train.product([np.eye(1, 4)[0]] * 4)
        train.evolve(Gates.of(found.generators, step), round(60 / step), 256)
        errors.append(np.abs(reading.values(train) - exact).max())
    assert errors[0] / errors[1] == pytest.approx(4, rel=0.1)
    assert errors[1] / errors[2] == pytest.approx(4, rel=0.05)


def test_cells_give_the_same_generator_at_any_width() -> None:
    """Sums of the pairs' generators on all elements: for cells of one, two and three sites the same Lindbladian."""
    model = SPIN_CHAINS["warm"].model_copy(update={"sites": 4, "baths": DRIVEN, "hopping": 1.0, "frequency": 1.0})
    whole = []
    for width in (1, 2):
        found = Cells(model.lattice(), width)
        total = np.zeros((4**4, 4**4))
        for k, one in enumerate(found.generators):
            before, after = np.prod(found.letters[:k], dtype=int), np.prod(found.letters[k + 2 :], dtype=int)
            total += np.kron(np.kron(np.eye(before), one), np.eye(after))
        whole.append(total)
    assert np.abs(whole[0] - whole[1]).max() < 1e-13
    assert np.abs(whole[0][0]).max() == 0  # the trace is kept


def test_the_same_bits_twice_and_from_a_copy_of_the_model() -> None:
    """Nothing is random, and nothing depends on what ran before."""
    first = cq.steady_state(SPIN_CHAINS["dephased"], method=cq.TensorNetwork(tol=0.05))
    again = cq.steady_state(
        cq.SpinChain.from_mapping(SPIN_CHAINS["dephased"].to_mapping()), method=cq.TensorNetwork(tol=0.05)
    )
    assert first.currents.tobytes() == again.currents.tobytes()
    assert first == again


@pytest.mark.parametrize("name", HARD)
def test_hard_chains_are_right_or_refused(name: str) -> None:
    """A link that is hardly there, levels far apart, a drive of a thousandth, a fast bath: numbers within their errors, refused or not."""
    model = HARD[name]
    exact = cq.steady_state(model)
    if name == "weak link":
        with pytest.raises(cq.NotConverged) as caught:
            cq.steady_state(model, method=cq.TensorNetwork(tol=0.02, checkpoint=None))
        found = caught.value.solution
    else:
        found = cq.steady_state(model, method=cq.TensorNetwork(tol=0.02, checkpoint=None))
    for number in NUMBERS[:5]:
        off = np.abs(np.asarray(getattr(found, number)) - np.asarray(getattr(exact, number)))
        assert np.all(off <= found.bounds[number]), number
