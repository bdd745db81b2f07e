"""Runs for the tests of the registry: runs that end at once, and what is listed."""

import json

import numpy as np
import xarray as xr

from caloriq import runs, store
from caloriq.documents import yaml_text
from caloriq.files import write_json
from command_line import call

SMALL = {"kind": "modular-chain", "subunits": 2, "levels": 8, "bandwidth": 0.05, "coupling": 2.0e-3, "seed": 1}
WIRE = {
    "model": {
        "kind": "spin-chain",
        "sites": 3,
        "dephasing": 1.0,
        "baths": [{"site": 0, "temperature": 1.0, "rate": 1.0}, {"site": -1, "temperature": 0.5, "rate": 2.0}],
    },
    "question": {"kind": "steady-state"},
    "sizes": [3, 4, 5],
    "name": "it's 1",
    "certified": True,
}


def made(folder, name="wire", definition=WIRE, kind="run", status="done", points=None, **numbers):
    """A run that ends at once and writes a dataset and a text."""
    with runs.record(kind, name, folder, definition, runs.digest_of(definition), "caloriq run") as entry:
        values = numbers.pop("values", [0.0, 1.0, np.nan])
        data = xr.Dataset({"currents": ("bond", values), "holds": ((), True)})
        written = [store.save(data, folder / f"{name}.zarr.zip")]
        written.append(write_json(folder / f"{name}-verdict.json", numbers))
        entry.finish(status, {"verdict": "No verdict.", **numbers}, files=written, points=points)
    return entry.id


def listed(*words, cwd):
    answer = call("runs", "list", *words, "--json", cwd=cwd)
    assert answer.returncode == 0, answer.stderr
    return [one["id"] for one in json.loads(answer.stdout)]


def model_file(folder, name="chain.yaml", **changes):
    file = folder / name
    file.write_text(yaml_text({**SMALL, **changes}), encoding="utf-8")
    return file
