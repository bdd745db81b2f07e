"""The general job: one chain from a file, exact dynamics beside the theory."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Self

import numpy as np
from pydantic import model_validator

from caloriq import _checks
from caloriq._checks import Real
from caloriq.closed.certify import check_start
from caloriq.closed.evolve import Evolution, evolve
from caloriq.closed.methods import Auto, Chebyshev, Exact, Krylov, Method
from caloriq.closed.states import Haar, Initial
from caloriq.errors import InvalidInput
from caloriq.models.definition import Definition
from caloriq.models.fields import Number, Positive, Several
from caloriq.models.files import MODELS, kind_of, named_arrays, read_mapping, with_arrays
from caloriq.models.modular import ModularChain
from caloriq.reduced.ham import Theory, ham
from caloriq.results import Progress
from caloriq.studies.driven import SteadyRun
from caloriq.studies.population import PopulationRun


class Times(Definition):
    """Sampled times.

    Parameters
    ----------
    stop : float
        Last time, in `unit`.
    count : int
        Number of times from 0 to `stop`, evenly spaced.
    unit : {"relaxation", "natural"}
        1/γ of the model, or 1/ΔE.
    values : list of float, optional
        The times themselves, in `unit`, instead of `stop` and `count`.
    """

    stop: Positive = 5.0
    count: Several = 201
    unit: Literal["relaxation", "natural"] = "relaxation"
    values: list[Number] | None = None

    @model_validator(mode="after")
    def _once(self) -> Self:
        if self.values is not None and self.model_fields_set & {"stop", "count"}:
            raise InvalidInput(
                "`times.values` must stand alone, but `stop` or `count` is given too (got both); leave one out"
            )
        return self

    def resolve(self, theory: Theory) -> Real:
        """Instants in 1/ΔE."""
        _checks.memory("count", self.count, 64.0 * self.count, "take fewer times")
        unit = theory.relaxation_time if self.unit == "relaxation" else 1.0
        raw = np.linspace(0.0, self.stop, self.count) if self.values is None else np.asarray(self.values, dtype=float)
        return _checks.times(raw * unit, "times.values")


class Run(Definition):
    """What `caloriq run` reads: a model, a start, times and a method.

    Parameters
    ----------
    model : ModularChain
        What is simulated.
    initial : Haar, Level, Mixed or Vector
        The start.
    times : Times
        When it is looked at; by default 201 times up to 5/γ.
    method : Exact, Chebyshev, Krylov or Auto
        How; in a file also just its name, as in `method: exact`.
    """

    model: ModularChain
    initial: Initial = Haar()
    times: Times = Times()
    method: Method = Auto()

    @model_validator(mode="after")
    def _start_fits(self) -> Self:
        check_start(self.model, self.initial, 1)
        return self

    def solve(self, progress: Progress | None = None) -> tuple[Evolution, Theory]:
        """Exact dynamics and theory."""
        theory = ham(self.model)
        times = self.times.resolve(theory)
        method: Exact | Chebyshev | Krylov | Literal["auto"] = "auto" if isinstance(self.method, Auto) else self.method
        return evolve(self.model, times, initial=self.initial, method=method, progress=progress), theory


SECTIONS = set(Run.model_fields) | set(SteadyRun.model_fields) | set(PopulationRun.model_fields)
UNITS = {"coupled-units", "exchange-chain"}


def read_run(path: str | Path) -> Run | SteadyRun | PopulationRun:
    """Run from a YAML file: the sections of `Run`, `SteadyRun` or `PopulationRun`, by the model's kind, or a model alone.

    Raises
    ------
    InvalidInput
        If the file cannot be read, or a name or value in it is not valid.
    """
    mapping, folder = read_mapping(path), Path(path).parent
    sections = dict(mapping) if set(mapping) & SECTIONS else {"model": mapping}
    loose = set(mapping) & {name for model in MODELS.values() for name in model.model_fields}
    if loose and "model" not in sections:
        raise InvalidInput(
            f"`model` must hold the fields of the model, but they stand beside the sections (got {', '.join(sorted(loose))}); put them under model:"
        )
    if not isinstance(sections.get("model"), dict):
        return Run.from_mapping(sections)  # says what is wrong
    model = sections["model"] = named_arrays(sections["model"], folder)
    if kind_of(model) == "modular-network":
        raise InvalidInput(
            "`model` must be of a kind that runs from a file, but networks run from Python alone (got 'modular-network'); read it by caloriq.read_model, then caloriq.evolve and caloriq.ham"
        )
    if kind_of(model) in UNITS:
        return PopulationRun.from_mapping(sections)
    if kind_of(model) != "modular-chain":
        return SteadyRun.from_mapping(sections)
    if isinstance(sections.get("initial"), dict):
        sections["initial"] = with_arrays(sections["initial"], ("vector",), folder)
    return Run.from_mapping(sections)
