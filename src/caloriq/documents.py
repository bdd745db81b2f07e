"""YAML documents: read as mappings, written from them, and where in one the value stands that an error is about.

YAML 1.2: 010 is ten, `no` is a text, 1e-4 is a number; a key that is given twice is refused.
"""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from caloriq.errors import CaloriqError, InvalidInput


def read_mapping(
    path: str | Path, text: str | None = None, *, name: str = "model", empty: bool = False
) -> dict[str, Any]:
    """Mapping that a YAML file holds.

    Parameters
    ----------
    path : path
        The file; what errors call it, where the text is at hand.
    text : str, optional
        What it holds; read by default.
    name : str
        What the text describes, for the sentences of errors.
    empty : bool
        Whether a file that holds nothing, or comments alone, is an empty mapping.

    Raises
    ------
    InvalidInput
        If the file is missing, unreadable, not YAML, or not a mapping.
    """
    from ruamel.yaml.constructor import DuplicateKeyError
    from ruamel.yaml.error import MarkedYAMLError, YAMLError, YAMLWarning
    from ruamel.yaml.reader import ReaderError

    if text is None:
        text = _text(path, name)
    try:
        with warnings.catch_warnings():  # of numbers in a document that declares itself YAML 1.1
            warnings.simplefilter("ignore", YAMLWarning)
            content = _yaml().load(text)
    except YAMLError as error:
        problem, place = "it is not", repr(str(path))
        if isinstance(error, MarkedYAMLError) and error.problem_mark is not None:
            problem, place = (
                str(error.problem).removeprefix("but "),
                _at(path, error.problem_mark.line, error.problem_mark.column),
            )
        elif isinstance(error, ReaderError):
            before = text[: error.position]
            problem = f"its letter U+{error.character:04X} is none"
            place = _at(path, before.count("\n"), len(before.rpartition("\n")[2]))
        if isinstance(error, DuplicateKeyError):
            raise about_file(
                f"`{problem}` must be given once, but it is given twice (got {problem} again); remove one; {place}",
                path,
            ) from None
        raise about_file(f"`{name}` must be valid YAML, but {problem} (got {place})", path) from None
    except RecursionError:
        raise about_file(
            f"`{name}` must be valid YAML, but it is nested too deeply (got {str(path)!r})", path
        ) from None
    if content is None and empty:
        return {}
    if not isinstance(content, dict):
        raise about_file(
            f"`{name}` must be a mapping of names to values, but it is not (got {'nothing' if content is None else type(content).__name__} in {str(path)!r})",
            path,
        )
    return content


def yaml_value(text: str, name: str) -> Any:
    """The value that a text means in YAML: a number, a truth, a text, a list, a mapping; nothing is None.

    Raises
    ------
    InvalidInput
        If it is no YAML; `name` is what the sentence calls it.
    """
    from ruamel.yaml.error import YAMLError

    try:
        return _yaml().load(text)
    except (YAMLError, RecursionError):
        raise InvalidInput(
            f"`{name}` must have a value that is YAML, but it has not (got {text if len(text) <= 60 else text[:57] + '...'!r})"
        ) from None


def yaml_text(mapping: Mapping[str, Any], *, width: int = 80) -> str:
    """The mapping as a YAML document, its names in their order."""
    yaml, stream = _yaml(), io.StringIO()
    yaml.default_flow_style, yaml.allow_unicode, yaml.width = False, True, width
    yaml.sort_base_mapping_type_on_output = False
    yaml.dump(mapping, stream)
    return stream.getvalue()


@contextmanager
def placed(path: str | Path | None, text: str | None = None) -> Iterator[None]:
    """Errors about a value that the file, or the text that is called so, holds end with file, line and column; None is no file.

    A missing name stands where the mapping begins that lacks it. The file is read again for that, and only then.
    """
    try:
        yield
    except CaloriqError as error:
        if path is not None and error.file is None and (mark := _mark(error, path, text)) is not None:
            text = str(error)
            error.args = (
                f"{text}{'' if text.endswith('?') else ';'} {_at(path, mark.line, mark.column)}",
                *error.args[1:],
            )
            error.file = str(path)
        raise


@contextmanager
def within(*place: str | int) -> Iterator[None]:
    """What errors name lies below this place of the document."""
    try:
        yield
    except CaloriqError as error:
        error.place = (*place, *error.place)
        raise


def named(error: CaloriqError) -> tuple[str, ...]:
    """Parts of the name that the sentence of an error begins with."""
    found = re.match(r"`([^`]+)`", str(error))
    return tuple(re.split(r"[.\[\]]+", found[1].rstrip("]"))) if found else ()


def _yaml() -> Any:
    from ruamel.yaml import YAML

    yaml = YAML(typ="safe", pure=True)  # libyaml reads YAML 1.1
    yaml.Constructor = _constructor()
    yaml.composer.warn_double_anchors = False
    return yaml


@cache
def _constructor() -> Any:
    from ruamel.yaml.constructor import ConstructorError, DuplicateKeyError, SafeConstructor
    from ruamel.yaml.error import YAMLError

    class Constructor(SafeConstructor):
        """Tells every value that cannot be read by its place, and a key that is given twice by its name."""

        def construct_non_recursive_object(self, node: Any, tag: str | None = None) -> Any:
            try:
                return super().construct_non_recursive_object(node, tag)
            except (YAMLError, RecursionError):
                raise
            except Exception as error:  # ValueError, TypeError, AttributeError: by the tag
                problem = f"a value in it cannot be read: {type(error).__name__}"
                raise ConstructorError(None, None, problem, node.start_mark) from None

        def flatten_mapping(self, node: Any) -> None:
            if getattr(node, "merge", None) is None:  # afterwards it holds what it takes over, too
                seen = set()
                for key, _ in node.value:
                    if key.id != "scalar":
                        raise ConstructorError(None, None, f"a name in it is a {key.id}", key.start_mark)
                    if (key.tag, key.value) in seen:
                        raise DuplicateKeyError(None, None, key.value, key.start_mark)
                    seen.add((key.tag, key.value))
            super().flatten_mapping(node)

        def check_mapping_key(self, node: Any, key_node: Any, mapping: Any, key: Any, value: Any) -> bool:  # noqa: ARG002
            if key in mapping:
                raise DuplicateKeyError(None, None, str(key), key_node.start_mark)
            return True

    return Constructor


def _text(path: str | Path, name: str = "model") -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except FileNotFoundError:
        raise about_file(f"`{name}` must be a file, but there is none (got {str(path)!r})", path) from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no path of a UTF-8 text"
        raise about_file(
            f"`{name}` must be a readable text file, but it is not: {reason} (got {str(path)!r})", path
        ) from None


def about_file(sentence: str, path: str | Path) -> InvalidInput:
    """An error about a whole file, which its sentence tells already."""
    error = InvalidInput(sentence)
    error.file = str(path)
    return error


def _at(path: str | Path, line: int, column: int) -> str:
    """File, line and column, which people count from 1."""
    name = str(path)
    return f"{name if name.isprintable() else repr(name)}, line {line + 1}, column {column + 1}"


def _mark(error: CaloriqError, path: str | Path, text: str | None) -> Any:
    """Where the value begins that the error is about; the name itself where that is wrong; None if the file is gone."""
    from ruamel.yaml.error import YAMLError

    try:
        value = _yaml().compose(_text(path) if text is None else text)
    except (InvalidInput, YAMLError, RecursionError):
        return None
    name, names = value, named(error)
    places = (*error.place, *names)
    value = _section(value, str(places[0])) if places else value
    around = [value]
    for part in error.place:
        found = _entry(value, str(part))
        if found is not None:
            name, value = found
            around.append(value)
    inside = error.unknown or any(part in error.place or _entry(value, part) is not None for part in names)
    if names and not inside:  # a field of what it stands in is at fault, such as the number of all sites
        value = next((one for one in reversed(around) if _entry(one, names[0]) is not None), value)
    for part in names:
        found = _entry(value, part)
        if found is not None:
            name, value = found
    return (name if error.unknown else value).start_mark


def _section(node: Any, part: str) -> Any:
    """The mapping that has an entry: the whole, or the only one of its sections, or of theirs."""
    sections = [node]
    while sections:
        having = [one for one in sections if _entry(one, part) is not None]
        if having:
            return having[0] if len(having) == 1 else node
        sections = [value for one in sections if one.id == "mapping" for _, value in one.value]
    return node


def _entry(node: Any, part: str) -> tuple[Any, Any] | None:
    """Name and value of an entry of a mapping or list; None if it has none, as for the kinds that a place may name."""
    if node.id == "sequence":
        chosen = node.value[int(part)] if re.fullmatch("[0-9]{1,9}", part) and int(part) < len(node.value) else None
        return None if chosen is None else (chosen, chosen)
    if node.id != "mapping":
        return None
    for key, value in node.value:
        if key.value == part:
            return key, value
    merged = (value for key, value in node.value if key.tag == "tag:yaml.org,2002:merge")
    mappings = (one for value in merged for one in (value.value if value.id == "sequence" else [value]))
    return next((found for one in mappings if (found := _entry(one, part)) is not None), None)
