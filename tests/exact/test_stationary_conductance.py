"""The conductance of long chains by a stationary number: beside dense equations, closed forms and the sector."""

import numpy as np
import pytest

import caloriq as cq
from caloriq.linalg.tensor_train import Train
from caloriq.steady.first_order import first_order
from caloriq.steady.tensor import response as to_first
from caloriq.steady.tensor.cells import cells
from caloriq.steady.tensor.checkpoint import Checkpoint
from caloriq.steady.tensor.response import DRIVE, asked, response
from caloriq.steady.tensor.stationary import paired, transposition, turns
from caloriq.transport.linear_response.pieces import driven
from random_chains import drawn
from testers import assert_close

CHAIN = cq.SpinChain(
    sites=4,
    hopping=[0.7, 1.0, 0.6],
    zz=[0.8, -0.4, 1.1],
    frequency=[0.1, 0.9, 0.4, -0.3],
    dephasing=[0.0, 0.3, 0.2, 0.0],
)
SMALL = cq.TensorNetwork(tol=0.02, checkpoint=None)


def joined(generators, letters):
    """All generators together as one dense matrix."""
    sizes, whole = np.array(letters), np.zeros((np.prod(letters),) * 2)
    for k, one in enumerate(generators):
        before, after = np.prod(sizes[:k], dtype=int), np.prod(sizes[k + 2 :], dtype=int)
        whole += np.kron(np.kron(np.eye(before), one), np.eye(after))
    return whole


def dense(train):
    found = np.ones((1, 1))
    for one in train.tensors:
        found = np.tensordot(found, one, 1).reshape(-1, one.shape[2])
    return found[:, 0]


def at_rest(rate=0.7):
    return cells(driven(CHAIN, rate, 0.0).lattice())


def up(sites):
    found = np.zeros(sites)
    found[0], found[-1] = 1.0, -1.0
    return found


def test_transposition_turns_real_chains_and_no_others():
    found = at_rest()
    assert turns(found.generators, transposition(found))
    whole = joined(found.generators, found.letters)
    sign = np.ones(1)
    for one in transposition(found):
        sign = np.kron(sign, one)
    assert_close(sign[:, None] * whole * sign, whole.T, 1e-13)
    pumped = cells(driven(CHAIN, 0.7, 0.5).lattice())  # a drive is no hermitian dissipator
    assert not turns(pumped.generators, transposition(pumped))


def test_the_pairing_is_that_of_dense_vectors():
    rng = np.random.default_rng(3)
    shapes = [(1, 4, 3), (3, 4, 5), (5, 4, 2), (2, 4, 1)]
    train = Train([rng.standard_normal(shape) for shape in shapes])
    found = at_rest()
    x = dense(train)
    sign = np.ones(1)
    for one in transposition(found):
        sign = np.kron(sign, one)
    expected = (x * sign) @ joined(found.generators, found.letters) @ x / x[0] ** 2
    assert paired(train, found.generators, transposition(found)) == pytest.approx(expected, rel=1e-12)


def solved(drive, rate):
    """Steady state at a drive with the element of 1 at one, and the conductance that any vector x of first order would give."""
    found, pushed = at_rest(rate), cells(driven(CHAIN, rate, drive).lattice())
    L, M, sign = joined(found.generators, found.letters), joined(pushed.generators, pushed.letters), np.ones(1)
    for one in transposition(found):
        sign = np.kron(sign, one)
    b = (M - L)[:, 0] / drive
    x = np.zeros_like(b)
    x[1:] = np.linalg.solve((L if drive == 1.0 else M)[1:, 1:], -b[1:])
    return x, lambda y: rate / 2 - (2 * b @ y + (y * sign) @ L @ y) / 4


def test_errors_enter_the_conductance_squared():
    rate = 0.7
    x, conductance = solved(1.0, rate)  # b is exact at any drive, and the equation that of no drive
    exact = first_order(driven(CHAIN, rate, 0.0), up(4)).currents.value.mean()
    assert conductance(x) == pytest.approx(exact, rel=1e-10)
    off = np.random.default_rng(4).standard_normal(x.size) / 100
    changes = [conductance(x + part * off) - exact for part in (1.0, 0.5, -0.5)]
    assert changes[0] == pytest.approx(4 * changes[1], rel=1e-6)
    assert changes[1] == pytest.approx(changes[2], rel=1e-6)
    assert abs(changes[0]) > 1e-6


def test_the_drive_is_next_to_none():
    """What is of second order in it does not show."""
    exact = first_order(driven(CHAIN, 0.7, 0.0), up(4)).currents.value.mean()
    offs = []
    for drive in (DRIVE, 0.1):
        x, conductance = solved(drive, 0.7)
        offs.append(abs(conductance(x) / exact - 1))
    assert offs[0] < 1e-7
    assert offs[1] > 1e-4


@pytest.mark.parametrize("rate", [0.3, 2.0])
@pytest.mark.parametrize(
    "chain",
    [
        cq.SpinChain(sites=8, hopping=1.0, zz=1.5),
        cq.SpinChain(sites=7, hopping=1.0, zz=0.5, dephasing=0.3),
        cq.SpinChain(sites=6, hopping=[0.7, 1.0, 0.6, 1.1, 0.8], zz=-0.9, frequency=[0.1, 0.9, 0.4, -0.3, 0.6, 0.2]),
    ],
    ids=["clean", "dephased", "uneven"],
)
def test_beside_the_sector(chain, rate):
    exact = first_order(driven(chain, rate, 0.0), up(chain.sites))
    found = response(driven(chain, rate, DRIVE), driven(chain, rate, 0.0), SMALL, rate)
    assert found.refusal is None, found.checks
    assert abs(found.conductance.value - exact.currents.value.mean()) <= found.conductance.bound
    assert found.conductance.bound <= 0.02 * found.conductance.value
    assert np.all(np.abs(found.populations.value - exact.populations.value) <= found.populations.bound)


def test_free_chains_beyond_the_sector_by_their_closed_form():
    g, rate = 0.8, 1.0
    chain = cq.SpinChain(sites=16, hopping=g, dephasing=0.5)
    found = cq.linear_response(chain, rates=[rate], method=cq.TensorNetwork(checkpoint=None))
    resistance = 2 / rate + rate / (2 * g**2) + 15 * 0.5 / (2 * g**2)
    assert abs(found.conductance[0, 0] - 1 / resistance) <= found.conductance_error[0, 0]
    assert found.conductance_error[0, 0] < 0.01 / resistance
    assert abs(found.diffusivity[0, 0] - 2 * g**2 / 0.5) <= found.diffusivity_error[0, 0]
    assert found.grade == "indicated"
    assert np.isnan(found.currents).all()
    assert "steady states by" not in found.method.name


def test_asked_for_by_name_it_stands_beside_the_equation_of_first_order():
    chain = cq.SpinChain(sites=6, hopping=1.0, zz=1.5)
    found = cq.linear_response(chain, rates=[1.0], sizes=[5, 6], method=SMALL)
    assert found.grade == "measured"
    assert np.all(np.abs(found.stationary - found.first_order) <= found.stationary_error)
    assert_close(found.conductance, found.first_order, 0.0)
    assert np.isnan(found.extrapolated).all()
    assert found.certificate["two routes apart"].value < 1
    assert found.to_dataset().stationary.shape == (1, 2)
    alone = cq.linear_response(chain, rates=[1.0], method=SMALL, first_order_to=2)
    assert alone.grade == "indicated"
    assert_close(alone.conductance, alone.stationary, 0.0)


def test_a_network_that_is_off_is_told_by_the_other_route(monkeypatch):
    from caloriq.transport.linear_response import first

    def wrong(*given):
        right = response(*given)
        return right._replace(conductance=right.conductance._replace(value=1.1 * right.conductance.value))

    monkeypatch.setattr(first, "response", wrong)
    with pytest.raises(cq.NotConverged, match="two routes apart"):
        cq.linear_response(cq.SpinChain(sites=5, hopping=1.0, zz=1.5), rates=[1.0], method=SMALL)


def test_what_bonds_do_not_hold_is_refused_with_what_there_is():
    chain = cq.SpinChain(sites=12, hopping=1.0, zz=1.5)
    poor = cq.TensorNetwork(tol=1e-3, bond_dimension=16, checkpoint=None)
    with pytest.raises(cq.NotConverged, match=r"take a larger bond_dimension than 16") as told:
        cq.linear_response(chain, rates=[1.0], method=poor)
    exact = 0.0726  # to the digits that this needs, from the sector
    assert told.value.solution.conductance[0, 0] == pytest.approx(exact, rel=0.1)


def test_a_generator_that_does_not_turn_is_refused(monkeypatch):
    monkeypatch.setattr(to_first, "turns", lambda *_: False)
    with pytest.raises(cq.Unsupported, match=r"`model` must have a real Hamiltonian"):
        asked(driven(CHAIN, 1.0, DRIVE), driven(CHAIN, 1.0, 0.0), SMALL, 1.0, DRIVE)


def test_unfinished_work_for_another_purpose_is_other_work(tmp_path):
    method = cq.TensorNetwork(checkpoint=str(tmp_path / "work"))
    one, other = (Checkpoint.of(CHAIN, method, purpose) for purpose in ("", "first order in the drive"))
    assert one.whose != other.whose
    assert one.whose == Checkpoint.of(CHAIN, method).whose


def counted(models):
    """Conductances and populations of random chains within their errors, all of them, and what was refused or off."""
    inside = everything = 0
    told = []
    for number in models:
        bare = drawn(number, (5, 9)).model_copy(update={"baths": ()})
        rate = float(np.random.default_rng(np.random.SeedSequence(21, spawn_key=(number,))).uniform(0.2, 3.0))
        exact = first_order(driven(bare, rate, 0.0), up(bare.sites))
        poor = cq.TensorNetwork(tol=0.02, bond_dimension=32, checkpoint=None)  # less than seven sites need
        found = response(driven(bare, rate, DRIVE), driven(bare, rate, 0.0), poor, rate)
        off = np.append(
            np.abs(found.conductance.value - exact.currents.value.mean()) / found.conductance.bound,
            np.abs(found.populations.value - exact.populations.value) / found.populations.bound,
        )
        inside += int(np.count_nonzero(off <= 1))
        everything += off.size
        told += [f"{number}: {found.refusal}"] if found.refusal else []
        told += [f"{number}: off by {off.max():.3g} errors"] if off.max() > 1 else []
    return inside, everything, told


def test_errors_of_a_few_random_chains():
    inside, everything, told = counted(range(8))
    assert inside == everything, told


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_errors_of_two_hundred_random_chains():
    """An error is one that nearly nothing exceeds: 99 % of the numbers; and one chain in ten at most is refused."""
    inside, everything, told = counted(range(200))
    assert inside >= 0.99 * everything, told
    assert sum("must keep" in one for one in told) <= 20, told


@pytest.mark.parametrize("site", [1, 2])
def test_a_site_far_from_its_neighbours_is_not_certified_where_it_keeps_what_it_began_with(site):
    fields = np.zeros(6)
    fields[site] = 20.0
    chain = cq.SpinChain(sites=6, hopping=1.0, zz=1.0, frequency=fields)
    exact = first_order(driven(chain, 1.0, 0.0), up(6))
    found = response(driven(chain, 1.0, DRIVE), driven(chain, 1.0, 0.0), cq.TensorNetwork(checkpoint=None), 1.0)
    assert abs(found.conductance.value - exact.currents.value.mean()) <= found.conductance.bound
    off = np.abs(found.populations.value - exact.populations.value)
    assert found.refusal is not None or np.all(off <= found.populations.bound)
    if np.any(off > 0.1):
        assert "distance of a second profile" in found.refusal


def test_phases_of_an_open_chain_are_turned_away():
    g = np.array([1.0, 1j, -0.8 + 0.3j])
    chain = cq.SpinChain(
        sites=4, couplings=np.diag(g, 1) + np.diag(g.conj(), -1), zz=0.5 * (np.eye(4, k=1) + np.eye(4, k=-1))
    )
    exact = cq.linear_response(chain, rates=[1.0]).conductance[0, 0]
    found = cq.linear_response(chain, rates=[1.0], method=SMALL, first_order_to=2)
    assert abs(found.conductance[0, 0] - exact) <= found.conductance_error[0, 0]


def test_every_rate_and_length_has_a_file_of_its_own(tmp_path, monkeypatch):
    named = []

    def seen(model, resting, method, *rest):
        named.append(method.checkpoint)
        return response(model, resting, method.model_copy(update={"checkpoint": None}), *rest)

    from caloriq.transport.linear_response import first

    monkeypatch.setattr(first, "response", seen)
    method = cq.TensorNetwork(tol=0.05, checkpoint=str(tmp_path / "work.npz"))
    cq.linear_response(cq.SpinChain(sites=5, hopping=1.0), rates=[0.5, 1.0], sizes=[4, 5], method=method)
    assert len(set(named)) == 4
    assert named[0] == str(tmp_path / "work-4-sites-rate-0.5.npz")


@pytest.mark.parametrize(
    ("method", "words"),
    [
        (cq.Trajectories(samples=10), r"`method` must give numbers with bounds"),
        (cq.TensorNetwork(tol=0.1), r"`tol` must be at most 0.05 for a conductance"),
    ],
)
def test_methods_that_do_not_suit(method, words):
    chain = cq.SpinChain(sites=6, hopping=1.0, zz=1.5)
    with pytest.raises(cq.InvalidInput, match=words):
        cq.linear_response(chain, rates=[1.0], method=method)
