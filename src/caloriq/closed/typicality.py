"""How sharply almost all pure starts agree: exact mean and width of the populations over all Haar states.

Sources: PRL 95, 180602 (2005), doi:10.1103/PhysRevLett.95.180602, eqs. 4-5 and text; PRE 73, 016101 (2006),
doi:10.1103/PhysRevE.73.016101, eqs. 22-23, for the mean; the width from the fourth moments of a Haar vector.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike

from caloriq import _checks
from caloriq._checks import Real
from caloriq.closed import dense
from caloriq.closed.blocks import Meter
from caloriq.closed.certify import RESIDUAL, ROUNDING, check_span, rounding
from caloriq.models.modular import ModularChain
from caloriq.models.network import MODULAR, ModularNetwork
from caloriq.results import Certificate, Check, MethodReport, Progress, Solution, frozen
from caloriq.variables import SUBUNIT, TIME, Variable


@dataclass(frozen=True)
class Typicality(Solution):
    """Statistics of the exact populations over all pure starts of one subunit.

    Attributes
    ----------
    subunit : int
        The excited subunit.
    times : array, shape (T,)
        Instants, in 1/ΔE.
    mean : array, shape (T, N)
        Mean of P_µ(t): what the maximally mixed start shows.
    width : array, shape (T, N)
        Standard deviation of P_µ(t) over the starts.
    """

    subunit: int
    times: Real
    mean: Real
    width: Real

    variables = (
        Variable("mean", ("time", "subunit"), long_name="mean of P_µ(t) over all pure starts in one subunit"),
        Variable("width", ("time", "subunit"), long_name="standard deviation of P_µ(t) over them"),
    )
    coordinates = (TIME, SUBUNIT)

    def facts(self) -> dict[str, int]:
        """The excited subunit."""
        return {"subunit": self.subunit}


def typicality(
    model: ModularChain | ModularNetwork, times: ArrayLike, *, subunit: int = 0, progress: Progress | None = None
) -> Typicality:
    r"""Exact mean and typicality width of P_µ(t) over all Haar-random starts of one subunit, without sampling.

    Parameters
    ----------
    model : ModularChain or ModularNetwork
        The chain or network.
    times : array_like, shape (T,)
        Instants, not negative, strictly increasing, in 1/ΔE.
    subunit : int
        The excited subunit.
    progress : callable, optional
        Called with (done, total).

    Returns
    -------
    Typicality
        With :math:`A_\mu = U_{\mu s}^\dagger U_{\mu s}`: mean :math:`\mathrm{Tr}A_\mu/n`, variance
        :math:`(\mathrm{Tr}A_\mu^2 - (\mathrm{Tr}A_\mu)^2/n)/(n(n+1))`.

    Raises
    ------
    InvalidInput
        For arguments outside their domain, or a chain too large for a dense eigendecomposition.

    Notes
    -----
    Cost: one eigendecomposition of dimension d = N n, then 8 d n (d + n) real operations per time.
    """
    _checks.instance("model", model, *MODULAR)
    t = _checks.times(times)
    n, N = model.levels, model.subunits
    source = _checks.index("subunit", subunit, N)
    clock, meter = time.perf_counter(), Meter(progress)
    operator = model.hamiltonian(with_gap=False)
    check_span(operator, t)
    spectrum = dense.decompose(operator).report(meter)
    mean, width = np.empty((t.size, N)), np.empty((t.size, N))
    for i, instant in enumerate(t):
        U = spectrum.propagator(float(instant), source, range(N)).reshape(N, n, n)
        A = U.conj().transpose(0, 2, 1) @ U  # (N, n, n)
        trace = np.einsum("mii->m", A).real
        square = np.einsum("mij,mij->m", A, A.conj()).real
        mean[i] = trace / n
        width[i] = np.sqrt(np.clip(square - trace**2 / n, 0, None) / (n * (n + 1)))
        meter.advance(i + 1, t.size)
    certificate = Certificate(
        (
            Check("unitarity defect", 2 * spectrum.unitarity, 1e-9, "2‖V†V - 1‖: the eigenvectors are orthonormal"),
            Check("residual", spectrum.residual * float(t[-1]), RESIDUAL, "‖HV - VE‖ t: they are those of H"),
            Check("rounding", rounding(operator, t), ROUNDING, "double precision keeps the phases"),
            Check("norm drift", float(np.abs(mean.sum(axis=1) - 1).max()), 1e-10, "the mean populations sum to 1"),
        )
    )
    statistics = MappingProxyType({"dimension": model.dimension, "wall time in s": time.perf_counter() - clock})
    return Typicality(
        model=model,
        method=MethodReport("Exact()", "the width needs the propagator itself", statistics),
        certificate=certificate,
        subunit=source,
        times=frozen(t.copy()),
        mean=frozen(mean),
        width=frozen(width),
    ).certified()
