"""All kinds of models by name: the built-in ones, and those that installed packages register."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any

from caloriq import extensions
from caloriq._checks import shown
from caloriq.errors import InvalidInput

BUILT_IN = {
    "modular-chain": "modular:ModularChain",
    "modular-network": "network:ModularNetwork",
    "banded-chain": "banded:BandedChain",
    "banded-pair": "banded:BandedPair",
    "spin-chain": "spins:SpinChain",
    "classical-chain": "classical:ClassicalChain",
    "disordered-chain": "disorder:DisorderedChain",
    "coupled-units": "coupled:CoupledUnits",
    "exchange-chain": "coupled:ExchangeChain",
    "quantum-chain": "quantum:QuantumChain",
}
OTHERS = {"sites", "chain", "units", "graph", "lattice"}  # fields that no modular chain has


class Kinds(Mapping[str, Any]):
    """Classes of models by kind, loaded when they are asked for."""

    def __getitem__(self, kind: str) -> Any:
        if kind in BUILT_IN:
            module, _, name = BUILT_IN[kind].partition(":")
            return getattr(import_module(f"caloriq.models.{module}"), name)
        if kind in extensions.registered(extensions.MODELS):
            return extensions.loaded(extensions.MODELS, kind, "kind")
        raise KeyError(kind)

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys([*BUILT_IN, *extensions.registered(extensions.MODELS)]))

    def __len__(self) -> int:
        return len(list(iter(self)))


MODELS = Kinds()


def kind_of(mapping: dict[str, Any]) -> str:
    """Kind of model that a mapping of fields stands for.

    Raises
    ------
    InvalidInput
        If it names none, or one that does not exist.
    """
    kind = mapping.get("kind", None if set(mapping) & OTHERS else "modular-chain")
    if kind is None:
        raise InvalidInput(f"`kind` must be given, but it is missing (got nothing); add one of {', '.join(MODELS)}")
    if not isinstance(kind, str) or kind not in MODELS:
        near = difflib.get_close_matches(str(kind), list(MODELS), n=1)
        remedy = f"did you mean {near[0]}?" if near else f"known are {', '.join(MODELS)}"
        raise InvalidInput(f"`kind` must be a known model, but it is not (got {shown(kind)}); {remedy}")
    return kind
