"""A mistake in a file of a lattice is told by its own line, in one sentence, and nothing is written."""

import pytest

from command_line import call, files, refused

MODEL = (
    "model:",
    "  kind: lattice",
    "  sites: 4",
    "  terms:",
    "    - {operator: Z Z, value: 1.0}",
    "    - {operator: X, value: 0.9}",
)
BATHS = ("  baths:", "    - {site: 0, gain: 0.4, loss: 1.0}", "    - {site: -1, gain: 0.1, loss: 0.9}")
OPEN = (*MODEL, *BATHS)


def term(text, *more):
    return (*MODEL[:5], f"    - {{operator: {text}}}", *BATHS, *more)


def opened(start):
    return (*OPEN, "question:", "  kind: lattice-relaxation", f"  initial: {{{start}}}")


def closed(start):
    return (*MODEL, "times: {stop: 1.0, count: 3}", f"initial: {{{start}}}")


MISTAKES = {  # lines of the file, the line that is at fault, words of the sentence
    "term": (term("Q"), 6, "`operator`"),
    "value": (term("X, value: 2*g"), 6, "'g'"),
    "on": (term("X, on: bnds"), 6, "bonds"),
    "drive, name": (term("X, drive: cos(omega*t)"), 6, "'omega'"),
    "drive, syntax": (term("X, drive: cos("), 6, "`drive`"),
    "drive, function": (term("X, drive: sinus(t)"), 6, "known functions"),
    "drive, complex": (term("X, drive: 1j*t + 1j"), 6, "real number at every time"),
    "drive, operator": (term("Q, drive: t"), 6, "`operator`"),
    "geometry": ((*MODEL[:2], "  sites: 5", *MODEL[3:], "  geometry: ladder"), 3, "2 legs"),
    "local": ((*MODEL, "  local: [spin-1/2, spin-1, fermion]"), 7, "got 3 kinds"),
    "jump": ((*OPEN, "  jumps:", "    - {operator: S-, rate: -0.1}"), 11, "`rate`"),
    "bath": ((*OPEN, "    - {site: 9, gain: 1.0, loss: 1.0}"), 10, "0..3"),
    "dephasing": ((*OPEN, "  dephasing: -1"), 10, "`dephasing`"),
    "unit": ((*term("X, value: 3 ps"), "  unit: meV"), 6, "3 ps"),
    "start, kind": (opened("kind: domain-wal"), 12, "domain-wall"),
    "start, left": (opened("kind: domain-wall, left: upp"), 12, "`left`"),
    "start, right": (opened("kind: domain-wall, right: 3"), 12, "`right`"),
    "start, at": (opened("kind: domain-wall, at: 9"), 12, "`at`"),
    "start, states": (opened("kind: site-states, states: [up, sideways]"), 12, "'sideways'"),
    "start, count": (opened("kind: site-states, states: [up, down, up]"), 12, "got 3 states"),
    "start, numbers": (opened("kind: random, numbers: {magnetisation: 0}"), 12, "conserved"),
    "start, temperatures": (opened("kind: gibbs, temperatures: [1, 2, 3]"), 12, "4 (of the sites)"),
    "closed start, left": (closed("kind: domain-wall, left: upp"), 8, "did you mean up?"),
    "closed start, count": (closed("kind: site-states, states: [up, down, up]"), 8, "got 3 states"),
    "observables": ((*closed("kind: domain-wall"), "observables: [enrgy]"), 9, "energy"),
}


@pytest.mark.parametrize("case", MISTAKES)
def test_the_line_is_that_of_the_mistake(tmp_path, case):
    lines, at, word = MISTAKES[case]
    (tmp_path / "own.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    refused(call("run", "own.yaml", cwd=tmp_path), word, f"own.yaml, line {at},")
    assert files(tmp_path) == ["own.yaml"]


def test_a_failed_check_names_its_method_alone(tmp_path):
    lines = (
        *MODEL[:2],
        "  sites: 2",
        "  local: {boson: 2}",
        "  terms: [{operator: b+ b-, plus: hermitian-conjugate}]",
        "  baths: [{site: 0, occupation: 0.5, rate: 1.0}, {site: 1, occupation: 0.5, rate: 1.0}]",
    )
    (tmp_path / "own.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    refused(call("run", "own.yaml", cwd=tmp_path), "last boson level", "(got excitation-conserving sector)", code=3)
    assert files(tmp_path) == ["own.yaml"]
