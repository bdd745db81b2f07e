"""The general job for driven chains: steady state, and with sizes the scaling and the verdict."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from caloriq.models.classical import ClassicalChain
from caloriq.models.definition import Definition
from caloriq.models.disorder import DisorderedChain
from caloriq.models.fields import Several
from caloriq.models.spins import SpinChain
from caloriq.results import Progress
from caloriq.steady.ensemble import SteadyEnsemble, graph_of
from caloriq.steady.methods import Auto, Chosen, SteadyMethod
from caloriq.steady.result import SteadyState
from caloriq.steady.solve import Plan, planned, steady_state
from caloriq.steady.unique import check_reach
from caloriq.transport.bulk import Carried
from caloriq.transport.scaling import Scaling, lengths_of, resized, scaling

DrivenModel = Annotated[SpinChain | ClassicalChain | DisorderedChain, Field(discriminator="kind")]


class SteadyRun(Definition):
    """What `caloriq run` reads for a driven chain: a model, a method, and lengths to compare.

    Parameters
    ----------
    model : SpinChain, ClassicalChain or DisorderedChain
        What is driven.
    method : ClosedForm, TwoPoint, Sector, Full, OneExcitation, Classical or Auto
        How; in a file also just its name, as in `method: sector`.
    sizes : list of int, optional
        Lengths for the scaling of the current and the verdict on Fourier's law; without them one steady state.
    of : {"heat", "excitations"}
        The current whose scaling is asked; in a file `of: heat`, which is the default, or `of: excitations`.
    """

    model: DrivenModel
    method: SteadyMethod = Auto()
    sizes: list[Several] | None = None
    of: Carried = "heat"

    @model_validator(mode="after")
    def _can_run(self) -> SteadyRun:
        check_reach(graph_of(self.model) if isinstance(self.model, DisorderedChain) else self.model)
        if self.sizes:
            resized(self.model, self.sizes[0])
        return self

    @property
    def chosen(self) -> Chosen | Literal["auto"]:
        """The method as the verbs take it."""
        return "auto" if isinstance(self.method, Auto) else self.method

    def plans(self) -> list[Plan]:
        """What would be done for the model and for every size, with everything refused that can be before the work."""
        models = [self.model]
        if self.sizes is not None:
            models += [resized(self.model, int(size)) for size in lengths_of(self.sizes)]
        return [planned(model, self.chosen) for model in models]

    def solve(self, progress: Progress | None = None) -> tuple[SteadyState | SteadyEnsemble, Scaling | None]:
        """Steady state of the model, and its scaling if sizes are given."""
        self.plans()
        state = steady_state(self.model, method=self.chosen, progress=progress)
        if self.sizes is None:
            return state, None
        return state, scaling(self.model, self.sizes, method=self.chosen, of=self.of, progress=progress)


def steady_sentence(state: SteadyState | SteadyEnsemble, lengths: Scaling | None) -> str:
    """The verdict: from the scaling, or that one length allows none; and the second law where it is broken."""
    broken = ""
    if isinstance(state, SteadyState) and not state.second_law:
        broken = f" The entropy production is negative ({state.entropy_production:.3g}): local baths on unequal frequencies break the second law here."
    if lengths is not None:
        return lengths.sentence + broken
    if isinstance(state, SteadyEnsemble):
        mean, error = state.mean(state.currents.mean(axis=1))
        return f"Mean excitation current {float(mean):.6g} ± {float(error):.1g} over {len(state.currents)} samples; one length says nothing about Fourier's law: add sizes."
    return f"Excitation current {state.current:.12g}; one length says nothing about Fourier's law: add sizes.{broken}"
