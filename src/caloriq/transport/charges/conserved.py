"""All conserved charges of a chain without ends whose densities have a given support, and the gap that says so.

Sources: M. P. Grabowski, P. Mathieu, J. Phys. A 28, 4777 (1995), doi:10.1088/0305-4470/28/17/013 (a charge of three sites as a test of
integrability); Ann. Phys. 243, 299 (1995), doi:10.1006/aphy.1995.1101 (charges of XXZ, XYZ and Hubbard chains).
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from caloriq import _checks
from caloriq._checks import Real
from caloriq.models.lattice.model import Lattice
from caloriq.models.random import LANCZOS, generator
from caloriq.results import Certificate, Check, MethodReport, Solution, frozen
from caloriq.spaces.charges import conserved_sums
from caloriq.spaces.commutators import commutator_map
from caloriq.spaces.currents import residual
from caloriq.spaces.infinite import InfiniteChain
from caloriq.spaces.strings import String, Strings
from caloriq.transport.inside import check_closed_inside
from caloriq.variables import ENERGY, Variable, numbered

APART = 0.1  # of the smallest singular value that is no zero, what still counts as one, at most
COMMUTES = 1e-9  # norm of [H, Q] against that of H, of normalised Q
ORTHONORMAL = 1e-9


@runtime_checkable
class Uniform(Protocol):
    """A model that looks the same from every cell."""

    def infinite_chain(self) -> InfiniteChain:
        """The chain without ends of the same terms."""
        ...


@dataclass(frozen=True)
class ConservedCharges(Solution):
    """Charges with at most some support, orthonormal in the extensive inner product at infinite temperature.

    Attributes
    ----------
    support : int
        Most cells that a density covers; sites, where a cell has one.
    letters : array of int, shape (S, sites)
        Strings that occur, by the letters on the sites of `support` cells: 0 is the identity, a the basis operator B_a.
    coefficients : array, shape (K, S)
        Charges Q = Σ_n T^n q, row by row: q is the sum of the strings with these coefficients, Tr q²/D = 1.
    supports : array of int, shape (K,)
        Cells that each needs: those of small support come first, and each is orthogonal to all others.
    residuals : array, shape (K,)
        (Tr [H, Q]†[H, Q]/D)^½ per cell, in energy.
    largest_zero, smallest_other : float
        Singular values of i[H, ·] on normalised densities on both sides of the gap, in energy; its square is an eigenvalue of
        the squared map.
    smallest_other_bound : float
        How far the second is at most below what is told.
    tolerance : float
        Singular values up to this count as zero: what rounding may leave of one.
    """

    support: int
    letters: NDArray[np.int64]
    coefficients: Real
    supports: NDArray[np.int64]
    residuals: Real
    largest_zero: float
    smallest_other: float
    smallest_other_bound: float
    tolerance: float

    variables = (
        Variable("counts", ("support",), kind="whole", long_name="charges with at most this support"),
        Variable("supports", ("charge",), kind="whole", units="cell", long_name="cells that a charge needs"),
        Variable("smallest_other", units=ENERGY, long_name="smallest singular value of i[H, ·] that is no charge"),
        Variable("largest_zero", units=ENERGY, long_name="largest singular value of i[H, ·] that is a charge"),
        Variable("tolerance", units=ENERGY, long_name="singular values up to this are zero within rounding"),
        Variable("residuals", ("charge",), units=ENERGY, long_name="norm of [H, Q] per cell of a normalised charge"),
        Variable("letters", ("string", "site"), kind="whole", long_name="operator of every site in a string"),
        Variable("coefficients", ("charge", "string"), long_name="density of a charge over strings"),
    )
    coordinates = (
        Variable(
            "support", ("support",), kind="whole", units="cell", source=lambda found: np.arange(1, found.support + 1)
        ),
        numbered("charge", lambda found: len(found.supports)),
    )
    headlines = ("counts", "supports", "smallest_other", "largest_zero")

    @property
    def counts(self) -> NDArray[np.int64]:
        """Charges with at most 1, 2, ..., `support` cells, shape (support,)."""
        return np.asarray((self.supports[None, :] <= np.arange(1, self.support + 1)[:, None]).sum(axis=1))

    @property
    def chain(self) -> InfiniteChain:
        """The chain without ends."""
        return chain_of(self.model)

    @cached_property
    def charges(self) -> tuple[Strings, ...]:
        """Density of every charge."""
        spaces = self.chain.window(self.support)
        strings: list[String] = [tuple((x, a) for x, a in enumerate(row) if a) for row in self.letters.tolist()]
        return tuple(
            Strings(spaces, {s: f for s, f in zip(strings, row, strict=True) if f})
            for row in self.coefficients.tolist()
        )

    def words(self, charge: int, most: int = 6) -> str:
        """The strings of a charge with the largest coefficients, in words."""
        q = self.charges[_checks.index("charge", charge, len(self.charges))]
        largest = sorted(q.terms, key=lambda string: (-round(abs(q.terms[string]), 9), string))
        told = " ".join(f"{complex(q.terms[s]).real:+.4g} {q.words(s)}" for s in largest[:most])
        return told if len(largest) <= most else f"{told} and {len(largest) - most} more"

    def facts(self) -> dict[str, Any]:
        """Charges in words."""
        return {"charges": [self.words(k) for k in range(len(self.charges))]}


def conserved_charges(model: InfiniteChain | Uniform, support: int, *, seed: int = 0) -> ConservedCharges:
    """All charges Q = Σ_n T^n q with [H, Q] = 0 whose densities cover at most `support` cells.

    Parameters
    ----------
    model : InfiniteChain, or a model that has one
        Looks the same from every cell.
    support : int
        Cells, at least 1: sites for a chain, rungs for a ladder.
    seed : int
        Of the starts of iterations, in large spaces.

    Returns
    -------
    ConservedCharges
        Certified by the gap, by [H, Q] on a ring of more than twice the support, and by orthonormality. That there are no
        more charges follows from the gap, which is above rounding; that these are conserved is known to rounding.

    Raises
    ------
    InvalidInput
        If `support` is below 1, or the strings do not fit in memory; the need is told before.
    Unsupported
        If dephasing, jumps or baths act on the bulk of the model.
    NotConverged
        If the charges are not told apart from the rest.

    Notes
    -----
    (B - 1) B^(support - 1) strings, B the product of d² over a cell. Reflection and what falls apart by itself (reality, parities)
    leave parts of a 4th to a 20th of them; a part of n is decomposed in n³ operations up to n = 1600, and takes some thousand
    products of a sparse matrix beyond. Spin 1/2: 0.2 s at 6 sites, 5 s at 7, 40 s at 8.

    What it cannot see: charges of larger support, quasilocal ones, and those that change from cell to cell.
    """
    started = time.perf_counter()
    if isinstance(model, Lattice):
        check_closed_inside(model)
    chain = chain_of(model)
    of = commutator_map(chain, support)
    found = conserved_sums(of, generator(seed, LANCZOS, of.support))
    V = found.vectors
    there = np.flatnonzero(np.any(V != 0, axis=1))
    residuals = np.array([residual(chain, of.strings(v)) for v in V.T])
    overlap = float(np.abs(V.T @ V - np.eye(V.shape[1])).max(initial=0.0))
    H = chain.hamiltonian.norm
    checks = (
        Check(
            "gap", _over(found.tolerance, found.lower_bound), APART, "no singular value lies between zero and the rest"
        ),
        Check(
            "commutator", float(residuals.max(initial=0.0)) / H, COMMUTES, "norm of [H, Q] against H, string by string"
        ),
        Check("orthonormal", overlap, ORTHONORMAL, "charges are independent"),
    )
    statistics = {
        "strings": len(of.keys),
        "elements": int(of.matrix.nnz),
        "parts": found.parts,
        "strings of the largest part": found.largest_part,
        "products": found.products,
        "wall time in s": time.perf_counter() - started,
    }
    return ConservedCharges(
        model=model,
        method=MethodReport("null space of i[H, ·]", "exact between strings of the support", statistics),
        certificate=Certificate(checks),
        support=of.support,
        letters=frozen(of.digits[there].astype(np.int64)),
        coefficients=frozen(np.ascontiguousarray(V[there].T)),
        supports=frozen(found.supports.astype(np.int64)),
        residuals=frozen(residuals),
        largest_zero=found.largest_zero,
        smallest_other=found.smallest_other,
        smallest_other_bound=_below(found.smallest_other, found.lower_bound),
        tolerance=found.tolerance,
    ).certified()


def chain_of(model: Any) -> InfiniteChain:
    """The chain without ends of a model."""
    if isinstance(model, Uniform):
        return model.infinite_chain()
    _checks.instance("model", model, InfiniteChain)
    found: InfiniteChain = model
    return found


def _over(tolerance: float, bound: float) -> float:
    return tolerance / bound if bound > 0 else math.inf


def _below(value: float, bound: float) -> float:
    return value - bound if math.isfinite(value) else 0.0
