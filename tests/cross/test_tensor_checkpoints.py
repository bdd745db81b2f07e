"""Work on tensor networks that is killed goes on and ends with the same bits; files of other work are refused."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import caloriq as cq
from caloriq.steady.tensor import checkpoint
from testers import refused

MODEL = cq.SpinChain(
    sites=8,
    hopping=1.0,
    zz=1.5,
    dephasing=0.3,
    baths=(cq.Bath(site=0, gain=0.6, loss=0.4), cq.Bath(site=-1, gain=0.3, loss=0.7)),
)
SCRIPT = """
import sys
import caloriq as cq
from caloriq.steady.tensor import checkpoint
checkpoint.EVERY = checkpoint.SHARE = 0.0
model = cq.SpinChain.from_mapping({mapping!r})
found = cq.steady_state(model, method=cq.TensorNetwork(tol=0.005, checkpoint={path!r}))
sys.stdout.write(found.currents.tobytes().hex() + found.populations.tobytes().hex())
"""


def test_killed_work_goes_on_to_the_same_bits(tmp_path: Path) -> None:
    """kill -9 at several moments, dense and in blocks; the end is that of a run nobody disturbed."""
    whole = cq.steady_state(MODEL, method=cq.TensorNetwork(tol=0.005, checkpoint=None))
    path = tmp_path / "work.npz"
    script = SCRIPT.format(mapping=MODEL.to_mapping(), path=str(path))
    kills, seen = 0, set()
    for _ in range(4):
        before = path.stat().st_mtime_ns if path.exists() else 0
        with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as run:
            writings, limit = 0, time.monotonic() + 100
            while writings < 6 and run.poll() is None and time.monotonic() < limit:
                time.sleep(0.01)
                now = path.stat().st_mtime_ns if path.exists() else before
                writings, before = writings + (now != before), now
            if run.poll() is not None:
                break
            os.kill(run.pid, signal.SIGKILL)
            kills += 1
        with np.load(path) as stored:
            seen.add(json.loads(stored["told"].tobytes().decode())["relaxation"]["spells"])
    assert kills >= 2
    assert len(seen) >= 2
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == whole.currents.tobytes().hex() + whole.populations.tobytes().hex()
    assert not path.exists()


def test_a_checkpoint_of_other_work_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another model, another tolerance, a file that is none; in one sentence, and the file stays."""
    monkeypatch.setattr(checkpoint, "EVERY", 0.0)
    monkeypatch.setattr(checkpoint.Checkpoint, "clear", lambda self: None)
    path = tmp_path / "work.npz"
    method = cq.TensorNetwork(tol=0.05, checkpoint=str(path))
    cq.steady_state(MODEL, method=method)
    assert path.exists()
    other = MODEL.model_copy(update={"dephasing": 0.4})
    for model, asked in ((other, method), (MODEL, method.model_copy(update={"tol": 0.04}))):
        with refused("checkpoint", "same model and method", "work.npz", "remove"):
            cq.steady_state(model, method=asked)
    path.write_bytes(b"PK nothing")
    with refused("checkpoint", "cannot be read", "work.npz"):
        cq.steady_state(MODEL, method=method)
    assert path.read_bytes() == b"PK nothing"


def test_by_default_the_cache_holds_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put down in the user's cache, removed when done; a cache that cannot be written to disturbs nothing."""
    monkeypatch.setattr(checkpoint, "EVERY", 0.0)
    monkeypatch.setattr(checkpoint, "SHARE", 0.0)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    folder, seen = tmp_path / "caloriq" / "unfinished", []
    cq.steady_state(
        MODEL, method=cq.TensorNetwork(tol=0.05), progress=lambda done, total: seen.append(len(list(folder.glob("*"))))
    )
    assert set(seen) == {1}
    assert list(folder.glob("*")) == []
    blocked = tmp_path / "file"
    blocked.write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(blocked))
    assert cq.steady_state(MODEL, method=cq.TensorNetwork(tol=0.05)).certificate.holds
