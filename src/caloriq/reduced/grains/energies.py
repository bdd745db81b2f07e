"""Energies of the blocks of a chain in time: what rates predict and what the Schrödinger equation gives share one result."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy
from numpy.typing import ArrayLike

from caloriq import _checks
from caloriq._checks import Complex, Real
from caloriq.errors import InvalidInput
from caloriq.linalg.chebyshev import bessel_table
from caloriq.linalg.propagate import chebyshev_step, reach
from caloriq.models.quantum import QuantumChain
from caloriq.models.random import PROBE, generator
from caloriq.reduced.grains.requests import check_blocks
from caloriq.results import Certificate, Check, MethodReport, Progress, Solution, frozen
from caloriq.variables import ENERGY, Variable

TAIL = 1e-12
LONGEST = 300.0  # of a Chebyshev step, in units of 1/|H|: longer ones hold no more memory, but report no progress


@dataclass(frozen=True)
class BlockEnergies(Solution):
    """Energy of every block of a chain in time; the couplings between blocks are nobody's.

    Attributes
    ----------
    block : int
        ℓ, sites of a block.
    contact : float
        Strength of the couplings between blocks, relative to the model's.
    times : array, shape (T,)
        Instants, 1/energy.
    energies, errors : array, shape (T, N/ℓ)
        ⟨H_µ⟩ and its error: of the sample, or of the number of bands.
    """

    block: int
    contact: float
    times: Real
    energies: Real
    errors: Real

    variables = (
        Variable("energies", ("time", "grain"), units=ENERGY, long_name="energy of a block"),
        Variable("errors", ("time", "grain"), units=ENERGY, long_name="its error"),
    )
    coordinates = (
        Variable("time", ("time",), units=f"1/{ENERGY}", source="times"),
        Variable("grain", ("grain",), kind="whole", source=lambda s: np.arange(s.energies.shape[1])),
    )

    def facts(self) -> dict[str, Any]:
        """How the chain was cut."""
        return {"block": self.block, "contact": self.contact}

    def modes(self) -> tuple[Real, Real]:
        """Σ cos(πq(µ+½)/m) of the energies for q = 1 … m - 1, and its error, shape (T, m - 1)."""
        m = self.energies.shape[1]
        waves = np.cos(np.pi * np.outer(np.arange(m) + 0.5, np.arange(1, m)) / m)
        return self.energies @ waves, np.sqrt(self.errors**2 @ waves**2)


def check_temperatures(values: ArrayLike, count: int) -> Real:
    """One temperature for every block, none of them zero."""
    heat = np.array([float(v) for v in np.ravel(np.asarray(values, dtype=float))])
    if heat.size != count:
        raise InvalidInput(
            f"`temperatures` must be one for each of the {count} blocks, but they are not (got {heat.size})"
        )
    bad = np.isnan(heat) | (heat == 0)
    if bad.any():
        raise InvalidInput(
            f"`temperatures` must be numbers other than 0, but they are not (got {heat[int(np.argmax(bad))]:g} of block {int(np.argmax(bad))})"
        )
    return heat


def exact_energies(
    model: QuantumChain,
    block: int,
    times: ArrayLike,
    temperatures: ArrayLike,
    *,
    contact: float = 1.0,
    samples: int = 4,
    seed: int = 0,
    progress: Progress | None = None,
) -> BlockEnergies:
    r"""Energy of every block in time by the Schrödinger equation, from typical states of blocks of different temperatures.

    Parameters
    ----------
    model, block, times, temperatures, contact
        As for `band_rates.energies_by_rates`.
    samples : int
        Random states, at least 2.
    seed : int
        Of them.
    progress : callable, optional
        Called with (done, total) instants.

    Returns
    -------
    BlockEnergies
        Means over the random states and their standard errors.

    Raises
    ------
    InvalidInput
        For arguments outside their domains, or a chain that does not fit in memory.

    Notes
    -----
    Starts are :math:`\prod_\mu e^{-H_\mu/2T_\mu}|\psi\rangle` with ψ Haar-random in the whole space: for one state the energies of the
    product of Gibbs states are off by a share of about 2^(-N/2) (dynamical typicality: Bartsch, Gemmer, PRL 102, 110403 (2009),
    doi:10.1103/PhysRevLett.102.110403). H is applied without a matrix, Chebyshev steps: 2^N (N + 1) operations a product, about
    |H| t products; 16·2^N bytes times six.
    """
    clock = time.perf_counter()
    count = check_blocks(model, block, "energy", None, math.inf, contact)
    t, heat = _checks.times(times), check_temperatures(temperatures, count)
    samples = _checks.whole("samples", samples, 2)
    N, M = model.sites, 2**block
    _checks.memory("model", f"{N} sites", 16.0 * 6 * 2.0**N + 8.0 * 4 * M * M, "take fewer or shorter blocks")
    H = model.flips(contact=float(contact), block=block)
    most = reach(scipy.sparse.linalg.LinearOperator(H.shape, matvec=H.matvec, dtype=float))
    own = [model.hamiltonian(first=k * block, sites=block).toarray() for k in range(count)]
    cool = [scipy.linalg.expm(-(h - np.eye(M) * np.trace(h) / M) / (2 * T)) for h, T in zip(own, heat, strict=True)]
    found, norms, totals = np.empty((samples, t.size, count)), [], []
    for s in range(samples):
        rng = generator(seed, PROBE, N, s)
        psi: Complex = (rng.standard_normal(2**N) + 1j * rng.standard_normal(2**N)) / math.sqrt(2)
        for k, factor in enumerate(cool):
            psi = _on_block(factor, psi, k, block)
        psi /= np.linalg.norm(psi)
        now = 0.0
        for at, instant in enumerate(t.tolist()):
            psi, now = _forward(H, psi, most, instant - now), instant
            found[s, at] = [np.vdot(psi, _on_block(h, psi, k, block)).real for k, h in enumerate(own)]
            if progress is not None:
                progress(s * t.size + at + 1, samples * t.size)
            if at in (0, t.size - 1):
                norms.append(float(np.linalg.norm(psi)))
                totals.append(float(np.vdot(psi, H @ psi).real))
    off = max(abs(n - 1) for n in norms)
    moved = max(abs(b - a) for a, b in zip(totals[::2], totals[1::2], strict=True)) / most if t.size > 1 else 0.0
    report = MethodReport(
        "typical states, Chebyshev steps without a matrix",
        "the only one",
        {"states": samples, "dimension": 2**N, "wall time in s": time.perf_counter() - clock},
    )
    checks = (
        Check("norm drift", off, 1e-8, "the states stay normalised"),
        Check("energy drift", moved, 1e-8, "the energy of the whole stays, relative to the largest"),
    )
    return BlockEnergies(
        model=model,
        method=report,
        certificate=Certificate(checks),
        block=block,
        contact=float(contact),
        times=frozen(t.copy()),
        energies=frozen(found.mean(axis=0)),
        errors=frozen(found.std(axis=0, ddof=1) / math.sqrt(samples)),
    ).certified()


def _on_block(matrix: Real, psi: Complex, number: int, block: int) -> Complex:
    """A real operator of one block on a state of all: bit j of a state is site j, so that the first block is the fastest index."""
    inner, M = 2 ** (number * block), 2**block
    shaped = psi.reshape(-1, M, inner)
    out: Complex = np.matmul(matrix, shaped.real) + 1j * np.matmul(matrix, shaped.imag)
    return out.reshape(-1)


def _forward(H: Any, psi: Complex, most: float, span: float) -> Complex:
    """e^(-iHt) in equal steps."""
    if span <= 0:
        return psi
    steps = max(1, math.ceil(span * most / LONGEST))
    J = bessel_table(np.array([most * span / steps]), TAIL)[0][:, 0]
    for _ in range(steps):
        psi = chebyshev_step(H, psi, most, J)
    return psi
