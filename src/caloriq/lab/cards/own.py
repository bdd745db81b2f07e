"""A Hamiltonian of one's own: what it conserves, what its currents are, and its charges, as it is written."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from caloriq.errors import CaloriqError
from caloriq.lab.card import Card
from caloriq.lab.dials import Dial, is_number
from caloriq.lab.elements import lamps_html, table_html

if TYPE_CHECKING:
    from caloriq.lab.draft import Draft

DEFAULT = """\
model:
  kind: lattice
  sites: 12
  parameters: {J: 1.0, g: 1.4, h: 0.9045}
  terms:
    - {operator: Z Z, value: J}
    - {operator: X, value: g}
    - {operator: Z, value: h}
question:
  kind: verdict
  of: energy
  budget: 2.0
"""
SUPPORT = 3  # cells of a charge that is looked for while one types
LEVELS = 4  # of a cell, at most, for that
MOST, WIDTH = 6, 3.0  # sliders of parameters, and how far they reach, at least
FARTHEST = 1e12  # what is larger, or no number, has none
TERMS = 6  # of a current that are written out


@dataclass
class Facts:
    """What a Hamiltonian says of itself.

    Attributes
    ----------
    symmetries : str
        In words.
    densities : list
        Of each: its name, whether it is conserved or None where that cannot be told, and why or how exactly.
    currents : list
        Of each: the density, the pair of sites, the operator.
    charges : list
        Number of cells, and how many charges lie on so many.
    sentence : str
        What charges prove, or why they are not looked for.
    """

    symmetries: str
    densities: list[tuple[str, bool | None, str]] = field(default_factory=list)
    currents: list[tuple[str, str, str]] = field(default_factory=list)
    charges: list[tuple[str, str]] = field(default_factory=list)
    sentence: str = ""


def facts(model: Any) -> Facts:
    """Symmetries, currents and charges of a lattice."""
    from caloriq.models.lattice import densities
    from caloriq.verdicts.routes.leaks import leak

    found = Facts(str(model.symmetries))
    for name in densities.known(model):
        norm, why = densities.violation(model, name) if name != densities.ENERGY else (0.0, "")
        if norm:
            found.densities.append((name, False, f"The {name} is changed by {why}: ‖[H, Σa]‖ = {norm:.3g}."))
            continue
        flow = densities.current(model, name)
        if (lost := leak(model, name)) is None:
            found.densities.append((name, True, "continuity holds exactly: dρ/dt = inflow − outflow"))
        else:
            found.densities.append((name, False, f"The {name} is not conserved in the bulk, because of {lost}."))
        if len(flow.bonds):
            middle = len(flow.bonds) // 2
            x, y = flow.bonds[middle].tolist()
            found.currents.append((name, f"from {x} to {y}", operator_words(flow.operators[middle])))
    _charges(model, found)
    return found


def _charges(model: Any, found: Facts) -> None:
    from caloriq.transport.charges.conserved import conserved_charges
    from caloriq.transport.charges.mazur import mazur
    from caloriq.transport.inside import check_closed_inside
    from caloriq.verdicts.routes.sized import inner

    try:
        check_closed_inside(model)
        shown = inner(model)  # the chain that a verdict looks at, whatever the length here
        if isinstance(shown, str):
            found.sentence = shown
            return
        chain = shown[1]
        if math.prod(space.levels for space in chain.cell) > LEVELS:
            found.sentence = (
                f"Charges are looked for here in cells of up to {LEVELS} levels; caloriq verdict looks further."
            )
            return
        charges = conserved_charges(chain, SUPPORT)
        found.charges = [(str(n + 1), str(count)) for n, count in enumerate(charges.counts.tolist())]
        kept = mazur(charges)
        if kept.proves_ballistic:
            found.sentence = f"Charges keep at least {kept.fraction:.4g} of the energy current's square from decaying: ballistic at infinite temperature, whatever else there is."
        elif math.isnan(kept.fraction):
            found.sentence = "The energy current vanishes, and charges say nothing of it."
        else:
            found.sentence = f"No charge on up to {SUPPORT} cells keeps the energy current from decaying."
    except CaloriqError as error:
        found.sentence = str(error)


def operator_words(operator: Any) -> str:
    """A sum of products in words, its first terms."""
    parts = []
    for string, c in list(operator.terms.items())[:TERMS]:
        words = " ".join(f"{operator.spaces[site].names[a]}{_low(site)}" for site, a in string) or "1"
        value = complex(c)
        shown = f"{value.real:+.4g}" if abs(value.imag) <= 1e-14 * abs(value) else f"+({value:.4g})"
        parts.append(f"{shown} {words}")
    more = len(operator.terms) - TERMS
    return " ".join(parts) + (f" and {more} more" if more > 0 else "")


def _low(site: int) -> str:
    return "".join("₀₁₂₃₄₅₆₇₈₉"[int(digit)] for digit in str(site))


def dial_of(name: str, value: float) -> Dial:
    """A slider for a parameter: to both sides of zero, with room for what it is."""
    reach = WIDTH
    while reach < 1.5 * abs(value):
        reach *= 10
    return Dial(("model", "parameters", name), f"parameter {name}", -reach, reach, reach / 300)


class OwnCard(Card):
    """Terms as rows; currents and charges at once."""

    name, title = "own", "Own Hamiltonian"
    says = "Write the terms, and see at once what is conserved, what the currents are and which charges keep them alive. Run asks for the verdict."
    default = DEFAULT
    kinds = ("lattice",)
    opened = True  # its terms are what it is about
    dials = (Dial(("model", "sites"), "sites N", 4, 40, 1, whole=True),)

    def dials_of(self, draft: Draft) -> tuple[Dial, ...]:
        """One for every parameter of the file that is a number, too."""
        given = draft.value(("model", "parameters"), {})
        named = given if isinstance(given, dict) else {}
        found = [
            dial_of(str(name), value) for name, value in named.items() if is_number(value) and abs(value) <= FARTHEST
        ]
        return (*self.dials, *found[:MOST])

    def build(self) -> None:
        """Its plots, empty."""
        from nicegui import ui

        with ui.card().classes("w-full panel").props('flat bordered role="group" aria-label="What it conserves"'):
            ui.label("what it conserves").classes("panel-title")
            self.lamps = ui.html("", sanitize=False).classes("lamps").props('role="list" aria-label="Densities"')
            self.reasons = ui.label("").classes("small")
        with ui.card().classes("w-full panel").props('flat bordered role="group" aria-label="Currents"'):
            ui.label("currents, in the middle").classes("panel-title")
            self.currents = (
                ui.html("", sanitize=False).classes("scroll").props('tabindex="0" aria-label="Currents" role="region"')
            )
        with ui.card().classes("w-full panel").props('flat bordered role="group" aria-label="Charges"'):
            ui.label("local charges").classes("panel-title")
            self.charges = (
                ui.html("", sanitize=False).classes("scroll").props('tabindex="0" aria-label="Charges" role="region"')
            )

    def answer(self, run: Any) -> Facts:
        """In a thread."""
        return facts(run.model)

    def sentence(self, found: Facts) -> tuple[str, str]:
        """Symmetries, and what charges prove."""
        return f"Symmetries: {found.symmetries}.", found.sentence

    def show(self, found: Facts) -> None:
        """Fill in."""
        self.lamps.set_content(lamps_html(found.densities))
        self.reasons.set_text(" ".join(why for _, holds, why in found.densities if not holds))
        self.currents.set_content(table_html(("of", "sites", "operator"), found.currents))
        self.charges.set_content(table_html(("on up to so many cells", "charges"), found.charges))

    def hide(self) -> None:
        """Nothing to draw."""
        for one in (self.lamps, self.currents, self.charges):
            one.set_content("")
        self.reasons.set_text("")
