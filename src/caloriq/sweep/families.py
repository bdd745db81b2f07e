"""Arguments of a family as parameters of a sweep: `family.NAME`, of a lattice whose file names a ready Hamiltonian.

The lattice keeps the terms and parameters that its family stands for, not the family itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from caloriq.errors import InvalidInput


def argument(path: str) -> str | None:
    """Name of the family's argument that a path leads to; None if it leads elsewhere."""
    first, _, rest = path.partition(".")
    return rest if first == "family" and rest else None


def spelled(model: dict[str, Any], path: str) -> dict[str, Any]:
    """The model with its family as a mapping, for a path that leads into it: a bare word stands for its kind."""
    family = model.get("family")
    return {**model, "family": {"kind": family}} if argument(path) and isinstance(family, str) else model


def check_family(model: dict[str, Any], paths: Iterable[str]) -> None:
    """Refuse arguments of a family where there is none, or where parameters of the same name would undo them.

    Raises
    ------
    InvalidInput
        Naming the path.
    """
    names = list(paths)
    beside = model.get("parameters")
    fixed = {f"parameters.{name}" for name in beside} if isinstance(beside, dict) else set()
    for path in names:
        name = argument(path)
        if name is None:
            continue
        same = f"parameters.{name}"
        if model.get("family") is None:
            other = f"take {same}" if same in fixed else "give the model by its family"
            raise InvalidInput(f"`vary` must name what the model has, but it has no family (got {path}); {other}")
        if same in {*names, *fixed}:
            raise InvalidInput(
                f"`vary` must name every parameter once, but one is set beside the family too (got {path} and {same}); leave one out"
            )


def ways(path: str) -> tuple[str, ...]:
    """Paths by which an error may name what a path leads to: an argument of a family is a parameter once it is read."""
    name = argument(path)
    return (path,) if name is None else (path, f"parameters.{name}")


def kept(mapping: dict[str, Any], path: str) -> str:
    """Where the model keeps what a path leads to, of a parameter for all values of which samples are the same.

    Raises
    ------
    InvalidInput
        For an argument of a family that is no number of the model, such as its kind.
    """
    name = argument(path)
    if name is None and path != "family":
        return path
    if name not in mapping["parameters"]:
        raise InvalidInput(
            f"`same_for` must name numbers that the model keeps, but the family makes other terms of one (got {path}); known are {', '.join(f'family.{known}' for known in mapping['parameters']) or 'none'}"
        )
    return f"parameters.{name}"
