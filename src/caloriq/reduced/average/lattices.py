"""Conductivity of lattices whose edges differ: the linear network of their rates, solved exactly."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

from caloriq._checks import Real
from caloriq.models.graphs import pieces
from caloriq.models.modular import Bonds


def lattice_tensor(rates: Real, bonds: Bonds, sides: tuple[int, ...], *, periodic: bool) -> Real:
    r"""Effective rate tensor G of a lattice: mean flow per subunit under a unit gradient, shape (d, d).

    On a periodic lattice, for every direction the drops :math:`g_e = d_e + \phi_b - \phi_a` that conserve the flow, and
    :math:`G_{ij} = \frac1N \sum_e \gamma_e\, g^{(i)}_e g^{(j)}_e`. On an open one, the flow between two opposite faces held at
    unit difference, times length over cross-section; G is then diagonal. Edges of equal rates give γ on every axis; an open
    chain gives the harmonic mean of its bonds. `rates`, γ, and `bonds` are of every edge, shape (E,) and (E, 2); of `sides`, the
    lengths of the axes, the last is numbered fastest.
    """
    N = int(np.prod(sides))
    a, b = bonds.T
    steps = np.array(np.unravel_index(b, sides)) - np.array(np.unravel_index(a, sides))
    steps = np.where(np.abs(steps) > 1, -np.sign(steps), steps)  # around the closed axis
    both = np.concatenate([a, b]), np.concatenate([b, a])
    A = scipy.sparse.coo_array((np.concatenate([rates, rates]), both), shape=(N, N)).tocsr()
    L = scipy.sparse.csr_array(scipy.sparse.diags_array(np.asarray(A.sum(axis=1)).reshape(-1)) - A)
    tensor = np.zeros((len(sides), len(sides)))
    if periodic:
        drops = []
        for step in steps:
            source = np.asarray(np.bincount(a, rates * step, N) - np.bincount(b, rates * step, N), dtype=float)
            phi = _potentials(L, source, np.zeros(0, dtype=np.intp), np.zeros(0), a, b, rates)
            drops.append(step + phi[b] - phi[a])
        for i, g in enumerate(drops):
            for j, h in enumerate(drops):
                tensor[i, j] = float(rates @ (g * h)) / N
        return tensor
    for axis, side in enumerate(sides):
        place = np.unravel_index(np.arange(N), sides)[axis]
        held = np.flatnonzero((place == 0) | (place == side - 1))
        phi = _potentials(L, np.zeros(N), held, (place[held] == 0).astype(float), a, b, rates)
        flow = float(rates @ (phi[a] - phi[b]) ** 2)  # dissipation at unit difference is the flow
        tensor[axis, axis] = flow * (side - 1) / (N // side)
    return tensor


def _potentials(L: Any, source: Real, held: NDArray[np.intp], values: Real, a: Any, b: Any, rates: Real) -> Real:
    """Solution of Lφ = source with some φ held; one subunit of every piece that touches none of them is held at 0."""
    N = source.size
    phi = np.zeros(N)
    phi[held] = values
    fixed = np.zeros(N, dtype=bool)
    fixed[held] = True
    coupled = rates > 0
    for piece in pieces(N, a[coupled], b[coupled]):
        if not np.any(fixed[piece]):
            fixed[piece[0]] = True
    free = np.flatnonzero(~fixed)
    if free.size:
        rest = source[free] - L[free][:, np.flatnonzero(fixed)] @ phi[fixed]
        phi[free] = scipy.sparse.linalg.spsolve(scipy.sparse.csc_array(L[free][:, free]), rest)
    return phi
