"""What the commands print: tables, verdicts, progress."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from caloriq import _checks
from caloriq.cli import words

if TYPE_CHECKING:
    from caloriq.papers.recipe import Outcome, Recipe
    from caloriq.results import Progress

AGREEMENT = {True: "yes", False: "NO", None: "–"}


@contextmanager
def progress_bar(title: str) -> Iterator[Progress | None]:
    """Bar on a terminal's standard error, nothing otherwise."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=1.0)
        yield lambda done, total: bar.update(task, completed=done / total)


def recipe_summary(one: Recipe, outcome: Outcome, small: bool, seconds: float, folder: Path) -> dict[str, Any]:
    """Table of a reproduction as plain names and numbers."""
    rows = [
        {"quantity": r.quantity, "paper": r.paper, "ours": r.ours, "agreement": r.agrees, "note": r.note}
        for r in outcome.rows
    ]
    return {
        "name": one.name,
        "title": one.title,
        "source": one.source,
        "quick": small,
        "wall time in s": round(seconds, 2),
        "table": rows,
        "folder": folder.as_posix(),
    }


def print_table(one: Recipe, outcome: Outcome, small: bool, seconds: float, folder: Path) -> None:
    """Table of a reproduction as plain names and numbers."""
    from rich.console import Console
    from rich.table import Table

    title = f"{one.name}{' (quick version)' if small else ''}: {one.title}"
    table = Table(
        title=title, title_justify="left", caption=f"{one.source}; {seconds:.1f} s; {folder}", caption_justify="left"
    )
    for column in ("quantity", "paper", "ours", "agreement", "note"):
        table.add_column(column, overflow="fold")
    for row in outcome.rows:
        table.add_row(row.quantity, row.paper, row.ours, AGREEMENT[row.agrees], row.note)
    Console(width=None if sys.stdout.isatty() else 150).print(table, markup=False)


def print_verdicts(rows: list[dict[str, Any]]) -> None:
    """Print what is known of models beside what is said of them."""
    from rich.console import Console
    from rich.table import Table

    table = Table(title="driven chains whose transport is known", title_justify="left")
    for column in ("model", "current", "N", "known", "said", "grade", "local α"):
        table.add_column(column, overflow="fold")
    for row in rows:
        said = f"{row['said']}: WRONG" if row["wrong"] else str(row["said"])
        lengths = "…".join(map(str, row["lengths"]))
        known = f"{row['known']} ({row['source']})"
        table.add_row(row["model"], row["of"], lengths, known, said, row["grade"], f"{row['local_alpha']:.2f}")
    Console(width=None if sys.stdout.isatty() else 160).print(table, markup=False)


def print_list(recipes: dict[str, Recipe], as_json: bool) -> None:
    """Print the table of a reproduction."""
    if as_json:
        print_json(
            [{"name": r.name, "title": r.title, "source": r.source, "quick": r.quick_differs} for r in recipes.values()]
        )
        return
    width = max(map(len, recipes))
    for one in recipes.values():
        print(f"{one.name:<{width}}  {one.title}{'  [--quick]' if one.quick_differs else ''}")


def relaxation_summary(definition: Any, exact: Any, theory: Any, data: Any) -> dict[str, Any]:
    """Print the names of all reproductions."""
    T, peaks = theory.edge_peaks
    return {
        "verdict": data.attrs["verdict"],
        "rate": theory.rate,
        "criteria": _criteria(theory.criteria),
        "deviation": None if "deviation" not in data else data.deviation.values,
        "deviation_error": None if "deviation" not in data else data.deviation_error.values,
        "conductivity_peak": {
            "temperature": T,
            "value": theory.peak[1] if theory.uniform else None,
            "edges": [float(peaks.min()), float(peaks.max())],
        },
        **({"busiest": data.attrs["busiest"]} if "busiest" in data.attrs else {}),
        "method": exact.method.name,
        "reason": exact.method.reason,
        "statistics": dict(exact.method.statistics),
        "certificate": certificate_of(exact),
        "digest": definition.digest,
    }


def print_relaxation(summary: dict[str, Any], folder: Path) -> None:
    """Verdict and numbers of a relaxation, plain."""
    print(summary["verdict"])
    print(f"rate γ: {summary['rate']:.6g}")
    _print_criteria(summary["criteria"])
    if summary["deviation"] is not None:
        values = summary["deviation"].reshape(-1, summary["deviation"].shape[-1]).mean(axis=0)
        print("D² per subunit: " + " ".join(f"{v:.3g}" for v in values))
    peak = summary["conductivity_peak"]
    least, most = peak["edges"]
    size = f"{least:.4g} to {most:.4g} along the edges," if peak["value"] is None else f"{peak['value']:.4g}"
    print(f"conductivity peak: {size} at T = {peak['temperature']:.4g}")
    print(f"method: {_checks.spoken(summary['method'])} ({summary['reason']})")
    _print_certificate(summary, folder)


def _criteria(criteria: Any) -> dict[str, Any]:
    """Criteria as plain names and numbers."""
    return {c.name: {"value": c.value, "bound": c.bound, "margin": c.margin, "holds": c.holds} for c in criteria}


def _print_criteria(criteria: dict[str, Any]) -> None:
    for name, c in criteria.items():
        print(f"{name}: {c['value']:.4g} ({'holds' if c['holds'] else 'FAILS'}, margin {c['margin']:.3g})")


def certificate_of(found: Any) -> dict[str, Any]:
    """Certificate of a solution as plain names and numbers."""
    told: dict[str, Any] = found.certificate.to_mapping()
    return told


def _print_certificate(summary: dict[str, Any], folder: Path) -> None:
    """Print a relaxation's summary."""
    for name, c in summary["certificate"].items():
        print(f"certificate, {name}: {c['value']:.2g} (limit {c['limit']:.0e})")
    print(f"written to {folder}")


def steady_summary(definition: Any, state: Any, lengths: Any) -> dict[str, Any]:
    """Verdict and numbers of a steady state, plain."""
    from caloriq.studies.driven import steady_sentence

    many = state.currents.ndim == 2
    numbers: dict[str, Any] = {
        "current": state.currents.mean(),
        "heat_currents": dict(
            zip(_baths(state), state.heat_currents.reshape(-1, len(_baths(state))).mean(axis=0), strict=True)
        ),
        "dephasing_current": state.dephasing_currents.mean() if many else state.dephasing_current,
    }
    if not many:
        numbers |= {
            "energy": state.energy,
            "entropy_production": state.entropy_production,
            "second_law": state.second_law,
            "bounds": {name: bound.tolist() for name, bound in state.bounds.items() if name != "temperatures"},
            "told": _told(state),
        }
    if lengths is not None:
        judged = lengths.judgement
        numbers["scaling"] = {
            "of": lengths.of,
            "holds": judged.holds,
            "transport": judged.transport,
            "grade": judged.grade,
            "sizes": lengths.sizes,
            "currents": lengths.currents,
            "typical_currents": lengths.typical,
            "alpha": lengths.alpha,
            "alpha_error": lengths.alpha_error,
            "alpha_drift": lengths.alpha_drift,
            "local_alpha": lengths.local_alpha,
            "resistivity": lengths.resistivity,
            "contact_resistance": lengths.contact_resistance,
            "heat_lost_to_dephasing": lengths.lost,
            "evidence": judged.evidence.to_mapping(),
        }
    return {
        "verdict": steady_sentence(state, lengths),
        **numbers,
        "method": state.method.name,
        "reason": state.method.reason,
        "statistics": dict(state.method.statistics),
        "certificate": certificate_of(state),
        "digest": definition.digest,
    }


def _told(state: Any) -> dict[str, str]:
    """Numbers of one steady state as they may be told, each with its bound; and what is to be known with them."""
    from caloriq.steady.bounds import stated

    bounds = state.bounds
    told = {"excitation current": stated(state.current, state.current_bound)}
    for name, value, bound in zip(_baths(state), state.heat_currents, bounds["heat_currents"], strict=True):
        told[f"heat current from {name}"] = stated(float(value), float(bound))
    told["heat current from dephasing"] = stated(state.dephasing_current, float(bounds["dephasing_current"]))
    why = state.infinite_entropy
    production = stated(state.entropy_production, float(bounds["entropy_production"]), "dS/dt")
    told["entropy production"] = f"{state.entropy_production:g}: {why}" if why else production
    if state.detailed_balance_defect is not None:
        defect = float(abs(state.detailed_balance_defect).max(initial=0.0))
        told["heat without a temperature difference"] = f"{defect:.3g}"
    if state.imbalance is not None:
        told["warning"] = state.imbalance
    return told


def _baths(state: Any) -> tuple[str, ...]:
    names: tuple[str, ...] = (state.model.chain if hasattr(state.model, "chain") else state.model).bath_names
    return names


def print_steady(summary: dict[str, Any], folder: Path) -> None:
    """Print a steady state's summary."""
    print(summary["verdict"])
    if "told" in summary:
        for name, text in summary["told"].items():
            print(f"{name}: {text}")
    else:
        print(f"excitation current: {summary['current']:.12g}")
        for name, value in summary["heat_currents"].items():
            print(f"heat current from {name}: {value:.12g}")
        print(f"heat current from dephasing: {summary['dephasing_current']:.12g}")
    print(f"method: {_checks.spoken(summary['method'])} ({summary['reason']})")
    _print_certificate(summary, folder)


def population_summary(definition: Any, kernel: Any, mine: Any, exact: Any) -> dict[str, Any]:
    """Verdict and numbers of a population kernel, plain."""
    a, rates = kernel.assumptions(), kernel.rates()
    numbers: dict[str, Any] = {
        "rates": dict(zip([f"{i}-{j}" for i, j in rates.bonds.tolist()], rates.values[-1], strict=True)),
        "violations": {
            "locality": a.locality[-1],
            "energy conservation": a.energy_conservation[-1],
            "level independence": a.level_independence[-1],
        },
        "error_of_the_gains": kernel.errors[-1],
        "most_negative_gain": kernel.most_negative.min(),
    }
    if exact is not None:
        name = "distance_from_schroedinger" if kernel.model.bath is None else "distance_from_master_equation"
        numbers[name] = float(abs(mine.populations - exact.populations).max())
    if kernel.condition is not None:
        numbers["condition"] = kernel.condition.max()
    return {
        "verdict": kernel.sentence,
        **numbers,
        "method": kernel.method.name,
        "reason": kernel.method.reason,
        "statistics": dict(kernel.method.statistics),
        "certificate": certificate_of(kernel),
        "digest": definition.digest,
    }


def print_populations(summary: dict[str, Any], folder: Path) -> None:
    """Print a kernel's summary."""
    print(summary["verdict"])
    for bond, value in list(summary["rates"].items())[:8]:
        print(f"w of bond {bond}: {value:.10g} ± {summary['error_of_the_gains']:.1g}")
    for name, value in summary["violations"].items():
        print(f"violation of {name}: {value:.3g}")
    if summary["most_negative_gain"] < 0:
        print(f"most negative gain: {summary['most_negative_gain']:.4g}")
    if "distance_from_schroedinger" in summary:
        print(f"largest distance from the Schrödinger populations: {summary['distance_from_schroedinger']:.3g}")
    if "distance_from_master_equation" in summary:
        print(
            f"largest distance from the populations of the master equation: {summary['distance_from_master_equation']:.3g}"
        )
    print(f"method: {_checks.spoken(summary['method'])}")
    _print_certificate(summary, folder)


def band_summary(definition: Any, found: Any, data: Any) -> dict[str, Any]:
    """Verdict and numbers of subunits with several bands, plain."""
    from caloriq.studies.bands import band_certificate

    exact, theory, response = found.exact, found.theory, found.response
    numbers: dict[str, Any] = {"rate": theory.fastest_rate, "criteria": _criteria(theory.criteria)}
    if definition.temperatures is not None:
        numbers["conductivity"] = [
            {
                "temperature": T,
                "theory": float(data.conductivity[k]),
                "printed": float(data.conductivity_printed[k]),
                **(
                    {}
                    if response is None
                    else {
                        "theory_error": float(response.theory_error[k]),
                        "exact": float(response.early[k]),
                        "error": float(response.early_error[k]),
                        "agrees": bool(response.agrees_early[k]),
                        "over_decay": float(response.conductivity[k]),
                        "resolved": float(response.resolved[k]),
                    }
                ),
            }
            for k, T in enumerate(definition.temperatures)
        ]
    return {
        "verdict": data.attrs["verdict"],
        **numbers,
        "method": exact.method.name,
        "reason": exact.method.reason,
        "statistics": dict(exact.method.statistics),
        "certificate": band_certificate(found),
        "digest": definition.digest,
    }


def print_bands(summary: dict[str, Any], folder: Path) -> None:
    """Print a summary of subunits with several bands."""
    print(summary["verdict"])
    print(f"fastest rate: {summary['rate']:.6g}")
    _print_criteria(summary["criteria"])
    for row in summary.get("conductivity", ()):
        exact = (
            f" ± {row['theory_error']:.1g}, exact {row['exact']:.4g} ± {row['error']:.1g} ({'agrees' if row['agrees'] else 'DISAGREES'}), over a decay time {row['over_decay']:.4g}"
            if "exact" in row
            else ""
        )
        print(f"κ_th at T = {row['temperature']:g}: {row['theory']:.4g}{exact}")
    print(f"method: {_checks.spoken(summary['method'])} ({summary['reason']})")
    _print_certificate(summary, folder)


def grain_summary(definition: Any, found: Any) -> dict[str, Any]:
    """Verdict and numbers of a chain cut into blocks, plain."""
    from caloriq.studies.grains import grain_certificate, grain_numbers, grain_sentence

    return {
        "verdict": grain_sentence(found),
        "blocks": {str(grains.block): grain_numbers(grains) for grains in found},
        "method": found[0].method.name,
        "reason": found[0].method.reason,
        "certificate": grain_certificate(found),
        "digest": definition.digest,
    }


def print_grains(summary: dict[str, Any], folder: Path) -> None:
    """Print a summary of a chain cut into blocks."""
    print(summary["verdict"])
    for block, one in summary["blocks"].items():
        if one["rate"] is None:
            print(f"block {block}: no rate")
        else:
            D = "none" if one["diffusivity"] is None else f"{one['diffusivity']:.6g}"
            print(f"block {block}: k = {one['rate']:.6g} ± {one['rate_error']:.1g}, D {D}")
        _print_criteria(one["criteria"])
        if one["contacts"] is not None:
            print(f"contacts that kernel and inside allow: {one['contacts'][0]:.3g} to {one['contacts'][1]:.3g}")
    print(f"method: {_checks.spoken(summary['method'])}")
    _print_certificate(summary, folder)


def print_json(content: Any) -> None:
    """Print as JSON."""
    from caloriq.files import plain

    print(words.json_text(content, indent=2, default=plain))
