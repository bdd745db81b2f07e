"""A point of a sweep is what the verb says of the same model, wherever and in whatever company it is asked."""

import pickle
import shutil
import sqlite3
from fractions import Fraction

import numpy as np
import pytest

import caloriq as cq
from caloriq.questions.averaged import decay_time
from caloriq.questions.base import Seeds
from caloriq.questions.registry import kinds, question_type
from caloriq.steady.samples import steady_samples
from caloriq.sweep.axes import short_names
from caloriq.sweep.definition import Ensemble, Sweep
from caloriq.sweep.moments import Moments
from caloriq.sweep.plan import Plan
from caloriq.sweep.work import answer, asked, given
from sweeps import BATHS, DISORDERED, MODULAR, WIRE, same_bits
from testers import refused


def chain(**fields):
    return cq.SpinChain(**{"hopping": 1.0, "baths": tuple(cq.Bath(**b) for b in BATHS), **fields})


def test_steady_states_are_those_of_the_verb():
    sweep = Sweep(
        model=WIRE,
        question="steady-state",
        vary={"sites": [3, 6], "zz": [0.0, 0.5], "baths.0.temperature": [0.5, 2.0]},
    )
    data = cq.run_sweep(sweep)
    assert data.current.dims == ("sites", "zz", "temperature")
    for N in (3, 6):
        for zz in (0.0, 0.5):
            for T in (0.5, 2.0):
                baths = (cq.Bath(site=0, temperature=T, rate=1.0), cq.Bath(**BATHS[1]))
                state = cq.steady_state(chain(sites=N, zz=zz, baths=baths))
                here = data.sel(sites=N, zz=zz, temperature=T)
                assert float(here.current) == pytest.approx(state.current, rel=1e-12)
                np.testing.assert_allclose(here.populations.values[:N], state.populations, rtol=1e-12)
                assert np.isnan(here.populations.values[N:]).all()
                np.testing.assert_allclose(here.heat_currents.values, state.heat_currents, rtol=1e-9, atol=1e-14)
                assert data.attrs["methods"].split("; ")[int(here.method)] == state.method.name
                checks = {c.name: c for c in state.certificate}
                for k, name in enumerate(data.attrs["checks"].split("; ")):
                    if name in checks:
                        assert float(here.certificate_limit[k]) == checks[name].limit
                    else:
                        assert np.isnan(here.certificate[k])


def test_a_disordered_sample_is_the_chain_of_its_seed():
    sweep = Sweep(
        model=DISORDERED,
        question={"kind": "steady-state", "reference": {"chain.dephasing": 0.0}},
        ensemble=Ensemble(samples=20, seed=3),
    )
    plan, data = Plan(sweep), cq.run_sweep(sweep)
    cell = plan.cell(0)
    for k in range(20):
        seed = plan.seeds(cell, k).model
        sample = cell.model.model_copy(update={"seed": seed}).sample(0)
        state, bare = cq.steady_state(sample), cq.steady_state(sample.model_copy(update={"dephasing": 0.0}))
        here = data.isel(sample=k)
        assert float(here.current) == pytest.approx(state.current, rel=1e-9)
        assert float(here.reference_current) == pytest.approx(bare.current, rel=1e-9)
        assert bool(here.lowered) == (state.current < bare.current)
        np.testing.assert_array_equal(
            here.heat_lowered.values, np.abs(state.heat_currents) < np.abs(bare.heat_currents)
        )
    assert float(data.current_mean) == pytest.approx(data.current.values.mean(), rel=1e-12)
    assert float(data.current_mean_error) == pytest.approx(data.current.values.std(ddof=1) / np.sqrt(20), rel=1e-12)
    share = data.lowered.values.mean()
    assert float(data.lowered_mean) == pytest.approx(share, abs=1e-15)
    p = (20 * share + 2) / 24
    assert float(data.lowered_mean_error) == pytest.approx(np.sqrt(p * (1 - p) / 24), rel=1e-12)


ALL = {"current", "currents", "heat_currents", "excitation_currents", "dephasing_current", "populations"}
SINGLE = {"temperatures", "energy", "entropy_production"}


def bounds_in(data):
    return {str(name) for name in data.data_vars if str(name).endswith("_bound")}


def test_every_number_of_a_sweep_has_its_bound_beside_it():
    """Single chains: the bounds of the verb, over the dimensions of their numbers; what is not kept has none."""
    data = cq.run_sweep(Sweep(model={**WIRE, "dephasing": 0.5}, question="steady-state", vary={"sites": [3, 5]}))
    assert bounds_in(data) == {f"{name}_bound" for name in ALL | SINGLE}
    for N in (3, 5):
        state, here = cq.steady_state(chain(sites=N, dephasing=0.5)), data.sel(sites=N)
        for name in (ALL | SINGLE) - {"current"}:
            values, bounds = here[name].values.ravel(), here[f"{name}_bound"].values.ravel()
            assert data[f"{name}_bound"].dims == data[name].dims
            assert data[f"{name}_bound"].attrs["units"] == data[name].attrs["units"]
            np.testing.assert_array_equal(bounds[~np.isnan(values)], state.bounds[name].ravel())
            np.testing.assert_array_equal(np.isnan(bounds), np.isnan(values))
        assert state.current_bound / 2 <= float(here.current_bound) <= 3 * state.current_bound
    few = {"kind": "steady-state", "keep": ["populations", "current"], "reference": {"dephasing": 0.0}}
    kept = cq.run_sweep(Sweep(model={**WIRE, "dephasing": 0.5}, question=few, vary={"sites": [3, 5]}))
    assert bounds_in(kept) == {"populations_bound", "current_bound"}
    np.testing.assert_array_equal(kept.current_bound, data.current_bound)


@pytest.mark.parametrize("disorder", [{}, {"chain": {**DISORDERED["chain"], "sites": 3, "zz": 0.5}}])
def test_an_ensemble_has_bounds_apart_from_its_statistical_error(disorder):
    """In a batch and one by one: the bounds of every sample, and what they make of the mean."""
    question = {"kind": "steady-state", "reference": {"chain.dephasing": 0.0}}
    sweep = Sweep(model={**DISORDERED, **disorder}, question=question, ensemble=Ensemble(samples=6, seed=3))
    plan, data = Plan(sweep), cq.run_sweep(sweep)
    named = ALL | {"reference_current", "entropy_production"}
    assert bounds_in(data) == {f"{name}{end}" for name in named for end in ("_bound", "_mean_bound")}
    seeds = [plan.seeds(plan.cell(0), k).model for k in range(6)]
    found = steady_samples(plan.cell(0).model, seeds)
    for name in ALL - {"current"}:
        of = "dephasing_currents" if name == "dephasing_current" else name
        np.testing.assert_array_equal(data[f"{name}_bound"].values, found.bounds[of])
    for name in named:
        mean, error, bound = (data[f"{name}_mean{end}"] for end in ("", "_error", "_bound"))
        assert bound.dims == mean.dims == error.dims
        if name == "entropy_production":  # infinite in every sample, the cold bath being at T = 0
            assert np.all(np.isinf(data[name].values))
            continue
        of_samples = data[f"{name}_bound"].mean("sample").values
        assert np.all((bound.values >= of_samples) & (bound.values <= of_samples + 1e-14))
        assert np.all(bound.values < error.values)
        assert "bound" in bound.attrs["long_name"]
    with refused("until.quantity", "current_bound"):
        until = {"quantity": "current_bound", "error": 1.0, "least": 2}
        Plan(Sweep(model=DISORDERED, question=question, ensemble={"samples": 6, "seed": 3, "until": until})).admit()


def test_a_relaxation_in_a_sweep_has_its_bounds():
    question = {"kind": "relaxation", "times": {"stop": 2.0, "count": 3}}
    data = cq.run_sweep(Sweep(model={**WIRE, "sites": 3}, question=question, vary={"dephasing": [0.0, 1.0]}))
    for k, rate in enumerate((0.0, 1.0)):
        found = cq.evolve(chain(sites=3, dephasing=rate), data.instant.values[0])
        assert len(found.bounds) == (9 if rate == 0 else 7)
        for name, bound in found.bounds.items():
            if name in data:
                np.testing.assert_array_equal(data[f"{name}_bound"].values[k], bound)
    assert np.isnan(data.entropy_bound.values[1]).all()
    assert bounds_in(data) == {f"{n}_bound" for n in question_type({"kind": "relaxation"}).bounded}


def test_points_from_before_there_were_bounds(tmp_path):
    """They stay answered, without bounds; a mean over some of them has none either."""
    few = {"kind": "steady-state", "keep": ["current"]}

    def asked_of(samples):
        sweep = Sweep(model=DISORDERED, question=few, ensemble={"samples": samples, "seed": 3})
        return cq.run_sweep(sweep, out=tmp_path, name="old")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(question_type({"kind": "steady-state"}), "bounded", frozenset())
        old = asked_of(4)
    assert bounds_in(old) == set()
    new = asked_of(7)
    np.testing.assert_array_equal(new.current.values[:4], old.current.values)
    assert np.isnan(new.current_bound.values[:4]).all()
    assert np.all(new.current_bound.values[4:] > 0)
    assert np.isnan(new.current_mean_bound)
    assert float(new.current_mean) == pytest.approx(new.current.values.mean(), rel=1e-14)


def test_the_bound_of_a_mean_holds():
    """Against exact sums of numbers that lie anywhere within their bounds, in pieces, far apart in size."""
    random = np.random.default_rng(5)
    for scale in (1e-3, 1.0, 1e12):
        true = [Fraction(v) for v in (scale * random.standard_normal(999) + 1e3).tolist()]
        bounds = 1e-15 * random.random(999) * scale
        off = [Fraction(b) * random.choice([-1, 1]).item() for b in bounds.tolist()]
        given = np.array([float(t + d) for t, d in zip(true, off, strict=True)])
        bounds += np.spacing(np.abs(given))
        of_numbers, of_bounds = Moments(()), Moments(())
        for start in range(0, 999, 100):
            of_numbers.add((), given[start : start + 100])
            of_bounds.add((), bounds[start : start + 100])
        mean, _ = of_numbers.result(truth=False)
        bound = float(of_numbers.bound(of_bounds))
        assert abs(Fraction(float(mean)) - sum(true) / 999) <= Fraction(bound)
        assert bound < 1e-12 * (scale + 1e3)
        of_numbers.add((), np.array([1.0]))  # without a bound
        assert np.isnan(of_numbers.bound(of_bounds))


def test_exact_dynamics_and_its_deviation_are_those_of_the_verbs():
    sweep = Sweep(
        model=MODULAR,
        question={"kind": "deviation", "count": 51},
        vary=[{"levels": [20, 30], "coupling": [5e-4, 3e-4]}, {"seed": [4, 5], "question.initial.seed": [7, 8]}],
    )
    data = cq.run_sweep(sweep)
    assert data.deviation.dims == ("levels", "seed", "subunit")
    assert data.coupling.dims == ("levels",)
    for n, strength in ((20, 5e-4), (30, 3e-4)):
        for seed, start in ((4, 7), (5, 8)):
            model = cq.ModularChain(subunits=2, levels=n, bandwidth=0.05, coupling=strength, seed=seed)
            theory = cq.ham(model)
            times = np.linspace(0, 5 / theory.rate, 51)
            exact = cq.evolve(model, times, initial=cq.haar(seed=start), observables=("populations",))
            here = data.sel(levels=n, seed=seed)
            np.testing.assert_allclose(here.deviation.values, cq.deviation(exact, theory).values, rtol=1e-9)
            assert float(here.rate) == pytest.approx(theory.rate, rel=1e-14)
            assert float(here.c1) == pytest.approx(theory.criteria[0].value, rel=1e-14)
            assert float(here.retained) == pytest.approx(exact.populations[-10:, 0].mean() - 0.5, rel=1e-9)
    evolved = cq.run_sweep(
        Sweep(
            model={**MODULAR, "seed": 4},
            question={"kind": "evolve", "initial": {"kind": "mixed"}, "times": {"count": 7}},
            vary={"subunits": [2, 3]},
        )
    )
    model = cq.ModularChain(**{**{k: v for k, v in MODULAR.items() if k != "kind"}, "subunits": 3, "seed": 4})
    times = np.linspace(0, 5 / cq.ham(model).rate, 7)
    exact = cq.evolve(model, times, initial=cq.starts.mixed())
    np.testing.assert_allclose(evolved.populations.values[1], exact.populations, rtol=1e-9, atol=1e-14)
    np.testing.assert_allclose(evolved.currents.values[1], exact.currents, rtol=1e-7, atol=1e-14)
    np.testing.assert_allclose(evolved.instant.values[1], times, rtol=1e-14)
    assert np.isnan(evolved.populations.values[0, :, 2]).all()


def test_theory_scaling_and_kernel_are_those_of_the_verbs():
    data = cq.run_sweep(
        Sweep(
            model={**MODULAR, "seed": 1},
            question={"kind": "ham", "temperatures": [0.1, 0.3]},
            vary={"levels": [10, 40]},
        )
    )
    theory = cq.ham(cq.ModularChain(subunits=2, levels=40, bandwidth=0.05, coupling=5e-4, seed=1))
    np.testing.assert_allclose(data.conductivity.values[1], theory.conductivity([0.1, 0.3]), rtol=1e-13)
    assert float(data.peak_conductivity[1]) == pytest.approx(theory.peak[1], rel=1e-13)
    assert bool(data.holds[1]) == theory.holds

    sizes = [8, 16, 32, 64]
    data = cq.run_sweep(
        Sweep(model={**WIRE, "sites": 4}, question={"kind": "scaling", "sizes": sizes}, vary={"dephasing": [0.0, 2.0]})
    )
    found = cq.scaling(chain(sites=4, dephasing=2.0), sizes)
    assert float(data.diffusivity[1]) == pytest.approx(found.diffusivity, rel=1e-12)
    assert float(data.alpha_tail[1]) == pytest.approx(found.tail, rel=1e-12)
    assert np.isnan(data.diffusivity[0])
    assert data.ohmic.values.tolist() == [0.0, 1.0]
    assert data.holds.values.tolist() == [0.0, 1.0]
    assert data.length_currents.attrs["units"] == "energy unit squared"
    open_chain = {**WIRE, "sites": 4, "zz": 0.5, "dephasing": 1.0}
    asked = [{"kind": "scaling", "sizes": [3, 4, 6], "of": of} for of in ("heat", "excitations")]
    heat, carried = (cq.run_sweep(Sweep(model=open_chain, question=one, vary={"dephasing": [1.0]})) for one in asked)
    assert np.isnan([heat.holds[0], carried.holds[0], heat.diffusivity[0]]).all()
    assert float(heat.heat_lost[0]) == pytest.approx(0.19, abs=0.005)
    assert float(carried.diffusivity[0]) > 0
    assert carried.length_currents.attrs["units"] == "energy unit"

    question = {"kind": "kernel", "order": "exact", "times": {"stop": 3.0, "count": 4}, "start": [1, 0, 0]}
    data = cq.run_sweep(
        Sweep(model={"kind": "exchange-chain", "units": 3}, question=question, vary={"coupling": [0.1, 0.2]})
    )
    kernel = cq.population_kernel(
        cq.ExchangeChain(units=3, coupling=0.2), [0.75, 1.5, 2.25, 3.0], order="exact", start=[1, 0, 0]
    )
    np.testing.assert_allclose(data.locality.values[1], kernel.assumptions().locality, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(data.rates.values[1], kernel.rates().values, rtol=1e-9)


def test_the_way_back_is_complete_on_processes_and_from_the_file(tmp_path):
    sweep = Sweep(model=WIRE, question="steady-state", vary={"sites": [2, 3, 5], "dephasing": [0.0, 0.5, 1.0]})
    here = cq.run_sweep(sweep)
    there = cq.run_sweep(sweep, out=tmp_path, name="wire", workers=2)
    assert same_bits(here, there)
    assert same_bits(here, cq.load(tmp_path / "wire" / "wire.zarr.zip"))
    stamp = (tmp_path / "wire" / "wire-ledger.sqlite").stat().st_mtime_ns
    again = cq.run_sweep(sweep, out=tmp_path, name="wire")
    assert same_bits(here, again)
    with sqlite3.connect(tmp_path / "wire" / "wire-ledger.sqlite") as base:
        assert base.execute("SELECT COUNT(*), MAX(tries) FROM points").fetchone() == (9, 1)
    assert stamp


def test_adding_points_asks_only_what_is_new(tmp_path):
    few = Sweep(model=WIRE, question="steady-state", vary={"sites": [3, 4], "dephasing": [0.5]})
    more = Sweep(model=WIRE, question="steady-state", vary={"dephasing": [2.0, 0.5], "sites": [5, 4, 3]})
    cq.run_sweep(few, out=tmp_path)
    both = cq.run_sweep(more, out=tmp_path)
    with sqlite3.connect(tmp_path / "sweep" / "sweep-ledger.sqlite") as base:
        assert base.execute("SELECT COUNT(*) FROM points").fetchone() == (6,)
        assert base.execute("SELECT MAX(tries) FROM points").fetchone() == (1,)
    assert same_bits(both, cq.run_sweep(more))


def test_ensembles_stop_at_their_bound_and_say_so():
    sweep = Sweep(
        model=DISORDERED,
        question={"kind": "steady-state", "keep": ["current"]},
        vary={"chain.dephasing": [0.1, 1.0]},
        ensemble={"samples": 5000, "seed": 1, "until": {"quantity": "current", "relative": 0.05, "least": 50}},
    )
    data = cq.run_sweep(sweep)
    used = data.samples_used.values
    assert (used < 5000).all()
    assert data.reached.values.all()
    for k in range(2):
        values = data.current.values[k, : used[k]]
        assert np.isfinite(values).all()
        assert np.isnan(data.current.values[k, used[k] :]).all()
        assert values.std(ddof=1) / np.sqrt(used[k]) <= 0.05 * values.mean()
        assert float(data.current_mean[k]) == pytest.approx(values.mean(), rel=1e-12)
        assert int(data.answered[k]) == used[k]
    hard = sweep.model_copy(
        update={"ensemble": {"samples": 150, "seed": 1, "until": {"quantity": "current", "error": 1e-6, "least": 50}}}
    )
    data = cq.run_sweep(hard)
    assert data.samples_used.values.tolist() == [150, 150]
    assert not data.reached.values.any()


def test_the_same_samples_for_all_values_of_a_parameter():
    fields = {"model": DISORDERED, "question": {"kind": "steady-state", "keep": ["current", "populations"]}}
    vary = {"chain.dephasing": [0.0, 1.0]}
    paired = Plan(Sweep(**fields, vary=vary, ensemble={"samples": 3, "seed": 1, "same_for": ["chain.dephasing"]}))
    apart = Plan(Sweep(**fields, vary=vary, ensemble={"samples": 3, "seed": 1}))
    assert paired.seeds(paired.cell(0), 1) == paired.seeds(paired.cell(1), 1)
    assert apart.seeds(apart.cell(0), 1) != apart.seeds(apart.cell(1), 1)
    assert paired.digest(0) != apart.digest(0)
    assert isinstance(paired.seeds(paired.cell(0), 0), Seeds)


def test_a_point_that_fails_keeps_its_error_and_leaves_the_others(tmp_path):
    """401 values are more than are looked at before the work; the second is one that no chain can have."""
    rates = [0.0, -1.0, *np.linspace(0.1, 1.0, 399).tolist()]
    sweep = Sweep(
        model={**WIRE, "sites": 3}, question={"kind": "steady-state", "keep": ["current"]}, vary={"dephasing": rates}
    )
    with pytest.raises(cq.Incomplete, match="1 failed, the first by InvalidInput"):
        cq.run_sweep(sweep, out=tmp_path)
    data = cq.load(tmp_path / "sweep" / "sweep.zarr.zip")
    assert data.attrs["failed"] == 1
    assert data.status.values.tolist() == [1, 2, *[1] * 399]
    assert np.isnan(data.current.values).nonzero()[0].tolist() == [1]
    with sqlite3.connect(tmp_path / "sweep" / "sweep-ledger.sqlite") as base:
        ((error,),) = base.execute("SELECT error FROM points WHERE status = 2").fetchall()
    assert "`dephasing` must" in error


def test_what_no_method_can_do_is_refused_before_the_work():
    sweep = Sweep(
        model=WIRE, question={"kind": "steady-state", "method": "closed-form"}, vary={"sites": [4], "zz": [0.0, 0.3]}
    )
    with pytest.raises(cq.Unsupported):
        cq.run_sweep(sweep)


@pytest.mark.parametrize(
    ("paths", "names"),
    [
        (["sites", "chain.dephasing"], ["sites", "dephasing"]),
        (["baths.0.temperature", "baths.1.temperature"], ["baths_0_temperature", "baths_1_temperature"]),
        (["question.initial.seed", "seed"], ["initial_seed", "seed"]),
        (["hopping.0"], ["hopping_0"]),
    ],
)
def test_names_of_dimensions(paths, names):
    assert [short_names(paths)[path] for path in paths] == names


def test_decay_time_by_interpolation():
    times = np.linspace(0.0, 4.0, 4001)
    assert decay_time(0.5 + 0.5 * np.exp(-times), times, 0.5) == pytest.approx(1.0, abs=1e-6)
    assert np.isnan(decay_time(np.ones(5), np.arange(5.0), 0.5))


def test_a_sample_of_far_apart_rates_has_its_digits_in_a_batch():
    """Sample 443 430: site 0 of frequency 4.5e-5 has a heat bath whose rates are 20 000 times the others."""
    sweep = Sweep(
        model=DISORDERED, question={"kind": "steady-state", "keep": ["current"]}, ensemble={"samples": 10**6, "seed": 1}
    )
    company, hard = answer(pickle.dumps(sweep), [443_429, 443_430])
    assert company.layout.method == "batched two-point"
    assert hard.layout.method == "batched two-point"
    assert hard.error is None
    cell = Plan(sweep).cell(0)
    seed = Plan(sweep).seeds(cell, 443_430).model
    state = cq.steady_state(cell.model.model_copy(update={"seed": seed}).sample(0))
    assert np.frombuffer(hard.data)[0] == pytest.approx(state.current, rel=1e-9)


def test_driven_chains_in_time_blocks_and_heat_are_those_of_the_verbs():
    question = {"kind": "relaxation", "initial": {"populations": 0.5}, "times": {"stop": 2.0, "count": 3}}
    data = cq.run_sweep(Sweep(model={**WIRE, "sites": 3}, question=question, vary={"zz": [0.0, 0.4]}))
    times = [2 / 3, 4 / 3, 2.0]
    for k, zz in enumerate((0.0, 0.4)):
        found = cq.evolve(chain(sites=3, zz=zz), times, initial=cq.starts.product(0.5))
        np.testing.assert_allclose(data.populations.values[k], found.populations, rtol=1e-8)
        np.testing.assert_allclose(data.currents.values[k], found.currents, rtol=1e-6, atol=1e-9)
        np.testing.assert_allclose(data.heat_currents.values[k], found.heat_currents, rtol=1e-6, atol=1e-9)
        assert np.isnan(data.entropy.values[k]).all() == (found.entropy is None)

    ising = {"kind": "quantum-chain", "sites": 12, "jz": 4.0, "hx": -2.1, "hz": 1.0}
    data = cq.run_sweep(
        Sweep(model=ising, question={"kind": "blocks", "block": 4}, vary={"question.contact": [0.1, 1.0]})
    )
    model = cq.QuantumChain(sites=12, jz=4.0, hx=-2.1, hz=1.0)
    for k, contact in enumerate((0.1, 1.0)):
        found = cq.coarse_grain(model, 4, contact=contact)
        assert float(data.rate[k]) == pytest.approx(np.nan if found.rate is None else found.rate, rel=1e-9, nan_ok=True)
        assert bool(data.holds[k]) == found.holds
        assert float(data.variance[k]) == pytest.approx(found.variance, rel=1e-12)

    pair = {"kind": "banded-pair", "levels": [12, 12], "bandwidth": 0.05, "band": "random", "seed": 1}
    question = {"kind": "heat-response", "temperatures": [0.5, 1.0]}
    data = cq.run_sweep(Sweep(model=pair, question=question, vary={"coupling": [2e-4, 3e-4]}))
    found = cq.heat_response(
        cq.BandedPair(levels=[12, 12], bandwidth=0.05, band="random", seed=1, coupling=3e-4), [0.5, 1.0]
    )
    np.testing.assert_allclose(data.conductivity.values[1], found.conductivity, rtol=1e-9)
    np.testing.assert_allclose(data.theory.values[1], found.theory, rtol=1e-12)
    np.testing.assert_allclose(data.error.values[1], found.error, rtol=1e-6)


@pytest.mark.parametrize("kind", kinds())
def test_every_question_says_what_it_costs_and_is_in_the_schema(kind):
    question = question_type({"kind": kind})
    assert question.title
    assert question.models
    assert "keep" in question.model_json_schema()["properties"]


def test_a_worker_of_another_version_is_refused(monkeypatch):
    sweep = Sweep(model={**WIRE, "sites": 3}, question="steady-state")
    there = given(sweep)
    monkeypatch.setattr("caloriq.sweep.work.setup", lambda: (there[0], b"0.0.9"))
    with pytest.raises(cq.InvalidInput, match=r"caloriq 0\.0\.9 as here"):
        asked([0])
    monkeypatch.setattr("caloriq.sweep.work.setup", lambda: there)
    assert asked([0])[0].error is None


def test_a_sweep_that_was_moved_goes_on(tmp_path):
    few = Sweep(model=WIRE, question="steady-state", vary={"sites": [3, 4]})
    more = Sweep(model=WIRE, question="steady-state", vary={"sites": [3, 4, 5]})
    first = cq.run_sweep(few, out=tmp_path / "here")
    shutil.copytree(tmp_path / "here", tmp_path / "there")
    shutil.rmtree(tmp_path / "here")
    told = []
    both = cq.run_sweep(more, out=tmp_path / "there", progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (3, 3)
    with sqlite3.connect(tmp_path / "there" / "sweep" / "sweep-ledger.sqlite") as base:
        assert base.execute("SELECT COUNT(*), MAX(tries) FROM points").fetchone() == (3, 1)
    np.testing.assert_array_equal(both.current.values[:2], first.current.values)
