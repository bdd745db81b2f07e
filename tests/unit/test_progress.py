"""One bar for long work: in a notebook, in a terminal, nowhere else."""

import io
import re
import sys

import IPython
import pytest

import caloriq as cq
from caloriq import progress
from caloriq.progress import bar_html, progress_bar
from driven import uniform


class ZMQInteractiveShell:
    """What the kernel of a notebook is called."""


class Cell:
    """Stands for a cell's output: what is displayed in it, one after the other."""

    def __init__(self):
        self.shown = []

    def display(self, content, *, display_id):
        assert display_id
        self.shown.append(content._repr_html_())
        return self

    def update(self, content):
        self.shown.append(content._repr_html_())


@pytest.fixture
def cell(monkeypatch):
    found = Cell()
    monkeypatch.setattr(IPython, "get_ipython", ZMQInteractiveShell)
    monkeypatch.setattr("IPython.display.display", found.display)
    monkeypatch.setattr(progress, "EVERY", 0.0)
    return found


def shares(shown):
    return [float(one) for one in re.findall(r'value="([\d.]+)"', " ".join(shown))]


def test_a_cell_has_a_bar_that_grows_and_a_last_line(cell):
    with progress_bar("chains <of> spins") as tell:
        cq.scaling(lambda N: uniform(N, 0.5), [3, 4, 6], progress=tell)
    found = shares(cell.shown)
    assert len(found) >= 3
    assert found == sorted(found)
    assert found[0] == 0.0
    assert re.fullmatch(r"<div>chains &lt;of&gt; spins: done in [\d.]+ s</div>", cell.shown[-1])


def broken(tell):
    tell(1.0, 4.0)
    raise ZeroDivisionError


def test_work_that_fails_says_where(cell):
    with pytest.raises(ZeroDivisionError), progress_bar("work") as tell:
        broken(tell)
    assert cell.shown[-1] == "<div>work: ended at 25 %</div>"


def test_bars_are_not_drawn_faster_than_they_are_seen(cell, monkeypatch):
    monkeypatch.setattr(progress, "EVERY", 1e9)
    with progress_bar("work") as tell:
        for k in range(100):
            tell(k, 100)
    assert len(cell.shown) <= 3


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_terminal_has_a_bar_that_is_gone_afterwards(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stderr", Terminal())
    with progress_bar("chains of spins") as tell:
        tell(1.0, 2.0)
    assert "chains of spins" in sys.stderr.getvalue()
    assert sys.stderr.getvalue().rstrip().endswith("\x1b[2K")


def test_nothing_is_told_where_nobody_looks(capsys):
    with progress_bar("work") as tell:
        assert tell is None
        cq.scaling(lambda N: uniform(N, 0.5), [3, 4, 6], progress=tell)
    said = capsys.readouterr()
    assert said.out == said.err == ""


@pytest.mark.parametrize(
    ("share", "left"), [(0.0, ""), (0.25, ", 30 s left"), (1.0, ", 0 s left"), (1.5, ", 0 s left")]
)
def test_a_bar_tells_share_and_time(share, left):
    told = bar_html('a "b"', share, 10.0)
    assert f"{min(100, 100 * share):.0f} %, 10 s{left}<" in told
    assert 'aria-label="a &quot;b&quot;"' in told
