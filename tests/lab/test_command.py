"""`caloriq lab`: where it listens, what it says, how it ends."""

import os
import re
import signal
import socket
import subprocess
import sys
import types

import pytest

from caloriq.cli import lab
from caloriq.lab import jobs as queue
from command_line import call, refused

pytestmark = pytest.mark.usefixtures("state")


@pytest.fixture
def served(monkeypatch):
    """A page that is closed at once, and what it was given."""
    given = []
    page = types.ModuleType("caloriq.lab.server")
    page.serve = lambda own, token, jobs, once: given.append((own.getsockname(), token, jobs, once))
    monkeypatch.setitem(sys.modules, "caloriq.lab.server", page)
    return given


def test_it_listens_here_alone_and_says_where(served, tmp_path):
    answer = call("lab", "--no-browser", "--workers", 3, "--out", "mine", cwd=tmp_path)
    assert answer.returncode == 0, answer.stderr
    (((host, port), token, jobs, once),) = served
    assert once == ""
    assert host == "127.0.0.1"
    assert len(token) >= 43
    assert f"http://127.0.0.1:{port}/?token={token}\n" in answer.stdout
    assert answer.stdout.endswith("caloriq lab: the page is closed\n")
    assert (jobs.workers, jobs.root) == (3, tmp_path / "mine")
    assert not (tmp_path / "mine").exists()


def test_it_opens_the_browser_unless_it_is_told_not_to(served, tmp_path, monkeypatch):
    opened = []
    monkeypatch.setattr(lab, "_opened", opened.append)
    assert call("lab", cwd=tmp_path).returncode == 0
    assert len(opened) == 1
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/\?token=[\w-]{43}", opened[0])
    key = opened[0].partition("=")[2]
    assert key == served[0][3] != served[0][1]  # another one: others on this machine read command lines
    assert call("lab", "--no-browser", cwd=tmp_path).returncode == 0
    assert len(opened) == 1
    assert served[0][1] != served[1][1]


def test_a_port_that_is_taken_or_none(served, tmp_path):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        refused(call("lab", "--port", port, "--no-browser", cwd=tmp_path), "`port` must be one that is free", str(port))
    refused(call("lab", "--port", 70000, cwd=tmp_path), "`port` must lie between 0 and 65535")
    refused(call("lab", "--workers", 0, cwd=tmp_path), "`workers` must be at least 1")
    assert served == []
    assert call("lab", "--port", port, "--no-browser", cwd=tmp_path).returncode == 0
    assert served[0][0][1] == port


def test_without_its_libraries(served, tmp_path, monkeypatch):
    monkeypatch.setattr(lab, "find_spec", lambda name: None if name == "plotly" else object())
    refused(call("lab", cwd=tmp_path), "no module plotly", "pip install 'caloriq[lab]'")
    assert served == []


def test_a_database_of_another_kind_is_left_alone(served, tmp_path, state):
    (state / "lab.sqlite").write_bytes(b"x" * 1000)
    refused(call("lab", "--no-browser", cwd=tmp_path), "`lab` must be the runs of caloriq lab", "lab.sqlite")
    assert (state / "lab.sqlite").read_bytes() == b"x" * 1000
    assert served == []


@pytest.mark.usefixtures("served")
def test_it_says_what_goes_on(tmp_path):
    queue.Jobs(tmp_path, 1).submit("run", "x", "kind: x")
    answer = call("lab", "--no-browser", cwd=tmp_path)
    assert "the page is closed; 0 running and 1 waiting runs are kept" in answer.stdout


# a test runner in the background may hand down an ignored SIGINT
PAGE = """
import signal, sys, time, types
signal.signal(signal.SIGINT, signal.default_int_handler)
page = types.ModuleType("caloriq.lab.server")
def serve(own, token, jobs, once):
    time.sleep(60)
page.serve = serve
sys.modules["caloriq.lab.server"] = page
from caloriq.cli import main
main()
"""


@pytest.mark.skipif(os.name == "nt", reason="no such signals there")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_in_peace(tmp_path, number):
    with subprocess.Popen(
        [sys.executable, "-c", PAGE, "lab", "--no-browser"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout.readline().startswith("caloriq lab: http://127.0.0.1:")
        assert process.stdout.readline() == "Ctrl-C ends it; runs go on\n"
        process.send_signal(number)
        said, complained = process.communicate(timeout=60)
    assert (process.returncode, said, complained) == (130, "", "caloriq: the page is closed\n")
