"""
Conductivity over temperature
=============================

The papers' chain: activated where the band is empty, falling as T⁻² where all levels are alike.
"""

import numpy as np
from matplotlib import pyplot as plt

import caloriq as cq

theory = cq.ham(cq.ModularChain(subunits=3, levels=500, bandwidth=0.05, coupling=5e-5, seed=1))
T = np.geomspace(0.05, 5, 200)

figure, ax = plt.subplots()
ax.loglog(T, theory.conductivity(T))
ax.set(
    xlabel="temperature T [ΔE]",
    ylabel="conductivity κ_th of a bond [ΔE]",
    title="κ_th = γc, γ = 2πλ²n/δε, c the heat capacity",
)
