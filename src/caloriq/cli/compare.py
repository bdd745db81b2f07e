"""The comparison of two runs on a terminal."""

from __future__ import annotations

from typing import Any

from caloriq.records.compared import sentence


def print_comparison(found: dict[str, Any]) -> None:
    """The comparison as text: path: value of the first | value of the second."""
    for title in ("definition", "versions", "summary"):
        print(title)
        if not found[title]:
            print("  the same")
        for row in found[title]:
            apart = f"  ({row['absolute']:.3g} apart, relative {row['relative']:.3g})" if "absolute" in row else ""
            print(f"  {row['path']}: {_said(row['first'])} | {_said(row['second'])}{apart}")
    for row in found["data"]:
        print(f"data {' | '.join(_said(name) for name in dict.fromkeys(row['files']))}")
        if "variables" not in row:
            reason = row.get("error") or f"{' | '.join(row['states'])} since the run wrote it"
            print(f"  not compared: {reason}")
        for name, one in row.get("variables", {}).items():
            print(f"  {name}: {sentence(one)}")
    if not found["data"]:
        print("data\n  none")


def _said(value: Any) -> str:
    return "–" if value is None else str(value)
