"""What adding a model, a method, a question and a figure costs: `python -m tests.extension`.

One package of one file is put into a folder of its own, with the metadata that an installed package has. No file of caloriq is
edited. Then a user's commands are given: check, run, a sweep on two processes, and the data are loaded, plotted and shown.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

import caloriq

PACKAGE = '''
"""A particle that hops along a ring of bins, how fast it spreads, and one more way to a steady state."""

from dataclasses import dataclass, replace
from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field

from caloriq.models.definition import Definition
from caloriq.models.fields import Count, Positive
from caloriq.models.times import Instants
from caloriq.plots.style import figure, styled
from caloriq.questions.base import Question
from caloriq.results import Certificate, Check, MethodReport, Solution
from caloriq.steady import full
from caloriq.steady.methods import Full
from caloriq.variables import Variable


# -- a kind of model
class Ring(Definition):
    """Bins in a ring, with a rate to either side."""

    kind: Literal["ring-of-bins"] = "ring-of-bins"
    bins: Annotated[Count, Field(ge=3)]
    rate: Positive = 1.0
    bias: Annotated[float, Field(ge=0, lt=1)] = 0.0

    def generator(self):
        """Rates from column to row, shape (bins, bins)."""
        one = np.roll(np.eye(self.bins), 1, axis=0)
        K = self.rate * ((1 + self.bias) * one + (1 - self.bias) * one.T) / 2
        return K - np.diag(K.sum(axis=0))


# -- a result, and a question whose answer it is
@dataclass(frozen=True)
class Spreading(Solution):
    """Populations of the bins, and the slowest rate."""

    times: np.ndarray
    populations: np.ndarray
    gap: float

    variables = (
        Variable("populations", ("time", "bin"), long_name="P of every bin"),
        Variable("gap", units="rate unit", long_name="slowest rate"),
    )
    coordinates = (Variable("time", ("time",), units="1/rate unit", source="times"),)

    def notes(self):
        return ("All bins are equally likely in the end.",)


class SpreadingQuestion(Question):
    """How a particle in the first bin spreads."""

    kind: Literal["spreading"] = "spreading"
    times: Instants = Instants()

    models: ClassVar = (Ring,)
    title: ClassVar = "spreading in a ring"
    first_of: ClassVar = ("ring-of-bins",)
    seeded: ClassVar = False

    def answered(self, model, progress=None):
        values, vectors = np.linalg.eig(model.generator())
        t = self.times.resolve()
        start = np.linalg.solve(vectors, np.eye(model.bins)[0])
        P = (np.exp(np.outer(t, values)) * start @ vectors.T).real
        drift = float(np.abs(P.sum(axis=1) - 1).max())
        proof = Certificate((Check("probability", drift, 1e-10, "it is conserved"),))
        report = MethodReport("eigenvectors", "the only one", {"bins": model.bins})
        return Spreading(model, report, proof, t, P, float(-np.sort(values.real)[-2])).certified()

    def told(self, found):
        return f"The ring forgets its start at the rate {found.gap:.6g}."

    def outputs(self, model):
        T = self.times.resolve().size
        return Spreading.variable("gap"), Spreading.variable("populations").sized(T, model.bins)

    def solve(self, model):
        found = self.answered(model)
        return {"gap": found.gap, "populations": found.populations}, found.certificate, found.method.name

    def seconds(self, model):
        return 1e-4 + 1e-9 * model.bins**3

    def memory(self, model):
        return 100.0 * model.bins**2


# -- a figure
@styled
def spreading(data):
    """Populations over time."""
    fig, (ax,) = figure(4.8, 3.6)
    for k in range(data.sizes["bin"]):
        ax.plot(data.time, data.populations[:, k], label=f"bin {k}")
    ax.set(xlabel="time", ylabel="population", title="a figure of the package")
    ax.legend()
    return fig


# -- a method of the steady state
class Refined(Definition):
    """The full space, with one step of refinement more than asked for."""

    kind: Literal["refined"] = "refined"
    most: Count = 5


METHOD = Refined


def admit(model, method):
    return full.admit(model, Full())


def seconds(model, method):
    return full.seconds(model, Full())


def solve(model, method, reason, progress=None):
    found = full.solve(model, Full(), reason)
    return replace(found, method=replace(found.method, name=repr(method)))
'''
ENTRIES = """[caloriq.models]
ring-of-bins = ring_of_bins:Ring
[caloriq.questions]
spreading = ring_of_bins:SpreadingQuestion
[caloriq.figures]
Spreading = ring_of_bins:spreading
[caloriq.methods]
refined = ring_of_bins
"""
MODEL = "model: {kind: ring-of-bins, bins: 5, rate: 2.0, bias: 0.25}\ntimes: {stop: 3.0, count: 31}\n"
SWEEP = (
    "model: {kind: ring-of-bins, bins: 5}\nquestion: {kind: spreading, times: {stop: 2.0, count: 5}}\n"
    "vary: {rate: [1.0, 2.0, 4.0], bias: [0.0, 0.5]}\n"
)
CHAIN = """model:
  kind: spin-chain
  sites: 3
  hopping: 1.0
  zz: 0.5
  baths: [{site: 0, temperature: 1.0, rate: 1.0}, {site: -1, temperature: 0.5, rate: 1.0}]
method: refined
"""


def install(folder: Path) -> Path:
    """The package and its metadata in a folder, as pip leaves them."""
    info = folder / "ring_of_bins-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: ring-of-bins\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(ENTRIES)
    (folder / "ring_of_bins.py").write_text(PACKAGE)
    return folder


def extended(folder: Path) -> list[str]:
    """Give a user's commands where the package is installed; what was done, line by line.

    Raises
    ------
    AssertionError
        If anything does not follow from the package alone.
    """
    package, place = install(folder / "package"), folder / "work"
    place.mkdir()
    for name, text in (("ring", MODEL), ("rings", SWEEP), ("chain", CHAIN)):
        (place / f"{name}.yaml").write_text(text)
    source = Path(caloriq.__file__).parent.parent
    paths = os.pathsep.join([str(package), str(source)])
    environment = os.environ | {"PYTHONPATH": paths, "CALORIQ_STATE": str(folder / "state"), "PYTHONUTF8": "1"}
    told: list[str] = []

    def call(*words: str) -> str:
        command = [sys.executable, "-W", "error", "-m", "caloriq", *words]
        done = subprocess.run(command, cwd=place, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"caloriq {' '.join(words)}: {done.stderr}"
        told.append(f"caloriq {' '.join(words)}")
        return done.stdout

    checked = json.loads(call("check", "ring.yaml", "--json"))
    assert checked["question"] == "spreading in a ring"
    gap = 2.0 * (1 - np.cos(2 * np.pi / 5))
    printed = call("run", "ring.yaml")
    assert printed.startswith(f"The ring forgets its start at the rate {gap:.6g}.")
    assert "All bins are equally likely in the end." in printed
    assert "rate unit" in printed
    assert "populations" in call("run", "ring.yaml", "--details")
    assert (place / "results/ring/ring.png").stat().st_size > 5000
    schema = json.dumps(json.loads(call("schema")))
    assert "ring-of-bins" in schema
    assert "refined" in schema
    assert json.loads(call("run", "chain.yaml", "--json"))["method"].startswith("Refined")
    call("sweep", "run", "rings.yaml", "--workers", "2")
    assert call("runs", "list").count("ring") >= 3

    sweep = caloriq.load(place / "results/rings/rings.zarr.zip")
    expected = np.outer([1.0, 2.0, 4.0], [1.0, 1.0]) * (1 - np.cos(2 * np.pi / 5))
    np.testing.assert_allclose(sweep.gap.values, expected, rtol=1e-12)
    told.append("the sweep's numbers are those of the closed form")

    data = caloriq.load(place / "results/ring/ring.zarr.zip")
    with added(package):
        from caloriq.models.kinds import MODELS
        from caloriq.questions.registry import question_from

        question = question_from({"kind": "spreading", "times": {"stop": 3.0, "count": 31}})
        found = question.ask(MODELS["ring-of-bins"](bins=5, rate=2.0, bias=0.25))
        assert np.array_equal(found.populations, data.populations.values)
        assert found.plot().axes[0].get_title() == "a figure of the package"
        assert "P of every bin" in found._repr_html_()
        assert repr(found).startswith("<Spreading of ring-of-bins")
        kept = caloriq.load(caloriq.save(found, folder / "kept.zarr.zip"))
        assert np.array_equal(kept.populations.values, found.populations)
    told.append("asked in Python: equal, plotted, shown, saved and loaded")
    return told


@contextlib.contextmanager
def added(package: Path):
    """The package on this process's path."""
    from caloriq import extensions

    sys.path.insert(0, str(package))
    extensions.registered.cache_clear()
    try:
        yield
    finally:
        sys.path.remove(str(package))
        sys.modules.pop("ring_of_bins", None)
        extensions.registered.cache_clear()
        from caloriq.questions import registry

        registry._type.cache_clear()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        print("\n".join(extended(Path(scratch))))
    lines = [line for line in PACKAGE.splitlines() if line.strip()]
    print(
        f"a model, a question, a figure and a method: one file of {len(lines)} lines, 8 lines of entry points, none of ours"
    )
