"""A package adds a model, a method, a question and a figure, and everything follows."""

import pytest

import extension


def test_everything_follows_from_one_package(tmp_path):
    assert len(extension.extended(tmp_path)) == 9


@pytest.mark.slow
@pytest.mark.parametrize("group", ["models", "questions", "figures", "methods"])
def test_nothing_follows_without_its_entry(tmp_path, monkeypatch, group):
    """Without one of the four entries the same commands fail."""
    head, _, rest = extension.ENTRIES.partition(f"[caloriq.{group}]\n")
    monkeypatch.setattr(extension, "ENTRIES", head + rest.partition("\n")[2])
    with pytest.raises(AssertionError):
        extension.extended(tmp_path)
