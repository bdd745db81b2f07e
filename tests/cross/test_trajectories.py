"""Steady states by quantum jumps against the exact ones, and the same bits wherever and in whatever order they are drawn."""

import numpy as np
import pytest

import caloriq as cq
from caloriq.sweep.run import Place, execute
from caloriq.sweep.workers import Dask, Inline, Processes
from jumping import LATTICES, NUMBERS, apart, driven, lattices_apart, random_chain
from sweeps import same_bits
from testers import refused

FAR = 4.5  # standard errors: one number in a hundred thousand is farther off by chance
CHAINS = {
    "maximal driving": driven(6),
    "little dephasing": driven(5, dephasing=0.2),
    "none": driven(4, dephasing=0.0),
    "warm": driven(
        5,
        frequency=[1.0, 1.2, 0.8, 1.1, 1.0],
        baths=(cq.Bath(site=0, temperature=2.0, rate=1.0), cq.Bath(site=-1, temperature=0.5, rate=0.5)),
    ),
    "ring with a third bath": cq.SpinChain(
        sites=5,
        couplings=np.roll(np.eye(5), 1, axis=0) + np.roll(np.eye(5), -1, axis=0),
        zz=0.5,
        dephasing=0.4,
        baths=(*driven(5).baths, cq.Bath(site=2, gain=0.2, loss=0.3)),
    ),
}


@pytest.mark.parametrize("name", CHAINS)
def test_chains(name):
    exact = cq.steady_state(CHAINS[name], method=cq.Full())
    found = cq.steady_state(CHAINS[name], method=cq.Trajectories(samples=10, seed=11))
    assert found.certificate.holds
    assert not found.bounds
    off = np.concatenate([apart(found, exact, one) for one in NUMBERS])
    assert off.max() < FAR
    assert np.sqrt(np.mean(off**2)) < 1.8  # they are not all far off at once
    assert abs(found.current - exact.current) < FAR * found.standard_errors["current"]
    if name == "warm":
        for one in ("entropy_production", "jump_entropy_production"):
            assert apart(found, exact, one).max() < FAR
        assert found.second_law
        assert np.nanmax(apart(found, exact, "temperatures")) < 6


@pytest.mark.parametrize("name", LATTICES)
def test_lattices(name):
    exact = cq.steady_state(LATTICES[name])
    found = cq.steady_state(LATTICES[name], method=cq.Trajectories(samples=10, seed=12))
    assert type(found) is type(exact)
    off = lattices_apart(found, exact)
    assert off.max() < FAR
    assert np.sqrt(np.mean(off**2)) < 1.8


@pytest.mark.parametrize("dephasing", [0.0, 0.8])
def test_nothing_is_left_of_the_error_where_the_equations_close(dephasing):
    """Without interaction the current is a sum of controls and a constant, in every state."""
    free = driven(4, zz=0.0, dephasing=dephasing)
    found = cq.steady_state(free, method=cq.Trajectories(samples=8, seed=3))
    assert found.standard_errors["current"] < 1e-12
    assert abs(found.current - cq.steady_state(free).current) < 1e-12


def test_a_target_is_reached_and_true():
    exact = cq.steady_state(driven(7))
    found = cq.steady_state(driven(7), method=cq.Trajectories(error=0.01, seed=2))
    share = found.standard_errors["current"] / abs(found.current)
    assert share <= 0.01
    assert found.certificate["standard error"].limit == 0.01
    assert abs(found.current - exact.current) < FAR * found.standard_errors["current"]
    assert found.method.statistics["largest sector"] == 35
    data = found.to_dataset()
    assert float(data["current_standard_error"]) == found.standard_errors["current"]
    assert "current_bound" not in data


def test_a_lattice_that_is_a_chain_is_solved_as_one():
    chain = driven(4)
    method = cq.Trajectories(samples=8, seed=1)
    one, other = (cq.steady_state(model, method=method) for model in (chain.lattice(), chain))
    assert isinstance(one, cq.SteadyState)
    assert one.populations == pytest.approx(other.populations, rel=1e-6)


def test_a_scaling_has_their_errors():
    sizes = [3, 4, 5]
    found = cq.scaling(driven(3), sizes, of="excitations", method=cq.Trajectories(error=0.03, seed=4))
    exact = cq.scaling(driven(3), sizes, of="excitations")
    assert np.all(found.errors > 0)
    assert np.all(np.abs(found.currents - exact.currents) < FAR * found.errors)
    assert abs(found.alpha - exact.alpha) < FAR * found.alpha_error


def test_fewer_trajectories_are_the_first_of_more():
    """Trajectory k depends on the seed and on k alone, where its length is given."""
    from caloriq.steady.jumps.run import Run
    from caloriq.steady.trajectories import _groups, _target

    chain = driven(4)
    lattice = chain.lattice()
    kept = []
    for samples in (9, 11):
        method = cq.Trajectories(samples=samples, seed=5, burn_in=10.0, window=40.0)
        run = Run(lattice, method, _groups(chain, lattice), _target(chain))
        run.solve()
        kept.append(np.stack(run.numbers))
    assert np.array_equal(kept[0], kept[1][:9])


SWEEP = cq.Sweep(
    model={
        "kind": "spin-chain",
        "sites": 4,
        "hopping": 1.0,
        "zz": 1.5,
        "baths": [one.to_mapping() for one in driven(4).baths],
    },
    question={
        "kind": "steady-state",
        "method": {"kind": "trajectories", "samples": 4, "burn_in": 20.0, "window": 60.0},
        "keep": ["current", "populations"],
    },
    vary={"dephasing": [0.5, 1.5]},
    ensemble={"samples": 6, "seed": 3},
)


@pytest.fixture(scope="module")
def expected(tmp_path_factory):
    outcome = execute(SWEEP, Place(tmp_path_factory.mktemp("inline") / "s", "s"), where=Inline())
    assert (outcome.missing, outcome.failed, outcome.tally.done) == (0, 0, 12)
    return cq.load(outcome.data)


@pytest.mark.parametrize("where", [Processes(2), Dask("local:2")], ids=["processes", "dask"])
def test_the_same_bits_on_two_workers(where, expected, tmp_path):
    outcome = execute(SWEEP, Place(tmp_path / "s", "s"), where=where)
    assert same_bits(expected, cq.load(outcome.data))


def test_the_same_bits_in_shards_and_after_a_halt(expected, tmp_path):
    place = Place(tmp_path / "s", "s")
    execute(SWEEP, place, where=Inline(), shard=(1, 2))
    outcome = execute(SWEEP, place, where=Inline())
    assert outcome.tally.done == 6  # the other shard's points are known
    assert same_bits(expected, cq.load(outcome.data))


def test_an_ensemble_draws_its_seeds_and_averages(expected):
    assert len(np.unique(expected["current"].values)) == 12
    for k, dephasing in enumerate((0.5, 1.5)):
        exact = cq.steady_state(driven(4, dephasing=dephasing)).current
        mean, error = (float(expected[f"current_mean{end}"][k]) for end in ("", "_error"))
        assert abs(mean - exact) < 5 * error
        own = expected["current_standard_error"].values[k]
        assert 0.2 < error / np.sqrt(np.mean(own**2) / 6) < 4


def test_an_ensemble_needs_a_seed_that_is_open():
    question = {**SWEEP.question, "method": {**SWEEP.question["method"], "seed": 1}}
    given = SWEEP.model_copy(update={"question": question})
    with refused("ensemble", "leave a seed open"):
        execute(given, None, where=Inline())


@pytest.mark.slow
def test_intervals_cover():
    """200 random chains: 68 % and 95 % intervals hold as often as they say, to five points."""
    rng = np.random.default_rng(2026)
    off = {name: [] for name in ("current", *NUMBERS)}
    for number in range(200):
        chain = random_chain(rng)
        exact = cq.steady_state(chain)
        found = cq.steady_state(chain, method=cq.Trajectories(samples=8, seed=number))
        for name in off:
            off[name] += apart(found, exact, name).tolist()
    for name in ("current", "currents", "populations", "heat_currents", "energy"):
        shares = [np.mean(np.array(off[name]) < one) for one in (1.0, 1.96)]
        assert abs(shares[0] - 0.683) < 0.05, (name, shares)
        assert abs(shares[1] - 0.95) < 0.05, (name, shares)


@pytest.mark.slow
def test_beside_qutip():
    """The same mean currents as `mcsolve`, from the same equation in other words."""
    qutip = pytest.importorskip("qutip")
    N, times = 3, np.linspace(0, 400, 801)
    lower = [qutip.tensor([qutip.destroy(2) if k == j else qutip.qeye(2) for k in range(N)]) for j in range(N)]
    n = [one.dag() * one for one in lower]
    hops = [lower[k].dag() * lower[k + 1] for k in range(N - 1)]
    H = sum(one + one.dag() for one in hops)
    H += sum(0.75 * (2 * n[k] - 1) * (2 * n[k + 1] - 1) for k in range(N - 1))
    jumps = [*n, lower[0].dag(), lower[-1]]
    flows = [1j * (one.dag() - one) for one in hops]
    start = qutip.tensor([qutip.basis(2, k % 2) for k in range(N)])
    options = {"progress_bar": "", "keep_runs_results": True, "map": "serial"}
    seen = qutip.mcsolve(H, start, times, jumps, e_ops=flows, ntraj=24, seeds=1, options=options)
    means = np.mean([np.asarray(one)[:, 100:].mean(axis=1) for one in seen.runs_expect], axis=0)
    error = means.std(ddof=1) / np.sqrt(len(means))
    found = cq.steady_state(driven(N), method=cq.Trajectories(error=0.01, seed=3))
    room = np.hypot(error, found.standard_errors["current"])
    assert abs(abs(means.mean()) - found.current) < FAR * room
