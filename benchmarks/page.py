"""page: how soon the page is there, and how soon its plots follow a slider."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median
from typing import Any

from playwright.sync_api import sync_playwright

from benchmarks.report import Mismatch, Report, Target

READY, FOLLOWS = 2.0, 0.1  # s
DIALS = {"driven": "model.dephasing", "modular": "model.coupling", "populations": "model.coupling"}
REPEATS = 21
# when the last plot was drawn after a key, and what the browser alone needs to draw the same plots again
WATCH = """() => { window.drawn = 0; window.pressed = 0;
  document.querySelectorAll('.js-plotly-plot').forEach(e => { if (e.on) e.on('plotly_afterplot', () => { window.drawn = performance.now(); }); });
  document.addEventListener('keydown', () => { window.pressed = performance.now(); }, {capture: true}); }"""
ALONE = """async () => { const { Plotly } = await import('nicegui-plotly'), seen = [];
  const plots = [...document.querySelectorAll('.js-plotly-plot')].filter(e => e.offsetParent && e.data);
  for (let i = 0; i < 7; i++) { const t = performance.now();
    for (const e of plots) await Plotly.react(e, JSON.parse(JSON.stringify(e.data)), JSON.parse(JSON.stringify(e.layout)), {displaylogo: false, responsive: true});
    seen.push(performance.now() - t); }
  return seen.sort((a, b) => a - b)[3]; }"""


@contextmanager
def served() -> Iterator[str]:
    """The address of a page of its own."""
    with tempfile.TemporaryDirectory(prefix="caloriq-page-") as folder:
        call = [sys.executable, "-m", "caloriq.cli", "lab", "--no-browser"]
        env = {**os.environ, "CALORIQ_STATE": folder}
        with subprocess.Popen(call, cwd=folder, env=env, stdout=subprocess.PIPE, text=True) as process:
            try:
                assert process.stdout is not None
                found = re.search(r"http\S+", process.stdout.readline())
                if found is None:
                    raise Mismatch("the page did not say where it is")
                yield found[0]
            finally:
                process.terminate()


def run(*, quick: bool) -> Report:
    """Keys on sliders in a headless browser, from the key to the last of the plots that follow."""
    browser = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if browser is None:
        raise Mismatch("the page is measured in Chromium, but there is none; apt-get install chromium")
    rows, ready, follows, alone = [], {}, {}, {}
    with served() as address, sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=browser, args=["--no-sandbox"])
        tab = chromium.new_page(viewport={"width": 1280, "height": 800})
        tab.goto(address)
        base = address.partition("/?")[0]
        for card in DIALS:  # once, so that what is compiled at first use is
            _opened(tab, f"{base}/{card}")
        for card, dial in DIALS.items():
            ready[card] = _opened(tab, f"{base}/{card}")
            follows[card] = _followed(tab, dial, 5 if quick else REPEATS)
            alone[card] = tab.evaluate(ALONE) / 1e3
            middle = median(follows[card])
            cells = (ready[card], middle, min(follows[card]), alone[card])
            rows.append([card, *(f"{1e3 * one:.0f}" for one in cells)])
        chromium.close()
    targets = [Target(f"{card}: page ready", ready[card], READY, unit=" s") for card in DIALS]
    targets += [Target(f"{card}: slider to plots, median", median(follows[card]), FOLLOWS, unit=" s") for card in DIALS]
    return Report(
        "page",
        "The page",
        ["card", "ms until it answers", "ms slider to last plot, median", "best", "ms the browser alone"],
        rows,
        targets,
        [
            "Headless Chromium and the server on this machine; a key on a slider, until the last of the plots is drawn anew.",
            "The browser alone: the same plots drawn again with nothing new, no server asked; the limit of this machine.",
        ],
        {"ready": ready, "follows": follows, "alone": alone},
        quick,
    )


def _opened(tab: Any, address: str) -> float:
    """Seconds until the card has answered and a plot stands."""
    begin = time.perf_counter()
    tab.goto(address)
    tab.wait_for_selector(".js-plotly-plot:visible .main-svg")
    return time.perf_counter() - begin


def _followed(tab: Any, dial: str, repeats: int) -> list[float]:
    """Seconds from a key to the last plot, again and again."""
    tab.wait_for_timeout(1500)
    tab.locator(f'[data-dial="{dial}"] [tabindex="0"]').focus()
    tab.evaluate(WATCH)
    found = []
    for k in range(repeats):  # there and back: no slider comes to its end
        tab.keyboard.press("ArrowRight" if k % 2 else "ArrowLeft")
        tab.wait_for_function("() => window.drawn > window.pressed")
        tab.wait_for_timeout(400)  # the others come with it
        found.append(tab.evaluate("(window.drawn - window.pressed) / 1000"))
    return found
