"""All kinds of models by name: the built-in ones, and those that installed packages register.

A package registers a kind by an entry point in the group `caloriq.models`: its name is the model's `kind`, its value a
subclass of `Definition` with a field of that name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any

from caloriq import extensions
from caloriq.errors import InvalidInput
from caloriq.models.definition import Definition

BUILT_IN = {
    "modular-chain": "modular:ModularChain",
    "modular-network": "network:ModularNetwork",
    "unequal-network": "unequal:UnequalNetwork",
    "driven-modular-chain": "driven_modular:DrivenModularChain",
    "banded-chain": "banded:BandedChain",
    "banded-pair": "banded:BandedPair",
    "spin-chain": "spins:SpinChain",
    "fmo": "fmo:FmoComplex",
    "classical-chain": "classical:ClassicalChain",
    "disordered-chain": "disorder:DisorderedChain",
    "coupled-units": "coupled:CoupledUnits",
    "exchange-chain": "coupled:ExchangeChain",
    "quantum-chain": "quantum:QuantumChain",
    "harmonic-chain": "harmonic:HarmonicChain",
    "lattice": "lattice.model:Lattice",
}


class _Kinds(Mapping[str, Any]):
    """Class of every kind of model, loaded when it is asked for; a built-in name cannot be taken."""

    def __getitem__(self, kind: str) -> Any:
        if kind in BUILT_IN:
            module, _, name = BUILT_IN[kind].partition(":")
            return getattr(import_module(f"caloriq.models.{module}"), name)
        if kind not in extensions.registered(extensions.MODELS):
            raise KeyError(kind)
        found = extensions.loaded(extensions.MODELS, kind, "kind")
        if not (isinstance(found, type) and issubclass(found, Definition)):
            raise InvalidInput(f"`kind` must name a subclass of Definition, but it does not (got {kind}: {found!r})")
        return found

    def __contains__(self, kind: object) -> bool:
        return kind in BUILT_IN or kind in extensions.registered(extensions.MODELS)

    def __iter__(self) -> Iterator[str]:
        yield from BUILT_IN
        yield from (kind for kind in extensions.registered(extensions.MODELS) if kind not in BUILT_IN)

    def __len__(self) -> int:
        return len(list(iter(self)))


MODELS = _Kinds()
