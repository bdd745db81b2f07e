"""Corners of sweeps in which a number could be another's, be lost, or not be what it says."""

import sqlite3

import numpy as np
import pytest

import caloriq as cq
from caloriq.sweep.axes import axes
from caloriq.sweep.definition import Sweep, read_sweep
from caloriq.sweep.plan import Plan
from caloriq.sweep.run import answered
from sweeps import BATHS, DISORDERED, MODULAR, WIRE

BATH_PAIR = tuple(cq.Bath(**bath) for bath in BATHS)
KEPT = {"kind": "deviation", "keep": ["retained"], "count": 21}


def test_a_seed_that_is_given_is_not_one_that_is_drawn():
    """The placeholder of an open seed is 0, which a file may give too."""
    plans = [
        Plan(Sweep(model=model, question={**KEPT, **start}, ensemble={"samples": 3}))
        for model in (MODULAR, {**MODULAR, "seed": 0})
        for start in ({}, {"initial": {"kind": "haar", "seed": 0}})
        if not ("seed" in model and start)
    ]
    assert len({plan.digest(0) for plan in plans}) == 3


def test_ranges_are_decimal_numbers_of_fifteen_digits():
    """The last bits of NumPy's powers differ between processors, and with them names and seeds would."""
    found = axes({"x": {"start": 0.1, "stop": 0.9, "step": 0.1}})[0].values[0]
    assert found == (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
    for scale in ("log", "linear"):
        spread = axes({"x": {"start": 0.001, "stop": 10, "count": 200, "scale": scale}})[0].values[0]
        assert all(value == float(f"{value:.15g}") for value in spread)
        reference = (np.geomspace if scale == "log" else np.linspace)(0.001, 10, 200)
        np.testing.assert_allclose(spread, reference, rtol=1e-13)


def test_small_numbers_as_physicists_write_them(tmp_path):
    (tmp_path / "s.yaml").write_text(
        "model: {kind: modular-chain, subunits: 2, levels: 10, bandwidth: 5e-2, seed: 1}\n"
        "vary: {coupling: [1e-4, 2E-4, 3.0e-4]}\nquestion: ham\n",
        encoding="utf-8",
    )
    data = cq.run_sweep(read_sweep(tmp_path / "s.yaml"))
    assert data.coupling.values.tolist() == [1e-4, 2e-4, 3e-4]
    assert float(data.rate.sel(coupling=2e-4)) == pytest.approx(4 * float(data.rate.sel(coupling=1e-4)))
    (tmp_path / "t.yaml").write_text(
        (tmp_path / "s.yaml").read_text(encoding="utf-8").replace("3.0e-4", "0.0001"), encoding="utf-8"
    )
    with pytest.raises(cq.InvalidInput, match="twice"):
        read_sweep(tmp_path / "t.yaml")


def test_long_vectors_are_told_apart():
    first, second = np.zeros(600), np.zeros(600)
    first[100] = second[500] = 1.0
    second[501] = 1e-12
    model = {**MODULAR, "levels": 300, "seed": 1}
    question = {"kind": "evolve", "initial": {"kind": "vector"}, "times": {"count": 2}, "keep": ["populations"]}
    data = cq.run_sweep(Sweep(model=model, question=question, vary={"question.initial.vector": [first, second]}))
    np.testing.assert_allclose(data.populations.values[:, 0], [[1, 0], [0, 1]], atol=1e-12)


def test_in_this_process_an_answer_is_committed_before_the_next_is_begun(tmp_path):
    """Killed at the sixth point, a run has kept all but the last that it finished."""
    from caloriq.questions.steady import SteadyQuestion

    sweep = Sweep(
        model=WIRE, question={"kind": "steady-state", "keep": ["current"]}, vary={"sites": list(range(2, 12))}, batch=1
    )
    solve, begun = SteadyQuestion.solve, []

    def interrupted(self, model):
        begun.append(model.sites)
        if len(begun) == 6:
            raise KeyboardInterrupt
        return solve(self, model)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SteadyQuestion, "solve", interrupted)
        with pytest.raises(KeyboardInterrupt):
            cq.run_sweep(sweep, out=tmp_path)
    with sqlite3.connect(tmp_path / "sweep" / "sweep-ledger.sqlite") as base:
        assert base.execute("SELECT COUNT(*) FROM points").fetchone() == (5,)
    assert cq.run_sweep(sweep, out=tmp_path).status.values.tolist() == [1] * 10


def test_one_point():
    data = cq.run_sweep(Sweep(model={**WIRE, "sites": 3}, question="steady-state"))
    assert data.current.shape == ()
    assert float(data.current) > 0


def test_values_that_are_no_numbers():
    data = cq.run_sweep(
        Sweep(
            model={**WIRE, "sites": 2},
            question={"kind": "steady-state", "keep": ["current"]},
            vary={
                "frequency": [np.ones(2), np.array([1.0, 2.0])],
                "question.method": [cq.TwoPoint(), cq.Sector()],
                "baths.0": [cq.Bath(site=0, temperature=T, rate=1.0) for T in (0.5, 1.0)],
            },
        )
    )
    assert np.isfinite(data.current.values).all()
    assert data.frequency.attrs["values"] == "[1.0, 1.0]; [1.0, 2.0]"
    np.testing.assert_allclose(data.current.values[:, 0], data.current.values[:, 1], rtol=1e-8)
    large = Sweep(model=MODULAR, question="ham", vary={"seed": [1, 2**64 - 1]})
    assert cq.run_sweep(large).seed.attrs["values"] == "1; 18446744073709551615"


def test_names_from_the_end_of_a_list_are_names():
    sweep = Sweep(
        model={**WIRE, "sites": 3}, question="steady-state", vary={"baths.-1.rate": [0.5, 1.0], "baths.0.rate": [2.0]}
    )
    assert Plan(sweep).dims == ("baths_last_rate", "baths_0_rate")
    for path in ("baths.--1.rate", "baths.7.rate"):
        with pytest.raises(cq.InvalidInput, match="leads nowhere"):
            cq.run_sweep(Sweep(model={**WIRE, "sites": 3}, question="steady-state", vary={path: [0.5]}))


@pytest.mark.parametrize("path", ["seed", "samples", "chain.kind"])
def test_a_reference_is_the_same_sample(path):
    sweep = Sweep(model=DISORDERED, question={"kind": "steady-state", "reference": {path: 5}}, ensemble={"samples": 2})
    with pytest.raises(cq.InvalidInput, match="same sample"):
        Plan(sweep).cell(0)


def test_references_of_equal_value_are_equal():
    plans = [
        Plan(
            Sweep(
                model=DISORDERED,
                question={"kind": "steady-state", "reference": {"chain.dephasing": zero}},
                ensemble={"samples": 2},
            )
        )
        for zero in (0, 0.0)
    ]
    assert plans[0].digest(1) == plans[1].digest(1)


def test_what_is_kept_has_no_order():
    plans = [
        Plan(Sweep(model={**WIRE, "sites": 3}, question={"kind": "steady-state", "keep": kept}))
        for kept in (["current", "energy"], ["energy", "current"])
    ]
    assert plans[0].digest(0) == plans[1].digest(0)


def test_an_ensemble_of_a_model_object_owns_its_samples():
    chain = cq.SpinChain(sites=5, hopping=1.0, dephasing=1.0, baths=BATH_PAIR)
    disorder = tuple(cq.Disorder(**one) for one in DISORDERED["disorder"])
    model = cq.DisorderedChain(chain=chain, disorder=disorder, samples=7, seed=99)
    found = cq.run_sweep(Sweep(model=model, question="steady-state", ensemble={"samples": 4, "seed": 3}))
    same = cq.run_sweep(Sweep(model=DISORDERED, question="steady-state", ensemble={"samples": 4, "seed": 3}))
    np.testing.assert_array_equal(found.current.values, same.current.values)
    assert found.attrs["drawn"] == "model"


def test_what_is_drawn_can_be_said():
    fixed = cq.ModularChain(**{k: v for k, v in MODULAR.items() if k != "kind"}, seed=4)
    said = {None: "start", ("model",): "model", ("model", "start"): "model start"}
    spreads = {}
    for draw, drawn in said.items():
        data = answered(Sweep(model=fixed, question=KEPT, ensemble={"samples": 3, "draw": draw}))
        assert data.attrs["drawn"] == drawn
        spreads[drawn] = data.retained.values
    assert len({values.tobytes() for values in spreads.values()}) == 3
    with pytest.raises(cq.InvalidInput, match="the start is not"):
        answered(Sweep(model=fixed, question={**KEPT, "initial": "mixed"}, ensemble={"samples": 3, "draw": ["start"]}))


@pytest.mark.parametrize(
    ("model", "question"),
    [
        (MODULAR, "ham"),  # the rate does not know the matrices
        ({"kind": "quantum-chain", "sites": 12, "jz": 4.0, "hx": -2.1, "hz": 1.0}, {"kind": "blocks", "block": 4}),
        ({**DISORDERED, "disorder": [{"quantity": "frequency", "width": 0.0}]}, "steady-state"),
        ({**WIRE, "sites": 3}, "steady-state"),
    ],
)
def test_ensembles_of_equal_samples_are_refused(model, question):
    with pytest.raises(cq.InvalidInput, match="something random"):
        cq.run_sweep(Sweep(model=model, question=question, ensemble={"samples": 3}))


def test_the_current_of_a_graph_is_that_of_its_first_bath():
    ring = np.zeros((4, 4))
    for k in range(4):
        ring[k, (k + 1) % 4] = ring[(k + 1) % 4, k] = 1.0
    model = cq.SpinChain(
        sites=4, couplings=ring, dephasing=0.3, baths=(BATH_PAIR[0], cq.Bath(site=2, temperature=0.0, rate=1.0))
    )
    data = cq.run_sweep(Sweep(model=model, question="steady-state"))
    assert float(data.current) == float(data.excitation_currents[0])
    assert "first bath" in data.current.attrs["long_name"]
    chain = cq.run_sweep(Sweep(model={**WIRE, "sites": 4}, question="steady-state"))
    assert float(chain.current) == pytest.approx(float(chain.excitation_currents[0]), rel=1e-8)
    assert "along the chain" in chain.current.attrs["long_name"]


def test_the_dataset_is_one_that_xarray_writes(tmp_path):
    data = cq.run_sweep(Sweep(model=DISORDERED, question="steady-state", ensemble={"samples": 3}))
    data.to_netcdf(tmp_path / "plain.nc", engine="scipy")
    assert (tmp_path / "plain.nc").stat().st_size > 0


def test_any_executor_will_do(tmp_path):
    from concurrent.futures import ThreadPoolExecutor

    from sweeps import same_bits

    sweep = Sweep(model=DISORDERED, question="steady-state", ensemble={"samples": 60}, batch=7)
    with ThreadPoolExecutor(3) as pool:
        there = cq.run_sweep(sweep, workers=pool)
        assert pool.submit(int).result() == 0
    assert same_bits(cq.run_sweep(sweep), there)
    for part in ("2/2", "1/2"):
        found = cq.run_sweep(sweep, out=tmp_path, shard=part)
    assert same_bits(found, there)
    with pytest.raises(cq.InvalidInput, match="`out` must be given"):
        cq.run_sweep(sweep, shard="1/2")
