"""Does heat obey Fourier's law here? The sentence, and what it rests on."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from caloriq import _checks
from caloriq._checks import Real
from caloriq.closed.evolve import Evolution, evolve
from caloriq.closed.states import Level, Mixed, Vector
from caloriq.errors import NotEnoughData
from caloriq.files import plain
from caloriq.models.network import ModularNetwork
from caloriq.models.random import PROBE, gaussian, generator
from caloriq.models.unequal import UnequalNetwork
from caloriq.reduced.average.criteria import PRINTED, Criterion
from caloriq.reduced.average.theory import Theory
from caloriq.results import Certificate, Check, MethodReport, Solution
from caloriq.transport.deviation import Deviation, deviation, start_populations
from caloriq.variables import SUBUNIT, Variable
from caloriq.verdicts.judgement import Grade, Judgement
from caloriq.verdicts.proved import Transport

# The bound on the typicality variance covers what a pure start may add to D²; the rest is the theory's own bias.
# Twice the bound leaves the bias as much room as the fluctuations have.
ALLOWANCE = 2.0
# In bands of a few levels that bound admits anything; a tenth off on average is not the rate equation's dynamics.
LARGEST = 0.01
MOVED = 2.5  # typicality widths by which some population must move for the run to tell anything
# A mixed start has no fluctuations: its root D², relative to what moves, was 0.01 to 0.06 where the criteria hold (n = 30 to
# 250, N = 2 to 5, c1 = 1 and 2).
SPANS = 5.0  # decay times over which the papers compare
UNEVEN = 3.0  # mean rate over the slowest from which the slowest bond needs a window of its own
FOLLOWED = 0.1
STILL = 1e-6  # a population that moves less has not moved
RANDOM = 3  # random starts that a start which fails is held against
NAMED = 4  # edges, at most
WITHIN = 1e-9  # probability outside one subunit that is rounding


@dataclass(frozen=True)
class DynamicsVerdict(Solution):
    """Judgement on one chain and one run.

    Attributes
    ----------
    diffusive : bool
        Whether criteria and dynamics both speak for Fourier's law.
    sentence : str
        The judgement in words.
    evidence : Certificate
        The measured numbers behind it: criteria, D² and currents; where the start is atypical those of random starts.
    deviation : Deviation
        D²_µ of the start.
    atypical : tuple of Check
        What the start failed where random starts of the same populations do not; empty for a typical start.
    """

    diffusive: bool
    sentence: str
    evidence: Certificate
    deviation: Deviation
    atypical: tuple[Check, ...] = ()

    @property
    def judgement(self) -> Judgement:
        """The same as other solutions are judged: dynamics that does not follow leaves the law open."""
        if self.diffusive:
            return Judgement(True, "diffusive", "measured", self.sentence, self.evidence)
        return Judgement(None, None, "undecided", self.sentence, self.evidence)

    @property
    def holds(self) -> bool | None:
        """Whether Fourier's law holds, as of every judgement."""
        return self.judgement.holds

    @property
    def grade(self) -> Grade:
        """How it is known."""
        return self.judgement.grade

    @property
    def transport(self) -> Transport | None:
        """The class of transport."""
        return self.judgement.transport

    variables = (
        Variable("deviation", ("subunit",), long_name="D²_µ", source=lambda found: found.deviation.values),
        Variable(
            "deviation_error",
            ("subunit",),
            long_name="quadrature error of D²_µ",
            source=lambda found: found.deviation.errors,
        ),
    )
    coordinates = (SUBUNIT,)

    def facts(self) -> dict[str, Any]:
        """The judgement, and what it rests on."""
        told = {"diffusive": int(self.diffusive), "verdict": self.sentence, "window": self.deviation.span}
        kept = {"evidence": self.evidence.to_mapping(), "atypical": Certificate(self.atypical).to_mapping()}
        return {**told, **{name: json.dumps(value, default=plain) for name, value in kept.items()}}


def followed(exact: Evolution, theory: Theory) -> DynamicsVerdict:
    """Whether criteria and exact dynamics speak for Fourier's law; see `caloriq.verdict`."""
    _checks.instance("exact", exact, Evolution)
    _checks.instance("theory", theory, Theory)
    # mean rate over that of the slowest bond that couples: how much longer than 5/γ its own decay takes
    slow = theory.rate / min((rate for rate in theory.edge_rates.tolist() if rate > 0), default=theory.rate)
    last = float(exact.times[-1])
    reached = last * (1 + 1e-9) >= SPANS * slow / theory.rate
    found = deviation(exact, theory, spans=SPANS * slow if slow > UNEVEN and reached else SPANS)
    allowance = _Allowance(exact, theory, found)
    criteria = tuple(map(as_check, theory.criteria))
    if slow > UNEVEN:
        share, meaning = SPANS * slow / (theory.rate * last), "every bond is followed for five of its own decay times"
        criteria = (*criteria, Check("5/γ of the slowest bond over the time looked at", share, 1.0 + 1e-9, meaning))
    own = allowance.checks(exact, found)
    failed = tuple(c for c in own if not c.holds)
    one = not isinstance(exact.initial, Mixed) and exact.initial.samples is None
    if one and failed and all(c.holds for c in criteria):
        judged = allowance.of_random_starts()
        if all(c.holds for c in judged):
            proof = Certificate((*criteria, *judged))
            return _told(exact, True, _atypical(failed, theory), proof, found, failed)
    evidence = Certificate((*criteria, *own))
    return _told(exact, evidence.holds, _sentence(evidence, len(criteria), exact, theory), evidence, found)


def _told(exact: Evolution, *judged: Any) -> DynamicsVerdict:
    """The judgement on a run, proved as far as the run is."""
    return DynamicsVerdict(
        exact.model, MethodReport("criteria and deviation", exact.method.reason), exact.certificate, *judged
    )


class _Allowance:
    """What the dynamics of one start may differ from the rate equation by."""

    def __init__(self, exact: Evolution, theory: Theory, found: Deviation) -> None:
        self.exact, self.theory = exact, theory
        self.start = start_populations(exact)
        relaxed = theory.solve(np.linspace(0.0, found.span, 501), initial=self.start)
        self.moved = float(np.ptp(relaxed.populations, axis=0).max())
        self.mixed = isinstance(exact.initial, Mixed)
        widths: Real = np.zeros(1) if self.mixed else relaxed.widths
        self._must_move(float(widths.max()), found)
        fluctuations = ALLOWANCE * float((widths**2).mean(axis=0).max())
        self.populations = min(LARGEST, (FOLLOWED * self.moved) ** 2 if self.mixed else fluctuations)

    def _must_move(self, width: float, found: Deviation) -> None:
        least = max(STILL, MOVED * width)
        if self.moved >= least:
            return
        rates = self.theory.edge_rates
        at = np.abs(np.diff(self.start[self.theory.model.bonds], axis=1)[:, 0]) > WITHIN
        if np.any(at) and not np.any(rates[at]):
            raise NotEnoughData(
                f"`exact` must start beside an edge that carries something for a verdict, but {_cut(self.theory, at)} (got {self.moved:.2g} by which populations move); start elsewhere",
                estimate=found,
            )
        if self.start.max() > 1 - WITHIN:
            raise NotEnoughData(
                f"`levels` must be more for a verdict from a pure start, but its fluctuations, {width:.2g}, are not small against the {self.moved:.2g} by which populations move (got {self.theory.model.levels}); take initial: mixed, or more levels",
                estimate=found,
            )
        raise NotEnoughData(
            f"`exact` must start away from equilibrium for a verdict, but the rate equation moves all populations by less "
            f"than the {least:.2g} that tell something (got {self.moved:.2g}); start in one subunit",
            estimate=found,
        )

    def checks(self, exact: Evolution, found: Deviation) -> tuple[Check, ...]:
        """D² and currents of one run."""
        values = found.values if found.values.ndim == 1 else found.values.mean(axis=0)
        meaning = (
            "the exact dynamics of the mixed start follows the rate equation within a tenth of what moves"
            if self.mixed
            else "the exact dynamics follows the rate equation within the fluctuations of a typical pure start"
        )
        D = Check("largest D²", float(values.max()), self.populations, meaning)
        return (D,) if exact.currents is None else (D, self._currents(exact, found))

    def _currents(self, exact: Evolution, found: Deviation) -> Check:
        """Largest |J| in the window over what a bond may carry: its Fourier current's largest value and fluctuations.

        Before τ_c the exact current is still on its way to γ(P_a - P_b), so it is held against the largest of it. The typicality
        width of J is λ√(2 P_a P_b ⟨|v|²⟩) with λ²⟨|v|²⟩ = γ_ab δε/2πn; of K Gaussian numbers almost none exceeds 2 + √(2 ln K).
        """
        assert exact.currents is not None
        inside = exact.times <= found.span * (1 + 1e-9)
        a, b = exact.model.bonds.T
        relaxed = self.theory.solve(exact.times[inside], initial=self.start)
        P = relaxed.populations
        fourier = np.abs(relaxed.currents).max(axis=0)
        J = np.abs(exact.currents[..., inside, :])
        both = np.clip(P[:, a] * P[:, b], 0.0, None).max(axis=0)
        width = np.sqrt(self.theory.exchange.current_variances(both))
        allowed = fourier * (1 + FOLLOWED)
        if not self.mixed:
            allowed = allowed + width * (2 + math.sqrt(2 * math.log(max(J.size, 2))))
        share = np.divide(J, allowed, out=np.where(J > 0, math.inf, 0.0), where=allowed > 0)
        meaning = "no current exceeds what the rate equation and the fluctuations of typical states explain"
        return Check("largest current over that allowed", float(share.max()), 1.0, meaning)

    def of_random_starts(self) -> tuple[Check, ...]:
        """The worst of random starts with the populations of this one."""
        model, times = self.exact.model, self.exact.times
        runs = (evolve(model, times, initial=self._random(number)) for number in range(RANDOM))
        return Certificate.worst(self.checks(run, deviation(run, self.theory)) for run in runs).checks

    def _random(self, number: int) -> Vector:
        """Independent Haar-random states in every subunit, with the populations of the start."""
        model = self.exact.model
        psi = np.zeros(model.dimension, dtype=complex)
        for mu in np.flatnonzero(self.start > WITHIN).tolist():
            phi = gaussian(generator(0, PROBE, number, mu), (model.counts[mu],))
            psi[model.places[mu]] = math.sqrt(self.start[mu]) * phi / np.linalg.norm(phi)
        return Vector(vector=psi)


def as_check(criterion: Criterion) -> Check:
    """A criterion as a number that must not exceed its bound; equal to it as printed is not above it."""
    name, value, bound = criterion.name, criterion.value, criterion.bound
    if (value > bound) == (criterion.margin > 1):  # at least its bound
        name, value, bound = f"1/{name}", 1 / value if value else math.inf, 1 / bound
    return Check(name, value, bound * (1 + PRINTED), criterion.meaning)


def _cut(theory: Theory, among: NDArray[np.bool_] | None = None) -> str:
    """Edges that carry nothing, in words; of those `among` which one asks."""
    there = theory.edge_rates == 0
    found = np.flatnonzero(there if among is None else there & among)
    if isinstance(theory.model, ModularNetwork | UnequalNetwork):
        names, kind = [str(tuple(theory.model.bonds[k].tolist())) for k in found], "edge"
    else:
        names, kind = [str(k) for k in found.tolist()], "bond"
    listed = ", ".join(names[:NAMED]) + (f" and {len(names) - NAMED} more" if len(names) > NAMED else "")
    said = f"{kind} {listed} carries nothing" if len(names) == 1 else f"{kind}s {listed} carry nothing"
    return said + (": the chain is cut there" if kind == "bond" else "")


def _failures(failed: Sequence[Check], theory: Theory) -> str:
    """What failed, in words; a criterion that one edge alone makes infinite is that edge."""
    return ", ".join(_cut(theory) if c.name == "1/c1" and math.isinf(c.value) else exceeded(c) for c in failed)


def exceeded(check: Check) -> str:
    """In words, with as many digits as tell the two numbers apart."""
    for digits in range(3, 18):
        value, limit = f"{check.value:.{digits}g}", f"{check.limit:.{digits}g}"
        if float(value) > float(limit):
            break
    return f"{check.name} = {value} exceeds {limit}"


def _atypical(failed: tuple[Check, ...], theory: Theory) -> str:
    how = _failures(failed, theory)
    return (
        f"Fourier's law holds for typical starts: the criteria are met and {RANDOM} random starts of the same populations follow the rate "
        f"equation with γ = {theory.rate:.4g}; {theory.peak_words}. This start is atypical: {how}."
    )


def _sentence(evidence: Certificate, criteria: int, exact: Evolution, theory: Theory) -> str:
    chosen = isinstance(exact.initial, Level | Vector)
    start = " of this start" if chosen else ""
    if evidence.holds:
        law = "Fourier's law is seen from this start" if chosen else "Fourier's law holds"
        return f"{law}: the criteria are met and the exact dynamics{start} follows the rate equation with γ = {theory.rate:.4g}; {theory.peak_words}."
    failed = _failures(evidence.failures, theory)
    unmet = [c for c in evidence.checks[:criteria] if not c.holds]
    if all(c.holds for c in evidence.checks[criteria:]):
        return f"Fourier's law is not assured: the dynamics{start} follows the rate equation over 5/γ, but {failed}."
    if unmet:
        return f"Fourier's law is not seen: {failed}."
    return f"Fourier's law is not seen: the criteria are met, but {failed}."
