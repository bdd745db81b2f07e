"""Datasets to NetCDF-3 and back by xarray's own reader."""

import json

import numpy as np
import pytest
import xarray as xr

import caloriq as cq
from caloriq import store
from caloriq.netcdf import to_netcdf
from problems import random_chain
from testers import refused

TIMES = np.linspace(0, 20, 6)


def read(path):
    with xr.open_dataset(path, engine="scipy") as opened:
        return opened.load()


def wire(**more):
    baths = (cq.Bath(site=0, temperature=1.0, rate=1.0), cq.Bath(site=-1, temperature=0.0, rate=1.0))
    return cq.SpinChain(sites=4, hopping=1.0, dephasing=1.0, baths=baths, **more)


@pytest.mark.parametrize("zz", [0.0, 0.5], ids=["two-point", "sector"])
def test_our_datasets_convert_to_the_last_bit(tmp_path, zz):
    steady = store.load(cq.save(cq.steady_state(wire(zz=zz)), tmp_path / "steady.zarr.zip"))
    exact = store.load(cq.save(cq.evolve(random_chain(), TIMES), tmp_path / "exact.zarr.zip"))
    for data in (steady, exact):
        again = read(to_netcdf(data, tmp_path / "data.nc"))
        assert set(again.variables) == set(data.variables)
        for name, variable in data.variables.items():
            assert again[name].dims == variable.dims
            assert np.array_equal(again[name].values, variable.values)
            assert again[name].attrs == variable.attrs
        for name in ("model", "digest", "method", "reason", "certificate"):
            assert again.attrs[name] == data.attrs[name]
    assert json.loads(read(to_netcdf(steady, tmp_path / "data.nc")).attrs["baths"]) == steady.attrs["baths"]
    assert (tmp_path / "data.nc").read_bytes()[:4] == b"CDF\x02"


def test_text_truth_values_and_large_or_complex_numbers(tmp_path):
    data = xr.Dataset(
        {
            "holds": ("name", [True, False]),
            "seed": ("name", [3, 2**53]),
            "count": ("name", np.array([1, 200], dtype=np.uint8)),
            "amplitude": ("name", [1.0 + 2.0j, -0.5j]),
            "slashed": ("a/b", [1.0, 2.0, 4.0]),
            "empty": ("none", np.zeros(0, dtype=np.int64)),
        },
        {"name": ["κ_th", "plain"], "a/b": [5, 6, 7]},
        {
            "certified": True,
            "large": 2**70,
            "baths": ["site 0", "site 5"],
            "steps": [0.5, 2.0],
            "nothing": None,
            "model/kind": {"sites": 3},
        },
    )
    again = read(to_netcdf(data, tmp_path / "data.nc"))
    assert again["name"].values.tolist() == ["κ_th", "plain"]
    assert again["holds"].dtype == bool
    assert again["holds"].values.tolist() == [True, False]
    assert again["seed"].values.tolist() == [3.0, 2.0**53]
    assert again["count"].values.tolist() == [1, 200]
    assert again["amplitude_real"].values.tolist() == [1.0, 0.0]
    assert again["amplitude_imaginary"].values.tolist() == [2.0, -0.5]
    assert again.sizes["none"] == 0
    assert again["slashed"].sel(a_b=7) == 4.0
    assert again.attrs["certified"] == 1
    assert again.attrs["large"] == str(2**70)
    assert json.loads(again.attrs["baths"]) == ["site 0", "site 5"]
    assert again.attrs["steps"].tolist() == [0.5, 2.0]
    assert again.attrs["nothing"] == "null"
    assert json.loads(again.attrs["model_kind"]) == {"sites": 3}


def test_what_the_format_cannot_hold_is_refused_and_the_old_file_stays(tmp_path):
    path = to_netcdf(xr.Dataset({"a": ("x", [1.0])}), tmp_path / "data.nc")
    before = path.read_bytes()
    with refused("data", "2**53", str(2**53 + 1)):
        to_netcdf(xr.Dataset({"seed": ("x", [2**53 + 1])}), path)
    with refused("data", "ASCII", "γ"):
        to_netcdf(xr.Dataset({"γ": ("x", [1.0])}), path)
    with refused("data", "a_real"):
        to_netcdf(xr.Dataset({"a": ("x", [1j]), "a_real": ("x", [1.0])}), path)
    with refused("out", "taken"):
        (tmp_path / "taken").mkdir()
        to_netcdf(xr.Dataset({"a": ("x", [1.0])}), tmp_path / "taken")
    assert path.read_bytes() == before
    assert sorted(p.name for p in tmp_path.iterdir()) == ["data.nc", "taken"]
