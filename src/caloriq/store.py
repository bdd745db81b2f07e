"""Solutions to disk and back: xarray datasets in one zipped Zarr file, written whole or not at all."""

from __future__ import annotations

import hashlib
import logging
import os
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from caloriq import _checks, accessor
from caloriq.errors import InvalidInput
from caloriq.files import SCHEMA_VERSION, atomic

if TYPE_CHECKING:
    import xarray as xr

LOG = logging.getLogger(__name__)
SEAL, DIGITS = b"sha256:", 64  # how the comment of a file begins, and the digest that follows
ENDED = 22  # bytes of the record that ends a zip file without a comment
BLOCK = 2**20


@runtime_checkable
class Saved(Protocol):
    """What can be told as a dataset, and proved: every solution."""

    @property
    def certificate(self) -> Any:
        """Its proofs."""
        ...

    def to_dataset(self) -> xr.Dataset:
        """The dataset."""
        ...


def save(data: Saved | xr.Dataset, path: str | Path) -> Path:
    """Write a solution or a dataset to one zipped Zarr file, replacing it only when it is complete.

    The file ends with a digest of all that stands before it, which `load` checks.

    Parameters
    ----------
    data : Solution or xarray.Dataset
        Any result, which goes to disk as its `to_dataset` says, or a dataset.
    path : str or Path
        Of the file.

    Raises
    ------
    InvalidInput
        If it is something else, a dataset that Zarr cannot hold, or the folder cannot be written to.
    """
    import zarr

    _checks.instance("path", path, str, Path)
    LOG.debug("writing %s", path)
    content = _content(data).assign_attrs(schema=SCHEMA_VERSION)
    # in memory first: a zip file cannot replace an entry, and Zarr writes its metadata more than once
    entries: dict[str, Any] = {}
    try:
        content.to_zarr(zarr.storage.MemoryStore(entries), mode="w", consolidated=False, zarr_format=3)
    except Exception as error:  # a type of its own for every value that it does not know
        raise InvalidInput(
            f"`data` must be a dataset that Zarr can hold, but it is not (got {type(error).__name__}: {_first_sentence(error)}); take numbers with names, units as text"
        ) from None
    # Zarr writes them in an order by chance: here in that of the variables, which `load` gives back
    rank = {str(name): k for k, name in enumerate((*content.data_vars, *content.coords))}
    order = sorted(entries, key=lambda entry: (rank.get(entry.partition("/")[0], -1), entry))
    return atomic(Path(path), lambda target: sealed(target, ((name, entries[name].to_bytes()) for name in order)))


def _first_sentence(error: Exception) -> str:
    line = next((line.strip() for line in str(error).splitlines() if line.strip()), "nothing more is known")
    return line.split(". ")[0].rstrip(".")


def _content(data: Any) -> xr.Dataset:
    """What is saved, as a dataset."""
    import xarray as xr

    if isinstance(data, xr.Dataset):
        return data
    if isinstance(data, Saved):
        return data.to_dataset()
    raise InvalidInput(
        f"`data` must be a solution or an xarray.Dataset, but it is not (got {type(data).__name__}); put its arrays into a Dataset, or pickle it"
    )


def sealed(target: Path, entries: Iterable[tuple[str, bytes]]) -> None:
    """Write a zip file whose comment is the digest of every byte before it: equal entries, equal files."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for name, entry in entries:
            archive.writestr(zipfile.ZipInfo(name), entry)  # no time of day
        archive.comment = SEAL + b"0" * DIGITS
    found = _digest(target)
    with target.open("r+b") as file:
        file.seek(-DIGITS, os.SEEK_END)
        file.write(found)


def _digest(path: Path) -> bytes:
    """SHA-256 of all but the last digits of a file, hexadecimal."""
    found, left = hashlib.sha256(), path.stat().st_size - DIGITS
    with path.open("rb") as file:
        while left > 0 and (block := file.read(min(left, BLOCK))):
            found.update(block)
            left -= len(block)
    return found.hexdigest().encode()


def _check_seal(path: Path) -> None:
    """Refuse a file that is not what was written; one without a digest, from before there was one, goes through."""
    with path.open("rb") as file:
        file.seek(-min(path.stat().st_size, ENDED + len(SEAL) + DIGITS), os.SEEK_END)
        end = file.read()
    if end[-ENDED:].startswith(b"PK\5\6") and end.endswith(b"\0\0"):
        return
    if zipfile.is_zipfile(path) and not (end[:-DIGITS].endswith(SEAL) and end[-DIGITS:] == _digest(path)):
        raise InvalidInput(
            f"`path` must be a file as it was written, but its digest is another (got {str(path)!r}); it was damaged or changed since, write it again"
        )


def load(path: str | Path) -> xr.Dataset:
    """Read a dataset back, into memory.

    Raises
    ------
    InvalidInput
        If the file is missing, is not such a file, or has another schema version.
    """
    with opened(path) as data:
        try:
            loaded: xr.Dataset = data.load()
        except Exception as error:
            raise _unreadable(path, error) from None
    return loaded


def ordered(data: xr.Dataset, entries: Iterable[str]) -> xr.Dataset:
    """A dataset whose variables stand in the order of the entries that hold them: Zarr lists them in an order by chance.

    Parameters
    ----------
    data : Dataset
        As Zarr opened it.
    entries : iterable of str
        Paths in its store.
    """
    import xarray as xr

    names = list(dict.fromkeys(entry.partition("/")[0] for entry in entries))
    variables = {name: data[name] for name in names if name in data.data_vars}
    coordinates = {name: data[name] for name in names if name in data.coords}
    return xr.Dataset(variables, coordinates, data.attrs)


@contextmanager
def opened(path: str | Path) -> Iterator[xr.Dataset]:
    """Dataset whose variables are read when they are asked for; see `load`."""
    import xarray as xr
    import zarr

    accessor.registered()
    file = Path(path)
    if not file.is_file():
        raise InvalidInput(f"`path` must be a file, but there is none (got {str(path)!r})")
    stack = ExitStack()
    try:
        _check_seal(file)
        source = stack.enter_context(zarr.storage.ZipStore(file, mode="r"))
        data = stack.enter_context(xr.open_zarr(source, consolidated=False, chunks=None))
        with zipfile.ZipFile(file) as archive:
            data = ordered(data, archive.namelist())
    except InvalidInput:
        raise
    except Exception as error:
        with suppress(Exception):  # a store that did not open cannot close either
            stack.close()
        raise _unreadable(path, error) from None
    with stack:
        if data.attrs.get("schema") != SCHEMA_VERSION:
            raise InvalidInput(
                f"`path` must have schema version {SCHEMA_VERSION}, but it has another (got {_checks.shown(data.attrs.get('schema'))})"
            )
        yield data


def _unreadable(path: str | Path, error: Exception) -> InvalidInput:
    return InvalidInput(
        f"`path` must be a zipped Zarr dataset, but it cannot be read as one (got {str(path)!r}: {type(error).__name__})"
    )
