"""What the currents of several lengths, and what is proved, say about Fourier's law: rules first, then one sentence.

Only proof, or data that meet every rule, may say that the law holds; only proof may say that it does not. A short chain looks
ohmic whatever it is, and a drifting exponent says where a crossover is, not where it ends (docs/design/0016-verdicts.md).
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Literal, Self

import numpy as np

from caloriq import display
from caloriq._checks import Real
from caloriq.files import plain
from caloriq.models.disorder import DisorderedChain
from caloriq.results import Certificate, Check
from caloriq.transport.bulk import Carried
from caloriq.transport.laws import Laws, laws, local_exponents
from caloriq.transport.likelihood import FEWEST, RIVALS, Comparison, compared
from caloriq.verdicts.proved import Proof, Transport

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.figure import Figure

    from caloriq.verdicts.scaling import Scaling

SHARE = 0.1  # contacts over bulk resistance at the largest size, at most
CLOSE = 0.1  # distance of the exponent from 0, at most
FLAT = 0.02  # change of the local exponent per doubling below which it rests
PREFERRED = (
    50.0  # how many times likelier the straight 1/J must be than any other law (docs/design/0045-laws-by-likelihood.md)
)
STRAIGHT = 0.005  # share of the range of 1/J that a straight line may leave unexplained
HALF = 0.5  # distance of the local exponent from 0 beyond which nothing is said of Fourier's law
BALLISTIC = 0.05  # distance of a settled exponent from 1 that counts as being there
SIGMAS = 2.0
BEYOND = 1e6  # larger factors are not told: no error model is known so well

# evidence of a run that tells too little: it never holds
UNJUDGED = Certificate((Check("dynamics judged", math.nan, 0.0, "the run tells enough for a verdict"),))

Grade = Literal["proved", "measured", "consistent", "follows", "indicated", "undecided", "does not follow", "no law"]
MEANING: dict[str, str] = {  # of a grade, in one line
    "proved": "A theorem or a closed form decides; its premises were checked on this model.",
    "measured": "Independent routes decide alike, each by rules that all hold, within the ranges that are named.",
    "consistent": "Nothing speaks against the law in the range that was looked at; no rule decides.",
    "follows": "The exact dynamics follow the rate equation within what is expected of it.",
    "indicated": "One route alone decides by its rules, and none contradicts it.",
    "undecided": "No route decides, or routes disagree.",
    "does not follow": "The exact dynamics leave the rate equation.",
    "no law": "The density is not conserved inside the model: it has no Fourier's law.",
}


@dataclass(frozen=True, slots=True)
class OverLengths:
    """Laws and exponents of one current over the lengths."""

    sizes: Real  # N
    currents: Real  # |J|
    laws: Laws
    tail: float  # local exponent at the largest lengths
    tail_error: float
    drift: float  # its change per doubling there
    drift_error: float
    comparison: Comparison | None  # None of fewer than four lengths

    @classmethod
    def of(cls, N: Real, J: Real, errors: Real) -> Self | None:
        """From positive currents; None where one is not known."""
        if not np.all(np.isfinite(J)):
            return None
        at, alpha, error = local_exponents(N, J, errors)
        doublings = math.log2(at[-1] / at[-2])
        change = abs(float(alpha[-1] - alpha[-2])) / doublings
        drift_error = float(np.hypot(*error[-2:])) / doublings
        compare = compared(N, 1 / J, errors / J) if len(N) >= FEWEST else None
        return cls(N, J, laws(N, J, errors), float(alpha[-1]), float(error[-1]), change, drift_error, compare)

    @property
    def settled(self) -> bool:
        """Whether the exponent drifts by less than 0.02 per doubling, errors included."""
        return self.drift + SIGMAS * self.drift_error <= FLAT

    @property
    def share(self) -> float:
        """Contact over bulk resistance at the largest length; infinite without bulk resistance."""
        bulk = self.laws.slope * float(self.sizes[-1] - 1)
        return abs(self.laws.intercept + self.laws.slope) / bulk if bulk > 0 else math.inf

    def facts(self) -> dict[str, str]:
        """The laws compared, for a file; nothing of fewer than four lengths."""
        compare = self.comparison
        return {} if compare is None else {"laws": json.dumps(compare.to_mapping(), default=plain)}

    def preferred(self, law: str, *others: str) -> bool:
        """Whether the lengths prefer a law to others by the factor that is asked for."""
        compare = self.comparison
        if compare is None:
            return False
        return all(compare.evidence[law] - compare.evidence[other] >= math.log(PREFERRED) for other in others)

    def rules(self, prefix: str = "") -> tuple[Check, ...]:
        """What must hold before data say that Fourier's law does."""
        span = 2 * float(self.sizes[0]) / float(self.sizes[-1])
        compare = self.comparison
        settled = math.nan if compare is None else max(map(abs, compare.alpha.two))
        odds = {rival: math.nan if compare is None else 1 / compare.against(rival) for rival in RIVALS}
        off = "likelihood of it over that of 1/J = R + r N, finite-size terms included"
        rules = (
            ("lengths", FEWEST / len(self.sizes), 1.0, "laws are compared from four lengths on"),
            ("span", span, 1.0, "over less than a factor of two any smooth curve looks straight"),
            ("contacts over bulk", self.share, SHARE, "R_c/(r (N - 1)): the bulk decides the current"),
            ("local exponent", abs(self.tail) + SIGMAS * self.tail_error, CLOSE, "J falls as 1/N"),
            ("settled exponent", settled, CLOSE, "largest |α| in its 95 % interval, contacts taken out"),
            *((f"against {RIVALS[rival]}", value, 1 / PREFERRED, off) for rival, value in odds.items()),
        )
        return tuple(Check(prefix + name, value, limit, meaning) for name, value, limit, meaning in rules)


@dataclass(frozen=True)
class Judgement:
    """The class of transport that a solution shows, and how it is known.

    Attributes
    ----------
    holds : bool or None
        Whether Fourier's law holds; None where neither proof nor all the rules decide.
    transport : {"diffusive", "ballistic", "localised", "exponential", "anomalous"} or None
        The class that is proved, measured, or consistent with the data; None where they leave it open.
    grade : {"proved", "measured", "consistent", "follows", "indicated", "undecided", "does not follow", "no law"}
        How it is known. "no law": the density is not conserved in the bulk, so that there is nothing to judge. Kernels of
        populations follow, by exact populations, or do not; "indicated": nothing was there to compare with.
    sentence : str
        The same in words, with the numbers.
    evidence : Certificate
        The rules or criteria with their numbers; all of them hold for "measured".
    """

    holds: bool | None
    transport: Transport | None
    grade: Grade
    sentence: str
    evidence: Certificate

    def _repr_html_(self) -> str:
        return display.judgement_html(self)

    def plot(self) -> Figure:
        """Figure of the rules with their numbers, as shares of their limits; class and grade above."""
        draw: Callable[[Certificate, str], Figure] = import_module("caloriq.plots").checks
        return draw(self.evidence, f"{self.transport or 'open'}, {self.grade}")


def judge(found: Scaling) -> Judgement:
    """Proof first; then the rules; then what the lengths are consistent with."""
    mean, proof, of, bulk = found.mean, found.proof, found.of, found.bulk
    # of exp⟨ln J⟩; None for a single chain, whose current is typical, and where samples differ in sign
    single = not isinstance(found.model, DisorderedChain)
    typical = None if single else OverLengths.of(found.sizes, found.typical, found.typical_errors)
    evidence = _evidence(found, typical, single=single)
    leak = bulk.leak(of)
    if leak is not None:
        density = "the energy is" if of == "heat" else "excitations are"
        law = f"There is no Fourier's law of {of} to judge: {density} not conserved in the bulk, because of {leak}."
        return Judgement(None, None, "no law", law, evidence)
    kind = consistent(mean, typical, straight=found.ohmic, single=single)
    return concluded(mean, evidence, proof, kind, of, bulk.told(of))


def concluded(
    mean: OverLengths, evidence: Certificate, proof: Proof | None, kind: Transport | None, of: Carried, conserved: str
) -> Judgement:
    """Proof, else all rules, else the class that the data suit; `conserved` ends the sentence."""
    if proof is not None:
        holds = proof.transport == "diffusive"
        return Judgement(holds, proof.transport, "proved", f"{_proved(proof, mean, of)} {conserved}", evidence)
    if evidence.holds:
        return Judgement(True, "diffusive", "measured", f"{_measured(mean, of)} {conserved}", evidence)
    told = f"{_open(mean, evidence, kind, of)} {conserved}"
    return Judgement(None, kind, "undecided" if kind is None else "consistent", told, evidence)


def _evidence(found: Scaling, typical: OverLengths | None, *, single: bool) -> Certificate:
    """All rules, of the mean and of the typical current, and what the bulk must have."""
    still = not (found.bulk.classical or found.bulk.everywhere)
    checks = [
        *found.mean.rules(),
        Check("straight", float(not found.ohmic), 0.0, "1/J rises along a straight line"),
        Check("dephasing on every site", float(still), 0.0, "something in the bulk is known to scatter"),
        Check("known beyond the lengths", float(found.family), 0.0, "longer chains are more of the same"),
    ]
    if isinstance(found.model, DisorderedChain):
        cut = float(found.model.may_cut)
        checks.append(Check("hopping near 0", cut, 0.0, "resistances of bonds have a mean: no rare one decides alone"))
    if typical is not None:
        checks += typical.rules("typical: ")
    elif not single:
        checks.append(Check("typical current", math.nan, 0.0, "all samples carry a known current of one sign"))
    return Certificate(tuple(checks))


def consistent(mean: OverLengths, typical: OverLengths | None, *, straight: bool, single: bool) -> Transport | None:
    """The class that the data alone would suit best, if any."""
    if mean.settled and abs(mean.tail - 1) < BALLISTIC:
        return "ballistic"
    if not single and (typical is None or abs(typical.tail - mean.tail) > CLOSE):
        return None
    off = mean.laws
    if off.length < mean.sizes[-1] and mean.preferred("exponential", "affine", "power"):
        return "exponential"
    ohmic = straight and mean.share <= 1 and abs(mean.tail) < HALF
    if ohmic and max(off.affine_misfit, off.noise) <= max(off.exponential_misfit, off.noise):
        return "diffusive"
    if mean.settled and abs(mean.tail) > CLOSE and mean.preferred("power", "affine"):
        return "anomalous"
    return None


def _span(mean: OverLengths) -> str:
    return f"N = {mean.sizes[0]:g}…{mean.sizes[-1]:g}"


def _resistances(mean: OverLengths) -> str:
    contact = mean.laws.intercept + mean.laws.slope
    return f"1/J = R_c + r (N - 1) with contacts R_c = {contact:.6g} and r = {mean.laws.slope:.6g} a bond"


def _proved(proof: Proof, mean: OverLengths, of: Carried) -> str:
    local = f"local α = {mean.tail:.3g} at the largest of {_span(mean)}"
    if proof.transport == "diffusive":
        where = (mean.laws.intercept + mean.laws.slope) / mean.laws.slope
        beyond = f", the bulk outweighing the contacts beyond N ≈ {where + 1:.3g}" if where > 1 else ""
        return (
            f"Fourier's law holds for {of}, proved for long chains: {proof.reason} ({proof.source}). "
            f"{_resistances(mean)}{beyond}; {local}."
        )
    if proof.transport == "ballistic":
        return f"Fourier's law is violated for {of}, proved: {proof.reason} ({proof.source}), ballistic; {local}."
    return (
        f"Fourier's law does not hold for {of}, proved for long chains: {proof.reason} ({proof.source}), "
        f"so that the current of long ones falls exponentially; these show {local}."
    )


def _measured(mean: OverLengths, of: Carried) -> str:
    compare = mean.comparison
    assert compare is not None  # a rule
    nearest = min(RIVALS, key=compare.against)
    likelier = min(compare.against(nearest), BEYOND)
    return (
        f"Fourier's law holds for {of} over {_span(mean)}, by data, if no crossover lies beyond this range: "
        f"1/J = R_c + r (N - 1) with contacts R_c = {compare.contact.told} and r = {compare.resistivity.told} a bond, "
        f"the bulk {1 / mean.share:.3g} times the contacts; α = {compare.alpha.told} without the contacts (95 % each); "
        f"{'more than ' if likelier == BEYOND else ''}{likelier:.2g} times likelier than any other law, {RIVALS[nearest]} the next."
    )


def _open(mean: OverLengths, evidence: Certificate, found: Transport | None, of: Carried) -> str:
    """What the lengths are consistent with, and why no more is said."""
    span = _span(mean)
    local = f"local α = {mean.tail:.3g} at the largest lengths, changing by {mean.drift:.2g} per doubling"
    if found == "diffusive":
        bulk = f"the bulk {1 / mean.share:.2g} times the contacts"
        told = f"Consistent with Fourier's law of {of} over {span}, no more: {_resistances(mean)}, {bulk}; {local}"
    elif found == "ballistic":
        return f"Consistent with ballistic transport of {of} over {span}, which data alone do not prove: {local}."
    elif found == "exponential":
        fall = f"J ∝ exp(-N/{mean.laws.length:.3g})"
        return f"Consistent with an exponential fall of the current of {of} over {span}, which data alone do not prove: {fall}; {local}."
    elif found == "anomalous":
        fall = f"J ∝ N^{-mean.laws.power:.3g}"
        return (
            f"Consistent with anomalous transport of {of} over {span}, which data alone do not prove: {fall}; {local}."
        )
    else:
        told = f"Undecided for {of} over {span}: {local}"
    return f"{told}; a verdict would take {_missing(evidence)}."


def _missing(evidence: Certificate) -> str:
    """What keeps the data from a verdict, in words."""
    words = {
        "lengths": f"{FEWEST} lengths",
        "span": "lengths over a factor of two",
        "contacts over bulk": f"{1 / SHARE:g} times the resistance of the contacts in the bulk",
        "local exponent": f"|α| ≤ {CLOSE:g}",
        "settled exponent": f"|α| ≤ {CLOSE:g} with 95 % once the contacts are taken out",
        "straight": "1/J along a straight line",
        "dephasing on every site": "dephasing on every site or a proof",
        "baths on every site": "self-consistent baths on every site or a proof",
        "hopping near 0": "random hopping that stays away from 0",
        "known beyond the lengths": "knowledge of longer chains",
        "typical current": "samples whose currents are known and of one sign",
    }
    failed = {check.name.removeprefix("typical: ") for check in evidence.failures}
    told = [text for name, text in words.items() if name in failed]
    rivals = [law for law in RIVALS.values() if f"against {law}" in failed]
    if rivals and "lengths" not in failed:
        told.append(f"a straight 1/J that is {PREFERRED:g} times likelier than {' and '.join(rivals)}")
    return ", ".join(told)
