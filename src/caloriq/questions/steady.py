"""The steady state of a driven chain, at every point of a sweep."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from typing import Any, ClassVar, Literal, Self

import numpy as np
from pydantic import model_validator

from caloriq._checks import Real, shown
from caloriq.accessor import STANDARD_ERROR
from caloriq.errors import CaloriqError, InvalidInput
from caloriq.models.classical import ClassicalChain
from caloriq.models.disorder import DisorderedChain
from caloriq.models.paths import changed
from caloriq.models.spins import SpinChain
from caloriq.questions.base import BOUND, Answer, Failure, Question, Seeds
from caloriq.questions.drawing import Drawing
from caloriq.results import Certificate, Check, Progress
from caloriq.steady.bounds import bound_of_mean
from caloriq.steady.declared import CURRENTS, DEPHASING, ENTROPY, EXCITATIONS, HEAT, POPULATIONS, STATE, bonds_of
from caloriq.steady.ensemble import SteadyEnsemble, batched, graph_of, pairs_of
from caloriq.steady.methods import AutoSteady, SteadyMethod
from caloriq.steady.result import SteadyState, one_wire
from caloriq.steady.samples import SteadySamples, steady_samples
from caloriq.steady.solve import planned, steady_state
from caloriq.steady.table import implementation
from caloriq.steady.unique import check_reach
from caloriq.variables import ENERGY, Variable

WIRE = "excitation current along the chain, the mean over its bonds"
FIRST = "excitation current from the first bath"
HEAT_LOWERED = Variable(
    "heat_lowered", ("bath",), long_name="whether |heat| is lower than that of the reference", kind="truth"
)
SIZES = (2, 3, 4)
ARRAYS = ("currents", "heat_currents", "excitation_currents", "populations")
SINGLE = (*ARRAYS, "dephasing_current", "temperatures", "energy", "entropy_production")
SAMPLED = {**{name: name for name in ARRAYS}, "dephasing_current": "dephasing_currents"}  # attributes of samples
RATE = 1e9  # products and sums per second, of a core: for a rough time only


class SteadyQuestion(Drawing, Question):
    """Steady currents, populations and temperatures.

    Parameters
    ----------
    method : ClosedForm, TwoPoint, Direct, Sector, Full, OneExcitation, Trajectories, Occupations or AutoSteady
        How; in a file also just its name. The seed of `Trajectories` is an ensemble's to draw where it is left open.
    reference : mapping, optional
        Fields of the model with other values, `chain.dephasing: 0`: the same chain is solved with them too, and the
        answer says whether the currents are lower than there.
    keep : sequence of str, optional
        Which quantities are kept; by default all.
    """

    kind: Literal["steady-state"] = "steady-state"
    method: SteadyMethod = AutoSteady()
    reference: dict[str, Any] | None = None

    models: ClassVar[tuple[type, ...]] = (SpinChain, ClassicalChain, DisorderedChain)
    title: ClassVar[str] = "steady state"
    first_of: ClassVar[tuple[str, ...]] = ("spin-chain", "fmo", "classical-chain", "disordered-chain")
    bounded: ClassVar[frozenset[str]] = frozenset({"current", "reference_current", *SINGLE})

    @model_validator(mode="after")
    def _compares(self) -> Self:
        for path, value in (self.reference or {}).items():
            if path.split(".")[-1] in ("seed", "samples", "kind"):
                raise InvalidInput(
                    f"`reference` must compare the same sample, but it names its {path.split('.')[-1]} (got {path}: {shown(value)}); vary it instead"
                )
        return self

    def to_mapping(self) -> dict[str, Any]:
        """As its base; 0 and 0.0 are the same reference."""
        numbers = {path: float(v) if type(v) is int else v for path, v in (self.reference or {}).items()}
        found = super().to_mapping()
        return found if self.reference is None else {**found, "reference": {**found["reference"], **numbers}}

    @classmethod
    def from_sections(cls, sections: Mapping[str, Any]) -> tuple[Question, ...]:
        """With `sizes`, the scaling of the current too."""
        from caloriq.questions.lengths import ScalingQuestion

        own = cls.from_mapping({name: value for name, value in sections.items() if name not in ("sizes", "of")})
        if sections.get("sizes") is None:
            ScalingQuestion.from_mapping({**sections, "sizes": SIZES})  # `of` is checked even where nothing is scaled
            return (own,)
        return own, ScalingQuestion.from_mapping(dict(sections))

    @classmethod
    def sections(cls) -> dict[str, Any]:
        """Method, and what a scaling takes."""
        from caloriq.questions.lengths import ScalingQuestion

        found = ScalingQuestion.sections()
        lengths = copy(found["sizes"])
        lengths.default = None
        return {**found, "sizes": lengths}

    def answered(self, model: Any, progress: Progress | None = None) -> SteadyState | SteadyEnsemble:
        """The verb."""
        found: SteadyState | SteadyEnsemble = steady_state(model, method=self.chosen, progress=progress)
        return found

    def admit_whole(self, model: Any) -> None:
        """As `admit`; points alone are held beside a reference."""
        if self.reference is not None:
            raise InvalidInput(
                f"`reference` must be left out for one model, but it is given (got {shown(self.reference)}); use a sweep"
            )
        super().admit_whole(model)

    def summary(self, found: SteadyState | SteadyEnsemble) -> dict[str, Any]:
        """Currents, energy, entropy production and their bounds; of an ensemble the mean currents."""
        heat = found.heat_currents.reshape(-1, len(found.bath_names)).mean(axis=0)
        numbers: dict[str, Any] = {
            "current": found.currents.mean(),
            "heat_currents": dict(zip(found.bath_names, heat, strict=True)),
        }
        if not isinstance(found, SteadyState):
            return {**numbers, "dephasing_current": found.dephasing_currents.mean()}
        bounds = {name: bound.tolist() for name, bound in found.bounds.items() if name != "temperatures"}
        return {
            **numbers,
            "dephasing_current": found.dephasing_current,
            "energy": found.energy,
            "entropy_production": found.entropy_production,
            "second_law": found.second_law,
            **({"standard_errors": _plain(found.standard_errors)} if found.standard_errors else {"bounds": bounds}),
        }

    def choice(self, model: Any) -> tuple[Any, str]:
        """As the verb chooses; of an ensemble the batch by its name."""
        made = planned(model, self.chosen)
        return made.method if made.batch is None else made.name, made.reason

    def admit(self, model: Any) -> None:
        """Refuse what has no unique steady state, or does not fit the method or the memory."""
        super().admit(model)
        for one in self._asked(model):
            check_reach(graph_of(one) if isinstance(one, DisorderedChain) else one)
            planned(one, self.chosen)

    def outputs(self, model: Any) -> tuple[Variable, ...]:
        """Currents, populations and temperatures; with a reference, whether the currents are lower than there."""
        sample = isinstance(model, DisorderedChain)
        chain = model.chain if sample else model
        sites, baths = chain.sites, len(chain.baths)
        bonds = len(pairs_of(model)[0] if sample else bonds_of(model))
        found = [
            Variable("current", (), (), ENERGY, WIRE if is_wire(model) else FIRST, carries="excitations"),
            CURRENTS.sized(bonds),
            HEAT.sized(baths),
            EXCITATIONS.sized(baths),
            DEPHASING,
            POPULATIONS.sized(sites),
        ]
        if not sample:
            found += [SteadyState.variable("temperatures").sized(sites), STATE, ENTROPY]
        elif all(bath.temperature is not None for bath in chain.baths):
            found.append(ENTROPY)
        if self.reference is not None:
            found += [
                Variable("reference_current", (), (), ENERGY, "current of the reference", carries="excitations"),
                Variable("lowered", (), (), "1", "whether |current| is lower than that of the reference", "truth"),
                HEAT_LOWERED.sized(baths),
            ]
        return tuple(found)

    def solve(self, model: Any) -> tuple[Mapping[str, Any], Certificate, str]:
        """One steady state, and that of the reference."""
        return self._solved(self._asked(model))

    def _solved(self, models: Sequence[Any]) -> tuple[Mapping[str, Any], Certificate, str]:
        """The first of the models, compared with the second where there are two."""
        found = [_numbers(steady_state(one, method=self.chosen)) for one in models]
        numbers, proofs, methods = zip(*found, strict=True)
        return self._compared(*numbers), Certificate.worst(proofs), methods[0]

    def answers(self, model: Any, seeds: Sequence[Seeds | None]) -> list[Answer | Failure]:
        """Samples of a disordered chain together, where its size allows."""
        drawn = [one.model for one in seeds if one is not None and one.model is not None]
        if not isinstance(model, DisorderedChain) or len(drawn) < len(seeds):
            return super().answers(model, seeds)
        self.admit(model)
        found = [steady_samples(one, drawn, method=self.chosen) for one in self._asked(model)]
        values = self._compared(*(_columns(model, one) for one in found))
        kept = self.columns(model)
        table = np.concatenate([np.reshape(values[one.name], (len(drawn), -1)).astype(float) for one in kept], axis=1)
        return [self._sample(model, kept, table[i], found, i) for i in range(len(drawn))]

    def _sample(
        self, model: DisorderedChain, kept: tuple[Variable, ...], values: Real, found: list[SteadySamples], i: int
    ) -> Answer | Failure:
        """The answer of one sample, with the worst of the proofs of the chain and its reference."""
        if any(one.errors[i] is not None for one in found):
            return self._alone(model, found[0].seeds[i])
        proofs = [Check(p.name, float(p.values[i]), p.limit, p.meaning) for one in found for p in one.proofs]
        certificate = Certificate(tuple(p for p in proofs if not np.isnan(p.value)))
        return Answer(
            kept, values, certificate if len(found) == 1 else Certificate.worst([certificate]), found[0].method.name
        )

    def _alone(self, model: DisorderedChain, seed: int) -> Answer | Failure:
        """A sample that the dense batch could not certify, by the method for one chain."""
        drawn = model.model_copy(update={"seed": seed})
        try:
            return self.packed(model, *self._solved([one.sample(0) for one in self._asked(drawn)]))
        except CaloriqError as error:
            return Failure(f"{type(error).__name__}: {error}")

    def seconds(self, model: Any) -> float:
        """By the method that runs and the size of what it solves; measured, good to a factor of 3."""
        sample = isinstance(model, DisorderedChain)
        kind = batched(model) if sample and isinstance(self.method, AutoSteady) else None
        if kind is not None:
            size = model.sites**2 if kind == "two-point" else _sector(model.sites)
            return len(self._asked(model)) * (3e-5 + size**3 / (8 * RATE))
        one = model.sample(0) if sample else model
        chosen: Any = planned(one, self.chosen).method
        return float(len(self._asked(model)) * implementation(chosen).seconds(one, chosen))

    def memory(self, model: Any) -> float:
        """As the verb says."""
        return max(planned(one, self.chosen).memory for one in self._asked(model))

    def _asked(self, model: Any) -> list[Any]:
        """The model, and its reference."""
        if self.reference is None:
            return [model]
        other = model
        for path, value in self.reference.items():
            other = changed(other, path, value)
        return [model, other]

    def _compared(self, values: dict[str, Any], other: Mapping[str, Any] | None = None) -> dict[str, Any]:
        if other is None:
            return values
        return {
            **values,
            "reference_current": other["current"],
            f"reference_current{self.beside}": other[f"current{self.beside}"],
            "lowered": np.abs(values["current"]) < np.abs(other["current"]),
            "heat_lowered": np.abs(values["heat_currents"]) < np.abs(other["heat_currents"]),
        }


def _plain(errors: Mapping[str, Any]) -> dict[str, Any]:
    return {name: np.asarray(error).tolist() for name, error in errors.items()}


def _numbers(found: Any) -> tuple[dict[str, Any], Certificate, str]:
    """What is asked of a steady state, or of an ensemble of one sample."""
    if isinstance(found, SteadyState) and found.standard_errors:
        values = _with_errors(found)
    elif isinstance(found, SteadyState):
        values = _columns(found.model, found, {name: name for name in SINGLE})
    else:
        values = {name: column[0] for name, column in _columns(found.model, found).items()}
    return values, found.certificate, found.method.name


def _with_errors(found: SteadyState) -> dict[str, Any]:
    """Numbers and standard errors of a state from samples, by the names of a sweep."""
    values: dict[str, Any] = {name: getattr(found, name) for name in SINGLE}
    values |= {f"{name}{STANDARD_ERROR}": found.standard_errors[name] for name in SINGLE}
    error = found.standard_errors["current" if is_wire(found.model) else "excitation_currents"]
    through = found.current if is_wire(found.model) else found.excitation_currents[0]
    return {**values, "current": through, f"current{STANDARD_ERROR}": np.ravel(error)[0]}


def _columns(model: Any, found: Any, names: Mapping[str, str] = SAMPLED) -> dict[str, Any]:
    """Numbers and bounds, by the names of a sweep, of attributes; of samples, which lead."""
    values = {name: getattr(found, attribute) for name, attribute in names.items()}
    values |= {f"{name}{BOUND}": found.bounds[attribute] for name, attribute in names.items()}
    if names is SAMPLED and found.entropy_production is not None:
        values |= {
            "entropy_production": found.entropy_production,
            f"entropy_production{BOUND}": found.entropy_production_bound,
        }
    return values | _through(model, values)


def is_wire(model: Any) -> bool:
    """Whether every bond carries the same current."""
    return one_wire(graph_of(model) if isinstance(model, DisorderedChain) else model)


def _through(model: Any, values: Mapping[str, Any]) -> dict[str, Any]:
    """Current through the model and its bound: along the bonds of a chain, otherwise from the first bath; samples lead."""
    if not is_wire(model):
        flows = "excitation_currents"
        return {"current": values[flows][..., 0], f"current{BOUND}": values[f"{flows}{BOUND}"][..., 0]}
    bonds = values["currents"]
    return {"current": bonds.mean(axis=-1), f"current{BOUND}": bound_of_mean(bonds, values[f"currents{BOUND}"])}


def _sector(sites: int) -> float:
    """C(2N, N), the dimension of the sector."""
    return float(np.exp(sum(np.log((sites + k) / k) for k in range(1, sites + 1))))
