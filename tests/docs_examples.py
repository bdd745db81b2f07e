"""Every example of README.md and docs/, run as a reader would run it: `python -m tests.docs_examples`.

A comment on the line above a fenced block of python, yaml, console or sh says what is done with it:

    <!-- run -->              Python is executed, YAML is read as `caloriq run` or `sweep run` reads it, `caloriq` commands are called
    <!-- run as FILE -->      YAML: also stored under that name, for the blocks that follow
    <!-- slow -->             the same as run, but left out by --quick (and so by the quick tests)
    <!-- output -->           a block of any language: each of its lines was printed by the block before; ... stands for any
    <!-- not run: REASON -->  shown only

A block of those four languages without a mark is an error. The blocks of one page run in order, in a temporary
folder of their own that holds a copy of examples/; the Python blocks of a page share their names.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
LANGUAGES = ("python", "yaml", "console", "sh")
FENCE = re.compile(r"^```(\w*)\s*$")
MARK = re.compile(r"^<!-- (run|slow|output|not run)(?: as (\S+))?(?:: (.+))? -->$")
SWEEP = re.compile(r"^question:", re.MULTILINE)  # what only the file of a sweep has
WIDTH = "150"  # of the tables that commands print


class Failure(Exception):
    """An example that does not do what its page says; the message is one sentence."""


@dataclass(frozen=True, slots=True)
class Block:
    """One fenced block.

    Attributes
    ----------
    page : Path
        File, relative to the repository.
    line : int
        Line of its opening fence, from 1.
    language, mark, name, text : str
        What the fence and the comment above it say, the file name it is stored under, and its content.
    """

    page: Path
    line: int
    language: str
    mark: str
    name: str
    text: str

    @property
    def place(self) -> str:
        """File and line, as editors understand it."""
        return f"{self.page.as_posix()}:{self.line}"


def pages(root: Path = ROOT) -> list[Path]:
    """README.md and every page under docs/, relative to the repository."""
    return [Path("README.md"), *sorted(path.relative_to(root) for path in (root / "docs").rglob("*.md"))]


def blocks(page: Path, root: Path = ROOT) -> list[Block]:
    """The marked blocks of one page, in order.

    Raises
    ------
    Failure
        If a block that could be run carries no mark.
    """
    found, lines = [], (root / page).read_text(encoding="utf-8").splitlines()
    start, language, before = 0, "", ""
    for k, line in enumerate(lines, 1):
        fence = FENCE.match(line)
        if start == 0 and fence:
            start, language = k, fence.group(1)
        elif start and line.rstrip() == "```":
            text = "\n".join(lines[start : k - 1]) + "\n"
            block = _block(page, start, language, before, text)
            if block is not None:
                found.append(block)
            start, before = 0, ""
        elif start == 0 and line.strip():
            before = line.strip()
    return found


def _block(page: Path, line: int, language: str, before: str, text: str) -> Block | None:
    mark = MARK.match(before)
    if mark is None:
        if language in LANGUAGES:
            raise Failure(
                f"{page.as_posix()}:{line} must say what is done with its {language} block, but it does not (got {before!r} above it); add <!-- run -->"
            )
        return None
    if mark.group(1) == "not run":
        return None
    return Block(page, line, language, mark.group(1), mark.group(2) or "", text)


@dataclass(slots=True)
class Notebook:
    """The blocks of one page, run in one folder.

    Attributes
    ----------
    folder : Path
        Where they run.
    names : dict
        What its Python blocks have defined so far.
    printed : str or None
        Output of the last block; None if it was left out.
    """

    folder: Path
    names: dict[str, Any] = field(default_factory=lambda: {"__name__": "__main__"})
    printed: str | None = None

    def run(self, block: Block) -> None:
        """Run one block.

        Raises
        ------
        Failure
            If it cannot be run, or does not print what its page shows.
        """
        if block.mark == "output":
            self._compare(block)
        elif block.language == "python":
            self.printed = self._python(block)
        elif block.language == "yaml":
            self.printed = self._yaml(block)
        elif block.language in ("console", "sh"):
            self.printed = self._console(block)
        else:
            raise Failure(f"{block.place} must be python, yaml, console or sh to run, but it is {block.language!r}")

    def _python(self, block: Block) -> str:
        printed = io.StringIO()
        code = "\n" * block.line + block.text  # so that a traceback gives the line of the page
        try:
            with contextlib.redirect_stdout(printed), warnings.catch_warnings():
                warnings.simplefilter("error")
                exec(compile(code, str(block.page), "exec"), self.names)
        except Exception as error:
            line = _line(error, str(block.page)) or block.line
            raise Failure(
                f"{block.page.as_posix()}:{line} must run, but it raises {type(error).__name__}: {error}"
            ) from error
        return printed.getvalue()

    def _yaml(self, block: Block) -> str:
        from caloriq.errors import CaloriqError
        from caloriq.questions.run import read_run
        from caloriq.sweep.definition import read_sweep

        file = self.folder / (block.name or "block.yaml")
        if block.name.startswith("examples/") and file.read_text(encoding="utf-8") != block.text:
            raise Failure(f"{block.place} must show {block.name} as it is, but it differs")
        file.write_text(block.text, encoding="utf-8")
        try:
            (read_sweep if SWEEP.search(block.text) else read_run)(file)
        except CaloriqError as error:
            raise Failure(f"{block.place} must be what `caloriq run` reads, but {error}") from error
        return ""

    def _console(self, block: Block) -> str:
        printed = []
        for line in block.text.splitlines():
            words = shlex.split(line.removeprefix("$ "), comments=True)
            if not words:
                continue
            if words[0] != "caloriq":
                raise Failure(f"{block.place} must hold caloriq commands only, but one is not (got {line!r})")
            printed.append(self._call(block, words))
        return "".join(printed)

    def _call(self, block: Block, words: list[str]) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "caloriq.cli", *words[1:]],
            cwd=self.folder,
            env={
                **os.environ,
                "COLUMNS": WIDTH,
                "PYTHONWARNINGS": "error",
                "CALORIQ_STATE": str(self.folder / ".state"),  # each page sees its own runs only
            },
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise Failure(
                f"{block.place} must run, but `{shlex.join(words)}` ends with {done.returncode}: {done.stderr.strip()}"
            )
        return done.stdout

    def _compare(self, block: Block) -> None:
        if self.printed is None:
            return
        lines = [line.rstrip() for line in self.printed.splitlines()]
        for line in block.text.splitlines():
            if line.strip() != "..." and line.rstrip() not in lines:
                raise Failure(f"{block.place} must show what is printed, but a line is not (got {line!r})")


def _line(error: BaseException, page: str) -> int | None:
    """Line of the page at which an error was raised."""
    trace, line = error.__traceback__, None
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == page:
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def run_page(page: Path, *, quick: bool, root: Path = ROOT) -> Iterator[tuple[Block, bool]]:
    """Run the blocks of a page; gives each with whether it ran, as it is done.

    Raises
    ------
    Failure
        At the first block that fails.
    """
    marked = blocks(page, root)
    with tempfile.TemporaryDirectory(prefix="docs-") as name, contextlib.chdir(name):
        notebook = Notebook(Path(name))
        if (root / "examples").is_dir():
            shutil.copytree(root / "examples", notebook.folder / "examples")
        for block in marked:
            wanted = not (quick and block.mark == "slow")
            if wanted:
                notebook.run(block)
            else:
                notebook.printed = None
            yield block, wanted


def main() -> int:
    """Run everything; 1 at the first failure, which is told in a sentence."""
    parser = argparse.ArgumentParser(prog="python -m tests.docs_examples", description="Run the examples of the docs.")
    parser.add_argument("--quick", action="store_true", help="leave out the blocks marked slow")
    given = parser.parse_args()
    try:
        for page in pages():
            for block, ran in run_page(page, quick=given.quick):
                print(f"{'ran ' if ran else 'left'} {block.place} {block.language} {block.mark}", flush=True)
    except Failure as failure:
        print(failure, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
