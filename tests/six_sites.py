"""Random lattices of six sites, and the same put together from QuTiP's own operators by the definition alone."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
import qutip
from hypothesis import strategies as st

import caloriq as cq
from caloriq.models.lattice.model import Lattice
from caloriq.models.lattice.terms import Jump, Term

SIGMA = {"X": qutip.sigmax(), "Y": qutip.sigmay(), "Z": qutip.sigmaz(), "S+": qutip.sigmap(), "S-": qutip.sigmam()}
HALVES = {f"S{one.lower()}": SIGMA[one] / 2 for one in "XYZ"}
OPERATORS = {  # of a site alone
    "spin-1/2": {**SIGMA, **HALVES, "n": qutip.sigmap() * qutip.sigmam()},
    "spin-1": {"S+": qutip.jmat(1, "+"), "S-": qutip.jmat(1, "-"), **{f"S{a}": qutip.jmat(1, a) for a in "xyz"}},
    "fermion": {"c-": qutip.destroy(2), "c+": qutip.create(2), "n": qutip.num(2)},
}
BETWEEN = {  # words of neighbours, alike in either order; of one site; of any places; of jumps, the first loses
    "spin-1/2": (
        ("X X", "Z Z", "S+ S-"),
        ("X", "Y", "Z"),
        ("X Y Z", "S+ S-", "Z X", "S+ Z S-"),
        ("S-", "S+", "Z", "S+ S-", "X X"),
    ),
    "spin-1": (("Sx Sx", "Sz Sz", "S+ S-"), ("Sx", "Sz^2"), ("S+ S-", "S+^2 S-", "Sx Sy Sz"), ("S-", "Sx", "S+ S-")),
    "fermion": (("n n", "c+ c-"), ("n",), ("c+ c-", "c+ c+", "c+ n c-"), ("c-", "n", "c+", "c+ c-")),
    "both spins": (("Sx Sx", "Sz Sz", "S+ S-"), ("Sx", "Sz"), ("S+ S-", "Sx Sy Sz"), ("S-", "Sx", "S+ S-")),
}
NUMBER = {"spin-1/2": ("Sz", "magnetisation"), "spin-1": ("Sz", "magnetisation"), "fermion": ("n", "particles")}


class Both(NamedTuple):
    """A lattice, and the same in QuTiP."""

    model: Lattice
    H: Any
    energies: list[Any]  # of every site: terms of several sites in equal shares
    numbers: dict[str, list[Any]]  # of every site, by their name
    jumps: list[list[Any]]  # of every environment, in the order of the lattice

    def __repr__(self) -> str:
        return f"Both of {self.model.to_mapping()}"

    @property
    def kinds(self) -> list[str]:
        """Kind of every site."""
        return kinds_of(self.model.local, self.model.size)

    @property
    def every_jump(self) -> list[Any]:
        return [one for group in self.jumps for one in group]

    def vector(self, ket: Any) -> np.ndarray:
        """Amplitudes in the order of the lattice: site 0 the fastest, spins from their lowest level."""
        return self._turned(ket.full().reshape(self.model.levels)).ravel()

    def matrix(self, operator: Any) -> np.ndarray:
        """An operator in the order of the lattice."""
        places = self._turned(np.arange(self.model.dimension).reshape(self.model.levels)).ravel()
        return operator.full()[np.ix_(places, places)]

    def _turned(self, array: np.ndarray) -> np.ndarray:
        return np.flip(array, [x for x, kind in enumerate(self.kinds) if kind != "fermion"]).transpose()


def kinds_of(local: Any, N: int) -> list[str]:
    """Kind of every site."""
    cell = [local] if isinstance(local, str) else list(local)
    return cell * (N // len(cell))


def alone(word: str, site: int, kinds: list[str]) -> Any:
    """One operator of a site; odd ones of fermions after (-1)^n of the fermions before them (Jordan, Wigner)."""
    name, _, power = word.partition("^")
    one = OPERATORS[kinds[site]][name] ** int(power or 1)
    odd = name in ("c+", "c-")
    before = [
        (-1) ** qutip.num(2).diag() if odd and kinds[y] == "fermion" else np.ones(3 if kinds[y] == "spin-1" else 2)
        for y in range(site)
    ]
    after = [qutip.qeye(3 if kind == "spin-1" else 2) for kind in kinds[site + 1 :]]
    return qutip.tensor([*(qutip.qdiags(signs, 0) for signs in before), one, *after])


def product(words: str, places: list[int], kinds: list[str]) -> Any:
    """Product of words, one for each place."""
    found = 1
    for word, site in zip(words.split(), places, strict=True):
        found = found * alone(word, site, kinds)
    return found


def neighbours(shape: str, rng: np.random.Generator) -> tuple[Any, list[tuple[int, int]]]:
    """A geometry in words, and its bonds."""
    row = [(j, j + 1) for j in range(5)]
    if shape == "chain":
        return "chain", row
    if shape == "ring":
        return {"kind": "chain", "periodic": True}, [*row, (5, 0)]
    if shape == "ladder":
        return "ladder", [(0, 1), (2, 3), (4, 5), (0, 2), (1, 3), (2, 4), (3, 5)]
    edges = [(int(rng.integers(k)), k) for k in range(1, 6)]  # a tree, and one more bond
    edges.append(next((a, b) for a in range(6) for b in range(a + 1, 6) if (a, b) not in edges))
    return {"kind": "graph", "edges": [list(pair) for pair in edges]}, edges


@st.composite
def six_sites(draw: Any, *, kind: str = "spin-1/2", local: Any = None, is_open: bool = False, N: int = 6) -> Both:
    """Random terms on a random geometry, of `kind`; between random baths, with random jumps and dephasing where it is open."""
    rng = np.random.default_rng(draw(st.integers(0, 2**20)))
    shapes = ["chain", "ring", "ladder", "graph"] if "spin" in kind else ["chain", "ring"]
    local = local or kind
    kinds = kinds_of(local, N)
    geometry, bonds = (
        neighbours(draw(st.sampled_from(shapes)), rng) if N == 6 else ("chain", [(j, j + 1) for j in range(N - 1)])
    )
    pairs, fields, farther, leaps = BETWEEN[kind]
    terms, placed = [], []

    def put(word: str, rows: list[Any], values: Any, on: Any) -> None:
        hermitian = "+" not in word and "-" not in word and not np.iscomplexobj(values)
        terms.append(
            Term(
                word,
                values if np.ndim(values) else float(values),
                on=on,
                plus=None if hermitian else "hermitian-conjugate",
            )
        )
        for row, value in zip(rows, np.broadcast_to(values, len(rows)).tolist(), strict=True):
            one = value * product(word, list(row), kinds)
            placed.append((row, one if hermitian else one + one.dag()))

    for word in draw(st.lists(st.sampled_from(pairs), min_size=1, max_size=2, unique=True)):
        put(word, bonds, round(float(rng.uniform(0.4, 1.2)), 3), None)
    for word in draw(st.lists(st.sampled_from(fields), min_size=1, max_size=2, unique=True)):
        put(word, [(j,) for j in range(N)], rng.uniform(-1, 1, N), "sites")
    word = draw(st.sampled_from(farther))
    rows = [rng.permutation(N)[: len(word.split())].tolist() for _ in range(2)]
    put(word, rows, 0.4 * (rng.standard_normal(2) + 1j * rng.standard_normal(2)), rows)
    energies = [sum((one / len(row) for row, one in placed if x in row), start=0 * placed[0][1]) for x in range(N)]
    numbers = {name: [] for name in dict.fromkeys(NUMBER[one][1] for one in kinds)}
    for x, one in enumerate(kinds):
        for name, per_site in numbers.items():
            letter, mine = NUMBER[one]
            per_site.append(alone(letter, x, kinds) * float(mine == name))
    fields_of, jumps = _environment(draw, rng, kinds, leaps) if is_open else ({}, [])
    model = Lattice(sites=N, local=local, geometry=geometry, terms=terms, **fields_of)
    return Both(model, sum(one for _, one in placed), energies, numbers, jumps)


def _environment(draw: Any, rng: np.random.Generator, kinds: list[str], leaps: tuple[str, ...]) -> Any:
    """Two baths, dephasing, jumps by their words: for the lattice, and as QuTiP's collapse operators."""
    N = len(kinds)
    groups, baths = [], []
    for site in rng.permutation(N)[:2].tolist():
        gain, loss = rng.uniform(0.05, 0.6), rng.uniform(0.3, 1.0)
        occupation, rate = rng.uniform(0.1, 0.8), rng.uniform(0.3, 1.0)
        if draw(st.booleans()):
            baths.append(cq.Bath(site=site, gain=gain, loss=loss))
        else:
            baths.append(cq.Bath(site=site, occupation=occupation, rate=rate))
            gain, loss = rate * occupation, rate * (occupation + 1)
        up, down = ("c+", "c-") if kinds[site] == "fermion" else ("S+", "S-")
        groups.append([math.sqrt(gain) * alone(up, site, kinds), math.sqrt(loss) * alone(down, site, kinds)])
    gamma = draw(st.sampled_from([0.0, 0.3]))
    if gamma:
        counts = ["Sz" if kind == "spin-1" else "n" for kind in kinds]
        groups.append([math.sqrt(gamma) * alone(word, x, kinds) for x, word in enumerate(counts)])
    jumps = []
    rates = rng.uniform(0.1, 0.5, N)  # every site loses something, so that one state is steady
    jumps.append(Jump(leaps[0], rates, on="sites"))
    groups.append([math.sqrt(r) * alone(leaps[0], x, kinds) for x, r in enumerate(rates.tolist())])
    word = draw(st.sampled_from(leaps[1:]))
    row = rng.permutation(N)[: len(word.split())].tolist()
    jumps.append(Jump(word, 0.3, on=[row], name="leap"))
    groups.append([math.sqrt(0.3) * product(word, row, kinds)])
    return {"baths": baths, "dephasing": gamma, "jumps": jumps}, groups
