"""The verb `evolve`: what it counts, what it hands out, how it cuts its work to fit the memory."""

import dataclasses
import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import caloriq as cq
from caloriq.closed import chebyshev, dense
from caloriq.closed.blocks import Meter
from caloriq.linalg import block_sparse, kernels
from caloriq.linalg.block_tridiagonal import BlockTridiagonal
from problems import MODELS, random_chain
from testers import assert_close, assert_physical

MODEL = random_chain(levels=10)
METHODS = [cq.Exact(), cq.Chebyshev(tol=1e-12), cq.Krylov(tol=1e-12)]


def products(exact):
    return exact.method.statistics["products"]


# -- counts


@pytest.mark.parametrize("samples", [None, 3, 20])
def test_all_times_come_from_one_pass(samples):
    """2, 20 or 2000 sampled times: the same number of products."""
    counts = {
        products(
            cq.evolve(
                MODEL,
                np.linspace(0, 300, sampled),
                initial=cq.haar(samples=samples),
                method=cq.Chebyshev(),
                observables=["populations"],
            )
        )
        for sampled in (2, 20, 500)
    }
    assert len(counts) == 1


def counted(monkeypatch):
    """Every product with H that is made, whichever way: `apply` and the steps of the recurrence."""
    made = {"n": 0}
    apply, recurrence = BlockTridiagonal.apply, BlockTridiagonal.chebyshev

    def counting_apply(self, s):
        made["n"] += s.shape[-1] if s.ndim == 4 else 1
        return apply(self, s)

    def counting_recurrence(self, buffer, first, shift, scale):
        if buffer.ndim == 4 and self.kernel == "numba":  # the compiled loop does not pass through `apply`
            made["n"] += buffer.shape[0] - first
        recurrence(self, buffer, first, shift, scale)

    monkeypatch.setattr(BlockTridiagonal, "apply", counting_apply)
    monkeypatch.setattr(BlockTridiagonal, "chebyshev", counting_recurrence)
    return made


@pytest.mark.parametrize("kernel", ["numpy", "numba"])
@pytest.mark.parametrize("method", [cq.Chebyshev(), cq.Krylov()], ids=lambda m: m.kind)
@pytest.mark.parametrize(("samples", "span"), [(None, 50.0), (None, 3000.0), (5, 300.0), (18, 300.0)])
def test_reported_products_are_made(monkeypatch, kernel, method, samples, span):
    monkeypatch.setattr(block_sparse, "COMPILE_ABOVE", 0 if kernel == "numba" else 10**9)
    made = counted(monkeypatch)
    exact = cq.evolve(MODEL, [0.0, span], initial=cq.haar(samples=samples), method=method)
    assert products(exact) == made["n"]


@pytest.mark.parametrize("span", [0.0, 1.0, 100.0, 1000.0, 10_000.0])
def test_products_of_chebyshev_are_as_stated(span):
    """About r t + 10 (r t)^(1/3), per segment of r t ≤ 4000, and 30 products (or 80 for tight bounds) on top."""
    exact = cq.evolve(MODEL, [span] if span else [0.0], method=cq.Chebyshev())
    reach = exact.method.statistics["spectral half-width"] * span
    pieces = max(1, np.ceil(reach / chebyshev.REACH))
    bounds = min(80, MODEL.dimension) if reach > chebyshev.WORTH / 2 else 0
    assert products(exact) <= reach + 10 * pieces * np.cbrt(reach / pieces) + 2 * pieces + bounds
    assert products(exact) >= reach


@pytest.mark.parametrize("samples", [2, 16, 17, 40])
def test_products_count_every_start(samples):
    one = cq.evolve(MODEL, [0.0, 100.0], initial=cq.haar(), method=cq.Chebyshev())
    many = cq.evolve(MODEL, [0.0, 100.0], initial=cq.haar(samples=samples), method=cq.Chebyshev())
    assert products(many) == samples * products(one)


def test_exact_needs_no_products():
    assert products(cq.evolve(MODEL, [0.0, 100.0], method=cq.Exact())) == 0


def test_bytes_per_product():
    assert cq.evolve(MODEL, [1.0]).method.statistics["bytes per product"] == 16 * 2 * 10**2
    real = random_chain(levels=10, interaction="real-gaussian")
    assert cq.evolve(real, [1.0]).method.statistics["bytes per product"] == 8 * 2 * 10**2


# -- segments


@given(
    st.lists(st.floats(0, 1e6), min_size=1, max_size=60, unique=True),
    st.floats(1e-3, 1.0),
    st.integers(1, 40),
)
def test_segments(times, scale, hand):
    """They tile the time axis, hold every sampled time once, and none is longer or fuller than allowed."""
    times = np.sort(np.array(times))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(chebyshev, "HAND", 16 * 7 * hand)
        pieces = chebyshev.segments(times, scale, 7)
    assert pieces[0][0] == 0.0
    assert pieces[-1][1] == times[-1]
    sampled = []
    for k, (begin, end, inside) in enumerate(pieces):
        assert begin <= end
        assert end - begin <= chebyshev.REACH / scale * (1 + 1e-12)
        assert inside.stop - inside.start <= hand
        assert np.all(times[inside] >= begin)
        assert np.all(times[inside] <= end)
        assert k == 0 or begin == pieces[k - 1][1]
        sampled.extend(range(inside.start, inside.stop))
    assert sampled == list(range(times.size))


@pytest.mark.parametrize(
    "initial", [cq.haar(seed=1), cq.haar(seed=1, samples=20), cq.starts.mixed()], ids=["one", "20", "mixed"]
)
@pytest.mark.parametrize("states", [1, 3, 50])
def test_small_hands_change_nothing(monkeypatch, initial, states):
    """Whatever number of states fits in hand, the result is the same; each segment adds at most its share of tol."""
    times = np.linspace(0, 200, 60)
    free = cq.evolve(MODEL, times, initial=initial, method=cq.Chebyshev(tol=1e-12))
    width = min(chebyshev.COLUMNS, initial.samples or (10 if initial.kind == "mixed" else 1))
    monkeypatch.setattr(chebyshev, "HAND", 16 * MODEL.dimension * width * states)
    tight = cq.evolve(MODEL, times, initial=initial, method=cq.Chebyshev(tol=1e-12))
    for name in ("populations", "currents", "local_energies", "energy"):
        assert_close(getattr(tight, name), getattr(free, name), 1e-11)
    assert products(tight) > products(free)


@pytest.mark.parametrize("states", [1, 7])
def test_small_hands_of_exact(monkeypatch, states):
    times = np.linspace(0, 200, 30)
    free = cq.evolve(MODEL, times, initial=cq.haar(samples=3), method=cq.Exact())
    monkeypatch.setattr(dense, "HAND", 16 * MODEL.dimension * 3 * states)
    monkeypatch.setattr(dense, "STARTS", 2)
    tight = cq.evolve(MODEL, times, initial=cq.haar(samples=3), method=cq.Exact())
    assert_close(tight.populations, free.populations, 1e-13)
    assert_close(tight.currents, free.currents, 1e-13)


def test_states_in_hand_stay_small(monkeypatch):
    """With room for ten states, no block holds more than ten."""
    monkeypatch.setattr(chebyshev, "HAND", 16 * MODEL.dimension * 10)
    psi = cq.closed.states.columns(cq.haar(), MODEL)
    blocks = list(chebyshev.propagate(MODEL.hamiltonian(), psi, np.linspace(0, 50, 95), cq.Chebyshev(), Meter()))
    assert max(block.states.shape[0] for block in blocks) == 10
    assert sum(block.states.shape[0] for block in blocks) == 95


@pytest.mark.parametrize("reach", [30.0, 300.0])
def test_long_spans_are_cut(monkeypatch, reach):
    times = np.array([0.0, 10.0, 5000.0])
    whole = cq.evolve(MODEL, times, method=cq.Chebyshev(tol=1e-12))
    monkeypatch.setattr(chebyshev, "REACH", reach)
    cut = cq.evolve(MODEL, times, method=cq.Chebyshev(tol=1e-12))
    assert_close(cut.populations, whole.populations, 1e-10)  # rounding: eps × gap × time, per segment
    assert products(cut) > products(whole)


# -- choices


@pytest.mark.parametrize(
    ("levels", "initial", "kind"),
    [
        (100, None, cq.Exact),
        (200, None, cq.Exact),
        (201, None, cq.Chebyshev),
        (201, cq.haar(samples=16), cq.Chebyshev),
        (201, cq.haar(samples=17), cq.Exact),
        (201, cq.starts.mixed(), cq.Exact),
        (3000, cq.starts.mixed(), cq.Exact),
        (3001, cq.starts.mixed(), cq.Chebyshev),
    ],
)
def test_auto_tells_what_it_chooses(levels, initial, kind):
    chosen = cq.choose(
        "evolve", random_chain(subunits=2, levels=levels), **({} if initial is None else {"initial": initial})
    )
    assert isinstance(chosen.method, kind)
    assert chosen.reason.startswith("auto: ")
    assert str(2 * levels) in chosen.reason
    assert chosen.memory > 0
    assert chosen.seconds > 0


def test_auto_runs_what_it_tells():
    for initial in (cq.haar(), cq.starts.mixed()):
        exact = cq.evolve(MODEL, [1.0], initial=initial)
        chosen = cq.choose("evolve", MODEL, initial=initial)
        assert exact.method.name == repr(chosen.method)
        assert exact.method.reason == chosen.reason
    chosen = cq.evolve(MODEL, [1.0], method=cq.Krylov(tol=1e-9))
    assert chosen.method.name == repr(cq.Krylov(tol=1e-9))
    assert chosen.method.reason == "as asked for"


@pytest.mark.parametrize(("size", "kernel"), [(199, "numpy"), (200, "numpy"), (201, "numba")])
def test_kernel_by_size(size, kernel):
    """Up to 40 000 coupling elements NumPy costs less than importing Numba."""
    H = BlockTridiagonal(np.zeros((2, size)), np.zeros((1, size, size)))
    assert block_sparse.COMPILE_ABOVE == 200**2
    assert H.kernel == kernel


def test_kernel_without_numba(monkeypatch):
    monkeypatch.setattr(kernels, "numba_available", lambda: False)
    assert BlockTridiagonal(np.zeros((2, 300)), np.zeros((1, 300, 300))).kernel == "numpy"


def test_numba_is_looked_up_not_imported(monkeypatch):
    asked = []
    monkeypatch.setattr(kernels, "find_spec", asked.append)
    assert kernels.numba_available() is False
    assert asked == ["numba"]


# -- results


@pytest.mark.parametrize("method", METHODS, ids=lambda m: m.kind)
@pytest.mark.parametrize(
    "initial", [cq.haar(), cq.starts.mixed(), cq.haar(samples=2)], ids=["haar", "mixed", "ensemble"]
)
def test_results_are_read_only(method, initial):
    times = np.array([0.0, 1.0])
    exact = cq.evolve(MODEL, times, initial=initial, method=method)
    times[0] = 7.0
    assert exact.times.tolist() == [0.0, 1.0]
    for name in ("times", "populations", "local_energies", "currents", "energy"):
        with pytest.raises(ValueError, match="read-only"):
            getattr(exact, name)[...] = 0
    with pytest.raises(dataclasses.FrozenInstanceError):
        exact.populations = None
    with pytest.raises(TypeError):
        exact.method.statistics["products"] = 0


def test_theory_is_read_only():
    theory = cq.ham(MODEL)
    solution, kernel = theory.solve([1.0]), theory.kernel
    arrays = [getattr(solution, name) for name in ("times", "populations", "currents", "widths")]
    arrays += [getattr(kernel, name) for name in ("times", "values", "predicted", "bond_rates")]
    for array in arrays:
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0
    with pytest.raises(dataclasses.FrozenInstanceError):
        theory.rate = 1.0
    assert theory.kernel is kernel


def test_shapes():
    N, T, k = MODEL.subunits, 4, 2
    one = cq.evolve(MODEL, np.arange(T))
    many = cq.evolve(MODEL, np.arange(T), initial=cq.haar(samples=k))
    for run, lead in ((one, ()), (many, (k,))):
        assert run.populations.shape == run.local_energies.shape == (*lead, T, N)
        assert run.currents.shape == (*lead, T, N - 1)
        assert run.energy.shape == (*lead, T)
    assert one.model is MODEL
    assert one.initial == cq.haar(0, seed=0)


def test_certificate_is_about_this_run():
    exact = cq.evolve(MODEL, [0.0, 30.0], method=cq.Krylov(tol=1e-8))
    assert {check.name for check in exact.certificate} == {"norm drift", "error bound", "rounding", "energy drift"}
    assert exact.certificate["error bound"].limit == 1e-8
    assert exact.certificate["norm drift"].value == np.abs(exact.populations.sum(axis=1) - 1).max()
    assert all(check.meaning for check in exact.certificate)
    assert_physical(exact)


def test_populations_filled_up_prove_no_norm():
    """The ensemble's last population is 1 minus the others: its sum is no proof, so none is claimed."""
    exact = cq.evolve(MODEL, [1.0], initial=cq.haar(samples=3), method=cq.Exact(), observables=["populations"])
    assert {check.name for check in exact.certificate} == {"unitarity defect", "residual", "rounding"}


@pytest.mark.parametrize("method", METHODS, ids=lambda m: m.kind)
def test_observables_are_what_was_asked(method):
    for asked in ([], ["currents"], ["local_energies"], "populations", ["currents", "local_energies"]):
        exact = cq.evolve(MODEL, [0.0, 1.0], method=method, observables=asked)
        assert exact.populations is not None
        assert (exact.currents is not None) == ("currents" in asked)
        assert (exact.energy is not None) == ("currents" in asked)
        assert (exact.local_energies is not None) == ("local_energies" in asked)


@pytest.mark.parametrize("method", METHODS, ids=lambda m: m.kind)
@pytest.mark.parametrize("initial", [cq.haar(), cq.haar(samples=20)], ids=["one", "many"])
def test_progress_reaches_the_end(monkeypatch, method, initial):
    monkeypatch.setattr(chebyshev, "HAND", 16 * MODEL.dimension * 16 * 10)
    seen = []
    cq.evolve(
        MODEL,
        np.linspace(0, 100, 40),
        initial=initial,
        method=method,
        progress=lambda done, total: seen.append(done / total),
    )
    assert seen
    assert seen == sorted(seen)
    assert seen[-1] == pytest.approx(1.0)


def test_an_interrupted_run_returns_nothing():
    def stop(*_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cq.evolve(MODEL, np.linspace(0, 100, 40), method=cq.Chebyshev(), progress=stop)


# -- certificates


@pytest.mark.parametrize("method", METHODS, ids=lambda m: m.kind)
def test_rounding_grows_with_time(method):
    """eps × half-width × time, which no method can do better than; the limit refuses what has no digits left."""
    checks = [cq.evolve(MODEL, [t], method=method).certificate["rounding"] for t in (1.0, 10.0)]
    lower, upper = MODEL.hamiltonian().norm_bounds
    assert checks[0].value == pytest.approx(np.finfo(float).eps * (upper - lower) / 2, rel=1e-12)
    assert checks[1].value == pytest.approx(10 * checks[0].value, rel=1e-12)


def test_check_and_certificate():
    good, bad = cq.Check("a", 1.0, 1.0, "equal holds"), cq.Check("b", 2.0, 1.0, "above does not")
    nan = cq.Check("c", np.nan, 1.0, "NaN does not")
    assert good.holds
    assert not bad.holds
    assert not nan.holds
    certificate = cq.Certificate((good, bad, nan))
    assert not certificate.holds
    assert certificate.failures == (bad, nan)
    assert cq.Certificate((good,)).holds
    assert certificate["b"] is bad
    with pytest.raises(KeyError, match="there are a, b, c"):
        certificate["d"]
    assert "b: 2 (limit 1) FAILS" in str(certificate)
    assert list(certificate) == [good, bad, nan]


def test_criteria_say_what_they_mean():
    c1, c2 = cq.ham(random_chain(coupling=1e-4)).criteria[:2]
    assert not c1.holds
    assert str(c1).startswith("c1 = 2λn/δε = 0.003: FAILS")
    assert str(c2).startswith("c2 = λ²n/δε² = ")
    assert "holds" in str(c2)
    assert "margin" in str(c1)


@pytest.mark.parametrize("name", MODELS)
def test_the_report_names_what_ran(name):
    exact = cq.evolve(MODELS[name], [0.0, 1.0])
    assert exact.method.statistics["dimension"] == MODELS[name].dimension
    assert exact.method.statistics["wall time in s"] >= 0
    assert exact.method.statistics["kernel"] in {"numpy", "numba"}


def test_statistics_are_plain_numbers():
    exact = cq.evolve(MODEL, [0.0, 1.0], method=cq.Chebyshev())
    assert all(type(value) in (int, float, str) for value in exact.method.statistics.values())


@pytest.mark.parametrize(
    ("said", "expected", "spins"), [(None, "PASSIVE", "3000"), ("active", "ACTIVE", "30000000000")]
)
def test_threads_spin_for_a_moment_unless_told_otherwise(said, expected, spins):
    """OpenMP reports what it was loaded with; the environment is left as it was found."""
    script = (
        "import os; before = dict(os.environ);"
        "from caloriq.linalg import kernels; kernels.compiled();"
        "assert dict(os.environ) == before; import numba; print(numba.threading_layer())"
    )
    variables = {**os.environ, "OMP_DISPLAY_ENV": "verbose"}
    for name in ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT"):
        variables.pop(name, None)
    if said:
        variables["OMP_WAIT_POLICY"] = said
    done = subprocess.run(
        [sys.executable, "-c", script], env=variables, capture_output=True, text=True, timeout=120, check=True
    )
    if done.stdout.strip() != "omp":
        pytest.skip("another threading layer than OpenMP")
    assert f"OMP_WAIT_POLICY = '{expected}'" in done.stderr
    if "GOMP_SPINCOUNT" in done.stderr:  # GCC's library alone has it
        assert f"GOMP_SPINCOUNT = '{spins}'" in done.stderr
