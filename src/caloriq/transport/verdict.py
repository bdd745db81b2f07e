"""Does heat obey Fourier's law here? The sentence, and what it rests on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from caloriq.closed.evolve import Evolution
from caloriq.errors import NotEnoughData
from caloriq.reduced.ham import Theory
from caloriq.reduced.network import NetworkTheory
from caloriq.results import Certificate, Check
from caloriq.transport.deviation import Deviation, deviation, start_populations

# The bound on the typicality variance covers what a pure start may add to D²; the rest is the theory's own bias.
# Twice the bound leaves the bias as much room as the fluctuations have.
ALLOWANCE = 2.0
# In bands of a few levels that bound admits anything; a tenth off on average is not the rate equation's dynamics.
LARGEST = 0.01
MOVED = 2.5  # typicality widths by which some population must move for the run to tell anything


@dataclass(frozen=True)
class Verdict:
    """Judgement on one chain and one run.

    Attributes
    ----------
    diffusive : bool
        Whether criteria and dynamics both speak for Fourier's law.
    sentence : str
        The judgement in words.
    evidence : Certificate
        The measured numbers behind it.
    deviation : Deviation
        D²_µ.
    """

    diffusive: bool
    sentence: str
    evidence: Certificate
    deviation: Deviation


def verdict(exact: Evolution, theory: Theory | NetworkTheory) -> Verdict:
    """Judge a chain or network by the criteria (PRL 14) and by the deviation of its exact dynamics (PRL 15).

    Parameters
    ----------
    exact : Evolution
        Exact dynamics over at least 5/γ.
    theory : Theory or NetworkTheory
        Of the same chain or network.

    Returns
    -------
    Verdict
        Fourier's law is said to hold if all criteria hold and every D²_µ stays within twice the bound that
        typicality sets, the time average of P(1-P)/(n+1), and below 0.01.

    Raises
    ------
    NotEnoughData
        If the times do not cover 5/γ, or the start is too close to equilibrium to tell anything.
    """
    found = deviation(exact, theory)
    times = np.linspace(0.0, found.span, 501)
    relaxed = theory.solve(times, initial=start_populations(exact))
    moved, widths = np.ptp(relaxed.populations, axis=0).max(), relaxed.widths
    if moved < MOVED * widths.max():
        raise NotEnoughData(
            f"`exact` must start away from equilibrium for a verdict, but the rate equation moves no population by more than "
            f"{MOVED:g} typicality widths (got {moved:.2g} against {widths.max():.2g}); start in one subunit",
            estimate=found,
        )
    allowed = min(LARGEST, ALLOWANCE * float((widths**2).mean(axis=0).max()))
    values = found.values if found.values.ndim == 1 else found.values.mean(axis=0)
    c1, *others = theory.criteria
    checks = (
        Check("1/c1", 1 / c1.value if c1.value else np.inf, 1 + 1e-9, c1.meaning),
        *(Check(c.name, c.value, c.bound, c.meaning) for c in others),
        Check(
            "largest D²",
            float(values.max()),
            allowed,
            "the exact dynamics follows the rate equation within the fluctuations of a typical pure start",
        ),
    )
    evidence = Certificate(checks)
    return Verdict(evidence.holds, _sentence(evidence, theory), evidence, found)


def _sentence(evidence: Certificate, theory: Theory | NetworkTheory) -> str:
    if evidence.holds:
        return (
            f"Fourier's law holds: the criteria are met and the exact dynamics follows the rate equation with γ = {theory.rate:.4g}; "
            f"{theory.peak_words}."
        )
    failed = ", ".join(f"{c.name} = {c.value:.3g} exceeds {c.limit:.3g}" for c in evidence.failures)
    if evidence["largest D²"].holds:
        return f"Fourier's law is not assured: the dynamics follows the rate equation here, but {failed}."
    if theory.holds:
        return f"Fourier's law is not seen: the criteria are met, but {failed}."
    return f"Fourier's law does not hold: {failed}."
