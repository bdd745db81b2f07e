"""What a run was: the values of its record, and whether its files still are as it wrote them."""

from __future__ import annotations

import platform
import stat
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from caloriq.errors import InvalidInput

# in the order in which a record tells them
TOLD = (
    *("id", "kind", "name", "status", "started", "seconds", "points", "folder"),
    *("command", "digest", "host", "pid", "definition", "versions", "summary", "files"),
)


@dataclass(frozen=True, slots=True)
class WrittenFile:
    """A file as it was when its run ended.

    Attributes
    ----------
    name : str
        Path below the run's folder, with slashes.
    size : int
        Bytes.
    modified : int
        Time of its last change, in ns since 1970.
    """

    name: str
    size: int
    modified: int

    def state(self, folder: Path) -> str:
        """Whether it still is what the run wrote: unchanged, changed or missing."""
        name = PurePosixPath(self.name)
        if name.is_absolute() or ".." in name.parts:
            return "changed"
        try:
            now = (folder / name).lstat()
        except OSError:
            return "missing"
        same = stat.S_ISREG(now.st_mode) and (now.st_size, now.st_mtime_ns) == (self.size, self.modified)
        return "unchanged" if same else "changed"


@dataclass(frozen=True, slots=True)
class RecordedRun:
    """One run of the registry.

    Attributes
    ----------
    id : str
        Ten hexadecimal digits.
    kind, name : str
        run, reproduce or sweep, and what it is called.
    folder : Path
        Where its files are; absolute.
    status : str
        running, done, failed, partial, interrupted; stopped if its process is gone without a word.
    started : str
        UTC, ISO 8601.
    seconds : float or None
        How long it took; None if it has not ended.
    points : dict or None
        For a sweep: total, done, failed.
    command : str
        What was typed.
    definition, versions, summary : dict
        What was asked, with what, and what came out (long lists left out).
    digest : str
        Of the definition.
    files : tuple of WrittenFile
        What it wrote.
    made_folder : bool
        Whether the folder was not there before.
    host, pid : str, int
        Where it ran.
    """

    id: str
    kind: str
    name: str
    folder: Path
    status: str
    started: str
    seconds: float | None
    points: dict[str, int] | None
    command: str
    definition: dict[str, Any]
    digest: str
    versions: dict[str, str]
    summary: dict[str, Any]
    files: tuple[WrittenFile, ...]
    made_folder: bool
    host: str
    pid: int

    @property
    def verdict(self) -> str:
        """What came out, or what went wrong, in one sentence; empty if neither is known."""
        return str(self.summary.get("verdict") or self.summary.get("error") or self.summary.get("title") or "")

    @property
    def on_this_host(self) -> bool:
        """Whether it ran on this machine, so that its process can be asked for."""
        return self.host == platform.node()

    @property
    def searched(self) -> dict[str, Any]:
        """What conditions are asked of: the definition, and what the run is called and came to."""
        about = {name: getattr(self, name) for name in ("id", "name", "status", "host", "digest", "seconds")}
        return {**self.definition, "run": {**about, "folder": str(self.folder), "started": self.started}}

    def unchanged(self) -> list[Path]:
        """Its files that still are as it wrote them."""
        return [self.folder / file.name for file in self.files if file.state(self.folder) == "unchanged"]

    def remove_files(self) -> list[Path]:
        """Remove what the run wrote and nobody changed since, and the folder if the run made it and it is empty; gives what is gone.

        Raises
        ------
        InvalidInput
            If a file cannot be removed.
        """
        present = self.unchanged()
        try:
            for path in present:
                path.unlink()
        except OSError as error:
            raise InvalidInput(
                f"`files` must be files that can be removed, but one cannot ({error.strerror}) (got {str(error.filename)!r})"
            ) from None
        if self.made_folder and self.folder.is_dir() and not any(self.folder.iterdir()):
            self.folder.rmdir()
        return present

    def to_mapping(self) -> dict[str, Any]:
        """Plain mapping, for JSON."""
        files = [{"name": f.name, "bytes": f.size, "state": f.state(self.folder)} for f in self.files]
        return {name: getattr(self, name) for name in TOLD} | {"folder": str(self.folder), "files": files}
