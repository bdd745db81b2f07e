"""Solutions to disk and back: xarray datasets in one zipped Zarr file, written whole or not at all."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import subprocess
import sys
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from caloriq._checks import shown
from caloriq.closed.evolve import Evolution
from caloriq.errors import InvalidInput
from caloriq.files import atomic, plain
from caloriq.models.definition import SCHEMA_VERSION, Definition
from caloriq.models.modular import ModularChain
from caloriq.results import Solution
from caloriq.steady.ensemble import SteadyEnsemble
from caloriq.steady.result import SteadyState

if TYPE_CHECKING:
    import xarray as xr

SEAL, DIGITS = b"sha256:", 64  # how the comment of a file begins, and the digest that follows
ENDED = 22  # bytes of the record that ends a zip file without a comment
BLOCK = 2**20
LIBRARIES = ("caloriq", "numpy", "scipy", "numba", "pydantic", "xarray", "zarr")


def provenance(*definitions: Definition, **extra: Any) -> dict[str, Any]:
    """What made a result: definitions and their digests, versions, git revision, machine, time of day."""
    return {
        "schema": SCHEMA_VERSION,
        "definitions": [{"type": type(d).__name__, "digest": d.digest, **d.to_mapping()} for d in definitions],
        "versions": versions(),
        "git revision": revision(),
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        "written": datetime.now(UTC).isoformat(timespec="seconds"),
        **extra,
    }


def source_of(file: Path, folder: Path) -> str:
    """The file of a run as its provenance names it: relative to the folder of its results, where there is a way."""
    try:
        return Path(os.path.relpath(file, folder)).as_posix()
    except ValueError:  # another drive
        return str(file.absolute())


def check_source(folder: Path, name: str, file: Path) -> None:
    """Refuse to write over the results of another file that is called the same.

    Raises
    ------
    InvalidInput
        If the provenance in the folder names another file, which is still there.
    """
    try:
        before = json.loads((folder / f"{name}-provenance.json").read_text(encoding="utf-8"))["file"]
        before = os.path.normpath(
            folder.absolute() / before
        )  # relative to the results: both may have been moved together
        other = os.path.exists(before) and not os.path.samefile(before, file)
    except (OSError, ValueError, KeyError, TypeError):
        return
    if other:
        raise InvalidInput(
            f"`out` must be a folder without the results of another file of this name, but {folder.as_posix()} holds those of {before} (got {str(file)!r}); give another folder by --out, or rename the file"
        )


@cache
def versions() -> dict[str, str]:
    """Versions of the libraries that compute."""
    return {name: _version(name) for name in LIBRARIES} | {"python": platform.python_version()}


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


@cache
def revision() -> str:
    """Git revision of the source tree that runs, with a mark if it was edited; "none" outside a checkout."""
    here = Path(__file__).resolve().parent
    try:
        top = subprocess.run(
            ["git", "rev-parse", "--show-toplevel"], cwd=here, capture_output=True, text=True, timeout=5, check=True
        )
        if not (Path(top.stdout.strip()) / "src" / "caloriq").samefile(here):
            return "none"
        name = subprocess.run(
            ["git", "describe", "--always", "--dirty", "--abbrev=12"],
            cwd=here,
            capture_output=True,
            text=True,
            timeout=5,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return "none"
    return name.stdout.strip()


def dataset(exact: Evolution) -> xr.Dataset:
    """Evolution as an xarray Dataset: named dimensions, units, certificate and model in its attributes.

    Dimensions `time`, `subunit`, `bond` and, for an ensemble, `sample`.
    """
    import xarray as xr

    lead = ("sample",) if exact.populations.ndim == 3 else ()
    variables: dict[str, Any] = {
        "populations": ((*lead, "time", "subunit"), exact.populations, {"units": "1", "long_name": "P_µ(t)"})
    }
    if exact.local_energies is not None:
        variables["local_energies"] = (
            (*lead, "time", "subunit"),
            exact.local_energies,
            {"units": "ΔE unit", "long_name": "<H_loc(µ)>(t)"},
        )
    if exact.currents is not None:
        variables["currents"] = (
            (*lead, "time", "bond"),
            exact.currents,
            {
                "units": "ΔE unit",
                "long_name": "J_µ(t), from µ to µ+1"
                if isinstance(exact.model, ModularChain)
                else "J(t), from bond_from to bond_to",
            },
        )
    attributes = {
        "schema": SCHEMA_VERSION,
        "model": json.dumps(exact.model.whole_mapping()),
        "digest": exact.model.digest,
        "initial": json.dumps(exact.initial.to_mapping()),
        "method": exact.method.name,
        "reason": exact.method.reason,
        "certificate": json.dumps(_certificate(exact)),
    }
    coordinates: dict[str, Any] = {
        "time": ("time", exact.times, {"units": "1/ΔE unit"}),
        "subunit": np.arange(exact.populations.shape[-1]),
        "bond": np.arange(exact.model.bond_count),
    }
    if not isinstance(exact.model, ModularChain):
        coordinates |= {end: ("bond", exact.bonds[:, k]) for k, end in enumerate(("bond_from", "bond_to"))}
    return xr.Dataset(variables, coordinates, attributes)


def steady_dataset(found: SteadyState | SteadyEnsemble) -> xr.Dataset:
    """Steady state, or those of an ensemble, as an xarray Dataset with its certificate in the attributes.

    Dimensions `site`, `bond`, `bath` and, for an ensemble, `sample`.
    """
    import xarray as xr

    chain = found.model.chain if isinstance(found, SteadyEnsemble) else found.model
    lead = ("sample",) if isinstance(found, SteadyEnsemble) else ()
    energies = {"units": "energy unit squared"}
    variables: dict[str, Any] = {
        "populations": ((*lead, "site"), found.populations, {"units": "1", "long_name": "<n_k>"}),
        "currents": ((*lead, "bond"), found.currents, {"units": "energy unit", "long_name": "excitations per time"}),
        "heat_currents": ((*lead, "bath"), found.heat_currents, {**energies, "long_name": "Tr(H L_b rho)"}),
        "excitation_currents": ((*lead, "bath"), found.excitation_currents, {"units": "energy unit"}),
    }
    attributes: dict[str, Any] = {
        "schema": SCHEMA_VERSION,
        "model": json.dumps(found.model.whole_mapping()),
        "digest": found.model.digest,
        "method": found.method.name,
        "reason": found.method.reason,
        "certificate": json.dumps(_certificate(found)),
    }
    if isinstance(found, SteadyEnsemble):
        variables["dephasing_current"] = ("sample", found.dephasing_currents, energies)
        of = {"dephasing_currents": "dephasing_current"}
        for name, bound in found.bounds.items():
            _beside(variables, of.get(name, name), bound)
    else:
        kelvin = {"units": "energy unit", "long_name": "effective temperature"}
        variables |= {
            "dephasing_current": ((), found.dephasing_current, energies),
            "temperatures": ("site", found.temperatures, kelvin),
            "coherences_real": ("bond", found.coherences.real),
            "coherences_imaginary": ("bond", found.coherences.imag),
            "population_differences": ("bond", found.population_differences, {"units": "1"}),
        }
        if found.detailed_balance_defect is not None:
            without = {**energies, "long_name": "heat currents at the baths' mean temperature"}
            variables["detailed_balance_defect"] = ("bath", found.detailed_balance_defect, without)
            meaning = {**energies, "long_name": "bound on the error of detailed_balance_defect"}
            variables["detailed_balance_defect_bound"] = ("bath", found.detailed_balance_bound, meaning)
        if found.pair_correlations is not None:
            variables["pair_correlations"] = (("site", "other_site"), found.pair_correlations)
        for name, bound in found.bounds.items():
            if name in variables:
                _beside(variables, name, bound)
            elif name == "coherences":
                variables[f"{name}_bound"] = ("bond", bound, {"long_name": f"bound on the error of {name}"})
        attributes |= {
            "energy": found.energy,
            "entropy_production": found.entropy_production,
            "jump_entropy_production": found.jump_entropy_production,
            **{
                f"{name}_bound": float(found.bounds[name])
                for name in ("energy", "entropy_production", "jump_entropy_production")
            },
        }
    attributes["baths"] = list(chain.bath_names)  # text as a coordinate has no settled form in Zarr
    coordinates = {"site": np.arange(chain.sites), "bath": np.arange(len(chain.baths))}
    return xr.Dataset(variables, coordinates, attributes)


def _beside(variables: dict[str, Any], name: str, bound: Any) -> None:
    """Put the bounds of a variable beside it: its dimensions, its unit."""
    dims, _, *attributes = variables[name]
    units = {key: value for one in attributes for key, value in one.items() if key == "units"}
    variables[f"{name}_bound"] = (dims, bound, {**units, "long_name": f"bound on the error of {name}"})


def _certificate(found: Solution) -> dict[str, dict[str, Any]]:
    return {c.name: {"value": c.value, "limit": c.limit, "holds": c.holds} for c in found.certificate}


def save(data: Evolution | SteadyState | SteadyEnsemble | xr.Dataset, path: str | Path) -> Path:
    """Write a solution or a dataset to one zipped Zarr file, replacing it only when it is complete.

    The file ends with a digest of all that stands before it, which `load` checks.

    Raises
    ------
    InvalidInput
        If it is something else, a dataset that Zarr cannot hold, or the folder cannot be written to.
    """
    import zarr

    content = _content(data).assign_attrs(schema=SCHEMA_VERSION)
    # in memory first: a zip file cannot replace an entry, and Zarr writes its metadata more than once
    entries: dict[str, Any] = {}
    try:
        content.to_zarr(zarr.storage.MemoryStore(entries), mode="w", consolidated=False, zarr_format=3)
    except Exception as error:  # a type of its own for every value that it does not know
        raise InvalidInput(
            f"`data` must be a dataset that Zarr can hold, but it is not (got {type(error).__name__}: {_first_sentence(error)}); take numbers with names, units as text"
        ) from None
    return atomic(Path(path), lambda target: sealed(target, ((name, e.to_bytes()) for name, e in entries.items())))


def _content(data: Any) -> xr.Dataset:
    """What is saved, as a dataset."""
    import xarray as xr

    if isinstance(data, Evolution):
        return dataset(data)
    if isinstance(data, SteadyState | SteadyEnsemble):
        return steady_dataset(data)
    if isinstance(data, xr.Dataset):
        return data
    raise InvalidInput(
        f"`data` must be an Evolution, a SteadyState, a SteadyEnsemble or an xarray.Dataset, but it is not (got {type(data).__name__}); put its arrays into a Dataset, or pickle it"
    )


def _first_sentence(error: Exception) -> str:
    line = next((line.strip() for line in str(error).splitlines() if line.strip()), "nothing more is known")
    return line.split(". ")[0].rstrip(".")


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


@contextmanager
def opened(path: str | Path) -> Iterator[xr.Dataset]:
    """Dataset whose variables are read when they are asked for; see `load`."""
    import xarray as xr
    import zarr

    file = Path(path)
    if not file.is_file():
        raise InvalidInput(f"`path` must be a file, but there is none (got {str(path)!r})")
    stack = ExitStack()
    try:
        _check_seal(file)
        source = stack.enter_context(zarr.storage.ZipStore(file, mode="r"))
        data = stack.enter_context(xr.open_zarr(source, consolidated=False, chunks=None))
    except InvalidInput:
        raise
    except Exception as error:
        with suppress(Exception):  # a store that did not open cannot close either
            stack.close()
        raise _unreadable(path, error) from None
    with stack:
        if data.attrs.get("schema") != SCHEMA_VERSION:
            raise InvalidInput(
                f"`path` must have schema version {SCHEMA_VERSION}, but it has another (got {shown(data.attrs.get('schema'))})"
            )
        yield data


def _unreadable(path: str | Path, error: Exception) -> InvalidInput:
    return InvalidInput(
        f"`path` must be a zipped Zarr dataset, but it cannot be read as one (got {str(path)!r}: {type(error).__name__})"
    )


def to_netcdf(data: xr.Dataset, path: str | Path) -> Path:
    """Write a dataset as NetCDF-3 (64-bit offsets), for tools that read no Zarr; whole or not at all.

    That format has no 64-bit integers, complex numbers or lists of text. Integers become 32-bit, or float64 where they
    are larger and that is exact; a complex variable becomes two, NAME_real and NAME_imaginary; attributes that are truth
    values become 0 or 1, and those that are neither text nor numbers become JSON.

    Raises
    ------
    InvalidInput
        If the folder cannot be written to, or the format cannot hold a variable: an integer beyond 2**53, a name beyond
        ASCII, 4 GiB or more.
    """
    import xarray as xr

    def convert(variables: Any) -> dict[str, Any]:
        converted: dict[str, Any] = {}
        for name, array in variables.items():
            for ending, variable in _netcdf_parts(str(name), array.variable):
                key = _netcdf_name(f"{name}{ending}")
                if key in converted:
                    raise InvalidInput(
                        f"`data` must have names that stay apart in NetCDF-3, but two become the same (got {key!r})"
                    )
                converted[key] = variable
        return converted

    content = xr.Dataset(convert(data.data_vars), convert(data.coords), _netcdf_attributes(data.attrs))

    def write(target: Path) -> None:
        content.to_netcdf(target, engine="scipy", format="NETCDF3_64BIT")

    return atomic(Path(path), write)


def _netcdf_parts(name: str, variable: xr.Variable) -> list[tuple[str, xr.Variable]]:
    """What a variable becomes in NetCDF-3: itself, with numbers that the format has, or real and imaginary part."""
    import xarray as xr

    values = np.asarray(variable.values)
    if values.nbytes >= 2**32 - 4:
        raise InvalidInput(f"`data` must be less than 4 GiB a variable, but one is not (got {name}: {values.nbytes} B)")
    if values.dtype.kind == "c":
        parts = [("_real", values.real), ("_imaginary", values.imag)]
    elif values.dtype.kind in "iu":
        largest = max((abs(int(v)) for v in (values.min(), values.max())), default=0) if values.size else 0
        if largest > 2**53:
            raise InvalidInput(
                f"`data` must have integers up to 2**53 for NetCDF-3, but one is larger (got {name}: {largest})"
            )
        parts = [("", values.astype(np.int32 if largest < 2**31 else np.float64))]
    else:
        parts = [("", values)]
    attributes = _netcdf_attributes(variable.attrs)
    dimensions = [_netcdf_name(str(dimension)) for dimension in variable.dims]
    return [(ending, xr.Variable(dimensions, part, attributes)) for ending, part in parts]


def _netcdf_name(name: str) -> str:
    if not name.isascii():
        raise InvalidInput(f"`data` must have names in ASCII for NetCDF-3, but one is not (got {name!r})")
    return name.replace("/", "_")


def _netcdf_attributes(attributes: Any) -> dict[str, Any]:
    """Attributes as text and numbers that NetCDF-3 has."""

    def fits(value: Any) -> bool:
        if isinstance(value, int | np.integer):
            return -(2**31) <= int(value) < 2**31
        return isinstance(value, float | np.floating)

    def converted(value: Any) -> Any:
        if isinstance(value, np.ndarray):
            value = value.tolist()
        if isinstance(value, bool | np.bool_):
            return int(value)
        if isinstance(value, str) or fits(value):
            return value
        if isinstance(value, list | tuple) and value and all(fits(v) and not isinstance(v, bool) for v in value):
            return value
        return json.dumps(value, default=plain)

    return {_netcdf_name(str(name)): converted(value) for name, value in attributes.items()}


def command_line() -> str:
    """The command that runs, without the folder of its executable."""
    return " ".join([Path(sys.argv[0]).name, *sys.argv[1:]])
