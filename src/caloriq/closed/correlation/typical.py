r"""⟨A(t)B⟩ from random states: one pair of them, e^{-iHt}|ψ⟩ and e^{-iHt}B|ψ⟩, for every sector of the conserved numbers.

For a Haar-random ψ of D states, :math:`\langle\psi|M|\psi\rangle` has the mean Tr M/D and the variance
:math:`(\mathrm{Tr}MM^\dagger/D-|\mathrm{Tr}M|^2/D^2)/(D+1)` at most, and with M = A(t)B, by Cauchy and Schwarz,
:math:`\mathrm{Tr}MM^\dagger\le(\mathrm{Tr}A^4\,\mathrm{Tr}B^4)^{1/2}`, at every time.

Sources: A. Hams, H. De Raedt, Phys. Rev. E 62, 4365 (2000), doi:10.1103/PhysRevE.62.4365; C. Bartsch, J. Gemmer, Phys. Rev. Lett.
102, 110403 (2009), doi:10.1103/PhysRevLett.102.110403; R. Steinigeweg, J. Gemmer, W. Brenig, Phys. Rev. Lett. 112, 120601 (2014),
doi:10.1103/PhysRevLett.112.120601.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from caloriq._checks import Complex, Real
from caloriq.closed.blocks import worst
from caloriq.closed.correlation.tempered import Tempered
from caloriq.closed.lattice.columns import TOL as COOLED
from caloriq.closed.lattice.columns import tight_bounds
from caloriq.closed.lattice.space import Space, sectors
from caloriq.linalg.imaginary import DEEPEST, cooled
from caloriq.linalg.steps import Stepper
from caloriq.models.lattice.model import Lattice
from caloriq.models.random import TRACE, gaussian, generator
from caloriq.results import Check
from caloriq.spaces.strings import Strings

VECTORS = 6  # complex ones that are held
DIGITS = 13  # of a step


class Sampled(NamedTuple):
    """Correlations of every sample, at one temperature.

    Attributes
    ----------
    values : array, complex, shape (K, P, T)
        Tr ρ A(t) B of every sample, for each A.
    deviation : float
        Standard deviation of a sample, at most, at infinite temperature; of the unweighted states elsewhere.
    norm_drift, energy_drift : float
        Largest change of norms, and of ⟨H⟩ over the bound on ‖H‖.
    cooled, truncation : float
        Bounds on the error of thermal states or weights, and on what the series leave out of a state, in norm.
    products, largest : int
        With H; states of the largest sector.
    """

    values: Complex
    deviation: float
    norm_drift: float
    energy_drift: float
    cooled: float
    truncation: float
    products: int
    largest: int

    def standard_error(self, operator: int) -> Real:
        """Of the mean of the real part, by the spread of the samples: at a time, or over all times, whichever is larger."""
        spread = self.values[:, operator].real.std(axis=0, ddof=1)
        return np.asarray(np.maximum(spread, self.spread(operator)) / math.sqrt(len(self.values)))

    def spread(self, operator: int) -> float:
        """Standard deviation of a sample, over all times."""
        return float(np.sqrt(self.values[:, operator].real.var(axis=0, ddof=1).mean()))

    def proofs(self, tol: float) -> list[Check]:
        """Norms, energies, and what the series leave out."""
        limit = max(1e-10, 2 * tol)
        return [
            Check("norm drift", self.norm_drift, limit, "the evolution is unitary"),
            Check("energy drift", self.energy_drift, limit, "⟨H⟩ is conserved; in units of the bound on ‖H‖"),
            Check("truncation", self.truncation, tol, "what the series leave out of a state, in norm"),
        ]

    @property
    def statistics(self) -> dict[str, Any]:
        """What it cost."""
        return {"products": self.products, "states of the largest sector": self.largest}


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
    tell : callable
        Called with the share of the work that is done.
    """
    spaces = sectors(model, (*A, B))
    whole, done, variance = sum(one.dimension for one in spaces), 0, 0.0
    values = np.zeros((len(betas), len(spaces), samples, len(A), times.size), dtype=complex)
    logarithms = np.zeros((len(betas), len(spaces), samples))
    notes, products = dict[str, float](), 0
    for number, space in enumerate(spaces):
        D = space.dimension
        run = _Run(space, A, B, times, betas, tol)
        for k in range(samples):
            psi = gaussian(generator(seed, TRACE, k, number), (D,))
            values[:, number, k], logarithms[:, number, k] = run.sample(psi / np.linalg.norm(psi))
            tell((done + D * (k + 1) / samples) / whole)
        variance += D**2 * run.moment / samples / (D + 1)
        logarithms[:, number] += math.log(D)
        done += D
        notes, products = worst(notes, run.notes), products + run.products
    weights = np.exp(logarithms - logarithms.max(axis=1, keepdims=True))
    weights /= weights.sum(axis=1, keepdims=True)
    return [
        Sampled(
            values=np.einsum("nk,nkpt->kpt", weights[r], values[r]),
            deviation=math.sqrt(variance) / whole,
            norm_drift=notes["norm"],
            energy_drift=notes["energy"],
            cooled=notes[f"cooled {r}"],
            truncation=notes["truncation"],
            products=products,
            largest=max(one.dimension for one in spaces),
        )
        for r in range(len(betas))
    ]


class _Run:
    """Pairs of states of one sector."""

    def __init__(
        self, space: Space, A: Sequence[Strings], B: Strings, times: Real, betas: Sequence[float], tol: float
    ) -> None:
        space.check_memory(VECTORS, (*A, B))
        self.H = space.hamiltonian
        self.B = space.products(B)
        self.A = [self.B if one is B else space.products(one) for one in A]
        interval = tight_bounds(self.H)
        beta = betas[0]
        self.K = space.products((beta / 2) * space.model.strings) if beta and len(betas) == 1 else None
        self.cold = beta / 2 * interval[0], beta / 2 * interval[1]
        self.betas = np.asarray(betas)
        self.tempered = None
        if len(betas) > 1:
            # what a state lacks counts as much more as thermal weights are small
            tol *= math.exp(-min(self.betas.max() * (interval[1] - interval[0]) / 2, DEEPEST))
            self.tempered = Tempered(self.H, interval, betas, tol / 10)
        # equal steps are one but for rounding, in any unit of time
        self.steps = [float(f"{one:.{DIGITS}g}") for one in np.diff(times, prepend=0.0).tolist()]
        some = len(self.steps)
        self.steppers = {one: Stepper(self.H, interval, one, tol / some) for one in set(self.steps) if one > 0}
        left_out = sum(self.steppers[one].left_out for one in self.steps if one > 0)
        self.notes = {"norm": 0.0, "energy": 0.0, "truncation": left_out}
        self.notes |= {f"cooled {r}": 0.0 for r in range(len(betas))}
        self.moment, self.products = 0.0, 0

    def sample(self, psi: Complex) -> tuple[Complex, Real]:
        """Correlation in one state at every temperature, shape (R, P, T), and the logarithms of its weights, shape (R,)."""
        logarithms = np.zeros(len(self.betas))
        phi = self.B.mv(psi)
        self.moment += self._fourth(psi, phi)
        if self.K is not None:
            low = cooled(self.K, psi[:, None], self.cold, COOLED)
            psi, logarithms = low.states[:, 0], 2 * low.logarithms
            self.notes = worst(self.notes, {"cooled 0": low.bound})
            self.products += low.products
            phi = self.B.mv(psi)
        before = [float(np.linalg.norm(one)) for one in (psi, phi)]
        energy = self._energy(psi)
        weights = np.ones(len(self.betas))
        if self.tempered is not None:
            weights = self.tempered.weights(psi)
            logarithms = np.log(weights) - self.betas * self.tempered.low
            self.products += self.tempered.products
        found: Complex = np.empty((len(self.betas), len(self.A), len(self.steps)), dtype=complex)
        for n, step in enumerate(self.steps):
            if step > 0:
                psi, phi = (self.steppers[step].step(one) for one in (psi, phi))
                self.products += 2 * self.steppers[step].products
            found[:, :, n] = self._read(psi, phi)
        after = [float(np.linalg.norm(one)) for one in (psi, phi)]
        drift = max(abs(a / b - 1) for a, b in zip(after, before, strict=True) if b)
        apart = abs(self._energy(psi) - energy) / (max(map(abs, self.H.norm_bounds)) or 1.0)
        self.notes = worst(self.notes, {"norm": drift, "energy": apart})
        if self.tempered is not None:
            off = self.tempered.left_out + 2 * (self.notes["truncation"] + drift)
            self.notes = worst(self.notes, {f"cooled {r}": one for r, one in enumerate((off / weights).tolist())})
        found /= weights[:, None, None]
        return found, logarithms

    def _read(self, psi: Complex, phi: Complex) -> Complex:
        """⟨ψ|e^{-β(H - E_-)} A|φ⟩, shape (R, P)."""
        if self.tempered is None:
            return np.array([[complex(np.vdot(one.mv(psi), phi)) for one in self.A]])
        self.products += self.tempered.products
        found: Complex = self.tempered.means(psi, [one.mv(phi) for one in self.A])
        return found

    def _energy(self, psi: Complex) -> float:
        return float(np.vdot(psi, self.H.mv(psi)).real)

    def _fourth(self, psi: Complex, phi: Complex) -> float:
        """(⟨A⁴⟩⟨B⁴⟩)^½ in a random state, of the largest A."""
        b = float(np.linalg.norm(self.B.mv(phi)))
        each = [b if one is self.B else float(np.linalg.norm(one.mv(one.mv(psi)))) for one in self.A]
        return b * max(each)
