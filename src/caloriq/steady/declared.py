"""What the results of driven chains declare of their numbers: one state, the samples of an ensemble, and one in time."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from caloriq.models.classical import ClassicalChain
from caloriq.models.spins import SpinChain
from caloriq.variables import ENERGY, POWER, Variable

POPULATIONS = Variable("populations", ("site",), long_name="<n_k>")
CURRENTS = Variable("currents", ("bond",), units=ENERGY, long_name="excitations per time", carries="excitations")
HEAT = Variable("heat_currents", ("bath",), units=POWER, long_name="Tr(H L_b rho)", carries="heat")
EXCITATIONS = Variable(
    "excitation_currents", ("bath",), units=ENERGY, long_name="excitations per time", carries="excitations"
)
DEPHASING = Variable("dephasing_current", units=POWER, long_name="energy per time from the dephasing", carries="energy")
STATE = Variable("energy", units=ENERGY, long_name="<H>")
ENTROPY = Variable("entropy_production", units=ENERGY, long_name="-sum of J_b/T_b")

# one steady state
STEADY = (
    Variable("current", units=ENERGY, long_name="excitations per time, mean over the bonds", carries="excitations"),
    POPULATIONS,
    CURRENTS,
    HEAT,
    EXCITATIONS,
    DEPHASING,
    Variable("temperatures", ("site",), units=ENERGY, long_name="effective temperature of every site"),
    Variable("coherences", ("bond",), kind="complex", long_name="<σ⁺_kσ⁻_l> on every bond"),
    Variable("population_differences", ("bond",), long_name="<n_k> - <n_l>"),
    STATE,
    ENTROPY,
    Variable("jump_entropy_production", units=ENERGY, long_name="of the jumps alone"),
    Variable(
        "detailed_balance_defect",
        ("bath",),
        units=POWER,
        long_name="heat currents at the baths' mean temperature",
        carries="heat",
    ),
    Variable(
        "detailed_balance_defect_bound",
        ("bath",),
        units=POWER,
        long_name="bound on the error of detailed_balance_defect",
        source="detailed_balance_bound",
    ),
    Variable("pair_correlations", ("site", "other_site"), long_name="<n_k n_l>"),
)
# the samples of an ensemble: their dimension leads
SAMPLED = (POPULATIONS, CURRENTS, HEAT, EXCITATIONS, replace(DEPHASING, source="dephasing_currents"), ENTROPY)
# in time
RELAXING = (
    *(replace(one, dims=("time", *one.dims)) for one in (POPULATIONS, CURRENTS, HEAT, DEPHASING, EXCITATIONS, STATE)),
    Variable("entropy", ("time",), long_name="von Neumann entropy"),
    replace(ENTROPY, dims=("time",), long_name="dS/dt - sum of J_b/T_b"),
    Variable("entropy_flow", ("time",), units=ENERGY, long_name="-sum of J_b/T_b, what the baths receive"),
)


def bonds_of(model: SpinChain | ClassicalChain) -> NDArray[np.intp]:
    """Pairs of sites k < l that excitations flow between, shape (B, 2)."""
    if isinstance(model, ClassicalChain):
        return np.column_stack((np.arange(model.sites - 1), np.arange(1, model.sites)))
    return np.column_stack((model.bonds.first, model.bonds.second))
