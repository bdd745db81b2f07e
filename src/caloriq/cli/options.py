"""Options that several commands have, and their defaults by the settings."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

RESULTS = Path("results")
PREFIX = "CALORIQ_"

Out = Annotated[Path, typer.Option("--out", "-o", envvar=f"{PREFIX}OUT", help="Folder for results, one below it each.")]
Json = Annotated[bool, typer.Option("--json", help="Print as JSON.")]
Workers = Annotated[
    int | None,
    typer.Option(
        "--workers", "-w", envvar=f"{PREFIX}WORKERS", help="Processes side by side; as many as cores if left out."
    ),
]
Edits = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="NAME=VALUE", help="A value in place of the file's, as in model.sites=20; may be given again."
    ),
]
Overwrite = Annotated[
    bool, typer.Option("--overwrite", help="Replace results of another model that are in the folder.")
]


def typed(ctx: typer.Context, name: str) -> bool:
    """Whether an option stands on the command line, not in the settings alone."""
    source = ctx.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"


def by_settings(command: Any, values: dict[str, Any]) -> dict[str, Any]:
    """Defaults of a command, and of all below it, for options that name the variable of a setting."""
    found = {}
    for one in command.params:
        variable = getattr(one, "envvar", None)
        value = values.get(str(variable).removeprefix(PREFIX).lower())
        if variable is not None and value is not None:
            found[one.name] = value
    return found | {name: by_settings(one, values) for name, one in getattr(command, "commands", {}).items()}
