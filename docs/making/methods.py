"""The table of all methods in `docs/choose-a-method.md`, read off their classes: `python -m making.methods` writes it anew."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

from caloriq.closed import methods as closed
from caloriq.closed.correlation import methods as correlations
from caloriq.models.definition import Definition
from caloriq.steady import methods as steady

PAGE = Path(__file__).resolve().parents[1] / "choose-a-method.md"
BEGIN, END = "<!-- methods: made from their classes -->", "<!-- end of methods -->"
VERBS = {
    "`steady_state`, `scaling`": [*steady.BUILT_IN.values()],
    "`evolve` of a closed model": [closed.Exact, closed.Chebyshev, closed.Krylov],
    "`equation_of_state`": [closed.Typical],
    "`correlation`, `kubo`": [correlations.Typicality, correlations.SupportLadder],
}
WORDS = re.compile(r"\b(Cost|Memory|Valid)\b:?\s*")


def parts(method: type[Definition]) -> dict[str, str]:
    """What the docstring of a method says first, and of its cost, memory and validity."""
    told = re.split(r"\n\s*\nParameters\n", inspect.getdoc(method) or "")[0]
    text = " ".join(told.split())
    pieces = WORDS.split(text)
    found = {"what": pieces[0].strip()}
    for name, words in zip(pieces[1::2], pieces[2::2], strict=True):
        found[name] = f"{found.get(name, '')} {words}".strip()
    return found


def cell(text: str) -> str:
    """Words of one cell; a bar would end it."""
    words = text.strip().rstrip(".").replace("|", "\\|")
    return words[:1].upper() + words[1:] if words else "–"


def table() -> str:
    """All methods, by verb."""
    rows = ["| asked by | method | what it is | valid | cost | memory |", "|---|---|---|---|---|---|"]
    for verb, methods in VERBS.items():
        for method in methods:
            told = parts(method)
            cells = [cell(told.get(one, "")) for one in ("what", "Valid", "Cost", "Memory")]
            rows.append(f"| {verb} | `{method.__name__}` | {' | '.join(cells)} |")
    return "\n".join(rows)


def renewed(text: str) -> str:
    """The page with the table as it is now."""
    head, _, rest = text.partition(BEGIN)
    return f"{head}{BEGIN}\n\n{table()}\n\n{END}{rest.partition(END)[2]}"


if __name__ == "__main__":
    PAGE.write_text(renewed(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
