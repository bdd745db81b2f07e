"""Numba's decorator with a cache that never stands in the way. All compiled functions take it from here.

Machine code is kept beside the source or in the user's cache folder, as Numba does. Where neither can be written (an
installation for all users, a container, a service without a home) it is kept in a folder of the user's own below the
system's temporary one, or not at all: then every process compiles anew. Nothing is set in the environment.
"""

from __future__ import annotations

import os
import stat
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numba

config: Any = numba.config
_deciding = threading.Lock()


def njit(*, cache: bool = False, **options: Any) -> Callable[[Callable[..., Any]], Any]:
    """As `numba.njit`; `cache` keeps the machine code where that is possible."""

    def decorate(function: Callable[..., Any]) -> Any:
        compiled = numba.njit(**options)(function)
        if cache and hasattr(compiled, "enable_caching"):  # not with NUMBA_DISABLE_JIT
            _keep(compiled)
        return compiled

    return decorate


def _keep(compiled: Any) -> None:
    """Cache in the first place that can be written to."""
    for place in (lambda: None, temporary_folder):
        with suppress(RuntimeError, OSError), _cached_in(place()):
            compiled.enable_caching()
            break
    else:
        return
    held = compiled._cache
    held.load_overload, held.save_overload = _harmless(held.load_overload), _harmless(held.save_overload)


def _harmless(act: Callable[..., Any]) -> Callable[..., Any]:
    """A damaged file, a full disk, a folder that is gone: compiled once more, or not kept, and no error."""

    def tried(*arguments: Any) -> Any:
        with suppress(Exception):
            return act(*arguments)
        return None

    return tried


@contextmanager
def _cached_in(folder: Path | None) -> Iterator[None]:
    """Numba's own choice, or a folder, for what is decorated meanwhile."""
    if folder is None:
        yield
        return
    with _deciding:
        before = config.CACHE_DIR
        config.CACHE_DIR = str(folder)
        try:
            yield
        finally:
            config.CACHE_DIR = before


def temporary_folder() -> Path:
    """A folder that nobody else can write to: what lies in it is run. An OSError where there is none."""
    owner = os.getuid() if hasattr(os, "getuid") else None
    folder = Path(tempfile.gettempdir()) / ("caloriq-numba" if owner is None else f"caloriq-numba-{owner}")
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    others = owner is not None and (found.st_uid != owner or found.st_mode & 0o022)
    if others or not stat.S_ISDIR(found.st_mode):
        raise PermissionError(f"{folder} belongs to somebody else")
    return folder
