"""Random quasi-free lattices whose steady state is unique, and fermions on grids."""

from __future__ import annotations

from itertools import combinations, pairwise
from typing import Any

import numpy as np
from hypothesis import strategies as st

import caloriq as cq
from caloriq.models.lattice.model import Lattice
from caloriq.models.lattice.terms import Jump, Term

HOPPING = {
    "fermion": ("c+ c-",),
    "spinful-fermion": ("c+up c-up", "c+down c-down", "c+up c-down"),
}
PAIRING = {"fermion": "c+ c+", "spinful-fermion": "c+up c+down"}
FIELDS = {"fermion": ("n",), "spinful-fermion": ("n", "n-up", "S+")}
GAIN = {"fermion": ("c+", "c-"), "spinful-fermion": ("c+up", "c-down")}
PLUS = {"plus": "hermitian-conjugate"}


def complex_numbers(rng: np.random.Generator, count: int) -> np.ndarray:
    return rng.standard_normal(count) + 1j * rng.standard_normal(count)


@st.composite
def fermions(draw: Any, largest: int = 5) -> Lattice:
    """Hopping and, in some, pairing on random pairs of all sites; gain and loss; dephasing or hermitian jumps on pairs."""
    local = draw(st.sampled_from(sorted(HOPPING)))
    rng = np.random.default_rng(draw(st.integers(0, 2**20)))
    N = int(draw(st.integers(3, largest))) if local == "fermion" else 2
    pairs = [pair for pair in combinations(range(N), 2) if pair[1] == pair[0] + 1 or rng.random() < 0.5]
    on = [list(rng.permutation(pair)) for pair in pairs]
    terms = [Term(word, complex_numbers(rng, len(on)), on=on, **PLUS) for word in HOPPING[local]]
    terms += [Term(word, rng.standard_normal(N), **PLUS) for word in FIELDS[local]]
    if draw(st.booleans()):
        terms.append(Term(PAIRING[local], complex_numbers(rng, len(on)), on=on, **PLUS))
    gain, loss = GAIN[local]
    jumps = [Jump(gain, rng.uniform(0.1, 1, 2), on=[0, N - 1]), Jump(loss, rng.uniform(0.1, 1, N))]
    if local == "spinful-fermion":
        jumps.append(Jump("c-up", 0.4))
    if draw(st.booleans()):
        jumps.append(Jump("n", rng.uniform(0.1, 1, N)))
    return Lattice(sites=N, local=local, terms=terms, jumps=jumps, dephasing=draw(st.sampled_from([0.0, 0.6])))


@st.composite
def spins(draw: Any) -> Lattice:
    """XY couplings of neighbours and fields, baths at the ends, dephasing anywhere."""
    rng, N = np.random.default_rng(draw(st.integers(0, 2**20))), draw(st.integers(3, 4))
    words = draw(st.lists(st.sampled_from(["X X", "Y Y", "X Y", "Y X", "X Z X", "Y Z X"]), min_size=2, unique=True))
    terms = [Term(word, rng.standard_normal(N + 1 - len(word.split()))) for word in words]
    jumps = [Jump("Z", rng.uniform(0, 1), on=[[1]])] if draw(st.booleans()) else []
    ends = [cq.Bath(site=0, gain=rng.uniform(0, 1), loss=0.5), cq.Bath(site=-1, gain=rng.uniform(0, 1), loss=0.4)]
    return Lattice(sites=N, terms=[*terms, Term("Z", rng.standard_normal(N))], jumps=jumps, baths=ends)


def square(side: int, *, dephasing: float = 0.0) -> Lattice:
    """Fermions on a square, in the order of its rows, two opposite edges between baths."""
    N = side * side
    across = [[j, j + 1] for j in range(N) if (j + 1) % side]
    along = [[j, j + side] for j in range(N - side)]
    baths = [cq.Bath(site=j, gain=0.8, loss=0.2) for j in range(side)]
    baths += [cq.Bath(site=N - side + j, gain=0.3, loss=0.7) for j in range(side)]
    terms = [Term("c+ c-", 1.0, on=across + along, **PLUS), Term("n", 0.5)]
    return Lattice(sites=N, local="fermion", terms=terms, baths=baths, dephasing=dephasing)


def folded(sites: int, *, dephasing: float, hot: float) -> Lattice:
    """A chain of fermions folded in two: from the first site by all even ones, and back by the odd ones."""
    order = [*range(0, sites, 2), *reversed(range(1, sites, 2))]
    bonds = [list(pair) for pair in pairwise(order)]
    baths = [cq.Bath(site=order[0], temperature=hot, rate=1.0), cq.Bath(site=order[-1], gain=0.0, loss=1.0)]
    terms = [Term("c+ c-", 1.0, on=bonds, **PLUS), Term("n", 1.0)]
    return Lattice(sites=sites, local="fermion", terms=terms, baths=baths, dephasing=dephasing)
