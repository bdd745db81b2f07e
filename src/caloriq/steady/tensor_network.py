"""Steady states by tensor trains: the density matrix of a long chain as a matrix product operator.

M. Zwolak, G. Vidal, PRL 93, 207205 (2004), doi:10.1103/PhysRevLett.93.207205; F. Verstraete, J. J. García-Ripoll, J. I. Cirac,
PRL 93, 207204 (2004), doi:10.1103/PhysRevLett.93.207204.
"""

from __future__ import annotations

import logging
import time
from types import MappingProxyType
from typing import Any, TypeVar

import numpy as np

from caloriq import _checks, wording
from caloriq.errors import NotConverged, Unsupported
from caloriq.linalg.tensor_train import Train
from caloriq.linalg.threads import serial
from caloriq.models.lattice.flows import Flows
from caloriq.models.lattice.model import Lattice
from caloriq.models.spins import SpinChain
from caloriq.progress import say
from caloriq.results import Check, MethodReport, Progress, broken
from caloriq.steady.lattice.assembled import assembled, balances
from caloriq.steady.lattice.result import LatticeState
from caloriq.steady.methods import TensorNetwork
from caloriq.steady.result import SteadyState, assemble, one_wire
from caloriq.steady.tensor import asked as to_ask
from caloriq.steady.tensor.asked import Asked
from caloriq.steady.tensor.cells import Cells, cells
from caloriq.steady.tensor.certificate import checks, errors
from caloriq.steady.tensor.checkpoint import Checkpoint
from caloriq.steady.tensor.ladder import SMALLEST, Ladder
from caloriq.steady.tensor.leaping import LARGEST as LARGEST_LEAP
from caloriq.steady.tensor.second import second_start
from caloriq.steady.tensor.start import start
from caloriq.steady.unique import left_out, reached_check

State = TypeVar("State", SteadyState, LatticeState)
LOG = logging.getLogger(__name__)
MOST = 512  # bond dimension that "auto" goes up to
STATES = 5.0  # trains in hand
JOINED = 30.0  # of a leap, which only smaller ones make
NOISE = 0.03  # of the goal: root of the weight cut off per time that disturbs the numbers
TYPICAL = 64  # bond dimension that a price is told for
LARGE = 256  # the same where nothing acts on the bulk
FEWER = 8.0  # operations in blocks
SPELLS = 30.0  # in all
STEPS = 25.0  # of every spell
SPEED = 2e10  # operations per second of a core


def memory_needed(found: Cells, bond: int) -> float:
    """Bytes."""
    letters = np.array(found.letters, dtype=float)
    gates = 3 * 8.0 * float(np.square(letters[:-1] * letters[1:]).max())
    hand = STATES * bond**2 + JOINED * min(bond, LARGEST_LEAP) ** 2
    return float(8 * hand * letters.sum() + 8 * 8 * (bond * letters.max()) ** 2 + gates * found.count)


def dimensions(method: TensorNetwork, found: Cells) -> tuple[int, ...]:
    """Bond dimensions, doubled up to the largest; refuses one that memory does not hold."""
    if method.bond_dimension == "auto":
        top = MOST
        while top > SMALLEST and memory_needed(found, top) > 0.8 * _checks.available_memory():
            top //= 2
    else:
        top = method.bond_dimension
        need = memory_needed(found, top)
        _checks.memory("bond_dimension", top, need, "take a smaller one")
    halved = [top]
    while halved[-1] > SMALLEST or len(halved) < 2:
        halved.append(max(2, halved[-1] // 2))
        if halved[-1] == halved[-2]:
            halved.pop()
            break
    return tuple(reversed(halved))


def admit(model: SpinChain, method: TensorNetwork) -> float:
    """Bytes needed; refuses what is no chain."""
    return needed(method, cells(lattice_of(model, method), wording.spoken(method)))


def needed(method: TensorNetwork, found: Cells) -> float:
    """Bytes for the largest bond dimension; where that is open, for the one that most chains need."""
    largest = dimensions(method, found)[-1]
    return memory_needed(found, largest if method.bond_dimension != "auto" else min(largest, TYPICAL))


def lattice_of(model: SpinChain, method: TensorNetwork) -> Lattice:
    """The chain as terms."""
    if not isinstance(model, SpinChain):
        raise Unsupported(
            f"`method` must apply to the model, but that has no density matrix (got {wording.spoken(method)}); use Occupations()"
        )
    return model.lattice()


def seconds(model: SpinChain, method: TensorNetwork) -> float:
    """Rough time on one core; good to a factor of ten, as the bond dimension is that is needed."""
    return rough_seconds(method, cells(lattice_of(model, method), wording.spoken(method)))


def rough_seconds(method: TensorNetwork, found: Cells) -> float:
    """The same of cells."""
    noisy = any(found.reach(jump)[0] > 0 and found.reach(jump)[1] < found.count - 1 for jump in found.jumps)
    bond = (TYPICAL if noisy else LARGE) if method.bond_dimension == "auto" else method.bond_dimension
    letters = float(max(found.letters))
    step = found.count * 5 * letters**2 * float(bond) ** 3 / SPEED
    if found.charged is not None and bond > TYPICAL:
        step /= FEWER
    return 1.0 + SPELLS * STEPS * step


def solve(model: SpinChain, method: TensorNetwork, reason: str, progress: Progress | None = None) -> SteadyState:
    """Steady state of a spin chain."""
    clock = time.perf_counter()
    lattice = lattice_of(model, method)
    found = cells(lattice, wording.spoken(method))
    asked = to_ask.of_spin_chain(model, found)
    ladder = climbed(model, method, asked, progress)
    numbers = to_ask.numbers_of(asked, ladder.values, errors(ladder))
    flows = [n in to_ask.FLOWS for n in (group.name for group in asked.groups)]
    with serial(blas=True, kernels=False):
        unique = [second_start(ladder), *([] if left_out(model) else [reached_check(model)])]
    made = assemble(
        model,
        method,
        reason,
        numbers,
        unique,
        told(ladder),
        clock=clock,
        checked=[*checks(ladder, np.array(flows)[asked.chain.kinds]), *_along(model, numbers.currents.value, ladder)],
    )
    return held(made, ladder)


def steady_tensor(
    model: Lattice, method: TensorNetwork, reason: str = "as asked for", progress: Progress | None = None
) -> LatticeState:
    """Steady state of any open chain of local terms."""
    clock = time.perf_counter()
    found, flows = cells(model, wording.spoken(method)), Flows(model)
    asked = to_ask.of_lattice(model, found, flows)
    ladder = climbed(model, method, asked, progress)
    numbers = to_ask.read_of(asked, flows, ladder.values, errors(ladder))
    flowing = np.array([group.name.startswith(("currents", "inflows")) for group in asked.groups])
    with serial(blas=True, kernels=False):
        unique = second_start(ladder)
    statistics = {**told(ladder), "wall time in s": time.perf_counter() - clock}
    made = assembled(
        model,
        MethodReport(repr(method), reason, MappingProxyType(statistics)),
        [*checks(ladder, flowing[asked.chain.kinds]), *balances(flows.carried, numbers), unique],
        numbers,
        flows.bonds,
    )
    return held(made, ladder)


def held(made: State, ladder: Ladder) -> State:
    """The result, if its certificate holds.

    Raises
    ------
    NotConverged
        If it does not: the message tells what would help most, the result comes along.
    """
    if made.certificate.holds:
        return made
    sentence = broken(made.certificate.failures[0], made.method.name)
    if not made.certificate["distance of a second start"].holds:
        raise NotConverged(f"{sentence}; couple what is joined loosely, or give every part a bath", made)
    raise NotConverged(f"{sentence}; take {remedy(ladder)}", made)


def remedy(ladder: Ladder) -> str:
    """What would help most, by the largest of the errors."""
    last = ladder.bonds[-1]
    noisy = last.lost / ladder.chain.speed > (NOISE * ladder.goal) ** 2  # what time leaves over is then that of cutting
    larger = f"a larger bond_dimension than {last.largest}"
    parts = {
        larger: ladder.bond_error + (ladder.rest_error if noisy else 0.0),
        "a larger tol": ladder.step_error,
        "stronger baths, a shorter chain or a larger tol": ladder.rest_error,
    }
    leading = ladder.chain.leading[ladder.chain.kinds]
    sizes = ladder.chain.sizes(ladder.values)
    return max(parts, key=lambda one: float((parts[one] / sizes)[leading].max()))


def climbed(
    model: SpinChain | Lattice, method: TensorNetwork, asked: Asked, progress: Progress | None, purpose: str = ""
) -> Ladder:
    """All relaxations done, from the beginning or from where they were put down for the same purpose."""
    place = Checkpoint.of(model, method, purpose)
    ladder = Ladder(asked.chain, method.tol, dimensions(method, asked.cells), Train.product(start(asked.cells)))
    if place.take_up(ladder):
        LOG.info("tensor network: goes on from %s", place.path)

    def tell(now: Ladder) -> None:
        place.put_down(now)
        text = stands(asked, now)
        LOG.debug("tensor network: %s", text)
        say(progress, text)
        if progress is not None:
            progress(*share(now))

    with serial(blas=True, kernels=False):
        while ladder.go_on(tell):
            pass
    place.clear()
    return ladder


def share(ladder: Ladder) -> tuple[float, float]:
    """Roughly how much is done, of one: levels of three dimensions and two steps, each more work than the last."""
    done = len(ladder.levels)
    return min(0.95, (done + 0.5) / (done + 3.0)), 1.0


def stands(asked: Asked, ladder: Ladder) -> str:
    """How far it is, in words."""
    running = ladder.running
    assert running is not None
    flows = next(group.name for group in asked.groups if "currents" in group.name)
    j = asked.of(flows, running.values[-1])
    told = f"bond dimension {running.largest}, time step {running.step:.3g}"
    if len(j):
        told += f", current {j.mean():.4g}, between {j.min():.4g} and {j.max():.4g}"
    return f"{told}, change {running.changes[-1]:.1e}" if running.changes else told


def told(ladder: Ladder) -> dict[str, float | int | str]:
    """Counts."""
    last = ladder.bonds[-1]
    return {
        "bond dimension": last.largest,
        "largest bond": last.bond,
        "time steps": ", ".join(f"{one.step:.4g}" for one in ladder.steps),
        "spells": sum(one.spells for one in ladder.levels),
        "weight cut off per time": last.lost,
    }


def _along(model: SpinChain, currents: Any, ladder: Ladder) -> list[Check]:
    """That all bonds of a wire carry the same."""
    if not one_wire(model) or len(currents) < 2:
        return []
    size = ladder.chain.sizes(ladder.values)[0]
    return [
        Check(
            "difference of currents",
            float(np.ptp(currents)) / float(size),
            ladder.goal,
            "between any two bonds of the chain, which carry the same in a steady state; over the largest",
        )
    ]
