"""The verb: exact Schrödinger dynamics of a closed chain."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from caloriq import _checks
from caloriq._checks import Complex, Real
from caloriq.closed import chebyshev, dense, krylov, observables
from caloriq.closed.blocks import Block, Meter, Progress
from caloriq.closed.methods import Chebyshev, Exact, Krylov
from caloriq.closed.observables import OBSERVABLES, Observable, Record
from caloriq.closed.states import Haar, Level, Mixed, Vector, columns
from caloriq.errors import InvalidInput, NotConverged
from caloriq.linalg.block_tridiagonal import BlockTridiagonal
from caloriq.models.modular import ModularChain
from caloriq.results import Certificate, Check, MethodReport, Solution, frozen

SMALL = 400  # dimension up to which an eigendecomposition is cheaper than a long Chebyshev series
MOST_PRODUCTS = 1e8  # days of work
DENSE = 6000  # dimension up to which it is the cheaper one for mixed and many starts


@dataclass(frozen=True)
class Evolution(Solution):
    """Exact dynamics of a closed chain at sampled times.

    Attributes
    ----------
    initial : Haar, Level, Mixed or Vector
        The start.
    times : array, shape (T,)
        Instants, in 1/ΔE.
    populations : array, shape (T, N); an ensemble's (samples, T, N)
        P_µ(t), the probability to find the excitation in subunit µ (PRE 11).
    local_energies : array, same shape, or None
        ⟨H_loc(µ)⟩(t) in ΔE, band energy included; ΔE P_µ up to the bandwidth.
    currents : array, shape (T, N-1); an ensemble's (samples, T, N-1); or None
        Exact probability currents J_µ from subunit µ to µ+1, in ΔE; times ΔE the energy current of the gap.
    energy : array, shape (T,); an ensemble's (samples, T); or None
        ⟨H⟩(t), which must not change.
    """

    initial: Haar | Level | Mixed | Vector
    times: Real
    populations: Real
    local_energies: Real | None
    currents: Real | None
    energy: Real | None


def choose_method(
    model: ModularChain, *, initial: Haar | Level | Mixed | Vector | None = None, tol: float = 1e-10
) -> tuple[Exact | Chebyshev, str]:
    """What `evolve(..., method="auto")` would run, and why.

    Returns
    -------
    method : Exact or Chebyshev
        The choice.
    reason : str
        The comparison behind it.
    """
    d = model.dimension
    many = isinstance(initial, Mixed) or (isinstance(initial, Haar) and (initial.samples or 1) > 16)
    limit = DENSE if many else SMALL
    if d <= limit and dense.memory_needed(d) <= _checks.available_memory():
        kind = "many starts or a mixed one" if many else "one start"
        return (
            Exact(),
            f"auto: dimension {d} is at most {limit}, where for {kind} a dense eigendecomposition is cheapest",
        )
    return (
        Chebyshev(tol=tol),
        f"auto: dimension {d} is above {limit}, where products with the chain's {model.subunits - 1} coupling blocks are cheapest",
    )


def evolve(
    model: ModularChain,
    times: ArrayLike,
    *,
    initial: Haar | Level | Mixed | Vector | None = None,
    method: Exact | Chebyshev | Krylov | Literal["auto"] = "auto",
    observables: Sequence[Observable] = OBSERVABLES,
    progress: Progress | None = None,
) -> Evolution:
    """Solve the Schrödinger equation of a closed chain and read off populations, energies and currents.

    Parameters
    ----------
    model : ModularChain
        What is simulated.
    times : array_like, shape (T,)
        Instants, not negative, strictly increasing, in 1/ΔE; the start is at time 0.
    initial : Haar, Level, Mixed or Vector, optional
        Start; by default one Haar-random state of subunit 0 with seed 0.
    method : Exact, Chebyshev, Krylov or "auto"
        How; `choose_method` tells what "auto" takes.
    observables : sequence of {"populations", "local_energies", "currents"}
        What to record; populations always are. Populations alone are the cheapest for large ensembles.
    progress : callable, optional
        Called with (done, total) as the work goes on.

    Returns
    -------
    Evolution
        Arrays, certificate (norm and energy drift) and cost.

    Raises
    ------
    InvalidInput
        For arguments outside their domain, or a problem larger than the memory.
    NotConverged
        If norm or energy drift exceed what the method promises; the solution is attached.
    """
    t = _checks.times(times)
    start = Haar() if initial is None else initial
    if not isinstance(start, Haar | Level | Mixed | Vector):
        raise InvalidInput(
            f"`initial` must be a start such as haar(), level(), mixed() or vector(), but it is not (got {_checks.shown(start)})"
        )
    if method == "auto":
        chosen: Exact | Chebyshev | Krylov
        chosen, reason = choose_method(model, initial=start)
    elif isinstance(method, Exact | Chebyshev | Krylov):
        chosen, reason = method, "chosen by the caller"
    else:
        raise InvalidInput(
            f"`method` must be Exact(), Chebyshev(), Krylov() or 'auto', but it is not (got {_checks.shown(method)})"
        )
    wanted = _wanted(observables)
    clock, meter = time.perf_counter(), Meter(progress)
    _check_size(model, start, t.size)
    operator = model.hamiltonian()
    _check_length(operator, t, chosen)
    record = _run(operator, model, start, t, chosen, wanted, meter)
    statistics: dict[str, float | int | str] = {
        "dimension": model.dimension,
        "products": meter.products,
        "bytes per product": operator.product_bytes,
        "kernel": operator.kernel,
        **meter.notes,
        "wall time in s": time.perf_counter() - clock,
    }
    report = MethodReport(repr(chosen), reason, MappingProxyType(statistics))
    certificate = _certificate(operator, model, start, record, chosen, meter, float(t[-1]))
    single = start.samples is None

    def shaped(array: Real | None) -> Any:
        return None if array is None else frozen(array[0] if single else array)

    solution = Evolution(
        model=model,
        method=report,
        certificate=certificate,
        initial=start,
        times=frozen(t.copy()),
        populations=shaped(record.populations),
        local_energies=shaped(record.local_energies),
        currents=shaped(record.currents),
        energy=shaped(record.energy),
    )
    if not certificate.holds:
        worst = certificate.failures[0]
        raise NotConverged(
            f"`method` must keep the {worst.name} below {worst.limit:.1e}, but it reached {worst.value:.1e} (got {chosen!r}); try a smaller tol or Exact()",
            solution,
        )
    return solution


def _wanted(names: Sequence[str]) -> tuple[Observable, ...]:
    return observables.checked((names,) if isinstance(names, str) else tuple(names))


def _check_size(model: ModularChain, start: Haar | Level | Mixed | Vector, times: int) -> None:
    samples = start.samples or 1
    starts = model.levels if isinstance(start, Mixed) else samples
    need = 8.0 * samples * times * (3 * model.subunits) + 32.0 * model.dimension * starts
    _checks.memory("initial", f"{starts} starts x {times} times", need, "take fewer samples, levels or times")


def _check_length(operator: BlockTridiagonal, times: Real, method: Exact | Chebyshev | Krylov) -> None:
    """Refuse a time span that would need more products than anyone waits for."""
    lower, upper = operator.norm_bounds
    products = (upper - lower) / 2 * float(times[-1])
    if not isinstance(method, Exact) and products > MOST_PRODUCTS:
        raise InvalidInput(
            f"`times` must end within about {MOST_PRODUCTS:.0e} products, but the last needs {products:.1e} (got {times[-1]:g}); "
            "take an earlier time or Exact()"
        )


def _run(
    operator: BlockTridiagonal,
    model: ModularChain,
    start: Haar | Level | Mixed | Vector,
    times: Real,
    method: Exact | Chebyshev | Krylov,
    wanted: tuple[Observable, ...],
    meter: Meter,
) -> Record:
    """Choose the path: mixed and population-only ensembles have exact short cuts, the rest goes state by state."""
    if isinstance(method, Exact) and isinstance(start, Mixed):
        return _mixed_exact(operator, model, start, times, wanted, meter)
    if isinstance(method, Exact) and isinstance(start, Haar) and wanted == ("populations",):
        source = _checks.index("subunit", start.subunit, model.subunits)
        P = dense.ensemble_populations(operator, source, start.amplitudes(model), times, meter)
        return Record(P, None, None, None, complemented=True)
    psi = columns(start, model)
    record = observables.empty(operator, 1 if isinstance(start, Mixed) else psi.shape[1], times.size, wanted)
    if isinstance(method, Exact):
        blocks = dense.propagate(operator, psi, times, meter)
    elif isinstance(method, Chebyshev):
        blocks = chebyshev.propagate(operator, psi, times, method.tol, meter)
    else:
        blocks = krylov.propagate(operator, psi, times, method.tol, method.size, meter)
    if isinstance(start, Mixed):
        return _average(operator, blocks, record, psi.shape[1], wanted)
    for block in blocks:
        observables.fill(record, operator, block)
    return record


def _average(
    operator: BlockTridiagonal, blocks: Any, record: Record, starts: int, wanted: tuple[Observable, ...]
) -> Record:
    """Equal mixture of the basis states: the mean of their observables."""
    arrays = [a for a in (record.populations, record.local_energies, record.currents, record.energy) if a is not None]
    for array in arrays:
        array[:] = 0.0
    for block in blocks:
        T, k = block.states.shape[0], block.states.shape[2]
        part = observables.empty(operator, k, T, wanted)
        whole = type(block)(slice(0, T), slice(0, k), block.states)
        observables.fill(part, operator, whole)
        pieces = [a for a in (part.populations, part.local_energies, part.currents, part.energy) if a is not None]
        for array, piece in zip(arrays, pieces, strict=True):
            array[0, block.times] += piece.sum(axis=0) / starts
    return record


def _mixed_exact(
    operator: BlockTridiagonal,
    model: ModularChain,
    start: Mixed,
    times: Real,
    wanted: tuple[Observable, ...],
    meter: Meter,
) -> Record:
    """The maximally mixed band without sampling: traces in the eigenbasis."""
    spectrum = dense.decompose(operator)
    meter.notes["unitarity defect"] = spectrum.unitarity
    N = operator.blocks
    rows = [spectrum.block(mu) for mu in range(N)]

    def element(bond: int) -> Complex:
        return rows[bond].conj().T @ (operator.coupling(bond) @ rows[bond + 1])

    def expectations(matrices: Any) -> Real:
        values = dense.mixed_expectations(spectrum, source, times, list(matrices), meter)
        return values.T[None]

    source = _checks.index("subunit", start.subunit, model.subunits)
    record = Record(expectations(B.conj().T @ B for B in rows), None, None, None)
    if "local_energies" in wanted:
        record.local_energies = expectations((B.conj().T * operator.energies[mu]) @ B for mu, B in enumerate(rows))
    if "currents" in wanted:
        # J_µ = -2 Im⟨H_µ,µ+1⟩ = 2 Re⟨i H_µ,µ+1⟩
        record.currents = expectations(2j * element(b) for b in range(N - 1))
        record.energy = expectations([np.diag(spectrum.shift + spectrum.energies).astype(complex)])[..., 0]
    return record


def _certificate(
    operator: BlockTridiagonal,
    model: ModularChain,
    start: Haar | Level | Mixed | Vector,
    record: Record,
    method: Exact | Chebyshev | Krylov,
    meter: Meter,
    longest: float,
) -> Certificate:
    tol = 0.0 if isinstance(method, Exact) else method.tol
    limit = max(1e-10, 2 * tol)  # an error tol of the state moves its norm by at most 2 tol
    total = record.populations.sum(axis=-1)
    checks = []
    if not record.complemented:
        checks.append(Check("norm drift", float(np.abs(total - 1).max()), limit, "the evolution is unitary"))
    if "unitarity defect" in meter.notes:
        checks.append(
            Check(
                "unitarity defect",
                meter.notes["unitarity defect"],
                1e-9,
                "‖V†V - 1‖: the eigenvectors are orthonormal, so every state keeps its norm",
            )
        )
    if "error bound" in meter.notes:
        checks.append(
            Check(
                "error bound",
                meter.notes["error bound"],
                tol,
                "integral of the Krylov defect: bounds the error of the state",
            )
        )
    lower, upper = operator.norm_bounds
    rounding = float(np.finfo(float).eps * (upper - lower) / 2 * longest)
    checks.append(
        Check("rounding", rounding, 1e-8, "double precision keeps the phases: 2.2e-16 times spectrum times time")
    )
    if record.energy is not None:
        middle, scale = (upper + lower) / 2, (upper - lower) / 2
        now = record.energy - middle * total  # from the middle of the spectrum: the gap itself carries no dynamics
        change = np.abs(now - (_initial_energy(operator, model, start)[:, None] - middle)).max() / scale
        checks.append(
            Check("energy drift", float(change), limit, "⟨H⟩ is conserved; in units of half the spectral width")
        )
    return Certificate(tuple(checks))


def _initial_energy(operator: BlockTridiagonal, model: ModularChain, start: Haar | Level | Mixed | Vector) -> Real:
    """⟨H⟩ at time 0, shape (starts,)."""
    if isinstance(start, Mixed):
        return np.array([operator.energies[_checks.index("subunit", start.subunit, model.subunits)].mean()])
    psi = columns(start, model)
    record = observables.empty(operator, psi.shape[1], 1, OBSERVABLES)
    observables.fill(record, operator, Block(slice(0, 1), slice(0, psi.shape[1]), psi[None]))
    assert record.energy is not None
    return record.energy[:, 0]
