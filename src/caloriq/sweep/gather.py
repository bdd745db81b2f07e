"""Gather: the answers of a sweep as one dataset with named dimensions, written piece by piece."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from caloriq import accessor, provenance, store
from caloriq.accessor import STANDARD_ERROR
from caloriq.files import SCHEMA_VERSION, atomic, plain
from caloriq.questions.base import BOUND
from caloriq.sweep.engine import Ledgers
from caloriq.sweep.ledger import DONE
from caloriq.sweep.moments import Moments
from caloriq.sweep.plan import Plan
from caloriq.sweep.survey import ASKED, Form, survey
from caloriq.sweep.work import Layout
from caloriq.variables import Variable

if TYPE_CHECKING:
    import xarray as xr

PIECE_BYTES = 8.0e6  # of one variable, read, filled in and written at once
STATES = "missing done failed"


class Gathering:
    """Writes the answers of a plan into a Zarr group.

    Parameters
    ----------
    plan : Plan
        All points.
    ledgers : Ledgers
        Their answers.
    form : Form
        What `survey` says of them.
    """

    def __init__(self, plan: Plan, ledgers: Ledgers, form: Form) -> None:
        self.plan, self.ledgers, self.form = plan, ledgers, form
        self.lengths = list(plan.lengths)
        if self.form.stops is not None:
            self.lengths[-1] = max(1, int(self.form.stops.samples.max()))
        self.width = self.lengths[-1] if plan.ensemble is not None else 1
        cells, inner = tuple(self.lengths[:-1]), form.inner
        if plan.ensemble is not None:
            self.moments = {one.name: Moments((*cells, *(inner[d] for d in one.dims))) for one in form.outputs}
            self.answered = np.zeros(cells, dtype="i8")

    def fill(self, store: Any) -> None:
        """Everything, at most a few megabytes at a time."""
        import zarr

        group = zarr.open_group(store, mode="w", zarr_format=3, attributes=self.attributes())
        arrays = self._arrays(group)
        for index in self._pieces():
            self._piece(arrays, index)
        self._coordinates(group)
        if self.plan.ensemble is not None:
            self._means(group)

    def attributes(self) -> dict[str, Any]:
        """What made the numbers; nothing that differs from run to run."""
        missing, done, failed = self.form.counts
        asked = self.plan.sweep.model_copy(update={"batch": None})  # no number depends on it
        return {
            "schema": SCHEMA_VERSION,
            "versions": json.dumps(provenance.versions()),
            "git revision": provenance.revision(),
            "sweep": json.dumps(asked.to_mapping()),
            "digest": asked.digest,
            "drawn": " ".join(name for name, drawn in self.plan.cell(0).draws._asdict().items() if drawn),
            "points": missing + done + failed,
            "done": done,
            "failed": failed,
            "missing": missing,
            "checks": "; ".join(self.form.checks),
            "methods": "; ".join(self.form.methods),
        }

    def _arrays(self, group: Any) -> dict[str, Any]:
        """Empty arrays of all variables, in chunks that are pieces."""
        inner, lead = self.form.inner | {"check": len(self.form.checks)}, self._chunk()
        of_checks = [
            ("certificate", ("check",), "measured value of every check; see the attribute checks"),
            ("certificate_limit", ("check",), "its limit of every check; see the attribute checks"),
            ("worst_certificate", (), "largest share of a limit that a check reaches"),
        ]
        found = [(one.name, one.dims, _told(one, one.long_name)) for one in self.form.outputs]
        if self.form.checks:
            found += [(name, dims, {"units": "1", "long_name": told}) for name, dims, told in of_checks]

        def empty(name: str, own: Sequence[str], told: dict[str, Any], **kind: Any) -> Any:
            shape = [inner[dim] for dim in own]
            return _array(group, name, [*self.plan.dims, *own], [*self.lengths, *shape], [*lead, *shape], told, **kind)

        arrays = {name: empty(name, own, told) for name, own, told in found}
        states = {"flag_values": [0, 1, 2], "flag_meanings": STATES}
        numbered = {"long_name": "number in the attribute methods of the dataset, from 0"}
        arrays["status"] = empty("status", (), states, dtype="i1")
        arrays["method"] = empty("method", (), numbered, dtype="i4", fill=-1)
        return arrays

    def _chunk(self) -> list[int]:
        """Lengths of a piece: a run of points in the order of the plan that is a block of the dataset."""
        widest = max([1, *(one.size for one in self.form.outputs), len(self.form.checks)])
        most = max(1, int(PIECE_BYTES / (8 * widest)))
        chunk = [1] * len(self.lengths)
        for k in range(len(self.lengths) - 1, -1, -1):
            chunk[k] = min(self.lengths[k], most)
            most //= chunk[k]
            if chunk[k] < self.lengths[k] or most <= 1:
                break
        return chunk

    def _pieces(self) -> Iterator[tuple[slice, ...]]:
        chunk = self._chunk()
        counts = [-(-length // step) for length, step in zip(self.lengths, chunk, strict=True)]
        for places in np.ndindex(*counts):
            yield tuple(
                slice(i * step, min(length, (i + 1) * step))
                for i, step, length in zip(places, chunk, self.lengths, strict=True)
            )

    def _points(self, index: tuple[slice, ...]) -> Any:
        """Numbers of the points of a block; -1 where an ensemble did not get that far."""
        axes = np.ix_(*(np.arange(one.start, one.stop) for one in index)) if index else ()
        numbers = np.zeros(tuple(one.stop - one.start for one in index), dtype=np.int64)
        for axis, length in zip(axes, self.plan.lengths, strict=True):
            numbers = numbers * length + axis
        if self.form.stops is not None:
            cells, samples = np.divmod(numbers, self.plan.samples)
            numbers = np.where(samples < self.form.stops.samples[cells], numbers, -1)
        return numbers

    def _piece(self, arrays: dict[str, Any], index: tuple[slice, ...]) -> None:
        numbers = self._points(index)
        flat = numbers.ravel()
        inner = self.form.inner
        status = np.zeros(flat.size, dtype="i1")
        method = np.full(flat.size, -1, dtype="i4")
        values = {one.name: np.full((flat.size, *(inner[d] for d in one.dims)), np.nan) for one in self.form.outputs}
        checks = np.full((flat.size, 2, len(self.form.checks)), np.nan)
        columns = {name: k for k, name in enumerate(self.form.checks)}
        methods = {name: k for k, name in enumerate(self.form.methods)}
        for start in range(0, flat.size, ASKED):
            part = flat[start : start + ASKED].tolist()
            digests = [b"" if point < 0 else self.plan.digest(point) for point in part]
            rows = self.ledgers.rows([digest for digest in digests if digest])
            alike: dict[Layout, list[tuple[int, bytes]]] = {}
            for place, digest in enumerate(digests, start):
                row = rows.get(digest)
                if row is not None:
                    status[place] = row.status
                    if row.layout is not None:
                        alike.setdefault(row.layout, []).append((place, row.data))
            for layout, found in alike.items():
                places = np.array([place for place, _ in found])
                table = np.frombuffer(b"".join(data for _, data in found), "<f8").reshape(len(found), -1)
                offset = 0
                for one in layout.outputs:
                    corner = np.ix_(places, *(np.arange(n) for n in one.shape))
                    values[one.name][corner] = table[:, offset : offset + one.size].reshape(-1, *one.shape)
                    offset += one.size
                proof = table[:, offset:].reshape(len(found), 2, -1)
                columns_here = np.array([columns[name] for name in layout.checks], dtype=np.intp)
                checks[np.ix_(places, np.arange(2), columns_here)] = proof
                method[places] = methods[layout.method]
        for name, filled in values.items():
            block = filled.reshape((*numbers.shape, *filled.shape[1:]))
            arrays[name][(*index, ...)] = block
            if self.plan.ensemble is not None:
                whose = values.get(name.removesuffix(BOUND), filled)  # bounds count where their numbers do
                self.moments[name].add(index[:-1], np.where(np.isfinite(whose), filled, np.nan).reshape(block.shape))
        if self.plan.ensemble is not None:
            self.answered[index[:-1]] += (status.reshape(numbers.shape) == DONE).sum(axis=-1)
        arrays["status"][(*index, ...)] = status.reshape(numbers.shape)
        arrays["method"][(*index, ...)] = method.reshape(numbers.shape)
        if self.form.checks:
            for k, name in enumerate(("certificate", "certificate_limit")):
                arrays[name][(*index, ...)] = checks[:, k].reshape(*numbers.shape, -1)
            with np.errstate(invalid="ignore", divide="ignore"):
                share = checks[:, 0] / checks[:, 1]
            worst = np.fmax.reduce(share, axis=1)
            arrays["worst_certificate"][(*index, ...)] = worst.reshape(numbers.shape)

    def _is_bound(self, name: str) -> bool:
        """Whether a column holds the bounds, or the standard errors, of another one."""
        return any(
            name.endswith(end) and any(one.name == name.removesuffix(end) for one in self.form.outputs)
            for end in (BOUND, STANDARD_ERROR)
        )

    def _coordinates(self, group: Any) -> None:
        """Values of the parameters; those that are no numbers stand in an attribute, by number."""
        for axis in self.plan.axes:
            for path, values in zip(axis.paths, axis.values, strict=True):
                name = axis.name if path == axis.paths[0] else self.plan.names[path]
                numeric = all(_number(v) for v in values)
                whole = numeric and all(isinstance(v, int) for v in values)
                data = np.array(values, dtype="i8" if whole else "f8") if numeric else np.arange(len(values))
                told = {"parameter": path} | ({} if numeric else {"values": "; ".join(_text(v) for v in values)})
                _write(group, name, [axis.name], data, told)
        if self.plan.ensemble is not None:
            _write(group, "sample", ["sample"], np.arange(self.width), {})

    def _means(self, group: Any) -> None:
        """Mean over the samples with an answer, its standard error and its bound, and their number."""
        dims = list(self.plan.dims[:-1])
        _write(group, "answered", dims, self.answered, {"units": "1", "long_name": "samples with an answer"})
        for one in self.form.outputs:
            if self._is_bound(one.name):
                continue
            moments = self.moments[one.name]
            mean, error = moments.result(truth=one.kind == "truth")
            found = [("mean", "mean over the samples", mean), ("mean_error", "standard error of the mean", error)]
            if (bounds := self.moments.get(f"{one.name}{BOUND}")) is not None:
                words = "bound on what errors of the samples' numbers make of the mean"
                found.insert(0, (f"mean{BOUND}", words, moments.bound(bounds)))
            for ending, words, values in found:
                told = _told(one, f"{words}: {one.long_name}")
                _write(group, f"{one.name}_{ending}", [*dims, *one.dims], values, told)
        if self.form.stops is not None:
            for name, meaning, column in (
                ("samples_used", "samples up to the checkpoint at which the ensemble stopped", self.form.stops.samples),
                ("reached", "whether the bound is met", self.form.stops.reached),
            ):
                _write(group, name, dims, column.reshape(self.lengths[:-1]), {"long_name": meaning})


def _told(one: Variable, meaning: str) -> dict[str, str]:
    """What stands beside the numbers of a variable, with another meaning than its own."""
    carries = {"carries": one.carries} if one.carries else {}
    return {"units": one.units, "long_name": meaning, **carries}


def _number(value: Any) -> bool:
    """Whether a coordinate can hold it: no truth value, no integer beyond 64 bits."""
    return isinstance(value, float) or (isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, default=plain)


def _array(
    group: Any,
    name: str,
    dims: Sequence[str],
    shape: Sequence[int],
    chunks: Sequence[int],
    attributes: dict[str, Any],
    *,
    dtype: str = "f8",
    fill: float | None = None,
) -> Any:
    """Array of a Zarr group with the names of its dimensions."""
    kind = f"<{dtype}" if dtype[-1] != "1" else dtype
    empty = (np.nan if dtype == "f8" else 0) if fill is None else fill
    return group.create_array(
        name=name,
        shape=tuple(shape),
        chunks=tuple(max(1, c) for c in chunks),
        dtype=kind,
        fill_value=empty,
        dimension_names=list(dims),
        attributes=attributes,
    )


def _write(group: Any, name: str, dims: Sequence[str], values: Any, attributes: dict[str, Any]) -> None:
    """A small array as a whole, of doubles or 64-bit integers."""
    kind = "i8" if values.dtype.kind == "i" else "f8"
    _array(group, name, dims, values.shape, values.shape, attributes, dtype=kind)[...] = values


def gathered(plan: Plan, ledgers: Ledgers) -> xr.Dataset:
    """The answers as a Dataset in memory."""
    import xarray as xr
    import zarr

    accessor.registered()
    entries: dict[str, Any] = {}
    memory = zarr.storage.MemoryStore(entries)
    Gathering(plan, ledgers, survey(plan, ledgers)).fill(memory)
    with xr.open_zarr(memory, consolidated=False) as opened:
        found: xr.Dataset = opened.load()
    return store.ordered(found, sorted(entries))  # as in the file of `consolidate`


def consolidate(plan: Plan, ledgers: Ledgers, form: Form, path: Path) -> Path:
    """The answers as one zipped Zarr file, written whole or not at all, with little memory."""

    def write(target: Path) -> None:
        folder = Path(tempfile.mkdtemp(prefix=".gathering-", dir=path.parent))
        try:
            import zarr

            Gathering(plan, ledgers, form).fill(zarr.storage.LocalStore(folder))
            found = sorted(one for one in folder.rglob("*") if one.is_file())
            store.sealed(target, ((file.relative_to(folder).as_posix(), file.read_bytes()) for file in found))
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    return atomic(path, write)
