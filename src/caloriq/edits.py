"""Values of a document given apart from it, by names with dots: `model.sites=20`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from caloriq import wording
from caloriq._checks import shown
from caloriq.documents import about_file, named, placed, read_mapping, yaml_value
from caloriq.errors import CaloriqError, InvalidInput

GIVEN = "--set"


@dataclass(frozen=True, slots=True)
class Edit:
    """One value and where it goes.

    Attributes
    ----------
    text : str
        As it was typed.
    name : str
        Names and places in lists, with dots between them.
    value : object
        What stands there.
    """

    text: str
    name: str
    value: Any


def edit(text: str) -> Edit:
    """An edit from "name=value"; the value is read as YAML.

    Raises
    ------
    InvalidInput
        If the text has no such form, or the value is no YAML.
    """
    name, sign, value = text.partition("=")
    name = name.strip()
    if not sign or not all(name.split(".")):
        raise InvalidInput(
            f"`{GIVEN}` must be a name, =, and a value, but it is not (got {shown(text)}); as in {GIVEN} model.sites=20"
        )
    return Edit(text, name, yaml_value(value, GIVEN))


@contextmanager
def edited(path: str | Path, edits: Sequence[str] = (), name: str = "model") -> Iterator[dict[str, Any]]:
    """Mapping of a YAML file with some values put in place of its own; errors tell the file and line, or the edit, they come from.

    Parameters
    ----------
    path : path
        YAML file.
    edits : sequence of str
        Each as `edit` reads it; a later one wins.
    name : str
        What the file holds, for the sentences of errors.

    Raises
    ------
    InvalidInput
        If the file cannot be read, or an edit cannot be put in.
    """
    read = [edit(one) for one in edits]
    with placed(path):
        mapping = read_mapping(path, name=name)
        made = [(one, _put(mapping, one)) for one in read]
        for one, place in made:
            _check_parameter(mapping, one, place)
        with attributed(made):
            yield mapping


@contextmanager
def attributed(made: Sequence[tuple[Edit, str]]) -> Iterator[None]:
    """Errors about a value that was put in tell so, and not a place of the file.

    Parameters
    ----------
    made : sequence of (Edit, str)
        Every edit with the name of where its value stands.
    """
    try:
        yield
    except CaloriqError as error:
        at = ".".join(map(str, (*error.place, *named(error))))
        cause = next((one for one, place in reversed(made) if error.file is None and _below(at, place)), None)
        if cause is not None:
            told = str(error)
            error.args = (f"{told}{'' if told.endswith('?') else ';'} in {GIVEN} {cause.text}", *error.args[1:])
            error.file = GIVEN
        raise


def _below(at: str, place: str) -> bool:
    """Whether an error at a name is about what was put in; a model that is a file of its own has no name in it."""
    names = (at, at.removeprefix("model.") if at.startswith("model.") else f"model.{at}")
    return any(f"{one}.".startswith(f"{place}.") for one in names)


def _put(mapping: dict[str, Any], one: Edit) -> str:
    """Put a value in; gives the name of where it stands."""
    words, place = one.name.split("."), list[str]()
    if words[0] == "model" and len(words) > 1 and "model" not in mapping and "question" not in mapping:
        words = words[1:]  # of a file that is a model alone
    node: Any = mapping
    while True:
        word, words = _step(node, words, place, one)
        place.append(word)
        inside = int(word) if isinstance(node, list) else word
        if not words:
            node[inside] = one.value
            return ".".join(place)
        if isinstance(node, dict) and node.get(word) is None:
            node[word] = {}
        elif isinstance(node[inside], str) and isinstance(node, dict):
            node[word] = {"kind": node[word]}  # a bare word stands for the mapping that holds it
        node = node[inside]


def _step(node: Any, words: list[str], place: list[str], one: Edit) -> tuple[str, list[str]]:
    """The name or place that comes next, and the words after it."""
    where = ".".join(place)
    if isinstance(node, dict):
        whole = place == ["vary"]  # whose names have dots
        most = next((n for n in range(len(words), 0, -1) if ".".join(words[:n]) in node), len(words) if whole else 1)
        return ".".join(words[:most]), words[most:]
    if isinstance(node, list):
        if re.fullmatch("-?[0-9]{1,9}", words[0]) and -len(node) <= int(words[0]) < len(node):
            return str(int(words[0]) % len(node)), words[1:]
        raise InvalidInput(
            f"`{where}` must be entered by a place from 0 to {len(node) - 1}, but it is not (got {words[0]} in {GIVEN} {one.text})"
        )
    raise InvalidInput(
        f"`{where}` must be a mapping or a list to be entered, but it is not (got {shown(node)} for {GIVEN} {one.text})"
    )


def _check_parameter(mapping: dict[str, Any], one: Edit, place: str) -> None:
    """Refuse a value for a parameter that the model does not have."""
    *above, section, name = ["", *place.split(".")]
    model = mapping.get("model", mapping) if above in ([""], ["", "model"]) else None
    if section == "parameters" and isinstance(model, dict) and idle(model, name):
        meant = parameters_meant(model, name)
        raise about_file(
            f"`{GIVEN}` must name a parameter that a term of the model names, but it does not (got {one.text}); {meant}",
            GIVEN,
        )


def parameters_meant(model: Mapping[str, Any], name: str) -> str:
    """What to write instead of a parameter that nothing names."""
    known = [one for one in model.get("parameters") or {} if one != name]
    return wording.remedy(name, known, "" if known else "name it in a term's value", quote="`")


def idle(model: Mapping[str, Any], name: str) -> bool:
    """Whether nothing in a model names a parameter, so that it could be any number; a family has parameters of its own.

    Parameters
    ----------
    model : mapping
        A model as in a file.
    name : str
        Of the parameter.
    """
    return not model.get("family") and not any(name in re.findall(r"\w+", text) for text in _texts(model))


def _texts(node: Any) -> Iterator[str]:
    if isinstance(node, str):
        yield node
    elif isinstance(node, Mapping | list | tuple):
        for inner in node.values() if isinstance(node, Mapping) else node:
            yield from _texts(inner)


def check_names(edits: Sequence[str], known: Iterable[str], remedy: Mapping[str, str]) -> None:
    """Refuse an edit whose first name is not known, where what is unknown would be left aside.

    Parameters
    ----------
    edits : sequence of str
        As `edited` takes them.
    known : iterable of str
        First names that there are.
    remedy : mapping of str to str
        What to write for some that are not.
    """
    names = list(known)
    for one in map(edit, edits):
        first = one.name.partition(".")[0]
        if first not in names:
            meant = remedy.get(first) or wording.remedy(first, names, quote="`")
            raise about_file(f"`{GIVEN}` must name what there is, but it does not (got {one.text}); {meant}", GIVEN)
