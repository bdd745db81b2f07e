"""Dark states of one excitation: what no sink ever sees, found in exact arithmetic.

What stays for ever is the part of the start within the largest subspace that is mapped into itself by h and by n_k of
every site that dephases, and that no sink touches. Since these operators are hermitian, its complement D⊥ is mapped into
itself too: the smallest such space that holds every site with a sink. Nothing passes between the two, so that the dark
population Tr(P ρ) is constant in time, P the projector on D.

Source: F. Caruso et al., J. Chem. Phys. 131, 105106 (2009), doi:10.1063/1.3223548, section III (invariant subspaces).
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np

from caloriq._checks import Complex
from caloriq.models.spins import SpinChain

PRIMES = (2305843009213693951, 2305843009213693921)  # below 2^61
MOST = 28  # sites up to which the projector is made, in rational numbers


class Dark:
    """The dark subspace of one model.

    Attributes
    ----------
    count : int
        Its dimension.
    """

    def __init__(self, model: SpinChain, sinks: Any, dephased: Any) -> None:
        self._sites = model.sites
        h = exact_energies(model)
        self._double = any(part[1] != 0 for row in h for part in row)
        self._h, self._start, self._dephased = h, np.flatnonzero(sinks).tolist(), np.flatnonzero(dephased).tolist()
        self.rows: Any = None  # of a basis of D⊥ in rational numbers
        self.count = 0
        if not any(self._rank(prime) == self._size for prime in PRIMES):  # a rank modulo a prime is never too large
            if model.sites > MOST:
                self.count = self._sites - self._rank(PRIMES[0]) // (2 if self._double else 1)
            else:
                self.rows = self._basis()
                self.count = (self._size - self.rows.nrows()) // (2 if self._double else 1)

    @property
    def _size(self) -> int:
        return self._sites * (2 if self._double else 1)

    def projector(self) -> list[list[tuple[Fraction, Fraction]]]:
        """P as exact real and imaginary parts, shape (N, N)."""
        from flint import fmpq_mat

        N, zero = self._sites, Fraction(0)
        if self.count == 0:
            return [[(zero, zero)] * N for _ in range(N)]
        B = self.rows
        bright = B.transpose() * (B * B.transpose()).inv() * B
        P = fmpq_mat(self._size, self._size)
        for i in range(self._size):
            P[i, i] = 1
        P -= bright
        return [
            [(_fraction(P[i, j]), _fraction(P[i + N, j]) if self._double else zero) for j in range(N)] for i in range(N)
        ]

    def population(self, rho: Complex) -> Fraction:
        """Tr(P ρ), exactly for the doubles in ρ."""
        if self.count == 0:
            return Fraction(0)
        P, total = self.projector(), Fraction(0)
        for i in range(self._sites):
            for j in range(self._sites):
                re, im = P[i][j]
                total += re * Fraction(float(rho[j, i].real)) - im * Fraction(float(rho[j, i].imag))
        return total

    def _matrix(self) -> list[list[Fraction]]:
        """H as a real matrix; for complex couplings of twice its size."""
        N = self._sites
        real = [[self._h[i][j][0] for j in range(N)] for i in range(N)]
        if not self._double:
            return real
        imaginary = [[self._h[i][j][1] for j in range(N)] for i in range(N)]
        upper = [real[i] + [-v for v in imaginary[i]] for i in range(N)]
        return upper + [imaginary[i] + real[i] for i in range(N)]

    def _rank(self, prime: int) -> int:
        """Dimension of D⊥ in the arithmetic modulo a prime."""
        from flint import nmod_mat

        def matrix(rows: int, columns: int, entries: list[int]) -> Any:
            return nmod_mat(rows, columns, entries, prime)

        return int(self._grown(matrix, lambda v: _residue(v, prime), int).nrows())

    def _basis(self) -> Any:
        """Rows that span D⊥."""
        from flint import fmpq, fmpq_mat

        return self._grown(fmpq_mat, lambda v: fmpq(v.numerator, v.denominator), lambda v: v)

    def _grown(self, matrix: Callable[..., Any], number: Callable[[Fraction], Any], plain: Callable[[Any], Any]) -> Any:
        """The smallest space with the sinks' sites that H and the dephasing map into itself, as reduced rows."""
        d = self._size
        H = matrix(d, d, [number(v) for row in self._matrix() for v in row]).transpose()

        def reduced(rows: list[list[Any]]) -> Any:
            found, rank = matrix(len(rows), d, [plain(v) for row in rows for v in row]).rref()
            return matrix(rank, d, [plain(v) for row in found.tolist()[:rank] for v in row])

        def units(site: int) -> list[list[int]]:
            places = (site, site + self._sites) if self._double else (site,)
            return [[int(j == place) for j in range(d)] for place in places]

        seen = set(self._start)
        space = reduced([row for site in sorted(seen) for row in units(site)])
        while True:
            grown = [*space.tolist(), *(space * H).tolist()]
            for site in set(self._dephased) - seen:  # n_k v = v_k e_k
                if any(row[place] != 0 for row in grown for place in range(site, d, self._sites)):
                    seen.add(site)
                    grown += units(site)
            before, space = space.nrows(), reduced(grown)
            if space.nrows() in (before, d):
                return space


def exact_energies(model: SpinChain) -> list[list[tuple[Fraction, Fraction]]]:
    """One-excitation matrix with the ZZ shifts, real and imaginary parts as exact fractions."""
    N, zero = model.sites, Fraction(0)
    h = [[(zero, zero)] * N for _ in range(N)]
    diagonal = [Fraction(float(w)) for w in model.frequencies]
    for k, l, g, zz in zip(*model.bonds, strict=True):
        re, im = Fraction(float(np.real(g))), Fraction(float(np.imag(g)))
        h[k][l], h[l][k] = (re, im), (re, -im)
        diagonal[k] -= Fraction(float(zz))
        diagonal[l] -= Fraction(float(zz))
    mean = diagonal[0]
    for k in range(N):
        h[k][k] = (diagonal[k] - mean, zero)
    return h


def _residue(value: Fraction, prime: int) -> int:
    return value.numerator * pow(value.denominator, -1, prime) % prime


def _fraction(value: Any) -> Fraction:
    return Fraction(int(value.p), int(value.q))
