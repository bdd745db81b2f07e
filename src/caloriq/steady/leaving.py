"""One excitation until it leaves: dρ/dt = Xρ + ρX† + diag(γ_k ρ_kk), X = -ih - ½ diag(sinks + γ), without sums over times.

Integrals over all times are solutions of linear systems: with 𝓛 the right-hand side, ∫ρ dt = -𝓛⁻¹ρ(0) and
∫tρ dt = 𝓛⁻²ρ(0). What depends on the dephasing alone is 𝓛 = 𝓛₀ + γ M, so that many γ are one stack of systems.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from caloriq._checks import Complex, Real
from caloriq.linalg.enclosure import Enclosure
from caloriq.linalg.sylvester import pack, unpack
from caloriq.models.spins import SpinChain
from caloriq.steady import balls
from caloriq.steady.balls import rounded
from caloriq.steady.bounds import ROUNDINGS, UNIT, Bounded
from caloriq.steady.dark import Dark, exact_energies
from caloriq.steady.one_excitation import energies
from caloriq.steady.sinks import Sinks

DENSE = 28  # sites up to which the equations are solved as they stand
BALLS = 9  # sites up to which ball arithmetic is tried: seconds
BITS = (192, 768, 3072)
STACKED = 2e8  # bytes of a stack


@dataclass(frozen=True)
class Residence:
    """Integrals over all times for K dephasing rates."""

    times: Bounded  # ∫ρ_kk dt, shape (K, N)
    delays: Bounded  # ∫tρ_kk dt, shape (K, N)
    slopes: Bounded  # d/dγ of `times`, shape (K, N); zeros where they were not asked for
    state: Complex  # ∫ρ dt of the last rate, shape (N, N), without what is dark

    def joined(self, other: Residence) -> Residence:
        """The rates of this one, then those of the other."""
        pairs = zip((self.times, self.delays, self.slopes), (other.times, other.delays, other.slopes), strict=True)
        times, delays, slopes = (Bounded(*(np.concatenate(two) for two in zip(a, b, strict=True))) for a, b in pairs)
        return Residence(times, delays, slopes, other.state)


class Leaving:
    """The equations of one network with its sinks, from one start.

    `pattern` says which sites dephase; `profile`, shape (N,), how the rate is spread over them, so that γ_k = rate · profile_k.
    """

    def __init__(self, model: SpinChain, sinks: Sinks, start: Complex, profile: Real) -> None:
        self.model, self.sinks, self.start, self.profile = model, sinks, start, profile
        largest = max(float(np.abs(model.bonds.hopping).max(initial=0.0)), float(sinks.total.max()))
        self._power = round(np.log2(largest))
        self.unit = float(np.ldexp(1.0, self._power))  # a power of two changes no digit

    @cached_property
    def dark(self) -> Dark:
        """What stays for ever where there is dephasing."""
        return Dark(self.model, self.sinks.total, self.profile)

    @cached_property
    def bare_dark(self) -> Dark:
        """What stays for ever where there is none."""
        return Dark(self.model, self.sinks.total, np.zeros(self.model.sites))

    def dark_of(self, rate: float) -> Dark:
        """The dark states at one rate."""
        return self.dark if rate > 0 else self.bare_dark

    @cached_property
    def reached(self) -> NDArray[np.bool_]:
        """Sites that the excitation can come to, along bonds from where it starts, shape (N,); the others stay empty, exactly."""
        found = self.start.diagonal().real > 0
        k, l, g, _ = self.model.bonds
        joined = g != 0
        while True:
            grown = found.copy()
            np.logical_or.at(grown, k, joined & found[l])
            np.logical_or.at(grown, l, joined & found[k])
            if np.array_equal(grown, found):
                return found
            found = grown

    def solve(self, rates: Real, *, slopes: bool = False) -> Residence:
        """All integrals for every rate, shape (K,); dark states and the others keep apart."""
        size = 48.0 * self.model.sites**4
        chunk = max(1, int(STACKED / size))
        found: list[Residence] = []
        for dark in (True, False):
            there = [i for i, rate in enumerate(rates.tolist()) if (rate == 0) is dark]
            starts = range(0, len(there), chunk)
            found += [self._chunk(rates[there[first : first + chunk]], slopes) for first in starts]
        order = np.argsort(np.concatenate([np.flatnonzero(rates == 0), np.flatnonzero(rates != 0)]), kind="stable")
        whole = found[0]
        for other in found[1:]:
            whole = whole.joined(other)
        parts = (whole.times, whole.delays, whole.slopes)
        times, delays, slopes_ = (Bounded(b.value[order], b.bound[order]) for b in parts)
        return Residence(times, delays, slopes_, whole.state)

    def _chunk(self, rates: Real, slopes: bool) -> Residence:
        """Rates of which all or none are zero."""
        A, weight = self._stack(rates)
        system = Enclosure(A, weight, ROUNDINGS + self.model.sites)  # ZZ shifts are sums over the sites
        b = np.broadcast_to(pack(self.start).ravel(), (len(rates), A.shape[1]))
        x, error = system.solve(-b, 2 * UNIT * np.abs(b))
        y, late = system.solve(-x, error)
        z, steep = np.zeros_like(x), np.zeros_like(x)
        if slopes:
            M, size = self._scattered
            z, steep = system.solve(-(x @ M.T), (error + 4 * UNIT * np.abs(x)) @ size.T)
        N, u = self.model.sites, self.unit
        at = np.arange(N) * (N + 1)
        return Residence(
            self._measured(x[:, at], error[:, at], 1),
            self._measured(y[:, at], late[:, at], 2),
            self._measured(z[:, at], steep[:, at], 2),
            unpack(x[-1].reshape(N, N)) / u,
        )

    def _measured(self, value: Real, bound: Real, times: int) -> Bounded:
        """Integrals in the inverse of the model's unit of energy, to that power; nothing where no excitation comes."""
        with np.errstate(over="ignore", under="ignore", invalid="ignore"):
            found, off = (np.ldexp(of, -times * self._power) for of in (value, bound))
            lost = (np.abs(found) < np.finfo(float).tiny) | (
                off < np.finfo(float).tiny
            )  # digits, below the least double
            off = off + np.where(lost, 2 * np.finfo(float).smallest_subnormal, 0.0)
        off = np.where(np.isfinite(found), off, np.inf)
        return Bounded(np.where(self.reached, found, 0.0), np.where(self.reached, off, 0.0))

    def _stack(self, rates: Real) -> tuple[Real, Real]:
        """𝓛 for every rate in the model's unit, and the magnitudes of what was added up in every entry."""
        L, size = self._still
        M, scattered = self._scattered
        g = rates[:, None, None] / self.unit
        A, weight = L + g * M, size + g * scattered
        shade = self._shade(self.dark_of(float(rates[0])))
        return (A, weight) if shade is None else (A + shade[0], weight + shade[1])

    @cached_property
    def _still(self) -> tuple[Real, Real]:
        """Hamiltonian and sinks."""
        h, N = energies(self.model) / self.unit, self.model.sites
        h -= np.eye(N) * h.diagonal().real.mean()
        decay = np.diag(self.sinks.total / self.unit / 2)
        L, size = superoperator(-1j * h - decay)
        return L, size

    @cached_property
    def _scattered(self) -> tuple[Real, Real]:
        """What dephasing does at rate one, and its magnitudes."""
        M, size = superoperator(-np.diag(self.profile / 2).astype(complex))
        at = np.arange(self.model.sites) * (self.model.sites + 1)
        M[at, at] = 0.0  # what a population loses comes back to it
        size[at, at] = 0.0
        return M, size

    def _shade(self, dark: Dark) -> tuple[Real, Real] | None:
        """A decay of the dark states, which makes 𝓛 regular and touches no number of the others; None without any."""
        if dark.count == 0:
            return None
        P = np.array([[complex(float(re), float(im)) for re, im in row] for row in dark.projector()])
        return superoperator(-float(self.sinks.total.max()) / self.unit / 2 * P)

    def in_balls(self, rate: float, content: Callable[[Residence], bool] | None = None) -> Residence | None:
        """The same for one rate in ball arithmetic, with more bits until `content`; None where even that does not tell."""
        from flint import arb, arb_mat

        N = self.model.sites
        n, at = N * N, [k * (N + 1) for k in range(N)]
        for bits in BITS:
            with balls.precision(bits):
                A, b = arb_mat(n, n), arb_mat(n, 1)
                for (i, j), value in self._entries(rate).items():
                    A[i, j] = value
                for i, value in enumerate(pack(self.start).ravel().tolist()):
                    b[i, 0] = -arb(value)
                try:
                    x = A.solve(b)
                    y = A.solve(-x)
                except ZeroDivisionError:
                    continue
                times, delays = (self._of_balls([of[i, 0] for i in at]) for of in (x, y))
                if not (np.all(np.isfinite(times.bound)) and np.all(np.isfinite(delays.bound))):
                    continue
                whole = np.array([float(x[i, 0].mid()) for i in range(n)]).reshape(N, N)
                found = Residence(times, delays, Bounded(np.zeros((1, N)), np.full((1, N), np.inf)), unpack(whole))
                if content is None or content(found):
                    return found
        return None

    def _of_balls(self, column: list[Any]) -> Bounded:
        """Integrals as balls, rounded, shape (1, N)."""
        pairs = [rounded(one) if there else Bounded(0.0, 0.0) for one, there in zip(column, self.reached, strict=True)]
        return Bounded(*(np.array([part], dtype=float) for part in zip(*pairs, strict=True)))

    def _entries(self, rate: float) -> dict[tuple[int, int], Any]:
        """𝓛 as balls, in the model's own unit; the doubles of the model are exact."""
        from flint import arb, fmpq

        N, zero = self.model.sites, arb(0)
        g = [arb(rate) * arb(float(share)) for share in self.profile]
        K = [[(arb(_rational(im)), -arb(_rational(re))) for re, im in row] for row in exact_energies(self.model)]  # -ih
        for k, (trap, loss) in enumerate(zip(*self.sinks, strict=True)):
            K[k][k] = (K[k][k][0] - (arb(float(trap)) + arb(float(loss)) + g[k]) / 2, K[k][k][1])
        dark = self.dark_of(rate)
        if dark.count:
            for i, row in enumerate(dark.projector()):
                for j, (re, im) in enumerate(row):
                    K[i][j] = (K[i][j][0] - arb(_rational(re)), K[i][j][1] - arb(_rational(im)))
        out: dict[tuple[int, int], Any] = {}

        def add(row: int, k: int, l: int, re: Any, im: Any) -> None:
            """Row of the packed KR + RK† gets (re + i im) R_kl, which is re Q_kl + im Q_lk."""
            for column, value in ((k * N + l, re), (l * N + k, im)):
                out[row, column] = out.get((row, column), zero) + value

        for i in range(N):
            for j in range(N):
                for m in range(N):
                    add(i * N + j, m, j, *K[i][m])
                    add(i * N + j, i, m, K[j][m][0], -K[j][m][1])
        for k in range(N):
            out[k * (N + 1), k * (N + 1)] += g[k]
        return {place: value for place, value in out.items() if value != fmpq(0)}


def superoperator(K: NDArray[Any]) -> tuple[Real, Real]:
    """R ↦ KR + RK† on packed hermitian matrices by rows, shape (N², N²), and the magnitudes in every entry.

    (a + ib) R_kl with R = (Q + Qᵀ)/2 + i(Q - Qᵀ)/2 is a Q_kl + b Q_lk once its real and imaginary parts are added.
    """
    N = len(K)
    eye, flip = np.eye(N), np.arange(N * N).reshape(N, N).T.ravel()

    def both(left: Real, right: Real) -> Real:
        return np.asarray(np.kron(left, eye) + np.kron(eye, right))

    value = both(K.real, K.real) + both(K.imag, -K.imag)[:, flip]
    size = both(np.abs(K.real), np.abs(K.real)) + both(np.abs(K.imag), np.abs(K.imag))[:, flip]
    return value, size


def _rational(value: Fraction) -> Any:
    from flint import fmpq

    return fmpq(value.numerator, value.denominator)
