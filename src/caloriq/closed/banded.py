"""Exact Schrödinger dynamics of banded chains, shell by shell.

Source: PRE 73, 016101 (2006), sect. VII, doi:10.1103/PhysRevE.73.016101.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from dataclasses import dataclass, field
from itertools import chain
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from caloriq import _checks, wording
from caloriq._checks import Real
from caloriq.closed import dense, table
from caloriq.closed.blocks import Meter, worst
from caloriq.closed.certify import ROUNDING, check_span, proofs, rounding
from caloriq.closed.methods import Chebyshev, Exact
from caloriq.closed.observables import pair_element
from caloriq.closed.shells import hamiltonian
from caloriq.errors import Unsupported
from caloriq.linalg.block_sparse import BlockSparse
from caloriq.models.banded import BandedChain
from caloriq.models.product_states import InBands, Thermal, started
from caloriq.results import Certificate, Check, MethodReport, Progress, Solution, frozen
from caloriq.spaces.shells import Shell
from caloriq.variables import BANDED, BANDED_PLACES


@dataclass(frozen=True)
class BandEvolution(Solution):
    """Exact dynamics of a banded chain at sampled times.

    Attributes
    ----------
    initial : Thermal or InBands
        The start.
    times : array, shape (T,)
        Instants, in 1/ΔE.
    configurations : array of int, shape (C, N)
        Bands of every subunit, shell by shell.
    populations : array, shape (T, C); an ensemble's (samples, T, C)
        Probability of every configuration of bands.
    band_populations : array, shape (T, N, B); an ensemble's with a leading axis
        Probability of every band of every subunit.
    local_energies : array, shape (T, N); an ensemble's with a leading axis
        U_µ = Σ_i E_i P_µ(i), the band energies (PRE before 42), in ΔE's unit; levels inside a band add up to δε/2.
    currents : array, shape (T, N-1); an ensemble's with a leading axis
        Exact currents of that energy, from subunit µ to µ+1: dU_µ/dt = J_µ-1 - J_µ.
    """

    initial: Thermal | InBands
    times: Real
    configurations: NDArray[np.intp]
    populations: Real
    band_populations: Real
    local_energies: Real
    currents: Real

    variables = BANDED
    coordinates = BANDED_PLACES

    def facts(self) -> dict[str, str]:
        """The start."""
        return {"initial": json.dumps(self.initial.to_mapping())}


@dataclass(slots=True)
class _Drift:
    """Largest drifts over the shells, and what the methods said of themselves."""

    norm: float = 0.0
    energy: float = 0.0
    rounding: float = 0.0
    notes: dict[str, float] = field(default_factory=dict)


def evolve_bands(
    model: BandedChain,
    times: ArrayLike,
    *,
    initial: Thermal | InBands | None = None,
    method: table.Chosen | str = "auto",
    progress: Progress | None = None,
) -> BandEvolution:
    """Schrödinger equation of a banded chain; see `caloriq.evolve`.

    Notes
    -----
    Shells are independent: one Hamiltonian at a time is in memory, the largest shell's.
    """
    t = _checks.times(times)
    start = started(model, initial)
    asked = _checks.method(method, table.FILES)
    clock = time.perf_counter()
    shells = model.total_shells
    (C, N), samples = model.configurations.shape, start.samples or 1
    need = 8.0 * samples * t.size * (C + 2 * N + N * len(model.levels))
    _checks.memory("samples", samples, need, "take fewer samples or times")
    P, J = np.zeros((samples, t.size, C)), np.zeros((samples, t.size, N - 1))
    drift, used, products, at, largest = _Drift(), Counter[str](), 0, 0, 0
    dimensions = np.array([float(model.sizes(s.configurations).sum()) for s in shells])
    for k, shell in enumerate(shells):
        place = slice(at, at + len(shell.configurations))
        at = place.stop
        occupied = start.weights(model, shell.configurations)
        if not shell.transfers.bond.size or not np.any(occupied):
            P[:, :, place] = occupied
            continue
        chosen = choose_shell_method(model, shell, start) if asked == "auto" else asked
        meter = Meter(_share(progress, dimensions, k))
        operator = hamiltonian(model, shell)
        check_span(operator, t)
        record = _mixed if start.draw == "mixed" else _pure
        P[:, :, place], flows, change = record(operator, model, shell, start, t, chosen, meter)
        J += flows @ shell.carried(model.band_energies)
        lower, upper = operator.norm_bounds
        drift.norm = max(drift.norm, float(np.abs(P[:, :, place].sum(axis=2) - occupied.sum()).max()))
        drift.energy = max(drift.energy, float(np.abs(change).max() / ((upper - lower) / 2)))
        drift.rounding = max(drift.rounding, rounding(operator, t))
        drift.notes = worst(drift.notes, meter.notes)
        used[repr(chosen)] += 1
        products += meter.products
        largest = max(largest, operator.shape[0])
    bands = model.band_populations(P)
    single = start.samples is None

    def shaped(array: Real) -> Any:
        return frozen(array[0] if single else array)

    statistics = {
        "largest shell": largest,
        "products": products,
        "wall time in s": time.perf_counter() - clock,
    }
    name, reason = reported(used, asked)
    return BandEvolution(
        model=model,
        method=MethodReport(name, reason, MappingProxyType(statistics)),
        certificate=_certificate(drift, asked, t),
        initial=start,
        times=frozen(t.copy()),
        configurations=frozen(model.configurations.copy()),
        populations=shaped(P),
        band_populations=shaped(bands),
        local_energies=shaped(bands @ model.band_energies),
        currents=shaped(J),
    ).certified()


def reported(used: Counter[str], asked: Any) -> tuple[str, str]:
    """The methods that shells took, by their names, and why."""
    names = ", ".join(f"{name} in {count} shells" if count > 1 else name for name, count in used.items())
    return names or "nothing moves", "auto: by the dimension of every shell" if asked == "auto" else "as asked for"


def check_mixed(method: table.Chosen, start: Thermal | InBands) -> None:
    """Refuse a method that cannot take a mixed start."""
    if start.draw == "mixed" and not isinstance(method, Exact):
        raise Unsupported(
            f"`method` must be Exact() for a mixed start, but it is not (got {wording.spoken(method)}); or take pure starts, draw='haar' with samples="
        )


def choose_shell_method(model: BandedChain, shell: Shell, start: Thermal | InBands) -> table.Chosen:
    """What "auto" takes in one shell."""
    d = int(model.sizes(shell.configurations).sum())
    if start.draw == "mixed":
        return Exact()
    return table.cheapest(d, table.limit(start.samples))


def _share(progress: Progress | None, dimensions: Real, shell: int) -> Progress | None:
    """Progress of one shell as part of the whole; shells count as their dimension squared."""
    if progress is None:
        return None
    cost = np.cumsum([0.0, *dimensions**2])
    return lambda done, total: progress(
        float(cost[shell] + (cost[shell + 1] - cost[shell]) * done / total), float(cost[-1])
    )


def _pure(
    operator: BlockSparse,
    model: BandedChain,
    shell: Shell,
    start: Thermal | InBands,
    times: Real,
    method: table.Chosen,
    meter: Meter,
) -> tuple[Real, Real, Real]:
    """Populations (k, T, C), flows of all transfers (k, T, transfers) and change of the energy (k, T) of pure starts."""
    psi = start.amplitudes(model, shell.configurations)
    k = psi.shape[1]
    P = np.empty((k, times.size, operator.blocks))
    flows, energy = np.empty((k, times.size, len(operator.pairs))), np.empty((k, times.size))
    for block in table.propagate(operator, psi, times, method, meter):
        there = (block.columns, block.times)
        weight = block.states.real**2 + block.states.imag**2  # (T, D, k)
        energy[there] = np.einsum("tdk,d->kt", weight, operator.energies)
        for c, rows in enumerate(operator.places):
            P[(*there, c)] = weight[:, rows].sum(axis=1).T
        for number in range(len(operator.pairs)):
            element = pair_element(operator, block.states, number)
            flows[(*there, number)] = -2 * element.imag
            energy[there] += 2 * element.real
    before = np.einsum("dk,dk->k", psi.conj(), operator.mv(psi)).real
    return P, flows, energy - before[:, None]


def _mixed(
    operator: BlockSparse,
    model: BandedChain,
    shell: Shell,
    start: Thermal | InBands,
    times: Real,
    method: table.Chosen,
    meter: Meter,
) -> tuple[Real, Real, Real]:
    """The same for the mixed start, by traces in the eigenbasis."""
    check_mixed(method, start)
    d = operator.shape[0]
    _checks.memory(
        "initial", f"mixed in a shell of {d} states", 2 * dense.memory_needed(d), "take draw='haar' with samples="
    )
    spectrum = dense.decompose(operator).report(meter)
    C = operator.blocks
    own = start.level_weights(model, shell.configurations)
    weights = start.weights(model, shell.configurations) if own is None else own
    told = chain(spectrum.projections(), spectrum.flows())
    values = dense.mixed_expectations(spectrum, weights, times, told, C + len(operator.pairs) + 1, meter).T[None]
    if own is None:
        before = sum(w * operator.energies[rows].mean() for w, rows in zip(weights, operator.places, strict=True))
    else:
        before = own @ operator.energies
    return values[..., :C], values[..., C:-1], values[..., -1] - before


def _certificate(drift: _Drift, method: table.Chosen | str, times: Real) -> Certificate:
    tol = Chebyshev().tol if method == "auto" else getattr(method, "tol", 0.0)
    limit = max(1e-10, 2 * tol)
    checks = [
        Check("norm drift", drift.norm, limit, "the evolution is unitary in every shell"),
        *proofs(drift.notes, tol, float(times[-1])),
        Check("rounding", drift.rounding, ROUNDING, "double precision keeps the phases"),
        Check(
            "energy drift", drift.energy, limit, "⟨H⟩ is conserved; in units of half the spectral width of the shell"
        ),
    ]
    return Certificate(tuple(checks))
