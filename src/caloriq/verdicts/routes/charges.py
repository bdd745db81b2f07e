"""Conserved charges and Mazur's bound: a part of the current that is conserved proves that it is ballistic."""

from __future__ import annotations

import math

from caloriq.errors import CaloriqError
from caloriq.references import told
from caloriq.results import Certificate, Check
from caloriq.spaces.commutators import letters
from caloriq.spaces.currents import residual
from caloriq.transport.charges.conserved import ConservedCharges, conserved_charges
from caloriq.transport.charges.mazur import MazurBound, mazur
from caloriq.transport.kubo.premises import CELLS, SLOWEST, STRINGS, looked_for, nearly, others
from caloriq.verdicts.charges import judged
from caloriq.verdicts.routes.case import Case
from caloriq.verdicts.routes.evidence import Evidence, Next
from caloriq.verdicts.routes.flowing import flowing
from caloriq.verdicts.routes.structure import none

NAME = "charges"
DENSE = 1.5e-7  # seconds per pair of strings; measured, good to a factor of a few
WHOLE = 1e-12  # of ‖[H, J]‖ over ‖H‖‖J‖ that is rounding
FAMILY = "charges"


def price(case: Case) -> float:
    """Seconds that charges and slow operators take; good to a factor of a few."""
    asked = flowing(case)
    if isinstance(asked, str):
        return 0.0
    support = looked_for(asked.chain, asked.chain.covers(asked.current))
    strings = max(letters(asked.chain) ** one for one in (support, nearly(asked.chain)))
    return 0.05 + DENSE * float(min(strings, STRINGS)) ** 2


def look(case: Case) -> Evidence:
    """Charges of a few cells of the chain without ends, exactly."""
    asked = flowing(case)
    if isinstance(asked, str):
        return _none(case, asked)
    chain, J = asked.chain, asked.current
    support = looked_for(chain, chain.covers(J))
    if letters(chain) ** support > STRINGS:
        return _none(case, f"charges of {support} cells have more than {STRINGS} strings")
    try:
        charges = conserved_charges(chain, support)
        bound = mazur(charges, of=case.lattice_of, means=dict(case.means) or None)
    except CaloriqError as error:
        return _none(case, str(error))
    rate = residual(chain, J) / (J.norm * chain.hamiltonian.norm)
    whole = Check("change of the current", rate, WHOLE, "‖[H, J]‖ over ‖H‖‖J‖ is rounding: the current is a charge")
    return _told(case, charges, bound, whole)


def _told(case: Case, charges: ConservedCharges, bound: MazurBound, whole: Check) -> Evidence:
    """A proof, or what was found and what it allows to be said."""
    said = judged(bound)
    if said.grade == "proved" and (math.isinf(case.temperature) or whole.holds):
        rest = (whole,) if math.isfinite(case.temperature) else ()
        return _proof(case, charges, bound, (*said.evidence, charges.certificate["commutator"], *rest))
    return _open(case, charges, bound)


def _proof(case: Case, charges: ConservedCharges, bound: MazurBound, premises: tuple[Check, ...]) -> Evidence:
    share, error = bound.fraction, bound.bounds["fraction"]
    kept = f"Charges of at most {bound.support} cells keep at least {share:.6g} (± {error:.1g}) of ⟨J²⟩ for ever"
    if math.isfinite(case.temperature):
        kept = f"The current is conserved itself, and with it all of ⟨J²⟩ at T = {case.temperature:g} as at any other"
    return Evidence(
        route=NAME,
        family=FAMILY,
        of=case.of,
        transport="ballistic",
        weight="proof",
        sentence=f"{kept}: in linear response the current is ballistic ({told(['zotos1997'])}).{_driven(case)}",
        where=_where(case, bound),
        quantity="Drude share",
        estimate=share,
        low=share - error,
        high=1.0,
        errors={"rounding and angle of the charges": error},
        certificate=Certificate(premises),
        method=charges.method.name,
        sources=("mazur1969", "zotos1997"),
    )


def _open(case: Case, charges: ConservedCharges, bound: MazurBound) -> Evidence:
    chain, support = charges.chain, charges.support
    cells = nearly(chain)
    more, rate = others(charges)
    counted = Check("charges beside H", more, 0.0, "nothing but H and what single cells carry is conserved")
    ratio = SLOWEST / rate if rate > 0 else math.inf
    slow = Check("slow operators", ratio, 1.0, f"nothing of {cells} cells is nearly conserved")
    kept = bound.proves_ballistic
    said = (
        f"At infinite temperature charges keep {bound.fraction:.4g} of ⟨J²⟩; at T = {case.temperature:g} this is no proof."
        if kept
        else f"No charge of at most {support} cells overlaps the current: nothing follows."
    )
    if more > 0:
        said += (
            f" Charges beside H are found ({more:g}): it is integrable, and longer or quasilocal charges may overlap."
        )
    elif rate < SLOWEST:
        said += f" An operator of at most {cells} cells is nearly conserved (rate {rate:.2g} of ‖h‖): crossovers may be long."
    return Evidence(
        route=NAME,
        family=FAMILY,
        of=case.of,
        transport=None,
        weight="none",
        sentence=said,
        where=_where(case, bound),
        quantity="Drude share",
        estimate=bound.fraction if kept else 0.0,
        certificate=Certificate((counted, slow)),
        method=charges.method.name,
        sources=("mazur1969",),
        next=Next("charges of larger support") if support < CELLS else None,
    )


def _driven(case: Case) -> str:
    """What the theorem does not speak of."""
    baths = getattr(case.model, "baths", ())
    return (
        " It is about the bulk near equilibrium; baths that drive it far from there are another question."
        if baths
        else ""
    )


def _where(case: Case, bound: MazurBound) -> str:
    return f"charges of at most {bound.support} cells, infinite temperature{_means(case)}"


def _means(case: Case) -> str:
    return "".join(f", {name} {value:g}" for name, value in case.means.items())


def _none(case: Case, why: str) -> Evidence:
    return none(case, why, route=NAME, family=FAMILY)
