"""Results to disk and back, whole or not at all."""

import datetime
import json
import zipfile
from contextlib import suppress

import numpy as np
import pytest
import xarray as xr
from ruamel.yaml import YAML

import caloriq as cq
from caloriq import files, provenance, store
from caloriq.documents import yaml_text
from problems import MODELS, random_chain
from testers import refused

TIMES = np.linspace(0, 20, 6)


@pytest.mark.parametrize(
    "initial",
    [
        cq.haar(seed=1),
        cq.haar(seed=1, samples=4),
        cq.starts.mixed(),
        cq.starts.level(1, 2),
        cq.starts.vector(np.arange(1, 19)),
    ],
    ids=["haar", "ensemble", "mixed", "level", "vector"],
)
def test_round_trip(tmp_path, initial):
    exact = cq.evolve(random_chain(), TIMES, initial=initial)
    path = cq.save(exact, tmp_path / "run.zarr.zip")
    data = cq.load(path)
    assert path == tmp_path / "run.zarr.zip"
    for name in ("populations", "local_energies", "currents"):
        assert np.array_equal(data[name].values, getattr(exact, name))
        assert data[name].attrs["units"]
    assert np.array_equal(data["time"].values, exact.times)
    assert data["populations"].dims == (*(["sample"] if initial.samples else []), "time", "subunit")
    assert data["currents"].dims[-1] == "bond"
    assert cq.ModularChain.from_mapping(json.loads(data.attrs["model"])) == exact.model
    assert data.attrs["digest"] == exact.model.digest
    assert json.loads(data.attrs["initial"])["kind"] == initial.kind
    assert data.attrs["method"] == exact.method.name
    certificate = json.loads(data.attrs["certificate"])
    assert {name: entry["value"] for name, entry in certificate.items()} == {c.name: c.value for c in exact.certificate}
    assert all(entry["holds"] for entry in certificate.values())


def test_what_was_not_recorded_is_not_there(tmp_path):
    exact = cq.evolve(random_chain(), TIMES, observables=["populations"])
    assert set(cq.load(cq.save(exact, tmp_path / "run.zip")).data_vars) == {"populations"}


def test_a_dataset_round_trip(tmp_path):
    data = cq.evolve(random_chain(), TIMES).to_dataset()
    assert cq.load(cq.save(data, tmp_path / "run.zip")).identical(data)


def test_the_file_is_one_whole_zip(tmp_path):
    path = cq.save(cq.evolve(random_chain(), TIMES), tmp_path / "deep" / "er" / "run.zip")
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        assert len(archive.namelist()) == len(set(archive.namelist()))
    assert [p.name for p in path.parent.iterdir()] == ["run.zip"]


@pytest.mark.parametrize("failure", [OSError(28, "No space left on device"), KeyboardInterrupt(), ValueError("bug")])
def test_a_failed_write_leaves_the_old_file(tmp_path, monkeypatch, failure):
    path = cq.save(cq.evolve(random_chain(), TIMES), tmp_path / "run.zip")
    before = path.read_bytes()

    def fail(*_):
        raise failure

    monkeypatch.setattr(zipfile.ZipFile, "writestr", fail)
    expected = cq.InvalidInput if isinstance(failure, OSError) else type(failure)
    with pytest.raises(expected):
        cq.save(cq.evolve(random_chain(seed=9), TIMES), path)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["run.zip"]


def test_unwritable_folder(tmp_path):
    """A file where a folder should be (root may write anywhere, but not there)."""
    (tmp_path / "file").write_text("")
    with refused("out", "file"):
        cq.save(cq.evolve(random_chain(), TIMES), tmp_path / "file" / "run.zip")
    (tmp_path / "taken").mkdir()
    with refused("out", "taken"):
        cq.save(cq.evolve(random_chain(), TIMES), tmp_path / "taken")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["file", "taken"]


def test_missing_file(tmp_path):
    with refused("path", "nothing.zip"):
        cq.load(tmp_path / "nothing.zip")
    with refused("path"):
        cq.load(tmp_path)


@pytest.mark.parametrize("content", [b"", b"not a zip", b"PK\x03\x04 and then nothing"])
def test_unreadable_file(tmp_path, content):
    (tmp_path / "run.zip").write_bytes(content)
    with refused("path", "run.zip"):
        cq.load(tmp_path / "run.zip")


def test_a_zip_of_something_else(tmp_path):
    with zipfile.ZipFile(tmp_path / "run.zip", "w") as archive:
        archive.writestr("hello.txt", "hello")
    with refused("path", "run.zip"):
        cq.load(tmp_path / "run.zip")


def test_a_truncated_file(tmp_path):
    path = cq.save(cq.evolve(random_chain(), TIMES), tmp_path / "run.zip")
    path.write_bytes(path.read_bytes()[:-200])
    with refused("path", "run.zip"):
        cq.load(path)


def kinds(folder):
    """Files of every kind that the package writes."""
    yield cq.save(cq.evolve(random_chain(), TIMES), folder / "evolution.zip")
    baths = [cq.Bath(site=0, temperature=1.0, rate=1.0), cq.Bath(site=-1, temperature=0.5, rate=1.0)]
    model = {
        "kind": "spin-chain",
        "sites": 3,
        "hopping": 1.0,
        "dephasing": 0.5,
        "baths": [b.to_mapping() for b in baths],
    }
    yield cq.save(
        cq.steady_state(cq.SpinChain(sites=3, hopping=1.0, dephasing=0.5, baths=baths)), folder / "steady.zip"
    )
    sweep = cq.Sweep(model=model, vary={"sites": [3, 4, 5]}, question={"kind": "steady-state"})
    cq.run_sweep(sweep, out=folder, name="sweep")
    yield folder / "sweep" / "sweep.zarr.zip"


def damaged(content, random):
    """A few bits turned, or an end cut off."""
    found = bytearray(content)
    if random.random() < 0.25:
        return bytes(found[: random.integers(len(found))])
    for place in random.integers(len(found), size=random.choice([1, 1, 1, 2, 5])).tolist():
        found[place] ^= 1 << int(random.integers(8))
    return bytes(found)


@pytest.mark.parametrize("count", [201, pytest.param(2001, marks=pytest.mark.slow)])
def test_a_damaged_file_is_refused_or_the_same(tmp_path, count):
    refusals, random = 0, np.random.default_rng(count)
    for path in kinds(tmp_path):
        whole, content = cq.load(path), path.read_bytes()
        for _ in range(count // 3):
            path.write_bytes(damaged(content, random))
            with suppress(cq.InvalidInput):
                assert cq.load(path).identical(whole)
                continue
            refusals += 1
    assert refusals > 0.99 * count


def driven():
    """Steady states and ensembles by every way that makes bounds."""
    baths = (cq.Bath(site=0, temperature=1.0, rate=1.0), cq.Bath(site=-1, temperature=0.5, rate=1.0))
    wire = cq.SpinChain(sites=4, hopping=1.0, dephasing=0.5, baths=baths)
    one = cq.Disorder(quantity="frequency", width=0.1)
    ring = np.array([[0, 1, 0, 0.6], [1, 0, 0.8, 0], [0, 0.8, 0, 1.1], [0.6, 0, 1.1, 0]])
    chains = {
        "batched two-point": wire,
        "batched sector": wire.model_copy(update={"hopping": None, "couplings": ring}),
        "one by one": wire.model_copy(update={"sites": 3, "zz": 0.5}),
    }
    for name, chain in chains.items():
        yield name, cq.DisorderedChain(chain=chain, disorder=(one,), samples=3, seed=1)
        yield f"single, {name}", chain
    yield "single, unequal sites", wire.model_copy(update={"frequency": [3.0, 1.0, 1.0, 1.0]})
    yield "classical", cq.ClassicalChain(sites=3, rate=0.7, baths=baths)


@pytest.mark.parametrize("model", [model for _, model in driven()], ids=[name for name, _ in driven()])
def test_every_bound_comes_back(tmp_path, model):
    """On disk each number of a steady state has its bound beside it, of the same dimensions and to the last bit."""
    found = cq.steady_state(model)
    data = cq.load(cq.save(found, tmp_path / "steady.zip"))
    several = isinstance(model, cq.DisorderedChain)
    bounds = {"dephasing_current" if key == "dephasing_currents" else key: b for key, b in found.bounds.items()}
    bounds.pop("two_point", None)  # the matrix does not go to disk
    if not several:
        bounds["detailed_balance_defect"] = np.asarray(found.detailed_balance_bound)
    assert len(bounds) == 5 if several else len(bounds) >= 11
    for key, bound in bounds.items():
        stored = data[f"{key}_bound"]
        np.testing.assert_array_equal(stored.values, bound)
        number = data[f"{key}_real" if key == "coherences" else key]
        assert stored.dims == number.dims
        assert stored.attrs.get("units") == number.attrs.get("units")
        assert key in stored.attrs["long_name"]
    assert all(np.all(bounds[key] > 0) for key in ("currents", "populations"))
    # files from before there were bounds
    old = data.drop_vars([str(v) for v in data.data_vars if str(v).endswith("_bound")])
    assert cq.load(cq.save(old, tmp_path / "old.zip")).identical(old)


def companions(folder):
    """Models with arrays too large or complex for their YAML files, and these arrays' files."""
    random = np.random.default_rng(1)

    def hermitian(n):
        half = random.standard_normal((n, n)) + 1j * random.standard_normal((n, n))
        return half + half.conj().T

    baths = [cq.Bath(site=0, temperature=1.0, rate=1.0), cq.Bath(site=-1, temperature=0.5, rate=1.0)]
    flat = {"subunits": 3, "levels": 6, "bandwidth": 0.1, "coupling": 0.01}
    couplings = hermitian(4) * (1 - np.eye(4))
    wire = cq.SpinChain(sites=4, couplings=couplings, baths=baths)
    one = cq.Disorder(quantity="frequency", width=0.1)
    for name, model in {
        "chain": cq.ModularChain(**flat, interaction="given", matrices=hermitian(6)),
        "wire": wire,
        "disordered": cq.DisorderedChain(chain=wire, disorder=(one,), samples=2, seed=1),
        "units": cq.CoupledUnits(units=2, levels=[0, 1], interaction=hermitian(4), coupling=0.1),
        "network": cq.ModularNetwork(**{**flat, "subunits": 46}, graph=np.ones((46, 46)) - np.eye(46), seed=1),
    }.items():
        file = cq.write_model(model, folder / f"{name}.yaml")
        assert cq.read_model(file) == model
        yield from ((file, one) for one in sorted(folder.glob(f"{name}.*.npy")))


@pytest.mark.parametrize("count", [401, pytest.param(2001, marks=pytest.mark.slow)])
def test_a_damaged_array_beside_a_model_is_refused(tmp_path, count):
    """Bits turned and ends cut off, in the header and in the numbers; by the digest in the YAML file."""
    pairs, random = list(companions(tmp_path)), np.random.default_rng(count)
    assert len(pairs) == 5
    for file, array in pairs:
        content, name = array.read_bytes(), array.name.split(".")[1]
        for _ in range(count // len(pairs)):
            array.write_bytes(changed := damaged(content, random))
            if changed != content:
                with refused(name, "digest", array.name):
                    cq.read_model(file)
        array.write_bytes(content)
        cq.read_model(file)
        array.unlink()
        with refused(name, "No such file", array.name):
            cq.read_model(file)
        array.write_bytes(content)


def test_a_model_file_without_digests_is_read(tmp_path):
    """As they were written before there were any: the path alone."""
    for file, array in companions(tmp_path):
        text, name = file.read_text(), array.name.split(".")[1]
        model = cq.read_model(file)
        mapping = YAML(typ="safe", pure=True).load(text)
        holder = mapping if name in mapping else mapping["chain"]
        assert set(holder[name]) == {"file", "sha256"}
        for value, sentence in (
            ({"file": array.name}, "sha256"),
            ({"file": 3, "sha256": "0"}, "both text"),
            ({**holder[name], "more": 1}, "more"),
        ):
            file.write_text(yaml_text(_with(mapping, name, value)))
            with refused(name, sentence):
                cq.read_model(file)
        file.write_text(yaml_text(_with(mapping, name, array.name)))
        assert cq.read_model(file) == model
        file.write_text(text)


def _with(mapping, name, value):
    """The mapping with another value of a field, of the chain within it if it has it not."""
    if name in mapping:
        return {**mapping, name: value}
    return {**mapping, "chain": {**mapping["chain"], name: value}}


def test_damage_that_no_checksum_of_the_archive_sees(tmp_path):
    """A name in the archive's directory: what stands under it became NaN."""
    path = cq.save(cq.evolve(random_chain(), TIMES), tmp_path / "run.zip")
    content = path.read_bytes()
    place = content.rindex(b"currents/c/")
    path.write_bytes(content[:place] + b"d" + content[place + 1 :])
    for read in (cq.load, lambda p: store.opened(p).__enter__()):
        with refused("path", "digest", "run.zip"):
            read(path)


def test_a_file_without_a_digest_is_read(tmp_path):
    """As they were written before there was one."""
    path = cq.save(cq.evolve(random_chain(), TIMES), tmp_path / "run.zip")
    with zipfile.ZipFile(path) as new, zipfile.ZipFile(tmp_path / "old.zip", "w") as old:
        for name in new.namelist():
            old.writestr(name, new.read(name))
    assert cq.load(tmp_path / "old.zip").identical(cq.load(path))


def test_equal_content_equal_files(tmp_path):
    data = cq.evolve(random_chain(), TIMES).to_dataset()
    assert cq.save(data, tmp_path / "a.zip").read_bytes() == cq.save(data, tmp_path / "b.zip").read_bytes()


@pytest.mark.parametrize(
    "thing",
    [[1.0], np.ones(3), None, "text", {"a": 1}, random_chain(), xr.DataArray(np.ones(3))],
    ids=lambda thing: type(thing).__name__,
)
def test_what_cannot_be_saved(tmp_path, thing):
    with refused("data", "Dataset", type(thing).__name__):
        cq.save(thing, tmp_path / "run.zip")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "data",
    [
        xr.Dataset({"a": ("x", np.array([object(), 1], dtype=object))}),
        xr.Dataset({"a": 1.0}, attrs={"when": datetime.date(2020, 1, 1)}),
        xr.Dataset({"a": 1.0}, attrs={"f": len}),
        xr.Dataset({"a": ("x", np.ones(2, dtype=np.longdouble))}),
        xr.Dataset({1: ("x", [1.0])}),
        xr.Dataset({"a": (("p", "q"), np.ones((2, 2)))}, {"p": [0, 1], "q": [0, 1]}).stack(z=("p", "q")),
    ],
    ids=["objects", "date", "function", "long double", "name", "multi-index"],
)
def test_a_dataset_that_cannot_be_saved(tmp_path, data):
    with refused("data", "Zarr"):
        cq.save(data, tmp_path / "run.zip")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "data",
    [
        xr.Dataset(),
        xr.Dataset({"γ": ("x", [1j, np.nan])}, attrs={"a": (1, 2), "b": {"c": None}}),
        xr.Dataset({"when": ("x", np.array(["2020-01-01"], dtype="M8[ns]")), "so": ("x", [True])}),
    ],
    ids=["empty", "complex", "times"],
)
def test_a_foreign_dataset(tmp_path, data):
    assert cq.load(cq.save(data, tmp_path / "run.zip")).equals(data)


def test_another_schema(tmp_path, monkeypatch):
    with monkeypatch.context() as future:
        future.setattr(store, "SCHEMA_VERSION", 99)
        path = cq.save(cq.evolve(random_chain(), TIMES), tmp_path / "run.zip")
    with refused("path", "99"):
        cq.load(path)


@pytest.mark.parametrize("name", MODELS)
def test_provenance(tmp_path, name):
    """Definitions with digests, versions, git revision, machine: JSON through and through."""
    model = MODELS[name]
    found = provenance.of(model, cq.haar(seed=3), **{"wall time in s": 1.5})
    again = json.loads(files.write_json(tmp_path / "provenance.json", found).read_text(encoding="utf-8"))
    assert again == found
    assert [d["digest"] for d in again["definitions"]] == [model.digest, cq.haar(seed=3).digest]
    assert [d["type"] for d in again["definitions"]] == ["ModularChain", "Haar"]
    assert set(again["versions"]) == {"caloriq", "numpy", "scipy", "numba", "pydantic", "xarray", "zarr", "python"}
    assert again["versions"]["numpy"] == np.__version__
    assert again["wall time in s"] == 1.5
    assert again["schema"] == 1
    assert again["git revision"]
    assert again["machine"]
    assert again["written"].endswith("+00:00")


@pytest.mark.parametrize("name", MODELS)
def test_the_documented_way_back(tmp_path, name):
    """For given matrices too."""
    data = cq.load(cq.save(cq.evolve(MODELS[name], TIMES), tmp_path / "run.zip"))
    chain = cq.ModularChain.from_mapping(json.loads(data.attrs["model"]))
    assert chain == MODELS[name]
    assert chain.digest == data.attrs["digest"]
    assert np.array_equal(chain.hamiltonian().as_matrix(), MODELS[name].hamiltonian().as_matrix())
