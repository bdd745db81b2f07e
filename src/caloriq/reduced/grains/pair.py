"""Exact decay of the difference of two coupled blocks, by typicality: what the rate is judged against."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import scipy

from caloriq import _checks
from caloriq._checks import Real
from caloriq.linalg.chebyshev import bessel_table
from caloriq.linalg.propagate import chebyshev_step, reach
from caloriq.models.quantum import Carried, QuantumChain
from caloriq.models.random import PROBE, generator

TAIL = 1e-12


def pair_hamiltonian(chain: QuantumChain, block: int, contact: float, first: int = 0) -> Any:
    """H of two blocks with their contact, sparse, in the product space of 2·block spins."""
    n = 2 * block
    H = chain.hamiltonian(first=first, sites=n)
    return (H + (contact - 1) * chain.joint(first + block, first=first, sites=n)).tocsr()


def pair_difference(chain: QuantumChain, block: int, carries: Carried, first: int = 0) -> Any:
    """Q_L - Q_R of two blocks, the contact left out, sparse."""
    parts = [chain.density(carries, first=first + side * block, sites=block) for side in (0, 1)]
    one = scipy.sparse.eye_array(2**block)
    left, right = (sum(p) for p in parts)
    return (scipy.sparse.kron(one, left) - scipy.sparse.kron(right, one)).tocsr()  # bit j of a state is site j


def pair_decay(
    chain: QuantumChain, block: int, contact: float, carries: Carried, times: Real, samples: int, seed: int
) -> tuple[Real, Real]:
    """⟨D(t)D⟩/⟨D²⟩ at infinite temperature, D = Q_L - Q_R, and its standard error over random states; shape (T,) each."""
    n = 2 * block
    _checks.memory("block", block, 16.0 * 2.0**n * 8 + 24.0 * (2 * n + 4) * 2.0**n, "take shorter blocks")
    H, D = pair_hamiltonian(chain, block, contact), pair_difference(chain, block, carries)
    most = reach(H)
    steps = np.diff(np.concatenate([[0.0], times]))
    unit = float(steps.max(initial=0.0)) or 1.0
    steps = np.round(steps / unit, 12) * unit  # equal to rounding are one step, in any unit of time
    tables = {h: bessel_table(np.array([most * h]), TAIL)[0][:, 0] for h in np.unique(steps)}
    found = np.empty((samples, times.size))
    for s in range(samples):
        rng = generator(seed, PROBE, n, s)
        psi = (rng.standard_normal(2**n) + 1j * rng.standard_normal(2**n)) / math.sqrt(2)
        pair = np.stack([psi, D @ psi], axis=1)
        norm = float(np.vdot(pair[:, 1], pair[:, 1]).real)
        for k, h in enumerate(steps):
            if h:
                pair = chebyshev_step(H, pair, most, tables[h])
            found[s, k] = np.vdot(pair[:, 0], D @ pair[:, 1]).real / norm
    error = found.std(axis=0, ddof=1) / math.sqrt(samples) if samples > 1 else np.full(times.size, np.nan)
    return found.mean(axis=0), error
