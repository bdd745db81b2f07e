"""The public names, pinned: a change here is a change for every user."""

import ast
import inspect
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import caloriq as cq
from caloriq.models.definition import Definition
from problems import MODELS
from testers import assert_close

NAMES = [
    "BandedChain",
    "BandedPair",
    "Bath",
    "CaloriqError",
    "Certificate",
    "Chebyshev",
    "Check",
    "ClassicalChain",
    "ClosedForm",
    "CoupledBath",
    "CoupledUnits",
    "Direct",
    "Disorder",
    "DisorderedChain",
    "Ensemble",
    "Evolution",
    "Exact",
    "ExchangeChain",
    "Full",
    "Incomplete",
    "InvalidInput",
    "Jump",
    "Krylov",
    "Lattice",
    "ModularChain",
    "ModularNetwork",
    "NotConverged",
    "NotEnoughData",
    "Occupations",
    "Ohmic",
    "OneExcitation",
    "PureDephasing",
    "QuantumChain",
    "Sampled",
    "Sector",
    "Solution",
    "SpinChain",
    "SteadyState",
    "Sweep",
    "TensorNetwork",
    "Term",
    "Theory",
    "Trajectories",
    "TwoPoint",
    "Unsupported",
    "choose",
    "coarse_grain",
    "correlation",
    "deviation",
    "diffuse",
    "evolve",
    "exclusion_limit",
    "fmo",
    "haar",
    "ham",
    "heat_response",
    "in_bands",
    "kubo",
    "linear_response",
    "load",
    "markov_kernel",
    "mode_decay",
    "overlaps",
    "population_kernel",
    "read_model",
    "read_sweep",
    "run_sweep",
    "save",
    "scaling",
    "starts",
    "steady_state",
    "thermal",
    "typicality",
    "verdict",
    "write_model",
]

HEAVY = ["dask", "flint", "matplotlib", "numba", "pandas", "qutip", "rich", "typer", "xarray", "zarr"]


def test_names():
    assert sorted(cq.__all__) == NAMES
    assert list(cq.__all__) == sorted(cq.__all__)


@pytest.mark.parametrize("name", NAMES)
def test_every_name_is_documented(name):
    thing = getattr(cq, name)
    assert callable(thing) or inspect.ismodule(thing)
    assert inspect.getdoc(thing)
    # a docstring of its own, not one inherited from a base class
    assert thing.__doc__


def test_nothing_else_is_public():
    public = {name for name in dir(cq) if not name.startswith("_")}
    modules = {name for name in public if inspect.ismodule(getattr(cq, name))}
    assert public - modules == set(NAMES) - {"starts"}
    assert "starts" in modules


def test_few_names():
    assert len(NAMES) <= 76


def test_version():
    from importlib.metadata import version

    assert cq.__version__ == version("caloriq")


def loaded_by(statement):
    script = f"import sys; before = set(sys.modules); {statement}; import json; print(json.dumps(sorted(sys.modules)))"
    output = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert output.stderr == ""
    return set(json.loads(output.stdout))


def test_import_is_light():
    """The heavy libraries are imported where they are used, not with the package."""
    assert not loaded_by("import caloriq") & set(HEAVY)


def test_names_are_loaded_when_they_are_asked_for():
    """`import caloriq` takes no library with it; a name takes the room it lives in."""
    assert not loaded_by("import caloriq") & {"numpy", "scipy", "pydantic", "ruamel", "caloriq.results"}
    assert "caloriq.models.modular" in loaded_by("import caloriq; caloriq.ModularChain")
    assert "caloriq.steady.solve" not in loaded_by("import caloriq; caloriq.ModularChain")
    with pytest.raises(AttributeError, match="no attribute 'ModularChian'"):
        cq.ModularChian  # noqa: B018
    assert set(cq.__all__) <= set(dir(cq))


def test_the_command_line_is_light():
    """What `caloriq --help` needs: words, not numbers."""
    loaded = loaded_by("import caloriq.cli")
    assert "typer" in loaded
    assert not loaded & {"numpy", "scipy", "pydantic", "xarray", "matplotlib", "ruamel", "rich"}


def test_what_reads_code_sees_the_names_where_they_are():
    """The imports for type checkers name every public name and the module that it is loaded from."""
    tree = ast.parse(Path(cq.__file__).read_text(encoding="utf-8"))
    (block,) = (node for node in tree.body if isinstance(node, ast.If))
    told = {a.name: node.module for node in block.body if isinstance(node, ast.ImportFrom) for a in node.names}
    assert told == {n: "caloriq" if n == room else f"caloriq.{room}" for n, room in cq._WHERE.items()}
    assert sorted(told) == sorted(cq.__all__)


def test_small_work_is_light():
    """Defining, evolving and judging a small chain needs none of them either."""
    work = (
        "import caloriq as cq;"
        "model = cq.ModularChain(subunits=2, levels=8, bandwidth=0.1, coupling=0.01, seed=1);"
        "theory = cq.ham(model); theory.kernel; theory.solve([1.0]); theory.conductivity(0.2);"
        "cq.verdict(cq.evolve(model, [k / 4 / theory.rate for k in range(21)]), theory)"
    )
    assert not loaded_by(work) & set(HEAVY)


def test_import_changes_nothing():
    """No settings, no environment, no warnings filters, no random state, no threads."""
    script = """
import os, random, threading, warnings, json
import numpy as np
def state():
    return [dict(os.environ), [str(f) for f in warnings.filters], str(np.random.get_state()), str(np.geterr()),
            str(np.get_printoptions()), threading.active_count(), hash(random.getstate())]
before = state()
import caloriq
print(json.dumps([a == b for a, b in zip(before, state())]))
"""
    output = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert json.loads(output.stdout) == [True] * 7


# Physics positional, everything else by name.
SIGNATURES = {
    "evolve": (["model", "times"], ["initial", "method", "observables", "progress"]),
    "ham": (["model"], []),
    "deviation": (["exact", "theory"], ["spans"]),
    "verdict": (
        ["exact", "theory"],
        ["of", "temperature", "means", "budget", "memory", "routes", "workers", "ledger", "tell"],
    ),
    "heat_response": (["model", "temperatures"], ["samples", "seed", "tol", "progress"]),
    "mode_decay": (["model"], ["modes", "spans", "points", "progress"]),
    "haar": (["subunit"], ["seed", "samples"]),
    "in_bands": (["bands"], ["draw", "seed", "samples"]),
    "read_model": (["path"], []),
    "write_model": (["model", "path"], []),
    "save": (["data", "path"], []),
    "load": (["path"], []),
    "read_sweep": (["path"], ["edits"]),
    "run_sweep": (["sweep"], ["out", "name", "workers", "shard", "retry_failed", "progress"]),
    "choose": (["question", "model"], []),
    "correlation": (["model", "A", "B", "times"], ["temperature", "method", "progress"]),
    "kubo": (
        ["model"],
        ["of", "sizes", "times", "temperature", "method", "lengths", "dampings", "known", "progress"],
    ),
    "linear_response": (["model"], ["rates", "sizes", "drives", "method", "first_order_to", "progress"]),
    "exclusion_limit": (["chain"], ["contact"]),
    "coarse_grain": (["model", "block"], ["carries", "bands", "temperature", "contact", "progress"]),
    "fmo": ([], ["injection", "trapping", "recombination", "dephasing", "temperature"]),
    "scaling": (["model", "sizes"], ["method", "of", "progress"]),
    "steady_state": (["model"], ["method", "progress"]),
    "diffuse": (["initial", "times"], ["rate", "spacing", "length", "sides", "tol", "progress"]),
    "markov_kernel": (["model"], ["density", "start"]),
    "overlaps": (["well"], ["separation", "levels", "interaction", "equal_levels"]),
    "population_kernel": (["model", "times"], ["order", "start", "progress"]),
    "thermal": (["temperature"], ["difference", "draw", "seed", "samples", "boltzmann"]),
    "typicality": (["model", "times"], ["subunit", "progress"]),
}


@pytest.mark.parametrize("name", SIGNATURES)
def test_signatures(name):
    parameters = inspect.signature(getattr(cq, name)).parameters.values()
    positional = [p.name for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD]
    keyword = [p.name for p in parameters if p.kind is p.KEYWORD_ONLY]
    assert (positional, keyword) == SIGNATURES[name]
    assert all(p.annotation is not p.empty for p in parameters)


def test_datasets_draw_themselves():
    """Of what `run_sweep`, `to_dataset` and `load` give: one name beside those of xarray."""
    own = cq.ham(MODELS["complex"]).to_dataset().caloriq
    assert [name for name in dir(own) if not name.startswith("_")] == ["plot"]
    assert str(inspect.signature(own.plot)) == "(quantity: 'str | None' = None) -> 'Figure'"


def test_every_verb_is_pinned():
    verbs = {name for name in NAMES if inspect.isfunction(getattr(cq, name))}
    assert verbs == set(SIGNATURES)


@pytest.mark.parametrize("name", MODELS)
class TestEveryModel:
    """One generic sanity check for all models: sizes, hermiticity, locality, bounds, identity."""

    def test_sizes(self, name):
        model = MODELS[name]
        H = model.hamiltonian()
        assert isinstance(model, Definition)
        assert H.shape == (model.dimension, model.dimension)
        assert (H.blocks, H.block_size) == (model.subunits, model.levels)
        assert model.dimension == model.subunits * model.levels
        assert H.product_bytes == model.memory_needed()
        assert model.real == (H.im is None)

    def test_hermitian(self, name):
        H = MODELS[name].hamiltonian().as_matrix()
        assert_close(H, H.conj().T, 0.0)

    def test_local(self, name):
        model = MODELS[name]
        H = model.hamiltonian().as_matrix().reshape(model.subunits, model.levels, model.subunits, model.levels)
        for mu in range(model.subunits):
            for nu in range(model.subunits):
                if abs(mu - nu) > 1:
                    assert not np.any(H[mu, :, nu])

    def test_local_part(self, name):
        """Identical subunits: the same levels, around the gap, within the band."""
        model = MODELS[name]
        energies = model.hamiltonian().energies
        assert np.all(energies == energies[0])
        assert np.abs(energies - model.gap).max() <= model.bandwidth / 2

    def test_bounds(self, name):
        H = MODELS[name].hamiltonian()
        spectrum = np.linalg.eigvalsh(H.as_matrix())
        lower, upper = H.norm_bounds
        assert lower <= spectrum[0]
        assert spectrum[-1] <= upper

    def test_identity(self, name):
        """The digest is stable over calls and copies, and is not the digest of any other model."""
        model = MODELS[name]
        fields = {field: getattr(model, field) for field in type(model).model_fields}
        again = type(model)(**fields)
        assert again.digest == model.digest
        assert again == model
        assert hash(again) == hash(model)
        assert [other for other in MODELS if MODELS[other] == model] == [name]

    def test_hamiltonian_is_built_afresh(self, name):
        first, second = (MODELS[name].hamiltonian() for _ in range(2))
        assert first is not second
        assert np.array_equal(first.as_matrix(), second.as_matrix())

    def test_it_runs(self, name):
        model = MODELS[name]
        exact = cq.evolve(model, [0.0, 10.0])
        assert exact.certificate.holds
        assert cq.ham(model).rate > 0


def test_digest_of_the_papers_chain():
    """Pinned: stored results are found by it. A change needs a new schema version."""
    paper = cq.ModularChain(subunits=3, levels=500, bandwidth=0.05, coupling=5e-5, seed=1)
    assert paper.digest == "a1dc6ed1364e63080f7988d5e761d6604761b49edd54dbbe67801a3345ebf631"
