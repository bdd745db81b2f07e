"""Options that every command has: what is told and how much of it, values in place of the file's, settings, completion."""

import json
import logging
import os
import subprocess
import sys
from importlib.metadata import version

import pytest

from caloriq.cli import telling
from command_line import call, files, refused

THIN = "model: {kind: modular-chain, subunits: 2, levels: 24, bandwidth: 0.05, coupling: 1.0e-3, seed: 1}\n"
SWEEP = (
    "model: {kind: modular-chain, subunits: 2, levels: 16, bandwidth: 0.05, coupling: 1.0e-3, seed: 1}\n"
    "question: {kind: deviation, initial: {kind: mixed, subunit: 0}, keep: [deviation]}\n"
    "vary: {levels: [16, 24]}\n"
)
CHAIN = (
    "model:\n"
    "  kind: classical-chain\n"
    "  sites: 8\n"
    "  rate: 1.0\n"
    "  baths:\n"
    "    - {site: 0, temperature: 1.0, rate: 1.0}\n"
    "    - {site: -1, temperature: 0.0, rate: 1.0}\n"
)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "thin.yaml").write_text(THIN, encoding="utf-8")
    (tmp_path / "chain.yaml").write_text(CHAIN, encoding="utf-8")
    (tmp_path / "many.yaml").write_text(SWEEP, encoding="utf-8")
    return tmp_path


def test_version(folder):
    assert call("--version", cwd=folder).stdout == f"caloriq {version('caloriq')}\n"


@pytest.mark.parametrize(("shell", "word"), [("bash", "complete"), ("zsh", "compdef"), ("fish", "complete --command")])
def test_completion_script_is_produced(shell, word):
    environment = {**os.environ, "_CALORIQ_COMPLETE": f"source_{shell}"}
    made = subprocess.run(
        [sys.executable, "-m", "caloriq.cli"], env=environment, capture_output=True, text=True, timeout=60, check=True
    )
    assert word in made.stdout
    assert "caloriq" in made.stdout
    assert made.stderr == ""


def test_a_command_is_completed():
    words = {"_CALORIQ_COMPLETE": "complete_bash", "COMP_WORDS": "caloriq verd", "COMP_CWORD": "1"}
    made = subprocess.run(
        [sys.executable, "-m", "caloriq.cli"],
        check=True,
        env={**os.environ, **words},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert set(made.stdout.split()) == {"verdict", "verdicts"}


def test_the_library_adds_no_handler():
    program = "import logging, caloriq; print(logging.getLogger('caloriq').handlers, logging.getLogger().handlers)"
    made = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert made.stdout == "[] []\n"


def test_verbose_tells_the_method_and_quiet_nothing(folder):
    usual = call("run", "thin.yaml", "--out", "a", cwd=folder)
    verbose = call("run", "thin.yaml", "--out", "b", "-v", cwd=folder)
    quiet = call("--quiet", "run", "thin.yaml", "--out", "c", cwd=folder)
    assert usual.stderr == quiet.stderr == ""
    assert "caloriq: info: " in verbose.stderr
    assert "it takes" in verbose.stderr
    assert quiet.stdout.replace("c/thin", "a/thin") == usual.stdout
    more = call("run", "thin.yaml", "--out", "d", "-vv", cwd=folder)
    assert "caloriq: debug: store: writing" in more.stderr
    same = call("run", "thin.yaml", "--out", "e", "--log-level", "DEBUG", cwd=folder)
    assert same.stderr.replace("e/", "d/").count("caloriq: debug") == more.stderr.count("caloriq: debug")


def test_the_level_ends_with_the_command(folder):
    before = telling.LOGGER.level, list(telling.LOGGER.handlers), telling.LOGGER.propagate
    call("check", "thin.yaml", "-vv", cwd=folder)
    assert (telling.LOGGER.level, telling.LOGGER.handlers, telling.LOGGER.propagate) == before
    assert not telling.LOGGER.isEnabledFor(logging.DEBUG)


def test_levels_that_are_none(folder):
    refused(
        call("check", "thin.yaml", "--log-level", "loud", cwd=folder), "`--log-level` must be one of debug", "'loud'"
    )
    refused(call("check", "thin.yaml", "-q", "-v", cwd=folder), "given once", "--quiet", "--verbose")


def test_values_take_the_place_of_the_files(folder):
    answer = call("check", "chain.yaml", "--set", "model.sites=12", "--json", cwd=folder)
    assert answer.returncode == 0, answer.stderr
    assert call("run", "chain.yaml", "--set", "model.sites=12", cwd=folder).returncode == 0
    made = (folder / "results" / "chain" / "chain-model.yaml").read_text(encoding="utf-8")
    assert "sites: 12" in made
    # into a list, and for a model
    other = call("run", "chain.yaml", "--set", "model.baths.1.temperature=0.5", "--out", "o", cwd=folder)
    assert other.returncode == 0, other.stderr
    assert "temperature: 0.5" in (folder / "o" / "chain" / "chain-model.yaml").read_text(encoding="utf-8")
    later = call("check", "chain.yaml", "--set", "model.sites=3", "--set", "model.sites=12", "--json", cwd=folder)
    assert later.stdout == answer.stdout


def test_values_of_a_sweep_and_of_a_verdict(folder):
    planned = call("sweep", "plan", "many.yaml", "--set", "vary.levels=[16, 24, 32]", "--json", cwd=folder)
    assert json.loads(planned.stdout)["points"] == 3
    ran = call("sweep", "run", "many.yaml", "--set", "vary.levels=[16]", "--workers", "1", cwd=folder)
    assert ran.returncode == 0, ran.stderr
    judged = call(
        "verdict", "chain.yaml", "--set", "model.rate=2.0", "--budget", "0.05", "--routes", "structure", "-q",
        "--workers", "0", "--json", cwd=folder,
    )  # fmt: skip
    assert judged.returncode == 0, judged.stderr
    assert judged.stderr == ""
    assert "rate: 2.0" in (folder / "results" / "chain-verdict" / "chain.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        ("model.site=20", ["site", "sites", "--set model.site=20"]),
        ("model.sites=many", ["`sites`", "--set model.sites=many"]),
        ("model.baths.7.site=1", ["a place from 0 to 1", "(got 7"]),
        ("model.sites.deep=1", ["`model.sites` must be a mapping or a list"]),
        ("model.sites", ["`--set` must be a name, =, and a value"]),
        ("model.sites=[1", ["`--set` must have a value that is YAML"]),
        ("modle.sites=3", ["modle", "model"]),
    ],
)
@pytest.mark.parametrize("command", ["run", "check", "verdict"])
def test_values_that_cannot_be_put_in(folder, command, edit, words):
    before = files(folder)
    refused(call(command, "chain.yaml", "--set", edit, cwd=folder), *words)
    assert files(folder) == before


def test_a_parameter_that_no_term_names(folder):
    """It would change nothing, and nobody would notice."""
    model = "{kind: lattice, sites: 3, parameters: {J: 1}, terms: [{operator: Z Z, value: J}], baths: [{site: 0, gain: 1, loss: 1}]}"
    for name, head in (("own.yaml", ""), ("asked.yaml", "model: ")):
        (folder / name).write_text(head + model, encoding="utf-8")
        told = call("check", name, "--set", "model.parameters.K=2", cwd=folder)
        refused(told, "`--set` must name a parameter that a term of the model names", "known are J")
        good = call("check", name, "--set", "model.parameters.K=2", "--set", "model.terms.0.value=J + K", cwd=folder)
        assert good.returncode == 0, good.stderr


def test_settings_and_which_wins(folder, monkeypatch):
    home = folder / "home"
    (home / "caloriq").mkdir(parents=True)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home))
    user = home / "caloriq" / "config.yaml"
    assert call("config", "--path", cwd=folder).stdout == f"{user}\n"
    assert call("config", "--init", cwd=folder).stdout == f"written to {user}\n"
    refused(call("config", "--init", cwd=folder), "`--init` must begin a new file", str(user))

    def out():
        return json.loads(call("config", "--json", cwd=folder).stdout)["out"]

    assert out() == {"value": "results", "source": "built in"}  # a template holds comments alone
    user.write_text("out: users\n", encoding="utf-8")
    assert out() == {"value": "users", "source": str(user)}
    (folder / "caloriq.yaml").write_text("out: heres\n", encoding="utf-8")
    assert out() == {"value": "heres", "source": "caloriq.yaml"}
    assert call("run", "thin.yaml", cwd=folder).returncode == 0
    assert (folder / "heres" / "thin").is_dir()
    monkeypatch.setenv("CALORIQ_OUT", "variables")
    assert out() == {"value": "variables", "source": "CALORIQ_OUT"}
    call("run", "thin.yaml", cwd=folder)
    call("run", "thin.yaml", "--out", "typed", cwd=folder)
    assert (folder / "variables" / "thin").is_dir()
    assert (folder / "typed" / "thin").is_dir()
    assert not (folder / "results").exists()


def test_settings_that_are_none(folder, monkeypatch):
    own = folder / "caloriq.yaml"
    own.write_text("out: here\nworker: 3\n", encoding="utf-8")
    refused(call("check", "thin.yaml", cwd=folder), "worker", "workers", "caloriq.yaml, line 2")
    own.write_text("workers: many\n", encoding="utf-8")
    refused(call("check", "thin.yaml", cwd=folder), "`workers`", "caloriq.yaml, line 1")
    own.unlink()
    monkeypatch.setenv("CALORIQ_LOG_LEVEL", "loud")
    refused(call("check", "thin.yaml", cwd=folder), "`log_level`", "in the variable CALORIQ_LOG_LEVEL")
    monkeypatch.setenv("CALORIQ_LOG_LEVEL", "info")
    assert "caloriq: info: " in call("run", "thin.yaml", cwd=folder).stderr
