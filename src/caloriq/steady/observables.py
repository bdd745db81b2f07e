"""Every reported number as a linear function of the packed state, in forms whose terms are as small as the number.

A bath current Γ₊ - γ⟨n⟩ between large rates is a small difference of large numbers. What flows in also flows on: the
same current is that of the bonds beside the bath, and the heat is what the bonds around its site pass to the rest,

    J_b = -⟨i[H - H_s, H_s]⟩ - Σ_others Tr(H_s 𝓛_o ρ),   H_s the terms of H that touch the site.

Both forms are made, and the one with the smaller bound is reported.

Source: MT eqs. 7, 8 and 12 (PRE 86, 061118 (2012), doi:10.1103/PhysRevE.86.061118), extended to any graph, ZZ interaction and
dephasing.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import scipy

from caloriq._checks import Real
from caloriq.spaces.basis import Indices
from caloriq.steady.parts import Coefficients, Key, SectorSpace, term, terms

Row = tuple[Indices, Real]  # places in a packed vector, and exact values there
Functional = list[tuple[Any, Row]]  # Σ coefficient · (row · x)
# equivalent functionals of one number; they differ by rounding and by what the equations leave over
Forms = tuple[Functional, ...]


def pack(here: SectorSpace, operator: Any) -> Row:
    """Row of a hermitian block-diagonal operator O: Tr(O ρ) = Σ (Re O + Im O) ∘ P."""
    entries = scipy.sparse.coo_array(operator)
    value = entries.data.real + entries.data.imag
    there = value != 0
    place = here.place(entries.row[there].astype(np.intp), entries.col[there].astype(np.intp))
    return place, np.asarray(value[there], dtype=float)


@lru_cache(maxsize=256)
def of_term(here: SectorSpace, key: Key) -> Row:
    """One term of H."""
    return pack(here, term(here, *key))


@lru_cache(maxsize=256)
def population(here: SectorSpace, site: int) -> Row:
    """⟨n_k⟩."""
    return pack(here, term(here, "frequency", site))


@lru_cache(maxsize=256)
def vacancy(here: SectorSpace, site: int) -> Row:
    """⟨1 - n_k⟩ on states that the site's gain acts on."""
    empty, _ = here.raised(site)
    return here.place(empty, empty), np.ones(empty.size)


@lru_cache(maxsize=256)
def coherence(here: SectorSpace, bond: int) -> tuple[Row, Row]:
    """Re and Im of ⟨σ⁺_kσ⁻_l⟩."""
    real = pack(here, term(here, "hopping", bond) / 2)
    imaginary = pack(here, term(here, "hopping'", bond) / -2)  # (σ⁺_kσ⁻_l - h.c.)/2i
    return real, imaginary


@lru_cache(maxsize=1024)
def dissipated(here: SectorSpace, jump: str, site: int, key: Key) -> Row:
    """L†hL - ½{L†L, h} of a jump and a term h of H: what the jump changes in ⟨h⟩ per unit of rate."""
    h = term(here, *key)
    n = here.occupation[:, site]
    if jump == "dephasing":
        L = decay = scipy.sparse.diags_array(n)
    else:
        since, to = here.raised(site) if jump == "gain" else here.raised(site)[::-1]
        shape = (here.states, here.states)
        L = scipy.sparse.csr_array(scipy.sparse.coo_array((np.ones(to.size), (to, since)), shape=shape))
        lost = np.zeros(here.states)
        lost[since] = 1.0
        decay = scipy.sparse.diags_array(lost)
    return pack(here, L.T @ h @ L - (decay @ h + h @ decay) / 2)


@lru_cache(maxsize=4096)
def exchanged(here: SectorSpace, one: Key, other: Key) -> Row:
    """⟨i[h_one, h_other]⟩: what the first term of H brings to the second."""
    a, b = term(here, *one), term(here, *other)
    return pack(here, 1j * (a @ b - b @ a))


def sites_of(here: SectorSpace, key: Key) -> tuple[int, ...]:
    """Sites that a term of H acts on."""
    kind, number = key
    return (number,) if kind == "frequency" else here.pairs[number]


def bond_current(here: SectorSpace, c: Coefficients, bond: int) -> Functional:
    """-2 Im(g ⟨σ⁺_kσ⁻_l⟩), from k to l."""
    real, imaginary = coherence(here, bond)
    return nonzero([(-2 * c.hopping[bond], imaginary), (-2 * c.imaginary[bond], real)])


def excitation_current(here: SectorSpace, c: Coefficients, bath: int) -> Forms:
    """Γ₊⟨1 - n⟩ - Γ₋⟨n⟩, or what the bonds take away from the site and other baths do not bring."""
    site = c.bath_sites[bath]
    balance: Functional = []
    for bond, (k, l) in enumerate(here.pairs):
        if site in (k, l):
            sign = 1 if site == k else -1
            balance += [(sign * value, row) for value, row in bond_current(here, c, bond)]
    for other, where in enumerate(c.bath_sites):
        if where == site and other != bath:
            balance += [(-value, row) for value, row in _direct(here, c, other)]
    return _direct(here, c, bath), nonzero(balance)


def _direct(here: SectorSpace, c: Coefficients, bath: int) -> Functional:
    site = c.bath_sites[bath]
    return nonzero([(c.gains[bath], vacancy(here, site)), (-c.losses[bath], population(here, site))])


def present(here: SectorSpace, c: Coefficients) -> list[Key]:
    """Terms of H that are there."""
    return [key for key in terms(here) if c.of(key) != 0]


def heat_current(here: SectorSpace, c: Coefficients, bath: int, *, cut: bool = False) -> Forms:
    """Tr(H 𝓛_b ρ): as it stands, or as what the terms around its site pass on. Only as it stands in a cut space."""
    site, keys = c.bath_sites[bath], present(here, c)
    near = [key for key in keys if site in sites_of(here, key)]
    direct = _work(here, c, bath, near)
    if cut:
        return (direct,)
    balance: Functional = []
    for other in range(len(c.bath_sites)):
        if other != bath:
            balance += [(-value, row) for value, row in _work(here, c, other, near)]
    balance += [(-value, row) for value, row in dephasing_work(here, c, near)]
    for q in keys:
        if q in near:
            continue
        for p in near:
            if set(sites_of(here, p)) & set(sites_of(here, q)):
                balance.append((-(c.of(p) * c.of(q)), exchanged(here, q, p)))
    return direct, nonzero(balance)


def _work(here: SectorSpace, c: Coefficients, bath: int, keys: list[Key]) -> Functional:
    """What a bath brings to terms of H."""
    site, out = c.bath_sites[bath], []
    for key in keys:
        if site in sites_of(here, key):
            for jump, rate in (("gain", c.gains[bath]), ("loss", c.losses[bath])):
                if rate != 0:
                    out.append((rate * c.of(key), dissipated(here, jump, site, key)))
    return nonzero(out)


def dephasing_work(here: SectorSpace, c: Coefficients, keys: list[Key]) -> Functional:
    """What the dephasing brings to terms of H."""
    return nonzero(
        [
            (c.dephasing[site] * c.of(key), dissipated(here, "dephasing", site, key))
            for key in keys
            for site in sites_of(here, key)
            if c.dephasing[site] != 0
        ]
    )


def energy(here: SectorSpace, c: Coefficients) -> Functional:
    """⟨H⟩ with Σ ω (n - ½)."""
    out: Functional = [(c.of(key), of_term(here, key)) for key in present(here, c)]
    trace = here.diagonal, np.full(here.states, -0.5)
    return out + [(w, trace) for w in c.frequency if w != 0]


@lru_cache(maxsize=256)
def difference(here: SectorSpace, bond: int) -> Row:
    """⟨n_k⟩ - ⟨n_l⟩: the states in which the two differ."""
    k, l = here.pairs[bond]
    n = here.occupation
    return pack(here, scipy.sparse.diags_array(n[:, k] - n[:, l]))


def nonzero(functional: Functional) -> Functional:
    """The functional without terms that add nothing."""
    return [(value, row) for value, row in functional if value != 0 and row[0].size]
