"""Chains without ends in other axes."""

from __future__ import annotations

import numpy as np

from caloriq.spaces.infinite import InfiniteChain


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
