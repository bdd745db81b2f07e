"""An open lattice in time, and any under a drive, asked in files and at the points of sweeps."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from pydantic import BeforeValidator, Field

from caloriq.models.fields import by_name
from caloriq.models.lattice.flows import Flows
from caloriq.models.lattice.model import Lattice
from caloriq.models.lattice.starts import DomainWall, Gibbs, RandomState, SiteStates
from caloriq.models.times import Moments
from caloriq.questions.base import Question, beside_bounds
from caloriq.results import Progress
from caloriq.steady.lattice.driven import DrivenPlan, evolve_driven, planned_drive
from caloriq.steady.lattice.generator import sources
from caloriq.steady.lattice.in_time import LongPlan, evolve_open, planned_long
from caloriq.steady.lattice.relax import Plan, planned
from caloriq.steady.lattice.relaxation import LatticeRelaxation, variables_in_time
from caloriq.steady.lattice.under_drive import LatticeUnderDrive, variables_under_drive
from caloriq.steady.methods import AutoSteady, Full, Sector, TensorNetwork
from caloriq.variables import ENERGY, Variable

OpenStart = Annotated[
    SiteStates | DomainWall | RandomState | Gibbs, Field(discriminator="kind"), BeforeValidator(by_name)
]
TimeMethod = Annotated[Full | Sector | AutoSteady, Field(discriminator="kind"), BeforeValidator(by_name)]

OpenTimeMethod = Annotated[
    Full | Sector | TensorNetwork | AutoSteady, Field(discriminator="kind"), BeforeValidator(by_name)
]


class _InTime(Question):
    """What questions of lattices in time share: a start, instants, blocks, and a plan that says what they cost."""

    initial: OpenStart = DomainWall()
    times: Moments = Moments()

    models: ClassVar[tuple[type, ...]] = (Lattice,)

    def _plan(self, model: Any) -> Any:
        """What would run, with everything refused that can be before the work."""
        raise NotImplementedError

    def admit(self, model: Any) -> None:
        """Refuse what the verb cannot take, and what does not fit in memory or takes more than a day."""
        super().admit(model)
        self.initial.check_fits(model)
        self._plan(model)

    def choice(self, model: Any) -> tuple[Any, str]:
        """Where the state lives, and why there."""
        plan = self._plan(model)
        return plan.method, plan.reason

    def seconds(self, model: Any) -> float:
        """By steps and strengths, good to a factor of a few."""
        return float(self._plan(model).seconds)

    def memory(self, model: Any) -> float:
        """As the verb says."""
        return 1e6 + float(self._plan(model).memory)


class LatticeRelaxationQuestion(_InTime):
    """Profiles, currents, what every environment brings and entropies of an open lattice in time; see `caloriq.evolve`.

    Parameters
    ----------
    initial : SiteStates, DomainWall, RandomState or Gibbs
        The start; by default a wall in the middle.
    times : Moments
        When; by default 101 times up to 10.
    method : Full, Sector, TensorNetwork or AutoSteady
        How; in a file also just its name.
    keep : sequence of str, optional
        Which quantities are kept; by default all.
    """

    kind: Literal["lattice-relaxation"] = "lattice-relaxation"
    method: OpenTimeMethod = AutoSteady()
    title: ClassVar[str] = "an open lattice in time"

    def outputs(self, model: Any) -> tuple[Variable, ...]:
        """All variables of the result, with their bounds."""
        T, bonds = self.times.resolve().size, len(Flows(model).bonds)
        sizes = {"time": T, "site": model.size, "environment": len(sources(model)), "bond": bonds}
        return _with_times(variables_in_time(model), sizes)

    def answered(self, model: Any, progress: Progress | None = None) -> LatticeRelaxation:
        """The verb."""
        found = evolve_open(model, self.times.resolve(), initial=self.initial, method=self.chosen, progress=progress)
        assert isinstance(found, LatticeRelaxation)  # no two-point method stands in a file
        return found

    def told(self, found: LatticeRelaxation) -> str:
        """What the environments bring at the end, in one sentence."""
        last = min(float(found.times[-1]), found.known_until)
        end = int(np.searchsorted(found.times, last))
        flows = zip(found.environments, found.inflows["energy"][end].tolist(), strict=True)
        told = ", ".join(f"{flow:.6g} from {name}" for name, flow in flows)
        return f"An open lattice to t = {last:g}; energy per time then: {told}."

    def _plan(self, model: Any) -> Plan | LongPlan:
        long = planned_long(model, self.times.resolve(), self.initial, self.chosen)
        return long or planned(model, self.times.resolve(), self.initial, self.chosen)


class LatticeDriveQuestion(_InTime):
    """A lattice whose terms depend on time, closed or open: energies, currents of numbers, heat and work; see `caloriq.evolve`.

    Parameters
    ----------
    initial : SiteStates, DomainWall, RandomState or Gibbs
        The start; by default a wall in the middle. A thermal one is that of H at time 0.
    times : Moments
        When; by default 101 times up to 10.
    method : Full, Sector or AutoSteady
        How; in a file also just its name.
    keep : sequence of str, optional
        Which quantities are kept; by default all.
    """

    kind: Literal["lattice-drive"] = "lattice-drive"
    method: TimeMethod = AutoSteady()
    title: ClassVar[str] = "a lattice under a drive"

    def outputs(self, model: Any) -> tuple[Variable, ...]:
        """All variables of the result, with their bounds."""
        T, moving = self.times.resolve().size, self._plan(model).moving
        sizes = {"time": T, "site": model.size, "environment": len(model.environments), "bond": len(moving.bonds)}
        return _with_times(variables_under_drive(model), sizes)

    def answered(self, model: Any, progress: Progress | None = None) -> LatticeUnderDrive:
        """The verb."""
        return evolve_driven(model, self.times.resolve(), initial=self.initial, method=self.chosen, progress=progress)

    def told(self, found: LatticeUnderDrive) -> str:
        """What the drive has brought, in one sentence."""
        return f"A lattice under a drive to t = {found.times[-1]:g}: its energy is {found.energy[-1]:.6g}, the drive has brought {found.work[-1]:.6g}."

    def seconds(self, model: Any) -> float:
        """By the strengths of all terms, good to a factor of a few."""
        plan, last = self._plan(model), float(self.times.resolve()[-1])
        width = sum(abs(c) for one in plan.moving.pieces for c in one.lattice.strings.terms.values())
        return 0.1 + (2 * width * last + 20) * 12 * (1e-4 + 2e-7 * plan.start.size)

    def _plan(self, model: Any) -> DrivenPlan:
        return planned_drive(model, self.times.resolve(), self.initial, self.chosen)


def _with_times(variables: tuple[Variable, ...], sizes: dict[str, int]) -> tuple[Variable, ...]:
    """Times, and variables with their lengths and bounds."""
    instant = Variable("instant", ("time",), (sizes["time"],), f"1/({ENERGY})", "times", source="times")
    return instant, *beside_bounds(variables, sizes)
