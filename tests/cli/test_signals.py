"""SIGTERM and SIGHUP: one sentence and exit code 130 during the work, nothing once it is done."""

import os
import signal
import subprocess
import sys

import pytest

WORKS = """
import time
from pathlib import Path
import caloriq.cli.app as cli
from caloriq.files import folder
def work(**_):
    with folder(Path("out")):
        print("ready", flush=True)
        time.sleep(60)
cli.command = lambda: work
cli.main()
"""
LATE = """
import atexit, time
atexit.register(lambda: (print("late", flush=True), time.sleep(1)))
import caloriq.cli.app as cli
cli.command = lambda: lambda **_: None
cli.main()
"""


@pytest.mark.skipif(os.name == "nt", reason="no such signals there")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize(("program", "word", "code"), [(WORKS, "ready", 130), (LATE, "late", 0)], ids=["works", "late"])
def test_polite_ends(tmp_path, number, program, word, code):
    with subprocess.Popen(
        [sys.executable, "-c", program], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline().strip() == word
        process.send_signal(number)
        _, said = process.communicate(timeout=60)
    assert process.returncode == code
    assert said == ("" if code == 0 else "caloriq: interrupted; what was not finished was not written\n")
    assert list(tmp_path.iterdir()) == []
