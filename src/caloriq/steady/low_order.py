"""The classical model as preconditioner: populations and bond coherences of 𝓛, solved exactly on 2^N numbers.

Adiabatic elimination of the coherences between configurations that differ by one hop leaves symmetric exclusion with
rates 2|g|²Γ/(Γ² + δE²): the classical chain of MT IV corrects what the quantum iteration is slow at, as low-order
diffusion does for neutron transport. A damping of the order of the hopping is added to Γ: without it the bare model
is singular where nothing dephases.
"""

from __future__ import annotations

import numpy as np
import scipy

from caloriq._checks import Complex, Real
from caloriq.errors import NotConverged
from caloriq.models.classical import coherence_decay
from caloriq.models.spins import SpinChain
from caloriq.steady.superoperator import Sectors

DAMPING = 1.0


def typical_hopping(model: SpinChain) -> float:
    """Root of half the mean of Σ_l |g_kl|² over sites: g for a long uniform chain."""
    return float(np.sqrt((np.abs(model.bonds.hopping) ** 2).sum() / model.sites))


class LowOrder:
    """Approximate inverse of 𝓛 on populations and bond coherences."""

    def __init__(self, layout: Sectors) -> None:
        model, space = layout.model, layout.space
        decay, _ = coherence_decay(model)
        eta = DAMPING * typical_hopping(model)
        starts = np.concatenate([[0], np.cumsum(space.sizes)])  # of the blocks within the populations
        a, b, upper, lower, h, rates, gaps = ([np.zeros(0)] for _ in range(7))  # of sites apart there is nothing else
        for k, d in enumerate(space.sizes):
            energy = layout.hamiltonians[k].diagonal().real
            for bond, (i, j, g, _) in enumerate(zip(*model.bonds, strict=True)):
                if g == 0:
                    continue
                # a has j filled, b has i filled: ⟨b|H|a⟩ = g, ⟨a|H|b⟩ = g*
                first, second = space.moved(k, int(j), int(i))
                a.append(starts[k] + first)
                b.append(starts[k] + second)
                upper.append(layout.offsets[k] + first * d + second)
                lower.append(layout.offsets[k] + second * d + first)
                h.append(np.full(first.size, np.conj(g), dtype=complex))
                rates.append(np.full(first.size, decay[bond] + eta))
                gaps.append(energy[first] - energy[second])
        self._h, pairs = np.concatenate(h).astype(complex), sum(x.size for x in a)
        self._inverse: Complex = np.asarray(1 / (-np.concatenate(rates) - 1j * np.concatenate(gaps)), dtype=complex)
        rows, columns = np.concatenate([*a, *b]).astype(np.intp), np.tile(np.arange(pairs), 2)
        signs = np.repeat([1.0, -1.0], pairs)
        self._incidence = scipy.sparse.csr_array((signs, (rows, columns)), shape=(2**model.sites, pairs))
        # in a packed vector, of what it reads and writes: populations, then every bond coherence's two entries
        self.places = np.concatenate([layout.diagonals(), *upper, *lower]).astype(np.intp)
        self._count = 2**model.sites, pairs
        # the equation of the most weighted configuration follows from the others
        self._anchor = int(np.argmax(layout.weights()))
        try:
            self._factor = scipy.sparse.linalg.splu(self._with_trace(layout, starts))
        except RuntimeError as error:  # "Factor is exactly singular"
            raise NotConverged(
                f"`model` must have rates and couplings within what double precision can tell apart for Sector(), but its classical rates are singular (got {model.sites} sites); use Direct()"
            ) from error

    def _with_trace(self, layout: Sectors, starts: Real) -> scipy.sparse.csc_array:
        """Generator of the classical process, the row of its largest configuration replaced by the trace."""
        conductance = 2 * np.abs(self._h) ** 2 * self._inverse.real  # negative
        hops = scipy.sparse.coo_array(self._incidence @ scipy.sparse.diags_array(conductance) @ self._incidence.T)
        values, rows, columns = [hops.data], [hops.row], [hops.col]
        for jump in layout.jumps:
            since, to = starts[jump.source] + jump.since, starts[jump.target] + jump.to
            values += [np.full(since.size, jump.rate), np.full(since.size, -jump.lost)]
            rows += [to, since]
            columns += [since, since]
        size, i = self._count[0], self._anchor
        entries = (np.concatenate(values), (np.concatenate(rows), np.concatenate(columns)))
        L = scipy.sparse.csr_array(scipy.sparse.coo_array(entries, shape=(size, size)))
        trace = scipy.sparse.csr_array(layout.weights()[None, :])
        return scipy.sparse.csc_array(scipy.sparse.vstack([L[:i], trace, L[i + 1 :]]))

    def solve(self, values: Real, trace: float = 0.0) -> Real:
        """Correction at `places` for the residual there; populations sum to `trace`."""
        size, pairs = self._count
        p, up, down = values[:size].copy(), values[size : size + pairs], values[size + pairs :]
        coherence = ((up + down) + 1j * (up - down)) / 2 * self._inverse
        # dρ_aa/dt = -2 Im(h* ρ_ab), dρ_ab/dt = λ ρ_ab + i h (ρ_aa - ρ_bb), h = ⟨a|H|b⟩
        p += self._incidence @ (2 * (self._h.conj() * coherence).imag)
        p[self._anchor] = trace
        y = self._factor.solve(p)
        z = coherence - 1j * self._h * self._inverse * (self._incidence.T @ y)
        return np.concatenate([y, z.real + z.imag, z.real - z.imag])
