"""Settings: defaults of the command line, from the environment, ./caloriq.yaml and the user's own file.

What is typed wins over the environment, the environment over ./caloriq.yaml, and that over the user's file.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import Field

from caloriq.documents import placed, read_mapping, yaml_value
from caloriq.errors import InvalidInput
from caloriq.models.definition import Definition
from caloriq.models.fields import Count, Positive

HERE = "caloriq.yaml"
PREFIX = "CALORIQ_"
BUILT_IN = "built in"
WORDS = ("out", "log_level")  # settings that are texts, whatever they look like in YAML
EXAMPLES = {"workers": 4, "budget": 5, "memory": 8}  # of settings that are not set of themselves


class Settings(Definition):
    """Defaults of the command line; what is left out is as if there were no file.

    Parameters
    ----------
    out : str
        Folder below which results are written.
    workers : int, optional
        Processes side by side; as many as cores if left out.
    budget : float, optional
        Minutes of a verdict whose file says none.
    memory : float, optional
        Gigabytes of a verdict; four fifths of what is free if left out.
    log_level : {"debug", "info", "warning", "error"}
        What is told on standard error while a command works.
    """

    out: Annotated[str, Field(min_length=1, description="Folder below which results are written.")] = "results"
    workers: Annotated[Count | None, Field(description="Processes side by side; as many as cores if left out.")] = None
    budget: Annotated[Positive | None, Field(description="Minutes of a verdict whose file says none.")] = None
    memory: Annotated[
        Positive | None, Field(description="Gigabytes of a verdict; four fifths of what is free if left out.")
    ] = None
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"],
        Field(description="What is told on standard error while a command works."),
    ] = "warning"


class Setting(NamedTuple):
    """One setting as it holds now."""

    name: str
    value: Any
    source: str  # the file, the variable, or "built in"
    meaning: str


def user_file() -> Path:
    """The user's file: caloriq/config.yaml in $XDG_CONFIG_HOME, else in ~/.config; it need not be there.

    Raises
    ------
    InvalidInput
        If no variable names a folder and the user has no home.
    """
    shared = Path(os.environ.get("XDG_CONFIG_HOME", ""))
    if shared.is_absolute():
        return shared / "caloriq" / "config.yaml"
    try:
        return Path.home() / ".config" / "caloriq" / "config.yaml"
    except RuntimeError:
        raise InvalidInput(
            "`XDG_CONFIG_HOME` must name a folder where there is no home, but it does not (got nothing)"
        ) from None


def variable(name: str) -> str:
    """Variable of the environment that gives a setting."""
    return f"{PREFIX}{name.upper()}"


def settings(folder: Path | None = None, environment: Mapping[str, str] | None = None) -> tuple[Setting, ...]:
    """All settings as they hold now, each with where it comes from.

    Parameters
    ----------
    folder : path, optional
        Where caloriq.yaml is looked for; by default the working folder.
    environment : mapping, optional
        By default that of the process.

    Raises
    ------
    InvalidInput
        If a file cannot be read or has a name or value that is not valid, told with file and line; or a variable has none.
    """
    found = {name: (field.default, BUILT_IN) for name, field in Settings.model_fields.items()}
    files = [(Path() if folder is None else folder) / HERE]
    with suppress(InvalidInput):  # without a home there is no such file
        files.insert(0, user_file())
    for path in files:
        if path.is_file():
            given = _read(path)
            found |= {name: (getattr(given, name), str(path)) for name in given.model_fields_set}
    for name in Settings.model_fields:
        text = (os.environ if environment is None else environment).get(variable(name), "")
        text = text.lower() if name == "log_level" else text  # as the option takes it
        if text:
            found[name] = (_of_variable(name, text), variable(name))
    meanings = {name: field.description or "" for name, field in Settings.model_fields.items()}
    return tuple(Setting(name, *found[name], meanings[name]) for name in found)


def _read(path: Path) -> Settings:
    with placed(path):
        return Settings.from_mapping(read_mapping(path, name="config", empty=True))


def _of_variable(name: str, text: str) -> Any:
    try:
        return getattr(Settings.from_mapping({name: text if name in WORDS else yaml_value(text, name)}), name)
    except InvalidInput as error:
        raise InvalidInput(f"{error}; in the variable {variable(name)}") from None


def template() -> str:
    """A file in which every setting stands as a comment, to begin with."""
    lines = ["# Defaults of caloriq; what is typed, variables such as CALORIQ_OUT, and ./caloriq.yaml win over these."]
    for name, field in Settings.model_fields.items():
        shown = EXAMPLES[name] if field.default is None else field.default
        lines += ["", f"# {field.description}", f"# {name}: {shown}"]
    return "\n".join(lines) + "\n"
