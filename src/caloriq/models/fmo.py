"""The Fenna-Matthews-Olson complex of C. tepidum as a ready model.

Source: J. Adolphs, T. Renger, Biophys. J. 91, 2778 (2006), doi:10.1529/biophysj.105.079483: site energies and
couplings of the seven bacteriochlorophylls of one monomer, in cm⁻¹.
"""

from __future__ import annotations

import numpy as np

from caloriq import _checks
from caloriq._checks import Real
from caloriq.errors import InvalidInput
from caloriq.models.baths import Bath
from caloriq.models.spins import SpinChain
from caloriq.models.units import from_per_picosecond

ENERGIES = (12410.0, 12530.0, 12210.0, 12320.0, 12480.0, 12630.0, 12440.0)
COUPLINGS = (
    (-87.7, 5.5, -5.9, 6.7, -13.7, -9.9),
    (30.8, 8.2, 0.7, 11.8, 4.3),
    (-53.5, -2.2, -9.6, 6.0),
    (-70.7, -17.0, -63.3),
    (81.1, -1.3),
    (39.7,),
)


def fmo(
    *,
    injection: float = 1e-3,
    trapping: float = 1.0,
    recombination: float = 1e-3,
    dephasing: float = 1.0,
) -> SpinChain:
    """Exciton network of the FMO complex between the antenna and the reaction centre, energies in cm⁻¹.

    Excitons enter at pigment 1 (site 0, towards the antenna), leave at pigment 3 (site 2, at the reaction centre),
    and are lost everywhere at a small rate; each pigment dephases (Haken-Strobl). All rates are given in 1/ps.

    Parameters
    ----------
    injection : float
        Gain at site 0. Weak for natural light; where it is not, more than one exciton is present.
    trapping : float
        Loss at site 2.
    recombination : float
        Loss at every site; 0 leaves it out.
    dephasing : float
        γ of every site.

    Returns
    -------
    SpinChain
        Seven sites; the baths are named "antenna", "reaction centre" and "recombination k".

    Raises
    ------
    InvalidInput
        If injection or trapping is not positive, or another rate is negative.
    """
    for name, value in (("injection", injection), ("trapping", trapping)):
        _checks.positive(name, value)
    for name, value in (("recombination", recombination), ("dephasing", dephasing)):
        if _checks.scalar(name, value) < 0:
            raise InvalidInput(f"`{name}` must be at least 0, but it is smaller (got {value})")
    g = _couplings()
    baths = [
        Bath(site=0, gain=from_per_picosecond(injection), loss=0.0, name="antenna"),
        Bath(site=2, gain=0.0, loss=from_per_picosecond(trapping), name="reaction centre"),
    ]
    if recombination != 0:
        loss = from_per_picosecond(recombination)
        baths += [Bath(site=k, gain=0.0, loss=loss, name=f"recombination {k}") for k in range(len(ENERGIES))]
    return SpinChain(
        sites=len(ENERGIES),
        couplings=g,
        frequency=list(ENERGIES),
        dephasing=from_per_picosecond(dephasing),
        baths=tuple(baths),
    )


def _couplings() -> Real:
    g = np.zeros((len(ENERGIES), len(ENERGIES)))
    for k, row in enumerate(COUPLINGS):
        g[k, k + 1 :] = row
    return g + g.T
