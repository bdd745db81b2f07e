"""Files are written whole or not at all."""

import json
import os
import stat
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from caloriq import files
from testers import refused


def listing(folder):
    return sorted(p.name for p in folder.iterdir())


def test_replaces_and_leaves_no_litter(tmp_path):
    target = tmp_path / "a" / "b.txt"
    assert files.write_text(target, "one") == target
    files.write_text(target, "two – ≤")
    assert target.read_text(encoding="utf-8") == "two – ≤"
    assert listing(target.parent) == ["b.txt"]


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt(), RuntimeError("bug")])
def test_a_failed_write_leaves_the_old_file(tmp_path, error):
    target = tmp_path / "b.txt"
    files.write_text(target, "old")

    def half(path):
        path.write_text("hal")
        raise error

    with pytest.raises((type(error), files.InvalidInput)) as caught:
        files.atomic(target, half)
    assert target.read_text() == "old"
    assert listing(tmp_path) == ["b.txt"]
    assert isinstance(caught.value, files.InvalidInput) == isinstance(error, OSError)


def test_a_failed_write_of_a_new_file_leaves_nothing(tmp_path):
    def half(path):
        path.write_text("hal")
        raise OSError(28, "No space left on device")

    with refused("out", "No space left", "b.txt"):
        files.atomic(tmp_path / "b.txt", half)
    assert listing(tmp_path) == []


def test_the_old_file_is_there_until_the_new_one_is_whole(tmp_path):
    target = tmp_path / "b.txt"
    files.write_text(target, "old")
    seen = []

    def write(path):
        path.write_text("new")
        seen.append((target.read_text(), path.parent == tmp_path))

    files.atomic(target, write)
    assert seen == [("old", True)]
    assert target.read_text() == "new"


def test_permissions_follow_the_umask(tmp_path):
    before = os.umask(0o027)
    try:
        files.write_text(tmp_path / "b.txt", "x")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "b.txt").stat().st_mode) == 0o640


def test_a_file_where_a_folder_should_be(tmp_path):
    (tmp_path / "file").write_text("")
    with refused("out", str(tmp_path / "file")):
        files.write_text(tmp_path / "file" / "b.txt", "x")
    with refused("out"):
        files.usable(tmp_path / "file")


def test_a_folder_where_the_file_should_be(tmp_path):
    (tmp_path / "b.txt").mkdir()
    with refused("out", "b.txt"):
        files.write_text(tmp_path / "b.txt", "x")
    assert listing(tmp_path) == ["b.txt"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_folder(tmp_path):
    folder = tmp_path / "locked"
    folder.mkdir(mode=0o500)
    with refused("out", "locked"):
        files.write_text(folder / "b.txt", "x")


def test_usable_makes_the_folder_and_leaves_it_empty(tmp_path):
    assert files.usable(tmp_path / "new" / "one") == tmp_path / "new" / "one"
    assert listing(tmp_path / "new" / "one") == []


def test_json_of_numpy(tmp_path):
    content = {"a": np.float64(1.5), "b": np.arange(3), "c": np.bool_(True), "d": "µ"}
    path = files.write_json(tmp_path / "a.json", content)
    assert json.loads(path.read_text(encoding="utf-8")) == {"a": 1.5, "b": [0, 1, 2], "c": True, "d": "µ"}
    with pytest.raises(TypeError, match="not serialisable"):
        files.write_json(tmp_path / "b.json", {"a": object()})
    assert listing(tmp_path) == ["a.json"]


class TestFolder:
    """Files that belong together appear together."""

    def test_moved_when_complete(self, tmp_path):
        with files.folder(tmp_path / "out") as inside:
            (inside / "a.txt").write_text("a")
            (inside / "b.txt").write_text("b")
            assert not (tmp_path / "out" / "a.txt").exists()
        assert listing(tmp_path / "out") == ["a.txt", "b.txt"]

    @pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
    def test_nothing_when_not(self, tmp_path, error):
        (tmp_path / "a.txt").write_text("old")

        def work():
            with files.folder(tmp_path) as inside:
                (inside / "a.txt").write_text("half")
                raise error

        with pytest.raises(error):
            work()
        assert listing(tmp_path) == ["a.txt"]
        assert (tmp_path / "a.txt").read_text() == "old"

    def test_a_file_where_the_folder_should_be(self, tmp_path):
        (tmp_path / "file").write_text("")
        with refused("out", "file"), files.folder(tmp_path / "file"):
            pass


def test_a_folder_is_proved_by_several_at_once(tmp_path):
    """Parts of an array job begin together."""
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda _: files.usable(tmp_path / "out"), range(400))) == [tmp_path / "out"] * 400
    assert list((tmp_path / "out").iterdir()) == []
