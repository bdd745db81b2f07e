"""Reversal: how local entropies that have grown come down again when a closed chain is run backwards, and when it is kicked before.

Loschmidt's argument, done: the whole is in a pure state and its evolution is unitary, so that the way back exists. From the state at
the last time it leads to the start; from one in which a single subunit was turned a little it does not.

Source: PRE 73, 016101 (2006), sects. VII-IX, doi:10.1103/PhysRevE.73.016101, for what is irreversible there.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from caloriq import _checks
from caloriq._checks import Complex, Real
from caloriq.closed import table
from caloriq.closed.gibbs import entropy
from caloriq.closed.local_states import WHOLES, begun, evolved
from caloriq.closed.states import Mixed
from caloriq.closed.wholes import Start, Whole, check_states, whole
from caloriq.errors import InvalidInput, Unsupported
from caloriq.models.banded import BandedChain
from caloriq.models.modular import ModularChain
from caloriq.models.network import ModularNetwork
from caloriq.models.random import KICK, generator
from caloriq.results import Certificate, Check, MethodReport, Progress, Solution, frozen
from caloriq.variables import SUBUNIT, TIME, Variable

SAME = 1e-7  # what two evolutions may change of an overlap


@dataclass(frozen=True)
class Reversal(Solution):
    """A way there, and ways back after kicks of several strengths.

    Attributes
    ----------
    initial : Thermal, InBands, Haar, Level or Vector
        The start, pure.
    subunit : int
        The one that is kicked.
    seed : int
        Of the kick.
    times : array, shape (T,)
        Instants on the way there; on the way back the time that is left.
    strengths : array, shape (S,)
        Standard deviation of the phases, in radian.
    entropies : array, shape (T, N)
        S_µ on the way there.
    returning : array, shape (S, T, N)
        S_µ on the way back, at the same times: equal to `entropies` without a kick.
    overlaps : array, shape (S,)
        |⟨ψ(0)|ψ'(0)⟩|² at the end of the way back. The evolution is unitary, so it is that of the kick itself: however many
        subunits there are, a kick of one of them is all that it costs.
    distances : array, shape (S, N)
        Trace distance of the subunits' states at the end from those at the start.
    """

    initial: Start
    subunit: int
    seed: int
    times: Real
    strengths: Real
    entropies: Real
    returning: Real
    overlaps: Real
    distances: Real

    variables = (
        Variable("entropies", ("time", "subunit"), long_name="S_µ on the way there"),
        Variable(
            "returning", ("strength", "time", "subunit"), long_name="S_µ on the way back, by the time that is left"
        ),
        Variable("overlaps", ("strength",), long_name="overlap of the end of the way back with the start"),
        Variable("distances", ("strength", "subunit"), long_name="trace distance of the end from the start"),
    )
    coordinates = (
        TIME,
        SUBUNIT,
        Variable("strength", ("strength",), units="radian", source="strengths"),
    )
    headlines = ("overlaps", "distances")

    def facts(self) -> dict[str, Any]:
        """The start and the kick."""
        return {"initial": json.dumps(self.initial.to_mapping()), "kicked": self.subunit, "kick_seed": self.seed}


def reversal(
    model: BandedChain | ModularChain | ModularNetwork,
    times: ArrayLike,
    strengths: ArrayLike = (0.0, 0.1, 1.0),
    *,
    subunit: int = 0,
    initial: Start | None = None,
    seed: int = 0,
    method: table.Chosen | str = "auto",
    progress: Progress | None = None,
) -> Reversal:
    """Evolve to the last time, turn the levels of one subunit by random phases, and evolve back.

    Parameters
    ----------
    model : BandedChain, ModularChain or ModularNetwork
        What is simulated.
    times : array_like, shape (T,)
        Instants from 0 on, strictly increasing, in 1/ΔE; the last is where the way is turned.
    strengths : array_like, shape (S,)
        Standard deviations of the normally distributed phases, in radian, not negative; 0 kicks nothing.
    subunit : int
        The subunit that is kicked; negative ones count from the end.
    initial : Thermal, InBands, Haar, Level or Vector, optional
        A pure start; by default as for `evolve`.
    seed : int
        Of the phases: one draw, times every strength.
    method : Exact, Chebyshev, Krylov or "auto"
        As for `evolve`.
    progress : callable, optional
        Called with (done, total).

    Returns
    -------
    Reversal
        Certified by the evolution both ways, and by the overlap at the end being that right after the kick.

    Raises
    ------
    InvalidInput
        For arguments outside their domain, and times that do not begin at 0.
    Unsupported
        For a mixture, which has no overlap, and for several samples.

    Notes
    -----
    Cost: S + 1 evolutions as in `local_states`.
    """
    t, strong, place, start = check_reversal(model, times, strengths, subunit, initial, seed)
    asked = _checks.method(method, table.FILES)
    clock, here = time.perf_counter(), whole(model, asked)
    columns, weights = here.columns(start)
    assert weights is None
    angles = generator(seed, KICK).standard_normal(here.levels.size)
    there = here.run(columns, t, progress=_step(progress, 0, strong.size + 1))
    checks, returning, overlaps, distances, apart = [*evolved(here, there[None], t)], [], [], [], 0.0
    first = [here.reduced(columns, mu) for mu in range(model.subunits)]
    left = t[-1] - t[::-1]  # times since the kick
    for number, strength in enumerate(strong.tolist()):
        kicked = here.turned(there[:, -1], place, strength * angles)
        back = here.run(kicked, left, back=True, progress=_step(progress, number + 1, strong.size + 1))
        checks += evolved(here, back[None], left)
        end = back[:, -1]
        overlaps.append(_overlap(columns, end))
        apart = max(apart, abs(overlaps[-1] - _overlap(there[:, -1], kicked)))
        returning.append(_entropies(here, back[:, ::-1], model.subunits))
        distances.append(
            [float(np.abs(np.linalg.eigvalsh(here.reduced(end, mu) - rho)).sum() / 2) for mu, rho in enumerate(first)]
        )
    checks.append(Check("overlap", apart, SAME, "|⟨ψ(0)|ψ'(0)⟩|² at the end is that right after the kick"))
    statistics = {
        "amplitudes": here.dimension,
        "products": here.ran.products,
        "wall time in s": time.perf_counter() - clock,
    }
    return Reversal(
        model=model,
        method=MethodReport(here.ran.name, here.ran.reason, statistics),
        certificate=Certificate.worst([checks]),
        initial=start,
        subunit=place,
        seed=seed,
        times=frozen(t.copy()),
        strengths=frozen(strong.copy()),
        entropies=frozen(_entropies(here, there, model.subunits)),
        returning=frozen(np.array(returning)),
        overlaps=frozen(np.array(overlaps)),
        distances=frozen(np.array(distances)),
    ).certified()


def check_reversal(
    model: Any, times: ArrayLike, strengths: ArrayLike, subunit: int, initial: Any, seed: int
) -> tuple[Real, Real, int, Start]:
    """Times, strengths, the subunit from 0 and the start; refused is what cannot be asked."""
    _checks.instance("model", model, *WHOLES)
    t, start = _checks.times(times), begun(model, initial)
    if t[0] != 0 or t.size < 2:
        raise InvalidInput(f"`times` must begin at 0 and go on, but they do not (got {t[0]:g} to {t[-1]:g})")
    strong = _checks.numbers("strengths", strengths)
    if strong.ndim != 1 or strong.size == 0 or np.any(strong < 0):
        raise InvalidInput(
            f"`strengths` must be a list of numbers that are not negative, but they are not (got {_checks.shown(strengths)})"
        )
    place = _checks.index("subunit", subunit, model.subunits)
    _checks.whole("seed", seed, 0)
    if start.samples is not None:
        raise Unsupported(f"`initial` must be one state for a reversal, but it has samples (got {start.samples})")
    if isinstance(start, Mixed) or getattr(start, "draw", None) == "mixed":
        raise Unsupported(
            f"`initial` must be pure for a reversal, but it is mixed (got {start.kind}); take draw='haar' or haar()"
        )
    check_states(whole(model, "auto"), start, 2 * t.size)
    return t, strong, place, start


def _overlap(a: Complex, b: Complex) -> float:
    return float(np.abs(np.vdot(a, b)) ** 2)


def _entropies(here: Whole, states: Complex, subunits: int) -> Real:
    """S_µ, shape (T, N), of states of shape (1, T, ...)."""
    found: Real = np.empty((states.shape[1], subunits))
    for at, mu in np.ndindex(*found.shape):
        found[at, mu] = entropy(np.linalg.eigvalsh(here.reduced(states[:, at], mu)))
    return found


def _step(progress: Progress | None, number: int, of: int) -> Progress | None:
    if progress is None:
        return None
    return lambda done, total: progress(number + done / total, of)
