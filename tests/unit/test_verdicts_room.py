"""Sentences about the law are written in one room, and nothing is decided by reading one."""

import ast
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

import caloriq as cq
from caloriq.results import Certificate, MethodReport, Solution
from caloriq.verdicts.judgement import Judgement
from caloriq.verdicts.judges import JUDGES, judge_of
from solutions import RESULTS, made

SOURCE = Path(cq.__file__).parent
SPOKEN = {"sentence", "verdict", "told", "why"}
READ = {"startswith", "endswith", "find", "count", "index"}
# the sentence of a kernel is part of the facts of its own file
WRITERS = ("verdicts/", "reduced/populations/evidence.py")
FILES = {str(path.relative_to(SOURCE)): path for path in sorted(SOURCE.rglob("*.py"))}


def spoken(node):
    """Whether an expression is a sentence, by its name; a variable `told` is anything that is told, a method a sentence."""
    if isinstance(node, ast.Call):
        return spoken(node.func)
    if isinstance(node, ast.Name):
        return node.id in SPOKEN - {"told"}
    return isinstance(node, ast.Attribute) and node.attr in SPOKEN


def read(tree):
    """Lines that look into a sentence."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in READ:
            if spoken(node.func.value):
                yield node.lineno
        elif isinstance(node, ast.Compare):
            pairs = zip(node.ops, [node.left, *node.comparators][:-1], node.comparators, strict=True)
            text = (ast.Constant, ast.JoinedStr)
            for op, left, right in pairs:
                inside = isinstance(op, ast.In | ast.NotIn) and spoken(right) and isinstance(left, text)
                equal = isinstance(op, ast.Eq | ast.NotEq) and (
                    (spoken(left) and isinstance(right, text)) or (spoken(right) and isinstance(left, text))
                )
                if inside or equal:
                    yield node.lineno


def written(tree):
    """Lines that begin a sentence about the law; docstrings and names of rows of a table (no verb after) are none."""
    told = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str) or id(node) in told:
            continue
        if node.value.startswith("Fourier's law") and node.value not in TITLES:
            yield node.lineno


# what a row of a paper's table compares
TITLES = {
    "Fourier's law from exchange alone",
    "Fourier's law cannot be derived",
    "Fourier's law from Schrödinger dynamics",  # of the publication: PRL 95, 180602
}


@pytest.mark.parametrize("name", FILES)
def test_nothing_is_decided_by_a_sentence(name):
    tree = ast.parse(FILES[name].read_text())
    assert not list(read(tree))
    if not name.startswith(WRITERS):
        assert not list(written(tree))


@pytest.mark.parametrize(
    "code",
    [
        'kernel.sentence.startswith("Fourier")',
        'found.told().endswith("x")',
        '"follow" in judged.sentence',
        'verdict == "no"',
        "f'{x}' not in grains.why",
    ],
)
def test_reading_is_seen(code):
    assert list(read(ast.parse(code)))


@pytest.mark.parametrize("code", ['return_ = "Fourier\'s law holds."', 'f(f"Fourier\'s law holds {x}")'])
def test_writing_is_seen(code):
    assert list(written(ast.parse(code)))
    assert not list(written(ast.parse(f'"""Fourier\'s law."""\n{code.replace("Fourier", "fourier")}')))


OWN = "verdicts.evolved.DynamicsVerdict"  # which is a judgement itself
JUDGED = [name for name in RESULTS if f"caloriq.{name.split(' ')[0]}" in JUDGES or name == OWN]


def test_every_judge_is_asked():
    assert {f"caloriq.{name.split(' ')[0]}" for name in JUDGED if name != OWN} == set(JUDGES)


def test_a_judge_knows_its_type_not_a_name():
    """A result of another package that is called as one of ours is not judged as that; one that builds on ours is."""
    theirs = type("Grains", (Solution,), {})
    assert judge_of(theirs("model", MethodReport("", ""), Certificate())) is None
    ours = made("reduced.grains.coarse.Grains")
    built = type("Blocks", (type(ours),), {})(**{one.name: getattr(ours, one.name) for one in fields(ours)})
    assert judge_of(built)(built) == cq.verdict(ours)


def test_a_result_of_another_package_brings_its_own_judgement():
    said = Judgement(None, "ballistic", "indicated", "It is ballistic.", Certificate())
    theirs = type("Rings", (Solution,), {"judgement": said})
    assert cq.verdict(theirs("model", MethodReport("", ""), Certificate())) is said


def test_a_verdict_on_dynamics_tells_what_every_judgement_tells():
    found = made(OWN)
    judged = cq.verdict(found)
    for name in ("sentence", "grade", "transport", "holds", "evidence"):
        assert getattr(found, name) == getattr(judged, name)


@pytest.mark.parametrize("name", JUDGED)
def test_every_judged_result_has_one_verdict(name):
    found = made(name)
    judged = cq.verdict(found)
    assert isinstance(judged, Judgement)
    assert judged.sentence.endswith(".")
    assert judged.holds in (None, True, False)
    if judged.grade in ("undecided", "does not follow"):
        assert judged.holds is None
        assert not judged.evidence.holds  # and what is missing stands there
    if "verdict" in found.facts():
        assert found.facts()["verdict"] == judged.sentence


def test_what_tells_nothing_of_the_law_is_refused():
    chain = cq.ModularChain(subunits=2, levels=8, bandwidth=0.05, coupling=1e-4, seed=1)
    with pytest.raises(cq.InvalidInput, match="`theory` must be given beside an evolution"):
        cq.verdict(cq.evolve(chain, np.linspace(0, 1, 3)))
    pair = cq.BandedPair(levels=[1, 3], bandwidth=0.05, coupling=1e-3, seed=1)
    with pytest.raises(cq.InvalidInput, match="`exact` must be an evolution of a chain or network"):
        cq.verdict(cq.evolve(pair, [1.0]))


def test_a_kernel_that_breaks_an_assumption_proves_nothing_against_the_law():
    chain = cq.ModularChain(subunits=2, levels=20, bandwidth=0.05, coupling=1e-3, seed=1)
    judged = cq.verdict(cq.population_kernel(chain, [1.0], order="exact"))
    assert (judged.grade, judged.holds) == ("does not follow", None)
    assert [check.name for check in judged.evidence.failures] == ["energy conservation", "level independence"]


def test_a_question_is_refused_before_its_fields_are_read():
    chain = cq.ModularChain(subunits=2, levels=8, bandwidth=0.05, coupling=1e-4, seed=1)
    with pytest.raises(cq.InvalidInput, match="can be asked evolve, ham, deviation"):
        cq.choose("blocks", chain)
