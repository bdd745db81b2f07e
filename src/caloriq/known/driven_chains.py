"""Models whose transport is known, many of them traps: what a verdict must not get wrong."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from caloriq._checks import Real
from caloriq.models.baths import Bath
from caloriq.models.classical import ClassicalChain
from caloriq.models.disorder import Disorder, DisorderedChain
from caloriq.models.spins import SpinChain
from caloriq.transport.bulk import Carried
from caloriq.transport.lengths import Chain

WARM = (Bath(site=0, temperature=1.0, rate=1.0), Bath(site=-1, temperature=0.0, rate=1.0))
WEAK = (Bath(site=0, gain=0.6, loss=0.4), Bath(site=-1, gain=0.4, loss=0.6))
FULL = (Bath(site=0, gain=1.0, loss=0.0), Bath(site=-1, gain=0.0, loss=1.0))
GOLDEN = (math.sqrt(5) - 1) / 2
SHORT = (4, 5, 6, 7, 8)
DOUBLING = (8, 16, 32, 64)
LONG = (16, 32, 64, 128)


@dataclass(frozen=True)
class KnownModel:
    """A model, the lengths that are looked at, and what is known of it."""

    name: str  # in words
    known: str  # diffusive, ballistic, localised, exponential, anomalous, no law, or open where nobody knows
    source: str  # where it is known from
    model: Chain | Callable[[int], Chain]  # what `scaling` takes
    sizes: Sequence[int] = DOUBLING
    of: Carried = "heat"


excited = partial(KnownModel, of="excitations")


def chain(sites: int = 4, **fields: Any) -> SpinChain:
    """Hopping 1 and frequency 1 between T = 1 and 0, changed by what is given."""
    return SpinChain(**{"sites": sites, "hopping": 1.0, "baths": WARM, **fields})


def ensemble(quantity: str, width: float, samples: int = 200, centre: float | None = None, **fields: Any) -> Chain:
    """One random quantity."""
    disorder = Disorder.from_mapping({"quantity": quantity, "width": width, "centre": centre})
    return DisorderedChain(chain=chain(**fields), disorder=(disorder,), samples=samples, seed=1)


def along(values: Callable[[Real], Real], **fields: Any) -> Callable[[int], Chain]:
    """Chains whose frequencies follow a rule of the site."""
    return lambda sites: chain(sites, frequency=values(np.arange(sites, dtype=float)), **{"baths": WEAK, **fields})


def dimers(k: Real) -> Real:
    """Two values, each on two sites in a row, in random order (seed 1): extended states where the pair resonates."""
    order = np.random.default_rng(np.random.SeedSequence(1)).random(4096) < 0.5
    return np.where(order[(k // 2).astype(int)], 1.5, 2.5)


def fibonacci(k: Real) -> Real:
    """Two values in the order of the Fibonacci word."""
    return np.where(np.floor((k + 2) * GOLDEN) - np.floor((k + 1) * GOLDEN) == 1, 1.0, 2.5)


def dephased(where: Callable[[Real, int], Any]) -> Callable[[int], Chain]:
    """Dephasing 1 where a rule of site and length says so."""
    return lambda sites: chain(
        sites, dephasing=np.where(where(np.arange(sites, dtype=float), sites), 1.0, 0.0), baths=WEAK
    )


def classical_rates(power: float) -> Callable[[int], Chain]:
    """Random rates u^power, u uniform in (0, 1] (seed 2): 1/V has a mean for power < 1 alone."""
    drawn = 1 - np.random.default_rng(np.random.SeedSequence(2)).random(4096)
    return lambda sites: ClassicalChain(sites=sites, rate=drawn[: sites - 1] ** power, baths=WEAK)


def anderson(width: float, *sizes: int) -> KnownModel:
    """Random frequencies and nothing else."""
    source = "Kunz, Souillard 1980"
    model = ensemble("frequency", width)
    return KnownModel(f"random frequencies, W = {width:g}", "localised", source, model, sizes)


def clean_models() -> tuple[KnownModel, ...]:
    """Chains of free excitations that are the same everywhere, with dephasing and without; classical ones."""
    return (
        KnownModel("clean chain", "ballistic", "MT 11", chain()),
        excited("clean chain, excitations", "ballistic", "MT 11", chain(), SHORT),
        KnownModel("dephasing 5", "diffusive", "closed form", chain(dephasing=5.0), range(2, 11)),
        KnownModel("weak dephasing 0.02", "diffusive", "closed form", chain(dephasing=0.02), (3, 4, 5, 6, 7)),
        KnownModel("classical chain", "diffusive", "MT IV", ClassicalChain(sites=4, rate=1.0, baths=WARM)),
        excited("alternating frequencies", "ballistic", "Bloch waves", along(lambda k: 1.0 + k % 2)),
    )


def random_models() -> tuple[KnownModel, ...]:
    """Static disorder: localised, whatever a short chain shows; and what dephasing makes of it."""
    steps = (4, 6, 8, 12, 16)
    return (
        anderson(0.3, *DOUBLING),
        anderson(0.3, *LONG),
        anderson(0.6, *DOUBLING),
        anderson(0.6, *LONG),
        anderson(0.9, 4, 8, 16, 32),
        anderson(0.9, 4, 8, 16, 32, 64),
        anderson(1.0, *steps),
        anderson(1.0, *DOUBLING),
        anderson(2.0, *steps),
        KnownModel("random hopping 0.75…1.25", "anomalous", "Dyson 1953", ensemble("hopping", 0.5)),
        KnownModel("random hopping 0.5…1.5", "anomalous", "Dyson 1953", ensemble("hopping", 1.0), (4, 8, 16, 32)),
        excited(
            "weakly random frequencies, dephasing 5",
            "diffusive",
            "bonds of bounded resistance",
            ensemble("frequency", 0.1, dephasing=5.0),
            LONG,
        ),
        KnownModel(
            "random frequencies, dephasing 1, heat",
            "no law",
            "energy leaves by the dephasing",
            ensemble("frequency", 0.5, dephasing=1.0),
            (3, 4, 6, 8),
        ),
        KnownModel(
            "random dephasing 0.5…1.5", "diffusive", "resistances add up", ensemble("dephasing", 1.0, dephasing=1.0)
        ),
        KnownModel(
            "random hopping 0…1, dephasing 5",
            "anomalous",
            "the resistances γ/2g² have no mean",
            ensemble("hopping", 1.0, centre=0.5, dephasing=5.0),
            LONG,
        ),
    )


def ordered_models() -> tuple[KnownModel, ...]:
    """Chains that follow a rule: correlated disorder, quasi-periodic, tilted, dephased in places."""
    return (
        excited("random dimers", "anomalous", "Dunlap, Wu, Phillips 1990", along(dimers)),
        *(
            excited(
                f"Aubry-André, λ = {strength:g}",
                kind,
                "Aubry, André 1980",
                along(lambda k, s=strength: 3 + 2 * s * np.cos(2 * np.pi * GOLDEN * k)),  # type: ignore[misc]
                (5, 8, 13, 21, 34),
            )
            for strength, kind in ((0.5, "ballistic"), (1.0, "anomalous"), (1.5, "localised"))
        ),
        excited("Fibonacci chain", "anomalous", "Hiramoto, Abe 1988", along(fibonacci), (13, 21, 34, 55, 89)),
        excited("tilted chain", "localised", "Wannier, Stark", along(lambda k: 1 + 0.2 * k), (8, 12, 16, 24, 32)),
        KnownModel(
            "dephasing on every fourth site", "diffusive", "MT 11 with dephasing", dephased(lambda k, _: k % 4 == 1)
        ),
        KnownModel("dephasing on one half", "open", "half ohmic, half ballistic", dephased(lambda k, N: k < N // 2)),
        KnownModel("dephasing on one site", "ballistic", "MT 11 with dephasing", dephased(lambda k, _: k == 1)),
        KnownModel("classical chain, random rates", "diffusive", "1/V has a mean", classical_rates(0.3)),
        KnownModel("classical chain, rates near 0", "anomalous", "1/V has no mean", classical_rates(2.0)),
    )


def interacting_models() -> tuple[KnownModel, ...]:
    """Spin chains with ZZ terms, as long as the whole sector can be solved quickly."""
    long = (3, 4, 5, 6, 7)
    return (
        KnownModel(
            "zz = ½, dephasing 1", "no law", "energy leaves by the dephasing", chain(zz=0.5, dephasing=1.0), SHORT
        ),
        *(
            excited(
                f"zz = ½, dephasing {rate:g}, excitations",
                "diffusive",
                "Žnidarič 2010",
                chain(zz=0.5, dephasing=rate),
                SHORT,
            )
            for rate in (1.0, 10.0)
        ),
        excited("XXZ, Δ = 0.5, weakly driven", "ballistic", "Prosen 2011", chain(zz=0.5, baths=WEAK), SHORT),
        excited("Heisenberg, weakly driven", "anomalous", "Žnidarič 2011", chain(zz=1.0, baths=WEAK), SHORT),
        excited("XXZ, Δ = 1.5, weakly driven", "diffusive", "Žnidarič 2011", chain(zz=1.5, baths=WEAK), SHORT),
        excited("XXZ, Δ = 1.5, fully driven", "exponential", "Benenti et al. 2009", chain(zz=1.5, baths=FULL), long),
        KnownModel("XXZ, Δ = 1.5, heat", "ballistic", "Zotos, Naef, Prelovšek 1997", chain(zz=1.5), SHORT),
        excited(
            "disordered Heisenberg, W = 2",
            "open",
            "arXiv:1604.08567",
            ensemble("frequency", 2.0, samples=12, zz=1.0, baths=WEAK),
            (3, 4, 5, 6),
        ),
    )


def known_models() -> tuple[KnownModel, ...]:
    """All of them."""
    return (*clean_models(), *random_models(), *ordered_models(), *interacting_models())
