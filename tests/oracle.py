"""Steady states in ball arithmetic: every number with a proven radius, from the definition of a model alone.

The master equation is written out from the docstrings of `SpinChain`, `Bath` and `ClassicalChain`; nothing of the
library but the fields of a definition is read. The excitation-conserving sector, C(2N, N) real unknowns, is solved as a
dense system of balls (Arb, through python-flint): what comes out encloses the solution for the doubles that went in,
with the occupations of thermal baths worked out in the same precision. The precision is doubled until every number is
known to 25 digits of its own, or is zero to 75 decimal places.

    exact = truth(model)
    exact["heat_currents"]                      # array of balls
    exact.floats("heat_currents")               # array of floats, correctly rounded but for the last place
    exact.outside("heat_currents", found, bound)  # where |found - truth| is proved to be above the bound
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import flint
import numpy as np
from flint import acb, arb, arb_mat
from numpy.typing import NDArray

import caloriq as cq

BITS, MOST_BITS = 384, 6144
DIGITS, PLACES = 25, 75  # relative digits of a number, or decimal places of one that may be zero
LARGEST = 1000  # unknowns
Balls = NDArray[Any]  # of arb, acb, or an infinite float


class NotUnique(ValueError):
    """The equations of the steady state are singular at every precision tried."""


class TooCoarse(ArithmeticError):
    """A number is not known well enough at the largest precision."""


@dataclass(frozen=True)
class Truth:
    """Every number of a steady state, as balls that contain it; what has no value is nan."""

    numbers: dict[str, Balls]
    bits: int

    def __getitem__(self, name: str) -> Balls:
        return self.numbers[name]

    def __iter__(self) -> Any:
        return iter(self.numbers)

    def floats(self, name: str) -> NDArray[Any]:
        """The numbers as floats, complex for coherences."""
        balls = self.numbers[name]
        kind = complex if any(isinstance(x, acb) for x in balls.flat) else float
        out: NDArray[Any] = np.array([kind(x) for x in balls.flat]).reshape(balls.shape)
        return out

    def outside(self, name: str, values: Any, bounds: Any) -> list[str]:
        """What is certainly further from the truth than its bound allows, in words; empty if nothing is."""
        balls = self.numbers[name]
        found = np.asarray(values)
        if found.shape != balls.shape:
            return [f"{name}: shape {found.shape} instead of {balls.shape}"]
        allowed = np.broadcast_to(np.asarray(bounds, dtype=float), balls.shape)
        wrong = []
        for place in np.ndindex(balls.shape):
            said = "" if _within(found[place].item(), balls[place], float(allowed[place])) else _shown(balls[place])
            if said:
                wrong.append(f"{name}{list(place)}: {found[place]} ± {allowed[place]:.3g}, but it is {said}")
        return wrong


def _within(value: complex, ball: Any, bound: float) -> bool:
    if bound == math.inf:
        return True  # nothing is claimed
    if isinstance(ball, float):
        return math.isnan(ball) or value == ball
    if not (math.isfinite(abs(value)) and bound >= 0):
        return False  # a NaN, or a bound that is none
    return not abs(acb(value) - ball) > arb(bound)


def _shown(ball: Any) -> str:
    return str(ball) if isinstance(ball, float) else str(ball.str(17, radius=False))


def truth(model: cq.SpinChain | cq.ClassicalChain, *, bits: int = BITS, most: int | None = None) -> Truth:
    """Every number that `SteadyState` reports, proved.

    Parameters
    ----------
    model : SpinChain or ClassicalChain
        At most 6 sites, a second or so; 5 sites take 0.1 s, fewer are immediate.
    bits : int
        Precision to begin with.
    most : int, optional
        Excitations allowed at once, for weakly driven networks of more sites: what they leave out is not in the balls.

    Raises
    ------
    NotUnique
        If the steady state is not unique.
    TooCoarse
        If `MOST_BITS` do not suffice.
    """
    singular = False
    while bits <= MOST_BITS:
        with flint.ctx.workprec(bits):
            try:
                numbers = _classical(model) if isinstance(model, cq.ClassicalChain) else _quantum(model, most)
            except ZeroDivisionError:
                singular = True
            else:
                singular = False
                if numbers is not None and all(_known(x) for balls in numbers.values() for x in balls.flat):
                    return Truth(numbers, bits)
        bits *= 2
    if singular:
        raise NotUnique(f"no unique steady state of {model}")
    raise TooCoarse(f"{MOST_BITS} bits do not suffice for {model}")


def _known(x: Any) -> bool:
    if isinstance(x, float):
        return True
    parts = (x.real, x.imag) if isinstance(x, acb) else (x,)
    return all(_known_part(p) for p in parts)


def _known_part(x: arb) -> bool:
    if not x.is_finite():
        return False
    return bool(x.rad() <= abs(x.mid()) * arb(10) ** -DIGITS or (0 in x and x.rad() <= arb(10) ** -PLACES))


# --- what is driven ---------------------------------------------------------------------------------------------------


def _each(value: Any, length: int) -> list[arb]:
    return [arb(float(x)) for x in np.broadcast_to(np.asarray(value, dtype=float), (length,))]


@dataclass(frozen=True)
class Contact:
    """A bath: its site, its gain and loss, and its inverse temperature (None: T = ±0, said by `cold`)."""

    site: int
    gain: arb
    loss: arb
    beta: arb | None
    cold: float

    @property
    def total(self) -> arb:
        return self.gain + self.loss


def _contact(bath: cq.Bath, sites: int, frequencies: list[arb]) -> Contact:
    site = bath.site % sites
    w = frequencies[site]
    if bath.temperature is not None:
        rate, T = arb(bath.rate), arb(bath.temperature)
        if bath.temperature == 0:
            return Contact(site, arb(0), rate, None, 1.0)
        n = 1 / (w / T).expm1()
        return Contact(site, rate * n, rate * (n + 1), 1 / T, 1.0)
    if bath.occupation is not None:
        gain, loss = arb(bath.rate) * arb(bath.occupation), arb(bath.rate) * (arb(bath.occupation) + 1)
    else:
        gain, loss = arb(bath.gain), arb(bath.loss)
    if gain == 0 or loss == 0:
        return Contact(site, gain, loss, None, 1.0 if (gain == 0) == (w > 0) else -1.0)
    # T = w/ln(loss/gain); a site of no energy has no temperature to weigh its heat with
    beta = arb(math.inf) if w == 0 and gain != loss else (arb(0) if gain == loss else (loss / gain).log() / w)
    return Contact(site, gain, loss, beta, 1.0)


@dataclass(frozen=True)
class Spins:
    """The fields of a `SpinChain` as balls; `bonds` holds (k, l, hopping, zz)."""

    sites: int
    frequencies: list[arb]
    dephasing: list[arb]
    bonds: list[tuple[int, int, acb, arb]]
    contacts: list[Contact]


def _read(model: cq.SpinChain) -> Spins:
    N = model.sites
    if model.couplings is None:
        g = np.diag(np.broadcast_to(np.asarray(model.hopping, dtype=complex), (N - 1,)), 1)
        there = np.eye(N, k=1, dtype=bool)
        if np.ndim(model.zz) < 2:
            zz = np.diag(np.broadcast_to(np.asarray(model.zz, dtype=float), (N - 1,)), 1)
        else:
            zz = np.triu(np.asarray(model.zz), 1)
            there = (g != 0) | (zz != 0)
    else:
        g = np.triu(np.asarray(model.couplings, dtype=complex), 1)
        zz = np.where(g != 0, float(model.zz), 0.0) if np.ndim(model.zz) == 0 else np.triu(np.asarray(model.zz), 1)
        there = (g != 0) | (zz != 0)
    w = _each(model.frequency, N)
    bonds = [
        (k, l, acb(g[k, l].real, g[k, l].imag), arb(float(zz[k, l])))
        for k in range(N)
        for l in range(k + 1, N)
        if there[k, l]
    ]
    return Spins(N, w, _each(model.dephasing_rates, N), bonds, [_contact(b, N, w) for b in model.baths])


# --- the equation -----------------------------------------------------------------------------------------------------


def _hamiltonian(chain: Spins) -> tuple[list[arb], list[list[tuple[int, acb]]]]:
    """Energies of all 2^N patterns (bit k: site k is excited), and for each pattern a its ⟨a|H|c⟩ ≠ 0, c ≠ a."""
    size = 1 << chain.sites
    energies, hops = [], []
    for a in range(size):
        E, out = arb(0), []
        for k, w in enumerate(chain.frequencies):
            E += w / 2 if a >> k & 1 else -w / 2
        for k, l, g, zz in chain.bonds:
            here, there = a >> k & 1, a >> l & 1
            E += zz / 2 if here == there else -zz / 2
            if here != there:  # g σ⁺_kσ⁻_l ends in a pattern with k excited
                out.append((a ^ (1 << k) ^ (1 << l), g if here else g.conjugate()))
        energies.append(E)
        hops.append(out)
    return energies, hops


def _places(sites: int, most: int) -> dict[tuple[int, int], tuple[int, int]]:
    """Unknowns of the matrix elements a ≤ b of equal filling: real and imaginary part (-1 on the diagonal)."""
    out: dict[tuple[int, int], tuple[int, int]] = {}
    count = 0
    for a in range(1 << sites):
        for b in range(a, 1 << sites):
            if a.bit_count() == b.bit_count() <= most:
                out[a, b] = (count, -1) if a == b else (count, count + 1)
                count += 1 if a == b else 2
    return out


def _change(chain: Spins, a: int, b: int, energies: Any, hops: Any, most: int) -> dict[tuple[int, int], acb]:
    """Coefficients of d⟨a|ρ|b⟩/dt in the matrix elements of ρ; nothing is gained beyond `most` excitations."""
    out: dict[tuple[int, int], acb] = {}
    full = a.bit_count() == most

    def add(row: int, column: int, value: Any) -> None:
        out[row, column] = out[row, column] + value if (row, column) in out else acb(value)

    decay = arb(0)
    for bath in chain.contacts:
        for x in (a, b):
            decay -= (bath.loss if x >> bath.site & 1 else arb(0) if full else bath.gain) / 2
        bit = 1 << bath.site
        if a & bit and b & bit:
            add(a ^ bit, b ^ bit, bath.gain)
        elif not (a | b) & bit and not full:
            add(a | bit, b | bit, bath.loss)
    for k, rate in enumerate(chain.dephasing):
        if (a ^ b) >> k & 1:
            decay -= rate / 2
    add(a, b, acb(decay, energies[b] - energies[a]))
    for c, g in hops[a]:
        add(c, b, acb(g.imag, -g.real))  # -i⟨a|H|c⟩⟨c|ρ|b⟩
    for d, g in hops[b]:
        add(a, d, acb(g.imag, g.real))  # i⟨a|ρ|d⟩⟨d|H|b⟩, the conjugate of ⟨b|H|d⟩
    return out


def _solved(chain: Spins, most: int) -> dict[tuple[int, int], acb]:
    """Matrix elements of the steady state, both triangles."""
    size = sum(math.comb(chain.sites, k) ** 2 for k in range(most + 1))
    if size > LARGEST:
        raise ValueError(f"{size} unknowns are too many")
    energies, hops = _hamiltonian(chain)
    places = _places(chain.sites, most)
    zero = arb(0)
    rows = [[zero] * size for _ in range(size)]
    for (a, b), (re, im) in places.items():
        for (c, d), f in _change(chain, a, b, energies, hops, most).items():
            sign = 1 if c <= d else -1
            x, y = places[min(c, d), max(c, d)]
            rows[re][x] += f.real
            if y >= 0:
                rows[re][y] -= sign * f.imag
            if im >= 0:
                rows[im][x] += f.imag
                if y >= 0:
                    rows[im][y] += sign * f.real
    # the populations' equations add up to zero: the empty pattern's is left out for the trace
    rows[0] = [zero] * size
    for (a, b), (re, _) in places.items():
        if a == b:
            rows[0][re] = arb(1)
    x = _solution(rows)
    state = {}
    for (a, b), (re, im) in places.items():
        state[a, b] = acb(x[re], x[im] if im >= 0 else 0)
        state[b, a] = state[a, b].conjugate()
    return state


def _solution(rows: list[list[arb]]) -> list[arb]:
    """Balls around the solution of rows·x = (1, 0, 0, ...)."""
    right = arb_mat([[arb(1 if k == 0 else 0)] for k in range(len(rows))])
    # elimination in balls: a digit lost in three unknowns at most, and several times faster than an inverse
    return list(arb_mat(rows).solve(right, algorithm="lu").entries())


# --- what is read off -------------------------------------------------------------------------------------------------


def _array(values: Any) -> Balls:
    out = np.empty(len(values), dtype=object)
    out[:] = values
    return out


def _quantum(model: cq.SpinChain, most: int | None) -> dict[str, Balls] | None:
    chain = _read(model)
    size, N = 1 << chain.sites, chain.sites
    rho = _solved(chain, N if most is None else most)
    energies, hops = _hamiltonian(chain)

    def energy_of(change: dict[tuple[int, int], acb]) -> arb:
        """Tr(H X), of the elements of X that are there."""
        total = acb(0)
        for a in range(size):
            total += energies[a] * change.get((a, a), 0)
            for c, g in hops[a]:
                total += g * change.get((c, a), 0)
        return total.real

    def brought(rate_and_moves: Any) -> arb:
        """Tr(H 𝓓ρ) of a sum of jumps: rate (c ρ c† - ½{c†c, ρ}), c |x⟩ = |moved(x)⟩ or 0."""
        total = arb(0)
        for rate, moved in rate_and_moves:
            if rate == 0:
                continue
            change: dict[tuple[int, int], acb] = {}
            for (a, b), x in rho.items():
                to, at = moved(a), moved(b)
                if to is not None and at is not None:
                    change[to, at] = change.get((to, at), acb(0)) + x
                if to is not None:
                    change[a, b] = change.get((a, b), acb(0)) - x / 2
                if at is not None:
                    change[a, b] = change.get((a, b), acb(0)) - x / 2
            total += rate * energy_of(change)
        return total

    def raising(k: int) -> Any:
        return lambda x: None if x >> k & 1 else x | 1 << k

    def lowering(k: int) -> Any:
        return lambda x: x ^ 1 << k if x >> k & 1 else None

    def counting(k: int) -> Any:
        return lambda x: x if x >> k & 1 else None

    def both(k: int, l: int) -> arb:
        return sum((rho[a, a].real for a in range(size) if a >> k & 1 and a >> l & 1 and (a, a) in rho), arb(0))

    def coherence(k: int, l: int) -> acb:
        """⟨σ⁺_kσ⁻_l⟩ = Σ ⟨c|ρ|c'⟩ over c' with k, c with l excited."""
        if k == l:
            return acb(both(k, k))
        out = acb(0)
        for a in range(size):
            if a >> l & 1 and not a >> k & 1 and (a, a) in rho:
                out += rho[a, a ^ (1 << k) ^ (1 << l)]
        return out

    n = [both(k, k) for k in range(N)]
    heat = [brought([(b.gain, raising(b.site)), (b.loss, lowering(b.site))]) for b in chain.contacts]
    into = [b.gain - b.total * n[b.site] for b in chain.contacts]
    C = [coherence(k, l) for k, l, _, _ in chain.bonds]
    pairs = np.empty((N, N), dtype=object)
    points = np.empty((N, N), dtype=object)
    for k, l in np.ndindex(N, N):
        pairs[k, l] = both(k, l)
        points[k, l] = coherence(k, l)
    return _reported(
        chain.contacts,
        {
            "heat_currents": _array(heat),
            "dephasing_current": _array([brought([(r, counting(k)) for k, r in enumerate(chain.dephasing)])]),
            "excitation_currents": _array(into),
            "currents": _array([-2 * (g * c).imag for (_, _, g, _), c in zip(chain.bonds, C, strict=True)]),
            "populations": _array(n),
            "population_differences": _array([n[k] - n[l] for k, l, _, _ in chain.bonds]),
            "temperatures": _array([_temperature(w, x) for w, x in zip(chain.frequencies, n, strict=True)]),
            "coherences": _array(C),
            "energy": _array([energy_of(rho)]),
            "pair_correlations": pairs,
            "two_point": points,
        },
    )


def _classical(model: cq.ClassicalChain) -> dict[str, Balls] | None:
    N = model.sites
    V, w = _each(model.rate, N - 1), _each(model.frequency, N)
    contacts = [_contact(b, N, w) for b in model.baths]
    rows = [[arb(0)] * N for _ in range(N)]
    source = [arb(0)] * N
    for k, rate in enumerate(V):
        for x, y in ((k, k + 1), (k + 1, k)):
            rows[x][x] -= rate
            rows[x][y] += rate
    for bath in contacts:
        rows[bath.site][bath.site] -= bath.total
        source[bath.site] -= bath.gain
    P = list(arb_mat(rows).solve(arb_mat([[s] for s in source])).entries())
    into = [b.gain - b.total * P[b.site] for b in contacts]
    currents = [-v * (P[k + 1] - P[k]) for k, v in enumerate(V)]
    return _reported(
        contacts,
        {
            "heat_currents": _array([w[b.site] * j for b, j in zip(contacts, into, strict=True)]),
            "dephasing_current": _array([sum((-(w[k] - w[k + 1]) * j for k, j in enumerate(currents)), arb(0))]),
            "excitation_currents": _array(into),
            "currents": _array(currents),
            "populations": _array(P),
            "population_differences": _array([P[k] - P[k + 1] for k in range(N - 1)]),
            "temperatures": _array([_temperature(e, x) for e, x in zip(w, P, strict=True)]),
            "energy": _array([sum((e * (x - arb(1) / 2) for e, x in zip(w, P, strict=True)), arb(0))]),
        },
    )


def _temperature(w: arb, n: arb) -> Any:
    """Effective temperature ω/ln((1-n)/n); nan where it is at or too near 0 or infinity to be said."""
    if not (n > 0 and n < 1) or w == 0:
        return math.nan
    slope = ((1 - n) / n).log()
    return math.nan if 0 in slope else w / slope


def _reported(contacts: list[Contact], numbers: dict[str, Balls]) -> dict[str, Balls] | None:
    """The numbers, and what follows from the currents; None where a sign that decides is not known yet."""
    heat, into = numbers["heat_currents"], numbers["excitation_currents"]
    total, infinite = arb(0), set()
    jumps, endless = arb(0), set()
    for bath, J, j in zip(contacts, heat, into, strict=True):
        if bath.beta is None:
            here, there = _sign(J), _sign(j)
            if here is None or there is None:
                return None
            infinite.add(-here * bath.cold)
            endless.add(there if bath.loss == 0 else -there)
        else:
            total -= J * bath.beta
            jumps += j * (bath.gain / bath.loss).log()
    numbers["entropy_production"] = _array([_or_infinite(total, infinite)])
    numbers["jump_entropy_production"] = _array([_or_infinite(jumps, endless)])
    for name in ("dephasing_current", "energy", "entropy_production", "jump_entropy_production"):
        numbers[name] = numbers[name].reshape(())
    return numbers


def _sign(x: arb) -> float | None:
    """Sign of a ball; 0 for one that holds nothing but what is far below any double; None where it is not known."""
    if x > 0 or x < 0:
        return 1.0 if x > 0 else -1.0
    return 0.0 if x.rad() < arb(10) ** -400 else None


def _or_infinite(finite: arb, signs: set[float]) -> Any:
    signs = signs - {0.0}
    if not signs:
        return finite
    return math.nan if len(signs) == 2 else signs.pop() * math.inf
