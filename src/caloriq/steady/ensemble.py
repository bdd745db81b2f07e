"""Ensembles of disordered chains: small ones solved in batches of dense real systems, others one by one."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from caloriq._checks import Real
from caloriq.models.disorder import DisorderedChain, Quantity
from caloriq.models.spins import SpinChain
from caloriq.results import Certificate, Check, MethodReport, Progress, Solution, frozen
from caloriq.steady.batches import BATCH_BYTES, BOUNDED, PROOFS, Rows, SampleValues, numbers_of, solve_rows
from caloriq.steady.bounds import Bounded
from caloriq.steady.declared import SAMPLED
from caloriq.steady.entropy import of_samples
from caloriq.steady.result import SteadyState
from caloriq.variables import BONDS, SITE

TWO_POINT_SITES = 8  # beyond, a batch of N² x N² systems costs more than one sample after the other
SECTOR_SITES = 5


@dataclass(frozen=True)
class Sampled:
    """Numbers of samples of a disordered chain.

    Attributes
    ----------
    currents : array, shape (samples, B)
        Excitation current along every bond.
    heat_currents : array, shape (samples, baths)
        Energy per time from every bath into the chain.
    dephasing_currents : array, shape (samples,)
        Energy per time from the dephasing into the chain.
    excitation_currents : array, shape (samples, baths)
        Excitations per time from every bath.
    populations : array, shape (samples, N)
        ⟨n_k⟩.
    bounds : mapping of str to array
        Bound on the error of every number, by the name of the attribute, of its shape.
    """

    model: Any
    currents: Real
    heat_currents: Real
    dephasing_currents: Real
    excitation_currents: Real
    populations: Real
    bounds: Mapping[str, Real]

    @property
    def bath_names(self) -> tuple[str, ...]:
        """The baths, in the model's order."""
        names: tuple[str, ...] = self.model.chain.bath_names
        return names

    def facts(self) -> dict[str, Any]:
        """Names of the baths."""
        return {"baths": list(self.bath_names)}

    @property
    def bonds(self) -> NDArray[np.intp]:
        """Pairs of sites k < l that the currents flow between, shape (B, 2)."""
        return np.column_stack(pairs_of(self.model))

    @property
    def entropy_production(self) -> Real | None:
        """-Σ J_b/T_b of every sample, shape (samples,); None where a bath has no temperature. As that of `SteadyState`."""
        found = self._entropies
        return None if found is None else np.asarray(found.value)

    @property
    def entropy_production_bound(self) -> Real | None:
        """Bound on the error of `entropy_production`."""
        found = self._entropies
        return None if found is None else np.asarray(found.bound)

    @property
    def broken_law(self) -> str | None:
        """In one sentence, how many samples break the second law; None where none is known to."""
        value, bound = self.entropy_production, self.entropy_production_bound
        if value is None or bound is None or not np.any(value < -bound):
            return None
        return f"The entropy production is negative in {int((value < -bound).sum())} of {len(value)} samples: local baths on unequal frequencies break the second law there."

    @property
    def _entropies(self) -> Bounded | None:
        heat = Bounded(self.heat_currents, self.bounds["heat_currents"])
        dephasing = Bounded(self.dephasing_currents, self.bounds["dephasing_currents"])
        return of_samples(self.model.chain, heat, dephasing)


@dataclass(frozen=True)
class SteadyEnsemble(Sampled, Solution):
    """Steady states of all samples of a disordered chain."""

    variables = SAMPLED
    coordinates = (SITE, *BONDS)
    headlines = ("currents", "heat_currents", "dephasing_current")

    def mean(self, values: Real) -> tuple[Real, Real]:
        """Mean over the samples and its standard error."""
        spread = values.std(axis=0, ddof=1) if len(values) > 1 else np.full(values.shape[1:], np.nan)
        return values.mean(axis=0), spread / np.sqrt(len(values))


def batched(model: DisorderedChain) -> str | None:
    """Which batch applies: "two-point", "sector", or None."""
    chain, names = model.chain, {d.quantity for d in model.disorder}
    free = not chain.interacting and "zz" not in names
    real = not np.iscomplexobj(chain.bonds.hopping)
    wire = chain.couplings is None and "couplings" not in names and np.ndim(chain.zz) == 0
    ends = set(chain.bath_sites) <= {0, chain.sites - 1}
    if free and real and wire and ends and chain.sites <= TWO_POINT_SITES:
        return "two-point"
    if free and real and chain.sites <= SECTOR_SITES:
        return "sector"
    return None


def admit_batched(model: DisorderedChain, samples: int) -> float:
    """Bytes needed: parameters and results of so many samples, and a batch."""
    here, bonds = model.chain, len(pairs_of(model)[0])
    drawn = 4 * here.sites + 2 * bonds
    row = drawn + 4 * len(here.baths) + 1 + 3 * (bonds + here.sites + 2 * len(here.baths) + 1) + 2 * len(PROOFS)
    return 8.0 * samples * row + 6 * BATCH_BYTES


def solve_batched(model: DisorderedChain, kind: str, reason: str, progress: Progress | None) -> SteadyEnsemble:
    """All samples, in batches; the error of the first that cannot be solved."""
    clock = time.perf_counter()
    rows = solve_rows(model.chain, kind, pairs_of(model), drawn_of(model), progress)
    if rows.errors:
        raise rows.errors[min(rows.errors)]
    checks = (worst(p, np.ones(model.samples, dtype=bool)) for p in proofs_of(rows))
    return _ensemble(model, f"batched {kind}", reason, checks, numbers_of(rows), clock)


def _ensemble(
    model: DisorderedChain,
    name: str,
    reason: str,
    checks: Iterable[Check],
    numbers: tuple[dict[str, Real], dict[str, Real]],
    clock: float,
) -> SteadyEnsemble:
    statistics = MappingProxyType({"samples": model.samples, "wall time in s": time.perf_counter() - clock})
    report, proof = MethodReport(name, reason, statistics), Certificate(tuple(checks))
    return SteadyEnsemble(model=model, method=report, certificate=proof, **kept(*numbers))


def kept(values: Mapping[str, Real], bounds: Mapping[str, Real]) -> dict[str, Any]:
    """The fields of `Sampled` that nobody changes."""
    held, room = ({name: frozen(array) for name, array in one.items()} for one in (values, bounds))
    return {**held, "bounds": MappingProxyType(room)}


def gathered(model: DisorderedChain, found: Sequence[SteadyState | None]) -> tuple[dict[str, Real], dict[str, Real]]:
    """Values and bounds of states by the names of a batch, a row for every state; NaN where there is none."""
    known = next((one for one in found if one is not None), None)
    bonds, baths = len(pairs_of(model)[0]) if known is None else known.currents.size, len(model.chain.baths)
    values, bounds = {}, {}
    for name, width in zip(BOUNDED, (bonds, baths, baths, 1, model.sites), strict=True):
        of = "dephasing_current" if name == "dephasing_currents" else name
        value, bound = (np.full((len(found), width), np.nan) for _ in range(2))
        for i, one in enumerate(found):
            if one is not None:
                value[i], bound[i] = getattr(one, of), one.bounds[of]
        values[name], bounds[name] = (value, bound) if of == name else (value[:, 0].copy(), bound[:, 0].copy())
    return values, bounds


@dataclass(frozen=True, slots=True)
class SampledCheck:
    """One measured proof of many samples."""

    name: str  # what was measured
    values: Real  # the measured numbers; NaN for a sample without, shape (samples,)
    limit: float  # the bound that they must not exceed
    meaning: str  # why values below the limit support the results


def proofs_of(rows: Rows) -> tuple[SampledCheck, ...]:
    """The proofs of a batch."""
    return tuple(
        SampledCheck(check.name, frozen(values.copy()), check.limit, check.meaning)
        for check, values in zip(PROOFS, rows.proofs.T, strict=True)
    )


def worst(proof: SampledCheck, counted: NDArray[np.bool_]) -> Check:
    """The worst of a proof over the samples that count; it holds for all of them or not at all."""
    value = float(proof.values[counted].max()) if counted.any() else np.nan
    return Check(proof.name, value, proof.limit, f"worst sample: {proof.meaning}")


def randomly_coupled(model: DisorderedChain) -> bool:
    """Whether all pairs are coupled at random."""
    return any(d.quantity == "couplings" for d in model.disorder)


def solve_each(
    model: DisorderedChain, solve: Callable[[SpinChain], SteadyState], progress: Progress | None
) -> SteadyEnsemble:
    """Sample after sample, each by `solve`."""
    clock = time.perf_counter()
    found = []
    for number in range(model.samples):
        found.append(solve(model.sample(number)))
        if progress is not None:
            progress(number + 1, model.samples)
    least: dict[str, Check] = {}
    for one in found:
        for check in one.certificate:
            if check.name not in least or not check.value <= least[check.name].value:
                least[check.name] = check
    methods = ", ".join(sorted({one.method.name for one in found}))
    reason = f"one by one: {found[0].method.reason}"
    return _ensemble(model, methods, reason, least.values(), gathered(model, found), clock)


def graph_of(model: DisorderedChain) -> SpinChain:
    """A chain with the couplings that all samples have, up to their values."""
    chain, N = model.chain, model.sites
    if randomly_coupled(model):
        return chain.model_copy(update={"hopping": None, "zz": 0.0, "couplings": np.ones((N, N)) - np.eye(N)})
    random = {d.quantity for d in model.disorder}
    return chain.model_copy(update={"hopping": 1.0}) if "hopping" in random else chain


def pairs_of(model: DisorderedChain) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Coupled pairs of every sample."""
    if randomly_coupled(model):
        first, second = np.triu_indices(model.sites, 1)
        return first, second
    if any(d.quantity == "hopping" for d in model.disorder):
        return np.arange(model.sites - 1), np.arange(1, model.sites)
    return model.chain.bonds.first, model.chain.bonds.second


def drawn_of(model: DisorderedChain, seeds: Sequence[int] | None = None) -> SampleValues:
    """Parameters of all samples of the ensemble, or of the first sample of every seed."""

    def values(quantity: Quantity) -> Real:
        return model.draws(quantity, 0, model.samples) if seeds is None else model.first_draws(quantity, seeds)

    random = {d.quantity for d in model.disorder}
    n = model.samples if seeds is None else len(seeds)
    coupled: tuple[Quantity, ...] = ("couplings", "hopping")
    drawn = [values(quantity) for quantity in coupled if quantity in random]
    hopping = drawn[0] if drawn else np.broadcast_to(model.chain.bonds.hopping, (n, len(pairs_of(model)[0])))
    return SampleValues(values("frequency"), hopping, values("dephasing"))
