"""How a driven chain responds to a small difference of its baths, at every point of a sweep."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np

from caloriq.models.fields import Count, Positive, Several
from caloriq.models.spins import SpinChain
from caloriq.questions.base import Question
from caloriq.questions.steady import SteadyQuestion
from caloriq.results import Progress
from caloriq.steady.methods import AutoSteady, SteadyMethod, TensorNetwork
from caloriq.transport.linear_response.pieces import driven
from caloriq.transport.linear_response.result import LinearResponse
from caloriq.transport.linear_response.solve import DRIVES, FIRST_ORDER, bounded, chains_of, checked, linear_response
from caloriq.variables import Variable

SHARE = 1 / 8  # of the work on a steady state: half the bond dimension
RENAMED = {"rate": "bath_rate", "sites": "length", "drive": "small_drive"}  # dimensions beside the axes of a sweep


class LinearResponseQuestion(Question):
    """Conductance, diffusivity and contact resistance at infinite temperature, as the drive vanishes.

    Parameters
    ----------
    rates : sequence of float, optional
        Γ of each bath; by default 1/4, 1 and 4 times that of the model's baths, or of its hopping.
    sizes : sequence of int, optional
        Lengths; by default that of the model.
    drives : sequence of float
        μ of the steady states.
    method : ClosedForm, TwoPoint, Direct, Sector, Full, TensorNetwork, OneExcitation, Occupations or AutoSteady
        Of the steady states; in a file also just its name. The `tol` of a tensor network is the error of the conductance.
    first_order_to : int
        Sites up to which the equation of first order is solved.
    keep : sequence of str, optional
        Which quantities are kept; by default all.
    """

    kind: Literal["linear-response"] = "linear-response"
    rates: tuple[Positive, ...] | None = None
    sizes: tuple[Several, ...] | None = None
    drives: tuple[Positive, ...] = DRIVES
    method: SteadyMethod = AutoSteady()
    first_order_to: Count = FIRST_ORDER

    models: ClassVar[tuple[type, ...]] = (SpinChain,)
    title: ClassVar[str] = "linear response of a driven chain"
    seeded: ClassVar[bool] = False

    def answered(self, model: Any, progress: Progress | None = None) -> LinearResponse:
        """The verb."""
        return linear_response(
            model,
            rates=self.rates,
            sizes=self.sizes,
            drives=self.drives,
            method=self.chosen,
            first_order_to=self.first_order_to,
            progress=progress,
        )

    def summary(self, found: LinearResponse) -> dict[str, Any]:
        """What is found, at every rate and length."""
        numbers = {one.name: one.of(found) for one in found.declared() if one.name != "profile"}
        told = {"rates": found.rates, "sizes": found.sizes, "drives": found.drives}
        return {"linear_response": {**told, **numbers, "grade": found.grade, "methods": found.methods}}

    def choice(self, model: Any) -> tuple[Any, str]:
        """That of the steady states of the longest."""
        return self._steady.choice(self._driven(model)[-1])

    def admit(self, model: Any) -> None:
        """Refuse what is no chain, and what the method of the steady states does not take."""
        super().admit(model)
        bounded(self.chosen)
        for one in self._driven(model):
            self._steady.admit(one)

    def outputs(self, model: Any) -> tuple[Variable, ...]:
        """All but what is drawn from them, with the rates, lengths and drives."""
        rates, sizes, drives = checked(model, self.rates, self.sizes, self.drives)
        lengths = {"rate": len(rates), "sites": len(sizes), "drive": len(drives), "site": int(sizes[-1])}
        found = []
        for one in (*LinearResponse.coordinates[:3], *LinearResponse.variables):
            dims = tuple(RENAMED.get(dim, dim) for dim in one.dims)
            shape = tuple(lengths[dim] for dim in one.dims)
            name = f"{RENAMED[one.name]}s" if one in LinearResponse.coordinates else one.name
            found.append(
                Variable(name, dims, shape, one.units or "1", one.long_name, one.kind, one.carries, one.source)
            )
        return tuple(found)

    def seconds(self, model: Any) -> float:
        """That of the steady states, and as much for each equation of first order; a fraction of one for a tensor network at no drive."""
        rates, _, drives = checked(model, self.rates, self.sizes, self.drives)

        def often(one: SpinChain) -> float:
            network = isinstance(self._steady.choice(one)[0], TensorNetwork)
            return (SHARE if network else float(len(drives))) + (one.sites <= self.first_order_to)

        return len(rates) * sum(self._steady.seconds(one) * often(one) for one in self._driven(model))

    def memory(self, model: Any) -> float:
        """That of the longest."""
        return max(self._steady.memory(one) for one in self._driven(model))

    def _driven(self, model: Any) -> list[SpinChain]:
        """Chains of all lengths at the last rate and drive."""
        rates, sizes, drives = checked(model, self.rates, self.sizes, self.drives)
        return [driven(one, float(rates[-1]), float(np.min(drives))) for one in chains_of(model, sizes)]

    @property
    def _steady(self) -> SteadyQuestion:
        return SteadyQuestion(method=self.method)
