"""What Zenodo, a citation and conda are told is what pyproject.toml says."""

import itertools
import json
import re

from ruamel.yaml import YAML

import release

PROJECT = release.project()["project"]
CONDA = {"matplotlib": "matplotlib-base"}  # where conda-forge has another name


def yaml(name):
    return YAML(typ="safe", pure=True).load((release.ROOT / name).read_text(encoding="utf-8"))


def bare(requirement):
    """A requirement as one word, by its name on conda-forge."""
    name, bound = re.fullmatch(r"([\w.-]+)\s*(>=\S+)", requirement).groups()
    return CONDA.get(name, name) + bound


def test_zenodo_tells_what_the_citation_tells():
    zenodo = json.loads((release.ROOT / ".zenodo.json").read_text(encoding="utf-8"))
    citation = yaml("CITATION.cff")
    for key in ("title", "version", "license", "keywords"):
        assert zenodo[key] == citation[key], key
    assert [who["name"] for who in zenodo["creators"]] == [who["name"] for who in citation["authors"]]
    assert zenodo["description"] == citation["abstract"]
    assert [one["identifier"] for one in zenodo["related_identifiers"]] == [
        one["doi"] for one in citation["references"]
    ]


def test_the_citation_tells_what_the_project_tells():
    citation = yaml("CITATION.cff")
    for key in ("version", "license", "keywords"):
        assert citation[key] == PROJECT[key], key
    assert citation["title"] == PROJECT["name"]
    assert citation["abstract"] == PROJECT["description"]


def test_conda_asks_for_what_the_project_asks_for():
    recipe = yaml("packaging/conda/recipe.yaml")
    run = [one for one in recipe["requirements"]["run"] if not one.startswith("python ")]
    assert [bare(one) for one in run] == [bare(one) for one in PROJECT["dependencies"]]
    extras = itertools.chain.from_iterable(PROJECT["optional-dependencies"].values())
    assert [bare(one) for one in recipe["requirements"]["run_constraints"]] == [bare(one) for one in extras]
    assert f">={recipe['context']['python_min']}" == PROJECT["requires-python"]
    assert recipe["context"]["version"] == PROJECT["version"]
    assert recipe["about"]["summary"] == PROJECT["description"]
    assert recipe["about"]["license"] == PROJECT["license"]
    commands = [f"{name} = {where}" for name, where in PROJECT["scripts"].items()]
    assert recipe["build"]["python"]["entry_points"] == commands
