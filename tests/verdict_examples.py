"""Verdicts of every kind, judged by the house's own rules from evidence that is written here: no route runs."""

from dataclasses import replace
from types import MappingProxyType

import numpy as np

from caloriq.models.lattice.model import Lattice
from caloriq.models.lattice.terms import Term
from caloriq.results import Certificate, Check, MethodReport
from caloriq.verdicts.routes.case import Case
from caloriq.verdicts.routes.decide import decided, no_law
from caloriq.verdicts.routes.evidence import Curve, Evidence, Next
from caloriq.verdicts.routes.result import Verdict

MODEL = Lattice(sites=12, terms=(Term("Z Z"), Term("X", 1.4), Term("Z", 0.9045)))
LEAKING = Lattice(sites=12, terms=(Term("Z Z"), Term("X", 1.4)), dephasing=0.3)
TIMES = np.linspace(0.0, 20.0, 41)
SIZES = np.array([4.0, 8.0, 16.0, 32.0])


def curve(axes, label, x, y, **rest):
    x, y = np.asarray(x, float), np.asarray(y, float)
    return Curve(axes, label, tuple(x.tolist()), tuple(y.tolist()), (0.0,) * len(x), **rest)


def saturating(D, label, until):
    return curve("D(t)", label, TIMES, D * (1 - np.exp(-TIMES / 2)), until=until)


def growing(slope, label):
    return curve("D(t)", label, TIMES, slope * TIMES, until=20.0)


def affine(contacts, bond, label="current"):
    wave = 1 + 1e-3 * np.cos(SIZES)
    return curve("R(N)", label, SIZES, (contacts + bond * (SIZES - 1)) * wave, law=(contacts, bond))


def check(name="a plateau", value=0.01, limit=0.05):
    return Check(name, value, limit, f"{name} is what a law needs")


RINGS = Evidence(
    "rings", "random states", "energy", "diffusive", "rules", "D(t) is flat & stays <so>.", "rings of 12, 14 sites",
    "D", "site² energy", 1.40, 1.30, 1.50, MappingProxyType({"statistical": 0.02, "finite size": 0.08}),
    MappingProxyType({"z": 2.01}), Certificate((check(), check("window", np.nan, 0.1))), "typicality", ("kubo1957",),
    (saturating(1.4, "ring of 12 sites", 8.0), saturating(1.41, "ring of 14 sites", np.inf)),
    Next("rings of 16 sites", 120.0, 3e7), 2.5,
)  # fmt: skip
STRINGS = replace(
    RINGS, route="strings", family="strings", estimate=1.43, low=1.38, high=1.48, sources=("mazur1969",),
    curves=(saturating(1.43, "strings of 9 cells", 6.0),), next=Next("strings of 10 cells"),
)  # fmt: skip
LENGTHS = replace(
    RINGS, route="lengths", family="steady states", transport=None, weight="none", curves=(affine(9.0, 2.0),),
    certificate=Certificate((check("bulk over contacts", np.inf, 0.1),)), next=None, sources=(),
)  # fmt: skip
PROOF = Evidence(
    "structure", "proof", "energy", "ballistic", "proof", "A charge is the current (doi:10.1103/PhysRevB.55.11029).",
    "any length", certificate=Certificate((check("premises", 0.0, 0.0),)), sources=("zotos1997",),
)  # fmt: skip
REFUSED = Evidence("contacts", "steady states", "energy", None, "none", "Does not apply: no baths <b>.", refused=True)
POPULATIONS = replace(
    LENGTHS, route="dynamics", family="populations", quantity="",
    curves=(curve("C(t)", "exact", TIMES, np.exp(-TIMES)), curve("C(t)", "by rates", TIMES, np.exp(-1.1 * TIMES))),
)  # fmt: skip
LOCALISED = replace(STRINGS, transport="localised", curves=(growing(3.0, "strings of 9 cells"),))

EVIDENCE = {
    "measured": (RINGS, STRINGS, LENGTHS, REFUSED),
    "indicated": (RINGS, REFUSED),
    "proved": (PROOF, replace(RINGS, transport=None, weight="none", curves=(growing(2.0, "ring"),))),
    "conflict": (RINGS, LOCALISED),
    "undecided": (LENGTHS, POPULATIONS, REFUSED),
    "no route": (replace(REFUSED, route="structure"), REFUSED),
    "all frames": (replace(RINGS, curves=(saturating(0.4, "slow", 9.0),)), LOCALISED, LENGTHS, POPULATIONS),
}


def verdict_of(name):
    """One of the verdicts above, or of a density that leaks."""
    if name == "no law":
        judgement = no_law(Case(LEAKING, "energy"))
        return made(LEAKING, judgement, (), (), (), ())
    evidence = EVIDENCE[name]
    found = decided(Case(MODEL, "energy"), evidence)
    deciding = tuple(one.route for one in found.deciding)
    return made(MODEL, found.judgement, evidence, deciding, found.conflicts, found.next)


def made(model, judgement, *rest):
    method = MethodReport("verdict", "as written", {})
    return Verdict(model, method, judgement.evidence, "energy", float("inf"), judgement, *rest)


NAMES = (*EVIDENCE, "no law")
