"""The other models of chains and networks as lattices of local terms: the same matrix, the same jump operators."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from caloriq._checks import Real
from caloriq.errors import Unsupported
from caloriq.models.graphs import named, pieces
from caloriq.models.lattice.geometry import Chain, Geometry, Graph
from caloriq.models.lattice.making import short, term
from caloriq.models.lattice.model import Lattice
from caloriq.models.lattice.sites import Levels
from caloriq.models.lattice.terms import Jump, Term
from caloriq.models.transition_baths import level_rates

if TYPE_CHECKING:
    from caloriq.models.coupled import Coupled
    from caloriq.models.quantum import QuantumChain
    from caloriq.models.spins import SpinChain

WHITE = 1e-13  # of an eigenvalue of the noise that is rounding, relative to the largest
Pairs = NDArray[np.intp]


def of_quantum_chain(chain: QuantumChain) -> Lattice:
    """Terms Sx Sx, Sy Sy, Sz Sz of neighbours and next neighbours, and fields."""
    terms = []
    for on, couplings in zip(("bonds", "second-neighbours"), chain.couplings, strict=True):
        terms += [Term(f"S{a} S{a}", short(J), on=on) for a, J in zip("xyz", couplings, strict=True) if np.any(J)]
    for word, values in (("Sx", chain.transverse_fields), ("Sz", chain.fields)):
        terms += [Term(word, short(values))] if np.any(values) else []
    return Lattice(sites=chain.sites, terms=terms)


def of_spin_chain(chain: SpinChain) -> Lattice:
    """Terms (ω/2) Z, g S+ S- + h.c., (Δ/2) Z Z; dephasing and baths as they are."""
    first, second, hopping, zz = chain.bonds
    pairs = np.stack([first, second], axis=1)
    geometry = _geometry(pairs, chain.sites)
    terms = [
        Term("Z", short(chain.frequencies / 2)),
        *_on_pairs("S+ S-", pairs, hopping, geometry, chain.sites, plus="hermitian-conjugate"),
        *_on_pairs("Z Z", pairs, zz / 2, geometry, chain.sites),
    ]
    dephasing = short(chain.dephasing_rates)
    return Lattice(sites=chain.sites, geometry=geometry, terms=terms, baths=chain.baths, dephasing=dephasing)


def of_units(model: Coupled) -> Lattice:
    """Levels by their energies, interactions by their elements between levels; white noise as jumps.

    Raises
    ------
    Unsupported
        If the bath remembers, or is not given for every pair of levels: no jump operators make such noise.
    """
    N, M = model.level_energies.shape
    words: dict[str, NDArray[Any]] = {"n": np.diag(np.arange(float(M)))}
    terms = []
    for a, energies in enumerate(model.level_energies.T):
        terms.append(Term(_unit(words, a, a, M), short(energies)))
    geometry = _geometry(np.concatenate([np.stack(pairs[:2], axis=1) for _, pairs in model.operators]), N)
    for matrix, (first, second, strength) in model.operators:
        pairs = np.stack([first, second], axis=1)
        V = matrix.toarray() if hasattr(matrix, "toarray") else np.asarray(matrix)
        for row, column in np.argwhere(np.tril(V) != 0).tolist():
            (a, b), (c, d) = divmod(row, M), divmod(column, M)
            word = f"{_unit(words, a, c, M)} {_unit(words, b, d, M)}"
            plus = "hermitian-conjugate" if row != column else None
            value = V[row, column] if plus else V[row, column].real
            terms += _on_pairs(word, pairs, model.strength * strength * value, geometry, N, plus=plus)
    jumps = []
    for number, (rate, diagonal) in enumerate(_noise(model, M)):
        words[f"D{number}"] = np.diag(diagonal)
        jumps.append(Jump(f"D{number}", rate))
    local = Levels(operators=words, conserved=("n",))
    return Lattice(sites=N, local=local, geometry=geometry, terms=terms, jumps=jumps)


def _unit(words: dict[str, NDArray[Any]], a: int, b: int, levels: int) -> str:
    """Word of |a⟩⟨b|, which is kept among the words."""
    word = f"E{a},{b}"
    if word not in words:
        words[word] = np.zeros((levels, levels))
        words[word][a, b] = 1.0
    return word


def _noise(model: Coupled, levels: int) -> list[tuple[float, Real]]:
    """Diagonal jump operators of white noise, each with its rate: coherences of a and b decay at Σ_k r_k (v_ka - v_kb)²/2."""
    if model.bath is None:
        return []
    rates = level_rates(model.bath, levels)
    if rates is None or np.any(np.isnan(rates)):
        raise Unsupported(
            f"`model` must have no bath but white noise for all pairs of levels, but it has another (got {type(model.bath).__name__}); jump operators keep no memory"
        )
    P = np.eye(levels) - 1 / levels
    strengths, vectors = np.linalg.eigh(-P @ rates @ P)
    kept = strengths > WHITE * strengths.max(initial=0.0)
    return [(float(r), v) for r, v in zip(strengths[kept], vectors.T[kept], strict=True)]


def _geometry(pairs: Pairs, sites: int) -> Chain | Graph:
    """A chain where neighbours alone are coupled, else the graph of the couplings, which must be one piece."""
    once = np.unique(pairs, axis=0)
    if np.all(once[:, 1] == once[:, 0] + 1):
        return Chain()
    found = pieces(sites, once[:, 0], once[:, 1])
    if len(found) > 1:
        raise Unsupported(
            f"`model` must be one piece to be a lattice, but its couplings leave {len(found)} (got sites {named(found[1])} apart from site 0); make a model of each piece"
        )
    return Graph(edges=once.tolist())


def _on_pairs(word: str, pairs: Pairs, values: NDArray[Any], geometry: Geometry, sites: int, **more: Any) -> list[Term]:
    """A term on the pairs where it does not vanish."""
    some = values != 0
    return [term(word, pairs[some].tolist(), values[some], geometry, sites, **more)] if np.any(some) else []
