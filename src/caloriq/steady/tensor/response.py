"""A long chain to first order in the drive of its baths: relaxed at next to none, and read by the number that is stationary there."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from caloriq import wording
from caloriq._checks import Real
from caloriq.errors import Unsupported
from caloriq.linalg.threads import serial
from caloriq.models.lattice import densities
from caloriq.models.spins import SpinChain
from caloriq.results import Check, Progress, broken
from caloriq.spaces.strings import Strings
from caloriq.steady.bounds import Bounded, capacity
from caloriq.steady.methods import TensorNetwork
from caloriq.steady.tensor.asked import FLOW, LEAST, PROFILE, SPIN, Asked, Group
from caloriq.steady.tensor.cells import cells
from caloriq.steady.tensor.certificate import errors
from caloriq.steady.tensor.chain import Chain
from caloriq.steady.tensor.ladder import Ladder
from caloriq.steady.tensor.second import CUT, NOISE, first_of, other_values
from caloriq.steady.tensor.stationary import Stationary, transposition, turns
from caloriq.steady.tensor_network import climbed, lattice_of, remedy

DRIVE = (
    1e-4  # μ: what is of second order is 10⁻⁸ times a coefficient that grows with the length, to some 10³ at 60 sites
)
PROFILE_NEAR = 0.1  # of the largest population or current, that those from another start may be off by
FLAT = 1e-3  # of the drive, below which a profile has no height
ORDERS = (2.0, 2.0, 4.0)  # of the time step: the stationary number is off by the square


class Response(NamedTuple):
    """Derivatives by the drive μ at μ = 0, with their errors.

    Attributes
    ----------
    conductance : Bounded
        dj/dμ by the stationary number.
    currents : Bounded, shape (B,)
        Of every bond, as the train has them.
    populations : Bounded, shape (N,)
        Of every population.
    checks : tuple of Check
        What speaks for them.
    refusal : str or None
        What is to be said where a check fails, with what would help.
    told : dict
        Counts.
    """

    conductance: Bounded
    currents: Bounded
    populations: Bounded
    checks: tuple[Check, ...]
    refusal: str | None
    told: dict[str, float | int | str]


@dataclass(frozen=True, eq=False)
class Weak(Asked):
    """What is read of a chain whose baths of equal rates are driven by ±μ."""

    resting: tuple[Real, ...] = ()
    rate: float = 1.0
    drive: float = DRIVE

    @cached_property
    def chain(self) -> Chain:
        """Currents and populations per drive; the stationary number alone decides when it is enough."""
        plain = Asked(self.groups, self.cells).chain
        first = len(self.groups[0].operators)
        reading = Stationary(
            plain.reading.words,
            plain.reading.rows,
            plain.reading.constants,
            self.resting,
            tuple(transposition(self.cells)),
            self.rate,
            self.drive,
            (first, first + len(self.groups[1].operators) - 1),
        )
        return Chain(
            self.cells,
            reading,
            np.append(plain.kinds, 2),
            np.append(plain.floors, plain.floors[0]),
            np.array([False, False, True]),
            np.arange(3),
            np.array(ORDERS),
            stationary=True,
            flat=FLAT * self.drive,
        )


def asked(model: SpinChain, resting: SpinChain, method: TensorNetwork, rate: float, drive: float) -> Weak:
    """Currents, populations and conductance of a driven chain, the same one at rest beside it.

    Raises
    ------
    Unsupported
        If transposition does not turn the generator at rest into its transpose.
    """
    told = wording.spoken(method)
    found, at_rest = cells(lattice_of(model, method), told), cells(lattice_of(resting, method), told)
    signs = transposition(at_rest)
    if not turns(at_rest.generators, signs):
        raise Unsupported(
            f"`model` must have a real Hamiltonian and dissipators that are hermitian at no drive, but it does not (got {told}); take drives and Sector()"
        )
    lattice = found.model
    up = [one + Strings(lattice.spaces, {(): 0.5}) for one in densities.numbers(lattice, SPIN)]
    centred = [(1 / drive) * (one + Strings(lattice.spaces, {(): -0.5})) for one in up]
    moved = densities.current(lattice, SPIN)
    bonds = [(1 / drive) * one for one in moved.operators]
    return Weak(
        (
            Group("currents", bonds, LEAST * capacity(resting), leads=False, family=FLOW),
            Group("populations", centred, PROFILE, leads=False),
        ),
        found,
        tuple(at_rest.generators),
        rate,
        drive,
    )


def response(
    model: SpinChain, resting: SpinChain, method: TensorNetwork, rate: float, progress: Progress | None = None
) -> Response:
    """Of a chain whose baths on both ends have the rate Γ and are driven by ±DRIVE.

    Parameters
    ----------
    model, resting : SpinChain
        Driven by DRIVE, and not at all.
    method : TensorNetwork
        `tol` is the error of the conductance.
    rate : float
        Γ.
    progress : callable, optional
        Called with (done, total).
    """
    wanted = asked(model, resting, method, rate, DRIVE)
    ladder = climbed(model, method, wanted, progress, purpose="first order in the drive")
    with serial(blas=True, kernels=False):
        other = other_values(ladder, DRIVE)  # no farther than what is of first order
    first, chain = first_of(ladder), ladder.chain
    apart = chain.spread(other - first.values, first.values)
    later = max(
        [chain.spread(one.values - first.values, one.values) for one in ladder.bonds[2:3]],
        default=0 * apart,
        key=np.max,
    )
    values, bounds = ladder.values, errors(ladder)
    bounds[:-1] += apart[:-1]  # what does not lead may be slow where nothing shows it but where it came from
    B = len(wanted.groups[0].operators)
    made = Response(
        Bounded(float(values[-1]), float(bounds[-1])),
        Bounded(values[:B].copy(), bounds[:B].copy()),
        Bounded(values[B:-1].copy(), bounds[B:-1].copy()),
        (),
        None,
        {"bond dimension": ladder.bonds[-1].largest, "spells": sum(one.spells for one in ladder.levels)},
    )
    near = np.abs(apart / chain.sizes(first.values))
    allowed = np.array([PROFILE_NEAR, PROFILE_NEAR, ladder.goal])[chain.kinds] + CUT * later / chain.sizes(first.values)
    allowed[-1] += NOISE * first.remaining
    checks = (*_checks(ladder, made), *_of_other_start(near / allowed))
    failing = [one for one in checks if not one.holds]
    slow = failing and failing[0].name.startswith("distance of")
    told = "couple what is joined loosely, or bring levels nearer" if slow else f"take {remedy(ladder)}"
    return made._replace(
        checks=checks, refusal=f"{broken(failing[0], wording.spoken(method))}; {told}" if failing else None
    )


def _of_other_start(share: Real) -> list[Check]:
    """Of the conductance, and of the profile, which a site that hangs on by little does not show in the former."""
    return [
        Check(
            "distance of a second start",
            float(share[-1]),
            1.0,
            "the same conductance is reached from another start, as far as a small bond dimension tells",
        ),
        Check(
            "distance of a second profile",
            float(share[:-1].max()),
            1.0,
            "so are the populations and the currents of the bonds: no site keeps what it began with",
        ),
    ]


def _checks(ladder: Ladder, made: Response) -> list[Check]:
    """Errors of the conductance, by what they come from; and beside what the bonds carry."""
    G = abs(made.conductance.value)
    parts = {
        "change by the bond dimension": (
            ladder.bond_error,
            "what doubling it changed, or would still change if it falls slowly",
        ),
        "change by the time step": (ladder.step_error, "between two extrapolations to no step"),
        "change still to come": (ladder.rest_error, "from how the changes of the last spells fell"),
    }
    apart = np.abs(made.currents.value - made.conductance.value)
    room = made.currents.bound + made.conductance.bound
    return [
        Check(
            "error of the conductance",
            float(made.conductance.bound) / G,
            ladder.goal,
            "of the three that follow, relative to it",
        ),
        *(Check(name, float(error[-1]) / G, ladder.goal, said) for name, (error, said) in parts.items()),
        Check(
            "bonds beside the stationary number",
            float((apart / room).max()),
            1.0,
            "every bond carries the conductance, to within the errors of both",
        ),
    ]
