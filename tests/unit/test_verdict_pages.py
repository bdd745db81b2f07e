"""Pages of verdicts of every kind."""

import base64
from dataclasses import replace
from types import MappingProxyType
from xml.etree import ElementTree

import pytest

from caloriq import display
from caloriq.plots.pages.elements import element, linked, table
from caloriq.plots.pages.verdict_page import page
from caloriq.plots.verdict import frames_of
from caloriq.results import Certificate, Check
from caloriq.verdicts.judgement import MEANING
from pages import Page
from verdict_examples import MODEL, NAMES, RINGS, curve, made, verdict_of

EVIL = '<script>alert("x")</script>&amp;\'<b onclick="x()">'
MADE = {"versions": {"caloriq": "9.9"}, "written": "2031-01-01T00:00:00+00:00", "machine": "M", "wall time in s": 12.0}


def read(found, **how):
    return Page(page(found, **{"name": "my model", "repeat": "a: 1\n", "command": "caloriq verdict x.yaml", **how}))


@pytest.mark.parametrize("name", NAMES)
def test_a_page_says_everything(name):
    found = verdict_of(name)
    told = read(found, made=MADE)
    assert told.has(found.sentence)
    assert told.has(found.grade)
    assert told.has(MEANING[found.grade])
    for one in found.evidence:
        assert told.has(one.route)
        assert told.has(one.sentence)
        assert one.refused or told.has(one.where)
        for part in one.errors:
            assert one.refused or told.has(f"{part} ±")
        for check in one.certificate:
            assert told.has(f"{check.name}{check.value:.3g}{check.limit:.3g}")
            assert told.has(check.meaning)
    for one in (*found.conflicts, *(one.what for one in found.next)):
        assert told.has(one)
    assert bool(found.conflicts) == told.has("Routes disagree")
    for rest in (
        found.model.digest,
        "Z Z",
        found.bibtex,
        "caloriq 9.9",
        "2031-01-01",
        "a: 1",
        "caloriq verdict x.yaml",
    ):
        assert told.has(rest)
    assert len(told.images) == len(frames_of(found.to_dataset()))


def test_grades_that_a_verdict_has_are_all_here():
    grades = {verdict_of(name).grade for name in NAMES}
    assert grades == {"proved", "measured", "indicated", "undecided", "no law"}
    assert verdict_of("conflict").conflicts
    assert not [one for one in verdict_of("no route").evidence if not one.refused]


def test_pictures_are_whole_and_need_no_font():
    for one in read(verdict_of("all frames")).images:
        drawn = ElementTree.fromstring(base64.b64decode(one.partition("base64,")[2]))
        assert drawn.tag.endswith("svg")
        assert not [part for part in drawn.iter() if part.tag.endswith("}text")]


def test_what_a_user_wrote_is_text():
    """In names, sentences, labels, checks, numbers and files, markup stands as it was written and does nothing."""
    check = Check(EVIL, 1.0, 2.0, EVIL)
    evil = replace(
        RINGS, route=EVIL, sentence=EVIL, where=EVIL, unit=EVIL, method=EVIL, numbers=MappingProxyType({EVIL: 1.0}),
        errors=MappingProxyType({EVIL: 0.1}), certificate=Certificate((check,)), next=replace(RINGS.next, what=EVIL),
        curves=(curve("D(t)", "<script>", [0.0, 1.0], [0.0, 1.0]),),
    )  # fmt: skip
    before = verdict_of("indicated")
    found = made(
        MODEL,
        replace(before.judgement, sentence=EVIL),
        (evil, replace(evil, refused=True)),
        (),
        (EVIL,),
        (evil.next,),
    )
    told = read(found, name=EVIL, repeat=EVIL, command=EVIL, made={"machine": EVIL, "versions": {"caloriq": EVIL}})
    assert "script" not in told.tags
    assert told.text.count('<script>alert("x")</script>') > 12


def test_a_doi_leads_to_its_publication():
    told = read(verdict_of("proved"))
    assert told.links.count("https://doi.org/10.1103/PhysRevB.55.11029") >= 2  # in the sentence, and in the list
    inside = linked("see (doi:10.1016/0031-8914(69)90185-2), and doi:10.1/x.")
    assert 'href="https://doi.org/10.1016/0031-8914(69)90185-2"' in inside
    assert inside.endswith("doi:10.1/x.")  # no DOI: its prefix is too short


@pytest.mark.parametrize("name", NAMES)
def test_a_sentence_has_the_number_as_it_is_told_elsewhere(name):
    found = verdict_of(name)
    assert "  " not in found.sentence
    best = found.best
    assert best is None or f"{best.number} by {best.route}." in found.sentence


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_shows_the_routes(name):
    found = verdict_of(name)
    told = Page(found._repr_html_())
    assert told.has(found.sentence)
    for one in found.evidence:
        assert told.has(f"{one.route}{one.said}{one.number}{one.where}") != one.refused


def test_a_page_without_name_and_file():
    told = Page(page(verdict_of("measured")))
    assert "To repeat it" not in told.text
    assert told.has(display.model_words(MODEL))


def test_a_table_row_of_another_length_is_refused():
    with pytest.raises(ValueError, match="zip"):
        table(("one", "two"), [("a",)])


WHOLE = f"<html><body>{element('p', 'x')}</body></html>"
BROKEN = {
    "not closed": WHOLE.replace("</html>", ""),
    "closes": WHOLE.replace("</p>", "</b>"),
    "no page has: script": WHOLE.replace("x", "<script></script>"),
    "script in p": WHOLE.replace("<p>", '<p onclick="x()">'),
    "a link elsewhere": WHOLE.replace("x", '<a href="https://example.org">x</a>'),
    "a picture from elsewhere": WHOLE.replace("x", '<img src="http://x.png" alt="x">'),
    "without words": WHOLE.replace("x", '<img src="data:image/png;base64,">'),
    "a style from elsewhere": WHOLE.replace("<body>", "<style>@import 'x.css';</style><body>"),
}


@pytest.mark.parametrize("words", BROKEN)
def test_the_reader_of_pages_sees_what_is_wrong(words):
    assert Page(WHOLE).has("x")
    assert not Page(WHOLE).has("y")
    with pytest.raises(AssertionError, match=words):
        Page(BROKEN[words])
