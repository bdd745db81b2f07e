"""What a user gets, tried as a user would: `python -m tests.release dist`, after `make dist` has built it.

The two archives hold what they must and nothing else; the wheel is installed with the extra `lab` into an environment of its own, at the
versions of requirements.lock, and used from an empty folder; pipx runs it too. A failure is told in one sentence.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import tarfile
import tempfile
import time
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path
from urllib import request

ROOT = Path(__file__).resolve().parent.parent
UV = ROOT / ".tools" / "bin" / "uv"
BUILT = {"PKG-INFO", "pyproject.toml", ".gitignore"}  # which hatchling puts into every sdist
MODEL = ROOT / "examples" / "modular-chain-small.yaml"
KEPT = ("zarr.zip", "png", "model.yaml", "provenance.json")  # what a run of it leaves, among others
# the environment of a user, whose Python finds nothing of this checkout
HIDDEN = ("PYTHONPATH", "VIRTUAL_ENV", "MAKEFLAGS", "UV_COMPILE_BYTECODE", "UV_PYTHON")


class Failure(Exception):
    """Something that a user would miss; the message is one sentence."""


def project(root: Path = ROOT) -> dict:
    """What pyproject.toml says."""
    return tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))


def tracked(*patterns: str, root: Path = ROOT) -> set[str]:
    """Files of the repository that match one of the patterns, without what git ignores."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *patterns]
    listed = subprocess.run(command, cwd=root, check=True, capture_output=True, text=True).stdout
    return {name for name in listed.split("\0") if name and (root / name).exists()}


def same(archive: str, got: set[str], wanted: set[str]) -> None:
    """Refuse an archive that lacks a file, or holds one more.

    Raises
    ------
    Failure
        With the first few names.
    """
    for word, names in (("holds", got - wanted), ("lacks", wanted - got)):
        if names:
            raise Failure(
                f"{archive} must hold what pyproject.toml lists, but it {word} {len(names)} file(s) (got {', '.join(sorted(names)[:3])})"
            )


def hold_sdist(file: Path, root: Path = ROOT) -> None:
    """The sdist has all that `tool.hatch.build.targets.sdist` names, and nothing else."""
    with tarfile.open(file) as archive:
        got = {member.name.partition("/")[2] for member in archive.getmembers() if member.isfile()}
    patterns = project(root)["tool"]["hatch"]["build"]["targets"]["sdist"]["include"]
    same(file.name, got - BUILT, tracked(*patterns, root=root) - BUILT)


def hold_wheel(file: Path, root: Path = ROOT) -> None:
    """The wheel has the package, its mark of types and its examples, and nothing else."""
    with zipfile.ZipFile(file) as archive:
        got = {name for name in archive.namelist() if ".dist-info/" not in name}
    source = {name.removeprefix("src/") for name in tracked("src", root=root)}
    same(file.name, got, source | {f"caloriq/{name}" for name in tracked("examples", root=root)} | {"caloriq/py.typed"})


def user(**variables: str) -> dict[str, str]:
    """Environment variables of a user, with some of its own."""
    return {name: value for name, value in os.environ.items() if name not in HIDDEN} | variables


def called(*command: str | Path, cwd: Path, **variables: str) -> str:
    """Run a command as a user would; what it printed.

    Raises
    ------
    Failure
        If it does not end with 0.
    """
    words = [str(word) for word in command]
    done = subprocess.run(words, cwd=cwd, env=user(**variables), capture_output=True, text=True, check=False)
    if done.returncode:
        said = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:]
        raise Failure(
            f"`{shlex.join([Path(words[0]).name, *words[1:]])}` must end with 0, but it ends with {done.returncode} (got {' '.join(said)!r})"
        )
    return done.stdout


def page(*command: str | Path, cwd: Path, **variables: str) -> str:
    """The page behind the first address that a command prints; the command is ended by SIGTERM.

    Raises
    ------
    Failure
        If there is no address, no page, or no end.
    """
    words = [str(word) for word in command]
    what = shlex.join([Path(words[0]).name, *words[1:]])
    with subprocess.Popen(words, cwd=cwd, env=user(**variables), stdout=subprocess.PIPE, text=True) as server:
        try:
            line = server.stdout.readline()
            _, found, rest = line.partition("http://127.0.0.1:")
            if not found:
                raise Failure(f"`{what}` must print its address, but it does not (got {line.strip()!r})")
            cookies, direct = request.HTTPCookieProcessor(), request.ProxyHandler({})
            with request.build_opener(direct, cookies).open(found + rest.strip(), timeout=60) as answer:
                text = answer.read().decode()
            server.terminate()
            server.wait(timeout=60)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise Failure(
                f"`{what}` must show its page and end when it is told to, but it does not (got {error})"
            ) from error
        finally:
            server.kill()
    return text


def shown(wanted: str, printed: str, command: str) -> None:
    """Refuse an answer without what it must say.

    Raises
    ------
    Failure
        With the beginning of the answer.
    """
    if wanted not in printed:
        raise Failure(f"`{command}` must print {wanted!r}, but it does not (got {printed[:80]!r})")


def environment(folder: Path, *requirements: str) -> Path:
    """A fresh environment that holds the requirements, at the versions of the lock; where its commands are."""
    called(UV, "venv", "--quiet", "--python", sys.executable, folder, cwd=folder.parent)
    python = folder / "bin" / "python"
    lock = ROOT / "requirements.lock"
    called(
        *(UV, "pip", "install", "--quiet", "--python", python, "--constraint", lock, *requirements), cwd=folder.parent
    )
    return folder / "bin"


def use(wheel: Path, folder: Path, version: str) -> Iterator[str]:
    """Install the wheel with the page and use it from an empty folder; gives what was done, as it is done."""
    commands = environment(folder / "environment", f"caloriq[lab] @ {wheel.as_uri()}")
    yield "installed caloriq[lab]"
    empty = folder / "empty"
    empty.mkdir()
    own = {"CALORIQ_STATE": str(folder / "state"), "PYTHONWARNINGS": "error"}
    shown(f"caloriq {version}\n", called(commands / "caloriq", "--version", cwd=empty, **own), "caloriq --version")
    yield "caloriq --version"
    (empty / "model.yaml").write_bytes(MODEL.read_bytes())
    shown("certificate: holds", called(commands / "caloriq", "run", "model.yaml", cwd=empty, **own), "caloriq run")
    kept = {path.name for path in (empty / "results" / "model").iterdir()}
    for end in KEPT:
        if not any(name.endswith(end) for name in kept):
            raise Failure(f"`caloriq run` must leave a file that ends in {end}, but it does not (got {sorted(kept)})")
    yield "caloriq run model.yaml"
    code = "import caloriq, nicegui, plotly; print(caloriq.__file__)"
    shown(str(commands.parent), called(commands / "python", "-c", code, cwd=empty), "import caloriq")
    yield "import nicegui, plotly"
    shown("--port", called(commands / "caloriq", "lab", "--help", cwd=empty, **own), "caloriq lab --help")
    yield "caloriq lab --help"
    shown("<title>", page(commands / "caloriq", "lab", "--no-browser", cwd=empty, **own), "caloriq lab")
    yield "caloriq lab --no-browser"


def use_by_pipx(wheel: Path, folder: Path, version: str) -> Iterator[str]:
    """Run the wheel without installing it; pipx installs by the uv that is here, which it takes where it finds one."""
    commands = environment(folder / "pipx", "pipx")
    own = {
        "PIPX_HOME": str(folder / "home"),
        "PIPX_DEFAULT_BACKEND": "uv",
        "PATH": f"{UV.parent}{os.pathsep}{os.environ['PATH']}",
        "UV_CONSTRAINT": str(ROOT / "requirements.lock"),
    }
    printed = called(commands / "pipx", "run", "--spec", wheel, "caloriq", "--version", cwd=folder, **own)
    shown(f"caloriq {version}\n", printed, "pipx run --spec WHEEL caloriq --version")
    yield "pipx run --spec WHEEL caloriq --version"


def main(folder: Path) -> int:
    """Try the archives of a folder; 1 at the first failure, which is told in a sentence."""
    started, version = time.monotonic(), project()["project"]["version"]
    wheel, sdist = folder / f"caloriq-{version}-py3-none-any.whl", folder / f"caloriq-{version}.tar.gz"
    try:
        hold_sdist(sdist)
        hold_wheel(wheel)
        with tempfile.TemporaryDirectory(prefix="release-") as name:
            for trial in (use, use_by_pipx):
                for done in trial(wheel, Path(name), version):
                    print(f"{time.monotonic() - started:5.1f} s  {done}", flush=True)
    except Failure as failure:
        print(failure, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve()))
