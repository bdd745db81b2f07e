"""Files written whole or not at all: temporary file, fsync, rename."""

from __future__ import annotations

import errno
import json
import math
import os
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np

from caloriq.errors import InvalidInput

SCHEMA_VERSION = 1  # of every file that is written


class NoSpace(InvalidInput):
    """The disk is full, or a quota is reached."""


def atomic(path: Path, write: Callable[[Path], object]) -> Path:
    """Write a file through a temporary one beside it: after a crash there is the old file or the new one, never half."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.stem}.", suffix=path.suffix, dir=path.parent)
    except OSError as error:
        raise (NoSpace if full(error) else InvalidInput)(
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
            raise (NoSpace if full(error) else InvalidInput)(
                f"`out` must take the file {path.name}, but writing failed ({error.strerror or error}) (got {str(path.parent)!r})"
            ) from None
        raise
    return path


def cache() -> Path | None:
    """The user's folder for what can be made again: caloriq in $XDG_CACHE_HOME, else in ~/.cache; None without a home."""
    shared = Path(os.environ.get("XDG_CACHE_HOME", ""))
    if shared.is_absolute():
        return shared / "caloriq"
    try:
        return Path.home() / ".cache" / "caloriq"
    except RuntimeError:
        return None


def full(error: OSError) -> bool:
    """Whether it is for want of space."""
    return error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@contextmanager
def folder(path: Path) -> Iterator[Path]:
    """Files that belong together: written in a temporary folder, moved to `path` when all of them are complete."""
    made = [parent for parent in (path, *path.parents) if not parent.exists()]
    try:
        path.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(prefix=".unfinished-", dir=path))
    except OSError as error:
        raise InvalidInput(
            f"`out` must be a folder that can be written to, but it cannot ({error.strerror}) (got {str(path)!r})"
        ) from None
    try:
        yield temporary
        for file in sorted(temporary.iterdir()):
            file.replace(path / file.name)
        _sync_folder(path)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
        for parent in made:  # empty again if nothing was finished
            with suppress(OSError):
                parent.rmdir()


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
    told = numbers_told(content)
    text = json.dumps(told, indent=2, ensure_ascii=False, allow_nan=False)
    try:
        text.encode()
    except UnicodeEncodeError:  # the name of a file that is no UTF-8, in a command or a folder
        text = json.dumps(told, indent=2, allow_nan=False)
    return write_text(path, text + "\n")


def plain(value: Any) -> Any:
    """NumPy values as plain numbers and lists, for JSON."""
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        return value.tolist()
    raise TypeError(f"not serialisable: {type(value).__name__}")


def numbers_told(value: Any) -> Any:
    """Content as JSON has it: NumPy values plain, infinite numbers as the texts "inf" and "-inf", what is no number as null."""
    if isinstance(value, Mapping):
        return {key: numbers_told(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [numbers_told(one) for one in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else str(value)
    return value if value is None or isinstance(value, str | int | float) else numbers_told(plain(value))


def number_read(value: Any) -> float:
    """A number as `numbers_told` wrote it, or as it stands."""
    return math.nan if value is None else float(value)


def usable(folder: Path) -> Path:
    """Folder made and proved writable before any work is done; several processes may ask at once."""
    probe = atomic(folder / f".caloriq-probe-{secrets.token_hex(8)}", lambda target: target.write_bytes(b""))
    probe.unlink()
    return folder
