"""Models that are solved by quantum jumps and exactly, and how far apart their numbers are in standard errors."""

from __future__ import annotations

from typing import Any

import numpy as np

import caloriq as cq

NUMBERS = (
    "currents",
    "excitation_currents",
    "heat_currents",
    "dephasing_current",
    "populations",
    "coherences",
    "energy",
)
XXZ = (
    cq.Term("X X", 0.5),
    cq.Term("Y Y", 0.5),
    cq.Term("Z Z", 0.6),
    cq.Term("Z", 0.3),
    cq.Term("Y X", 0.3),  # hopping with a phase: no spin chain
    cq.Term("X Y", -0.3),
)
ENDS = (cq.Bath(site=0, gain=1.0, loss=0.2), cq.Bath(site=-1, gain=0.1, loss=1.0))
LADDER = [(0, 2), (2, 4), (1, 3), (3, 5), (0, 1), (2, 3), (4, 5)]
LATTICES = {
    "without dephasing or conserved number": cq.Lattice(sites=4, terms=(*XXZ, cq.Term("X", 0.2)), baths=ENDS),
    "ladder": cq.Lattice(
        sites=6,
        geometry={"kind": "graph", "edges": LADDER},
        terms=(*XXZ, cq.Term("X X Z Z", 0.1, on=[[0, 2, 1, 3]]), cq.Term("Y Y Z Z", 0.1, on=[[0, 2, 1, 3]])),
        baths=ENDS,
        dephasing=0.5,
    ),
    "fermions with a bath inside": cq.Lattice(
        sites=5,
        local="fermion",
        terms=(cq.Term("c+ c-", -1.0, plus="hermitian-conjugate"), cq.Term("n n", 1.3)),
        baths=(ENDS[0], cq.Bath(site=2, gain=0.1, loss=1.0)),
        dephasing=0.4,
    ),
    "spin 1": cq.Lattice(
        sites=3,
        local="spin-1",
        terms=(cq.Term("S+ S-", 0.7, plus="hermitian-conjugate"), cq.Term("Sz Sz", 0.5)),
        baths=ENDS,
        dephasing=0.4,
    ),
    "jumps of two sites": cq.Lattice(
        sites=4, terms=XXZ, jumps=(cq.Jump("S+ S-", 0.7),), baths=(cq.Bath(site=0, gain=1.0, loss=0.3),)
    ),
}


def driven(sites: int, **more: Any) -> cq.SpinChain:
    """A dephased XXZ chain at maximal driving, unless told otherwise."""
    ends = (cq.Bath(site=0, gain=1.0, loss=0.0), cq.Bath(site=-1, gain=0.0, loss=1.0))
    return cq.SpinChain(**{"sites": sites, "hopping": 1.0, "zz": 1.5, "dephasing": 1.0, "baths": ends, **more})


def random_chain(rng: np.random.Generator) -> cq.SpinChain:
    """Two to six sites with everything random; half of them without dephasing."""
    N = int(rng.integers(2, 7))
    ends = [cq.Bath(site=s, gain=rng.uniform(0.1, 1), loss=rng.uniform(0.1, 1)) for s in (0, -1)]
    return cq.SpinChain(
        sites=N,
        hopping=rng.uniform(0.5, 1.5, N - 1),
        zz=rng.uniform(0, 1.5),
        frequency=rng.uniform(0.5, 1.5, N),
        dephasing=float(rng.choice([0, rng.uniform(0.1, 2)])),
        baths=ends,
    )


def apart(found: Any, exact: Any, name: str) -> np.ndarray:
    """Differences of a number of two chains in standard errors, where it is not known exactly."""
    errors = np.atleast_1d(found.standard_errors[name])
    off = np.abs(np.atleast_1d(getattr(found, name)) - np.atleast_1d(getattr(exact, name)))
    assert np.all(off[errors == 0] < 1e-9)
    some = (errors > 1e-12) & np.isfinite(errors)
    return off[some] / errors[some]


def lattices_apart(found: Any, exact: Any) -> np.ndarray:
    """The same of all numbers of two lattices."""
    pairs = [("energy", found.energy, exact.energy)]
    for of in found.profiles:
        pairs.append(("energy_density" if of == "energy" else of, found.profiles[of], exact.profiles[of]))
        pairs.append((f"{of}_inflows", found.inflows[of], exact.inflows[of]))
    pairs += [(f"{of}_currents", found.currents[of], exact.currents[of]) for of in found.currents]
    off = [np.abs(np.atleast_1d(one) - np.atleast_1d(other)) for _, one, other in pairs]
    errors = np.concatenate([np.atleast_1d(found.standard_errors[name]) for name, _, _ in pairs])
    off = np.concatenate(off)
    assert np.all(off[errors < 1e-12] < 1e-9)
    return off[errors >= 1e-12] / errors[errors >= 1e-12]
