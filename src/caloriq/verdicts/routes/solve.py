"""The verb: does heat obey Fourier's law in this model? Routes within a budget, then one judgement."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from caloriq import _checks
from caloriq.models.definition import Definition
from caloriq.results import Certificate, Check, MethodReport
from caloriq.verdicts.judgement import Judgement
from caloriq.verdicts.routes.asked import check_budget
from caloriq.verdicts.routes.case import ENERGY, Case
from caloriq.verdicts.routes.decide import Decision, decided, enough, no_law
from caloriq.verdicts.routes.engine import Gathered, Teller, gather
from caloriq.verdicts.routes.evidence import Evidence
from caloriq.verdicts.routes.ledger import Ledger
from caloriq.verdicts.routes.result import Verdict

MINUTES = 5.0
SHARE = 0.8  # of the memory that is free, at most, unless it is said


def examine(
    model: Any,
    *,
    of: str = ENERGY,
    temperature: float = math.inf,
    means: Mapping[str, float] | None = None,
    budget: float = MINUTES,
    memory: float | None = None,
    routes: Sequence[str] | None = None,
    workers: int | None = None,
    ledger: str | Path | None = None,
    tell: Teller | None = None,
    watch: Any = None,
) -> Verdict:
    """Judge a model; see `caloriq.verdict`."""
    _checks.instance("model", model, Definition)
    case = Case(model, of, temperature, {} if means is None else means)
    seconds = 60 * _checks.positive("budget", budget)
    bytes_of = room(memory)
    count = (os.cpu_count() or 1) if workers is None else _checks.whole("workers", workers, 0)
    clock = time.perf_counter()
    against = no_law(case)
    if against is not None:
        return _result(case, Decision(against, (), (), ()), Gathered(), clock)
    check_budget(case, seconds, bytes_of, routes)
    with Ledger(None if ledger is None else Path(ledger)) as kept:
        found = gather(
            case,
            seconds=seconds,
            memory=bytes_of,
            workers=count,
            ledger=kept,
            only=routes,
            tell=tell,
            settled=partial(enough, case),
            watch=watch,
        )
    return _result(case, decided(case, found.list()), found, clock)


def room(memory: float | None) -> float:
    """Bytes that all processes may take together."""
    return SHARE * _checks.available_memory() if memory is None else _checks.positive("memory", memory)


def _result(case: Case, decision: Decision, found: Gathered, clock: float) -> Verdict:
    evidence = found.list()
    judgement: Judgement = decision.judgement
    looked = [one for one in evidence if not one.refused]
    sure = judgement.grade in ("proved", "measured")
    reason = f"{len(looked)} of {len(evidence)} routes apply" if evidence else "the density is not conserved"
    return Verdict(
        model=case.model,
        method=MethodReport("verdict", reason, {"wall time": time.perf_counter() - clock}),
        certificate=Certificate((_proofs(evidence), *(judgement.evidence if sure else ()))),
        of=case.of,
        temperature=case.temperature,
        judgement=judgement,
        evidence=evidence,
        deciding=tuple(one.route for one in decision.deciding),
        conflicts=decision.conflicts,
        next=decision.next,
    )


def _proofs(evidence: Sequence[Evidence]) -> Check:
    """That no theorem contradicts another: a premise would be wrong."""
    classes = {one.transport for one in evidence if one.weight == "proof"}
    return Check("contradicting proofs", max(0.0, len(classes) - 1.0), 0.0, "all theorems that apply name one class")
