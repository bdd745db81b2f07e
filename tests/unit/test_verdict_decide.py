"""What evidence amounts to: made-up evidence in, grade out."""

import math

import pytest

import caloriq as cq
from caloriq.results import Certificate, Check
from caloriq.verdicts.routes import lengths, response, structure
from caloriq.verdicts.routes.case import Case
from caloriq.verdicts.routes.decide import decided, enough
from caloriq.verdicts.routes.evidence import Curve, Evidence, Next
from caloriq.verdicts.routes.stage import Stage

CASE = Case(cq.Lattice.tilted_ising(8, transverse=1.4, longitudinal=0.9))
HOLDS = Certificate((Check("rule", 0.0, 1.0, "it holds"),))


def said(route, transport=None, weight=None, low=math.nan, high=math.nan, family=None, **more):
    weight = ("rules" if transport else "none") if weight is None else weight
    estimate = (low + high) / 2
    quantity = "D" if math.isfinite(low) else ""
    more.setdefault("sentence", f"{route} has looked.")
    return Evidence(
        route,
        family or route,
        "energy",
        transport,
        weight,
        quantity=quantity,
        estimate=estimate,
        low=low,
        high=high,
        certificate=HOLDS,
        **more,
    )


def rings(*about, **more):
    return said(response.RINGS, *about, **more)


def strings(*about, **more):
    return said(response.STRINGS, *about, **more)


def proof(transport, route=structure.NAME):
    return said(route, transport, "proof")


def test_a_number_of_no_known_error_says_so():
    """Six digits of the last D(t) of a ring looked as certain as any other."""
    one = said(response.RINGS)
    last = Evidence(one.route, one.family, "energy", None, "none", "still rises.", quantity="D", estimate=5.14569)
    assert last.number == "D = 5.15, of no known error"
    assert said(response.RINGS, low=1.0, high=1.2).number == "D = 1.1 ± 0.1"


def test_a_term_that_no_theorem_covers_is_told_as_such():
    """With nothing that flows, no route applies, and the reasons stand in a row."""
    ising = cq.Lattice(sites=12, terms=[cq.Term("Z Z", 1.0), cq.Term("Z", 0.5)])
    sentence = cq.verdict(ising, routes=["structure"], workers=0).sentence
    assert sentence.startswith(
        "Undecided for energy: no route applies: it is not quasi-free, because of the term Z Z on "
    )


GRADES = {
    "nothing": ([], "undecided", None, None),
    "nothing decides": ([rings(), strings()], "undecided", None, None),
    "one route": ([rings(), strings("diffusive", low=1.0, high=1.2)], "indicated", "diffusive", None),
    "two of one family": (
        [rings("diffusive", low=1.0, high=1.2), said("spread", "diffusive", low=1.0, high=1.1, family=response.RINGS)],
        "indicated",
        "diffusive",
        None,
    ),
    "two that agree": (
        [rings("diffusive", low=1.0, high=1.2), strings("diffusive", low=1.1, high=1.3)],
        "measured",
        "diffusive",
        True,
    ),
    "two whose numbers differ": (
        [rings("diffusive", low=1.0, high=1.2), strings("diffusive", low=1.3, high=1.4)],
        "undecided",
        None,
        None,
    ),
    "two classes": (
        [rings("diffusive", low=1.0, high=1.2), said("lengths", "ballistic")],
        "undecided",
        None,
        None,
    ),
    "strings below rings that do not decide": (
        [rings(low=1.5, high=1.7), strings("diffusive", low=1.0, high=1.2)],
        "undecided",
        None,
        None,
    ),
    "strings above rings that do not decide yet": (
        [rings(low=0.5, high=0.7), strings("diffusive", low=1.0, high=1.2)],
        "indicated",
        "diffusive",
        None,
    ),
    "a proof": ([proof("ballistic")], "proved", "ballistic", False),
    "a proof against a route": (
        [proof("ballistic"), strings("diffusive", low=1.0, high=1.2)],
        "proved",
        "ballistic",
        False,
    ),
    "a proof that the law holds": ([proof("diffusive")], "proved", "diffusive", True),
    "two proofs of one class": ([proof("ballistic"), proof("ballistic", "charges")], "proved", "ballistic", False),
    "two proofs that contradict": ([proof("ballistic"), proof("localised", "charges")], "undecided", None, None),
}


@pytest.mark.parametrize("name", GRADES)
def test_grade(name):
    evidence, grade, transport, holds = GRADES[name]
    judged = decided(CASE, evidence).judgement
    assert (judged.grade, judged.transport, judged.holds) == (grade, transport, holds)
    assert judged.sentence.endswith(".")
    if grade == "undecided":
        assert not judged.evidence.holds
    if grade == "measured":
        assert "It is assumed that no crossover comes beyond these ranges." in judged.sentence


def test_routes_that_disagree_are_shown_and_never_averaged():
    found = decided(CASE, GRADES["two whose numbers differ"][0])
    assert len(found.conflicts) == 1
    assert "[1, 1.2]" in found.conflicts[0]
    assert "[1.3, 1.4]" in found.conflicts[0]
    assert "routes disagree" in found.judgement.sentence
    assert found.deciding == ()


def test_a_route_against_a_proof_is_told():
    found = decided(CASE, GRADES["a proof against a route"][0])
    assert any("strings says diffusive" in one for one in found.conflicts)


def test_what_would_decide_is_told_cheapest_first_and_lengths_without_a_method_last():
    law = Curve("R(N)", "current", (3.0, 4.0), (10.0, 11.0), (0.0, 0.0), law=(100.0, 2.0))
    evidence = [
        rings(next=Next("rings of 20 sites", 120.0, 1e9)),
        strings(next=Next("strings of 10 cells", 40.0, 1e8)),
        said("lengths", family=lengths.FAMILY, curves=(law,)),
    ]
    found = decided(CASE, evidence)
    assert [one.what for one in found.next] == [
        "strings of 10 cells",
        "rings of 20 sites",
        "N = 651 sites between baths",  # 1.3 · 100/(0.1 · 2) bonds: the bulk ten times the contacts and a third more
    ]
    assert "strings of 10 cells (40 s, 100 MB)" in found.judgement.sentence


def test_long_stages_are_left_out_once_the_class_is_known():
    long, short = Stage("rings", "long", seconds=2.0), Stage("rings", "short", seconds=1.0)
    measured = GRADES["two that agree"][0]
    assert enough(CASE, measured, long)
    assert not enough(CASE, measured, short)
    assert not enough(CASE, GRADES["one route"][0], long)


def test_evidence_is_the_same_from_its_mapping():
    whole = rings(
        "diffusive",
        low=1.0,
        high=1.2,
        errors={"window": 0.1},
        numbers={"z": 2.0},
        curves=(Curve("D(t)", "x", (0.0, 1.0), (0.0, 1.0), (0.0, 0.1), until=0.5),),
        next=Next("more"),
    )
    again = Evidence.from_mapping(whole.to_mapping())
    assert repr(again.to_mapping()) == repr(whole.to_mapping())  # NaN is not itself
    assert again.curves == whole.curves
    assert again.errors == whole.errors
