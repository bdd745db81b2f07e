"""The command line called in this process, and what a refusal looks like."""

import io
import sys
from contextlib import chdir, redirect_stderr, redirect_stdout
from types import SimpleNamespace

from caloriq.cli import main


def call(*arguments, cwd):
    """The entry point in this process: same code, no second start-up."""
    out, err = io.StringIO(), io.StringIO()
    before = sys.argv
    sys.argv = ["caloriq", *map(str, arguments)]
    try:
        with redirect_stdout(out), redirect_stderr(err), chdir(cwd):
            main()
    except SystemExit as stop:
        return SimpleNamespace(returncode=stop.code, stdout=out.getvalue(), stderr=err.getvalue())
    finally:
        sys.argv = before
    raise AssertionError("the entry point must end with an exit code")


def files(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def refused(answer, *words, code=2):
    assert answer.returncode == code, answer.stderr
    assert answer.stdout == ""
    lines = answer.stderr.strip().splitlines()
    assert len(lines) == 1, answer.stderr
    assert lines[0].startswith("caloriq: ")
    for word in words:
        assert word in lines[0], lines[0]
