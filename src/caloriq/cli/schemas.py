"""`caloriq schema`: the JSON schema of every file that the commands read, for editors and for other programs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from caloriq import wording
from caloriq.cli.show import print_json
from caloriq.errors import InvalidInput

DIALECT = "https://json-schema.org/draft/2020-12/schema"
Schema = dict[str, Any]


def schema(
    name: Annotated[
        str | None, typer.Argument(help="run, sweep, verdict or config; run if left out.", show_default=False)
    ] = None,
    every: Annotated[
        bool, typer.Option("--all", help="Write all of them, one file each, into the folder --out.")
    ] = False,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Folder for --all.", show_default=False)] = None,
) -> None:
    """JSON schema of the files that run, sweep and verdict read, and of the settings; editors complete YAML with it."""
    if every != (out is not None):
        raise InvalidInput(
            f"`--out` must be given with --all and only then, but it is {'missing' if every else 'given alone'} (got {'--all' if every else out})"
        )
    if every and name is not None:
        raise InvalidInput(f"`name` must be left out with --all, but both are given (got {name!r})")
    if out is None:
        print_json(schema_of("run" if name is None else name))
        return
    from caloriq.files import write_json

    for one in SCHEMAS:
        print(f"written to {write_json(out / file_name(one), schema_of(one))}")


def schema_of(name: str) -> Schema:
    """Schema of one kind of file.

    Raises
    ------
    InvalidInput
        If there is no such kind.
    """
    if name not in SCHEMAS:
        raise InvalidInput(
            f"`name` must be a kind of file, but it is not (got {name!r}); {wording.remedy(name, list(SCHEMAS), quote='`')}"
        )
    return {"$schema": DIALECT, "title": f"caloriq {name}", **SCHEMAS[name]()}


def file_name(name: str) -> str:
    """What the file of a schema is called."""
    return f"{name}.schema.json"


def _run() -> Schema:
    """A model alone, a model with the fields of its question, or a model and a question by name."""
    from caloriq.questions.run import schemas

    models, defined = _models()
    named = _object({"model": models, "question": _questions(defined)})
    apart = []
    for one in schemas():
        defined |= one.pop("$defs", {})
        one["properties"]["model"] = _or_file(one["properties"]["model"])
        apart.append(one)
    return {"anyOf": [models["anyOf"][0], *apart, named], "$defs": defined}


def _sweep() -> Schema:
    """What is varied may be left out of the model and of the question."""
    from caloriq.sweep.definition import Sweep

    own = Sweep.model_json_schema()
    models, defined = _models()
    own["properties"] |= {"model": _open(models), "question": _open(_questions(defined))}
    return {**own, "$defs": _open(defined) | own.get("$defs", {})}


def _open(part: Any) -> Any:
    """A schema without what must be there, but for kinds; several of its alternatives may then fit."""
    if isinstance(part, list):
        return [_open(one) for one in part]
    if not isinstance(part, dict):
        return part
    made = {"anyOf" if name == "oneOf" else name: _open(one) for name, one in part.items() if name != "discriminator"}
    if isinstance(part.get("required"), list):
        made["required"] = [one for one in part["required"] if one == "kind"]
    return made


def _verdict() -> Schema:
    models, defined = _models()
    question = _of([_question("verdict")], defined)["oneOf"][0]
    return {**_object({"model": models, "question": {"anyOf": [question, {"const": "verdict"}]}}), "$defs": defined}


def _config() -> Schema:
    from caloriq.settings import Settings

    return Settings.model_json_schema()


SCHEMAS: Mapping[str, Callable[[], Schema]] = {"run": _run, "sweep": _sweep, "verdict": _verdict, "config": _config}


def _models() -> tuple[Schema, Schema]:
    """Any model, or the name of a file that holds one; and what the schema refers to."""
    from caloriq.models.kinds import MODELS

    defined: Schema = {}
    return _or_file(_of(MODELS.values(), defined)), defined


def _or_file(model: Schema) -> Schema:
    return {"anyOf": [model, {"type": "string", "description": "A file that holds the model."}]}


def _questions(defined: Schema) -> Schema:
    from caloriq.questions.registry import kinds

    return {"anyOf": [_of(map(_question, kinds()), defined), {"enum": list(kinds())}]}


def _question(kind: str) -> Any:
    from caloriq.questions.registry import question_type

    return question_type({"kind": kind})


def _of(types: Iterable[Any], defined: Schema) -> Schema:
    """One of some types, told apart by their kind; what they refer to goes to `defined`."""
    from pydantic.json_schema import models_json_schema

    found, shared = models_json_schema([(one, "validation") for one in types])
    defined |= shared["$defs"]
    return {"oneOf": list(found.values())}


def _object(properties: Schema) -> Schema:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}
