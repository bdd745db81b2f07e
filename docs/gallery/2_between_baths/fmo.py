"""
Noise helps the exciton home
============================

Efficiency of the FMO complex over the dephasing: too little and the exciton oscillates, too much and it stands still.
"""

import numpy as np

import caloriq as cq
from caloriq.models.units import from_per_picosecond
from caloriq.steady.assisted import efficiency_curve

rates = [from_per_picosecond(rate) for rate in np.geomspace(0.01, 10_000, 25)]
figure = efficiency_curve(cq.fmo(), rates, start=5, trap="reaction centre").plot()
