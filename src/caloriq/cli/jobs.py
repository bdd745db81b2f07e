"""What `run` and `check` do, for each kind of model."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from caloriq.cli.show import (
    band_summary,
    grain_summary,
    population_summary,
    print_bands,
    print_grains,
    print_json,
    print_populations,
    print_relaxation,
    print_steady,
    progress_bar,
    relaxation_summary,
    steady_summary,
)
from caloriq.errors import InvalidInput

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure

    from caloriq.studies.bands import BandRun
    from caloriq.studies.driven import SteadyRun
    from caloriq.studies.grains import GrainRun
    from caloriq.studies.population import PopulationRun
    from caloriq.studies.run import AnyRun, Run

__all__ = ["check", "run", "with_times"]


class Made(NamedTuple):
    """What a run leaves behind.

    Attributes
    ----------
    title : str
        What runs, for the progress bar.
    solve : callable
        The work; called with the progress.
    parts : callable
        From what `solve` found: datasets with their figures by the ending of their files' names, and the summary.
    show : callable
        Prints the summary, called with the folder too.
    """

    title: str
    solve: Callable[[Any], Any]
    parts: Callable[[Any], tuple[dict[str, tuple[xr.Dataset, Figure]], dict[str, Any]]]
    show: Callable[[dict[str, Any], Path], None]


def with_times(definition: AnyRun, changes: dict[str, float]) -> AnyRun:
    """The run with its times changed.

    Raises
    ------
    InvalidInput
        If it has none.
    """
    if not changes:
        return definition
    if "times" not in type(definition).model_fields:
        name, value = next(iter(changes.items()))
        raise InvalidInput(
            f"`{name}` must be left out for a {definition.model.kind}, whose file has no times, but it is given (got {value})"
        )
    times = {**definition.times.model_dump(exclude_unset=True), **changes}  # type: ignore[union-attr]
    return definition.model_copy(update={"times": times})


def run(definition: AnyRun, file: Path, out: Path, *, as_json: bool) -> None:
    """Solve what a file says; write data, figures, model, verdict and provenance; print the summary."""
    from caloriq import plots, provenance, runs, store
    from caloriq.files import folder, write_json
    from caloriq.models.files import write_model

    name = file.stem
    provenance.check_source(out / name, name, file)
    made: Made = JOBS[type(definition).__name__][0](definition)
    command = provenance.command_line()
    with runs.record("run", name, out / name, definition.to_mapping(), definition.digest, command) as entry:
        with folder(out / name) as target:
            clock = time.perf_counter()
            with progress_bar(made.title) as progress:
                found = made.solve(progress)
            seconds = time.perf_counter() - clock
            parts, summary = made.parts(found)
            for ending, (data, figure) in parts.items():
                store.save(data, target / f"{name}{ending}.zarr.zip")
                plots.write(figure, target / f"{name}{ending}.png")
            write_model(definition.model, target / f"{name}-model.yaml")
            write_json(target / f"{name}-verdict.json", summary)
            told = {"command": command, "file": provenance.source_of(file, out / name), "wall time in s": seconds}
            origin = provenance.of(definition, definition.model, **told)
            write_json(target / f"{name}-provenance.json", origin)
            written = sorted(file.name for file in target.iterdir())
        entry.finish("done", summary, files=written)
    if as_json:
        print_json(summary)
    else:
        made.show(summary, out / name)


def check(definition: AnyRun) -> dict[str, Any]:
    """What would run and the memory it takes, without running it."""
    found: dict[str, Any] = JOBS[type(definition).__name__][1](definition)
    return found


def _relaxation(definition: Run) -> Made:
    """Exact dynamics of a modular chain or network beside the rate equation."""
    from caloriq import plots
    from caloriq.models.modular import ModularChain
    from caloriq.studies.relaxation import comparison

    def parts(found: Any) -> Any:
        exact, theory = found
        data = comparison(exact, theory)
        draw = plots.relaxation if isinstance(definition.model, ModularChain) else plots.network
        return {"": (data, draw(data))}, relaxation_summary(definition, exact, theory, data)

    title = f"{definition.model.subunits} subunits of {definition.model.levels} levels"
    return Made(title, definition.solve, parts, print_relaxation)


def _bands(definition: BandRun) -> Made:
    """Exact dynamics of subunits with several bands beside the rate equation, and κ_th."""
    from caloriq import plots
    from caloriq.studies.bands import band_dataset

    def parts(found: Any) -> Any:
        data = band_dataset(found, definition.temperatures)
        return {"": (data, plots.bands(data))}, band_summary(definition, found, data)

    title = f"{definition.model.subunits} subunits of {len(definition.model.levels)} bands"
    return Made(title, definition.solve, parts, print_bands)


def _grains(definition: GrainRun) -> Made:
    """Spin chains cut into blocks."""
    from caloriq import plots
    from caloriq.studies.grains import grain_dataset

    def parts(found: Any) -> Any:
        data = grain_dataset(found)
        return {"": (data, plots.blocks(data))}, grain_summary(definition, found)

    return Made(f"{definition.model.sites} spins", definition.solve, parts, print_grains)


def _steady(definition: SteadyRun) -> Made:
    """Steady state of a driven chain, and with sizes its scaling."""
    from caloriq import plots

    def parts(found: Any) -> Any:
        state, lengths = found
        data = state.to_dataset()
        made = {"": (data, plots.steady(data))}
        if lengths is not None:
            scaled = lengths.to_dataset()
            made["-scaling"] = scaled, plots.scaling(scaled)
        return made, steady_summary(definition, state, lengths)

    return Made(f"{definition.model.sites} sites", definition.solve, parts, print_steady)


def _populations(definition: PopulationRun) -> Made:
    """Kernel of the populations of coupled units."""
    from caloriq import plots
    from caloriq.studies.population import population_dataset

    def parts(found: Any) -> Any:
        data = population_dataset(*found)
        return {"": (data, plots.populations(data))}, population_summary(definition, *found)

    return Made(f"{definition.model.units} units", definition.solve, parts, print_populations)


def _check_populations(definition: PopulationRun) -> dict[str, Any]:
    """What would run for coupled units, and the memory it takes."""
    states, memory = definition.plan()
    return {
        "digest": definition.digest,
        "model": f"{definition.model.kind}, {definition.model.units} units",
        "states": states,
        "order": definition.chosen,
        "memory": memory,
    }


def _check_relaxation(definition: Run) -> dict[str, Any]:
    """What would run, and whether the criteria hold."""
    from caloriq import _checks
    from caloriq.closed.evolve import choose_method
    from caloriq.closed.methods import Auto
    from caloriq.reduced.ham import ham

    theory = ham(definition.model)
    definition.times.resolve(theory.relaxation_time)
    definition.model.check_memory()
    if isinstance(definition.method, Auto):
        method, reason = choose_method(definition.model, initial=definition.initial)
        chosen = repr(method)
    else:
        chosen, reason = repr(definition.method), "chosen by the file"
    return {
        "digest": definition.digest,
        "rate": theory.rate,
        "5/γ": 5 / theory.rate,
        "criteria": {c.name: str(c) for c in theory.criteria},
        "method": chosen,
        "reason": reason,
        "hamiltonian": _checks.size(definition.model.memory_needed()),
    }


def _check_steady(definition: SteadyRun) -> dict[str, Any]:
    """What would run for a driven chain, and the memory it takes."""
    from caloriq import _checks

    model, plans = definition.model, definition.plans()
    return {
        "digest": definition.digest,
        "model": f"{model.kind}, {model.sites} sites",
        "method": ", ".join(dict.fromkeys(plan.name for plan in plans)),
        "reason": plans[0].reason,
        "memory": _checks.size(max(plan.memory for plan in plans)),
    }


def _check_bands(definition: BandRun) -> dict[str, Any]:
    """What would run for subunits with several bands."""
    model = definition.model
    described = f"{model.kind}, {model.subunits} subunits of {', '.join(map(str, model.levels))} levels"
    return {"digest": definition.digest, "model": described, **definition.plan()}


def _check_grains(definition: GrainRun) -> dict[str, Any]:
    """What would run for a chain cut into blocks."""
    plans = definition.plan()
    return {
        "digest": definition.digest,
        "model": f"{definition.model.kind}, {definition.model.sites} spins",
        "carries": definition.carries,
        "blocks": {
            str(
                block
            ): f"{definition.model.sites // block} blocks of {block}, sectors of up to {states} states, {memory}"
            for block, (states, memory) in plans.items()
        },
    }


# by the name of the run, whose modules are loaded with the file that asks for them: what it does, and what would be done
JOBS: dict[str, tuple[Callable[[Any], Made], Callable[[Any], dict[str, Any]]]] = {
    "Run": (_relaxation, _check_relaxation),
    "SteadyRun": (_steady, _check_steady),
    "PopulationRun": (_populations, _check_populations),
    "BandRun": (_bands, _check_bands),
    "GrainRun": (_grains, _check_grains),
}
