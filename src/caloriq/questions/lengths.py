"""How the current of a driven chain scales with its length, at every point of a sweep."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar, Literal

from caloriq.errors import CaloriqError, InvalidInput
from caloriq.models.classical import ClassicalChain
from caloriq.models.disorder import DisorderedChain
from caloriq.models.fields import Several
from caloriq.models.spins import SpinChain
from caloriq.questions.base import Question
from caloriq.questions.steady import SteadyQuestion
from caloriq.results import Progress
from caloriq.steady.methods import AutoSteady, SteadyMethod
from caloriq.transport.bulk import Carried
from caloriq.transport.lengths import lengths_of, resized
from caloriq.variables import ENERGY, Variable
from caloriq.verdicts.scaling import Scaling, scaling

FITTED = ("alpha", "alpha_error", "alpha_drift", "local_alpha", "resistivity", "contact_resistance")
SLOPES = ("resistivity", "resistivity_error", "contact_resistance", "contact_error")


def _diffusivity(found: Scaling) -> float | None:
    """D, or None where it is refused."""
    try:
        return found.diffusivity
    except CaloriqError:
        return None


class ScalingQuestion(Question):
    """Exponent, resistivity and diffusivity from the steady currents of several lengths.

    Parameters
    ----------
    sizes : sequence of int
        Lengths, at least three.
    of : {"heat", "excitations"}
        Which current; heat by default. Where dephasing takes energy out of the bulk there is no law of heat, `holds` is
        NaN, and excitations are to be asked.
    method : ClosedForm, TwoPoint, Direct, Sector, Full, OneExcitation, Occupations or AutoSteady
        How; in a file also just its name.
    keep : sequence of str, optional
        Which quantities are kept; by default all.
    """

    kind: Literal["scaling"] = "scaling"
    sizes: tuple[Several, ...]
    of: Carried = "heat"
    method: SteadyMethod = AutoSteady()

    models: ClassVar[tuple[type, ...]] = (SpinChain, ClassicalChain, DisorderedChain)
    title: ClassVar[str] = "scaling with the length"

    def answered(self, model: Any, progress: Progress | None = None) -> Scaling:
        """The verb."""
        return scaling(model, self.sizes, method=self._steady.chosen, of=self.of, progress=progress)

    def summary(self, found: Scaling) -> dict[str, Any]:
        """What the lengths say, and the evidence."""
        judged = found.judgement
        numbers = {
            "of": found.of,
            "holds": judged.holds,
            "transport": judged.transport,
            "grade": judged.grade,
            "sizes": found.sizes,
            "currents": found.currents,
            "errors": found.errors,
            "methods": found.methods,
            "typical_currents": found.typical,
            **{name: getattr(found, name) for name in FITTED},
            "heat_lost_to_dephasing": found.lost,
            "evidence": judged.evidence.to_mapping(),
        }
        return {"scaling": numbers}

    def choice(self, model: Any) -> tuple[Any, str]:
        """That of the longest."""
        return self._steady.choice(resized(model, int(lengths_of(self.sizes)[-1])))

    def admit(self, model: Any) -> None:
        """Refuse lengths that are no lengths, and chains that cannot be made longer."""
        super().admit(model)
        for size in lengths_of(self.sizes).tolist():
            self._steady.admit(resized(model, size))

    def admit_sample(self, model: Any) -> None:
        """As `admit`; a scaling is one of all samples of a chain, not of each."""
        if isinstance(model, DisorderedChain):
            raise InvalidInput(
                "`question` must be asked of single samples in a sweep, but a scaling is one of all samples of a chain (got disordered-chain); use caloriq run, or vary chain.sites"
            )
        super().admit_sample(model)

    def outputs(self, model: Any) -> tuple[Variable, ...]:  # noqa: ARG002
        """What a scaling says, and its currents."""
        count, declared = len(self.sizes), {one.name: one for one in Scaling.declared_of(self.of)}
        return (
            Variable(
                "holds", (), (), "1", "whether Fourier's law holds: 1 or 0 where that is known, NaN where it is open"
            ),
            Variable(
                "ohmic", (), (), "1", "whether 1/J rises along a straight line, which short chains always do", "truth"
            ),
            Variable("settled", (), (), "1", "whether the local exponent has stopped drifting", "truth"),
            *(declared[name] for name in ("alpha", "alpha_error", "alpha_drift")),
            Variable("alpha_tail", (), (), "1", "local α at the largest lengths", source="tail"),
            *(declared[name] for name in SLOPES),
            replace(declared["lost"], name="heat_lost", source="lost"),
            Variable(
                "diffusivity",
                units=ENERGY,
                long_name="D where Fourier's law holds or the lengths are consistent with it, else NaN",
                source=_diffusivity,
            ),
            Variable("lengths", ("length",), (count,), "1", "N", source="sizes"),
            replace(declared["current"], name="length_currents", dims=("length",), shape=(count,)),
            replace(declared["error"], name="length_errors", dims=("length",), shape=(count,)),
            declared["local_alpha"].sized(count - 1),
        )

    def seconds(self, model: Any) -> float:
        """That of the steady states."""
        return sum(self._steady.seconds(resized(model, size)) for size in self.sizes)

    def memory(self, model: Any) -> float:
        """That of the longest."""
        return max(self._steady.memory(resized(model, size)) for size in self.sizes)

    @property
    def _steady(self) -> SteadyQuestion:
        return SteadyQuestion(method=self.method)
