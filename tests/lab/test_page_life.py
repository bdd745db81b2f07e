"""The page in a browser over its life: stop, reload in mid-run, the server killed and started again, and what it forgets of memory."""

import os
import time

import pytest

from caloriq.documents import yaml_text
from caloriq.lab.jobs import Jobs
from lab.browser import Server, watched
from lab.paged import answered, asked_for, badge, sentence, written
from queued import PATIENCE
from registered import SMALL

LONG = yaml_text({"model": {**SMALL, "levels": 700, "subunits": 4}, "times": {"stop": 4000.0, "count": 5000}})
QUICK = yaml_text({"model": {**SMALL, "levels": 6}})
MOVES, FIRST = 200, 50  # slider moves, and those before the first look: caches fill
SCRIPTS, RESIDENT = 3e6, 30e6  # bytes that 200 moves may leave in the tab and in the server


@pytest.fixture
def own(browser, tmp_path, monkeypatch):  # noqa: ARG001 - none where there is no browser
    """A server for one test, one run at a time."""
    one = Server(tmp_path, workers=1)
    one.start()
    yield from followed(one, monkeypatch)
    if one.process is not None:
        one.stop()


@pytest.fixture(scope="module")
def lasting(browser, tmp_path_factory):  # noqa: ARG001 - none where there is no browser
    one = Server(tmp_path_factory.mktemp("life"), workers=1)
    one.start()
    yield one
    one.stop()


@pytest.fixture
def shared(lasting, monkeypatch):
    """A server for all tests that do not end it, one run at a time."""
    yield from followed(lasting, monkeypatch)


def followed(one, monkeypatch):
    """Its queue is seen from here, too, and is empty in the end."""
    monkeypatch.setenv("CALORIQ_STATE", one.environment["CALORIQ_STATE"])
    one.jobs = Jobs(one.folder / "results", 1)
    yield one
    for job in one.jobs.all():
        one.jobs.stop(job.id)
        until(lambda name=job.id: one.jobs.tick() or one.jobs.get(name).over)
        one.jobs.delete(job.id, files=True)


def until(holds):
    """Wait, without a page."""
    end = time.monotonic() + PATIENCE
    while not (found := holds()):
        assert time.monotonic() < end
        time.sleep(0.05)
    return found


def test_stop_stops_and_what_waits_comes_next(browser, shared):
    with watched(browser, shared) as tab:
        first, second = asked_for(tab, LONG), asked_for(tab, QUICK)
        tab.open(f"/runs/{second}")
        assert badge(tab) == "queued"
        tab.open(f"/runs/{first}")
        tab.settle(lambda: badge(tab) == "running")
        tab.settle(
            lambda: "%" in tab.page.locator(".job").inner_text() or shared.jobs.progress(first).fraction is not None
        )
        tab.page.get_by_role("button", name="Stop").click()
        tab.settle(lambda: badge(tab) == "stopped")
        assert tab.page.get_by_role("button", name="Run again").is_visible()
        tab.open(f"/runs/{second}")
        tab.settle(lambda: badge(tab) == "done", patience=PATIENCE)
        tab.clean()


def test_reload_in_mid_run_loses_nothing(browser, shared):
    with watched(browser, shared) as tab:
        name = asked_for(tab, LONG)
        tab.settle(lambda: badge(tab) == "running")
        tab.page.reload()
        tab.ready()
        tab.settle(lambda: "Press Run" in sentence(tab))
        tab.settle(lambda: badge(tab) == "running")
        assert tab.page.locator(".job .panel-title").inner_text().endswith(name)
        tab.page.get_by_role("button", name="the file (YAML)").click()
        assert tab.page.get_by_role("textbox", name="The file as YAML").input_value() == LONG
        tab.open(f"/runs/{name}")
        tab.page.reload()
        tab.ready()
        tab.settle(lambda: badge(tab) == "running")
        tab.settle(lambda: shared.jobs.progress(name).fraction is not None)
        tab.page.get_by_role("button", name="Stop").click()
        tab.settle(lambda: badge(tab) == "stopped")
        tab.clean()


@pytest.mark.skipif(os.name == "nt", reason="no such signals there")
def test_a_server_that_is_killed_loses_nothing(browser, own):
    """Neither the run that ends without it, nor the one that waits, nor what stands on the card."""
    with watched(browser, own) as tab:
        name, waits = asked_for(tab, QUICK), asked_for(tab, QUICK.replace("levels: 6", "levels: 7"))
        until(lambda: own.jobs.get(name).pid is not None)
        own.kill()
        assert own.jobs.get(name).status == "running"
        assert own.jobs.get(waits).status == "queued"
    until(lambda: own.jobs.get(name).over)
    assert own.jobs.get(waits).status == "queued"
    own.start()
    with watched(browser, own) as tab:
        tab.open(f"/runs/{name}")
        tab.settle(lambda: badge(tab) == "done")
        assert "Fourier's law" in tab.page.locator(".job .sentence").first.inner_text()
        tab.settle(lambda: tab.page.locator(".job .js-plotly-plot:visible").count() >= 1)
        tab.open(f"/runs/{waits}")
        tab.settle(lambda: badge(tab) == "done", patience=PATIENCE)
        tab.open("/file")
        answered(tab)
        tab.page.get_by_role("button", name="the file (YAML)").click()
        assert "levels: 7" in tab.page.get_by_role("textbox", name="The file as YAML").input_value()
        tab.clean()


def test_a_server_that_is_ended_leaves_its_runs(browser, own):
    with watched(browser, own) as tab:
        name = asked_for(tab, LONG)
        until(lambda: own.jobs.progress(name).fraction is not None)
    assert own.stop() == 130
    assert "1 running and 0 waiting runs are kept" in own.errors()
    assert own.jobs.get(name).status == "running"
    own.jobs.stop(name)


def test_runs_are_compared_and_forgotten(browser, shared):
    with watched(browser, shared) as tab:
        names = [asked_for(tab, QUICK), asked_for(tab, QUICK.replace("levels: 6", "levels: 7"))]
        until(lambda: all(shared.jobs.get(one).status == "done" for one in names))
        folders = [shared.jobs.get(one).folder for one in names]
        tab.open("/runs")
        for one in names:
            tab.page.get_by_role("checkbox", name=f"run {one}").click()
        tab.page.get_by_role("button", name="Compare two").click()
        tab.settle(lambda: "levels" in tab.page.locator("table.plain").first.inner_text())
        tab.picture("runs-compared")
        tab.page.get_by_role("button", name="Delete").click()
        dialog = tab.page.get_by_role("dialog")
        dialog.get_by_text("remove the files, too").click()
        dialog.get_by_role("button", name="Delete").click()
        tab.settle(lambda: shared.jobs.all() == [])
        assert [one for one in folders if one.exists()] == []
        tab.settle(lambda: names[0] not in tab.page.locator(".q-table").inner_text())
        tab.clean()


def test_two_hundred_moves_of_a_slider_leave_no_memory_behind(browser, own):
    with watched(browser, own) as tab:
        tab.open("/modular")
        told = answered(tab)
        written(tab, yaml_text({"model": {**SMALL, "levels": 6}, "times": {"stop": 5, "count": 41}}))
        told = answered(tab, told)
        shown = tab.page.locator(".dial-value").nth(2)
        tab.page.locator('.dial [role="slider"] [tabindex="0"]').nth(2).focus()
        seen = {}
        for k in range(FIRST + MOVES + 1):
            if k in (FIRST, FIRST + MOVES):
                tab.page.wait_for_timeout(500)
                seen[k] = tab.collect(), own.memory()
            before = shown.inner_text()
            tab.page.keyboard.press("ArrowRight" if k // 40 % 2 else "ArrowLeft")
            tab.settle(lambda before=before: shown.inner_text() != before)
        first, last = seen.values()
        assert last[0] - first[0] < SCRIPTS
        assert last[1] - first[1] < RESIDENT
        tab.clean()
