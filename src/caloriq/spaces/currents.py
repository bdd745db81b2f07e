"""Densities and currents of translation-invariant chains, exactly, and how well a density is conserved.

With the density a_p of all sites at a place p along the chain, d a_p/dt = i[H, a_p] = Σ_q j_{q→p}; the total current is the sum of the
distances that are gone, J = ½ Σ (p - q) j_{q→p}, in sites of a leg.
"""

from __future__ import annotations

import math
from collections import defaultdict

import numpy as np

from caloriq import _checks
from caloriq.errors import InvalidInput, Unsupported
from caloriq.spaces.infinite import InfiniteChain
from caloriq.spaces.strings import String, Strings

CONSERVED = 1e-13  # of a commutator that is rounding, relative to its factors


def energy_density(chain: InfiniteChain, place: int, cells: int) -> Strings:
    """Energy h_p at one place in a row of cells.

    Parameters
    ----------
    chain : InfiniteChain
        The chain.
    place, cells : int
        p, and how many cells there are; the cell of p must be at least `chain.reach` - 1 from both ends.
    """
    return Strings(chain.window(cells), chain.energy_at(place))


def energy_current(chain: InfiniteChain) -> Strings:
    """Density of the total energy current J = Σ_{d>0} d · i[h_p, h_{p+d}] of all p in a cell, in energy² times sites of a leg.

    It covers 2 reach - 1 cells. Another `energy` of the places would change J by some i[H, B], which overlaps no charge, but
    ⟨J²⟩.
    """
    R, k = chain.reach, chain.places
    cells, first = 4 * R - 3, (R - 1) * k
    parts: defaultdict[String, complex] = defaultdict(complex)
    for p in range(first, first + k):
        here = energy_density(chain, p, cells)
        for there in range(p + 1, (3 * R - 2) * k):
            for string, f in here.commutator(energy_density(chain, there, cells)).terms.items():
                parts[string] += 1j * (there - p) * f
    return _hermitian(chain, parts)


def number_density(chain: InfiniteChain, name: str, *, argument: str = "of") -> Strings:
    """Density of a number of the sites in sum, less what is ∝ 1: "magnetisation", "particles".

    Raises
    ------
    InvalidInput
        If a site of the cell does not have it.
    """
    total: dict[String, complex] = {}
    for site, space in enumerate(chain.cell):
        if name not in space.numbers:
            known = sorted(set.intersection(*(set(one.numbers) for one in chain.cell)))
            raise InvalidInput(
                f"`{argument}` must name a number of every site, but a {space.name} site does not have it (got {name!r}); known are {', '.join(known) or 'none'}"
            )
        row = space.expanded(np.diag(np.asarray(space.numbers[name], dtype=float)))
        total |= {((site, a),): f.real for a, f in row if a}
    return chain.density(total)


def number_current(chain: InfiniteChain, name: str, *, argument: str = "of") -> Strings:
    """Density of the total current of a conserved number, Σ_t i[h_t, Σ_x p_x a_x] with the place p_x of site x, in energy times sites of a leg.

    Raises
    ------
    Unsupported
        If the number is not conserved; names the term of H that changes it.
    """
    c, R = len(chain.cell), chain.reach
    one = number_density(chain, name, argument=argument)
    window = chain.window(R)
    all_cells: defaultdict[String, complex] = defaultdict(complex)
    moments: defaultdict[String, complex] = defaultdict(complex)
    for n in range(R):
        for string, f in one.terms.items():
            moved = tuple((x + n * c, a) for x, a in string)
            all_cells[moved] += f
            moments[moved] += moved[0][0] // chain.legs * f
    H = Strings(window, chain.terms)
    changed = H.commutator(Strings(window, all_cells)).cleaned(relative_to=H.largest * one.largest, tol=CONSERVED)
    if changed.terms:
        by = max(H.terms, key=lambda t: Strings(window, {t: H.terms[t]}).commutator(Strings(window, all_cells)).norm)
        raise Unsupported(
            f"`{argument}` must be conserved, but {name} is changed by the term {H.terms[by].real:.6g} × {H.words(by)} (got {name!r}); the energy always is"
        )
    return _hermitian(chain, (1j * H.commutator(Strings(window, moments))).terms)


def current_of(chain: InfiniteChain, of: str) -> tuple[Strings, Strings]:
    """Densities of the total current and of what it carries: "energy", or a number of every site that is conserved.

    Raises
    ------
    InvalidInput
        For what sites do not have.
    Unsupported
        For a number that is not conserved; names the term of H that changes it.
    """
    if not isinstance(of, str):
        raise InvalidInput(f"`of` must be 'energy' or a number of every site, but it is not (got {_checks.shown(of)})")
    if of == "energy":
        return energy_current(chain), chain.hamiltonian
    return number_current(chain, of), number_density(chain, of)


def residual(chain: InfiniteChain, density: Strings) -> float:
    """(Tr [H, Q]†[H, Q]/D)^½ per cell of the sum Q on a ring of more than twice the cells that [H, Q] covers.

    No image of Q meets another there, so it is that of the infinite chain. By products of strings, one by one.
    """
    c = len(chain.cell)
    covered = chain.covers(density)
    cells = 2 * (covered + chain.reach) + 1
    spaces, middle = chain.window(cells), chain.reach
    q = Strings(spaces, {tuple((x + middle * c, a) for x, a in s): f for s, f in density.terms.items()})
    H = chain.on_ring(chain.hamiltonian, cells)
    total: defaultdict[String, complex] = defaultdict(complex)
    for string, f in H.commutator(q).terms.items():  # strings of one sum, moved to begin in one cell
        total[_first_on_ring(string, cells, c)] += f
    return math.sqrt(math.fsum(abs(f) ** 2 for f in total.values()))


def _first_on_ring(string: String, cells: int, sites: int) -> String:
    """The string moved along the ring to begin in cell 0: after its widest gap."""
    places = sorted({x // sites for x, _ in string})
    gaps = [(b - a) % cells or cells for a, b in zip(places, [*places[1:], places[0]], strict=True)]
    first = places[(gaps.index(max(gaps)) + 1) % len(places)]
    return tuple(sorted(((x - first * sites) % (cells * sites), a) for x, a in string))


def _hermitian(chain: InfiniteChain, terms: dict[String, complex]) -> Strings:
    """As the density of a sum, with real coefficients and without rounding."""
    found = chain.density(terms)
    return Strings(found.spaces, {string: complex(f).real for string, f in found.terms.items()}).cleaned()
