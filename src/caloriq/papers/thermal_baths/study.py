"""What the four equations say of heat and entropy: two spins over their coupling, random systems, systems without a difference."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from caloriq._checks import Real
from caloriq.models.coupled_bath import Equation
from caloriq.papers.common import dataset
from caloriq.papers.thermal_baths.models import Z, drawn, on, pair
from caloriq.steady.thermal.levels import SAME
from caloriq.steady.thermal.result import DrivenState
from caloriq.steady.thermal.solve import driven_state
from caloriq.steady.thermal.system import OpenSystem

if TYPE_CHECKING:
    import xarray as xr

COARSE = 0.1  # tolerance of the global equation that keeps coherences of near levels
SEED = 7
COUPLING = 0.02  # α of both baths of two spins


class Kind(NamedTuple):
    """An equation as it is compared."""

    name: str
    equation: Equation
    tolerance: float = SAME
    lamb_shift: bool = False


LOCAL, GLOBAL = Kind("local", "local"), Kind("global", "global")
NEAR = Kind("global, near levels together", "global", COARSE)
REDFIELD, UNIVERSAL = Kind("Redfield", "redfield"), Kind("universal", "universal")
SHIFTED = tuple(Kind(f"{one.name} with shift", one.equation, lamb_shift=True) for one in (REDFIELD, UNIVERSAL))
KINDS = (LOCAL, GLOBAL, NEAR, REDFIELD, UNIVERSAL)
DRAWN = (LOCAL, GLOBAL, REDFIELD, UNIVERSAL, *SHIFTED)
STEADY = (GLOBAL, REDFIELD, UNIVERSAL, *SHIFTED)  # with a thermal state of the whole, to leading order


def solved(system: OpenSystem, kind: Kind) -> DrivenState:
    """Steady state with the tolerance of the kind."""
    return driven_state(system, tolerance=kind.tolerance)


def over_hopping(
    frequencies: tuple[float, float], temperatures: tuple[float, float], hoppings: Iterable[float]
) -> xr.Dataset:
    """Heat from the hot bath, entropy production, and the heat that H itself carries to the second spin, over g.

    Parameters
    ----------
    frequencies, temperatures : two float
        Of the spins, and of the hot and the cold bath on them.
    hoppings : sequence of float
        g.
    """
    g = np.array(list(hoppings))
    found = np.empty((4, len(KINDS), len(g)))
    for k, kind in enumerate(KINDS):
        for j, hopping in enumerate(g.tolist()):
            system = pair(frequencies, temperatures, kind.equation, hopping=hopping, coupling=COUPLING)
            state = solved(system, kind)
            H, second = system.hamiltonian, frequencies[1] / 2 * on(1, Z, 2)
            carried = state.expectation(1j * (H @ second - second @ H))
            found[:, k, j] = (
                state.heat_currents[0],
                state.entropy_production,
                carried,
                state.bounds["entropy_production"],
            )
    names = ("heat", "entropy", "carried", "entropy_bound")
    return dataset(
        {name: (("kind", "hopping"), values) for name, values in zip(names, found, strict=True)},
        {"hopping": g},
        {"kinds": [kind.name for kind in KINDS], "frequencies": list(frequencies), "temperatures": list(temperatures)},
    )


def random_systems(count: int, step: Callable[[], None] = lambda: None) -> xr.Dataset:
    """Entropy production, its bound, and the negative parts of state and generator of random systems, for every equation.

    Parameters
    ----------
    count : int
        How many; the first ones are the same for any count.
    step : callable
        Called after each.
    """
    found = np.empty((4, len(DRAWN), count))
    for number in range(count):
        for k, kind in enumerate(DRAWN):
            state = solved(drawn(number, SEED, kind.equation, lamb_shift=kind.lamb_shift), kind)
            found[:, k, number] = (
                state.entropy_production,
                state.bounds["entropy_production"],
                state.lowest_population,
                state.lowest_rates.min(),
            )
        step()
    names = ("entropy", "entropy_bound", "lowest_population", "lowest_rate")
    return dataset(
        {name: (("drawn", "system"), values) for name, values in zip(names, found, strict=True)},
        {"system": np.arange(count)},
        {"kinds": [kind.name for kind in DRAWN], "seed": SEED},
    )


def without_difference(couplings: Iterable[float], count: int, step: Callable[[], None] = lambda: None) -> xr.Dataset:
    """Heat between equal temperatures over the coupling, and the entropy production where that heat does most against the law.

    Parameters
    ----------
    couplings : sequence of float
        α of both baths.
    count : int
        Random systems, those of `random_systems`.
    step : callable
        Called after each coupling.

    Notes
    -----
    Near one temperature T the heat is J₀ + κδ, so that the entropy production (J₀ + κδ)δ/T² is smallest at δ = -J₀/2κ, where
    it is -J₀²/4κT². There the state is solved for again.
    """
    alpha = np.array(list(couplings))
    heat, entropy = np.empty((2, len(STEADY), len(alpha), count))
    for j, coupling in enumerate(alpha.tolist()):
        for k, kind in enumerate(STEADY):
            for number in range(count):
                heat[k, j, number], entropy[k, j, number] = _worst(kind, number, coupling)
        step()
    dims = ("steady", "coupling", "system")
    return dataset(
        {"heat": (dims, heat), "entropy": (dims, entropy)},
        {"coupling": alpha, "system": np.arange(count)},
        {"kinds": [kind.name for kind in STEADY], "seed": SEED},
    )


def _worst(kind: Kind, number: int, coupling: float, *, cold: float = 1.0, probe: float = 1e-3) -> tuple[float, float]:
    """Heat from the first bath at equal temperatures, and the entropy production at the difference that makes it smallest."""

    def state(difference: float) -> DrivenState:
        system = drawn(
            number,
            SEED,
            kind.equation,
            lamb_shift=kind.lamb_shift,
            coupling=coupling,
            temperatures=(cold + difference, cold),
        )
        return solved(system, kind)

    level = state(0.0)
    J = float(level.heat_currents[0])
    if abs(J) <= float(level.bounds["heat_currents"][0]):
        return 0.0, 0.0
    slope = (float(state(probe).heat_currents[0]) - J) / probe
    return abs(J), state(-J / (2 * slope)).entropy_production


def power(x: Real, y: Real) -> float:
    """Exponent of y over x by least squares of the logarithms."""
    return float(np.polyfit(np.log(x), np.log(y), 1)[0])
