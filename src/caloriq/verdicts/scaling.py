r"""How the current of a driven chain scales with its length: exponent, resistivity, conductivity, verdict.

Source: MT eq. 2 and appendix B (PRE 86, 061118 (2012), doi:10.1103/PhysRevE.86.061118): :math:`J\propto N^{\alpha-1}`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import groupby
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from caloriq import _checks, wording
from caloriq._checks import Real
from caloriq.errors import InvalidInput, NotEnoughData
from caloriq.files import plain
from caloriq.models.classical import ClassicalChain
from caloriq.models.disorder import DisorderedChain
from caloriq.models.spins import SpinChain
from caloriq.reduced.average.thermal import heat_capacity
from caloriq.results import Certificate, MethodReport, Progress, Solution, frozen
from caloriq.steady.bounds import RELATIVE
from caloriq.steady.ensemble import SteadyEnsemble
from caloriq.steady.methods import Chosen
from caloriq.steady.result import SteadyState
from caloriq.steady.solve import steady_state
from caloriq.transport.bulk import Bulk, Carried, bulk_of
from caloriq.transport.laws import Laws, evened, laws, line, local_exponents, unexplained
from caloriq.transport.lengths import Chain, lengths_of, resized
from caloriq.transport.samples import Samples, drive_of, samples_of, share_lost
from caloriq.variables import ENERGY, POWER, Variable
from caloriq.verdicts.judgement import STRAIGHT, Judgement, OverLengths, judge
from caloriq.verdicts.proved import Proof, proof

# share of the range of 1/J that a straight line may leave unexplained where an ensemble's errors explain it
NOISY = 0.05
SPAN = 2.0  # largest over smallest size below which nothing is said of straightness


@dataclass(frozen=True)
class Scaling(Solution):
    """Currents over sizes, and what they say.

    Attributes
    ----------
    sizes : array of int, shape (K,)
        N.
    currents : array, shape (K,)
        J; the mean over samples of an ensemble.
    errors : array, shape (K,)
        Standard error of J from the samples, with that of the numbers themselves; of a single chain that of its method, and
        zero where this bounds every number to 10⁻⁶ of itself. The fits are weighted by them.
    currents_bound : array, shape (K,), or None
        What the method of each length says of the error of J: a bound, or an estimate of the tensor network. None for
        ensembles.
    methods : tuple of str
        What solved each length.
    typical, typical_errors : array, shape (K,)
        Geometric mean over the samples of an ensemble and its error, NaN where their currents differ in sign; J itself
        for a single chain.
    alpha : float
        α of J ∝ N^(α-1), fitted over all sizes (MT 2).
    alpha_error : float
        Its statistical error: from the errors of J where there are, otherwise from the scatter about the line.
    alpha_drift : float
        Its finite-size error: how far the local exponent at the largest sizes is from α.
    correlation : float
        |R| of the linear regression of ln J on ln N; close to 1 for any smooth curve, so no proof of a power law.
    local_sizes, local_alpha : array, shape (K-1,)
        Exponent between neighbouring sizes, at their geometric mean.
    laws : Laws
        Affine, power and exponential law, each fitted to 1/J.
    misfit : float
        Largest deviation of 1/J from the affine fit, relative to 1/J.
    curvature : float
        The same relative to the range of 1/J over the sizes: what is left once constant and slope are taken.
    drive : float
        Difference of the populations that the first and the last bath prefer, s₁ - s_N; the mean over the samples.
    of : {"heat", "excitations"}
        Which current.
    family : bool
        Whether the lengths come from a rule of which nothing is known beyond them.
    bulk : Bulk
        What the chain is made of, and what it conserves.
    proof : Proof or None
        The transport that is known without data.
    lost : float
        Share of the heat that enters by the baths and leaves through the dephasing, at the largest size.
    excitations : Scaling or None
        The same for the excitations, where heat is asked and not conserved in the bulk.
    """

    sizes: Real
    currents: Real
    errors: Real
    currents_bound: Real | None
    methods: tuple[str, ...]
    typical: Real
    typical_errors: Real
    alpha: float
    alpha_error: float
    alpha_drift: float
    correlation: float
    local_sizes: Real
    local_alpha: Real
    laws: Laws
    misfit: float
    curvature: float
    drive: float
    of: Carried
    family: bool
    bulk: Bulk
    proof: Proof | None
    lost: float
    excitations: Scaling | None = field(default=None, repr=False)

    variables = (
        Variable("current", ("sites",), long_name="current through the chain", source="currents"),
        Variable("error", ("sites",), long_name="error of current", source="errors"),
        Variable("typical_current", ("sites",), long_name="geometric mean over the samples", source="typical"),
        Variable("typical_error", ("sites",), long_name="error of typical_current", source="typical_errors"),
        Variable("local_alpha", ("between",), long_name="α between neighbouring sizes"),
        Variable("alpha", long_name="α of J ~ N^(α-1)"),
        Variable("alpha_error", long_name="statistical error of alpha"),
        Variable("alpha_drift", long_name="finite-size error of alpha"),
        Variable("correlation", long_name="|R| of the regression"),
        Variable("resistivity", long_name="r of 1/J = R + r(N - 1)"),
        Variable("resistivity_error", long_name="error of resistivity"),
        Variable("contact_resistance", long_name="R of 1/J = R + r(N - 1)"),
        Variable("contact_error", long_name="error of contact_resistance"),
        Variable("misfit", long_name="largest deviation of 1/J from the affine law, relative to 1/J"),
        Variable("lost", long_name="share of the heat that leaves through the dephasing"),
    )
    coordinates = (
        Variable("sites", ("sites",), kind="whole", units="", long_name="N", source="sizes"),
        Variable("between", ("between",), units="", long_name="N, geometric mean of two", source="local_sizes"),
    )

    headlines = ("alpha", "alpha_error", "alpha_drift", "resistivity", "contact_resistance", "lost")

    @classmethod
    def declared_of(cls, of: Carried) -> tuple[Variable, ...]:
        """The variables, with the unit of the current that is asked for."""
        unit = POWER if of == "heat" else ENERGY
        flows = ("current", "error", "typical_current", "typical_error")
        inverse = ("resistivity", "resistivity_error", "contact_resistance", "contact_error")
        return tuple(
            replace(one, units=unit, carries=of if one.name.endswith("current") else "")
            if one.name in flows
            else replace(one, units=f"1/({unit})")
            if one.name in inverse
            else one
            for one in cls.variables
        )

    def declared(self) -> tuple[Variable, ...]:
        """Those of the current that was asked for."""
        return self.declared_of(self.of)

    def facts(self) -> dict[str, Any]:
        """Which current, and the judgement with what it rests on."""
        judged = self.judgement
        told = {"of": self.of, "verdict": self.sentence, "grade": judged.grade, "transport": judged.transport or "open"}
        evidence = json.dumps(judged.evidence.to_mapping(), default=plain)
        return {**told, "evidence": evidence, "methods": list(self.methods), **self.mean.facts()}

    def listed(self) -> tuple[tuple[str, ...], ...]:
        """Every length with its current, the error of it, and what solved it."""
        known = self.errors if self.currents_bound is None else np.maximum(self.errors, self.currents_bound)
        rows = [
            (f"{n:g}", f"{J:.6g}", f"{error:.1g}", wording.named(method))
            for n, J, error, method in zip(self.sizes, self.currents, known, self.methods, strict=True)
        ]
        unit = POWER if self.of == "heat" else ENERGY
        return (("N", f"current of {self.of}, {unit}", "error", "method"), *rows)

    @property
    def resistivity(self) -> float:
        """Resistance r of one bond, from the affine fit 1/J = R_c + r (N - 1)."""
        return self.laws.slope

    @property
    def resistivity_error(self) -> float:
        """Its error."""
        return self.laws.slope_error

    @property
    def contact_resistance(self) -> float:
        """R_c of 1/J = R_c + r (N - 1), what is left without any bond: the contacts. N sites have N - 1 bonds."""
        return self.laws.intercept + self.laws.slope

    @property
    def contact_error(self) -> float:
        """Its error."""
        return self.laws.contact_error

    @property
    def tail(self) -> float:
        """Local exponent at the largest sizes."""
        return float(self.local_alpha[-1])

    @property
    def ohmic(self) -> bool:
        """Whether 1/J rises along a straight line. Any chain does while it is short: this alone is no verdict.

        The line must leave less than 0.5 % of the range of 1/J unexplained (three standard errors for an ensemble, 5 %
        at most), over sizes that span a factor of two at least: over less, any smooth curve looks straight. A power law
        with α > 0.12 does not pass.
        """
        return straight(self.sizes, self.currents, self.errors, self.laws, self.curvature)

    @property
    def settled(self) -> bool:
        """Whether the local exponent has stopped drifting: less than 0.02 per doubling at the largest sizes, errors included."""
        return self.mean.settled

    @property
    def crossover(self) -> float:
        """Length R_c/r beyond which the bulk outweighs the contacts, in bonds."""
        return self.contact_resistance / self.resistivity

    @cached_property
    def judgement(self) -> Judgement:
        """The class of transport, how it is known, and the numbers behind it."""
        return judge(self)

    @property
    def holds(self) -> bool | None:
        """Whether Fourier's law holds: True or False where it is proved or all rules speak for it, None otherwise."""
        return self.judgement.holds

    @property
    def sentence(self) -> str:
        """Does it obey Fourier's law? In words, with the numbers."""
        judged = self.judgement.sentence
        if self.excitations is None:
            return judged
        return f"{judged} {self._share} {self.excitations.sentence}"

    @property
    def _share(self) -> str:
        """What the dephasing does with the heat, in words."""
        does = "leaves through the dephasing" if self.lost >= 0 else "comes again from the dephasing"
        return f"Of the heat that enters by the baths {100 * abs(self.lost):.2g} % {does} at N = {self.sizes[-1]:g}."

    @property
    def diffusivity(self) -> float:
        """D = 1/(r (s₁ - s_N)), sites² per time: J = D (s₁ - s_N)/N excitations for long chains.

        For heat that excitations carry J is divided by ω first.

        Raises
        ------
        NotEnoughData
            If neither proof nor data speak for Fourier's law; the value comes along.
        InvalidInput
            For heat that is not ω times the excitations.
        """
        value = 1 / (self.resistivity * self.drive)
        if self.judgement.transport != "diffusive":
            raise NotEnoughData(
                f"`sizes` must show a bulk resistance for a diffusivity, but they do not (got N = {self.sizes[0]:g} to {self.sizes[-1]:g}): {self.judgement.sentence}",
                estimate=value,
            )
        if self.of == "excitations":
            return value
        if not self.bulk.even or self.bulk.interacting or not self.bulk.neighbours:
            raise InvalidInput(
                "`of` must be 'excitations' for a diffusivity where heat is not ω times the excitations, but it is not (got 'heat')"
            )
        return value / abs(float(self._chain.frequencies[0]))

    @property
    def _chain(self) -> SpinChain | ClassicalChain:
        """The chain, or the first of the samples."""
        model = self.model
        return model.sample(0) if isinstance(model, DisorderedChain) else model

    @cached_property
    def mean(self) -> OverLengths:
        """Laws and exponents of the mean current, and the laws compared."""
        found = OverLengths.of(self.sizes, np.abs(self.currents), self.errors)
        assert found is not None  # currents that are not known were refused
        return found

    def conductivity(self, temperature: ArrayLike) -> Real:
        """κ(T) = D C(T), C = (ω/T)² e^(ω/T)/(e^(ω/T)+1)² the heat capacity of one site; for uniform frequencies.

        Parameters
        ----------
        temperature : array_like
            T > 0.
        """
        if not self.bulk.even:
            raise InvalidInput(
                f"`model` must have one frequency for a conductivity, but its frequencies differ (got {_checks.shown(self._chain.frequency)})"
            )
        return self.diffusivity * heat_capacity(1, float(self._chain.frequencies[0]), temperature)


def straight(N: Real, J: Real, errors: Real, fitted: Laws, curvature: float) -> bool:
    """Whether 1/J rises along a straight line, by the rule that `Scaling.ohmic` tells."""
    inverse = 1 / np.abs(J)
    noise = 3 * float(np.max(errors * inverse**2)) / max(float(np.ptp(inverse)), 1e-300)
    rises = fitted.slope > 3 * fitted.slope_error and float(np.ptp(inverse)) > 1e-9 * float(inverse.max())
    return bool(rises and N[-1] / N[0] >= SPAN and curvature < max(STRAIGHT, min(noise, NOISY)))


def scaling(
    model: Chain | Callable[[int], Chain],
    sizes: Sequence[int],
    *,
    method: Chosen | str = "auto",
    of: Carried = "heat",
    progress: Progress | None = None,
) -> Scaling:
    """Steady currents of a chain over its length, and the exponent, resistances and verdict they give.

    Parameters
    ----------
    model : SpinChain, ClassicalChain or DisorderedChain, or callable
        The chain; all but `sites` is kept, so that values per site or bond must be single numbers, and the last bath
        must be counted from the end (site=-1). Or a function from N to such a model, for chains whose values follow a
        rule; nothing is proved of them, and nothing is said beyond their sizes.
    sizes : sequence of int
        Lengths N, at least three, increasing.
    method : object or "auto"
        As for `steady_state`.
    of : {"heat", "excitations"}
        The heat from the first bath, or the excitations along the chain (conserved, the same on every bond). Where
        dephasing takes energy out of the bulk there is no Fourier's law of heat to judge; the result says so, and how
        much, and judges the excitations beside it.
    progress : callable, optional
        Called with (done, total).

    Raises
    ------
    InvalidInput
        If the model cannot be made longer.
    NotEnoughData
        If there are fewer than three sizes, or a current vanishes or is not known to a per cent.
    NotConverged
        If a steady state is not certified: no verdict from less.
    """
    if not isinstance(model, Chain) and not callable(model):
        raise InvalidInput(
            f"`model` must be a SpinChain, a ClassicalChain or a DisorderedChain, but it is not (got {_checks.shown(model)})"
        )
    _checks.among("of", of, "heat", "excitations")
    N = lengths_of(sizes)
    models = [resized(model, size) if isinstance(model, Chain) else _made(model, size) for size in N.tolist()]
    found: list[SteadyState | SteadyEnsemble] = []
    weights = np.cumsum(N.astype(float) ** 2) / np.sum(N.astype(float) ** 2)
    for one, done, then in zip(models, [0.0, *weights[:-1].tolist()], weights.tolist(), strict=True):
        found.append(steady_state(one, method=method, progress=_between(progress, done, then)))
        if progress is not None:
            progress(then, 1.0)
    return measured(models[-1], N, found, of, family=not isinstance(model, Chain))


def _between(progress: Progress | None, done: float, then: float) -> Progress | None:
    """What tells of one length, as of all."""
    return None if progress is None else lambda part, total: progress(done + (then - done) * part / total, 1.0)


def measured(
    model: Chain, N: Real, found: Sequence[SteadyState | SteadyEnsemble], of: Carried, *, family: bool = False
) -> Scaling:
    """The scaling of given steady states, the largest of them that of `model`; of currents of one sign, known to a per cent."""
    rows = [samples_of(one, of) for one in found]
    J = np.array([row.mean for row in rows])
    floor = 1e-12 * float(np.abs(J).max())
    if np.any(J * np.sign(J[0]) <= max(floor, 1e-300)):
        raise NotEnoughData(
            f"`model` must carry a current at every size, but it does not (got {J[np.argmin(np.abs(J))]:g} at N = {N[np.argmin(np.abs(J))]}); let the baths differ, or take shorter chains",
            estimate=J,
        )
    for size, row in zip(N.tolist(), rows, strict=True):
        if not row.known:
            raise NotEnoughData(
                f"`model` must carry a current that is known to a per cent, but it does not (got {row.mean:.3g} ± {max(row.uncertainty, row.own):.1g} at N = {size}); take shorter chains",
                estimate=J,
            )
    own = fit(model, N, rows, found, of, family=family)
    if of == "excitations" or own.bulk.leak("heat") is None or own.bulk.leak("excitations") is not None:
        return own
    return replace(own, excitations=measured(model, N, found, "excitations", family=family))


def fit(
    model: Chain,
    N: Real,
    rows: Sequence[Samples],
    found: Sequence[SteadyState | SteadyEnsemble],
    of: Carried,
    *,
    family: bool = False,
) -> Scaling:
    """Exponents and resistances of given currents."""
    J, sampled = np.array([row.mean for row in rows]), np.array([row.error for row in rows])
    own = np.array([row.uncertainty for row in rows])
    errors = np.hypot(sampled, np.where((sampled > 0) | (own > RELATIVE * np.abs(J)), own, 0.0))
    typical = np.array([row.typical for row in rows])
    size = np.abs(J)
    slope, slope_error, correlation = line(np.log(N), np.log(size), evened(errors / size))
    at, local, _ = local_exponents(N, size, errors)
    fitted = laws(N, size, errors)
    misfit, curvature = unexplained(N, size, fitted)
    return Scaling(
        model=model,
        method=MethodReport(_solved_by(N, found), found[-1].method.reason),
        certificate=Certificate.worst(one.certificate for one in found),
        sizes=frozen(N),
        currents=frozen(J),
        errors=frozen(errors),
        currents_bound=None if isinstance(model, DisorderedChain) else frozen(own),
        methods=tuple(one.method.name for one in found),
        typical=frozen(typical[:, 0].copy()),
        typical_errors=frozen(typical[:, 1].copy()),
        alpha=1 + slope,
        alpha_error=slope_error,
        alpha_drift=float(abs(local[-1] - (1 + slope))),
        correlation=correlation,
        local_sizes=frozen(at),
        local_alpha=frozen(local),
        laws=fitted,
        misfit=misfit,
        curvature=curvature,
        drive=drive_of(found[-1]),
        of=of,
        family=family,
        bulk=bulk_of(model),
        proof=None if family else proof(model),
        lost=share_lost(found[-1]),
    )


def _solved_by(N: Real, found: Sequence[SteadyState | SteadyEnsemble]) -> str:
    """The method of all lengths, or those that take turns, each with the lengths it ends at."""
    runs = [
        (name, [int(n) for n, _ in group])
        for name, group in groupby(zip(N.tolist(), found, strict=True), key=lambda pair: pair[1].method.name)
    ]
    return runs[0][0] if len(runs) == 1 else ", ".join(f"{name} to N = {lengths[-1]}" for name, lengths in runs)


def _made(rule: Callable[[int], Chain], sites: int) -> Chain:
    """The model that a rule gives for a length."""
    made = rule(sites)
    if not isinstance(made, Chain) or made.sites != sites:
        raise InvalidInput(
            f"`model` must give a SpinChain, a ClassicalChain or a DisorderedChain of {sites} sites for {sites}, but it does not (got {_checks.shown(made)})"
        )
    return made
