"""The classical chain: linear equations of the mean occupations (MT IV)."""

from __future__ import annotations

from types import MappingProxyType

import numpy as np
from scipy.linalg import solve_banded

from caloriq._checks import Real
from caloriq.models.classical import ClassicalChain
from caloriq.results import Certificate, Check, MethodReport, frozen
from caloriq.steady import moments
from caloriq.steady.methods import Classical
from caloriq.steady.result import SteadyState, one_wire

TOL = 1e-10


def solve(model: ClassicalChain, reason: str) -> SteadyState:
    """Steady state of symmetric exclusion between baths; the mean occupations obey the equations of MT IV.

    J = γ₁γ_N V (s₁ - s_N)/(V(γ₁ + γ_N) + γ₁γ_N (N - 1)) for a uniform chain.
    """
    V, gains, losses = model.rates, model.gains, model.losses
    bands = np.zeros((3, model.sites))
    bands[0, 1:] = bands[2, :-1] = V
    bands[1] = -(gains + losses)
    bands[1, :-1] -= V
    bands[1, 1:] -= V
    P = solve_banded((1, 1), bands, -gains)
    scale = max(r.total for r in model.bath_rates)
    residual = drift(model, P)
    currents = -V * np.diff(P)
    into = np.array([r.gain - r.total * P[s] for r, s in zip(model.bath_rates, model.bath_sites, strict=True)])
    heat = model.frequencies[list(model.bath_sites)] * into
    checks = [
        Check(
            "residual",
            float(np.abs(residual).max()) / max(scale, float(V.max())),
            1e-12,
            "dP/dt in units of the largest rate",
        ),
        Check("populations outside [0, 1]", float(max(0.0, -P.min(), P.max() - 1)), TOL, "probabilities"),
    ]
    if one_wire(model):
        checks.append(
            Check("spread of currents", float(np.ptp(currents)) / scale, TOL, "every bond carries the same current")
        )
    checks.append(
        Check("sum of bath currents", abs(float(into.sum())) / scale, TOL, "what flows in flows out"),
    )
    temperatures = [
        bath.effective_temperature(float(model.frequencies[s]))
        for bath, s in zip(model.baths, model.bath_sites, strict=True)
    ]
    jumps = [
        (j, r.gain, r.loss) for j, r in zip(into.tolist(), model.bath_rates, strict=True) if abs(j) > 1e-13 * scale
    ]
    with np.errstate(divide="ignore"):
        jump = float(sum(j * (np.log(up) - np.log(down)) for j, up, down in jumps))
    return SteadyState(
        model=model,
        method=MethodReport(repr(Classical()), reason, MappingProxyType({"sites": model.sites})),
        certificate=Certificate(tuple(checks)),
        bath_names=model.bath_names,
        heat_currents=frozen(heat),
        dephasing_current=float(-(model.frequencies[:-1] - model.frequencies[1:]) @ currents),
        excitation_currents=frozen(into),
        currents=frozen(currents),
        populations=frozen(P),
        temperatures=frozen(moments.site_temperatures(model.frequencies, P)),
        coherences=frozen(np.zeros(model.sites - 1, dtype=complex)),
        energy=float(model.frequencies @ (P - 0.5)),
        entropy_production=moments.entropy_production(heat, temperatures, 1e-13 * scale),
        jump_entropy_production=jump,
    )


def drift(model: ClassicalChain, P: Real) -> Real:
    """dP/dt, shape (N,)."""
    flow = -model.rates * np.diff(P)
    rate: Real = model.gains - (model.gains + model.losses) * P
    rate[1:] += flow
    rate[:-1] -= flow
    return rate
