"""Random open lattices whose steady state is unique."""

from __future__ import annotations

from typing import Any

import networkx as nx
import numpy as np
from hypothesis import strategies as st

import caloriq as cq
from caloriq.models.lattice.model import Lattice
from caloriq.models.lattice.terms import Jump, Term

WORDS = {
    "spin-1/2": ("Z Z", "X X", "X", "Z", "X Y Z", "S+ S-"),
    "spin-1": ("Sz Sz", "S+ S-", "Sx", "Sz^2"),
    "fermion": ("c+ c-", "n n", "n", "c+ c+"),
}
JUMPS = {"spin-1/2": ("S-", "S+", "Z Z"), "spin-1": ("S-", "Sx"), "fermion": ("c-", "n", "c+")}


@st.composite
def open_lattices(draw: Any) -> Lattice:
    """Random terms, jumps and baths on a chain or a graph; every site loses something, so that the state is unique."""
    local = draw(st.sampled_from(sorted(WORDS)))
    rng = np.random.default_rng(draw(st.integers(0, 2**20)))
    N = 2 if local == "spin-1" else 3
    geometry = nx.path_graph(N) if local != "fermion" and draw(st.booleans()) else "chain"
    words = draw(st.lists(st.sampled_from(WORDS[local]), min_size=2, max_size=3, unique=True))
    terms = []
    for word in words:
        m = len(word.split())
        if m <= N:
            on = [rng.permutation(N)[:m].tolist() for _ in range(2)]
            terms.append(
                Term(word, rng.standard_normal(2) + 1j * rng.standard_normal(2), on=on, plus="hermitian-conjugate")
            )
    lower = JUMPS[local][0]
    jumps = [
        Jump(lower, rng.uniform(0.2, 1, N)),
        Jump(JUMPS[local][-1], 0.3, on=[list(range(len(JUMPS[local][-1].split())))]),
    ]
    baths = [cq.Bath(site=0, gain=0.4, loss=0.7)]
    return Lattice(
        sites=N,
        local=local,
        geometry=geometry,
        terms=tuple(terms or [Term(WORDS[local][0])]),
        jumps=jumps,
        baths=baths,
        dephasing=draw(st.sampled_from([0.0, 0.4])),
    )
