"""The documentation tells the truth: its examples run, its links lead somewhere, its table of equations names real code."""

import ast
import re
from pathlib import Path

import pytest
from ruamel.yaml import YAML

import caloriq as cq
import docs_examples
from docs_examples import ROOT, Failure, Notebook, blocks, pages, run_page

SOURCE = ROOT / "src" / "caloriq"
THEORY = Path("docs/theory/modular-chain.md")
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
CODE = re.compile(r"`([\w/]+\.py):([\w.]+)`")
FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
EVERY_PAGE = [*pages(), Path("CONTRIBUTING.md"), Path("CHANGELOG.md")]


def prose(page):
    return FENCED.sub("", (ROOT / page).read_text(encoding="utf-8"))


# `make docs-examples`, and CI with it, runs every block of every page: here one page shows that they are run at all
AT_ONCE = Path("docs/how-to/wells-and-diffusion.md")


@pytest.mark.parametrize(
    "page", [pytest.param(p, marks=() if p == AT_ONCE else pytest.mark.slow) for p in pages()], ids=str
)
def test_quick_examples_run(page):
    for _ in run_page(page, quick=True):
        pass


@pytest.mark.slow
@pytest.mark.parametrize("page", [page for page in pages() if any(b.mark == "slow" for b in blocks(page))], ids=str)
def test_slow_examples_run(page):
    for _ in run_page(page, quick=False):
        pass


@pytest.mark.parametrize("page", EVERY_PAGE, ids=str)
def test_links_lead_somewhere(page):
    for target in LINK.findall(prose(page)):
        if not re.match(r"https?://|mailto:|#", target):
            assert ((ROOT / page).parent / target.partition("#")[0]).exists(), target


def defined(file):
    """Names that a module defines, those of its classes as Class.name."""
    names = set()
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        names |= _names(node)
        if isinstance(node, ast.ClassDef):
            names |= {f"{node.name}.{name}" for inner in node.body for name in _names(inner)}
    return names


def _names(node):
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return {node.name}
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    return {leaf.id for target in targets for leaf in ast.walk(target) if isinstance(leaf, ast.Name)}


@pytest.mark.parametrize("page", EVERY_PAGE, ids=str)
def test_code_that_a_page_names_exists(page):
    for file, name in CODE.findall(prose(page)):
        path = SOURCE / file
        assert path.is_file(), file
        assert name in defined(path), f"{file}:{name}"


@pytest.mark.parametrize("equation", ["PRL 3", "PRL 4", "PRL 9", "PRL 10", "PRL 11", "PRL 14", "PRL 15", "PRL 16"])
def test_table_of_equations_names_code_for_each(equation):
    rows = [line for line in prose(THEORY).splitlines() if line.startswith("|") and equation in line]
    assert any(CODE.search(row) for row in rows)


@pytest.mark.parametrize(
    "equation", ["MT 3", "MT 5", "MT 7", "MT 9", "MT 10", "MT 13", "MT IV", "MT 2", "MT B", "MT VI A", "MT VI B"]
)
def test_table_of_the_driven_chain_names_code_for_each(equation):
    page = ROOT / "docs" / "theory" / "driven-chain.md"
    rows = [line for line in page.read_text(encoding="utf-8").splitlines() if line.startswith("|") and equation in line]
    assert any(CODE.search(row) for row in rows)


@pytest.mark.parametrize("equation", ["WS 1", "WS 4", "WS 5", "WS 6", "WS 10", "WS 12", "WS 16", "WS 19"])
def test_table_of_the_population_equation_names_code_for_each(equation):
    page = ROOT / "docs" / "theory" / "population-master-equation.md"
    rows = [line for line in page.read_text(encoding="utf-8").splitlines() if line.startswith("|") and equation in line]
    assert any(CODE.search(row) for row in rows)


@pytest.mark.parametrize("file", sorted((ROOT / "examples").glob("*.yaml")), ids=lambda file: file.stem)
def test_every_example_is_readable_and_is_mentioned(file):
    from caloriq.questions.run import read_run

    sweep = docs_examples.SWEEP.search(file.read_text(encoding="utf-8"))
    (cq.read_sweep if sweep else read_run)(file)
    assert any(file.name in (ROOT / page).read_text(encoding="utf-8") for page in pages())


def test_every_reproduction_is_listed():
    from caloriq.papers.registry import RECIPES

    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert all(f"`{name}`" in readme for name in RECIPES)


def test_release_is_the_same_everywhere():
    citation = YAML(typ="safe", pure=True).load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["version"] == cq.__version__
    assert f"## {cq.__version__}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


# -- the runner itself, broken on purpose

BAD = {
    "python": (
        "<!-- run -->\n```python\nx = 1\nx.missing\n```\n",
        "README.md:4 must run, but it raises AttributeError",
    ),
    "yaml": ("<!-- run -->\n```yaml\nsubunits: 0\n```\n", "must be what `caloriq run` reads"),
    "refused": ("<!-- run -->\n```console\n$ caloriq run missing.yaml\n```\n", "ends with 2"),
    "foreign": ("<!-- run -->\n```sh\nmake demo\n```\n", "must hold caloriq commands only"),
    "unmarked": ("text\n\n```python\nx = 1\n```\n", "must say what is done"),
    "output": (
        "<!-- run -->\n```python\nprint(1)\n```\n<!-- output -->\n```text\n2\n```\n",
        "must show what is printed",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_runner_refuses(case, tmp_path):
    text, complaint = BAD[case]
    (tmp_path / "README.md").write_text(text, encoding="utf-8")
    with pytest.raises(Failure, match=re.escape(complaint)):
        for _ in run_page(Path("README.md"), quick=True, root=tmp_path):
            pass


def test_runner_leaves_out_what_is_slow_or_not_run(tmp_path):
    text = "<!-- slow -->\n```python\n1 / 0\n```\n<!-- output -->\n```text\n2\n```\n<!-- not run: shown only -->\n```sh\nrm x\n```\n"
    (tmp_path / "README.md").write_text(text, encoding="utf-8")
    assert [ran for _, ran in run_page(Path("README.md"), quick=True, root=tmp_path)] == [False, True]


def test_an_example_shown_on_a_page_must_be_the_file(tmp_path):
    (tmp_path / "examples").mkdir()
    (tmp_path / "examples" / "a.yaml").write_text("subunits: 2\n", encoding="utf-8")
    block = docs_examples.Block(Path("README.md"), 1, "yaml", "run", "examples/a.yaml", "subunits: 3\n")
    with pytest.raises(Failure, match="as it is"):
        Notebook(tmp_path).run(block)
