r"""⟨A(t)B⟩ from random states: one pair of them, e^{-iHt}|ψ⟩ and e^{-iHt}B|ψ⟩, for every sector of the conserved numbers.

For a Haar-random ψ of D states, :math:`\langle\psi|M|\psi\rangle` has the mean Tr M/D and the variance
:math:`(\mathrm{Tr}MM^\dagger/D-|\mathrm{Tr}M|^2/D^2)/(D+1)` at most, and with M = A(t)B, by Cauchy and Schwarz,
:math:`\mathrm{Tr}MM^\dagger\le(\mathrm{Tr}A^4\,\mathrm{Tr}B^4)^{1/2}`, at every time.

Sources: A. Hams, H. De Raedt, Phys. Rev. E 62, 4365 (2000), doi:10.1103/PhysRevE.62.4365; C. Bartsch, J. Gemmer, Phys. Rev. Lett.
102, 110403 (2009), doi:10.1103/PhysRevLett.102.110403; R. Steinigeweg, J. Gemmer, W. Brenig, Phys. Rev. Lett. 112, 120601 (2014),
doi:10.1103/PhysRevLett.112.120601.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from caloriq._checks import Complex, Real
from caloriq.closed.blocks import worst
from caloriq.closed.correlation.methods import Typicality
from caloriq.closed.correlation.mirrored import mirrored
from caloriq.closed.correlation.pairs import VECTORS, Drawn, Run
from caloriq.closed.correlation.samples import Sampled
from caloriq.models.lattice.model import Lattice
from caloriq.models.lattice.space import sectors
from caloriq.models.random import TRACE, generator
from caloriq.spaces.strings import Strings


def memory(model: Lattice, kept_by: Sequence[Strings] = ()) -> float:
    """Bytes of the vectors and of the Hamiltonian."""
    return max(one.memory(VECTORS) for one in sectors(model, kept_by))


def sampled(
    model: Lattice,
    A: Sequence[Strings],
    B: Strings,
    times: Real,
    *,
    betas: Sequence[float],
    samples: int,
    seed: int,
    tol: float,
    wanted: Callable[[list[Sampled]], int] | None = None,
    tell: Callable[[float], Any] = lambda _: None,
) -> list[Sampled]:
    """Correlations from random states at every 1/T, at times that increase from 0 or later.

    Parameters
    ----------
    model : Lattice
        H.
    A : sequence of Strings, length P
        Hermitian.
    B : Strings
        Likewise.
    times : array, shape (T,)
        Instants.
    betas : sequence of float
        1/T: one is cooled before the evolution, several are weighed at every time.
    samples, seed : int
        Random states of every sector.
    tol : float
        What a series may leave out of a state, in norm.
    wanted : callable, optional
        How many samples there must be, by those that there are, at every temperature: more are drawn until it asks for none. Numbers
        are those of as many `samples`.
    tell : callable
        Called with the share of the work that is done; where it is not known, each batch is half of what is left.
    """
    shares = mirrored(model, A, B)
    states = np.array([[alike, space.dimension] for _, space, alike in shares], dtype=float)
    drawn: list[list[Drawn]] = [[] for _ in shares]
    intervals: dict[int, tuple[float, float]] = {}
    notes, products, have, goal, left = dict[str, float](), 0, 0, samples, 1.0
    while True:
        whole, done = model.dimension * (goal - have), 0
        part = left if wanted is None else left / 2
        for n, (number, space, alike) in enumerate(shares):
            # operators of one sector at a time are held; bounds on its spectrum are found once
            run = Run(replace(space), A, B, times, betas, tol, intervals.get(number))
            intervals[number] = run.interval
            for k in range(have, goal):
                back = k == 0 and goal > 1 and space.dimension == states[:, 1].max()
                drawn[n].append(run.sample(partial(generator, seed, TRACE, k, number), back=back))
                done += alike * space.dimension
                tell(1 - left + part * done / whole)
            notes, products = worst(notes, run.notes), products + run.products
        have, left = goal, left - part
        found = [_sampled(drawn, states, r, notes, products) for r in range(len(betas))]
        goal = have if wanted is None else wanted(found)
        if goal <= have:
            break
    if left:
        tell(1.0)
    return found


def drawn_by(
    method: Typicality,
    model: Lattice,
    A: Sequence[Strings],
    B: Strings,
    times: Real,
    *,
    betas: Sequence[float],
    relative: Callable[[Sampled, float], float],
    tell: Callable[[float], Any],
) -> list[Sampled]:
    """As `sampled`, of as many states as a method asks for; `relative` has the error at a 1/T that is to be below its."""

    def wanted(found: list[Sampled]) -> int:
        return method.wanted(len(found[0].values), max(map(relative, found, betas)))

    return sampled(
        model,
        A,
        B,
        times,
        betas=betas,
        samples=method.samples,
        seed=method.seed,
        tol=method.tol,
        wanted=None if method.error is None else wanted,
        tell=tell,
    )


def _sampled(drawn: list[list[Drawn]], states: Real, r: int, notes: dict[str, float], products: int) -> Sampled:
    """What is drawn so far, at one temperature."""
    values, deviation, size = _together(drawn, states, r)
    return Sampled(
        values=values,
        deviation=deviation,
        size=size,
        norm_drift=notes["norm"],
        energy_drift=notes["energy"],
        reversal=notes["back"],
        cooled=notes[f"cooled {r}"],
        truncation=notes["truncation"],
        products=products,
        largest=int(states[:, 1].max()),
    )


def _together(drawn: list[list[Drawn]], states: Real, r: int) -> tuple[Complex, Real, Real]:
    """All sectors at one temperature: the samples, their standard deviations, and the sizes of A times B."""
    alike, D = states.T[:, :, None]
    logarithms = np.array([[one.logarithms[r] for one in row] for row in drawn])
    top = logarithms.max()
    Z = alike * D * np.exp(logarithms - top)  # (sectors, samples)
    each = np.einsum("nk,nkpt->kpt", Z, np.array([[one.values[r] for one in row] for row in drawn]))
    ratio = each.sum(axis=0) / Z.sum()
    mean = float(Z.sum(axis=0).mean())
    # the mean of ratios would be off by as much for any number of samples; to first order each is this far from their ratio
    values = ratio + (each - Z.sum(axis=0)[:, None, None] * ratio) / mean
    # one state stands for both of two sectors: their errors are not two that average out, but one of twice the weight
    fourth = np.array([[one.fourth[r] for one in row] for row in drawn])
    squares = fourth * np.array([[[np.exp(one.squares[r] - 2 * top)] for one in row] for row in drawn])
    variance = (((alike * D) ** 2 / (D + 1))[..., None] * squares).sum(axis=0).mean(axis=0)
    return values, np.sqrt(variance) / mean, np.sqrt((Z[..., None] * fourth).sum(axis=(0, 1)) / Z.sum())
