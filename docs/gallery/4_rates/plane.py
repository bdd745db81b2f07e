"""
Forty thousand subunits
=======================

The rate equation on a square of 200 by 200 subunits from one that is excited: a bell in two dimensions.
"""

import numpy as np
from matplotlib import pyplot as plt

import caloriq as cq

theory = cq.ham(cq.ModularNetwork(lattice=(200, 200), levels=500, bandwidth=0.05, coupling=5e-5, seed=0))
spread = theory.solve(np.array([5, 20, 80]) / theory.rate, initial=100 * 200 + 100)

figure, ax = plt.subplots()
for populations, late in zip(spread.populations, (5, 20, 80), strict=True):
    ax.plot(np.arange(-30, 31), populations.reshape(200, 200)[100, 70:131], label=f"t = {late}/γ")
ax.set(xlabel="distance along a row [subunits]", ylabel="probability of the subunit", title="square lattice")
ax.legend()
