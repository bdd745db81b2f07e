"""The general job for spin chains: cut into blocks of one or several lengths, do the blocks exchange by rates?"""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

import numpy as np
from pydantic import BeforeValidator, model_validator

from caloriq import _checks
from caloriq.errors import InvalidInput
from caloriq.models.definition import Definition
from caloriq.models.fields import Count, Number, Positive
from caloriq.models.quantum import QuantumChain
from caloriq.questions.blocks import infinite
from caloriq.reduced.grains.blocks import affordable_bases, memory_needed
from caloriq.reduced.grains.coarse import Grains, check_blocks, coarse_grain
from caloriq.results import Progress

if TYPE_CHECKING:
    import xarray as xr


def _several(value: Any) -> Any:
    """One length stands for the list of it."""
    return value if isinstance(value, list | tuple) else [value]


class GrainRun(Definition):
    """What `caloriq run` reads for a spin chain that is cut into blocks.

    Parameters
    ----------
    model : QuantumChain
        What is cut.
    block : int or list of int
        Sites of a block; several lengths, ascending, are compared.
    carries : {"energy", "spin"}
        What blocks exchange.
    contact : float
        Strength of the bonds between blocks relative to the chain's.
    temperature : float, optional
        Of the state around which transport is linear; without it the uniform one.
    bands : int, optional
        Energy bins of a block's spectrum.
    """

    model: QuantumChain
    block: Annotated[tuple[Count, ...], BeforeValidator(_several)]
    carries: Literal["energy", "spin"] = "energy"
    contact: Number = 1.0
    temperature: Annotated[Positive | None, BeforeValidator(infinite)] = None
    bands: Count | None = None

    @model_validator(mode="after")
    def _can_run(self) -> Self:
        if not self.block or any(b <= a for a, b in zip(self.block, self.block[1:], strict=False)):
            raise InvalidInput(
                f"`block` must be one length, or several that ascend, but it is not (got {list(self.block)})"
            )
        for length in self.block:
            check_blocks(self.model, length, self.carries, self.bands, self.heat, self.contact)
        return self

    @property
    def heat(self) -> float:
        """The temperature as `coarse_grain` takes it."""
        return math.inf if self.temperature is None else self.temperature

    def plan(self) -> dict[int, tuple[int, str]]:
        """Largest sector of every length of block, and the bytes of its eigenstates in words."""
        found = {}
        for length in self.block:
            sizes = [basis.shape[1] for basis, _ in affordable_bases(self.model, 0, length)[0]]
            found[length] = max(sizes), _checks.size(memory_needed(sizes))
        return found

    def solve(self, progress: Progress | None = None) -> list[Grains]:
        """Grains of every length of block."""
        self.plan()
        return [
            coarse_grain(
                self.model,
                length,
                carries=self.carries,
                bands=self.bands,
                temperature=self.heat,
                contact=self.contact,
                progress=progress,
            )
            for length in self.block
        ]


def grain_sentence(found: list[Grains]) -> str:
    """The judgement on one length, or on all of them, in one sentence."""
    if len(found) == 1:
        return found[0].why
    yes, no = [g for g in found if g.holds], [g for g in found if not g.holds]
    against = "; ".join(f"ℓ = {g.block} fails {', '.join(c.name for c in g.criteria if not c.holds)}" for g in no)
    if not yes:
        return f"Grains are not shown to exchange by rates at any length of block: {against}."
    good = ", ".join(f"D = {g.diffusivity:.4g} at ℓ = {g.block}" for g in yes)
    return f"Grains exchange by rates as far as the criteria tell: {good}{', but ' + against if no else ', and all criteria are met at every length'}."


def grain_numbers(grains: Grains) -> dict[str, Any]:
    """What was found for one length of block, as plain names and numbers; D only where the criteria hold."""
    numbers: dict[str, Any] = {
        "verdict": grains.why,
        "rate": grains.rate,
        "rate_error": grains.rate_error,
        "diffusivity": grains.diffusivity if grains.holds else None,
        "contacts": grains.contacts,
        "variance": grains.variance,
        "internal_time": grains.internal_time if math.isfinite(grains.internal_time) else None,
        "criteria": {
            c.name: {"formula": c.formula, "value": c.value, "bound": c.bound, "margin": c.margin, "holds": c.holds}
            for c in grains.criteria
        },
        "plateaus": [None if p is None else {"begin": p.begin, "end": p.end} for p in grains.kernel.plateaus],
        "statistics": dict(grains.method.statistics),
    }
    return numbers


def grain_dataset(found: list[Grains]) -> xr.Dataset:
    """Kernels, rates and criteria of all lengths of block.

    Dimensions `block`, `bond` (NaN beyond a length's own), `step` (of the kernel's times, NaN beyond the last) and
    `criterion`, named in the attributes.
    """
    import xarray as xr

    names = list(dict.fromkeys(c.name for g in found for c in g.criteria))
    steps = max(g.kernel.times.size for g in found)
    bonds = max(len(g.kernel.plateaus) for g in found)
    times = np.full((len(found), steps), np.nan)
    kernel, correlation = (np.full((len(found), bonds, steps), np.nan) for _ in range(2))
    plateau = np.full((len(found), bonds, 2), np.nan)
    value, margin = (np.full((len(found), len(names)), np.nan) for _ in range(2))
    for k, g in enumerate(found):
        own = g.kernel.times.size
        times[k, :own] = g.kernel.times
        kernel[k, : len(g.kernel.values), :own] = g.kernel.values
        correlation[k, : len(g.kernel.values), :own] = g.kernel.correlation
        for bond, p in enumerate(g.kernel.plateaus):
            if p is not None:
                plateau[k, bond] = p.begin, p.end
        for c in g.criteria:
            value[k, names.index(c.name)], margin[k, names.index(c.name)] = c.value, c.margin
    first = found[0]

    def known(numbers: list[float | None]) -> list[float]:
        return [math.nan if x is None else x for x in numbers]

    return xr.Dataset(
        {
            "time": (("block", "step"), times),
            "kernel": (("block", "bond", "step"), kernel, {"long_name": "R(t)"}),
            "correlation": (("block", "bond", "step"), correlation, {"long_name": "C(t)"}),
            "plateau": (("block", "bond", "end"), plateau),
            "rate": ("block", known([g.rate for g in found])),
            "rate_error": ("block", known([g.rate_error for g in found])),
            "diffusivity": ("block", known([g.diffusivity for g in found]), {"long_name": "kℓ²"}),
            "holds": ("block", np.array([g.holds for g in found], dtype=int)),
            "criterion_value": (("block", "criterion"), value),
            "criterion_margin": (("block", "criterion"), margin),
        },
        {"block": [g.block for g in found]},
        {
            "model": json.dumps(first.model.whole_mapping()),
            "digest": first.model.digest,
            "carries": first.carries,
            "contact": first.contact,
            "temperature": "infinite" if math.isinf(first.temperature) else first.temperature,
            "criteria": names,
            "verdict": grain_sentence(found),
            "certificate": json.dumps(grain_certificate(found)),
        },
    )


def grain_certificate(found: list[Grains]) -> dict[str, dict[str, Any]]:
    """What proves the kernels, length by length where there are several."""
    many = len(found) > 1
    parts = [g.certificate.to_mapping(f"ℓ = {g.block}, " if many else "") for g in found]
    return {name: told for part in parts for name, told in part.items()}
