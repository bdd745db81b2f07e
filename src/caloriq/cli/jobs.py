"""What `run` and `check` do, for each kind of model."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from caloriq.cli.show import (
    certificate_of,
    population_summary,
    print_json,
    print_populations,
    print_relaxation,
    print_steady,
    progress_bar,
    relaxation_summary,
    steady_summary,
)

if TYPE_CHECKING:
    from caloriq.studies.driven import SteadyRun
    from caloriq.studies.population import PopulationRun
    from caloriq.studies.run import Run

__all__ = [
    "certificate_of",
    "check_populations",
    "check_relaxation",
    "check_steady",
    "populations",
    "relaxation",
    "steady",
]


def relaxation(definition: Run, name: str, out: Path, *, as_json: bool) -> None:
    """Exact dynamics of a modular chain beside the rate equation."""
    from caloriq import plots, store
    from caloriq.files import folder, write_json
    from caloriq.models.files import write_model
    from caloriq.studies.relaxation import comparison

    with folder(out / name) as target:
        clock = time.perf_counter()
        with progress_bar(f"{definition.model.subunits} subunits of {definition.model.levels} levels") as progress:
            exact, theory = definition.solve(progress)
        data = comparison(exact, theory)
        seconds = time.perf_counter() - clock
        store.save(data, target / f"{name}.zarr.zip")
        plots.write(plots.relaxation(data), target / f"{name}.png")
        write_model(definition.model, target / f"{name}-model.yaml")
        summary = relaxation_summary(definition, exact, theory, data)
        write_json(target / f"{name}-verdict.json", summary)
        record = store.provenance(definition, exact.model, command=store.command_line(), **{"wall time in s": seconds})
        write_json(target / f"{name}-provenance.json", record)
    if as_json:
        print_json(summary)
    else:
        print_relaxation(summary, out / name)


def steady(definition: SteadyRun, name: str, out: Path, *, as_json: bool) -> None:
    """Steady state of a driven chain, and with sizes its scaling."""
    from caloriq import plots, store
    from caloriq.files import folder, write_json
    from caloriq.models.files import write_model
    from caloriq.studies.driven import scaling_dataset

    with folder(out / name) as target:
        clock = time.perf_counter()
        with progress_bar(f"{definition.model.sites} sites") as progress:
            state, lengths = definition.solve(progress)
        seconds = time.perf_counter() - clock
        data = store.steady_dataset(state)
        store.save(data, target / f"{name}.zarr.zip")
        plots.write(plots.steady(data), target / f"{name}.png")
        if lengths is not None:
            scaled = scaling_dataset(lengths)
            store.save(scaled, target / f"{name}-scaling.zarr.zip")
            plots.write(plots.scaling(scaled), target / f"{name}-scaling.png")
        write_model(definition.model, target / f"{name}-model.yaml")
        summary = steady_summary(definition, state, lengths)
        write_json(target / f"{name}-verdict.json", summary)
        record = store.provenance(
            definition, definition.model, command=store.command_line(), **{"wall time in s": seconds}
        )
        write_json(target / f"{name}-provenance.json", record)
    if as_json:
        print_json(summary)
    else:
        print_steady(summary, out / name)


def populations(definition: PopulationRun, name: str, out: Path, *, as_json: bool) -> None:
    """Kernel of the populations of coupled units."""
    from caloriq import plots, store
    from caloriq.files import folder, write_json
    from caloriq.models.files import write_model
    from caloriq.studies.population import population_dataset

    with folder(out / name) as target:
        clock = time.perf_counter()
        with progress_bar(f"{definition.model.units} units") as progress:
            kernel, mine, exact = definition.solve(progress)
        seconds = time.perf_counter() - clock
        data = population_dataset(kernel, mine, exact)
        store.save(data, target / f"{name}.zarr.zip")
        plots.write(plots.populations(data), target / f"{name}.png")
        write_model(definition.model, target / f"{name}-model.yaml")
        summary = population_summary(definition, kernel, mine, exact)
        write_json(target / f"{name}-verdict.json", summary)
        record = store.provenance(
            definition, definition.model, command=store.command_line(), **{"wall time in s": seconds}
        )
        write_json(target / f"{name}-provenance.json", record)
    if as_json:
        print_json(summary)
    else:
        print_populations(summary, out / name)


def check_populations(definition: PopulationRun) -> dict[str, Any]:
    """What would run for coupled units, and the memory it takes."""
    states, memory = definition.plan()
    return {
        "digest": definition.digest,
        "model": f"{definition.model.kind}, {definition.model.units} units",
        "states": states,
        "order": definition.chosen,
        "memory": memory,
    }


def check_relaxation(definition: Run) -> dict[str, Any]:
    """What would run, and whether the criteria hold."""
    from caloriq import _checks
    from caloriq.closed.evolve import choose_method
    from caloriq.closed.methods import Auto
    from caloriq.reduced.ham import ham

    theory = ham(definition.model)
    definition.times.resolve(theory)
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


def check_steady(definition: SteadyRun) -> dict[str, Any]:
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
