"""Dense solution in the excitation-conserving sector with a proven bound on every number."""

from __future__ import annotations

import math
import time
from typing import Any

import numpy as np

from caloriq import wording
from caloriq._checks import Real
from caloriq.errors import NotConverged
from caloriq.linalg.sylvester import unpack
from caloriq.linalg.threads import serial
from caloriq.models.spins import SpinChain
from caloriq.results import Progress
from caloriq.steady import balls, entropy, verified
from caloriq.steady.bounds import RELATIVE, Numbers, judged, roundings_of, unit_of, worst_share
from caloriq.steady.methods import Direct
from caloriq.steady.parts import SectorSpace, coefficients, space_of
from caloriq.steady.result import SteadyState, assemble, one_wire
from caloriq.steady.wanted import measured, wanted
from caloriq.steady.whole import check_sites, lowest_of, state_checks

LARGEST = 7  # sites; a dense inverse at 8 takes 1.3 GB and minutes
BALLS = 6  # sites up to which ball arithmetic is tried: some 20 s
POSITIVE = 1e-9
DIGITS = 1e-12  # what ball arithmetic is asked for
THREADED = 900  # unknowns from which a second thread pays


def admit(model: SpinChain, method: Direct) -> float:
    """Bytes needed; refuses more than 7 sites."""
    check_sites(model.sites, LARGEST, wording.spoken(method), "use Sector()")
    elements = float(math.comb(2 * model.sites, model.sites)) ** 2
    return (8.0 * 6 + (100.0 if model.sites <= BALLS else 0.0)) * elements


def seconds(model: SpinChain, method: Direct) -> float:  # noqa: ARG001 - the choice is the type
    """Rough time on one core; measured, good to a factor of 3."""
    return 1e-3 + 4e-10 * float(math.comb(2 * model.sites, model.sites)) ** 3


def solve(model: SpinChain, method: Direct, reason: str, progress: Progress | None = None) -> SteadyState:  # noqa: ARG001 - it is short
    """Steady state with proven bounds: in double precision where that is enough, else in ball arithmetic."""
    clock, here = time.perf_counter(), space_of(model)
    found = surest(
        model, here, double=method.arithmetic != "balls", balls=method.arithmetic != "double" and model.sites <= BALLS
    )
    if found is None:
        raise NotConverged(
            f"`model` must have one steady state that its equations determine, but they are singular to the digits tried (got {wording.spoken(method)} on {model.sites} sites); check that no part hangs on by couplings many orders of magnitude weaker"
        )
    numbers, x, arithmetic = found
    blocks = [unpack(part) for part in split(here, x)]
    # regular equations with the trace are the proof that no other state of the sector is steady
    checks = state_checks(float(x[here.diagonal].sum()), lowest_of(blocks), POSITIVE)
    statistics: dict[str, float | int | str] = {"dimension": here.dimension, "arithmetic": arithmetic}
    return assemble(model, method, reason, numbers, checks, statistics, clock=clock, blocks=blocks)


def certain(model: SpinChain, numbers: Numbers) -> bool:
    """Whether every number is known to its own digits, or small enough to be given as a limit; entropies to digits."""
    production = entropy.entropy_production(model, numbers.heat_currents, numbers.dephasing_current)
    known = math.isinf(production.value) or not production.bound > RELATIVE * abs(production.value)
    return known and all(check.holds for check in judged(model, numbers))


def surest(
    model: SpinChain, here: SectorSpace, *, cut: bool = False, double: bool = True, balls: bool = True
) -> tuple[Numbers, Real, str] | None:
    """In double precision, and in balls where that is not enough: numbers, packed state, and the arithmetic in words."""
    found = None
    if double:
        with serial(blas=here.dimension < THREADED, kernels=True):
            found = in_double(model, here, cut=cut)
    if balls and not (found and certain(model, found[0])):
        found = in_balls(model, here, cut=cut) or found
    return found


def in_double(model: SpinChain, here: SectorSpace, *, cut: bool = False) -> tuple[Numbers, Real, str] | None:
    """Numbers, packed state, and the arithmetic in words; None where double precision cannot tell A from a singular one."""
    unit = unit_of(model)
    c = coefficients(model, unit=unit)
    solved = verified.solve(here, c, roundings=roundings_of(model))
    if solved is None:
        return None
    numbers = measured(model, wanted(here, c, cut=cut), solved.evaluate, unit=unit, wire=one_wire(model) and not cut)
    return numbers, solved.scale * solved.x, "double precision"


def in_balls(model: SpinChain, here: SectorSpace, *, cut: bool = False) -> tuple[Numbers, Real, str] | None:
    """The same in ball arithmetic."""
    kept: list[Numbers] = []

    def good(c: Any, evaluate: Any) -> bool:
        numbers = measured(model, wanted(here, c, cut=cut), evaluate, wire=one_wire(model) and not cut)
        kept.append(numbers)
        return worst_share(model, numbers) <= DIGITS and certain(model, numbers)

    found = balls.solve(model, here, good)
    if found is None:
        return None
    x, bits = found
    return kept[-1], x, f"balls of {bits} bits"


def split(here: SectorSpace, x: Real) -> list[Real]:
    """Packed blocks of a packed state."""
    parts = np.split(x, here.offsets[1:-1])
    return [part.reshape(d, d) for part, d in zip(parts, here.sizes, strict=True)]
