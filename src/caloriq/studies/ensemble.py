"""D²₁ of many uniformly distributed starts (PRB Fig. 4), and its exact mean over all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from caloriq._checks import Real
from caloriq.closed import dense
from caloriq.closed.blocks import Meter, Progress
from caloriq.closed.evolve import evolve
from caloriq.closed.states import Haar
from caloriq.models.modular import ModularChain
from caloriq.reduced.ham import ham
from caloriq.studies._common import COUNT, span_times
from caloriq.transport.deviation import deviation

if TYPE_CHECKING:
    import xarray as xr


def typicality(
    model: ModularChain, times: Real, *, source: int = 0, progress: Progress | None = None
) -> tuple[Real, Real]:
    r"""Exact mean and typicality width of P_µ(t) over all Haar starts of one subunit, both of shape (T, N).

    :math:`P_\mu = \langle\phi|A_\mu|\phi\rangle` with :math:`A_\mu = U_{\mu s}^\dagger U_{\mu s}`: mean
    :math:`\mathrm{Tr}A_\mu/n`, variance :math:`(\mathrm{Tr}A_\mu^2 - (\mathrm{Tr}A_\mu)^2/n)/(n(n+1))`
    (PRB 22-23 and the fourth moments of a Haar vector).

    Notes
    -----
    Cost: one eigendecomposition of dimension d = N n, then 8 d n (d + n) operations per time.
    """
    operator = model.hamiltonian()
    spectrum = dense.decompose(operator)
    n, N = model.levels, model.subunits
    mean, width = np.empty((times.size, N)), np.empty((times.size, N))
    meter = Meter(progress)
    for i, t in enumerate(times):
        U = spectrum.propagator(float(t), source, range(N)).reshape(N, n, n)
        A = U.conj().transpose(0, 2, 1) @ U
        trace = np.einsum("mii->m", A).real
        square = np.einsum("mij,mij->m", A, A.conj()).real
        mean[i] = trace / n
        width[i] = np.sqrt(np.clip(square - trace**2 / n, 0, None) / (n * (n + 1)))
        meter.advance(i + 1, times.size)
    return mean, width


def histogram(model: ModularChain, *, samples: int, seed: int, progress: Progress | None = None) -> xr.Dataset:
    """D²₁ of `samples` Haar starts of subunit 1, and the exact mean over all starts.

    Parameters
    ----------
    model : ModularChain
        The chain; the papers take N = 2, n = 500.
    samples, seed : int
        Number of starts and their seed.

    Returns
    -------
    Dataset
        `deviation` over `sample`; in the attributes the exact mean of D²₁ over all starts,
        (γ/5)∫[(⟨P⟩ - P^HAM)² + width²]dt, which no number of samples enters.
    """
    import xarray as xr

    theory = ham(model)
    times = span_times(theory, count=COUNT)
    exact = evolve(
        model,
        times,
        initial=Haar(subunit=0, seed=seed, samples=samples),
        observables=("populations",),
        progress=progress,
    )
    found = deviation(exact, theory)
    mean, width = typicality(model, times)
    expected = np.trapezoid((mean - theory.solve(times).populations) ** 2 + width**2, times, axis=0) / times[-1]
    return xr.Dataset(
        {"deviation": ("sample", found.values[:, 0]), "deviation_error": ("sample", found.errors[:, 0])},
        attrs={
            "exact_mean": float(expected[0]),
            "digest": model.digest,
            "seed": seed,
            "wall_time": exact.method.statistics["wall time in s"],
        },
    )
