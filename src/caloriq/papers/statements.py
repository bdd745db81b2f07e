"""The page of all statements of the papers with the rows that test them, from tables that reproductions wrote."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from caloriq.errors import InvalidInput
from caloriq.papers.claims import CLAIMS, PAPERS, Claim

Table = Mapping[str, Any]  # what a reproduction wrote: name, quick, and table, a list of rows
MARKS = {True: "yes", False: "NO", None: "–"}


class Tested(NamedTuple):
    """A statement with what tests it."""

    claim: Claim
    quick: bool  # whether by the smaller version of the reproduction
    rows: tuple[Mapping[str, Any], ...]


def beside(tables: Mapping[str, Table], claims: Iterable[Claim] = CLAIMS) -> list[Tested]:
    """Every statement with its rows.

    Raises
    ------
    InvalidInput
        If a reproduction is missing, or has no row for a statement: none is left without one.
    """
    found = []
    for claim in claims:
        table = tables.get(claim.recipe)
        if table is None:
            raise InvalidInput(
                f"`tables` must hold {claim.recipe}, but it is missing (got {', '.join(sorted(tables)) or 'none'})"
            )
        rows = tuple(row for row in table["table"] if row["quantity"].startswith(claim.row))
        if not rows:
            raise InvalidInput(
                f"`row` must begin a quantity of {claim.recipe}, but none begins so (got {claim.row!r} for {claim.paper} {claim.place})"
            )
        found.append(Tested(claim, bool(table["quick"]), rows))
    return found


def recipes(claims: Iterable[Claim] = CLAIMS) -> list[str]:
    """Reproductions that the statements need, each once, in order."""
    return list(dict.fromkeys(claim.recipe for claim in claims))


def stored(folder: Path, names: Sequence[str], *, quick: bool) -> dict[str, Table]:
    """Tables that `caloriq reproduce` has written under a folder, by name; with `quick` the smaller versions where there are no others."""
    found: dict[str, Table] = {}
    for name in names:
        for label in (name, *((f"{name}-quick",) if quick else ())):
            file = folder / name / f"{label}-table.json"
            if name not in found and file.is_file():
                found[name] = json.loads(file.read_text(encoding="utf-8"))
    return found


def summary(found: Sequence[Tested]) -> str:
    """How many agree, in one sentence."""
    judged = [row["agreement"] for one in found for row in one.rows if row["agreement"] is not None]
    open_ones = sum(all(row["agreement"] is None for row in one.rows) for one in found)
    return (
        f"{len(found)} statements; of {len(judged)} rows that the papers' words or numbers can be held against, {sum(judged)} agree and "
        f"{len(judged) - sum(judged)} do not; {open_ones} statements have numbers of ours alone."
    )


def markdown(found: Sequence[Tested]) -> str:
    """The page."""
    lines = [
        "# What the papers state, tested",
        "",
        "Every statement of the four papers that can be tested: where it stands, in our words, with the numbers of the reproduction that",
        "tests it. Made by `caloriq statements`, which runs what has not been run; do not edit. **NO** is a disagreement, told in the note of",
        "the reproduction's own table; – is a number of ours that the paper has nothing to set beside.",
        "",
        summary(found),
    ]
    if any(one.quick for one in found):
        lines += ["", "Reproductions with an asterisk ran in their smaller version."]
    for key, source in PAPERS.items():
        lines += [
            "",
            f"## {key}: {source}",
            "",
            "| place | statement | reproduction | quantity | ours | agrees |",
            "|---|---|---|---|---|---|",
        ]
        for one in (t for t in found if t.claim.paper == key):
            star = "*" if one.quick else ""
            for number, row in enumerate(one.rows):
                head = (one.claim.place, one.claim.says, f"`{one.claim.recipe}`{star}") if number == 0 else ("", "", "")
                cells = (*head, row["quantity"], row["ours"], MARKS[row["agreement"]])
                lines.append("| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |")
    return "\n".join(lines) + "\n"
