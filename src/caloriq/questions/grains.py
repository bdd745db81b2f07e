"""Blocks of a spin chain: do they exchange by rates, and how fast, at every point of a sweep."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BeforeValidator, model_validator

from caloriq import _checks, wording
from caloriq.errors import InvalidInput
from caloriq.models.fields import Count, Number, Positive
from caloriq.models.quantum import QuantumChain
from caloriq.questions.base import Question
from caloriq.questions.grain_series import GrainSeries, grain_numbers, grain_series
from caloriq.reduced.grains.blocks import memory_needed, symmetric_bases
from caloriq.reduced.grains.coarse import Grains, coarse_grain
from caloriq.reduced.grains.requests import check_blocks
from caloriq.results import Progress
from caloriq.variables import ENERGY, Variable

RATE = 2e9  # products and sums per second, of a core: for a rough time only


def infinite(value: Any) -> Any:
    """An infinite temperature is none given."""
    return None if isinstance(value, float) and value == math.inf else value


class BlocksQuestion(Question):
    """Rate, diffusivity and criteria of a chain cut into blocks; see `coarse_grain`.

    Parameters
    ----------
    block : int or list of int
        Sites of a block; of one model several lengths, ascending, are compared.
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
    block: Count | tuple[Count, ...]
    carries: Literal["energy", "spin"] = "energy"
    contact: Number = 1.0
    temperature: Annotated[Positive | None, BeforeValidator(infinite)] = None
    bands: Count | None = None

    models: ClassVar[tuple[type, ...]] = (QuantumChain,)
    title: ClassVar[str] = "exchange between blocks by rates"
    first_of: ClassVar[tuple[str, ...]] = ("quantum-chain",)

    @model_validator(mode="after")
    def _ascending(self) -> Self:
        if not self.blocks or any(b <= a for a, b in pairwise(self.blocks)):
            raise InvalidInput(
                f"`block` must be one length, or several that ascend, but it is not (got {list(self.blocks)})"
            )
        return self

    @property
    def blocks(self) -> tuple[int, ...]:
        """All lengths."""
        return self.block if isinstance(self.block, tuple) else (self.block,)

    def answered(self, model: Any, progress: Progress | None = None) -> GrainSeries:
        """The verb for every length of block."""
        return grain_series([self._grains(model, length, progress) for length in self.blocks])

    def summary(self, found: GrainSeries) -> dict[str, Any]:
        """What was found for every length."""
        return {"blocks": {str(g.block): grain_numbers(g) for g in found.grains}}

    def plan(self, model: Any) -> dict[str, Any]:
        """Blocks, their largest sectors and the memory of each."""
        told = super().plan(model)
        blocks = {}
        for length in self.blocks:
            sizes = self._sizes(model, length)
            need = wording.size(memory_needed(sizes))
            blocks[str(length)] = (
                f"{model.sites // length} blocks of {length}, sectors of up to {max(sizes)} states, {need}"
            )
        return {**told, "carries": self.carries, "blocks": blocks}

    def admit_sample(self, model: Any) -> None:
        """As `admit`, for one length."""
        if isinstance(self.block, tuple):
            raise InvalidInput(
                f"`block` must be one length in a sweep, but it is a list (got {list(self.block)}); vary question.block instead"
            )
        super().admit_sample(model)

    @property
    def heat(self) -> float:
        """The temperature as the verb takes it."""
        return math.inf if self.temperature is None else self.temperature

    def admit(self, model: Any) -> None:
        """Refuse blocks that do not fit the chain or the memory."""
        super().admit(model)
        for length in self.blocks:
            check_blocks(model, length, self.carries, self.bands, self.heat, self.contact)
        _checks.memory("block", self.block, self.memory(model), "take shorter blocks")

    def outputs(self, model: Any) -> tuple[Variable, ...]:  # noqa: ARG002
        """What the verb finds; NaN without a plateau."""
        numbers = (Grains.variable(name) for name in ("rate", "rate_error", "diffusivity", "variance"))
        return (
            Variable("holds", long_name="whether every criterion is met", kind="truth"),
            *numbers,
            Variable("internal_time", units=f"1/{ENERGY}", long_name="time in which a block comes to equilibrium"),
        )

    def point(self, model: Any) -> Grains:
        """The verb for the one length."""
        return self._grains(model, self.blocks[0])

    def seconds(self, model: Any) -> float:
        """Kernels and diagonalisations: M² and M³ for the largest sector; measured, good to a factor of 3."""
        largest = (float(max(self._sizes(model, length))) for length in self.blocks)
        return sum(0.06 + (1.7e4 * M**2 + 2 * M**3) / RATE for M in largest)

    def memory(self, model: Any) -> float:
        """That of the eigenstates of a block."""
        return max(memory_needed(self._sizes(model, length)) for length in self.blocks)

    def _grains(self, model: Any, length: int, progress: Progress | None = None) -> Grains:
        return coarse_grain(
            model,
            length,
            carries=self.carries,
            bands=self.bands,
            temperature=self.heat,
            contact=self.contact,
            progress=progress,
        )

    @staticmethod
    def _sizes(model: Any, length: int) -> list[int]:
        return [basis.shape[1] for basis, _ in symmetric_bases(model, 0, length)[0]]
