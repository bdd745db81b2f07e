"""Mazur's bound: what conserved charges leave of a current for ever, at infinite temperature and exactly.

lim ⟨J(t) J⟩ per cell ≥ Σ_ab ⟨⟨J, Q_a⟩⟩ (G⁻¹)_ab ⟨⟨Q_b, J⟩⟩ with G_ab = ⟨⟨Q_a, Q_b⟩⟩, the extensive inner product: a current with
a part that is conserved is ballistic.

Sources: P. Mazur, Physica 43, 533 (1969), doi:10.1016/0031-8914(69)90185-2; M. Suzuki, Physica 51, 277 (1971),
doi:10.1016/0031-8914(71)90226-6; X. Zotos, F. Naef, P. Prelovšek, PRB 55, 11029 (1997), doi:10.1103/PhysRevB.55.11029.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from caloriq import _checks
from caloriq._checks import Real
from caloriq.results import Certificate, Check, MethodReport, Solution, frozen
from caloriq.spaces.currents import current_of, number_current
from caloriq.spaces.strings import Strings
from caloriq.spaces.weighted import Weights, weights
from caloriq.transport.charges.conserved import ConservedCharges
from caloriq.variables import Variable, numbered

WHOLE = 1e-9  # of the current that its part in the charges may exceed it by


@dataclass(frozen=True)
class MazurBound(Solution):
    """Lower bound on what stays of a current's correlation at infinite temperature.

    Attributes
    ----------
    of : str
        What the current carries: "energy", or a number that is conserved.
    means : mapping of str to float
        Mean of conserved numbers per cell; without them all states are alike.
    support : int
        Most cells that a charge covers.
    current_square : float
        ⟨⟨J, J⟩⟩, ⟨J²⟩ per cell at time 0.
    susceptibility : float
        ⟨⟨a, a⟩⟩ of the density that is carried: the spread of a packet grows as bound/susceptibility · t² at least.
    contributions : array, shape (K,)
        |⟨⟨J, Q⟩⟩|²/⟨⟨Q, Q⟩⟩ of every charge, made orthogonal to those before it; their sum is the bound.
    bound, fraction : float
        lim ⟨J(t) J⟩ per cell is at least this; the same as a share of ⟨J²⟩.
    bounds : mapping of str to float
        Error of `bound` and `fraction`: the angle of the charges, residual over gap, and rounding.
    proves_ballistic : bool
        Whether the bound is above its own error. If not, nothing follows: charges of larger support, or quasilocal ones, may be.
    """

    of: str
    means: Mapping[str, float]
    support: int
    current_square: float
    susceptibility: float
    contributions: Real
    bound: float
    fraction: float
    bounds: Mapping[str, float]

    model: object

    variables = (
        Variable("bound", long_name="⟨J(t) J⟩ per cell at all times, on average, at least"),
        Variable("fraction", long_name="its share of ⟨J²⟩"),
        Variable("current_square", long_name="⟨J²⟩ per cell"),
        Variable("susceptibility", long_name="⟨A²⟩ - ⟨A⟩² per cell of what is carried"),
        Variable("contributions", ("charge",), long_name="share of each charge in the bound"),
        Variable("proves_ballistic", kind="truth", long_name="the bound is above its error"),
    )
    coordinates = (numbered("charge", lambda found: len(found.contributions)),)
    headlines = ("fraction", "bound", "current_square", "susceptibility")

    def declared(self) -> tuple[Variable, ...]:
        """Variables with the units of what is carried."""
        units = units_of(self.of)
        return tuple(
            replace(one, units=units[one.name], carries=self.of) if one.name in units else one for one in self.variables
        )

    @property
    def proves_ballistic(self) -> bool:
        """Whether a part of the current is conserved beyond doubt of rounding."""
        return self.bound > self.bounds["bound"]

    def notes(self) -> tuple[str, ...]:
        """That no overlap is no statement."""
        if self.proves_ballistic:
            return ()
        return (
            f"No statement: no charge of at most {self.support} cells overlaps this current, and charges of larger support, or quasilocal ones, may.",
        )

    def facts(self) -> dict[str, object]:
        """What is carried, and means of conserved numbers."""
        return {
            "of": self.of,
            "support": self.support,
            "means": [f"{name} {value:g}" for name, value in self.means.items()],
        }


def mazur(charges: ConservedCharges, *, of: str = "energy", means: Mapping[str, float] | None = None) -> MazurBound:
    """Mazur's bound on a current from charges, at infinite temperature.

    Parameters
    ----------
    charges : ConservedCharges
        Of `conserved_charges`; the energy current of couplings between neighbours covers three cells.
    of : str
        "energy", or a number of every site that is conserved: "magnetisation", "particles".
    means : mapping of str to float, optional
        Mean of conserved numbers per cell, in the product state that has the largest entropy. Without it the state is the
        unit matrix, where spins have no mean and half of the fermions are there.

    Returns
    -------
    MazurBound
        Exact but for rounding, and one-sided: it proves ballistic transport, and never that there is none.

    Raises
    ------
    InvalidInput
        For a number that sites do not have, or a mean that they cannot have.
    Unsupported
        For a number that is not conserved; the term is named.

    Notes
    -----
    Cost: a product of strings for every pair that share a site, some ten thousand a second.
    """
    started = time.perf_counter()
    _checks.instance("charges", charges, ConservedCharges)
    chain = charges.chain
    J, density = current_of(chain, of)
    told = {} if means is None else {name: _checks.scalar("means", value) for name, value in means.items()}
    for name in told:
        number_current(chain, name, argument="means")  # refused if it is not conserved
    state = weights(chain, told)
    now, v, G = _overlaps(J, charges, state)
    parts, bound, condition = _projection(v, G)
    # projections on the charges found and on those that there are differ by the sine of the angle between them
    angle = math.sqrt(float(np.sum(charges.residuals**2))) / (charges.smallest_other - charges.smallest_other_bound)
    rounding = 8 * (1 + len(v)) * float(np.finfo(float).eps)
    error = now * condition * (angle + rounding)
    share = bound / now if now > 0 else math.nan
    checks = (
        Check("conserved part", share if now > 0 else 0.0, 1 + WHOLE, "no part of the current exceeds it"),
        *(Check(f"charges: {one.name}", one.value, one.limit, one.meaning) for one in charges.certificate),
    )
    own = state.density(density)
    statistics = {
        "charges": len(v),
        "strings of the current": len(J.terms),
        "wall time in s": time.perf_counter() - started,
    }
    return MazurBound(
        model=charges.model,
        method=MethodReport("overlaps of strings", f"charges of at most {charges.support} cells", statistics),
        certificate=Certificate(checks),
        of=of,
        means=told,
        support=charges.support,
        current_square=now,
        susceptibility=own.overlap(own).real,
        contributions=frozen(parts),
        bound=bound,
        fraction=share,
        bounds={"bound": error, "fraction": error / now if now > 0 else math.nan},
    )


def units_of(of: str) -> dict[str, str]:
    """Units of squares of a current and of what it carries, in cells and in the unit of energy."""
    if of == "energy":
        square = dict.fromkeys(("bound", "current_square", "contributions"), "energy unit⁴ cell²")
        return square | {"susceptibility": "energy unit²"}
    return dict.fromkeys(("bound", "current_square", "contributions"), "energy unit² cell²")


def _overlaps(J: Strings, charges: ConservedCharges, state: Weights) -> tuple[float, Real, Real]:
    """⟨⟨J, J⟩⟩, ⟨⟨Q, J⟩⟩ and ⟨⟨Q, Q'⟩⟩; real, since all are hermitian and commute with what weights the states."""
    j, many = state.density(J), [state.density(q) for q in charges.charges]
    v = np.array([q.overlap(j).real for q in many])
    G = np.array([[a.overlap(b).real for b in many] for a in many]).reshape(len(many), len(many))
    return j.overlap(j).real, v, G


def _projection(v: Real, G: Real) -> tuple[Real, float, float]:
    """Contributions of charges, each orthogonal to those before it, their sum, and how much G magnifies errors."""
    if not v.size:
        return np.empty(0), 0.0, 1.0
    L = np.linalg.cholesky(G)
    x = np.linalg.solve(L, v)
    return x**2, float(x @ x), float(np.linalg.cond(G))
