"""A driven chain in time, towards its steady state."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from caloriq import _checks, wording
from caloriq._checks import Real
from caloriq.errors import InvalidInput, NotConverged, Unsupported
from caloriq.models.spins import SpinChain
from caloriq.results import Certificate, Check, MethodReport, Progress, Solution, frozen
from caloriq.steady import integrate, two_point
from caloriq.steady.bounds import RELATIVE, energy_scale
from caloriq.steady.declared import RELAXING, bonds_of
from caloriq.steady.equations import Equations
from caloriq.steady.methods import Sector, TwoPoint
from caloriq.steady.mixing import entropies, flows
from caloriq.steady.propagate import Path
from caloriq.steady.result import SteadyState
from caloriq.steady.starts import Product
from caloriq.variables import BONDS, ENERGY, SITE, Variable

SHARE = 1e-2  # of the largest of its kind along the way, below which a number may be an upper limit
SMALL = 1e-6  # of the largest rate: what has no number of its kind above it is held against this
OUTSIDE = 3e-8  # what errors may bring populations beyond [0, 1]


@dataclass(frozen=True)
class DrivenEvolution(Solution):
    """A driven chain in time.

    Attributes
    ----------
    initial : Product or SteadyState
        The start.
    times : array, shape (T,)
        Instants.
    populations : array, shape (T, N)
        ⟨n_k⟩(t).
    currents : array, shape (T, B)
        Excitations per time along every bond.
    heat_currents : array, shape (T, baths)
        Energy per time from every bath into the chain.
    dephasing_current : array, shape (T,)
        Energy per time from the dephasing.
    excitation_currents : array, shape (T, baths)
        Excitations per time from every bath.
    energy : array, shape (T,)
        ⟨H⟩(t).
    entropy : array, shape (T,), or None
        Von Neumann entropy; from `TwoPoint` only without dephasing, where the state stays Gaussian.
    entropy_production : array, shape (T,), or None
        dS/dt - Σ J_b/T_b, the dephasing at infinite temperature; infinite with a bath at T = 0 that takes heat, and where
        the start has a zero eigenvalue that grows. Not a number where errors leave open which. Negative values are told:
        local baths on unequal frequencies can break the second law (Levy, Kosloff, EPL 107, 20004 (2014)).
    entropy_flow : array, shape (T,), or None
        -Σ J_b/T_b, the entropy that the baths receive, for every method; None where a bath has no temperature. In the
        steady state it is the production.
    bounds : mapping of str to array
        Bound on the error of every number, by the name of the attribute, of its shape: proved where the propagator is made
        in ball arithmetic, measured against a second solution otherwise. That of the entropy production is infinite
        where the state is too near a singular one to tell. By `TensorNetwork` an estimate.
    known_until : float
        Last of the times at which a tensor network still holds the state; numbers behind it are not a number. Infinite where all
        are known.
    """

    initial: Product | SteadyState
    times: Real
    populations: Real
    currents: Real
    heat_currents: Real
    dephasing_current: Real
    excitation_currents: Real
    energy: Real
    entropy: Real | None
    entropy_production: Real | None
    bounds: Mapping[str, Real] = field(default_factory=lambda: MappingProxyType({}))
    entropy_flow: Real | None = None
    known_until: float = math.inf

    variables = RELAXING
    headlines = ("populations", "currents", "heat_currents", "energy")
    coordinates = (Variable("time", ("time",), units=f"1/{ENERGY}", source="times"), SITE, *BONDS)

    def facts(self) -> dict[str, Any]:
        """Names of the baths."""
        return {"baths": list(self.model.bath_names)} | (
            {"known until": self.known_until} if self.known_until < math.inf else {}
        )

    @property
    def second_law(self) -> bool:
        """Whether the entropy production is nowhere known to be negative."""
        if self.entropy_production is None:
            return True
        return not np.any(self.entropy_production < -self.bounds["entropy_production"])

    @property
    def broken_law(self) -> str | None:
        """In one sentence, that the second law is broken on the way; None where it is not known to be."""
        if self.second_law or self.entropy_production is None:
            return None
        lowest = int(np.nanargmin(self.entropy_production))
        return f"The entropy production is negative ({self.entropy_production[lowest]:.3g} at t = {self.times[lowest]:g}): local baths on unequal frequencies break the second law here."

    @property
    def bonds(self) -> NDArray[np.intp]:
        """Pairs of sites k < l that the currents flow between, shape (B, 2)."""
        return bonds_of(self.model)


def relax(
    model: SpinChain,
    times: Any,
    *,
    initial: Product | SteadyState | None = None,
    method: TwoPoint | Sector | str = "auto",
    progress: Progress | None = None,
) -> DrivenEvolution:
    """Master equation of a driven chain in time; see `caloriq.evolve`."""
    t, clock = _checks.times(times), time.perf_counter()
    start = Product() if initial is None else initial
    if not isinstance(start, Product | SteadyState):
        raise InvalidInput(
            f"`initial` must be a start such as product(), or a steady state, but it is not (got {_checks.shown(start)})"
        )
    if isinstance(start, SteadyState) and start.model.sites != model.sites:
        raise InvalidInput(
            f"`initial` must have {model.sites} sites, but it has others (got {start.model.sites} sites)"
        )
    chosen, reason = _set(model, method)
    equations = Equations(model, isinstance(chosen, TwoPoint))
    integrate.admit(equations, start)

    def tell(done: float) -> None:
        if progress is not None:
            progress(done, 1.0)

    found: DrivenEvolution | None = None
    for number, route in enumerate(integrate.routes(equations, t)):
        try:
            path = integrate.follow(route, equations, start, t, tell)
        except NotConverged:
            if found is None and route.last:
                raise
            continue
        why = f"{reason}; {route.reason}" + (", as the first choice was not certain enough" if number else "")
        found = result(equations, start, t, path, chosen, why, clock)
        if found.certificate.holds:
            return found
    assert found is not None
    return found.certified()


def _set(model: SpinChain, method: Any) -> tuple[TwoPoint | Sector, str]:
    """Which set of equations, and why."""
    method = _checks.method(method, (TwoPoint, Sector), " for a driven chain")
    closed = two_point.obstacle(model)
    if method == "auto":
        if closed is None:
            return TwoPoint(), "auto: the two-point set closes"
        return Sector(), f"auto: the two-point set does not close because of {closed}"
    if isinstance(method, TwoPoint) and closed is not None:
        raise Unsupported(
            f"`method` must apply to the model, but the two-point set does not close because of {closed} (got {wording.spoken(method)}); use Sector()"
        )
    return method, "as asked for"


def result(
    equations: Equations,
    start: Product | SteadyState,
    times: Real,
    path: Path,
    method: TwoPoint | Sector,
    reason: str,
    clock: float,
) -> DrivenEvolution:
    """Currents and entropies along the way, and the proofs."""
    model, bounds = equations.model, dict(path.bounds)
    values: dict[str, Real | None] = {**path.values}
    for name in ("dephasing_current", "energy", "brought"):
        values[name], bounds[name] = path.values[name][:, 0], bounds[name][:, 0]
    values["entropy"] = values["entropy_production"] = values["entropy_flow"] = None
    flow = flows(equations, path)
    if not np.isnan(flow.value).all():
        values["entropy_flow"], bounds["entropy_flow"] = flow.value, flow.bound
    if not equations.closed or not np.any(model.dephasing_rates):  # the state, or a Gaussian one
        S, production = entropies(equations, times, path)
        values["entropy"], bounds["entropy"] = S.value, S.bound
        values["entropy_production"], bounds["entropy_production"] = production.value, production.bound
    del values["brought"], bounds["brought"]
    n = path.values["populations"]
    outside = float(max(0.0, -n.min(), n.max() - 1))
    checks = [
        Check("error estimate", path.error, OUTSIDE, "largest error of an entry of the state"),
        *_errors(model, values, bounds),
        Check("populations outside [0, 1]", outside, OUTSIDE, "positivity of every site"),
    ]
    if not equations.closed:
        trace = path.states[:, equations.space.diagonal].sum(axis=1)
        checks.append(Check("trace", float(np.abs(trace - 1).max()), OUTSIDE, "the probabilities add up to one"))
    statistics = {"equations": equations.dimension, **path.statistics, "wall time in s": time.perf_counter() - clock}
    kept: dict[str, Any] = {name: None if v is None else frozen(np.array(v)) for name, v in values.items()}
    return DrivenEvolution(
        model=model,
        method=MethodReport(repr(method), reason, MappingProxyType(statistics)),
        certificate=Certificate(tuple(checks)),
        initial=start,
        times=frozen(times.copy()),
        bounds=MappingProxyType({name: frozen(np.array(bound)) for name, bound in bounds.items()}),
        **kept,
    )


def _errors(model: SpinChain, values: Mapping[str, Any], bounds: Mapping[str, Real]) -> list[Check]:
    """Every number against its own bound, or against a hundredth of the largest of its kind along the way."""
    rates = max([float(np.abs(model.bonds.hopping).max(initial=0.0)), *(r.total for r in model.bath_rates)])
    quantum = energy_scale(model)
    natural = {"populations": 1.0, "energy": quantum * model.sites}
    heat = float(max(np.abs(values[name]).max(initial=0.0) for name in ("heat_currents", "dephasing_current")))
    checks = []
    for name in ("populations", "currents", "excitation_currents", "heat_currents", "dephasing_current", "energy"):
        value, bound = np.abs(values[name]), bounds[name]
        of_heat = name in ("heat_currents", "dephasing_current")
        largest = heat if of_heat else float(value.max(initial=0.0))
        floor = SMALL * natural.get(name, rates * (quantum if of_heat else 1.0))
        if name == "dephasing_current":  # a small remainder of what it brings to every bond
            floor = SHARE * float(np.max(model.dephasing_rates) * np.abs(model.bonds.hopping).max(initial=0.0))
        size = np.maximum(value, SHARE * max(largest, floor))
        share = np.divide(bound, size, out=np.where(bound > 0, np.inf, 0.0), where=size > 0)
        checks.append(
            Check(
                f"error of the {name.replace('_', ' ')}",
                float(share.max(initial=0.0)),
                RELATIVE,
                "bound of the error over the number itself, or over a hundredth of the largest of its kind; the dephasing's also over 10⁻⁴ of its rate times the hopping",
            )
        )
    return checks
