"""The site is made of the pages and the package as they are; what is built is held to what a reader relies on."""

import inspect
import re

import pytest

import caloriq as cq
from caloriq.models import kinds
from caloriq.questions import registry
from docs_examples import ROOT
from making import built, lists, methods, names, offline_math, outside

DOCS = ROOT / "docs"
GENERATED = {"reference", "figures"}
SITE = [
    *sorted(p.relative_to(DOCS).as_posix() for p in DOCS.rglob("*.md") if p.parts[len(DOCS.parts)] not in GENERATED)
]
TOCTREE = re.compile(r"```\{toctree\}\n(?::.*\n)*\n((?:.+\n)+)```")


def contents(page):
    """Pages that stand below a page, by their paths in docs."""
    text = (DOCS / page).read_text(encoding="utf-8")
    listed = [line for block in TOCTREE.findall(text) for line in block.split("\n") if line]
    if page.endswith("/README.md") or lists.MARK in text:
        listed += lists.entries(text)
    return [((DOCS / page).parent / one).resolve().relative_to(DOCS).as_posix() + ".md" for one in listed]


def test_every_page_is_in_the_contents():
    reached, left = {"index.md"}, ["index.md"]
    while left:
        for page in contents(left.pop()):
            if page not in reached and (DOCS / page).is_file():
                reached.add(page)
                left.append(page)
    assert set(SITE) - reached == set()


def test_every_public_name_has_a_group():
    front = names.front()
    assert sorted(name for group in front.values() for name in group) == sorted(cq.__all__)
    assert all(front.values())


def test_rooms_hold_kinds_questions_and_starts():
    rooms = {name for members in names.rooms().values() for name in members}
    front = {names.place(getattr(cq, name)) for name in cq.__all__ if not inspect.ismodule(getattr(cq, name))}
    everything = rooms | front
    for address in registry.BUILT_IN.values():
        assert address.replace(":", ".") in everything
    for address in kinds.BUILT_IN.values():
        assert f"caloriq.models.{address.replace(':', '.')}" in everything
    assert {f"caloriq.starts.{name}" for name in cq.starts.__all__} <= rooms


def test_what_an_example_imports_is_found():
    text = "x\nfrom caloriq.a.b import c, d\nfrom caloriq.e import (\n    f,\n    g,\n)\nfrom other import h\n"
    assert list(names.imported(text)) == [
        ("caloriq.a.b", "c"),
        ("caloriq.a.b", "d"),
        ("caloriq.e", "f"),
        ("caloriq.e", "g"),
    ]


def test_members_are_own_methods_and_no_fields():
    members = names.Documented(cq.SpinChain).members
    assert "sites" not in members
    assert not [name for name in members if name.startswith(("_", "model_"))]
    assert "hamiltonian" in names.Documented(cq.ModularChain).members


def test_links_out_of_the_pages():
    page = DOCS / "how-to" / "x.md"
    text = "[a](../theory/zoo.md) [b](../../examples/ring.yaml) [`c`](../../CHANGELOG.md#d) ![e](../images/verdict.png)"
    made = outside.rewritten(text, page)
    assert made == (
        "[a](../theory/zoo.md) {download}`b <../../examples/ring.yaml>` [`c`](../changelog.md#d) ![e](../images/verdict.png)"
    )


def test_lists_are_contents():
    text = "# T\n- [a](a.md)\n- [b](sub/b.md#x): words\n- no link\n- [w](https://x.md)\nText [c](c.md).\n- [a](a.md)\n"
    assert lists.entries(text) == ["a", "sub/b"]
    assert lists.with_contents("nothing") == "nothing"
    assert lists.with_contents(text).endswith("```\n")


def test_the_copy_of_mathjax_is_whole():
    parts = offline_math.parts()
    assert parts["tex-chtml.js"].stat().st_size > 500_000
    assert sum(name.endswith(".woff") for name in parts) > 20


def test_the_table_of_methods_is_that_of_the_classes():
    text = methods.PAGE.read_text(encoding="utf-8")
    assert methods.renewed(text) == text
    for verb in ("verdict", "kubo", "steady_state", "evolve", "coarse_grain", "population_kernel", "ham"):
        assert f"`{verb}`" in text


def test_every_method_is_in_a_row():
    text = methods.table()
    for name in cq.__all__:
        thing = getattr(cq, name)
        if inspect.isclass(thing) and thing.__module__.endswith(".methods"):
            assert f"| `{name}` |" in text


def test_the_gallery_is_large_and_every_script_draws():
    scripts = sorted((DOCS / "gallery").rglob("*.py"))
    assert len(scripts) >= built.FIGURES
    assert [one for one in scripts if "figure" not in one.read_text(encoding="utf-8")] == []


# -- the checks of the built site, broken on purpose

REFERENCE = "".join(f'<dt id="caloriq.{name}"></dt>' for name in cq.__all__)
BROKEN = {
    "link": ('<a href="missing.html">x</a>', "must link to what is there"),
    "image": ('<img src="missing.png">', "must link to what is there"),
    "anchor": ('<a href="reference/all.html#nowhere">x</a>', "anchor that is there"),
    "own anchor": ('<a href="#nowhere">x</a>', "anchor that is there"),
    "script": ('<script src="https://cdn.example/x.js"></script>', "load nothing from elsewhere"),
    "script without a scheme": ('<script src="//cdn.example/x.js"></script>', "load nothing from elsewhere"),
    "style": ('<link rel="stylesheet" href="http://cdn.example/x.css">', "load nothing from elsewhere"),
}


def site(folder, body="", reference=REFERENCE, css="", figures=built.FIGURES):
    for name in ("reference", "_images", "_static"):
        (folder / name).mkdir(parents=True)
    (folder / "reference" / "all.html").write_text(reference, encoding="utf-8")
    (folder / "_static" / "x.css").write_text(css, encoding="utf-8")
    (folder / "index.html").write_text(
        f'<p id="top"></p><a href="#top"></a><a href="reference/all.html#caloriq.verdict"></a><a href="https://doi.org/x"></a>{body}',
        encoding="utf-8",
    )
    for k in range(figures):
        (folder / "_images" / f"sphx_glr_{k}_001.png").write_bytes(b"")
    return folder


def test_a_whole_site_passes(tmp_path):
    folder = site(tmp_path / "site")
    assert built.faults(folder) == []
    assert built.told(folder).startswith(f"2 pages with {built.FIGURES} figures")


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_site_is_told(case, tmp_path):
    body, complaint = BROKEN[case]
    (fault,) = built.faults(site(tmp_path / "site", body))
    assert complaint in fault


def test_styles_load_nothing_from_elsewhere(tmp_path):
    (fault,) = built.faults(site(tmp_path / "site", css="@font-face {src: url('https://fonts.example/x.woff')}"))
    assert "x.css must load nothing" in fault


def test_a_name_that_is_missing_is_told(tmp_path):
    shorter = REFERENCE.replace('<dt id="caloriq.kubo"></dt>', "")
    assert built.faults(site(tmp_path / "site", reference=shorter)) == [
        "the reference must hold every public name, but kubo is missing"
    ]


def test_too_few_figures_are_told(tmp_path):
    (fault,) = built.faults(site(tmp_path / "site", figures=built.FIGURES - 1))
    assert "figures" in fault
