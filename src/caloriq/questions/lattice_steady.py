"""The steady state of any open lattice."""

from __future__ import annotations

from typing import Any, ClassVar, Literal, NamedTuple

import numpy as np

from caloriq.models.lattice.coupled import coupled_baths
from caloriq.models.lattice.flows import Flows
from caloriq.models.lattice.model import Lattice
from caloriq.models.lattice.quasi_free import QuadraticFlows
from caloriq.questions.base import Question, beside_bounds
from caloriq.questions.drawing import Drawing
from caloriq.questions.steady import SteadyQuestion
from caloriq.results import Progress
from caloriq.steady.lattice.coupled import check_coupled, memory_of, seconds_of
from caloriq.steady.lattice.result import LatticeState, variables_of
from caloriq.steady.lattice.sampled import planned as planned_jumps
from caloriq.steady.lattice.solve import planned
from caloriq.steady.methods import AutoSteady, Full, SteadyMethod, Trajectories
from caloriq.steady.quasi_free.solve import planned as planned_two_point
from caloriq.steady.quasi_free.solve import taken
from caloriq.steady.result import SteadyState
from caloriq.steady.solve import recognised, steady_state
from caloriq.steady.thermal.result import DrivenState, variables_between
from caloriq.variables import Variable

# numbers between coupled baths that have bounds
BOUNDED = frozenset(
    {
        "heat_currents",
        "environment_currents",
        "particle_currents",
        "jump_heat_currents",
        "shift_current",
        "entropy_production",
        "energy",
        "populations",
    }
)


class LatticeSteadyQuestion(Drawing, Question):
    """Profiles, currents and what every environment brings, in the steady state; see `steady_state`.

    Parameters
    ----------
    method : Full, Sector, TwoPoint, Trajectories, AutoSteady or one of a spin chain
        How; in a file also just its name. A lattice that is a spin chain in other words is asked as one, unless `full` is
        asked for.
    keep : sequence of str, optional
        Which quantities are kept; by default all.
    """

    kind: Literal["lattice-steady-state"] = "lattice-steady-state"
    method: SteadyMethod = AutoSteady()

    models: ClassVar[tuple[type, ...]] = (Lattice,)
    title: ClassVar[str] = "steady state of a lattice"
    first_of: ClassVar[tuple[str, ...]] = ("lattice",)

    @classmethod
    def suits(cls, model: Any) -> bool:
        """An open one."""
        return not model.closed

    def _of_chain(self) -> SteadyQuestion:
        """The same of a spin chain."""
        return SteadyQuestion(method=self.method, keep=self.keep)

    def _plan(self, model: Lattice) -> _Planned:
        """What would run, with everything refused that can be before the work: as a spin chain, between coupled baths, in blocks."""
        chosen = self.chosen
        if coupled_baths(model):
            return _Planned(Full(), check_coupled(model, chosen), 1e6 + memory_of(model), seconds_of(model))
        chain = recognised(model, chosen)
        if chain is None and isinstance(chosen, Trajectories):
            jumping = planned_jumps(model, chosen)
            return _Planned(jumping.method, jumping.reason, jumping.memory, jumping.seconds)
        if chain is None:
            plan: Any = (planned if taken(model, chosen) is None else planned_two_point)(model, chosen)
            return _Planned(plan.method, plan.reason, 1e6 + plan.memory, plan.seconds)
        question, one = self._of_chain(), chain.chain
        question.admit(one)
        method, reason = question.choice(one)
        return _Planned(method, f"{reason}; {chain.reason}", question.memory(one), question.seconds(one))

    def admit(self, model: Any) -> None:
        """Refuse what has no unique steady state, or does not fit the method or the memory."""
        super().admit(model)
        self._plan(model)

    def outputs(self, model: Any) -> tuple[Variable, ...]:
        """All variables of the result, with their bounds."""
        if coupled_baths(model):
            beside = len(model.environments)
            sizes = {"bath": len(coupled_baths(model)), "level": model.dimension, "environment": beside}
            leads = any(bath.chemical_potential is not None for bath in coupled_baths(model))
            return beside_bounds(variables_between(beside=beside > 0, leads=leads), sizes, BOUNDED)
        if (chain := recognised(model, self.chosen)) is not None:
            return self._of_chain().outputs(chain.chain)
        modes = taken(model, self.chosen)
        flows = Flows(model) if modes is None else QuadraticFlows(modes)
        sizes = {"site": model.size, "bond": len(flows.bonds), "environment": len(model.environments)}
        return beside_bounds(variables_of(model), sizes, ending=self.beside)

    def answered(self, model: Any, progress: Progress | None = None) -> LatticeState | SteadyState | DrivenState:
        """The verb."""
        found: LatticeState | SteadyState | DrivenState = steady_state(model, method=self.chosen, progress=progress)
        return found

    def solve(self, model: Any) -> Any:
        """As its base; of a spin chain as the question of one."""
        chain = recognised(model, self.chosen)
        return super().solve(model) if chain is None else self._of_chain().solve(chain.chain)

    def choice(self, model: Any) -> tuple[Any, str]:
        """As the verb chooses."""
        plan = self._plan(model)
        return plan.method, plan.reason

    def told(self, found: Any) -> str:
        """What the environments bring, in one sentence; of a spin chain its verdict."""
        if isinstance(found, SteadyState):
            return super().told(found)
        names, brought = (
            (found.environments, found.inflows["energy"])
            if isinstance(found, LatticeState)
            else (
                (*found.bath_names, *found.environments),
                np.concatenate([found.heat_currents, found.environment_currents]),
            )
        )
        flows = zip(names, brought.tolist(), strict=True)
        return f"Energy per time: {', '.join(f'{flow:.6g} from {name}' for name, flow in flows)}."

    def seconds(self, model: Any) -> float:
        """By the blocks or levels that are solved, good to a factor of a few."""
        return self._plan(model).seconds

    def memory(self, model: Any) -> float:
        """As the verb says."""
        return self._plan(model).memory


class _Planned(NamedTuple):
    """What would run."""

    method: Any
    reason: str
    memory: float  # bytes
    seconds: float  # rough
