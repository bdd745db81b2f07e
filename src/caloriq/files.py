"""Files written whole or not at all: temporary file, fsync, rename."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from caloriq.errors import InvalidInput


def atomic(path: Path, write: Callable[[Path], object]) -> Path:
    """Write a file through a temporary one beside it: after a crash there is the old file or the new one, never half."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.stem}.", suffix=path.suffix, dir=path.parent)
    except OSError as error:
        raise InvalidInput(
            f"`out` must be a folder that can be written to, but it cannot ({error.strerror}) (got {str(path.parent)!r})"
        ) from None
    os.close(handle)
    temporary = Path(name)
    try:
        write(temporary)
        with temporary.open("rb") as file:
            os.fsync(file.fileno())
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(path)
        _sync_folder(path.parent)
    except BaseException as error:
        with suppress(OSError):
            temporary.unlink()
        if isinstance(error, OSError):
            raise InvalidInput(
                f"`out` must take the file {path.name}, but writing failed ({error.strerror or error}) (got {str(path.parent)!r})"
            ) from None
        raise
    return path


def _sync_folder(folder: Path) -> None:
    """Make the rename itself last, where the system allows a folder to be synchronised."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def write_text(path: Path, text: str) -> Path:
    """Text file, atomically."""
    return atomic(path, lambda target: target.write_text(text, encoding="utf-8"))


def write_json(path: Path, content: Mapping[str, Any]) -> Path:
    """JSON file, atomically."""
    return write_text(path, json.dumps(content, indent=2, ensure_ascii=False, default=_plain) + "\n")


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        return value.tolist()
    raise TypeError(f"not serialisable: {type(value).__name__}")


def usable(folder: Path) -> Path:
    """Folder made and proved writable before any work is done."""
    probe = atomic(folder / ".caloriq-probe", lambda target: target.write_bytes(b""))
    probe.unlink()
    return folder
