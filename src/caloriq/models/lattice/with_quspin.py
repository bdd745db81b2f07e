"""Lattices from the operator lists of QuSpin."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Any

import numpy as np

from caloriq import _checks
from caloriq._checks import shown
from caloriq.documents import within
from caloriq.errors import InvalidInput
from caloriq.models.lattice.geometry import read_geometry
from caloriq.models.lattice.making import Placed, together
from caloriq.models.lattice.model import Lattice

Letter = tuple[str, float]  # a word of the lattice, and what it is times
LADDER: dict[str, Letter] = {"+": ("S+", 1.0), "-": ("S-", 1.0), "I": ("I", 1.0)}
SPIN: dict[str, Letter] = {**LADDER, "x": ("Sx", 1.0), "y": ("Sy", 1.0), "z": ("Sz", 1.0)}
PAULI: dict[str, Letter] = {**LADDER, "x": ("X", 1.0), "y": ("Y", 1.0), "z": ("Z", 1.0)}
TWICE: dict[str, Letter] = {**PAULI, "+": ("S+", 2.0), "-": ("S-", 2.0)}
FERMION: dict[str, Letter] = {
    "+": ("c+", 1.0),
    "-": ("c-", 1.0),
    "n": ("n", 1.0),
    "z": ("P", -0.5),  # n - 1/2
    "I": ("I", 1.0),
}
BOSON: dict[str, Letter] = {"+": ("b+", 1.0), "-": ("b-", 1.0), "n": ("n", 1.0), "I": ("I", 1.0)}


def from_quspin(
    static: Any,
    sites: int,
    *,
    local: Any = "spin-1/2",
    pauli: bool | int = True,
    geometry: Any = "chain",
    **fields: Any,
) -> Lattice:
    """Lattice of a static list of QuSpin.

    Parameters
    ----------
    static : list of [operators, couplings]
        [["zz", [[J, 0, 1], ...]], ["+-", [[g, 0, 1], ...]], ...]: a letter for every site, and rows of a value and the sites;
        of spinful fermions with "|" between those up and those down.
    sites : int
        N, QuSpin's L.
    local : str or mapping
        Kind of the sites, all alike: "spin-1/2" (default), other spins, "fermion", "spinful-fermion", {boson: cut-off}
        with QuSpin's sps - 1.
    pauli : bool or int
        QuSpin's, for spins 1/2: True or 1 (default) is Pauli matrices with "+" and "-" twice the ladder operators, -1 Pauli
        matrices with ladder operators, False or 0 spin operators.
    geometry : str, mapping or networkx.Graph
        What the sites are on. Default a chain.
    **fields
        Others of the lattice: `jumps`, ...

    Returns
    -------
    Lattice
        With a term for every operator.

    Raises
    ------
    InvalidInput
        For other lists, letters that the sites do not have, or what the lattice refuses.

    Notes
    -----
    The letters and their factors are those of QuSpin 1.0 (P. Weinberg, M. Bukov, SciPost Phys. 7, 020 (2019),
    doi:10.21468/SciPostPhys.7.2.020).
    """
    if not isinstance(static, list | tuple):
        raise InvalidInput(
            f"`static` must be a list of operators with their couplings, but it is not (got {shown(static)})"
        )
    found: list[Placed] = []
    for number, one in enumerate(static):
        with within("static", number):
            found += _entry(one, local, pauli)
    if not found:
        raise InvalidInput("`static` must hold at least one coupling, but there is none (got nothing)")
    where = read_geometry(geometry)
    N = _checks.whole("sites", sites, 2)
    return Lattice(sites=N, local=local, geometry=where, terms=together(found, where, N), **fields)


def _entry(one: Any, local: Any, pauli: Any) -> list[Placed]:
    """Products of one operator string."""
    if not isinstance(one, list | tuple) or len(one) != 2 or not isinstance(one[0], str) or not one[0]:
        raise InvalidInput(f"`static` must hold pairs of letters and couplings, but one is none (got {shown(one)})")
    text, rows = one
    letters = _letters(text, local, pauli)
    if not isinstance(rows, list | tuple | np.ndarray):
        raise InvalidInput(f"`static` must hold lists of couplings, but one is none (got {shown(rows)})")
    found = []
    for row in rows:
        if not isinstance(row, list | tuple | np.ndarray) or len(row) != len(letters) + 1:
            raise InvalidInput(
                f"`static` must have a value and {len(letters)} sites in a coupling of {text!r}, but one has not (got {shown(row)})"
            )
        value = complex(_checks.numbers("static", row[0], complex))
        places = [_checks.whole("static", _site(site), 0) for site in row[1:]]
        found.append(_joined(letters, places, value))
    return found


def _site(value: Any) -> Any:
    """A site as a whole number, from an array of numbers too."""
    number = value.item() if isinstance(value, np.generic) else value
    real = number.real if isinstance(number, complex) else number
    return int(real) if isinstance(value, np.generic) and float(real).is_integer() else number


def _letters(text: str, local: Any, pauli: Any) -> list[Letter]:
    known = _known(local, pauli)
    parts = text.split("|")
    if len(parts) != (2 if local == "spinful-fermion" else 1):
        raise InvalidInput(
            f"`static` must have one | in its letters for spinful fermions, and none for others, but it has {len(parts) - 1} (got {text!r})"
        )
    found = []
    for spin, part in zip(("up", "down"), parts, strict=False):
        for letter in part:
            if letter not in known:
                raise InvalidInput(
                    f"`static` must have letters that its sites have, but one is none (got {letter!r} in {text!r}); known are {', '.join(known)}"
                )
            word, factor = known[letter]
            found.append((_of_spin(word, spin) if len(parts) > 1 else word, factor))
    return found


def _of_spin(word: str, spin: str) -> str:
    return word if word == "I" else f"n-{spin}" if word == "n" else f"{word}{spin}"


def _known(local: Any, pauli: Any) -> dict[str, Letter]:
    """What every letter stands for."""
    _checks.among("pauli", pauli, True, False, 1, 0, -1)
    if local == "spin-1/2":
        return {1: TWICE, 0: SPIN, -1: PAULI}[int(pauli)]
    if local == "spinful-fermion":
        return {letter: one for letter, one in FERMION.items() if letter != "z"}
    if local == "fermion":
        return FERMION
    if isinstance(local, str) and local.startswith("spin-"):
        return SPIN
    if isinstance(local, dict) and "boson" in local:
        return BOSON
    raise InvalidInput(
        f"`local` must be a kind of site that QuSpin has, but it is not (got {shown(local)}); take a spin, fermion, spinful-fermion or {{boson: cut-off}}"
    )


def _joined(letters: Sequence[Letter], places: Sequence[int], value: complex) -> Placed:
    """The same product with the letters of a site together, in their order; fermions that pass each other change its sign."""
    order = sorted(range(len(places)), key=lambda k: (places.index(places[k]), k))
    odd = [k for k in order if letters[k][0].startswith("c")]
    swaps = sum(one > other for one, other in combinations(odd, 2))
    rows = list(dict.fromkeys(places))
    words = ["*".join(letters[k][0] for k in order if places[k] == site) for site in rows]
    factor = float(np.prod([f for _, f in letters])) * (-1) ** swaps
    return " ".join(words), tuple(rows), factor * value
