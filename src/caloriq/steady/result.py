"""The steady state of a driven chain, with its proofs."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from caloriq import _checks, wording
from caloriq._checks import Complex, Real
from caloriq.errors import InvalidInput, Unsupported
from caloriq.models.classical import ClassicalChain
from caloriq.models.spins import SpinChain
from caloriq.results import Certificate, Check, Later, MethodReport, Solution, frozen
from caloriq.spaces.numbers import by_number
from caloriq.steady import entropy, excitations
from caloriq.steady.bounds import UNIT, Bounded, Numbers, bound_of_mean, consistent, judged, ratio
from caloriq.steady.declared import STEADY, bonds_of
from caloriq.steady.methods import Chosen, ClosedForm
from caloriq.steady.second_law import Producing
from caloriq.variables import BONDS, SITE

DEFECT = 0.01  # share of the largest heat current from which a defect of detailed balance is told


@dataclass(frozen=True)
class SteadyState(Producing, Solution):
    """Steady state of a chain between baths.

    Attributes
    ----------
    bath_names : tuple of str
        The baths, in the model's order.
    heat_currents : array, shape (baths,)
        Energy per time from every bath into the chain, Tr(H 𝓛_b ρ) (MT 7), in energy².
    dephasing_current : float
        Energy per time from the dephasing into the chain; not zero for unequal frequencies or with ZZ terms.
    excitation_currents : array, shape (baths,)
        Excitations per time from every bath into its site.
    currents : array, shape (B,)
        Excitations per time along every bond k < l, positive from k to l.
    populations : array, shape (N,)
        ⟨n_k⟩.
    temperatures : array, shape (N,)
        Effective temperature of every site, ω/ln((1-n)/n).
    coherences : array, shape (B,)
        ⟨σ⁺_kσ⁻_l⟩ on every bond; imaginary parts carry the current.
    energy : float
        ⟨H⟩.
    entropy_production : float
        -Σ J_b/T_b; infinite where heat flows into a bath at T = 0. Negative values are reported, not hidden: for
        unequal frequencies local baths can break the second law (Levy, Kosloff, EPL 107, 20004 (2014)).
    jump_entropy_production : float
        Σ j_b ln(Γ₊/Γ₋) of the jumps alone; never negative (Spohn).
    bounds : mapping of str to array
        Bound on the error of every number, by the name of the attribute, of its shape; of the modulus for `coherences`.
        A number whose bound is not small against it is an upper limit: its size is at most their sum. Those of
        `two_point` (modulus of every element) and `pair_correlations` come from `TwoPoint` and `ClosedForm`; other
        methods, and `state`, give none.
    standard_errors : mapping of str to array
        Instead of bounds, by `Trajectories`: the standard error of every number and of `current`; of the modulus for `coherences`.
    population_differences : array, shape (B,)
        ⟨n_k⟩ - ⟨n_l⟩ along every bond k < l, with digits that the difference of `populations` may not have.
    detailed_balance_defect : array, shape (baths,), or None
        Heat currents of the same chain with all baths at their mean temperature: what flows without a difference. Zero
        for local baths on sites of one frequency; None where a bath has no temperature. Elsewhere it takes a second
        solution, made when it, `imbalance` or anything that shows, stores, copies or compares the whole result first
        asks for it.
    detailed_balance_bound : array, shape (baths,), or None
        Bound on the error of `detailed_balance_defect`.
    two_point : array, shape (N, N), or None
        ⟨σ⁺_kσ⁻_l⟩, with the string Π(-σᶻ) between k and l where `two_point_kind` is "fermion" (Jordan-Wigner): the
        same for neighbours, another quantity beyond them.
    two_point_kind : {"spin", "fermion"}
        Which of the two.
    pair_correlations : array, shape (N, N), or None
        ⟨n_kn_l⟩, where the method gives them.
    state : tuple of array, or None
        Density matrix in blocks of 0..N excitations, from `Sector` and `Full`.
    """

    bath_names: tuple[str, ...]
    heat_currents: Real
    dephasing_current: float
    excitation_currents: Real
    currents: Real
    populations: Real
    temperatures: Real
    coherences: Complex
    energy: float
    entropy_production: float
    jump_entropy_production: float
    population_differences: Real
    bounds: Mapping[str, Real]
    standard_errors: Mapping[str, Real] = field(default_factory=lambda: MappingProxyType({}))
    detailed_balance_defect: Later[Real | None] = Later(None)  # noqa: RUF009 - a descriptor is shared
    detailed_balance_bound: Later[Real | None] = Later(None)  # noqa: RUF009 - a descriptor is shared
    two_point: Complex | None = None
    two_point_kind: Literal["spin", "fermion"] = "spin"
    pair_correlations: Real | None = None
    state: tuple[Complex, ...] | None = field(default=None, repr=False)

    variables = STEADY
    coordinates = (SITE, *BONDS)
    headlines = ("current", "heat_currents", "dephasing_current", "entropy_production", "detailed_balance_defect")
    against = ": local baths on unequal frequencies break the second law here"

    def notes(self) -> tuple[str, ...]:
        """Why entropy production is infinite, and heat that flows without a difference."""
        found = []
        if self.infinite_entropy is not None:
            found.append(f"The entropy production is infinite: {self.infinite_entropy}.")
        if self.imbalance is not None:
            found.append(self.imbalance)
        return tuple(found)

    def facts(self) -> dict[str, Any]:
        """Names of the baths (text as a coordinate has no settled form in Zarr)."""
        return {"baths": list(self.bath_names)}

    @property
    def sources(self) -> tuple[str, ...]:
        """Whose exact state it is, where it is one of an interacting chain."""
        exact = isinstance(self.model, SpinChain) and self.model.interacting and self.method.name == repr(ClosedForm())
        return ("prosen2011",) if exact else ()

    @property
    def bonds(self) -> NDArray[np.intp]:
        """Pairs of sites k < l that the currents flow between, shape (B, 2)."""
        return bonds_of(self.model)

    @property
    def current(self) -> float:
        """Excitation current through the chain: the mean over its bonds, where it is one chain."""
        return float(self.currents.mean())

    @property
    def current_bound(self) -> float | None:
        """Bound on the error of `current`; None where the numbers have standard errors instead."""
        return float(bound_of_mean(self.currents, self.bounds["currents"])) if self.bounds else None

    @property
    def imbalance(self) -> str | None:
        """In one sentence, that the baths drive heat without a temperature difference; None where that is below 1 % of it."""
        if self.detailed_balance_defect is None or self.detailed_balance_bound is None:
            return None
        alone = float(np.abs(self.detailed_balance_defect).max(initial=0.0))
        largest = float(np.abs(self.heat_currents).max(initial=0.0))
        room = float(np.max(self.detailed_balance_bound, initial=0.0))
        if alone <= room or alone <= DEFECT * largest:
            return None
        return (
            f"With all baths at their mean temperature the same chain still carries {alone:.3g} of heat (the largest heat current is {largest:.3g}): "
            "local baths on sites of unequal frequency do not obey detailed balance for the whole chain; "
            "give the sites of the baths one frequency, or take the heat as that of driven sites, not of a temperature difference."
        )

    @property
    def infinite_entropy(self) -> str | None:
        """Why the entropy production is infinite, in words; None where it is not."""
        heat = Bounded(self.heat_currents, self.room("heat_currents"))
        return entropy.infinite_by(self.model, heat) if math.isinf(self.entropy_production) else None

    def pair(self, first: int, second: int) -> Complex:
        """Reduced density matrix of two sites, shape (4, 4), basis 00, 01, 10, 11 (1 is excited).

        Raises
        ------
        Unsupported
            If the method does not give the correlators of that pair.
        """
        k = _checks.index("first", first, self.model.sites)
        l = _checks.index("second", second, self.model.sites)
        if k == l:
            raise InvalidInput(f"`second` must be another site than `first`, but it is not (got {second})")
        near = abs(k - l) == 1
        if self.two_point is None or self.pair_correlations is None:
            raise Unsupported(
                f"`method` must give the two-site correlators, but it does not (got {wording.spoken(self.method.name)}); use Sector()"
            )
        if self.two_point_kind == "fermion" and not near:
            raise Unsupported(
                f"`second` must be a neighbour of `first` with this method, but the string between them is not known (got {first} and {second}); use Sector()"
            )
        n, m = self.populations[k], self.populations[l]
        both, coherence = self.pair_correlations[k, l], self.two_point[k, l]
        rho = np.zeros((4, 4), dtype=complex)
        rho[np.diag_indices(4)] = [1 - n - m + both, m - both, n - both, both]
        # ⟨σ⁺_kσ⁻_l⟩ = Tr(|10⟩⟨01| ρ) = ⟨01|ρ|10⟩
        rho[1, 2], rho[2, 1] = coherence, np.conj(coherence)
        return rho


def assemble(
    model: SpinChain | ClassicalChain,
    method: Chosen,
    reason: str,
    numbers: Numbers,
    checks: list[Check],
    statistics: dict[str, float | int | str],
    *,
    clock: float | None = None,
    two_point: Complex | None = None,
    kind: Literal["spin", "fermion"] = "spin",
    correlations: Real | None = None,
    proven: Mapping[str, Bounded] | None = None,
    blocks: Sequence[Complex] | None = None,
    checked: Sequence[Check] | None = None,
) -> SteadyState:
    """The result out of the numbers, with the checks that every method shares.

    `proven` adds bounds by name; the density matrix in `blocks`, the two-point functions that follow from it; the reading
    of a `clock` at the start, the time that it took. `checked` takes the place of the checks that every number has to its own digits.
    """
    if blocks is not None:
        two_point, correlations = excitations.two_point(by_number(model.sites), blocks)
    if clock is not None:
        statistics = {**statistics, "wall time in s": time.perf_counter() - clock}
    measured = {
        **numbers._asdict(),
        "temperatures": temperatures_within(model.frequencies, numbers.populations),
        "entropy_production": entropy.entropy_production(model, numbers.heat_currents, numbers.dephasing_current),
        "jump_entropy_production": entropy.jump_entropy_production(model, numbers.excitation_currents),
    }
    bounded = {**measured, **(proven or {})}
    return SteadyState(
        model=model,
        method=MethodReport(repr(method), reason, MappingProxyType(statistics)),
        certificate=Certificate(
            (*checks, *(judged(model, numbers) if checked is None else checked), *_agreement(model, numbers))
        ),
        bath_names=model.bath_names,
        **{name: _kept(number, complex if name == "coherences" else float) for name, number in measured.items()},
        bounds=MappingProxyType({name: frozen(_whole(n)) for name, n in bounded.items()}),
        two_point=None if two_point is None else frozen(two_point),
        two_point_kind=kind,
        pair_correlations=None if correlations is None else frozen(correlations),
        state=None if blocks is None else tuple(frozen(b) for b in blocks),
    )


def _whole(number: Bounded) -> Real:
    """The bound with the rounding of the number itself."""
    size = np.where(np.isfinite(number.value), np.abs(number.value), 0.0)
    return np.array(np.asarray(number.bound, dtype=float) + 2 * UNIT * size)


def _kept(number: Bounded, dtype: type) -> Any:
    """The value, as an array that nobody changes or as a number."""
    array: NDArray[Any] = np.array(number.value, dtype=dtype)
    return frozen(array) if array.ndim else float(array)


def _agreement(model: SpinChain | ClassicalChain, numbers: Numbers) -> list[Check]:
    """Laws that the numbers must obey to within their own bounds: a bound that does not hold shows here."""
    j, into = numbers.currents, numbers.excitation_currents
    first, second = bonds_of(model).T
    flow, room = np.zeros(model.sites), np.zeros(model.sites)
    for where, values, bounds in (
        (second, j.value, j.bound),
        (first, -np.asarray(j.value), j.bound),
        (np.array(model.bath_sites), into.value, into.bound),
    ):
        np.add.at(flow, where, values)
        np.add.at(room, where, np.asarray(bounds) + 4 * UNIT * np.abs(values))
    heat, dephasing = numbers.heat_currents, numbers.dephasing_current
    total = abs(math.fsum([*np.asarray(heat.value).tolist(), float(dephasing.value)]))
    allowed = math.fsum([*np.asarray(heat.bound).tolist(), float(dephasing.bound)])
    allowed += UNIT * float(np.abs(heat.value).sum() + abs(float(dephasing.value)))
    out = [
        Check(
            "excitation balance",
            float(max((ratio(f, r) for f, r in zip(np.abs(flow).tolist(), room.tolist(), strict=True)), default=0.0)),
            1.0,
            "what flows into every site flows out, to within the bounds",
        ),
        Check(
            "sum of heat currents",
            ratio(total, allowed),
            1.0,
            "the energy is steady: all baths together, dephasing included, bring none, to within the bounds",
        ),
    ]
    if one_wire(model):
        spread = consistent(np.asarray(j.value), np.asarray(j.bound) + UNIT * np.abs(j.value))
        out.insert(0, Check("spread of currents", spread, 1.0, "every bond carries the same, to within the bounds"))
    return out


def _site_temperatures(frequencies: Real, populations: Real) -> Real:
    """Effective temperature ω/ln((1-n)/n) of every site, shape (N,); negative for inversion."""
    up = np.clip(populations, 0, 1)
    down = 1 - up
    with np.errstate(all="ignore"):
        slope = np.log(down / up)
        found: Real = np.where(slope == 0, math.inf, frequencies / slope)
    cold = np.where((up == 0) == (frequencies > 0), 0.0, -0.0)
    return np.where((up == 0) | (down == 0), cold, found)


def temperatures_within(frequencies: Real, populations: Bounded) -> Bounded:
    """Effective temperature of every site, and how far it moves within the populations' bounds."""
    n, b = np.asarray(populations.value, dtype=float), np.asarray(populations.bound, dtype=float) + UNIT
    value = _site_temperatures(frequencies, n)
    ends = [_site_temperatures(frequencies, n + step) for step in (-b, b)]
    with np.errstate(invalid="ignore"):
        bound = np.maximum(np.abs(ends[0] - value), np.abs(ends[1] - value)) + 8 * UNIT * np.abs(value)
    # beyond infinite temperature the sign turns: no finite bound holds there
    turned = (np.sign(ends[0]) != np.sign(ends[1])) | ~np.isfinite(bound)
    return Bounded(value, np.where(turned, math.inf, bound))


def one_wire(model: SpinChain | ClassicalChain) -> bool:
    """Whether the model is one chain with baths at its ends only, so that every bond carries the same current."""
    ends = set(model.bath_sites) <= {0, model.sites - 1}
    if isinstance(model, ClassicalChain):
        return ends
    return ends and model.neighbours_only and len(model.bonds.first) == model.sites - 1
