"""`caloriq cite`: BibTeX of the software, and of what a file, a run or a folder of results rests on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from caloriq.errors import InvalidInput


def cite(
    what: Annotated[
        str | None,
        typer.Argument(
            metavar="FILE|FOLDER|RUN", help="A file for run, a folder of results, the id of a run, or last."
        ),
    ] = None,
) -> None:
    """BibTeX of caloriq, and of what a model, a run or a result rests on."""
    from caloriq import references

    if what is None:
        print(references.software(), end="")
        return
    path = Path(what)
    if path.is_dir():
        print(of_folder(path), end="")
    elif path.exists() or path.suffix in (".yaml", ".yml"):
        print(references.resting(*_of_file(path)), end="")
    else:
        from caloriq import runs
        from caloriq._checks import shown

        if what != "last" and not runs.LIKE_AN_ID.fullmatch(what.lower()):
            raise InvalidInput(
                f"`what` must be a file, a folder of results, the start of a run's id, or last, but there is no such file or folder (got {shown(what)})"
            )
        one = runs.find(what)
        held = of_folder(one.folder) if one.folder.is_dir() else ""
        print(held or references.resting(*references.kinds(one.definition)), end="")


def of_folder(folder: Path) -> str:
    """What the results in a folder rest on: by its provenance, and the publications that a verdict wrote beside.

    Raises
    ------
    InvalidInput
        If there is no provenance in it.
    """
    from caloriq import references

    for file in sorted(folder.glob("*-provenance.json")):
        try:
            made = json.loads(file.read_text(encoding="utf-8"))["definitions"]
        except (OSError, ValueError, KeyError, TypeError):
            continue
        kinds = [references.kinds(one) for one in made if isinstance(one, dict)]
        model = next((model for model, _ in kinds if model), "")
        question = next((question for _, question in kinds if question), "")
        keys = [key for one in folder.glob("*.bib") for key in _keys(one)]
        return references.resting(model, question, keys)
    raise InvalidInput(
        f"`what` must be a folder of results, but there is no provenance in it (got {folder.as_posix()!r}); give the folder that run wrote"
    )


def _keys(file: Path) -> list[str]:
    """Keys of a file of BibTeX."""
    import re

    return re.findall(r"^@\w+\{([^,]+),", file.read_text(encoding="utf-8", errors="replace"), re.MULTILINE)


def _of_file(path: Path) -> tuple[str, str]:
    from caloriq import references
    from caloriq.documents import placed, read_mapping
    from caloriq.models.files import kind_of

    with placed(path):
        mapping = read_mapping(path)
        model = mapping.get("model", mapping)
        kind = kind_of(model) if isinstance(model, dict) else ""
    return kind, references.kinds(mapping)[1]
