"""Tensor networks in time: what they refuse, what `auto` takes them for, and what files say of them."""

from __future__ import annotations

import math

import numpy as np
import pytest

import caloriq as cq
from caloriq.display import rows
from caloriq.questions.registry import question_type

XX = (cq.Term("Sx Sx", 1.0), cq.Term("Sy Sy", 1.0))
CLOSED = cq.Lattice(sites=40, terms=XX)
BATHS = (cq.Bath(site=0, gain=0.6, loss=0.4),)
OPEN = cq.Lattice(sites=30, terms=(*XX, cq.Term("X", 0.5)), dephasing=0.5, baths=BATHS)
CHAIN = cq.SpinChain(sites=30, hopping=1.0, zz=1.5, dephasing=1.0, baths=BATHS)
START = {"lattice-evolution": CLOSED, "lattice-relaxation": OPEN, "relaxation": CHAIN}
BAD = {
    "a drawn state": (CLOSED, {"initial": cq.starts.random_state()}, "`initial` must be a product"),
    "a sector": (CLOSED, {"initial": cq.starts.gibbs(1.0, numbers={"magnetisation": 0})}, "`initial.numbers`"),
    "samples": (CLOSED, {"initial": cq.starts.gibbs(1.0, samples=2)}, "`initial.samples`"),
    "levels of another length": (CLOSED, {"initial": cq.starts.site_states(["up"] * 7)}, "`states`"),
    "temperatures of another length": (CLOSED, {"initial": cq.starts.gibbs([1.0] * 7)}, "`temperatures`"),
    "no start of a spin chain": (CHAIN, {"initial": cq.starts.domain_wall()}, "`initial` must be a product"),
    "a product of another length": (CHAIN, {"initial": cq.starts.product([0.5] * 3)}, "`populations`"),
    "a state": (OPEN, {"initial": CHAIN}, "`initial` must be a product"),
    "a bond dimension beyond memory": (
        OPEN,
        {"method": cq.TensorNetwork(bond_dimension=10**6)},
        "`bond_dimension` must fit in memory",
    ),
    "times beyond a day": (OPEN, {"times": [1e9], "method": cq.TensorNetwork(bond_dimension=64)}, "`times` must be"),
    "times that do not increase": (OPEN, {"times": [1.0, 0.5]}, "`times` must increase"),
    "a checkpoint": (OPEN, {"method": cq.TensorNetwork(checkpoint="file")}, "`checkpoint`"),
    "no chain": (cq.Lattice(sites=9, geometry={"kind": "square", "sides": [3, 3]}, terms=XX), {}, "reaches too far"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_taken_is_named(name: str) -> None:
    model, given, told = BAD[name]
    with pytest.raises(cq.CaloriqError, match=told) as caught:
        cq.evolve(model, **{"times": [0.5], "method": cq.TensorNetwork(), **given})
    assert not isinstance(caught.value, cq.NotConverged)
    assert str(caught.value).count("(got ") == 1


def test_a_bath_that_is_coupled_by_an_operator_is_refused() -> None:
    ohmic = {"kind": "ohmic", "coupling": 0.002, "cutoff": 10.0}
    bath = cq.CoupledBath(operator="X", site=0, temperature=1.0, spectrum=ohmic)
    model = cq.Lattice(sites=4, terms=XX, baths=(bath,))
    with pytest.raises(cq.Unsupported, match="coupled by an operator"):
        cq.evolve(model, [1.0], method=cq.TensorNetwork())


@pytest.mark.parametrize("kind", START)
def test_auto_takes_it_where_there_are_too_many_states(kind: str) -> None:
    choice = cq.choose(kind, START[kind])
    assert isinstance(choice.method, cq.TensorNetwork)
    assert choice.reason.startswith("auto: ")


@pytest.mark.parametrize("kind", START)
def test_auto_takes_exact_methods_where_these_are_possible(kind: str) -> None:
    choice = cq.choose(kind, START[kind].model_copy(update={"sites": 8}))
    assert not isinstance(choice.method, cq.TensorNetwork)


@pytest.mark.parametrize("kind", START)
def test_a_question_gives_the_numbers_of_the_verb_with_their_bounds(kind: str) -> None:
    question = question_type({"kind": kind}).from_mapping(
        {
            "kind": kind,
            "times": {"values": [0.25, 0.5]},
            "method": {"kind": "tensor-network", "bond_dimension": 16, "tol": 0.1},
        }
    )
    model = START[kind].model_copy(update={"sites": 8})
    values, certificate, method = question.solve(model)
    assert certificate.holds
    assert method.startswith("TensorNetwork")
    bounds = {name for name in values if name.endswith("_bound")}
    assert {"energy_bound"} <= bounds
    assert all(np.shape(values[name]) == np.shape(values[name.removesuffix("_bound")]) for name in bounds)
    assert question.seconds(model) > 0
    assert question.memory(model) > 1e6
    assert "0.5" in question.told(question.ask(model))


def test_what_is_printed_is_of_the_last_time_that_is_known() -> None:
    model = cq.Lattice(sites=8, terms=(cq.Term("Z Z", 1.0), cq.Term("X", 1.4), cq.Term("Z", 0.9045)))
    start = cq.starts.site_states([{"theta": 1.0}])
    found = cq.evolve(model, [0.0, 0.5, 3.0], initial=start, method=cq.TensorNetwork(bond_dimension=16))
    assert found.known_until == 0.5
    assert math.isnan(found.energy[-1])
    data = found.to_dataset()
    assert data.attrs["known until"] == 0.5
    ((_, number, _, meaning),) = rows(data, ["energy"])
    assert "nan" not in number
    assert meaning.endswith("at the last time that is known")
