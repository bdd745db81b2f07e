"""What a JSON schema says of a field: which kind of widget it takes, what it is called, what it means."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

Shape = Literal["fixed", "choice", "truth", "group", "variants", "rows", "words"]
Schema = Mapping[str, Any]


@dataclass(frozen=True)
class Field:
    """One field of a form.

    Attributes
    ----------
    name : str
        In the file.
    shape : str
        fixed (not shown), choice, truth, group (of fields), variants (groups by their kind), rows (of groups), or words:
        a number, a text or a list, as YAML has it.
    schema : mapping
        Its schema, resolved.
    meaning : str
        From the docstring of what it belongs to.
    required : bool
        Whether it must be given.
    default : object
        What holds where it is not.
    """

    name: str
    shape: Shape
    schema: Schema
    meaning: str = ""
    required: bool = False
    default: Any = None


@cache
def of_question(kind: str) -> Schema:
    """Schema of a file whose question is unnamed."""
    from caloriq.questions.run import schemas

    return next(one for one in schemas() if one["title"] == kind)


@cache
def of_model(kind: str) -> Schema:
    """Schema of a kind of model."""
    from caloriq.models.kinds import MODELS

    found: Schema = MODELS[kind].model_json_schema()
    return found


@cache
def of_named_question(kind: str) -> Schema:
    """Schema of a question by its name."""
    from caloriq.questions.registry import question_type

    found: Schema = question_type({"kind": kind}).model_json_schema()
    return found


def resolved(schema: Schema, root: Schema) -> Schema:
    """A schema without references and without the null of what may be left out."""
    found = dict(schema)
    while True:
        if "$ref" in found:
            name = found.pop("$ref").rpartition("/")[2]
            found = {**root["$defs"][name], **found}
        elif "allOf" in found and len(found["allOf"]) == 1:
            (one,) = found.pop("allOf")
            found = {**one, **found}
        elif "anyOf" in found:
            rest = [one for one in found["anyOf"] if one.get("type") != "null"]
            if len(rest) != 1:
                found["anyOf"] = rest
                return found
            del found["anyOf"]
            found = {**rest[0], **found}
        else:
            return found


def shape(schema: Schema, root: Schema) -> Shape:
    """Which widget a resolved schema takes."""
    plain: dict[str, Shape] = {"const": "fixed", "enum": "choice"}
    found = next((kind for word, kind in plain.items() if word in schema), None)
    if found is not None or schema.get("type") == "boolean":
        return found or "truth"
    if variants(schema, root):
        return "variants"
    if schema.get("type") == "object" and schema.get("properties"):
        return "group"
    if schema.get("type") == "array":
        items = resolved(schema.get("items", {}), root)
        if shape(items, root) == "group" or any(_is_group(one, root) for one in items.get("anyOf", ())):
            return "rows"
    return "words"


def _is_group(schema: Schema, root: Schema) -> bool:
    return shape(resolved(schema, root), root) == "group"


def row(schema: Schema, root: Schema) -> Schema:
    """Schema of one row: of several kinds that a row may be, the first."""
    items = resolved(schema["items"], root)
    if "properties" in items:
        return items
    found = [resolved(one, root) for one in items.get("anyOf", items.get("oneOf", ()))]
    return next(one for one in found if "properties" in one)


def variants(schema: Schema, root: Schema) -> dict[str, Schema]:
    """Schemas of groups that differ by their `kind`; empty where it is no choice of groups."""
    found: dict[str, Schema] = {}
    for one in schema.get("oneOf", schema.get("anyOf", ())):
        group = resolved(one, root)
        kind = group.get("properties", {}).get("kind", {})
        if "const" not in kind:
            return {}
        found[str(kind["const"])] = group
    return found


def fields(schema: Schema, root: Schema, leave: tuple[str, ...] = ()) -> list[Field]:
    """Fields of a group, those that must be given first."""
    meanings = told(schema.get("description", ""))
    required = schema.get("required", ())
    found = []
    for name, given in schema.get("properties", {}).items():
        if name in leave:
            continue
        one = resolved(given, root)
        if "const" in one and {"type": "null"} in given.get("anyOf", ()):  # one word, or none
            one = {**one, "enum": [one["const"]]}
            del one["const"]
        kind = shape(one, root)
        if kind != "fixed":
            found.append(Field(name, kind, one, meanings.get(name, ""), name in required, one.get("default")))
    return sorted(found, key=lambda one: not one.required)


def told(docstring: str) -> dict[str, str]:
    """What a numpydoc docstring says of each parameter."""
    _, _, after = docstring.partition("Parameters\n----------\n")
    section = re.split(r"\n\n?\w[\w ]*\n-{3,}\n", after)[0]
    found: dict[str, str] = {}
    names: list[str] = []
    for line in section.splitlines():
        head = re.match(r"(\w+(?:, \w+)*) : ", line)
        if head:
            names = head[1].split(", ")
        elif line.startswith("    "):
            for name in names:
                found[name] = f"{found.get(name, '')} {line.strip()}".strip()
    return {name: re.sub(r":math:`([^`]*)`|`([^`]*)`", lambda m: m[1] or m[2], text) for name, text in found.items()}
