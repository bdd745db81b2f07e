"""What the command line says of sweeps."""

import pytest

from command_line import call, refused

SWEEP = """
model: {kind: spin-chain, sites: 3, hopping: 1.0, baths: [{site: 0, temperature: 1.0, rate: 1.0}, {site: -1, temperature: 0.0, rate: 1.0}]}
vary: {dephasing: [0.0, 1.0]}
question: steady-state
"""


@pytest.mark.parametrize("words", [(), ("sweep",), ("runs",)])
def test_no_command_prints_the_commands(words, tmp_path):
    answer = call(*words, cwd=tmp_path)
    assert answer.returncode == 2
    assert answer.stdout.startswith("Usage: ")
    assert answer.stderr == ""


def test_run_says_that_a_file_is_a_sweep(tmp_path):
    (tmp_path / "many.yaml").write_text(SWEEP, encoding="utf-8")
    refused(call("run", "many.yaml", cwd=tmp_path), "caloriq sweep run many.yaml")
    refused(call("check", "many.yaml", cwd=tmp_path), "caloriq sweep run many.yaml")


def test_questions_and_schema(tmp_path):
    answer = call("sweep", "questions", cwd=tmp_path)
    assert answer.returncode == 0
    for kind in ("steady-state", "ham", "kernel", "scaling", "deviation", "evolve"):
        assert kind in answer.stdout
    told = call("sweep", "schema", cwd=tmp_path).stdout
    assert '"same_for"' in told
    assert told == call("schema", "sweep", cwd=tmp_path).stdout
    assert "schema" not in call("sweep", "--help", cwd=tmp_path).stdout  # one way is told
