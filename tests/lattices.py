"""Random lattices, and what dense matrices say of them."""

from __future__ import annotations

from typing import Any

import networkx as nx
import numpy as np
import scipy
from hypothesis import strategies as st

from caloriq.models.lattice import densities
from caloriq.models.lattice.model import Lattice
from caloriq.models.lattice.terms import Term

CONSERVING = {
    "spin-1/2": ["Sz", "S+ S-", "Sz Sz", "S+ Sz S-"],
    "spin-1": ["Sz^2", "S+ S-", "Sz Sz", "S+^2 S-^2"],
    "fermion": ["n", "c+ c-", "n n", "c+ n c-"],
    "spinful-fermion": ["n-up*n-down", "c+up c-up", "c+down c-down", "S+ S-"],
    "boson": ["n^2", "b+ b-", "n n"],
}
BREAKING = {"spin-1/2": ["X", "S+ S+", "X Y Z"], "spin-1": ["Sx", "Sx Sz"], "fermion": ["c+ c+"]}


@st.composite
def lattices(draw: Any, *, breaking: bool | None = None, kinds: tuple[str, ...] = tuple(CONSERVING)) -> Lattice:
    """Random terms on random places of a chain, or for spins of a random tree."""
    broken = draw(st.booleans()) if breaking is None else breaking
    local = draw(st.sampled_from([kind for kind in kinds if not broken or kind in BREAKING]))
    rng = np.random.default_rng(draw(st.integers(0, 2**20)))
    N = 5 if local in {"spin-1/2", "fermion"} else 3
    words = draw(st.lists(st.sampled_from(CONSERVING[local]), min_size=2, max_size=3, unique=True))
    words += [draw(st.sampled_from(BREAKING[local]))] if broken else []
    terms = []
    for word in words:
        m = len(word.split())
        places = [rng.permutation(N)[:m].tolist() for _ in range(3)]
        values = rng.standard_normal(3) + 1j * rng.standard_normal(3)
        terms.append(Term(word, values, on=places, plus="hermitian-conjugate"))
    geometry: Any = "chain"
    if local.startswith("spin-"):
        geometry = nx.random_labeled_tree(N, seed=int(rng.integers(2**20)))
    return Lattice(sites=N, local={"boson": 3} if local == "boson" else local, geometry=geometry, terms=tuple(terms))


PARTS = {  # terms that conserve a number or a parity of unlike sites together
    ("spin-1/2", "boson"): ["S+ b-", "Sz n", "X b+", "S+ b+", "S+ b-^2"],
    ("spin-1", "spin-1/2"): ["S+ S-", "Sz Sz", "S+ S+", "S+^2 S-", "Sx X"],
    ("fermion", "boson"): ["n b+", "n n", "P n"],
    ("boson", "boson"): ["b+ b-", "b+ b+", "b+^2 b-", "n n"],
}


@st.composite
def unlike(draw: Any) -> Lattice:
    """Sites of two kinds by turns with terms between neighbours that each conserve something, and fermions that hop past a boson."""
    kinds = draw(st.sampled_from(sorted(PARTS)))
    rng = np.random.default_rng(draw(st.integers(0, 2**20)))
    N = 4
    bonds = [[x, x + 1] for x in range(0, N, 2)] + [[x + 1, x] for x in range(1, N - 1, 2)]
    words = draw(st.lists(st.sampled_from(PARTS[kinds]), min_size=1, max_size=2, unique=True))
    places = [bonds[k] for k in sorted(rng.permutation(len(bonds))[: draw(st.integers(1, 3))])]
    terms = [Term(w, rng.standard_normal(len(places)), on=places, plus="hermitian-conjugate") for w in words]
    if "fermion" in kinds:
        terms.append(Term("c+ c-", 0.7, on=[[0, 2]], plus="hermitian-conjugate"))
    terms.append(Term("n" if "boson" in kinds else "Sz", 0.6, on=[[1], [3]], plus="hermitian-conjugate"))
    local = [{"boson": 2} if kind == "boson" else kind for kind in kinds]
    return Lattice(sites=N, local=local, terms=tuple(terms))


def evolved(model: Lattice, psi: np.ndarray, times: np.ndarray) -> list[np.ndarray]:
    """States at all times from the exponential of the whole matrix."""
    H = model.strings.sparse().toarray()
    return [scipy.linalg.expm(-1j * t * H) @ psi for t in times]


def profile(model: Lattice, of: str, states: list[np.ndarray]) -> np.ndarray:
    """⟨a_x⟩ of whole states, shape (T, N)."""
    a = [x.sparse() for x in densities.density(model, of)]
    return np.array([[np.vdot(psi, one @ psi).real for one in a] for psi in states])


def thermal(model: Lattice, T: float) -> np.ndarray:
    """e^{-H/T}/Z of the whole."""
    H = model.strings.sparse().toarray()
    rho = scipy.linalg.expm(-(H - np.linalg.eigvalsh(H)[0] * np.eye(len(H))) / T)
    return rho / np.trace(rho)
