"""Baths of a lattice that are coupled by an operator: what is read of a file, and the operators that they stand for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from caloriq import _checks
from caloriq.documents import within
from caloriq.errors import InvalidInput
from caloriq.models.baths import Bath
from caloriq.models.coupled_bath import CoupledBath
from caloriq.spaces.strings import Strings, expanded

if TYPE_CHECKING:
    from caloriq.models.lattice.model import Lattice

HERMITIAN = 1e-12  # of what is not hermitian in an operator: rounding
MARKS = ("operator", "spectrum", "equation")  # fields that a bath by two rates does not have


def read_baths(value: Any) -> Any:
    """A list of baths, each as the kind that its fields say."""
    if isinstance(value, Bath | CoupledBath):
        return (value,)
    if not isinstance(value, list | tuple):
        raise InvalidInput(f"`baths` must be a list of baths, but it is not (got {_checks.shown(value)})")
    found = []
    for number, one in enumerate(value):
        with within(number):
            found.append(_read(one))
    return tuple(found)


def _read(one: Any) -> Bath | CoupledBath:
    if isinstance(one, Bath | CoupledBath):
        return one
    coupled = isinstance(one, dict) and any(mark in one for mark in MARKS)
    return CoupledBath.from_mapping(one) if coupled else Bath.from_mapping(one)


def coupled_baths(model: Lattice) -> tuple[CoupledBath, ...]:
    """Those of the baths that are coupled by an operator."""
    return tuple(bath for bath in model.baths if isinstance(bath, CoupledBath))


def sites_of(bath: Bath | CoupledBath, sites: int) -> tuple[int, ...]:
    """Sites of a bath, from 0."""
    given = bath.places if isinstance(bath, CoupledBath) else (bath.site,)
    return tuple(_checks.index("baths.site", site, sites) for site in given)


def name_of(bath: Bath | CoupledBath, sites: int) -> str:
    """Its own name, or that of its sites."""
    mine = sites_of(bath, sites)
    return bath.name or f"{'site' if len(mine) == 1 else 'sites'} {', '.join(map(str, mine))}"


def operator_of(model: Lattice, bath: CoupledBath) -> Strings:
    """A as a sum of operator strings.

    Raises
    ------
    InvalidInput
        For words or a matrix that are not of its sites, or an operator that is not hermitian.
    """
    sites = sites_of(bath, model.size)
    if bath.chemical_potential is not None:
        return _annihilator(model, bath, sites)
    if isinstance(bath.operator, str):
        words = tuple(bath.operator.split())
        if len(words) != len(sites):
            raise InvalidInput(
                f"`operator` must have a word for each of the {len(sites)} sites of the bath, but it has {len(words)} (got {bath.operator!r})"
            )
        found = model.product(words, list(sites))
    else:
        found = _of_matrix(model, bath.operator, sites)
    off = max((abs(complex(c).imag) for c in found.terms.values()), default=0.0)
    if off > HERMITIAN * found.largest:
        raise InvalidInput(
            f"`operator` must be hermitian, but it is not (got {_checks.shown(bath.operator)}); take Sx, X, n, ..."
        )
    return found


def _annihilator(model: Lattice, bath: CoupledBath, sites: tuple[int, ...]) -> Strings:
    """What takes one fermion from a site, with the signs of those before it (Jordan, Wigner 1928)."""
    space = model.spaces[sites[0]]
    matrix, odd = space.word(bath.operator)
    n = np.diag(np.asarray(space.numbers.get("particles", np.zeros(space.levels)), dtype=float))
    if len(sites) != 1 or not odd or np.abs(n @ matrix - matrix @ n + matrix).max() > HERMITIAN:
        raise InvalidInput(
            f"`operator` must annihilate one fermion on one site where a bath has a chemical potential, but it does not (got {bath.operator!r} on {len(sites)} sites); take 'c-'"
        )
    if not model.geometry.is_chain:
        raise InvalidInput(
            f"`geometry` must be a chain where a bath exchanges fermions, but it is not (got {model.geometry.kind})"
        )
    if "particles" not in model.symmetries.conserved:
        raise InvalidInput(
            f"`terms` must conserve the particles where a bath has a chemical potential, but they do not (got {bath.chemical_potential:g} on site {sites[0]}); leave pairing out"
        )
    return model.signs(0, sites[0]) @ Strings.of(model.spaces, [sites[0]], [matrix])


def _of_matrix(model: Lattice, matrix: Any, sites: tuple[int, ...]) -> Strings:
    """A matrix on some sites, the first the slowest, in strings."""
    dims = [model.spaces[site].levels for site in sites]
    D = int(np.prod(dims))
    if np.shape(matrix) != (D, D):
        raise InvalidInput(
            f"`operator` must be a word, or a matrix of shape {(D, D)} on the sites of the bath, but it is not (got {_checks.shown(matrix)})"
        )
    letters, c = expanded(np.asarray(matrix, dtype=complex), [model.spaces[site] for site in reversed(sites)])
    kept = np.abs(c) > HERMITIAN * np.abs(c).max(initial=0.0)
    found = {}
    for row, value in zip(letters[kept].tolist(), c[kept].tolist(), strict=True):
        found[tuple(sorted((site, a) for site, a in zip(reversed(sites), row, strict=True) if a))] = value
    return Strings(model.spaces, found)
