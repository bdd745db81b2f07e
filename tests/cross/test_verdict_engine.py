"""Routes side by side: budgets end them, ledgers keep them, kills lose nothing, workers change nothing."""

import json
import os
import signal
import sqlite3
import subprocess
import sys

import numpy as np
import psutil
import pytest

import caloriq as cq
from caloriq.verdicts.routes import asked, engine, worker
from caloriq.verdicts.routes.case import Case
from caloriq.verdicts.routes.evidence import Evidence
from caloriq.verdicts.routes.ledger import Ledger
from caloriq.verdicts.routes.stage import Route, Stage, last
from caloriq.verdicts.routes.table import routes
from testers import refused

ISING = cq.Lattice.tilted_ising(8, transverse=1.4, longitudinal=0.9045)
UNIFORM = cq.ClassicalChain(
    sites=4, rate=1.0, baths=(cq.Bath(site=0, gain=0.6, loss=0.4), cq.Bath(site=-1, gain=0.4, loss=0.6))
)
SHORT = ("structure", "charges", "lengths", "contacts")


def same(one, other):
    """Equal but for how long it took and what was left."""

    def told(found):
        mapping = {name: value for name, value in found.to_mapping().items() if name not in ("seconds", "next")}
        return json.dumps(mapping, sort_keys=True)

    assert [told(e) for e in one.evidence] == [told(e) for e in other.evidence]
    assert one.grade == other.grade


def test_any_number_of_workers_finds_the_same():
    here = cq.verdict(UNIFORM, routes=SHORT, workers=0)
    there = cq.verdict(UNIFORM, routes=SHORT, workers=2)
    assert (here.grade, here.transport) == ("proved", "diffusive")
    same(here, there)


def test_a_ledger_is_gone_on_from(tmp_path, monkeypatch):
    path = tmp_path / "kept.sqlite"
    first = cq.verdict(UNIFORM, routes=SHORT, workers=0, ledger=path)
    monkeypatch.setattr(worker, "looked", lambda *_: pytest.fail("what is known is not looked at again"))
    again = cq.verdict(UNIFORM, routes=SHORT, workers=0, ledger=path)
    same(first, again)


def test_a_ledger_knows_what_was_asked():
    """Another model, density or temperature is another key."""
    stage = Stage("rings", "x", {"sizes": [4, 6]})
    cases = [
        Case(ISING),
        Case(ISING, temperature=1.0),
        Case(cq.Lattice.tilted_ising(8, transverse=1.4, longitudinal=0.9)),
        Case(cq.Lattice.xxz(6, anisotropy=0.5), "magnetisation"),
        Case(cq.Lattice.xxz(6, anisotropy=0.5), "magnetisation", means={"magnetisation": 0.1}),
    ]
    keys = {stage.key(case) for case in cases} | {Stage("rings", "y", {"sizes": [4, 8]}).key(cases[0])}
    assert len(keys) == len(cases) + 1
    assert Stage("rings", "in other words", {"sizes": [4, 6]}).key(cases[0]) in keys


FIRST = Stage("slow", "first", {"n": 0}, 0.0)
SECOND = Stage("slow", "second", {"n": 1}, 0.5, 1e6)


def two_stages(monkeypatch, second=SECOND, first=FIRST):
    """A route of two stages, alone in the table."""
    route = Route(
        "slow",
        "slow",
        lambda _: first,
        lambda case, stage, _: Evidence("slow", "slow", case.of, None, "none", f"stage {stage.fields['n']}"),
        lambda _, stage, __: second if stage.fields["n"] == 0 else None,
    )
    for room in (asked, engine, worker):
        monkeypatch.setattr(room, "routes", lambda: {"slow": route})


SLEEPER = """
from caloriq.verdicts.routes import worker
from caloriq.verdicts.routes.stage import Stage
from caloriq.verdicts.routes.evidence import Evidence
import sys
worker.looked = lambda case, stage, progress=None: time.sleep(600)
worker.main()
"""


def sleepers(monkeypatch):
    """Processes that look at nothing for ever, in place of those of the engine."""
    begun = []
    popen = subprocess.Popen

    def sleeping(_, **how):
        begun.append(popen([sys.executable, "-c", SLEEPER], **how))
        return begun[-1]

    monkeypatch.setattr(engine.subprocess, "Popen", sleeping)
    return begun


def test_what_runs_when_the_time_is_over_is_ended_and_told(monkeypatch):
    two_stages(monkeypatch)
    begun = sleepers(monkeypatch)
    case = Case(ISING)
    with Ledger() as kept:
        found = engine.gather(case, seconds=1.0, memory=1e9, workers=1, ledger=kept)
    assert found.evidence["slow"].sentence == "stage 0"
    assert found.beyond["slow"][1] == "time"
    assert found.list()[0].next.what == "second"
    assert [one.poll() is not None for one in begun] == [True]  # nothing is left behind


def test_a_route_that_was_begun_is_not_told_as_never_looked_at(monkeypatch):
    """Nor as one that takes more time than there was: it was thought to take half a second."""
    two_stages(monkeypatch, first=SECOND)
    sleepers(monkeypatch)
    with Ledger() as kept:
        (one,) = engine.gather(Case(ISING), seconds=1.0, memory=1e9, workers=1, ledger=kept).list()
    assert one.sentence.startswith("Begun, but not at its end after ")
    assert "Not looked at" not in one.sentence
    assert one.seconds >= 1.0 > one.next.seconds
    assert one.where == ""  # nothing was looked at, and the table of routes must not say so


def test_a_route_that_was_not_begun_says_why(monkeypatch):
    two_stages(monkeypatch, first=Stage("slow", "too long", {"n": 0}, 1e9, 1e6))
    with Ledger() as kept:
        (one,) = engine.gather(Case(ISING), seconds=1.0, memory=1e9, workers=1, ledger=kept).list()
    assert (one.sentence, one.where) == ("Not looked at: it takes more time than there was.", "")


def test_a_process_that_dies_is_told_and_the_rest_goes_on(monkeypatch):
    two_stages(monkeypatch)
    popen = subprocess.Popen
    dead = [sys.executable, "-c", "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"]
    monkeypatch.setattr(engine.subprocess, "Popen", lambda _, **how: popen(dead, **how))
    with Ledger() as kept:
        found = engine.gather(Case(ISING), seconds=30.0, memory=1e9, workers=1, ledger=kept)
    assert "ended before it answered" in found.evidence["slow"].sentence
    assert "-9" in found.evidence["slow"].sentence


def test_stages_beyond_memory_or_time_are_set_aside(monkeypatch):
    far = Stage("slow", "too long", {"n": 1}, 1e9, 1e6)
    big = Stage("slow", "too large", {"n": 1}, 1.0, 1e15)
    for stage, why in ((far, "time"), (big, "memory")):
        two_stages(monkeypatch, stage)
        with Ledger() as kept:
            found = engine.gather(Case(ISING), seconds=5.0, memory=1e9, workers=0, ledger=kept)
        assert found.beyond["slow"] == (stage, why)


SCRIPT = """
import sys, caloriq as cq
cq.verdict(
    cq.Lattice.tilted_ising(8, transverse=1.4, longitudinal=0.9045),
    routes=["structure", "charges", "strings"], workers=1, budget=2.0, ledger=sys.argv[1],
    tell=lambda one: print(one.route, flush=True),
)
"""


def test_a_verdict_that_is_killed_goes_on_from_its_ledger(tmp_path):
    path = tmp_path / "kept.sqlite"
    run = subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(path)], stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    lines = [run.stdout.readline().strip() for _ in range(3)]
    assert lines == ["structure", "charges", "strings"]  # the first strings have come
    children = psutil.Process(run.pid).children()
    os.killpg(run.pid, signal.SIGKILL)
    run.wait()
    run.stdout.close()
    assert psutil.wait_procs(children, timeout=20)[1] == []  # nobody works on for nobody
    with sqlite3.connect(path) as base:
        assert base.execute("SELECT COUNT(*) FROM evidence").fetchone()[0] >= 3
    seen = []
    found = cq.verdict(
        ISING, routes=["structure", "charges", "strings"], workers=0, budget=0.02, ledger=path, tell=seen.append
    )
    assert found["strings"].where.startswith("strings of up to 4, 5, 6 cells")
    assert [one.route for one in seen][:3] == ["structure", "charges", "strings"]


def test_a_ledger_that_is_none_is_refused(tmp_path):
    other = tmp_path / "other.sqlite"
    with sqlite3.connect(other) as base:
        base.execute("CREATE TABLE x (y)")
    with refused("ledger", "something else"):
        cq.verdict(UNIFORM, routes=SHORT, ledger=other)
    damaged = tmp_path / "damaged.sqlite"
    damaged.write_bytes(b"not a database" * 100)
    with refused("ledger", "not a database"):
        cq.verdict(UNIFORM, routes=SHORT, ledger=damaged)


def test_a_row_that_cannot_be_read_is_looked_for_again(tmp_path):
    path = tmp_path / "kept.sqlite"
    first = cq.verdict(UNIFORM, routes=SHORT, workers=0, ledger=path)
    with sqlite3.connect(path) as base:
        base.execute("UPDATE evidence SET content = '{broken'")
    same(first, cq.verdict(UNIFORM, routes=SHORT, workers=0, ledger=path))


# -- the least that a budget is, and other bad input


def test_a_budget_in_which_nothing_can_be_looked_at_says_the_least():
    with refused("budget", "at least", "minutes"):
        cq.verdict(ISING, routes=["rings"], budget=1e-5)
    with refused("memory", "at least", "MB"):
        cq.verdict(ISING, routes=["rings"], memory=1.0)
    with refused("budget", "greater than 0"):
        cq.verdict(ISING, budget=0.0)


def test_bad_input_is_one_sentence():
    with refused("of", "did you mean energy?"):
        cq.verdict(ISING, of="enery")
    with refused("of", "known are energy, magnetisation"):
        cq.verdict(ISING, of="charge")
    with refused("routes", "did you mean rings?"):
        cq.verdict(ISING, routes=["ring"])
    with refused("temperature"):
        cq.verdict(ISING, temperature=-1.0)
    with refused("workers"):
        cq.verdict(ISING, workers=-1)
    disorder = cq.Disorder(quantity="frequency", width=1.0)
    one = cq.DisorderedChain(
        chain=cq.SpinChain(sites=4, hopping=1.0, baths=UNIFORM.baths), disorder=(disorder,), samples=1, seed=1
    )
    with refused("samples", "at least 2"):
        cq.verdict(one)
    with refused("model", "fmo"):
        cq.verdict(cq.fmo(temperature=77.0))
    with refused("theory"):
        cq.verdict(ISING, cq.ham(cq.ModularChain(subunits=2, levels=8, bandwidth=0.05, coupling=1e-4, seed=1)))


def test_every_route_is_named_once_and_knows_its_stages():
    table = routes()
    assert len({one.title for one in table.values()}) == len(table)
    case = Case(ISING)
    for name, route in table.items():
        first = route.first(case)
        assert first is None or first.route == name
    assert last(case, Stage("x", "x"), Evidence("x", "x", "energy", None, "none", ".")) is None
    assert np.isfinite(table["rings"].first(case).seconds)
