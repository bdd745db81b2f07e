"""What must hold of every kind of model and of every question that it is asked; see model_examples."""

from __future__ import annotations

import html.parser
import json
import math
import warnings
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

import caloriq as cq
from caloriq.documents import yaml_text
from caloriq.models.harmonic import HarmonicChain
from caloriq.models.kinds import MODELS
from caloriq.questions.base import Question
from caloriq.questions.registry import kinds, question_from, question_type
from caloriq.questions.run import read_run
from caloriq.results import Certificate, Solution
from caloriq.transport.lengths import resized
from model_examples import (
    CLOSED,
    EXAMPLES,
    POINT_ALONE,
    RENAMED,
    ROUNDED,
    SMALLEST,
    WITHOUT_PROOF,
)
from model_laws import (
    ROUNDING,
    Laws,
    Matrix,
)


def asked() -> list[tuple[str, str]]:
    """Every kind of model with every question whose `models` it is one of."""
    return [
        (kind, name)
        for kind in MODELS
        for name in kinds()
        if issubclass(MODELS[kind], question_type({"kind": name}).models)
    ]


@lru_cache
def model_of(kind: str, name: str = "") -> Any:
    """The example of a kind; of a question that is not asked of it another."""
    if (kind, name) in CLOSED:
        return CLOSED[kind, name]()
    assert kind in EXAMPLES, f"a model of kind {kind} needs an example here"
    return EXAMPLES[kind].make()


def question_of(name: str) -> Question:
    """The smallest question of a kind."""
    assert name in SMALLEST, f"the question {name} needs its smallest form here"
    return question_from({"kind": name, **SMALLEST[name]})


@lru_cache
def answered(kind: str, name: str) -> Solution:
    """Answer of a question for a model, found once."""
    return question_of(name).ask(model_of(kind, name))


# -- what is asked of every model


def assert_same_definition(kind: str, one: Any, other: Any) -> None:
    """Two models of one kind and digest, which are one in a set."""
    assert type(one) is type(other) is MODELS[kind]
    assert one.kind == kind
    assert one.digest == other.digest
    assert len({one, other}) == 1


def assert_conforms(value: Any, schema: Mapping[str, Any], root: Mapping[str, Any]) -> None:
    """A plain value is as its JSON schema says: the words of it that are used here, others end the test."""
    known = {"title", "description", "default", "discriminator", "$defs", *_JUDGED}
    assert not set(schema) - known, f"unknown words of a schema: {sorted(set(schema) - known)}"
    if "$ref" in schema:
        head, _, name = schema["$ref"].rpartition("/")
        assert head == "#/$defs"
        assert_conforms(value, root["$defs"][name], root)
    for words in ("anyOf", "oneOf"):
        if words in schema:
            assert any(_conforms(value, one, root) for one in schema[words]), f"{value!r} fits none of {words}"
    for word, judge in _JUDGED.items():
        if word in schema and judge is not None:
            assert judge(value, schema[word]), f"{word} {schema[word]} does not hold of {value!r}"
    if isinstance(value, dict):
        properties = schema.get("properties", {})
        for name in value:
            if name in properties:
                assert_conforms(value[name], properties[name], root)
            else:
                assert schema.get("additionalProperties") is not False, f"{name} is not in the schema"
    if isinstance(value, list) and "items" in schema:
        for one in value:
            assert_conforms(one, schema["items"], root)


def _conforms(value: Any, schema: Mapping[str, Any], root: Mapping[str, Any]) -> bool:
    try:
        assert_conforms(value, schema, root)
    except AssertionError:
        return False
    return True


_TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "number": (int, float),
    "integer": (int,),
    "boolean": (bool,),
    "null": (type(None),),
}


def _typed(value: Any, name: str) -> bool:
    return isinstance(value, _TYPES[name]) and (name == "boolean" or not isinstance(value, bool))


# of a word that does not concern the type of a value nothing is asked
_JUDGED: dict[str, Callable[[Any, Any], bool] | None] = {
    "type": _typed,
    "const": lambda value, wanted: value == wanted,
    "enum": lambda value, wanted: value in wanted,
    "required": lambda value, names: not isinstance(value, dict) or not set(names) - set(value),
    "minimum": lambda value, least: not _typed(value, "number") or value >= least,
    "maximum": lambda value, most: not _typed(value, "number") or value <= most,
    "exclusiveMinimum": lambda value, least: not _typed(value, "number") or value > least,
    "exclusiveMaximum": lambda value, most: not _typed(value, "number") or value < most,
    "minItems": lambda value, least: not isinstance(value, list) or len(value) >= least,
    "maxItems": lambda value, most: not isinstance(value, list) or len(value) <= most,
    # pydantic writes these of a list whose length is bounded after its type is known
    "minLength": lambda value, least: not isinstance(value, str | list) or len(value) >= least,
    "maxLength": lambda value, most: not isinstance(value, str | list) or len(value) <= most,
    **dict.fromkeys(("$ref", "anyOf", "oneOf", "properties", "additionalProperties", "items"), None),
}


def assert_schema(kind: str, schema: Mapping[str, Any], mapping: Mapping[str, Any]) -> None:
    """A schema names every field of the model and its kind, nothing else may stand there, and the file conforms."""
    assert schema["type"] == "object"
    assert schema["additionalProperties"] is False
    made, read = (set(getattr(MODELS[kind], name, ())) for name in ("made", "read"))
    assert set(schema["properties"]) == (set(MODELS[kind].model_fields) - made) | read
    assert schema["properties"]["kind"]["const"] == kind
    assert json.loads(json.dumps(schema)) == schema
    assert_conforms(mapping, schema, schema)


def assert_laws(found: Laws) -> None:
    """Hamiltonians are hermitian and keep what they are declared to keep, rates lose nothing, shells have one energy."""
    assert found.hermitian or found.rates
    for name, H in found.hermitian.items():
        assert np.any(H - np.diag(np.diag(H))) or H.shape == (1, 1) or name.startswith("shell"), (
            f"{name}: nothing moves"
        )
        assert np.abs(H - H.conj().T).max() <= ROUNDING * max(1.0, np.abs(H).max()), f"{name} is not hermitian"
    for name, (H, kept) in found.commuting.items():
        assert np.abs(H @ kept - kept @ H).max() <= ROUNDING * max(1.0, np.abs(H).max()), f"{name} is not conserved"
    for name, K in found.rates.items():
        assert (K - np.diag(np.diag(K))).min() >= 0, f"{name}: a rate is negative"
        assert np.abs(K.sum(axis=0)).max() <= ROUNDING * np.abs(K).max(), f"{name}: probability is lost"
    for name, (apart, width) in found.shells.items():
        assert np.abs(apart).max() <= width * (1 + ROUNDING), f"{name} has several energies"
    for name, (one, other) in found.equal.items():
        assert one.shape == other.shape, name
        assert np.abs(one - other).max() <= ROUNDING * max(1.0, np.abs(other).max()), f"{name} are not the same"


# -- what is asked of every answer


def assert_proved(found: Solution, name: str) -> None:
    """The certificate has checks, but for a formula, and all of them hold."""
    assert len(found.certificate) or name in WITHOUT_PROOF, "nothing is proved"
    failed = [f"{c.name} {c.value:.3g} (limit {c.limit:.3g})" for c in found.certificate if not c.holds]
    assert not failed, ", ".join(failed)
    assert found.certificate.holds


def assert_kept(found: Solution, path: Path) -> None:
    """What is saved and loaded is the dataset, with the model and the proofs in it."""
    data = found.to_dataset()
    assert data.data_vars
    assert_same_dataset(cq.load(found.save(path)), data)
    again = cq.load(path).attrs
    assert Certificate.from_mapping(json.loads(again["certificate"])) == found.certificate
    assert type(found.model).from_mapping(json.loads(again["model"])).digest == again["digest"] == found.model.digest


def assert_same_dataset(one: xr.Dataset, other: xr.Dataset) -> None:
    """Same names, dimensions, numbers to the last bit, units and attributes."""
    xr.testing.assert_identical(one, other)


def assert_drawn(found: Any) -> None:
    """A figure with something in it, made without a warning."""
    import matplotlib.pyplot as plt

    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        figure = found.plot()
        figure.canvas.draw()
    try:
        assert not told, [str(one.message) for one in told]
        assert figure.axes
        assert any(ax.lines or ax.collections or ax.patches or ax.images for ax in figure.axes), "nothing is drawn"
    finally:
        plt.close(figure)


class _Text(html.parser.HTMLParser):
    """Tags that are open, and the cells."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.cells: list[str] = []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        del attrs
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.cells.append(data)


def assert_shown(found: Any) -> None:
    """One short line at a prompt, and a table that names every variable."""
    line = repr(found)
    assert "\n" not in line
    assert len(line) < 700
    parser = _Text()
    parser.feed(found._repr_html_())
    assert not parser.open
    for name in map(str, found.to_dataset().data_vars):
        assert name.endswith("_bound") or name in parser.cells, f"{name} is not in the table"


def shared(found: Solution, answer: Any, name: str) -> dict[str, tuple[Matrix, Matrix]]:
    """Numbers of a point of a sweep and of the whole answer: all of a point, but for those that it alone has.

    A point is one sample, of an ensemble the first.
    """
    data, start, pairs = found.to_dataset(), 0, {}
    if "sample" in data.sizes:
        data = data.isel(sample=0)
    alone = POINT_ALONE.get((name,), set()) | POINT_ALONE.get((name, found.model.kind), set())
    assert alone <= {one.name for one in answer.outputs}
    for one in answer.outputs:
        values = answer.values[start : start + math.prod(one.shape)]
        start += math.prod(one.shape)
        if one.name not in alone:
            there = RENAMED.get((name, one.name), one.name)
            assert there in data or there in data.attrs, f"the answer has no {there}"
            whole_one = data[there].values if there in data else data.attrs[there]
            pairs[one.name] = values, np.asarray(whole_one, dtype=float).ravel()
    assert start == answer.values.size
    return pairs


def assert_same_numbers(pairs: Mapping[str, tuple[Matrix, Matrix]], name: str) -> None:
    """There are some, and they are the same to the last bit; to rounding where a question takes another way at a point."""
    assert pairs, "a point of a sweep has no quantity of the answer"
    for quantity, (one, other) in pairs.items():
        assert one.shape == other.shape, quantity
        if (name, quantity) in ROUNDED:
            np.testing.assert_allclose(one, other, rtol=ROUNDED[name, quantity], err_msg=quantity)
        else:
            assert one.tobytes() == other.tobytes(), quantity


def assert_same_run(found: Solution, mapping: Mapping[str, Any], path: Path) -> None:
    """A file that asks the same gives the same, and its summary says what was found, how, and that it is proved."""
    path.write_text(yaml_text(dict(mapping)), encoding="utf-8")
    run = read_run(path)
    answers = run.ask()
    assert len(answers) == 1
    assert answers[0] == found
    assert_summary(run.summary(answers), found, run.digest)


def assert_summary(told: Mapping[str, Any], found: Solution, digest: str) -> None:
    """Sentence, method, proofs and name of what was asked."""
    assert told["verdict"].strip().endswith((".", "!"))
    assert told["method"] == found.method.name
    assert told["certificate"] == found.certificate.to_mapping()
    assert told["digest"] == digest


def same_but_for_length(one: Any, other: Any, name: str) -> bool:
    """Whether an answer is of the model that was asked; of several lengths it holds one of them."""
    if "sizes" in SMALLEST[name] and one != other:
        one = one.resized(other.sites) if isinstance(one, HarmonicChain) else resized(one, other.sites)
    return bool(one == other)
