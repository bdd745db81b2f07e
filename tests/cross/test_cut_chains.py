"""Parts that carry nothing: said as they are, not as a criterion that is infinite."""

import numpy as np
import pytest

import caloriq as cq
from caloriq.questions.bands_in_time import BandsQuestion

LEVELS = 40


def matrices(count, zeros, seed=0):
    rng = np.random.default_rng(seed)
    v = (rng.standard_normal((count, LEVELS, LEVELS)) + 1j * rng.standard_normal((count, LEVELS, LEVELS))) / 2**0.5
    v[list(zeros)] = 0
    return v


def chain(zeros, subunits=4):
    given = matrices(subunits - 1, zeros)
    coupling = 1.2 * 0.05 / (2 * LEVELS)
    return cq.ModularChain(
        subunits=subunits, levels=LEVELS, bandwidth=0.05, coupling=coupling, interaction="given", matrices=given
    )


def ring(zeros):
    graph = [(0, 1), (1, 2), (0, 2)]
    coupling = 1.2 * 0.05 / (2 * LEVELS)
    return cq.ModularNetwork(
        graph=graph, levels=LEVELS, bandwidth=0.05, coupling=coupling, interaction="given", matrices=matrices(3, zeros)
    )


def sentence(model, initial):
    theory = cq.ham(model)
    exact = cq.evolve(model, np.linspace(0, 5 / theory.rate, 201), initial=initial)
    return exact, cq.verdict(exact, theory)


@pytest.mark.parametrize("initial", [cq.starts.mixed(0), cq.haar(0, seed=1)], ids=["mixed", "pure"])
def test_a_zero_bond_cuts_the_chain(initial):
    exact, found = sentence(chain([1]), initial)
    assert float(np.abs(exact.populations[:, 2:]).max()) < 1e-13, "nothing crosses the cut"
    assert found.sentence.endswith("but bond 1 carries nothing: the chain is cut there.")
    assert not found.diffusive


def test_several_zero_bonds():
    found = sentence(chain([1, 2]), cq.starts.mixed(0))[1]
    assert "bonds 1, 2 carry nothing: the chain is cut there" in found.sentence


def test_an_edge_of_a_ring_is_missing_and_nothing_is_cut():
    exact, found = sentence(ring([2]), cq.starts.mixed(0))
    assert float(exact.populations[-1].min()) > 0.2, "the other way round reaches every subunit"
    assert "edge (0, 2) carries nothing" in found.sentence or "edge (1, 2) carries nothing" in found.sentence
    assert "cut" not in found.sentence


@pytest.mark.parametrize("initial", [cq.starts.mixed(0), cq.haar(0, seed=1)], ids=["mixed", "pure"])
def test_a_start_that_is_cut_off_is_told_so(initial):
    """It was told to take a mixed start, or more levels."""
    with pytest.raises(cq.NotEnoughData, match=r"bond 0 carries nothing: the chain is cut there .*start elsewhere"):
        sentence(chain([0]), initial)


def test_a_channel_of_zeros_is_a_channel_left_out():
    """One Hamiltonian, written in two ways, has one pair of criteria and one sentence."""
    levels = [6, 8, 5]
    free = cq.BandedPair(levels=levels, bandwidth=0.05, coupling=1e-3, seed=1)
    shapes = {c: tuple(int(np.prod([levels[i] for i in pair])) for pair in c) for c in free.channels}
    first = free.channels[0]
    some = {first: np.random.default_rng(2).standard_normal(shapes[first])}
    padded = {**{c: np.zeros(shape) for c, shape in shapes.items()}, **some}
    runs = [
        BandsQuestion(initial=cq.in_bands([1, 0], draw="mixed")).ask(
            cq.BandedPair(levels=levels, bandwidth=0.05, coupling=1e-3, interaction="given", matrices=given)
        )
        for given in (some, padded)
    ]
    assert [c.value for c in runs[0].theory.criteria] == [c.value for c in runs[1].theory.criteria]
    assert cq.verdict(runs[0]).sentence == cq.verdict(runs[1]).sentence


@pytest.mark.parametrize("carries", ["energy", "spin"])
def test_a_contact_that_commutes_moves_nothing(carries):
    """Sz Sz beside a field along z changes neither the energy nor the spin of a block."""
    found = cq.coarse_grain(cq.QuantumChain(sites=6, jz=1.0, hz=0.3), 3, carries=carries, contact=0.1)
    assert found.rate is None
    assert not np.any(found.kernel.values)
    assert found.why.endswith(f"commutes with the {carries} of each to rounding, so that no exchange is seen.")
