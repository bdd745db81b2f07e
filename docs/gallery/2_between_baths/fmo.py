"""
Noise helps the exciton home
============================

Efficiency of the FMO complex over the dephasing, energies in cm⁻¹: with too little, unequal levels hold the exciton; with too much it stands still.
"""

import numpy as np

import caloriq as cq
from caloriq.models.units import from_per_picosecond
from caloriq.steady.assisted import efficiency_curve

rates = [from_per_picosecond(rate) for rate in np.geomspace(0.01, 10_000, 25)]
figure = efficiency_curve(cq.fmo(), rates, start=5, trap="reaction centre").plot()
