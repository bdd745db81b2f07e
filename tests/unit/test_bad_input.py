"""Every bad input is refused in one sentence that names the argument and shows the value, before any work is done."""

import tracemalloc
from types import SimpleNamespace

import numpy as np
import pytest
from pydantic import ValidationError

import caloriq as cq
from caloriq import _checks, wording
from caloriq.models.definition import Definition
from caloriq.reduced.average.averages import hilbert_average
from problems import random_chain
from testers import refused

GOOD = {"subunits": 3, "levels": 4, "bandwidth": 0.4, "coupling": 0.02, "seed": 5}
MODEL = random_chain(levels=4)
THEORY = cq.ham(MODEL)
NAN, INF = float("nan"), float("inf")


@pytest.mark.parametrize(
    ("field", "value", "shown"),
    [
        ("subunits", 0, "0"),
        ("subunits", 1, "1"),
        ("subunits", -3, "-3"),
        ("subunits", 2.5, "2.5"),
        ("subunits", True, "True"),
        ("subunits", "three", "three"),
        ("subunits", None, "None"),
        ("levels", 0, "0"),
        ("levels", -1, "-1"),
        ("levels", NAN, "nan"),
        ("levels", [4], "[4]"),
        ("bandwidth", 0, "0"),
        ("bandwidth", -0.1, "-0.1"),
        ("bandwidth", NAN, "nan"),
        ("bandwidth", INF, "inf"),
        ("bandwidth", 2.0, "2"),  # the band would reach the ground level
        ("bandwidth", "wide", "wide"),
        ("coupling", 0.0, "0.0"),
        ("coupling", -1e-3, "-0.001"),
        ("coupling", NAN, "nan"),
        ("coupling", 1j, "1j"),
        ("gap", 0, "0"),
        ("gap", -INF, "-inf"),
        ("seed", -1, "-1"),
        ("seed", 1.5, "1.5"),
        ("seed", None, "None"),
        ("interaction", "sparse", "sparse"),
        ("band", "flat", "flat"),
        ("kind", "spin-chain", "spin-chain"),
    ],
)
def test_model_fields(field, value, shown):
    with refused(field, shown):
        cq.ModularChain(**{**GOOD, field: value})


@pytest.mark.parametrize("field", ["subunits", "levels", "bandwidth", "coupling"])
def test_missing_fields(field):
    with refused(field, "missing"):
        cq.ModularChain(**{name: value for name, value in GOOD.items() if name != field})


@pytest.mark.parametrize(("name", "near"), [("sed", "`seed`"), ("bandwith", "`bandwidth`"), ("xyz", "known are")])
def test_unknown_fields(name, near):
    with refused(name, near):
        cq.ModularChain(**GOOD, **{name: 1})


HERMITIAN = np.zeros((12, 12), dtype=complex)
HERMITIAN[:4, 4:8] = HERMITIAN[4:8, :4] = 1
FAR = HERMITIAN.copy()
FAR[0, 11] = FAR[11, 0] = 1
ONSITE = HERMITIAN.copy()
ONSITE[0, 0] = 1
SKEW = HERMITIAN.copy()
SKEW[0, 5] += 1e-3


@pytest.mark.parametrize(
    ("matrices", "shown"),
    [
        (SKEW, "hermitian"),
        (1j * HERMITIAN, "hermitian"),
        (FAR, "(0, 2)"),
        (ONSITE, "(0, 0)"),
        (np.ones((3, 3)), "(3, 3)"),
        (np.ones((3, 4, 4)), "(3, 4, 4)"),
        (np.ones(4), "(4,)"),
        (np.full((4, 4), NAN), "nan"),
        (np.full((4, 4), INF), "inf"),
        ([[1, 2], [3]], "[[1, 2], [3]]"),
        ("matrices.npy", "matrices.npy"),
        ("abcd", "abcd"),
    ],
)
def test_matrices(matrices, shown):
    with refused("matrices", shown):
        cq.ModularChain(**GOOD, interaction="given", matrices=matrices)


def test_matrices_without_their_name_and_back():
    with refused("matrices", "complex-gaussian"):
        cq.ModularChain(**GOOD, matrices=np.eye(4))
    with refused("matrices", "given"):
        cq.ModularChain(**GOOD, interaction="given")


@pytest.mark.parametrize("value", [None, [1, 2], "chain", 3])
def test_a_mapping_is_wanted(value):
    with refused("ModularChain"):
        cq.ModularChain.from_mapping(value)


def test_keys_are_text():
    with refused("ModularChain", "1"):
        cq.ModularChain.from_mapping({**GOOD, 1: 2})


@pytest.mark.parametrize(
    ("times", "shown"),
    [
        ([], "shape (0,)"),
        (3.0, "shape ()"),
        ([[0.0, 1.0]], "shape (1, 2)"),
        ([-1.0, 0.0], "-1"),
        ([0.0, 1.0, 1.0], "1 after 1"),
        ([0.0, 2.0, 1.0], "index 2"),
        ([0.0, NAN], "nan"),
        ([0.0, INF], "inf"),
        ("soon", "soon"),
        (["a", "b"], "['a', 'b']"),
        (None, "nan"),
    ],
)
@pytest.mark.parametrize("verb", ["evolve", "solve", "typicality"])
def test_times(verb, times, shown):
    call = {
        "evolve": lambda: cq.evolve(MODEL, times),
        "solve": lambda: THEORY.solve(times),
        "typicality": lambda: cq.typicality(MODEL, times),
    }[verb]
    with refused("times", shown):
        call()


@pytest.mark.parametrize("method", [cq.Chebyshev(), cq.Krylov()], ids=lambda m: m.kind)
def test_times_that_nobody_waits_for(method):
    with refused("times", "1e+12", "earlier"):
        cq.evolve(MODEL, [0.0, 1e12], method=method)


def test_times_that_leave_no_digits():
    """Phases of 1e12 × 0.2 radians keep three digits: refused before any work."""
    with refused("times", "rounding", "1e+12"):
        cq.evolve(MODEL, [1e12], method=cq.Exact())
    with refused("times", "rounding", "1e+30"):
        cq.typicality(MODEL, [0.0, 1e30])


@pytest.mark.parametrize(
    ("amplitudes", "shown"),
    [
        (np.ones(11), "(11,)"),
        (np.ones(13), "(13,)"),
        (np.ones((3, 4)), "(3, 4)"),
        (np.zeros(12), "norm 0"),
        (np.full(12, NAN), "nan"),
        ("up", "up"),
    ],
)
def test_vectors(amplitudes, shown):
    with refused("vector", shown):
        cq.evolve(MODEL, [1.0], initial=cq.starts.vector(amplitudes))


@pytest.mark.parametrize(
    ("start", "argument", "shown"),
    [
        (cq.haar(3), "subunit", "3"),
        (cq.haar(-4), "subunit", "-4"),
        (cq.starts.level(7), "subunit", "7"),
        (cq.starts.mixed(3), "subunit", "3"),
        (cq.starts.level(0, 4), "level", "4"),
        (cq.starts.level(0, -5), "level", "-5"),
        ("haar", "initial", "haar"),
        (np.ones(12), "initial", "array of shape (12,)"),
        (0, "initial", "0"),
    ],
)
@pytest.mark.parametrize("method", ["auto", cq.Chebyshev()])
def test_starts(start, argument, shown, method):
    with refused(argument, f"got {shown}" if not isinstance(start, str) else shown):
        cq.evolve(MODEL, [1.0], initial=start, method=method)


def test_subunit_of_typicality():
    with refused("subunit", "got 3"):
        cq.typicality(MODEL, [1.0], subunit=3)


@pytest.mark.parametrize(
    ("make", "argument", "shown"),
    [
        (lambda: cq.haar(seed=-1), "seed", "-1"),
        (lambda: cq.haar(samples=0), "samples", "0"),
        (lambda: cq.haar(samples=-2), "samples", "-2"),
        (lambda: cq.haar(samples=2.5), "samples", "2.5"),
        (lambda: cq.haar(subunit="first"), "subunit", "first"),
        (lambda: cq.starts.level(0.5), "subunit", "0.5"),
        (lambda: cq.starts.level(0, NAN), "level", "nan"),
        (lambda: cq.starts.mixed(True), "subunit", "True"),
    ],
)
def test_start_definitions(make, argument, shown):
    with refused(argument, shown):
        make()


@pytest.mark.parametrize("method", [cq.Chebyshev, cq.Krylov])
@pytest.mark.parametrize("tol", [0, -1e-10, 1.0, 5, 1e-15, NAN, INF, "small", True, None])
def test_tolerances(method, tol):
    with refused("tol", str(tol)):
        method(tol=tol)


@pytest.mark.parametrize("size", [0, 1, -4, 2.5, NAN, "large"])
def test_krylov_size(size):
    with refused("size", str(size)):
        cq.Krylov(size=size)


@pytest.mark.parametrize("method", ["magic", cq.Chebyshev, None, 3])
def test_methods(method):
    with refused("method"):
        cq.evolve(MODEL, [1.0], method=method)


@pytest.mark.parametrize("observables", ["entropy", ["populations", "entropy"], [1]])
def test_observables(observables):
    with refused("observables", "entropy" if "entropy" in observables else "1"):
        cq.evolve(MODEL, [1.0], observables=observables)


@pytest.mark.parametrize(
    ("initial", "shown"),
    [
        (3, "3"),
        (-4, "-4"),
        ([0.5, 0.5], "2"),
        ([0.5, 0.5, 0.1], "1.1"),
        ([1.5, -0.5, 0.0], "-0.5"),
        ([[1.0, 0.0, 0.0]], "(1, 3)"),
        ([NAN, 0.0, 1.0], "nan"),
        ("first", "first"),
    ],
)
def test_rate_equation_starts(initial, shown):
    with refused("initial", shown):
        THEORY.solve([1.0], initial=initial)


@pytest.mark.parametrize(
    ("temperature", "shown"),
    [(0.0, "0"), (-0.1, "-0.1"), ([0.1, -2.0], "-2"), (NAN, "nan"), (INF, "inf"), ("cold", "cold")],
)
@pytest.mark.parametrize("what", ["heat_capacity", "conductivity"])
def test_temperatures(what, temperature, shown):
    with refused("temperature", shown):
        getattr(THEORY, what)(temperature)


@pytest.mark.parametrize(
    ("operator", "populations", "argument", "shown"),
    [
        (np.array([[0, 1], [2, 0]]), [1.0], "operator", "hermitian"),
        (np.ones((2, 3)), [1.0], "operator", "(2, 3)"),
        (np.ones(4), [1.0], "operator", "(4,)"),
        (np.full((2, 2), NAN), [1.0], "operator", "nan"),
        (np.eye(4), [0.5, 0.4], "populations", "0.9"),
        (np.eye(4), [1.5, -0.5], "populations", "-0.5"),
        (np.eye(4), [0.2, 0.3, 0.5], "populations", "3"),
        (np.eye(4), [], "populations", "(0,)"),
        (np.eye(4), [[1.0]], "populations", "(1, 1)"),
        (np.eye(4), [NAN, 1], "populations", "nan"),
    ],
)
def test_averages(operator, populations, argument, shown):
    with refused(argument, shown):
        hilbert_average(operator, populations)


def test_deviation_from_another_chain():
    exact = cq.evolve(MODEL, np.linspace(0, 5 / THEORY.rate, 21))
    with refused("theory", "another model"):
        cq.deviation(exact, cq.ham(random_chain(levels=5)))


@pytest.mark.parametrize(
    "times",
    [
        np.linspace(0, 5, 8),  # too few
        np.linspace(0, 4.9, 30),  # too short
        np.linspace(0.1, 5, 30),  # begins late
        np.concatenate([np.linspace(0, 0.1, 8), [9.0]]),  # covers, but not inside
    ],
    ids=["few", "short", "late", "sparse"],
)
def test_deviation_on_too_little_attaches_its_estimate(times):
    exact = cq.evolve(MODEL, times / THEORY.rate)
    with refused("exact", "at least 9 times", error=cq.NotEnoughData) as refusal:
        cq.deviation(exact, THEORY)
    assert refusal.value.estimate.shape == (3,)
    assert np.all(refusal.value.estimate >= 0)
    with pytest.raises(cq.NotEnoughData):
        cq.verdict(exact, THEORY)


def test_not_converged_carries_the_solution(monkeypatch):
    """A propagator that loses norm is caught by the certificate; what it found comes along."""
    from caloriq.closed import chebyshev

    whole = chebyshev.propagate

    def leaking(*arguments):
        for block in whole(*arguments):
            yield type(block)(block.times, block.columns, 0.999 * block.states)

    monkeypatch.setattr(chebyshev, "propagate", leaking)
    with refused("method", "norm drift", "Chebyshev", error=cq.NotConverged) as refusal:
        cq.evolve(MODEL, [0.0, 1.0], method=cq.Chebyshev())
    solution = refusal.value.solution
    assert isinstance(solution, cq.Evolution)
    assert solution.certificate["norm drift"].value == pytest.approx(1 - 0.999**2, rel=1e-6)
    assert not solution.certificate.holds
    assert solution.certificate.failures


def test_errors_are_what_python_expects():
    assert issubclass(cq.InvalidInput, ValueError)
    assert issubclass(cq.NotEnoughData, ValueError)
    assert issubclass(cq.NotConverged, RuntimeError)
    assert issubclass(cq.Unsupported, NotImplementedError)
    for error in (cq.InvalidInput, cq.NotEnoughData, cq.NotConverged, cq.Unsupported):
        assert issubclass(error, cq.CaloriqError)
    assert cq.NotConverged("short").solution is None
    assert cq.NotEnoughData("few").estimate is None


def test_definitions_are_frozen():
    for definition in (MODEL, cq.haar(), cq.Chebyshev()):
        field = next(iter(type(definition).model_fields))
        with pytest.raises(ValidationError, match="frozen"):
            setattr(definition, field, 1)
        assert isinstance(definition, Definition)


# -- memory: the sentence says how much, and comes before the allocation


@pytest.mark.parametrize(
    ("call", "argument", "need"),
    [
        (lambda: random_chain(levels=200_000).hamiltonian(), "levels", "TB"),
        (lambda: cq.evolve(random_chain(levels=200_000), [1.0]), "levels", "TB"),
        (lambda: cq.ham(random_chain(levels=200_000)).kernel, "levels", "TB"),
        (lambda: cq.evolve(MODEL, [1.0], initial=cq.haar(samples=10**9)), "initial", "GB"),
        (lambda: cq.evolve(random_chain(levels=100_000), [1.0], initial=cq.starts.mixed()), "initial", "960 GB"),
        (lambda: cq.ham(random_chain(subunits=10**9)).solve(np.arange(10.0)), "times", "GB"),
    ],
    ids=["hamiltonian", "evolve", "kernel", "samples", "mixed", "solve"],
)
def test_too_large(monkeypatch, call, argument, need):
    monkeypatch.setattr(_checks, "available_memory", lambda: 24e9)
    tracemalloc.start()
    try:
        with refused(argument, need, "24 GB", "take fewer"):
            call()
        assert tracemalloc.get_traced_memory()[1] < 2_000_000  # nothing of size was allocated
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("verb", ["evolve", "typicality"])
def test_too_large_for_a_dense_matrix(monkeypatch, verb):
    """Dimension 300 needs 80 d² = 7.2 MB dense and 4.8 MB for the blocks: refused at 5.5 MB, with the remedy."""
    model = random_chain(levels=100)
    monkeypatch.setattr(_checks, "available_memory", lambda: 5.5e6)
    with refused("method", "7.2 MB", "dimension 300", "Chebyshev"):
        if verb == "evolve":
            cq.evolve(model, [1.0], method=cq.Exact())
        else:
            cq.typicality(model, [1.0])
    monkeypatch.setattr(_checks, "available_memory", lambda: 5.5e6)
    chosen = cq.choose("evolve", model)
    assert isinstance(chosen.method, cq.Chebyshev)
    assert "300" in chosen.reason


def test_what_fits_is_not_refused(monkeypatch):
    monkeypatch.setattr(_checks, "available_memory", lambda: 1e5)
    assert cq.evolve(MODEL, [1.0]).certificate.holds


def test_available_memory_is_a_number():
    assert 0 < _checks.available_memory() < 1e16


@pytest.mark.parametrize(
    ("limit", "used", "free"),
    [("6000000", "2000000", 4e6), ("max", "2000000", 5e9), ("9000000000", "0", 5e9), ("", "", 5e9)],
)
def test_available_memory_is_the_machines_or_the_groups(monkeypatch, tmp_path, limit, used, free):
    monkeypatch.setattr("psutil.virtual_memory", lambda: SimpleNamespace(available=int(5e9)))
    monkeypatch.setattr(_checks, "GROUP", tmp_path)
    if limit:
        (tmp_path / "memory.max").write_text(f"{limit}\n")
        (tmp_path / "memory.current").write_text(f"{used}\n")
    assert _checks.available_memory() == free


@pytest.mark.parametrize(
    ("number", "text"), [(1.0, "1 B"), (999.0, "999 B"), (1e3, "1 kB"), (2.5e9, "2.5 GB"), (7e15, "7 PB")]
)
def test_sizes_in_words(number, text):
    assert wording.size(number) == text


def test_shown_values_are_short():
    assert _checks.shown(list(range(100))) == "list of length 100"
    assert _checks.shown(np.ones((3, 4))) == "array of shape (3, 4)"
    assert _checks.shown({"a": 1}) == "a mapping"
    assert len(_checks.shown("x" * 500)) <= 60
    assert _checks.shown(10**5000) == "a number of thousands of digits"
