"""The trial of a release, broken on purpose: an archive that lacks something is refused, and so is a command that fails."""

import io
import sys
import tarfile
import zipfile

import pytest

import release

ARCHIVES = {"sdist": release.hold_sdist, "wheel": release.hold_wheel}
FILES = {
    "pyproject.toml": '[tool.hatch.build.targets.sdist]\ninclude = ["src", "*.md"]\n',
    "README.md": "",
    "src/caloriq/__init__.py": "",
    "src/caloriq/py.typed": "",
    "examples/chain.yaml": "",
}


def archive(kind, folder, names):
    file = folder / f"caloriq.{kind}"
    if kind == "wheel":
        with zipfile.ZipFile(file, "w") as wheel:
            for name in names:
                wheel.writestr(name, "")
    else:
        with tarfile.open(file, "w:gz") as sdist:
            for name in names:
                sdist.addfile(tarfile.TarInfo(f"caloriq-1/{name}"), io.BytesIO())
    return file


WHOLE = {
    "sdist": {"README.md", "src/caloriq/__init__.py", "src/caloriq/py.typed", "PKG-INFO", "pyproject.toml"},
    "wheel": {"caloriq/__init__.py", "caloriq/py.typed", "caloriq/examples/chain.yaml", "caloriq-1.dist-info/RECORD"},
}
LOST = {"sdist": "src/caloriq/py.typed", "wheel": "caloriq/py.typed"}


@pytest.mark.parametrize("kind", ARCHIVES)
def test_an_archive_that_lacks_a_file_or_has_one_more_is_refused(kind, tmp_path):
    checkout = tmp_path / "checkout"
    for name, text in FILES.items():
        (checkout / name).parent.mkdir(parents=True, exist_ok=True)
        (checkout / name).write_text(text)
    release.called("git", "init", "--quiet", cwd=checkout)
    ARCHIVES[kind](archive(kind, tmp_path, WHOLE[kind]), checkout)
    with pytest.raises(release.Failure, match=rf"but it lacks 1 file\(s\) \(got {LOST[kind]}\)"):
        ARCHIVES[kind](archive(kind, tmp_path, WHOLE[kind] - {LOST[kind]}), checkout)
    with pytest.raises(release.Failure, match=r"but it holds 1 file\(s\) \(got notes.txt\)"):
        ARCHIVES[kind](archive(kind, tmp_path, WHOLE[kind] | {"notes.txt"}), checkout)


def test_a_command_that_fails_is_told_in_one_sentence(tmp_path):
    with pytest.raises(release.Failure, match=r"must end with 0, but it ends with 3 \(got 'no'\)"):
        release.called(sys.executable, "-c", "import sys; print('no', file=sys.stderr); sys.exit(3)", cwd=tmp_path)
    with pytest.raises(release.Failure, match=r"must print 'caloriq 1', but it does not \(got 'caloriq 2'\)"):
        release.shown("caloriq 1", "caloriq 2", "caloriq --version")


def test_a_user_finds_nothing_of_this_checkout(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", "here")
    code = "import os; print(os.environ.get('PYTHONPATH'), os.environ['MORE'])"
    assert release.called(sys.executable, "-c", code, cwd=tmp_path, MORE="x") == "None x\n"


SERVER = """
import contextlib, http.server
with contextlib.suppress(KeyboardInterrupt), http.server.HTTPServer(("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler) as server:
    print(f"here: http://127.0.0.1:{server.server_port}/index.html", flush=True)
    server.serve_forever()
"""


def test_a_page_is_read_and_its_server_ended(tmp_path, capfd):
    (tmp_path / "index.html").write_text("<title>caloriq</title>", encoding="utf-8")
    assert release.page(sys.executable, "-c", SERVER, cwd=tmp_path) == "<title>caloriq</title>"
    (tmp_path / "index.html").unlink()
    with pytest.raises(
        release.Failure, match=r"must show its page and end when it is told to, but it does not \(got .*404"
    ):
        release.page(sys.executable, "-c", SERVER, cwd=tmp_path)
    with pytest.raises(release.Failure, match=r"must print its address, but it does not \(got 'elsewhere'\)"):
        release.page(sys.executable, "-c", "print('elsewhere')", cwd=tmp_path)
    capfd.readouterr()  # what the servers said of their requests
