"""What a kernel shows of Fourier's law: its own assumptions, weak coupling, and the exact populations beside one rate.

A rate of second order is right to order (λ/Γ)²: two resonant states with hopping λ and noise Γ relax at
Γ/2 (1 - √(1 - 16λ²/Γ²)) = 4λ²/Γ (1 + 4λ²/Γ² + …). Populations of chains of 2 to 6 units were off by 0.0047, 0.017, 0.051, 0.16
and 0.43 at λ/Γ = 0.05, 0.1, 0.2, 0.5 and 2 from a start at an end; from inside
0.0092, 0.032, 0.091 and 0.53 at 0.05, 0.1, 0.2 and 2. The same ratio for a state beside a band of width 1/τ: its decay differs from that
of a constant rate by 0.010 to 0.018 at λτ = 0.1, by 0.04 to 0.06 at 0.2.
"""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

import numpy as np

from caloriq._checks import Real
from caloriq.errors import CaloriqError
from caloriq.models.coupled import Coupled
from caloriq.models.densities import told_density
from caloriq.reduced.populations.damped import LARGEST, propagator, stepped, stepped_cost
from caloriq.reduced.populations.markov import Markov
from caloriq.reduced.populations.second_order import SecondOrder
from caloriq.reduced.populations.space import Space, has_bath, white
from caloriq.reduced.populations.transfer import Propagator

Grade = Literal["follows", "indicated", "undecided", "does not follow"]
Cause = Literal["no rate", "violation", "changing", "negative", "distance"]
DRIFT = 0.05  # violation beyond which Fourier's law is not said to follow
WEAK = 0.1  # λ|B|/|Γ - iω| up to which the coupling counts as weak: populations are then off by 0.02 to 0.05
DISTANCE = 0.05  # of the populations of a unit's levels from the exact ones, at any time until RELAXATIONS
RELAXATIONS = 5.0  # times the slowest relaxation of the kernel, over which populations are compared
EVERY = 30  # states up to which every one is a start of the comparison
FEW = 4  # starts beside the kernel's own where there are more
INSTANTS = 60
COMPARED = 300  # states up to which populations are compared
WORK = 3e9  # multiplications of a density matrix that a comparison may take
SHOWN = 6  # pairs of levels that a sentence names
UNKNOWN = 1e-3  # error of exact populations, by rounding, beyond which they tell nothing


class KernelEvidence(NamedTuple):
    """What was looked at, and what follows.

    Attributes
    ----------
    grade : {"follows", "indicated", "undecided", "does not follow"}
        In one word; "follows" only where exact populations were compared and the start reaches exchanges of all levels.
    sentence : str
        With the numbers.
    weakness : float or None
        Largest λ|B|/|Γ - iω| of any transition, in second order with a bath; with a density Γ(Δ) of S states λ|B|√S times
        the time π max Γ/S for which a band remembers. Its limit is 0.1.
    distance : float or None
        Largest difference of the population of a unit's level, exact less that by constant rates, from every basis state
        (beyond 30, from the kernel's start and four others); its limit is 0.05.
    until : float or None
        Time up to which populations were compared: five times the slowest relaxation.
    cause : {"no rate", "violation", "changing", "negative", "distance"} or None
        Why the law does not follow: no rate is left, the gains violate an assumption, the rate still changes, that of a
        bond is negative, or exact populations are too far.
    """

    grade: Grade
    sentence: str
    weakness: float | None = None
    distance: float | None = None
    until: float | None = None
    cause: Cause | None = None


def judged(kernel: Any, source: Any) -> KernelEvidence:
    """Grade and sentence of a kernel; see `KernelEvidence`."""
    when = "in the Markov limit" if kernel.order == "markov" else f"at t = {kernel.times[-1]:g}"
    against = _own(kernel, when)
    if against is not None:
        return KernelEvidence("does not follow", against[1], cause=against[0])
    density, second = (source.density, source.second) if isinstance(source, Markov) else (None, source)
    weak = _weakness(second) if isinstance(second, SecondOrder) and has_bath(kernel.space) else None
    if density is not None:
        return _of_bands(kernel, when, density, source.second)
    try:
        found, missing = _compared(kernel, source), ""
    except (CaloriqError, _NotCompared) as reason:
        found, missing = None, str(reason)
    return _weighed(kernel, when, weak, found, missing)


def _of_bands(kernel: Any, when: str, density: Any, second: SecondOrder) -> KernelEvidence:
    """Of levels that are bands: indicated at most, and only where the bands are known not to be too narrow."""
    bands = f"if every level is a band of detunings of density {told_density(density)}, which the model does not hold and nothing here tests"
    if isinstance(density, float | int):
        return KernelEvidence("indicated", f"Fourier's law is indicated: {_law(kernel, when)}, {bands}.")
    strength = np.sqrt(float(second.heaviest.max(initial=0.0)) / 2 * density.states)
    weak = float(strength * density.memory)
    if not weak <= WEAK:
        told = f"Undecided: {_law(kernel, when, kappa=False)}, {bands}; but constant rates need a band that is wide beside the coupling, and λ√S πΓ/S = {weak:.3g} exceeds {WEAK:g}."
        return KernelEvidence("undecided", told, weak)
    ratio = f"λ√S πΓ/S = {weak:.3g} (limit {WEAK:g})"
    return KernelEvidence("indicated", f"Fourier's law is indicated: {_law(kernel, when)}, {bands}; {ratio}.", weak)


class _NotCompared(Exception):
    """Why there are no exact populations."""


def _own(kernel: Any, when: str) -> tuple[Cause, str] | None:
    """What the kernel itself says against Fourier's law."""
    a, rates = kernel.assumptions(), kernel.rates().values[-1]
    parts = {name: getattr(a, name)[-1] for name in ("locality", "energy_conservation", "level_independence")}
    broken = [f"{name.replace('_', ' ')} by {value:.2g}" for name, value in parts.items() if value > DRIFT]
    if a.norm[-1] <= np.sqrt(kernel.space.dimension) * kernel.errors[-1]:
        return "no rate", f"Fourier's law does not follow: no rate is left {when}."
    if broken:
        return (
            "violation",
            f"Fourier's law does not follow: {when} the gains violate {', '.join(broken)} of their norm.",
        )
    if not kernel.settled:
        return "changing", (
            f"Fourier's law does not follow yet: one rate for every bond describes the gains to {a.misfit[-1]:.2g}, "
            f"but it still changes {when}; {'later times show whether it settles' if has_bath(kernel.space) else 'a dense band or a bath makes it constant'}."
        )
    if np.any(rates < 0):
        return (
            "negative",
            f"Fourier's law does not follow: {when} the rate of a bond is negative, {np.nanmin(rates):.3g}.",
        )
    return None


def _law(kernel: Any, when: str, *, kappa: bool = True) -> str:
    """The equation and its rates, and κ where it stands."""
    rates, error = kernel.rates().values[-1], float(kernel.errors[-1])
    low, high = np.nanmin(rates), np.nanmax(rates)
    span = f"{low:.6g}" if high - low <= 1e-9 * abs(high) else f"{low:.6g} to {high:.6g}"
    if error > 5e-7 * low:
        span += f" ± {error:.1g}"
    told = f"du_i/dt = Σ w (u_j - u_i) to {kernel.assumptions().misfit[-1]:.2g}, w = {span} {when}"
    missing = unreached(kernel.space)
    if missing:
        return f"{told}, of the exchanges that the start reaches, not those of levels {missing}"
    return told + (", κ = w a² C_V" if kappa and kernel.chain else "")


def unreached(space: Space) -> str:
    """Pairs of levels that no reached state has on some bond, in words: whether their rate is the same is not seen."""
    M = space.level_energies.shape[1]
    if M == 2 or not isinstance(space.model, Coupled):
        return ""
    missing = np.zeros((M, M), dtype=bool)
    for i, j in space.bonds:
        here = np.zeros((M, M), dtype=bool)
        here[space.states[:, i], space.states[:, j]] = True
        missing |= ~(here | here.T)
    pairs = [f"{a}-{b}" for a in range(M) for b in range(a + 1, M) if missing[a, b]]
    return ", ".join(pairs[:SHOWN]) + (f" and {len(pairs) - SHOWN} more" if len(pairs) > SHOWN else "")


def _weighed(
    kernel: Any, when: str, weak: float | None, found: tuple[float, float] | None, missing: str
) -> KernelEvidence:
    """Criterion and exact populations together."""
    law, bare = _law(kernel, when), _law(kernel, when, kappa=False)
    strong = weak is not None and not weak <= WEAK
    ratio = "" if weak is None else f"λ/Γ = {weak:.3g}"
    if found is None:
        if strong:
            told = f"Undecided: {bare}, but second order needs weak coupling, and {ratio} exceeds {WEAK:g}; exact populations are not at hand ({missing})."
            return KernelEvidence("undecided", told, weak)
        basis = f"in second order, {ratio} (limit {WEAK:g})" if weak is not None else "by the kernel alone"
        told = f"Fourier's law is indicated {basis}: {law}; exact populations are not at hand ({missing})."
        return KernelEvidence("indicated", told, weak)
    distance, until = found
    D = kernel.space.dimension
    some = f", from {len(_starts(kernel.space))} of {D} starts," if D > EVERY else ""
    apart = (
        f"exact populations differ{some} by at most {distance:.2g} from those of constant rates until t = {until:.3g}"
    )
    if distance > DISTANCE:
        cause = f": the coupling is not weak, {ratio} (limit {WEAK:g}), and" if strong else ":"
        told = f"Fourier's law does not follow{cause} {apart} (limit {DISTANCE:g}); {bare}."
        return KernelEvidence("does not follow", told, weak, distance, until, "distance")
    if strong:
        told = f"Undecided: {bare}, and {apart}, but the coupling is not weak, {ratio} (limit {WEAK:g})."
        return KernelEvidence("undecided", told, weak, distance, until)
    basis = f"; {ratio} (limit {WEAK:g})" if weak is not None else ""
    if unreached(kernel.space):
        told = f"Fourier's law is indicated: {law}; {apart}{basis}."
        return KernelEvidence("indicated", told, weak, distance, until)
    told = f"Fourier's law follows: {law}; {apart}{basis}."
    return KernelEvidence("follows", told, weak, distance, until)


def _weakness(second: SecondOrder) -> float:
    """Largest λ|B|/|Γ - iω| over the transitions; with a bath that remembers, λ|B| ∫|g|."""
    strength = np.sqrt(second.heaviest / 2)
    moved = strength > 0
    if not np.any(moved):
        return 0.0
    if second.remembers:
        return float((strength * second.memories())[moved].max())
    size = np.hypot(second.decay[moved], second.frequencies[moved])
    with np.errstate(divide="ignore"):
        return float((strength[moved] / size).max())


def _compared(kernel: Any, source: Any) -> tuple[float, float]:
    """Largest difference of the levels' populations from the exact ones, and until when."""
    states: Space = kernel.space
    D = states.dimension
    if D > COMPARED:
        raise _NotCompared(f"{D} states, at most {COMPARED}")
    if has_bath(states) and not white(states):
        raise _NotCompared("the bath remembers")
    K = kernel.generator(len(kernel.times) - 1)
    K = np.asarray(K if isinstance(K, np.ndarray) else K.toarray())
    values, V, inverse = _eigen(K)
    slow = np.abs(values.real)
    slow = slow[slow > 1e-9 * slow.max(initial=0.0)]
    if not slow.size:
        raise _NotCompared("nothing relaxes")
    until = RELAXATIONS / float(slow.min())
    times = until * np.concatenate([np.geomspace(1e-6, 1e-2, INSTANTS // 3), np.linspace(0, 1, INSTANTS)[1:]])
    masks = [states.states[:, i] == n for i in range(states.units) for n in np.unique(states.states[:, i])]
    levels = [0.0]
    for origin in _starts(states):
        start = np.zeros(D)
        start[origin] = 1.0
        with np.errstate(over="ignore", invalid="ignore"):
            law = ((V * np.exp(times[:, None, None] * values)) @ (inverse @ start)).real
        gap = _exact(states, source, times, start) - law
        levels += [float(np.abs(gap[:, mask].sum(axis=1)).max(initial=0.0)) for mask in masks]
    return float(np.nan_to_num(max(levels), nan=np.inf)), until


def _starts(states: Space) -> list[int]:
    """Every basis state, or the kernel's own start and a few others spread over the space where there are many."""
    D = states.dimension
    if D <= EVERY:
        return list(range(D))
    spread = np.linspace(0, D - 1, FEW).round().astype(int).tolist()
    return sorted({int(states.origin), *spread})


def _eigen(K: Real) -> tuple[Any, Any, Any]:
    """Eigenvalues, eigenvectors and their inverse; of a symmetric matrix where K is one."""
    if np.abs(K - K.T).max(initial=0.0) <= 1e-12 * np.abs(K).max(initial=0.0):
        values, V = np.linalg.eigh(K)
        return values, V, V.T
    values, V = np.linalg.eig(K)
    return values, V, np.linalg.pinv(V)


def _exact(states: Space, source: Any, times: Real, start: Real) -> Real:
    """Populations without a kernel."""
    if white(states) and states.dimension > LARGEST:
        if stepped_cost(states, float(times[-1])) > WORK:
            raise _NotCompared(f"density matrices of {states.dimension} states until t = {times[-1]:.3g} take too long")
        return stepped(states, start, times)[0]
    made = source if isinstance(source, Propagator) else propagator(states)
    if made.rounding(float(times[-1]))[0] > UNKNOWN:
        raise _NotCompared(f"rounding takes their digits until t = {times[-1]:.3g}")
    return made.carried(start, times)[0]
