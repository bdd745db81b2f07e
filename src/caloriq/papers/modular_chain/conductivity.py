"""The conductivity over temperature (PRL Fig. 4, PRE Fig. 8)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from caloriq import _checks
from caloriq.models.modular import ModularChain
from caloriq.papers.common import dataset
from caloriq.papers.modular_chain.deviation_scaling import power_law
from caloriq.reduced.average.ham import ham

if TYPE_CHECKING:
    import xarray as xr


def over_temperature(model: ModularChain, temperatures: ArrayLike) -> xr.Dataset:
    """κ_th(T) and c(T) (PRL 16, PRE 48, 50), their peak, and the exponent of the high-temperature law."""
    theory = ham(model)
    T = _checks.temperatures(temperatures)
    hot = np.geomspace(1e3, 1e5, 21) * model.gap
    law = power_law(hot, theory.conductivity(hot, formula="printed"))
    cold = np.linspace(1 / 60, 1 / 30, 21) * model.gap
    # κ T² = γ n ΔE² e^{-ΔE/T} when cold: the slope of its logarithm over 1/T is -ΔE
    slope = float(np.polyfit(1 / cold, np.log(theory.conductivity(cold, formula="printed") * cold**2), 1)[0])
    peak_at, peak = theory.peak
    boltzmann = model.levels * np.exp(-model.gap / T)
    rate = 2 * np.pi * model.coupling**2 * model.levels / model.bandwidth
    printed = rate * boltzmann / (1 + boltzmann) ** 2 * (model.gap / T) ** 2  # PRE 48 as it stands, of the model alone
    return dataset(
        {
            "printed": ("temperature", printed),
            "conductivity": ("temperature", theory.conductivity(T, formula="printed")),
            "heat_capacity": ("temperature", theory.heat_capacity(T, formula="printed")),
        },
        {"temperature": ("temperature", T)},
        {"peak_temperature": peak_at, "peak": peak, "hot_exponent": law.slope, "cold_gap": -slope, "rate": theory.rate},
    )
