"""From evidence to a judgement: proofs first, then routes that share nothing and decide alike, then one of them, then nothing."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from caloriq.display import rounded
from caloriq.models.lattice.model import Lattice
from caloriq.results import Certificate, Check
from caloriq.transport.bulk import bulk_of
from caloriq.verdicts.judgement import Judgement
from caloriq.verdicts.routes import leaks, lengths, response, structure
from caloriq.verdicts.routes.case import ENERGY, Case, Driven, known, single
from caloriq.verdicts.routes.evidence import Evidence, Next
from caloriq.verdicts.routes.stage import Stage
from caloriq.verdicts.routes.structure import NO_THEOREM

PROVED = {
    "diffusive": "Fourier's law holds for {of}, proved",
    "ballistic": "Fourier's law is violated for {of}, proved to be ballistic",
    "localised": "Fourier's law does not hold for {of}, proved to be localised",
}
CLASSES = {
    "diffusive": "Fourier's law holds for {of}",
    "ballistic": "Fourier's law is violated for {of}: transport is ballistic",
    "localised": "Fourier's law does not hold for {of}: it is localised",
    "exponential": "Fourier's law does not hold for {of}: its current falls exponentially",
    "anomalous": "Fourier's law is violated for {of}: transport is anomalous",
}
SHORT = 1.5  # seconds up to which a route still runs when the class is known: its numbers stand beside
SHOWN = 3  # of what would decide


@dataclass(frozen=True)
class Decision:
    """What evidence amounts to.

    Attributes
    ----------
    judgement : Judgement
        Class, grade, sentence, and the rules.
    deciding : tuple of Evidence
        What the class rests on.
    conflicts : tuple of str
        Routes that disagree, in sentences.
    next : tuple of Next
        What would decide, or say more, cheapest first.
    """

    judgement: Judgement
    deciding: tuple[Evidence, ...]
    conflicts: tuple[str, ...]
    next: tuple[Next, ...]


def leak_of(case: Case, of: str) -> str | None:
    """What takes a density out of the bulk of the model, in words; None where it is conserved."""
    if isinstance(case.model, Driven):
        asked, bulk = Case(case.model, of), bulk_of(case.model)
        if of == ENERGY and (bulk.classical or bulk.dephased) and bulk.even and not _frequency(case.model):
            return "dephasing or hops beside frequencies of 0: the excitations carry no heat"
        return bulk.leak(asked.driven_of)
    model = case.model if isinstance(case.model, Lattice) else case.lattice
    return None if model is None else leaks.leak(model, of)


def _frequency(model: Driven) -> float:
    """Largest frequency of a site."""
    return float(abs(single(model).frequencies).max())


def no_law(case: Case) -> Judgement | None:
    """Where the density is not conserved there is no law of it; says of which densities there is."""
    why = leak_of(case, case.of)
    if why is None:
        return None
    others = [one for one in known(case.model) if one != case.of and leak_of(case, one) is None]
    rest = (
        f" There is one of {' and of '.join(others)}: ask for it."
        if others
        else " No density of the model is conserved."
    )
    told = f"There is no Fourier's law of {case.of} to judge: it is not conserved in the bulk, because of {why}.{rest}"
    rule = Check("conserved in the bulk", 1.0, 0.0, "the density is conserved inside the chain")
    return Judgement(None, None, "no law", told, Certificate((rule,)))


def decided(case: Case, evidence: Sequence[Evidence]) -> Decision:
    """The judgement on all evidence of a case."""
    conflicts = tuple(_conflicts(evidence))
    more = _next(evidence)
    proofs = tuple(one for one in evidence if one.weight == "proof" and one.transport is not None)
    if proofs:
        classes = {one.transport for one in proofs}
        if len(classes) == 1:
            return Decision(_proved(case, proofs, evidence, conflicts), proofs, conflicts, more)
        conflicts = (*conflicts, f"proofs name {' and '.join(sorted(map(str, classes)))}: a premise must be wrong")
        return Decision(_undecided(case, evidence, conflicts, more), (), conflicts, more)
    rules = tuple(one for one in evidence if one.decides)
    if not rules or conflicts:
        return Decision(_undecided(case, evidence, conflicts, more), (), conflicts, more)
    families = {one.family for one in rules}
    return Decision(_by_rules(case, rules, len(families) > 1), rules, (), more)


def enough(case: Case, evidence: Sequence[Evidence], stage: Stage) -> bool:
    """Whether a stage need not be looked at: the class is proved or measured, and the stage is no quick one."""
    if stage.seconds <= SHORT:
        return False
    return decided(case, evidence).judgement.grade in ("proved", "measured")


def _conflicts(evidence: Sequence[Evidence]) -> list[str]:
    """Where routes that decide name different classes, or numbers that cannot both be right."""
    deciding = [one for one in evidence if one.decides]
    found = []
    for k, one in enumerate(deciding):
        for other in deciding[k + 1 :]:
            if one.transport != other.transport:
                found.append(f"{one.route} says {one.transport}, {other.route} says {other.transport}")
            elif not one.meets(other):
                found.append(
                    f"{one.route} has {one.quantity} in [{one.low:.4g}, {one.high:.4g}], {other.route} in [{other.low:.4g}, {other.high:.4g}]"
                )
    strings = next((one for one in deciding if one.route == response.STRINGS), None)
    rings = next((one for one in evidence if one.route == response.RINGS and one.quantity == "D"), None)
    if strings is not None and rings is not None and not rings.decides and rings.low > strings.high:
        found.append(
            f"at t* rings have D ≥ {rings.low:.4g}, above the {strings.high:.4g} at which strings converge: damping may have made it"
        )
    return found


def _proved(
    case: Case, proofs: Sequence[Evidence], evidence: Sequence[Evidence], conflicts: Sequence[str]
) -> Judgement:
    first = proofs[0]
    claim = PROVED[str(first.transport)].format(of=case.of)
    told = f"{claim}: {first.sentence[0].lower()}{first.sentence[1:]}"
    if first.transport == "diffusive" and (estimate := _best(evidence)):
        told += f" {estimate}"
    if conflicts:
        told += f" Against it: {'; '.join(conflicts)}."
    checks = Certificate.together({f"{one.route}: ": one.certificate for one in proofs})
    return Judgement(first.transport == "diffusive", first.transport, "proved", told, checks)


def _by_rules(case: Case, rules: Sequence[Evidence], independent: bool) -> Judgement:
    transport = rules[0].transport
    claim = CLASSES[str(transport)].format(of=case.of)
    ranges = "; ".join(f"{one.route}, {one.where}" for one in rules)
    estimate = _best(rules)
    checks = Certificate.together({f"{one.route}: ": one.certificate for one in rules})
    if independent:
        parts = (
            f"{claim}, measured: independent routes decide alike ({ranges}).",
            estimate,
            "It is assumed that no crossover comes beyond these ranges.",
        )
        return Judgement(transport == "diffusive", transport, "measured", " ".join(filter(None, parts)), checks)
    told = f"Indicated by one route alone ({ranges}): {claim}."
    return Judgement(None, transport, "indicated", " ".join(filter(None, (told, estimate))), checks)


def _best(evidence: Sequence[Evidence]) -> str:
    """The tightest interval of D, and whose it is; in a sentence."""
    known_ones = [one for one in evidence if one.quantity == "D" and one.decides and math.isfinite(one.low)]
    known_ones += [
        one for one in evidence if one.quantity == "D" and math.isfinite(one.low) and one.family == lengths.FAMILY
    ]
    if not known_ones:
        return ""
    one = min(known_ones, key=lambda e: (not e.decides, e.high - e.low))
    return f"D = {rounded(one.estimate, (one.high - one.low) / 2)} by {one.route}."


def _undecided(case: Case, evidence: Sequence[Evidence], conflicts: Sequence[str], more: Sequence[Next]) -> Judgement:
    looked = [one for one in evidence if not one.refused]
    if conflicts:
        why = f"routes disagree: {'; '.join(conflicts)}"
    elif not looked:
        said = [one.sentence.removeprefix("Does not apply: ").removeprefix(NO_THEOREM).rstrip(".") for one in evidence]
        reasons = "; ".join(dict.fromkeys(said))
        why = f"no route applies: {reasons}"
    else:
        said = [f"{one.route}: {one.sentence.rstrip('.')}" for one in looked if one.route != structure.NAME]
        why = "; ".join(said) or "no route names a class"
    told = f"Undecided for {case.of}: {why}."
    if more:
        told += f" {_would(more)}"
    checks = Certificate.together({f"{one.route}: ": one.certificate for one in looked})
    missing = Check("routes that decide alike", 1.0, 0.0, "some route names a class, and none contradicts it")
    return Judgement(None, None, "undecided", told, Certificate((missing, *checks)))


def _would(more: Sequence[Next]) -> str:
    """What might decide, and its cost, in a sentence."""
    parts = [f"{one.what}{_cost(one)}" for one in more[:SHOWN]]
    return f"What would say more: {'; '.join(parts)}."


def _cost(one: Next) -> str:
    from caloriq import wording

    told = [wording.duration(one.seconds)] if math.isfinite(one.seconds) else []
    told += [wording.size(one.memory)] if math.isfinite(one.memory) else []
    return f" ({', '.join(told)})" if told else ""


def _next(evidence: Sequence[Evidence]) -> tuple[Next, ...]:
    """What would say more, cheapest first; lengths that no method of ours reaches last."""
    found = [one.next for one in evidence if one.next is not None]
    short = [one for one in evidence if one.family == lengths.FAMILY and not one.decides]
    found += [far for one in short if (far := lengths.wanted(one)) is not None]
    return tuple(sorted(dict.fromkeys(found), key=lambda one: (math.isnan(one.seconds), one.seconds)))
