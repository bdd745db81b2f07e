"""The steady state of any open lattice."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar, Literal

from caloriq.models.lattice.coupled import coupled_baths
from caloriq.models.lattice.flows import Flows
from caloriq.models.lattice.model import Lattice
from caloriq.questions.base import Question
from caloriq.questions.steady import SteadyQuestion
from caloriq.results import Progress
from caloriq.steady.lattice.coupled import check_coupled, memory_of, seconds_of
from caloriq.steady.lattice.result import LatticeState, variables_of
from caloriq.steady.lattice.solve import planned
from caloriq.steady.methods import AutoSteady, Full, SteadyMethod
from caloriq.steady.result import SteadyState
from caloriq.steady.solve import recognised, steady_state
from caloriq.steady.thermal.result import DrivenState
from caloriq.variables import Variable


class LatticeSteadyQuestion(Question):
    """Profiles, currents and what every environment brings, in the steady state; see `steady_state`.

    Parameters
    ----------
    method : Full, Sector, AutoSteady or one of a spin chain
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

    def _chain(self, model: Lattice) -> tuple[SteadyQuestion, Any] | None:
        """The question of the spin chain that the lattice is, and that chain."""
        found = recognised(model, self.chosen)
        return None if found is None else (SteadyQuestion(method=self.method, keep=self.keep), found.chain)

    def admit(self, model: Any) -> None:
        """Refuse what has no unique steady state, or does not fit the method or the memory."""
        if isinstance(model, Lattice) and (chain := self._chain(model)) is not None:
            chain[0].admit(chain[1])
            return
        super().admit(model)
        if coupled_baths(model):
            check_coupled(model, self.chosen)
        else:
            planned(model, self.chosen)

    def outputs(self, model: Any) -> tuple[Variable, ...]:
        """All variables of the result, with their bounds."""
        if (chain := self._chain(model)) is not None:
            return chain[0].outputs(chain[1])
        if coupled_baths(model):
            return _of_coupled(model)
        sizes = {"site": model.size, "bond": len(Flows(model).bonds), "environment": len(model.environments)}
        found = []
        for one in variables_of(model):
            sized = one.sized(*(sizes[dim] for dim in one.dims))
            bound = Variable(
                f"{one.name}_bound", sized.dims, sized.shape, one.units, f"bound on the error of {one.name}"
            )
            found += [sized, replace(bound, source=_bound_of(one.name))]
        return tuple(found)

    def answered(self, model: Any, progress: Progress | None = None) -> LatticeState | SteadyState | DrivenState:
        """The verb."""
        found: LatticeState | SteadyState | DrivenState = steady_state(model, method=self.chosen, progress=progress)
        return found

    def solve(self, model: Any) -> Any:
        """As its base; of a spin chain as the question of one."""
        chain = self._chain(model)
        return super().solve(model) if chain is None else chain[0].solve(chain[1])

    def choice(self, model: Any) -> tuple[Any, str]:
        """As the verb chooses."""
        chain = self._chain(model)
        if coupled_baths(model):
            return Full(), check_coupled(model, self.chosen)
        if chain is None:
            plan = planned(model, self.chosen)
            return plan.method, plan.reason
        found = recognised(model, self.chosen)
        method, reason = chain[0].choice(chain[1])
        return method, f"{reason}; {found.reason if found is not None else ''}"

    def told(self, found: Any) -> str:
        """What the environments bring, in one sentence; of a spin chain its verdict."""
        if isinstance(found, SteadyState):
            return super().told(found)
        names, brought = (
            (found.environments, found.inflows["energy"])
            if isinstance(found, LatticeState)
            else (found.bath_names, found.heat_currents)
        )
        flows = zip(names, brought.tolist(), strict=True)
        return f"Energy per time: {', '.join(f'{flow:.6g} from {name}' for name, flow in flows)}."

    def seconds(self, model: Any) -> float:
        """By the blocks or levels that are solved, good to a factor of a few."""
        if coupled_baths(model):
            return seconds_of(model)
        chain = self._chain(model)
        return planned(model, self.chosen).seconds if chain is None else chain[0].seconds(chain[1])

    def memory(self, model: Any) -> float:
        """As the verb says."""
        if coupled_baths(model):
            return 1e6 + memory_of(model)
        chain = self._chain(model)
        return 1e6 + planned(model, self.chosen).memory if chain is None else chain[0].memory(chain[1])


def _of_coupled(model: Lattice) -> tuple[Variable, ...]:
    """Variables of the steady state between coupled baths, with the bounds that it has."""
    sizes = {"bath": len(model.baths), "level": model.dimension}
    bounded = {"heat_currents", "jump_heat_currents", "shift_current", "entropy_production", "energy", "populations"}
    found = []
    for one in DrivenState.variables:
        found.append(one.sized(*(sizes[dim] for dim in one.dims)))
        if one.name in bounded:
            bound = Variable(
                f"{one.name}_bound", one.dims, found[-1].shape, one.units, f"bound on the error of {one.name}"
            )
            found.append(replace(bound, source=_bound_of(one.name)))
    return tuple(found)


def _bound_of(name: str) -> Any:
    return lambda found: found.bounds[name]
