"""Definitions from and to YAML files."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from caloriq import wording
from caloriq._checks import shown
from caloriq.documents import placed, read_mapping, within, yaml_text
from caloriq.errors import InvalidInput
from caloriq.models.definition import Definition
from caloriq.models.kinds import MODELS

if TYPE_CHECKING:  # a kind is loaded when a file is of it
    from caloriq.models.banded import BandedChain
    from caloriq.models.classical import ClassicalChain
    from caloriq.models.coupled import CoupledUnits, ExchangeChain
    from caloriq.models.disorder import DisorderedChain
    from caloriq.models.harmonic import HarmonicChain
    from caloriq.models.lattice.model import Lattice
    from caloriq.models.modular import ModularChain
    from caloriq.models.network import ModularNetwork
    from caloriq.models.quantum import QuantumChain
    from caloriq.models.spins import SpinChain
    from caloriq.models.unequal import UnequalNetwork

    Model: TypeAlias = (
        ModularChain
        | ModularNetwork
        | UnequalNetwork
        | BandedChain
        | SpinChain
        | ClassicalChain
        | DisorderedChain
        | CoupledUnits
        | ExchangeChain
        | QuantumChain
        | HarmonicChain
        | Lattice
    )

OTHERS = {"sites", "chain", "units", "graph", "lattice"}  # fields that no modular chain has


def with_arrays(mapping: dict[str, Any], names: tuple[str, ...], folder: Path | None) -> dict[str, Any]:
    """The mapping with every named .npy file replaced by its array; paths are relative to `folder`.

    A file stands by its path, or by path and digest, as `write_model` has it: `{file: model.zz.npy, sha256: 1f…}`.

    Raises
    ------
    InvalidInput
        If a file is missing, holds no array, or is not the one of the digest; if there is no folder, as for a text of the page,
        nothing of which reaches the file system.
    """
    resolved = dict(mapping)
    for name in names:
        value, digest = resolved.get(name), None
        beside = value if isinstance(value, dict) and "file" in value else None
        if folder is None:
            if beside is not None or isinstance(value, str):
                named = value if beside is None else beside["file"]
                raise InvalidInput(
                    f"`{name}` must hold numbers on the page, but it names a file (got {shown(named)}); run the file by caloriq run"
                )
            continue
        if beside is not None:
            value, digest = _companion(name, beside)
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
    with placed(path):
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
        raise InvalidInput(
            f"`kind` must be a known model, but it is not (got {shown(kind)}); {wording.remedy(kind, MODELS)}"
        )
    return kind


def model_from(mapping: Any, folder: Path | None) -> Model:
    """Model from a mapping; paths in it are relative to `folder`, and refused without one."""
    if not isinstance(mapping, dict):
        raise InvalidInput(f"`model` must be a mapping of names to values, but it is not (got {shown(mapping)})")
    mapping, kind = named_arrays(mapping, folder), kind_of(mapping)
    model: Model = MODELS[kind].from_mapping({k: v for k, v in mapping.items() if k != "kind"})
    return model


def named_arrays(mapping: dict[str, Any], folder: Path | None) -> dict[str, Any]:
    """A model's mapping with its .npy files read, those of a chain within it too."""
    kind = mapping.get("kind", "modular-chain")
    names = MODELS[kind].array_files if isinstance(kind, str) and kind in MODELS else ()
    resolved = with_arrays(mapping, names, folder)
    if isinstance(resolved.get("chain"), dict) and kind in MODELS and "chain" in MODELS[kind].model_fields:
        with within("chain"):
            inner = MODELS[kind].model_fields["chain"].annotation.model_fields["kind"].default
            resolved["chain"] = named_arrays({"kind": inner, **resolved["chain"]}, folder)
    return resolved


def write_model(model: Model, path: str | Path) -> Path:
    """Model to a YAML file, and arrays too large or complex for it to .npy files beside it, whose digests stand in it.

    `read_model` reads it, and refuses a file beside it in which a bit is another.
    """
    from caloriq.files import write_text

    if not isinstance(model, Definition) or not hasattr(model, "array_files"):
        raise InvalidInput(f"`model` must be a model, such as a ModularChain, but it is not (got {shown(model)})")
    file = Path(path)
    mapping = _with_companions(model, model.to_mapping(), file)
    return write_text(file, yaml_text(mapping))


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
