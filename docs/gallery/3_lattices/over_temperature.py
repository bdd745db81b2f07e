"""
Conductivity over temperature without leads
===========================================

From all levels of two rings. The XX chain keeps its current: κ grows with time without end, and its weight falls as T⁻² where temperatures are high.
"""

import numpy as np

import caloriq as cq
from caloriq.transport.kubo.over_temperature import kubo_over_temperature

chain = cq.Lattice.xx(8)
figure = kubo_over_temperature(
    chain, sizes=[8, 10], times=np.linspace(0, 2, 9), temperatures=np.geomspace(0.5, 10, 9), method="exact"
).plot()
