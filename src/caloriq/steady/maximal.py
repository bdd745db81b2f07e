"""The XXZ chain at maximal driving: gain alone on one end, loss alone on the other. Its steady state is known exactly.

T. Prosen, PRL 107, 137201 (2011), doi:10.1103/PhysRevLett.107.137201; the matrix product is in `lax_product`. The current is
Γ₊ Z_(N-1)/Z_N. Everything is summed in balls, at as many bits as it takes, so every number has a proven bound at any length.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np

from caloriq._checks import Complex
from caloriq.models.spins import SpinChain
from caloriq.results import Check, frozen
from caloriq.spaces.numbers import by_number
from caloriq.steady import balls
from caloriq.steady.bounds import UNIT, Bounded, Numbers, consistent, worst_share
from caloriq.steady.lax_product import LaxProduct, Row, paired
from caloriq.steady.methods import ClosedForm
from caloriq.steady.result import SteadyState, assemble

PAIRS = 40  # sites up to which the correlators of all pairs are made
STATE = 10  # sites up to which the density matrix is made
DIGITS = 1e-13  # what the balls are asked for
MOST = 24576  # bits


def obstacle(model: SpinChain) -> str | None:
    """What keeps a uniform chain with a bath at each end from having this state, in words; None if nothing does."""
    gains, losses = model.gains[[0, -1]], model.losses[[0, -1]]
    if np.count_nonzero(gains) != 1 or np.any((gains > 0) != (losses[::-1] > 0)):
        return "baths other than gain alone on one end and loss alone on the other"
    if np.any(model.bonds.zz != model.bonds.zz[0]):
        return "unequal ZZ interaction"
    if np.any(model.dephasing_rates):
        return "the dephasing"
    return None


def memory_needed(sites: int) -> float:
    """Bytes: the rows of balls, and the density matrix of a short chain."""
    return 1e6 + 200.0 * sites**2 + (16.0 * (sites + 4) * 4.0**sites if sites <= STATE else 0.0)


def seconds(sites: int) -> float:
    """Rough time on one core; measured, good to a factor of 3."""
    return 2e-3 + 4e-6 * sites**2 + (3e-7 * sites**3 if sites <= PAIRS else 0.0)


@dataclass(frozen=True)
class Measured:
    """Numbers of a chain that is filled at its first site and has |g| as hopping, as balls."""

    current: Any  # Γ₊ Z_(N-1)/Z_N
    filled: Row
    empty: Row
    coherences: Row
    both: Row  # ⟨n_kn_(k+1)⟩


def solve(model: SpinChain, method: ClosedForm, reason: str) -> SteadyState:
    """Steady state, every number with a proven bound."""
    clock, bits = time.perf_counter(), balls.FIRST
    while True:
        with balls.precision(bits):
            product = _product(model)
            found = _measured(model, product)
            numbers = _numbers(model, found)
            if bits >= MOST or _known(model, numbers):
                norms = balls.rounded(found.current)
                matrices = _pairs(model, product) if model.sites <= PAIRS else None
                break
        bits *= 2
    into = numbers.excitation_currents
    routes = np.abs(np.concatenate([[norms.value], numbers.currents.value, into.value]))
    rooms = np.concatenate([[norms.bound], numbers.currents.bound, into.bound]) + UNIT * routes
    same = "Γ₊ Z_(N-1)/Z_N, the bonds' coherences and the baths' populations give one current, to within the bounds"
    checks = [Check("current by norms, bonds and baths", consistent(routes, rooms), 1.0, same)]
    made = assemble(
        model,
        method,
        reason,
        numbers,
        checks,
        {"sites": model.sites, "route": f"exact matrix product, balls of {bits} bits"},
        clock=clock,
        two_point=None if matrices is None else matrices["two_point"].value,
        correlations=None if matrices is None else matrices["pair_correlations"].value,
        proven=matrices,
    )
    return made if model.sites > STATE else replace(made, state=_state(model, product))


def _first(model: SpinChain) -> bool:
    """Whether the gain is on the first site."""
    return bool(model.gains[0] > 0)


def _parameters(model: SpinChain) -> tuple[Any, Any, Any, Any]:
    """Rates of filling and draining, |g| and zz."""
    from flint import acb, arb

    g = complex(model.bonds.hopping[0])
    size = abs(acb(g.real, g.imag)) if g.imag else arb(abs(g.real))
    return arb(float(model.gains.max())), arb(float(model.losses.max())), size, arb(float(model.bonds.zz[0]))


def _product(model: SpinChain) -> LaxProduct:
    fill, drain, size, zz = _parameters(model)
    return LaxProduct.of(zz / size, fill / size, drain / size, model.sites // 2 + 1)


def _measured(model: SpinChain, product: LaxProduct) -> Measured:
    N = model.sites
    left, w = product.rows(N), product.weights()
    right: list[Row] = [[v * u for v, u in zip(row, w, strict=False)] for row in left[::-1]]
    norm = left[N][0]
    one = [product.filled(row) for row in left[:N]]
    return Measured(
        current=_parameters(model)[0] * left[N - 1][0] / norm,
        filled=[paired(row, right[k + 1]) / norm for k, row in enumerate(one)],
        empty=[paired(product.empty(row), right[k + 1]) / norm for k, row in enumerate(left[:N])],
        coherences=[
            paired(product.lowered(product.raised(row)), right[k + 2]) / norm for k, row in enumerate(left[: N - 1])
        ],
        both=[paired(product.filled(row), right[k + 2]) / norm for k, row in enumerate(one[: N - 1])],
    )


def _numbers(model: SpinChain, of: Measured) -> Numbers:
    """Numbers of the model: its sites may be counted the other way, its hopping have a phase."""
    fill, drain, size, zz = _parameters(model)
    w, step = float(model.frequencies[0]), 1 if _first(model) else -1
    n, c, both = of.filled, of.coherences, of.both
    real = [v.real for v in c]
    into = fill * of.empty[0]
    out = drain * n[-1]
    # what gain and loss change in ½ zz σᶻσᶻ and in the hopping of the bond beside them
    gain = w * into + zz * fill * (2 * (n[1] - both[0]) - of.empty[0]) - fill * size * real[0]
    loss = -w * out - zz * drain * (2 * both[-1] - n[-1]) - drain * size * real[-1]
    bonds = [4 * b - 2 * p - 2 * q + 1 for b, p, q in zip(both, n, n[1:], strict=False)]
    energy = w * (sum(n) - len(n) / 2) + zz / 2 * sum(bonds) + 2 * size * sum(real)
    drops = [p - q for p, q in pairwise(n)]
    places = [0 if (site == 0) == (step > 0) else 1 for site in model.bath_sites]
    return Numbers(
        currents=_turned(balls.doubles([-2 * size * v.imag for v in c]), step, sign=step),
        excitation_currents=balls.doubles([(into, -out)[e] for e in places]),
        heat_currents=balls.doubles([(gain, loss)[e] for e in places]),
        dephasing_current=Bounded(0.0, 0.0),
        populations=_turned(balls.doubles(n), step),
        population_differences=_turned(balls.doubles(drops), step, sign=step),
        coherences=_with_phase(model, _complex(c), step),
        energy=Bounded(*map(float, balls.rounded(energy))),
    )


def _turned(number: Bounded, step: int, *, sign: int = 1) -> Bounded:
    return Bounded(sign * number.value[::step], number.bound[::step])


def _complex(values: Row) -> Bounded:
    real, imaginary = balls.doubles([v.real for v in values]), balls.doubles([v.imag for v in values])
    return Bounded(real.value + 1j * imaginary.value, np.hypot(real.bound, imaginary.bound))


def _phase(model: SpinChain) -> complex:
    """g*/|g|: what ⟨σ⁺_kσ⁻_(k+1)⟩ has beyond that of the chain with |g|."""
    g = complex(model.bonds.hopping[0])
    return g.conjugate() / abs(g)


def _phases(model: SpinChain) -> Complex:
    """Of every site, shape (N,)."""
    found: Complex = np.asarray(_phase(model) ** np.arange(model.sites), dtype=complex)
    return found


def _with_phase(model: SpinChain, number: Bounded, step: int) -> Bounded:
    """Coherences of the bonds as the model counts its sites."""
    value = number.value if step > 0 else number.value[::-1].conj()
    return Bounded(value * _phase(model), number.bound[::step] + 8 * UNIT * np.abs(value))


def _known(model: SpinChain, numbers: Numbers) -> bool:
    """Whether every number is known to its digits, the currents to their own however small they are."""
    if not worst_share(model, numbers) <= DIGITS:
        return False
    j = numbers.currents
    return bool(np.all(j.bound <= DIGITS * np.abs(j.value) + 2 * math.ulp(0.0)))


def _pairs(model: SpinChain, product: LaxProduct) -> dict[str, Bounded]:
    """⟨σ⁺_kσ⁻_l⟩ and ⟨n_kn_l⟩ of all pairs, shape (N, N)."""
    N, step = model.sites, 1 if _first(model) else -1
    left, w = product.rows(N), product.weights()
    right: list[Row] = [[v * u for v, u in zip(row, w, strict=False)] for row in left[::-1]]
    C, room = np.zeros((N, N), dtype=complex), np.zeros((N, N))
    n, doubt = np.zeros((N, N)), np.zeros((N, N))
    for k in range(N):
        one, lifted = product.filled(left[k]), product.raised(left[k])
        here = balls.rounded(paired(one, right[k + 1]) / left[N][0])
        C[k, k], room[k, k] = here
        n[k, k], doubt[k, k] = here
        for l in range(k + 1, N):
            n[k, l], doubt[k, l] = balls.rounded(paired(product.filled(one), right[l + 1]) / left[N][0])
            found = _complex([paired(product.lowered(lifted), right[l + 1]) / left[N][0]])
            C[k, l], room[k, l] = found.value[0], found.bound[0]
            one, lifted = product.after(one), product.carried(lifted)
    lower = np.tril_indices(N, -1)
    C[lower] = C.T.conj()[lower]
    for one_sided in (n, doubt, room):
        one_sided[lower] = one_sided.T[lower]
    phases = _phases(model)
    C, n, room, doubt = (one[::step, ::step].copy() for one in (C, n, room, doubt))
    turned: Complex = phases.conj()[:, None] * C * phases
    return {
        "two_point": Bounded(turned, room + 8 * N * UNIT * np.abs(C)),
        "pair_correlations": Bounded(n, doubt),
    }


def _state(model: SpinChain, product: LaxProduct) -> tuple[Complex, ...]:
    """ρ = S κ^k S†/Z in blocks of k excitations, in double precision."""
    a, b, x = ([complex(v) for v in row] for row in (product.filled_by, product.emptied_by, product.x))
    first, space = _first(model), by_number(model.sites)
    up = np.array([[0.0, 0.0], [1.0, 0.0]])
    S: list[Complex] = [np.eye(1, dtype=complex)]
    for m in range(1, model.sites + 1):
        new = [np.zeros((2**m, 2**m), dtype=complex) for _ in range(min(m, model.sites - m) + 1)]
        for q, part in enumerate(S):
            for to, matrix in ((q, np.diag([b[q], a[q]])), (q + 1, up), (q - 1, x[q - 1] * up.T)):
                if 0 <= to < len(new):  # later sites are higher bits
                    new[to] += np.kron(matrix, part) if first else np.kron(part, matrix)
        largest = max(float(np.abs(part).max()) for part in new)
        S = [np.asarray(part / largest, dtype=complex) for part in new]
    phase = np.prod(
        np.where(np.arange(2**model.sites)[:, None] >> np.arange(model.sites) & 1, _phases(model), 1), axis=1
    )
    blocks: list[Any] = []
    kappa = float(product.weight)
    for k, states in enumerate(space.states):
        part = phase[states][:, None] * S[0][np.ix_(states, states)]
        blocks.append(kappa ** (k - model.sites * (kappa > 1)) * (part @ part.conj().T))
    trace = sum(float(np.trace(block).real) for block in blocks)
    return tuple(frozen(np.asarray(block / trace, dtype=complex)) for block in blocks)
