"""Conserved charges and Mazur's bound: a part of the current that is conserved proves that it is ballistic."""

from __future__ import annotations

import math

from caloriq.errors import CaloriqError
from caloriq.results import Certificate, Check
from caloriq.spaces.commutators import letters
from caloriq.transport.charges.conserved import ConservedCharges, conserved_charges
from caloriq.transport.charges.mazur import MazurBound, mazur
from caloriq.transport.kubo.premises import CELLS, NEAR, SLOWEST, STRINGS
from caloriq.verdicts.charges import judged
from caloriq.verdicts.routes.case import Case
from caloriq.verdicts.routes.evidence import Evidence, Next
from caloriq.verdicts.routes.flowing import flowing
from caloriq.verdicts.routes.structure import none

NAME = "charges"
FAMILY = "charges"


def look(case: Case) -> Evidence:
    """Charges of a few cells of the chain without ends, exactly."""
    asked = flowing(case)
    if isinstance(asked, str):
        return _none(case, asked)
    chain, J = asked.chain, asked.current
    support = max((r for r in range(1, CELLS + 1) if letters(chain) ** r <= STRINGS), default=0)
    least = max(chain.covers(J), chain.reach)
    if support < least:
        return _none(case, f"charges of {least} cells have more than {STRINGS} strings")
    try:
        charges = conserved_charges(chain, support)
        bound = mazur(charges, of=case.lattice_of, means=dict(case.means) or None)
    except CaloriqError as error:
        return _none(case, str(error))
    return _told(case, charges, bound)


def _told(case: Case, charges: ConservedCharges, bound: MazurBound) -> Evidence:
    """A proof, or what was found and what it allows to be said."""
    chain, support = charges.chain, charges.support
    said = judged(bound)
    near = charges if support <= NEAR else conserved_charges(chain, max(NEAR, chain.reach))
    rate = (near.smallest_other - near.smallest_other_bound) / chain.hamiltonian.norm
    more = len(charges.supports) - int(charges.counts[0]) - (chain.reach > 1)
    where = f"charges of at most {support} cells, infinite temperature{_means(case)}"
    counted = Check("charges beside H", float(more), 0.0, "nothing but H and what single cells carry is conserved")
    slow = Check(
        "slow operators", SLOWEST / rate if rate > 0 else math.inf, 1.0, "nothing of three cells is nearly conserved"
    )
    if said.grade == "proved" and math.isinf(case.temperature):
        premises = (*said.evidence, Check("charge residual", *_residual(bound), "the charges commute with H"))
        return Evidence(
            route=NAME,
            family=FAMILY,
            of=case.of,
            transport="ballistic",
            weight="proof",
            sentence=_kept(bound),
            where=where,
            quantity="Drude share",
            estimate=bound.fraction,
            low=bound.fraction - bound.bounds["fraction"],
            high=1.0,
            errors={"rounding and angle of the charges": bound.bounds["fraction"]},
            certificate=Certificate(premises),
            method=charges.method.name,
            sources=("mazur1969", "zotos1997"),
            seconds=0.0,
        )
    kept = bound.proves_ballistic
    told = {
        True: f"At infinite temperature charges keep {bound.fraction:.4g} of ⟨J²⟩; at T = {case.temperature:g} this is no proof.",
        False: f"No charge of at most {support} cells overlaps the current: nothing follows.",
    }[kept]
    if more > 0:
        told += f" {more} charge{'s' if more > 1 else ''} beside H {'are' if more > 1 else 'is'} found: it is integrable, and longer or quasilocal charges may overlap."
    elif rate < SLOWEST:
        told += f" An operator of at most {NEAR} cells is nearly conserved (rate {rate:.2g} of ‖h‖): crossovers may be long."
    return Evidence(
        route=NAME,
        family=FAMILY,
        of=case.of,
        transport=None,
        weight="none",
        sentence=told,
        where=where,
        quantity="Drude share",
        estimate=bound.fraction if kept else 0.0,
        certificate=Certificate((counted, slow)),
        method=charges.method.name,
        sources=("mazur1969",),
        next=Next("charges of larger support") if support < CELLS else None,
    )


def _kept(bound: MazurBound) -> str:
    share, error = bound.fraction, bound.bounds["fraction"]
    return f"Charges of at most {bound.support} cells keep at least {share:.6g} (± {error:.1g}) of ⟨J²⟩ for ever: the current is ballistic."


def _residual(bound: MazurBound) -> tuple[float, float]:
    """Error of the bound over itself, and the half that it may be."""
    return bound.bounds["bound"] / bound.bound, 0.5


def _means(case: Case) -> str:
    return "".join(f", {name} {value:g}" for name, value in case.means.items())


def _none(case: Case, why: str) -> Evidence:
    return none(case, why, route=NAME, family=FAMILY)
