"""Closed lattices in the words of the models that blocks are cut from, and that populations have equations of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from caloriq.errors import Unsupported
from caloriq.models.coupled import CoupledUnits
from caloriq.models.lattice.recognised import Recognised
from caloriq.models.quantum import QuantumChain
from caloriq.models.spins import SpinChain
from caloriq.spaces.local import spin

if TYPE_CHECKING:
    from caloriq.models.lattice.model import Lattice

PAIRS = ("jx", "jy", "jz")  # by the letters XX, YY, ZZ
FIELDS = {1: "hx", 3: "hz"}  # by the letters X, Z
DIAGONAL = 1e-13  # of an element that is rounding, relative to the largest


def quantum_chain(model: Lattice) -> QuantumChain:
    """The chain of spins 1/2 that a closed lattice is.

    Raises
    ------
    Unsupported
        If it is none; names what it has that none has.
    """
    told = _chain_fields(model)
    if isinstance(told, str):
        raise Unsupported(
            f"`model` must be a closed chain of spins 1/2 with XX, YY, ZZ of neighbours and second neighbours and fields along x and z, but it has {told} (got a lattice)"
        )
    return QuantumChain(sites=model.size, **told)


def _chain_fields(model: Lattice) -> dict[str, Any] | str:
    if any(space != spin(1) for space in model.spaces):
        return f"other sites, {next(space.name for space in model.spaces if space != spin(1))}"
    if not model.closed:
        return f"an environment, {model.environments[0].name if model.environments else 'a coupled bath'}"
    N, H = model.size, model.strings
    found = {name: np.zeros(N) for name in FIELDS.values()}
    for near, apart in (("", 1), ("next_", 2)):
        found |= {near + name: np.zeros(N - apart) for name in PAIRS}
    for string, c in H.terms.items():
        match string:
            case ():
                continue
            case ((x, a),) if a in FIELDS:
                found[FIELDS[a]][x] = 2 * c.real
            case ((x, a), (y, b)) if a == b and y - x in (1, 2):
                found[("" if y == x + 1 else "next_") + PAIRS[a - 1]][x] = 4 * c.real
            case _:
                return f"the term {H.words(string)}"
    return {name: values for name, values in found.items() if np.any(values)}


def units(model: Lattice) -> CoupledUnits | SpinChain:
    """The coupled units that a lattice is: levels of each site alone, and interactions of pairs; a spin chain where it is one.

    Raises
    ------
    Unsupported
        If it is none; names what it has that none has.
    """
    chain = model.spin_chain
    if isinstance(chain, Recognised):
        return chain.chain
    told = _unit_fields(model)
    if isinstance(told, str):
        raise Unsupported(
            f"`model` must be sites of one kind with levels of their own and interactions of pairs, but it has {told} (got a lattice)"
        )
    return CoupledUnits(units=model.size, **told)


def _unit_fields(model: Lattice) -> dict[str, Any] | str:
    if len(set(model.spaces)) > 1:
        return "sites of several kinds"
    if not model.closed:
        return "environments: only dephasing of a spin chain is white noise that is known here"
    N, M = model.size, model.spaces[0].levels
    levels, pairs = np.zeros((N, M)), {}
    for sites, part in model.strings.by_support().items():
        matrix = part.matrix(sites)
        if len(sites) == 2:
            pairs[sites] = matrix
        elif len(sites) == 1 and _is_diagonal(matrix):
            levels[sites[0]] = np.diag(matrix).real
        elif sites:
            return f"the term {part.strongest()}{', which mixes the levels of a site' * (len(sites) == 1)}"
    falling = np.flatnonzero(np.any(np.diff(levels, axis=1) < 0, axis=1))
    if falling.size:
        return f"levels of site {falling[0]} that fall from one to the next: turn the signs"
    return {"levels": levels, **_interactions(pairs, N)} if pairs else "no interaction of pairs"


def _is_diagonal(matrix: Any) -> bool:
    return bool(np.abs(matrix - np.diag(np.diag(matrix))).max() <= DIAGONAL * np.abs(matrix).max())


def _interactions(pairs: dict[tuple[int, int], Any], sites: int) -> dict[str, Any]:
    """Interactions alike but for a factor are one operator, with its strengths between pairs."""
    kinds: list[Any] = []
    strengths: list[Any] = []
    for (x, y), matrix in pairs.items():
        factors = [_factor(matrix, kind) for kind in kinds]
        number = next((k for k, factor in enumerate(factors) if factor is not None), len(kinds))
        if number == len(kinds):
            kinds.append(matrix)
            strengths.append(np.zeros((sites, sites)))
            factors.append(1.0)
        strengths[number][x, y] = strengths[number][y, x] = factors[number]
    several = len(kinds) > 1
    return {
        "interaction": np.array(kinds) if several else kinds[0],
        "couplings": strengths if several else strengths[0],
    }


def _factor(matrix: Any, kind: Any) -> float | None:
    """What one interaction is times another, or None if it is no multiple."""
    place = np.unravel_index(int(np.abs(matrix).argmax()), matrix.shape)
    factor = float((matrix[place] / kind[place]).real) if kind[place] else 0.0
    return factor if np.abs(matrix - factor * kind).max() <= DIAGONAL * np.abs(matrix).max() else None
