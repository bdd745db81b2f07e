"""Compiled functions are cached where that is possible, and work where it is not."""

import os
import re
from pathlib import Path

import numba
import pytest
from numba.core import caching

import caloriq
from caloriq.linalg import jit


def half(x):
    return x / 2


@pytest.fixture
def nowhere(monkeypatch, tmp_path):
    """A read-only installation and no home: none of Numba's own places can be written to."""
    for locator in (caching.InTreeCacheLocator, caching.UserWideCacheLocator):
        monkeypatch.setattr(locator, "from_function", classmethod(lambda *_: None))
    monkeypatch.setattr(jit.tempfile, "gettempdir", lambda: str(tmp_path))
    monkeypatch.setattr(numba.config, "CACHE_DIR", "")
    return tmp_path


def made():
    compiled = jit.njit(cache=True)(half)
    assert compiled(3.0) == 1.5
    return compiled


@pytest.mark.usefixtures("nowhere")
def test_numba_alone_refuses():
    with pytest.raises(RuntimeError, match="no locator"):
        numba.njit(cache=True)(half)


def test_a_folder_of_its_own(nowhere):
    before = dict(os.environ)
    assert sum(made().stats.cache_misses.values()) == 1
    assert sum(made().stats.cache_hits.values()) == 1
    (folder,) = nowhere.iterdir()
    assert [path.suffix for path in sorted(folder.rglob("*half*"))] == [".nbc", ".nbi"]
    assert os.name == "nt" or folder.stat().st_mode & 0o777 == 0o700
    assert dict(os.environ) == before
    assert numba.config.CACHE_DIR == ""


@pytest.mark.skipif(os.name == "nt", reason="no modes there")
@pytest.mark.parametrize("obstacle", ["writable by all", "a link", "a file", "no temporary folder"])
def test_none_where_others_could_write(nowhere, monkeypatch, obstacle):
    folder = nowhere / f"caloriq-numba-{os.getuid()}"
    if obstacle == "writable by all":
        folder.mkdir()
        folder.chmod(0o777)
    elif obstacle == "a link":
        (nowhere / "elsewhere").mkdir()
        folder.symlink_to(nowhere / "elsewhere")
    elif obstacle == "a file":
        folder.write_text("")
    else:
        monkeypatch.setattr(jit.tempfile, "gettempdir", lambda: (_ for _ in ()).throw(FileNotFoundError(2, "none")))
    made()
    assert list(nowhere.rglob("*half*")) == []


def test_a_cache_that_cannot_be_written_or_read(nowhere, monkeypatch):
    """A full disk, then files that were cut off."""
    with monkeypatch.context() as disk:
        disk.setattr(caching.IndexDataCacheFile, "save", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left")))
        made()
    assert list(nowhere.rglob("*half*")) == []
    made()
    for path in nowhere.rglob("*half*"):
        path.write_bytes(path.read_bytes()[:20])
    assert sum(made().stats.cache_hits.values()) == 0


def test_one_place_decides():
    """No other module takes Numba's decorator."""
    source = Path(caloriq.__file__).parent
    taken = re.compile(
        r"^\s*(from numba import .*\b(n?jit|vectorize|guvectorize|stencil)\b|.*numba\.(n?jit|vectorize)\()", re.M
    )
    found = [path.name for path in source.rglob("*.py") if taken.search(path.read_text(encoding="utf-8"))]
    assert found == ["jit.py"]
