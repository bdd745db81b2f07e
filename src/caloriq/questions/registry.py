"""All questions by name: the built-in ones, and those that installed packages register.

A package registers a question by an entry point in the group `caloriq.questions`: its name is the question's `kind`, its
value a subclass of `Question`. Workers find it in the same way, so that it works wherever the package is installed.
"""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from functools import cache
from importlib import import_module
from typing import Any

from caloriq import extensions, wording
from caloriq._checks import shown
from caloriq.errors import CaloriqError, InvalidInput
from caloriq.questions.base import Question

BUILT_IN = {
    "evolve": "caloriq.questions.averaged:EvolveQuestion",
    "ham": "caloriq.questions.averaged:HamQuestion",
    "deviation": "caloriq.questions.averaged:DeviationQuestion",
    "steady-state": "caloriq.questions.steady:SteadyQuestion",
    "scaling": "caloriq.questions.lengths:ScalingQuestion",
    "kernel": "caloriq.questions.populations:KernelQuestion",
    "relaxation": "caloriq.questions.driven_in_time:RelaxationQuestion",
    "blocks": "caloriq.questions.grains:BlocksQuestion",
    "bands": "caloriq.questions.bands_in_time:BandsQuestion",
    "heat-response": "caloriq.questions.heat:HeatQuestion",
    "green-kubo": "caloriq.questions.conductivities:GreenKuboQuestion",
    "modular-steady-state": "caloriq.questions.conductivities:DrivenModularQuestion",
    "local-states": "caloriq.questions.local_states:LocalStatesQuestion",
    "reversal": "caloriq.questions.local_states:ReversalQuestion",
    "efficiency": "caloriq.questions.efficiency:EfficiencyQuestion",
    "best-dephasing": "caloriq.questions.efficiency:BestDephasingQuestion",
    "harmonic-state": "caloriq.questions.harmonic:HarmonicQuestion",
    "harmonic-scaling": "caloriq.questions.harmonic:HarmonicScalingQuestion",
    "charges": "caloriq.questions.charges:ChargesQuestion",
    "mazur": "caloriq.questions.charges:MazurQuestion",
    "lattice-steady-state": "caloriq.questions.lattice_steady:LatticeSteadyQuestion",
    "lattice-relaxation": "caloriq.questions.lattice_in_time:LatticeRelaxationQuestion",
    "lattice-drive": "caloriq.questions.lattice_in_time:LatticeDriveQuestion",
    "lattice-evolution": "caloriq.questions.lattices:LatticeEvolutionQuestion",
    "equation-of-state": "caloriq.questions.lattices:EquationOfStateQuestion",
    "correlation": "caloriq.questions.correlations:CorrelationQuestion",
    "spread": "caloriq.questions.correlations:SpreadQuestion",
    "kubo": "caloriq.questions.kubo:KuboQuestion",
    "linear-response": "caloriq.questions.linear_response:LinearResponseQuestion",
    "verdict": "caloriq.questions.verdict:VerdictQuestion",
    "kubo-over-temperature": "caloriq.questions.kubo_over_temperature:KuboOverTemperatureQuestion",
}
# built-in questions that are asked of a kind of model where a file names none; those of packages say it in `first_of`
FIRST = {
    "evolve": ("modular-chain", "modular-network", "unequal-network"),
    "bands": ("banded-chain", "banded-pair"),
    "steady-state": ("spin-chain", "fmo", "classical-chain", "disordered-chain"),
    "kernel": ("coupled-units", "exchange-chain"),
    "blocks": ("quantum-chain",),
    "modular-steady-state": ("driven-modular-chain",),
    "harmonic-state": ("harmonic-chain",),
    "lattice-steady-state": ("lattice",),
    "lattice-evolution": ("lattice",),
}
# questions of its own that a kind of model is asked by the names of the verbs
OWN = {"lattice": {"steady-state": "lattice-steady-state", "evolve": "lattice-evolution"}}


def registered() -> list[str]:
    """Questions of other packages by kind; a built-in name cannot be taken."""
    return [kind for kind in extensions.registered(extensions.QUESTIONS) if kind not in BUILT_IN]


def kinds() -> list[str]:
    """Names of all questions."""
    return [*BUILT_IN, *registered()]


@cache
def _type(kind: str) -> type[Question]:
    if kind in BUILT_IN:
        module, _, name = BUILT_IN[kind].partition(":")
        found = getattr(import_module(module), name)
    else:
        found = extensions.loaded(extensions.QUESTIONS, kind, "question.kind")
    if not (isinstance(found, type) and issubclass(found, Question)):
        raise InvalidInput(f"`question.kind` must name a subclass of Question, but it does not (got {kind}: {found!r})")
    return found


def question_type(mapping: Any) -> type[Question]:
    """Type of the question that a mapping stands for.

    Raises
    ------
    InvalidInput
        If it names none, or one that does not exist.
    """
    kind = mapping.get("kind")
    if kind is None:
        raise InvalidInput(
            f"`question.kind` must be given, but it is missing (got nothing); add one of {', '.join(kinds())}"
        )
    if not isinstance(kind, str) or kind not in kinds():
        raise InvalidInput(
            f"`question.kind` must be a known question, but it is not (got {shown(kind)}); {wording.remedy(kind, kinds())}"
        )
    return _type(kind)


def asked_of(model: Any) -> list[str]:
    """Questions that a model can be asked; one of a package that does not load is left out."""
    found = []
    for kind in kinds():
        with suppress(CaloriqError):
            if isinstance(model, _type(kind).models):
                found.append(kind)
    return found


def starters() -> dict[str, tuple[str, ...]]:
    """Kinds of model by the question that is asked of them where a file names none."""
    return FIRST | {kind: first for kind in registered() if (first := _type(kind).first_of)}


def asked_first(kind: str, sections: Collection[str] = (), model: Any = None) -> str:
    """The question that is asked of a kind of model where a file names none.

    Of several the first that has all the file's sections; of these the first that suits the model, where it is given.

    Raises
    ------
    InvalidInput
        If there is none.
    """
    found = [question for question, models in starters().items() if kind in models]
    if not found:
        raise InvalidInput(
            f"`question` must be given for a {kind}, but it is missing (got nothing); add one of {', '.join(kinds())}"
        )
    able = [question for question in found if set(sections) <= set(_type(question).sections())] or found
    return next((question for question in able if model is None or _type(question).suits(model)), able[0])


def question_from(mapping: dict[str, Any]) -> Question:
    """Question from a mapping of its fields."""
    found = question_type(mapping)
    return found.from_mapping({key: value for key, value in mapping.items() if key != "kind"})
