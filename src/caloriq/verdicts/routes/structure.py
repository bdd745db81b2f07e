"""What the form of a model proves, without data: premises are checked on this model, and named."""

from __future__ import annotations

from caloriq.models.harmonic import HarmonicChain
from caloriq.models.lattice.model import Lattice
from caloriq.references import told
from caloriq.results import Certificate, Check
from caloriq.transport.bulk import bulk_of
from caloriq.verdicts.proved import KUNZ_SOUILLARD, Proof, proof
from caloriq.verdicts.routes.bands import FLAT, velocity
from caloriq.verdicts.routes.case import ENERGY, Case, Driven
from caloriq.verdicts.routes.disordered import localised
from caloriq.verdicts.routes.evidence import Evidence

NAME = "structure"
FAMILY = "proof"
NO_THEOREM = "no theorem is known to apply: "


def look(case: Case) -> Evidence:
    """A theorem or a closed form whose premises hold, or why there is none."""
    model = case.model
    if isinstance(model, Driven):
        return _driven(case, model)
    if isinstance(model, HarmonicChain):
        return none(case, "what is known of harmonic chains is told with their lengths")
    lattice = model if isinstance(model, Lattice) else case.lattice
    if lattice is None:
        return none(case, case.no_lattice)
    if isinstance(case.driven, Driven):
        found = proof(case.driven)
        if found is not None:
            return _proved(case, found, _source(found))
    return _lattice(case, lattice)


def _driven(case: Case, model: Driven) -> Evidence:
    between = case.driven
    found = proof(between) if isinstance(between, Driven) else None
    bulk = bulk_of(model)
    if found is not None:
        carried = f" {bulk.told(case.driven_of)}" if case.of == ENERGY else ""
        return _proved(case, found, _source(found), more=carried)
    if case.lattice is not None:
        return _lattice(case, case.lattice)
    stands = {
        "the ZZ interaction": bulk.interacting,
        "couplings beyond neighbours": not bulk.neighbours,
        "dephasing beside what is not uniform": bulk.dephased,
        "hops by rates that differ": bulk.classical,
    }
    why = next(
        (text for text, there in stands.items() if there), "values that differ from site to site by no known law"
    )
    return none(case, f"no theorem is known to apply, because of {why}")


def _lattice(case: Case, lattice: Lattice) -> Evidence:
    if lattice.random:
        premises = localised(lattice)
        if isinstance(premises, str):
            return none(case, f"its values are random, and {premises}")
        reason = "independent random fields localise every state of free excitations in one dimension"
        return _proved(case, Proof("localised", reason, KUNZ_SOUILLARD), ("kunz1980",), premises)
    if case.lattice is None:
        return none(case, f"{NO_THEOREM}{case.no_lattice}")
    moved = velocity(case.lattice)
    if isinstance(moved, str):
        return none(case, f"{NO_THEOREM}{moved}")
    check = Check("flat band over widest", FLAT / moved if moved > 0 else 1.0, 0.5, "some band has a group velocity")
    if not check.holds:
        return none(case, "the lattice is quasi-free, and all of its bands are flat: nothing moves")
    reason = (
        "a clean quasi-free lattice conserves the part of its current that every mode carries with its group velocity"
    )
    return _proved(case, Proof("ballistic", reason, told(["zotos1997"])), ("zotos1997", "jordan1928"), (check,))


def _source(found: Proof) -> tuple[str, ...]:
    return ("kunz1980",) if found.source == KUNZ_SOUILLARD else ("manzano2012",)


def _proved(
    case: Case, found: Proof, sources: tuple[str, ...], premises: tuple[Check, ...] = (), *, more: str = ""
) -> Evidence:
    checks = premises or (Check("premises", 0.0, 0.0, "the form of the model is that of the theorem, exactly"),)
    return Evidence(
        route=NAME,
        family=FAMILY,
        of=case.of,
        transport=found.transport,
        weight="proof",
        sentence=f"{found.reason[0].upper()}{found.reason[1:]} ({found.source}).{more}",
        where="any length",
        certificate=Certificate(tuple(checks)),
        method="premises checked on the terms",
        sources=sources,
    )


def none(case: Case, why: str, *, route: str = NAME, family: str = FAMILY, refused: bool = True) -> Evidence:
    """A route that does not apply, and why, in words without a full stop."""
    said = why.rstrip(".")
    return Evidence(route, family, case.of, None, "none", f"Does not apply: {said}.", refused=refused)
