"""A question that leaves a trace of every computation: a package of its own, found by its entry point, for `caloriq sweep`.

The answer at `x` is known beforehand (`expected`), takes `pause` seconds, and appends one line to the file $COUNTED_LOG. The
file $COUNTED_TROUBLE, while it is there, says at which x something happens: {"raise": [3], "exit": [5], "kill": [7]}; at
{"hang": [9]} it waits until the file is gone.
"""

import math
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path

import numpy as np

import caloriq
from caloriq.documents import yaml_text

MODULE = '''
import json, math, os, signal, time
from typing import ClassVar, Literal
from caloriq.models.spins import SpinChain
from caloriq.results import Certificate, Check
from caloriq.questions.base import Question
from caloriq.variables import Variable


class Counted(Question):
    """sin(x) and a few numbers more."""

    kind: Literal["counted"] = "counted"
    x: float
    pause: float = 0.0
    size: int = 3

    models: ClassVar[tuple[type, ...]] = (SpinChain,)
    title: ClassVar[str] = "counted"

    def outputs(self, model):
        return (Variable("sine"), Variable("waves", ("wave",), (self.size,)))

    def solve(self, model):
        trouble = os.environ.get("COUNTED_TROUBLE", "")
        planned = json.load(open(trouble)) if trouble and os.path.exists(trouble) else {}
        time.sleep(self.pause)
        log = os.open(os.environ["COUNTED_LOG"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.write(log, f"{self.x!r}\\n".encode())
        os.close(log)
        if self.x in planned.get("raise", []):
            raise KeyError("a question of somebody else's broke")
        if self.x in planned.get("exit", []):
            os._exit(7)
        if self.x in planned.get("kill", []):
            os.kill(os.getpid(), signal.SIGKILL)
        if self.x in planned.get("hang", []):
            while os.path.exists(trouble):
                time.sleep(0.01)
        waves = [self.x / 7, *(math.cos(self.x * k) for k in range(1, self.size))]
        values = {"sine": math.sin(self.x), "waves": waves}
        return values, Certificate((Check("gap", self.x * 1e-18, 1e-9, "none"),)), "counting"

    def seconds(self, model):
        return max(self.pause, 1e-4)

    def memory(self, model):
        return 1e3
'''
MODEL = {
    "kind": "spin-chain",
    "sites": 2,
    "hopping": 1.0,
    "baths": [{"site": 0, "temperature": 1.0, "rate": 1.0}, {"site": 1, "temperature": 0.5, "rate": 2.0}],
}


def expected(x, size=3):
    """The numbers at a point, as the package computes them."""
    return [math.sin(x), x / 7, *(math.cos(x * k) for k in range(1, size))]


class Counting:
    """The package in a folder, a sweep file, and what a run of it left.

    Parameters
    ----------
    folder : Path
        Made if it is not there.
    points : int
        Values of `x`: 1, 2, ...
    """

    def __init__(self, folder, points, *, pause=0.0, batch=None, size=3, name="count"):
        self.folder, self.points, self.size, self.name = Path(folder), points, size, name
        package = self.folder / "package"
        info = package / "counted_question-1.0.dist-info"
        info.mkdir(parents=True, exist_ok=True)
        (package / "counted_question.py").write_text(MODULE)
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: counted-question\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text("[caloriq.questions]\ncounted = counted_question:Counted\n")
        self.package, self.log, self.trouble = package, self.folder / "log", self.folder / "trouble.json"
        content = {
            "model": MODEL,
            "question": {"kind": "counted", "x": 0, "pause": pause, "size": size},
            "vary": {"question.x": {"start": 1, "stop": points, "step": 1}},
        }
        if batch is not None:
            content["batch"] = batch
        self.file = self.folder / f"{name}.yaml"
        self.file.write_text(yaml_text(content))
        self.out = self.folder / "out"

    @property
    def place(self):
        return self.out / self.name

    @property
    def ledger(self):
        return self.place / f"{self.name}-ledger.sqlite"

    @property
    def data(self):
        return self.place / f"{self.name}.zarr.zip"

    def environment(self):
        source = Path(caloriq.__file__).parent.parent
        return os.environ | {
            "PYTHONPATH": os.pathsep.join([str(self.package), str(source)]),
            "COUNTED_LOG": str(self.log),
            "COUNTED_TROUBLE": str(self.trouble),
            "CALORIQ_STATE": str(self.folder / "state"),
        }

    def arguments(self, *more, verb="run"):
        words = [str(self.file), "--out", str(self.out), *(["--no-figure"] if verb == "run" else []), *map(str, more)]
        return [sys.executable, "-m", "caloriq", "sweep", verb, *words]

    def run(self, *more, verb="run", **options):
        """A run to its end."""
        return subprocess.run(
            self.arguments(*more, verb=verb),
            env=self.environment(),
            capture_output=True,
            text=True,
            check=False,
            **options,
        )

    def start(self, *more, **options):
        """A run that goes on."""
        return subprocess.Popen(self.arguments(*more), env=self.environment(), **options)

    def computed(self):
        """The x of all computations so far, in order."""
        return [float(line) for line in self.log.read_text().split()] if self.log.exists() else []


def rows(ledger):
    """Rows of a ledger that a run may be writing to: digest → (status, numbers, error)."""
    if not ledger.is_file() or ledger.stat().st_size == 0:
        return {}
    with closing(sqlite3.connect(f"{ledger.as_uri()}?mode=ro", uri=True)) as base:
        return _rows(base)


def rows_left(ledger):
    """Rows of a ledger whose run is dead; read from a copy, so that what the run left is what the next one finds."""
    if not ledger.is_file():
        return {}
    with tempfile.TemporaryDirectory() as folder:
        for file in (ledger, ledger.with_name(ledger.name + "-wal"), ledger.with_name(ledger.name + "-journal")):
            if file.exists():
                shutil.copy(file, folder)
        copy = Path(folder) / ledger.name
        if copy.stat().st_size == 0:
            return {}
        with closing(sqlite3.connect(copy)) as base:
            assert base.execute("PRAGMA quick_check").fetchone()[0] == "ok"
            return _rows(base)


def _rows(base):
    if base.execute("SELECT count(*) FROM sqlite_master WHERE name = 'points'").fetchone()[0] == 0:
        return {}
    found = base.execute("SELECT digest, status, data, error FROM points").fetchall()
    return {digest: (status, np.frombuffer(data, "<f8").tolist(), error) for digest, status, data, error in found}


def answered(found, size=3):
    """x of the points with an answer, each checked to be the right one, and there once."""
    known = set()
    for status, numbers, error in found.values():
        assert status == 1, error
        x = float(round(numbers[1] * 7))
        assert numbers[: 1 + size] == expected(x, size)
        assert x not in known
        known.add(x)
    return known
