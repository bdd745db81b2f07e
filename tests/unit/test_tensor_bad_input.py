"""What tensor networks refuse, in one sentence each."""

from __future__ import annotations

import numpy as np
import pytest

import caloriq as cq
from caloriq import _checks
from testers import refused

BATHS = (cq.Bath(site=0, gain=0.6, loss=0.4), cq.Bath(site=-1, gain=0.3, loss=0.7))


def chain(sites: int = 6, **more: object) -> cq.SpinChain:
    return cq.SpinChain(sites=sites, hopping=1.0, zz=0.5, baths=BATHS, **more)


def test_terms_that_reach_too_far_are_named() -> None:
    """Couplings, jumps and sites of many levels."""
    far = np.zeros((8, 8))
    far[0, 1:] = far[1:, 0] = 1.0
    with refused("method", "the term", "on 0, ", "neighbours", error=cq.Unsupported):
        cq.steady_state(cq.SpinChain(sites=8, couplings=far, baths=BATHS), method=cq.TensorNetwork())
    jumps = (cq.Jump("S- S-", 1.0, on=[[0, 7]]), cq.Jump("S+", 1.0, on=[[0]]))
    with refused("method", "the jump", "reaches too far", error=cq.Unsupported):
        cq.steady_state(cq.Lattice(sites=8, terms=(cq.Term("X X"),), jumps=jumps), method=cq.TensorNetwork())
    bosons = cq.Lattice(
        sites=3, local={"boson": 8}, terms=(cq.Term("b+ b-", 1.0, plus="hermitian-conjugate"),), baths=BATHS
    )
    with refused("method", "levels on one site", error=cq.Unsupported):
        cq.steady_state(bosons, method=cq.TensorNetwork())
    with refused("method", "classical", error=cq.Unsupported):
        cq.steady_state(cq.ClassicalChain(sites=3, rate=1.0, baths=BATHS), method=cq.TensorNetwork())


def test_fields_that_are_none() -> None:
    """Bond dimensions and tolerances."""
    for wrong in (1, 0, -4, "large", 2.5):
        with refused("bond_dimension"):
            cq.TensorNetwork(bond_dimension=wrong)
    for wrong in (0.0, 0.2, -1.0, "fine"):
        with refused("tol"):
            cq.TensorNetwork(tol=wrong)


def test_a_bond_dimension_beyond_memory_tells_the_need(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before any work; "auto" takes what memory holds."""
    monkeypatch.setattr(_checks, "available_memory", lambda: 2e8)
    with refused("bond_dimension", "the problem needs", "is available"):
        cq.steady_state(chain(20), method=cq.TensorNetwork(bond_dimension=1024))
    assert "tensor network" in str(cq.choose("steady-state", chain(20)))


def test_what_is_not_reached_is_handed_over() -> None:
    """The best state, its errors, and what would help."""
    with pytest.raises(cq.NotConverged) as caught:
        cq.steady_state(chain(6), method=cq.TensorNetwork(bond_dimension=8, tol=1e-4, checkpoint=None))
    best, told = caught.value.solution, str(caught.value)
    assert best is not None
    assert "larger bond_dimension" in told
    exact = cq.steady_state(chain(6))
    assert np.all(np.abs(best.currents - exact.currents) <= best.bounds["currents"])
    assert best.current_bound > 1e-4 * abs(best.current)


def test_without_a_bath_nothing_is_steady() -> None:
    """Closed chains, and numbers that nothing changes."""
    with refused("baths"):
        cq.steady_state(cq.SpinChain(sites=6, hopping=1.0, zz=0.5), method=cq.TensorNetwork())
    tilted = (cq.Term("Z Z"), cq.Term("X", 1.4))
    with refused("model", "closed"):
        cq.steady_state(cq.Lattice(sites=6, terms=tilted), method=cq.TensorNetwork())


def test_several_steady_states_are_told_by_a_second_start() -> None:
    """X inside commutes with everything: the energy between two such sites is that of the start."""
    jumps = (cq.Jump("X", 1.0, on=[[0]]), cq.Jump("S-", 0.5, on=[[3]]))
    model = cq.Lattice(sites=4, terms=(cq.Term("X X"),), jumps=jumps)
    with pytest.raises(cq.NotConverged, match="second start"):
        cq.steady_state(model, method=cq.TensorNetwork(checkpoint=None))
