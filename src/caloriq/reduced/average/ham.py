"""The verb: the Hilbert space average method on modular chains and networks, and on subunits of several bands.

Sources: PRL 95, 180602 (2005), doi:10.1103/PhysRevLett.95.180602; PRE 73, 016101 (2006), doi:10.1103/PhysRevE.73.016101.
"""

from __future__ import annotations

from caloriq import _checks
from caloriq.models.banded import BandedChain
from caloriq.models.modular import ModularChain
from caloriq.models.network import MODULAR, ModularNetwork
from caloriq.models.unequal import UnequalNetwork
from caloriq.reduced.average.edge_rates import edge_theory
from caloriq.reduced.average.several_bands import band_theory
from caloriq.reduced.average.theory import Theory
from caloriq.reduced.average.unequal_edges import unequal_theory
from caloriq.results import Certificate, MethodReport

GOLDEN = MethodReport("golden rule", "the Hilbert space average method has one")


def ham(model: ModularChain | ModularNetwork | UnequalNetwork | BandedChain) -> Theory:
    """Hilbert space average method: rates, criteria, rate equation and conductivity.

    Parameters
    ----------
    model : ModularChain, ModularNetwork, UnequalNetwork or BandedChain
        What is described; matrices are needed only when `Theory.kernel` is asked for.

    Returns
    -------
    Theory
        See its attributes.

    Raises
    ------
    InvalidInput
        For another model, matrices that do not couple, or a coupling whose rate is beyond double precision.

    Notes
    -----
    γ assumes ⟨|v_ij|²⟩ = 1. For matrices handed in, the mean of their |v_ij|² multiplies the rate and, as λ² does,
    the criteria, bond by bond; `edge_rates` has the rates, and one that does not couple has rate 0.
    """
    _checks.instance("model", model, *MODULAR, UnequalNetwork, BandedChain)
    if isinstance(model, UnequalNetwork):
        return Theory(model, GOLDEN, Certificate(), *unequal_theory(model))
    judged, exchange = band_theory(model) if isinstance(model, BandedChain) else edge_theory(model)
    return Theory(model, GOLDEN, Certificate(), judged, exchange)
