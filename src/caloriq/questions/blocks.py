"""Blocks of a spin chain: do they exchange by rates, and how fast, at every point of a sweep."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from pydantic import BeforeValidator

from caloriq import _checks
from caloriq.models.fields import Count, Number, Positive
from caloriq.models.quantum import QuantumChain
from caloriq.questions.base import Question
from caloriq.reduced.grains.blocks import affordable_bases, memory_needed
from caloriq.reduced.grains.coarse import check_blocks, coarse_grain
from caloriq.results import Certificate
from caloriq.variables import Variable

RATE = 2e9  # products and sums per second, of a core: for a rough time only


def infinite(value: Any) -> Any:
    """An infinite temperature is none given."""
    return None if isinstance(value, float) and value == math.inf else value


class BlocksQuestion(Question):
    """Rate, diffusivity and criteria of a chain cut into blocks; see `coarse_grain`.

    Parameters
    ----------
    block : int
        Sites of a block.
    carries : {"energy", "spin"}
        What blocks exchange.
    contact : float
        Strength of the bonds between blocks relative to the chain's.
    temperature : float, optional
        Of the state around which transport is linear; without it the uniform one.
    bands : int, optional
        Energy bins of a block's spectrum.
    keep : sequence of str, optional
        Which quantities are kept; by default all.
    """

    kind: Literal["blocks"] = "blocks"
    block: Count
    carries: Literal["energy", "spin"] = "energy"
    contact: Number = 1.0
    temperature: Annotated[Positive | None, BeforeValidator(infinite)] = None
    bands: Count | None = None

    models: ClassVar[tuple[type, ...]] = (QuantumChain,)
    title: ClassVar[str] = "exchange between blocks by rates"

    @property
    def heat(self) -> float:
        """The temperature as the verb takes it."""
        return math.inf if self.temperature is None else self.temperature

    def admit(self, model: Any) -> None:
        """Refuse blocks that do not fit the chain or the memory."""
        super().admit(model)
        check_blocks(model, self.block, self.carries, self.bands, self.heat, self.contact)
        _checks.memory("block", self.block, self.memory(model), "take shorter blocks")

    def outputs(self, model: Any) -> tuple[Variable, ...]:  # noqa: ARG002
        """What the verb finds; NaN without a plateau."""
        return (
            Variable("holds", (), (), "1", "whether every criterion is met", "truth"),
            Variable("rate", (), (), "energy unit", "k, the plateau of the kernel"),
            Variable("rate_error", (), (), "energy unit", "its error"),
            Variable("diffusivity", (), (), "energy unit", "k times the square of the block"),
            Variable("variance", (), (), "1", "variance of what a block carries"),
            Variable("internal_time", (), (), "inverse energy unit", "time in which a block comes to equilibrium"),
        )

    def solve(self, model: Any) -> tuple[Mapping[str, Any], Certificate, str]:
        """The verb."""
        found = coarse_grain(
            model, self.block, carries=self.carries, bands=self.bands, temperature=self.heat, contact=self.contact
        )
        values = {one.name: getattr(found, one.name) for one in self.outputs(model)}
        none = {name: np.nan for name, value in values.items() if value is None}
        return {**values, **none}, found.certificate, found.method.name

    def seconds(self, model: Any) -> float:
        """Kernels and diagonalisations: M² and M³ for the largest sector; measured, good to a factor of 3."""
        M = float(max(self._sizes(model)))
        return 0.06 + (1.7e4 * M**2 + 2 * M**3) / RATE

    def memory(self, model: Any) -> float:
        """That of the eigenstates of a block."""
        return memory_needed(self._sizes(model))

    def _sizes(self, model: Any) -> list[int]:
        return [basis.shape[1] for basis, _ in affordable_bases(model, 0, self.block)[0]]
