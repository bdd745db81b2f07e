"""`caloriq cite` and `solution.cite()`."""

import re

import pytest

import caloriq as cq
from caloriq import references
from command_line import call, refused
from docs_examples import ROOT


def entries(text):
    """Keys of BibTeX whose braces are even."""
    assert text.count("{") == text.count("}")
    return re.findall(r"^@(\w+)\{([^,]+),", text, re.MULTILINE)


def cited(*words, cwd):
    answer = call("cite", *words, cwd=cwd)
    assert answer.returncode == 0, answer.stderr
    return entries(answer.stdout)


def test_the_software_alone(tmp_path):
    answer = call("cite", cwd=tmp_path)
    assert entries(answer.stdout) == [("software", "caloriq")]
    assert f"version = {{{cq.__version__}}}" in answer.stdout


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("modular-chain", ["michel2005", "michel2006"]),
        ("spin-chain", ["manzano2012"]),
        ("exchange-chain", ["wu2008"]),
        ("tilted-ising-diffusion", ["kubo1957"]),
        ("spin-one", []),
    ],
)
def test_a_file(tmp_path, name, keys):
    assert [key for _, key in cited(ROOT / "examples" / f"{name}.yaml", cwd=tmp_path)] == ["caloriq", *keys]


def test_a_run_its_folder_and_its_solution_say_the_same(tmp_path):
    (tmp_path / "wire.yaml").write_text(
        "model: {kind: spin-chain, sites: 3, hopping: 1.0, baths: [{site: 0, gain: 1, loss: 0}, {site: -1, gain: 0, loss: 1}]}"
    )
    assert call("run", "wire.yaml", cwd=tmp_path).returncode == 0
    by_run = cited("last", cwd=tmp_path)
    assert by_run == cited("results/wire", cwd=tmp_path) == [("software", "caloriq"), ("article", "manzano2012")]
    (tmp_path / "results/wire/mine.bib").write_bytes("@article{gödel,".encode("latin-1"))
    assert cited("results/wire", cwd=tmp_path) == by_run
    baths = (cq.Bath(site=0, gain=1.0, loss=0.0), cq.Bath(site=-1, gain=0.0, loss=1.0))
    state = cq.steady_state(cq.SpinChain(sites=3, hopping=1.0, baths=baths))
    assert entries(state.cite()) == by_run


def test_a_verdict_names_what_its_evidence_rests_on(tmp_path):
    chain = cq.Lattice.xxz(8, anisotropy=0.7)
    found = cq.verdict(chain, of="energy", budget=0.2, routes=("charges",), workers=0)
    assert found.grade == "proved"
    assert {"mazur1969", "zotos1997"} <= {key for _, key in entries(found.cite())}
    text = "model: {kind: lattice, sites: 8, terms: [{operator: X X}, {operator: Y Y}, {operator: Z Z, value: 0.7}]}\n"
    (tmp_path / "xxz.yaml").write_text(text)
    answer = call("verdict", "xxz.yaml", "--budget", "0.2", "--routes", "charges", cwd=tmp_path)
    assert answer.returncode == 0, answer.stderr
    assert {"mazur1969", "zotos1997"} <= {key for _, key in cited("results/xxz-verdict", cwd=tmp_path)}


def test_every_key_that_is_named_is_known():
    named = {key for table in (references.MODELS, references.QUESTIONS) for keys in table.values() for key in keys}
    assert named <= set(references.REFERENCES)
    dois = [one.doi for one in references.REFERENCES.values()]
    assert len(set(dois)) == len(dois)
    assert all(re.fullmatch(r"10\.\d{4,}/\S+", doi) for doi in dois)


def test_what_cannot_be_cited(tmp_path):
    refused(call("cite", "nothing.yaml", cwd=tmp_path), "`model` must be a file, but there is none")
    refused(call("cite", "abc123", cwd=tmp_path), "`id` must be that of a recorded run")
    for name in ("w.yam", "results/chain", "chain"):
        told = call("cite", name, cwd=tmp_path)
        refused(told, "`what` must be a file, a folder of results", f"no such file or folder (got '{name}')")
    (tmp_path / "empty").mkdir()
    refused(call("cite", "empty", cwd=tmp_path), "there is no provenance in it")
