"""Models, certificates and verdicts in a notebook: escaped, in its own colours; rules and checks as figures."""

import re
from html.parser import HTMLParser

import numpy as np
import pytest

import caloriq as cq
from caloriq.results import Certificate, Check
from caloriq.verdicts.judgement import Judgement
from driven import uniform
from figures import assert_readable

CHECKS = Certificate(
    (
        Check("residual <b>", 1e-9, 1e-6, "a & b"),
        Check("law", 2.0, 1.0, "less than 1"),
        Check("premises", 0.0, 0.0, "exact"),
        Check("unknown", np.nan, 1.0, "not finite"),
    )
)
JUDGED = Judgement(None, "diffusive", "consistent", "It is <diffusive> & short.", CHECKS)
MODEL = cq.Lattice(sites=4, terms=(cq.Term("Z Z"), cq.Term("X", 0.9)))
SHOWN = {
    "model": MODEL,
    "driven": uniform(3, 0.5),
    "bath": uniform(3, 0.5).baths[0],
    "certificate": CHECKS,
    "judged": JUDGED,
}
TAGS = {"div", "style", "p", "b", "table", "thead", "tbody", "tr", "th", "td", "details", "summary", "pre"}


class Read(HTMLParser):
    """Tags, those that are open, and the text."""

    def __init__(self, told):
        super().__init__()
        self.tags, self.open, self.text = set(), [], ""
        self.feed(told)

    def handle_starttag(self, tag, attrs):
        del attrs
        self.tags.add(tag)
        self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


@pytest.mark.parametrize("name", SHOWN)
def test_it_is_shown_whole_and_escaped(name):
    read = Read(SHOWN[name]._repr_html_())
    assert read.open == []
    assert read.tags <= TAGS


@pytest.mark.parametrize("name", SHOWN)
def test_its_colours_are_the_notebooks(name):
    """No ground and no ink of its own: what is read on white is read on black."""
    told = SHOWN[name]._repr_html_()
    colours = set(re.findall(r"(?:background|[^-]color):([^;}]*)", told))
    assert colours <= {"transparent!important", "transparent", "inherit!important", "inherit"}


def test_a_model_tells_its_fields():
    read = Read(MODEL._repr_html_())
    assert "lattice (4 sites)" in read.text
    assert "Z Z" in read.text


def test_a_certificate_tells_what_fails():
    read = Read(CHECKS._repr_html_())
    assert "residual <b>" in read.text
    assert "a & b" in read.text
    assert read.text.count("FAILS") == 3  # one in the line that says which


def test_a_verdict_tells_class_grade_and_rules():
    read = Read(JUDGED._repr_html_())
    assert "diffusive, consistent" in read.text
    assert "It is <diffusive> & short." in read.text
    assert "residual <b>" in read.text


def test_words_that_are_tags_are_seen():
    """The reading above, broken."""
    assert not Read("<p><i>a</i></p>").tags <= TAGS
    with pytest.raises(AssertionError):
        Read("<p><b></p>")


@pytest.mark.parametrize("one", [CHECKS, JUDGED, Certificate()], ids=["certificate", "judged", "none"])
def test_checks_are_drawn_as_shares_of_their_limits(one):
    fig = one.plot()
    assert_readable(fig)
    (ax,) = fig.axes
    marks = [line for line in ax.get_lines() if line.get_marker() in ("o", "X")]
    checks = one.evidence if isinstance(one, Judgement) else one
    assert [line.get_marker() == "o" for line in marks] == [check.holds for check in checks]
    for line, check in zip(marks, checks, strict=True):
        assert (line.get_xdata()[0] <= 1) == check.holds


def test_its_heading_tells_how_many_fail():
    assert JUDGED.plot().get_suptitle() == "diffusive, consistent; 2 of 4 checks fail"
