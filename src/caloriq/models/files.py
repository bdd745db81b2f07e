"""Definitions from and to YAML files."""

from __future__ import annotations

import difflib
import hashlib
import io
import re
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from caloriq._checks import shown
from caloriq.errors import InvalidInput
from caloriq.models.banded import BandedChain
from caloriq.models.classical import ClassicalChain
from caloriq.models.coupled import CoupledUnits, ExchangeChain
from caloriq.models.disorder import DisorderedChain
from caloriq.models.modular import ModularChain
from caloriq.models.network import ModularNetwork
from caloriq.models.quantum import QuantumChain
from caloriq.models.registry import MODELS
from caloriq.models.spins import SpinChain

Model = (
    ModularChain
    | ModularNetwork
    | BandedChain
    | SpinChain
    | ClassicalChain
    | DisorderedChain
    | CoupledUnits
    | ExchangeChain
    | QuantumChain
)
OTHERS = {"sites", "chain", "units", "graph", "lattice"}  # fields that no modular chain has


class _Loader(yaml.SafeLoader):
    """Safe loader that refuses a key given twice and reads 5e-5 as the number it is."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            if key_node.tag == "tag:yaml.org,2002:merge":
                continue
            key = self.construct_object(key_node, deep=True)
            if isinstance(key, str) and key in seen:
                raise InvalidInput(
                    f"`{key}` must be given once, but it is given twice (got line {key_node.start_mark.line + 1}); remove one"
                )
            seen.add(key if isinstance(key, str) else repr(key))
        return super().construct_mapping(node, deep)


_Loader.add_implicit_resolver(  # YAML 1.1 reads 1e-4 as text
    "tag:yaml.org,2002:float", re.compile(r"^[-+]?[0-9][0-9_]*[eE][-+]?[0-9]+$"), list("-+0123456789")
)


def read_mapping(path: str | Path) -> dict[str, Any]:
    """Mapping that a YAML file holds.

    Raises
    ------
    InvalidInput
        If the file is missing, unreadable, not YAML, or not a mapping.
    """
    file = Path(path)
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise InvalidInput(f"`model` must be a file, but there is none (got {str(path)!r})") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no path of a UTF-8 text"
        raise InvalidInput(
            f"`model` must be a readable text file, but it is not: {reason} (got {str(path)!r})"
        ) from None
    try:
        content = yaml.load(text, _Loader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"line {mark.line + 1}" if mark is not None else "somewhere"
        raise InvalidInput(
            f"`model` must be valid YAML, but {getattr(error, 'problem', None) or 'it is not'} at {place} (got {str(path)!r})"
        ) from None
    except InvalidInput:
        raise
    except Exception as error:  # what the constructors of YAML's tags raise: ValueError, AttributeError, RecursionError
        raise InvalidInput(
            f"`model` must be valid YAML, but a value in it cannot be read: {type(error).__name__} (got {str(path)!r})"
        ) from None
    if not isinstance(content, dict):
        raise InvalidInput(
            f"`model` must be a mapping of names to values, but it is not (got {type(content).__name__} in {str(path)!r})"
        )
    return content


def with_arrays(mapping: dict[str, Any], names: tuple[str, ...], folder: Path) -> dict[str, Any]:
    """The mapping with every named .npy file replaced by its array; paths are relative to `folder`.

    A file stands by its path, or by path and digest, as `write_model` has it: `{file: model.zz.npy, sha256: 1f…}`.

    Raises
    ------
    InvalidInput
        If a file is missing, holds no array, or is not the one of the digest.
    """
    resolved = dict(mapping)
    for name in names:
        value, digest = resolved.get(name), None
        if isinstance(value, dict) and "file" in value:
            value, digest = _companion(name, value)
        if isinstance(value, str):
            resolved[name] = _loaded(name, folder, value, digest)
    return resolved


def _companion(name: str, value: dict[Any, Any]) -> tuple[str, str]:
    """Path and digest of a file beside the model."""
    path, digest = value.get("file"), value.get("sha256")
    if len(value) != 2 or not isinstance(path, str) or not isinstance(digest, str):
        raise InvalidInput(
            f"`{name}` must name its file by `file` and `sha256`, both text, but it does not (got {shown([str(key) for key in value])}); give the path alone for a file without digest"
        )
    return path, digest


def _loaded(name: str, folder: Path, path: str, digest: str | None) -> Any:
    """Array of a file, which must have the digest if there is one."""
    try:
        with (folder / path).open("rb") as file:
            same = digest is None or hashlib.file_digest(file, "sha256").hexdigest() == digest
            file.seek(0)
            loaded = np.load(file, allow_pickle=False) if same else None
        if same and not isinstance(loaded, np.ndarray):
            raise TypeError("several arrays")
    except Exception as error:  # NumPy raises OSError, ValueError, EOFError or zipfile's own, by the first bytes
        reason = getattr(error, "strerror", None) or "it is not a file of one array"
        raise InvalidInput(f"`{name}` must be the path of a .npy file, but {reason} (got {path!r})") from None
    if not same:
        raise InvalidInput(
            f"`{name}` must be the file that was written with the model, but its digest is another (got {path!r}); it was damaged or changed since: write the model again, or give the path alone to take the file as it is"
        )
    return loaded


def read_model(path: str | Path) -> Model:
    """Model from a YAML file of its fields.

    Parameters
    ----------
    path : path
        YAML file; `kind` names the model (a file with `subunits` is a modular chain without it). Arrays may be .npy
        files beside it, by their paths or by path and digest.

    Raises
    ------
    InvalidInput
        If the file cannot be read or holds no valid model.
    """
    return model_from(read_mapping(path), Path(path).parent)


def kind_of(mapping: dict[str, Any]) -> str:
    """Kind of model that a mapping of fields stands for.

    Raises
    ------
    InvalidInput
        If it names none, or one that does not exist.
    """
    kind = mapping.get("kind", None if set(mapping) & OTHERS else "modular-chain")
    if kind is None:
        raise InvalidInput(f"`kind` must be given, but it is missing (got nothing); add one of {', '.join(MODELS)}")
    if not isinstance(kind, str) or kind not in MODELS:
        near = difflib.get_close_matches(str(kind), list(MODELS), n=1)
        remedy = f"did you mean {near[0]}?" if near else f"known are {', '.join(MODELS)}"
        raise InvalidInput(f"`kind` must be a known model, but it is not (got {shown(kind)}); {remedy}")
    return kind


def model_from(mapping: Any, folder: Path) -> Model:
    """Model from a mapping; paths in it are relative to `folder`."""
    if not isinstance(mapping, dict):
        raise InvalidInput(f"`model` must be a mapping of names to values, but it is not (got {shown(mapping)})")
    mapping, kind = named_arrays(mapping, folder), kind_of(mapping)
    model: Model = MODELS[kind].from_mapping({k: v for k, v in mapping.items() if k != "kind"})
    return model


def named_arrays(mapping: dict[str, Any], folder: Path) -> dict[str, Any]:
    """A model's mapping with its .npy files read, those of a chain within it too."""
    kind = mapping.get("kind", "modular-chain")
    names = MODELS[kind].array_files if isinstance(kind, str) and kind in MODELS else ()
    resolved = with_arrays(mapping, names, folder)
    if isinstance(resolved.get("chain"), dict):
        resolved["chain"] = named_arrays({"kind": "spin-chain", **resolved["chain"]}, folder)
    return resolved


def write_model(model: Model, path: str | Path) -> Path:
    """Model to a YAML file, and arrays too large or complex for it to .npy files beside it, whose digests stand in it.

    `read_model` reads it, and refuses a file beside it in which a bit is another.
    """
    from caloriq.files import write_text

    file = Path(path)
    mapping = _with_companions(model, model.to_mapping(), file)
    return write_text(file, yaml.safe_dump(mapping, sort_keys=False, allow_unicode=True))


def _with_companions(model: Any, mapping: dict[str, Any], file: Path) -> dict[str, Any]:
    """The mapping with every array that stands by its hash written beside the file and named."""
    for name in model.array_files:
        if isinstance(mapping.get(name), dict):
            mapping[name] = _write_array(getattr(model, name), file.with_suffix(f".{name}.npy"))
    if isinstance(mapping.get("chain"), dict):
        mapping["chain"] = _with_companions(model.chain, mapping["chain"], file)
    return mapping


def _write_array(array: Any, companion: Path) -> dict[str, str]:
    """Write an array; its file and the digest of that."""
    from caloriq.files import atomic

    buffer = io.BytesIO()
    np.save(buffer, array)
    content = buffer.getvalue()
    atomic(companion, lambda target: target.write_bytes(content))
    return {"file": companion.name, "sha256": hashlib.sha256(content).hexdigest()}
