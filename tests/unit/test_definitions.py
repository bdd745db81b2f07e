"""Definitions: one object as Python, YAML, mapping, JSON schema and digest."""

import copy
import json
import pickle

import numpy as np
import pytest
from hypothesis import given
from ruamel.yaml import YAML

import caloriq as cq
from caloriq.models.driven_modular import DrivenModularChain
from caloriq.models.files import model_from
from caloriq.models.harmonic import HarmonicChain, OhmicBath
from caloriq.models.lattice.model import Lattice
from caloriq.models.lattice.terms import Term
from caloriq.models.unequal import UnequalNetwork
from problems import MODELS, random_chain
from problems import given as given_chain
from strategies import chains
from testers import refused

PLAIN = [name for name, model in MODELS.items() if model.matrices is None]


@pytest.mark.parametrize("name", PLAIN)
def test_mapping_round_trip(name):
    model = MODELS[name]
    again = cq.ModularChain.from_mapping(json.loads(json.dumps(model.to_mapping())))
    assert again == model
    assert again.digest == model.digest
    assert hash(again) == hash(model)


@given(model=chains(interactions=("complex-gaussian", "real-gaussian")))
def test_any_chain_survives_json(model):
    assert cq.ModularChain.from_mapping(json.loads(json.dumps(model.to_mapping()))) == model


@pytest.mark.parametrize("name", MODELS)
def test_file_round_trip(tmp_path, name):
    model = MODELS[name]
    path = cq.write_model(model, tmp_path / "folder" / "model.yaml")
    again = cq.read_model(path)
    assert again == model
    assert np.array_equal(again.hamiltonian().as_matrix(), model.hamiltonian().as_matrix())
    expected = {"model.yaml"} | ({"model.matrices.npy"} if model.matrices is not None else set())
    assert {p.name for p in path.parent.iterdir()} == expected
    assert cq.read_model(str(path)) == model


@pytest.mark.parametrize("name", MODELS)
def test_pickle_and_copy(name):
    model = MODELS[name]
    for again in (pickle.loads(pickle.dumps(model)), copy.deepcopy(model)):
        assert again == model
        assert np.array_equal(again.hamiltonian().as_matrix(), model.hamiltonian().as_matrix())


@pytest.mark.parametrize(
    "changes",
    [
        {"subunits": 4},
        {"levels": 7},
        {"bandwidth": 0.41},
        {"coupling": 0.0200001},
        {"gap": 1.1},
        {"seed": 6},
        {"interaction": "real-gaussian"},
        {"band": "random"},
    ],
)
def test_every_field_counts(changes):
    assert random_chain(**changes) != random_chain()
    assert random_chain(**changes).digest != random_chain().digest
    assert random_chain(**changes).digest == random_chain(**changes).digest
    assert len({random_chain(**changes), random_chain(), random_chain()}) == 2


def test_matrices_count():
    v = np.arange(16.0).reshape(4, 4)
    assert given_chain(v, subunits=3) == given_chain(np.stack([v, v]), subunits=3)
    assert given_chain(v, subunits=3) != given_chain(v.T, subunits=3)
    assert given_chain(v, subunits=3) != given_chain(v + 1e-300j, subunits=3)


def test_equal_only_to_its_own_kind():
    assert cq.haar() != cq.starts.mixed()
    assert cq.haar() != "haar"
    assert random_chain() != random_chain().to_mapping()


def test_the_matrices_are_our_own_copy():
    v = np.eye(4, dtype=complex)
    model = given_chain(v, subunits=3)
    digest = model.digest
    v[0, 1] = 5
    assert given_chain(np.eye(4), subunits=3) == model
    assert model.digest == digest
    assert np.array_equal(model.interaction_matrix(0), np.eye(4))
    with pytest.raises(ValueError, match="read-only"):
        model.matrices[0, 0, 0] = 3
    with pytest.raises(ValueError, match="read-only"):
        random_chain().band_levels[0] = 3


def test_numpy_numbers_are_numbers():
    model = cq.ModularChain(
        subunits=np.int64(3), levels=np.int32(6), bandwidth=np.float64(0.4), coupling=np.float32(0.5), seed=np.uint8(5)
    )
    assert model == random_chain(coupling=0.5)
    assert json.loads(json.dumps(model.to_mapping())) == model.to_mapping()


def test_text_is_a_number_where_yaml_makes_it_one(tmp_path):
    """YAML 1.1 reads 5e-5 as text; it is the number that was meant."""
    file = tmp_path / "model.yaml"
    file.write_text("subunits: 3\nlevels: 6\nbandwidth: 4e-1\ncoupling: 2e-2\nseed: 5\n")
    assert cq.read_model(file) == random_chain()


def test_json_schema():
    """What an editor or a form needs: every field with its type and default; no field more."""
    schema = cq.ModularChain.model_json_schema()
    fields = schema["properties"]
    assert set(fields) == set(cq.ModularChain.model_fields)
    assert set(schema["required"]) == {"subunits", "levels", "bandwidth", "coupling"}
    assert schema["additionalProperties"] is False
    assert fields["subunits"]["type"] == "integer"
    assert fields["coupling"]["type"] == "number"
    assert fields["gap"]["default"] == 1.0
    assert fields["interaction"]["enum"] == ["complex-gaussian", "real-gaussian", "given"]
    assert fields["kind"]["const"] == "modular-chain"
    assert "block tridiagonal" in schema["description"]
    json.dumps(schema)


@pytest.mark.parametrize("definition", [cq.haar(1, seed=2, samples=3), cq.starts.level(1, 2), cq.starts.mixed(-1)])
def test_starts_round_trip(definition):
    assert type(definition).from_mapping(definition.to_mapping()) == definition
    assert len({definition, type(definition).from_mapping(definition.to_mapping())}) == 1


@pytest.mark.parametrize("definition", [cq.Exact(), cq.Chebyshev(tol=1e-8), cq.Krylov(tol=1e-7, size=12)])
def test_methods_round_trip(definition):
    assert type(definition).from_mapping(definition.to_mapping()) == definition


def test_vectors_are_equal_by_amplitudes():
    assert cq.starts.vector([1, 2j]) == cq.starts.vector(np.array([1, 2j]))
    assert cq.starts.vector([1, 2j]) != cq.starts.vector([1, -2j])
    json.dumps(cq.starts.vector([1, 2j]).to_mapping())


def test_a_vector_is_our_own_copy():
    amplitudes = np.array([1, 0, 0, 0], dtype=complex)
    start = cq.starts.vector(amplitudes)
    amplitudes[1] = 5
    assert start.vector[1] == 0
    with pytest.raises(ValueError, match="read-only"):
        start.vector[0] = 2


def test_vectors_round_trip():
    start = cq.starts.vector([1, 2j, 0, 0])
    again = type(start).from_mapping(start.to_mapping())
    assert again == start
    model = random_chain(subunits=2, levels=2)
    assert cq.evolve(model, [1.0], initial=again).certificate.holds


def test_vector_definition_is_checked():
    with refused("vector", "abc"):
        type(cq.starts.vector([1]))(vector="abc")


def test_the_mapping_names_large_arrays_by_their_hash():
    mapping = given_chain(np.eye(4), subunits=3).to_mapping()
    assert mapping["matrices"]["shape"] == [2, 4, 4]
    assert len(mapping["matrices"]["sha256"]) == 64
    with refused("matrices", "a mapping"):
        cq.ModularChain.from_mapping(mapping)


# -- files


def model_file(folder, text):
    file = folder / "model.yaml"
    file.write_text(text)
    return file


BASE = "subunits: 3\nlevels: 6\nbandwidth: 0.4\ncoupling: 0.02\n"


@pytest.mark.parametrize(
    ("text", "argument", "shown"),
    [
        (BASE + "sed: 5\n", "sed", "did you mean `seed`"),
        (BASE + "seed: 5\nseed: 6\n", "seed", "line 6"),
        (BASE + "seed: [1\n", "model", "line"),
        (BASE + "seed: *nothing\n", "model", "line 5"),
        (BASE + "? [a, b]\n: 1\n", "model", "line 5"),
        (BASE + "1: 2\n", "ModularChain", "got 1"),
        (BASE + "seed: !!python/name:os.system\n", "model", "line 5"),
        (BASE, "seed", "None"),
        (BASE + "seed: many\n", "seed", "many"),
        (BASE + "seed: 5\ngap: .nan\n", "gap", "nan"),
        (BASE + "seed: 5\ngap: -.inf\n", "gap", "-inf"),
        (BASE + "seed: 5\ngap: yes\n", "gap", "'yes'"),  # a text in YAML 1.2
        (BASE + "seed: 2024-01-01\n", "seed", "date"),
        ("", "model", "NoneType"),
        ("- 1\n- 2\n", "model", "list"),
        ("just text\n", "model", "str"),
        ("a: \x01\n", "model", "model.yaml"),
    ],
)
def test_bad_files(tmp_path, text, argument, shown):
    with refused(argument, shown):
        cq.read_model(model_file(tmp_path, text))


def test_missing_file(tmp_path):
    with refused("model", "nothing.yaml"):
        cq.read_model(tmp_path / "nothing.yaml")


def test_unreadable_file(tmp_path):
    with refused("model", str(tmp_path)):
        cq.read_model(tmp_path)  # a folder
    (tmp_path / "model.yaml").write_bytes(b"\xff\xfe\x00broken")
    with refused("model", "UTF-8"):
        cq.read_model(tmp_path / "model.yaml")
    (tmp_path / "file").write_text("")
    with refused("model"):
        cq.read_model(tmp_path / "file" / "model.yaml")


GIVEN = BASE + "interaction: given\nmatrices: v.npy\n"


def test_matrices_beside_the_file(tmp_path):
    v = np.random.default_rng(0).standard_normal((6, 6))
    np.save(tmp_path / "v.npy", v)
    assert np.array_equal(cq.read_model(model_file(tmp_path, GIVEN)).interaction_matrix(1), v)


@pytest.mark.parametrize("content", [None, b"not an array", b"\x93NUMPY\x01\x00"])
def test_bad_matrix_files(tmp_path, content):
    if content is not None:
        (tmp_path / "v.npy").write_bytes(content)
    with refused("matrices", "v.npy"):
        cq.read_model(model_file(tmp_path, GIVEN))


def test_pickled_matrices_are_not_opened(tmp_path):
    np.save(tmp_path / "v.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with refused("matrices", "v.npy"):
        cq.read_model(model_file(tmp_path, GIVEN))


def test_a_non_hermitian_file_names_the_field(tmp_path):
    np.save(tmp_path / "v.npy", np.triu(np.ones((18, 18))))
    with refused("matrices", "hermitian"):
        cq.read_model(model_file(tmp_path, GIVEN))


def test_written_file_is_plain_yaml(tmp_path):
    path = cq.write_model(random_chain(), tmp_path / "model.yaml")
    content = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    assert content == random_chain().to_mapping()
    assert next(iter(content)) == "kind"
    assert model_from(content, tmp_path) == random_chain()


def test_unwritable_folder(tmp_path):
    (tmp_path / "file").write_text("")
    with refused("out", "file"):
        cq.write_model(random_chain(), tmp_path / "file" / "model.yaml")
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


def every_model():
    """One of every kind, and one for each array that a mapping gives by its hash."""
    rng = np.random.default_rng(3)
    baths = [cq.Bath(site=0, temperature=1.0, rate=1.0), cq.Bath(site=-1, temperature=0.5, rate=1.0)]
    C = rng.standard_normal((3, 3)) + 1j * rng.standard_normal((3, 3))
    couplings = C + C.conj().T - np.diag(2 * C.diagonal().real)
    spins = cq.SpinChain(sites=3, couplings=couplings, baths=baths)
    big = rng.standard_normal((70, 70))
    big = big + big.T - np.diag(2 * big.diagonal())
    edges = [[k, k + 1, 0.5 + k % 3] for k in range(1200)]
    v = rng.standard_normal((3, 3)) * (1 + 1j)
    common = {"bandwidth": 0.05, "coupling": 1e-3}
    given_network = {"interaction": "given", "matrices": v, "levels": 3}
    channels = {((0, 1), (1, 0)): rng.standard_normal((6, 6)) * 1j}
    yield from MODELS.items()
    yield "network", cq.ModularNetwork(graph=[[0, 1], [1, 2]], levels=3, seed=1, **common)
    yield "network, large", cq.ModularNetwork(graph=edges, levels=1, seed=1, **common)
    yield "network, given", cq.ModularNetwork(graph=[[0, 1], [1, 2, 0.5]], **given_network, **common)
    yield "unequal", UnequalNetwork(levels=[3, 4, 2], gap=[1.0, 1.01, 1.0], seed=1, **common)
    whole = np.zeros((5, 5), dtype=complex)
    whole[:2, 2:] = 1j
    yield (
        "unequal, given",
        UnequalNetwork(levels=[2, 3], interaction="given", matrices=whole + whole.conj().T, **common),
    )
    yield (
        "driven modular",
        DrivenModularChain(
            chain=cq.ModularChain(subunits=3, levels=4, seed=1, **common),
            baths=baths,
        ),
    )
    yield "pair", cq.BandedPair(levels=[1, 8], seed=1, **common)
    yield "pair, given", cq.BandedPair(levels=[2, 3], interaction="given", matrices=channels, **common)
    yield "chain with bands", cq.BandedChain(subunits=3, levels=[1, 8], seed=1, **common)
    yield "spins", cq.SpinChain(sites=3, hopping=[1.0, 0.5], zz=0.5, dephasing=[0.1, 0.2, 0.3], baths=baths)
    yield "spins, complex couplings", spins
    yield "spins, many couplings", cq.SpinChain(sites=70, couplings=big, baths=baths)
    yield "classical", cq.ClassicalChain(sites=3, rate=1.0, baths=baths)
    yield (
        "disordered",
        cq.DisorderedChain(chain=spins, disorder=[cq.Disorder(quantity="frequency", width=0.5)], samples=2, seed=1),
    )
    swap = np.kron([[0, 1j], [-1j, 0]], [[0, 1], [1, 0]])
    yield "coupled", cq.CoupledUnits(units=2, levels=[0.0, 1.0], interaction=swap)
    yield "exchange", cq.ExchangeChain(units=3, coupling=1.0)
    yield "modular between baths", DrivenModularChain(chain=random_chain(), baths=baths)
    yield "fmo", cq.fmo(temperature="77 K")
    ends = [OhmicBath(site=0, temperature=1.0, friction=1.0), OhmicBath(site=-1, temperature=0.5, friction=1.0)]
    yield "lattice", Lattice(sites=3, parameters={"J": 1.0}, terms=(Term("Z Z", "J"), Term("X", [1.0, 0.5, 1e-3])))
    yield "harmonic", HarmonicChain(sites=3, mass=[1.0, 2.0, 1.0], wall=1.0, baths=ends)
    yield (
        "local terms",
        Lattice(sites=4, local=["spin-1/2", "spin-1"], terms=(Term("Sz Sz", {"staggered": 1.0}), Term("Sx", "0.5*j"))),
    )
    yield "closed spins", cq.QuantumChain(sites=4, jx=1.0, jy=1.0, jz=0.5, hz=[0.1, 0.2, 0.3, 0.4])


@pytest.mark.parametrize(("name", "model"), list(every_model()), ids=[name for name, _ in every_model()])
def test_the_whole_mapping_leads_back(name, model):
    """Through JSON, as in the attribute `model` of a dataset; the digest and `to_mapping` are what they were."""
    text = json.dumps(model.whole_mapping())
    again = type(model).from_mapping(json.loads(text))
    assert again == model
    assert again.to_mapping() == model.to_mapping()
    assert again.digest == model.digest
    if "sha256" not in json.dumps(model.to_mapping()) and "given" not in name:
        assert model.whole_mapping() == model.to_mapping()
    assert model_from(json.loads(text), None) == model


def test_every_kind_leads_back():
    from caloriq.models.kinds import MODELS as KINDS

    seen = {type(model) for _, model in every_model()}
    assert set(KINDS.values()) <= seen


@pytest.mark.parametrize(
    "packed",
    [{"shape": [2], "dtype": "<f8", "base64": "!"}, {"shape": [9, 9], "dtype": "<f8", "base64": ""}, {"channels": 3}],
)
def test_what_was_not_packed_by_us(packed):
    with refused("matrices"):
        cq.ModularChain(subunits=2, levels=2, bandwidth=0.1, coupling=0.1, interaction="given", matrices=packed)
