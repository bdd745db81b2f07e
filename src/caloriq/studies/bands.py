"""The general job for subunits with several bands: exact dynamics beside the rate equation, and κ_th over temperature."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple, Self

import numpy as np
from pydantic import BeforeValidator, Field, model_validator

from caloriq import _checks
from caloriq._checks import Real
from caloriq.closed import dense, shells
from caloriq.closed.banded import BandEvolution, check_mixed, choose_shell_method
from caloriq.closed.methods import Auto, Chebyshev, Exact, Krylov, Method
from caloriq.dynamics import evolve
from caloriq.errors import InvalidInput, NotEnoughData
from caloriq.models.banded import BandedChain, BandedPair
from caloriq.models.definition import Definition
from caloriq.models.fields import Positive, Seed, Several
from caloriq.models.product_states import InBands, Thermal, started
from caloriq.models.times import Times
from caloriq.reduced.bands import BandRelaxation, BandTheory, band_theory
from caloriq.results import Certificate, Check, Progress
from caloriq.transport.deviation import LEAST
from caloriq.transport.heat import HeatResponse, heat_response, reading_window
from caloriq.transport.verdict import ALLOWANCE, FOLLOWED, LARGEST, MOVED, STILL, as_check, exceeded

if TYPE_CHECKING:
    import xarray as xr

COLDEST, HOTTEST = 1e-2, 1e60  # in gaps: κ_th is about e^(-100) and 1e-180 there, times what the coupling gives

BandedModel = Annotated[BandedChain | BandedPair, Field(discriminator="kind")]
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


class BandFindings(NamedTuple):
    """What a run of a banded chain found."""

    exact: BandEvolution
    theory: BandTheory
    relaxed: BandRelaxation
    response: HeatResponse | None


class BandRun(Definition):
    """What `caloriq run` reads for subunits with several bands.

    Parameters
    ----------
    model : BandedChain or BandedPair
        What is simulated.
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
    """

    model: BandedModel
    initial: BandStart | None = None
    times: Times = Times()
    method: Method = Auto()
    temperatures: list[Positive] | None = None
    response: Annotated[Response | None, BeforeValidator(_switch)] = None

    @model_validator(mode="after")
    def _can_run(self) -> Self:
        started(self.model, self.initial)
        if self.temperatures is not None and not self.temperatures:
            raise InvalidInput("`temperatures` must hold at least one, but there is none (got []); leave them out")
        for T in self.temperatures or ():
            if not COLDEST * self.model.gap <= T <= HOTTEST * self.model.gap:
                raise InvalidInput(
                    f"`temperatures` must lie between {COLDEST:g} and {HOTTEST:g} gaps, where κ_th can be told from 0, but one does not (got {T:g})"
                )
        if self.response is not None and self.temperatures is None:
            raise InvalidInput(
                "`response` must come with `temperatures`, but there are none (got nothing); add temperatures: [...]"
            )
        if self.response is not None and self.model.subunits != 2:
            raise InvalidInput(
                f"`response` must be asked of a pair, but the model has more subunits (got {self.model.subunits}); leave it out"
            )
        return self

    @property
    def start(self) -> Thermal | InBands:
        """The start that runs."""
        return started(self.model, self.initial)

    def instants(self, theory: BandTheory) -> Real:
        """Sampled times, in 1/ΔE."""
        return self.times.resolve(1 / theory.fastest_rate)

    def plan(self) -> dict[str, Any]:
        """Shells, methods and memory, with everything refused that can be before the work."""
        theory = band_theory(self.model)
        self.instants(theory)
        if self.response is not None:
            reading_window(theory)
        if not isinstance(self.method, Auto):
            check_mixed(self.method, self.start)
        need, largest, methods = 0.0, 0, dict[str, int]()
        coupled = [shell for shell in self.model.total_shells if shell.transfers.bond.size]
        for shell in coupled:
            d = int(self.model.sizes(shell.configurations).sum())
            own = shells.memory_needed(self.model, shell) + 64.0 * d
            moving = bool(np.any(self.start.weights(self.model, shell.configurations)))
            if moving:
                chosen = (
                    choose_shell_method(self.model, shell, self.start) if isinstance(self.method, Auto) else self.method
                )
                methods[repr(chosen)] = methods.get(repr(chosen), 0) + 1
                if isinstance(chosen, Exact):
                    own += (2 if self.start.draw == "mixed" else 1) * dense.memory_needed(d)
            if self.response is not None and self.response.samples is None:
                own = max(own, 2 * dense.memory_needed(d))
            if moving or self.response is not None:
                need, largest = max(need, own), max(largest, d)
        _checks.memory(
            "levels", list(self.model.levels), need, "take fewer levels or subunits, or response: {samples: 8}"
        )
        return {
            "criteria": {c.name: str(c) for c in theory.criteria},
            "rate": theory.fastest_rate,
            "5/rate": 5 / theory.fastest_rate,
            "shells": len(coupled),
            "largest shell": largest,
            "method": ", ".join(f"{name} in {count} of them" for name, count in methods.items()) or "nothing moves",
            "memory": _checks.size(need),
        }

    def solve(self, progress: Progress | None = None) -> BandFindings:
        """Exact dynamics, the rate equation beside it, and the heat response where it is asked for."""
        self.plan()
        theory = band_theory(self.model)
        times = self.instants(theory)
        response = None
        if self.response is not None and self.temperatures is not None:
            response = heat_response(
                self.model,
                self.temperatures,
                samples=self.response.samples,
                seed=self.response.seed,
                progress=progress,
            )
        method: Exact | Chebyshev | Krylov | Literal["auto"] = "auto" if isinstance(self.method, Auto) else self.method
        exact = evolve(self.model, times, initial=self.start, method=method, progress=progress)
        return BandFindings(exact, theory, theory.solve(times, initial=self.start), response)


def fluctuation(model: BandedChain, start: Thermal | InBands) -> float:
    r"""Bound on the standard deviation of any P_µ(i, t) over the pure starts of an ensemble, or of their mean.

    The start is a product of states :math:`\sum_i\sqrt{p_i}\,\varphi_i` with independent φ_i in n_i levels. By the
    Efron-Stein inequality the variance of ⟨A⟩, 0 ≤ A ≤ 1, is at most the sum over the subunits of

    .. math:: \tfrac14\Big[\sum_{n_i>1} p_i^2/n_i + \sum_{i\ne j} p_ip_j/\max(n_i, n_j)\Big].

    Zero for the mixed start.
    """
    if start.draw == "mixed":
        return 0.0
    n = np.asarray(model.levels, dtype=float)
    p = start.band_weights(model)
    total = 0.0
    for weights in p:
        between = np.outer(weights, weights) / np.maximum.outer(n, n)
        np.fill_diagonal(between, np.where(n > 1, weights**2 / n, 0.0))
        total += float(between.sum()) / 4
    return float(np.sqrt(total / (start.samples or 1)))


def evidence(found: BandFindings) -> Certificate:
    """Criteria, and D² of the populations of bands: the largest time average of (P_µ(i) - P_µ(i) of the rate equation)².

    Over an ensemble P is its mean. Allowed is twice the bound that typicality sets and a tenth of the largest move, squared, and
    never more than 0.01.

    Raises
    ------
    NotEnoughData
        If fewer than 9 times are given, they do not span the fastest relaxation, or nothing moves enough to tell.
    """
    exact, theory, relaxed = found.exact, found.theory, found.relaxed
    t, span = exact.times, 1 / theory.fastest_rate
    if t.size < LEAST or t[-1] - t[0] < span * (1 - 1e-9):
        raise NotEnoughData(
            f"`times` must be at least {LEAST} and span the fastest relaxation, {span:.6g}, for a verdict, but they do not (got {t.size} from {t[0]:.6g} to {t[-1]:.6g})"
        )
    start = exact.initial.band_weights(exact.model)
    width = fluctuation(exact.model, exact.initial)
    moved = float(np.abs(relaxed.band_populations - start).max())
    if moved < max(STILL, MOVED * width):
        raise NotEnoughData(
            f"`initial` must start away from equilibrium for a verdict, but the rate equation moves no population by more than {max(STILL, MOVED * width):.2g} (got {moved:.2g}); start further away, or take draw: mixed or more samples"
        )
    square = np.trapezoid(_strayed(found) ** 2, t, axis=0) / (t[-1] - t[0])
    allowed = min(LARGEST, ALLOWANCE * width**2 + (FOLLOWED * moved) ** 2)
    meaning = "exact populations follow the rate equation within fluctuations and a tenth of what moves"
    return Certificate(
        (
            *(as_check(c) for c in theory.criteria),
            Check("largest D²", float(square.max()), allowed, meaning),
        )
    )


def _strayed(found: BandFindings) -> Real:
    """Exact less the rate equation's populations of bands, of an ensemble's mean, shape (T, N, B)."""
    P = found.exact.band_populations
    mean = P if found.exact.initial.samples is None else P.mean(axis=0)
    return np.asarray(mean - found.relaxed.band_populations)


def distance(found: BandFindings) -> str:
    """How far exact populations of bands are from the rate equation's at most, in parts of the largest move, in words."""
    start = found.exact.initial.band_weights(found.exact.model)
    moved = float(np.abs(found.relaxed.band_populations - start).max())
    return f"to within {100 * float(np.abs(_strayed(found)).max()) / moved:.2g} % of what moves"


def response_words(response: HeatResponse) -> str:
    """How far exact and predicted κ_th are from each other, and what their errors allow, in words."""
    far = float((np.abs(response.early - response.theory) / response.theory).max())
    allowed = float(((response.early_error + response.theory_error) / response.theory).max())
    agree = response.agrees_early
    return f"κ_th of the early exact dynamics is within {100 * far:.2g} % of the predicted one, where errors allow {100 * allowed:.2g} %: they agree at {int(agree.sum())} of {agree.size} temperatures"


def band_sentence(found: BandFindings) -> str:
    """The judgement in one sentence."""
    heat = ""
    if found.response is not None:
        heat = f"; {response_words(found.response)}"
    try:
        proof = evidence(found)
    except NotEnoughData as error:
        return f"No verdict on the dynamics: {error}{heat}."
    far = distance(found)
    if proof.holds:
        return f"Heat goes by rates: the criteria are met and the exact populations of bands follow the rate equation {far}{heat}."
    failed = ", ".join(exceeded(c) for c in proof.failures)
    if proof["largest D²"].holds:
        return f"That heat goes by rates is not assured: the populations follow the rate equation here {far}, but {failed}{heat}."
    if found.theory.holds:
        return f"Heat is not seen to go by rates: the criteria are met, but {failed}{heat}."
    return f"Heat is not seen to go by rates: {failed}{heat}."


def band_dataset(found: BandFindings, temperatures: list[float] | None) -> xr.Dataset:
    """Populations of bands, energies and currents over time, exact and by the rate equation; κ_th over temperature.

    Dimensions `time`, `subunit`, `band`, `bond`, for an ensemble `sample`, and with temperatures `temperature`.
    """
    import xarray as xr

    exact, theory, relaxed, response = found
    lead = ("sample",) if exact.band_populations.ndim == 4 else ()
    data: dict[str, Any] = {}
    for name, place, long_name in (
        ("band_populations", ("time", "subunit", "band"), "P_µ(i, t)"),
        ("local_energies", ("time", "subunit"), "U_µ(t)"),
        ("currents", ("time", "bond"), "energy current from µ to µ+1"),
    ):
        data[name] = ((*lead, *place), getattr(exact, name), {"long_name": long_name})
        data[f"theory_{name}"] = (place, getattr(relaxed, name), {"long_name": f"{long_name}, rate equation"})
    coordinates: dict[str, Any] = {
        "time": ("time", exact.times, {"units": "1/ΔE unit"}),
        "subunit": np.arange(exact.model.subunits),
        "band": np.arange(len(exact.model.levels)),
        "bond": np.arange(exact.model.subunits - 1),
    }
    if temperatures is not None:
        T = np.asarray(temperatures, dtype=float)
        coordinates["temperature"] = T
        data["conductivity"] = ("temperature", theory.conductivity(T), {"long_name": "κ_th, linear response"})
        data["conductivity_printed"] = (
            "temperature",
            theory.conductivity(T, formula="printed"),
            {"long_name": "κ_th as printed (PRE 47)"},
        )
    if response is not None:
        data["conductivity_theory_error"] = ("temperature", response.theory_error)
        data["exact_conductivity"] = ("temperature", response.early, {"long_name": "κ_th, exact dynamics, early"})
        data["exact_conductivity_error"] = ("temperature", response.early_error)
        data["decay_conductivity"] = (
            "temperature",
            response.conductivity,
            {"long_name": "κ_th, exact dynamics over one decay time"},
        )
        data["decay_conductivity_error"] = ("temperature", response.error)
        data["resolved_conductivity"] = (
            "temperature",
            response.resolved,
            {"long_name": "κ_th over one decay time, golden rule at every energy"},
        )
    c1, c2 = theory.criteria
    attributes = {
        "model": json.dumps(exact.model.whole_mapping()),
        "digest": exact.model.digest,
        "initial": json.dumps(exact.initial.to_mapping()),
        "method": exact.method.name,
        "reason": exact.method.reason,
        "rate": theory.fastest_rate,
        "c1": c1.value,
        "c2": c2.value,
        "verdict": band_sentence(found),
        "certificate": json.dumps(band_certificate(found)),
    }
    return xr.Dataset(data, coordinates, attributes)


def band_certificate(found: BandFindings) -> dict[str, dict[str, Any]]:
    """What proves the dynamics, and under their own names what proves the response."""
    parts = [("", found.exact.certificate), ("rate equation, ", found.relaxed.certificate)]
    if found.response is not None:
        parts.append(("response, ", found.response.certificate))
    return {name: told for title, part in parts for name, told in part.to_mapping(title).items()}
