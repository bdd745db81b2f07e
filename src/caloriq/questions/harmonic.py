"""A harmonic chain between baths: its steady state, and how its current scales with the length; at every point of a sweep."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from typing import Any, ClassVar, Literal

from caloriq import _checks
from caloriq.errors import InvalidInput
from caloriq.models.fields import Several
from caloriq.models.harmonic import HarmonicChain
from caloriq.questions.base import Question
from caloriq.results import Progress
from caloriq.steady.harmonic.result import HarmonicState
from caloriq.steady.harmonic.solve import REASON, harmonic_state
from caloriq.transport.lengths import lengths_of
from caloriq.variables import Variable
from caloriq.verdicts.harmonic import HarmonicScaling, check_driven, harmonic_scaling

PANELS = 75.0  # frequencies for every site
RATE = 1.5e-8  # seconds for a site at one frequency
NUMBERS = 200.0  # of 8 bytes, for every site: its row, its integrals, and its share of the panels


class HarmonicQuestion(Question):
    """Heat currents, temperatures of the sites and entropy production in the steady state.

    Parameters
    ----------
    keep : sequence of str, optional
        Which quantities are kept; by default all.
    """

    kind: Literal["harmonic-state"] = "harmonic-state"

    models: ClassVar[tuple[type, ...]] = (HarmonicChain,)
    title: ClassVar[str] = "steady state of a harmonic chain"
    first_of: ClassVar[tuple[str, ...]] = ("harmonic-chain",)
    seeded: ClassVar[bool] = False
    bounded: ClassVar[frozenset[str]] = frozenset(one.name for one in HarmonicState.variables)

    @classmethod
    def from_sections(cls, sections: Mapping[str, Any]) -> tuple[Question, ...]:
        """With `sizes`, the scaling of the current too."""
        own = cls.from_mapping({name: value for name, value in sections.items() if name != "sizes"})
        if sections.get("sizes") is None:
            return (own,)
        return own, HarmonicScalingQuestion.from_mapping(dict(sections))

    @classmethod
    def sections(cls) -> dict[str, Any]:
        """What a scaling takes."""
        lengths = copy(HarmonicScalingQuestion.sections()["sizes"])
        lengths.default = None
        return {"sizes": lengths}

    def answered(self, model: Any, progress: Progress | None = None) -> HarmonicState:
        """The verb."""
        return harmonic_state(model, progress=progress)

    def choice(self, model: Any) -> tuple[Any, str]:  # noqa: ARG002
        """The one way that there is."""
        return "integral over frequency", REASON

    def admit(self, model: Any) -> None:
        """Refuse a chain without a bath, or one that does not fit in memory."""
        super().admit(model)
        if not model.baths:
            raise InvalidInput("`baths` must hold at least one bath of given temperature, but there is none (got ())")
        _checks.memory("sites", model.sites, self.memory(model), "take fewer sites")

    def outputs(self, model: Any) -> tuple[Variable, ...]:
        """All numbers of a steady state."""
        N, baths = model.sites, len(model.baths)
        lengths = {"heat_currents": (baths,), "currents": (N - 1,)}
        sized = {"temperatures", "kinetic_energies", "position_variances"}
        return tuple(
            one.sized(*((N,) if one.name in sized else lengths.get(one.name, ()))) for one in HarmonicState.variables
        )

    def seconds(self, model: Any) -> float:
        """By the frequencies that a chain of this length needs; good to a factor of a few."""
        frequencies = PANELS * (model.sites + 5)
        pairs = 1e-8 * float(model.sites) ** 2.5 if model.inner.any() else 0.0
        return float(RATE * model.sites * frequencies + pairs)

    def memory(self, model: Any) -> float:
        """Rows of all sites, panels, and with self-consistent baths the matrix of conductances."""
        pairs = 40.0 * float(model.sites) ** 2 if model.inner.any() else 0.0
        return float(8.0 * NUMBERS * (model.sites + 100) * 3 + pairs)


class HarmonicScalingQuestion(Question):
    """Exponent, resistivity and verdict from the heat currents of several lengths.

    Parameters
    ----------
    sizes : sequence of int
        Lengths, at least three.
    keep : sequence of str, optional
        Which quantities are kept; by default all.
    """

    kind: Literal["harmonic-scaling"] = "harmonic-scaling"
    sizes: tuple[Several, ...]

    models: ClassVar[tuple[type, ...]] = (HarmonicChain,)
    title: ClassVar[str] = "scaling with the length"
    seeded: ClassVar[bool] = False

    def answered(self, model: Any, progress: Progress | None = None) -> HarmonicScaling:
        """The verb."""
        return harmonic_scaling(model, self.sizes, progress=progress)

    def summary(self, found: HarmonicScaling) -> dict[str, Any]:
        """What the lengths say, and the evidence."""
        judged = found.judgement
        numbers = {one.name: one.of(found) for one in found.declared()}
        told = {"holds": judged.holds, "transport": judged.transport, "grade": judged.grade, "sizes": found.sizes}
        return {"scaling": {**told, **numbers, "evidence": judged.evidence.to_mapping()}}

    def choice(self, model: Any) -> tuple[Any, str]:
        """That of the longest."""
        return HarmonicQuestion().choice(model)

    def admit(self, model: Any) -> None:
        """Refuse lengths that are no lengths, and chains that cannot be made longer or carry no current."""
        super().admit(model)
        for size in lengths_of(self.sizes).tolist():
            one = model.resized(size)
            HarmonicQuestion().admit(one)
            check_driven(one)

    def outputs(self, model: Any) -> tuple[Variable, ...]:  # noqa: ARG002
        """What a scaling says, and its currents."""
        count, declared = len(self.sizes), {one.name: one for one in HarmonicScaling.variables}
        holds = "whether Fourier's law holds: 1 or 0 where that is known, NaN where it is open"
        return (
            Variable("holds", (), (), "1", holds),
            *(one for one in declared.values() if not one.dims),
            Variable("lengths", ("length",), (count,), "1", "N", source="sizes"),
            *(
                Variable(
                    f"length_{name}",
                    ("length",),
                    (count,),
                    one.units,
                    one.long_name,
                    carries=one.carries,
                    source=one.source or name,
                )
                for name, one in declared.items()
                if one.dims == ("sites",)
            ),
            declared["local_alpha"].sized(count - 1),
        )

    def seconds(self, model: Any) -> float:
        """That of the steady states."""
        return sum(HarmonicQuestion().seconds(model.resized(size)) for size in self.sizes)

    def memory(self, model: Any) -> float:
        """That of the longest."""
        return max(HarmonicQuestion().memory(model.resized(size)) for size in self.sizes)
