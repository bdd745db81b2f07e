"""
Conductivity from exact dynamics
================================

A pair of subunits at slightly different temperatures, by all of its states, beside theory.
"""

import numpy as np
from matplotlib import pyplot as plt

import caloriq as cq

pair = cq.BandedPair(levels=[1, 120], bandwidth=0.05, coupling=2.1e-4, seed=1)
T = np.geomspace(0.1, 2, 12)
found = cq.heat_response(pair, T)

figure, ax = plt.subplots()
ax.errorbar(
    T, found.early, found.early_error, fmt="o", markersize=9, markerfacecolor="none", label="exact, early times"
)
ax.errorbar(T, found.conductivity, found.error, fmt="s", markersize=4, label="exact, one decay time")
ax.plot(T, found.theory, label="theory, linear response")
ax.set(xlabel="temperature T [ΔE]", ylabel="conductivity κ_th of the bond [ΔE]", xscale="log", yscale="log")
ax.set_title("a ground level and 120 levels")
ax.legend()
