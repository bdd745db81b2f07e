"""What the efficiency refuses, and in which words."""

import re

import numpy as np
import pytest

import caloriq as cq
from caloriq.questions.registry import question_from
from caloriq.steady.assisted import best_dephasing, efficiency_curve
from caloriq.steady.efficiency import Trap, efficiency
from caloriq.steady.leaving import BALLS, DENSE
from testers import refused

WIRE = cq.SpinChain(
    sites=3,
    hopping=1.0,
    baths=(cq.Bath(site=0, gain=0.1, loss=0.0, name="light"), cq.Bath(site=2, gain=0.0, loss=1.0, name="centre")),
)
BARE = cq.SpinChain(sites=3, hopping=1.0)
TRAP = Trap(site=2, rate=1.0)
CASES = {
    "a model that is none": (lambda: efficiency(3, start=0, trap=TRAP), "model", "3"),
    "a site beyond the end": (lambda: efficiency(WIRE, start=3, trap="centre"), "start", "3"),
    "a word that is none": (lambda: efficiency(WIRE, start="dark", trap="centre"), "start", "'dark'"),
    "light where no bath gives": (lambda: efficiency(BARE, start="light", trap=TRAP), "start", "'light'"),
    "weights of another length": (lambda: efficiency(WIRE, start=[1.0, 0.0], trap="centre"), "start", "[1.0, 0.0]"),
    "weights below zero": (lambda: efficiency(WIRE, start=[1.0, -0.1, 0.0], trap="centre"), "start", "-0.1"),
    "no weight": (lambda: efficiency(WIRE, start=[0.0, 0.0, 0.0], trap="centre"), "start", "0.0"),
    "NaN": (lambda: efficiency(WIRE, start=[np.nan, 0.0, 0.0], trap="centre"), "start", "nan"),
    "a truth value": (lambda: efficiency(WIRE, start=True, trap="centre"), "start", "True"),
    "nothing": (lambda: efficiency(WIRE, start=None, trap="centre"), "start", "None"),
    "a matrix of another shape": (lambda: efficiency(WIRE, start=np.eye(2) / 2, trap="centre"), "start", "(2, 2)"),
    "a matrix of trace 3": (lambda: efficiency(WIRE, start=np.eye(3), trap="centre"), "start", "trace 3"),
    "a matrix below zero": (lambda: efficiency(WIRE, start=np.diag([1.5, -0.5, 0.0]), trap="centre"), "start", "-0.5"),
    "a matrix that is not hermitian": (
        lambda: efficiency(WIRE, start=np.triu(np.ones((3, 3))) / 3, trap="centre"),
        "start",
    ),
    "an unknown bath": (lambda: efficiency(WIRE, start=0, trap="center"), "trap", "'center'"),
    "a bath that only gives": (lambda: efficiency(WIRE, start=0, trap="light"), "trap", "'light'"),
    "a name where there are no baths": (lambda: efficiency(BARE, start=0, trap="centre"), "trap", "'centre'"),
    "a trap that is none": (lambda: efficiency(WIRE, start=0, trap=[2]), "trap", "2"),
    "no trap": (lambda: efficiency(WIRE, start=0, trap=[]), "trap", "empty"),
    "a trap beyond the end": (lambda: efficiency(WIRE, start=0, trap=Trap(site=3, rate=1.0)), "trap.site", "3"),
    "a trap of rate 0": (lambda: Trap(site=0, rate=0.0), "rate", "0"),
    "a loss below zero": (lambda: efficiency(WIRE, start=0, trap="centre", loss=-1e-3), "loss", "-0.001"),
    "losses of another length": (lambda: efficiency(WIRE, start=0, trap="centre", loss=[0.1, 0.1]), "loss", "(2,)"),
    "a rate below zero": (lambda: efficiency_curve(WIRE, [1.0, -1.0], start=0, trap="centre"), "dephasing", "-1"),
    "no rate": (lambda: efficiency_curve(WIRE, [], start=0, trap="centre"), "dephasing", "(0,)"),
    "one rate that is no list": (lambda: efficiency_curve(WIRE, 1.0, start=0, trap="centre"), "dephasing", "()"),
    "nothing lost": (lambda: best_dephasing(WIRE, start=0, trap="centre"), "loss", "0"),
    "a range upside down": (
        lambda: best_dephasing(WIRE, start=0, trap="centre", loss=0.1, low=2.0, high=1.0),
        "low",
        "2",
    ),
    "a range from below zero": (lambda: best_dephasing(WIRE, start=0, trap="centre", loss=0.1, low=-1.0), "low", "-1"),
    "too many sites": (
        lambda: best_dephasing(cq.SpinChain(sites=40, hopping=1.0), start=0, trap=TRAP, loss=0.1),
        "model",
        "40",
    ),
    "dark states of many sites": (
        lambda: efficiency(cq.SpinChain(sites=41, hopping=1.0), start=0, trap=Trap(site=20, rate=1.0)),
        "model",
        "20 on 41",
    ),
    "a question without a trap": (lambda: question_from({"kind": "efficiency"}), "trap"),
    "a question with a trap without rate": (lambda: question_from({"kind": "efficiency", "trap": {"site": 1}}), "rate"),
    "a question of a start that is none": (
        lambda: question_from({"kind": "efficiency", "trap": "centre", "start": "dark"}),
        "start",
    ),
    "a question of a bath that is none": (
        lambda: question_from({"kind": "efficiency", "trap": "center"}).ask(WIRE),
        "trap",
        "'center'",
    ),
    "a question for the best where nothing is lost": (
        lambda: question_from({"kind": "best-dephasing", "trap": "centre"}).ask(WIRE),
        "loss",
        "0",
    ),
    "a question of a range upside down": (
        lambda: question_from({"kind": "best-dephasing", "trap": "centre", "loss": 0.1, "low": 2.0, "high": 1.0}).ask(
            WIRE
        ),
        "low",
        "2",
    ),
}


FIELDS = {  # of a question, and how the sentence names the place
    "a truth value for a start": ({"start": True}, "start", "True"),
    "half a site": ({"start": 1.5}, "start", "1.5"),
    "a mapping for a start": ({"start": {}}, "start", "a mapping"),
    "a weight below zero": ({"start": [0.5, -0.5]}, "start.1", "-0.5"),
    "a weight that is a truth value": ({"start": [True, 0.0]}, "start.0", "True"),
    "a loss below zero": ({"loss": -1}, "loss", "-1"),
    "a word for a loss": ({"loss": "little"}, "loss", "'little'"),
    "an infinite loss": ({"loss": np.inf}, "loss", "inf"),
    "one of several losses below zero": ({"loss": [0.0, -1.0, 0.0]}, "loss.1", "-1.0"),
    "a matrix of losses": ({"loss": [[0.0]]}, "loss.0", "[0.0]"),
    "a list for a trap": ({"trap": [["centre"]]}, "trap", "[['centre']]"),
    "a number for a trap": ({"trap": 3}, "trap", "3"),
    "one of several traps that is none": ({"trap": ["centre", 2]}, "trap", "2"),
}


@pytest.mark.parametrize("kind", ["efficiency", "best-dephasing"])
@pytest.mark.parametrize("name", FIELDS)
def test_fields_of_a_question_are_refused_by_their_own_names(kind, name):
    fields, place, value = FIELDS[name]
    with pytest.raises(cq.InvalidInput) as raised:
        question_from({"kind": kind, "trap": "centre", **fields})
    sentence = str(raised.value)
    assert sentence.startswith(f"`{place}` must be ")
    assert value in sentence
    assert not any(inner in sentence for inner in ("literal[", "constrained", "valid string"))
    assert raised.value.place[0] == place.split(".")[0]


def test_numbers_of_a_question_may_be_text_as_yaml_reads_them():
    """1e-3 without a point is text to YAML."""
    question = question_from({"kind": "efficiency", "trap": "centre", "loss": "1e-3", "start": ["1e-1", 1, 0]})
    assert (question.loss, question.start) == (1e-3, (0.1, 1.0, 0.0))


@pytest.mark.parametrize("name", CASES)
def test_bad_input(name):
    call, *words = CASES[name]
    kinds = (cq.InvalidInput, cq.Unsupported)
    with refused(*words, error=kinds):
        call()


def test_limits_of_size_stand_in_the_docstrings_as_they_are():
    for verb in (efficiency, efficiency_curve, best_dephasing):
        sizes = re.findall(r"(?:up to|beyond|than) (\d+) sites|Beyond (\d+)", verb.__doc__, flags=re.IGNORECASE)
        told = {int(one or other) for one, other in sizes}
        assert DENSE in told <= {DENSE, BALLS}, verb.__name__


def test_what_would_run_is_told_before_the_work():
    for sites, word in ((3, "proven"), (60, "estimated")):
        wire = cq.SpinChain(sites=sites, hopping=1.0, dephasing=1.0)
        told = cq.choose("efficiency", wire, start=0, trap={"site": -1, "rate": 1.0})
        assert told.method == "one excitation until it leaves"
        assert word in told.reason
        assert told.memory > 0
        assert told.seconds > 0
    best = cq.choose("best-dephasing", WIRE, trap="centre", loss=0.1)
    assert "bisection" in best.method
    assert question_from({"kind": "efficiency", "trap": "centre", "start": [0.5, 0.5, 0.0]}).ask(
        WIRE
    ).efficiency == pytest.approx(1)
