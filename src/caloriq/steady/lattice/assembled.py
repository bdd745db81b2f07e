"""The steady state of an open lattice put together from its numbers, by whatever method they were found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np

from caloriq._checks import Complex, Real
from caloriq.models.lattice.densities import ENERGY
from caloriq.models.lattice.model import Lattice
from caloriq.results import Certificate, Check, MethodReport, frozen
from caloriq.steady.bounds import Bounded, ratio
from caloriq.steady.entropy import by_temperatures
from caloriq.steady.lattice.read import RELATIVE, Read, Seen
from caloriq.steady.lattice.result import LatticeState


def assembled(
    model: Lattice,
    method: MethodReport,
    checks: Sequence[Check],
    numbers: Read,
    bonds: Any,
    *,
    state: tuple[Complex, ...] = (),
    two_point: Complex | None = None,
) -> LatticeState:
    """The result, whatever its certificate says; `certified` refuses one that does not hold."""
    produced = _entropy(model, numbers.inflows[ENERGY])
    return LatticeState(
        model=model,
        method=method,
        certificate=Certificate(tuple(checks)),
        environments=tuple(one.name for one in model.environments),
        profiles=_kept(numbers.profiles),
        currents=_kept(numbers.currents),
        inflows=_kept(numbers.inflows),
        energy=float(numbers.energy.value[0]),
        entropy_production=float(produced.value),
        bonds=bonds,
        bounds=_bounds(numbers, produced),
        state=state,
        two_point=two_point,
    )


def number_checks(carried: Sequence[str], numbers: Read) -> list[Check]:
    """That nothing is left over of what is carried, and that every number is known to its own digits."""
    return [*balances(carried, numbers), *_accuracy(numbers)]


def _entropy(model: Lattice, heat: Seen) -> Bounded:
    """-Σ J_b/T_b; dephasing makes everything alike, as an infinite temperature does."""
    hot = np.array([one.mixes for one in model.environments])
    rest = Bounded(float(heat.value[hot].sum()), float(heat.bound[hot].sum()))
    told = [one.temperature for one in model.environments if not one.mixes]
    if not told:
        return Bounded(0.0, rest.bound)
    return by_temperatures(told, Bounded(heat.value[~hot], heat.bound[~hot]), other=rest)


def _kept(numbers: Mapping[str, Seen]) -> Mapping[str, Real]:
    return MappingProxyType({of: frozen(np.array(one.value)) for of, one in numbers.items()})


def _bounds(numbers: Read, produced: Bounded) -> Mapping[str, Any]:
    found: dict[str, Any] = {"energy": float(numbers.energy.bound[0]), "entropy_production": float(produced.bound)}
    for of, one in numbers.profiles.items():
        found["energy_density" if of == ENERGY else of] = frozen(np.array(one.bound))
    for ending, group in (("currents", numbers.currents), ("inflows", numbers.inflows)):
        found |= {f"{of}_{ending}": frozen(np.array(one.bound)) for of, one in group.items()}
    return MappingProxyType(found)


def balances(carried: Sequence[str], numbers: Read) -> list[Check]:
    """What flows into the whole lattice of a conserved density is nothing, to within the bounds."""
    found = []
    for of in carried:
        into = numbers.inflows[of]
        found.append(
            Check(
                f"{of} balance",
                ratio(abs(float(into.value.sum())), float(into.bound.sum())),
                1.0,
                f"all environments together bring no {of}, to within the bounds",
            )
        )
    return found


def _accuracy(numbers: Read) -> list[Check]:
    """Every number known to its own digits, or as a limit far below what its operator amounts to."""
    meaning = (
        "bound of the error over the number itself, or over 10⁻⁴ of what its operator amounts to where that is more"
    )
    return [Check(f"error of the {name}", share, RELATIVE, meaning) for name, share in numbers.shares.items()]
