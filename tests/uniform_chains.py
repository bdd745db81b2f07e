"""Chains without ends whose charges are known, term by term."""

from __future__ import annotations

import numpy as np

from caloriq.spaces import local
from caloriq.spaces.infinite import InfiniteChain
from caloriq.spaces.strings import Strings

HALF, ONE = local.spin(1), local.spin(2)
X, Y, Z = 1, 2, 3


def pauli(x=0.0, y=0.0, z=0.0, *, fx=0.0, fz=0.0):
    """Couplings xXX + yYY + zZZ of neighbours and fields fx X + fz Z."""
    near = {((0, a), (1, a)): c for a, c in ((X, x), (Y, y), (Z, z))}
    terms = near | {((0, X),): fx, ((0, Z),): fz}
    return InfiniteChain((HALF,), {string: c for string, c in terms.items() if c})


def xxz(anisotropy, *, field=0.0):
    """J = 1 between S = σ/2, field on Sz."""
    return pauli(0.25, 0.25, 0.25 * anisotropy, fz=field / 2)


def ising(coupling, transverse, longitudinal=0.0):
    """J ZZ + g X + h Z."""
    return pauli(z=coupling, fx=transverse, fz=longitudinal)


def of_matrices(cell, terms):
    """Sum of (coefficient, sites, matrices) as a chain."""
    last = 1 + max(max(sites) for _, sites, _ in terms)
    spaces = tuple(cell) * -(-last // len(cell))
    H = Strings(spaces)
    for c, sites, matrices in terms:
        H = H + c * Strings.of(spaces, sites, matrices)
    return InfiniteChain(tuple(cell), H.cleaned().terms)


def spin_one(bilinear, biquadratic):
    """a S·S + b (S·S)² between neighbouring spins 1."""
    S = [ONE.operators[w] for w in ("Sx", "Sy", "Sz")]
    terms = [(bilinear, (0, 1), (a, a)) for a in S]
    terms += [(biquadratic, (0, 1), (a @ b, a @ b)) for a in S for b in S]
    return of_matrices((ONE,), terms)


def ladder(leg, rung, anisotropy):
    """XXZ along two legs and on the rungs, S = σ/2."""
    bonds = [((0, 2), leg), ((1, 3), leg), ((0, 1), rung)]
    letters = ((X, 1.0), (Y, 1.0), (Z, anisotropy))
    terms = {((i, a), (j, a)): c * f / 4 for (i, j), c in bonds for a, f in letters}
    return InfiniteChain((HALF, HALF), {string: c for string, c in terms.items() if c})


def hubbard(repulsion):
    """Fermions with spin and hopping 1: two XX chains, coupled by ZZ on every rung (B. S. Shastry, PRL 56, 1529 (1986))."""
    terms = {((leg, a), (leg + 2, a)): 0.5 for leg in (0, 1) for a in (X, Y)}
    return InfiniteChain((HALF, HALF), {**terms, ((0, Z), (1, Z)): repulsion / 4})


def rotated(chain, rotation):
    """Every spin 1/2 turned: letter a becomes Σ_b R_ba b."""
    turned = (tuple((b + 1, float(rotation[b, a])) for b in range(3)) for a in range(3))
    rows = (((0, 1.0),), *turned)
    H = chain.hamiltonian.mapped(lambda site: rows)
    return InfiniteChain(chain.cell, H.cleaned().terms)


def random_rotation(rng):
    """A rotation in three dimensions."""
    Q, R = np.linalg.qr(rng.standard_normal((3, 3)))
    Q = Q * np.sign(np.diag(R))
    return Q * np.sign(np.linalg.det(Q))
