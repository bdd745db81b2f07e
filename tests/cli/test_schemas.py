"""`caloriq schema`: every example conforms, what the commands refuse does not, all schemas are written."""

import json
from functools import cache
from pathlib import Path

import pytest

from caloriq.cli.schemas import SCHEMAS, schema_of
from caloriq.documents import read_mapping
from caloriq.questions.run import SWEPT
from command_line import call, files, refused

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*.yaml"))


@cache
def validator(name):
    from jsonschema import Draft202012Validator  # takes seconds, for all who collect the tests

    return Draft202012Validator(schema_of(name))


def kind_of(mapping):
    return "sweep" if any(name in mapping for name in SWEPT) else "run"


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_every_example_conforms(path):
    mapping = read_mapping(path)
    assert [str(one) for one in validator(kind_of(mapping)).iter_errors(mapping)] == []
    # the same with a name that there is not
    assert not validator(kind_of(mapping)).is_valid({**mapping, "sizzes": 3})
    if isinstance(mapping.get("model"), dict):
        wrong = {**mapping, "model": {**mapping["model"], "kind": "no-model"}}
        assert not validator(kind_of(mapping)).is_valid(wrong)


def test_files_of_a_verdict_and_of_settings():
    verdict = next(path for path in EXAMPLES if path.stem == "verdict")
    mapping = read_mapping(verdict)
    assert validator("verdict").is_valid(mapping)
    assert not validator("verdict").is_valid({**mapping, "question": {"kind": "verdict", "budgets": 5}})
    assert validator("config").is_valid({"out": "results", "workers": 2})
    assert not validator("config").is_valid({"worker": 2})
    assert not validator("config").is_valid({"log_level": "loud"})


@pytest.mark.parametrize("name", SCHEMAS)
def test_schemas_are_schemas(name, tmp_path):
    validator(name).check_schema(schema_of(name))
    printed = json.loads(call("schema", name, cwd=tmp_path).stdout)
    assert printed == schema_of(name)
    assert printed["$schema"].endswith("2020-12/schema")


def test_all_are_written(tmp_path):
    answer = call("schema", "--all", "--out", "schemas", cwd=tmp_path)
    assert answer.returncode == 0, answer.stderr
    assert files(tmp_path) == sorted(f"schemas/{name}.schema.json" for name in SCHEMAS)
    for name in SCHEMAS:
        assert json.loads((tmp_path / "schemas" / f"{name}.schema.json").read_text(encoding="utf-8")) == schema_of(name)
    assert call("schema", cwd=tmp_path).stdout == call("schema", "run", cwd=tmp_path).stdout


def test_schemas_that_are_none(tmp_path):
    refused(call("schema", "swep", cwd=tmp_path), "'swep'", "sweep")
    refused(call("schema", "--all", cwd=tmp_path), "`--out` must be given with --all")
    refused(call("schema", "--out", "here", cwd=tmp_path), "`--out` must be given with --all")
    refused(call("schema", "run", "--all", "--out", "here", cwd=tmp_path), "`name` must be left out with --all")
    assert files(tmp_path) == []
