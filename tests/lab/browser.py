"""The page in a real browser: a server of its own, Chromium, and what the browser complains of or asks of others."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = (
    *("--no-sandbox", "--disable-gpu", "--js-flags=--expose-gc", "--enable-precise-memory-info"),
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",  # nothing could leave, even if it were asked for
)
SIZE = {"width": 1280, "height": 800}
PATIENCE = 60_000  # ms until a wait for the page is a fault
LOOK = 15  # ms between two looks at the page
START = 120.0  # s until the server has said where it is
# after two frames, in which what has been asked for begins to move; a bar without an end always does
AT_REST = """() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(
    document.getAnimations().every(one => one.playState !== 'running' || one.effect.getComputedTiming().endTime === Infinity)
    && [...document.querySelectorAll('[aria-label$=", plot"]')].every(one => one.offsetParent === null
        || one.getBoundingClientRect().top >= innerHeight || one.querySelector('.main-svg'))
))))"""
# what a browser says by itself when the server is gone or refuses, not what the page did
EXPECTED = re.compile(r"ERR_CONNECTION_(REFUSED|RESET)|WebSocket connection to 'ws://127\.0\.0\.1")


def chromium():
    """Path of a Chromium; the test is skipped where there is none."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        pytest.skip("the page is tested in Chromium, but there is none; apt-get install chromium")
    return found


class Server:
    """`caloriq lab` as a process, which can be killed and started again on the same state.

    Parameters
    ----------
    folder : path
        For its state and the results of its runs.
    workers : int
        Runs side by side.
    """

    def __init__(self, folder, workers=2):
        self.folder, self.workers, self.port, self.process = Path(folder), workers, None, None
        self.environment = {**os.environ, "CALORIQ_STATE": str(self.folder / "state")}

    def start(self):
        """Start it, on the port that it had; gives its address, key included."""
        words = [sys.executable, "-m", "caloriq.cli", "lab", "--no-browser", "--workers", str(self.workers)]
        words += [] if self.port is None else ["--port", str(self.port)]
        self.said = (self.folder / "server.txt").open("ab")
        self.process = subprocess.Popen(
            words, cwd=self.folder, env=self.environment, stdout=subprocess.PIPE, stderr=self.said, text=True
        )
        line = self.process.stdout.readline()
        assert line.startswith("caloriq lab: http://127.0.0.1:"), self.errors()
        self.address = line.split()[-1]
        self.port = urlsplit(self.address).port
        return self.address

    def errors(self):
        """What it said on standard error."""
        return (self.folder / "server.txt").read_text(encoding="utf-8", errors="replace")

    def kill(self):
        """End it without a word."""
        self.process.kill()
        self._gone()

    def stop(self):
        """End it as Ctrl-C does; gives its exit code."""
        self.process.terminate()
        return self._gone()

    def _gone(self):
        code = self.process.wait(timeout=60)
        self.process.stdout.close()
        self.said.close()
        self.process = None
        return code

    def drafted(self, card="file"):
        """What it keeps of a card."""
        path = self.folder / "state" / "lab" / "drafts.json"
        return json.loads(path.read_text(encoding="utf-8")).get(card) if path.is_file() else None

    def memory(self):
        """Resident bytes."""
        return psutil.Process(self.process.pid).memory_info().rss


class Watched:
    """A tab, and all that went wrong in it.

    Attributes
    ----------
    page : Page
        Of Playwright.
    complaints : list of str
        Errors of the console and of scripts.
    outside : list of str
        Requests to anybody but the server.
    """

    def __init__(self, page, server):
        self.page, self.server, self.complaints, self.outside = page, server, [], []
        page.set_default_timeout(PATIENCE)
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.complaints.append(f"script: {error}"))
        page.on("request", lambda request: self._asked(request.url))
        page.on("websocket", lambda socket: self._asked(socket.url))

    def _console(self, message):
        if message.type == "error" and not EXPECTED.search(message.text):
            self.complaints.append(f"console: {message.text} ({message.location.get('url', '')})")

    def _asked(self, url):
        parts = urlsplit(url)
        if parts.scheme not in ("data", "blob") and parts.netloc != f"127.0.0.1:{self.server.port}":
            self.outside.append(url)

    def open(self, path="/"):
        """Go to a page of the server and wait until it can be used."""
        token = urlsplit(self.server.address).query
        self.page.goto(f"http://127.0.0.1:{self.server.port}{path}?{token}", wait_until="load")
        self.ready()

    def ready(self):
        """Wait until the page talks to the server."""
        self.page.wait_for_function("() => window.did_handshake === true || window.socket?.connected === true")

    def settle(self, holds, *, patience=PATIENCE / 1000):
        """Wait until something holds; its value."""
        end = time.monotonic() + patience
        while not (found := holds()):
            assert time.monotonic() < end, (self.page.inner_text("body"), self.server.errors())
            self.page.wait_for_timeout(LOOK)
        return found

    def rest(self):
        """Wait until every plot in sight is drawn and nothing moves: what unfolds or fades has neither its size nor its contrast on its way."""
        self.settle(lambda: self.page.evaluate(AT_REST))

    def picture(self, name):
        """A screenshot, where $CALORIQ_SCREENSHOTS names a folder for them."""
        if folder := os.environ.get("CALORIQ_SCREENSHOTS"):
            Path(folder).mkdir(parents=True, exist_ok=True)
            size = self.page.viewport_size
            tall = self.page.evaluate("document.documentElement.scrollHeight")
            self.page.set_viewport_size(
                {**size, "height": max(tall, size["height"])}
            )  # what is out of sight is not drawn
            self.rest()
            self.page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)
            self.page.set_viewport_size(size)

    def collect(self):
        """Bytes of the scripts' heap after a collection."""
        session = self.page.context.new_cdp_session(self.page)
        session.send("HeapProfiler.collectGarbage")
        session.send("Performance.enable")
        found = {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}
        session.detach()
        return found["JSHeapUsedSize"]

    def clean(self):
        """Nothing went wrong, and nobody else was asked."""
        assert self.complaints == []
        assert self.outside == []


@contextmanager
def driven():
    """Chromium, driven by Playwright."""
    path = chromium()
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def watched(browser, server, **options):
    """A tab with cookies of its own."""
    context = browser.new_context(viewport=SIZE, accept_downloads=True, **options)
    try:
        yield Watched(context.new_page(), server)
    finally:
        context.close()


def serious(page):
    """Serious and critical faults that axe-core finds: rule and place."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response["violations"]
    return [
        (one["id"], one["help"], [node["target"] for node in one["nodes"]][:4])
        for one in found
        if one["impact"] in ("serious", "critical")
    ]
