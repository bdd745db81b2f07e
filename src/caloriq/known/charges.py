"""Charges of chains whose integrability is known, and what they prove of energy and spin: is any count wrong?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from caloriq.known import tables
from caloriq.known.uniform_chains import KnownChain, known_chains
from caloriq.results import Progress
from caloriq.spaces.currents import number_density
from caloriq.transport.charges.conserved import ConservedCharges, conserved_charges
from caloriq.transport.charges.mazur import MazurBound, mazur

MAGNETISATION = "magnetisation"
ROUNDED = 1e-9  # of a share that is the whole, or nothing


@dataclass(frozen=True)
class Counted:
    """A known chain, its charges, and what they leave of its currents."""

    known: KnownChain
    found: ConservedCharges
    energy: MazurBound
    spin: MazurBound | None  # where the magnetisation is conserved

    @property
    def integrable(self) -> bool:
        """Whether there is a charge of larger support than H: one is held to be as good as all (Grabowski, Mathieu 1995)."""
        return bool(self.found.counts[-1] > self.found.counts[self.known.chain.reach - 1])

    @property
    def wrong(self) -> bool:
        """Whether that contradicts what is known."""
        return self.integrable != self.known.integrable


def counted(chains: Sequence[KnownChain] | None = None, progress: Progress | None = None) -> tuple[Counted, ...]:
    """Every known chain, or those given."""
    asked = known_chains() if chains is None else tuple(chains)
    rows = []
    for number, one in enumerate(asked):
        found = conserved_charges(one.chain, one.support)
        spin = mazur(found, of=MAGNETISATION) if _conserves_magnetisation(found) else None
        rows.append(Counted(one, found, mazur(found), spin))
        if progress is not None:
            progress(number + 1, len(asked))
    return tuple(rows)


def _conserves_magnetisation(found: ConservedCharges) -> bool:
    """Whether the sum of Sz is in the space of the charges."""
    a = number_density(found.chain, MAGNETISATION)
    within = math.fsum(abs(q.overlap(a)) ** 2 for q in found.charges)
    return within > (1 - ROUNDED) * a.norm**2


def charge_rows(rows: Sequence[Counted]) -> list[dict[str, object]]:
    """The table as plain names and values, one mapping a chain."""
    return [
        {
            "chain": row.known.name,
            "known": "integrable" if row.known.integrable else "not integrable",
            "source": row.known.source,
            "counts": row.found.counts.tolist(),
            "gap": row.found.smallest_other,
            "largest_zero": row.found.largest_zero,
            "energy": row.energy.fraction,
            "spin": None if row.spin is None else row.spin.fraction,
            "integrable": row.integrable,
            "wrong": row.wrong,
        }
        for row in rows
    ]


def cells(row: dict[str, object]) -> tuple[str, ...]:
    """A row in words."""
    counts, spin = row["counts"], row["spin"]
    assert isinstance(counts, list)
    return (
        str(row["chain"]),
        f"{row['known']} ({row['source']})",
        " ".join(map(str, counts)),
        f"{row['gap']:.4f}",
        share(row["energy"]),
        "not conserved" if spin is None else share(spin),
    )


def share(fraction: object) -> str:
    """A share of ⟨J²⟩ that stays; none is no statement."""
    assert isinstance(fraction, float)
    return f"{fraction:.4f}" if fraction > ROUNDED else "no statement"


HEADINGS = ("chain", "known", "charges of 1, 2, … cells", "gap", "energy current that stays", "spin current that stays")


def markdown(rows: Sequence[Counted]) -> str:
    """The table for a page."""
    return tables.markdown(HEADINGS, [cells(row) for row in charge_rows(rows)])


def told(rows: Sequence[Counted]) -> str:
    """How the table ends, in words."""
    wrong = sum(row.wrong for row in rows)
    proved = sum(row.energy.proves_ballistic for row in rows)
    return f"{len(rows)} chains: {wrong} with another number of charges than is known; energy is proved ballistic in {proved}."
