"""Batches of small disordered chains: dense real systems put together, solved and read off row by row.

Every row of a batch is worked on alone, by operations that its neighbours have no part in: a sample's numbers are the
same to the last bit whatever else is in the batch. Products, sums and solutions of libraries, which round as the
processor, the threads or the size of the batch have it, are not used.
"""

from __future__ import annotations

import math
from functools import lru_cache, partial
from typing import Any, NamedTuple

import numpy as np
import scipy
from numpy.typing import NDArray

from caloriq._checks import Real
from caloriq.errors import CaloriqError, InvalidInput, NotConverged
from caloriq.linalg import kernels
from caloriq.models.random import PROBE, generator
from caloriq.models.spins import SpinChain
from caloriq.results import Check, Progress
from caloriq.spaces.numbers import by_number
from caloriq.steady import alone, parts
from caloriq.steady.bounds import RELATIVE, UNIT, worst_share
from caloriq.steady.equations import two_point_part

BATCH_BYTES = 4.0e6  # of the matrices in work: they stay in the cache
SYSTEMS = 16  # kept, for the next batch of the same chain
TOL = 1e-9
CERTAIN = 1e-8  # error of a solution that the certificate lets pass

PROOFS = (
    Check("residual", np.nan, TOL, "misfit of the linear system over its right-hand side"),
    Check(
        "error of the solution",
        np.nan,
        CERTAIN,
        "what rounding of the equations would change; without bound where there are several steady states",
    ),
    Check(
        "sum of excitation currents", np.nan, TOL, "what flows in flows out; in units of the sample's largest bath rate"
    ),
    Check("sum of heat currents", np.nan, TOL, "the energy is steady; in units of the sample's largest bath rate"),
    Check("populations outside [0, 1]", np.nan, TOL, "positivity of every site"),
    Check(
        "error of the numbers",
        np.nan,
        RELATIVE,
        "bound of the error over the number itself, or over 10⁻⁴ of what could flow or be there where that is more",
    ),
)
# of `Numbers`, by the names of ensembles and in the order of `Rows.bounds`
BOUNDED = ("currents", "excitation_currents", "heat_currents", "dephasing_currents", "populations")


compiled = partial(kernels.compiled, "caloriq.steady._rows_compiled")


class SampleValues(NamedTuple):
    """What differs from sample to sample: (n, N), (n, B) and (n, N)."""

    frequency: Real
    hopping: Real
    dephasing: Real


class Terms(NamedTuple):
    """A linear map with the order of its sums: value · given[which] for every target `where`, terms start_i..start_i+1."""

    where: NDArray[np.int64]
    start: NDArray[np.int64]
    which: NDArray[np.int64]
    value: Real


class System(NamedTuple):
    """Linear equations of a batch."""

    dimension: int  # D
    first: NDArray[np.int64]  # first and second: coupled pairs, shape (B,)
    second: NDArray[np.int64]
    # matrix and right: of the D² and D entries, out of a sample's parameters: frequency, hopping, dephasing, gain,
    # loss, 1
    matrix: Terms
    right: Terms
    reading: Terms  # populations, real and imaginary parts of the pairs' coherences, out of the solution


class Rows(NamedTuple):
    """What a batch gives, a row for every sample; NaN where there is none."""

    currents: Real  # currents, heat, excitations, populations: heat from the dephasing last
    heat: Real
    excitations: Real
    populations: Real
    proofs: Real  # values of `PROOFS`, shape (n, 6)
    # bounds on the errors of currents, excitations, heat and populations, in that order, shape (n, B + 2 baths + 1 +
    # N)
    bounds: Real
    errors: dict[int, CaloriqError]  # why a sample has no solution


def solve_rows(
    chain: SpinChain, kind: str, pairs: tuple[Any, Any], drawn: SampleValues, progress: Progress | None = None
) -> Rows:
    """Steady states of samples that share a chain's sites and baths and the coupled pairs, by "two-point" or "sector" equations."""
    kernels = compiled()
    n, N, D, B, baths = len(drawn.frequency), chain.sites, dimension(kind, chain.sites), len(pairs[0]), len(chain.baths)
    system = system_of(kind, N, chain.bath_sites, tuple(map(int, pairs[0])), tuple(map(int, pairs[1])))
    p, errors = parameters(chain, drawn)
    wide = B + 2 * baths + 1 + N
    arrays = [np.full((n, width), np.nan) for width in (B, baths + 1, baths, N, len(PROOFS), wide)]
    wire = kind == "two-point" and sorted(chain.bath_sites) == [0, N - 1] and B == N - 1
    first_bath = chain.bath_sites.index(0) if wire else 0
    step = max(1, min(n, int(BATCH_BYTES / (8.0 * D**2))))
    A, given, read = np.zeros((step, D * D)), np.zeros((step, D, 2)), np.empty((step, N + 2 * B))
    if wire:
        given[:, :: N + 1, 1] = -1.0
    else:
        given[:, :, 1] = rounding(D)
    right = np.zeros((step, D))
    for start in range(0, n, step):
        taken = [i for i in range(start, min(n, start + step)) if i not in errors] if errors else None
        q = p[start : start + step] if taken is None else p[taken]
        here = np.arange(start, min(n, start + step)) if taken is None else np.array(taken, dtype=np.intp)
        m = len(q)
        kernels.combine(q, *system.matrix, A)
        kernels.combine(q, *system.right, right)
        if wire:  # the bath of the first site alone drives
            right[:m] = 0.0
            with np.errstate(over="ignore"):
                right[:m, 0] = -(q[:, 2 * N + B + first_bath] + q[:, 2 * N + B + 2 + first_bath])
        given[:m, :, 0] = right[:m]
        solution, singular = solved(A[:m], given[:m])
        x, moved = np.ascontiguousarray(solution[:, :, 0]), np.ascontiguousarray(solution[:, :, 1])
        out = _measured(chain, system, q, A, right, (x, moved), read, wire=wire)
        for array, values in zip(arrays, out, strict=True):
            array[here] = values
        for i in singular:
            errors[int(here[i])] = NotConverged(
                "`method` must find one steady state, but there are several (got a singular system); add a bath or dephasing where none reaches"
            )
        if progress is not None:
            progress(min(n, start + step), n)
    currents, heat, excitations, populations, proofs, bounds = arrays
    rows = Rows(currents, heat, excitations, populations, proofs, bounds, errors)
    for i in np.flatnonzero(~(rows.proofs[:, 5] <= RELATIVE)).tolist():
        if i not in errors and np.all(np.isfinite(rows.proofs[i, 0])):
            _alone(chain, kind, pairs, drawn, i, rows)
    _with_own_rounding(chain, drawn, rows)
    return rows


def _with_own_rounding(chain: SpinChain, drawn: SampleValues, rows: Rows) -> None:
    """Count the rounding of the results and of steep Boltzmann factors, which lose ω/T units, and what underflows."""
    numbers = np.hstack([rows.currents, rows.excitations, rows.heat, rows.populations])
    steep = np.zeros(len(numbers))
    with np.errstate(over="ignore", invalid="ignore"):
        for bath, site in zip(chain.baths, chain.bath_sites, strict=True):
            if bath.temperature:
                steep = np.maximum(steep, np.clip(drawn.frequency[:, site] / bath.temperature, 0.0, 800.0))
        rows.bounds[:] += (2 + 2 * steep[:, None]) * UNIT * np.abs(numbers) + math.ulp(0.0)


def _measured(
    chain: SpinChain,
    system: System,
    q: Real,
    A: Real,
    right: Real,
    solution: tuple[Real, Real],
    read: Real,
    *,
    wire: bool,
) -> tuple[Real, ...]:
    """Numbers, proofs and bounds of a batch out of its solution, and of that for a second right-hand side."""
    kernels, (x, other) = compiled(), solution
    m, N, D, B, baths = len(q), chain.sites, system.dimension, len(system.first), len(chain.baths)
    sites = np.array(chain.bath_sites, dtype=np.int64)
    widths = (B, baths + 1, baths, N, len(PROOFS), B + 2 * baths + 1 + N)
    out = tuple(np.empty((m, width)) for width in widths)
    currents, heat, excitations, populations, proofs, bounds = out
    share, moved = np.empty(m), other
    kernels.combine(x, *system.reading, read)
    if wire:
        kernels.wires(
            q, N, B, chain.bath_sites.index(0), all(bath.gain is not None for bath in chain.baths),
            system.matrix.where, A, x, other, currents, excitations, heat, populations, bounds, share,
        )  # fmt: skip
        read[:m, :N] = populations
        moved = other * (np.finfo(float).eps / math.sqrt(N))
    else:
        kernels.flows(q, N, system.first, system.second, sites, read, currents, excitations, heat)
        populations[:] = read[:m, :N]
    kernels.proofs(q, N, B, D, system.matrix.where, A, right, x, moved, read, excitations, heat, proofs)
    if not wire:
        kernels.estimated(
            q, N, B, baths, sites, system.first, system.second, proofs[:, 1].copy(),
            currents, excitations, heat, populations, bounds, share,
        )  # fmt: skip
    proofs[:, 5] = share
    return out


def _alone(chain: SpinChain, kind: str, pairs: tuple[Any, Any], drawn: SampleValues, i: int, rows: Rows) -> None:
    """Sample i by itself, in the place of what the batch gave."""
    model = alone.sample(chain, pairs, drawn.frequency[i], drawn.hopping[i], drawn.dephasing[i])
    numbers = alone.solved(model, kind)
    if numbers is None:
        return
    rows.currents[i], rows.excitations[i] = numbers.currents.value, numbers.excitation_currents.value
    rows.heat[i] = np.append(numbers.heat_currents.value, numbers.dephasing_current.value)
    rows.populations[i] = numbers.populations.value
    rows.bounds[i] = np.hstack([number.bound for number in numbers[: len(BOUNDED)]])
    rows.proofs[i] = 0.0
    rows.proofs[i, 4] = float(np.abs(rows.populations[i] - 0.5).max(initial=0.5)) - 0.5
    rows.proofs[i, 5] = worst_share(model, numbers)


def numbers_of(rows: Rows) -> tuple[dict[str, Real], dict[str, Real]]:
    """Values and bounds by name, each of the shape of its number."""
    heat, dephasing = rows.heat[:, :-1], rows.heat[:, -1]
    values = (rows.currents, rows.excitations, heat.copy(), dephasing.copy(), rows.populations)
    B, baths = rows.currents.shape[1], heat.shape[1]
    edges = np.cumsum([B, baths, baths, 1])
    currents, excitations, heat, dephasing, populations = np.split(rows.bounds, edges, axis=1)
    parts = (currents, excitations, heat, dephasing[:, 0], populations)
    bounds = {name: part.copy() for name, part in zip(BOUNDED, parts, strict=True)}
    return dict(zip(BOUNDED, values, strict=True)), bounds


def dimension(kind: str, sites: int) -> int:
    """D of a kind of equations."""
    return sites**2 if kind == "two-point" else by_number(sites).dimension


def rounding(size: int) -> Real:
    """A change of the right-hand side as small as rounding."""
    probe = generator(0, PROBE, size).standard_normal(size)
    probe *= np.finfo(float).eps / math.sqrt(math.fsum(v * v for v in probe.tolist()))
    return probe


def solved(matrices: Real, right: Real) -> tuple[Real, list[int]]:
    """Solutions (n, D, K) for matrices (n, D²), and which of these are singular: there they are NaN."""
    solution = np.empty_like(right)
    compiled().eliminate(matrices, right, solution)
    none = np.flatnonzero(np.all(np.isnan(solution), axis=(1, 2)))  # or where the equations overflow
    return solution, [i for i in none.tolist() if np.all(np.isfinite(matrices[i]))]


def parameters(chain: SpinChain, drawn: SampleValues) -> tuple[Real, dict[int, CaloriqError]]:
    """Parameters of every sample, shape (n, 2 N + B + 2 baths + 1), and which samples leave their domain."""
    n, N, B, baths = len(drawn.frequency), chain.sites, drawn.hopping.shape[1], len(chain.baths)
    p = np.empty((n, 2 * N + B + 2 * baths + 1))
    p[:, :N], p[:, N : N + B], p[:, N + B : 2 * N + B], p[:, -1] = drawn.frequency, drawn.hopping, drawn.dephasing, 1.0
    gain, loss = np.empty((n, baths)), np.empty((n, baths))
    temperature, rate = np.full(baths, np.nan), np.zeros(baths)
    for b, bath in enumerate(chain.baths):
        if bath.temperature is None:
            gain[:, b], loss[:, b] = bath.rates(0.0)
        else:
            assert bath.rate is not None
            temperature[b], rate[b] = bath.temperature, bath.rate
    sites = np.array(chain.bath_sites, dtype=np.int64)
    compiled().bath_rates(p, sites, temperature, rate, gain, loss)
    p[:, 2 * N + B : -1] = np.concatenate([gain, loss], axis=1)
    errors: dict[int, CaloriqError] = {}
    for b, site in enumerate(sites.tolist()):
        if np.isnan(temperature[b]):
            continue
        for i in np.flatnonzero(p[:, site] <= 0).tolist():
            unlit = InvalidInput(
                f"`disorder` must keep the frequency of sites with a heat bath above 0, but it does not on site {site} (got {p[i, site]:g}); narrow it, or give the bath by gain and loss"
            )
            errors.setdefault(i, unlit)
        for i in np.flatnonzero(~np.isfinite(gain[:, b])).tolist():
            hot = InvalidInput(
                f"`temperature` must give a finite occupation, but it does not (got {temperature[b]:g} at frequency {p[i, site]:g}); use gain = loss for infinite temperature"
            )
            errors.setdefault(i, hot)
    for i in np.flatnonzero(np.any(drawn.dephasing < 0, axis=1)).tolist():
        errors[i] = InvalidInput(
            f"`disorder` must keep dephasing at least 0 in every sample, but it does not (got {drawn.dephasing[i].min():g}); narrow it"
        )
    return p, errors


@lru_cache(maxsize=SYSTEMS)
def system_of(
    kind: str, sites: int, bath_sites: tuple[int, ...], first: tuple[int, ...], second: tuple[int, ...]
) -> System:
    """Equations of chains with these pairs and baths, whatever their parameters."""
    make = two_point if kind == "two-point" else sector
    return make(sites, bath_sites, np.array(first, dtype=np.int64), np.array(second, dtype=np.int64))


def terms(columns: Any) -> Terms:
    """Terms of a sparse matrix (targets, given), the smaller index of `given` first."""
    table = scipy.sparse.csr_array(columns)
    table.sum_duplicates()
    table.eliminate_zeros()
    count = np.diff(table.indptr)
    where = np.flatnonzero(count).astype(np.int64)
    start = np.concatenate([[0], np.cumsum(count[where])]).astype(np.int64)
    return Terms(where, start, table.indices.astype(np.int64), table.data.astype(float))


def stacked(parts: list[Any]) -> Any:
    """Sparse matrices as columns, their rows one after the other."""
    return scipy.sparse.vstack([scipy.sparse.csr_array(a).reshape((1, -1)).tocsr() for a in parts]).T.tocsr()


def flat(size: int, index: Any, value: Any = 1.0) -> Any:
    """A sparse row with a value on every index; equal indices add up."""
    index = np.atleast_1d(index)
    return scipy.sparse.coo_array((np.broadcast_to(value, index.shape), (np.zeros_like(index), index)), (1, size))


def two_point(sites: int, bath_sites: tuple[int, ...], first: NDArray[np.int64], second: NDArray[np.int64]) -> System:
    """The two-point set, N² real equations: 0 = h Pᵀ - Pᵀ h - W∘P + source, P = Re C + Im C, h real."""
    N, size = sites, sites**2
    here = parts.space(sites, tuple(zip(first.tolist(), second.tolist(), strict=True)))
    matrix = [two_point_part(here, key).tocsr()[:-1, :-1] for key in _keys(here, bath_sites)]
    gains = 2 * N + len(first)
    source = scipy.sparse.coo_array(
        (-np.ones(len(bath_sites)), (np.array(bath_sites) * (N + 1), gains + np.arange(len(bath_sites))))
    )
    up, down = first * N + second, second * N + first
    reading = [flat(size, k * (N + 1)) for k in range(N)]
    reading += [flat(size, [a, b], [0.5, 0.5]) for a, b in zip(up, down, strict=True)]
    reading += [flat(size, [a, b], [0.5, -0.5]) for a, b in zip(up, down, strict=True)]
    return System(
        size, first, second, terms(stacked(matrix)), terms(source.tocsr()), terms(scipy.sparse.vstack(reading))
    )


def sector(sites: int, bath_sites: tuple[int, ...], first: NDArray[np.int64], second: NDArray[np.int64]) -> System:
    """𝓛 in the sector as C(2N, N) real equations; the first is replaced by the trace."""
    here = parts.space(sites, tuple(zip(first.tolist(), second.tolist(), strict=True)))
    size, diagonal = here.dimension, here.diagonal
    matrix = [parts.part(here, *key) for key in _keys(here, bath_sites)]
    others = scipy.sparse.diags_array((np.arange(size) > 0).astype(float)).tocsr()
    trace = scipy.sparse.csr_array((np.ones(len(diagonal)), (np.zeros_like(diagonal), diagonal)), (size, size))
    columns = stacked([*(others @ a for a in matrix), trace])
    one = scipy.sparse.csr_array(([1.0], ([0], [len(matrix)])))
    reading = [flat(size, diagonal, here.occupation[:, j]) for j in range(sites)]
    real, imaginary = [], []
    for j, l in here.pairs:
        before, after = here.moved(l, j)
        both = np.concatenate([here.place(before, after), here.place(after, before)])
        half = np.repeat([0.5, -0.5], len(both) // 2)
        real.append(flat(size, both, np.abs(half)))
        imaginary.append(flat(size, both, half))
    reading += real + imaginary
    return System(size, first, second, terms(columns), terms(one), terms(scipy.sparse.vstack(reading)))


def _keys(here: parts.SectorSpace, bath_sites: tuple[int, ...]) -> list[parts.Key]:
    """Parts of 𝓛 in the order of their coefficients."""
    sites, pairs = range(here.sites), range(len(here.pairs))
    kinds = (("frequency", sites), ("hopping", pairs), ("dephasing", sites), ("gain", bath_sites), ("loss", bath_sites))
    return [(kind, number) for kind, numbers in kinds for number in numbers]
