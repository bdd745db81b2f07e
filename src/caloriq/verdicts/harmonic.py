"""How the heat current of a harmonic chain scales with its length, and what is known of it without any data."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from caloriq import _checks
from caloriq._checks import Real
from caloriq.errors import InvalidInput, NotEnoughData
from caloriq.files import plain
from caloriq.models.harmonic import HarmonicChain
from caloriq.results import Certificate, Check, MethodReport, Progress, Solution, frozen
from caloriq.steady.harmonic.result import HarmonicState
from caloriq.steady.harmonic.solve import harmonic_state
from caloriq.transport.laws import Laws, laws, line, local_exponents, unexplained
from caloriq.transport.lengths import lengths_of
from caloriq.variables import ENERGY, POWER, Variable
from caloriq.verdicts.judgement import Judgement, OverLengths, concluded, consistent
from caloriq.verdicts.proved import Proof
from caloriq.verdicts.scaling import straight

KNOWN = 0.01  # relative error up to which a current may enter a verdict
BALLISTIC = Proof(
    "ballistic",
    "the modes of a uniform harmonic chain carry heat from end to end, through any length alike",
    "Rieder, Lebowitz, Lieb, J. Math. Phys. 8, 1073 (1967), doi:10.1063/1.1705319; quantum: Dhar, Roy, J. Stat. Phys. 125, 801 (2006), doi:10.1007/s10955-006-9235-3",
)
SELF_CONSISTENT = Proof(
    "diffusive",
    "a uniform, pinned classical harmonic chain between walls of its own springs, with self-consistent baths of one friction on all sites has the conductivity k/(γ(2 + ν² + √(ν²(4 + ν²)))), ν² = k₀/k",
    "Bonetto, Lebowitz, Lukkarinen, J. Stat. Phys. 116, 783 (2004), doi:10.1023/B:JOSS.0000037232.14365.10",
)
CONSERVED = "The energy is conserved in the bulk."
KEPT = "The inner baths take no heat on average, so that every bond carries the same."


@dataclass(frozen=True)
class HarmonicScaling(Solution):
    """Heat currents of a harmonic chain over its length, and what they say.

    Attributes
    ----------
    sizes : array of int, shape (K,)
        N.
    currents, errors : array, shape (K,)
        J, and its error.
    apparent_conductivity : array, shape (K,)
        (N - 1) J/ΔT: tends to the conductivity where Fourier's law holds, and grows without end where it does not.
    alpha, alpha_error, alpha_drift : float
        α of J ∝ N^(α-1) over all sizes, its error from the scatter about the line, and how far the local exponent at the largest sizes is off.
    local_sizes, local_alpha : array, shape (K-1,)
        Exponent between neighbouring sizes, at their geometric mean.
    laws : Laws
        Affine, power and exponential law, each fitted to 1/J.
    misfit, curvature : float
        Largest deviation of 1/J from the affine fit, relative to 1/J and to its range.
    family : bool
        Whether the lengths come from a rule of which nothing is known beyond them.
    proof : Proof or None
        The transport that is known without data.
    """

    sizes: Real
    currents: Real
    errors: Real
    apparent_conductivity: Real
    alpha: float
    alpha_error: float
    alpha_drift: float
    local_sizes: Real
    local_alpha: Real
    laws: Laws
    misfit: float
    curvature: float
    family: bool
    proof: Proof | None

    model: HarmonicChain

    variables = (
        Variable("current", ("sites",), units=POWER, long_name="heat current", carries="heat", source="currents"),
        Variable("error", ("sites",), units=POWER, long_name="error of current", source="errors"),
        Variable("apparent_conductivity", ("sites",), units=ENERGY, long_name="(N - 1) J/ΔT"),
        Variable("local_alpha", ("between",), long_name="α between neighbouring sizes"),
        Variable("alpha", long_name="α of J ~ N^(α-1)"),
        Variable("alpha_error", long_name="error of alpha, from the scatter about the line"),
        Variable("alpha_drift", long_name="finite-size error of alpha"),
        Variable("resistivity", units=f"1/({POWER})", long_name="r of 1/J = R + r(N - 1)"),
        Variable("contact_resistance", units=f"1/({POWER})", long_name="R of 1/J = R + r(N - 1)"),
        Variable("misfit", long_name="largest deviation of 1/J from the affine law, relative to 1/J"),
    )
    coordinates = (
        Variable("sites", ("sites",), kind="whole", units="", long_name="N", source="sizes"),
        Variable("between", ("between",), units="", long_name="N, geometric mean of two", source="local_sizes"),
    )
    headlines = ("current", "apparent_conductivity", "alpha", "alpha_error", "alpha_drift")

    @property
    def resistivity(self) -> float:
        """Resistance r of one bond, from the affine fit 1/J = R + r (N - 1)."""
        return self.laws.slope

    @property
    def contact_resistance(self) -> float:
        """R of 1/J = R + r (N - 1)."""
        return self.laws.intercept + self.laws.slope

    @property
    def tail(self) -> float:
        """Local exponent at the largest sizes."""
        return float(self.local_alpha[-1])

    @cached_property
    def mean(self) -> OverLengths:
        """Laws and exponents of the current, and the laws compared."""
        found = OverLengths.of(self.sizes, np.abs(self.currents), np.zeros_like(self.currents))
        assert found is not None  # currents that are not known were refused
        return found

    @cached_property
    def judgement(self) -> Judgement:
        """The class of transport, how it is known, and the numbers behind it."""
        mean = self.mean
        ohmic = straight(self.sizes, self.currents, np.zeros_like(self.currents), self.laws, self.curvature)
        everywhere = bool(np.all(self.model.frictions > 0))
        checks = (
            *mean.rules(),
            Check("straight", float(not ohmic), 0.0, "1/J rises along a straight line"),
            Check("baths on every site", float(not everywhere), 0.0, "something in the bulk is known to scatter"),
            Check("known beyond the lengths", float(self.family), 0.0, "longer chains are more of the same"),
        )
        kind = consistent(mean, None, straight=ohmic, single=True)
        told = KEPT if self.model.inner.any() else CONSERVED
        return concluded(mean, Certificate(checks), self.proof, kind, "heat", told)

    @property
    def holds(self) -> bool | None:
        """Whether Fourier's law holds: True or False where it is proved or all rules speak for it, None otherwise."""
        return self.judgement.holds

    @property
    def sentence(self) -> str:
        """Does it obey Fourier's law? In words, with the numbers."""
        return self.judgement.sentence

    def facts(self) -> dict[str, Any]:
        """The judgement with what it rests on."""
        judged = self.judgement
        told = {"verdict": judged.sentence, "grade": judged.grade, "transport": judged.transport or "open"}
        evidence = json.dumps(judged.evidence.to_mapping(), default=plain)
        return {**told, "evidence": evidence, **self.mean.facts()}


def harmonic_proof(model: HarmonicChain) -> Proof | None:
    """What is proved of the heat of a harmonic chain between two baths at its ends; None where nothing applies.

    Uniform chains alone. Without self-consistent baths they are ballistic; with such baths of one friction on every site,
    the ends included, a pinned chain between walls of its own springs obeys Fourier's law for classical noise. The theorem
    fixes the ends so; of free ends and of other walls lengths must tell. Random masses are not of
    the theorem on random frequencies: the modes of lowest frequency always reach from end to end, and the current
    falls as a power of N that the ends decide (Casher, Lebowitz, J. Math. Phys. 12, 1701 (1971), doi:10.1063/1.1665794;
    Dhar, PRL 86, 5882 (2001), doi:10.1103/PhysRevLett.86.5882).
    """
    if not model.uniform or sorted(model.bath_sites) != [0, model.sites - 1]:
        return None
    if not model.inner_friction:
        return BALLISTIC
    same = bool(np.all(model.frictions == model.inner_friction))
    pinned, fixed = bool(np.all(np.asarray(model.pinning) > 0)), bool(np.all(model.springs == model.wall))
    return SELF_CONSISTENT if same and pinned and fixed and model.noise == "classical" else None


def harmonic_scaling(
    model: HarmonicChain | Callable[[int], HarmonicChain], sizes: Sequence[int], *, progress: Progress | None = None
) -> HarmonicScaling:
    """Heat currents of a harmonic chain over its length, and the exponent, resistances and verdict they give.

    Parameters
    ----------
    model : HarmonicChain or callable
        The chain; all but `sites` is kept, so that values per site or bond must be single numbers and its two baths at
        the ends. Or a function from N to such a chain, for masses that follow a rule; nothing is proved of them, and
        nothing is said beyond their sizes.
    sizes : sequence of int
        Lengths N, at least three, increasing.
    progress : callable, optional
        Called with (done, total).

    Raises
    ------
    InvalidInput
        If the model cannot be made longer, or its baths are not two of different temperature at its ends.
    NotEnoughData
        If there are fewer than three sizes, or a current is not known to a per cent.
    """
    if not isinstance(model, HarmonicChain) and not callable(model):
        raise InvalidInput(
            f"`model` must be a HarmonicChain or a function that makes one, but it is not (got {_checks.shown(model)})"
        )
    N = lengths_of(sizes)
    models = [model.resized(n) if isinstance(model, HarmonicChain) else _made(model, n) for n in N.tolist()]
    for one in models:
        check_driven(one)
    weights, found = np.cumsum(N.astype(float) ** 2), list[HarmonicState]()
    for number, one in enumerate(models):
        found.append(harmonic_state(one))
        if progress is not None:
            progress(float(weights[number]), float(weights[-1]))
    return _measured(models, N, found, family=not isinstance(model, HarmonicChain))


def check_driven(model: HarmonicChain) -> None:
    """Refuse a chain that is not driven from its two ends."""
    if sorted(model.bath_sites) != [0, model.sites - 1]:
        raise InvalidInput(
            f"`baths` must be two, one at each end, where the length varies, but they are not (got sites {', '.join(map(str, model.bath_sites)) or 'none'})"
        )
    if model.baths[0].temperature == model.baths[1].temperature:
        raise InvalidInput(
            f"`baths` must differ in temperature for a current, but they do not (got {model.baths[0].temperature:g} twice)"
        )


def _made(rule: Callable[[int], HarmonicChain], sites: int) -> HarmonicChain:
    """The chain that a rule gives for a length."""
    made = rule(sites)
    if not isinstance(made, HarmonicChain) or made.sites != sites:
        raise InvalidInput(
            f"`model` must give a HarmonicChain of {sites} sites for {sites}, but it does not (got {_checks.shown(made)})"
        )
    return made


def _measured(
    models: Sequence[HarmonicChain], N: Real, found: Sequence[HarmonicState], *, family: bool
) -> HarmonicScaling:
    """Exponents and resistances of given currents."""
    J = np.array([one.current for one in found])
    errors = np.array([one.current_bound for one in found])
    if np.any(errors > KNOWN * np.abs(J)):
        at = int(np.argmax(errors / np.maximum(np.abs(J), 1e-300)))
        raise NotEnoughData(
            f"`model` must carry a current that is known to a per cent, but it does not (got {J[at]:.3g} ± {errors[at]:.1g} at N = {N[at]}); take shorter chains or a larger difference of temperatures",
            estimate=J,
        )
    size = np.abs(J)
    exact = np.zeros_like(size)  # errors of quadrature are no weights, and far below what the laws leave
    slope, slope_error, _ = line(np.log(N), np.log(size), exact)
    at_sizes, local, _ = local_exponents(N, size, exact)
    fitted = laws(N, size, exact)
    misfit, curvature = unexplained(N, size, fitted)
    gaps = np.array([abs(one.baths[0].temperature - one.baths[1].temperature) for one in models])
    return HarmonicScaling(
        model=models[-1],
        method=MethodReport(found[-1].method.name, found[-1].method.reason),
        certificate=Certificate.worst(one.certificate for one in found),
        sizes=frozen(N),
        currents=frozen(J),
        errors=frozen(errors),
        apparent_conductivity=frozen((N - 1) * size / gaps),
        alpha=1 + slope,
        alpha_error=slope_error,
        alpha_drift=float(abs(local[-1] - (1 + slope))),
        local_sizes=frozen(at_sizes),
        local_alpha=frozen(local),
        laws=fitted,
        misfit=misfit,
        curvature=curvature,
        family=family,
        proof=None if family else harmonic_proof(models[-1]),
    )
