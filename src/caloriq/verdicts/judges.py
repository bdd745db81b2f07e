"""The verb: does heat obey Fourier's law in this solution? One table says who judges what."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

from caloriq.display import number
from caloriq.errors import InvalidInput
from caloriq.models.definition import Definition
from caloriq.results import Certificate, Check, Solution
from caloriq.transport.likelihood import FEWEST
from caloriq.verdicts.judgement import UNJUDGED, Grade, Judgement

if TYPE_CHECKING:
    from caloriq.closed.banded import BandEvolution
    from caloriq.closed.evolve import Evolution
    from caloriq.reduced.average.theory import Theory
    from caloriq.verdicts.evolved import DynamicsVerdict
    from caloriq.verdicts.routes.result import Verdict

# by the type of a result and where it lives, so that asking loads nothing but the judge that is needed
JUDGES = {
    "caloriq.questions.comparison.Comparison": "judges:_compared",
    "caloriq.verdicts.scaling.Scaling": "judges:_lengths",
    "caloriq.questions.band_comparison.BandComparison": "bands_by_rates:judged",
    "caloriq.reduced.populations.solution.PopulationKernel": "judges:_kernel",
    "caloriq.questions.population_comparison.PopulationComparison": "judges:_kernel",
    "caloriq.reduced.grains.coarse.Grains": "judges:_grains",
    "caloriq.questions.grain_series.GrainSeries": "judges:_series",
    "caloriq.steady.result.SteadyState": "judges:_steady",
    "caloriq.steady.ensemble.SteadyEnsemble": "judges:_steady",
    "caloriq.verdicts.harmonic.HarmonicScaling": "judges:_lengths",
    "caloriq.steady.harmonic.result.HarmonicState": "judges:_heat",
    "caloriq.transport.charges.mazur.MazurBound": "charges:judged",
    "caloriq.verdicts.routes.result.Verdict": "judges:_own",
}


# those that are judged beside a theory; any other has the judge of chains and networks, which refuses what it is not asked of
BESIDE = {"caloriq.closed.banded.BandEvolution": "bands_by_rates:followed"}


def judge_of(found: Any) -> Callable[[Any], Judgement] | None:
    """Who judges a result; None where nobody does."""
    name = _listed(found, JUDGES)
    if name is None:
        return _own if hasattr(type(found), "judgement") else None  # results of other packages bring their own
    judge: Callable[[Any], Judgement] = _loaded(name)
    return judge


def _listed(found: Any, table: Mapping[str, str]) -> str | None:
    """Who stands in a table for a result, by its type and where that lives."""
    names = (f"{one.__module__}.{one.__qualname__}" for one in type(found).__mro__)
    return next((table[name] for name in names if name in table), None)


def _loaded(judge: str) -> Any:
    module, _, function = judge.partition(":")
    return getattr(import_module(f"caloriq.verdicts.{module}"), function)


@overload
def verdict(
    exact: Definition,
    theory: None = None,
    *,
    of: str = ...,
    temperature: float = ...,
    means: Mapping[str, float] | None = ...,
    budget: float = ...,
    memory: float | None = ...,
    routes: Sequence[str] | None = ...,
    workers: int | None = ...,
    ledger: str | Path | None = ...,
    tell: Callable[[Any], None] | None = ...,
) -> Verdict: ...
@overload
def verdict(exact: Evolution, theory: Theory) -> DynamicsVerdict: ...
@overload
def verdict(exact: BandEvolution, theory: Theory) -> Judgement: ...
@overload
def verdict(exact: Solution, theory: None = None) -> Judgement: ...
def verdict(
    exact: Any,
    theory: Theory | None = None,
    *,
    of: str = "energy",
    temperature: float = math.inf,
    means: Mapping[str, float] | None = None,
    budget: float = 5.0,
    memory: float | None = None,
    routes: Sequence[str] | None = None,
    workers: int | None = None,
    ledger: str | Path | None = None,
    tell: Callable[[Any], None] | None = None,
) -> Verdict | DynamicsVerdict | Judgement:
    """Does heat obey Fourier's law? Of a model by all routes that apply; of exact dynamics beside a theory; of any judged result.

    Parameters
    ----------
    exact : Model, Evolution or Solution
        A model: see *Of a model* below. Exact dynamics of a chain or network, which is judged by its criteria (PRL 14) and the deviation
        from the rate equation (PRL 15), over at least 5/γ; where one bond is more than three times slower than the mean, over 5/γ of that bond.
        Without `theory` another result that tells something of the law: of `scaling`, `population_kernel`,
        `coarse_grain`, `steady_state`, what a run of a file gives, or one with a `judgement` of its own.
    theory : Theory, optional
        Of the same chain or network. Beside an evolution of a `BandedChain` the populations of the bands are judged, over at
        least the fastest relaxation: whether heat goes by rates.

    of : str
        Of a model, as everything that follows: the density whose current is judged, "energy" or a number that is conserved.
    temperature : float
        In energy; inf is every state alike.
    means : mapping of str to float, optional
        Of conserved numbers per cell, where they are not those of every state alike.
    budget : float
        Minutes. What has not come to an end by then is ended; what was found stays.
    memory : float, optional
        Bytes of all processes together; four fifths of what is free by default.
    routes : sequence of str, optional
        Those that are looked along; by default all that apply.
    workers : int, optional
        Processes side by side; by default one a core. 0 answers everything in this process, where nothing can be ended.
    ledger : path, optional
        SQLite file that evidence goes to as it comes, and from which a verdict that was ended goes on.
    tell : callable, optional
        Called with every piece of evidence.

    Returns
    -------
    Verdict, DynamicsVerdict or Judgement
        All have sentence, grade, `transport`, `holds` and evidence. With `theory`,
        Fourier's law is said to hold if all criteria hold, every D²_µ stays within its allowance, and no current, where
        currents were recorded, leaves what the rate equation and the fluctuations of typical states explain. D² of pure
        starts is allowed twice the bound that typicality sets, the time average of P(1-P)/(n+1), and 0.01; of mixed
        ones, which do not fluctuate, the square of a tenth of the largest move. If the criteria hold and a pure start
        fails, three random starts of the same populations are evolved beside it: if they pass, the law is that of almost
        all starts, and this one is named atypical.

    Raises
    ------
    NotEnoughData
        If the times do not cover 5/γ, the start is too close to equilibrium to tell anything, or the bands have so few
        levels that pure starts fluctuate as much as they move.
    InvalidInput
        Without `theory`, if nothing about the law follows from the result.

    Notes
    -----
    *Of a model.* Routes run side by side and grow as long as the budget lasts: exact structure, charges and Mazur's bound, rings of
    random states, strings on the chain without ends, steady states over lengths, contacts and drive, rates of modular chains and of units.
    *proved*: a theorem whose premises were checked on this model. *measured*: two routes that share nothing decide alike by all of
    their rules, and their numbers agree. *indicated*: one route. *undecided*: why, and what would decide. *no law*: the density is
    not conserved inside.

    The random starts cost three times the run. A single level or a vector that passes speaks for itself alone, and the
    sentence says so.
    """
    if isinstance(exact, Definition):
        if theory is not None:
            raise InvalidInput(
                f"`theory` must be left out for a model, but it is given (got {type(theory).__name__}); give it beside an evolution"
            )
        from caloriq.verdicts.routes.solve import examine

        return examine(
            exact,
            of=of,
            temperature=temperature,
            means=means,
            budget=budget,
            memory=memory,
            routes=routes,
            workers=workers,
            ledger=ledger,
            tell=tell,
        )
    if theory is not None:
        found: DynamicsVerdict | Judgement = _loaded(_listed(exact, BESIDE) or "evolved:followed")(exact, theory)
        return found
    judge = judge_of(exact)
    if judge is None:
        from caloriq.closed.evolve import Evolution

        if not isinstance(exact, Evolution):
            raise InvalidInput(
                f"`exact` must be an evolution of a chain or network beside its `theory`, or a result of scaling, population_kernel, coarse_grain or steady_state, or of a run of a file, but it is not (got {type(exact).__name__}); write a run file, which judges what can be judged"
            )
        raise InvalidInput(
            f"`theory` must be given beside an evolution, and another result must be of scaling, population_kernel, coarse_grain or steady_state, or of a run of a file, but it is not (got {type(exact).__name__})"
        )
    return judge(exact)


def _own(found: Any) -> Judgement:
    judged: Judgement = found.judgement
    return judged


def _compared(found: Any) -> Judgement:
    """The verdict on the dynamics, or why there is none."""
    if found.judged is None:
        return Judgement(None, None, "undecided", found.sentence, UNJUDGED)
    return _own(found.judged)


def _lengths(found: Any) -> Judgement:
    """That of the current, and of the excitations beside it where heat has no law."""
    return replace(_own(found), sentence=found.sentence)


def _kernel(found: Any) -> Judgement:
    """What a kernel shows, with the numbers that were looked at."""
    from caloriq.reduced.populations.evidence import DISTANCE, DRIFT, WEAK

    kernel = getattr(found, "kernel", found)
    seen, a = kernel.evidence, kernel.assumptions()
    checks: list[tuple[str, float | None, float, str]]
    if seen.cause == "no rate":
        checks = [("rate", math.nan, 0.0, "the kernel has a rate at its last time")]
    else:
        share = "of the norm of the gains that violate it"
        checks = [
            ("locality", float(a.locality[-1]), DRIFT, share),
            ("energy conservation", float(a.energy_conservation[-1]), DRIFT, share),
            ("level independence", float(a.level_independence[-1]), DRIFT, share),
            ("rate that changes", float(seen.cause == "changing"), 0.0, "one rate serves all later times"),
            ("negative rate", float(seen.cause == "negative"), 0.0, "no bond has one"),
        ]
    checks += [
        ("largest λ/Γ", seen.weakness, WEAK, "second order needs weak coupling"),
        ("largest distance", seen.distance, DISTANCE, "of populations by constant rates from exact ones"),
    ]
    evidence = Certificate(
        tuple(Check(name, value, limit, text) for name, value, limit, text in checks if value is not None)
    )
    # that it does not follow from this kernel is no proof against the law
    follows = seen.grade == "follows"
    return Judgement(True if follows else None, "diffusive" if follows else None, seen.grade, seen.sentence, evidence)


def _grains(found: Any) -> Judgement:
    """Grains of one length."""
    return _met([found], found.why)


def _series(found: Any) -> Judgement:
    """One length, or all of them in one sentence."""
    grains = found.grains
    if len(grains) == 1:
        return _grains(grains[0])
    yes, no = [g for g in grains if g.holds], [g for g in grains if not g.holds]
    against = "; ".join(f"ℓ = {g.block} fails {', '.join(c.name for c in g.criteria if not c.holds)}" for g in no)
    if not yes:
        return _met(grains, f"Grains are not shown to exchange by rates at any length of block: {against}.")
    good = ", ".join(f"D = {g.diffusivity:.4g} at ℓ = {g.block}" for g in yes)
    rest = ", but " + against if no else ", and all criteria are met at every length"
    return _met(grains, f"Grains exchange by rates as far as the criteria tell: {good}{rest}.")


def _met(grains: Any, sentence: str) -> Judgement:
    """Criteria alone indicate rates, from some length on; they prove none."""
    from caloriq.verdicts.evolved import as_check

    checks = {f"ℓ = {g.block}, ": Certificate(tuple(as_check(c) for c in g.criteria)) for g in grains}
    rates = any(g.holds for g in grains)
    grade: Grade = "indicated" if rates else "undecided"
    return Judgement(None, "diffusive" if rates else None, grade, sentence, Certificate.together(checks))


def _steady(found: Any) -> Judgement:
    """The current through a chain of one length, which leaves the law open."""
    from caloriq.steady.ensemble import SteadyEnsemble

    if isinstance(found, SteadyEnsemble):
        mean, error = found.mean(found.currents.mean(axis=1))
        told = f"Mean excitation current {float(mean):.6g} ± {float(error):.1g} over {len(found.currents)} samples; one length says nothing about Fourier's law: add sizes."
    else:
        broken = "" if found.broken_law is None else f" {found.broken_law}"
        bound = found.current_bound
        own = (
            number(found.current, bound)
            if bound is not None
            else f"{found.current:.6g} ± {found.standard_errors['current']:.1g}"
        )
        told = f"Excitation current {own}; one length says nothing about Fourier's law: add sizes.{broken}"
    rule = Check("lengths", float(FEWEST), 1.0, "one length says nothing of the law")
    return Judgement(None, None, "undecided", told, Certificate((rule,)))


def _heat(found: Any) -> Judgement:
    """The heat through a chain of one length, which leaves the law open."""
    broken = "" if found.broken_law is None else f" {found.broken_law}"
    told = f"Heat current {number(found.current, found.current_bound)}; one length says nothing about Fourier's law: add sizes.{broken}"
    rule = Check("lengths", float(FEWEST), 1.0, "one length says nothing of the law")
    return Judgement(None, None, "undecided", told, Certificate((rule,)))
