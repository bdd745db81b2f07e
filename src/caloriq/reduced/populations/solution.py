"""The generator of a population equation as a result: rates, violations, what it predicts, and what it says of Fourier's law."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from caloriq import _checks
from caloriq._checks import Real
from caloriq.errors import InvalidInput, NotEnoughData, Unsupported
from caloriq.models.densities import DetuningDensity, SampledDensity
from caloriq.reduced.average.thermal import spectrum_heat_capacity
from caloriq.reduced.populations.assumptions import Assumptions, Classes, LocalRates, violations
from caloriq.reduced.populations.equation import (
    Populations,
    collected,
    exactly,
    integrate,
    schroedinger_memory,
    start_populations,
)
from caloriq.reduced.populations.evidence import Grade, KernelEvidence, judged, unreached
from caloriq.reduced.populations.memory import with_memory
from caloriq.reduced.populations.second_order import assembled
from caloriq.reduced.populations.space import Space, has_bath, white
from caloriq.results import Check, Solution, frozen
from caloriq.variables import BONDS, ENERGY, Variable

Kind = Literal[2, 4, "exact", "markov"]
SETTLED = 0.05  # change of w beyond which it is not constant
MEMORY = 1e-7  # error of a population with memory that the certificate lets pass
PROBES = 9  # instants that tell it, beside those that were asked for


KEPT = 2_000_000  # gains that go to disk; rates and errors always do


def _violation(name: str, assumption: str) -> Variable:
    """How far an assumption is from holding, over time."""
    told = f"violation of {assumption}"
    return Variable(name, ("time",), long_name=told, source=lambda kernel: getattr(kernel.assumptions(), name))


@dataclass(frozen=True)
class PopulationKernel(Solution):
    """Generator K(t) of dP/dt = K(t) P on the product states that a start reaches (WS 4).

    Gains are the elements off the diagonal, W_nm from m to n; every column sums to zero. Negative gains are kept: the
    equation is exact, not Markovian.

    Attributes
    ----------
    times : array, shape (T,)
        Instants.
    order : {2, 4, "exact", "markov"}
        Order in the coupling, or the Markov limit of the second; its only time is infinity.
    space : Space
        The states, in whose order rows and columns are.
    condition : array, shape (T,), or None
        Condition number of T(t) in the 1-norm, an estimate from below; of the exact kernel alone.
    errors : array, shape (T,)
        Bound on the error of any gain, and so of every rate w; of the numbers of this order, not of the order itself.
    """

    times: Real
    order: Kind
    space: Space
    condition: Real | None
    errors: Real
    _source: Any = field(repr=False)
    _rows: NDArray[np.intp] = field(repr=False)
    _columns: NDArray[np.intp] = field(repr=False)
    _gains: Real = field(repr=False)

    variables = (
        Variable("rate", ("time", "bond"), units=ENERGY, long_name="w(i, t)", source=lambda k: k.rates().values),
        Variable(
            "error",
            ("time",),
            units=ENERGY,
            long_name="bound on the error of every rate and gain",
            source="errors",
        ),
        Variable("misfit", ("time",), long_name="what one rate a bond leaves of W", source=lambda k: k.rates().misfit),
        _violation("locality", "A1"),
        _violation("energy_conservation", "A2"),
        _violation("level_independence", "A3"),
        Variable("most_negative", ("time",), units=ENERGY, long_name="smallest gain"),
        Variable("condition", ("time",), long_name="condition number of T(t)"),
        Variable(
            "gains",
            ("time", "element"),
            units=ENERGY,
            long_name="W from column to row",
            source=lambda k: k._kept(k._gains),
        ),
    )
    coordinates = (
        Variable("time", ("time",), units=f"1/{ENERGY}", source="times"),
        *BONDS,
        Variable("row", ("element",), kind="whole", units="", source=lambda k: k._kept(k._rows)),
        Variable("column", ("element",), kind="whole", units="", source=lambda k: k._kept(k._columns)),
    )

    def _kept(self, values: Any) -> Any:
        """Values that go to disk as long as all gains are few enough to."""
        return values if self._gains.size <= KEPT else None

    def facts(self) -> dict[str, str]:
        """The order, and the judgement."""
        return {"order": str(self.order), "verdict": self.sentence, "grade": self.grade}

    @property
    def bonds(self) -> NDArray[np.intp]:
        """Coupled pairs of units, shape (L, 2)."""
        return self.space.bonds

    def generator(self, number: int) -> Any:
        """K at one of the times, shape (D, D): sparse in second order, dense otherwise.

        Parameters
        ----------
        number : int
            Of the time.
        """
        k = _checks.index("number", number, len(self.times))
        K = assembled(self.space.dimension, self._rows, self._columns, self._gains[k])
        return K if self.order in (2, "markov") else K.toarray()

    def at(self, t: float) -> Any:
        """K at any time before the singular one, made anew."""
        if not 0 <= t <= self.times[-1]:
            raise InvalidInput(
                f"`t` must lie between 0 and the last of the times, {self.times[-1]:g}, but it does not (got {t:g})"
            )
        return self._source.at(t)

    @cached_property
    def most_negative(self) -> Real:
        """Smallest gain at every time, shape (T,): below zero where the equation is not a Markov process."""
        return frozen(np.minimum(self._gains.min(axis=1, initial=0.0), 0.0))

    @cached_property
    def _classes(self) -> Classes:
        density = getattr(self._source, "density", None)
        banded = isinstance(density, DetuningDensity | SampledDensity)
        return Classes(self.space, self._rows, self._columns, banded=banded)

    @cached_property
    def _projected(self) -> tuple[Assumptions, LocalRates]:
        return violations(self.times, self._classes, self._gains, self.errors)

    def assumptions(self) -> Assumptions:
        """Violations of locality, energy conservation and level independence, relative to ‖W‖, over time."""
        return self._projected[0]

    def rates(self) -> LocalRates:
        """w(i, t) of the best description by one exchange rate for every bond, with its misfit."""
        return self._projected[1]

    def solve(
        self,
        times: ArrayLike | None = None,
        *,
        initial: Sequence[int] | None = None,
        populations: ArrayLike | None = None,
    ) -> Populations:
        """Population equation with this kernel, from time 0.

        Parameters
        ----------
        times : array_like, optional
            Instants up to the last of the kernel's; by default the kernel's.
        initial : sequence of N levels, optional
            The state that is occupied; by default the start of the kernel, the first if there are several.
        populations : array_like, shape (D,), optional
            Probabilities of all states instead.

        Raises
        ------
        InvalidInput
            For times beyond the kernel's, or probabilities that are none.
        NotConverged
            If the integration fails.
        """
        t = self._finite(times)
        if t[-1] > self.times[-1]:
            raise InvalidInput(
                f"`times` must not go beyond the kernel's last, {self.times[-1]:g}, but they do (got {t[-1]:g})"
            )
        start = start_populations(self.space, initial, populations)
        P, rate, report = integrate(self._source, t, start, f"DOP853 with the kernel of order {self.order}")
        return collected(self.space, t, P, rate, report)

    def nakajima_zwanzig(
        self,
        times: ArrayLike | None = None,
        *,
        initial: Sequence[int] | None = None,
        populations: ArrayLike | None = None,
    ) -> Populations:
        """The same order as an equation with memory, dP/dt = ∫₀ᵗ 𝒦(t-s) P(s) ds, 𝒦 = 2λ²|B|² Re g(τ) e^(iωτ), to compare.

        Parameters
        ----------
        times, initial, populations : optional
            As for `solve`; times may go on without end.

        Raises
        ------
        Unsupported
            If the kernel is not of order 2.
        NotConverged
            If, with a bath that remembers, quadrature does not reach 1e-8.

        Notes
        -----
        Closed and with white noise a linear equation in D + 2 (transitions) unknowns, right to rounding; with a bath that
        remembers extrapolated quadrature, (steps)² (transitions) products. Its populations differ from those of `solve` by
        λ⁴; neither is nearer to the exact ones in general.
        """
        if self.order != 2:
            raise Unsupported(
                f"`order` must be 2 for the equation with memory, but it is not (got {self.order}); make the kernel with order=2"
            )
        t = self._finite(times)
        found = with_memory(self._source, start_populations(self.space, initial, populations), t)
        told = "by steps half as long" if found.report.name.startswith("exp") else "change by the last extrapolation"
        error = Check("error of the populations", found.error, MEMORY, told)
        return collected(self.space, t, found.populations, found.rates, found.report, error)

    def schroedinger(
        self,
        times: ArrayLike | None = None,
        *,
        initial: Sequence[int] | None = None,
        populations: ArrayLike | None = None,
    ) -> Populations:
        """The same by the Schrödinger equation of the closed system, to compare.

        Parameters
        ----------
        times, initial, populations : optional
            As for `solve`; times may go on without end.

        Raises
        ------
        Unsupported
            If the model has a bath: then `master_equation` compares.
        """
        if has_bath(self.space):
            raise Unsupported(
                f"`model` must be closed for the Schrödinger equation, but it has a bath or dephasing (got {self.model.kind}); use master_equation() for white noise"
            )
        t = self._finite(times)
        D = self.space.dimension
        _checks.memory("start", f"{D} states", schroedinger_memory(D), "take fewer units or excitations")
        return exactly(self.space, t, start_populations(self.space, initial, populations))

    def master_equation(
        self,
        times: ArrayLike | None = None,
        *,
        initial: Sequence[int] | None = None,
        populations: ArrayLike | None = None,
    ) -> Populations:
        """The same by the master equation of white noise, dρ/dt = -i[H, ρ] - Γ∘ρ, to compare.

        Parameters
        ----------
        times, initial, populations : optional
            As for `solve`; times may go on without end.

        Raises
        ------
        Unsupported
            If the model is closed, or its bath is not white noise.

        Notes
        -----
        Up to 30 states by eigenvectors of the generator, at any time; beyond by series in steps of 2/‖𝓛‖, D² numbers.
        """
        if not white(self.space):
            raise Unsupported(
                f"`model` must have white noise, a PureDephasing bath or dephasing, for a master equation, but it has none (got {self.model.kind}); use schroedinger() for a closed one"
            )
        start = start_populations(self.space, initial, populations)
        return exactly(self.space, self._finite(times), start)

    @cached_property
    def settled(self) -> bool:
        """Whether every w(i, t) is constant: less than 5 % of change from half of the last time on, however it is sampled."""
        if self.order == "markov":
            return True
        half = np.concatenate([self._probed, self.rates().values[self.times >= self.times[-1] / 2]])
        half = half[:, np.isfinite(half[-1])]
        return bool(np.all(np.ptp(half, axis=0) <= SETTLED * np.abs(half[-1])))

    @property
    def _probed(self) -> Real:
        """Rates w at instants of our own from half of the last time on, shape (K, L), one gain matrix at a time."""
        times, off = float(self.times[-1]) * np.linspace(0.5, 1.0, PROBES), ~np.eye(self.space.dimension, dtype=bool)
        rates = []
        for t in times:
            gains = self._source.values(t[None]) if self.order == 2 else self.at(float(t))[off][None]
            rates.append(violations(t[None], self._classes, gains, self.errors[-1:])[1].values[0])
        return np.array(rates)

    @cached_property
    def evidence(self) -> KernelEvidence:
        """What speaks for and against Fourier's law at the last of the times: grade, criterion, exact populations, sentence."""
        return judged(self, self._source)

    @property
    def grade(self) -> Grade:
        """One of "follows" (measured against exact populations), "indicated" (nothing to compare with), "undecided", "does not follow"."""
        return self.evidence.grade

    @property
    def sentence(self) -> str:
        """Does Fourier's law follow from this equation? In words, with the numbers at the last of the times."""
        return self.evidence.sentence

    @property
    def chain(self) -> bool:
        """Whether every unit is coupled to the next, and to no other."""
        first = np.arange(self.space.units - 1)
        return np.array_equal(self.space.bonds, np.stack([first, first + 1], axis=1))

    def conductivity(self, temperature: ArrayLike, *, spacing: float = 1.0) -> Real:
        """κ(T) = w a² C_V (WS 12), C_V of the first unit's levels, w the harmonic mean over the bonds of a chain.

        Parameters
        ----------
        temperature : array_like
            T > 0, any shape.
        spacing : float
            a.

        Raises
        ------
        InvalidInput
            If the units are not an unbroken chain.
        NotEnoughData
            If one constant rate for every bond does not describe the gains, or the coupling is not weak, or the exact
            populations do something else (the sentence says which), or the start does not reach exchanges of all levels;
            the value comes along.
        """
        if not self.chain:
            raise InvalidInput(
                f"`model` must couple every unit to the next and to no other for κ = w a² C_V, but it does not (got bonds {_checks.shown([tuple(b) for b in self.space.bonds.tolist()])})"
            )
        w = self.rates().values[-1]
        if not np.all(w > 0):
            raise NotEnoughData(
                f"`start` must reach exchanges of positive rate on every bond for a conductivity, but on bond {int(np.argmin(w > 0))} it does not (got w = {w[int(np.argmin(w > 0))]:g})",
                estimate=w,
            )
        rate = float(1 / np.mean(1 / w))
        kappa = rate * _checks.positive("spacing", spacing) ** 2
        found: Real = kappa * spectrum_heat_capacity(self.space.level_energies[0], temperature)
        if missing := unreached(self.space):
            raise NotEnoughData(
                f"`start` must reach exchanges of all levels for a conductivity, whose heat capacity is of all of them, but levels {missing} are not exchanged (got w = {rate:g} of the others); give several starts",
                estimate=found,
            )
        if self.grade not in ("follows", "indicated"):
            raise NotEnoughData(
                f"`times` must show a constant rate for a conductivity, but they do not: {self.sentence} (got {self.times[-1]:g})",
                estimate=found,
            )
        return found

    def _finite(self, times: ArrayLike | None) -> Real:
        if times is None and self.order == "markov":
            raise InvalidInput(
                "`times` must be given for a Markov kernel, but they are not, and it has none of its own (got None)"
            )
        return self.times if times is None else _checks.times(times)

    def between(self, labels: ArrayLike) -> Real:
        """Gains between groups of states, each from a uniform distribution in its group, shape (T, G, G).

        Parameters
        ----------
        labels : array_like of int, shape (D,)
            Group of every state, from 0.
        """
        given = _checks.numbers("labels", labels)
        group = given.astype(np.intp)
        G = int(group.max(initial=0)) + 1
        right = given.shape == (self.space.dimension,) and np.array_equal(given, group) and group.min() >= 0
        if not right or group.size < G or np.any(np.bincount(group, minlength=G) == 0):
            raise InvalidInput(
                f"`labels` must be a list of {self.space.dimension} groups 0, 1, …, none of them empty, but it is not (got shape {given.shape}, {group.max(initial=0) + 1} groups)"
            )
        size = np.bincount(group, minlength=G)
        place = group[self._rows] * G + group[self._columns]
        out = np.array([np.bincount(place, weights=W, minlength=G * G) for W in self._gains]).reshape(-1, G, G)
        out[:, np.arange(G), np.arange(G)] = 0
        return out / size
