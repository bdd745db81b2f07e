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
