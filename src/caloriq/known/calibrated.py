"""The tables of a calibration, for a terminal, a page and a file."""

from __future__ import annotations

from typing import Any

from caloriq.known import tables
from caloriq.known.calibration import EDGES, FACTORS, FREE, QUANTITIES, SIZES, Calibration, Share
from caloriq.known.synthetic import LAWS
from caloriq.transport.estimates import ONE, TWO
from caloriq.verdicts.judgement import PREFERRED

RARE = 0.003  # share of measured verdicts among chains that are not diffusive, at most
NEAR = 0.03  # of a coverage to what it is said to be
COVERAGE = ("interval", "chains", "68 %", "95 %")
VERDICTS = ("law", "chains", "said to be diffusive", "share, with its 95 % bounds")


def told(share: Share) -> str:
    """A share in per cent, with its bounds."""
    low, high = share.bounds
    return f"{100 * share.value:.2g} % ({100 * low:.2g}…{100 * high:.2g} %)"


def coverage_cells(found: Calibration) -> list[tuple[str, ...]]:
    """How often the intervals hold the truth, within the prior scale and for terms of fixed sizes."""
    rows = list[tuple[str, ...]]()
    for name in QUANTITIES:
        parts: dict[str, dict[str, Any]] = {"all": {}, "exact": {"exact": True}, "with noise": {"exact": False}}
        parts |= {"over a factor of 4 and more": {"wide": True}, "over less": {"wide": False}}
        parts |= {f"finite-size terms of {size:g}": {"terms": size} for size in SIZES}
        for part, fields in parts.items():
            one, two = found.covered(name, **fields)
            rows.append((name, part, f"{100 * one.value:.1f}", f"{100 * two.value:.1f}"))
    return rows


def verdict_cells(found: Calibration) -> list[tuple[str, ...]]:
    """Measured verdicts by law; those laws whose crossover lies beyond the lengths apart."""
    shares = {law: found.wrong(law=law) for law in LAWS if law != "affine"}
    shares |= {"all of these": found.wrong()}
    shares |= {f"{law}, beyond the lengths": found.wrong(law=law, within=False) for law in FREE}
    shares |= {"affine": found.decided(bulk=False), "affine, bulk ten times the contacts": found.decided()}
    return [(law, str(share.total), str(share.count), told(share)) for law, share in shares.items()]


def markdown(found: Calibration) -> str:
    """Both tables for a page."""
    pairs = ((COVERAGE, coverage_cells(found)), (VERDICTS, verdict_cells(found)))
    return "\n\n".join(tables.markdown(headings, cells) for headings, cells in pairs)


def to_mapping(found: Calibration) -> dict[str, Any]:
    """The tables and the curves as plain values."""
    return {
        "factor": PREFERRED,
        "coverage": [dict(zip(COVERAGE, row, strict=True)) for row in coverage_cells(found)],
        "verdicts": [dict(zip(VERDICTS, row, strict=True)) for row in verdict_cells(found)],
        "trade-off": [
            {"factor": float(F), "decided": found.decided(F).value, "wrong": found.wrong(F).value} for F in FACTORS
        ],
        "over reach": {
            law: {"edges": EDGES.tolist(), "measured": [[one.count, one.total] for one in found.over_reach(law)]}
            for law in ("localised", *FREE)
        },
        "missed": missed(found),
    }


def missed(found: Calibration) -> list[str]:
    """Goals that the trials contradict: a share beyond its goal by more than its own binomial bounds allow."""
    wrong = found.wrong()
    rows = [f"measured of others: {told(wrong)}, goal {100 * RARE:g} %"] if wrong.bounds[0] > RARE else []
    for name in QUANTITIES:
        for share, level in zip(found.covered(name), (ONE, TWO), strict=True):
            low, high = share.bounds
            if low > level + NEAR or high < level - NEAR:
                rows.append(f"{name}: {told(share)} where {100 * level:g} % are stated")
    return rows
