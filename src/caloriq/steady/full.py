"""The full space of 4^N matrix elements: a direct sparse solution, the reference for small systems."""

from __future__ import annotations

import time

import numpy as np
import scipy

from caloriq._checks import Complex
from caloriq.errors import InvalidInput
from caloriq.models import sectors
from caloriq.models.spins import SpinChain
from caloriq.results import Check
from caloriq.steady.methods import Full
from caloriq.steady.moments import Moments
from caloriq.steady.result import SteadyState, assemble, rate_scale
from caloriq.steady.unique import reached_check

LARGEST = 8  # sites; a factorisation at 9 takes 50 GB
FACTOR = 1.2e7  # entries of the factors at 7 sites, all pairs coupled; 15 times as many with every site more


def admit(model: SpinChain, method: Full) -> float:
    """Bytes needed; refuses more sites than a factorisation in memory allows.

    Raises
    ------
    InvalidInput
        Beyond 8 sites.
    """
    if model.sites > LARGEST:
        raise InvalidInput(
            f"`sites` must be at most {LARGEST} for {method!r}, but there are more (got {model.sites}, 4^{model.sites} matrix elements); use Sector()"
        )
    return 24.0 * FACTOR * 15.0 ** (model.sites - 7)


def solve(model: SpinChain, method: Full, reason: str) -> SteadyState:
    """Steady state by sparse LU of the Liouvillian with one row replaced by the trace."""
    clock = time.perf_counter()
    L = liouvillian(model)
    d = 2**model.sites
    # the replaced row is the population of the empty state; its equation follows from the others
    keep = np.arange(1, d * d)
    trace = scipy.sparse.csr_array((np.ones(d), (np.zeros(d, dtype=int), np.arange(d) * (d + 1))), shape=(1, d * d))
    system = scipy.sparse.vstack([trace, L[keep]]).tocsc()
    factor = scipy.sparse.linalg.splu(
        system, permc_spec="MMD_AT_PLUS_A", options={"SymmetricMode": True}, diag_pivot_thresh=0.01
    )
    right = np.zeros(d * d, dtype=complex)
    right[0] = 1
    vector = factor.solve(right)
    for _ in range(2):
        vector += factor.solve(right - system @ vector)
    rho = vector.reshape(d, d)
    residual = float(np.linalg.norm(L @ vector) / np.linalg.norm(vector) / rate_scale(model))
    rho = (rho + rho.conj().T) / 2
    space = sectors.basis(model.sites)
    blocks = tuple(np.ascontiguousarray(rho[np.ix_(s, s)]) for s in space.states)
    outside = float(np.linalg.norm(rho - density(blocks, model.sites)))
    checks = [
        Check("residual", residual, 1e-10, "‖𝓛ρ‖/‖ρ‖ in units of the model's rates"),
        Check("trace error", abs(float(np.trace(rho).real) - 1), 1e-10, "ρ is normalised"),
        Check("negative part", max(0.0, -float(np.linalg.eigvalsh(rho)[0])), 1e-10, "ρ is positive"),
        Check("outside the sector", outside, 1e-10, "excitations are conserved but for the baths"),
        reached_check(model),
    ]
    statistics: dict[str, float | int | str] = {
        "dimension": d * d,
        "nonzeros of the factors": int(factor.nnz),
        "wall time in s": time.perf_counter() - clock,
    }
    n, coherences, correlations = sectors.two_point(space, list(blocks))
    k, l, _, _ = model.bonds
    state = Moments(n, coherences[k, l], correlations[k, l])
    return assemble(
        model,
        method,
        reason,
        state,
        checks,
        statistics,
        two_point=coherences,
        correlations=correlations,
        blocks=blocks,
    )


def liouvillian(model: SpinChain) -> scipy.sparse.csr_array:
    """𝓛 on row-stacked density matrices, site j the bit j of an index, shape (4^N, 4^N)."""
    N, d = model.sites, 2**model.sites
    space = sectors.basis(N)
    order = np.concatenate(space.states)
    frame = float(model.frequencies.mean())
    K = scipy.sparse.block_diag([sectors.effective(model, space, k, frame=frame) for k in range(N + 1)]).tocsr()
    back = np.argsort(order)
    K = K[back][:, back]
    one = scipy.sparse.eye_array(d, format="csr")
    L = scipy.sparse.kron(K, one) + scipy.sparse.kron(one, K.conj())
    lower = [_lowering(N, j) for j in range(N)]
    for a, gain, loss, dephasing in zip(lower, model.gains, model.losses, model.dephasing_rates, strict=True):
        number = a.T @ a
        L = (
            L
            + loss * scipy.sparse.kron(a, a)
            + gain * scipy.sparse.kron(a.T, a.T)
            + dephasing * scipy.sparse.kron(number, number)
        )
    return scipy.sparse.csr_array(L)


def _lowering(sites: int, site: int) -> scipy.sparse.csr_array:
    patterns = np.arange(2**sites)
    filled = patterns[(patterns >> site) & 1 == 1]
    return scipy.sparse.csr_array((np.ones(filled.size), (filled ^ (1 << site), filled)), shape=(2**sites, 2**sites))


def density(blocks: tuple[Complex, ...], sites: int) -> Complex:
    """Density matrix of all sites out of its blocks, shape (2^N, 2^N), site j the bit j of an index."""
    rho = np.zeros((2**sites, 2**sites), dtype=complex)
    for states, block in zip(sectors.basis(sites).states, blocks, strict=True):
        rho[np.ix_(states, states)] = block
    return rho
