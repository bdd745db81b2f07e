"""Settings that every test shares: deterministic examples, no deadline (the machine may be busy), a registry of its own."""

import os

import pytest
from hypothesis import HealthCheck, settings

# The suite draws the same examples every time; `--hypothesis-profile=explore` looks for new ones.
settings.register_profile(
    "suite",
    deadline=None,
    derandomize=True,
    database=None,
    max_examples=30,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile(
    "explore", deadline=None, max_examples=300, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("suite")


@pytest.fixture(scope="session", autouse=True)
def _registry_of_runs(tmp_path_factory):
    """No test, and no process that one starts, writes in the user's home."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CALORIQ_STATE", str(tmp_path_factory.mktemp("state")))
        patch.setenv("XDG_CONFIG_HOME", str(tmp_path_factory.mktemp("config")))  # nor reads settings there
        yield os.environ["CALORIQ_STATE"]


@pytest.fixture
def state(tmp_path_factory, monkeypatch):
    """A registry of runs for one test alone."""
    folder = tmp_path_factory.mktemp("state")
    monkeypatch.setenv("CALORIQ_STATE", str(folder))
    return folder
