"""The general job: one chain or network from a file, exact dynamics beside the theory."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from caloriq.closed.certify import check_start
from caloriq.closed.evolve import Evolution, evolve
from caloriq.closed.methods import Auto, Chebyshev, Exact, Krylov, Method
from caloriq.closed.states import Haar, Initial
from caloriq.errors import InvalidInput
from caloriq.models.definition import Definition
from caloriq.models.files import MODELS, kind_of, named_arrays, read_mapping, with_arrays
from caloriq.models.modular import ModularChain
from caloriq.models.network import ModularNetwork
from caloriq.models.times import Times
from caloriq.reduced.ham import Theory, ham
from caloriq.reduced.network import NetworkTheory
from caloriq.results import Progress
from caloriq.studies.bands import BandRun
from caloriq.studies.driven import SteadyRun
from caloriq.studies.grains import GrainRun
from caloriq.studies.population import PopulationRun


def _with_kind(value: Any) -> Any:
    """A model that names no kind is a chain."""
    return {"kind": "modular-chain", **value} if isinstance(value, dict) else value


ModularModel = Annotated[ModularChain | ModularNetwork, Field(discriminator="kind"), BeforeValidator(_with_kind)]


class Run(Definition):
    """What `caloriq run` reads: a model, a start, times and a method.

    Parameters
    ----------
    model : ModularChain or ModularNetwork
        What is simulated.
    initial : Haar, Level, Mixed or Vector
        The start.
    times : Times
        When it is looked at; by default 201 times up to 5/γ.
    method : Exact, Chebyshev, Krylov or Auto
        How; in a file also just its name, as in `method: exact`.
    """

    model: ModularModel
    initial: Initial = Haar()
    times: Times = Times()
    method: Method = Auto()

    @model_validator(mode="after")
    def _start_fits(self) -> Self:
        check_start(self.model, self.initial, 1)
        return self

    def solve(self, progress: Progress | None = None) -> tuple[Evolution, Theory | NetworkTheory]:
        """Exact dynamics and theory."""
        theory = ham(self.model)
        times = self.times.resolve(theory.relaxation_time)
        method: Exact | Chebyshev | Krylov | Literal["auto"] = "auto" if isinstance(self.method, Auto) else self.method
        return evolve(self.model, times, initial=self.initial, method=method, progress=progress), theory


AnyRun = Run | SteadyRun | PopulationRun | BandRun | GrainRun
# the run that reads each kind of model
RUNS: dict[str, type[AnyRun]] = {
    "modular-chain": Run,
    "modular-network": Run,
    "banded-chain": BandRun,
    "banded-pair": BandRun,
    "spin-chain": SteadyRun,
    "classical-chain": SteadyRun,
    "disordered-chain": SteadyRun,
    "coupled-units": PopulationRun,
    "exchange-chain": PopulationRun,
    "quantum-chain": GrainRun,
}
SECTIONS = {name for run in RUNS.values() for name in run.model_fields}


def read_run(path: str | Path) -> AnyRun:
    """Run from a YAML file: the sections of the run that its model's kind has, or a model alone.

    Raises
    ------
    InvalidInput
        If the file cannot be read, or a name or value in it is not valid.
    Unsupported
        If the model does not conserve what its blocks are to exchange.
    """
    mapping, folder = read_mapping(path), Path(path).parent
    sections = dict(mapping) if set(mapping) & SECTIONS else {"model": mapping}
    if "question" in mapping or "vary" in mapping:
        raise InvalidInput(
            f"`model` must be a file for run, but it is one for a sweep (got {path}); use caloriq sweep run {path}"
        )
    loose = set(mapping) & {name for model in MODELS.values() for name in model.model_fields}
    if loose and "model" not in sections:
        raise InvalidInput(
            f"`model` must hold the fields of the model, but they stand beside the sections (got {', '.join(sorted(loose))}); put them under model:"
        )
    if not isinstance(sections.get("model"), dict):
        return Run.from_mapping(sections)  # says what is wrong
    model = sections["model"] = named_arrays(sections["model"], folder)
    run = RUNS[kind_of(model)]
    if run is Run and isinstance(sections.get("initial"), dict):
        sections["initial"] = with_arrays(sections["initial"], ("vector",), folder)
    found: AnyRun = run.from_mapping(sections)
    return found
