"""Subunits with several bands: exact dynamics beside the rate equation, and κ_th over temperature."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Annotated, Any, ClassVar, Literal, Self

import numpy as np
from pydantic import BeforeValidator, Field, model_validator

from caloriq import _checks
from caloriq._checks import Real
from caloriq.closed import dense, shells
from caloriq.closed.banded import check_mixed, choose_shell_method
from caloriq.closed.methods import Auto, Exact, Method
from caloriq.dynamics import evolve
from caloriq.errors import InvalidInput
from caloriq.models.banded import BandedChain
from caloriq.models.definition import Definition
from caloriq.models.fields import Positive, Seed, Several, short_too
from caloriq.models.product_states import InBands, Thermal, started
from caloriq.models.times import Times
from caloriq.questions.band_comparison import BandComparison, band_comparison
from caloriq.questions.base import Question
from caloriq.reduced.average.ham import ham
from caloriq.reduced.average.theory import Theory
from caloriq.results import Progress
from caloriq.transport.heat import check_told, heat_response, reading_window
from caloriq.variables import GAP, INVERSE_GAP, Variable

RATE = 1e9  # products and sums per second, of a core: for a rough time only

BandStart = Annotated[Thermal | InBands, Field(discriminator="kind")]


class Response(Definition):
    """How the exact heat response of a pair is found; in a file `response: true` stands for exact traces.

    Parameters
    ----------
    samples : int, optional
        Haar-random states of every pair state, from which traces are estimated; without it exact traces.
    seed : int
        Of the samples.
    """

    samples: Several | None = None
    seed: Seed = 0


def _switch(value: Any) -> Any:
    """True and false as a file says them."""
    return ({} if value else None) if isinstance(value, bool) else value


class BandsQuestion(Question):
    """Exact dynamics of subunits with several bands beside the rate equation, and κ_th where it is asked.

    Parameters
    ----------
    initial : Thermal or InBands, optional
        The start; by default subunit 0 in its second band, the others in their lowest.
    times : Times
        When it is looked at; by default 201 times up to 5 over the fastest rate.
    method : Exact, Chebyshev, Krylov or Auto
        How, shell by shell; in a file also just its name.
    temperatures : list of float, optional
        Where κ_th is asked.
    response : Response, optional
        Whether, for a pair, κ_th is also found from the exact dynamics at these temperatures.
    keep : sequence of str, optional
        Which quantities are kept; by default all.
    """

    kind: Literal["bands"] = "bands"
    initial: BandStart | None = None
    times: Times = Times()
    method: Method = Auto()
    temperatures: list[Positive] | None = None
    response: Annotated[Response | None, BeforeValidator(_switch), short_too({"type": "boolean"})] = None

    models: ClassVar[tuple[type, ...]] = (BandedChain,)
    title: ClassVar[str] = "exact dynamics of several bands beside the rate equation"
    first_of: ClassVar[tuple[str, ...]] = ("banded-chain", "banded-pair")

    @model_validator(mode="after")
    def _given_together(self) -> Self:
        if self.temperatures is not None and not self.temperatures:
            raise InvalidInput("`temperatures` must hold at least one, but there is none (got []); leave them out")
        if self.response is not None and self.temperatures is None:
            raise InvalidInput(
                "`response` must come with `temperatures`, but there are none (got nothing); add temperatures: [...]"
            )
        return self

    def admit(self, model: Any) -> None:
        """Refuse a start or temperatures that the model does not have, and what does not fit in memory."""
        super().admit(model)
        start = started(model, self.initial)
        check_told(model, self.temperatures or ())
        if self.response is not None and model.subunits != 2:
            raise InvalidInput(
                f"`response` must be asked of a pair, but the model has more subunits (got {model.subunits}); leave it out"
            )
        theory = ham(model)
        self.instants(theory)
        if self.response is not None:
            reading_window(theory)
        if not isinstance(self.method, Auto):
            check_mixed(self.method, start)
        _checks.memory(
            "levels", list(model.levels), self.memory(model), "take fewer levels or subunits, or response: {samples: 8}"
        )

    def instants(self, theory: Theory) -> Real:
        """Sampled times, in 1/ΔE."""
        return self.times.resolve(1 / theory.fastest_rate)

    def answered(self, model: Any, progress: Progress | None = None) -> BandComparison:
        """Exact dynamics, the rate equation beside it, and the heat response where it is asked for."""
        return self.point(model, progress, beside=True)

    def point(self, model: Any, progress: Progress | None = None, *, beside: bool = False) -> BandComparison:
        """Exact dynamics and heat response, with the rate equation beside it or without."""
        theory, response = ham(model), None
        if self.response is not None and self.temperatures is not None:
            asked, seed = self.response.samples, self.response.seed
            response = heat_response(model, self.temperatures, samples=asked, seed=seed, progress=progress)
        times, start = self.instants(theory), started(model, self.initial)
        exact = evolve(model, times, initial=start, method=self.chosen, progress=progress)
        return band_comparison(exact, theory, self.temperatures, response, beside=beside)

    def summary(self, found: BandComparison) -> dict[str, Any]:
        """Rate, criteria, and κ_th at every temperature."""
        numbers: dict[str, Any] = {
            "rate": found.theory.fastest_rate,
            "criteria": {c.name: c.to_mapping() for c in found.criteria},
        }
        if found.temperatures is not None:
            columns: dict[str, Any] = {
                "temperature": found.temperatures,
                "theory": found.printed("linear-response"),
                "printed": found.printed("printed"),
            }
            if (r := found.response) is not None:
                columns |= {"theory_error": r.theory_error, "exact": r.early, "error": r.early_error}
                columns |= {"agrees": r.agrees_early, "over_decay": r.conductivity, "resolved": r.resolved}
            rows = zip(*(np.asarray(column).tolist() for column in columns.values()), strict=True)
            numbers["conductivity"] = [dict(zip(columns, row, strict=True)) for row in rows]
        return numbers

    def plan(self, model: Any) -> dict[str, Any]:
        """Shells, methods and memory, with everything refused that can be before the work."""
        told = super().plan(model)
        theory = ham(model)
        work = list(self._work(model))
        return {
            **told,
            "criteria": {c.name: str(c) for c in theory.criteria},
            "rate": theory.fastest_rate,
            "5/rate": 5 / theory.fastest_rate,
            "shells": len(work),
            "largest shell": max((d for d, need, _ in work if need), default=0),
        }

    def choice(self, model: Any) -> tuple[Any, str]:
        """The method of the shells that move; several in words."""
        reason = "auto: by the dimension of every shell" if isinstance(self.method, Auto) else "as asked for"
        methods = Counter(chosen for _, _, chosen in self._work(model) if chosen is not None)
        if len(methods) == 1:
            return next(iter(methods)), reason
        told = ", ".join(f"{one!r} in {count} shell{'s' * (count > 1)}" for one, count in methods.items())
        return told or "nothing moves", reason

    def outputs(self, model: Any) -> tuple[Variable, ...]:
        """Populations of bands, energies and currents over the times, and κ_th."""
        N, T = model.subunits, self.instants(ham(model)).size
        shapes = {"band_populations": (T, N, len(model.levels)), "local_energies": (T, N), "currents": (T, N - 1)}
        declared = BandComparison.variable
        found = [Variable("instant", ("time",), (T,), INVERSE_GAP, "times", source=lambda r: r.exact.times)]
        found += [declared(name).sized(*shape) for name, shape in shapes.items()]
        if self.temperatures is not None:
            size = (len(self.temperatures),)
            found.append(Variable("conductivity_temperature", ("place",), size, GAP, "T", source="temperatures"))
            names = ["conductivity"] + (["exact_conductivity"] if self.response is not None else [])
            found += [replace(declared(name), dims=("place",), shape=size, carries="") for name in names]
        return tuple(found)

    def seconds(self, model: Any) -> float:
        """Diagonalisations or products of the shells that move; good to a factor of a few."""
        last = float(self.instants(ham(model))[-1])
        total = 0.02
        for d, need, chosen in self._work(model):
            if not need:
                continue
            dense_one = chosen is None or isinstance(chosen, Exact) or self.response is not None
            products = last * (model.bandwidth + 2 * model.coupling * math.sqrt(max(model.levels))) + 50
            total += 1.5 * d**3 / RATE if dense_one else products * d * 2.0 * max(model.levels) / RATE
        return float(total)

    def memory(self, model: Any) -> float:
        """That of the largest shell in which anything moves."""
        return max((need for _, need, _ in self._work(model)), default=0.0)

    def _work(self, model: Any) -> Iterator[tuple[int, float, Any]]:
        """Of every coupled shell its dimension, the bytes that it takes, 0 where it rests, and the method."""
        start = started(model, self.initial)
        for shell in model.total_shells:
            if not shell.transfers.bond.size:
                continue
            d = int(model.sizes(shell.configurations).sum())
            own, chosen = shells.memory_needed(model, shell) + 64.0 * d, None
            moving = bool(np.any(start.weights(model, shell.configurations)))
            if moving:
                chosen = choose_shell_method(model, shell, start) if isinstance(self.method, Auto) else self.method
                if isinstance(chosen, Exact):
                    own += (2 if start.draw == "mixed" else 1) * dense.memory_needed(d)
            if self.response is not None and self.response.samples is None:
                own = max(own, 2 * dense.memory_needed(d))
            yield d, own if moving or self.response is not None else 0.0, chosen
